"""Multi-factor authentication: `SerialNumber` and `TokenCode`, checked by IAM, which has the devices."""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Params, UnsetType, field
from backtrail_aws.sts import errors


class VerifyMFACode(Params):
    """What IAM is asked."""

    serial_number: str = field(name="serialNumber")
    token_code: str = field(name="tokenCode")
    user_name: str | UnsetType = field(name="userName", default=UNSET)


class VerifyMFACodeResult(Params):
    """What IAM answers."""

    valid: bool


def check(call: Call[Any], serial: str | UnsetType, code: str | UnsetType) -> bool:
    """Whether the caller proved a second factor: False where none was given. Raises `Refusal` for a wrong one."""
    if isinstance(serial, UnsetType) and isinstance(code, UnsetType):
        return False
    if isinstance(serial, UnsetType) or isinstance(code, UnsetType):
        # evidence: guess
        raise errors.denied(
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
        )
    identity = call.caller.identity
    user = identity.user_name if identity.type == "IAMUser" else UNSET
    asked = VerifyMFACode(serial_number=serial, token_code=code, user_name=user)
    found = call.ask("iam", asked, VerifyMFACodeResult, account=call.caller.account)
    if found is None or not found.valid:
        raise errors.bad_mfa_device()
    return True
