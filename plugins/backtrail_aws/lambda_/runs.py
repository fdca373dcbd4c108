"""A run of a function: what it takes, what came of it, and what the log says of it.

A run is an effect: it happens once, outside the log; its outcome is the record.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec

from backtrail import UNSET, Call, Command, Effect, NotInTrail, Params, Refusal, UnsetType, field, told
from backtrail.blob import Blob
from backtrail_aws.lambda_ import concurrency, configurations, directory, errors, layers, limits, names, roles
from backtrail_aws.lambda_.state import Function, Functions, Session, Version, service

EFFECT = "run"
THROTTLED = "TooManyRequestsException"
NO_INTERPRETER = "NoInterpreter"
_PYTHON, _NODE = re.compile(r"python3\.\d+"), re.compile(r"nodejs\d+\.x")


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """All that a run takes."""

    function_arn: str
    invoked_arn: str
    name: str
    version: str
    runtime: str
    handler: str
    memory_mb: int
    timeout_s: int
    environment: dict[str, str]
    code: Blob
    layers: list[Blob]
    payload: bytes
    context: str
    request_id: str
    region: str
    account: str
    log_group: str
    session: Session | None
    reserved: int | None
    most: int
    identity: str


class Ran(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. `error` is `Unhandled` or empty; `status` is the REPORT line's (`timeout`, `error`) or empty."""

    payload: bytes
    error: str = ""
    error_type: str = ""
    status: str = ""
    output: str = ""
    duration_ms: float = 0.0
    init_ms: float | None = None
    used_mb: int = 0
    stream: str = ""
    cold: bool = False


class Facts(Params):
    """Beside a record: how a run went. `group_missing` says that its log group must be made first."""

    version: str
    duration_ms: float = field(name="durationMs")
    billed_ms: int = field(name="billedMs")
    memory_mb: int = field(name="memoryMB")
    used_mb: int = field(name="maxMemoryUsedMB")
    init_ms: float | UnsetType = field(name="initMs", default=UNSET)
    error_type: str | UnsetType = field(name="errorType", default=UNSET)
    log_group: str = field(name="logGroup")
    log_stream: str = field(name="logStream")
    cold: bool
    group_missing: bool = field(name="groupMissing")
    logged: bool


class DescribeLogGroups(Params):
    """What CloudWatch Logs is asked."""

    log_group_name_prefix: str = field(name="logGroupNamePrefix")


class LogGroup(Params):
    """A log group as it answers it."""

    log_group_name: str | UnsetType = field(name="logGroupName", default=UNSET)


class DescribeLogGroupsResult(Params):
    """What it answers."""

    log_groups: list[LogGroup] | UnsetType = field(name="logGroups", default=UNSET)


class RunNeeds(Params):
    """Asked before a run, of whichever account the function is in."""

    function_name: str = field(name="functionName")
    qualifier: str | UnsetType = UNSET


class RunNeedsResult(Params):
    """The role of which the run needs a new session; none where it has one."""

    role: str | UnsetType = UNSET
    name: str = ""
    lasts_s: int = field(name="lastsSeconds", default=0)


@service.read(internal=True, at=names.by_function)
def run_needs(state: Functions, call: Call[RunNeeds]) -> RunNeedsResult:
    """The session that must begin before a run."""
    named = names.function(call.params.function_name)
    function = state.functions.get(named.name)
    version = (
        directory.look(function, told(call.params.qualifier, "") or named.qualifier) if function else None
    )
    if function is None or version is None or not _interpreted(version):
        return RunNeedsResult()
    lasts = told(version.config.timeout, limits.TIMEOUT_S)
    until = call.time + timedelta(seconds=lasts + limits.SESSION_SPARE_S)
    role = version.config.role
    if isinstance(role, UnsetType) or roles.session(state, role, function.name, until) is not None:
        return RunNeedsResult()
    return RunNeedsResult(role=role, name=function.name, lasts_s=lasts)


def session_first(call: Call[Any], function_name: str, qualifier: str | UnsetType) -> Iterator[Command]:
    """The command that must be carried out before a run."""
    account = names.function(function_name).account or None
    wanted = RunNeeds(function_name=function_name, qualifier=qualifier)
    needs = call.ask("lambda", wanted, RunNeedsResult, account=account)
    if needs is not None and isinstance(needs.role, str):
        yield roles.begin(needs.role, needs.name, needs.lasts_s, account or call.account)


def check_runnable(version: Version, arn: str) -> None:
    """Refuse what nothing here can run, and what nobody knows the code of."""
    config = version.config
    if isinstance(version.code.image, str) or config.package_type == "Image":
        raise errors.cannot_run("container images")
    if isinstance(config.runtime, str) and not _interpreted(version):
        raise errors.cannot_run(f"the runtime {config.runtime}")
    if isinstance(version.code.content, UnsetType) or isinstance(config.runtime, UnsetType):
        raise NotInTrail(f"No record holds the code of {arn}.")


def prepared(
    state: Functions, call: Call[Any], function: Function, qualifier: str, version: Version, payload: bytes,
    context: str, request_id: str,
) -> Effect:  # fmt: skip
    """The run of a version. Raises `Refusal` for what cannot run now."""
    check_runnable(version, function.arn)
    settled = configurations.at(version, call)
    if settled.state == "Pending":
        raise errors.pending("Pending")
    roles.check_begun(call)
    config = version.config
    content, runtime = version.code.content, config.runtime
    assert isinstance(content, Blob) and isinstance(runtime, str)
    timeout_s = told(config.timeout, limits.TIMEOUT_S)
    role = told(config.role, "")
    most = concurrency.limit(call)
    reserved = function.reserved if isinstance(function.reserved, int) else None
    return Effect(
        name=EFFECT,
        through=function.arn,
        args=Run(
            function_arn=function.arn,
            invoked_arn=f"{function.arn}:{qualifier}" if qualifier else function.arn,
            name=function.name,
            version=told(config.version, names.LATEST),
            runtime=runtime,
            handler=told(config.handler, ""),
            memory_mb=told(config.memory_size, limits.MEMORY_MB),
            timeout_s=timeout_s,
            environment=_variables(version),
            code=content,
            layers=_layers(call, version),
            payload=payload or b"{}",
            context=context,
            request_id=request_id,
            region=call.region,
            account=function.arn.split(":")[4],
            log_group=configurations.log_group(config),
            session=roles.session(state, role, function.name, call.time + timedelta(seconds=timeout_s)),
            reserved=reserved,
            most=most - concurrency.reserved(state) if reserved is None else most,
            identity=f"{config.revision_id}/{config.code_sha256}",
        ),
    )


def ended(call: Call[Any]) -> Ran:
    """What came of a run. Raises `Refusal` where it did not take place."""
    outcome = call.outcome
    assert outcome is not None
    if outcome.error == THROTTLED:
        raise errors.too_many(outcome.message)
    if outcome.error == NO_INTERPRETER:
        raise errors.cannot_run(outcome.message)
    if outcome.error is not None:
        raise errors.failed(outcome.message)
    ran: Ran = outcome.result
    return ran


def facts(call: Call[Any], version: Version, ran: Ran) -> Facts:
    """How a run went."""
    config = version.config
    group = configurations.log_group(config)
    known = call.ask("logs", DescribeLogGroups(log_group_name_prefix=group), DescribeLogGroupsResult)
    there = known is not None and any(one.log_group_name == group for one in told(known.log_groups, []))
    return Facts(
        version=told(config.version, names.LATEST),
        duration_ms=round(ran.duration_ms, 2),
        billed_ms=billed_ms(ran),
        memory_mb=told(config.memory_size, limits.MEMORY_MB),
        used_mb=ran.used_mb,
        init_ms=round(ran.init_ms, 2) if ran.init_ms is not None else UNSET,
        error_type=ran.error_type or UNSET,
        log_group=group,
        log_stream=ran.stream,
        cold=ran.cold,
        group_missing=not there,
        logged=known is not None,
    )


def billed_ms(ran: Ran) -> int:
    """Whole milliseconds, initialization included: https://aws.amazon.com/lambda/pricing/"""
    return -int(-(ran.duration_ms + (ran.init_ms or 0.0)) // 1)


def log_text(ran: Ran, found: Facts, request_id: str) -> str:
    """START, what was printed, END, REPORT: as Lambda writes them.

    https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
    """
    output = ran.output if not ran.output or ran.output.endswith("\n") else f"{ran.output}\n"
    report = [
        f"REPORT RequestId: {request_id}",
        f"Duration: {found.duration_ms:.2f} ms",
        f"Billed Duration: {found.billed_ms} ms",
        f"Memory Size: {found.memory_mb} MB",
        f"Max Memory Used: {found.used_mb} MB",
    ]
    if isinstance(found.init_ms, float):
        report.append(f"Init Duration: {found.init_ms:.2f} ms")
    if ran.status:
        report.append(f"Status: {ran.status}")
    if ran.status == "error":
        report.append(f"Error Type: {ran.error_type}")
    return (
        f"START RequestId: {request_id} Version: {found.version}\n{output}END RequestId: {request_id}\n"
        + "\t".join(report)
        + "\t\n"
    )


def tail(text: str) -> str:
    """The last 4 KB of a log, in base64."""
    return base64.b64encode(text.encode()[-limits.TAIL_BYTES :]).decode()


def failure(refusal: Refusal) -> bytes:
    """A refusal as the payload of a run that failed."""
    return msgspec.json.encode({"errorMessage": refusal.message, "errorType": refusal.code})


def _interpreted(version: Version) -> bool:
    runtime = version.config.runtime
    return isinstance(runtime, str) and bool(_PYTHON.fullmatch(runtime) or _NODE.fullmatch(runtime))


def _variables(version: Version) -> dict[str, str]:
    environment = version.config.environment
    if isinstance(environment, UnsetType):
        return {}
    if isinstance(environment.variables, UnsetType):
        raise NotInTrail(f"No record tells the environment of {version.config.function_arn}.")
    return dict(environment.variables)


def _layers(call: Call[Any], version: Version) -> list[Blob]:
    found: list[Blob] = []
    for layer in told(version.config.layers, []):
        arn = told(layer.arn, "")
        package = layers.package_of(call, arn)
        if package is None or isinstance(package.content, UnsetType):
            raise NotInTrail(f"No record holds the layer {arn}.")
        found.append(package.content)
    return found
