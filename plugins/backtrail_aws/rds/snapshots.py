"""Snapshots of instances: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_CreateSnapshot.html"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Event, UnsetType, members, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.rds import (
    api,
    errors,
    events,
    instance_plans,
    instance_views,
    limits,
    lives,
    names,
    pages,
    sharing,
    tags,
)
from backtrail_aws.rds.state import Databases, Instance, Snapshot, service

# create and copy


def new_name(state: Databases, call: Call[Any], member: str, asked: str | UnsetType) -> str:
    """The name of a snapshot that is to be made. Raises `Refusal`."""
    name = names.check(member, told(asked, ""), 255)
    if name in state.snapshots:
        raise errors.snapshot_exists(name)
    manual = sum(one.shown.snapshot_type == "manual" for one in state.snapshots.values())
    if manual >= call.quota("snapshots", limits.MANUAL_SNAPSHOTS_MAX):
        raise errors.too_many("SnapshotQuotaExceeded", "manual snapshots")
    return name


def _made(instance: Instance, shown: api.DBInstance, name: str, arn: str, time: Any) -> api.DBSnapshot:
    """A snapshot of an instance as it is."""
    options = told(shown.option_group_memberships, [])
    group = shown.db_subnet_group
    return members.changed(
        members.over(api.DBSnapshot(), shown), db_snapshot_identifier=name, db_snapshot_arn=arn,
        db_instance_identifier=instance.id, snapshot_type="manual", status="creating", percent_progress=0,
        encrypted=shown.storage_encrypted, port=instance.port, availability_zone=instance.zone,
        option_group_name=options[0].option_group_name if options else UNSET, snapshot_target="region",
        vpc_id=group.vpc_id if isinstance(group, api.DBSubnetGroup) else UNSET,
        instance_create_time=SpacedTime.of(instance.made) if not isinstance(instance.made, UnsetType) else UNSET,
        original_snapshot_create_time=SpacedTime.of(time), snapshot_create_time=SpacedTime.of(time),
    )  # fmt: skip


@service.handle
def create_db_snapshot(state: Databases, call: Call[api.CreateDBSnapshot]) -> api.CreateDBSnapshotResult:
    """Of an instance that is available; it has the instance's tags where that is wanted of it."""
    params = call.params
    instance = instance_views.required(state, params.db_instance_identifier)
    name = new_name(state, call, "DBSnapshotIdentifier", params.db_snapshot_identifier)
    tags.check(params.tags)
    status = lives.status(call, instance)
    if status not in ("available", "storage-optimization", "storage-full"):
        # evidence: guess
        raise errors.instance_state(f"Cannot create a snapshot because the database instance {instance.id} is not "
                                    "currently in the available state.")  # fmt: skip
    if isinstance(instance.shown.db_cluster_identifier, str):
        # evidence: guess
        raise errors.value(
            "The specified instance is a member of a cluster and a snapshot cannot be created directly."
        )
    shown = instance_views.settled(instance, call.time, status)
    made = _made(instance, shown, name, call.arn("rds", f"snapshot:{name}"), call.time)
    held = tags.plain(params.tags) or (dict(instance.tags) if shown.copy_tags_to_snapshot is True else {})
    return api.CreateDBSnapshotResult(db_snapshot=members.changed(made, tag_list=tags.shown(held)))


@service.project
def db_snapshot_created(
    state: Databases, event: Event[api.CreateDBSnapshot, api.CreateDBSnapshotResult]
) -> None:
    """The snapshot is there."""
    params = event.params
    instance = names.inferred(state.instances, event, params.db_instance_identifier, "db", Instance)
    made = put(state, event, names.plain(params.db_snapshot_identifier), instance, event.result.db_snapshot)
    made.tags = tags.plain(params.tags) or made.tags


def put(
    state: Databases, event: Event[Any, Any], name: str, instance: Instance,
    result: api.DBSnapshot | UnsetType = UNSET,
) -> Snapshot:  # fmt: skip
    """In a fold: a snapshot of an instance is there."""
    arn = names.arn(event, "snapshot", name)
    shown = instance_views.settled(instance, event.time, None)
    base = _made(instance, shown, name, arn, event.time)
    kept = dict(instance.tags) if shown.copy_tags_to_snapshot is True else {}
    if isinstance(result, api.DBSnapshot):
        base = members.over(base, result)
        kept = tags.plain(result.tag_list) or kept
    made = Snapshot(
        id=name,
        arn=told(base.db_snapshot_arn, arn),
        shown=base,
        status="creating",
        since=event.time,
        tags=kept,
    )
    state.snapshots[name] = made
    events.happened(state, event, made, "db-snapshot", "Manual snapshot created", "creation")
    return made


@service.handle
def copy_db_snapshot(state: Databases, call: Call[api.CopyDBSnapshot]) -> api.CopyDBSnapshotResult:
    """From here, from another region or account; what it holds is known where the source is."""
    params = call.params
    name = new_name(state, call, "TargetDBSnapshotIdentifier", params.target_db_snapshot_identifier)
    tags.check(params.tags)
    source = _source(state, call, params.source_db_snapshot_identifier)
    base = source.shown if source is not None else api.DBSnapshot()
    encrypted = True if isinstance(params.kms_key_id, str) else base.encrypted
    copied = members.changed(
        members.over(base, params), db_snapshot_identifier=name, snapshot_type="manual", status="creating",
        db_snapshot_arn=call.arn("rds", f"snapshot:{name}"), snapshot_create_time=SpacedTime.of(call.time),
        source_db_snapshot_identifier=params.source_db_snapshot_identifier, encrypted=encrypted,
        source_region=_region(params.source_db_snapshot_identifier, call.region), percent_progress=0,
        tag_list=tags.shown(_copied_tags(params, source)),
    )  # fmt: skip
    return api.CopyDBSnapshotResult(db_snapshot=copied)


def _copied_tags(params: api.CopyDBSnapshot, source: Snapshot | None) -> dict[str, str]:
    given = tags.plain(params.tags)
    return given or (dict(source.tags) if source is not None and params.copy_tags is True else {})


def _region(arn: str, here: str) -> str | UnsetType:
    parts = arn.split(":")
    return parts[3] if arn.startswith("arn:") and len(parts) > 3 and parts[3] != here else UNSET


def _source(state: Databases, call: Call[Any], identifier: str) -> Snapshot | None:
    """The snapshot that is copied. Raises `Refusal` where there is none, or it is not shared."""
    parts = identifier.split(":")
    if not identifier.startswith("arn:") or len(parts) < 7:
        return required(state, identifier)
    region, account, name = parts[3], parts[4], parts[-1].lower()
    there = state if (account, region) == (call.account, call.region) else call.own(service, account, region)
    found = there.snapshots.get(name)
    if found is None or (account != call.account and not sharing.is_shared(found.shared, call.account)):
        raise errors.no_snapshot(identifier)
    return found


@service.project
def db_snapshot_copied(state: Databases, event: Event[api.CopyDBSnapshot, api.CopyDBSnapshotResult]) -> None:
    """The copy is there."""
    params = event.params
    name = names.plain(params.target_db_snapshot_identifier)
    shown = members.over(api.DBSnapshot(), params, event.result.db_snapshot)
    arn = told(shown.db_snapshot_arn, names.arn(event, "snapshot", name))
    shown = members.changed(
        shown, source_db_snapshot_identifier=params.source_db_snapshot_identifier, snapshot_type="manual"
    )
    state.snapshots[name] = Snapshot(
        id=name, arn=arn, shown=shown, status="creating", since=event.time,
        tags=tags.plain(params.tags) or tags.plain(shown.tag_list),
    )  # fmt: skip


# modify and delete


def required(state: Databases, identifier: str) -> Snapshot:
    """The snapshot of an id or ARN. Raises `Refusal`."""
    found = names.find(state.snapshots, identifier)
    if found is None:
        raise errors.no_snapshot(identifier)
    return found


@service.handle
def modify_db_snapshot(state: Databases, call: Call[api.ModifyDBSnapshot]) -> api.ModifyDBSnapshotResult:
    """Its engine's version, or its option group."""
    params = call.params
    snapshot = required(state, params.db_snapshot_identifier)
    instance_plans.option_group(state, params.option_group_name, "")
    return api.ModifyDBSnapshotResult(
        db_snapshot=members.over(shown(call, snapshot), params, without=("db_snapshot_identifier",))
    )


@service.project
def db_snapshot_modified(
    state: Databases, event: Event[api.ModifyDBSnapshot, api.ModifyDBSnapshotResult]
) -> None:
    """It is changed."""
    held = names.inferred(state.snapshots, event, event.params.db_snapshot_identifier, "snapshot", Snapshot)
    held.shown = members.over(held.shown, event.params, without=("db_snapshot_identifier",))


@service.handle
def delete_db_snapshot(state: Databases, call: Call[api.DeleteDBSnapshot]) -> api.DeleteDBSnapshotResult:
    """Only a manual one that is available."""
    snapshot = required(state, call.params.db_snapshot_identifier)
    status = lives.status(call, snapshot)
    if status != "available":
        # evidence: guess
        raise errors.snapshot_state(
            f"Cannot delete the snapshot because it is not currently in the available state: {status}"
        )
    if snapshot.shown.snapshot_type == "automated":
        # evidence: guess
        raise errors.snapshot_state("Only manual snapshots may be deleted.")
    return api.DeleteDBSnapshotResult(db_snapshot=members.changed(shown(call, snapshot), status="deleted"))


@service.project
def db_snapshot_deleted(
    state: Databases, event: Event[api.DeleteDBSnapshot, api.DeleteDBSnapshotResult]
) -> None:
    """It is gone."""
    gone = state.snapshots.pop(names.plain(event.params.db_snapshot_identifier), None)
    if gone is not None:
        events.happened(state, event, gone, "db-snapshot", "Deleted manual snapshot", "deletion")


@service.evidence
def db_snapshot_was_gone(state: Databases, event: Event[api.DeleteDBSnapshot, None]) -> None:
    """A snapshot that could not be deleted because it is not there is not there."""
    if event.error in ("DBSnapshotNotFound", "DBSnapshotNotFoundFault"):
        state.snapshots.pop(names.plain(event.params.db_snapshot_identifier), None)


# describe


def shown(call: Call[Any], held: Snapshot) -> api.DBSnapshot:
    """A snapshot as answers show it."""
    status = lives.status(call, held)
    return members.changed(
        held.shown, db_snapshot_identifier=held.id, db_snapshot_arn=held.arn or UNSET, status=status,
        percent_progress=100 if status == "available" else 0, tag_list=tags.shown(held.tags),
    )  # fmt: skip


@service.read
def describe_db_snapshots(
    state: Databases, call: Call[api.DescribeDBSnapshots]
) -> api.DescribeDBSnapshotsResult:
    """One's own; those of others that are shared with the account need its ARN."""
    params = call.params
    fields: pages.Fields[Snapshot] = {
        "db-instance-id": lambda one: one.shown.db_instance_identifier,
        "db-snapshot-id": lambda one: [one.id, one.arn],
        "dbi-resource-id": lambda one: one.shown.dbi_resource_id,
        "snapshot-type": lambda one: one.shown.snapshot_type,
        "engine": lambda one: one.shown.engine,
    }
    filtered = pages.filtered(params.filters, fields)
    instance, resource, kind = params.db_instance_identifier, params.dbi_resource_id, params.snapshot_type

    def keep(one: Snapshot) -> bool:
        return (
            filtered(one)
            and (isinstance(instance, UnsetType) or one.shown.db_instance_identifier == names.plain(instance))
            and (isinstance(resource, UnsetType) or one.shown.dbi_resource_id == resource)
            and (kind in (UNSET, "shared", "public") or told(one.shown.snapshot_type, "manual") == kind)
        )

    if isinstance(params.db_snapshot_identifier, str):
        found = _source(state, call, params.db_snapshot_identifier)
        items = [found] if found is not None and keep(found) else []
        return api.DescribeDBSnapshotsResult(db_snapshots=[shown(call, one) for one in items])
    if kind in ("shared", "public"):
        return api.DescribeDBSnapshotsResult(db_snapshots=[])
    held, marker = pages.paged(params, state.snapshots, keep)
    return api.DescribeDBSnapshotsResult(db_snapshots=[shown(call, one) for one in held], marker=marker)


@service.read
def describe_db_snapshot_attributes(
    state: Databases, call: Call[api.DescribeDBSnapshotAttributes]
) -> api.DescribeDBSnapshotAttributesResult:
    """Whom it is shared with."""
    held = required(state, call.params.db_snapshot_identifier)
    return api.DescribeDBSnapshotAttributesResult(
        db_snapshot_attributes_result=_attributes(held.id, held.shared)
    )


def _attributes(name: str, shared: list[str]) -> api.DBSnapshotAttributesResult:
    return api.DBSnapshotAttributesResult(
        db_snapshot_identifier=name,
        db_snapshot_attributes=[
            api.DBSnapshotAttribute(attribute_name=sharing.RESTORE, attribute_values=shared)
        ],
    )


@service.handle
def modify_db_snapshot_attribute(
    state: Databases, call: Call[api.ModifyDBSnapshotAttribute]
) -> api.ModifyDBSnapshotAttributeResult:
    """Share a manual snapshot with accounts, or with all, or no more."""
    params = call.params
    held = required(state, params.db_snapshot_identifier)
    if held.shown.snapshot_type == "automated":
        # evidence: guess
        raise errors.snapshot_state("Only manual snapshots can be shared.")
    shared = sharing.after(params, held.shared, held.shown.encrypted is True)
    return api.ModifyDBSnapshotAttributeResult(db_snapshot_attributes_result=_attributes(held.id, shared))


@service.project
def db_snapshot_attribute_modified(
    state: Databases, event: Event[api.ModifyDBSnapshotAttribute, api.ModifyDBSnapshotAttributeResult]
) -> None:
    """It is shared so."""
    held = names.inferred(state.snapshots, event, event.params.db_snapshot_identifier, "snapshot", Snapshot)
    held.shared = sharing.changed(event.params, held.shared)
