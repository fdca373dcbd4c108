"""A trail as a story: who did what, acting for whom, one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Any

import click
import msgspec

from backtrail import mentions
from backtrail.mentions import Verb
from backtrail.record import exact_time
from backtrail_cli import chains
from backtrail_cli.rows import short
from backtrail_cli.screen import clean, cut, width
from backtrail_cli.tally import foremost
from backtrail_eventstore import SqliteStore

MOST_NAMES = 3
MOST_READS = 4

_SIGNS: dict[Verb, tuple[str, dict[str, Any]]] = {
    Verb.CREATED: ("+", {"fg": "green"}),
    Verb.DELETED: ("-", {"fg": "red"}),
    Verb.TOUCHED: ("~", {}),
    Verb.REFUSED: ("x", {"fg": "yellow"}),
}


class Step(msgspec.Struct):
    """What one actor did without a break: equal actions are one step, and so are reads."""

    time: datetime
    who: str
    acting_for: str
    ip: str
    read: bool
    service: str
    action: str
    error: str = ""
    verb: Verb = Verb.TOUCHED
    names: list[str] = []
    reads: Counter[str] = msgspec.field(default_factory=Counter[str])
    count: int = 1

    def takes(self, other: Step) -> bool:
        """Whether another record belongs to this step."""
        if (self.who, self.acting_for, self.ip, self.read) != (
            other.who,
            other.acting_for,
            other.ip,
            other.read,
        ):
            return False
        return self.read or (self.service, self.action, self.error) == (
            other.service,
            other.action,
            other.error,
        )

    def take(self, other: Step) -> None:
        """Add a record to this step."""
        self.count += 1
        self.names += [name for name in other.names if name not in self.names]
        self.reads.update(other.reads)


async def steps(store: SqliteStore, at: datetime | None = None) -> AsyncGenerator[Step]:
    """The steps of a log, in fold order."""
    behind = chains.Chains(store)
    open_: Step | None = None
    async for entries in store.replay(at=at):
        for entry in entries:
            step = await _step(behind, entry.event_id, msgspec.json.decode(entry.record, type=dict[str, Any]))
            if open_ is not None and open_.takes(step):
                open_.take(step)
                continue
            if open_ is not None:
                yield open_
            open_ = step
    if open_ is not None:
        yield open_


async def _step(behind: chains.Chains, event_id: str, record: dict[str, Any]) -> Step:
    chain = await behind.behind(record)
    action = str(record.get("eventName") or "?")
    service = short(str(record.get("eventSource") or ""))
    read = record.get("readOnly") is True and not record.get("errorCode") and not _gives(record)
    verb, names = _done(record)
    return Step(
        time=exact_time(event_id, str(record.get("eventTime"))),
        who=chains.named(chain[0].actor),
        acting_for=chains.acting_for(chain),
        ip=str(record.get("sourceIPAddress") or ""),
        read=read,
        service=service,
        action=action,
        error=str(record.get("errorCode") or ""),
        verb=verb,
        names=[] if read else names,
        reads=Counter({f"{service} {action}": 1}) if read else Counter(),
    )


def _gives(record: dict[str, Any]) -> bool:
    """Whether the record gave somebody a session: CloudTrail calls that a read, the story must not."""
    answer = record.get("responseElements")
    return isinstance(answer, dict) and "credentials" in answer


def _done(record: dict[str, Any]) -> tuple[Verb, list[str]]:
    """What the record did, and to what."""
    found = mentions.mentions(record)
    for verb in (Verb.DELETED, Verb.CREATED, Verb.REFUSED, Verb.TOUCHED):
        those = [one for one in found if one.verb is verb]
        sure = [one for one in those if one.certain] or those
        if sure:
            return verb, [foremost(sure)]
    return Verb.TOUCHED, []


async def tell(store: SqliteStore, at: datetime | None = None) -> None:
    """Print the story: a heading whenever somebody else acts, then a line for each step."""
    heading: tuple[str, ...] = ()
    day = ""
    async for step in steps(store, at):
        if f"{step.time:%Y-%m-%d}" != day:
            click.echo("\n" if day else "", nl=False)
            day = f"{step.time:%Y-%m-%d}"
            click.echo(click.style(f"{step.time:%A, %d %B %Y}", underline=True) + " (UTC)")
            heading = ()
        if (step.who, step.acting_for, step.ip) != heading:
            heading = (step.who, step.acting_for, step.ip)
            behind = f", acting for {clean(step.acting_for)}" if step.acting_for else ""
            where = f", from {clean(step.ip)}" if step.ip else ""
            click.echo(f"\n  {click.style(clean(step.who), bold=True)}{behind}{where}")
        click.echo(f"    {step.time:%H:%M:%S}  {_line(step)}")


def _line(step: Step) -> str:
    room = (width() or 100_000) - len("    00:00:00  ")
    times = f" ×{step.count:,}" if step.count > 1 else ""
    if step.read:
        most = [
            f"{clean(name)}" + (f" ×{count:,}" if count > 1 else "")
            for name, count in step.reads.most_common(MOST_READS)
        ]
        more = f" and {len(step.reads) - MOST_READS} more actions" if len(step.reads) > MOST_READS else ""
        return click.style(cut(f"looks: {', '.join(most)}{more}", room), dim=True)
    sign, style = _SIGNS[step.verb]
    names = ", ".join(clean(name) for name in step.names[:MOST_NAMES])
    more = f" and {len(step.names) - MOST_NAMES} more" if len(step.names) > MOST_NAMES else ""
    refused = click.style(f"  {clean(step.error)}", fg="yellow") if step.error else ""
    what = f"{clean(step.service)} {clean(step.action)}{times}"
    left = max(20, room - len(f"{sign} {what}  {more}  {step.error}"))
    return f"{click.style(sign, **style)} {what}  {cut(names, left)}{more}{refused}"
