"""Who calls, whose a key is, and what was meant: GetCallerIdentity, GetAccessKeyInfo and their like."""

from __future__ import annotations

from backtrail import Call, NotInTrail, Params, field, told
from backtrail_aws.sts import credentials, errors
from backtrail_aws.sts.api import (
    DecodeAuthorizationMessage,
    DecodeAuthorizationMessageResult,
    GetAccessKeyInfo,
    GetAccessKeyInfoResult,
    GetCallerIdentity,
    GetCallerIdentityResult,
    GetWebIdentityToken,
    GetWebIdentityTokenResult,
)
from backtrail_aws.sts.state import Sessions, service


class GetAccessKeyLastUsed(Params):
    """What IAM is asked: it refuses for a key that it does not have."""

    access_key_id: str = field(name="accessKeyId")


class GetAccessKeyLastUsedResult(Params):
    """What IAM answers."""


@service.read
def get_caller_identity(state: Sessions, call: Call[GetCallerIdentity]) -> GetCallerIdentityResult:
    """The caller's account, ARN and unique id; no permission is needed."""
    identity = call.caller.identity
    return GetCallerIdentityResult(
        user_id=told(identity.principal_id, "") or credentials.asker(identity),
        account=call.caller.account or call.account,
        arn=call.caller.arn or credentials.asker(identity),
    )


@service.read
def get_access_key_info(state: Sessions, call: Call[GetAccessKeyInfo]) -> GetAccessKeyInfoResult:
    """The account of a session's key, or of one of the caller's account."""
    key = call.params.access_key_id
    session = state.sessions.get(key)
    if session is not None:
        return GetAccessKeyInfoResult(account=session.account)
    own = told(call.caller.identity.access_key_id, "") == key
    known = call.ask("iam", GetAccessKeyLastUsed(access_key_id=key), GetAccessKeyLastUsedResult)
    if own or known is not None:
        return GetAccessKeyInfoResult(account=call.caller.account)
    raise NotInTrail(f"the account of the access key {key}")


@service.read
def decode_authorization_message(
    state: Sessions, call: Call[DecodeAuthorizationMessage]
) -> DecodeAuthorizationMessageResult:
    """Why a call was denied: what the encoded message in a refusal of this log says."""
    told = call.decoded(call.params.encoded_message)
    if told is None:
        raise errors.bad_message()
    return DecodeAuthorizationMessageResult(decoded_message=told)


@service.read
def get_web_identity_token(state: Sessions, call: Call[GetWebIdentityToken]) -> GetWebIdentityTokenResult:
    """Refused, as in every account that has not turned outbound federation on; nothing here can turn it on."""
    raise errors.federation_disabled()
