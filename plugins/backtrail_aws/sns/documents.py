"""JSON that callers send as text: policies, filter policies, messages by protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from typing_extensions import TypeIs

Json = str | int | float | bool | None | list[Any] | dict[str, Any]

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


def anything(text: str | bytes) -> Json:
    """What a text holds. Raises `ValueError` for what is no JSON."""
    try:
        found: Json = _decode(text)
        return found
    except (msgspec.DecodeError, UnicodeError) as error:
        raise ValueError(str(error)) from error


def read(text: str | bytes) -> dict[str, Any] | None:
    """The map that a text holds; None for anything else."""
    try:
        found = anything(text)
    except ValueError:
        return None
    return found if is_map(found) else None


def write(value: object) -> str:
    """Compact JSON."""
    return _encode(value).decode()


def is_map(value: object) -> TypeIs[dict[str, Any]]:
    """Whether a value is a JSON object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeIs[list[Any]]:
    """Whether a value is a JSON array."""
    return isinstance(value, list)


def is_number(value: object) -> TypeIs[int | float]:
    """Whether a value is a JSON number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def same(one: str, other: str) -> bool:
    """Whether two texts are equal, or the same JSON object."""
    return one == other or (read(one) == read(other) is not None)
