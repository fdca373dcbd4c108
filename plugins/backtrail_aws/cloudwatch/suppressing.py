"""Composite alarms whose actions another alarm holds back, and what composite alarms depend on.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm_Suppression.html
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from backtrail import Event, UnsetType, told
from backtrail_aws.cloudwatch import api, planning
from backtrail_aws.cloudwatch.state import ALARM, Alarm, CloudWatch

BY_ALARM, WAITING, EXTENDED = "Alarm", "WaitPeriod", "ExtensionPeriod"


def name_in(identifier: str) -> str:
    """The name of an alarm that is named by its name or its ARN."""
    return (
        identifier.split(":", 6)[6]
        if identifier.startswith("arn:") and identifier.count(":") >= 6
        else identifier
    )


def depend(state: CloudWatch, name: str, children: list[str], given: api.PutCompositeAlarm) -> None:
    """A composite alarm depends on its children, and on what may hold it back."""
    leave(state, name)
    for child in children:
        state.parents[child] = sorted({*state.parents.get(child, []), name})
    if isinstance(given.actions_suppressor, str) and given.actions_suppressor:
        holder = name_in(given.actions_suppressor)
        state.holds[holder] = sorted({*state.holds.get(holder, []), name})


def leave(state: CloudWatch, name: str) -> None:
    """A composite alarm depends on nothing any more."""
    for index in (state.parents, state.holds):
        for child in [child for child, names in index.items() if name in names]:
            index[child] = [one for one in index[child] if one != name]
            if not index[child]:
                del index[child]


def on_change(state: CloudWatch, event: Event[Any, Any], alarm: Alarm) -> None:
    """An alarm changed: it is held back, or holds others back."""
    if alarm.composite is not None:
        _hold(state, alarm, event.time)
    for name in state.holds.get(alarm.name, []):
        held = state.alarms.get(name)
        if held is not None and held.composite is not None:
            _held_by(state, held, held.composite, alarm, event.time)


def _hold(state: CloudWatch, alarm: Alarm, now: datetime) -> None:
    release(state, alarm)
    given = alarm.composite
    if given is None or isinstance(given.actions_suppressor, UnsetType) or not given.actions_suppressor:
        return
    holder = state.alarms.get(name_in(given.actions_suppressor))
    if holder is not None and holder.state == ALARM:
        alarm.suppressed, alarm.suppressed_why = BY_ALARM, f"Actions suppressed by {holder.arn}"
    elif alarm.state == ALARM and told(given.actions_suppressor_wait_period, 0) > 0:
        wait = told(given.actions_suppressor_wait_period, 0)
        alarm.suppressed, alarm.suppressed_why = WAITING, "Actions suppressed by WaitPeriod"
        planning.plan_release(state, alarm, now + timedelta(seconds=wait))


def _held_by(
    state: CloudWatch, held: Alarm, given: api.PutCompositeAlarm, holder: Alarm, now: datetime
) -> None:
    if holder.state == ALARM and held.suppressed in (WAITING, EXTENDED):
        planning.plan_release(state, held, None)
        held.suppressed, held.suppressed_why = BY_ALARM, f"Actions suppressed by {holder.arn}"
    elif holder.state != ALARM and held.suppressed == BY_ALARM:
        extension = max(told(given.actions_suppressor_extension_period, 0), 1)
        held.suppressed, held.suppressed_why = EXTENDED, "Actions suppressed by ExtensionPeriod"
        planning.plan_release(state, held, now + timedelta(seconds=extension))


def release(state: CloudWatch, alarm: Alarm) -> None:
    """Nothing holds an alarm's actions back."""
    planning.plan_release(state, alarm, None)
    alarm.suppressed = alarm.suppressed_why = ""
