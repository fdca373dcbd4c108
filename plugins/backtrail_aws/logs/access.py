"""Which action on which group, stream or destination a call needs, and whose they are.

A group stands in policies with what follows it: `…:log-group:NAME:log-stream:`, which `…:log-group:NAME:*` matches
and `…:log-group:NAME` does not; only the operations of tags take the plain ARN.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html;
a denied DeleteLogGroup and CreateLogStream of a real trail name their resources so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from backtrail import Access, Call, ResourcePolicy
from backtrail.policy import Value
from backtrail_aws.logs import directory
from backtrail_aws.logs.state import Logs, service

_BY_NAME: Final = {
    "CreateDelivery": ("delivery-source", "delivery_source_name"),
    "DeleteDelivery": ("delivery", "id"),
    "DeleteDeliveryDestination": ("delivery-destination", "name"),
    "DeleteDeliveryDestinationPolicy": ("delivery-destination", "delivery_destination_name"),
    "DeleteDeliverySource": ("delivery-source", "name"),
    "DeleteDestination": ("destination", "destination_name"),
    "GetDelivery": ("delivery", "id"),
    "GetDeliveryDestination": ("delivery-destination", "name"),
    "GetDeliveryDestinationPolicy": ("delivery-destination", "delivery_destination_name"),
    "GetDeliverySource": ("delivery-source", "name"),
    "PutDeliveryDestination": ("delivery-destination", "name"),
    "PutDeliveryDestinationPolicy": ("delivery-destination", "delivery_destination_name"),
    "PutDeliverySource": ("delivery-source", "name"),
    "PutDestination": ("destination", "destination_name"),
    "PutDestinationPolicy": ("destination", "destination_name"),
    "UpdateDeliveryConfiguration": ("delivery", "id"),
}
"""What is no group: its kind, and the parameter that names it."""
_OF_STREAMS: Final = frozenset({"CreateLogStream", "DeleteLogStream", "PutLogEvents", "GetLogEvents"})
_ANY_GROUP: Final = frozenset({"DescribeLogGroups", "DescribeMetricFilters"})
"""What names no group where it is about all of them: `log-group::log-stream:`."""


@service.authorization
def needs(state: Logs, call: Call[Any]) -> Iterator[Access]:
    """The action on what the call names; on everything where it names nothing."""
    resources = list(_resources(call))
    yield Access(action=f"logs:{call.action}", resources=resources or ["*"], context=_context(call))
    if call.action == "CreateDelivery":
        yield Access(action="logs:CreateDelivery", resources=[call.params.delivery_destination_arn])
    if call.action == "CreateLogGroup" and _tags(call.params):
        yield Access(action="logs:TagResource", resources=resources, context=_context(call))


@service.policies
def policies_of(state: Logs, call: Call[Any], arn: str, action: str) -> ResourcePolicy | None:
    """Whose a resource is, and its tags. What the account's resource policies say to services, nobody asks here."""
    named = directory.parsed(arn)
    if named is None:
        return None
    group = state.groups.get(named.name.split(":", 1)[0]) if named.kind == "log-group" else None
    target = state.destinations.get(named.name) if named.kind == "destination" else None
    tags = group.tags if group is not None else target.tags if target is not None else {}
    return ResourcePolicy(account=named.account or call.account, bare=True, tags=tags)


def _resources(call: Call[Any]) -> Iterator[str]:
    """The ARNs of what a call is about."""
    params, action = call.params, call.action
    if action in _BY_NAME:
        kind, member = _BY_NAME[action]
        yield call.arn("logs", f"{kind}:{getattr(params, member)}")
        return
    tagged = getattr(params, "resource_arn", None)
    if isinstance(tagged, str) and action not in ("PutResourcePolicy", "DeleteResourcePolicy"):
        yield tagged
        return
    stream = getattr(params, "log_stream_name", "") if action in _OF_STREAMS else ""
    groups = list(_groups(params))
    for text in groups or ([""] if action in _ANY_GROUP else []):
        account, _ = directory.at_arn(call, text)
        yield call.arn("logs", f"log-group:{directory.name_of(text)}:log-stream:{stream}", account=account)


def _groups(params: Any) -> Iterator[str]:
    """The names and ARNs of the groups that parameters name."""
    for member in ("log_group_name", "log_group_identifier", "resource_identifier"):
        one = getattr(params, member, None)
        if isinstance(one, str) and ":query-result:" not in one:
            yield one
    for member in ("log_group_names", "log_group_identifiers"):
        several = getattr(params, member, None)
        if isinstance(several, list):
            yield from several  # pyright: ignore[reportUnknownVariableType]


def _context(call: Call[Any]) -> dict[str, Value]:
    """The keys that the service adds: tags, a subscription's destination, a delivery's resource."""
    params = call.params
    context: dict[str, Value] = {}
    tags = _tags(params)
    if tags:
        context |= {
            "aws:TagKeys": list(tags),
            **{f"aws:RequestTag/{key}": value for key, value in tags.items()},
        }
    keys = getattr(params, "tag_keys", None)
    if isinstance(keys, list):
        context["aws:TagKeys"] = list[str](keys)  # pyright: ignore[reportUnknownArgumentType]
    if call.action == "PutSubscriptionFilter":
        context["logs:DestinationArn"] = params.destination_arn
    elif call.action == "PutDeliverySource":
        context["logs:LogGeneratingResourceArns"] = [params.resource_arn]
    return context


def _tags(params: Any) -> dict[str, str]:
    tags = getattr(params, "tags", None)
    if not isinstance(tags, dict):
        return {}
    given: dict[str, str] = tags  # pyright: ignore[reportUnknownVariableType]
    return given
