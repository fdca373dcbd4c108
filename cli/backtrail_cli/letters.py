"""The letters of a log: mails, text messages and pushes, each the record of a delivery that never left the machine."""

from __future__ import annotations

from typing import Any, cast

import msgspec

from backtrail.store import Stored
from backtrail_cli.faults import Fault
from backtrail_cli.screen import clean, moment
from backtrail_eventstore import Event, Filters, SqliteStore

SOURCE, ACTION = "sns.amazonaws.com", "DeliverMessage"
DELIVERED = "delivered"
_PAGE = 500

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One message as its addressee would have got it. `outcome` says whether AWS would have delivered it, and else
    why not."""

    event_id: str
    time: str
    protocol: str
    kind: str
    to: str
    sender: str
    subject: str
    body: str
    outcome: str
    topic_arn: str
    link: str
    token: str


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which letters: all that is given must hold. `to` is found anywhere in the address."""

    to: str | None = None
    protocol: str | None = None
    undelivered: bool = False

    def passes(self, letter: Letter) -> bool:
        """Whether a letter is wanted."""
        return (
            (self.to is None or self.to.lower() in letter.to.lower())
            and (self.protocol is None or letter.protocol.removesuffix("-json") == self.protocol)
            and (not self.undelivered or letter.outcome != DELIVERED)
        )


def is_letter(record: dict[str, Any]) -> bool:
    """Whether a record is of a letter."""
    return record.get("eventName") == ACTION and record.get("eventSource") == SOURCE


def letter(entry: Stored) -> Letter:
    """The letter of a record. Raises `Fault` where the log's key is not there: what letters say is sealed."""
    if entry.locked:
        raise Fault(
            "what letters say is sealed, and the log's key is not beside it (see `backtrail serve --help`)"
        )
    record = _decode(entry.record)
    beside = _decode(entry.sealed) if entry.sealed else {}
    note = _decode(entry.note) if entry.note else {}
    told = {**_members(record.get("serviceEventDetails")), **_members(beside.get("params"))}
    outcome = _members(note.get("own")).get("outcome")

    def text(name: str) -> str:
        return str(told.get(name) or "")

    return Letter(
        event_id=entry.event_id, time=str(record.get("eventTime", "")), protocol=text("protocol"), kind=text("kind"),
        to=text("to"), sender=text("sender"), subject=text("subject"), body=text("body"),
        outcome=str(outcome or DELIVERED), topic_arn=text("topicArn"), link=text("link"), token=text("token"),
    )  # fmt: skip


async def lately(store: SqliteStore, wanted: Wanted, limit: int) -> list[Letter]:
    """The last letters that are wanted, the newest first."""
    found: list[Letter] = []
    after = None
    while len(found) < limit:
        page = await store.index.events(
            Filters(source=SOURCE, action=ACTION), limit=_PAGE, after=after, newest_first=True
        )
        for event in page:
            made = letter(await _entry(store, event))
            if wanted.passes(made):
                found.append(made)
        if len(page) < _PAGE:
            break
        from backtrail_eventstore import cursor

        after = cursor(page[-1])
    return found[:limit]


def shown(one: Letter) -> str:
    """A letter for people: head, then the text as it is, indented."""
    when = moment_of(one.time)
    head = f"{when}  {one.protocol}  to {clean(one.to)}" + (
        f"  from {clean(one.sender)}" if one.sender else ""
    )
    lines = [head if one.outcome == DELIVERED else f"{head}  ({clean(one.outcome)})"]
    if one.subject:
        lines.append(f"  {clean(one.subject)}")
    lines += [f"  {clean(line)}" for line in one.body.splitlines()]
    if one.link:
        lines.append(f"  {clean(one.link)}")
    return "\n".join(lines)


def moment_of(time: str) -> str:
    """An eventTime as the commands print times."""
    from datetime import datetime

    try:
        return moment(datetime.fromisoformat(time))
    except ValueError:
        return clean(time)


async def _entry(store: SqliteStore, event: Event) -> Stored:
    async for entries in store.read(after=event.seq - 1, batch=1):
        return entries[0]
    raise LookupError(f"the log has no entry {event.seq}")


def _members(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
