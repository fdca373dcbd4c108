"""Reserved and provisioned concurrency.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html. How many invocations run at once is known
where they run; what is provisioned is kept, and starts nothing ahead of time.
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Cycle, Event, Phase, state_at
from backtrail_aws.lambda_ import configurations, directory, errors, limits, names, paging
from backtrail_aws.lambda_.api import (
    DeleteFunctionConcurrency,
    DeleteProvisionedConcurrencyConfig,
    GetFunctionConcurrency,
    GetFunctionConcurrencyResult,
    GetProvisionedConcurrencyConfig,
    GetProvisionedConcurrencyConfigResult,
    ListProvisionedConcurrencyConfigs,
    ListProvisionedConcurrencyConfigsResult,
    ProvisionedConcurrencyConfigListItem,
    PutFunctionConcurrency,
    PutFunctionConcurrencyResult,
    PutProvisionedConcurrencyConfig,
    PutProvisionedConcurrencyConfigResult,
)
from backtrail_aws.lambda_.names import LATEST
from backtrail_aws.lambda_.state import Function, Functions, Provisioned, service

_CYCLE: Cycle = {"IN_PROGRESS": Phase(120, "READY")}


@service.handle(at=names.by_function)
def put_function_concurrency(
    state: Functions, call: Call[PutFunctionConcurrency]
) -> PutFunctionConcurrencyResult:
    """Refuse what would leave too little for all other functions."""
    function = _whole(state, call)
    wanted = call.params.reserved_concurrent_executions
    others = reserved(state) - (function.reserved if isinstance(function.reserved, int) else 0)
    if limit(call) - others - wanted < limits.UNRESERVED_MIN:
        # evidence: https://github.com/milliHQ/terraform-aws-next-js/issues/251
        raise errors.invalid(
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            f"below its minimum value of [{limits.UNRESERVED_MIN}]."
        )
    return PutFunctionConcurrencyResult(reserved_concurrent_executions=wanted)


@service.project(at=names.by_function)
def function_concurrency_put(state: Functions, event: Event[PutFunctionConcurrency, None]) -> None:
    """So many invocations at once are the function's own, and no more."""
    directory.noticed(state, event).reserved = event.params.reserved_concurrent_executions


@service.handle(at=names.by_function)
def delete_function_concurrency(state: Functions, call: Call[DeleteFunctionConcurrency]) -> None:
    """A function without is no error."""
    _whole(state, call)


@service.project(at=names.by_function)
def function_concurrency_deleted(state: Functions, event: Event[DeleteFunctionConcurrency, None]) -> None:
    """The function shares with the others again."""
    directory.noticed(state, event).reserved = UNSET


@service.read(at=names.by_function)
def get_function_concurrency(
    state: Functions, call: Call[GetFunctionConcurrency]
) -> GetFunctionConcurrencyResult:
    """The function's own; no member where it has none."""
    return GetFunctionConcurrencyResult(reserved_concurrent_executions=_whole(state, call).reserved)


@service.handle(at=names.by_function)
def put_provisioned_concurrency_config(
    state: Functions, call: Call[PutProvisionedConcurrencyConfig]
) -> PutProvisionedConcurrencyConfigResult:
    """In progress; ready with the next look."""
    function, qualifier = _published(state, call)
    wanted = call.params.provisioned_concurrent_executions
    if isinstance(function.reserved, int) and wanted > function.reserved:
        # evidence: guess
        raise errors.invalid(
            "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"
        )
    directory.check_qualifier(function, qualifier)
    return PutProvisionedConcurrencyConfigResult(
        requested_provisioned_concurrent_executions=wanted,
        available_provisioned_concurrent_executions=0,
        allocated_provisioned_concurrent_executions=0,
        status="IN_PROGRESS",
        last_modified=configurations.written(call.time),
    )


@service.project(at=names.by_function)
def provisioned_concurrency_config_put(
    state: Functions, event: Event[PutProvisionedConcurrencyConfig, None]
) -> None:
    """The version or alias has it from now."""
    function = directory.noticed(state, event)
    requested = event.params.provisioned_concurrent_executions
    function.provisioned[event.params.qualifier] = Provisioned(requested=requested, since=event.time)


@service.handle(at=names.by_function)
def delete_provisioned_concurrency_config(
    state: Functions, call: Call[DeleteProvisionedConcurrencyConfig]
) -> None:
    """A version without is no error."""
    _published(state, call)


@service.project(at=names.by_function)
def provisioned_concurrency_config_deleted(
    state: Functions, event: Event[DeleteProvisionedConcurrencyConfig, None]
) -> None:
    """The version or alias has it no more."""
    directory.noticed(state, event).provisioned.pop(event.params.qualifier, None)


@service.read(at=names.by_function)
def get_provisioned_concurrency_config(
    state: Functions, call: Call[GetProvisionedConcurrencyConfig]
) -> GetProvisionedConcurrencyConfigResult:
    """What a version or alias has."""
    function, qualifier = _published(state, call)
    held = function.provisioned.get(qualifier)
    if held is None:
        raise errors.no_provisioned(f"{function.arn}:{qualifier}")
    return GetProvisionedConcurrencyConfigResult(**_members(held, call))


@service.read(at=names.by_function)
def list_provisioned_concurrency_configs(
    state: Functions, call: Call[ListProvisionedConcurrencyConfigs]
) -> ListProvisionedConcurrencyConfigsResult:
    """What a function's versions and aliases have."""
    function = _whole(state, call)
    every = [
        ProvisionedConcurrencyConfigListItem(
            function_arn=f"{function.arn}:{qualifier}", **_members(held, call)
        )
        for qualifier, held in function.provisioned.items()
    ]
    found, marker = paging.listed(every, call.params.marker, call.params.max_items)
    return ListProvisionedConcurrencyConfigsResult(provisioned_concurrency_configs=found, next_marker=marker)


def reserved(state: Functions) -> int:
    """How much all functions have reserved."""
    return sum(one.reserved for one in state.functions.values() if isinstance(one.reserved, int))


def limit(call: Call[Any]) -> int:
    """How many invocations an account may run at once."""
    return call.quota("concurrent_executions", limits.CONCURRENT)


def _members(held: Provisioned, call: Call[Any]) -> dict[str, Any]:
    status = state_at(_CYCLE, "IN_PROGRESS", held.since, call.time, pace=call.pace(held.since))
    ready = held.requested if status == "READY" else 0
    return {
        "requested_provisioned_concurrent_executions": held.requested,
        "available_provisioned_concurrent_executions": ready,
        "allocated_provisioned_concurrent_executions": ready,
        "status": status,
        "last_modified": configurations.written(held.since),
    }


def _whole(state: Functions, call: Call[Any]) -> Function:
    function, qualifier = directory.called(state, call)
    if qualifier:
        # evidence: guess
        raise errors.invalid(
            "This operation is permitted on Lambda functions only. Aliases and versions do not support "
            "this operation. Please specify either a function name or an unqualified function ARN."
        )
    return function


def _published(state: Functions, call: Call[Any]) -> tuple[Function, str]:
    function, qualifier = directory.called(state, call, call.params.qualifier)
    if qualifier == LATEST:
        # evidence: https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html; words: guess
        raise errors.invalid(
            "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
        )
    return function, qualifier
