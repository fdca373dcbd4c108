"""The functions of metric math.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Iterable
from datetime import datetime

from backtrail_aws.cloudwatch.arithmetic import Called, Line, Points, Scope, Value, Word, applied, lines
from backtrail_aws.cloudwatch.expressions import NotHere, Wrong
from backtrail_aws.cloudwatch.state import moment


def _each(function: Callable[[float], float | None]) -> Called:
    """What is done to each value by itself."""

    def called(_: Scope, given: list[Value]) -> Value:
        (value,) = _exactly(given, 1)
        return applied(lambda left, _: function(left), value, 0.0)

    return called


def _over(function: Callable[[list[float]], float | None]) -> Called:
    """One series to a number, several to one series."""

    def called(scope: Scope, given: list[Value]) -> Value:
        if len(given) == 1 and isinstance(given[0], Line):
            made = function(list(given[0].points.values())) if given[0].points else None
            return made if made is not None else Line({}, given[0].id, given[0].label)
        together = [line for value in given for line in lines(value)]
        return Line(_across(together, function))

    return called


def _across(held: list[Line], function: Callable[[list[float]], float | None]) -> Points:
    found: dict[int, list[float]] = {}
    for line in held:
        for at, value in line.points.items():
            found.setdefault(at, []).append(value)
    return {at: made for at in sorted(found) if (made := function(found[at])) is not None}


def _lined(function: Callable[[Scope, Line], Points]) -> Called:
    """What is done to each series by itself."""

    def called(scope: Scope, given: list[Value]) -> Value:
        (value,) = _exactly(given, 1)
        made = [line.holding(function(scope, line)) for line in lines(value)]
        return made if isinstance(value, list) else made[0]

    return called


def _exactly(given: list[Value], count: int) -> list[Value]:
    if len(given) != count:
        raise Wrong(f"{count} operands are expected")
    return given


def _changes(line: Line, change: Callable[[int, float], float]) -> Points:
    pairs = list(line.points.items())
    return {
        at: change(at - before, value - old) for (before, old), (at, value) in itertools.pairwise(pairs)
    }  # fmt: skip


def _running(_: Scope, line: Line) -> Points:
    total, found = 0.0, Points()
    for at, value in line.points.items():
        total += value
        found[at] = total
    return found


def _fill(scope: Scope, given: list[Value]) -> Value:
    """FILL(m, 0 | REPEAT | LINEAR)"""
    value, how = _exactly(given, 2)
    made = [line.holding(_filled(scope, line, how)) for line in lines(value)]
    return made if isinstance(value, list) else made[0]


def _filled(scope: Scope, line: Line, how: Value) -> Points:
    held, found = line.points, Points()
    known = sorted(held)
    last: float | None = None
    for at in scope.grid():
        value: float | None = held.get(at)
        if value is None and isinstance(how, Word):
            value = last if how.value == "REPEAT" else _between(held, known, at)
        elif value is None and isinstance(how, Line):
            value = how.points.get(at)
        elif value is None and isinstance(how, float):
            value = how
        if value is not None:
            found[at] = last = value
    return found


def _between(held: Points, known: list[int], at: int) -> float | None:
    before = max((one for one in known if one < at), default=None)
    after = min((one for one in known if one > at), default=None)
    if before is None or after is None:
        return None
    return held[before] + (held[after] - held[before]) * (at - before) / (after - before)


def _if(scope: Scope, given: list[Value]) -> Value:
    """IF(condition, then[, else])"""
    if len(given) not in (2, 3):
        raise Wrong("IF has two or three operands")
    condition, then = given[0], given[1]
    other = given[2] if len(given) == 3 else None
    if isinstance(condition, float):
        chosen = then if condition else other
        return chosen if chosen is not None else Line({})
    made = [line.holding(_chosen(line, then, other)) for line in lines(condition)]
    return made if isinstance(condition, list) else made[0]


def _chosen(condition: Line, then: Value, other: Value | None) -> Points:
    found = Points()
    for at, value in condition.points.items():
        side = then if value else other
        taken = side if isinstance(side, float) else side.points.get(at) if isinstance(side, Line) else None
        if taken is not None:
            found[at] = taken
    return found


def _metrics(scope: Scope, given: list[Value]) -> Value:
    """METRICS() and METRICS("part of an id")"""
    part = given[0].value if given and isinstance(given[0], Word) else ""
    return [line for name, line in scope.metrics.items() if part in name]


def _count(_: Scope, given: list[Value]) -> Value:
    return float(len(lines(_exactly(given, 1)[0])))


def _series(scope: Scope, given: list[Value]) -> Value:
    """TIME_SERIES(n)"""
    (value,) = _exactly(given, 1)
    if not isinstance(value, float):
        raise Wrong("TIME_SERIES takes a number")
    return Line(dict.fromkeys(scope.grid(), value))


def _period(scope: Scope, given: list[Value]) -> Value:
    return float(scope.period_s)


def _not_empty(_: Scope, given: list[Value]) -> Value:
    return [line for line in lines(_exactly(given, 1)[0]) if line.points]


def _slice(_: Scope, given: list[Value]) -> Value:
    """SLICE(several, start[, end])"""
    bounds = [int(one) for one in given[1:] if isinstance(one, float)]
    if not given or len(bounds) not in (1, 2):
        raise Wrong("SLICE takes an array and one or two numbers")
    held = lines(given[0])
    return held[bounds[0] : bounds[1]] if len(bounds) == 2 else held[bounds[0]]


_ORDERS: dict[str, Callable[[list[float]], float]] = {
    "AVG": statistics.fmean,
    "MIN": min,
    "MAX": max,
    "SUM": math.fsum,
}


def _sort(_: Scope, given: list[Value]) -> Value:
    """SORT(several, AVG | MIN | MAX | SUM, ASC | DESC[, n])"""
    words = [one.value.upper() for one in given[1:3] if isinstance(one, Word)]
    if len(words) != 2 or words[0] not in _ORDERS:
        raise Wrong("SORT takes an array, a function and an order")
    by = _ORDERS[words[0]]
    found = sorted(
        lines(given[0]),
        key=lambda line: by(list(line.points.values())) if line.points else -math.inf,
        reverse=words[1] == "DESC",
    )
    most = given[3] if len(given) > 3 else None
    return found[: int(most)] if isinstance(most, float) else found


def _search(scope: Scope, given: list[Value]) -> Value:
    """SEARCH('{Namespace,Dimension} words', 'Statistic'[, period])"""
    if len(given) < 2 or not isinstance(given[0], Word) or not isinstance(given[1], Word):
        raise Wrong("SEARCH takes a search, a statistic and a period")
    period = given[2] if len(given) > 2 else 300.0
    return scope.search(given[0].value, given[1].value, int(period) if isinstance(period, float) else 300)


def _dated(part: Callable[[datetime], float]) -> Called:
    return _lined(lambda _, line: {at: part(moment(at)) for at in line.points})


def _deviation(values: list[float]) -> float | None:
    return statistics.pstdev(values)


def _ends(index: int) -> Called:
    def called(_: Scope, given: list[Value]) -> Value:
        (value,) = _exactly(given, 1)
        if isinstance(value, list):
            return value[index] if value else Line({})
        values = list(lines(value)[0].points.values())
        return values[index] if values else Line({})

    return called


def _log(base: Callable[[float], float]) -> Callable[[float], float | None]:
    return lambda value: base(value) if value > 0 else None


def _not_here(names: Iterable[str]) -> dict[str, Called]:
    def refusing(name: str) -> Called:
        def called(_: Scope, given: list[Value]) -> Value:
            raise NotHere(name)

        return called

    return {name: refusing(name) for name in names}


FUNCTIONS: dict[str, Called] = {
    "ABS": _each(abs),
    "AVG": _over(statistics.fmean),
    "CEIL": _each(lambda value: float(math.ceil(value))),
    "DATAPOINT_COUNT": _over(lambda values: float(len(values))),
    "DATE": _dated(lambda time: float(time.day)),
    "DAY": _dated(lambda time: float(time.isoweekday())),
    "DIFF": _lined(lambda _, line: _changes(line, lambda _, change: change)),
    "DIFF_TIME": _lined(lambda _, line: _changes(line, lambda seconds, _: float(seconds))),
    "EPOCH": _lined(lambda _, line: {at: float(at) for at in line.points}),
    "FILL": _fill,
    "FIRST": _ends(0),
    "FLOOR": _each(lambda value: float(math.floor(value))),
    "HOUR": _dated(lambda time: float(time.hour)),
    "IF": _if,
    "LAST": _ends(-1),
    "LOG": _each(_log(math.log)),
    "LOG10": _each(_log(math.log10)),
    "MAX": _over(max),
    "METRIC_COUNT": _count,
    "METRICS": _metrics,
    "MIN": _over(min),
    "MINUTE": _dated(lambda time: float(time.minute)),
    "MONTH": _dated(lambda time: float(time.month)),
    "PERIOD": _period,
    "RATE": _lined(lambda _, line: _changes(line, lambda seconds, change: change / seconds)),
    "REMOVE_EMPTY": _not_empty,
    "RUNNING_SUM": _lined(_running),
    "SEARCH": _search,
    "SLICE": _slice,
    "SORT": _sort,
    "STDDEV": _over(_deviation),
    "SUM": _over(math.fsum),
    "TIME_SERIES": _series,
    "YEAR": _dated(lambda time: float(time.year)),
    **_not_here(
        ("ANOMALY_DETECTION_BAND", "DB_PERF_INSIGHTS", "INSIGHT_RULE_METRIC", "LAMBDA", "SERVICE_QUOTA")
    ),
}
