"""One condition of a filter policy: a value, or an operator on it.

https://docs.aws.amazon.com/sns/latest/dg/string-value-matching.html; there, too: numeric-value-matching.html,
attribute-key-matching.html
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable

from backtrail_aws.sns import documents, limits
from backtrail_aws.sns.documents import Json

Test = Callable[[bool, Json], bool]
"""Whether a value (is there, and what it is) passes."""

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_LOWER, _UPPER = (">", ">="), ("<", "<=")
_WILDCARDS_MAX = 5
"""Wildcards in one pattern are few; AWS counts their complexity, which nothing public defines."""


class BadPolicy(ValueError):
    """A filter policy breaks its rules; the text says which, in the words that follow `FilterPolicy: `."""


def compiled(condition: Json) -> Test:
    """The test of one condition. Raises `BadPolicy`."""
    if documents.is_map(condition):
        return _operated(condition)
    if documents.is_list(condition):
        # evidence: guess
        raise BadPolicy("Match value must be String, number, true, false, or null")
    if documents.is_number(condition):
        _check_number(condition)
    return _equals(condition)


def _equals(wanted: Json) -> Test:
    return lambda there, value: there and same(value, wanted)


def same(value: Json, wanted: Json) -> bool:
    """Whether two JSON values are equal; numbers to the five digits that AWS compares."""
    if documents.is_number(value) and documents.is_number(wanted):
        return round(float(value), 5) == round(float(wanted), 5)
    return type(value) is type(wanted) and value == wanted


def _operated(condition: dict[str, Json]) -> Test:
    if len(condition) != 1:
        # evidence: guess
        raise BadPolicy("Only one key allowed in match expression")
    ((name, operand),) = condition.items()
    make = _OPERATORS.get(name)
    if make is None:
        # evidence: guess
        raise BadPolicy(f"Unrecognized match type {name}")
    return make(operand)


def _exists(operand: Json) -> Test:
    if not isinstance(operand, bool):
        # evidence: guess
        raise BadPolicy("exists match pattern must be either true or false.")
    return lambda there, value: there is operand


def _text(name: str, operand: Json) -> str:
    if not isinstance(operand, str) or not operand:
        # evidence: guess
        raise BadPolicy(f"{name} match pattern must be a string")
    return operand


def _prefix(operand: Json) -> Test:
    wanted = _text("prefix", operand)
    return lambda there, value: isinstance(value, str) and value.startswith(wanted)


def _suffix(operand: Json) -> Test:
    wanted = _text("suffix", operand)
    return lambda there, value: isinstance(value, str) and value.endswith(wanted)


def _ignoring_case(operand: Json) -> Test:
    wanted = _text("equals-ignore-case", operand).casefold()
    return lambda there, value: isinstance(value, str) and value.casefold() == wanted


def _wildcard(operand: Json) -> Test:
    wanted = _text("wildcard", operand)
    if "**" in wanted or wanted.count("*") > _WILDCARDS_MAX:
        # evidence: guess
        raise BadPolicy("Consecutive or too many wildcard characters")
    pattern = re.compile(".*".join(map(re.escape, wanted.split("*"))), re.DOTALL)
    return lambda there, value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _cidr(operand: Json) -> Test:
    try:
        network = ipaddress.ip_network(_text("cidr", operand), strict=False)
    except ValueError as error:
        # evidence: guess
        raise BadPolicy("Malformed CIDR") from error

    def test(there: bool, value: Json) -> bool:
        try:
            return isinstance(value, str) and ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return test


def _numeric(operand: Json) -> Test:
    """`["=", 1]`, `[">", 1]`, `[">", 1, "<=", 9]`."""
    # evidence of all words: guess
    if not documents.is_list(operand) or not operand:
        raise BadPolicy("Value of numeric must be an array.")
    bounds: list[tuple[Callable[[float, float], bool], float]] = []
    names = operand[::2]
    for place, name in enumerate(names):
        if not isinstance(name, str) or name not in _COMPARE:
            raise BadPolicy(f"Unrecognized numeric range operator: {name}")
        wanted = operand[place * 2 + 1] if place * 2 + 1 < len(operand) else None
        if not documents.is_number(wanted):
            raise BadPolicy(f"Value of {name} must be numeric")
        _check_number(wanted)
        bounds.append((_COMPARE[name], round(float(wanted), 5)))
    if len(names) > 2 or (len(names) == 2 and not (names[0] in _LOWER and names[1] in _UPPER)):
        raise BadPolicy(
            "Too many elements in numeric expression" if len(names) > 2 else "Bad numeric range operator"
        )
    if len(bounds) == 2 and bounds[0][1] >= bounds[1][1]:
        raise BadPolicy("Bottom must be less than top")

    def test(there: bool, value: Json) -> bool:
        if not documents.is_number(value):
            return False
        number = round(float(value), 5)
        return all(compare(number, bound) for compare, bound in bounds)

    return test


def _check_number(value: float) -> None:
    if not -limits.FILTER_NUMBER_MAX <= value <= limits.FILTER_NUMBER_MAX:
        # evidence: guess
        raise BadPolicy(f"Value must be between {-limits.FILTER_NUMBER_MAX} and {limits.FILTER_NUMBER_MAX}")


def _anything_but(operand: Json) -> Test:
    """A value that is there and is none of these; or none with this prefix, suffix or pattern."""
    if documents.is_map(operand):
        if len(operand) != 1 or next(iter(operand)) not in _NEGATABLE:
            # evidence: guess
            raise BadPolicy("Unsupported anything-but pattern")
        ((name, inner),) = operand.items()
        several = inner if documents.is_list(inner) else [inner]
        tests = [_OPERATORS[name](one) for one in several]
        return lambda there, value: there and not any(test(True, value) for test in tests)
    wanted = operand if documents.is_list(operand) else [operand]
    if not wanted or not all(
        isinstance(one, str | int | float) and not isinstance(one, bool) for one in wanted
    ):
        # evidence: guess
        raise BadPolicy("Value of anything-but must be a string, a number, or an array of them.")
    return lambda there, value: there and not any(same(value, one) for one in wanted)


_NEGATABLE = frozenset({"prefix", "suffix", "equals-ignore-case", "wildcard"})
_OPERATORS: dict[str, Callable[[Json], Test]] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    "equals-ignore-case": _ignoring_case,
    "exists": _exists,
    "numeric": _numeric,
    "prefix": _prefix,
    "suffix": _suffix,
    "wildcard": _wildcard,
}
