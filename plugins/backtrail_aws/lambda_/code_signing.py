"""Code signing configurations, and which functions have one. Signatures are not verified.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail.record import arn as made_arn
from backtrail_aws.lambda_ import configurations, directory, errors, names, paging
from backtrail_aws.lambda_.api import (
    AllowedPublishers,
    CodeSigningConfig,
    CodeSigningPolicies,
    CreateCodeSigningConfig,
    CreateCodeSigningConfigResult,
    DeleteCodeSigningConfig,
    DeleteFunctionCodeSigningConfig,
    GetCodeSigningConfig,
    GetCodeSigningConfigResult,
    GetFunctionCodeSigningConfig,
    GetFunctionCodeSigningConfigResult,
    ListCodeSigningConfigs,
    ListCodeSigningConfigsResult,
    ListFunctionsByCodeSigningConfig,
    ListFunctionsByCodeSigningConfigResult,
    PutFunctionCodeSigningConfig,
    PutFunctionCodeSigningConfigResult,
    UpdateCodeSigningConfig,
    UpdateCodeSigningConfigResult,
)
from backtrail_aws.lambda_.state import Functions, service


@service.handle
def create_code_signing_config(
    state: Functions, call: Call[CreateCodeSigningConfig]
) -> CreateCodeSigningConfigResult:
    """A new configuration."""
    return CreateCodeSigningConfigResult(code_signing_config=_made(call))


@service.project
def code_signing_config_created(
    state: Functions, event: Event[CreateCodeSigningConfig, CreateCodeSigningConfigResult]
) -> None:
    """It is there."""
    made = _made(event)
    shown = event.result.code_signing_config
    if not isinstance(shown, UnsetType):
        members = {
            name: value for name in shown.__struct_fields__ if (value := getattr(shown, name)) is not UNSET
        }
        made = msgspec.structs.replace(made, **members)
    arn = told(made.code_signing_config_arn, "")
    state.signing[arn] = made
    state.signing_tags[arn] = dict(told(event.params.tags, {}))


@service.handle
def update_code_signing_config(
    state: Functions, call: Call[UpdateCodeSigningConfig]
) -> UpdateCodeSigningConfigResult:
    """The members that are named; the rest stays."""
    held = _found(state, call.params.code_signing_config_arn)
    return UpdateCodeSigningConfigResult(code_signing_config=_changed(held, call))


@service.project
def code_signing_config_updated(state: Functions, event: Event[UpdateCodeSigningConfig, None]) -> None:
    """It has the new settings."""
    arn = event.params.code_signing_config_arn
    held = state.signing.get(arn) or CodeSigningConfig(
        code_signing_config_arn=arn, code_signing_config_id=arn.rpartition(":")[2]
    )
    state.signing[arn] = _changed(held, event)


@service.handle
def delete_code_signing_config(state: Functions, call: Call[DeleteCodeSigningConfig]) -> None:
    """Refuse what functions have."""
    arn = call.params.code_signing_config_arn
    _found(state, arn)
    if _users(state, arn):
        # evidence: API_DeleteCodeSigningConfig; words: guess
        raise errors.conflict(f"The code signing configuration {arn} is in use by functions.")


@service.project
def code_signing_config_deleted(state: Functions, event: Event[DeleteCodeSigningConfig, None]) -> None:
    """It is gone."""
    state.signing.pop(event.params.code_signing_config_arn, None)
    state.signing_tags.pop(event.params.code_signing_config_arn, None)


@service.read
def get_code_signing_config(state: Functions, call: Call[GetCodeSigningConfig]) -> GetCodeSigningConfigResult:
    """One configuration."""
    return GetCodeSigningConfigResult(code_signing_config=_found(state, call.params.code_signing_config_arn))


@service.read
def list_code_signing_configs(
    state: Functions, call: Call[ListCodeSigningConfigs]
) -> ListCodeSigningConfigsResult:
    """The account's."""
    found, marker = paging.named(state.signing, call.params.marker, call.params.max_items)
    return ListCodeSigningConfigsResult(code_signing_configs=found, next_marker=marker)


@service.read
def list_functions_by_code_signing_config(
    state: Functions, call: Call[ListFunctionsByCodeSigningConfig]
) -> ListFunctionsByCodeSigningConfigResult:
    """The functions that have one."""
    arn = call.params.code_signing_config_arn
    _found(state, arn)
    found, marker = paging.listed(_users(state, arn), call.params.marker, call.params.max_items)
    return ListFunctionsByCodeSigningConfigResult(function_arns=found, next_marker=marker)


@service.handle(at=names.by_function)
def put_function_code_signing_config(
    state: Functions, call: Call[PutFunctionCodeSigningConfig]
) -> PutFunctionCodeSigningConfigResult:
    """The function has the configuration from now on."""
    function, _ = directory.called(state, call)
    arn = call.params.code_signing_config_arn
    _found(state, arn)
    return PutFunctionCodeSigningConfigResult(code_signing_config_arn=arn, function_name=function.name)


@service.project(at=names.by_function)
def function_code_signing_config_put(
    state: Functions, event: Event[PutFunctionCodeSigningConfig, None]
) -> None:
    """It has."""
    directory.noticed(state, event).signing = event.params.code_signing_config_arn


@service.handle(at=names.by_function)
def delete_function_code_signing_config(
    state: Functions, call: Call[DeleteFunctionCodeSigningConfig]
) -> None:
    """A function without is no error."""
    directory.called(state, call)


@service.project(at=names.by_function)
def function_code_signing_config_deleted(
    state: Functions, event: Event[DeleteFunctionCodeSigningConfig, None]
) -> None:
    """It has none any more."""
    directory.noticed(state, event).signing = UNSET


@service.read(at=names.by_function)
def get_function_code_signing_config(
    state: Functions, call: Call[GetFunctionCodeSigningConfig]
) -> GetFunctionCodeSigningConfigResult:
    """The function's; empty where it has none."""
    function, _ = directory.called(state, call)
    return GetFunctionCodeSigningConfigResult(
        code_signing_config_arn=told(function.signing, ""), function_name=function.name
    )


def check(state: Functions, arn: str | UnsetType) -> None:
    """Refuse a configuration that is not there."""
    if isinstance(arn, str) and arn:
        _found(state, arn)


def _found(state: Functions, arn: str) -> CodeSigningConfig:
    found = state.signing.get(arn)
    if found is None:
        raise errors.no_signing_config(arn)
    return found


def _users(state: Functions, arn: str) -> list[str]:
    return [function.arn for function in state.functions.values() if function.signing == arn]


def _made(subject: Call[CreateCodeSigningConfig] | Event[CreateCodeSigningConfig, Any]) -> CodeSigningConfig:
    params = subject.params
    name = f"csc-{subject.new_id('hex17', 'csc')}"
    return CodeSigningConfig(
        code_signing_config_id=name,
        code_signing_config_arn=made_arn(
            "lambda", subject.region, subject.account, f"code-signing-config:{name}"
        ),
        description=told(params.description, ""),
        allowed_publishers=told(
            params.allowed_publishers, AllowedPublishers(signing_profile_version_arns=[])
        ),
        code_signing_policies=told(
            params.code_signing_policies, CodeSigningPolicies(untrusted_artifact_on_deployment="Warn")
        ),
        last_modified=configurations.written(subject.time),
    )


def _changed(
    held: CodeSigningConfig, subject: Call[UpdateCodeSigningConfig] | Event[UpdateCodeSigningConfig, Any]
) -> CodeSigningConfig:
    params = subject.params
    return msgspec.structs.replace(
        held,
        description=told(params.description, held.description),
        allowed_publishers=told(params.allowed_publishers, held.allowed_publishers),
        code_signing_policies=told(params.code_signing_policies, held.code_signing_policies),
        last_modified=configurations.written(subject.time),
    )
