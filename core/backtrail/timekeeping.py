"""The clock's movements as records: a service of Backtrail's own, which every account has.

`MoveClock` is recorded as an `AwsServiceEvent`; what it says is folded, so a log that is opened again goes on with
the clock it was left with.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from backtrail.call import Call
from backtrail.clock import Clock
from backtrail.errors import Refusal
from backtrail.hookspecs import hookimpl
from backtrail.options import Chosen
from backtrail.payload import Params, State, field
from backtrail.record import Event
from backtrail.service import Scope, Service
from backtrail.trail.times import IsoNanos

NAME = "backtrail"


class MoveClock(Params):
    """Set the clock to a time that is not past; frozen, it stays there until it is moved again.

    `ahead_s` is by how much that is ahead of wall time: what a running clock keeps.
    """

    to: IsoNanos = field(name="to")
    frozen: bool = field(name="frozen")
    ahead_s: float = field(name="aheadSeconds")


class Timekeeping(State):
    """Where the clock stands: held at a time, or ahead of wall time by so much. Both None: wall time.

    `options` are those that were set (`backtrail.choosing`), by service and name.
    """

    frozen_at: datetime | None = None
    ahead_s: float | None = None
    options: dict[str, Chosen] = {}


timekeeping = Service(NAME, Timekeeping, scope=Scope.PARTITION)


@timekeeping.handle(internal=True)
def move_clock(state: Timekeeping, call: Call[MoveClock]) -> None:
    """Refuses a time before the call's own: what is told cannot be untold."""
    if call.params.to < call.time - timedelta(seconds=1):
        raise Refusal(
            "ClockWentBack", f"the log already reaches {call.time.isoformat()}, and time never goes back"
        )


@timekeeping.project
def clock_moved(state: Timekeeping, event: Event[MoveClock, None]) -> None:
    state.frozen_at = max(event.params.to, event.time) if event.params.frozen else None
    state.ahead_s = None if event.params.frozen else event.params.ahead_s


def moved(clock: Clock, to: datetime, *, frozen: bool) -> MoveClock:
    """The call that moves a clock to a time."""
    return MoveClock(to=IsoNanos.of(to), frozen=frozen, ahead_s=(to - clock.wall()).total_seconds())


def restore(clock: Clock, state: Timekeeping, last: datetime | None) -> None:
    """Put a clock where the log left it."""
    if last is not None:
        clock.not_before(last)
    if state.frozen_at is not None:
        clock.set(max(state.frozen_at, last or state.frozen_at), frozen=True)
    elif state.ahead_s is not None:
        clock.ahead(timedelta(seconds=state.ahead_s))


@hookimpl
def register_services() -> list[Service[Timekeeping]]:
    return [timekeeping]
