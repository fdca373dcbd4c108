"""Life cycles: tables of (state, seconds, next) that are computed at the time of asking, live and imported alike.

Seconds are 0 unless the log's option `backtrail.pace` is `aws` (`serve --pace aws`): the changing call answers the
first state and every later one the last. A handler passes what its call says:

    state_at(CREATING, "Pending", since, call.time, pace=call.pace(since))
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec


class Phase(msgspec.Struct, frozen=True):
    """One state of a life cycle: how long it lasts as AWS documents it (seconds), and what follows."""

    seconds: float
    next: str


Cycle = Mapping[str, Phase]
"""States that do not last. A state that is not in the table stays."""


def state_at(cycle: Cycle, state: str, since: datetime, now: datetime, *, pace: float = 0.0) -> str:
    """The state that was entered `since`, as it is `now`; `pace` scales the documented seconds (0: at once)."""
    while (phase := cycle.get(state)) is not None:
        since = since + timedelta(seconds=phase.seconds * pace)
        if now < since or (pace == 0.0 and now == since):
            return state
        state = phase.next
    return state
