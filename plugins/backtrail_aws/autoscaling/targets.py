"""Load balancers learn of a group's instances, and let go of them.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-load-balancer.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from backtrail import Command, Event, Params, field, told
from backtrail_aws.autoscaling.launching import role
from backtrail_aws.autoscaling.state import Group, Member


class Target(Params):
    """A target of a target group."""

    id: str


class Targets(Params):
    """Targets of a target group."""

    target_group_arn: str = field(name="targetGroupArn")
    targets: list[Target]


class RegisterTargets(Targets):
    """A target group has new targets."""


class DeregisterTargets(Targets):
    """It has fewer."""


class InstanceName(Params):
    """An instance of a classic load balancer."""

    instance_id: str = field(name="instanceId")


class OfBalancer(Params):
    """Instances of a classic load balancer."""

    load_balancer_name: str = field(name="loadBalancerName")
    instances: list[InstanceName]


class RegisterInstancesWithLoadBalancer(OfBalancer):
    """A classic load balancer has new instances."""


class DeregisterInstancesFromLoadBalancer(OfBalancer):
    """It has fewer."""


def registered(
    event: Event[Any, Any], group: Group, *held: Member, arns: Iterable[str] | None = None,
    balancers: Iterable[str] | None = None,
) -> Iterator[Command]:  # fmt: skip
    """Instances are registered with all that the group is attached to, or with some of it."""
    if "AddToLoadBalancer" in group.suspended or not held:
        return
    for arn in told(group.shown.target_group_arns, []) if arns is None else arns:
        params = RegisterTargets(target_group_arn=arn, targets=[Target(id=one.id) for one in held])
        yield Command("elbv2", params, as_=role(event, group), source_arn=group.arn)
    for name in told(group.shown.load_balancer_names, []) if balancers is None else balancers:
        listed = [InstanceName(instance_id=one.id) for one in held]
        params_ = RegisterInstancesWithLoadBalancer(load_balancer_name=name, instances=listed)
        yield Command("elb", params_, as_=role(event, group), source_arn=group.arn)


def deregistered(
    event: Event[Any, Any], group: Group, *held: Member, arns: Iterable[str] | None = None,
    balancers: Iterable[str] | None = None,
) -> Iterator[Command]:  # fmt: skip
    """They are let go of."""
    if not held:
        return
    for arn in told(group.shown.target_group_arns, []) if arns is None else arns:
        params = DeregisterTargets(target_group_arn=arn, targets=[Target(id=one.id) for one in held])
        yield Command("elbv2", params, as_=role(event, group), source_arn=group.arn)
    for name in told(group.shown.load_balancer_names, []) if balancers is None else balancers:
        listed = [InstanceName(instance_id=one.id) for one in held]
        params_ = DeregisterInstancesFromLoadBalancer(load_balancer_name=name, instances=listed)
        yield Command("elb", params_, as_=role(event, group), source_arn=group.arn)
