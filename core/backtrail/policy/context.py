"""The request's condition keys: found by name in whatever case, and made only when a policy asks for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

Value = str | bool | int | float | datetime | list[str] | tuple[str, ...] | None
"""What a key can be given as; None and an empty list are a key that is not there."""

Lazy = Callable[[str], Value]
"""The value of a key, which comes in small letters."""


class Keys:
    """Condition keys. `given` are there; what they lack, each of `lazy` is asked for in turn, and asked once."""

    __slots__ = ("_known", "_lazy")

    def __init__(self, given: Mapping[str, Value], *lazy: Lazy) -> None:
        self._known = {key.lower(): values(value) for key, value in given.items()}
        self._lazy = lazy

    def get(self, key: str, /) -> tuple[str, ...] | None:
        """The values of a key (in small letters); None where the request has no such key."""
        if key in self._known:
            return self._known[key]
        found: tuple[str, ...] | None = None
        for make in self._lazy:
            found = values(make(key))
            if found is not None:
                break
        self._known[key] = found
        return found

    def absent(self) -> tuple[str, ...]:
        """The keys that were asked for and that the request does not have, in order."""
        return tuple(sorted(key for key, found in self._known.items() if found is None))


def values(value: Value) -> tuple[str, ...] | None:
    """A key's values as texts."""
    if value is None:
        return None
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list | tuple):
        return tuple(value) or None
    return (_text(value),)


def _text(value: bool | float | datetime) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)
