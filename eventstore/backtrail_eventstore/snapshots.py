"""States kept to begin a later fold with: encrypted, in the derived file, trusted no further than can be.

A snapshot is valid as long as no entry has come to lie before its position: the fold order drops those that a
late import overtakes (fold_order.py), a derived file of another log is emptied (derived.py), and other source
code asks under another key.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime

from backtrail.errors import LogCorrupt
from backtrail.store import Snapshot, StateKey
from backtrail_eventstore import derived, fold_order
from backtrail_eventstore.keys import Keyring
from backtrail_eventstore.writing import micros


def save(connection: sqlite3.Connection, keys: Keyring, key: StateKey, snapshot: Snapshot) -> None:
    """Keep a State; what another version of the code kept of it goes. Nothing is kept when the order is not known up to
    its position yet."""
    with derived.transaction(connection):
        if snapshot.position > derived.position(connection, "order"):
            return
        place = fold_order.find(connection, snapshot.position)
        state = keys.seal("snapshots", snapshot.state, _bound(key, place))
        name = _name(key)
        connection.execute(
            "delete from snapshot where service = ? and account = ? and region = ? and source <> ? "
            "and source >= ? and source < ?",
            (*name, f"{key.kind}/", f"{key.kind}0"),  # "0" is what follows "/"
        )
        connection.execute(
            "insert or replace into snapshot (service, account, region, source, t, rank, id, seq, state) "
            "values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*name, *place, state),
        )


def load(
    connection: sqlite3.Connection, keys: Keyring, key: StateKey, at: datetime | None
) -> Snapshot | None:
    """The latest State up to and with `at`; None where there is none that can be read."""
    if not keys.here:
        return None
    until = (1 << 63) - 1 if at is None else micros(at)
    rows = connection.execute(
        "select t, rank, id, seq, state from snapshot "
        "where service = ? and account = ? and region = ? and source = ? and t <= ? "
        "order by t desc, rank desc, id desc, seq desc",
        (*_name(key), until),
    )
    for t, rank, identifier, seq, sealed in rows:
        try:
            state = keys.unseal("snapshots", sealed, _bound(key, (t, rank, identifier, seq)))
        except LogCorrupt:
            continue  # derived data: as good as missing
        return Snapshot(position=seq, state=state)
    return None


def _name(key: StateKey) -> tuple[str, str, str, str]:
    return key.service, key.account, key.region, f"{key.kind}/{key.source}"


def _bound(key: StateKey, place: fold_order.Place) -> bytes:
    parts = (*_name(key), *map(str, place))
    return b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
