"""What of an account is open to whoever is outside of it, since when and by whom, by what plugins declare of it.

What is open is read off the State of a moment. Which record made it so is found among those that could have: the first
after which it was open, looked for from the newest back, by folding the service to right before each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from backtrail.exposing import EVERYBODY, Exposure
from backtrail.machine import Machine
from backtrail.plugins import Registry
from backtrail_cli import folding
from backtrail_eventstore import SqliteStore, Touch

MOST_FOLDS = 40
"""How often a past is looked at for one answer: beyond that, a beginning may lie further back than is told."""
_DATED = re.compile(r"20\d\d.*")  # Lambda's actions end with the API's date
_INSTANT = timedelta(microseconds=1)


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """One way in, of which place, and the record that opened it (None: it was open before the log begins)."""

    service: str
    account: str
    region: str
    exposure: Exposure
    opened: Touch | None = None
    surely: bool = True  # False: it may have been open before that record

    @property
    def rank(self) -> tuple[bool, bool, str, str, str]:
        """The widest first."""
        one = self.exposure
        return bool(one.blocked), not one.to.startswith(EVERYBODY), self.service, one.resource, one.to


def openings(machine: Machine, services: Sequence[str] = ()) -> list[Open]:
    """All ways in at a moment, the widest first."""
    return sorted(_openings(machine, services), key=lambda one: one.rank)


def _openings(machine: Machine, services: Sequence[str]) -> Iterator[Open]:
    for service in machine.registry.loaded():
        if service.exposing is None or (services and service.name not in services):
            continue
        for (name, account, region), state in machine.states_of(service.name):
            for exposure in service.exposing(state, account, region):
                yield Open(
                    service=name, account=account or _account(exposure), region=region, exposure=exposure
                )  # fmt: skip


def _account(exposure: Exposure) -> str:
    fields = exposure.resource.split(":")
    return fields[4] if len(fields) > 4 else ""


class Beginnings:
    """Finds the records that opened what is open."""

    def __init__(self, store: SqliteStore, plugins: Registry, at: datetime | None) -> None:
        self._store, self._plugins, self._at = store, plugins, at
        self._pasts: dict[tuple[str, datetime], set[tuple[str, str, str]]] = {}

    async def of(self, found: Open) -> Open:
        """With the record that opened it."""
        candidates = await self._candidates(found)
        if len(candidates) == 1:
            return msgspec.structs.replace(found, opened=candidates[0])
        opened: Touch | None = None
        for touch in candidates:
            opened = touch
            before = await self._before(found.service, touch.time - _INSTANT)
            if before is None:
                return msgspec.structs.replace(found, opened=opened, surely=False)
            if _key(found.exposure) not in before:
                return msgspec.structs.replace(found, opened=opened)
        return msgspec.structs.replace(found, opened=opened, surely=opened is None)

    async def _candidates(self, found: Open) -> list[Touch]:
        """The calls that could have opened it, the newest first."""
        touches: dict[int, Touch] = {}
        for name in found.exposure.names:
            for touch in await self._store.index.touching(name):
                if not touch.error and _DATED.sub("", touch.action) in found.exposure.actions:
                    touches[touch.seq] = touch
        within = [one for one in touches.values() if self._at is None or one.time <= self._at]
        return sorted(within, key=lambda one: (one.time, one.seq), reverse=True)

    async def _before(self, service: str, moment: datetime) -> set[tuple[str, str, str]] | None:
        """What was open at a moment; None where too much was looked at already."""
        known = (service, moment)
        if known not in self._pasts:
            if len(self._pasts) >= MOST_FOLDS:
                return None
            machine, _ = await folding.folded(self._store, self._plugins, moment, (service,))
            self._pasts[known] = {_key(one.exposure) for one in openings(machine, (service,))}
        return self._pasts[known]


def _key(exposure: Exposure) -> tuple[str, str, str]:
    """What makes it the same way in at another time. One that is blocked is none."""
    return exposure.resource, exposure.to, f"{exposure.what}{' blocked' if exposure.blocked else ''}"
