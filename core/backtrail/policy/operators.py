"""How condition operators compare one value of the request with one of the policy.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache, partial
from typing import Final, NamedTuple, TypeVar

from backtrail.policy.patterns import STAR, Matcher, matcher

T = TypeVar("T")

Compare = Callable[[T, T], bool]
Read = Callable[[str], T | None]
Network = tuple[int, int, int]


class Operator(NamedTuple):
    """One operator: what its policy value (parsed by `patterns.parse`) matches.

    `negated` operators hold where nothing matches. `wild` values are patterns, `variables` may hold variables.
    """

    compile: Callable[[str], Matcher]
    negated: bool = False
    wild: bool = False
    variables: bool = False


def _never(text: str) -> bool:
    return False


# strings


def _same(value: str) -> Matcher:
    return value.__eq__


def _same_letters(value: str) -> Matcher:
    wanted = value.lower()
    return lambda text: text.lower() == wanted


# numbers and dates

_NUMBER = re.compile(r"[+-]?\d{1,60}(?:\.\d{1,60})?", re.ASCII)
_EPOCH = re.compile(r"\d{1,3}|\d{5,20}|\d{1,20}\.\d{1,9}", re.ASCII)
_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d))?)?)?", re.ASCII
)
"""https://www.w3.org/TR/NOTE-datetime: a year, a month, a day, or a time with its zone."""


@lru_cache(maxsize=4096)
def number(text: str) -> Decimal | None:
    """An integer or decimal value; None for what is none."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


@lru_cache(maxsize=4096)
def moment(text: str) -> Decimal | None:
    """A date or a time as seconds since 1970; None for what is none. Four digits are a year."""
    if _EPOCH.fullmatch(text):
        return Decimal(text)
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        whole = datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
        )  # fmt: skip
    except ValueError:
        return None
    seconds = Decimal(round((whole - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()))
    if zone and zone != "Z":
        ahead = int(zone[1:3]) * 3600 + int(zone[4:6]) * 60
        seconds -= ahead if zone[0] == "+" else -ahead
    return seconds + (Decimal(f"0.{fraction[:9]}") if fraction else 0)


def _ordered(read: Read[Decimal], compare: Compare[Decimal], value: str) -> Matcher:
    """What stands in this order to the policy's value; nothing does to what is no value."""
    wanted = read(value)
    if wanted is None:
        return _never

    def match(text: str) -> bool:
        found = read(text)
        return found is not None and compare(found, wanted)

    return match


# bytes and addresses


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _same_bytes(value: str) -> Matcher:
    wanted = _bytes(value)
    return _never if wanted is None else lambda text: _bytes(text) == wanted


@lru_cache(maxsize=4096)
def network(text: str) -> Network | None:
    """An address or a range: its version, its first and its last address as numbers; None for what is none."""
    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    return found.version, int(found.network_address), int(found.broadcast_address)


def _within(value: str) -> Matcher:
    """An address of the range; of a range all of it."""
    wanted = network(value)
    if wanted is None:
        return _never
    version, first, last = wanted

    def match(text: str) -> bool:
        found = network(text)
        return found is not None and found[0] == version and first <= found[1] and found[2] <= last

    return match


# ARNs


def _arn(value: str) -> Matcher:
    """Each of the six parts of an ARN is matched for itself, and each can have wildcards."""
    if value == STAR:
        return lambda text: text.count(":") >= 5
    parts = value.split(":", 5)
    if len(parts) < 6:
        return _never
    matchers = [matcher(part) for part in parts]

    def match(text: str) -> bool:
        found = text.split(":", 5)
        return len(found) == 6 and all(one(part) for one, part in zip(matchers, found, strict=True))

    return match


def _both(name: str, compile: Callable[[str], Matcher], **flags: bool) -> dict[str, Operator]:
    """An operator and its negation: `StringEquals`, `StringNotEquals`."""
    head = next(kind for kind in ("String", "Numeric", "Date", "Arn", "IpAddress") if name.startswith(kind))
    negation = "NotIpAddress" if head == "IpAddress" else f"{head}Not{name.removeprefix(head)}"
    return {name: Operator(compile, **flags), negation: Operator(compile, negated=True, **flags)}


def _compared(head: str, read: Read[Decimal]) -> dict[str, Operator]:
    made = _both(f"{head}Equals", partial(_ordered, read, operator.eq))
    for name, compare in (
        ("LessThan", operator.lt), ("LessThanEquals", operator.le),
        ("GreaterThan", operator.gt), ("GreaterThanEquals", operator.ge),
    ):  # fmt: skip
        made[f"{head}{name}"] = Operator(partial(_ordered, read, compare))
    return made


OPERATORS: Final[dict[str, Operator]] = {
    **_both("StringEquals", _same, variables=True),
    **_both("StringEqualsIgnoreCase", _same_letters, variables=True),
    **_both("StringLike", matcher, variables=True, wild=True),
    **_compared("Numeric", number),
    **_compared("Date", moment),
    "Bool": Operator(_same_letters, variables=True),
    "BinaryEquals": Operator(_same_bytes),
    **_both("IpAddress", _within),
    **_both("ArnEquals", _arn, variables=True, wild=True),
    **_both("ArnLike", _arn, variables=True, wild=True),
}
"""By name. That variables work with strings, ARNs and booleans is said on the operators' page, each in its place."""
