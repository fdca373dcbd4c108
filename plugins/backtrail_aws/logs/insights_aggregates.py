"""What `stats` counts: functions over all rows of a group.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cmp_to_key

from backtrail_aws.logs.insights_fields import Row, Value
from backtrail_aws.logs.insights_values import number, order, sort_key, text

Aggregate = Callable[[list[Row]], Value]
Expression = Callable[[Row], Value]


def _by_value(one: Value, other: Value) -> int:
    return order(one, other) or 0


_compared = cmp_to_key(_by_value)


def numbers(rows: list[Row], value_of: Expression) -> list[int | float]:
    """The values of a group that are numbers."""
    return [value for value in (number(value_of(row)) for row in rows) if value is not None]


def _values(rows: list[Row], value_of: Expression) -> list[Value]:
    return [value for value in map(value_of, rows) if value is not None]


def _average(rows: list[Row], value_of: Expression) -> Value:
    found = numbers(rows, value_of)
    return sum(found) / len(found) if found else None


def _deviation(rows: list[Row], value_of: Expression) -> Value:
    found = numbers(rows, value_of)
    if not found:
        return None
    mean = sum(found) / len(found)
    return math.sqrt(sum((one - mean) ** 2 for one in found) / len(found))


def _at_time(last: bool) -> Callable[[list[Row], Expression], Value]:
    """The value of the row with the first or the last @timestamp."""

    def aggregate(rows: list[Row], value_of: Expression) -> Value:
        having = [row for row in rows if value_of(row) is not None]
        if not having:
            return None
        choose = max if last else min
        return value_of(choose(having, key=lambda row: number(row.get("@timestamp")) or 0))

    return aggregate


def _sorted(last: bool) -> Callable[[list[Row], Expression], Value]:
    def aggregate(rows: list[Row], value_of: Expression) -> Value:
        found = _values(rows, value_of)
        choose = max if last else min
        return choose(found, key=sort_key) if found else None

    return aggregate


def percentile(rows: list[Row], value_of: Expression, share: float) -> Value:
    """The value below which so many per cent of a group's lie, between two of them where it must be."""
    found = sorted(numbers(rows, value_of))
    if not found:
        return None
    place = (len(found) - 1) * min(max(share, 0.0), 100.0) / 100
    low = int(place)
    high = min(low + 1, len(found) - 1)
    return found[low] + (found[high] - found[low]) * (place - low)


AGGREGATES: dict[str, Callable[[list[Row], Expression], Value]] = {
    "avg": _average,
    "count": lambda rows, value_of: len(_values(rows, value_of)),
    "count_distinct": lambda rows, value_of: len({text(value) for value in _values(rows, value_of)}),
    "max": lambda rows, value_of: max(_values(rows, value_of), key=_compared, default=None),
    "min": lambda rows, value_of: min(_values(rows, value_of), key=_compared, default=None),
    "stddev": _deviation,
    "sum": lambda rows, value_of: sum(numbers(rows, value_of)),
    "earliest": _at_time(False),
    "latest": _at_time(True),
    "sortsfirst": _sorted(False),
    "sortslast": _sorted(True),
}
"""By name in small letters. `count(*)` and `pct(field, 95)` are the parser's."""
