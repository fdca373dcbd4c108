"""Activities end: an instance is in service or gone, or something failed and is tried again later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from backtrail import Call, Command, Event, UnsetType, told
from backtrail_aws.autoscaling import (
    actions,
    activities,
    capacity,
    due,
    health,
    limits,
    notifications,
    reasons,
    targets,
    terminating,
)
from backtrail_aws.autoscaling.ec2_words import StopInstances
from backtrail_aws.autoscaling.launching import role
from backtrail_aws.autoscaling.state import Failing, Group, Member, Running, Scaling, service

_ABANDONED = "Abandoned"


@service.handle(internal=True)
def end_activity(state: Scaling, call: Call[actions.EndActivity]) -> None:
    """Nothing to decide: it happened."""


@service.project
def activity_ended(state: Scaling, event: Event[actions.EndActivity, None]) -> None:
    """The activity's end stands in the history; the instance is in service, or its zone is avoided for a while."""
    group = state.groups.get(event.params.auto_scaling_group_name)
    running = group.running.pop(event.params.activity_id, None) if group is not None else None
    if group is None or running is None:
        return
    member = group.members.get(running.instance)
    if running.kind == "terminate":
        _terminated(state, event, group, running, member)
    else:
        _launched(state, event, group, running, member)
    if group.deleting and not group.members and not group.running:
        terminating.left(state, event, group, "")
    pooled = any(one.state.startswith("Warmed") for one in group.members.values())
    if group.warm is not None and group.warm.status == "PendingDelete" and not pooled:
        group.warm = None


def _launched(
    state: Scaling, event: Event[actions.EndActivity, None], group: Group, running: Running, member: Member | None
) -> None:  # fmt: skip
    error = event.params.error_code
    if isinstance(error, UnsetType):
        activities.ended(state, event, running.key, "Successful")
        group.failing.pop(running.zone, None)
        if member is not None:
            member.activity = ""
        health.plan(state, group, event.time)
        return
    text = told(event.params.error_message, "").rstrip(".")
    activities.ended(
        state, event, running.key, "Cancelled" if error == _ABANDONED else "Failed", text,
        "" if error == _ABANDONED else "launch",
    )  # fmt: skip
    if member is not None:
        member.state, member.since, member.activity = "Pending", event.time, ""
        member.health, member.why = "Unhealthy", reasons.ABANDONED
        return
    held = group.failing.get(running.zone)
    times = held.times + 1 if held is not None else 1
    group.failing[running.zone] = Failing(
        times=times,
        until=event.time + _backoff(times),
        error=error,
        message=text,
        event=told(event.params.record, ""),
    )
    _retry(state, event, group)


def _terminated(
    state: Scaling, event: Event[actions.EndActivity, None], group: Group, running: Running, member: Member | None
) -> None:  # fmt: skip
    if isinstance(event.params.error_code, UnsetType):
        activities.ended(state, event, running.key, "Successful")
        return
    text = told(event.params.error_message, "").rstrip(".")
    activities.ended(state, event, running.key, "Failed", text, "terminate")
    if member is not None:
        member.state, member.since, member.activity = "InService", event.time, ""
        _again(state, event, group, event.time + timedelta(seconds=limits.RETRY_S[0]))


def _backoff(times: int) -> timedelta:
    first, most = limits.RETRY_S
    return timedelta(seconds=min(first * 2 ** min(times - 1, 10), most))


def zones(group: Group) -> set[str]:
    """The zones of a group, as far as they are known."""
    return set(group.subnets.values()) or set(told(group.shown.availability_zones, []))


def _retry(state: Scaling, event: Event[Any, Any], group: Group) -> None:
    """Where no zone is left to try, launches are tried again later."""
    waits = {zone: one.until for zone, one in group.failing.items() if one.until > event.time}
    if waits and not zones(group) - set(waits):
        _again(state, event, group, min(waits.values()))


def _again(state: Scaling, event: Event[Any, Any], group: Group, at: Any) -> None:
    due.forget(state, group.retry, due.ADJUST, group.name)
    group.retry = at
    due.expect(state, at, due.ADJUST, group.name)


@service.react
def after_activity(state: Scaling, event: Event[actions.EndActivity, None]) -> Iterator[Command]:
    """Load balancers and topics learn of it; a refresh goes on; what is still lacking is launched."""
    group = state.groups.get(event.params.auto_scaling_group_name)
    if group is None:
        return
    yield from notifications.told_of(state, event, group)
    instance = told(event.params.instance_id, "")
    member = group.members.get(instance)
    failed = not isinstance(event.params.error_code, UnsetType)
    if member is not None and not failed and not member.state.startswith("Terminating"):
        if member.state.startswith("Warmed"):
            if group.warm is not None and told(group.warm.pool_state, "Stopped") != "Running":
                yield Command(
                    "ec2",
                    StopInstances(instance_ids=[instance]),
                    as_=role(event, group),
                    source_arn=group.arn,
                )
        else:
            yield from targets.registered(event, group, member)
    if any(one.shown.status in health.REFRESHING for one in group.refreshes.values()):
        yield actions.own(actions.AdvanceInstanceRefresh(auto_scaling_group_name=group.name))
    if isinstance(group.retry, UnsetType):
        yield from capacity.adjusted(state, group.name)
