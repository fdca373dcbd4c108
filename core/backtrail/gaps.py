"""What a trail lacks: creations that records imply, and deletions that a refusal proves.

A creation is implied where a record names, or comes from, what no record made. A deletion is proved where something was
thought to be there, was not found when it was asked for, and so left the State.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from backtrail.plans import Step

MOST = 10_000


class Missing(StrEnum):
    """What no record told."""

    CREATION = "creation"
    DELETION = "deletion"


class Gap(msgspec.Struct, frozen=True):
    """One thing that the trail lacks: of what (its key in the State), and the record that shows it."""

    missing: Missing
    service: str
    id: str
    event_id: str


class Gaps:
    """Collects what a fold finds missing; the first of them by name, all of them by number."""

    def __init__(self) -> None:
        self.found: list[Gap] = []
        self.counts: dict[Missing, int] = dict.fromkeys(Missing, 0)

    def forget(self) -> None:
        """Begin anew."""
        self.found.clear()
        self.counts = dict.fromkeys(Missing, 0)

    def add(self, missing: Missing, service: str, names: Iterable[str], event_id: str) -> None:
        """Take down what one record shows."""
        for name in names:
            self.counts[missing] += 1
            if len(self.found) < MOST:
                self.found.append(Gap(missing, service, name, event_id))


def held(step: Step, state: Any, params: object) -> deque[tuple[Any, str]]:
    """Which of the resources that a refused request may mean are in the State: each with where."""
    found: deque[tuple[Any, str]] = deque()
    names = dict.fromkeys(name for text in _texts(params) for name in _spellings(text))
    for resource in step.owner.resources:
        collection = resource.collection(state)
        found.extend((resource, name) for name in names if name in collection)
    return found


def left(before: deque[tuple[Any, str]], state: Any) -> list[str]:
    """Those that are in it no more."""
    return [name for resource, name in before if name not in resource.collection(state)]


def _texts(params: object) -> Iterator[str]:
    if isinstance(params, msgspec.Struct):
        for name in params.__struct_fields__:
            value = getattr(params, name)
            if isinstance(value, str):
                yield value


def _spellings(text: str) -> tuple[str, ...]:
    """A name as it is, and as States key it: in small letters, or the end of a URL or ARN."""
    return text, text.lower(), text.rpartition("/")[2], text.rpartition(":")[2]
