"""When time will change an alarm: found out whenever data come or the alarm changes, and kept until then.

An alarm is looked at every minute (less often over long evaluations, `limits.LOOKS`), or every ten seconds for periods
of less than a minute. With no data but those that are there, what each look will say is known already: so the first
that will change something is kept as due, and nothing is recorded for all the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from backtrail import UnsetType, told
from backtrail_aws.cloudwatch import api, judging, limits, queries, series
from backtrail_aws.cloudwatch.judging import Terms, Verdict
from backtrail_aws.cloudwatch.state import ALARM, EPOCH, Alarm, CloudWatch, moment, seconds

CHANGE, REPEAT, RELEASE = "change", "repeat", "release"
_FORM = "%Y%m%d%H%M%S"
_FINE_S = 10


def watched_by(given: api.PutMetricAlarm) -> list[str]:
    """The metrics that an alarm looks at."""
    asked = told(given.metrics, [])
    if asked:
        return queries.keys_of(asked)
    if not isinstance(given.metric_name, str):
        return []
    return [
        series.key(told(given.namespace, ""), given.metric_name, queries.dimensions(given.dimensions)),
    ]


def plan(state: CloudWatch, alarm: Alarm, now: datetime) -> None:
    """Note when an alarm changes next, should no more data come."""
    found = next_change(state, alarm, now)
    if alarm.due:
        state.due.pop(alarm.due, None)
    alarm.due = "" if found is None else due_key(found[0], CHANGE, alarm.name)
    if alarm.due:
        state.due[alarm.due] = alarm.name


def due_key(at: datetime, kind: str, name: str) -> str:
    """What a due time is kept under."""
    return f"{at.strftime(_FORM)}/{kind}/{name}"


def due_time(key: str) -> datetime:
    """The time of it."""
    return datetime.strptime(key[:14], _FORM).replace(tzinfo=EPOCH.tzinfo)


def due_kind(key: str) -> str:
    """What is to be done then."""
    return key.split("/", 2)[1]


def next_change(state: CloudWatch, alarm: Alarm, now: datetime) -> tuple[datetime, Verdict] | None:
    """When the data will change an alarm, and to what."""
    given = alarm.metric
    terms = judging.terms_of(given) if given is not None else None
    if given is None or terms is None:
        return None
    newest = newest_of(state, given)
    for at_s in _looks(given, terms, seconds(now), newest, _warm(alarm)):
        read = judging.readings(state, given, terms, at_s)
        verdict = judging.judge(given, terms, read, alarm.state, moment(at_s))
        if verdict is not None:
            return moment(at_s), verdict
        if not any(read) and newest < judging.end_of(given, terms, at_s):
            return None
    return None


def newest_of(state: CloudWatch, given: api.PutMetricAlarm) -> int:
    """When the newest data are from that an alarm looks at."""
    held = (state.series.get(key) for key in watched_by(given))
    return max((one.last_s for one in held if one is not None), default=0)


def cause_of(state: CloudWatch, alarm: Alarm) -> str:
    """The record that told an alarm's data last; that of the alarm itself where there are none."""
    found = (
        [one for key in watched_by(alarm.metric) if (one := state.series.get(key))] if alarm.metric else []
    )
    latest = max(found, key=lambda one: one.put_s, default=None)
    return latest.event if latest is not None else alarm.set_by


def _warm(alarm: Alarm) -> int:
    """Until when an alarm is not looked at: API_WarmUpConfiguration."""
    given = alarm.metric
    if given is None or isinstance(given.warm_up_configuration, UnsetType):
        return 0
    if isinstance(alarm.configured, UnsetType):
        return 0
    warm = timedelta(minutes=given.warm_up_configuration.warm_up_period_duration_in_minutes)
    return seconds(alarm.configured + warm)


def _looks(given: api.PutMetricAlarm, terms: Terms, now_s: int, newest_s: int, warm_s: int) -> Iterator[int]:
    """When an alarm is looked at, from the next time on until no data are left in what it looks at."""
    fine = terms.length_s < limits.MINUTE
    least = _FINE_S if fine else limits.MINUTE
    span = (terms.looked_at + 1) * terms.length_s
    step = max(least, -(-span // (limits.LOOKS * least)) * least)
    now_s = max(now_s, warm_s - least)
    first = now_s - now_s % least + least
    yield first
    last = max(first, newest_s) + span + step
    yield from range(first - first % step + step, last, step)


# scaling policies


def plan_repeat(state: CloudWatch, alarm: Alarm, now: datetime, *, again: bool) -> None:
    """Note when an alarm's scaling policies are executed again: after each period for which it stays in ALARM.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html
    """
    if alarm.repeats:
        state.due.pop(alarm.repeats, None)
        alarm.repeats = ""
    given = alarm.metric
    if not again or given is None or alarm.state != ALARM or not alarm.enabled:
        return
    terms = judging.terms_of(given)
    length = max(terms.length_s if terms is not None else 0, limits.MINUTE)
    at = moment(seconds(now) + length)
    alarm.repeats = due_key(at, REPEAT, alarm.name)
    state.due[alarm.repeats] = alarm.name


def plan_release(state: CloudWatch, alarm: Alarm, at: datetime | None) -> None:
    """Note until when a composite alarm's actions are held back; None for no time."""
    if alarm.release:
        state.due.pop(alarm.release, None)
    alarm.release = "" if at is None else due_key(at, RELEASE, alarm.name)
    if alarm.release:
        state.due[alarm.release] = alarm.name


def forget(state: CloudWatch, alarm: Alarm) -> None:
    """Time has nothing more to do with an alarm, and no data have."""
    for key in (alarm.due, alarm.repeats, alarm.release):
        if key:
            state.due.pop(key, None)
    alarm.due = alarm.repeats = alarm.release = ""
    for key in watched_by(alarm.metric) if alarm.metric is not None else ():
        left = [name for name in state.watched.get(key, []) if name != alarm.name]
        if left:
            state.watched[key] = left
        else:
            state.watched.pop(key, None)


def watch(state: CloudWatch, alarm: Alarm) -> None:
    """Data of its metrics concern an alarm from here on."""
    for key in watched_by(alarm.metric) if alarm.metric is not None else ():
        state.watched[key] = sorted({*state.watched.get(key, []), alarm.name})
