"""Aliases: names of versions, of two at most.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.lambda_ import directory, errors, names, paging
from backtrail_aws.lambda_.api import (
    AliasConfiguration,
    AliasRoutingConfiguration,
    CreateAlias,
    CreateAliasResult,
    DeleteAlias,
    GetAlias,
    GetAliasResult,
    ListAliases,
    ListAliasesResult,
    UpdateAlias,
    UpdateAliasResult,
)
from backtrail_aws.lambda_.names import LATEST
from backtrail_aws.lambda_.state import Function, Functions, service

R = TypeVar("R", bound=msgspec.Struct)


@service.handle(at=names.by_function)
def create_alias(state: Functions, call: Call[CreateAlias]) -> CreateAliasResult:
    """A new name of a version that is there."""
    params = call.params
    function, _ = directory.called(state, call)
    if params.name in function.aliases:
        # evidence: model; words: guess
        raise errors.conflict(f"Alias already exists: {function.arn}:{params.name}")
    _check_version(function, params.function_version)
    _check_routing(function, params.function_version, params.routing_config)
    return _shown(CreateAliasResult, _made(function, params, call.new_id("uuid", "revision")))


@service.project(at=names.by_function)
def alias_created(state: Functions, event: Event[CreateAlias, CreateAliasResult]) -> None:
    """The function has the alias."""
    function = directory.noticed(state, event)
    made = _made(function, event.params, event.new_id("uuid", "revision"))
    function.aliases[event.params.name] = _overlaid(made, event.result)


@service.handle(at=names.by_function)
def update_alias(state: Functions, call: Call[UpdateAlias]) -> UpdateAliasResult:
    """The alias with what was asked for."""
    params = call.params
    function, alias = _found(state, call)
    if isinstance(params.revision_id, str) and params.revision_id != told(
        alias.revision_id, params.revision_id
    ):
        raise errors.stale_revision()
    if isinstance(params.function_version, str):
        _check_version(function, params.function_version)
    changed = _changed(alias, params, call.new_id("uuid", "revision"))
    _check_routing(function, told(changed.function_version, ""), params.routing_config)
    return _shown(UpdateAliasResult, changed)


@service.project(at=names.by_function)
def alias_updated(state: Functions, event: Event[UpdateAlias, UpdateAliasResult]) -> None:
    """The alias means what it was told to."""
    function = directory.noticed(state, event)
    name = event.params.name
    alias = function.aliases.get(name) or AliasConfiguration(name=name, alias_arn=f"{function.arn}:{name}")
    changed = _changed(alias, event.params, event.new_id("uuid", "revision"))
    function.aliases[name] = _overlaid(changed, event.result)


@service.handle(at=names.by_function)
def delete_alias(state: Functions, call: Call[DeleteAlias]) -> None:
    """An alias that is not there is no error; a function that is not there is."""
    directory.called(state, call)


@service.project(at=names.by_function)
def alias_deleted(state: Functions, event: Event[DeleteAlias, None]) -> None:
    """The alias is gone, and what was kept for it."""
    function = directory.noticed(state, event)
    name = event.params.name
    function.aliases.pop(name, None)
    for kept in (function.policies, function.provisioned, function.invoke_configs, function.urls):
        kept.pop(name, None)


@service.read(at=names.by_function)
def get_alias(state: Functions, call: Call[GetAlias]) -> GetAliasResult:
    """One alias."""
    _, alias = _found(state, call)
    return _shown(GetAliasResult, alias)


@service.read(at=names.by_function)
def list_aliases(state: Functions, call: Call[ListAliases]) -> ListAliasesResult:
    """A function's aliases by name, or those of one version."""
    params = call.params
    function, _ = directory.called(state, call)
    wanted = params.function_version
    kept = [
        alias
        for alias in function.aliases.values()
        if not isinstance(wanted, str) or alias.function_version == wanted
    ]
    found, marker = paging.listed(kept, params.marker, params.max_items)
    return ListAliasesResult(aliases=found, next_marker=marker)


@service.evidence(at=names.by_function)
def alias_was_gone(state: Functions, event: Event[GetAlias, None]) -> None:
    """Whoever asks for an alias of a known function and is told there is none proves it."""
    function = state.functions.get(names.function(event.params.function_name).name)
    if function is not None and event.error == "ResourceNotFoundException":
        function.aliases.pop(event.params.name, None)


def target(function: Function, qualifier: str, chance: float) -> str:
    """The version that an invocation of a qualifier runs: an alias with weights shares them out by chance (0 to 1)."""
    alias = function.aliases.get(qualifier)
    if alias is None:
        return qualifier
    routing = alias.routing_config
    weights = routing.additional_version_weights if not isinstance(routing, UnsetType) else UNSET
    for number, weight in told(weights, {}).items():
        if chance < weight:
            return number
        chance -= weight
    return told(alias.function_version, LATEST)


def _found(state: Functions, call: Call[Any]) -> tuple[Function, AliasConfiguration]:
    function, _ = directory.called(state, call)
    alias = function.aliases.get(call.params.name)
    if alias is None:
        raise errors.no_alias(f"{function.arn}:{call.params.name}")
    return function, alias


def _made(function: Function, params: CreateAlias, revision: str) -> AliasConfiguration:
    return AliasConfiguration(
        alias_arn=f"{function.arn}:{params.name}",
        name=params.name,
        function_version=params.function_version,
        description=told(params.description, ""),
        routing_config=_weighted(params.routing_config),
        revision_id=revision,
    )


def _changed(alias: AliasConfiguration, params: UpdateAlias, revision: str) -> AliasConfiguration:
    routing = alias.routing_config
    if not isinstance(params.routing_config, UnsetType):
        routing = _weighted(params.routing_config)
    return msgspec.structs.replace(
        alias,
        function_version=told(params.function_version, alias.function_version),
        description=told(params.description, alias.description),
        routing_config=routing,
        revision_id=revision,
    )


def _weighted(routing: AliasRoutingConfiguration | UnsetType) -> AliasRoutingConfiguration | UnsetType:
    """Weights, where there are any."""
    return routing if not isinstance(routing, UnsetType) and routing.additional_version_weights else UNSET


def _overlaid(alias: AliasConfiguration, result: Any) -> AliasConfiguration:
    members = {
        name: value
        for name in AliasConfiguration.__struct_fields__
        if (value := getattr(result, name)) is not UNSET
    }
    return msgspec.structs.replace(alias, **members) if members else alias


def _shown(kind: type[R], alias: AliasConfiguration) -> R:
    return kind(**{name: getattr(alias, name) for name in AliasConfiguration.__struct_fields__})


def _check_version(function: Function, number: str) -> None:
    if number == LATEST:
        return
    if not number.isdecimal() or int(number) not in function.versions:
        raise errors.no_function(f"{function.arn}:{number}")


def _check_routing(function: Function, main: str, routing: AliasRoutingConfiguration | UnsetType) -> None:
    # evidence: https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html; words: guess
    weights = told(routing.additional_version_weights, {}) if not isinstance(routing, UnsetType) else {}
    if not weights:
        return
    if len(weights) > 1:
        raise errors.invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    if main == LATEST or LATEST in weights:
        raise errors.invalid("$LATEST is not supported for an alias pointing to more than 1 version")
    for number, weight in weights.items():
        _check_version(function, number)
        if number == main:
            raise errors.invalid(
                f"Invalid function version {number}. Function version {number} is already included."
            )
        if not 0 <= weight <= 1:
            raise errors.invalid(f"Weight {weight} is not between 0.0 and 1.0")
