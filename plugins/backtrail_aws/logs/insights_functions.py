"""The functions of queries.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html
"""

from __future__ import annotations

import math
from collections.abc import Callable

from backtrail_aws.logs.insights_fields import Moment, Value
from backtrail_aws.logs.insights_values import ceiling, floor, number, text

Function = Callable[[list[Value]], Value]

ANY = 1_000
"""As many arguments as one likes."""


def calculated(mark: str, one: Value, other: Value) -> Value:
    """`+ - * / % ^` of two numbers; None where one is none, or where there is no result."""
    left, right = number(one), number(other)
    if left is None or right is None:
        return None
    try:
        result = _ARITHMETIC[mark](left, right)
    except (ZeroDivisionError, OverflowError, ValueError):
        return None
    return result if isinstance(result, int | float) else None  # a root of a negative number is complex


_ARITHMETIC: dict[str, Callable[[float, float], object]] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "/": lambda one, other: one / other,
    "%": lambda one, other: math.fmod(one, other),
    "^": lambda one, other: float(one) ** other,
}


def _numeric(calculate: Callable[[float], float]) -> Function:
    def function(given: list[Value]) -> Value:
        value = number(given[0])
        try:
            return calculate(value) if value is not None else None
        except (ValueError, OverflowError):
            return None

    return function


def _most(choose: Callable[[list[float]], float]) -> Function:
    def function(given: list[Value]) -> Value:
        values = [value for value in map(number, given) if value is not None]
        return choose(values) if values else None

    return function


def _textual(change: Callable[[str], Value]) -> Function:
    return lambda given: None if given[0] is None else change(text(given[0]))


def _trimmed(left: bool, right: bool) -> Function:
    def function(given: list[Value]) -> Value:
        if given[0] is None:
            return None
        value, less = text(given[0]), text(given[1]) if len(given) > 1 else None
        if less is None:
            value = value.lstrip() if left else value
            return value.rstrip() if right else value
        value = value.removeprefix(less) if left else value
        return value.removesuffix(less) if right else value

    return function


def _part(given: list[Value]) -> Value:
    start, length = number(given[1]), number(given[2]) if len(given) > 2 else None
    if given[0] is None or start is None:
        return None
    begin = max(int(start), 0)
    return text(given[0])[begin : None if length is None else begin + max(int(length), 0)]


def _replaced(given: list[Value]) -> Value:
    if given[0] is None:
        return None
    what = text(given[1])
    return text(given[0]).replace(what, text(given[2])) if what else text(given[0])


def _rounded(round_to: Callable[[int, str], Moment]) -> Function:
    def function(given: list[Value]) -> Value:
        value = number(given[0])
        try:
            return round_to(int(value), text(given[1])) if value is not None else None
        except (OverflowError, ValueError):
            return None

    return function


def _blank(given: list[Value]) -> Value:
    return given[0] is None or not text(given[0]).strip()


def _moment(given: list[Value]) -> Value:
    value = number(given[0])
    return Moment(value) if value is not None else None


def _millis(given: list[Value]) -> Value:
    value = number(given[0])
    return int(value) if value is not None else None


FUNCTIONS: dict[str, tuple[Function, int, int]] = {
    "abs": (_numeric(abs), 1, 1),
    "ceil": (_numeric(math.ceil), 1, 1),
    "floor": (_numeric(math.floor), 1, 1),
    "greatest": (_most(max), 1, ANY),
    "least": (_most(min), 1, ANY),
    "log": (_numeric(math.log), 1, 1),
    "sqrt": (_numeric(math.sqrt), 1, 1),
    "ispresent": (lambda given: given[0] is not None, 1, 1),
    "coalesce": (lambda given: next((one for one in given if one is not None), None), 1, ANY),
    "isempty": (lambda given: given[0] is None or text(given[0]) == "", 1, 1),
    "isblank": (_blank, 1, 1),
    "concat": (lambda given: "".join("" if one is None else text(one) for one in given), 1, ANY),
    "ltrim": (_trimmed(True, False), 1, 2),
    "rtrim": (_trimmed(False, True), 1, 2),
    "trim": (_trimmed(True, True), 1, 2),
    "strlen": (_textual(len), 1, 1),
    "toupper": (_textual(str.upper), 1, 1),
    "tolower": (_textual(str.lower), 1, 1),
    "substr": (_part, 2, 3),
    "replace": (_replaced, 3, 3),
    "strcontains": (lambda given: int(given[0] is not None and text(given[1]) in text(given[0])), 2, 2),
    "datefloor": (_rounded(floor), 2, 2),
    "dateceil": (_rounded(ceiling), 2, 2),
    "bin": (_rounded(floor), 1, 1),  # the parser puts @timestamp before the period
    "frommillis": (_moment, 1, 1),
    "tomillis": (_millis, 1, 1),
}
"""By name in small letters: the function, and how many arguments it takes at least and at most."""
