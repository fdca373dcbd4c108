"""Changes of an alarm's state: by its data when their time comes, by hand, by its children.

What time or children do is an internal action: a record, which says from what to what, and why. Nothing is recorded
for a look at an alarm that changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from backtrail import UNSET, Call, Command, Event, Params, UnsetType, field, told
from backtrail_aws.cloudwatch import judging, planning, suppressing
from backtrail_aws.cloudwatch.destinations import actions_for, is_policy, succeeded
from backtrail_aws.cloudwatch.history import moved, state_of
from backtrail_aws.cloudwatch.state import ALARM, Alarm, CloudWatch, seconds, service


class ChangeAlarmState(Params):
    """An alarm becomes something else. `set_by` is the record that told the data of it last, or of its child."""

    alarm_name: str = field(name="alarmName")
    old_state_value: str = field(name="oldStateValue")
    state_value: str = field(name="stateValue")
    state_reason: str = field(name="stateReason")
    state_reason_data: str | UnsetType = field(name="stateReasonData", default=UNSET)
    rule_id: str | UnsetType = field(name="ruleId", default=UNSET)
    set_by: str | UnsetType = field(name="setByEventId", default=UNSET)


class RepeatAlarmActions(Params):
    """An alarm is still in ALARM a period later: its scaling policies are executed again."""

    alarm_name: str = field(name="alarmName")
    rule_id: str | UnsetType = field(name="ruleId", default=UNSET)
    set_by: str | UnsetType = field(name="setByEventId", default=UNSET)


class ReleaseAlarmActions(Params):
    """A composite alarm's actions are held back no longer."""

    alarm_name: str = field(name="alarmName")
    rule_id: str | UnsetType = field(name="ruleId", default=UNSET)
    set_by: str | UnsetType = field(name="setByEventId", default=UNSET)


def next_due(state: CloudWatch) -> datetime | None:
    """When time next changes something here."""
    first = state.due.first()
    return planning.due_time(first) if first is not None else None


@service.timer(next_due)
def time_came(state: CloudWatch, now: datetime) -> Iterator[Command]:
    """Alarms change, policies are executed again."""
    for key, name in state.due.items():
        if planning.due_time(key) > now:
            return
        alarm = state.alarms[name]
        kind, set_by = planning.due_kind(key), planning.cause_of(state, alarm) or UNSET
        if kind == planning.CHANGE:
            yield _changed(state, alarm, planning.due_time(key))
        elif kind == planning.REPEAT:
            repeated = RepeatAlarmActions(alarm_name=name, rule_id=name, set_by=set_by)
            yield Command("cloudwatch", repeated, source_arn=alarm.arn)
        else:
            released = ReleaseAlarmActions(alarm_name=name, rule_id=name, set_by=alarm.moved_by or UNSET)
            yield Command("cloudwatch", released, source_arn=alarm.arn)


def _changed(state: CloudWatch, alarm: Alarm, at: datetime) -> Command:
    given = alarm.metric
    terms = judging.terms_of(given) if given is not None else None
    verdict = None
    if given is not None and terms is not None:
        read = judging.readings(state, given, terms, seconds(at))
        verdict = judging.judge(given, terms, read, alarm.state, at)
    if verdict is None:  # nothing that could happen: it is planned again
        verdict = judging.Verdict(alarm.state, told(alarm.reason, ""), told(alarm.data, ""))
    return Command(
        "cloudwatch",
        ChangeAlarmState(
            alarm_name=alarm.name, old_state_value=alarm.state, state_value=verdict.state,
            state_reason=verdict.reason, state_reason_data=verdict.data or UNSET, rule_id=alarm.name,
            set_by=planning.cause_of(state, alarm) or UNSET,
        ),
        source_arn=alarm.arn,
    )  # fmt: skip


@service.handle(internal=True)
def change_alarm_state(state: CloudWatch, call: Call[ChangeAlarmState]) -> None:
    """What the alarm's data, or its children, make of it."""


@service.project
def alarm_state_changed(state: CloudWatch, event: Event[ChangeAlarmState, None]) -> None:
    """The alarm is something else."""
    params = event.params
    alarm = state.alarms.get(params.alarm_name)
    if alarm is not None:
        become(state, event, alarm, params.state_value, params.state_reason, params.state_reason_data)


@service.handle(internal=True)
def repeat_alarm_actions(state: CloudWatch, call: Call[RepeatAlarmActions]) -> None:
    """As long as the alarm is in ALARM."""


@service.project
def alarm_actions_repeated(state: CloudWatch, event: Event[RepeatAlarmActions, None]) -> None:
    """They are again after another period."""
    alarm = state.alarms.get(event.params.alarm_name)
    if alarm is not None:
        plan_policies(state, alarm, event.time)
        for action in filter(is_policy, actions_for(alarm, alarm.state)):
            succeeded(state, event, alarm, action)


@service.handle(internal=True)
def release_alarm_actions(state: CloudWatch, call: Call[ReleaseAlarmActions]) -> None:
    """When the wait for its suppressor, or the extension after it, is over."""


@service.project
def alarm_actions_released(state: CloudWatch, event: Event[ReleaseAlarmActions, None]) -> None:
    """The actions of the state that it is in are done now."""
    alarm = state.alarms.get(event.params.alarm_name)
    if alarm is not None:
        suppressing.release(state, alarm)
        for action in actions_for(alarm, alarm.state):
            succeeded(state, event, alarm, action)


def become(
    state: CloudWatch, event: Event[Any, Any], alarm: Alarm, value: str, reason: str, data: str | UnsetType
) -> None:
    """An alarm is in a state from here on; its actions are taken to succeed until one is heard to have failed."""
    old = state_of(alarm.state, alarm.reason, alarm.data)
    changed = alarm.state != value
    alarm.state, alarm.reason, alarm.data, alarm.updated = value, reason, data, event.time
    if changed:
        alarm.transitioned, alarm.moved_by = event.time, event.id
        alarm.previous, alarm.previous_reason = old["stateValue"], old["stateReason"]
        suppressing.on_change(state, event, alarm)
        moved(state, event, alarm, old, state_of(value, reason, data))
        for action in actions_for(alarm, value):
            succeeded(state, event, alarm, action)
        plan_policies(state, alarm, event.time)
    planning.plan(state, alarm, event.time)


def plan_policies(state: CloudWatch, alarm: Alarm, now: datetime) -> None:
    """When scaling policies are executed again."""
    again = alarm.state == ALARM and any(map(is_policy, actions_for(alarm, ALARM)))
    planning.plan_repeat(state, alarm, now, again=again)
