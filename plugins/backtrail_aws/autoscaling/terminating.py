"""Terminations: by the group, and by others behind its back.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from backtrail import Command, Event, Heard, told
from backtrail_aws.autoscaling import actions, capacity, ec2_records, hooks, names, reasons, targets
from backtrail_aws.autoscaling.ec2_words import TerminateInstances
from backtrail_aws.autoscaling.launching import role
from backtrail_aws.autoscaling.state import Group, Member, Scaling, service

_SEEN = timedelta(hours=1)  # guess: how long an instance that is gone is remembered


def begin(state: Scaling, event: Event[Any, Any], group: Group, member: Member, activity: str) -> None:
    """In a fold: an instance is being terminated; with a hook, it waits first."""
    member.activity = activity
    hooks.end(state, event, group, member)


def commands(event: Event[Any, Any], group: Group, member: Member) -> Iterator[Command]:
    """Load balancers let go of it; then hooks are announced, or EC2 is told."""
    yield from targets.deregistered(event, group, member)
    if member.waits:
        yield from hooks.announced(event, group, member)
    else:
        yield terminate(event, group, member)


def terminate(event: Event[Any, Any], group: Group, member: Member) -> Command:
    """EC2 is told."""
    return Command(
        "ec2", TerminateInstances(instance_ids=[member.id]), as_=role(event, group), source_arn=group.arn
    )


def left(state: Scaling, event: Event[Any, Any], group: Group, instance: str) -> None:
    """In a fold: an instance is the group's no more. The last takes a group with it that is being deleted."""
    from backtrail_aws.autoscaling import groups

    hooks.forget(state, group, instance)
    member = group.members.pop(instance, None)
    state.members.pop(instance, None)
    for one in [held for held in group.leaving.values() if told(held.since, event.time) < event.time - _SEEN]:
        group.leaving.pop(one.id)
    if member is not None and not member.gone:
        member.state, member.since = "Terminating", event.time
        group.leaving[member.id] = member
    if group.deleting and not group.members and not group.running:
        groups.forget(state, group)


@service.project_from("ec2")
def members_terminated(state: Scaling, event: Event[ec2_records.TerminateInstances, None]) -> None:
    """What the group terminates leaves it; what others terminate is to be replaced."""
    for instance in event.params.ids():
        group = names.group_of(state, instance)
        member = group.members.get(instance) if group is not None else None
        if group is None or member is None:
            continue
        if member.state.startswith("Terminating") or event.identity.invoked_by == names.PRINCIPAL:
            left(state, event, group, instance)
        else:
            _lost(group, member, gone=True)


@service.project_from("ec2")
def members_stopped(state: Scaling, event: Event[ec2_records.StopInstances, None]) -> None:
    """An instance that others stop is to be replaced, unless it stands by or is in the warm pool."""
    if event.identity.invoked_by == names.PRINCIPAL:
        return
    for instance in event.params.ids():
        group = names.group_of(state, instance)
        member = group.members.get(instance) if group is not None else None
        if group is not None and member is not None and capacity.counts(member):
            _lost(group, member, gone=False)


@service.project_from("ec2")
def members_interrupted(state: Scaling, event: Event[ec2_records.BidEvictedEvent, None]) -> None:
    """Spot instances that EC2 interrupts are to be replaced."""
    for instance in told(event.params.instance_id_set, []):
        group = names.group_of(state, instance)
        member = group.members.get(instance) if group is not None else None
        if group is not None and member is not None:
            _lost(group, member, gone=True)


def _lost(group: Group, member: Member, *, gone: bool) -> None:
    member.gone = gone
    if "HealthCheck" not in group.suspended:
        member.health, member.why = "Unhealthy", reasons.TERMINATED


@service.react_to("ec2")
def replace_terminated(
    state: Scaling, event: Event[ec2_records.TerminateInstances, None]
) -> Iterator[Command]:
    """Groups whose instances somebody terminated replace them."""
    yield from _replaced(state, event.params.ids())


@service.react_to("ec2")
def replace_stopped(state: Scaling, event: Event[ec2_records.StopInstances, None]) -> Iterator[Command]:
    """Groups whose instances somebody stopped replace them."""
    yield from _replaced(state, event.params.ids())


@service.react_to("ec2")
def replace_interrupted(state: Scaling, event: Event[ec2_records.BidEvictedEvent, None]) -> Iterator[Command]:
    """Groups whose spot instances were interrupted replace them."""
    yield from _replaced(state, told(event.params.instance_id_set, []))


def _replaced(state: Scaling, instances: list[str]) -> Iterator[Command]:
    found = {state.members[one] for one in instances if one in state.members}
    for name in sorted(found):
        group = state.groups[name]
        if any(capacity.wants_replacement(group, one) for one in group.members.values()):
            yield actions.adjust(name)


@service.outcome("ec2")
def termination_ended(state: Scaling, heard: Heard[TerminateInstances]) -> Iterator[Command]:
    """The activity is over."""
    for instance in told(heard.params.instance_ids, []):
        for group in state.groups.values():
            found = next(
                (key for key, one in group.running.items() if _is(one.kind, one.instance, instance)), None
            )
            if found is None:
                continue
            params = actions.EndActivity(
                auto_scaling_group_name=group.name, activity_id=found, instance_id=instance
            )
            if heard.error is not None:
                params = actions.EndActivity(
                    auto_scaling_group_name=group.name, activity_id=found, instance_id=instance,
                    error_code=heard.error, error_message=heard.message or heard.error,
                )  # fmt: skip
            yield actions.own(params)


def _is(kind: str, held: str, instance: str) -> bool:
    return held == instance and kind == "terminate"
