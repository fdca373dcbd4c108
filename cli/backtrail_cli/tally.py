"""What a fold came to: by action, by actor, by kind of resource."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from typing import Any

import msgspec

from backtrail import mentions
from backtrail.actors import actor
from backtrail.errors import Unprojectable
from backtrail.machine import Folded, Machine
from backtrail.mentions import Mention, Verb
from backtrail.reading import time_of
from backtrail.store import Stored
from backtrail_cli.chains import named

_MOST_IDENTITIES = 20_000  # whose names are remembered
# IAM's unique ids, which stand beside a name: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
_MINTED = re.compile(r"A[A-Z]{2}A[A-Z0-9]{12,}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SILENT = frozenset({Folded.READ, Folded.FAILED, Folded.UNREADABLE})

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_NONE = msgspec.Raw(b"null")


class _Seen(msgspec.Struct, frozen=True):
    eventTime: str = ""
    awsRegion: str = ""
    readOnly: object = None
    errorCode: object = None
    userIdentity: msgspec.Raw = _NONE


_seen = msgspec.json.Decoder(_Seen, strict=False).decode


class ByActor(msgspec.Struct):
    """What one actor did."""

    records: int = 0
    writes: int = 0
    failed: int = 0


class Tally:
    """Counts every record of a fold, once."""

    def __init__(self) -> None:
        self.records = 0
        self.outcomes: Counter[Folded] = Counter()
        self.actors: dict[str, ByActor] = {}
        self.regions: Counter[str] = Counter()
        self.created: Counter[str] = Counter()
        self.deleted: Counter[str] = Counter()
        self.last_deleted: str | None = None
        self.last_created: str | None = None
        self.first: datetime | None = None
        self.last: datetime | None = None
        self._names: dict[bytes, str] = {}

    def add(self, entry: Stored, outcome: Folded) -> None:
        """Count a record that was folded."""
        self.records += 1
        self.outcomes[outcome] += 1
        try:
            seen = _seen(entry.record)
            time = time_of(entry.event_id, seen.eventTime)
        except (msgspec.DecodeError, Unprojectable):
            return
        self.first = time if self.first is None else min(self.first, time)
        self.last = time if self.last is None else max(self.last, time)
        if seen.awsRegion:
            self.regions[seen.awsRegion] += 1
        self._count_actor(seen)
        if outcome not in _SILENT and seen.readOnly is not True and not seen.errorCode:
            self._count_resources(_decode(entry.record))

    def _count_actor(self, seen: _Seen) -> None:
        raw = bytes(seen.userIdentity)
        name = self._names.get(raw)
        if name is None:
            if len(self._names) >= _MOST_IDENTITIES:
                self._names.clear()
            identity: object = msgspec.json.decode(raw)
            name = self._names[raw] = named(actor({"userIdentity": identity}))
        by = self.actors.setdefault(name, ByActor())
        by.records += 1
        if seen.errorCode:
            by.failed += 1
        elif seen.readOnly is False:
            by.writes += 1

    def _count_resources(self, record: dict[str, Any]) -> None:
        found = mentions.mentions(record)
        for verb, counter in ((Verb.CREATED, self.created), (Verb.DELETED, self.deleted)):
            those = [one for one in found if one.verb is verb and one.certain]
            if not those:
                continue
            counter.update({one.type or "unknown kind" for one in those})
            name = foremost(those)
            if verb is Verb.DELETED:
                self.last_deleted = name
            elif not _MINTED.fullmatch(name) and not _UUID.fullmatch(name):
                self.last_created = name


def foremost(those: list[Mention]) -> str:
    """Of one resource's spellings, the one that people use: `bucket/key`, or a name, before an ARN or a URL."""

    def worse(one: Mention) -> tuple[bool, ...]:
        return one.id.startswith("arn:"), "://" in one.id, bool(_MINTED.fullmatch(one.id)), "/" not in one.id

    return min(those, key=worse).id


def actions(machine: Machine) -> list[tuple[str, str, Counter[Folded]]]:
    """(service, action, what became of its records), those with most records first."""
    report = machine.report()
    rows = [(service, action, counts) for (service, action), counts in report.items()]
    return sorted(rows, key=lambda row: (-row[2].total(), row[0], row[1]))
