"""Functions and aggregates of S3 Select.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference-sql-functions.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from backtrail import Refusal
from backtrail_aws.s3.select_values import Value, compare, number
from backtrail_aws.s3.select_words import refused

Function = Callable[[Sequence[Value]], Value]
AGGREGATES: Final = frozenset({"AVG", "COUNT", "MAX", "MIN", "SUM"})


class Aggregate:
    """What one aggregate has seen so far."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._count = 0
        self._total: int | float = 0
        self._best: Value = None

    def add(self, value: Value) -> None:
        """One more row's value; unknown values do not count."""
        if value is None:
            return
        self._count += 1
        if self.name in ("SUM", "AVG"):
            found = number(value)
            if found is None:
                raise refused(
                    "IncorrectSqlFunctionArgumentType",
                    f"Incorrect type of arguments in function {self.name}.",
                )
            self._total += found
        elif self.name in ("MIN", "MAX"):
            known = number(value)
            self._keep(value if known is None else known)

    def _keep(self, value: Value) -> None:
        order = compare(value, self._best)
        if self._best is None or (order is not None and order * (1 if self.name == "MAX" else -1) > 0):
            self._best = value

    def result(self) -> Value:
        """What came of it; unknown over no rows, but for COUNT."""
        if self.name == "COUNT":
            return self._count
        if self.name in ("MIN", "MAX"):
            return self._best
        if not self._count:
            return None
        return self._total if self.name == "SUM" else self._total / self._count


def _coalesce(values: Sequence[Value]) -> Value:
    return next((value for value in values if value is not None), None)


def _nullif(values: Sequence[Value]) -> Value:
    return None if compare(values[0], values[1]) == 0 else values[0]


def _of_text(apply: Callable[[str], Value]) -> Function:
    return lambda values: None if values[0] is None else apply(_string(values[0]))


def substring(value: Value, start: Value, length: Value = None) -> Value:
    """Letters from a place on, counted from 1; places before the first count, too."""
    first, most = number(start), number(length)
    if value is None or first is None:
        return None
    source = _string(value)
    begin = int(first) - 1
    end = len(source) if most is None else begin + int(most)
    return source[max(begin, 0) : max(end, 0)]


def trim(side: str, value: Value, letters: Value = " ") -> Value:
    """Text without letters at its ends."""
    if value is None or letters is None:
        return None
    source, cut = _string(value), _string(letters)
    if side == "LEADING":
        return source.lstrip(cut)
    return source.rstrip(cut) if side == "TRAILING" else source.strip(cut)


def _string(value: Value) -> str:
    if not isinstance(value, str):
        raise _wrong_type()
    return value


def _wrong_type() -> Refusal:
    return refused("IncorrectSqlFunctionArgumentType", "Incorrect type of arguments in function call.")


FUNCTIONS: Final[dict[str, tuple[int, int, Function]]] = {
    "CHAR_LENGTH": (1, 1, _of_text(len)),
    "CHARACTER_LENGTH": (1, 1, _of_text(len)),
    "COALESCE": (1, 99, _coalesce),
    "LOWER": (1, 1, _of_text(str.lower)),
    "NULLIF": (2, 2, _nullif),
    "SUBSTRING": (2, 3, lambda values: substring(*values)),
    "TRIM": (1, 1, lambda values: trim("BOTH", values[0])),
    "UPPER": (1, 1, _of_text(str.upper)),
}
"""By name: the least and the most arguments, and the function."""
