"""Who may make volumes of a snapshot: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html"""

from __future__ import annotations

import re
from typing import TypeAlias

import msgspec

from backtrail import UNSET, Answer, Call, Event, Refusal, told
from backtrail_aws.ec2 import api, errors, snapshots, volumes
from backtrail_aws.ec2.snapshots import SNAPSHOTS
from backtrail_aws.ec2.state import Ec2, service

_ACCOUNT = re.compile(r"\d{12}")
Permissions: TypeAlias = "list[api.CreateVolumePermission]"


@service.handle
def modify_snapshot_attribute(state: Ec2, call: Call[api.ModifySnapshotAttribute]) -> Answer[None]:
    """Share a snapshot, or take it back. One that AWS's own key encrypts can be nobody else's."""
    params = call.params
    snapshot = snapshots.owned(state, call, params.snapshot_id)
    if params.attribute not in (UNSET, "createVolumePermission"):
        raise bad_attribute(told(params.attribute, ""))
    added, removed = _permissions(params)
    if not added and not removed:
        # evidence: page errors-overview.html; words: guess
        raise errors.combination("No permissions specified.")
    for one in added + removed:
        if isinstance(one.user_id, str) and _ACCOUNT.fullmatch(one.user_id) is None:
            # evidence: page errors-overview.html (InvalidUserID.Malformed); words: guess
            raise Refusal("InvalidUserID.Malformed", f'Invalid user id: "{one.user_id}"')
        if one.group not in (UNSET, "all"):
            # evidence: page errors-overview.html; words: guess
            raise errors.invalid(f'Invalid attribute item value "{one.group}" for group')
    if added and snapshot.encrypted is True:
        if any(one.group == "all" for one in added):
            # evidence: page ebs-modifying-snapshot-permissions.html; words: guess
            raise errors.not_permitted("Encrypted snapshots cannot be shared publicly.")
        if snapshot.kms_key == volumes.key_arn(call, volumes.DEFAULT_KEY_ALIAS):
            # evidence: page ebs-modifying-snapshot-permissions.html; words: guess
            raise errors.not_permitted("Encrypted snapshots with EBS default key cannot be shared")
    change = api.CreateVolumePermissionModifications(add=added or UNSET, remove=removed or UNSET)
    recorded = msgspec.structs.replace(
        params, attribute="createVolumePermission", create_volume_permission=change, operation_type=UNSET,
        user_ids=UNSET, group_names=UNSET,
    )  # fmt: skip
    return Answer(None, params=recorded)


@service.project
def snapshot_attribute_modified(state: Ec2, event: Event[api.ModifySnapshotAttribute, None]) -> None:
    """Others may use the snapshot, or no more."""
    snapshot = SNAPSHOTS.known(state, event, event.params.snapshot_id)
    added, removed = _permissions(event.params)
    gone = [one.user_id for one in removed]
    new = [one.user_id for one in added if isinstance(one.user_id, str)]
    snapshot.users = [one for one in snapshot.users if one not in gone and one not in new] + new
    if any(one.group == "all" for one in removed):
        snapshot.public = False
    if any(one.group == "all" for one in added):
        snapshot.public = True


def _added_to(event: Event[api.ModifySnapshotAttribute, None]) -> list[tuple[str, str]]:
    return _places(event, _permissions(event.params)[0])


def _removed_from(event: Event[api.ModifySnapshotAttribute, None]) -> list[tuple[str, str]]:
    return _places(event, _permissions(event.params)[1])


def _places(event: Event[api.ModifySnapshotAttribute, None], named: Permissions) -> list[tuple[str, str]]:
    """Where the accounts are that are named, but for the owner's own."""
    found = dict.fromkeys(one.user_id for one in named if isinstance(one.user_id, str))
    return [(one, event.region) for one in found if _ACCOUNT.fullmatch(one) and one != event.account]


@service.project(at=_added_to)
def snapshot_shared(state: Ec2, event: Event[api.ModifySnapshotAttribute, None]) -> None:
    """Accounts that may use it know of it."""
    state.storage.shared[event.params.snapshot_id] = event.account


@service.project(at=_removed_from)
def snapshot_unshared(state: Ec2, event: Event[api.ModifySnapshotAttribute, None]) -> None:
    """Accounts that may not use it any more forget it."""
    state.storage.shared.pop(event.params.snapshot_id, None)


def _permissions(params: api.ModifySnapshotAttribute) -> tuple[Permissions, Permissions]:
    """Who is added, who is removed; a request says it in one of two ways."""
    change = params.create_volume_permission
    if isinstance(change, api.CreateVolumePermissionModifications):
        return list(told(change.add, [])), list(told(change.remove, []))
    named = [api.CreateVolumePermission(user_id=one) for one in told(params.user_ids, [])]
    named += [api.CreateVolumePermission(group=one) for one in told(params.group_names, [])]
    return ([], named) if params.operation_type == "remove" else (named, [])


@service.handle
def reset_snapshot_attribute(state: Ec2, call: Call[api.ResetSnapshotAttribute]) -> None:
    """Nobody but its owner may use the snapshot any more."""
    snapshots.owned(state, call, call.params.snapshot_id)
    if told(call.params.attribute, "") != "createVolumePermission":
        raise bad_attribute(told(call.params.attribute, ""))


@service.project
def snapshot_attribute_reset(state: Ec2, event: Event[api.ResetSnapshotAttribute, None]) -> None:
    """It is private."""
    snapshot = SNAPSHOTS.known(state, event, event.params.snapshot_id)
    snapshot.users, snapshot.public = [], False


@service.read
def describe_snapshot_attribute(
    state: Ec2, call: Call[api.DescribeSnapshotAttribute]
) -> api.DescribeSnapshotAttributeResult:
    """Who may use it, or its product codes (there are none)."""
    snapshot = snapshots.owned(state, call, call.params.snapshot_id)
    wanted = told(call.params.attribute, "")
    if wanted == "productCodes":
        return api.DescribeSnapshotAttributeResult(snapshot_id=snapshot.id, product_codes=[])
    if wanted != "createVolumePermission":
        raise bad_attribute(wanted)
    permissions = [api.CreateVolumePermission(user_id=one) for one in snapshot.users]
    if snapshot.public:
        permissions.append(api.CreateVolumePermission(group="all"))
    return api.DescribeSnapshotAttributeResult(snapshot_id=snapshot.id, create_volume_permissions=permissions)


def bad_attribute(name: str) -> Refusal:
    """An attribute that snapshots do not have."""
    # evidence: guess
    return errors.invalid(f"Value ({name}) for parameter attribute is invalid. Unknown attribute.")
