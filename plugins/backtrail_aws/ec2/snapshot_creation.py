"""Snapshots that are made: of a volume, of an instance's volumes at once, of another snapshot.

https://docs.aws.amazon.com/ebs/latest/userguide/ebs-creating-snapshot.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Event, Refusal, UnsetType, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, errors, limits, regions, snapshots, tags, volumes
from backtrail_aws.ec2.instances import INSTANCES
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_storage import Snapshot, Volume
from backtrail_aws.ec2.volumes import VOLUMES


def _check_quota(state: Ec2, call: Call[Any], more: int = 1) -> None:
    if len(state.storage.snapshots) + more > call.quota("snapshots", limits.SNAPSHOTS_MAX):
        raise errors.limit("SnapshotLimitExceeded", "snapshots")


# of a volume


@service.handle
def create_snapshot(state: Ec2, call: Call[api.CreateSnapshot]) -> api.CreateSnapshotResult:
    """A snapshot of a volume as it is now."""
    params = call.params
    tags.check_new(params.tag_specifications, "snapshot")
    volume = VOLUMES.find(state, params.volume_id)
    _check_quota(state, call)
    snapshot = snapshots.of_volume(call, volume, params.description)
    return api.CreateSnapshotResult(
        snapshot_id=snapshot.id, volume_id=volume.id, state="pending", progress="", owner_id=call.account,
        start_time=IsoMillisZ.of(call.time), description=told(params.description, ""), volume_size=snapshot.size,
        encrypted=told(snapshot.encrypted, False),
        tags=tags.shown(tags.given(params.tag_specifications, "snapshot")),
    )  # fmt: skip


@service.project
def snapshot_created(state: Ec2, event: Event[api.CreateSnapshot, api.CreateSnapshotResult]) -> None:
    """There is the snapshot."""
    made, params = event.result, event.params
    if isinstance(made.snapshot_id, UnsetType):
        return
    volume = VOLUMES.known(state, event, params.volume_id)
    snapshots.put(
        state, event,
        Snapshot(
            id=made.snapshot_id, volume=params.volume_id, size=told(made.volume_size, volume.figures.size),
            encrypted=told(made.encrypted, volume.encrypted), kms_key=volume.kms_key, description=params.description,
            started=event.time, account=event.account, tags=tags.given(params.tag_specifications, "snapshot"),
        ),
    )  # fmt: skip


# of an instance


@service.handle
def create_snapshots(state: Ec2, call: Call[api.CreateSnapshots]) -> api.CreateSnapshotsResult:
    """Snapshots of an instance's volumes, all of one moment."""
    params = call.params
    tags.check_new(params.tag_specifications, "snapshot")
    found = list(_volumes(state, params.instance_specification))
    _check_quota(state, call, len(found))
    if not found:
        # evidence: page API_CreateSnapshots; words: guess
        raise errors.invalid("The instance has no volumes of which snapshots can be created.")
    made = [
        _info(snapshots.of_volume(call, one, params.description, one.id), _tags_of(params, one))
        for one in found
    ]
    return api.CreateSnapshotsResult(snapshots=made)


def _volumes(state: Ec2, specification: api.InstanceSpecification) -> Iterator[Volume]:
    instance = INSTANCES.find(state, specification.instance_id)
    held = volumes.of_instance(state, instance.id)
    excluded = told(specification.exclude_data_volume_ids, [])
    if lost := [one for one in excluded if one not in [volume.id for volume in held]]:
        # evidence: page API_InstanceSpecification; words: guess
        raise errors.invalid(f"The volume '{lost[0]}' is not attached to instance '{instance.id}'.")
    for volume in held:
        root = volume.uses[instance.id].device == instance.root_name
        if volume.id not in excluded and not (root and specification.exclude_boot_volume is True):
            yield volume


def _tags_of(params: api.CreateSnapshots, volume: Volume) -> dict[str, str]:
    copied = dict(volume.tags) if params.copy_tags_from_source == "volume" else {}
    return {**copied, **tags.given(params.tag_specifications, "snapshot")}


def _info(snapshot: Snapshot, given: dict[str, str]) -> api.SnapshotInfo:
    return api.SnapshotInfo(
        snapshot_id=snapshot.id, volume_id=snapshot.volume, volume_size=snapshot.size, state="pending", progress="",
        encrypted=told(snapshot.encrypted, False), owner_id=snapshot.account, tags=tags.shown(given),
        start_time=UNSET if isinstance(snapshot.started, UnsetType) else IsoMillisZ.of(snapshot.started),
        description=told(snapshot.description, ""),
    )  # fmt: skip


@service.project
def snapshots_created(state: Ec2, event: Event[api.CreateSnapshots, api.CreateSnapshotsResult]) -> None:
    """There are the snapshots."""
    for made in told(event.result.snapshots, []):
        if isinstance(made.snapshot_id, UnsetType) or isinstance(made.volume_id, UnsetType):
            continue
        volume = VOLUMES.known(state, event, made.volume_id)
        snapshot = Snapshot(
            id=made.snapshot_id, volume=made.volume_id, size=told(made.volume_size, volume.figures.size),
            encrypted=told(made.encrypted, volume.encrypted), kms_key=volume.kms_key,
            description=event.params.description, started=event.time, account=event.account,
            tags=tags.plain(told(made.tags, [])),
        )  # fmt: skip
        snapshots.put(state, event, snapshot)


# of a snapshot


class Copied(msgspec.Struct, frozen=True, kw_only=True):
    """What the record of a copy does not tell: the snapshot."""

    snapshot: Snapshot


@service.handle
def copy_snapshot(state: Ec2, call: Call[api.CopySnapshot]) -> Answer[api.CopySnapshotResult]:
    """A copy, from this region or another; it may be encrypted where the source is not."""
    params = call.params
    tags.check_new(params.tag_specifications, "snapshot")
    if params.source_region not in regions.REGIONS:
        # evidence: page errors-overview.html; words: guess
        raise Refusal("InvalidRegion", f"The region {params.source_region} is not valid.")
    _check_quota(state, call)
    source = _source(call)
    encrypted = params.encrypted is True or told(source.encrypted, False) or state.storage.encrypts
    key = told(params.kms_key_id, told(state.storage.default_key, volumes.DEFAULT_KEY_ALIAS))
    snapshot = Snapshot(
        id=call.new_id("snap"), volume=snapshots.NO_VOLUME, size=source.size, encrypted=encrypted,
        kms_key=volumes.key_arn(call, key) if encrypted else UNSET, started=call.time, account=call.account,
        description=told(params.description, f"[Copied {source.id} from {params.source_region}]"),
        tags=tags.given(params.tag_specifications, "snapshot"),
    )  # fmt: skip
    shown = tags.shown(snapshot.tags) or UNSET
    return Answer(api.CopySnapshotResult(snapshot_id=snapshot.id, tags=shown), note=Copied(snapshot=snapshot))


def _source(call: Call[api.CopySnapshot]) -> Snapshot:
    there = call.own(service, call.account, call.params.source_region)
    snapshots.check_form([call.params.source_snapshot_id])
    found = there.storage.snapshots.get(call.params.source_snapshot_id)
    owner = there.storage.shared.get(call.params.source_snapshot_id)
    if found is None and owner is not None:
        found = call.own(service, owner, call.params.source_region).storage.snapshots.get(
            call.params.source_snapshot_id
        )
    if found is None:
        raise snapshots.unknown([call.params.source_snapshot_id])
    if snapshots.state_of(call, found) != "completed":
        # evidence: page errors-overview.html (IncorrectState); words: guess
        raise Refusal("IncorrectState", f"Snapshot {found.id} is not in the 'completed' state.")
    return found


@service.project
def snapshot_copied(state: Ec2, event: Event[api.CopySnapshot, api.CopySnapshotResult]) -> None:
    """There is the copy."""
    if isinstance(event.result.snapshot_id, UnsetType):
        return
    note = event.note(Copied)
    snapshot = note.snapshot if note is not None else Snapshot(
        id=event.result.snapshot_id, volume=snapshots.NO_VOLUME, encrypted=event.params.encrypted,
        description=event.params.description, started=event.time, account=event.account,
        tags=tags.given(event.params.tag_specifications, "snapshot"),
    )  # fmt: skip
    snapshots.put(state, event, snapshot)
