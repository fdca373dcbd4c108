"""A service that does not exist, whose plugin fails wherever a call tells it to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import backtrail
from backtrail import Call, Command, Event, Params, Refusal, State, field
from backtrail.call import Effect, Outcome, Wait


class Meddle(Params):
    """Fails in the part of the plugin that it names: `first`, `react`, `wake`, `timer`, `refuse`; in none: works."""

    where: str = field(name="where")


class AwaitMeddling(Params):
    """Waits for the next `Meddle`."""


class Conjure(Params):
    """Runs an effect."""


class Gremlins(State):
    seen: list[str] = []
    due: datetime | None = None


gremlin = backtrail.Service("gremlin", Gremlins)


def _trip(event_or_call: Event[Meddle, None] | Call[Meddle], where: str) -> None:
    if event_or_call.params.where == where:
        raise ZeroDivisionError(where)


@gremlin.first
def before(state: Gremlins, call: Call[Meddle]) -> Iterator[Command]:
    _trip(call, "first")
    if call.params.where == "refuse":
        raise Refusal("Grumpy", "Not today.")
    yield from ()


@gremlin.handle
def meddle(state: Gremlins, call: Call[Meddle]) -> None:
    """Always allowed."""


@gremlin.project
def meddled(state: Gremlins, event: Event[Meddle, None]) -> None:
    state.seen.append(event.params.where)
    state.due = event.time if event.params.where == "timer" else None


@gremlin.react
def tell(state: Gremlins, event: Event[Meddle, None]) -> Iterable[Command]:
    _trip(event, "react")
    return ()


@gremlin.wakes
def wakes(event: Event[Meddle, None]) -> str:
    _trip(event, "wake")
    return "meddling"


@gremlin.read
def await_meddling(state: Gremlins, call: Call[AwaitMeddling]) -> Wait | None:
    return None if call.waited or state.seen else Wait(key="meddling", seconds=0.2)


@gremlin.timer(lambda state: state.due)
def ring(state: Gremlins, now: datetime) -> Iterable[Command]:
    raise ZeroDivisionError("timer")


@gremlin.handle
def conjure(state: Gremlins, call: Call[Conjure]) -> Effect | None:
    return None if call.outcome is not None else Effect(name="smoke", args="")


@gremlin.project
def conjured(state: Gremlins, event: Event[Conjure, None]) -> None:
    state.seen.append("smoke")


@gremlin.effect("smoke")
async def smoke(args: str, engine: object, request_id: str) -> Outcome:
    return Outcome(result="smoke")


@backtrail.hookimpl
def register_services() -> list[backtrail.Service[Gremlins]]:
    return [gremlin]
