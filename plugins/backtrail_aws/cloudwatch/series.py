"""Series: the data of one metric, fine while they are young, coarser as they age, gone after 15 months.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from backtrail import SortedMap, field
from backtrail_aws.cloudwatch import limits
from backtrail_aws.cloudwatch.points import Point, merged

Points = SortedMap[int, Point]
"""Points by when they begin, in seconds since 1970."""

NO_UNIT = "None"


class Kept(msgspec.Struct, kw_only=True):
    """The points of one unit, by resolution: what is put stands in the first two, what ages moves on."""

    seconds: SortedMap[int, Point] = field(default_factory=SortedMap[int, Point])
    minutes: SortedMap[int, Point] = field(default_factory=SortedMap[int, Point])
    fives: SortedMap[int, Point] = field(default_factory=SortedMap[int, Point])
    hours: SortedMap[int, Point] = field(default_factory=SortedMap[int, Point])

    def tiers(self) -> tuple[Points, Points, Points, Points]:
        """From the finest to the coarsest."""
        return self.seconds, self.minutes, self.fives, self.hours


class Series(msgspec.Struct, kw_only=True):
    """A metric, with its data by unit. `last_s` is its newest data's time, `put_s` when data were put last, and
    `event` the record of that."""

    namespace: str
    name: str
    dimensions: dict[str, str] = {}
    units: dict[str, Kept] = {}
    last_s: int = 0
    put_s: int = 0
    event: str = ""


def key(namespace: str, name: str, dimensions: Mapping[str, str]) -> str:
    """What a metric is kept under: by namespace, then name, then dimensions."""
    told = "".join(f"\0{one}\1{dimensions[one]}" for one in sorted(dimensions))
    return f"{namespace}\0{name}{told}"


def add(series: Series, at_s: int, unit: str, point: Point, *, fine: bool, now_s: int) -> None:
    """Put a point, and let what has aged move on."""
    kept = series.units.get(unit)
    if kept is None:
        kept = series.units[unit] = Kept()
    if fine:
        _put(kept.seconds, at_s, point)
    else:
        _put(kept.minutes, at_s - at_s % limits.MINUTE, point)
    series.last_s = max(series.last_s, at_s)
    for finer, coarser, length, age in (
        (kept.seconds, kept.minutes, limits.MINUTE, limits.SECONDS_KEPT_S),
        (kept.minutes, kept.fives, limits.FIVE_MINUTES, limits.MINUTES_KEPT_S),
        (kept.fives, kept.hours, limits.HOUR, limits.FIVES_KEPT_S),
    ):
        for at, old in _aged(finer, now_s - age):
            _put(coarser, at - at % length, old)
    for _ in _aged(kept.hours, now_s - limits.HOURS_KEPT_S):
        pass


def _put(points: Points, at_s: int, point: Point) -> None:
    old = points.get(at_s)
    points[at_s] = point if old is None else merged((old, point))


def _aged(points: Points, before_s: int) -> Iterator[tuple[int, Point]]:
    while (first := points.first()) is not None and first < before_s:
        yield first, points.pop(first)


def windows(kept: Iterable[Kept], start_s: int, end_s: int, length_s: int) -> dict[int, Point]:
    """What the data come to in each window of a length from a start on, by when it begins; empty ones are not there."""
    found: dict[int, list[Point]] = {}
    for one in kept:
        for points in one.tiers():
            if not points:
                continue
            for at, point in points.items_from(start_s):
                if at >= end_s:
                    break
                found.setdefault(at - (at - start_s) % length_s, []).append(point)
    return {at: merged(found[at]) for at in sorted(found)}


def of_unit(series: Series | None, unit: str | None) -> list[Kept]:
    """The data of a unit, of all units where none is named."""
    if series is None:
        return []
    if unit is None:
        return list(series.units.values())
    return [series.units[unit]] if unit in series.units else []
