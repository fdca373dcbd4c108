"""Health: groups look at their instances, and replace those that are not well.

EC2 is asked when something happened that may have changed it; load balancers are asked by the clock, every minute
after a change, ever more seldom where nothing changes.
https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-health-checks.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from backtrail import UNSET, Answer, Call, Command, Event, Params, field, members, told
from backtrail_aws.autoscaling import (
    actions,
    api,
    asking,
    capacity,
    due,
    errors,
    limits,
    lives,
    names,
    reasons,
)
from backtrail_aws.autoscaling.ec2_records import FailZone, RecoverZone
from backtrail_aws.autoscaling.state import Group, Member, Scaling, service

REFRESHING = ("Pending", "InProgress", "Cancelling", "RollbackInProgress", "Baking")
"""The states of a refresh that is not over: API_InstanceRefresh."""

_REGIONS = (
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
    "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1",
    "us-east-2", "us-west-1", "us-west-2",
)  # fmt: skip
"""The regions that every account has: https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html"""


class FailTarget(Params):
    """A fault of a target, in the words of its record."""

    target_group_arn: str = field(name="targetGroupArn")
    id: str


class FailInstance(Params):
    """A fault of an instance behind a classic load balancer."""

    load_balancer_name: str = field(name="loadBalancerName")
    instance_id: str = field(name="instanceId")


class SetOption(Params):
    """What Backtrail records when an option is set."""

    service: str = field(name="service")
    name: str = field(name="name")


# the checks


@service.handle(internal=True)
def check_health(state: Scaling, call: Call[actions.CheckHealth]) -> Answer[None]:
    """Which instances in service are not well; those that are young may be so."""
    group = state.groups.get(call.params.auto_scaling_group_name)
    if group is None or "HealthCheck" in group.suspended:
        return Answer(None, params=members.changed(call.params, unhealthy=[]))
    serving = lives.in_service(call, group)
    found = _by_ec2(call, group, serving)
    if "ELB" in told(group.shown.health_check_type, "EC2"):
        found |= {one: reasons.ELB for one in _by_balancers(call, group, serving) if one not in found}
    life = told(group.shown.max_instance_lifetime, 0)
    for one in serving:
        old = life and call.time - told(one.joined, call.time) >= timedelta(seconds=life)
        if old and one.id not in found:
            found[one.id] = reasons.LIFETIME
    unwell = [actions.Unwell(instance_id=one, reason=why) for one, why in found.items()]
    return Answer(None, params=members.changed(call.params, unhealthy=unwell))


def graced(group: Group, member: Member, now: datetime) -> bool:
    """Whether an instance is so young that checks do not count yet: health-check-grace-period.html."""
    grace = told(group.shown.health_check_grace_period, limits.GRACE_S)
    return now < told(member.joined, now) + timedelta(seconds=grace)


def _by_ec2(call: Call[Any], group: Group, serving: list[Member]) -> dict[str, str]:
    if not serving:
        return {}
    question = asking.DescribeInstanceStatus(
        instance_ids=[one.id for one in serving], include_all_instances=True
    )
    answer = call.ask("ec2", question, asking.DescribeInstanceStatusResult)
    found: dict[str, str] = {}
    held = {one.id: one for one in serving}
    for one in told(answer.instance_statuses, []) if answer is not None else []:
        member = held.get(told(one.instance_id, ""))
        if member is None:
            continue
        if told(told(one.instance_state, asking.Named()).name, "running") not in ("pending", "running"):
            found[member.id] = reasons.TERMINATED
        checks = (
            told(one.instance_status, asking.Summary()).status,
            told(one.system_status, asking.Summary()).status,
        )
        if "impaired" in checks and not graced(group, member, call.time):
            found.setdefault(member.id, reasons.IMPAIRED)
    return found


def _by_balancers(call: Call[Any], group: Group, serving: list[Member]) -> list[str]:
    """The instances that a load balancer finds unhealthy."""
    bad: set[str] = set()
    for arn in told(group.shown.target_group_arns, []):
        answer = call.ask(
            "elbv2", asking.DescribeTargetHealth(target_group_arn=arn), asking.DescribeTargetHealthResult
        )
        for one in told(answer.target_health_descriptions, []) if answer is not None else []:
            if told(one.target_health, asking.TargetHealth()).state == "unhealthy":
                bad.add(told(told(one.target, asking.Target()).id, ""))
    for name in told(group.shown.load_balancer_names, []):
        held = call.ask(
            "elb", asking.DescribeInstanceHealth(load_balancer_name=name), asking.DescribeInstanceHealthResult
        )
        bad |= {
            told(one.instance_id, "") for one in (told(held.instance_states, []) if held is not None else [])
            if one.state == "OutOfService"
        }  # fmt: skip
    return [one.id for one in serving if one.id in bad and not graced(group, one, call.time)]


@service.project
def health_checked(state: Scaling, event: Event[actions.CheckHealth, None]) -> None:
    """What is not well is to be replaced; the next look comes sooner where something was found."""
    group, found = state.groups.get(event.params.auto_scaling_group_name), told(event.params.unhealthy, [])
    if group is None:
        return
    for one in found:
        member = group.members.get(one.instance_id)
        if member is not None:
            member.health, member.why = "Unhealthy", one.reason
    group.check_s = limits.CHECK_S[0] if found else min(group.check_s * 2, limits.CHECK_S[1])
    _plan(state, group, event.time, group.check_s)


@service.react
def replace_unhealthy(state: Scaling, event: Event[actions.CheckHealth, None]) -> Iterator[Command]:
    """Instances that are not well are replaced."""
    if told(event.params.unhealthy, []):
        yield from capacity.adjusted(state, event.params.auto_scaling_group_name)


def plan(state: Scaling, group: Group, now: datetime) -> None:
    """In a fold: something has changed, so health is looked at in a minute, where the clock is to be followed."""
    group.check_s = limits.CHECK_S[0]
    _plan(state, group, now, group.check_s)


def _plan(state: Scaling, group: Group, now: datetime, seconds: int) -> None:
    due.forget(state, group.check, due.CHECK, group.name)
    group.check = UNSET
    if group.deleting or not group.members:
        return
    times: list[datetime] = []
    attached = told(group.shown.target_group_arns, []) or told(group.shown.load_balancer_names, [])
    if attached and "ELB" in told(group.shown.health_check_type, "EC2"):
        times.append(now + timedelta(seconds=seconds))
    life = told(group.shown.max_instance_lifetime, 0)
    if life:
        first = min(told(one.joined, now) for one in group.members.values()) + timedelta(seconds=life)
        times.append(max(first, now + timedelta(seconds=limits.CHECK_S[0])))
    if times:
        group.check = min(times)
        due.expect(state, group.check, due.CHECK, group.name)


# what makes groups look


@service.react_to("backtrail")
def option_was_set(state: Scaling, event: Event[SetOption, None]) -> Iterator[Command]:
    """Status checks fail, or do no more: in every region that an account has without asking."""
    if (event.params.service, event.params.name) == ("ec2", "impaired_instances"):
        for region in _REGIONS:
            yield Command("autoscaling", actions.CheckRegion(), region=region)


@service.handle(internal=True)
def check_region(state: Scaling, call: Call[actions.CheckRegion]) -> None:
    """Nothing to decide: the groups are asked one by one."""


@service.project
def region_checked(state: Scaling, event: Event[actions.CheckRegion, None]) -> None:
    """Nothing changes by that."""


@service.react
def groups_check(state: Scaling, event: Event[actions.CheckRegion, None]) -> Iterator[Command]:
    """Every group with instances looks at them."""
    for group in state.groups.values():
        if group.members:
            yield actions.own(actions.CheckHealth(auto_scaling_group_name=group.name))


@service.react_to("ec2")
def zone_is_looked_at(state: Scaling, event: Event[FailZone, None]) -> Iterator[Command]:
    """Groups with instances in the zone look at them."""
    for group in state.groups.values():
        if any(one.zone == event.params.zone for one in group.members.values()):
            yield actions.own(actions.CheckHealth(auto_scaling_group_name=group.name))


@service.project_from("ec2")
def zone_is_tried_again(state: Scaling, event: Event[RecoverZone, None]) -> None:
    """Launches are tried there again."""
    for group in state.groups.values():
        group.failing.pop(told(event.params.zone, ""), None)


@service.react_to("ec2")
def zone_is_used_again(state: Scaling, event: Event[RecoverZone, None]) -> Iterator[Command]:
    """Groups launch what they lack, or balance their zones."""
    for group in state.groups.values():
        in_zone = event.params.zone in (*group.subnets.values(), *told(group.shown.availability_zones, []))
        if in_zone and not group.deleting:
            yield actions.adjust(group.name)


@service.project_from("elbv2")
def target_is_watched(state: Scaling, event: Event[FailTarget, None]) -> None:
    """Groups behind the target group look soon: it takes some checks until the target is unhealthy."""
    for group in state.groups.values():
        if event.params.target_group_arn in told(group.shown.target_group_arns, []):
            plan(state, group, event.time)


@service.project_from("elb")
def balancer_is_watched(state: Scaling, event: Event[FailInstance, None]) -> None:
    """The same of a classic load balancer."""
    for group in state.groups.values():
        if event.params.load_balancer_name in told(group.shown.load_balancer_names, []):
            plan(state, group, event.time)


# health by hand


@service.handle
def set_instance_health(state: Scaling, call: Call[api.SetInstanceHealth]) -> None:
    """An instance of a group is said to be well, or not."""
    if call.params.health_status not in ("Healthy", "Unhealthy"):
        # evidence: page API_SetInstanceHealth; words: guess
        raise errors.invalid("Valid instance health states are: [Healthy, Unhealthy].")
    if names.group_of(state, call.params.instance_id) is None:
        raise errors.no_instance(call.params.instance_id)


@service.project
def instance_health_set(state: Scaling, event: Event[api.SetInstanceHealth, None]) -> None:
    """It is so; a young instance stays well, unless that is not to be respected."""
    group = names.group_of(state, event.params.instance_id)
    member = group.members.get(event.params.instance_id) if group is not None else None
    if group is None or member is None or member.gone:
        return
    if event.params.health_status == "Healthy":
        member.health, member.why = "Healthy", ""
    elif event.params.should_respect_grace_period is False or not graced(group, member, event.time):
        member.health, member.why = "Unhealthy", reasons.BY_USER


@service.react
def set_health_replaces(state: Scaling, event: Event[api.SetInstanceHealth, None]) -> Iterator[Command]:
    """An instance that is not well is replaced."""
    group = names.group_of(state, event.params.instance_id)
    if group is not None:
        yield from capacity.adjusted(state, group.name)
