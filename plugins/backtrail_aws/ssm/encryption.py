"""Keys of SecureStrings, as far as a KMS here knows them.

https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Access, Call, Params, Refusal, UnsetType, field

DEFAULT = "alias/aws/ssm"


class DescribeKey(Params):
    """https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html"""

    key_id: str = field(name="keyId")


class _Metadata(Params):
    arn: str | UnsetType = field(name="arn", default=UNSET)
    key_state: str | UnsetType = field(name="keyState", default=UNSET)


class _Described(Params):
    key_metadata: _Metadata | UnsetType = field(name="keyMetadata", default=UNSET)


def check(call: Call[Any], key: str | UnsetType, parameter: str, action: str) -> None:
    """Refuse where the key cannot be used, or not by the caller; a key that nobody here knows is taken to be good.

    `action` is KMS's (`Encrypt`, `Decrypt`), `parameter` the ARN, which is the encryption context. AWS's own key may be
    used by whoever may use the parameter.
    """
    if isinstance(key, UnsetType) or key == DEFAULT:
        return
    found = call.ask("kms", DescribeKey(key_id=key), _Described)
    if found is None or isinstance(found.key_metadata, UnsetType):
        return
    metadata = found.key_metadata
    if metadata.key_state in ("Disabled", "PendingDeletion", "PendingImport"):
        # evidence: model; words: guess
        raise Refusal(
            "InvalidKeyId", f"{key} is not in a valid state for this request: {metadata.key_state}."
        )
    if isinstance(metadata.arn, str):
        call.require(
            Access(
                action=f"kms:{action}", resources=[metadata.arn],
                context={
                    "kms:EncryptionContext:PARAMETER_ARN": parameter,
                    "kms:ViaService": f"ssm.{call.region}.amazonaws.com",
                },
            )
        )  # fmt: skip
