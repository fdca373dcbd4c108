"""Gathers what was found in one record: one reading for each identifier, under every spelling of it."""

from __future__ import annotations

from collections.abc import Iterator

from backtrail.mentions.identifiers import Arn, parse, trimmed, url_name
from backtrail.mentions.mention import Mention, Verb
from backtrail.mentions.operations import Operation, bare
from backtrail.mentions.walk import Json

_TOUCHED, _REFUSED = Verb.TOUCHED, Verb.REFUSED


class Found:
    """What was found in one record, the strongest word on each identifier."""

    __slots__ = ("made", "op")

    def __init__(self, op: Operation) -> None:
        self.op = op
        self.made: dict[str, Mention] = {}

    def put(self, identifier: str, verb: Verb, type_: str | None, certain: bool) -> None:
        """Keep one reading: done beats touched, sure beats unsure."""
        if not identifier:
            return
        old = self.made.get(identifier)
        if old is not None:
            weaker = verb is _TOUCHED and old.verb is not _TOUCHED
            if weaker or (old.verb is verb and (old.certain or not certain)):
                return
            if old.verb is _REFUSED and verb is not _REFUSED:
                return
        self.made[identifier] = Mention(identifier, verb, type_, certain)

    def spell(self, identifier: str, verb: Verb, type_: str | None, certain: bool) -> None:
        """Keep one reading under every spelling of the identifier."""
        arn = parse(identifier) if identifier.startswith("arn:") else None
        if arn is None:
            if identifier.startswith("arn:"):
                return  # names many things, or none
            self.put(identifier, verb, type_, certain)
            if identifier.startswith("https://") and (name := url_name(identifier)):
                self.put(name, verb, type_, certain)
            return
        self._arn(identifier, arn, verb, type_, certain)

    def _arn(self, identifier: str, arn: Arn, verb: Verb, type_: str | None, certain: bool) -> None:
        if arn.kind or type_ is None:
            type_ = arn.type
        self.put(identifier, verb, type_, certain)
        for name, sure in arn.names:
            if len(name) > 1:
                self.put(name, verb, type_, certain and sure)
        below = _REFUSED if verb is _REFUSED else _TOUCHED
        for parent in arn.parents:
            self.put(parent, below, None, certain)


def listed(op: Operation, resources: Json) -> Iterator[tuple[str, str | None, bool]]:
    """(ARN, type, whether it is what the action's noun names) of the record's own list."""
    if not isinstance(resources, list):
        return
    for entry in resources:
        if not isinstance(entry, dict):
            continue
        arn, kind = entry.get("ARN") or entry.get("arn"), entry.get("type")
        prefix = entry.get("ARNPrefix")
        if isinstance(prefix, str):
            yield trimmed(prefix.rstrip("/")), None, False
        if not isinstance(arn, str) or not arn.startswith("arn:"):
            continue
        parts: list[str] = kind.split("::") if isinstance(kind, str) else []
        noun = bare(parts[-1]) if len(parts) == 3 else ""
        parsed = parse(trimmed(arn))
        stated = parsed.kind if parsed and parsed.kind else noun
        yield trimmed(arn), f"{bare(parts[1])}:{noun}" if noun else None, bool(stated) and stated in op.own
