"""Which action on which of an organization's resources a call needs, and who else than its manager may.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from backtrail import Access, Call, ResourcePolicy
from backtrail.policy import Value
from backtrail_aws.organizations import policies, tree
from backtrail_aws.organizations.state import Organization, Organizations, oid, service

_TARGETS: Final = (
    "account_id", "target_id", "parent_id", "child_id", "organizational_unit_id", "root_id", "source_parent_id",
    "destination_parent_id", "resource_id",
)  # fmt: skip


@service.authorization
def needs(state: Organizations, call: Call[Any]) -> Iterator[Access]:
    """The action of the same name on all that the call names; on everything where it names nothing."""
    organization = state.of(call.account)
    resources = list(_resources(state, organization, call)) if organization is not None else []
    yield Access(
        action=f"organizations:{call.action}",
        resources=resources or ["*"],
        context=dict(_keys(organization, call)),
    )


def _resources(state: Organizations, organization: Organization, call: Call[Any]) -> Iterator[str]:
    params = call.params
    for member in _TARGETS:
        target = getattr(params, member, None)
        if isinstance(target, str) and tree.kind_of(target) is not None:
            yield tree.arn(organization, target)
        elif isinstance(target, str) and target.startswith("p-"):
            yield _policy(organization, target)
    policy = getattr(params, "policy_id", None)
    if isinstance(policy, str):
        yield _policy(organization, policy)
    handshake = state.handshakes.get(str(getattr(params, "handshake_id", "")))
    if handshake is not None:
        own = oid(organization) if organization.manager == handshake.manager else "*"
        yield f"arn:aws:organizations::{handshake.manager}:handshake/{own}/invite/{handshake.id}"


def _policy(organization: Organization, policy_id: str) -> str:
    found = policies.find(organization, policy_id)
    if found is not None:
        return policies.arn(organization, found)
    return f"arn:aws:organizations::{organization.manager}:policy/{oid(organization)}/*/{policy_id}"


def _keys(organization: Organization | None, call: Call[Any]) -> Iterator[tuple[str, Value]]:
    params = call.params
    type = getattr(params, "type", None) or getattr(params, "policy_type", None)
    policy = getattr(params, "policy_id", None)
    if isinstance(policy, str) and organization is not None:
        found = policies.find(organization, policy)
        type = found.type if found is not None else None
    if isinstance(type, str):
        yield "organizations:PolicyType", type
    principal = getattr(params, "service_principal", None)
    if isinstance(principal, str):
        yield "organizations:ServicePrincipal", principal
    tags = getattr(params, "tags", None)
    if isinstance(tags, list):
        given: list[Any] = tags  # pyright: ignore[reportUnknownVariableType]
        yield "aws:TagKeys", [tag.key for tag in given]
        yield from ((f"aws:RequestTag/{tag.key}", tag.value) for tag in given)
    tag_keys = getattr(params, "tag_keys", None)
    if isinstance(tag_keys, list):
        yield "aws:TagKeys", list[str](tag_keys)  # pyright: ignore[reportUnknownArgumentType]


@service.policies
def policies_of(state: Organizations, call: Call[Any], arn: str, action: str) -> ResourcePolicy | None:
    """The organization's own policy. Delegated administrators may read, and the invited answer."""
    account, resource = arn.split(":", 5)[4:]
    if account == "aws":
        return ResourcePolicy(account=call.account, bare=True)
    organization = state.organizations.get(account)
    if organization is None:
        return ResourcePolicy(account=account, granted=resource.startswith("handshake/"))
    own = organization.resource_policy
    reads = action.startswith(("organizations:Describe", "organizations:List"))
    tags = organization.tags.get(resource.rpartition("/")[2], {})
    return ResourcePolicy(
        account=account,
        document=own.content if own is not None else None,
        granted=resource.startswith("handshake/") or (reads and call.account in organization.administrators),
        tags=tags,
    )
