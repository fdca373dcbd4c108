"""The manifest: every file that was ever taken into the log, and what CloudTrail's digests say of it.

It is made anew from what the log kept of each file, for a digest may come long after the files that it names.
"""

from __future__ import annotations

import sqlite3

import msgspec

from backtrail_eventstore import digests
from backtrail_eventstore.digests import Input, PublicKeys
from backtrail_eventstore.taking import FileReport
from backtrail_eventstore.writing import Writing

_KEY = "public key "

_report = msgspec.json.Decoder(FileReport).decode


def of(connection: sqlite3.Connection, keys: PublicKeys | None = None) -> list[Input]:
    """All files that were read to their end, with their verdicts, and those that are missing.

    `keys` are AWS's; those that an import was given are known already.
    """
    rows = connection.execute(
        "select path, bytes, sha256, report from source join source_end on source = id order by id"
    )
    inputs: list[Input] = []
    for path, size, sha256, text in rows:
        report = _report(text)
        inputs.append(
            Input(
                file=path,
                bytes=size,
                sha256=sha256.rpartition(":")[2],
                content=report.content or sha256,
                digest=report.digest,
            )
        )
    return inputs + digests.judge(inputs, {**known_keys(connection), **(keys or {})})


def any_digest(connection: sqlite3.Connection) -> bool:
    """Whether a digest was ever taken."""
    (there,) = connection.execute(
        "select exists (select 1 from source_end where report like '%\"digest\":{%')"
    ).fetchone()
    return bool(there)


def known_keys(connection: sqlite3.Connection) -> dict[str, bytes]:
    """The public keys that imports were given."""
    rows = connection.execute(
        "select name, value from meta where name >= ? and name < ?", (_KEY, _KEY + "\U0010ffff")
    )
    return {name.removeprefix(_KEY): value for name, value in rows}


def keep_keys(connection: sqlite3.Connection, _writing: Writing, keys: PublicKeys) -> None:
    """Keep public keys in the log, so that it can be verified without their file."""
    there = known_keys(connection)
    new = [(_KEY + name, der) for name, der in keys.items() if name not in there]
    connection.executemany("insert into meta (name, value) values (?, ?)", new)
