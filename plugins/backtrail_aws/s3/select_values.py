"""Values of S3 Select: how they compare, count, cast and match.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference-data-types.html and
s3-select-sql-reference-operators.html there. Fields of CSV are text; beside a number, text that is one counts as it.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

from backtrail import Refusal
from backtrail_aws.s3.select_words import refused

Value = bool | int | float | str | list["Value"] | dict[str, "Value"] | None
"""MISSING is None here: both are unknown to every comparison."""

_INT = re.compile(r"\s*[+-]?\d+\s*")


def number(value: Value) -> int | float | None:
    """A number, or text that is one; None for all else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str):
        return None
    if _INT.fullmatch(value):
        return int(value)
    try:
        found = float(value)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def compare(left: Value, right: Value) -> int | None:
    """-1, 0 or 1; None where one is unknown, or they are of kinds that do not compare."""
    if left is None or right is None:
        return None
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    if isinstance(left, bool) or isinstance(right, bool):
        one, two = boolean(left), boolean(right)
        return None if one is None or two is None else (one > two) - (one < two)
    first, second = number(left), number(right)
    if first is None or second is None:
        return 0 if left == right else None
    return (first > second) - (first < second)


def boolean(value: Value) -> bool | None:
    """A truth value, or text that is one."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return None


def arithmetic(sign: str, left: Value, right: Value) -> Value:
    """The result of an operator; unknown where an operand is."""
    if left is None or right is None:
        return None
    one, two = number(left), number(right)
    if one is None or two is None:
        raise refused("IncorrectSqlFunctionArgumentType", f"Incorrect type of arguments for operator {sign}.")
    if sign == "+":
        return one + two
    if sign == "-":
        return one - two
    if sign == "*":
        return one * two
    if two == 0:
        raise refused("DivisionByZero", "Division by zero.")
    if sign == "%":
        return (
            math.fmod(one, two)
            if isinstance(one, float) or isinstance(two, float)
            else int(math.fmod(one, two))
        )
    if isinstance(one, int) and isinstance(two, int):
        whole = abs(one) // abs(two)  # integers divide towards zero
        return whole if (one < 0) == (two < 0) else -whole
    return one / two


def cast(value: Value, kind: str) -> Value:
    """A value as another type. Refuses what cannot be one."""
    if value is None:
        return None
    if kind in ("INT", "INTEGER"):
        found = number(value if not isinstance(value, bool) else int(value))
        if found is None:
            raise _cast_failed(value, kind)
        return int(found)
    if kind in ("FLOAT", "DECIMAL", "NUMERIC"):
        found = number(value)
        if found is None:
            raise _cast_failed(value, kind)
        return float(found)
    if kind in ("BOOL", "BOOLEAN"):
        truth = bool(value) if isinstance(value, int | float) else boolean(value)
        if truth is None:
            raise _cast_failed(value, kind)
        return truth
    return text(value)


def text(value: Value) -> str:
    """A value as CSV and CAST write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"{value:.1f}"
    return str(value)


@lru_cache(maxsize=256)
def like(pattern: str, escape: str) -> re.Pattern[str]:
    """A LIKE pattern as one of Python's."""
    out: list[str] = []
    at = 0
    while at < len(pattern):
        letter = pattern[at]
        if escape and letter == escape and at + 1 < len(pattern):
            at += 1
            out.append(re.escape(pattern[at]))
        else:
            out.append({"%": ".*", "_": "."}.get(letter, re.escape(letter)))
        at += 1
    return re.compile("".join(out), re.DOTALL)


def _cast_failed(value: Value, kind: str) -> Refusal:
    return refused(
        "CastFailed",
        f"Attempt to convert from one data type to another using CAST failed: {value!r} to {kind}.",
    )
