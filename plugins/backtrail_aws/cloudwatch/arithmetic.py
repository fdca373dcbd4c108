"""Metric math: what an expression comes to.

A value is a number, a series, or several series. Between two series, what one of them lacks the result lacks; between
several and anything else each is taken by itself. Comparisons give 1 and 0.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

import msgspec

from backtrail_aws.cloudwatch.expressions import Function, Many, Name, Node, Number, Operation, Text, Wrong

Points = dict[int, float]


class Line(msgspec.Struct, frozen=True):
    """A series of values by when their period begins, in rising order. `names` is what labels may be made of."""

    points: Points
    id: str = ""
    label: str = ""
    names: dict[str, str] = {}

    def holding(self, points: Points) -> Line:
        """The same with other values."""
        return msgspec.structs.replace(self, points=points)


class Word(msgspec.Struct, frozen=True):
    """A word or a text that a function is given."""

    value: str


Value = float | Line | list[Line] | Word


class Scope(msgspec.Struct):
    """What an expression may look at: the values of others by id, the grid that all stand on, and a search."""

    values: dict[str, Value]
    start_s: int
    end_s: int
    period_s: int
    search: Callable[[str, str, int], list[Line]]
    metrics: dict[str, Line] = {}

    def grid(self) -> range:
        """When the periods begin."""
        return range(self.start_s, self.end_s, self.period_s)


Called = Callable[[Scope, list[Value]], Value]


def evaluate(node: Node, scope: Scope, functions: dict[str, Called]) -> Value:
    """What a tree comes to. Raises `Wrong`, `NotHere`."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Text):
        return Word(node.value)
    if isinstance(node, Name):
        found = scope.values.get(node.value)
        if found is None:
            if node.value[:1].isupper():
                return Word(node.value)
            raise Wrong(f"Undefined variable {node.value}")
        return found
    if isinstance(node, Many):
        return [line for one in node.items for line in lines(evaluate(one, scope, functions))]
    if isinstance(node, Operation):
        left, right = (evaluate(side, scope, functions) for side in (node.left, node.right))
        return applied(_OPERATIONS[node.sign], left, right)
    return _called(node, scope, functions)


def _called(node: Function, scope: Scope, functions: dict[str, Called]) -> Value:
    function = functions.get(node.name)
    if function is None:
        raise Wrong(f"Unsupported function {node.name}")
    return function(scope, [evaluate(one, scope, functions) for one in node.given])


def lines(value: Value) -> list[Line]:
    """A value as series. Raises `Wrong` for what is none."""
    if isinstance(value, Line):
        return [value]
    if isinstance(value, list):
        return value
    raise Wrong("A time series is expected")


def applied(operation: Callable[[float, float], float | None], left: Value, right: Value) -> Value:
    """An operation between two values, point for point; where it has no result there is no point."""
    if isinstance(left, Word) or isinstance(right, Word):
        raise Wrong("A number or a time series is expected")
    if isinstance(left, list):
        if isinstance(right, list):
            raise Wrong("Two arrays of time series cannot be combined")
        return [one for line in left for one in lines(applied(operation, line, right))]
    if isinstance(right, list):
        return [one for line in right for one in lines(applied(operation, left, line))]
    if isinstance(left, Line):
        other = right.points if isinstance(right, Line) else None
        return left.holding(
            {
                at: result
                for at, value in left.points.items()
                if (side := right if other is None else other.get(at)) is not None
                and isinstance(side, float)
                and (result := operation(value, side)) is not None
            }
        )
    if isinstance(right, Line):
        return right.holding(
            {
                at: result
                for at, value in right.points.items()
                if (result := operation(left, value)) is not None
            }
        )
    made = operation(left, right)
    if made is None:
        raise Wrong("Division by zero")
    return made


def _divided(left: float, right: float) -> float | None:
    return left / right if right else None


def _powered(left: float, right: float) -> float | None:
    try:
        made = math.pow(left, right)
    except (OverflowError, ValueError):
        return None
    return made


def _flag(compare: Callable[[float, float], bool]) -> Callable[[float, float], float]:
    return lambda left, right: float(compare(left, right))


_OPERATIONS: dict[str, Callable[[float, float], float | None]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "^": _powered,
    "==": _flag(operator.eq),
    "!=": _flag(operator.ne),
    "<": _flag(operator.lt),
    ">": _flag(operator.gt),
    "<=": _flag(operator.le),
    ">=": _flag(operator.ge),
    "AND": _flag(lambda left, right: bool(left and right)),
    "OR": _flag(lambda left, right: bool(left or right)),
}
