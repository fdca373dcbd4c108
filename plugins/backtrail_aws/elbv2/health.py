"""How targets are, worked out whenever somebody asks: from what the account is at that moment.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html

Nothing runs in instances. One that every node of the load balancer can reach on the port of its checks is taken to
answer with 200, unless a fault was injected (`faults.py`). How long it takes until checks tell (interval times
threshold) is `backtrail.pace`'s to say, as with all life cycles.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from backtrail import UNSET, Call, UnsetType, told
from backtrail_aws.balancing import network
from backtrail_aws.elbv2 import (
    api,
    attributes,
    balancers,
    errors,
    faults,
    functions,
    health_checks,
    names,
    uses,
)
from backtrail_aws.elbv2 import targets as registered
from backtrail_aws.elbv2.state import Balancer, LoadBalancers, Target, TargetGroup, service

HEALTHY = api.TargetHealth(state="healthy")


def _health(state: str, reason: str, description: str) -> api.TargetHealth:
    return api.TargetHealth(state=state, reason=reason, description=description)


UNREGISTERED = _health("unused", "Target.NotRegistered", "Target is not registered to the target group")
UNUSED = _health(
    "unused",
    "Target.NotInUse",
    "Target group is not configured to receive traffic from the load balancer",
)
DISABLED_ZONE = _health(
    "unused",
    "Target.NotInUse",
    "Target is in an Availability Zone that is not enabled for the load balancer",
)
DRAINING = _health("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
REGISTERING = _health("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
CHECKING = _health("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
UNCHECKED = _health(
    "unavailable", "Target.HealthCheckDisabled", "Health checks are not enabled for this target"
)
TIMEOUT = _health("unhealthy", "Target.Timeout", "Request timed out")
FAILED = _health("unhealthy", "Target.FailedHealthChecks", "Health checks failed")


class Question:
    """One question about the targets of one group: what is looked up of the account stays looked up."""

    def __init__(self, state: LoadBalancers, call: Call[Any], group: TargetGroup) -> None:
        self.state, self.call, self.group = state, call, group
        self.balancers = uses.balancers_of(state, group.arn)
        self.kind = told(group.shown.target_type, "instance")

    @property
    def zones(self) -> set[str]:
        """The zones that are enabled."""
        return {
            one.zone_name
            for held in self.balancers
            for one in told(held.shown.availability_zones, [])
            if isinstance(one.zone_name, str)
        }

    def port(self, target: Target) -> int:
        """The port that checks go to."""
        wanted = told(self.group.shown.health_check_port, health_checks.TRAFFIC_PORT)
        if wanted.isdigit():
            return int(wanted)
        return told(target.port, told(self.group.shown.port, 80))

    def of(self, target: Target) -> api.TargetHealth:
        """How a target is."""
        if not isinstance(target.leaving, UnsetType):
            return DRAINING
        if not self.balancers:
            return UNUSED
        if self.kind == "lambda":
            return self._function(target)
        place = self._place(target)
        if isinstance(place, api.TargetHealth):
            return place
        if place and self.zones and place not in self.zones:
            return DISABLED_ZONE
        return self._checked(target, place)

    def _place(self, target: Target) -> str | api.TargetHealth:
        """The zone that a target is in ("" for all), or why it is none."""
        if self.kind == "instance":
            found = network.instance(self.call, target.id)
            if found is None:
                return _invalid("terminated") if network.served(self.call) else ""
            if found.status not in ("pending", "running"):
                return _invalid(found.status)
            return found.zone
        if self.kind == "ip" and target.zone != "all":
            subnet = registered.subnet_of(self.call, self.group, target.id)
            return told(subnet.availability_zone, "") if subnet is not None else ""
        return ""

    def _function(self, target: Target) -> api.TargetHealth:
        if self.group.shown.health_check_enabled is not True:
            return UNCHECKED
        found = self._fault(target)
        if found is not None:
            return found
        return HEALTHY if functions.lets_in(self.call, self.group, target.id) else FAILED

    def _checked(self, target: Target, zone: str) -> api.TargetHealth:
        """What checks tell of a target that gets traffic."""
        if all(balancers.state_of(self.call, one) != "active" for one in self.balancers):
            return REGISTERING
        if not self._over(
            told(target.since, None), self._seconds(self.group.shown.healthy_threshold_count, 5)
        ):
            return CHECKING
        if self.group.shown.health_check_enabled is False:
            return UNCHECKED
        stopped = self.unreached(target, zone)
        if stopped is not None:
            return FAILED if self._on_layer_4() else TIMEOUT
        return self._fault(target) or self._answered("200") or HEALTHY

    def unreached(self, target: Target, zone: str = "") -> tuple[str, network.Reach | None] | None:
        """The first node whose checks do not reach a target, and why; None where all do, or nobody can tell."""
        port = self.port(target)
        if self.kind == "alb":
            ports = {one.shown.port for one in self.state.listeners.values() if one.balancer == target.id}
            return None if port in ports else (target.id, None)
        for interface in self._nodes(zone):
            if self.kind == "ip" and self._nobody_at(target):
                return interface, None
            found = network.reach(self.call, interface, target.id, "tcp", port)
            if found is not None and not found.found:
                return interface, found
        return None

    def _nobody_at(self, target: Target) -> bool:
        inside = registered.subnet_of(self.call, self.group, target.id) is not None
        return inside and network.interface_at(self.call, self.group.shown.vpc_id, target.id) is None

    def _nodes(self, zone: str) -> list[str]:
        """The interfaces that checks come from: where traffic does not cross zones, the one of the target's own."""
        found: list[str] = []
        for held in self.balancers:
            crossing = crosses(held, self.group)
            for one in told(held.shown.availability_zones, []):
                interface = held.interfaces.get(told(one.subnet_id, ""))
                if interface is not None and (crossing or not zone or one.zone_name == zone):
                    found.append(interface)
        return found

    def _on_layer_4(self) -> bool:
        return told(self.group.shown.protocol, "HTTP") not in ("HTTP", "HTTPS")

    # time

    def _seconds(self, threshold: int | UnsetType, default: int) -> float:
        return told(threshold, default) * float(told(self.group.shown.health_check_interval_seconds, 30))

    def _over(self, since: datetime | None, seconds: float) -> bool:
        """Whether some seconds have gone by, at the pace of the log."""
        if since is None:
            return True
        return self.call.time >= since + timedelta(seconds=seconds * self.call.pace(since))

    def _fault(self, target: Target) -> api.TargetHealth | None:
        """What injected faults make of the checks: it takes as many of them as the thresholds say until one sees it."""
        fault = self.group.faults.get(target.id)
        if fault is None:
            return None
        shown = self.group.shown
        if fault.answer:
            seen = self._over(fault.since, self._seconds(shown.unhealthy_threshold_count, 2))
            return self._answered(fault.answer) if seen else None
        well = self._over(fault.since, self._seconds(shown.healthy_threshold_count, 5))
        return None if well else self._answered(fault.before)

    def _answered(self, answer: str) -> api.TargetHealth | None:
        if answer == faults.SILENT:
            return FAILED if self._on_layer_4() else TIMEOUT
        if answer == faults.REFUSED:
            return FAILED
        protocol = told(self.group.shown.health_check_protocol, "HTTP")
        if protocol == "TCP" or health_checks.accepts(self.group.shown.matcher, int(answer)):
            return None
        if self._on_layer_4():
            return FAILED
        return _health(
            "unhealthy", "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{answer}]"
        )


def _invalid(status: str) -> api.TargetHealth:
    shown = "terminated" if status in ("terminated", "shutting-down") else "stopped"
    return _health("unused", "Target.InvalidState", f"Target is in the {shown} state")


def crosses(balancer: Balancer, group: TargetGroup) -> bool:
    """Whether a load balancer sends traffic to a group's targets in other zones."""
    own = attributes.of_group(group).get(
        "load_balancing.cross_zone.enabled", "use_load_balancer_configuration"
    )
    if own in ("true", "false"):
        return own == "true"
    return attributes.of_balancer(balancer).get("load_balancing.cross_zone.enabled") == "true"


@service.read
def describe_target_health(
    state: LoadBalancers, call: Call[api.DescribeTargetHealth]
) -> api.DescribeTargetHealthResult:
    """How all targets are, or some; of one that is not registered, that it is not."""
    params = call.params
    group = names.group(state, params.target_group_arn)
    question = Question(state, call, group)
    known = list(registered.live(group, call))
    if not told(params.targets, []):
        return api.DescribeTargetHealthResult(
            target_health_descriptions=[_described(question, one, question.of(one)) for one in known]
        )
    found: list[api.TargetHealthDescription] = []
    for asked in told(params.targets, []):
        of_id = [one for one in known if one.id == asked.id]
        if isinstance(asked.port, int):
            of_id = [one for one in of_id if told(one.port, group.shown.port) == asked.port]
        if question.kind == "instance" and not asked.id.startswith("i-"):
            # evidence: guess
            raise errors.target(f"Instance ID '{asked.id}' is not valid")
        found += [_described(question, one, question.of(one)) for one in of_id]
        if not of_id:
            target = Target(id=asked.id, port=asked.port)
            found.append(_described(question, target, UNREGISTERED))
    return api.DescribeTargetHealthResult(target_health_descriptions=found)


def _described(question: Question, target: Target, health: api.TargetHealth) -> api.TargetHealthDescription:
    group, is_function = question.group, question.kind == "lambda"
    lost = health.reason == "Target.NotRegistered"
    return api.TargetHealthDescription(
        target=api.TargetDescription(
            id=target.id, port=UNSET if is_function else told(target.port, group.shown.port),
            availability_zone=target.zone,
        ),
        health_check_port=UNSET if is_function or lost else str(question.port(target)), target_health=health,
        administrative_override=(
            UNSET if lost or is_function else api.AdministrativeOverride(
                state="no_override", reason="AdministrativeOverride.NoOverride",
                description="No override is currently active on target",
            )
        ),
    )  # fmt: skip
