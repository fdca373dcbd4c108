"""Changing functions: their code and their configuration.

https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html and …UpdateFunctionConfiguration.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Effect, Event, UnsetType, told
from backtrail_aws.lambda_ import (
    configurations,
    directory,
    errors,
    layers,
    names,
    packages,
    roles,
    rules,
    versions,
)
from backtrail_aws.lambda_.api import (
    FunctionConfiguration,
    UpdateFunctionCode,
    UpdateFunctionCodeResult,
    UpdateFunctionConfiguration,
    UpdateFunctionConfigurationResult,
)
from backtrail_aws.lambda_.names import LATEST
from backtrail_aws.lambda_.state import Code, Function, Functions, service


@service.handle(at=names.by_function)
def update_function_code(
    state: Functions, call: Call[UpdateFunctionCode]
) -> Answer[UpdateFunctionCodeResult] | Effect:
    """The configuration with the new package, in progress; with `DryRun` only what it would be."""
    params = call.params
    function = _changeable(state, call)
    check_revision(function, params.revision_id)
    code = _package(call, function)
    if isinstance(code, Effect):
        return code
    config = msgspec.structs.replace(
        function.latest.config,
        code_sha256=code.sha256,
        code_size=code.size,
        architectures=told(params.architectures, function.latest.config.architectures),
    )
    config = configurations.changed(config, call.time, call.new_id("uuid", "revision"))
    if params.publish is True and params.dry_run is not True:
        config = versions.numbered(config, versions.next_number(state, function))
    recorded = params
    if not isinstance(code.content, UnsetType) and code.content is not params.zip_file:
        recorded = msgspec.structs.replace(params, zip_file=UNSET, content=code.content)
    return Answer(configurations.shown(UpdateFunctionCodeResult, config), params=recorded)


@service.project(at=names.by_function)
def function_code_updated(
    state: Functions, event: Event[UpdateFunctionCode, UpdateFunctionCodeResult]
) -> None:
    """`$LATEST` has the new package."""
    params = event.params
    if params.dry_run is True:
        return
    function = directory.noticed(state, event)
    config = function.latest.config
    if isinstance(params.architectures, list):
        config = msgspec.structs.replace(config, architectures=params.architectures)
    function.latest.code = packages.folded(params, event.result, params.image_uri)
    _take(state, function, config, event, publish=params.publish is True)


@service.handle(at=names.by_function)
def update_function_configuration(
    state: Functions, call: Call[UpdateFunctionConfiguration]
) -> UpdateFunctionConfigurationResult:
    """The configuration with what was asked for, in progress."""
    params = call.params
    function = _changeable(state, call)
    check_revision(function, params.revision_id)
    rules.check_update(params)
    roles.check(call, params.role)
    config = configurations.updated(function.latest.config, params, call.region)
    if isinstance(params.layers, list):
        config = msgspec.structs.replace(config, layers=layers.used(call, params.layers))
    config = configurations.changed(config, call.time, call.new_id("uuid", "revision"))
    return configurations.shown(UpdateFunctionConfigurationResult, config)


@service.project(at=names.by_function)
def function_configuration_updated(
    state: Functions, event: Event[UpdateFunctionConfiguration, UpdateFunctionConfigurationResult]
) -> None:
    """`$LATEST` has the new configuration."""
    params = event.params
    function = directory.noticed(state, event)
    config = configurations.updated(function.latest.config, params, event.region)
    if isinstance(params.layers, list):
        config = msgspec.structs.replace(config, layers=layers.folded(params.layers, UNSET))
    _take(state, function, config, event)


def check_revision(function: Function, revision: str | UnsetType) -> None:
    """Refuse a revision id that is not `$LATEST`'s."""
    held = function.latest.config.revision_id
    if isinstance(revision, str) and isinstance(held, str) and revision != held:
        raise errors.stale_revision()


def check_settled(function: Function, call: Call[Any]) -> None:
    """Refuse what cannot be done while a function is being made or changed."""
    config = configurations.at(function.latest, call)
    if config.state == "Pending":
        raise errors.pending("Pending")
    if config.last_update_status == "InProgress":
        raise errors.updating(function.arn)


def _take(
    state: Functions,
    function: Function,
    config: FunctionConfiguration,
    event: Event[Any, Any],
    *,
    publish: bool = False,
) -> None:
    """Fold a changed configuration: what the answer tells goes before what the parameters make."""
    config = configurations.changed(config, event.time, event.new_id("uuid", "revision"))
    config = configurations.overlaid(config, event.result)
    latest = msgspec.structs.replace(config, version=LATEST, function_arn=function.arn)
    function.latest.config, function.latest.since = latest, event.time
    if publish:
        versions.keep(state, function, config, event.time)


def _changeable(state: Functions, call: Call[Any]) -> Function:
    """The function whose `$LATEST` is to be changed. Raises `Refusal`."""
    function, qualifier = directory.called(state, call)
    if qualifier not in ("", LATEST):
        # evidence: guess
        raise errors.invalid("Only $LATEST version can be updated.")
    check_settled(function, call)
    return function


def _package(call: Call[UpdateFunctionCode], function: Function) -> Code | Effect:
    params = call.params
    if isinstance(params.image_uri, str):
        if told(function.latest.config.package_type, "Image") != "Image":
            # evidence: guess
            raise errors.invalid(
                "Please don't provide ImageUri when updating a function with packageType Zip."
            )
        return packages.image(params.image_uri)
    if told(function.latest.config.package_type, "Zip") == "Image":
        # evidence: guess
        raise errors.invalid("Please provide ImageUri when updating a function with packageType Image.")
    return packages.of_zip(call, params, action="UpdateFunctionCode")
