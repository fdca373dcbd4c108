"""Versions: `$LATEST` as it was when it was published.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from backtrail import Call, Event, UnsetType, told
from backtrail_aws.lambda_ import configurations, directory, errors, names, paging
from backtrail_aws.lambda_.api import (
    FunctionConfiguration,
    ListVersionsByFunction,
    ListVersionsByFunctionResult,
    PublishVersion,
    PublishVersionResult,
)
from backtrail_aws.lambda_.names import LATEST
from backtrail_aws.lambda_.state import Function, Functions, Version, service


@service.handle(at=names.by_function)
def publish_version(state: Functions, call: Call[PublishVersion]) -> PublishVersionResult:
    """A new version of `$LATEST`; the last one again, where nothing has changed since."""
    params = call.params
    function, qualifier = directory.called(state, call)
    if qualifier not in ("", LATEST):
        # evidence: guess
        raise errors.invalid("Only $LATEST version can be published.")
    config = configurations.at(function.latest, call)
    if config.state == "Pending":
        raise errors.pending("Pending")
    if config.last_update_status == "InProgress":
        raise errors.updating(function.arn)
    _check_wanted(function, params)
    last = _unchanged(function)
    if last is not None:
        return configurations.shown(PublishVersionResult, configurations.at(last, call))
    config = numbered(config, next_number(state, function))
    config = configurations.created(config, call.time, call.new_id("uuid", "revision"))
    config = msgspec.structs.replace(
        config,
        description=told(params.description, config.description),
        last_modified=function.latest.config.last_modified,
    )
    return configurations.shown(PublishVersionResult, config)


@service.project(at=names.by_function)
def version_published(state: Functions, event: Event[PublishVersion, PublishVersionResult]) -> None:
    """There is a version more, unless the answer was an old one."""
    function = directory.noticed(state, event)
    config = function.latest.config
    if isinstance(event.params.description, str):
        config = msgspec.structs.replace(config, description=event.params.description)
    number = event.result.version
    if isinstance(number, UnsetType):
        if _unchanged(function) is not None:
            return
        config = numbered(config, next_number(state, function))
        config = configurations.created(config, event.time, event.new_id("uuid", "revision"))
    elif number.isdecimal() and int(number) in function.versions:
        return
    keep(state, function, configurations.overlaid(config, event.result), event.time)


@service.read(at=names.by_function)
def list_versions_by_function(
    state: Functions, call: Call[ListVersionsByFunction]
) -> ListVersionsByFunctionResult:
    """`$LATEST` and every version, in order, 50 to a page."""
    function, _ = directory.called(state, call)
    every = [function.latest, *function.versions.values()]
    found, marker = paging.listed(every, call.params.marker, call.params.max_items)
    shown = [
        msgspec.structs.replace(
            configurations.at(one, call),
            function_arn=f"{function.arn}:{told(one.config.version, LATEST)}",
        )
        for one in found
    ]
    return ListVersionsByFunctionResult(versions=shown, next_marker=marker)


def numbered(config: FunctionConfiguration, number: int) -> FunctionConfiguration:
    """A configuration as that of a version."""
    arn = ":".join(told(config.function_arn, "").split(":")[:7])
    return msgspec.structs.replace(config, version=str(number), function_arn=f"{arn}:{number}")


def next_number(state: Functions, function: Function) -> int:
    """The number of the next version: none is used twice, not even after the function was deleted."""
    return max(state.numbers.get(function.name, 0), function.versions.last() or 0) + 1


def keep(state: Functions, function: Function, config: FunctionConfiguration, time: datetime) -> None:
    """Fold a version that was published with this configuration; its number says which it is."""
    version = told(config.version, "")
    number = int(version) if version.isdecimal() else next_number(state, function)
    config = numbered(config, number)
    function.versions[number] = Version(config=config, code=function.latest.code, since=time)
    state.numbers[function.name] = max(number, state.numbers.get(function.name, 0))


def _unchanged(function: Function) -> Version | None:
    """The last version, where it is what `$LATEST` is now."""
    number = function.versions.last()
    last = function.versions[number] if number is not None else None
    return last if last is not None and configurations.same(last.config, function.latest.config) else None


def _check_wanted(function: Function, params: PublishVersion) -> None:
    held = function.latest.config
    if isinstance(params.code_sha256, str) and params.code_sha256 != told(
        held.code_sha256, params.code_sha256
    ):
        # evidence: https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html; words: guess
        raise errors.invalid(
            f"CodeSHA256 ({params.code_sha256}) is different from current CodeSHA256 in $LATEST "
            f"({held.code_sha256}). Please try again with the CodeSHA256 in $LATEST."
        )
    if isinstance(params.revision_id, str) and params.revision_id != told(
        held.revision_id, params.revision_id
    ):
        raise errors.stale_revision()
