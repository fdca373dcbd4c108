"""The KMS keys of objects, as far as they decide whether an object can be written or read.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html. A key that nobody here knows is taken to
be good, and open to everybody: a log may begin after it was made.
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Access, Call, Params, Refusal, UnsetType, field
from backtrail_aws.s3 import errors
from backtrail_aws.s3.state import ObjectVersion

WRITE, READ = "kms:GenerateDataKey", "kms:Decrypt"


class DescribeKey(Params):
    """What KMS is asked."""

    key_id: str = field(name="keyId")


class _Key(Params):
    arn: str | UnsetType = UNSET
    key_state: str | UnsetType = field(name="keyState", default=UNSET)
    key_manager: str | UnsetType = field(name="keyManager", default=UNSET)


class _Described(Params):
    key_metadata: _Key | UnsetType = field(name="keyMetadata", default=UNSET)


def usable(call: Call[Any], key: str, action: str, bucket: str) -> str:
    """The ARN of a key that can be used, by this caller. Raises `Refusal`."""
    account = key.split(":")[4] if key.startswith("arn:") else None
    found = call.ask("kms", DescribeKey(key_id=key), _Described, account=account)
    if found is None or isinstance(found.key_metadata, UnsetType):
        return key
    told = found.key_metadata
    arn = told.arn if isinstance(told.arn, str) else key
    if told.key_manager == "CUSTOMER":
        call.require(_access(call, arn, action, bucket))
    if told.key_state == "Disabled":
        raise _refused("KMS.DisabledException", f"{arn} is disabled.")
    if told.key_state in ("PendingDeletion", "PendingReplicaDeletion"):
        raise _refused("KMS.KMSInvalidStateException", f"{arn} is pending deletion.")
    if told.key_state == "PendingImport":
        raise _refused("KMS.KMSInvalidStateException", f"{arn} is pending import.")
    return arn


def _access(call: Call[Any], arn: str, action: str, bucket: str) -> Access:
    """What is needed of a customer's key: https://docs.aws.amazon.com/kms/latest/developerguide/services-s3.html"""
    region = arn.split(":")[3]
    return Access(
        action=action,
        resources=[arn],
        context={
            "kms:ViaService": f"s3.{region}.amazonaws.com",
            "kms:CallerAccount": call.caller.account,
            "kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{bucket}/{getattr(call.params, 'key', '')}",
        },
    )


def _refused(code: str, message: str) -> Refusal:
    # evidence: page ErrorResponses; words: guess
    return errors.refused(code, message)


def check_read(call: Call[Any], version: ObjectVersion, bucket: str) -> None:
    """Refuse to read what a key encrypts that cannot be used. Raises `Refusal`."""
    encryption = version.encryption
    if encryption is UNSET or isinstance(encryption.kms_key_id, UnsetType):
        return
    usable(call, encryption.kms_key_id, READ, bucket)
