"""Snapshots: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-snapshots.html"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from backtrail import UNSET, Call, Event, Refusal, UnsetType, state_at, told
from backtrail.life import Phase
from backtrail.record import arn as arn_of
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, errors, filters, images, public_images, tags
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_storage import Snapshot, Volume

CYCLE = {"pending": Phase(seconds=30, next="completed")}
NO_VOLUME = "vol-ffffffff"
"""What copies say that they are of: API_Snapshot."""


class _Snapshots(Kind[Snapshot]):
    """Snapshots have no account in their ARN, and word what is not there unlike others."""

    def find_all(self, state: Ec2, identifiers: Iterable[str]) -> list[Snapshot]:
        """This account's snapshots of some ids."""
        wanted = list(dict.fromkeys(identifiers))
        check_form(wanted)
        if lost := [one for one in wanted if one not in state.storage.snapshots]:
            raise unknown(lost)
        return [state.storage.snapshots[one] for one in wanted]

    def arn(self, where: Call[Any] | Event[Any, Any], identifier: str) -> str:
        """`arn:aws:ec2:us-east-1::snapshot/snap-1`"""
        return arn_of("ec2", where.region, "", f"snapshot/{identifier}")


SNAPSHOTS = _Snapshots(
    "snapshot", "snap", Snapshot, lambda state: state.storage.snapshots, code="InvalidSnapshot.NotFound",
    noun="snapshot", parameters=("snapshot_id",), created_by=("CreateSnapshot", "CreateSnapshots", "CopySnapshot"),
)  # fmt: skip


def check_form(identifiers: Iterable[str]) -> None:
    """Refuse an id that no snapshot can have."""
    for one in identifiers:
        if not SNAPSHOTS.fits(one):
            # evidence: page errors-overview.html (InvalidSnapshotID.Malformed); words: guess
            raise Refusal("InvalidSnapshotID.Malformed", f'Invalid id: "{one}" (expecting "snap-...")')


def unknown(identifiers: list[str]) -> Refusal:
    """Snapshots that are not there."""
    # evidence: page errors-overview.html; words: guess
    if len(identifiers) == 1:
        return Refusal("InvalidSnapshot.NotFound", f"The snapshot '{identifiers[0]}' does not exist.")
    return Refusal("InvalidSnapshot.NotFound", f"The snapshots '{', '.join(identifiers)}' do not exist.")


# use


def usable(state: Ec2, call: Call[Any], identifier: str) -> Snapshot:
    """A snapshot that a volume may be made of: this account's, one that is shared, one of a public image."""
    check_form([identifier])
    found = visible(state, call, identifier)
    if found is None:
        raise unknown([identifier])
    return found


def visible(state: Ec2, call: Call[Any], identifier: str) -> Snapshot | None:
    """The same; None where there is none."""
    found = state.storage.snapshots.get(identifier)
    owner = state.storage.shared.get(identifier)
    if found is None and owner is not None:
        found = call.own(service, owner, call.region).storage.snapshots.get(identifier)
    return found or _of_images(state, call, identifier)


def _of_images(state: Ec2, call: Call[Any], identifier: str) -> Snapshot | None:
    """The snapshot behind a public or shared image."""
    for image in (*public_images.of(call.region).values(), *images.shared(state, call)):
        for one in told(image.devices, []):
            ebs = one.ebs
            if isinstance(ebs, api.EbsBlockDevice) and ebs.snapshot_id == identifier:
                return Snapshot(
                    id=identifier, volume=NO_VOLUME, size=ebs.volume_size, encrypted=ebs.encrypted,
                    account=image.account, started=image.created, public=True,
                )  # fmt: skip
    return None


def owned(state: Ec2, call: Call[Any], identifier: str) -> Snapshot:
    """A snapshot that the caller's account may change. Raises `Refusal`."""
    check_form([identifier])
    found = state.storage.snapshots.get(identifier)
    if found is not None:
        return found
    if visible(state, call, identifier) is not None:
        # evidence: page errors-overview.html (AuthFailure); words: guess
        raise Refusal("AuthFailure", f"Not authorized for snapshot:{identifier}", status=403)
    raise unknown([identifier])


def of_volume(call: Call[Any], volume: Volume, description: str | UnsetType, label: str = "") -> Snapshot:
    """A new snapshot of a volume; `label` tells several of one call apart."""
    return Snapshot(
        id=call.new_id("snap", label), volume=volume.id, size=volume.figures.size, encrypted=volume.encrypted,
        kms_key=volume.kms_key, description=description, started=call.time, account=call.account,
    )  # fmt: skip


def put(state: Ec2, event: Event[Any, Any], snapshot: Snapshot) -> None:
    """In a fold: there is this snapshot."""
    snapshot.arn = SNAPSHOTS.arn(event, snapshot.id)
    state.storage.snapshots[snapshot.id] = snapshot


# delete


@service.handle
def delete_snapshot(state: Ec2, call: Call[api.DeleteSnapshot]) -> None:
    """Refuse while an image is made of it."""
    snapshot = owned(state, call, call.params.snapshot_id)
    for image in state.images.images.values():
        if snapshot.id in images.snapshots_of(image):
            # evidence: page errors-overview.html (InvalidSnapshot.InUse); words: guess
            raise Refusal(
                "InvalidSnapshot.InUse", f"The snapshot {snapshot.id} is currently in use by {image.id}"
            )


@service.project
def snapshot_deleted(state: Ec2, event: Event[api.DeleteSnapshot, None]) -> None:
    """The snapshot is gone; others of the same volume lose nothing."""
    state.storage.snapshots.pop(event.params.snapshot_id, None)


@service.evidence
def snapshot_was_gone(state: Ec2, event: Event[api.DeleteSnapshot, None]) -> None:
    """A snapshot that could not be deleted because it is not there is not there."""
    if event.error == "Client.InvalidSnapshot.NotFound":
        state.storage.snapshots.pop(event.params.snapshot_id, None)


# describe


def state_of(call: Call[Any], snapshot: Snapshot) -> str:
    """`pending` for a moment, then `completed`."""
    if isinstance(snapshot.started, UnsetType):
        return "completed"
    return state_at(CYCLE, "pending", snapshot.started, call.time, pace=call.pace(snapshot.started))


def _fields(call: Call[Any]) -> filters.Fields[Snapshot]:
    """API_DescribeSnapshots: Filters."""
    return {
        "description": lambda snapshot: snapshot.description,
        "encrypted": lambda snapshot: snapshot.encrypted,
        "owner-alias": lambda snapshot: None,
        "owner-id": lambda snapshot: snapshot.account,
        "progress": lambda snapshot: "100%" if state_of(call, snapshot) == "completed" else "0%",
        "snapshot-id": lambda snapshot: snapshot.id,
        "start-time": lambda snapshot: _time(snapshot),
        "status": lambda snapshot: state_of(call, snapshot),
        "storage-tier": lambda snapshot: "standard",
        "transfer-type": lambda snapshot: "standard",
        "volume-id": lambda snapshot: snapshot.volume,
        "volume-size": lambda snapshot: snapshot.size,
    }


def _time(snapshot: Snapshot) -> str | UnsetType:
    return (
        UNSET if isinstance(snapshot.started, UnsetType) else str(IsoMillisZ.of(snapshot.started).written())
    )


@service.read
def describe_snapshots(state: Ec2, call: Call[api.DescribeSnapshots]) -> api.DescribeSnapshotsResult:
    """This account's snapshots and those shared with it, in the order of their ids."""
    params = call.params
    wanted = told(params.snapshot_ids, [])
    if wanted and not isinstance(params.max_results, UnsetType):
        raise errors.page_with_ids("snapshotSet")
    if wanted:
        check_form(wanted)
        found = [visible(state, call, one) for one in wanted]
        if lost := [name for name, one in zip(wanted, found, strict=True) if one is None]:
            raise unknown(lost)
    else:
        found = [
            *state.storage.snapshots.values(),
            *(visible(state, call, one) for one in state.storage.shared),
        ]
    owners, users = told(params.owner_ids, []), told(params.restorable_by_user_ids, [])
    chosen = {
        one.id: one
        for one in found
        if one is not None and _owned(call, one, owners) and _restorable(call, one, users)
    }
    page = filters.paged(call, chosen, filters.tagged(params.filters, _fields(call)), bounds=(5, 1000))
    return api.DescribeSnapshotsResult(
        snapshots=[shown(call, one) for one in page.items], next_token=page.next or UNSET
    )


def _owned(call: Call[Any], snapshot: Snapshot, owners: list[str]) -> bool:
    return not owners or snapshot.account in owners or ("self" in owners and snapshot.account == call.account)


def _restorable(call: Call[Any], snapshot: Snapshot, users: list[str]) -> bool:
    """Whether those asked for may make volumes of it: `all`, `self`, an account."""
    if not users:
        return True
    accounts = [call.account if one == "self" else one for one in users]
    return (
        ("all" in users and snapshot.public)
        or snapshot.account in accounts
        or any(one in snapshot.users for one in accounts)
    )


def shown(call: Call[Any], snapshot: Snapshot) -> api.Snapshot:
    """A snapshot as answers show it."""
    state = state_of(call, snapshot)
    done = state == "completed"
    size = snapshot.size
    return api.Snapshot(
        snapshot_id=snapshot.id, volume_id=snapshot.volume, state=state, progress="100%" if done else "0%",
        start_time=UNSET if isinstance(snapshot.started, UnsetType) else IsoMillisZ.of(snapshot.started),
        completion_time=UNSET if isinstance(snapshot.started,
        UnsetType) or not done else IsoMillisZ.of(snapshot.started),
        owner_id=snapshot.account, description=told(snapshot.description, ""), volume_size=size,
        encrypted=told(snapshot.encrypted, False), kms_key_id=snapshot.kms_key, storage_tier="standard",
        transfer_type="standard", tags=tags.shown(snapshot.tags) or UNSET,
        full_snapshot_size_in_bytes=UNSET if isinstance(size, UnsetType) or not done else 0,
    )  # fmt: skip
