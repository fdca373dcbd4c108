"""Function URLs: kept and shown; nobody answers at them here.

https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail import Call, Event, UnsetType, ids, told
from backtrail_aws.lambda_ import configurations, directory, errors, names, paging
from backtrail_aws.lambda_.api import (
    CreateFunctionUrlConfig,
    CreateFunctionUrlConfigResult,
    DeleteFunctionUrlConfig,
    FunctionUrlConfig,
    GetFunctionUrlConfig,
    GetFunctionUrlConfigResult,
    ListFunctionUrlConfigs,
    ListFunctionUrlConfigsResult,
    UpdateFunctionUrlConfig,
    UpdateFunctionUrlConfigResult,
)
from backtrail_aws.lambda_.names import LATEST
from backtrail_aws.lambda_.state import Function, Functions, service


@service.handle(at=names.by_function)
def create_function_url_config(
    state: Functions, call: Call[CreateFunctionUrlConfig]
) -> CreateFunctionUrlConfigResult:
    """A URL of its own for a function or an alias."""
    function, qualifier = _subject(state, call)
    if qualifier in function.urls:
        # evidence: guess
        raise errors.conflict(
            f"Failed to create function url config for [functionArn = {_arn(function, qualifier)}]. Error message:  "
            "FunctionUrlConfig exists for this Lambda function"
        )
    made = _made(call, function, qualifier)
    return CreateFunctionUrlConfigResult(
        function_url=made.function_url, function_arn=made.function_arn, auth_type=made.auth_type, cors=made.cors,
        creation_time=made.creation_time, invoke_mode=made.invoke_mode,
    )  # fmt: skip


@service.project(at=names.by_function)
def function_url_config_created(
    state: Functions, event: Event[CreateFunctionUrlConfig, CreateFunctionUrlConfigResult]
) -> None:
    """The function or alias has a URL."""
    function, qualifier = directory.noticed(state, event), _key(directory.event_qualifier(event))
    made = _made(event, function, qualifier)
    url = told(event.result.function_url, made.function_url)
    function.urls[qualifier] = msgspec.structs.replace(made, function_url=url)


@service.handle(at=names.by_function)
def update_function_url_config(
    state: Functions, call: Call[UpdateFunctionUrlConfig]
) -> UpdateFunctionUrlConfigResult:
    """The members that are named; the rest stays."""
    function, qualifier = _subject(state, call)
    changed = _changed(_found(function, qualifier), call)
    return UpdateFunctionUrlConfigResult(**_members(changed))


@service.project(at=names.by_function)
def function_url_config_updated(state: Functions, event: Event[UpdateFunctionUrlConfig, None]) -> None:
    """The URL has the new settings."""
    function, qualifier = directory.noticed(state, event), _key(directory.event_qualifier(event))
    held = function.urls.get(qualifier)
    if held is not None:
        function.urls[qualifier] = _changed(held, event)


@service.handle(at=names.by_function)
def delete_function_url_config(state: Functions, call: Call[DeleteFunctionUrlConfig]) -> None:
    """Refuse what is not there."""
    _found(*_subject(state, call))


@service.project(at=names.by_function)
def function_url_config_deleted(state: Functions, event: Event[DeleteFunctionUrlConfig, None]) -> None:
    """The URL is gone."""
    directory.noticed(state, event).urls.pop(_key(directory.event_qualifier(event)), None)


@service.read(at=names.by_function)
def get_function_url_config(state: Functions, call: Call[GetFunctionUrlConfig]) -> GetFunctionUrlConfigResult:
    """A function's or an alias's URL."""
    return GetFunctionUrlConfigResult(**_members(_found(*_subject(state, call))))


@service.read(at=names.by_function)
def list_function_url_configs(
    state: Functions, call: Call[ListFunctionUrlConfigs]
) -> ListFunctionUrlConfigsResult:
    """All of a function's."""
    function, _ = directory.called(state, call)
    found, marker = paging.named(function.urls, call.params.marker, call.params.max_items)
    return ListFunctionUrlConfigsResult(function_url_configs=found, next_marker=marker)


def _subject(state: Functions, call: Call[Any]) -> tuple[Function, str]:
    function, qualifier = directory.called(state, call, call.params.qualifier)
    if qualifier == LATEST or qualifier.isdecimal():
        # evidence: https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html; words: guess
        raise errors.invalid(
            "Function URLs can only be assigned to $LATEST without a qualifier, or to an alias."
        )
    directory.check_qualifier(function, qualifier)
    return function, qualifier


def _key(qualifier: str) -> str:
    return "" if qualifier == LATEST else qualifier


def _arn(function: Function, qualifier: str) -> str:
    return f"{function.arn}:{qualifier}" if qualifier else function.arn


def _found(function: Function, qualifier: str) -> FunctionUrlConfig:
    found = function.urls.get(qualifier)
    if found is None:
        raise errors.no_resource()
    return found


def _made(subject: Call[Any] | Event[Any, Any], function: Function, qualifier: str) -> FunctionUrlConfig:
    params = subject.params
    time = configurations.written(subject.time)
    name = ids.letters(bytes.fromhex(subject.new_id("hex64", "url")), ids.BASE36, 32)
    return FunctionUrlConfig(
        function_url=f"https://{name}.lambda-url.{subject.region}.on.aws/",
        function_arn=_arn(function, qualifier),
        auth_type=told(params.auth_type, "AWS_IAM"),
        cors=params.cors,
        creation_time=time,
        last_modified_time=time,
        invoke_mode=told(params.invoke_mode, "BUFFERED"),
    )


def _changed(held: FunctionUrlConfig, subject: Call[Any] | Event[Any, Any]) -> FunctionUrlConfig:
    params = subject.params
    return msgspec.structs.replace(
        held,
        auth_type=told(params.auth_type, held.auth_type),
        cors=held.cors if isinstance(params.cors, UnsetType) else params.cors,
        invoke_mode=told(params.invoke_mode, held.invoke_mode),
        last_modified_time=configurations.written(subject.time),
    )


def _members(config: FunctionUrlConfig) -> dict[str, Any]:
    return {name: getattr(config, name) for name in FunctionUrlConfig.__struct_fields__}
