"""A group looks at itself: it begins to launch what is missing and to terminate what is too much.

It decides once, in a record of its own (`AdjustGroup`); EC2 is told afterwards, and what came of it is heard.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from backtrail import UNSET, Answer, Call, Command, Event, members, told
from backtrail_aws.autoscaling import (
    actions,
    activities,
    api,
    capacity,
    due,
    hooks,
    launching,
    placing,
    reasons,
    terminating,
    victims,
    warm_pools,
)
from backtrail_aws.autoscaling.actions import Step
from backtrail_aws.autoscaling.placing import Place
from backtrail_aws.autoscaling.state import Group, Member, Running, Scaling, service


@service.handle(internal=True)
def adjust_group(state: Scaling, call: Call[actions.AdjustGroup]) -> Answer[None]:
    """What there is to begin: perhaps nothing."""
    group = state.groups.get(call.params.auto_scaling_group_name)
    steps = list(_steps(state, call, group)) if group is not None else []
    return Answer(None, params=members.changed(call.params, steps=steps))


def _steps(state: Scaling, call: Call[Any], group: Group) -> Iterator[Step]:
    wanted = capacity.desired(group)
    if wanted is None:
        return
    dead = [one for one in group.members.values() if capacity.wants_replacement(group, one)]
    may_terminate = "Terminate" not in group.suspended or group.deleting
    if group.deleting:
        dead = [one for one in group.members.values() if not one.state.startswith("Terminating")]
    if may_terminate:
        for member in dead:
            yield _terminate(call, group, member, _why(call.time, group, member))
    there = capacity.actual(group)
    if there > wanted and may_terminate and not group.deleting:
        for number, member in enumerate(victims.choose(state, group, there - wanted, call.time)):
            text = reasons.taken_out(call.time, there - number, there - number - 1, member.id)
            yield _terminate(call, group, member, _joined(group.reason, text))
    elif not group.deleting and "Launch" not in group.suspended:
        yield from _launches(state, call, group, (there, wanted), [one.id for one in dead])
    if not group.deleting:
        yield from _warm(state, call, group)


def _why(now: datetime, group: Group, member: Member) -> str:
    if group.deleting:
        held = len(group.members)
        return _joined(group.reason, reasons.taken_out(now, held, held - 1, member.id))
    return reasons.unhealthy(now, member.why or reasons.TERMINATED)


def _joined(reason: str, text: str) -> str:
    return f"{reason}  {text}" if reason else text


def _terminate(call: Call[Any], group: Group, member: Member, cause: str) -> Step:
    return Step(
        id=call.new_id("uuid", member.id), kind="terminate", instance=member.id, cause=cause,
        description=f"Terminating EC2 instance: {member.id}", zone=member.zone or "", subnet=member.subnet or "",
    )  # fmt: skip


def _launches(
    state: Scaling, call: Call[Any], group: Group, sizes: tuple[int, int], dead: list[str]
) -> Iterator[Step]:
    """Launches, each into the zone that has the fewest; instances of the warm pool go first."""
    there, wanted = sizes
    held = placing.usable(group, placing.places(call, group), call.time)
    counts, subnets = placing.zone_counts(group, dead), placing.subnet_counts(group)
    pool = warm_pools.ready(call, group)
    replaced, nth = (
        len(dead),
        len([one for one in group.members.values() if capacity.counts(one)]) - len(dead),
    )
    planned = 0
    while there < wanted and (held or pool):
        if replaced > 0:
            cause = reasons.replacing(call.time)
        else:
            cause = _joined(group.reason, reasons.started(call.time, there, there + 1))
        replaced -= 1
        if pool:
            step = _from_pool(call, pool.pop(0), cause)
        else:
            step = _launch(
                call, group, placing.next_place(held, counts, subnets), nth, cause, planned=planned
            )
            planned += step.market == "on-demand"
        counts[step.zone] += 1
        subnets[step.subnet] += 1
        there, nth = there + step.weight, nth + 1
        yield step
    if there == wanted and "AZRebalance" not in group.suspended and not dead and not group.running:
        place = placing.unbalanced(held, counts)
        if place is not None and counts and place.zone not in group.failing:
            yield _launch(call, group, place, nth, reasons.rebalancing(call.time, place.zone))


def _launch(
    call: Call[Any], group: Group, place: Place, nth: int, cause: str, kind: str = "launch", planned: int = 0
) -> Step:  # fmt: skip
    source = placing.source(group, nth, planned)
    return Step(
        id=call.new_id("uuid", f"{kind}/{nth}"), kind=kind, cause=cause, zone=place.zone, subnet=place.subnet,
        description="Launching a new EC2 instance", weight=source.weight, market=source.market, type=source.type,
        configuration=source.configuration, template=source.template,
    )  # fmt: skip


def _from_pool(call: Call[Any], member: Member, cause: str) -> Step:
    return Step(
        id=call.new_id("uuid", member.id), kind="start", instance=member.id, cause=cause, weight=member.weight,
        description=f"Launching a new EC2 instance from warm pool: {member.id}", zone=member.zone or "",
        subnet=member.subnet or "",
    )  # fmt: skip


def _warm(state: Scaling, call: Call[Any], group: Group) -> Iterator[Step]:
    """What the warm pool lacks, or has too much of."""
    missing = warm_pools.missing(group)
    held = placing.usable(group, placing.places(call, group), call.time)
    counts, subnets = placing.zone_counts(group), placing.subnet_counts(group)
    for number in range(missing if held and "Launch" not in group.suspended else 0):
        step = _launch(
            call, group, placing.next_place(held, counts, subnets), number, reasons.warming(call.time), "warm"
        )
        counts[step.zone] += 1
        yield step
    for member in warm_pools.surplus(group):
        text = reasons.taken_out(call.time, len(group.members), len(group.members) - 1, member.id)
        yield _terminate(call, group, member, text)


@service.project
def group_adjusted(state: Scaling, event: Event[actions.AdjustGroup, None]) -> None:
    """The activities have begun."""
    group = state.groups.get(event.params.auto_scaling_group_name)
    if group is None:
        return
    due.forget(state, group.retry, due.ADJUST, group.name)
    group.retry = UNSET
    for number, step in enumerate(told(event.params.steps, [])):
        _begin(state, event, group, step, number)
    _retry(state, group, event.time)


def _begin(state: Scaling, event: Event[Any, Any], group: Group, step: Step, number: int) -> None:
    member = group.members.get(step.instance)
    status = "PreInService" if step.kind in ("launch", "warm", "start") else "InProgress"
    activity = api.Activity(
        activity_id=step.id, description=step.description, cause=step.cause, status_code=status,
        progress=30 if status == "PreInService" else 0, details=activities.details(step.subnet, step.zone),
    )  # fmt: skip
    key = activities.begun(state, event, group, activity, number)
    if step.kind == "terminate" and (member is None or member.gone):
        activities.ended(state, event, key, "Successful")
        terminating.left(state, event, group, step.instance)
        return
    group.running[step.id] = Running(
        kind=step.kind, key=key, zone=step.zone, subnet=step.subnet, instance=step.instance, weight=step.weight,
        market=step.market, configuration=step.configuration, template=step.template,
    )  # fmt: skip
    if member is not None:
        terminating.begin(state, event, group, member, step.id) if step.kind == "terminate" else hooks.start(
            state, event, group, member, step.id
        )


def _retry(state: Scaling, group: Group, now: datetime) -> None:
    """In a fold: when launches are tried again that could not be begun."""
    wanted = capacity.desired(group)
    waits = [one.until for one in group.failing.values() if one.until > now]
    if waits and wanted is not None and capacity.actual(group) < wanted:
        group.retry = min(waits)
        due.expect(state, group.retry, due.ADJUST, group.name)


@service.react
def activities_begin(state: Scaling, event: Event[actions.AdjustGroup, None]) -> Iterator[Command]:
    """EC2 is told; load balancers let go of what is terminated first."""
    group = state.groups.get(event.params.auto_scaling_group_name)
    steps = told(event.params.steps, [])
    if group is None:
        return
    for step in steps:
        running = group.running.get(step.id)
        if running is None:
            continue
        if step.kind in ("launch", "warm"):
            yield launching.command(state, event, group, step.id, running, step.type)
        elif step.kind == "start":
            yield launching.started(event, group, step.instance)
        elif step.instance in group.members:
            yield from terminating.commands(event, group, group.members[step.instance])
    if any(step.kind == "terminate" for step in steps) and not group.running:
        yield from capacity.adjusted(state, group.name)
