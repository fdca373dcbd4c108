"""What a new bucket has from the start. It changed over the years, and trails are older than today.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-s3-c-encryption-setting-faq.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from backtrail import UNSET
from backtrail_aws.s3 import api
from backtrail_aws.s3.grants import ENFORCED
from backtrail_aws.s3.state import Bucket

NO_CONTROLS: Final = ""
"""A bucket without ownership controls: objects belong to their writers, ACLs count."""

# The days on which the roll-outs were complete in all regions.
ENCRYPTED_SINCE: Final = datetime(2023, 1, 5, tzinfo=UTC)
PRIVATE_SINCE: Final = datetime(2023, 4, 28, tzinfo=UTC)
SSE_C_BLOCKED_SINCE: Final = datetime(2026, 4, 30, tzinfo=UTC)
_SSE_C_ALLOWED: Final = ("me-south-1", "me-central-1")


def fill(bucket: Bucket, moment: datetime) -> None:
    """Give a bucket that was made at a moment what it has from the start, where nothing else is known."""
    if bucket.ownership is UNSET:
        bucket.ownership = ownership(moment)
    if bucket.public_access_block is UNSET and moment >= PRIVATE_SINCE:
        bucket.public_access_block = BLOCK_ALL
    if bucket.encryption is UNSET and moment >= ENCRYPTED_SINCE:
        bucket.encryption = api.ServerSideEncryptionConfiguration(rules=[encryption(bucket, moment)])


def ownership(moment: datetime) -> str:
    """The object ownership of a bucket that was made without saying."""
    return ENFORCED if moment >= PRIVATE_SINCE else NO_CONTROLS


BLOCK_ALL: Final = api.PublicAccessBlockConfiguration(
    block_public_acls=True, ignore_public_acls=True, block_public_policy=True, restrict_public_buckets=True
)


def encryption(bucket: Bucket, moment: datetime) -> api.ServerSideEncryptionRule:
    """The rule that a bucket has before anybody sets one: S3's keys; customers' keys blocked since April 2026."""
    blocked = moment >= SSE_C_BLOCKED_SINCE and bucket.region not in _SSE_C_ALLOWED
    return api.ServerSideEncryptionRule(
        apply_server_side_encryption_by_default=api.ServerSideEncryptionByDefault(sse_algorithm="AES256"),
        bucket_key_enabled=False,
        blocked_encryption_types=api.BlockedEncryptionTypes(encryption_type=["SSE-C"]) if blocked else UNSET,
    )
