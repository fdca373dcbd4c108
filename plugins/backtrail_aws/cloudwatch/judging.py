"""What an alarm's data make of it: breaching, missing, M of N, and the words for it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable
from datetime import datetime

import msgspec

from backtrail import UnsetType, told
from backtrail_aws.cloudwatch import api, limits, points, queries, series
from backtrail_aws.cloudwatch.arithmetic import Line
from backtrail_aws.cloudwatch.expressions import NotHere, Wrong
from backtrail_aws.cloudwatch.state import ALARM, INSUFFICIENT, OK, CloudWatch, moment

COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
"""Of a number and a threshold. Those of bands are not here."""


class Reading(msgspec.Struct, frozen=True):
    """What a period came to; `breaching` as the alarm sees it."""

    at_s: int
    value: float
    samples: float
    breaching: bool


class Verdict(msgspec.Struct, frozen=True):
    """What an alarm should be, and why."""

    state: str
    reason: str
    data: str


class Terms(msgspec.Struct, frozen=True):
    """How an alarm judges: the last `needed` of `periods` of a length, against a threshold."""

    periods: int
    needed: int
    length_s: int
    threshold: float
    comparison: str
    missing: str

    @property
    def looked_at(self) -> int:
        """How many periods back it looks for data."""
        return self.periods + limits.EXTRA_PERIODS


def terms_of(given: api.PutMetricAlarm) -> Terms | None:
    """The terms of an alarm; None for one that is not judged here (bands, PromQL), or of which too little is known."""
    comparison = told(given.comparison_operator, "")
    if isinstance(given.threshold, UnsetType) or comparison not in COMPARISONS:
        return None
    periods = told(given.evaluation_periods, 1)
    length = told(given.period, 0) or queries.period_of(told(given.metrics, []))
    missing = told(given.treat_missing_data, "missing")
    if told(given.namespace, "") == "AWS/DynamoDB":  # API_PutMetricAlarm, TreatMissingData
        missing = "ignore"
    return Terms(
        periods, min(told(given.datapoints_to_alarm, periods), periods), length, given.threshold,
        comparison, missing,
    )  # fmt: skip


def end_of(given: api.PutMetricAlarm, terms: Terms, now_s: int) -> int:
    """When the last period that an alarm looks at has ended: at the clock's own boundaries, or with the minute."""
    window = given.evaluation_window
    wall = not isinstance(window, UnsetType) and not isinstance(window.wall_clock_window, UnsetType)
    step = terms.length_s if wall or terms.length_s < limits.MINUTE else limits.MINUTE
    return now_s - now_s % step


def readings(state: CloudWatch, given: api.PutMetricAlarm, terms: Terms, now_s: int) -> list[Reading | None]:
    """What the periods came to that an alarm looks at, the newest first."""
    end = end_of(given, terms, now_s)
    start = end - terms.looked_at * terms.length_s
    found, samples = _line(state, given, terms, start, end)
    compare = COMPARISONS[terms.comparison][0]
    return [
        Reading(at, value, samples.get(at, 1.0), compare(value, terms.threshold))
        if (value := found.get(at)) is not None
        else None
        for at in range(end - terms.length_s, start - 1, -terms.length_s)
    ]


def _line(
    state: CloudWatch, given: api.PutMetricAlarm, terms: Terms, start: int, end: int
) -> tuple[dict[int, float], dict[int, float]]:
    """The values, and of how many samples each is."""
    asked = told(given.metrics, [])
    if asked:
        try:
            came = queries.values(state, asked, start, end, terms.length_s)[returned(asked).id]
        except (Wrong, NotHere, KeyError):
            return {}, {}
        if isinstance(came, float):
            return dict.fromkeys(range(start, end, terms.length_s), came), {}
        return (came.points if isinstance(came, Line) else {}), {}
    key = series.key(
        told(given.namespace, ""), told(given.metric_name, ""), queries.dimensions(given.dimensions)
    )
    unit = given.unit if isinstance(given.unit, str) else None
    found = series.windows(series.of_unit(state.series.get(key), unit), start, end, terms.length_s)
    stat = told(given.statistic, told(given.extended_statistic, "Average"))
    values = {
        at: value for at, point in found.items() if (value := points.statistic(point, stat)) is not None
    }
    return values, {at: point.count for at, point in found.items()}


def returned(asked: list[api.MetricDataQuery]) -> api.MetricDataQuery:
    """The query that an alarm watches."""
    return next((one for one in asked if told(one.return_data, True)), asked[0])


# what follows from readings


def judge(
    given: api.PutMetricAlarm, terms: Terms, read: list[Reading | None], current: str, now: datetime
) -> Verdict | None:
    """What an alarm should be by the data; None where they leave it as it is."""
    real = [one for one in read if one is not None]
    if real and _too_few(given, real[0]):
        return None
    evaluated = real[: terms.periods] if len(real) >= terms.periods else real
    missing = terms.periods - len(evaluated)
    breaching = [one for one in evaluated if one.breaching]
    state = _state(terms, read, evaluated, missing, len(breaching))
    if state is None or state == current:
        return None
    return Verdict(
        state, _reason(terms, state, evaluated, missing), data_of(given, terms, evaluated, read, now)
    )


def _state(
    terms: Terms, read: list[Reading | None], evaluated: list[Reading], missing: int, breaching: int
) -> str | None:
    if terms.missing == "breaching":
        return ALARM if breaching + missing >= terms.needed else OK
    if breaching >= terms.needed:
        return ALARM
    if terms.missing == "notBreaching" or not missing:
        return OK
    if any(not one.breaching for one in evaluated):
        return OK
    if terms.missing == "ignore":
        return None
    if not evaluated:
        return INSUFFICIENT
    oldest = max(age for age, one in enumerate(read, 1) if one is not None)
    return ALARM if oldest >= terms.needed else None  # a first breach alone is no alarm yet


def _too_few(given: api.PutMetricAlarm, newest: Reading) -> bool:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html"""
    if given.evaluate_low_sample_count_percentile != "ignore":
        return False
    part = points.percentile_of(told(given.extended_statistic, ""))
    if part is None or not 0 < part < 1:
        return False
    return newest.samples < round(10 / (1 - part) if part >= 0.5 else 10 / part, 6)


def _reason(terms: Terms, state: str, evaluated: list[Reading], missing: int) -> str:
    """As AWS words it today; the words for data of which some are missing are a guess."""
    if state == INSUFFICIENT:
        count = terms.periods
        return f"Insufficient Data: {_many(count, 'datapoint')} {'was' if count == 1 else 'were'} unknown."
    treated = f"{_many(missing, 'missing datapoint')} {'was' if missing == 1 else 'were'} treated as"
    kind = "[Breaching]" if terms.missing == "breaching" else "[NonBreaching]"
    if not evaluated:
        return (
            f"Threshold Crossed: no datapoints were received for {_many(terms.periods, 'period')} and "
            f"{treated} {kind}."
        )
    alarmed = state == ALARM
    told_of = [one for one in evaluated if one.breaching == alarmed] or evaluated
    listed = ", ".join(f"{one.value} ({moment(one.at_s):%d/%m/%y %H:%M:%S})" for one in told_of)
    verb = "was" if len(told_of) == 1 else "were"
    words = f"{verb} {'' if alarmed else 'not '}{COMPARISONS[terms.comparison][1]} the threshold ({terms.threshold})"
    least = terms.needed if alarmed else terms.periods - terms.needed + 1
    moved = "OK -> ALARM" if alarmed else "ALARM -> OK"
    filled = f" and {treated} {kind}" if missing and terms.missing in ("breaching", "notBreaching") else ""
    return (
        f"Threshold Crossed: {len(told_of)} out of the last {terms.periods} datapoints [{listed}] {words}{filled} "
        f"(minimum {_many(least, 'datapoint')} for {moved} transition)."
    )


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def stamp(time: datetime) -> str:
    """A time as alarms write it: `2024-01-01T00:00:00.000+0000`."""
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03}+0000"


def data_of(
    given: api.PutMetricAlarm, terms: Terms, evaluated: list[Reading], read: list[Reading | None], now: datetime
) -> str:  # fmt: skip
    """The reason as data."""
    data: dict[str, object] = {"version": "1.0", "queryDate": stamp(now)}
    if evaluated:
        data["startDate"] = stamp(moment(evaluated[-1].at_s))
    if isinstance(given.unit, str):
        data["unit"] = given.unit
    stat = told(given.statistic, told(given.extended_statistic, ""))
    if stat:
        data["statistic"] = stat
    data |= {"period": terms.length_s, "recentDatapoints": [one.value for one in reversed(evaluated)]}
    data["threshold"] = terms.threshold
    data["evaluatedDatapoints"] = [
        {"timestamp": stamp(moment(one.at_s)), "sampleCount": one.samples, "value": one.value}
        for one in evaluated
    ] or [{"timestamp": stamp(now)}]
    return json.dumps(data, separators=(",", ":"))
