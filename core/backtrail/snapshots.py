"""Snapshots: the states of one position in the log, kept so that the next start need not fold what came before.

All states of a snapshot are of one position; a list of them is kept as a State of its own. A snapshot is valid for
the source that folded it: a changed plugin, or a changed core, folds again.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Collection
from datetime import datetime
from functools import cache
from pathlib import Path

import msgspec

from backtrail import states
from backtrail.machine import Machine
from backtrail.payload import State
from backtrail.service import Place
from backtrail.store import Snapshot, StateKey, Store

LIST_PLACE: Place = ("backtrail.snapshot", "", "")
WORTH_RECORDS = 2_000
"""A start that folds fewer records than this is quick enough without a snapshot."""


class Listed(State):
    """What a snapshot holds, and how far the log's time had come."""

    places: list[Place] = []
    last_time: datetime | None = None


async def save(machine: Machine, store: Store, *, position: int | None = None, kind: str = "") -> int:
    """Keep every State as it is at the log's end, or after the entry `position`; how many bytes they are. For when
    nobody waits: at the end of a run, after a long fold. `kind` keeps those apart that were folded otherwise (without
    what is sealed)."""
    position = store.head[0] if position is None else position
    hashes = _Hashes(machine, kind)
    places, size = machine.places(), 0
    for place in places:
        state = states.keep(machine.state(place))
        size += len(state)
        await store.save_state(hashes.key(place), Snapshot(position=position, state=state))
    listed = Listed(places=places, last_time=machine.folder.last_time)
    await store.save_state(hashes.key(LIST_PLACE), Snapshot(position=position, state=states.keep(listed)))
    return size


async def restore(
    machine: Machine,
    store: Store,
    at: datetime | None = None,
    *,
    kind: str = "",
    services: Collection[str] = (),
) -> int:
    """Put the latest usable snapshot into an empty machine; the position it is of, 0 where there is none. With
    `services` only their States.

    A State that is missing, or that another version of its plugin folded, makes the snapshot unusable: the log is
    folded from its beginning, which a fold can always do.
    """
    if store.head[0] < WORTH_RECORDS and at is None:
        return 0
    hashes = _Hashes(machine, kind)
    found = await store.load_state(hashes.key(LIST_PLACE), at=at)
    if found is None:
        return 0
    try:
        listed = states.unpack(found.state, Listed)
        taken: list[tuple[Place, State]] = []
        for place in listed.places:
            if services and place[0].rpartition("/")[2] not in services:
                continue
            one = await store.load_state(hashes.key(place), at=at)
            if one is None or one.position != found.position:
                return 0
            taken.append((place, states.unpack(one.state, machine.state_type(place))))
    except (msgspec.DecodeError, LookupError):
        return 0
    for place, state in taken:
        machine.put_state(place, state)
    machine.folder.last_time = listed.last_time
    return found.position


class _Hashes:
    """The hash of the source that folds each service: core's, and its plugin's."""

    def __init__(self, machine: Machine, kind: str = "") -> None:
        self._machine, self._kind = machine, kind
        self._core = _source(Path(__file__).parent)
        self._known: dict[str, str] = {}

    def key(self, place: Place) -> StateKey:
        service, account, region = place
        return StateKey(
            service=service, account=account, region=region, source=self._hash(service), kind=self._kind
        )

    def _hash(self, service: str) -> str:
        name = service.rpartition("/")[2]
        if name not in self._known:
            owner = self._machine.registry.services.get(name)
            module = sys.modules.get(owner.state.__module__) if owner is not None else None
            file = getattr(module, "__file__", None)
            own = _source(Path(file).parent) if file else b""
            self._known[name] = hashlib.sha256(self._core + own).hexdigest()
        return self._known[name]


@cache
def _source(folder: Path) -> bytes:
    """The hash of every source file under a folder."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        total.update(path.relative_to(folder).as_posix().encode())
        total.update(path.read_bytes())
    return total.digest()
