"""Event source mappings: made, changed, shown, deleted. What an SQS mapping does is in `polls`; others are kept only.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from backtrail import UNSET, Call, Event, Params, Phase, UnsetType, field, known, state_at, told
from backtrail.record import arn as made_arn
from backtrail.trail.times import IsoMillis
from backtrail_aws.lambda_ import directory, due, errors, filters, limits, names, paging, tags
from backtrail_aws.lambda_.api import (
    CreateEventSourceMapping,
    CreateEventSourceMappingResult,
    DeleteEventSourceMapping,
    DeleteEventSourceMappingResult,
    EventSourceMappingConfiguration,
    GetEventSourceMapping,
    GetEventSourceMappingResult,
    ListEventSourceMappings,
    ListEventSourceMappingsResult,
    UpdateEventSourceMapping,
    UpdateEventSourceMappingResult,
)
from backtrail_aws.lambda_.destinations import queue_url
from backtrail_aws.lambda_.state import Function, Functions, Mapping, service

R = TypeVar("R", bound=msgspec.Struct)
Configuration = EventSourceMappingConfiguration

_BY_USER = "USER_INITIATED"
_CHANGING = ("Creating", "Enabling", "Updating", "Disabling")
_CHANGE_S = 30
_GIVEN = tuple(
    name
    for name in UpdateEventSourceMapping.__struct_fields__
    if name in Configuration.__struct_fields__ and name != "uuid"
)
"""Members that an update may name and the configuration has."""
_MADE = tuple(
    name for name in CreateEventSourceMapping.__struct_fields__ if name in Configuration.__struct_fields__
)


class GetQueueAttributes(Params):
    """What SQS is asked."""

    queue_url: str = field(name="queueUrl")
    attribute_names: list[str] = field(name="attributeNames")


class GetQueueAttributesResult(Params):
    """What it answers."""

    attributes: dict[str, str] | UnsetType = UNSET


class ListQueues(Params):
    """Whether there is an SQS here at all."""


class ListQueuesResult(Params):
    """There is."""


@service.handle
def create_event_source_mapping(
    state: Functions, call: Call[CreateEventSourceMapping]
) -> CreateEventSourceMappingResult:
    """A new mapping, being made."""
    params = call.params
    function, qualifier = directory.called(state, call)
    directory.check_qualifier(function, qualifier)
    source = told(params.event_source_arn, "")
    _check(call, params, source, function)
    tags.check(told(params.tags, {}), {})
    function_arn = f"{function.arn}:{qualifier}" if qualifier else function.arn
    for uuid in state.sources.get(source, ()):
        if state.mappings[uuid].config.function_arn == function_arn:
            kind = "SQS" if ":sqs:" in source else "stream"
            # evidence: model; words: guess
            raise errors.conflict(
                f'An event source mapping with {kind} arn (" {source} ") and function (" {function.name} ") already '
                f"exists. Please update or delete the existing mapping with UUID {uuid}"
            )
    return _shown(CreateEventSourceMappingResult, _made(call, function_arn))


@service.project
def event_source_mapping_created(
    state: Functions, event: Event[CreateEventSourceMapping, CreateEventSourceMappingResult]
) -> None:
    """The mapping is there."""
    params = event.params
    named = names.function(params.function_name)
    config = _overlaid(_made(event, names.arn_of(event, named, named.qualifier)), event.result)
    uuid = told(config.uuid, "")
    state.mappings[uuid] = Mapping(
        config=config,
        enabled=told(params.enabled, True),
        since=event.time,
        tags=dict(told(params.tags, {})),
    )
    source = told(config.event_source_arn, "")
    if source and uuid not in state.sources.setdefault(source, []):
        state.sources[source].append(uuid)


@service.handle
def update_event_source_mapping(
    state: Functions, call: Call[UpdateEventSourceMapping]
) -> UpdateEventSourceMappingResult:
    """The members that are named; the rest stays."""
    params = call.params
    mapping = found(state, params.uuid)
    function_arn = mapping.config.function_arn
    if isinstance(params.function_name, str):
        function, qualifier = directory.called(state, call)
        function_arn = f"{function.arn}:{qualifier}" if qualifier else function.arn
    source = told(mapping.config.event_source_arn, "")
    filters.check(params.filter_criteria)
    _check_batch(
        told(params.batch_size, told(mapping.config.batch_size, 0)),
        told(
            params.maximum_batching_window_in_seconds,
            told(mapping.config.maximum_batching_window_in_seconds, 0),
        ),
        source,
    )
    return _shown(UpdateEventSourceMappingResult, _changed(mapping, call, function_arn))


@service.project
def event_source_mapping_updated(
    state: Functions, event: Event[UpdateEventSourceMapping, UpdateEventSourceMappingResult]
) -> None:
    """The mapping has the new settings."""
    params = event.params
    mapping = noticed(state, event, params.uuid)
    function_arn = mapping.config.function_arn
    if isinstance(params.function_name, str):
        named = names.function(params.function_name)
        function_arn = names.arn_of(event, named, named.qualifier)
    mapping.config = _overlaid(_changed(mapping, event, function_arn), event.result)
    mapping.enabled = told(params.enabled, mapping.enabled)
    mapping.since = event.time


@service.handle
def delete_event_source_mapping(
    state: Functions, call: Call[DeleteEventSourceMapping]
) -> DeleteEventSourceMappingResult:
    """The mapping as it was, being deleted."""
    mapping = found(state, call.params.uuid)
    config = msgspec.structs.replace(mapping.config, state="Deleting", state_transition_reason=_BY_USER)
    return _shown(DeleteEventSourceMappingResult, config)


@service.project
def event_source_mapping_deleted(state: Functions, event: Event[DeleteEventSourceMapping, None]) -> None:
    """The mapping is gone, and waits for nothing."""
    uuid = event.params.uuid
    mapping = state.mappings.pop(uuid, None)
    if mapping is None:
        return
    due.expect(state, due.LOOK, uuid, mapping.look, None)
    due.expect(state, due.STALE, uuid, mapping.polling, None)
    source = told(mapping.config.event_source_arn, "")
    left = [one for one in state.sources.get(source, ()) if one != uuid]
    if left:
        state.sources[source] = left
    else:
        state.sources.pop(source, None)


@service.evidence
def event_source_mapping_was_gone(state: Functions, event: Event[GetEventSourceMapping, None]) -> None:
    """Whoever is told that there is no such mapping proves it."""
    if event.error == "ResourceNotFoundException":
        state.mappings.pop(event.params.uuid, None)


@service.read
def get_event_source_mapping(
    state: Functions, call: Call[GetEventSourceMapping]
) -> GetEventSourceMappingResult:
    """One mapping."""
    mapping = found(state, call.params.uuid)
    return _shown(GetEventSourceMappingResult, at(mapping, call))


@service.read
def list_event_source_mappings(
    state: Functions, call: Call[ListEventSourceMappings]
) -> ListEventSourceMappingsResult:
    """Mappings, of one source or one function or all."""
    params = call.params
    name = names.function(params.function_name).name if isinstance(params.function_name, str) else None
    kept = [
        at(mapping, call)
        for mapping in state.mappings.values()
        if (name is None or names.function(told(mapping.config.function_arn, "")).name == name)
        and (
            not isinstance(params.event_source_arn, str)
            or mapping.config.event_source_arn == params.event_source_arn
        )
    ]
    page, marker = paging.listed(kept, params.marker, params.max_items)
    return ListEventSourceMappingsResult(event_source_mappings=page, next_marker=marker)


def at(mapping: Mapping, call: Call[Any]) -> Configuration:
    """A mapping's configuration as it is at a call."""
    state = told(mapping.config.state, "")
    if mapping.since is None or state not in _CHANGING:
        return mapping.config
    target = "Enabled" if mapping.enabled else "Disabled"
    cycle = {one: Phase(_CHANGE_S, target) for one in _CHANGING}
    now = state_at(cycle, state, mapping.since, call.time, pace=call.pace(mapping.since))
    return msgspec.structs.replace(mapping.config, state=now)


def found(state: Functions, uuid: str) -> Mapping:
    """The mapping of that id. Raises `Refusal`."""
    mapping = state.mappings.get(uuid)
    if mapping is None:
        raise errors.no_resource()
    return mapping


def noticed(state: Functions, event: Event[Any, Any], uuid: str) -> Mapping:
    """The mapping that a record is about, made by inference where nobody saw it being made."""
    arn = made_arn("lambda", event.region, event.account, f"event-source-mapping:{uuid}")
    config = Configuration(uuid=uuid, event_source_mapping_arn=arn)
    return known(state.mappings, uuid, event, lambda: Mapping(config=config))


def _made(
    subject: Call[CreateEventSourceMapping] | Event[CreateEventSourceMapping, Any], function_arn: str
) -> Configuration:
    """A new mapping's configuration, with AWS's defaults for its kind of source."""
    params = subject.params
    source = told(params.event_source_arn, "")
    uuid = subject.new_id("uuid", "mapping")
    given = {name: value for name in _MADE if (value := getattr(params, name)) is not UNSET}
    stream = ":kinesis:" in source or ":dynamodb:" in source
    defaults: dict[str, Any] = {"batch_size": limits.STREAM_BATCH, "maximum_batching_window_in_seconds": 0}
    if ":sqs:" in source:
        defaults["batch_size"] = limits.SQS_BATCH
        defaults["function_response_types"] = []
    elif stream:
        defaults |= {
            "parallelization_factor": 1, "maximum_record_age_in_seconds": -1, "maximum_retry_attempts": -1,
            "bisect_batch_on_function_error": False, "tumbling_window_in_seconds": 0,
            "function_response_types": [],
        }  # fmt: skip
    members: dict[str, Any] = {
        **defaults,
        **given,
        "uuid": uuid,
        "function_arn": function_arn,
        "last_modified": IsoMillis.of(subject.time),
        "state": "Creating",
        "state_transition_reason": _BY_USER,
        "event_source_mapping_arn": made_arn(
            "lambda", subject.region, function_arn.split(":")[4], f"event-source-mapping:{uuid}"
        ),
    }
    return Configuration(**members)


def _changed(
    mapping: Mapping, subject: Call[UpdateEventSourceMapping] | Event[UpdateEventSourceMapping, Any],
    function_arn: str | UnsetType,
) -> Configuration:  # fmt: skip
    params = subject.params
    given = {name: value for name in _GIVEN if (value := getattr(params, name)) is not UNSET}
    state = "Updating"
    if params.enabled is True and not mapping.enabled:
        state = "Enabling"
    if params.enabled is False:
        state = "Disabling"
    return msgspec.structs.replace(
        mapping.config,
        **{
            **given, "function_arn": function_arn, "last_modified": IsoMillis.of(subject.time), "state": state,
            "state_transition_reason": _BY_USER,
        },
    )  # fmt: skip


def _overlaid(config: Configuration, result: Any) -> Configuration:
    members = {
        name: value
        for name in Configuration.__struct_fields__
        if (value := getattr(result, name)) is not UNSET
    }
    return msgspec.structs.replace(config, **members) if members else config


def _shown(kind: type[R], config: Configuration) -> R:
    return kind(**{name: getattr(config, name) for name in Configuration.__struct_fields__})


def _check(call: Call[Any], params: CreateEventSourceMapping, source: str, function: Function) -> None:
    filters.check(params.filter_criteria)
    _check_batch(told(params.batch_size, 0), told(params.maximum_batching_window_in_seconds, 0), source)
    stream = ":kinesis:" in source or ":dynamodb:" in source
    if stream and isinstance(params.starting_position, UnsetType):
        # evidence: model; words: guess
        raise errors.invalid(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must "
            "not be null."
        )
    if not source and isinstance(params.self_managed_event_source, UnsetType):
        # evidence: guess
        raise errors.invalid("Unrecognized event source.")
    if ":sqs:" in source:
        _check_queue(call, source, function)


def _check_queue(call: Call[Any], source: str, function: Function) -> None:
    """The queue must be there, and hide messages for as long as the function may take."""
    account = source.split(":")[4]
    if call.ask("sqs", ListQueues(), ListQueuesResult, account=account) is None:
        return
    wanted = GetQueueAttributes(queue_url=queue_url(source), attribute_names=["VisibilityTimeout"])
    answer = call.ask("sqs", wanted, GetQueueAttributesResult, account=account)
    if answer is None:
        raise errors.queue_failed(
            "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist."
        )
    hidden_s = int(told(answer.attributes, {}).get("VisibilityTimeout", "30"))
    timeout_s = told(function.latest.config.timeout, limits.TIMEOUT_S)
    if hidden_s < timeout_s:
        # evidence: https://github.com/winglang/wing/issues/1507
        raise errors.invalid(
            f"Queue visibility timeout: {hidden_s} seconds is less than Function timeout: {timeout_s} seconds"
        )


def _check_batch(size: int, window_s: int, source: str) -> None:
    # evidence: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html; words: guess
    if ":sqs:" not in source:
        return
    if source.endswith(".fifo"):
        if window_s:
            raise errors.invalid("Batching window is not supported for FIFO queues.")
        if size > limits.SQS_FIFO_BATCH_MAX:
            raise errors.invalid(
                f"Batch size greater than {limits.SQS_FIFO_BATCH_MAX} is not supported for FIFO queues."
            )
    if size > limits.SQS_BATCH and not window_s:
        raise errors.invalid(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
        )
