"""Options: what a test may turn up of AWS's behaviour, or down. Declared by a service, set by who runs the log.

    DUPLICATES = service.option("duplicates", 0.0, "The chance that ...", least=0, most=1)
    ...
    if call.chance(message.id) < call.option(DUPLICATES): ...

What is set is in the log (`backtrail.choosing`), so whoever folds it decides by the same options.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Generic, TypeVar, cast

import msgspec

Value = bool | int | float | str
V = TypeVar("V", bound=Value)

_BOOLEANS = {
    "true": True,
    "on": True,
    "yes": True,
    "1": True,
    "false": False,
    "off": False,
    "no": False,
    "0": False,
}


class Option(Generic[V]):
    """One option of a service: its default, what it does, and which values it takes.

    `least` and `most` bound a number; `choices` are all the values of a text.
    """

    __slots__ = ("choices", "default", "key", "least", "most", "name", "service", "what")

    def __init__(
        self, service: str, name: str, default: V, what: str, *, least: float | None = None,
        most: float | None = None, choices: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self.service, self.name, self.key = service, name, f"{service}.{name}"
        self.default: V = default
        self.what, self.least, self.most, self.choices = what, least, most, choices

    @property
    def kind(self) -> str:
        """Which values it takes, in words."""
        if self.choices:
            return " or ".join(self.choices)
        if isinstance(self.default, bool):
            return "true or false"
        if isinstance(self.default, str):
            return "text"
        noun = "a whole number" if isinstance(self.default, int) else "a number"
        if self.least is not None and self.most is not None:
            return f"{noun} from {self.least:g} to {self.most:g}"
        return noun if self.least is None else f"{noun} from {self.least:g} on"

    def checked(self, value: object) -> V:
        """The value, as the option's type. Raises `ValueError` for one that the option does not take."""
        made = _as(value, self.default)
        if made is None or (self.choices and made not in self.choices) or not self._within(made):
            raise ValueError(f"{self.key} is {self.kind}, not {value!r}")
        return made

    def read(self, text: str) -> V:
        """The value that a text stands for. Raises `ValueError`."""
        value: object = text
        if isinstance(self.default, bool):
            value = _BOOLEANS.get(text.strip().lower(), text)
        elif isinstance(self.default, int | float):
            try:
                value = int(text) if isinstance(self.default, int) else float(text)
            except ValueError:
                value = text
        return self.checked(value)

    def of(self, chosen: Chosen | None) -> V:
        """The value in force: the one that was chosen, where it still fits."""
        if chosen is None:
            return self.default
        try:
            return self.checked(chosen.value)
        except ValueError:  # the option took other values when this one was chosen
            return self.default

    def _within(self, value: Value) -> bool:
        if isinstance(value, str | bool):
            return True
        return math.isfinite(value) and (
            (self.least is None or value >= self.least) and (self.most is None or value <= self.most)
        )


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """A value that was set: when, by whom, in which record."""

    value: Value
    time: datetime
    by: str = ""
    event_id: str = ""


def _as(value: object, default: V) -> V | None:
    """A value as the type of the default; None where it is of another."""
    if isinstance(default, bool) or isinstance(value, bool):
        return cast("V", value) if isinstance(value, bool) and isinstance(default, bool) else None
    if isinstance(default, int):
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return cast("V", int(cast("float", value))) if whole else None
    if isinstance(default, float):
        return cast("V", float(value)) if isinstance(value, int | float) else None
    return cast("V", value) if isinstance(value, str) else None
