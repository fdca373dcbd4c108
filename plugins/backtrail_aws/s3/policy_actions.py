"""The actions that a bucket policy may name, and what each is about.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from backtrail_aws.s3.policy_document import matches

_OBJECT: Final = (
    "AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectTagging DeleteObjectVersion "
    "DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectRetention "
    "GetObjectTagging GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionAttributes "
    "GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent InitiateReplication "
    "ListMultipartUploadParts ObjectOwnerOverrideToBucketOwner PutObject PutObjectAcl PutObjectLegalHold "
    "PutObjectRetention PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging ReplicateDelete ReplicateObject "
    "ReplicateTags RestoreObject UpdateObjectEncryption"
)
_BUCKET: Final = (
    "CreateBucket CreateBucketMetadataTableConfiguration DeleteBucket DeleteBucketMetadataTableConfiguration "
    "DeleteBucketPolicy DeleteBucketWebsite GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAbac "
    "GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging GetBucketMetadataTableConfiguration "
    "GetBucketNotification GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy "
    "GetBucketPolicyStatus GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning "
    "GetBucketWebsite GetEncryptionConfiguration GetIntelligentTieringConfiguration GetInventoryConfiguration "
    "GetLifecycleConfiguration GetMetricsConfiguration GetReplicationConfiguration ListBucket "
    "ListBucketMultipartUploads ListBucketVersions ListTagsForResource PutAccelerateConfiguration "
    "PutAnalyticsConfiguration PutBucketAbac PutBucketAcl PutBucketCORS PutBucketLogging PutBucketNotification "
    "PutBucketObjectLockConfiguration PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock "
    "PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutBucketWebsite PutEncryptionConfiguration "
    "PutIntelligentTieringConfiguration PutInventoryConfiguration PutLifecycleConfiguration PutMetricsConfiguration "
    "PutReplicationConfiguration TagResource UntagResource UpdateBucketMetadataInventoryTableConfiguration "
    "UpdateBucketMetadataJournalTableConfiguration"
)
_ELSEWHERE: Final = (
    "CreateAccessPoint CreateJob DeleteAccessPoint DescribeJob GetAccessPoint GetAccountPublicAccessBlock "
    "ListAccessPoints ListAllMyBuckets ListJobs PutAccountPublicAccessBlock"
)


def _names(text: str) -> frozenset[str]:
    return frozenset(f"s3:{name.lower()}" for name in text.split())


OBJECT_ACTIONS: Final = _names(_OBJECT)
BUCKET_ACTIONS: Final = _names(_BUCKET)
_ALL: Final = OBJECT_ACTIONS | BUCKET_ACTIONS | _names(_ELSEWHERE)


@lru_cache(maxsize=1024)
def named(pattern: str) -> frozenset[str]:
    """The actions (lower case) that a policy's action names, with its wildcards; none where S3 has no such action."""
    pattern = pattern.lower()
    if pattern in _ALL:
        return frozenset({pattern})
    return frozenset(action for action in _ALL if matches(pattern, action))
