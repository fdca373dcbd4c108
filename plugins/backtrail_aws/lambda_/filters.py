"""Filter criteria: which records of an event source a function is invoked for.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html; a pattern is EventBridge's:
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from __future__ import annotations

import ipaddress
import operator
from collections.abc import Callable
from fnmatch import translate
from re import compile as compiled
from typing import Any, TypeGuard

import msgspec

from backtrail import UnsetType, told
from backtrail_aws.lambda_ import errors, limits
from backtrail_aws.lambda_.api import FilterCriteria

Json = dict[str, Any]
_ABSENT = object()
_SIGNS: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def check(criteria: FilterCriteria | UnsetType) -> None:
    """Refuse patterns that are none."""
    if isinstance(criteria, UnsetType):
        return
    filters = told(criteria.filters, [])
    # evidence: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html; words: guess
    if len(filters) > limits.FILTERS_MAX:
        raise errors.invalid(f"Number of filters is larger than the maximum of {limits.FILTERS_MAX}.")
    for one in filters:
        if not _is_pattern(_read(told(one.pattern, ""))):
            # evidence: model; words: guess
            raise errors.invalid("Invalid filter pattern definition.")


def takes(criteria: FilterCriteria | UnsetType, record: Json) -> bool:
    """Whether a record is wanted: by one filter of several, or by nobody having set any."""
    filters = told(criteria.filters, []) if not isinstance(criteria, UnsetType) else []
    return not filters or any(_fits(_read(told(one.pattern, "")), record) for one in filters)


def _fits(pattern: Any, record: Json) -> bool:
    """A pattern on the body is held against its JSON where the pattern is one of JSON, else against its text."""
    if not _is_map(pattern):
        return False
    body = record.get("body")
    if _is_map(pattern.get("body")) and isinstance(body, str):
        decoded = _read(body.encode())
        if not _is_map(decoded):
            return False
        record = {**record, "body": decoded}
    return matches(pattern, record)


def matches(pattern: Json, value: Any) -> bool:
    """Whether a value has all that a pattern wants of it."""
    for key, wanted in pattern.items():
        if key == "$or":
            if not any(_is_map(one) and matches(one, value) for one in wanted):
                return False
            continue
        held = value.get(key, _ABSENT) if _is_map(value) else _ABSENT
        if _is_map(wanted):
            if not matches(wanted, held):
                return False
        elif not any(_meets(test, held) for test in wanted):
            return False
    return True


def _meets(test: Any, held: Any) -> bool:
    if _is_list(held):
        return any(_meets(test, one) for one in held)
    if not _is_map(test):
        same = type(held) is type(test) and bool(held == test)
        return same or _equal_numbers(test, held)
    return all(_operator(name, argument, held) for name, argument in test.items())


def _operator(name: str, argument: Any, held: Any) -> bool:
    if name == "exists":
        return bool((held is not _ABSENT) == argument)
    if held is _ABSENT:
        return False
    if name == "anything-but":
        return not _any_of(argument, held)
    if name == "numeric":
        return _is_number(held) and _numeric(argument, held)
    if not isinstance(held, str):
        return False
    if name in ("prefix", "suffix"):
        return _affix(name, argument, held)
    if name == "equals-ignore-case":
        return held.lower() == str(argument).lower()
    if name == "wildcard":
        return (
            compiled(translate(str(argument).replace("[", "[[]").replace("?", "[?]"))).match(held) is not None
        )
    return name == "cidr" and _within(str(argument), held)


def _any_of(argument: Any, held: Any) -> bool:
    if _is_map(argument):
        return all(
            any(_operator(name, one, held) for one in (inner if _is_list(inner) else [inner]))
            for name, inner in argument.items()
        )
    return held in (argument if _is_list(argument) else [argument])


def _affix(name: str, argument: Any, held: str) -> bool:
    if _is_map(argument):
        argument, held = str(argument.get("equals-ignore-case", "")).lower(), held.lower()
    return held.startswith(str(argument)) if name == "prefix" else held.endswith(str(argument))


def _numeric(argument: Any, held: float) -> bool:
    tests = list(zip(argument[::2], argument[1::2], strict=False))
    return bool(tests) and all(sign in _SIGNS and _SIGNS[sign](held, bound) for sign, bound in tests)


def _within(network: str, held: str) -> bool:
    try:
        return ipaddress.ip_address(held) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _equal_numbers(test: Any, held: Any) -> bool:
    return _is_number(test) and _is_number(held) and test == held


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_pattern(value: Any) -> bool:
    if not _is_map(value) or not value:
        return False
    return all((_is_list(one) and bool(one)) or _is_pattern(one) for one in value.values())


def _is_map(value: Any) -> TypeGuard[Json]:
    return isinstance(value, dict)


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _read(text: str | bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
