"""What others have made since of the things that an actor changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from backtrail.actors import actor
from backtrail.machine import Machine
from backtrail_cli import rows
from backtrail_cli.moves import Move, decoded
from backtrail_cli.recreating import Done
from backtrail_cli.screen import moment
from backtrail_cli.undoing import Since, done, same_thing
from backtrail_eventstore import Event, SqliteStore, Touch
from backtrail_eventstore.scanning import records_at

_MOST = 500  # records of one name that are looked at, the newest first


async def changed_since(store: SqliteStore, moves: list[Move], machine: Machine) -> dict[str, Since]:
    """By event of the actor's: what somebody else did to the same thing after it, the last time, in words."""
    own = {move.event.event_id for move in moves}
    found: dict[str, Since] = {}
    touched: dict[str, list[Touch]] = {}
    for move in moves:
        did = done(move, machine)
        if did is None:
            continue
        for name in dict.fromkeys(_names(did)):
            if name not in touched:
                touched[name] = await store.index.touching(name, limit=_MOST)
            later = [one for one in touched[name] if _is_later(one, move.event) and one.event_id not in own]
            other = await _same(store, later, did, machine)
            if other is not None:
                found[move.event.event_id] = other
                break
    return found


def _names(did: Done) -> Iterator[str]:
    """What a call names: its first texts, and those of its answer."""
    for value in (did.params, did.result):
        if isinstance(value, msgspec.Struct):
            for name in value.__struct_fields__:
                held = getattr(value, name)
                if isinstance(held, str) and 1 < len(held) <= 256 and not held.startswith(("{", "%7B")):
                    yield held


def _is_later(one: Event, event: Event) -> bool:
    return not one.error and one.read_only is not True and (one.time, one.seq) > (event.time, event.seq)


async def _same(store: SqliteStore, later: list[Touch], did: Done, machine: Machine) -> Since | None:
    """The newest of some records that is about the same thing."""
    records = await records_at(store, [one.seq for one in later])
    for one in later:
        record: dict[str, Any] = decoded(records[one.seq])
        move = Move(event=one, record=record, who=actor(record), session="", resource="")
        other = done(move, machine)
        if other is not None and same_thing(machine, did, other):
            return Since(action=other.action, words=_spoken(one))
    return None


def _spoken(event: Event) -> str:
    return f"{event.action} by {rows.principal(event)} at {moment(event.time)} ({event.event_id})"
