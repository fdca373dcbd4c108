"""The times at which something is due, in the state's one sorted map."""

from __future__ import annotations

from datetime import datetime

from backtrail_aws.lambda_.moments import micros
from backtrail_aws.lambda_.state import Functions

TIME = 16
"""Hexadecimal digits of microseconds at the beginning of a key."""
EVENT, LOOK, STALE = "e", "l", "s"
"""An event's next attempt, a mapping's next look, the end of a poll that nobody ended."""


def expect(state: Functions, kind: str, name: str, before: datetime | None, time: datetime | None) -> None:
    """Move what is due of a kind for a name; None for never."""
    if before is not None:
        state.due.pop(_key(kind, name, before), None)
    if time is not None:
        state.due[_key(kind, name, time)] = name


def _key(kind: str, name: str, time: datetime) -> str:
    return f"{micros(time):016x}{kind}{name}"
