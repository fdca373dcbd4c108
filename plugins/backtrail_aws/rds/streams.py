"""Activity streams: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/DBActivityStreams.html"""

from __future__ import annotations

from typing import Any

from backtrail import Call, Event, UnsetType, members, told
from backtrail_aws.rds import api, errors, names
from backtrail_aws.rds.state import Cluster, Databases, Instance, service


def _required(state: Databases, arn: str) -> Cluster | Instance:
    found = state.clusters.get(_name(arn)) or state.instances.get(_name(arn))
    if found is None:
        raise errors.no_resource(arn)
    return found


def _name(arn: str) -> str:
    return arn.rpartition(":")[2].lower()


def _stream(held: Cluster | Instance) -> str:
    shown = held.shown
    resource = shown.db_cluster_resource_id if isinstance(shown, api.DBCluster) else shown.dbi_resource_id
    return f"aws-rds-das-{told(resource, held.id)}"


def _set(held: Cluster | Instance, **stream: str | UnsetType) -> None:
    given = {f"activity_stream_{name}": value for name, value in stream.items()}
    if isinstance(held, Cluster):
        held.shown = members.changed(held.shown, **given)
    else:
        held.shown = members.changed(held.shown, **given)


def _known(state: Databases, event: Event[Any, Any], arn: str | UnsetType) -> Cluster | Instance | None:
    if isinstance(arn, UnsetType):
        return None
    if ":db:" in arn:
        return names.inferred(state.instances, event, _name(arn), "db", Instance)
    return names.inferred(state.clusters, event, _name(arn), "cluster", Cluster)


@service.handle
def start_activity_stream(
    state: Databases, call: Call[api.StartActivityStream]
) -> api.StartActivityStreamResult:
    """Of a database that has none."""
    params = call.params
    for member, value in (
        ("ResourceArn", params.resource_arn),
        ("Mode", params.mode),
        ("KmsKeyId", params.kms_key_id),
    ):
        if isinstance(value, UnsetType):
            raise errors.missing(member)
    held = _required(state, told(params.resource_arn, ""))
    if told(held.shown.activity_stream_status, "stopped") != "stopped":
        # evidence: guess
        raise errors.cluster_state("The activity stream is already started.")
    if params.mode not in ("sync", "async"):
        # evidence: guess
        raise errors.value(f"Invalid mode: {params.mode}")
    return api.StartActivityStreamResult(
        kms_key_id=params.kms_key_id, kinesis_stream_name=_stream(held), status="starting", mode=params.mode,
        engine_native_audit_fields_included=told(params.engine_native_audit_fields_included, False),
        apply_immediately=told(params.apply_immediately, False),
    )  # fmt: skip


@service.project
def activity_stream_started(
    state: Databases, event: Event[api.StartActivityStream, api.StartActivityStreamResult]
) -> None:
    """The database streams what is done in it."""
    held = _known(state, event, event.params.resource_arn)
    if held is not None:
        stream = told(event.result.kinesis_stream_name, _stream(held))
        _set(
            held, status="started", mode=event.params.mode, kms_key_id=event.params.kms_key_id,
            kinesis_stream_name=stream,
        )  # fmt: skip


@service.handle
def stop_activity_stream(
    state: Databases, call: Call[api.StopActivityStream]
) -> api.StopActivityStreamResult:
    """Of a database that has one."""
    shown = _required(state, call.params.resource_arn).shown
    if shown.activity_stream_status == "stopped":
        # evidence: guess
        raise errors.cluster_state("The activity stream is not started.")
    return api.StopActivityStreamResult(
        kms_key_id=shown.activity_stream_kms_key_id, status="stopping",
        kinesis_stream_name=shown.activity_stream_kinesis_stream_name,
    )  # fmt: skip


@service.project
def activity_stream_stopped(
    state: Databases, event: Event[api.StopActivityStream, api.StopActivityStreamResult]
) -> None:
    """It streams no more."""
    held = _known(state, event, event.params.resource_arn)
    if held is not None:
        _set(held, status="stopped")


@service.handle
def modify_activity_stream(
    state: Databases, call: Call[api.ModifyActivityStream]
) -> api.ModifyActivityStreamResult:
    """Whether the audit policy can be changed in the database."""
    arn = call.params.resource_arn
    if isinstance(arn, UnsetType):
        raise errors.missing("ResourceArn")
    shown = _required(state, arn).shown
    if shown.activity_stream_status != "started":
        # evidence: guess
        raise errors.instance_state("The activity stream is not started.")
    return api.ModifyActivityStreamResult(
        kms_key_id=shown.activity_stream_kms_key_id, mode=shown.activity_stream_mode, status="started",
        kinesis_stream_name=shown.activity_stream_kinesis_stream_name,
        policy_status=told(call.params.audit_policy_state, "locked"),
    )  # fmt: skip


@service.project
def activity_stream_modified(
    state: Databases, event: Event[api.ModifyActivityStream, api.ModifyActivityStreamResult]
) -> None:
    """The policy is locked, or not."""
    held = _known(state, event, event.params.resource_arn)
    if isinstance(held, Instance):
        _set(held, policy_status=event.params.audit_policy_state)
