"""The default encryption of buckets, and what encryption they block.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
"""

from __future__ import annotations

from typing import Final

import msgspec

from backtrail import UNSET, Call, Event, UnsetType
from backtrail_aws.s3 import api, bucket_defaults, bucket_errors, errors
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.configurations import check_told, proved_absent
from backtrail_aws.s3.object_encryption import KMS
from backtrail_aws.s3.state import S3, Bucket, known_bucket, service

NOT_FOUND: Final = (
    "ServerSideEncryptionConfigurationNotFoundError",
    "The server side encryption configuration was not found",
)
_BLOCKABLE: Final = ("NONE", "SSE-C")


@service.handle
def put_bucket_encryption(state: S3, call: Call[api.PutBucketEncryption]) -> None:
    """One rule: a default, a list of what is blocked, or both."""
    bucket_of(state, call, "s3:PutEncryptionConfiguration")
    rules = call.params.server_side_encryption_configuration.rules
    if len(rules) != 1:
        raise errors.malformed_xml()
    rule = rules[0]
    blocked = rule.blocked_encryption_types
    if blocked is not UNSET and any(kind not in _BLOCKABLE for kind in _kinds(blocked)):
        raise errors.malformed_xml()
    default = rule.apply_server_side_encryption_by_default
    if default is UNSET:
        if blocked is UNSET and rule.bucket_key_enabled is UNSET:
            raise errors.malformed_xml()
        return
    if default.sse_algorithm not in ("AES256", *KMS):
        raise errors.malformed_xml()
    if default.kms_master_key_id is not UNSET and default.sse_algorithm not in KMS:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html
        raise errors.invalid_argument(
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
            "ApplyServerSideEncryptionByDefault",
        )


@service.project
def bucket_encryption_put(state: S3, event: Event[api.PutBucketEncryption, None]) -> None:
    """The bucket encrypts so. A rule without a list of what is blocked leaves that as it was."""
    bucket = known_bucket(state, event.params.bucket, event)
    rules = event.params.server_side_encryption_configuration.rules
    if rules:
        _keep(bucket, _merged(rules[0], _held(bucket)))


def _merged(
    rule: api.ServerSideEncryptionRule, held: api.ServerSideEncryptionRule | UnsetType
) -> api.ServerSideEncryptionRule:
    if held is not UNSET:
        if rule.blocked_encryption_types is UNSET:
            rule = msgspec.structs.replace(rule, blocked_encryption_types=held.blocked_encryption_types)
        if rule.apply_server_side_encryption_by_default is UNSET:
            default = held.apply_server_side_encryption_by_default
            rule = msgspec.structs.replace(rule, apply_server_side_encryption_by_default=default)
            if rule.bucket_key_enabled is UNSET:
                rule = msgspec.structs.replace(rule, bucket_key_enabled=held.bucket_key_enabled)
    return msgspec.structs.replace(rule, bucket_key_enabled=rule.bucket_key_enabled is True)


@service.read
def get_bucket_encryption(state: S3, call: Call[api.GetBucketEncryption]) -> api.GetBucketEncryptionResult:
    """The rule. Since 2023 every bucket has one."""
    bucket = bucket_of(state, call, "s3:GetEncryptionConfiguration")
    held = bucket.encryption
    if held is UNSET:
        check_told(bucket, "encryption")
        if call.time < bucket_defaults.ENCRYPTED_SINCE:
            raise bucket_errors.absent(*NOT_FOUND, bucket.name)
        held = api.ServerSideEncryptionConfiguration(rules=[_plain()])
    return api.GetBucketEncryptionResult(server_side_encryption_configuration=held)


@service.evidence
def bucket_encryption_not_found(state: S3, event: Event[api.GetBucketEncryption, None]) -> None:
    """There is no default (before 2023), or no bucket."""
    proved_absent(state, event, "encryption", NOT_FOUND[0])


@service.handle
def delete_bucket_encryption(state: S3, call: Call[api.DeleteBucketEncryption]) -> None:
    """S3's own keys again."""
    bucket_of(state, call, "s3:PutEncryptionConfiguration")


@service.project
def bucket_encryption_deleted(state: S3, event: Event[api.DeleteBucketEncryption, None]) -> None:
    """The bucket encrypts with S3's keys; what it blocks stays blocked."""
    bucket = known_bucket(state, event.params.bucket, event)
    held = _held(bucket)
    bucket.encryption = UNSET
    if bucket.implied_by is not None:
        bucket.gone.add("encryption")
    if event.time >= bucket_defaults.ENCRYPTED_SINCE:
        blocked = UNSET if held is UNSET else held.blocked_encryption_types
        _keep(bucket, msgspec.structs.replace(_plain(), blocked_encryption_types=blocked))


def _plain() -> api.ServerSideEncryptionRule:
    """S3's own keys."""
    return api.ServerSideEncryptionRule(
        apply_server_side_encryption_by_default=api.ServerSideEncryptionByDefault(sse_algorithm="AES256"),
        bucket_key_enabled=False,
    )


def _held(bucket: Bucket) -> api.ServerSideEncryptionRule | UnsetType:
    return UNSET if bucket.encryption is UNSET or not bucket.encryption.rules else bucket.encryption.rules[0]


def _keep(bucket: Bucket, rule: api.ServerSideEncryptionRule) -> None:
    bucket.encryption = api.ServerSideEncryptionConfiguration(rules=[rule])


def _kinds(blocked: api.BlockedEncryptionTypes) -> list[str]:
    return [] if blocked.encryption_type is UNSET else blocked.encryption_type
