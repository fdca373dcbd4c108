"""Which action on which trail a call needs.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from backtrail import Access, Call, ResourcePolicy, told
from backtrail.policy import Value
from backtrail_aws.cloudtrail import names
from backtrail_aws.cloudtrail.api import AddTags, CreateTrail, ListTags, RemoveTags
from backtrail_aws.cloudtrail.state import CloudTrail, service

_ON_EVERYTHING: Final = frozenset({"DescribeTrails", "ListTrails", "LookupEvents", "ListPublicKeys"})
_LISTS: Final = frozenset({"ListEventDataStores", "ListChannels", "ListDashboards", "ListImports"})


@service.authorization
def needs(state: CloudTrail, call: Call[Any]) -> Iterator[Access]:
    """The action on the trail that the call names; on everything where it is about none."""
    params = call.params
    if call.action in _ON_EVERYTHING or call.action in _LISTS:
        yield Access(action=f"cloudtrail:{call.action}", resources=["*"])
        return
    if isinstance(params, ListTags):
        yield Access(action="cloudtrail:ListTags", resources=list(told(params.resource_id_list, [])) or ["*"])
        return
    arn = names.arn_of(names.named(params), call.account, call.region)
    context = _context(params)
    yield Access(action=f"cloudtrail:{call.action}", resources=[arn], context=context)
    if isinstance(params, CreateTrail) and told(params.tags_list, []):
        yield Access(action="cloudtrail:AddTags", resources=[arn], context=context)


def _context(params: Any) -> dict[str, Value]:
    """The keys that tags give."""
    if not isinstance(params, CreateTrail | AddTags | RemoveTags):
        return {}
    tags = told(params.tags_list, [])
    context: dict[str, Value] = {"aws:TagKeys": [told(tag.key, "") for tag in tags]}
    if not isinstance(params, RemoveTags):
        context |= {f"aws:RequestTag/{told(tag.key, '')}": told(tag.value, "") for tag in tags}
    return context


@service.policies
def policies_of(state: CloudTrail, call: Call[Any], arn: str, action: str) -> ResourcePolicy | None:
    """Whose a trail is: an organization's is each member's, as far as policies go. It has no policy of its own."""
    trail = state.trails.get(arn)
    if trail is None:
        parts = arn.split(":")
        return ResourcePolicy(account=parts[4]) if len(parts) > 5 and parts[4] else None
    ours = trail.organization is True and names.shared(trail, call)
    return ResourcePolicy(account=call.account if ours else trail.account, tags=trail.tags)
