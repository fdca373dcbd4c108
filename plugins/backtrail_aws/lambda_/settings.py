"""What holds for the account, and small settings of functions: recursion, runtime updates."""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Answer, Call, Event, UnsetType, told
from backtrail_aws.lambda_ import concurrency, directory, limits, names
from backtrail_aws.lambda_.api import (
    AccountLimit,
    AccountUsage,
    GetAccountSettings,
    GetAccountSettingsResult,
    GetFunctionRecursionConfig,
    GetFunctionRecursionConfigResult,
    GetRuntimeManagementConfig,
    GetRuntimeManagementConfigResult,
    PutFunctionRecursionConfig,
    PutFunctionRecursionConfigResult,
    PutRuntimeManagementConfig,
    PutRuntimeManagementConfigResult,
)
from backtrail_aws.lambda_.state import Function, Functions, RuntimeUpdates, service


@service.read
def get_account_settings(
    state: Functions, call: Call[GetAccountSettings]
) -> Answer[GetAccountSettingsResult]:
    """Limits and what is used of them. Records tell what no client can ask for (measured)."""
    most = concurrency.limit(call)
    sizes = [
        version.code.size
        for function in state.functions.values()
        for version in (function.latest, *function.versions.values())
    ]
    sizes += [version.code.size for layer in state.layers.values() for version in layer.versions.values()]
    result = GetAccountSettingsResult(
        account_limit=AccountLimit(
            total_code_size=limits.CODE_STORAGE_BYTES,
            code_size_unzipped=limits.UNZIPPED_MAX_BYTES,
            code_size_zipped=limits.ZIP_MAX_BYTES,
            concurrent_executions=most,
            unreserved_concurrent_executions=most - concurrency.reserved(state),
        ),
        account_usage=AccountUsage(
            total_code_size=sum(told(size, 0) for size in sizes), function_count=len(state.functions)
        ),
    )
    recorded = GetAccountSettings(
        include_preview_features=False,
        include_deprecated_features_access=False,
        include_deprecated_runtime_details=False,
        include_unreserved_concurrent_executions_minimum=False,
        include_blacklisted_features=False,
    )
    return Answer(result, params=recorded)


@service.handle(at=names.by_function)
def put_function_recursion_config(
    state: Functions, call: Call[PutFunctionRecursionConfig]
) -> PutFunctionRecursionConfigResult:
    """Kept, and heeded (`recursion`)."""
    directory.called(state, call)
    return PutFunctionRecursionConfigResult(recursive_loop=call.params.recursive_loop)


@service.project(at=names.by_function)
def function_recursion_config_put(state: Functions, event: Event[PutFunctionRecursionConfig, None]) -> None:
    """The function has the setting."""
    directory.noticed(state, event).recursion = event.params.recursive_loop


@service.read(at=names.by_function)
def get_function_recursion_config(
    state: Functions, call: Call[GetFunctionRecursionConfig]
) -> GetFunctionRecursionConfigResult:
    """Terminate, unless it was allowed."""
    function, _ = directory.called(state, call)
    return GetFunctionRecursionConfigResult(recursive_loop=told(function.recursion, "Terminate"))


@service.handle(at=names.by_function)
def put_runtime_management_config(
    state: Functions, call: Call[PutRuntimeManagementConfig]
) -> PutRuntimeManagementConfigResult:
    """Kept: there is one version of each runtime here."""
    function, qualifier = directory.called(state, call, call.params.qualifier)
    directory.check_qualifier(function, qualifier)
    return PutRuntimeManagementConfigResult(
        update_runtime_on=call.params.update_runtime_on,
        function_arn=_arn(function, qualifier),
        runtime_version_arn=call.params.runtime_version_arn,
    )


@service.project(at=names.by_function)
def runtime_management_config_put(state: Functions, event: Event[PutRuntimeManagementConfig, None]) -> None:
    """The version has the setting."""
    params = event.params
    directory.noticed(state, event).runtime_updates[directory.event_qualifier(event)] = RuntimeUpdates(
        mode=params.update_runtime_on, arn=params.runtime_version_arn
    )


@service.read(at=names.by_function)
def get_runtime_management_config(
    state: Functions, call: Call[GetRuntimeManagementConfig]
) -> GetRuntimeManagementConfigResult:
    """Auto, unless something else was set."""
    function, qualifier = directory.called(state, call, call.params.qualifier)
    held = function.runtime_updates.get(qualifier)
    arn: Any = held.arn if held is not None else UNSET
    return GetRuntimeManagementConfigResult(
        update_runtime_on=held.mode if held is not None else "Auto",
        function_arn=_arn(function, qualifier),
        runtime_version_arn=arn if not isinstance(arn, UnsetType) else UNSET,
    )


def _arn(function: Function, qualifier: str) -> str:
    return f"{function.arn}:{qualifier}" if qualifier else function.arn
