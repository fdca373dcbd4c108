"""Scheduled actions: sizes that change by the clock.

Recurrences are cron expressions of five fields in UTC or in a time zone. When an action runs next is decided, with the
tz database, and noted beside the record, since a fold may not look there: where a trail of AWS's tells of an action in
a time zone of its own, nobody knows when it is due.
https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from backtrail import UNSET, Answer, Call, Command, Event, Params, Refusal, UnsetType, members, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.autoscaling import actions, api, capacity, due, errors, limits, names, pages, reasons
from backtrail_aws.autoscaling.state import Group, Scaling, Schedule, service

Planned = api.PutScheduledUpdateGroupAction | api.ScheduledUpdateGroupActionRequest


class Runs(Params):
    """When scheduled actions run next, by name; those are left out that never do again."""

    next: dict[str, SpacedTime] = {}


def _start(shown: api.ScheduledUpdateGroupAction) -> SpacedTime | None:
    at = shown.time if isinstance(shown.start_time, UnsetType) else shown.start_time
    return None if isinstance(at, UnsetType) else at


def next_run(shown: api.ScheduledUpdateGroupAction, after: datetime) -> datetime | UnsetType:
    """When a scheduled action runs next, after a time; UNSET for never again. Looks into the tz database."""
    try:
        return _next(shown, after, ZoneInfo(told(shown.time_zone, "UTC") or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        return UNSET


def _foreseen(shown: api.ScheduledUpdateGroupAction, after: datetime) -> datetime | UnsetType:
    """The same as far as a fold can tell, where nobody noted it: in UTC."""
    once = isinstance(shown.recurrence, UnsetType) or not shown.recurrence
    return _next(shown, after, UTC) if once or told(shown.time_zone, "UTC") in ("", "UTC") else UNSET


def _next(shown: api.ScheduledUpdateGroupAction, after: datetime, zone: tzinfo) -> datetime | UnsetType:
    start = _start(shown)
    if isinstance(shown.recurrence, UnsetType) or not shown.recurrence:
        return start if start is not None and start > after else UNSET
    if start is not None and start > after:
        return start
    try:
        found = next(CronSim(shown.recurrence, after.astimezone(zone)), None)
    except CronSimError:
        return UNSET
    if found is None or (not isinstance(shown.end_time, UnsetType) and found > shown.end_time):
        return UNSET
    return found.astimezone(UTC)


def _planned(group: Group, given: Iterable[Planned], after: datetime) -> Runs:
    """When actions that are put run next."""
    runs = {one.scheduled_action_name: next_run(_put_over(group, one), after) for one in given}
    return _noted(runs)


def _noted(runs: Mapping[str, datetime | UnsetType]) -> Runs:
    return Runs(next={name: SpacedTime.of(at) for name, at in runs.items() if not isinstance(at, UnsetType)})


def _put_over(group: Group, params: Planned) -> api.ScheduledUpdateGroupAction:
    """An action with what is put over it."""
    held = group.schedules.get(params.scheduled_action_name)
    shown = members.over(held.shown if held is not None else api.ScheduledUpdateGroupAction(), params)
    start = _start(shown) or UNSET
    return members.changed(shown, start_time=start, time=start)


def _check(call: Call[Any], params: Planned) -> None:
    start = params.start_time
    if isinstance(params, api.PutScheduledUpdateGroupAction) and isinstance(start, UnsetType):
        start = params.time
    if all(isinstance(one, UnsetType) for one in (params.min_size, params.max_size, params.desired_capacity)):
        # evidence: page API_PutScheduledUpdateGroupAction; words: guess
        raise errors.invalid("At least one of MinSize, MaxSize or DesiredCapacity must be specified")
    if isinstance(start, UnsetType) and isinstance(params.recurrence, UnsetType):
        # evidence: guess
        raise errors.invalid("Either StartTime or Recurrence must be specified")
    if not isinstance(start, UnsetType) and start <= call.time:
        # evidence: page API_PutScheduledUpdateGroupAction (StartTime); words: guess
        raise errors.invalid("Given start time is in the past")
    begin = call.time if isinstance(start, UnsetType) else start
    if not isinstance(params.end_time, UnsetType) and params.end_time <= begin:
        # evidence: guess
        raise errors.invalid("End time must be later than start time")
    if isinstance(params.recurrence, str):
        try:
            CronSim(params.recurrence, call.time)
        except CronSimError:
            # evidence: guess
            raise errors.invalid(f"Given recurrence string: {params.recurrence} is invalid") from None
    if isinstance(params.time_zone, str):
        try:
            ZoneInfo(params.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            # evidence: guess
            raise errors.invalid(f"Given time zone: {params.time_zone} is invalid") from None


def _check_room(group: Group, given: list[str]) -> None:
    if len({*group.schedules, *given}) > limits.SCHEDULES_MAX:
        raise errors.too_many("scheduled actions")


@service.handle
def put_scheduled_update_group_action(
    state: Scaling, call: Call[api.PutScheduledUpdateGroupAction]
) -> Answer[None]:
    """One action, new or changed."""
    group = names.found(state, call.params.auto_scaling_group_name)
    _check(call, call.params)
    _check_room(group, [call.params.scheduled_action_name])
    return Answer(None, note=_planned(group, [call.params], call.time))


@service.project
def scheduled_action_put(state: Scaling, event: Event[api.PutScheduledUpdateGroupAction, None]) -> None:
    """It is planned."""
    _put(state, event, names.inferred(state, event, event.params.auto_scaling_group_name), event.params)


def _put(state: Scaling, event: Event[Any, Any], group: Group, params: Planned) -> None:
    name = params.scheduled_action_name
    held = group.schedules.get(name)
    arn = held.shown.scheduled_action_arn if held is not None else names.part_arn(
        event, "scheduledUpdateGroupAction", event.new_id("uuid", name), group.name, f"scheduledActionName/{name}"
    )  # fmt: skip
    shown = _put_over(group, params)
    if held is not None:
        due.forget(state, held.next, due.SCHEDULE, group.name, name)
    made = Schedule(
        shown=members.changed(shown, auto_scaling_group_name=group.name, scheduled_action_arn=arn)
    )
    group.schedules[name] = made
    _plan(state, event, group, name, made)


def _plan(state: Scaling, event: Event[Any, Any], group: Group, name: str, made: Schedule) -> None:
    note = event.note(Runs)
    made.next = _foreseen(made.shown, event.time) if note is None else note.next.get(name, UNSET)
    if not isinstance(made.next, UnsetType):
        due.expect(state, made.next, due.SCHEDULE, group.name, name)


@service.handle
def batch_put_scheduled_update_group_action(
    state: Scaling, call: Call[api.BatchPutScheduledUpdateGroupAction]
) -> Answer[api.BatchPutScheduledUpdateGroupActionResult]:
    """Up to fifty; one that is wrong fails alone."""
    params = call.params
    group = names.found(state, params.auto_scaling_group_name)
    given = params.scheduled_update_group_actions
    if len(given) > limits.BATCH_MAX:
        # evidence: page API_BatchPutScheduledUpdateGroupAction; words: guess
        raise errors.invalid(f"You may specify at most {limits.BATCH_MAX} scheduled actions.")
    _check_room(group, [one.scheduled_action_name for one in given])
    ends = call.each(given, lambda one: _check(call, one))
    failed = [
        _failed(one.scheduled_action_name, end) for one, end in zip(given, ends, strict=True)
        if isinstance(end, Refusal)
    ]  # fmt: skip
    put = [one for one, end in zip(given, ends, strict=True) if not isinstance(end, Refusal)]
    result = api.BatchPutScheduledUpdateGroupActionResult(failed_scheduled_update_group_actions=failed)
    return Answer(result, note=_planned(group, put, call.time))


def _failed(name: str, refusal: Refusal) -> api.FailedScheduledUpdateGroupActionRequest:
    return api.FailedScheduledUpdateGroupActionRequest(
        scheduled_action_name=name, error_code=refusal.code, error_message=refusal.message
    )


@service.project
def scheduled_actions_put(
    state: Scaling,
    event: Event[api.BatchPutScheduledUpdateGroupAction, api.BatchPutScheduledUpdateGroupActionResult],
) -> None:
    """Those that did not fail are planned."""
    group = names.inferred(state, event, event.params.auto_scaling_group_name)
    failed = {
        one.scheduled_action_name for one in told(event.result.failed_scheduled_update_group_actions, [])
    }
    for one in event.params.scheduled_update_group_actions:
        if one.scheduled_action_name not in failed:
            _put(state, event, group, one)


@service.handle
def delete_scheduled_action(state: Scaling, call: Call[api.DeleteScheduledAction]) -> None:
    """An action that is there."""
    group = names.found(state, call.params.auto_scaling_group_name)
    _there(group, call.params.scheduled_action_name)


def _there(group: Group, name: str) -> None:
    if name not in group.schedules:
        # evidence: guess
        raise errors.invalid("Scheduled action name not found")


@service.project
def scheduled_action_deleted(state: Scaling, event: Event[api.DeleteScheduledAction, None]) -> None:
    """It is gone."""
    _drop(state, event.params.auto_scaling_group_name, event.params.scheduled_action_name)


def _drop(state: Scaling, group_name: str, name: str) -> None:
    group = state.groups.get(names.short(group_name))
    held = group.schedules.pop(name, None) if group is not None else None
    if group is not None and held is not None:
        due.forget(state, held.next, due.SCHEDULE, group.name, name)


@service.handle
def batch_delete_scheduled_action(
    state: Scaling, call: Call[api.BatchDeleteScheduledAction]
) -> api.BatchDeleteScheduledActionResult:
    """Up to fifty; one that is not there fails alone."""
    group, given = names.found(state, call.params.auto_scaling_group_name), call.params.scheduled_action_names
    if len(given) > limits.BATCH_MAX:
        # evidence: page API_BatchDeleteScheduledAction; words: guess
        raise errors.invalid(f"You may specify at most {limits.BATCH_MAX} scheduled actions.")
    ends = call.each(given, lambda one: _there(group, one))
    failed = [_failed(one, end) for one, end in zip(given, ends, strict=True) if isinstance(end, Refusal)]
    return api.BatchDeleteScheduledActionResult(failed_scheduled_actions=failed)


@service.project
def scheduled_actions_deleted(
    state: Scaling, event: Event[api.BatchDeleteScheduledAction, api.BatchDeleteScheduledActionResult]
) -> None:
    """They are gone."""
    for one in event.params.scheduled_action_names:
        _drop(state, event.params.auto_scaling_group_name, one)


@service.read
def describe_scheduled_actions(
    state: Scaling, call: Call[api.DescribeScheduledActions]
) -> api.DescribeScheduledActionsResult:
    """Those that have not run yet, or will again; of one group or of all, within times."""
    params = call.params
    if isinstance(params.auto_scaling_group_name, str):
        names.found(state, params.auto_scaling_group_name)
    wanted = told(params.scheduled_action_names, [])
    held = {
        f"{group.name}\0{name}": _shown(one)
        for group in state.groups.values()
        if isinstance(params.auto_scaling_group_name, UnsetType)
        or group.name == names.short(params.auto_scaling_group_name)
        for name, one in group.schedules.items()
        if (not wanted or name in wanted or one.shown.scheduled_action_arn in wanted) and _within(params, one)
    }
    found, token = pages.paged(params, held)
    return api.DescribeScheduledActionsResult(scheduled_update_group_actions=found, next_token=token)


def _within(params: api.DescribeScheduledActions, one: Schedule) -> bool:
    at = told(one.next, None)
    early = not isinstance(params.start_time, UnsetType) and (at is None or at < params.start_time)
    late = not isinstance(params.end_time, UnsetType) and (at is None or at > params.end_time)
    return not (early or late)


def _shown(one: Schedule) -> api.ScheduledUpdateGroupAction:
    """A recurring one shows when it runs next as its start."""
    if isinstance(one.next, UnsetType):
        return one.shown
    at = SpacedTime.of(one.next)
    return members.changed(one.shown, start_time=at, time=at)


# their time comes


@service.handle(internal=True)
def run_scheduled_action(state: Scaling, call: Call[actions.RunScheduledAction]) -> Answer[None]:
    """Its time has come: it is decided when it comes again."""
    group, name = state.groups.get(call.params.auto_scaling_group_name), call.params.scheduled_action_name
    held = group.schedules.get(name) if group is not None else None
    again = next_run(held.shown, call.time) if held is not None else UNSET
    return Answer(None, note=_noted({name: again}))


@service.project
def scheduled_action_run(state: Scaling, event: Event[actions.RunScheduledAction, None]) -> None:
    """The group has other sizes, unless scheduled actions rest; one that never runs again is gone."""
    group = state.groups.get(event.params.auto_scaling_group_name)
    name = event.params.scheduled_action_name
    held = group.schedules.get(name) if group is not None else None
    if group is None or held is None:
        return
    due.forget(state, held.next, due.SCHEDULE, group.name, name)
    _plan(state, event, group, name, held)
    if "ScheduledActions" not in group.suspended:
        _resize(event, group, held.shown)
    if isinstance(held.next, UnsetType):
        del group.schedules[name]


def _resize(event: Event[Any, Any], group: Group, shown: api.ScheduledUpdateGroupAction) -> None:
    before = told(group.shown.desired_capacity, 0)
    least = told(shown.min_size, told(group.shown.min_size, 0))
    most = max(told(shown.max_size, told(group.shown.max_size, least)), least)
    wanted = max(least, min(told(shown.desired_capacity, before), most))
    group.shown = members.changed(group.shown, min_size=least, max_size=most)
    action = told(shown.scheduled_action_name, "")
    capacity.change(group, wanted, reasons.scheduled(event.time, action, (least, most, wanted), before))


@service.react
def scheduled_sizes_reached(
    state: Scaling, event: Event[actions.RunScheduledAction, None]
) -> Iterator[Command]:
    """It launches or terminates."""
    yield from capacity.adjusted(state, event.params.auto_scaling_group_name)
