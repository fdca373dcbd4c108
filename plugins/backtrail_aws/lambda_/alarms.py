"""What time brings: an event is tried again, a mapping looks for messages, a poll that never ended is given up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from backtrail import Command
from backtrail_aws.lambda_ import polls, queue
from backtrail_aws.lambda_.due import EVENT, STALE, TIME
from backtrail_aws.lambda_.moments import micros, moment
from backtrail_aws.lambda_.state import Functions, service


def next_due(state: Functions) -> datetime | None:
    """When time next has something to do here."""
    first = state.due.first()
    return moment(int(first[:TIME], 16)) if first is not None else None


@service.timer(next_due)
def time_came(state: Functions, now: datetime) -> Iterator[Command]:
    """Whatever is due by now, in order."""
    us = micros(now)
    for alarm, name in state.due.items():
        if int(alarm[:TIME], 16) > us:
            return
        kind = alarm[TIME]
        if kind == EVENT:
            yield queue.again(state, name)
        elif kind == STALE:
            yield polls.given_up(state, name)
        else:
            yield polls.look(state, name)
