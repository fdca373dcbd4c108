"""Export tasks: a group's events as compressed objects in a bucket.

The service puts the objects there itself: a test object first, then one for each stream that has events.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3ExportTasks.html
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator

from backtrail import (
    UNSET,
    BadToken,
    Blob,
    Call,
    Command,
    Event,
    Heard,
    Params,
    Sealed,
    UnsetType,
    field,
    page,
    told,
)
from backtrail_aws.logs import api, directory, errors, limits, stock
from backtrail_aws.logs.api import (
    CancelExportTask,
    CreateExportTask,
    CreateExportTaskResult,
    DescribeExportTasks,
    DescribeExportTasksResult,
)
from backtrail_aws.logs.moments import millis, moment
from backtrail_aws.logs.state import ExportTask, LogGroup, Logs, LogStream, service

PENDING, COMPLETED, CANCELLED, FAILED = "PENDING", "COMPLETED", "CANCELLED", "FAILED"
_TEST_OBJECT, _TEST_BODY = "aws-logs-write-test", b"Permission Check Successful"
_PREFIX = "exportedlogs"  # API_CreateExportTask
_ACL = "bucket-owner-full-control"  # the page above


class PutObject(Params):
    """What S3 is told."""

    bucket: str = field(name="bucketName")
    key: str
    acl: str = field(name="x-amz-acl")
    body: Sealed[Blob] | UnsetType = field(name="Body", default=UNSET)


class EndExportTask(Params):
    """The service's own action: a task's objects were put, or one of them was refused."""

    task_id: str = field(name="taskId")
    message: str | UnsetType = UNSET


@service.handle
def create_export_task(state: Logs, call: Call[CreateExportTask]) -> CreateExportTaskResult:
    """The id of a new task, one at a time."""
    params, now = call.params, millis(call.time)
    group = directory.group(state, params.log_group_name)
    if params.from_ > params.to:
        # evidence: guess
        raise errors.invalid("The from time must not be later than the to time.")
    if isinstance(group.created_ms, int) and params.to < group.created_ms:
        # evidence: page API_CreateExportTask; words: guess
        raise errors.invalid("The to time must not be earlier than the creation of the log group.")
    if any(_active(task, now) for task in state.exports.values()):
        raise errors.limit_exceeded()
    return CreateExportTaskResult(task_id=call.new_id("uuid"))


@service.project
def export_task_created(state: Logs, event: Event[CreateExportTask, CreateExportTaskResult]) -> None:
    """The task waits to begin. How one in a foreign trail ended, no record tells."""
    params = event.params
    task_id = told(event.result.task_id, event.new_id("uuid"))
    state.exports[task_id] = ExportTask(
        id=task_id, group=params.log_group_name, bucket=params.destination, from_ms=params.from_,
        to_ms=params.to, created_ms=millis(event.time), name=params.task_name, prefix=params.destination_prefix,
        streams=params.log_stream_name_prefix,
    )  # fmt: skip


@service.react
def put_exported_objects(
    state: Logs, event: Event[CreateExportTask, CreateExportTaskResult]
) -> Iterator[Command]:
    """The objects are put, and then the task has ended."""
    task = state.exports.get(told(event.result.task_id, ""))
    group = state.groups.get(event.params.log_group_name)
    if task is None or group is None:
        return
    prefix = told(task.prefix, _PREFIX)
    yield _put(task, f"{prefix}/{_TEST_OBJECT}", _TEST_BODY)
    for stream, lines in _exported(group, task):
        name = stream.name.replace("/", "-")
        yield _put(task, f"{prefix}/{task.id}/{name}/000000.gz", gzip.compress(lines, 6, mtime=0))
    yield Command("logs", EndExportTask(task_id=task.id))


@service.outcome("s3")
def object_was_put(state: Logs, heard: Heard[PutObject]) -> Iterator[Command]:
    """An object that was refused ends its task."""
    if heard.error is None:
        return
    now = millis(heard.time)
    for task in state.exports.values():
        mine = f"/{task.id}/" in heard.params.key
        test = heard.params.key == f"{told(task.prefix, _PREFIX)}/{_TEST_OBJECT}" and _active(task, now)
        if task.bucket == heard.params.bucket and (mine or test):
            message = f"{heard.error}: {heard.message}" if heard.message else heard.error
            yield Command("logs", EndExportTask(task_id=task.id, message=message))


@service.handle(internal=True)
def end_export_task(state: Logs, call: Call[EndExportTask]) -> None:
    """Nothing to decide: it happened."""


@service.project
def export_task_ended(state: Logs, event: Event[EndExportTask, None]) -> None:
    """The task is complete, or has failed; one that was cancelled stays so."""
    task = state.exports.get(event.params.task_id)
    if task is None or task.status == CANCELLED:
        return
    failed = isinstance(event.params.message, str)
    if task.status == PENDING or failed:
        task.status = FAILED if failed else COMPLETED
        task.message = told(event.params.message, "Completed successfully")
        task.completed_ms = millis(event.time)


@service.handle
def cancel_export_task(state: Logs, call: Call[CancelExportTask]) -> None:
    """Refuse a task that has ended."""
    task = state.exports.get(call.params.task_id)
    if task is None:
        raise errors.not_there("export task")
    if not _active(task, millis(call.time)):
        # evidence: page API_CancelExportTask; words: guess
        raise errors.not_running("The specified export task has already finished.")


@service.project
def export_task_cancelled(state: Logs, event: Event[CancelExportTask, None]) -> None:
    """The task is over."""
    task = state.exports.get(event.params.task_id)
    if task is not None:
        task.status, task.completed_ms = CANCELLED, millis(event.time)


@service.read
def describe_export_tasks(state: Logs, call: Call[DescribeExportTasks]) -> DescribeExportTasksResult:
    """Tasks: all, one, or those in a state."""
    params = call.params
    wanted = params.status_code

    def keep(task: ExportTask) -> bool:
        named = isinstance(params.task_id, UnsetType) or task.id == params.task_id
        return named and (isinstance(wanted, UnsetType) or task.status == wanted)

    limit, token = told(params.limit, limits.DESCRIBED_MAX), told(params.next_token, "") or None
    try:
        found = page(state.exports, token, limit, keep=keep)
    except BadToken as error:
        raise errors.bad_token() from error
    return DescribeExportTasksResult(
        export_tasks=[_shown(task) for task in found.items], next_token=found.next or UNSET
    )


def _active(task: ExportTask, now_ms: int) -> bool:
    return task.status == PENDING and now_ms - task.created_ms < limits.EXPORT_TIMEOUT_MS


def _exported(group: LogGroup, task: ExportTask) -> Iterator[tuple[LogStream, bytes]]:
    """The streams that a task exports, with their lines: each event's time, a blank, and its message."""
    start, end = stock.lowest(task.from_ms), stock.lowest(task.to_ms + 1)
    for stream in group.streams.values():
        if not stream.name.startswith(told(task.streams, "")):
            continue
        lines = [
            f"{moment(found.event.timestamp_ms):%Y-%m-%dT%H:%M:%S}.{found.event.timestamp_ms % 1000:03}Z "
            f"{found.event.message}\n"
            for found in stock.forward(stream, start, end)
        ]
        if lines:
            yield stream, "".join(lines).encode("utf-8", "surrogatepass")


def _put(task: ExportTask, key: str, data: bytes) -> Command:
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    body = Blob(size=len(data), md5=digest, data=data)
    return Command("s3", PutObject(bucket=task.bucket, key=key, acl=_ACL, body=body))


def _shown(task: ExportTask) -> api.ExportTask:
    return api.ExportTask(
        task_id=task.id,
        task_name=task.name,
        log_group_name=task.group,
        from_=task.from_ms,
        to=task.to_ms,
        destination=task.bucket,
        destination_prefix=told(task.prefix, _PREFIX),
        status=api.ExportTaskStatus(code=task.status, message=task.message),
        execution_info=api.ExportTaskExecutionInfo(
            creation_time=task.created_ms, completion_time=task.completed_ms
        ),
    )
