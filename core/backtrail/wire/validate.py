"""A model's constraints on parameters, and AWS's words for what breaks them.

Compiled once per shape and payload type. Which services answer so, and with which code, is `_STYLES`; what a
service does not check by its model (EC2, S3, SQS) its plugin decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from msgspec import UNSET

from backtrail import model as models
from backtrail.blob import Blob
from backtrail.model import Member, Model, Operation, Shape
from backtrail.trail.casing import lower_first
from backtrail.wire import binding, patterns
from backtrail.wire.binding import Kind
from backtrail.wire.errors import WireError

Check = Callable[[Any, str, list["Violation"]], None]

MAX_PATTERN_LENGTH = 16_384
"""Longer values are held against their lengths alone."""
MAX_SHOWN = 2_048
"""As much of a value is shown in a message."""


class Violation(msgspec.Struct, frozen=True):
    """One constraint that one member breaks. `value` is None where there is none, and where it is secret."""

    path: str
    constraint: str
    value: str | None = None
    missing: bool = False

    def __str__(self) -> str:
        shown = "Value null" if self.missing else "Value" if self.value is None else f"Value '{self.value}'"
        return f"{shown} at '{self.path}' failed to satisfy constraint: {self.constraint}"


class _Style(msgspec.Struct, frozen=True):
    """How a service refuses: the code for violations; the code and words for a parameter that is missing."""

    code: str = "ValidationException"
    missing: str = ""
    words: str = "The request must contain the parameter {}"
    by_model: bool = True
    left: frozenset[str] = frozenset()  # members of which the plugin complains, in other words


_STYLES = {
    "cloudfront": _Style(code="InvalidArgument"),
    "ec2": _Style(missing="MissingParameter", by_model=False),
    "ecs": _Style(code="InvalidParameterException"),
    "elasticache": _Style(code="ValidationError", missing="MissingParameter"),
    "elasticbeanstalk": _Style(code="ValidationError", missing="MissingParameter"),
    "lambda": _Style(left=frozenset({"runtime"})),
    "logs": _Style(code="InvalidParameterException"),
    "neptune": _Style(code="ValidationError", missing="MissingParameter"),
    "docdb": _Style(code="ValidationError", missing="MissingParameter"),
    "rds": _Style(code="ValidationError", missing="MissingParameter"),
    "redshift": _Style(code="ValidationError", missing="MissingParameter"),
    "route53": _Style(code="InvalidInput"),
    "s3": _Style(missing="InvalidRequest", words="Missing required parameter: {}", by_model=False),
    "sqs": _Style(
        missing="MissingParameter", words="The request must contain the parameter {}.", by_model=False
    ),
}
_BY_PROTOCOL = {"query": _Style(code="ValidationError")}


def violations(service: str, operation: Operation, params: object) -> list[Violation]:
    """What a call's parameters (a payload or a plain dict) break of the model, in the model's order."""
    if operation.input is None:
        return []
    kind = type(params) if isinstance(params, msgspec.Struct) else None
    found: list[Violation] = []
    check = _checker(service, operation.input.shape, kind)
    if check is not None:
        check(params, "", found)
    return found


def error_of(service: str, operation: Operation, params: object, *, protocol: str = "") -> WireError | None:
    """The refusal of a service that checks by its model, in its words; None where nothing is wrong."""
    found = violations(service, operation, params)
    if not found:
        return None
    style = _STYLES.get(service) or _BY_PROTOCOL.get(protocol) or _Style()
    found = [violation for violation in found if violation.path not in style.left]
    missing = next((violation for violation in found if violation.missing), None)
    if missing is not None and style.missing:
        return WireError(style.missing, style.words.format(_api_name(missing.path)))
    if not style.by_model or not found:
        return None
    return WireError(style.code, message(found))


def message(found: Iterable[Violation]) -> str:
    """`1 validation error detected: Value … at … failed to satisfy constraint: …`."""
    texts = [str(violation) for violation in found]
    plural = "s" if len(texts) != 1 else ""
    return f"{len(texts)} validation error{plural} detected: {'; '.join(texts)}"


def _api_name(path: str) -> str:
    return path[:1].upper() + path[1:]


def forget() -> None:
    """Compile all checks anew: a model has changed."""
    _checker.cache_clear()


@cache
def _checker(service: str, shape: str, kind: Kind) -> Check | None:
    return _Compiler(models.load(service)).structure(shape, kind)


class _Compiler:
    def __init__(self, model: Model) -> None:
        self.model = model
        self._structures: dict[tuple[str, Kind], Check | None] = {}

    def structure(self, name: str, kind: Kind) -> Check | None:
        """Checks a structure's members; None where none has a constraint."""
        key = (name, kind)
        if key in self._structures:
            return self._structures[key]

        def again(value: Any, path: str, found: list[Violation]) -> None:
            check = self._structures[key]
            if check is not None and check is not again:
                check(value, path, found)

        self._structures[key] = again
        shape = self.model.shapes[name]
        slots = [
            (
                binding.getter(kind, field.key),
                lower_first(field.member_name),
                field.member_name in shape.required,
                self.member(field.member, field.hint),
            )
            for field in binding.fields(self.model, shape, kind)
        ]
        slots = [slot for slot in slots if slot[2] or slot[3] is not None]
        self._structures[key] = check = _structure_check(slots) if slots else None
        return check

    def member(self, member: Member, hint: object) -> Check | None:
        """Checks a value of a member's shape."""
        shape = self.model.shapes[member.shape]
        if shape.type == "structure":
            return self.structure(member.shape, binding.kind_of(hint))
        own = _own_constraints(shape)
        show = _hidden if shape.sensitive else _shown
        if shape.type == "list" and shape.member is not None:
            return self._list(shape, shape.member, own, show, hint)
        if shape.type == "map" and shape.key is not None and shape.value is not None:
            return self._map(shape, own, show, hint)
        return _scalar_check(own, show) if own else None

    def _list(self, shape: Shape, item: Member, own: list[Test], show: Show, hint: object) -> Check | None:
        inner = self.model.shapes[item.shape]
        if inner.type in ("structure", "list", "map"):
            each = self.member(item, binding.item_of(hint))
            return _items_check(own, show, each) if own or each is not None else None
        inner_tests = _own_constraints(inner)
        return _elements_check(own, show, inner_tests) if own or inner_tests else None

    def _map(self, shape: Shape, own: list[Test], show: Show, hint: object) -> Check | None:
        assert shape.key is not None and shape.value is not None
        keys = _own_constraints(self.model.shapes[shape.key.shape])
        inner = self.model.shapes[shape.value.shape]
        nested = inner.type in ("structure", "list", "map")
        values = [] if nested else _own_constraints(inner)
        each = self.member(shape.value, binding.item_of(hint)) if nested else None
        return (
            _entries_check(own, show, keys, values, each)
            if own or keys or values or each is not None
            else None
        )


Test = tuple[Callable[[Any], bool], str]
"""Whether a value passes, and AWS's words for the constraint."""
Show = Callable[[Any], str | None]
Slots = list[tuple[Callable[[Any], object], str, bool, Check | None]]


def _structure_check(slots: Slots) -> Check:
    def check(value: Any, path: str, found: list[Violation]) -> None:
        for get, name, required, inner_check in slots:
            inner = get(value)
            if inner is UNSET or inner is None:
                if required:
                    found.append(Violation(path + name, "Member must not be null", missing=True))
            elif inner_check is not None:
                inner_check(inner, path + name, found)

    def nested(value: Any, path: str, found: list[Violation]) -> None:
        check(value, f"{path}." if path else "", found)

    return nested


def _scalar_check(tests: list[Test], show: Show) -> Check:
    def check(value: Any, path: str, found: list[Violation]) -> None:
        for passes, words in tests:
            if not passes(value):
                found.append(Violation(path, words, show(value)))

    return check


def _items_check(tests: list[Test], show: Show, each: Check | None) -> Check:
    own = _scalar_check(tests, show)

    def check(value: Any, path: str, found: list[Violation]) -> None:
        own(value, path, found)
        if each is not None:
            for place, item in enumerate(value, 1):
                each(item, f"{path}.{place}.member", found)

    return check


def _elements_check(tests: list[Test], show: Show, inner: list[Test]) -> Check:
    own = _scalar_check(tests, show)
    words = f"Member must satisfy constraint: [{', '.join(text for _, text in inner)}]"

    def check(value: Any, path: str, found: list[Violation]) -> None:
        own(value, path, found)
        if inner and not all(passes(item) for item in value for passes, _ in inner):
            found.append(Violation(path, words, show(value)))

    return check


def _entries_check(
    tests: list[Test], show: Show, keys: list[Test], values: list[Test], each: Check | None
) -> Check:
    own = _scalar_check(tests, show)
    key_words = f"Map keys must satisfy constraint: [{', '.join(text for _, text in keys)}]"
    value_words = f"Map value must satisfy constraint: [{', '.join(text for _, text in values)}]"

    def check(value: Any, path: str, found: list[Violation]) -> None:
        own(value, path, found)
        if keys and not all(passes(key) for key in value for passes, _ in keys):
            found.append(Violation(path, key_words, show(value)))
        if values and not all(passes(item) for item in value.values() for passes, _ in values):
            found.append(Violation(path, value_words, show(value)))
        if each is not None:
            for key, item in value.items():
                each(item, f"{path}.{key}.member", found)

    return check


def _own_constraints(shape: Shape) -> list[Test]:
    """A shape's constraints in the order of AWS's messages: length or value, pattern, enum."""
    tests: list[Test] = []
    if shape.type in ("string", "blob", "list", "map"):
        tests += _length_tests(shape)
    elif shape.type in ("integer", "long", "float", "double", "short", "byte", "bigdecimal"):
        tests += _value_tests(shape)
    if shape.type == "string" and shape.pattern is not None:
        pattern = patterns.compiled(shape.pattern)
        if pattern is not None:
            words = f"Member must satisfy regular expression pattern: {shape.pattern}"
            tests.append((_matches(pattern), words))
    if shape.type == "string" and shape.enum:
        tests.append(
            (
                frozenset(shape.enum).__contains__,
                f"Member must satisfy enum value set: [{', '.join(shape.enum)}]",
            )
        )
    return tests


def _length_tests(shape: Shape) -> list[Test]:
    least, most = shape.min, shape.max
    tests: list[Test] = []
    if least:
        tests.append(
            (_at_least(int(least)), f"Member must have length greater than or equal to {int(least)}")
        )
    if most is not None:
        tests.append((_at_most(int(most)), f"Member must have length less than or equal to {int(most)}"))
    return tests


def _value_tests(shape: Shape) -> list[Test]:
    least, most = shape.min, shape.max
    tests: list[Test] = []
    if least is not None:
        tests.append((_no_less(least), f"Member must have value greater than or equal to {_number(least)}"))
    if most is not None:
        tests.append((_no_more(most), f"Member must have value less than or equal to {_number(most)}"))
    return tests


def _size(value: Any) -> int:
    return value.size if isinstance(value, Blob) else len(value)


def _at_least(limit: int) -> Callable[[Any], bool]:
    return lambda value: _size(value) >= limit


def _at_most(limit: int) -> Callable[[Any], bool]:
    return lambda value: _size(value) <= limit


def _no_less(limit: float) -> Callable[[Any], bool]:
    return lambda value: value >= limit


def _no_more(limit: float) -> Callable[[Any], bool]:
    return lambda value: value <= limit


def _matches(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: len(value) > MAX_PATTERN_LENGTH or pattern.fullmatch(value) is not None


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def _hidden(value: object) -> None:
    return None


def _shown(value: Any) -> str:
    """A value as Java prints it, cut where it is long."""
    return _printed(value)[:MAX_SHOWN]


def _printed(value: Any) -> str:
    if binding.is_list(value):
        return f"[{', '.join(_printed(item) for item in value[:100])}]"
    if binding.is_map(value):
        return f"{{{', '.join(f'{key}={_printed(item)}' for key, item in list(value.items())[:100])}}}"
    if isinstance(value, bytes):
        return f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, msgspec.Struct):
        members = ((name, getattr(value, name)) for name in value.__struct_fields__)
        inside = ", ".join(f"{name}={_printed(item)}" for name, item in members if item is not UNSET)
        return f"{type(value).__name__}({inside})"
    if isinstance(value, datetime):
        return value.ctime()
    return "null" if value is None else str(value)
