"""Whose calls a change of state is the work of."""

from __future__ import annotations

from datetime import datetime

from backtrail.mentions import Verb
from backtrail_cli import lineages
from backtrail_cli.changes import Change
from backtrail_cli.faults import Fault
from backtrail_cli.moves import decoded
from backtrail_eventstore import Event, SqliteStore
from backtrail_eventstore.scanning import records_at

_MOST = 500  # calls about one resource that are looked at

_DONE = (Verb.CREATED, Verb.TOUCHED, Verb.DELETED)


async def of(
    store: SqliteStore, changes: list[Change], actor: str, since: datetime, until: datetime
) -> list[list[Event]]:
    """For each change the calls of an actor, in a period, that are about that resource and may have changed it,
    in the order in which they were made."""
    family = await lineages.gather(store)
    if not family.of_actor(actor):
        raise Fault(f"no session of this log is meant by --by {actor}; `backtrail sessions` lists them")
    owns = family.owner(actor)
    found: list[list[Event]] = []
    for change in changes:
        thing = change.after or change.before
        assert thing is not None
        names = [name for name in (thing.arn, thing.id) if name]
        touches = {
            touch.seq: touch
            for name in names
            for touch in await store.index.touching(name, _DONE, limit=_MOST)
            if since <= touch.time <= until and touch.read_only is not True and not touch.error
        }
        records = await records_at(store, list(touches))
        found.append(
            [
                touch
                for seq, touch in sorted(touches.items(), key=lambda one: (one[1].time, one[0]))
                if owns(family.session_of(decoded(records[seq])), touch.ip)
            ]
        )
    return found
