"""Functions: made, shown, listed, deleted.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail import UNSET, Answer, BadToken, Call, Effect, Event, UnsetType, page, told
from backtrail_aws.lambda_ import (
    code_signing,
    configurations,
    directory,
    errors,
    layers,
    limits,
    names,
    packages,
    roles,
    rules,
    tags,
    versions,
)
from backtrail_aws.lambda_.api import (
    Concurrency,
    CreateFunction,
    CreateFunctionResult,
    DeleteFunction,
    DeleteFunctionResult,
    FunctionCode,
    FunctionCodeLocation,
    FunctionConfiguration,
    GetFunction,
    GetFunctionConfiguration,
    GetFunctionConfigurationResult,
    GetFunctionResult,
    ListFunctions,
    ListFunctionsResult,
)
from backtrail_aws.lambda_.names import LATEST
from backtrail_aws.lambda_.state import Code, Function, Functions, Version, service

AnyCall = Call[Any]


@service.handle(at=names.by_function)
def create_function(
    state: Functions, call: Call[CreateFunction]
) -> CreateFunctionResult | Answer[CreateFunctionResult] | Effect:
    """A new function, pending; with `Publish` its first version."""
    params = call.params
    named = names.function(params.function_name)
    rules.check_new(call)
    if named.name in state.functions and _is_known(state.functions[named.name]):
        raise errors.function_exists(named.name)
    roles.check(call, params.role)
    tags.check(told(params.tags, {}), {})
    code_signing.check(state, params.code_signing_config_arn)
    code = _package(call)
    if isinstance(code, Effect):
        return code
    config = configurations.made(params, names.arn_of(call, named), call.region)
    config = msgspec.structs.replace(
        config, code_sha256=code.sha256, code_size=code.size, layers=layers.used(call, params.layers)
    )
    config = configurations.created(config, call.time, call.new_id("uuid", "revision"))
    if params.publish is True:
        config = versions.numbered(config, state.numbers.get(named.name, 0) + 1)
    result = configurations.shown(CreateFunctionResult, config)
    return Answer(result, params=msgspec.structs.replace(params, code=_recorded(params.code, code)))


@service.project(at=names.by_function)
def function_created(state: Functions, event: Event[CreateFunction, CreateFunctionResult]) -> None:
    """The function is there. One that a record implied before is the same one."""
    params = event.params
    named = names.function(params.function_name)
    arn = names.arn_of(event, named)
    config = configurations.made(params, arn, event.region)
    config = configurations.created(config, event.time, event.new_id("uuid", "revision"))
    config = configurations.overlaid(config, event.result)
    where = params.code
    code = Code() if isinstance(where, UnsetType) else packages.folded(where, event.result, where.image_uri)
    latest = msgspec.structs.replace(
        config, version=LATEST, function_arn=arn, layers=layers.folded(params.layers, config.layers)
    )
    before = state.functions.get(named.name)
    function = Function(name=named.name, arn=arn, latest=Version(config=latest, code=code, since=event.time))
    if before is not None and not _is_known(before):
        function.versions, function.aliases, function.policies = (
            before.versions,
            before.aliases,
            before.policies,
        )
    function.tags = dict(told(params.tags, {}))
    function.signing = params.code_signing_config_arn
    state.functions[named.name] = function
    if params.publish is True:
        versions.keep(state, function, config, event.time)


@service.read(at=names.by_function)
def get_function(state: Functions, call: Call[GetFunction]) -> GetFunctionResult:
    """A version's configuration, where its package is, and the function's tags and concurrency."""
    function, qualifier = directory.called(state, call, call.params.qualifier)
    version = directory.version_of(function, qualifier)
    reserved = function.reserved
    return GetFunctionResult(
        configuration=shown_as(function, qualifier, configurations.at(version, call)),
        code=_location(call, function, version),
        tags=dict(function.tags) if function.tags else UNSET,
        concurrency=Concurrency(reserved_concurrent_executions=reserved) if reserved is not UNSET else UNSET,
    )


@service.read(at=names.by_function)
def get_function_configuration(
    state: Functions, call: Call[GetFunctionConfiguration]
) -> GetFunctionConfigurationResult:
    """A version's configuration."""
    function, qualifier = directory.called(state, call, call.params.qualifier)
    config = configurations.at(directory.version_of(function, qualifier), call)
    return configurations.shown(GetFunctionConfigurationResult, shown_as(function, qualifier, config))


@service.read
def list_functions(state: Functions, call: Call[ListFunctions]) -> ListFunctionsResult:
    """Functions by name; with `FunctionVersion=ALL` every version of each. A page has at most 50 functions."""
    params = call.params
    try:
        found = page(state.functions, params.marker or None, _most(params.max_items))
    except BadToken as error:
        # evidence: guess
        raise errors.invalid("Invalid Marker") from error
    every = params.function_version == "ALL"
    shown: list[FunctionConfiguration] = []
    for function in found.items:
        listed = [*function.versions.values()] if every else []
        shown += [_in_list(configurations.at(one, call)) for one in (function.latest, *listed)]
    return ListFunctionsResult(functions=shown, next_marker=found.next or UNSET)


@service.handle(at=names.by_function)
def delete_function(state: Functions, call: Call[DeleteFunction]) -> DeleteFunctionResult:
    """Refuse versions that aliases point to, and `$LATEST` alone."""
    function, qualifier = directory.called(state, call, call.params.qualifier)
    if qualifier == LATEST:
        # evidence: https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html; words: guess
        raise errors.invalid("$LATEST version cannot be deleted without deleting the function.")
    if qualifier and not qualifier.isdecimal():
        # evidence: model; words: guess
        raise errors.invalid(
            "Deletion of aliases is not currently supported. Please use DeleteAlias instead."
        )
    pointing = [
        name for name, alias in function.aliases.items() if qualifier and _points_to(alias, qualifier)
    ]
    if pointing:
        # evidence: guess
        raise errors.conflict(
            f"The version {qualifier} cannot be deleted: it is referenced by alias(es) {', '.join(pointing)}."
        )
    return DeleteFunctionResult(status_code=204)


@service.project(at=names.by_function)
def function_deleted(state: Functions, event: Event[DeleteFunction, None]) -> None:
    """The function, or the version, is gone."""
    named = names.function(event.params.function_name)
    qualifier = directory.event_qualifier(event)
    function = state.functions.get(named.name)
    if function is None:
        return
    if qualifier.isdecimal():
        function.versions.pop(int(qualifier), None)
    elif not qualifier:
        del state.functions[named.name]
        roles.forget(state, named.name)


@service.evidence(at=names.by_function)
def function_was_gone(state: Functions, event: Event[DeleteFunction, None]) -> None:
    """Whoever is told that there is no such function proves it."""
    named = names.function(event.params.function_name)
    if event.error == "ResourceNotFoundException" and not directory.event_qualifier(event):
        state.functions.pop(named.name, None)


def shown_as(function: Function, qualifier: str, config: FunctionConfiguration) -> FunctionConfiguration:
    """A configuration under the ARN that it was asked for by: an alias's keeps the alias."""
    if not qualifier:
        return config
    return msgspec.structs.replace(config, function_arn=f"{function.arn}:{qualifier}")


def _in_list(config: FunctionConfiguration) -> FunctionConfiguration:
    """Lists leave out states: API_ListFunctions."""
    return msgspec.structs.replace(
        config, state=UNSET, state_reason=UNSET, state_reason_code=UNSET, last_update_status=UNSET,
        last_update_status_reason=UNSET, last_update_status_reason_code=UNSET, runtime_version_config=UNSET,
    )  # fmt: skip


def _package(call: Call[CreateFunction]) -> Code | Effect:
    code = call.params.code
    if isinstance(code, UnsetType):
        # evidence: guess
        raise errors.invalid("Please provide a source for function code.")
    if isinstance(code.image_uri, str):
        return packages.image(code.image_uri)
    return packages.of_zip(call, code, action="CreateFunction")


def _recorded(where: FunctionCode | UnsetType, code: Code) -> FunctionCode | UnsetType:
    """The parameters with a handle of the bytes instead of the bytes, where they are kept."""
    if isinstance(where, UnsetType) or isinstance(code.content, UnsetType) or code.content is where.zip_file:
        return where
    return msgspec.structs.replace(where, zip_file=UNSET, content=code.content)


def _location(call: AnyCall, function: Function, version: Version) -> FunctionCodeLocation | UnsetType:
    if isinstance(version.code.image, str):
        uri = version.code.image
        return FunctionCodeLocation(repository_type="ECR", image_uri=uri, resolved_image_uri=uri)
    if version.code.sha256 is UNSET:
        return UNSET
    key = f"snapshots/{call.account}/{function.name}-{call.new_id('uuid', 'snapshot')}"
    host = f"awslambda-{call.region}-tasks.s3.{call.region}.amazonaws.com"
    return FunctionCodeLocation(repository_type="S3", location=f"https://{host}/{key}")


def _points_to(alias: Any, number: str) -> bool:
    routing = alias.routing_config
    weights = routing.additional_version_weights if routing is not UNSET else UNSET
    return alias.function_version == number or number in told(weights, {})


def _is_known(function: Function) -> bool:
    """Whether a record told of the function being made, or at least what it is."""
    return function.latest.config.role is not UNSET


def _most(wanted: int | UnsetType) -> int:
    return min(told(wanted, limits.LIST_MAX), limits.LIST_MAX)
