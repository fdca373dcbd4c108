"""Exports of snapshots and clusters to S3: tasks alone, nothing is written.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ExportSnapshot.html
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Cycle, Event, Phase, UnsetType, members, state_at, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.rds import api, cluster_plans, cluster_snapshots, errors, names, pages, snapshots
from backtrail_aws.rds.state import Databases, Export, service

_CYCLE: Cycle = {"STARTING": Phase(300, "IN_PROGRESS"), "IN_PROGRESS": Phase(1800, "COMPLETE")}


def _status(call: Call[Any], held: Export) -> str:
    if isinstance(held.since, UnsetType):
        return held.status
    return state_at(_CYCLE, held.status, held.since, call.time, pace=call.pace(held.since))


@service.handle
def start_export_task(state: Databases, call: Call[api.StartExportTask]) -> api.StartExportTaskResult:
    """Of a snapshot, or of a cluster."""
    params = call.params
    if isinstance(params.export_task_identifier, UnsetType):
        raise errors.missing("ExportTaskIdentifier")
    name = names.check("ExportTaskIdentifier", params.export_task_identifier)
    if name in state.exports:
        raise errors.export_exists(name)
    kind = params.source_arn.split(":")[5:6]
    source_time: SpacedTime | UnsetType = UNSET
    if kind == ["snapshot"]:
        source_time = snapshots.required(
            state, params.source_arn.rpartition(":")[2]
        ).shown.snapshot_create_time
    elif kind == ["cluster-snapshot"]:
        source_time = cluster_snapshots.required(state, params.source_arn).shown.snapshot_create_time
    elif kind == ["cluster"]:
        cluster_plans.required(state, params.source_arn.rpartition(":")[2])
    else:
        # evidence: guess
        raise errors.value(f"Invalid source ARN: {params.source_arn}")
    made = members.changed(
        members.over(api.StartExportTaskResult(), params), s3_bucket=params.s3_bucket_name, status="STARTING",
        percent_progress=0, total_extracted_data_in_gb=0, snapshot_time=source_time,
        source_type="CLUSTER" if kind == ["cluster"] else "SNAPSHOT",
    )  # fmt: skip
    return made


@service.project
def export_task_started(
    state: Databases, event: Event[api.StartExportTask, api.StartExportTaskResult]
) -> None:
    """The task is there."""
    params = event.params
    asked = told(params.export_task_identifier, told(event.result.export_task_identifier, event.id))
    name = names.plain(asked)
    shown = members.over(api.ExportTask(s3_bucket=params.s3_bucket_name), params, event.result)
    arn = names.arn(event, "export", name)
    state.exports[name] = Export(id=name, arn=arn, shown=shown, status="STARTING", since=event.time)


@service.handle
def cancel_export_task(state: Databases, call: Call[api.CancelExportTask]) -> api.CancelExportTaskResult:
    """One that runs still."""
    held = names.find(state.exports, call.params.export_task_identifier)
    if held is None:
        raise errors.no_export(call.params.export_task_identifier)
    if _status(call, held) not in ("STARTING", "IN_PROGRESS"):
        raise errors.export_state(held.id)
    return members.changed(members.over(api.CancelExportTaskResult(), held.shown), status="CANCELING")


@service.project
def export_task_canceled(
    state: Databases, event: Event[api.CancelExportTask, api.CancelExportTaskResult]
) -> None:
    """It is canceled."""
    held = names.inferred(state.exports, event, event.params.export_task_identifier, "export", Export)
    held.status, held.since = "CANCELED", event.time


@service.read
def describe_export_tasks(
    state: Databases, call: Call[api.DescribeExportTasks]
) -> api.DescribeExportTasksResult:
    """One, or all that the filters keep."""
    params = call.params
    fields: pages.Fields[Export] = {
        "export-task-identifier": lambda one: one.id,
        "s3-bucket": lambda one: one.shown.s3_bucket,
        "source-arn": lambda one: one.shown.source_arn,
        "status": lambda one: _status(call, one).lower(),
    }
    filtered = pages.filtered(params.filters, fields)
    name, source = params.export_task_identifier, params.source_arn
    if isinstance(name, str) and names.plain(name) not in state.exports:
        raise errors.no_export(name)

    def keep(one: Export) -> bool:
        return (
            filtered(one)
            and (isinstance(name, UnsetType) or one.id == names.plain(name))
            and (isinstance(source, UnsetType) or one.shown.source_arn == source)
        )

    held, marker = pages.paged(params, state.exports, keep)
    found = [
        members.changed(
            one.shown,
            status=(status := _status(call, one)),
            percent_progress=100 if status == "COMPLETE" else 0,
        )
        for one in held
    ]
    return api.DescribeExportTasksResult(export_tasks=found, marker=marker)
