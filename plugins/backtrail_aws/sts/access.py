"""Which action on which role a call needs, and the condition keys of STS.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html. Who comes with an
assertion or a token is asked about by the handlers, which read them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from backtrail import Access, Call, Refusal, UnsetType, told
from backtrail.policy import Denial, Value
from backtrail.policy.words import sentence
from backtrail.record import partition_of
from backtrail_aws.sts import errors, trust
from backtrail_aws.sts.api import AssumeRole, Tag
from backtrail_aws.sts.roles import calling_session
from backtrail_aws.sts.state import Sessions, service

_UNLIMITED: Final = frozenset(
    {
        "GetCallerIdentity",
        "GetSessionToken",
        "GetScopedCredentials",
        "AssumeRoleWithSAML",
        "AssumeRoleWithWebIdentity",
    }
)
"""What nobody needs a permission for; https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_request.html"""


@service.authorization
def needs(state: Sessions, call: Call[Any]) -> Iterator[Access]:
    """Roles must be allowed to be assumed by the caller's policies and by their own."""
    action, params = call.action, call.params
    if action in _UNLIMITED:
        return
    if isinstance(params, AssumeRole):
        yield from _assume(state, call, params)
        return
    resource = "*"
    context: dict[str, Value] = {}
    home = f"arn:{partition_of(call.region)}:sts::{call.caller.account}"
    if action == "GetFederationToken":
        resource, context = f"{home}:federated-user/{params.name}", tagged(params.tags)
    elif action == "AssumeRoot":
        account = str(params.target_principal).removesuffix(":root").rpartition(":")[2]
        resource = f"arn:{partition_of(call.region)}:iam::{account}:root"
        context = {"sts:TaskPolicyArn": told(params.task_policy_arn.arn, None)}
    elif action == "GetWebIdentityToken":
        context = {
            **tagged(params.tags),
            "sts:IdentityTokenAudience": list(params.audience),
            "sts:SigningAlgorithm": params.signing_algorithm,
            "sts:DurationSeconds": told(params.duration_seconds, None),
        }
    yield Access(action=f"sts:{action}", resources=[resource], context=context)


def tagged(tags: list[Tag] | UnsetType) -> dict[str, Value]:
    """The keys of tags that are given."""
    if isinstance(tags, UnsetType) or not tags:
        return {}
    return {
        "aws:TagKeys": [tag.key for tag in tags],
        **{f"aws:RequestTag/{tag.key}": tag.value for tag in tags},
    }


@service.denial
def denied(denial: Denial) -> Refusal:
    """STS tells nobody why."""
    # evidence: record incident-a e4bad408-6272-4892-bf47-bd41b435ce40
    return errors.denied(sentence(denial.principal, denial.action, denial.resource.removeprefix("*")))


def _assume(state: Sessions, call: Call[Any], params: AssumeRole) -> Iterator[Access]:
    if isinstance(trust.account_of(params.role_arn), UnsetType):
        return  # no role's ARN, as the handler will say
    before = calling_session(state, call)
    inherited = before.source_identity if before is not None else params.source_identity
    source = told(inherited, None) or told(params.source_identity, None)
    context: dict[str, Value] = {
        "sts:ExternalId": told(params.external_id, None),
        "sts:RoleSessionName": params.role_session_name,
        "sts:SourceIdentity": source,
        "sts:TransitiveTagKeys": told(params.transitive_tag_keys, None),
        **tagged(params.tags),
    }
    if isinstance(params.serial_number, str) and isinstance(params.token_code, str):
        context |= {
            "aws:MultiFactorAuthPresent": True,
            "aws:MultiFactorAuthAge": 0,
        }  # the handler checks the code
    for action, needed in (
        ("sts:AssumeRole", True), ("sts:TagSession", bool(told(params.tags, []))), ("sts:SetSourceIdentity", source),
    ):  # fmt: skip
        if needed:
            yield Access(action=action, resources=[params.role_arn], context=context)
