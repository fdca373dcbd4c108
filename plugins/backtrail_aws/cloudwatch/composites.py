"""Composite alarms: a rule over the states of other alarms.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from backtrail import UNSET, Call, Command, Event, UnsetType, told
from backtrail_aws.cloudwatch import alarms, api, changes, errors, history, limits, suppressing
from backtrail_aws.cloudwatch.changes import ChangeAlarmState
from backtrail_aws.cloudwatch.history import configured
from backtrail_aws.cloudwatch.judging import stamp
from backtrail_aws.cloudwatch.state import ALARM, INSUFFICIENT, OK, Alarm, CloudWatch, service
from backtrail_aws.cloudwatch.suppressing import name_in

_TOKEN = re.compile(
    r"\s*(?:(?P<call>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?P<bare>[^\")]+?))\s*\)"
    r"|(?P<word>AND|OR|NOT|TRUE|FALSE)\b|(?P<sign>[()]))",
    re.I,
)
_ELEMENTS_MAX = 500  # API_PutCompositeAlarm, AlarmRule

States = Callable[[str], str]
Rule = Callable[[States], bool]


class BadRule(ValueError):
    """A rule that is none."""


def rule_of(text: str) -> tuple[Rule, list[str]]:
    """What a rule says of the states of alarms, and which alarms it names. Raises `BadRule`."""
    tokens: list[tuple[str, str]] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise BadRule(f"unexpected {text[at:].strip()[:20]!r}")
        if found["call"]:
            quoted = found["quoted"]
            name = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else found["bare"]
            tokens.append((found["call"].upper(), name_in(name)))
        else:
            tokens.append(((found["word"] or found["sign"]).upper(), ""))
        at = found.end()
    if not 0 < len(tokens) <= _ELEMENTS_MAX:
        raise BadRule(f"it must have 1 to {_ELEMENTS_MAX} elements")
    reader = _Reader(tokens)
    rule = reader.either(0)
    if reader.word:
        raise BadRule(f"unexpected {reader.word}")
    return rule, sorted({name for _, name in tokens if name})


class _Reader:
    """Goes through the tokens once: OR binds least, NOT most."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens, self._at = tokens, 0

    @property
    def word(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _take(self) -> tuple[str, str]:
        if not self.word:
            raise BadRule("unexpected end")
        self._at += 1
        return self._tokens[self._at - 1]

    def either(self, depth: int) -> Rule:
        parts = [self._both(depth)]
        while self.word == "OR":
            self._at += 1
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else lambda states: any(part(states) for part in parts)

    def _both(self, depth: int) -> Rule:
        parts = [self._one(depth)]
        while self.word == "AND":
            self._at += 1
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else lambda states: all(part(states) for part in parts)

    def _one(self, depth: int) -> Rule:
        if depth > 60:
            raise BadRule("it is too deep")
        word, name = self._take()
        if word == "NOT":
            inner = self._one(depth + 1)
            return lambda states: not inner(states)
        if word == "(":
            inner = self.either(depth + 1)
            if self._take()[0] != ")":
                raise BadRule("a parenthesis is not closed")
            return inner
        if word in ("TRUE", "FALSE"):
            return lambda states: word == "TRUE"
        if word in (ALARM, OK, INSUFFICIENT):
            return lambda states: states(name) == word
        raise BadRule(f"unexpected {word}")


@service.handle
def put_composite_alarm(state: CloudWatch, call: Call[api.PutCompositeAlarm]) -> None:
    """Refuse a rule that is none, or that names alarms that are not there, or itself."""
    params = call.params
    alarms.check_name(params.alarm_name)
    try:
        _, children = rule_of(params.alarm_rule)
    except BadRule as wrong:
        # evidence: model; words: guess
        raise errors.validation(f"AlarmRule must be a valid alarm rule: {wrong}") from wrong
    if len(children) > limits.CHILDREN_MAX:
        # evidence: API_PutCompositeAlarm; words: guess
        raise errors.validation(f"AlarmRule must not name more than {limits.CHILDREN_MAX} alarms.")
    unknown = [name for name in children if name not in state.alarms and name != params.alarm_name]
    if unknown:
        # evidence: https://github.com/awsdocs/aws-cloudformation-user-guide/issues/911
        raise errors.validation(
            f"Could not save the composite alarm as alarms [{', '.join(unknown)}] in the alarm rule do not exist"
        )
    if params.alarm_name in children:
        # evidence: guess
        raise errors.validation("The composite alarm cannot depend on itself.")
    _check_suppressor(state, params)
    alarms.check_actions(call, params, instance=False)
    alarms.check_new(state, call, params.alarm_name, composite=True)


def _check_suppressor(state: CloudWatch, params: api.PutCompositeAlarm) -> None:
    if isinstance(params.actions_suppressor, UnsetType) or not params.actions_suppressor:
        return
    periods = (params.actions_suppressor_wait_period, params.actions_suppressor_extension_period)
    if any(isinstance(one, UnsetType) for one in periods):
        # evidence: API_PutCompositeAlarm; words: guess
        raise errors.validation(
            "ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod are required with ActionsSuppressor."
        )
    if name_in(params.actions_suppressor) not in state.alarms:
        # evidence: guess
        raise errors.validation(f"ActionsSuppressor {params.actions_suppressor} does not exist")


@service.project
def composite_alarm_put(state: CloudWatch, event: Event[api.PutCompositeAlarm, None]) -> None:
    """A new one is INSUFFICIENT_DATA until it is evaluated, which is at once."""
    params = event.params
    alarm = alarms.put(state, event, params.alarm_name, params.tags)
    alarm.composite, alarm.metric = msgspec.structs.replace(params, tags=UNSET), None
    alarm.enabled = told(params.actions_enabled, True)
    try:
        children = rule_of(params.alarm_rule)[1]
    except BadRule:  # a rule of a foreign record that is not understood here
        children = []
    suppressing.depend(state, alarm.name, children, params)
    configured(state, event, alarm)


# what follows


@service.react
def evaluate_new(state: CloudWatch, event: Event[api.PutCompositeAlarm, None]) -> Iterator[Command]:
    """A composite alarm is evaluated when it is put, and so are those that name it."""
    alarm = state.alarms.get(event.params.alarm_name)
    if alarm is None:
        return
    word = "created" if alarm.updated == event.time else "updated"
    yield from _evaluated(
        state, alarm, event, lambda value: f"{alarm.arn} was {word} and its alarm rule evaluates to {value}"
    )


@service.react
def parents_of_changed(state: CloudWatch, event: Event[ChangeAlarmState, None]) -> Iterator[Command]:
    """Composite alarms follow their children."""
    yield from _parents(state, event.params.alarm_name, event)


@service.react
def parents_of_set(state: CloudWatch, event: Event[api.SetAlarmState, None]) -> Iterator[Command]:
    """Composite alarms follow their children."""
    yield from _parents(state, event.params.alarm_name, event)


def _parents(state: CloudWatch, name: str, event: Event[Any, Any]) -> Iterator[Command]:
    child = state.alarms.get(name)
    if child is None or child.moved_by != event.id:
        return
    reason = f"{child.arn} transitioned to {child.state} at {worded(event.time)}"
    for parent in state.parents.get(name, []):
        alarm = state.alarms.get(parent)
        if alarm is not None:
            yield from _evaluated(state, alarm, event, lambda _: reason, child)


def _evaluated(
    state: CloudWatch, alarm: Alarm, event: Event[Any, Any], reason: Callable[[str], str], child: Alarm | None = None
) -> Iterator[Command]:  # fmt: skip
    given = alarm.composite
    if given is None:
        return
    try:
        rule, children = rule_of(given.alarm_rule)
    except BadRule:
        return
    value = ALARM if rule(lambda name: _state_of(state, name)) else OK
    if value == alarm.state:
        return
    named = [child] if child is not None else [one for name in children if (one := state.alarms.get(name))]
    data = {
        "triggeringAlarms": [
            {"arn": one.arn, "state": {"value": one.state, "timestamp": stamp(_since(one, event.time))}}
            for one in named
        ]
    }
    changed = ChangeAlarmState(
        alarm_name=alarm.name, old_state_value=alarm.state, state_value=value, state_reason=reason(value),
        state_reason_data=history.plain(data),
    )  # fmt: skip
    yield Command("cloudwatch", changed, source_arn=alarm.arn)


def _state_of(state: CloudWatch, name: str) -> str:
    alarm = state.alarms.get(name)
    return alarm.state if alarm is not None else INSUFFICIENT


def _since(alarm: Alarm, now: datetime) -> datetime:
    return told(alarm.updated, now)


def worded(time: datetime) -> str:
    """`Friday 14 August, 2020 09:31:08 UTC`"""
    return f"{_DAYS[time.weekday()]} {time.day:02} {_MONTHS[time.month - 1]}, {time:%Y %H:%M:%S} UTC"


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

__all__ = ["changes", "composite_alarm_put", "put_composite_alarm", "rule_of", "worded"]
