"""Finding functions and their versions, in deciding and in folding."""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail import Call, Event, UnsetType, known, told
from backtrail_aws.lambda_ import errors, names
from backtrail_aws.lambda_.api import AliasConfiguration, FunctionConfiguration
from backtrail_aws.lambda_.names import LATEST, Named
from backtrail_aws.lambda_.state import Function, Functions, Version


def find(state: Functions, call: Call[Any], named: Named, qualifier: str = "") -> Function:
    """The function that a call names. Raises `Refusal` where there is none; the qualifier is for the words."""
    if named.region and named.region != call.region:
        raise errors.elsewhere(named.region, call.region)
    function = state.functions.get(named.name)
    if function is None:
        raise errors.no_function(names.arn_of(call, named, qualifier))
    return function


def called(state: Functions, call: Call[Any], qualifier: str | UnsetType = "") -> tuple[Function, str]:
    """The function that a call's `function_name` names, with the qualifier that it and the parameter give."""
    named = names.function(call.params.function_name)
    wanted = names.qualified(named, qualifier)
    return find(state, call, named, wanted), wanted


def version_of(function: Function, qualifier: str) -> Version:
    """The version that a qualifier means: `$LATEST` (or nothing), a number, an alias. Raises `Refusal`."""
    found = look(function, qualifier)
    if found is None:
        raise errors.no_function(f"{function.arn}:{qualifier}")
    return found


def look(function: Function, qualifier: str) -> Version | None:
    """The same, None where there is none."""
    if not qualifier or qualifier == LATEST:
        return function.latest
    if qualifier.isdecimal():
        return function.versions.get(int(qualifier))
    alias = function.aliases.get(qualifier)
    target = told(alias.function_version, "") if alias is not None else ""
    return look(function, target) if target and (target == LATEST or target.isdecimal()) else None


def check_qualifier(function: Function, qualifier: str) -> None:
    """Refuse a qualifier that is no version and no alias of a function."""
    version_of(function, qualifier)


def noticed(state: Functions, event: Event[Any, Any]) -> Function:
    """The function that a record is about, made by inference where nobody saw it being made."""
    named = names.function(event.params.function_name)
    return noticed_as(state, event, named)


def noticed_as(state: Functions, event: Event[Any, Any], named: Named) -> Function:
    """The same, of a name."""

    def make() -> Function:
        arn = names.arn_of(event, named)
        config = FunctionConfiguration(function_name=named.name, function_arn=arn, version=LATEST)
        return Function(name=named.name, arn=arn, latest=Version(config=config))

    return known(state.functions, named.name, event, make)


def noticed_version(function: Function, qualifier: str) -> Version:
    """A version of a function that a record is about; `$LATEST` for what is none."""
    if qualifier.isdecimal() and int(qualifier) not in function.versions:
        config = msgspec.structs.replace(
            function.latest.config, version=qualifier, function_arn=f"{function.arn}:{qualifier}"
        )
        function.versions[int(qualifier)] = Version(config=config, code=function.latest.code)
    return look(function, qualifier) or function.latest


def event_qualifier(event: Event[Any, Any]) -> str:
    """The qualifier that a record's name and parameter give."""
    named = names.function(event.params.function_name)
    given = getattr(event.params, "qualifier", "")
    return (given if isinstance(given, str) else "") or named.qualifier


def alias_arn(function: Function, alias: AliasConfiguration) -> str:
    """An alias's ARN."""
    return f"{function.arn}:{told(alias.name, '')}"
