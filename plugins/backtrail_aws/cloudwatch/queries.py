"""Queries of data: metrics and expressions by their ids, on one grid of periods.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from backtrail import UnsetType, told
from backtrail_aws.cloudwatch import api, expressions, points, series
from backtrail_aws.cloudwatch.arithmetic import Line, Scope, Value, evaluate
from backtrail_aws.cloudwatch.expressions import Node, Wrong
from backtrail_aws.cloudwatch.functions import FUNCTIONS
from backtrail_aws.cloudwatch.series import Series
from backtrail_aws.cloudwatch.state import CloudWatch

_DEFAULT_PERIOD_S = 300


def dimensions(given: Sequence[api.Dimension] | UnsetType) -> dict[str, str]:
    """Dimensions as a map."""
    return {one.name: one.value for one in told(given, [])}


def key_of(metric: api.Metric) -> str:
    """What a metric is kept under."""
    return series.key(told(metric.namespace, ""), told(metric.metric_name, ""), dimensions(metric.dimensions))


def keys_of(queries: Sequence[api.MetricDataQuery]) -> list[str]:
    """The metrics that queries name, each once."""
    named = (one.metric_stat for one in queries)
    return list(dict.fromkeys(key_of(stat.metric) for stat in named if not isinstance(stat, UnsetType)))


def order(queries: Sequence[api.MetricDataQuery]) -> list[tuple[api.MetricDataQuery, Node | None]]:
    """Queries so that each comes after those that it names. Raises `Wrong`, `NotHere`."""
    by_id = {one.id: one for one in queries}
    trees = {one.id: expressions.parsed(one.expression) for one in queries if isinstance(one.expression, str)}
    done: dict[str, tuple[api.MetricDataQuery, Node | None]] = {}
    open_: set[str] = set()

    def visit(name: str) -> None:
        if name in done:
            return
        if name in open_:
            raise Wrong(f"{name} names itself")
        open_.add(name)
        tree = trees.get(name)
        for other in sorted(expressions.names(tree)) if tree is not None else ():
            if other not in by_id:
                raise Wrong(f"Undefined variable {other}")
            visit(other)
        done[name] = (by_id[name], tree)

    for one in queries:
        visit(one.id)
    return list(done.values())


def period_of(queries: Sequence[api.MetricDataQuery], default_s: int = _DEFAULT_PERIOD_S) -> int:
    """The coarsest period of queries: what their expressions stand on."""
    found = [one.metric_stat.period for one in queries if not isinstance(one.metric_stat, UnsetType)]
    found += [one.period for one in queries if isinstance(one.period, int)]
    return max(found, default=default_s)


def values(
    state: CloudWatch,
    queries: Sequence[api.MetricDataQuery],
    start_s: int,
    end_s: int,
    period_s: int | None = None,
) -> dict[str, Value]:
    """What queries come to, by id: metrics each in its own period, expressions in the coarsest; `period_s` is that of
    all. Raises `Wrong`, `NotHere`."""  # fmt: skip
    coarsest = period_s or period_of(queries)
    scope = Scope(
        values={}, start_s=start_s if period_s else start_s - start_s % coarsest, end_s=end_s, period_s=coarsest,
        search=lambda text, stat, length: search(state, text, stat, start_s, end_s, period_s or length),
    )  # fmt: skip
    for query, tree in order(queries):
        if tree is None:
            line = _metric(state, query, start_s, end_s, period_s)
            scope.values[query.id] = scope.metrics[query.id] = line
        else:
            scope.values[query.id] = evaluate(tree, scope, FUNCTIONS)
    return scope.values


def _metric(
    state: CloudWatch, query: api.MetricDataQuery, start_s: int, end_s: int, period_s: int | None
) -> Line:
    stat = query.metric_stat
    if isinstance(stat, UnsetType):
        raise Wrong(f"{query.id} has neither a metric nor an expression")
    key = key_of(stat.metric)
    unit = stat.unit if isinstance(stat.unit, str) else None
    return line_of(
        state.series.get(key), stat.stat, unit, start_s, end_s, period_s or stat.period,
        aligned=period_s is None, id=query.id, named=_named(stat.metric, stat.stat, stat.period),
    )  # fmt: skip


def _named(metric: api.Metric, stat: str, period_s: int) -> dict[str, str]:
    return {
        "MetricName": told(metric.metric_name, ""), "Namespace": told(metric.namespace, ""), "Stat": stat,
        "Period": str(period_s),
        **{f"Dim.{name}": value for name, value in dimensions(metric.dimensions).items()},
    }  # fmt: skip


def line_of(
    held: Series | None, stat: str, unit: str | None, start_s: int, end_s: int, period_s: int, *,
    aligned: bool, id: str = "", named: Mapping[str, str] | None = None,
) -> Line:  # fmt: skip
    """A statistic of a metric, period for period; `aligned` to multiples of the period."""
    start = start_s - start_s % period_s if aligned else start_s
    found = series.windows(series.of_unit(held, unit), start, end_s, period_s)
    names = dict(named or {})
    return Line(
        {at: value for at, point in found.items() if (value := points.statistic(point, stat)) is not None},
        id, names.get("MetricName", ""), names,
    )  # fmt: skip


_SCHEMA = re.compile(r"\s*\{([^}]*)\}(.*)", re.S)
_TERM = re.compile(r'(?:(?P<name>"[^"]+"|[\w.]+)\s*=\s*)?(?P<value>"[^"]*"|[^\s"]+)')


def search(state: CloudWatch, text: str, stat: str, start_s: int, end_s: int, period_s: int) -> list[Line]:
    """The series of SEARCH('{Namespace,Dimension} MetricName="x" word', ...): all terms must be met. Raises `Wrong`.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
    """
    schema = _SCHEMA.fullmatch(text)
    parts = [part.strip().strip('"') for part in schema[1].split(",")] if schema is not None else []
    terms = (schema[2] if schema is not None else text).replace("(", " ").replace(")", " ")
    if re.search(r"\b(OR|NOT)\b", terms):
        raise expressions.NotHere("SEARCH with OR and NOT")
    wanted = [(found["name"], found["value"]) for found in _TERM.finditer(terms) if found["value"] != "AND"]
    lines: list[Line] = []
    for one in state.series.values():
        if parts and (one.namespace != parts[0] or set(one.dimensions) != set(parts[1:])):
            continue
        if all(_meets(one, name and name.strip('"'), value) for name, value in wanted):
            metric = api.Metric(
                namespace=one.namespace, metric_name=one.name,
                dimensions=[api.Dimension(name=name, value=held) for name, held in one.dimensions.items()],
            )  # fmt: skip
            named = _named(metric, stat, period_s)
            lines.append(line_of(one, stat, None, start_s, end_s, period_s, aligned=True, named=named))
    return [line for line in lines if line.points]


def _meets(one: Series, name: str | None, value: str) -> bool:
    """A quoted value must be there whole, another as a part, whatever the case."""
    where = {"MetricName": one.name, "Namespace": one.namespace, **one.dimensions}
    held = [where[name]] if name is not None and name in where else [] if name else [*where, *where.values()]
    if value.startswith('"'):
        return value.strip('"') in held
    return any(value.lower() in text.lower() for text in held)
