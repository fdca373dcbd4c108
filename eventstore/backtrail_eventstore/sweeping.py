"""Sweeping: removing kept bodies that no record refers to.

A body is kept before its call is decided. Where the call was refused, or the process died in between, nothing
refers to it. A body stays when a record's or a waiting command's parts name it, and when it is younger than the last
commit before the log was opened: it may belong to records that another copy of the log has.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Iterable

import msgspec

from backtrail_eventstore import opening
from backtrail_eventstore.blobs import Blobs, Kept
from backtrail_eventstore.keys import Keyring
from backtrail_eventstore.paths import LogPaths
from backtrail_eventstore.reading import read_pending

SLICE = 20_000
"""Entries that are looked at between two chances to stop."""

_NAME = re.compile(rb"[0-9a-f]{64}")


class Swept(msgspec.Struct, frozen=True, kw_only=True):
    """What a sweep found: bodies that nothing refers to (`names`, `bytes`), those that are kept, and whether the
    found ones were removed."""

    names: list[str]
    bytes: int
    kept: int
    removed: bool


async def sweep(paths: LogPaths, keys: Keyring, blobs: Blobs, before_ns: int, *, remove: bool) -> Swept:
    """Find the bodies older than `before_ns` that nothing refers to, and remove them where that is wanted."""
    here = await asyncio.to_thread(lambda: list(blobs.kept()))
    old = [one for one in here if one.written_ns < before_ns]
    if not old:
        return Swept(names=[], bytes=0, kept=len(here), removed=remove)
    reader = await opening.open_reader(paths, keys)
    try:
        referred = await reader.run(_pending_names, keys)
        after = 0
        while (found := await reader.run(_names_after, after)) is not None:
            after = found[0]
            referred |= found[1]
    finally:
        await reader.close()
    loose = [one for one in old if one.name not in referred]
    gone = await asyncio.to_thread(_remove, blobs, loose) if remove else loose
    return Swept(
        names=[one.name for one in gone], bytes=sum(one.size for one in gone), kept=len(here) - len(gone),
        removed=remove,
    )  # fmt: skip


def _remove(blobs: Blobs, loose: Iterable[Kept]) -> list[Kept]:
    return [one for one in loose if blobs.remove(one)]


def _pending_names(connection: sqlite3.Connection, keys: Keyring) -> set[str]:
    """What commands and effects that are not done yet refer to. Raises `KeyMissing` where nobody can tell."""
    bodies = [command.body for command in read_pending(connection, keys)]
    return {name.decode() for body in bodies for name in _NAME.findall(body)}


def _names_after(connection: sqlite3.Connection, after: int) -> tuple[int, set[str]] | None:
    """The bodies that the entries of a slice refer to, and where the slice ends; None at the end of the log."""
    (last,) = connection.execute("select max(seq) from entry").fetchone()
    if last is None or after >= last:
        return None
    upto = min(after + SLICE, int(last))
    rows = connection.execute(
        "select blobs from entry where seq > ? and seq <= ? and blobs is not null", (after, upto)
    )
    return upto, {name for (names,) in rows for name in str(names).split(" ")}
