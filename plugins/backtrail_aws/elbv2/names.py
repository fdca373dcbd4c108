"""Names and ARNs: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any, TypeVar

from backtrail import Call, Event, Refusal, known
from backtrail_aws.elbv2 import errors
from backtrail_aws.elbv2.state import KINDS, Balancer, Listener, LoadBalancers, Rule, TargetGroup

V = TypeVar("V")
SERVICE = "elasticloadbalancing"
PREFIXES = {kind: prefix for prefix, kind in KINDS.items()}


def check(name: str, what: str) -> None:
    """Refuse a name that a load balancer or a target group cannot have. Raises `Refusal`."""
    if len(name) > 32:
        # evidence: guess
        raise errors.invalid(f"The {what} name '{name}' cannot be longer than '32' characters")
    if re.fullmatch(r"[A-Za-z0-9-]+", name) is None:
        # evidence: page API_CreateLoadBalancer (Name); words: guess
        raise errors.invalid(
            f"The {what} name '{name}' can only contain characters that are alphanumeric characters and hyphens(-)"
        )
    if name.startswith("-") or name.endswith("-"):
        # evidence: page API_CreateLoadBalancer (Name); words: guess
        raise errors.invalid(f"The {what} name '{name}' cannot begin or end with a hyphen(-)")
    if what == "load balancer" and name.startswith("internal-"):
        # evidence: page API_CreateLoadBalancer (Name); words: guess
        raise errors.invalid(f"The load balancer name '{name}' cannot begin with 'internal-'")


def of_balancer(here: Call[Any] | Event[Any, Any], kind: str, name: str) -> str:
    """The ARN of a load balancer that this call makes."""
    identifier = here.new_id("hex16", "balancer")
    return here.arn(SERVICE, f"loadbalancer/{PREFIXES.get(kind, 'app')}/{name}/{identifier}")


def of_group(here: Call[Any] | Event[Any, Any], name: str) -> str:
    """The ARN of a target group that this call makes."""
    return here.arn(SERVICE, f"targetgroup/{name}/{here.new_id('hex16', 'group')}")


def of_listener(here: Call[Any] | Event[Any, Any], balancer: str) -> str:
    """The ARN of a listener that this call makes."""
    return f"{balancer.replace(':loadbalancer/', ':listener/')}/{here.new_id('hex16', 'listener')}"


def of_rule(here: Call[Any] | Event[Any, Any], listener: str) -> str:
    """The ARN of a rule that this call makes: with a listener, its default rule."""
    return f"{listener.replace(':listener/', ':listener-rule/')}/{here.new_id('hex16', 'rule')}"


def balancer_of_listener(arn: str) -> str:
    """The load balancer whose listener, or rule, has an ARN."""
    whole = arn.replace(":listener-rule/", ":loadbalancer/").replace(":listener/", ":loadbalancer/")
    head, _, path = whole.partition(":loadbalancer/")
    return f"{head}:loadbalancer/{'/'.join(path.split('/')[:3])}"


def listener_of_rule(arn: str) -> str:
    """The listener whose rule has an ARN."""
    return arn.replace(":listener-rule/", ":listener/").rpartition("/")[0]


def name_in(arn: str) -> str:
    """The name in the ARN of a load balancer or a target group."""
    parts = arn.split("/")
    return parts[-2] if len(parts) >= 3 else arn


# finding


def balancer(state: LoadBalancers, arn: str) -> Balancer:
    """The load balancer of an ARN. Raises `Refusal`."""
    if ":loadbalancer/" not in arn:
        raise errors.bad_arn(arn, "load balancer")
    return _found(state.balancers, arn, errors.no_balancer(arn))


def group(state: LoadBalancers, arn: str) -> TargetGroup:
    """The target group of an ARN. Raises `Refusal`."""
    if ":targetgroup/" not in arn:
        raise errors.bad_arn(arn, "target group")
    return _found(state.groups, arn, errors.no_group(arn))


def listener(state: LoadBalancers, arn: str) -> Listener:
    """The listener of an ARN. Raises `Refusal`."""
    if ":listener/" not in arn:
        raise errors.bad_arn(arn, "listener")
    return _found(state.listeners, arn, errors.no_listener())


def rule(state: LoadBalancers, arn: str) -> Rule:
    """The rule of an ARN. Raises `Refusal`."""
    if ":listener-rule/" not in arn:
        raise errors.bad_arn(arn, "listener rule")
    return _found(state.rules, arn, errors.no_rule())


def _found(items: Mapping[str, V], arn: str, refusal: Refusal) -> V:
    found = items.get(arn)
    if found is None:
        raise refusal
    return found


# in folds


def known_balancer(state: LoadBalancers, event: Event[Any, Any], arn: str) -> Balancer:
    """The load balancer of an ARN, inferred where no record made it."""
    return _known(state.balancers, event, arn, lambda: Balancer(arn=arn, name=name_in(arn)))


def known_group(state: LoadBalancers, event: Event[Any, Any], arn: str) -> TargetGroup:
    """The target group of an ARN, inferred where no record made it."""
    return _known(state.groups, event, arn, lambda: TargetGroup(arn=arn, name=name_in(arn)))


def known_listener(state: LoadBalancers, event: Event[Any, Any], arn: str) -> Listener:
    """The listener of an ARN, inferred where no record made it."""
    return _known(state.listeners, event, arn, lambda: Listener(arn=arn, balancer=balancer_of_listener(arn)))


def known_rule(state: LoadBalancers, event: Event[Any, Any], arn: str) -> Rule:
    """The rule of an ARN, inferred where no record made it."""
    return _known(state.rules, event, arn, lambda: Rule(arn=arn, listener=listener_of_rule(arn)))


def _known(items: MutableMapping[str, V], event: Event[Any, Any], arn: str, make: Any) -> V:
    made: V = known(items, arn, event, make)
    return made
