"""Invocations: at once, later, or not at all.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from backtrail import (
    UNSET,
    Answer,
    Call,
    Command,
    Effect,
    Event,
    Lineage,
    Params,
    UnsetType,
    field,
    ids,
    told,
)
from backtrail_aws.lambda_ import (
    aliases,
    directory,
    errors,
    limits,
    log_lines,
    names,
    queue,
    recursion,
    runs,
)
from backtrail_aws.lambda_.api import (
    Invoke,
    InvokeAsync,
    InvokeAsyncResult,
    InvokeResponseStreamUpdate,
    InvokeResult,
    InvokeWithResponseStream,
    InvokeWithResponseStreamCompleteEvent,
    InvokeWithResponseStreamResponseEvent,
    InvokeWithResponseStreamResult,
)
from backtrail_aws.lambda_.state import Function, Functions, Version, service

_WORD = re.compile(r"[A-Za-z_][\w]*")


class Invoked(Params):
    """Beside an invocation: the request's id, by which an accepted event goes, and the chain that it goes on with; or
    how the run went."""

    request_id: str | UnsetType = field(name="requestID", default=UNSET)
    run: runs.Facts | UnsetType = UNSET
    lineage: Lineage | UnsetType = UNSET


@service.first
def session_before_invoke(state: Functions, call: Call[Invoke]) -> Iterator[Command]:
    """A run at once needs credentials."""
    if told(call.params.invocation_type, "RequestResponse") == "RequestResponse":
        yield from runs.session_first(call, call.params.function_name, call.params.qualifier)


@service.handle(at=names.by_function)
def invoke(state: Functions, call: Call[Invoke]) -> InvokeResult | Answer[InvokeResult] | Effect:
    """The function's answer; 202 for an event that is accepted, 204 for a dry run."""
    params = call.params
    function, qualifier, version = _subject(state, call, params.qualifier)
    kind = told(params.invocation_type, "RequestResponse")
    if kind == "DryRun":
        return InvokeResult(status_code=204)
    payload = told(params.payload, b"")
    check_payload(payload, limits.EVENT_MAX_BYTES if kind == "Event" else limits.PAYLOAD_MAX_BYTES)
    context = check_context(params.client_context)
    if kind == "Event":
        runs.check_runnable(version, function.arn)
        return Answer(InvokeResult(status_code=202), note=_accepted(call))
    if call.outcome is None:
        recursion.check(function, call.lineage)
        check_reserved(function)
        return runs.prepared(state, call, function, qualifier, version, payload, context, call.request_id)
    ran = runs.ended(call)
    found = runs.facts(call, version, ran)
    text = runs.log_text(ran, found, call.request_id)
    result = InvokeResult(
        status_code=200,
        function_error=ran.error or UNSET,
        log_result=runs.tail(text) if params.log_type == "Tail" else UNSET,
        payload=ran.payload,
        executed_version=found.version,
        output=text,
    )
    return Answer(result, note=Invoked(run=found))


@service.project(at=names.by_function)
def invoked(state: Functions, event: Event[Invoke, InvokeResult]) -> None:
    """An event that was accepted here waits in the queue; of a run nothing is kept but its record."""
    params = event.params
    note = event.note(Invoked)
    if params.invocation_type != "Event" or note is None or isinstance(note.request_id, UnsetType):
        return
    context = told(params.client_context, "")
    queue.put(
        state, event, note.request_id, params.function_name, directory.event_qualifier(event),
        told(params.payload, b""), context, note.lineage,
    )  # fmt: skip


@service.react(at=names.by_function)
def after_invoke(state: Functions, event: Event[Invoke, InvokeResult]) -> Iterator[Command]:
    """An accepted event runs; what a run printed is logged."""
    yield from queue.started(state, event.id)
    note = event.note(Invoked)
    if note is not None:
        function = state.functions.get(names.function(event.params.function_name).name)
        yield from log_lines.written(function, note.run, event.result.output, event.time)


@service.handle(at=names.by_function)
def invoke_async(state: Functions, call: Call[InvokeAsync]) -> Answer[InvokeAsyncResult]:
    """The forerunner of events: 202."""
    function, _, version = _subject(state, call, UNSET)
    check_payload(_arguments(call.params), limits.EVENT_MAX_BYTES)
    runs.check_runnable(version, function.arn)
    return Answer(InvokeAsyncResult(status=202), note=_accepted(call))


@service.project(at=names.by_function)
def invoked_async(state: Functions, event: Event[InvokeAsync, None]) -> None:
    """The event waits in the queue."""
    note = event.note(Invoked)
    if note is not None and isinstance(note.request_id, str):
        name = event.params.function_name
        qualifier = names.function(name).qualifier
        given = _arguments(event.params)
        queue.put(state, event, note.request_id, name, qualifier, given, "", note.lineage)


@service.react(at=names.by_function)
def after_invoke_async(state: Functions, event: Event[InvokeAsync, None]) -> Iterator[Command]:
    """It runs."""
    yield from queue.started(state, event.id)


@service.first
def session_before_stream(state: Functions, call: Call[InvokeWithResponseStream]) -> Iterator[Command]:
    """A run needs credentials."""
    yield from runs.session_first(call, call.params.function_name, call.params.qualifier)


@service.handle(at=names.by_function)
def invoke_with_response_stream(
    state: Functions, call: Call[InvokeWithResponseStream]
) -> InvokeWithResponseStreamResult | Answer[InvokeWithResponseStreamResult] | Effect:
    """The same as a stream of events: the whole answer in one piece, then how it ended."""
    params = call.params
    function, qualifier, version = _subject(state, call, params.qualifier)
    if params.invocation_type == "DryRun":
        return InvokeWithResponseStreamResult(status_code=204)
    payload = told(params.payload, b"")
    check_payload(payload, limits.PAYLOAD_MAX_BYTES)
    context = check_context(params.client_context)
    if call.outcome is None:
        recursion.check(function, call.lineage)
        check_reserved(function)
        return runs.prepared(state, call, function, qualifier, version, payload, context, call.request_id)
    ran = runs.ended(call)
    found = runs.facts(call, version, ran)
    text = runs.log_text(ran, found, call.request_id)
    ending = InvokeWithResponseStreamCompleteEvent(
        error_code=ran.error or UNSET,
        error_details=ran.payload.decode(errors="replace") if ran.error else UNSET,
        log_result=runs.tail(text) if params.log_type == "Tail" else UNSET,
    )
    chunk = InvokeResponseStreamUpdate(payload=ran.payload)
    events = [InvokeWithResponseStreamResponseEvent(invoke_complete=ending)]
    if not ran.error:
        events.insert(0, InvokeWithResponseStreamResponseEvent(payload_chunk=chunk))
    result = InvokeWithResponseStreamResult(
        status_code=200, executed_version=found.version, event_stream=events, output=text
    )
    return Answer(result, note=Invoked(run=found))


@service.project(at=names.by_function)
def invoked_with_response_stream(
    state: Functions, event: Event[InvokeWithResponseStream, InvokeWithResponseStreamResult]
) -> None:
    """Nothing is kept but the record."""


@service.react(at=names.by_function)
def after_stream(
    state: Functions, event: Event[InvokeWithResponseStream, InvokeWithResponseStreamResult]
) -> Iterator[Command]:
    """What the run printed is logged."""
    note = event.note(Invoked)
    if note is not None:
        function = state.functions.get(names.function(event.params.function_name).name)
        yield from log_lines.written(function, note.run, event.result.output, event.time)


def _accepted(call: Call[Any]) -> Invoked:
    """What is kept beside an event that is accepted."""
    return Invoked(request_id=call.request_id, lineage=call.lineage if call.lineage.root else UNSET)


def check_payload(payload: bytes, limit: int) -> None:
    """Refuse a payload that is too large, or no JSON."""
    if len(payload) > limit:
        raise errors.payload_too_large(limit)
    if not payload:
        return
    try:
        msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise errors.bad_payload(_complaint(payload)) from error


def check_context(context: str | UnsetType) -> str:
    """The JSON in a client context; empty for none. Raises `Refusal`."""
    if isinstance(context, UnsetType) or not context:
        return ""
    if len(context) > limits.CONTEXT_MAX_BYTES:
        raise errors.bad_context()
    try:
        decoded = base64.b64decode(context, validate=True)
        msgspec.json.decode(decoded)
        return decoded.decode()
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise errors.bad_context() from error


def check_reserved(function: Function) -> None:
    """Refuse where not one invocation is allowed."""
    if function.reserved == 0:
        raise errors.too_many("ReservedFunctionConcurrentInvocationLimitExceeded")


def _subject(state: Functions, call: Call[Any], given: str | UnsetType) -> tuple[Function, str, Version]:
    """The function, the qualifier that was asked for, and the version that runs."""
    function, qualifier = directory.called(state, call, given)
    directory.check_qualifier(function, qualifier)
    # By the request, not by the record: a run is decided twice, and must be of one version.
    chance = int(ids.new_id(call.request_id, "hex8", "weight"), 16) / 2**32
    target = aliases.target(function, qualifier, chance)
    return function, qualifier, directory.version_of(function, target)


def _arguments(params: InvokeAsync) -> bytes:
    blob = params.invoke_args
    return blob.data if not isinstance(blob, UnsetType) and isinstance(blob.data, bytes) else b""


def _complaint(payload: bytes) -> str:
    """As Jackson complains."""
    text = payload[:512].decode(errors="replace")
    word = _WORD.match(text.lstrip())
    source = f'\n at [Source: (byte[])"{text}"; line: 1, column: '
    if word is not None:
        end = len(text) - len(text.lstrip()) + len(word.group()) + 1
        return (
            f"Unrecognized token '{word.group()}': was expecting (JSON String, Number, Array, Object or token "
            f"'null', 'true' or 'false'){source}{end}]"
        )
    first = text.lstrip()[:1]
    code = ord(first) if first else 0
    return (
        f"Unexpected character ('{first}' (code {code})): expected a valid value (JSON String, Number, Array, Object "
        f"or token 'null', 'true' or 'false'){source}1]"
    )
