"""Life cycles, and what is worked out when somebody looks. Seconds: guess, of the order that the user guide names.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html (statuses)
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from backtrail import UNSET, Call, Cycle, Phase, SortedMap, UnsetType, state_at, told
from backtrail_aws.rds.state import Held

CYCLE: Cycle = {
    "creating": Phase(300, "available"),
    "modifying": Phase(120, "available"),
    "rebooting": Phase(60, "available"),
    "renaming": Phase(60, "available"),
    "failing-over": Phase(60, "available"),
    "starting": Phase(300, "available"),
    "stopping": Phase(180, "stopped"),
    "promoting": Phase(120, "available"),
    "copying": Phase(180, "available"),
    "deleting": Phase(180, "deleted"),
}


def status(call: Call[Any], held: Held) -> str:
    """The status of a resource at the time of the call."""
    if isinstance(held.since, UnsetType):
        return held.status
    return state_at(CYCLE, held.status, held.since, call.time, pace=call.pace(held.since))


def enter(held: Held, state: str, at: datetime) -> None:
    """In a fold: a status begins."""
    held.status, held.since = state, at


def is_leaving(call: Call[Any], leaving: SortedMap[str, Any], name: str) -> bool:
    """Whether something of that name is being deleted still."""
    held = leaving.get(name)
    return held is not None and status(call, held) == "deleting"


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def next_window(window: str | UnsetType, since: datetime) -> datetime | UnsetType:
    """When the maintenance window (`fri:05:57-fri:06:27`) begins next; UNSET where none is known."""
    day, _, clock = told(window, "").partition("-")[0].partition(":")
    hour, _, minute = clock.partition(":")
    if day not in _DAYS or not (hour.isdigit() and minute.isdigit()):
        return UNSET
    begin = since.replace(hour=int(hour) % 24, minute=int(minute) % 60, second=0, microsecond=0)
    begin += timedelta(days=(_DAYS.index(day) - begin.weekday()) % 7)
    return begin if begin > since else begin + timedelta(days=7)
