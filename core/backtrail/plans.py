"""What becomes of an action's records, looked up once: the functions that fold it, and all
about them that every record shares.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from backtrail.declared import Declared

if TYPE_CHECKING:
    from backtrail.machine import Machine


class Step:
    """One function that folds an action, and all about it that does not depend on the record."""

    __slots__ = ("at", "declared", "fn", "owner", "read", "timers", "tokens", "watched")

    def __init__(self, machine: Machine, declared: Declared, action: str) -> None:
        owner = machine.service(declared.service)
        self.declared, self.fn, self.at, self.owner = declared, declared.fn, declared.at, owner
        self.read = machine.folder.reader.reading(declared, action).event
        self.tokens, self.timers = bool(owner.tokens), owner.timers
        self.watched = owner.name in machine.registry.watching


class Plan:
    """What becomes of the records of one action (its failures apart): looked up once, until a plugin is loaded."""

    __slots__ = ("action", "counter", "failed", "label", "service", "steps")

    def __init__(
        self, service: str, action: str, failed: bool, steps: list[Step], counter: Counter[Any]
    ) -> None:
        self.service, self.action, self.failed = service, action, failed
        self.label = f"{service}:{action}"
        self.steps, self.counter = steps, counter
