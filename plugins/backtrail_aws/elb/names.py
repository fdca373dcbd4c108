"""Names: https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/API_CreateLoadBalancer.html"""

from __future__ import annotations

import re
from typing import Any

from backtrail import Call, Event, known
from backtrail_aws.elb import errors
from backtrail_aws.elb.state import Balancer, ClassicLoadBalancers

SERVICE = "elasticloadbalancing"


def check(name: str) -> None:
    """Refuse a name that a load balancer cannot have. Raises `Refusal`."""
    if len(name) > 32:
        # evidence: page API_CreateLoadBalancer (LoadBalancerName); words: guess
        raise errors.invalid("LoadBalancer name cannot be longer than 32 characters")
    if re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?", name) is None:
        # evidence: page API_CreateLoadBalancer (LoadBalancerName); words: guess
        raise errors.invalid(
            "LoadBalancer name must contain only alphanumeric characters or hyphens, and must not start or end with a "
            "hyphen"
        )


def arn_of(here: Call[Any] | Event[Any, Any], name: str) -> str:
    """The ARN of a load balancer."""
    return here.arn(SERVICE, f"loadbalancer/{name}")


def balancer(state: ClassicLoadBalancers, name: str) -> Balancer:
    """The load balancer of a name. Raises `Refusal`."""
    found = state.balancers.get(name)
    if found is None:
        raise errors.no_balancer(name)
    return found


def inferred(state: ClassicLoadBalancers, event: Event[Any, Any], name: str) -> Balancer:
    """In a fold: the load balancer of a name, inferred where no record made it."""
    return known(state.balancers, name, event, lambda: Balancer(name=name, arn=arn_of(event, name)))
