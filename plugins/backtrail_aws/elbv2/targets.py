"""Targets: registered, deregistered, and gone with their instances.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-register-targets.html
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from backtrail import UNSET, Call, Event, Params, UnsetType, field, told
from backtrail_aws.balancing import network
from backtrail_aws.elbv2 import api, attributes, errors, functions, limits, names, uses
from backtrail_aws.elbv2.state import LoadBalancers, Target, TargetGroup, service

_INSIDE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
"""Blocks of addresses outside the VPC that targets may have (load-balancer-target-groups.html: RFC 1918, RFC 6598)."""


def key_of(target: api.TargetDescription) -> str:
    """A target's key: without a port of its own, it has the group's."""
    return f"{target.id}:{told(target.port, '')}"


def live(held: TargetGroup, call: Call[Any]) -> Iterable[Target]:
    """The targets that are registered, or are still leaving."""
    delay = timedelta(seconds=delay_s(held))
    for one in held.targets.values():
        if isinstance(one.leaving, UnsetType) or call.time < one.leaving + delay:
            yield one


def delay_s(held: TargetGroup) -> int:
    """How long a target is draining."""
    return int(attributes.of_group(held).get("deregistration_delay.timeout_seconds", "0"))


# register


@service.handle
def register_targets(state: LoadBalancers, call: Call[api.RegisterTargets]) -> None:
    """Targets of the group's type, that are there and, as instances, running in its VPC."""
    held = names.group(state, call.params.target_group_arn)
    given = call.params.targets
    kind = told(held.shown.target_type, "instance")
    if kind in ("lambda", "alb") and len(given) + len(held.targets) > 1 and not _all_there(held, given):
        # evidence: page lambda-functions.html (one function a group); words: guess
        raise errors.too_many("TooManyTargets", f"targets of a target group with target type '{kind}'")
    for one in given:
        if isinstance(one.port, int) and not limits.PORTS[0] <= one.port <= limits.PORTS[1]:
            # evidence: model; words: guess
            raise errors.invalid(f"Port must be between {limits.PORTS[0]} and {limits.PORTS[1]}")
    if kind == "instance":
        _check_instances(call, held, given)
    for one in given if kind == "ip" else ():
        _check_address(call, held, one)
    for one in given if kind == "lambda" else ():
        functions.check(call, held, one.id)
    for one in given if kind == "alb" else ():
        names.balancer(state, one.id)
    new = {key_of(one) for one in given}
    most = call.quota("targets-per-target-group-per-region", limits.TARGETS_PER_GROUP_MAX)
    if len(new | set(held.targets)) > most:
        raise errors.too_many("TooManyTargets", "targets")


def _all_there(held: TargetGroup, given: Sequence[api.TargetDescription]) -> bool:
    return all(key_of(one) in held.targets for one in given)


def _check_instances(call: Call[Any], held: TargetGroup, given: Sequence[api.TargetDescription]) -> None:
    stopped: list[str] = []
    served = network.served(call)
    for one in given:
        found = network.instance(call, one.id) if served else None
        if not one.id.startswith("i-") or (served and found is None):
            # evidence: guess
            raise errors.target(f"Instance ID '{one.id}' is not valid")
        if found is None:
            continue
        vpc = held.shown.vpc_id
        if isinstance(vpc, str) and isinstance(found.vpc_id, str) and found.vpc_id != vpc:
            # evidence: page quoting AWS ("are not in the target group VPC")
            raise errors.target(f"The following targets are not in the target group VPC '{vpc}': '{one.id}'")
        if found.status not in ("pending", "running"):
            stopped.append(one.id)
    if stopped:
        named = ", ".join(f"'{one}'" for one in stopped)
        # evidence: guess
        raise errors.target(
            f"The following targets are not in a running state and cannot be registered: {named}"
        )


def _check_address(call: Call[Any], held: TargetGroup, given: api.TargetDescription) -> None:
    try:
        address = ip_address(given.id)
    except ValueError:
        # evidence: guess
        raise errors.target(f"The IP address '{given.id}' is not a valid IPv4 address") from None
    if subnet_of(call, held, given.id) is not None or not network.served(call) or address.version == 6:
        return
    if not any(address in ip_network(block) for block in _INSIDE):
        # evidence: page load-balancer-target-groups.html; words: guess
        raise errors.target(
            f"The IP address '{given.id}' must be within the VPC or one of the private ranges"
        )
    if given.availability_zone != "all":
        # evidence: guess
        raise errors.target(
            f"The IP address '{given.id}' is outside the VPC; its Availability Zone must be 'all'"
        )


def subnet_of(call: Call[Any], held: TargetGroup, address: str) -> network.Subnet | None:
    """The subnet of the group's VPC that an address lies in."""
    for one in network.all_subnets(call):
        inside = one.vpc_id == held.shown.vpc_id and isinstance(one.cidr_block, str)
        if inside and ip_address(address) in ip_network(str(one.cidr_block)):
            return one
    return None


@service.project
def targets_registered(state: LoadBalancers, event: Event[api.RegisterTargets, None]) -> None:
    """The targets are there; those that were there already stay as they were, but none leaves any more."""
    held = names.known_group(state, event, event.params.target_group_arn)
    for one in event.params.targets:
        had = held.targets.get(key_of(one))
        if had is None or not isinstance(had.leaving, UnsetType):
            held.targets[key_of(one)] = Target(
                id=one.id, port=one.port, zone=one.availability_zone, since=event.time
            )


# deregister


@service.handle
def deregister_targets(state: LoadBalancers, call: Call[api.DeregisterTargets]) -> None:
    """Targets that are not registered are refused only where their ids cannot be."""
    held = names.group(state, call.params.target_group_arn)
    if told(held.shown.target_type, "instance") == "instance":
        for one in call.params.targets:
            if not one.id.startswith("i-"):
                # evidence: guess
                raise errors.target(f"Instance ID '{one.id}' is not valid")


@service.project
def targets_deregistered(state: LoadBalancers, event: Event[api.DeregisterTargets, None]) -> None:
    """The targets leave: at once where no load balancer uses them; without a port, all of an id."""
    held = names.known_group(state, event, event.params.target_group_arn)
    used = uses.is_used(state, held.arn)
    for one in event.params.targets:
        for key, target in list(held.targets.items()):
            if target.id != one.id or not isinstance(target.leaving, UnsetType):
                continue
            if isinstance(one.port, int) and told(target.port, held.shown.port) != one.port:
                continue
            if not used or held.shown.target_type == "lambda":
                del held.targets[key]
            else:
                target.leaving = event.time


# instances that end


class Ended(Params):
    """An instance as EC2's records name it."""

    instance_id: str = field(name="instanceId")


class Several(Params):
    """The form in which EC2's records have lists."""

    items: list[Ended]


class TerminateInstances(Params):
    """What EC2's records tell."""

    instances: Several | UnsetType = field(name="instancesSet", default=UNSET)

    def ids(self) -> list[str]:
        """Which."""
        return [one.instance_id for one in told(self.instances, Several(items=[])).items]


@service.project_from("ec2")
def instances_ended(state: LoadBalancers, event: Event[TerminateInstances, None]) -> None:
    """Instances that are terminated are no targets any more."""
    gone = set(event.params.ids())
    for held in state.groups.values():
        for key in [key for key, one in held.targets.items() if one.id in gone]:
            held.faults.pop(held.targets[key].id, None)
            del held.targets[key]
