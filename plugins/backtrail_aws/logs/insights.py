"""Queries: CloudWatch Logs Insights' language, compiled and run over log events.

Covered: fields, display, filter, parse, stats (also several), sort, limit, dedup, all functions and aggregates of the
pages below but those of networks and of JSON, and `now`. What is not covered is refused as malformed, by its name.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import msgspec

from backtrail_aws.logs.insights_commands import COMMANDS, MESSAGE, Draft, Step
from backtrail_aws.logs.insights_fields import EventRow, Row, shown
from backtrail_aws.logs.insights_parser import Parser
from backtrail_aws.logs.insights_tokens import BadQuery

POINTER, TIMESTAMP = "@ptr", "@timestamp"
_NOT_COVERED = frozenset(
    {
        "anomaly", "diff", "fillmissing", "filterindex", "join", "lookup", "pattern", "source", "tail", "tojson",
        "unmask", "unnest",
    }
)  # fmt: skip
"""AWS's other commands."""


class Rows(msgspec.Struct, frozen=True):
    """What a query found: rows of (field, value), and what it looked at."""

    rows: list[list[tuple[str, str]]]
    scanned: int
    matched: int
    bytes: int


class Program(msgspec.Struct, frozen=True):
    """A compiled query."""

    steps: tuple[Step, ...]
    before: int
    columns: tuple[str, ...]
    grouped: bool
    newest_first: bool
    limited: bool

    def run(self, events: Iterable[EventRow], most: int) -> Rows:
        """The rows that the query makes of events in the order of their times, `most` of them unless it says."""
        found: list[Row] = list(events)
        scanned, size = len(found), 0
        for row in found:
            size += (
                len(row.found.event.message.encode("utf-8", "surrogatepass"))
                if isinstance(row, EventRow)
                else 0
            )
        if self.newest_first:
            found.reverse()
        for step in self.steps[: self.before]:
            found = step(found)
        matched = len(found)
        for step in self.steps[self.before :]:
            found = step(found)
        if not self.limited:
            found = found[:most]
        return Rows([self._shown(row) for row in found], scanned, matched, size)

    def _shown(self, row: Row) -> list[tuple[str, str]]:
        values = ((name, row.get(name)) for name in dict.fromkeys(self.columns))
        told = [(name, shown(value)) for name, value in values if value is not None]
        if not self.grouped and POINTER not in self.columns:
            told.append((POINTER, row.pointer))
        return told


@lru_cache(256)
def compiled(query: str) -> Program:
    """A query, ready to run. Raises `BadQuery`."""
    parser, draft = Parser(query), Draft()
    while True:
        token = parser.take()
        word = token.text.lower()
        if token.kind == "name" and word in _NOT_COVERED:
            raise BadQuery(f"The command {token.text} is not supported", token.start, token.end)
        command = COMMANDS.get(word) if token.kind == "name" else None
        if command is None:
            raise parser.wrong(token)
        if word == "order":
            parser.expect("by")
        command(parser, draft)
        if parser.next.kind == "end":
            break
        parser.expect("|")
    columns = draft.columns if draft.columns is not None else [TIMESTAMP, MESSAGE]
    return Program(
        steps=tuple(draft.steps), before=draft.before, columns=tuple(columns), grouped=draft.grouped,
        newest_first=not draft.sorted, limited=draft.limited,
    )  # fmt: skip
