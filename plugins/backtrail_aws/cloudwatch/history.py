"""What happened to alarms: changes of state and of configuration, and actions.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from backtrail import UNSET, BadToken, Call, Event, UnsetType, page, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.cloudwatch import api, errors, limits
from backtrail_aws.cloudwatch.judging import stamp
from backtrail_aws.cloudwatch.state import Alarm, CloudWatch, History, remember, service

STATE, CONFIGURATION, ACTION = "StateUpdate", "ConfigurationUpdate", "Action"


def plain(data: dict[str, Any]) -> str:
    """JSON as AWS writes it here."""
    return json.dumps(data, separators=(",", ":"))


def state_of(value: str, reason: str | UnsetType, data: str | UnsetType) -> dict[str, Any]:
    """A state as histories and events have it."""
    found: dict[str, Any] = {"stateValue": value, "stateReason": told(reason, "")}
    if isinstance(data, str):
        try:
            found["stateReasonData"] = json.loads(data)
        except ValueError:
            found["stateReasonData"] = data
    return found


def moved(
    state: CloudWatch, event: Event[Any, Any], alarm: Alarm, old: dict[str, Any], new: dict[str, Any]
) -> None:
    """An alarm's state changed."""
    summary = f"Alarm updated from {old['stateValue']} to {new['stateValue']}"
    data = plain({"version": "1.0", "oldState": old, "newState": new})
    remember(state, event, alarm, STATE, summary, data)


def configured(state: CloudWatch, event: Event[Any, Any], alarm: Alarm, *, gone: bool = False) -> None:
    """An alarm was made, changed or deleted."""
    made = alarm.set_by == event.id and alarm.updated == event.time
    kind, word = ("Delete", "deleted") if gone else ("Create", "created") if made else ("Update", "updated")
    member = {"Delete": "deletedAlarm", "Create": "createdAlarm", "Update": "updatedAlarm"}[kind]
    data = plain({"version": "1.0", "type": kind, member: described(alarm)})
    remember(state, event, alarm, CONFIGURATION, f'Alarm "{alarm.name}" {word}', data)


def described(alarm: Alarm) -> dict[str, Any]:
    """An alarm as its history has it."""
    given = alarm.given
    found: dict[str, Any] = msgspec.to_builtins(given, enc_hook=str) if given is not None else {}
    found["okactions"] = found.pop("oKActions", [])
    found |= {name: found.get(name, []) for name in ("alarmActions", "insufficientDataActions")}
    found |= {"alarmArn": alarm.arn, "actionsEnabled": alarm.enabled, "stateValue": alarm.state}
    for name, time in (
        ("alarmConfigurationUpdatedTimestamp", alarm.configured),
        ("stateUpdatedTimestamp", alarm.updated),
    ):
        if not isinstance(time, UnsetType):
            found[name] = stamp(time)
    return found


@service.read
def describe_alarm_history(
    state: CloudWatch, call: Call[api.DescribeAlarmHistory]
) -> api.DescribeAlarmHistoryResult:
    """What happened to an alarm, or to all of a kind, the newest first."""
    params = call.params
    kinds = told(params.alarm_types, ["MetricAlarm"] if isinstance(params.alarm_name, UnsetType) else [])
    oldest = call.time - limits.HISTORY_KEPT

    def keep(one: History) -> bool:
        return (
            one.time >= oldest
            and (isinstance(params.alarm_name, UnsetType) or one.alarm == params.alarm_name)
            and (not kinds or _type(one) in kinds)
            and (isinstance(params.history_item_type, UnsetType) or one.kind == params.history_item_type)
            and (isinstance(params.start_date, UnsetType) or one.time >= params.start_date)
            and (isinstance(params.end_date, UnsetType) or one.time < params.end_date)
        )

    found = [(key, one) for key, one in state.history.items() if keep(one)]
    if params.scan_by != "TimestampAscending":
        found.reverse()
    limit, after = told(params.max_records, limits.DESCRIBED_MAX), told(params.next_token, "") or None
    try:
        shown = page({f"{number:08}": one for number, (_, one) in enumerate(found)}, after, limit)
    except BadToken as error:
        raise errors.bad_token() from error
    return api.DescribeAlarmHistoryResult(
        alarm_history_items=[_item(one) for one in shown.items], next_token=shown.next or UNSET
    )


def _type(one: History) -> str:
    return "CompositeAlarm" if one.composite else "MetricAlarm"


def _item(one: History) -> api.AlarmHistoryItem:
    return api.AlarmHistoryItem(
        alarm_name=one.alarm, alarm_type=_type(one), timestamp=IsoMillisZ.of(one.time), history_item_type=one.kind,
        history_summary=one.summary, history_data=one.data,
    )  # fmt: skip
