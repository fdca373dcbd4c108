"""How asynchronous invocations are tried again, and where their results go.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail.trail.times import IsoMillis
from backtrail_aws.lambda_ import directory, errors, names, paging
from backtrail_aws.lambda_.api import (
    DeleteFunctionEventInvokeConfig,
    DestinationConfig,
    FunctionEventInvokeConfig,
    GetFunctionEventInvokeConfig,
    GetFunctionEventInvokeConfigResult,
    ListFunctionEventInvokeConfigs,
    ListFunctionEventInvokeConfigsResult,
    OnFailure,
    OnSuccess,
    PutFunctionEventInvokeConfig,
    PutFunctionEventInvokeConfigResult,
    UpdateFunctionEventInvokeConfig,
    UpdateFunctionEventInvokeConfigResult,
)
from backtrail_aws.lambda_.names import LATEST
from backtrail_aws.lambda_.state import Function, Functions, service

R = TypeVar("R", bound=msgspec.Struct)

_DESTINATION = re.compile(
    r"arn:[\w-]+:(?:sqs:[\w-]+:\d{12}:[\w-]+(?:\.fifo)?|sns:[\w-]+:\d{12}:[\w-]+(?:\.fifo)?|"
    r"lambda:[\w-]+:\d{12}:function:[\w-]+(?::(?:\$LATEST|[\w-]+))?|events:[\w-]+:\d{12}:event-bus/.+|s3:::.+)"
)


@service.handle(at=names.by_function)
def put_function_event_invoke_config(
    state: Functions, call: Call[PutFunctionEventInvokeConfig]
) -> PutFunctionEventInvokeConfigResult:
    """The whole configuration anew."""
    function, qualifier = _subject(state, call)
    _check(call, call.params.destination_config)
    return _shown(PutFunctionEventInvokeConfigResult, _made(call, function, qualifier, None))


@service.project(at=names.by_function)
def function_event_invoke_config_put(
    state: Functions, event: Event[PutFunctionEventInvokeConfig, None]
) -> None:
    """The function, version or alias has it."""
    function, qualifier = directory.noticed(state, event), _key(directory.event_qualifier(event))
    function.invoke_configs[qualifier] = _made(event, function, qualifier, None)


@service.handle(at=names.by_function)
def update_function_event_invoke_config(
    state: Functions, call: Call[UpdateFunctionEventInvokeConfig]
) -> UpdateFunctionEventInvokeConfigResult:
    """The members that are named; the rest stays."""
    function, qualifier = _subject(state, call)
    _check(call, call.params.destination_config)
    before = _found(function, qualifier)
    return _shown(UpdateFunctionEventInvokeConfigResult, _made(call, function, qualifier, before))


@service.project(at=names.by_function)
def function_event_invoke_config_updated(
    state: Functions, event: Event[UpdateFunctionEventInvokeConfig, None]
) -> None:
    """The function, version or alias has it."""
    function, qualifier = directory.noticed(state, event), _key(directory.event_qualifier(event))
    before = function.invoke_configs.get(qualifier)
    function.invoke_configs[qualifier] = _made(event, function, qualifier, before)


@service.handle(at=names.by_function)
def delete_function_event_invoke_config(
    state: Functions, call: Call[DeleteFunctionEventInvokeConfig]
) -> None:
    """Refuse what is not there."""
    _found(*_subject(state, call))


@service.project(at=names.by_function)
def function_event_invoke_config_deleted(
    state: Functions, event: Event[DeleteFunctionEventInvokeConfig, None]
) -> None:
    """It is gone."""
    qualifier = _key(directory.event_qualifier(event))
    directory.noticed(state, event).invoke_configs.pop(qualifier, None)


@service.read(at=names.by_function)
def get_function_event_invoke_config(
    state: Functions, call: Call[GetFunctionEventInvokeConfig]
) -> GetFunctionEventInvokeConfigResult:
    """The configuration of a function, a version or an alias."""
    return _shown(GetFunctionEventInvokeConfigResult, _found(*_subject(state, call)))


@service.read(at=names.by_function)
def list_function_event_invoke_configs(
    state: Functions, call: Call[ListFunctionEventInvokeConfigs]
) -> ListFunctionEventInvokeConfigsResult:
    """All of a function's."""
    function, _ = directory.called(state, call)
    found, marker = paging.named(function.invoke_configs, call.params.marker, call.params.max_items)
    return ListFunctionEventInvokeConfigsResult(function_event_invoke_configs=found, next_marker=marker)


def of(function: Function, qualifier: str) -> FunctionEventInvokeConfig:
    """What holds for an invocation of a qualifier; an empty configuration where nothing was said."""
    return function.invoke_configs.get(_key(qualifier)) or FunctionEventInvokeConfig()


def destination(config: FunctionEventInvokeConfig, *, success: bool) -> str:
    """Where a result goes; empty for nowhere."""
    both = config.destination_config
    if isinstance(both, UnsetType):
        return ""
    one: OnSuccess | OnFailure | UnsetType = both.on_success if success else both.on_failure
    return told(one.destination, "") if not isinstance(one, UnsetType) else ""


def _subject(state: Functions, call: Call[Any]) -> tuple[Function, str]:
    function, qualifier = directory.called(state, call, call.params.qualifier)
    directory.check_qualifier(function, qualifier)
    return function, _key(qualifier)


def _key(qualifier: str) -> str:
    return qualifier or LATEST


def _found(function: Function, qualifier: str) -> FunctionEventInvokeConfig:
    found = function.invoke_configs.get(qualifier)
    if found is None:
        # evidence: model; words: guess
        raise errors.not_there(f"The function {function.arn}:{qualifier} doesn't have an EventInvokeConfig")
    return found


def _made(
    subject: Call[Any] | Event[Any, Any], function: Function, qualifier: str,
    before: FunctionEventInvokeConfig | None,
) -> FunctionEventInvokeConfig:  # fmt: skip
    """The configuration that a call makes of the one before."""
    params = subject.params
    empty = DestinationConfig(on_success=OnSuccess(), on_failure=OnFailure())
    old = before or FunctionEventInvokeConfig(destination_config=empty)
    given = params.destination_config
    return FunctionEventInvokeConfig(
        last_modified=IsoMillis.of(subject.time),
        function_arn=f"{function.arn}:{qualifier}",
        maximum_retry_attempts=told(params.maximum_retry_attempts, old.maximum_retry_attempts),
        maximum_event_age_in_seconds=told(
            params.maximum_event_age_in_seconds, old.maximum_event_age_in_seconds
        ),
        destination_config=old.destination_config
        if isinstance(given, UnsetType)
        else DestinationConfig(
            on_success=told(given.on_success, OnSuccess()), on_failure=told(given.on_failure, OnFailure())
        ),
    )


def _shown(kind: type[R], config: FunctionEventInvokeConfig) -> R:
    return kind(**{name: getattr(config, name) for name in FunctionEventInvokeConfig.__struct_fields__})


def _check(call: Call[Any], given: DestinationConfig | UnsetType) -> None:
    if isinstance(given, UnsetType):
        return
    for one in (given.on_success, given.on_failure):
        arn = one.destination if not isinstance(one, UnsetType) else UNSET
        if isinstance(arn, str) and arn and not _DESTINATION.fullmatch(arn):
            # evidence: guess
            raise errors.invalid(f"The provided destination config DestinationConfig is invalid: {arn}")
