"""Records as rows of a table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backtrail_cli.screen import Cell, Column, iso, moment
from backtrail_eventstore import Event, Touch

FAILED = {"fg": "red"}
WROTE = {"bold": True}
FAINT = {"dim": True}

EVENT_COLUMNS = (
    Column("time (UTC)"),
    Column("action", least=24),
    Column("by", least=14, middle=True),
    Column("error", least=12, style=FAILED, drop=1),
    Column("from", least=15, middle=True, drop=2),
    Column("region", drop=3),
    Column("event", style=FAINT, drop=4),
)


def event_row(event: Event) -> tuple[str | Cell, ...]:
    """A record as a row of `EVENT_COLUMNS`."""
    style = FAILED if event.error else {} if event.read_only else WROTE
    return (
        moment(event.time)[:-1],
        Cell(f"{short(event.source)} {event.action}", style),
        principal(event),
        event.error,
        event.ip,
        event.region,
        event.event_id,
    )


def short(source: str) -> str:
    """A service's source without what all have: `iam.amazonaws.com` -> `iam`."""
    return source.removesuffix(".amazonaws.com") or "?"


def principal(event: Event) -> str:
    """Who called, short: the ARN's last part, `assumed-role/` left away."""
    arn = event.principal
    if not arn.startswith("arn:"):
        return event.user or arn or "?"
    fields = arn.split(":", 5)
    name = fields[5] if len(fields) == 6 else arn
    return f"root {fields[4]}" if name == "root" else name.removeprefix("user/").removeprefix("assumed-role/")


def plain(event: Event) -> dict[str, Any]:
    """A record for programs: what the index knows of it; texts that are not told are null."""
    return {
        "seq": event.seq,
        "event_id": event.event_id,
        "time": iso(event.time),
        "service": short(event.source),
        "source": event.source,
        "action": event.action,
        "account": event.account or None,
        "region": event.region or None,
        "principal": event.principal or None,
        "user": event.user or None,
        "access_key": event.access_key or None,
        "error": event.error or None,
        "ip": event.ip or None,
        "read_only": event.read_only,
    }


EVENT_MEMBERS = (
    "time", "account", "region", "service", "action", "principal", "user", "access_key", "error", "ip", "read_only",
    "event_id",
)  # fmt: skip
TOUCH_MEMBERS = ("resource", "verb", "type", "certain", *EVENT_MEMBERS)
"""What a spreadsheet is told of records."""


def plain_touch(touch: Touch) -> dict[str, Any]:
    """A record that mentions a resource, for programs."""
    return plain(touch) | {
        "resource": touch.resource,
        "verb": str(touch.verb),
        "type": touch.type or None,
        "certain": touch.certain,
    }


def order(touch: Touch) -> tuple[object, ...]:
    """Within a second, what begins a resource stands first and what ends it last; CloudTrail does not tell more."""
    rank = {"created": 0, "deleted": 2}.get(str(touch.verb), 1)
    return touch.time, rank, touch.seq


def ended(shown: Sequence[object], limit: int) -> str:
    """What to say when there may be more than was shown."""
    return (
        f"there are more than these {limit}: raise --limit or narrow the filters"
        if len(shown) > limit
        else ""
    )
