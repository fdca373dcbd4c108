"""An instance as answers show it, at the time of the call."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from backtrail import UNSET, Call, UnsetType, members, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.rds import api, errors, lives, names, tags
from backtrail_aws.rds.state import Databases, Instance

_NOTHING = api.PendingModifiedValues()


def required(state: Databases, identifier: str) -> Instance:
    """The instance of an id or ARN. Raises `Refusal`."""
    found = names.find(state.instances, identifier)
    if found is None:
        raise errors.no_instance(identifier)
    return found


def all_of(state: Databases, call: Call[Any]) -> dict[str, Instance]:
    """All instances, those being deleted among them."""
    leaving = {
        name: one for name, one in state.leaving.items() if lives.is_leaving(call, state.leaving, name)
    }
    return {**leaving, **dict(state.instances.items())}


def settled(instance: Instance, now: datetime, status: str | None) -> api.DBInstance:
    """What is shown, with what was pending applied where its time has come; `status` None where it is over."""
    shown = instance.shown
    pending = told(shown.pending_modified_values, _NOTHING)
    if pending == _NOTHING:
        return shown
    waits = status in ("creating", "modifying") if isinstance(instance.due, UnsetType) else now < instance.due
    if waits:
        return shown
    logs = pending.pending_cloudwatch_logs_exports
    done = members.over(shown, pending, without=("port", "db_subnet_group_name", "db_instance_identifier"))
    if isinstance(logs, api.PendingCloudwatchLogsExports):
        kept = set(told(shown.enabled_cloudwatch_logs_exports, [])) | set(told(logs.log_types_to_enable, []))
        kept -= set(told(logs.log_types_to_disable, []))
        done = members.changed(done, enabled_cloudwatch_logs_exports=sorted(kept))
    return msgspec.structs.replace(done, pending_modified_values=UNSET)


def shown(call: Call[Any], instance: Instance) -> api.DBInstance:
    """An instance as a description shows it."""
    status = lives.status(call, instance)
    found = dressed(instance, settled(instance, call.time, status))
    found = members.changed(found, db_instance_status=status)
    if status == "creating":
        return msgspec.structs.replace(found, endpoint=UNSET, instance_create_time=UNSET)
    retention = told(found.backup_retention_period, 0)
    if (
        retention
        and status in ("available", "modifying")
        and isinstance(found.db_cluster_identifier, UnsetType)
    ):
        found = members.changed(found, latest_restorable_time=SpacedTime.of(call.time))
    return found


def dressed(instance: Instance, shown: api.DBInstance) -> api.DBInstance:
    """With its endpoint, zones, tags and name."""
    endpoint: api.Endpoint | UnsetType = UNSET
    if isinstance(instance.address, str):
        endpoint = api.Endpoint(
            address=instance.address, port=instance.port, hosted_zone_id=names.hosted_zone(instance.arn)
        )
    return members.changed(
        shown, db_instance_identifier=instance.id, db_instance_arn=instance.arn or UNSET, endpoint=endpoint,
        instance_create_time=UNSET if isinstance(instance.made, UnsetType) else SpacedTime.of(instance.made),
        availability_zone=instance.zone, secondary_availability_zone=instance.second,
        tag_list=tags.shown(instance.tags),
    )  # fmt: skip
