"""Asynchronous invocations: accepted events, run one by one, tried again, and told of when they end.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from backtrail import (
    UNSET,
    Answer,
    Call,
    Command,
    Effect,
    Event,
    Lineage,
    Params,
    Refusal,
    Sealed,
    UnsetType,
    field,
    ids,
    told,
)
from backtrail_aws.lambda_ import (
    aliases,
    destinations,
    directory,
    due,
    event_invoke_configs,
    limits,
    log_lines,
    names,
    recursion,
    runs,
)
from backtrail_aws.lambda_.state import Function, Functions, QueuedEvent, Version, service

_AGED, _ZERO = "EventAgeExceeded", "ZeroReservedConcurrency"
_GONE = "FunctionDeleted"
_CIRCLE = "RecursiveInvocation"  # a guess: no page of AWS's names a condition for it


class RunEvent(Params):
    """The service's own action: an accepted event is run once."""

    event_id: str = field(name="invokeEventID")
    function_name: str = field(name="functionName")


class RunEventResult(Params):
    """What came of it."""

    function_error: str | UnsetType = field(name="functionError", default=UNSET)
    executed_version: str | UnsetType = field(name="executedVersion", default=UNSET)
    payload: Sealed[bytes] | UnsetType = UNSET
    output: Sealed[str] | UnsetType = UNSET


class Attempt(Params):
    """Beside a RunEvent: why nothing was run (`condition`), or that it could not be yet (`later`), or how it went."""

    condition: str | UnsetType = UNSET
    later: str | UnsetType = UNSET
    run: runs.Facts | UnsetType = UNSET


class EventDue(Params):
    """The service's own action: the time of an event's next attempt has come."""

    event_id: str = field(name="invokeEventID")
    function_name: str = field(name="functionName")


def put(
    state: Functions, event: Event[Any, Any], request_id: str, function_name: str, qualifier: str, payload: bytes,
    context: str, lineage: Lineage | UnsetType = UNSET,
) -> None:  # fmt: skip
    """Fold an event that was accepted."""
    named = names.function(function_name)
    state.events[event.id] = QueuedEvent(
        id=event.id,
        request_id=request_id,
        name=named.name,
        arn=names.arn_of(event, named),
        qualifier=qualifier,
        payload=payload,
        context=context,
        accepted=event.time,
        lineage=None if isinstance(lineage, UnsetType) else lineage,
    )


def started(state: Functions, event_id: str) -> Iterator[Command]:
    """The command that runs an event."""
    queued = state.events.get(event_id)
    if queued is not None:
        yield _command(queued, RunEvent(event_id=queued.id, function_name=queued.arn))


def again(state: Functions, event_id: str) -> Command:
    """The command of an event whose time has come."""
    queued = state.events[event_id]
    return _command(queued, EventDue(event_id=queued.id, function_name=queued.arn))


@service.handle(internal=True, at=names.by_function)
def event_due(state: Functions, call: Call[EventDue]) -> None:
    """Nothing to decide: time came."""


@service.project(at=names.by_function)
def event_was_due(state: Functions, event: Event[EventDue, None]) -> None:
    """It waits no longer."""
    queued = state.events.get(event.params.event_id)
    if queued is not None:
        due.expect(state, due.EVENT, queued.id, queued.due, None)
        queued.due = None


@service.react(at=names.by_function)
def try_again(state: Functions, event: Event[EventDue, None]) -> Iterator[Command]:
    """It runs again."""
    yield from started(state, event.params.event_id)


@service.first
def session_before_event(state: Functions, call: Call[RunEvent]) -> Iterator[Command]:
    """A run needs credentials."""
    queued = state.events.get(call.params.event_id)
    qualifier = queued.qualifier if queued is not None else ""
    yield from runs.session_first(call, call.params.function_name, qualifier or UNSET)


@service.handle(internal=True, at=names.by_function)
def run_event(state: Functions, call: Call[RunEvent]) -> Answer[RunEventResult] | Effect:
    """One attempt, or why there is none."""
    queued = state.events.get(call.params.event_id)
    function = state.functions.get(queued.name) if queued is not None else None
    version = _version(function, queued) if function is not None and queued is not None else None
    if queued is None or function is None or version is None:
        return Answer(RunEventResult(), note=Attempt(condition=_GONE))
    if call.outcome is None:
        condition = _hindered(function, queued, call)
        if condition:
            return Answer(RunEventResult(), note=Attempt(condition=condition))
    try:
        if call.outcome is None:
            payload, context = told(queued.payload, b""), told(queued.context, "")
            return runs.prepared(
                state, call, function, queued.qualifier, version, payload, context, queued.request_id
            )
        ran = runs.ended(call)
    except Refusal as refusal:
        return _refused(refusal)
    found = runs.facts(call, version, ran)
    result = RunEventResult(
        function_error=ran.error or UNSET,
        executed_version=found.version,
        payload=ran.payload,
        output=runs.log_text(ran, found, queued.request_id),
    )
    return Answer(result, note=Attempt(run=found))


@service.project(at=names.by_function)
def event_ran(state: Functions, event: Event[RunEvent, RunEventResult]) -> None:
    """The event is done, or waits for its next attempt."""
    queued = state.events.get(event.params.event_id)
    attempt = event.note(Attempt)
    state.ended = None
    if queued is None or attempt is None:
        return
    if isinstance(attempt.later, str):
        queued.throttled += 1
        wait_s = min(limits.THROTTLED_WAIT_S * 2 ** (queued.throttled - 1), limits.THROTTLED_WAIT_MAX_S)
        _wait(state, queued, event, wait_s)
        return
    if isinstance(attempt.condition, UnsetType):
        queued.attempts += 1
        function = state.functions.get(queued.name)
        failed = isinstance(event.result.function_error, str)
        if failed and function is not None and queued.attempts <= _retries(function, queued):
            _wait(state, queued, event, limits.RETRY_WAITS_S[queued.attempts - 1])
            return
    del state.events[queued.id]
    state.ended = queued


@service.react(at=names.by_function)
def after_event(state: Functions, event: Event[RunEvent, RunEventResult]) -> Iterator[Command]:
    """What was printed is logged; an event that has ended is told of."""
    attempt = event.note(Attempt)
    function = state.functions.get(names.function(event.params.function_name).name)
    if attempt is None or function is None:
        return
    yield from log_lines.written(function, attempt.run, event.result.output, event.time)
    queued = state.ended
    if queued is None or queued.id != event.params.event_id:
        return
    if attempt.condition == _CIRCLE:
        yield recursion.explained(function, _lineage(queued), reaction="after_event", action="RunEvent")
    failed = isinstance(event.result.function_error, str)
    condition = told(attempt.condition, "RetriesExhausted" if failed else "Success")
    told_of = destinations.Ended(
        queued=queued,
        condition=condition,
        function_error=event.result.function_error,
        version=told(event.result.executed_version, names.LATEST),
        payload=told(event.result.payload, b""),
        ran=isinstance(attempt.condition, UnsetType),
        time=event.time,
        circle=attempt.condition == _CIRCLE,
    )
    yield from destinations.told_of(function, told_of)


def _hindered(function: Function, queued: QueuedEvent, call: Call[Any]) -> str:
    """Why an event is not run at all; empty where it is."""
    if function.reserved == 0:
        return _ZERO
    if recursion.stops(function, call.lineage):
        return _CIRCLE
    config = event_invoke_configs.of(function, queued.qualifier)
    most_s = told(config.maximum_event_age_in_seconds, limits.EVENT_AGE_S)
    tried = queued.attempts + queued.throttled > 0
    return _AGED if tried and call.time - queued.accepted > timedelta(seconds=most_s) else ""


def _refused(refusal: Refusal) -> Answer[RunEventResult]:
    """Throttling and faults of the service are tried again for hours; what the function lacks is its own failure."""
    if refusal.code in ("TooManyRequestsException", "ServiceException", "ResourceConflictException"):
        return Answer(RunEventResult(), note=Attempt(later=refusal.code))
    return Answer(RunEventResult(function_error="Unhandled", payload=runs.failure(refusal)), note=Attempt())


def _version(function: Function, queued: QueuedEvent) -> Version | None:
    chance = int(ids.new_id(queued.request_id, "hex8", "weight"), 16) / 2**32
    return directory.look(function, aliases.target(function, queued.qualifier, chance))


def _retries(function: Function, queued: QueuedEvent) -> int:
    config = event_invoke_configs.of(function, queued.qualifier)
    return min(told(config.maximum_retry_attempts, limits.RETRIES), len(limits.RETRY_WAITS_S))


def _wait(state: Functions, queued: QueuedEvent, event: Event[Any, Any], seconds: int) -> None:
    until = event.time + timedelta(seconds=seconds)
    due.expect(state, due.EVENT, queued.id, queued.due, until)
    queued.due = until


def _command(queued: QueuedEvent, params: Params) -> Command:
    return Command(
        "lambda", params, account=queued.arn.split(":")[4], source_arn=queued.arn, lineage=_lineage(queued)
    )


def _lineage(queued: QueuedEvent) -> Lineage:
    """The chain of an event, however often it is tried and however long after."""
    return queued.lineage if queued.lineage is not None else Lineage(root=queued.id)
