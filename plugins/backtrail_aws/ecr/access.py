"""Which action on which repository a call needs, and whose a repository is.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import Access, Call, ResourcePolicy
from backtrail_aws.ecr.state import Registry, registry, service


@service.authorization
def needs(state: Registry, call: Call[Any]) -> Iterator[Access]:
    """The action on the repository that the call names."""
    arn = getattr(call.params, "resource_arn", None)
    name = getattr(call.params, "repository_name", None)
    several = getattr(call.params, "repository_names", None)
    if isinstance(arn, str):
        resources = [arn]
    elif isinstance(name, str):
        resources = [_arn(call, name)]
    elif isinstance(several, list) and several:
        resources = [_arn(call, str(one)) for one in several]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    else:
        resources = ["*"] if call.action == "GetAuthorizationToken" else [_arn(call, "*")]
    yield Access(action=f"ecr:{call.action}", resources=resources)


def _arn(call: Call[Any], name: str) -> str:
    return call.arn("ecr", f"repository/{name}", account=registry(call)[0])


@service.policies
def policies_of(state: Registry, call: Call[Any], arn: str, action: str) -> ResourcePolicy | None:
    """A repository's policy."""
    found = state.repositories.get(arn.partition(":repository/")[2])
    account = arn.split(":")[4] if arn.count(":") > 4 else ""
    if found is None:
        return ResourcePolicy(account=account) if account else None
    document = found.policy if isinstance(found.policy, str) else None
    return ResourcePolicy(account=found.registry, document=document, tags=found.tags)
