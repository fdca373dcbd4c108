"""Which action on which resource a call needs.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import Access, Call, told
from backtrail.policy import Value
from backtrail_aws.elbv2 import api, names, tags
from backtrail_aws.elbv2.state import Held, LoadBalancers, service

_ARNS = ("load_balancer_arn", "target_group_arn", "listener_arn", "rule_arn")


@service.authorization
def needs(state: LoadBalancers, call: Call[Any]) -> Iterator[Access]:
    """The action on what the call names or makes; reads name nothing, so they need `*`."""
    resources = [] if call.action.startswith("Describe") else list(_named(call))
    yield Access(
        action=f"elasticloadbalancing:{call.action}", resources=list(dict.fromkeys(resources)) or ["*"],
        context=_context(state, call, resources),
    )  # fmt: skip


def _named(call: Call[Any]) -> Iterator[str]:
    params = call.params
    for member in _ARNS:
        value = getattr(params, member, None)
        if isinstance(value, str):
            yield value
    if isinstance(params, api.AddTags | api.RemoveTags):
        yield from params.resource_arns
    if isinstance(params, api.SetRulePriorities):
        yield from (told(one.rule_arn, "") for one in params.rule_priorities)
    if isinstance(params, api.CreateLoadBalancer):
        prefix = names.PREFIXES.get(told(params.type, "application"), "app")
        yield call.arn(names.SERVICE, f"loadbalancer/{prefix}/{params.name}/*")
    if isinstance(params, api.CreateTargetGroup):
        yield call.arn(names.SERVICE, f"targetgroup/{params.name}/*")


def _context(state: LoadBalancers, call: Call[Any], resources: list[str]) -> dict[str, Value]:
    context: dict[str, Value] = {}
    for arn in resources[:1]:
        held: Held | None = None
        for collection in (state.balancers, state.groups, state.listeners, state.rules):
            held = held or collection.get(arn)
        if held is not None:
            context |= {f"aws:ResourceTag/{key}": value for key, value in held.tags.items()}
            context |= {f"elasticloadbalancing:ResourceTag/{key}": value for key, value in held.tags.items()}
    given = getattr(call.params, "tags", None)
    if isinstance(given, list):
        made = tags.plain(given)  # pyright: ignore[reportUnknownArgumentType]
        context["aws:TagKeys"] = list(made)
        context |= {f"aws:RequestTag/{key}": value for key, value in made.items()}
    scheme = getattr(call.params, "scheme", None)
    if isinstance(scheme, str):
        context["elasticloadbalancing:Scheme"] = scheme
    return context
