"""Data points: what one metric came to in one minute (or second, five minutes, hour), and the statistics of it.

Percentiles and the trimmed statistics need the values: a point keeps them, up to 150 different ones exactly, more to
about 1 %. Where statistic sets were put, they are not known.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

import msgspec

from backtrail_aws.cloudwatch import limits

Pairs = list[tuple[float, float]]
"""Values in rising order, each with how often it came."""

SIMPLE = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_NUMBER = r"(\d+(?:\.\d+)?)"
_PERCENTILE = re.compile(rf"p{_NUMBER}", re.I)
_CUT = re.compile(rf"(tm|wm|tc|ts){_NUMBER}", re.I)
_RANGE = re.compile(rf"(TM|WM|TC|TS|PR)\((?:{_NUMBER}(%)?)?:(?:{_NUMBER}(%)?)?\)", re.I)


class Point(msgspec.Struct, array_like=True):
    """So many values came to a sum, none lower than `low`, none higher than `high`.

    `values` is empty where all are alike, None where they are not known.
    """

    count: float
    sum: float
    low: float
    high: float
    values: list[tuple[float, float]] | None = []

    def pairs(self) -> Pairs | None:
        """The values; None where they are not known."""
        return self.values if self.values is None or self.values else [(self.low, self.count)]


def of_values(values: Iterable[tuple[float, float]]) -> Point:
    """The point of values, each with how often it came."""
    held: dict[float, float] = {}
    for value, count in values:
        held[value] = held.get(value, 0.0) + count
    pairs = sorted(held.items())
    count = math.fsum(count for _, count in pairs)
    total = math.fsum(value * count for value, count in pairs)
    return Point(count, total, pairs[0][0], pairs[-1][0], _kept(pairs) if len(pairs) > 1 else [])


def of_set(count: float, total: float, low: float, high: float) -> Point:
    """The point of a statistic set: its values are known only where they are all alike."""
    return Point(count, total, low, high, [] if count == 1 or low == high else None)


def merged(points: Iterable[Point]) -> Point:
    """What one or more points come to."""
    held = list(points)
    if len(held) == 1:
        return held[0]
    low, high = min(one.low for one in held), max(one.high for one in held)
    return Point(
        math.fsum(one.count for one in held), math.fsum(one.sum for one in held), low, high,
        [] if low == high else _joined(held),
    )  # fmt: skip


def _joined(points: list[Point]) -> Pairs | None:
    together: dict[float, float] = {}
    for one in points:
        pairs = one.pairs()
        if pairs is None:
            return None
        for value, count in pairs:
            together[value] = together.get(value, 0.0) + count
    return _kept(sorted(together.items()))


def _kept(pairs: Pairs) -> Pairs:
    if len(pairs) <= limits.VALUES_MAX:
        return pairs
    rough: dict[float, float] = {}
    for value, count in pairs:
        near = _rough(value)
        rough[near] = rough.get(near, 0.0) + count
    return sorted(rough.items())


def _rough(value: float) -> float:
    if value == 0:
        return value
    step = round(math.log(abs(value), limits.VALUE_STEP))
    return math.copysign(limits.VALUE_STEP**step, value)


# statistics


def is_statistic(name: str) -> bool:
    """Whether a text names a statistic: `Average`, `p99.9`, `tm90`, `TM(10%:90%)`, `PR(:300)`, `IQM`."""
    return name in SIMPLE or is_extended(name)


def is_extended(name: str) -> bool:
    """Whether a text names a statistic that needs the values."""
    if name.upper() == "IQM":
        return True
    for pattern in (_PERCENTILE, _CUT):
        if found := pattern.fullmatch(name):
            return float(found[found.lastindex or 1]) <= 100
    found = _RANGE.fullmatch(name)
    return found is not None and any(found.group(2, 4))


def percentile_of(name: str) -> float | None:
    """What a percentile is of, from 0 to 1; None for other statistics."""
    found = _PERCENTILE.fullmatch(name)
    return float(found[1]) / 100 if found else None


def statistic(point: Point, name: str) -> float | None:
    """A statistic of a point; None where its values would be needed and are not known."""
    if name == "SampleCount":
        return point.count
    if name == "Sum":
        return point.sum
    if name == "Average":
        return point.sum / point.count if point.count else None
    if name == "Minimum":
        return point.low
    if name == "Maximum":
        return point.high
    pairs = point.pairs()
    return None if pairs is None else _extended(pairs, name)


def _extended(pairs: Pairs, name: str) -> float | None:
    if found := _PERCENTILE.fullmatch(name):
        return _at(pairs, float(found[1]) / 100)
    if name.upper() == "IQM":
        return _cut(pairs, "TM", 0.25, 0.75)
    if found := _CUT.fullmatch(name):
        return _cut(pairs, found[1].upper(), 0.0, float(found[2]) / 100)
    found = _RANGE.fullmatch(name)
    if found is None:
        return None
    kind, low, low_percent, high, high_percent = found.groups()
    if low_percent or high_percent:
        return _cut(pairs, kind.upper(), float(low or 0) / 100, float(high or 100) / 100)
    return _between(pairs, kind.upper(), float(low or "-inf"), float(high or "inf"))


def _at(pairs: Pairs, part: float) -> float:
    """The value below which so much of all values lies, between two values where it falls between them."""
    total = sum(count for _, count in pairs)
    rank, seen = part * (total - 1), 0.0
    before = pairs[0][0]
    for value, count in pairs:
        if rank <= seen + count - 1:
            gap = rank - (seen - 1)
            return value if gap >= 1 or not seen else before + (value - before) * gap
        seen, before = seen + count, value
    return pairs[-1][0]


def _cut(pairs: Pairs, kind: str, low: float, high: float) -> float | None:
    """A statistic of the values between two ranks: trimmed mean, winsorized mean, trimmed count and sum."""
    total = sum(count for _, count in pairs)
    first, last, seen = low * total, high * total, 0.0
    inside: Pairs = []
    for value, count in pairs:
        part = min(seen + count, last) - max(seen, first)
        if part > 0:
            inside.append((value, part))
        seen += count
    if kind == "WM" and inside:
        inside = [(inside[0][0], first), *inside, (inside[-1][0], total - last)]
    return _told(inside, kind)


def _between(pairs: Pairs, kind: str, low: float, high: float) -> float | None:
    """The same of the values above one and up to another."""
    inside = [(value, count) for value, count in pairs if low < value <= high]
    if kind == "PR":
        return 100 * sum(count for _, count in inside) / sum(count for _, count in pairs)
    if kind == "WM":  # what lies outside counts as the bound itself
        inside = [(min(max(value, low), high), count) for value, count in pairs]
    return _told(inside, kind)


def _told(inside: Pairs, kind: str) -> float | None:
    count = math.fsum(count for _, count in inside)
    total = math.fsum(value * count for value, count in inside)
    if kind == "TC":
        return count
    if kind == "TS":
        return total
    return total / count if count else None
