"""Which action on which resource a call needs.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancing.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import Access, Call
from backtrail.policy import Value
from backtrail_aws.elb import api, names, tags
from backtrail_aws.elb.state import ClassicLoadBalancers, service


@service.authorization
def needs(state: ClassicLoadBalancers, call: Call[Any]) -> Iterator[Access]:
    """The action on what the call names or makes; reads name nothing, so they need `*`."""
    named = [] if call.action.startswith("Describe") else list(_named(call))
    yield Access(
        action=f"elasticloadbalancing:{call.action}",
        resources=[names.arn_of(call, one) for one in dict.fromkeys(named)] or ["*"],
        context=_context(state, call, named),
    )  # fmt: skip


def _named(call: Call[Any]) -> Iterator[str]:
    params = call.params
    if isinstance(params, api.AddTags | api.RemoveTags):
        yield from params.load_balancer_names
    name = getattr(params, "load_balancer_name", None)
    if isinstance(name, str):
        yield name


def _context(state: ClassicLoadBalancers, call: Call[Any], named: list[str]) -> dict[str, Value]:
    context: dict[str, Value] = {}
    held = state.balancers.get(named[0]) if named else None
    if held is not None:
        context |= {f"aws:ResourceTag/{key}": value for key, value in held.tags.items()}
        context |= {f"elasticloadbalancing:ResourceTag/{key}": value for key, value in held.tags.items()}
    params = call.params
    if isinstance(params, api.AddTags | api.CreateLoadBalancer):
        made = tags.plain(params.tags)
        if made:
            context["aws:TagKeys"] = list(made)
            context |= {f"aws:RequestTag/{key}": value for key, value in made.items()}
    return context
