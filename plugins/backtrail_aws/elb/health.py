"""How instances are, worked out whenever somebody asks: from what the account is at that moment.

https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-healthchecks.html

Nothing runs in instances. One that every node of the load balancer can reach on the port of its checks is taken to pass
them, unless a fault was injected (`faults.py`). How long it takes until checks tell (interval times threshold) is
`backtrail.pace`'s to say, as with all life cycles.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from backtrail import Call, Event, UnsetType, told
from backtrail_aws.balancing import network
from backtrail_aws.elb import api, errors, instances, limits, names
from backtrail_aws.elb.state import Balancer, ClassicLoadBalancers, service

_TARGET = re.compile(r"(TCP|SSL):(\d{1,5})|(HTTP|HTTPS):(\d{1,5})(/.{0,1023})", re.IGNORECASE)


def _state(instance: str, state: str, reason: str, description: str) -> api.InstanceState:
    return api.InstanceState(instance_id=instance, state=state, reason_code=reason, description=description)


ZONE = (
    "Instance is in the EC2 Availability Zone for which LoadBalancer is not configured to route traffic to."
)
FAILED = "Instance has failed at least the UnhealthyThreshold number of health checks consecutively."
CHECKING = "Instance has not passed the configured HealthyThreshold number of health checks consecutively."
LEAVING = "Instance deregistration currently in progress."
UNREGISTERED = "Instance is not currently registered with the LoadBalancer."
"""API_InstanceState."""


# the checks


@service.handle
def configure_health_check(
    state: ClassicLoadBalancers, call: Call[api.ConfigureHealthCheck]
) -> api.ConfigureHealthCheckResult:
    """Other checks."""
    names.balancer(state, call.params.load_balancer_name)
    given = call.params.health_check
    for name, value, bounds in (
        ("Interval", given.interval, limits.INTERVAL_S), ("Timeout", given.timeout, limits.TIMEOUT_S),
        ("UnhealthyThreshold", given.unhealthy_threshold, limits.THRESHOLD),
        ("HealthyThreshold", given.healthy_threshold, limits.THRESHOLD),
    ):  # fmt: skip
        if not bounds[0] <= value <= bounds[1]:
            # evidence: page API_HealthCheck; words: guess
            raise errors.invalid(f"HealthCheck {name} must be between {bounds[0]} and {bounds[1]}")
    if given.timeout >= given.interval:
        # evidence: guess
        raise errors.invalid("HealthCheck timeout must be less than interval")
    if _TARGET.fullmatch(given.target) is None or not 1 <= port_of(given) <= limits.PORTS[1]:
        # evidence: page API_HealthCheck (Target); words: guess
        raise errors.invalid(
            "HealthCheck HTTP Target must specify a port followed by a path that begins with a slash. e.g. "
            "HTTP:80/ping/this/path"
        )
    return api.ConfigureHealthCheckResult(health_check=given)


@service.project
def health_check_configured(
    state: ClassicLoadBalancers, event: Event[api.ConfigureHealthCheck, api.ConfigureHealthCheckResult]
) -> None:
    """The checks are changed."""
    names.inferred(state, event, event.params.load_balancer_name).check = event.params.health_check


def port_of(check: api.HealthCheck | UnsetType) -> int:
    """The port that checks go to."""
    found = _TARGET.fullmatch(check.target) if isinstance(check, api.HealthCheck) else None
    return int(found[2] or found[4]) if found is not None else 80


# what they tell


class Question:
    """One question about the instances of one load balancer."""

    def __init__(self, call: Call[Any], held: Balancer) -> None:
        self.call, self.held = call, held
        self.port = port_of(held.check)

    def of(self, instance: str) -> api.InstanceState | None:
        """How an instance is; None for one that is terminated, of which nothing is told."""
        found = network.instance(self.call, instance)
        if found is not None and found.status in ("terminated", "shutting-down"):
            return None
        mine = self.held.instances.get(instance)
        if mine is None or self._left(mine.leaving):
            return _state(instance, "OutOfService", "Instance", UNREGISTERED)
        if not isinstance(mine.leaving, UnsetType):
            return _state(instance, "InService", "N/A", LEAVING)
        if found is not None and found.status != "running":
            status = "pending" if found.status == "pending" else "stopped"
            return _state(instance, "OutOfService", "Instance", f"Instance is in {status} state.")
        if found is not None and found.zone and self.held.enabled and found.zone not in self.held.enabled:
            return _state(instance, "OutOfService", "ELB", ZONE)
        return self._checked(instance, told(mine.since, None), found.zone if found is not None else "")

    def _left(self, leaving: datetime | UnsetType) -> bool:
        if isinstance(leaving, UnsetType):
            return False
        return self.call.time >= leaving + timedelta(seconds=told(self.held.draining, 0))

    def _checked(self, instance: str, since: datetime | None, zone: str) -> api.InstanceState:
        failed = _state(instance, "OutOfService", "Instance", FAILED)
        _, _, unhealthy, healthy = limits.HEALTH_CHECK
        check = self.held.check
        if isinstance(check, api.HealthCheck):
            unhealthy, healthy = check.unhealthy_threshold, check.healthy_threshold
        if self.unreached(instance, zone) is not None:
            return failed
        if not self._over(since, healthy):
            return _state(instance, "OutOfService", "Instance", CHECKING)
        fault = self.held.faults.get(instance)
        if fault is not None and fault.failing is self._over(
            fault.since, unhealthy if fault.failing else healthy
        ):
            return failed
        return _state(instance, "InService", "N/A", "N/A")

    def _over(self, since: datetime | None, checks: int) -> bool:
        """Whether some checks have gone by, at the pace of the log."""
        if since is None:
            return True
        check = self.held.check
        interval = check.interval if isinstance(check, api.HealthCheck) else limits.HEALTH_CHECK[0]
        return self.call.time >= since + timedelta(seconds=checks * interval * self.call.pace(since))

    def unreached(self, instance: str, zone: str = "") -> network.Reach | None:
        """Why the first node whose checks do not reach an instance does not; None where all do."""
        for subnet, interface in self.held.interfaces.items():
            place = self.held.places.get(subnet, "")
            if not self.held.cross_zone and zone and place and place != zone:
                continue
            found = network.reach(self.call, interface, instance, "tcp", self.port)
            if found is not None and not found.found:
                return found
        return None


@service.read
def describe_instance_health(
    state: ClassicLoadBalancers, call: Call[api.DescribeInstanceHealth]
) -> api.DescribeInstanceHealthResult:
    """How all instances are, or some, which need not be registered."""
    held = names.balancer(state, call.params.load_balancer_name)
    question = Question(call, held)
    asked = instances.ids_of(told(call.params.instances, []))
    for one in asked:
        if one not in held.instances and network.served(call) and network.instance(call, one) is None:
            # evidence: guess
            raise errors.instance(f"Could not find EC2 instance {one}.")
    found = [question.of(one) for one in asked or instances.registered(held)]
    return api.DescribeInstanceHealthResult(instance_states=[one for one in found if one is not None])
