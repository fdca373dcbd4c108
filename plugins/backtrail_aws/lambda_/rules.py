"""What Lambda holds a function's configuration against, beyond what its model says."""

from __future__ import annotations

import msgspec

from backtrail import Call, UnsetType, told
from backtrail_aws.lambda_ import errors, limits, names
from backtrail_aws.lambda_.api import (
    CreateFunction,
    Environment,
    EphemeralStorage,
    UpdateFunctionConfiguration,
)

_RESERVED = frozenset(
    {
        "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
    }
)  # fmt: skip
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime"""


def check_new(call: Call[CreateFunction]) -> None:
    """Refuse a new function whose parameters do not go together."""
    params = call.params
    named = names.function(params.function_name)
    if named.qualifier:
        # evidence: guess
        raise errors.invalid("FunctionName must not be qualified.")
    if len(named.name) > limits.NAME_MAX:
        raise errors.validation(
            named.name,
            "functionName",
            f"Member must have length less than or equal to {limits.NAME_MAX}",
        )
    if told(params.package_type, "Zip") == "Image":
        _check_image(params)
    else:
        _check_zip(params)
    check_sizes(params.timeout, params.memory_size, params.ephemeral_storage)
    check_environment(params.environment)


def check_update(params: UpdateFunctionConfiguration) -> None:
    """Refuse an update whose parameters break a rule."""
    check_runtime(params.runtime)
    check_sizes(params.timeout, params.memory_size, params.ephemeral_storage)
    check_environment(params.environment)


def check_runtime(runtime: str | UnsetType) -> None:
    """Refuse a runtime that Lambda never had, or has no more."""
    if isinstance(runtime, UnsetType) or runtime in limits.RUNTIMES:
        return
    new = limits.OLD_RUNTIMES.get(runtime)
    if new is not None:
        raise errors.old_runtime(runtime, new)
    raise errors.unknown_runtime(runtime, list(limits.RUNTIMES))


def check_sizes(
    timeout: int | UnsetType, memory: int | UnsetType, storage: EphemeralStorage | UnsetType
) -> None:
    """Refuse more time, memory or storage than a function may have."""
    size = storage.size if not isinstance(storage, UnsetType) else 0
    for value, path, most in (
        (told(timeout, 0), "timeout", limits.TIMEOUT_MAX_S),
        (told(memory, 0), "memorySize", limits.MEMORY_MAX_MB),
        (told(size, 0), "ephemeralStorage.size", limits.STORAGE_MAX_MB),
    ):
        if value > most:
            raise errors.validation(value, path, f"Member must have value less than or equal to {most}")


def check_environment(environment: Environment | UnsetType) -> None:
    """Refuse variables that are the service's own, and too many of them."""
    variables = told(environment.variables, {}) if not isinstance(environment, UnsetType) else {}
    taken = sorted(_RESERVED & variables.keys())
    if taken:
        # evidence: model; words: guess
        raise errors.invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contains reserved keys that are currently not supported for modification. Reserved keys used "
            f"in this request: {', '.join(taken)}"
        )
    if len(msgspec.json.encode(variables)) > limits.ENVIRONMENT_MAX_BYTES:
        # evidence: https://github.com/github-aws-runners/terraform-aws-github-runner/issues/3594, less the variables
        raise errors.invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided exceeded the 4KB limit."
        )


def _check_zip(params: CreateFunction) -> None:
    check_runtime(params.runtime)
    # evidence: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html; words: guess
    if isinstance(params.runtime, UnsetType) or isinstance(params.handler, UnsetType):
        raise errors.invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        )
    code = params.code
    if not isinstance(code, UnsetType) and isinstance(code.image_uri, str):
        # evidence: guess
        raise errors.invalid("Please do not provide ImageUri when PackageType is Zip.")


def _check_image(params: CreateFunction) -> None:
    # evidence: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html; words: guess
    if isinstance(params.runtime, str):
        raise errors.invalid("Please don't provide runtime when the intended function PackageType is Image.")
    if isinstance(params.handler, str):
        raise errors.invalid("Please don't provide handler when the intended function PackageType is Image.")
    if isinstance(params.layers, list) and params.layers:
        raise errors.invalid("Please don't provide layers when the intended function PackageType is Image.")
    if isinstance(params.code, UnsetType) or isinstance(params.code.image_uri, UnsetType):
        raise errors.invalid("Please provide ImageUri when updating a function with packageType Image.")
