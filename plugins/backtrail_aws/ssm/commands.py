"""Run Command: commands are sent, and nobody here carries them out.

No agent runs here, so an invocation is `Pending` until it is cancelled, or until its delivery has timed out.
https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Event, Params, Refusal, UnsetType, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.ssm import amazon_documents, api, document_content, documents, errors, instances, limits
from backtrail_aws.ssm.document_reading import paged
from backtrail_aws.ssm.state import Command, Document, Ssm, service

Status = tuple[str, str]
PENDING: Status = ("Pending", "Pending")
CANCELLED: Status = ("Cancelled", "Cancelled")
TIMED_OUT: Status = ("TimedOut", "DeliveryTimedOut")
_NOBODY: Status = ("Success", "NoInstancesInTag")


class Sent(Params):
    """The instances that a command's targets were when it was sent."""

    instances: list[str]


@service.handle
def send_command(state: Ssm, call: Call[api.SendCommand]) -> Answer[api.SendCommandResult]:
    """A command to some instances, by id or by tag."""
    params = call.params
    given, targets = told(params.instance_ids, []), told(params.targets, [])
    if bool(given) == bool(targets):
        # evidence: page API_SendCommand (the rule); words: guess
        raise errors.validation("You must specify either InstanceIds or Targets.")
    if len(given) > limits.COMMAND_INSTANCES_MAX:
        # evidence: page API_SendCommand (the number); words: guess
        raise errors.validation("You can specify at most 50 instance IDs.")
    number = _check_document(state, call)
    instances.managed(state, call, given)
    reached = given or _targets(state, call)
    return Answer(
        api.SendCommandResult(
            command=_made(params, call.new_id("uuid", "command"), number, call.time, call.region, reached)
        ),
        note=Sent(instances=reached),
    )


def _check_document(state: Ssm, call: Call[api.SendCommand]) -> str:
    """The version of the document, as the command shows it."""
    params = call.params
    name = params.document_name
    found = documents.find(state, call, name)
    if found is None:
        if amazon_documents.is_amazons(name):  # of Amazon's own, some are known here
            return told(params.document_version, documents.DEFAULT)
        raise errors.no_document(name)
    if told(found.type, "Command") != "Command":
        # evidence: model; words: guess
        raise Refusal("InvalidDocument", f"Document {name} is not of type Command.")
    _check_parameters(found, params)
    return told(params.document_version, documents.DEFAULT)


def _check_parameters(document: Document, params: api.SendCommand) -> None:
    version = documents.chosen(document, params.document_version)
    given = told(params.parameters, {})
    unknown = document_content.unknown_parameters(version.content, version.format, list(given))
    if unknown:
        # evidence: model; words: guess
        raise Refusal("InvalidParameters", f"Parameters {unknown} are not supported by the document.")


def _targets(state: Ssm, call: Call[api.SendCommand]) -> list[str]:
    """All targets must fit; `resource-groups:` and such reach nobody here."""
    found: list[set[str]] = []
    for target in told(call.params.targets, []):
        key, values = told(target.key, ""), told(target.values, [])
        if key.lower() in ("instanceids", "instanceid"):
            if values != ["*"]:
                instances.managed(state, call, values)
            found.append(set(state.instances) if values == ["*"] else set(values))
        else:
            found.append(set(instances.tagged(state, call, key, values)) if key.startswith("tag:") else set())
    return sorted(one for one in found[0] if all(one in other for other in found)) if found else []


def _made(
    params: api.SendCommand, identifier: str, number: str, at: datetime, region: str, reached: list[str]
) -> api.Command:
    """A command as a real record of SendCommand shows it."""
    delivery = told(params.timeout_seconds, limits.COMMAND_TIMEOUT_DEFAULT_S)
    targets = told(params.targets, [])
    expires = SpacedTime.of(at + timedelta(seconds=delivery + _execution(params)))
    status = PENDING if reached or not targets else _NOBODY
    return api.Command(
        command_id=identifier, document_name=params.document_name, document_version=number,
        comment=told(params.comment, ""), expires_after=expires,
        parameters=told(params.parameters, {}), instance_ids=told(params.instance_ids, []), targets=targets,
        requested_date_time=SpacedTime.of(at), status=status[0], status_details=status[1],
        output_s3_region=told(params.output_s3_region, region),
        output_s3_bucket_name=told(params.output_s3_bucket_name, ""),
        output_s3_key_prefix=told(params.output_s3_key_prefix, ""), max_concurrency=told(params.max_concurrency, "50"),
        max_errors=told(params.max_errors, "0"), target_count=len(reached), completed_count=0, error_count=0,
        delivery_timed_out_count=0, service_role=told(params.service_role_arn, ""),
        notification_config=told(
            params.notification_config,
            api.NotificationConfig(notification_arn="", notification_events=[], notification_type=""),
        ),
        cloud_watch_output_config=told(
            params.cloud_watch_output_config,
            api.CloudWatchOutputConfig(cloud_watch_log_group_name="", cloud_watch_output_enabled=False),
        ),
        timeout_seconds=delivery, alarm_configuration=told(
            params.alarm_configuration, api.AlarmConfiguration(ignore_poll_alarm_failure=False, alarms=[])
        ),
        triggered_alarms=[],
    )  # fmt: skip


def _execution(params: api.SendCommand) -> int:
    asked = told(params.parameters, {}).get("executionTimeout", [""])
    text = asked[0] if asked else ""
    return int(text) if text.isdigit() else limits.EXECUTION_TIMEOUT_DEFAULT_S


@service.project
def command_sent(state: Ssm, event: Event[api.SendCommand, api.SendCommandResult]) -> None:
    """The command is known."""
    params = event.params
    note = event.note(Sent)
    reached = note.instances if note is not None else told(params.instance_ids, [])
    made = told(event.result.command, api.Command())
    if isinstance(made.command_id, UnsetType):
        number = told(params.document_version, documents.DEFAULT)
        made = _made(params, event.new_id("uuid", "command"), number, event.time, event.region, reached)
    identifier = told(made.command_id, event.id)
    if isinstance(made.parameters, UnsetType):
        made = msgspec.structs.replace(made, parameters=params.parameters)
    state.commands[identifier] = Command(
        id=identifier, sent=event.time, told=made, reached=reached,
        delivery_s=told(made.timeout_seconds, limits.COMMAND_TIMEOUT_DEFAULT_S),
    )  # fmt: skip


# cancel


@service.handle
def cancel_command(state: Ssm, call: Call[api.CancelCommand]) -> None:
    """Whoever has it already goes on."""
    _required(state, call.params.command_id)


@service.project
def command_cancelled(state: Ssm, event: Event[api.CancelCommand, None]) -> None:
    """The command is cancelled for those instances, or for all, before its delivery timed out."""
    held = state.commands.get(event.params.command_id)
    if held is None or _status(held, None, event.time) == TIMED_OUT:
        return
    for instance in told(event.params.instance_ids, []) or held.reached:
        if instance not in held.cancelled:
            held.cancelled.append(instance)


# read


def _required(state: Ssm, identifier: str) -> Command:
    found = state.commands.get(identifier)
    if found is None:
        raise errors.no_command()
    return found


def _status(command: Command, instance: str | None, now: datetime) -> Status:
    """How an invocation stands, or (without an instance) the command."""
    cancelled = command.cancelled
    if instance in cancelled or (
        instance is None and command.reached and set(cancelled) >= set(command.reached)
    ):
        return CANCELLED
    if instance is None and not command.reached and told(command.told.targets, []):
        return _NOBODY
    return TIMED_OUT if now >= command.sent + timedelta(seconds=command.delivery_s) else PENDING


@service.read
def list_commands(state: Ssm, call: Call[api.ListCommands]) -> api.ListCommandsResult:
    """Commands, newest first."""
    params = call.params
    if isinstance(params.command_id, str):
        _required(state, params.command_id)
    found = _page(state, call, lambda one, _: True)
    shown = [_shown(one, call.time) for one, _ in found[0]]
    return api.ListCommandsResult(commands=shown, next_token=found[1])


def _shown(command: Command, now: datetime) -> api.Command:
    status, details = _status(command, None, now)
    ended = [_status(command, one, now) for one in command.reached]
    return msgspec.structs.replace(
        command.told, status=status, status_details=details,
        completed_count=sum(one == CANCELLED for one in ended), target_count=len(command.reached),
        delivery_timed_out_count=sum(one == TIMED_OUT for one in ended),
    )  # fmt: skip


@service.read
def list_command_invocations(
    state: Ssm, call: Call[api.ListCommandInvocations]
) -> api.ListCommandInvocationsResult:
    """One invocation for each instance, the newest command first. None has output."""
    params = call.params
    if isinstance(params.command_id, str):
        _required(state, params.command_id)
    wanted = params.instance_id
    found = _page(state, call, lambda _, one: one is not None and wanted in (UNSET, one), each=True)
    shown = [_invocation(one, told(instance, ""), call) for one, instance in found[0] if instance]
    return api.ListCommandInvocationsResult(command_invocations=shown, next_token=found[1])


def _invocation(
    command: Command, instance: str, call: Call[api.ListCommandInvocations]
) -> api.CommandInvocation:
    status, details = _status(command, instance, call.time)
    about = command.told
    return api.CommandInvocation(
        command_id=command.id, instance_id=instance, instance_name="", comment=about.comment,
        document_name=about.document_name, document_version=about.document_version,
        requested_date_time=SpacedTime.of(command.sent), status=status, status_details=details,
        standard_output_url="", standard_error_url="", command_plugins=[], service_role=about.service_role,
        notification_config=about.notification_config, cloud_watch_output_config=about.cloud_watch_output_config,
    )  # fmt: skip


Line = tuple[Command, str | None]


def _page(
    state: Ssm, call: Call[Any], keep: Callable[[Command, str | None], bool], each: bool = False
) -> tuple[list[Line], str | UnsetType]:
    params = call.params
    tests = [_test(one.key, one.value, call.time) for one in told(params.filters, [])]
    one_id = params.command_id
    chosen = [state.commands[one_id]] if isinstance(one_id, str) else list(state.commands.values())
    chosen.sort(key=lambda one: (one.sent, one.id), reverse=True)
    lines: list[Line] = []
    for command in chosen:
        if not each:
            if params.instance_id in (UNSET, *command.reached):
                lines.append((command, None))
            continue
        lines += [(command, instance) for instance in command.reached]
    held = {f"{index:08d}": line for index, line in enumerate(lines)}

    def fits(line: Line) -> bool:
        return keep(*line) and all(test(*line) for test in tests)

    found = paged(held, params.next_token, params.max_results, limits.COMMAND_PAGE, fits)
    return found.items, found.next or UNSET


def _test(key: str, value: str, now: datetime) -> Callable[[Command, str | None], bool]:
    """API_CommandFilter."""
    if key == "Status":
        return lambda one, instance: _status(one, instance, now)[0].lower() == value.lower()
    if key == "DocumentName":
        return lambda one, _: one.told.document_name == value
    if key in ("InvokedAfter", "InvokedBefore"):
        at = SpacedTime.read(value)
        after = key == "InvokedAfter"
        return lambda one, _: one.sent >= at if after else one.sent <= at
    if key == "ExecutionStage":
        return lambda one, instance: (_status(one, instance, now) == PENDING) == (value == "Executing")
    # evidence: model; words: guess
    raise errors.bad_filter(f"The filter key {key} is not valid.")


@service.read
def get_command_invocation(
    state: Ssm, call: Call[api.GetCommandInvocation]
) -> api.GetCommandInvocationResult:
    """How it went on one instance: nowhere, without an agent."""
    params = call.params
    command = state.commands.get(params.command_id)
    if command is None or params.instance_id not in command.reached:
        raise errors.no_invocation()
    status, details = _status(command, params.instance_id, call.time)
    about = command.told
    return api.GetCommandInvocationResult(
        command_id=command.id, instance_id=params.instance_id, comment=told(about.comment, ""),
        document_name=about.document_name, document_version=about.document_version,
        plugin_name=told(params.plugin_name, ""), response_code=-1, execution_start_date_time="",
        execution_elapsed_time="", execution_end_date_time="", status=status, status_details=details,
        standard_output_content="", standard_output_url="", standard_error_content="", standard_error_url="",
        cloud_watch_output_config=about.cloud_watch_output_config,
    )  # fmt: skip
