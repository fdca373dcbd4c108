"""`/_backtrail/clock`: what time it is, and moving it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from backtrail.call import Caller
from backtrail.clock import ClockWentBack
from backtrail.engine import Engine
from backtrail.errors import BacktrailError
from backtrail.identity import default_account, resolve
from backtrail.wire.http import HttpAnswer, HttpRequest
from backtrail_cli.server.app import Control, json_answer
from backtrail_cli.server.bodies import Receive, whole


class Move(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`{"freeze": true}`, `{"advance_s": 3600}`, `{"set": "2030-01-01T00:00:00Z"}`, `{"run": true}`."""

    freeze: bool = False
    run: bool = False
    advance_s: float | None = None
    set: datetime | None = None


def controls() -> dict[str, Control]:
    """The clock's own requests."""
    return {"GET /_backtrail/clock": show, "POST /_backtrail/clock": move}


async def show(engine: Engine, request: HttpRequest, receive: Receive) -> HttpAnswer:
    """The engine's time, whether it is held, and by how much it is ahead of wall time."""
    clock = engine.clock
    if engine.past is not None:
        return json_answer({"time": engine.past.isoformat(), "frozen": True, "ahead_s": 0.0})
    return json_answer(
        {"time": clock.peek().isoformat(), "frozen": clock.frozen, "ahead_s": clock.advanced.total_seconds()}
    )


async def move(engine: Engine, request: HttpRequest, receive: Receive) -> HttpAnswer:
    """Move the clock, as a record."""
    try:
        await moved(engine, msgspec.json.decode(await whole(receive, request), type=Move))
    except (msgspec.DecodeError, ValueError) as error:
        return json_answer({"error": str(error)}, 400)
    except Unmoved as error:
        return json_answer({"error": str(error)}, 409)
    return await show(engine, request, receive)


class Unmoved(BacktrailError):
    """The clock stands still, or the log is further already."""


async def moved(engine: Engine, wanted: Move) -> datetime:
    """Move the clock, as a record; the time then. Raises `ValueError` for a wrong wish, `Unmoved`."""
    if engine.past is not None:
        raise Unmoved("the account is served as it was; its clock stands still")
    to, frozen = _target(engine, wanted)
    answered = await engine.move_clock(to, frozen=frozen, caller=_owner(engine))
    if answered.error is not None:
        raise Unmoved(answered.error.message)
    return engine.clock.peek()


def _target(engine: Engine, wanted: Move) -> tuple[datetime, bool]:
    clock = engine.clock
    if sum((wanted.freeze, wanted.run, wanted.advance_s is not None, wanted.set is not None)) != 1:
        raise ValueError("say one of freeze, run, advance_s, set")
    if wanted.set is not None:
        to = wanted.set if wanted.set.tzinfo else wanted.set.replace(tzinfo=UTC)
        if to < clock.peek():
            raise ClockWentBack(
                f"the clock is at {clock.peek():%Y-%m-%d %H:%M:%S}Z and never goes back; `backtrail serve --at` shows "
                "the past"
            )
        return to, clock.frozen
    if wanted.advance_s is not None:
        if wanted.advance_s < 0:
            raise ClockWentBack("the clock never goes back; `backtrail serve --at` shows the past")
        return clock.peek() + timedelta(seconds=wanted.advance_s), clock.frozen
    return clock.peek(), wanted.freeze


def _owner(engine: Engine) -> Caller:
    account = default_account(engine.machine)
    return resolve(engine.machine, account, "us-east-1", engine.clock.peek()).caller
