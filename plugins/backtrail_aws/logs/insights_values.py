"""Values in a query: as numbers, compared, sorted, and cut to periods of time."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from backtrail_aws.logs.insights_fields import Moment, Value, shown
from backtrail_aws.logs.moments import millis, moment

_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*")
_CHUNK = re.compile(r"\d+|\D+")
_PERIOD = re.compile(r"(\d+)([a-z]+)")
_MS = {
    "ms": 1, "msec": 1, "s": 1_000, "sec": 1_000, "m": 60_000, "min": 60_000, "h": 3_600_000, "hr": 3_600_000,
    "d": 86_400_000, "w": 604_800_000,
}  # fmt: skip
_MONTHS = {"mo": 1, "mon": 1, "q": 3, "qtr": 3, "y": 12, "yr": 12}


def number(value: Value) -> int | float | None:
    """A value as a number, a text that spells one, too; None for everything else."""
    if isinstance(value, str):
        if _NUMBER.fullmatch(value) is None:
            return None
        return int(value) if value.strip().lstrip("+-").isdecimal() else float(value)
    return int(value) if isinstance(value, bool) else value


def text(value: Value) -> str:
    """A value as text."""
    return value if isinstance(value, str) else shown(value)


def same(one: Value, other: Value) -> bool:
    """Whether two values are equal: as numbers where both are some. What is missing equals nothing."""
    if one is None or other is None:
        return False
    left, right = number(one), number(other)
    if left is not None and right is not None:
        return left == right
    return text(one) == text(other)


def order(one: Value, other: Value) -> int | None:
    """Less than 0, 0 or more, as the first is less, equal or greater; None where a value is missing."""
    if one is None or other is None:
        return None
    left, right = number(one), number(other)
    if left is not None and right is not None:
        return (left > right) - (left < right)
    before, after = text(one), text(other)
    return (before > after) - (before < after)


def truth(value: Value) -> bool:
    """Whether a value counts as true."""
    if isinstance(value, str):
        return value.lower() == "true" or value == "1"
    return bool(value)


SortKey = tuple[int, float, tuple[tuple[int, int, str], ...]]


def sort_key(value: Value) -> SortKey:
    """Natural order: what is missing, then texts, whose digits count as numbers, then numbers.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Sort.html
    """
    if value is None:
        return (0, 0.0, ())
    found = number(value)
    if found is not None:
        return (2, found, ())
    chunks = _CHUNK.findall(text(value))
    return (1, 0.0, tuple((0, int(one), "") if one.isdecimal() else (1, 0, one) for one in chunks))


def floor(time_ms: int, period: str) -> Moment:
    """The beginning of the period (`5m`, `1h`, `3mo`) that a time is in."""
    count, unit = _period(period)
    if unit in _MS:
        size = max(count, 1) * _MS[unit]
        return Moment(time_ms - time_ms % size)
    at = moment(time_ms)
    months = at.year * 12 + at.month - 1
    months -= months % (max(count, 1) * _MONTHS[unit])
    return Moment(millis(datetime(max(months // 12, 1), months % 12 + 1, 1, tzinfo=UTC)))


def ceiling(time_ms: int, period: str) -> Moment:
    """The end of the period that a time is in; the time itself where it begins one."""
    begin = floor(time_ms, period)
    if begin == time_ms:
        return begin
    count, unit = _period(period)
    if unit in _MS:
        return Moment(begin + max(count, 1) * _MS[unit])
    at = moment(begin)
    months = at.year * 12 + at.month - 1 + max(count, 1) * _MONTHS[unit]
    return Moment(millis(datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)))


def is_period(word: str) -> bool:
    """Whether a word is a period of time."""
    found = _PERIOD.fullmatch(word)
    return found is not None and (found[2] in _MS or found[2] in _MONTHS)


def _period(word: str) -> tuple[int, str]:
    found = _PERIOD.fullmatch(word)
    assert found is not None, word  # the parser lets no other word through
    return int(found[1]), found[2]
