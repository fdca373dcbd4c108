"""A version's configuration: what parameters make of it, what time makes of its state, and how answers show it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from backtrail import UNSET, Call, Cycle, Phase, UnsetType, state_at, told
from backtrail.record import arn
from backtrail.trail.times import IsoMillis
from backtrail_aws.lambda_ import limits
from backtrail_aws.lambda_.api import (
    CreateFunction,
    DeadLetterConfig,
    Environment,
    EnvironmentResponse,
    EphemeralStorage,
    FunctionConfiguration,
    ImageConfig,
    ImageConfigResponse,
    LoggingConfig,
    RuntimeVersionConfig,
    SnapStart,
    SnapStartResponse,
    TracingConfig,
    TracingConfigResponse,
    UpdateFunctionConfiguration,
    VpcConfig,
    VpcConfigResponse,
)
from backtrail_aws.lambda_.state import Version

R = TypeVar("R", bound=msgspec.Struct)

CREATING: Cycle = {"Pending": Phase(5, "Active")}
UPDATING: Cycle = {"InProgress": Phase(3, "Successful")}
"""https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html; the seconds are what one sees."""
_REASON, _CODE = "The function is being created.", "Creating"
_MEMBERS = FunctionConfiguration.__struct_fields__
_OWN = frozenset(
    {
        "version", "function_arn", "revision_id", "last_modified", "state", "state_reason", "state_reason_code",
        "last_update_status", "last_update_status_reason", "last_update_status_reason_code", "description",
        "snap_start", "config_sha256",
    }
)  # fmt: skip
"""What may differ between two versions that are the same all the same."""


def made(params: CreateFunction, function_arn: str, region: str) -> FunctionConfiguration:
    """A new function's configuration, less what its package and its creation add."""
    package = told(params.package_type, "Zip")
    runtime = params.runtime
    return FunctionConfiguration(
        function_name=function_arn.rpartition(":")[2],
        function_arn=function_arn,
        runtime=runtime,
        role=params.role,
        handler=params.handler,
        description=told(params.description, ""),
        timeout=told(params.timeout, limits.TIMEOUT_S),
        memory_size=told(params.memory_size, limits.MEMORY_MB),
        version="$LATEST",
        vpc_config=_vpc(params.vpc_config),
        dead_letter_config=_dead_letters(params.dead_letter_config),
        environment=_environment(params.environment),
        kms_key_arn=params.kms_key_arn or UNSET,
        tracing_config=_tracing(params.tracing_config),
        file_system_configs=params.file_system_configs or UNSET,
        package_type=package,
        image_config_response=_image(params.image_config),
        architectures=params.architectures or ["x86_64"],
        ephemeral_storage=_storage(params.ephemeral_storage),
        snap_start=_snap_start(params.snap_start),
        runtime_version_config=_runtime_version(runtime, region) if package == "Zip" else UNSET,
        logging_config=_logging(params.logging_config, function_arn.rpartition(":")[2]),
        tenancy_config=params.tenancy_config,
    )


def updated(
    config: FunctionConfiguration, params: UpdateFunctionConfiguration, region: str
) -> FunctionConfiguration:
    """The configuration with what an update names; the rest stays."""
    plain = ("role", "handler", "description", "timeout", "memory_size", "runtime")
    changes: dict[str, Any] = {name: value for name in plain if (value := getattr(params, name)) is not UNSET}
    made_of: dict[str, tuple[Any, Any]] = {
        "vpc_config": (params.vpc_config, _vpc),
        "dead_letter_config": (params.dead_letter_config, _dead_letters),
        "environment": (params.environment, _environment),
        "tracing_config": (params.tracing_config, _tracing),
        "image_config_response": (params.image_config, _image),
        "ephemeral_storage": (params.ephemeral_storage, _storage),
        "snap_start": (params.snap_start, _snap_start),
        "kms_key_arn": (params.kms_key_arn, _or_unset),
        "file_system_configs": (params.file_system_configs, _or_unset),
    }
    for name, (given, make) in made_of.items():
        if given is not UNSET:
            changes[name] = make(given)
    if params.logging_config is not UNSET:
        changes["logging_config"] = _logging(params.logging_config, told(config.function_name, ""))
    if isinstance(params.runtime, str):
        changes["runtime_version_config"] = _runtime_version(params.runtime, region)
    return msgspec.structs.replace(config, **changes)


def created(config: FunctionConfiguration, time: datetime, revision: str) -> FunctionConfiguration:
    """As the call that makes it answers it: pending."""
    return msgspec.structs.replace(
        config, last_modified=written(time), revision_id=revision,
        state="Pending", state_reason=_REASON, state_reason_code=_CODE,
        last_update_status=UNSET, last_update_status_reason=UNSET, last_update_status_reason_code=UNSET,
    )  # fmt: skip


def changed(config: FunctionConfiguration, time: datetime, revision: str) -> FunctionConfiguration:
    """As the call that changes it answers it: in progress. Only what is no longer pending is changed."""
    if config.state == "Pending":
        config = msgspec.structs.replace(config, state="Active", state_reason=UNSET, state_reason_code=UNSET)
    return msgspec.structs.replace(
        config, last_modified=written(time), revision_id=revision,
        last_update_status="InProgress", last_update_status_reason=_REASON, last_update_status_reason_code=_CODE,
    )  # fmt: skip


def at(version: Version, call: Call[Any]) -> FunctionConfiguration:
    """A version's configuration as it is at a call: what was being done is done by then."""
    config, since, now = version.config, version.since, call.time
    if since is None:
        return config
    pace = call.pace(since)
    if config.state == "Pending" and state_at(CREATING, "Pending", since, now, pace=pace) == "Active":
        config = msgspec.structs.replace(
            config,
            state="Active",
            state_reason=UNSET,
            state_reason_code=UNSET,
            last_update_status="Successful",
        )
    if (
        config.last_update_status == "InProgress"
        and state_at(UPDATING, "InProgress", since, now, pace=pace) == "Successful"
    ):
        config = msgspec.structs.replace(
            config,
            last_update_status="Successful",
            last_update_status_reason=UNSET,
            last_update_status_reason_code=UNSET,
        )
    return config


def shown(kind: type[R], config: FunctionConfiguration) -> R:
    """A configuration as an action's own result type has it."""
    return kind(**{name: getattr(config, name) for name in _MEMBERS})


def overlaid(config: FunctionConfiguration, result: Any) -> FunctionConfiguration:
    """A configuration with every member that an answer tells."""
    members = {name: value for name in _MEMBERS if (value := getattr(result, name)) is not UNSET}
    return msgspec.structs.replace(config, **members) if members else config


def same(one: FunctionConfiguration, other: FunctionConfiguration) -> bool:
    """Whether two versions are the same, but for what every version has of its own."""
    return all(getattr(one, name) == getattr(other, name) for name in _MEMBERS if name not in _OWN)


def written(time: datetime) -> str:
    """A time as Lambda writes it: `2024-07-30T21:57:15.000+0000`."""
    return IsoMillis.of(time).written()


def log_group(config: FunctionConfiguration) -> str:
    """Where a function's output goes."""
    logging = config.logging_config
    group = logging.log_group if not isinstance(logging, UnsetType) else UNSET
    return told(group, f"/aws/lambda/{told(config.function_name, '')}")


def _or_unset(value: Any) -> Any:
    return value or UNSET


def _vpc(given: VpcConfig | UnsetType) -> VpcConfigResponse | UnsetType:
    if isinstance(given, UnsetType):
        return UNSET
    return VpcConfigResponse(
        subnet_ids=told(given.subnet_ids, []),
        security_group_ids=told(given.security_group_ids, []),
        vpc_id="" if not given.subnet_ids else UNSET,
        ipv6_allowed_for_dual_stack=told(given.ipv6_allowed_for_dual_stack, False),
    )


def _dead_letters(given: DeadLetterConfig | UnsetType) -> DeadLetterConfig | UnsetType:
    return given if not isinstance(given, UnsetType) and given.target_arn else UNSET


def _environment(given: Environment | UnsetType) -> EnvironmentResponse | UnsetType:
    """An empty environment is none; one whose variables no record tells stays one."""
    if isinstance(given, UnsetType) or given.variables == {}:
        return UNSET
    return EnvironmentResponse(variables=given.variables)


def _tracing(given: TracingConfig | UnsetType) -> TracingConfigResponse:
    mode = given.mode if not isinstance(given, UnsetType) else UNSET
    return TracingConfigResponse(mode=told(mode, "PassThrough"))


def _image(given: ImageConfig | UnsetType) -> ImageConfigResponse | UnsetType:
    return ImageConfigResponse(image_config=given) if not isinstance(given, UnsetType) else UNSET


def _storage(given: EphemeralStorage | UnsetType) -> EphemeralStorage:
    return given if not isinstance(given, UnsetType) else EphemeralStorage(size=limits.STORAGE_MB)


def _snap_start(given: SnapStart | UnsetType) -> SnapStartResponse:
    apply_on = given.apply_on if not isinstance(given, UnsetType) else UNSET
    return SnapStartResponse(apply_on=told(apply_on, "None"), optimization_status="Off")


def _logging(given: LoggingConfig | UnsetType, name: str) -> LoggingConfig:
    """The defaults of both formats: dg/monitoring-cloudwatchlogs-log-level.html"""
    given = LoggingConfig() if isinstance(given, UnsetType) else given
    form = told(given.log_format, "Text")
    json = form == "JSON"
    return LoggingConfig(
        log_format=form,
        application_log_level=told(given.application_log_level, "INFO") if json else UNSET,
        system_log_level=told(given.system_log_level, "INFO") if json else UNSET,
        log_group=given.log_group or f"/aws/lambda/{name}",
    )


def _runtime_version(runtime: str | UnsetType, region: str) -> RuntimeVersionConfig | UnsetType:
    """AWS's runtime versions are opaque; here each runtime has one."""
    if isinstance(runtime, UnsetType):
        return UNSET
    digest = hashlib.sha256(runtime.encode()).hexdigest()
    return RuntimeVersionConfig(runtime_version_arn=arn("lambda", region, "", f"runtime:{digest}"))
