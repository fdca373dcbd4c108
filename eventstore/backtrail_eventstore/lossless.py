"""This project's own export: one JSON object a line, from which a log can be made again.

    {"backtrail": 1, "log": "<id>", "head": [seq, "<hash>"]}                    the first line
    {"backtrail": 1, "blob": "<name>", "data": "<base64>", "more": true}        a piece of a body, before
    its record {"backtrail": 1, "blob": "<name>", "more": false}                           a body in the
    folder <file>.blobs {"backtrail": 1, "record": {...}, "note": {...}, "sealed": {...}, "origin": "live",
    "cause": ..., "root": ...,
     "blobs": [...]}                                                            an entry

A record that cannot stand in a line as it was delivered (pretty-printed) is under `recordText`, as a string.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from backtrail.store import Stored

MARK = "backtrail"
VERSION = 1
BLOB_NAME = re.compile(r"[0-9a-f]{64}")


class NewerExport(ValueError):
    """A line of a version that this code does not know."""


class Beside(NamedTuple):
    """What an entry has besides its record."""

    note: bytes | None
    sealed: bytes | None
    origin: str
    cause: str | None
    root: str | None
    blobs: tuple[str, ...]


class BlobPart(NamedTuple):
    """A piece of a body, whose name is the exporting log's; without data it lies beside the lines."""

    name: str
    data: bytes | None
    more: bool


class EntryLine(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An entry on a line."""

    backtrail: int
    record: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    recordText: str | None = None
    note: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    sealed: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    origin: str = "live"
    cause: str | None = None
    root: str | None = None
    blobs: tuple[str, ...] = ()


class BlobLine(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A piece of a body on a line."""

    backtrail: int
    blob: str
    data: bytes | None = None
    more: bool


class HeadLine(msgspec.Struct, kw_only=True):
    """The first line: which log this is, and where it ended."""

    backtrail: int
    log: str
    head: tuple[int, str]


_entry = msgspec.json.Decoder(EntryLine).decode
_blob = msgspec.json.Decoder(BlobLine).decode
_encode = msgspec.json.Encoder().encode


def read(text: bytes, value: Mapping[str, object]) -> tuple[bytes, Beside] | BlobPart | None:
    """A line's entry or piece of a body.

    None for the first line. Raises `NewerExport` or msgspec's errors.
    """
    version = value[MARK]
    if not isinstance(version, int) or version > VERSION:
        raise NewerExport(f"version {version}")
    if "blob" in value:
        line = _blob(text)
        if not BLOB_NAME.fullmatch(line.blob):
            raise ValueError("this is no name of a body")
        return BlobPart(line.blob, line.data, line.more)
    if "record" not in value and "recordText" not in value:
        return None
    entry = _entry(text)
    record = (
        entry.recordText.encode() if entry.recordText is not None else bytes(_present(entry.record) or b"")
    )
    beside = Beside(
        _present(entry.note), _present(entry.sealed), entry.origin, entry.cause, entry.root, entry.blobs
    )
    return record, beside


def write(entry: Stored, *, sealed: bool, blobs: bool) -> bytes:
    """An entry as a line, without its sealed part and its bodies' names when those were not asked for."""
    in_line = b"\n" not in entry.record and b"\r" not in entry.record
    line = EntryLine(
        backtrail=VERSION,
        record=msgspec.Raw(entry.record) if in_line else msgspec.UNSET,
        recordText=None if in_line else entry.record.decode(),
        note=_one_line(entry.note),
        sealed=_one_line(entry.sealed if sealed else None),
        origin=entry.origin,
        cause=entry.cause,
        root=entry.root,
        blobs=entry.blobs if blobs else (),
    )
    return _encode(line) + b"\n"


def write_blob(name: str, data: bytes | None, *, more: bool) -> bytes:
    """A piece of a body as a line."""
    return _encode(BlobLine(backtrail=VERSION, blob=name, data=data, more=more)) + b"\n"


def bodies_folder(lines: Path) -> Path:
    """Where the bodies of an export lie that are not in its lines."""
    return lines.with_name(f"{lines.name}.blobs")


def write_head(log: str, head: tuple[int, str]) -> bytes:
    """The first line."""
    return _encode(HeadLine(backtrail=VERSION, log=log, head=head)) + b"\n"


def _one_line(part: bytes | None) -> msgspec.Raw | msgspec.UnsetType:
    if part is None:
        return msgspec.UNSET
    return msgspec.Raw(part if b"\n" not in part else _encode(msgspec.json.decode(part)))


def _present(value: msgspec.Raw | msgspec.UnsetType) -> bytes | None:
    return None if isinstance(value, msgspec.UnsetType) else bytes(value)
