"""What AWS tells whoever owns a shared snapshot, and whoever uses one.

https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html#shared-snapshot-cloudtrail-logging
"""

from __future__ import annotations

from backtrail import UNSET, Event, Params, UnsetType, field
from backtrail_aws.ec2.state import Ec2, service


class SharedSnapshotVolumeCreated(Params):
    """A volume was made of a shared snapshot. Both accounts are told, in `serviceEventDetails`."""

    snapshot_id: str | UnsetType = field(name="snapshotId", default=UNSET)


class SharedSnapshotCopyInitiated(Params):
    """A shared snapshot is being copied."""

    snapshot_id: str | UnsetType = field(name="snapshotId", default=UNSET)


@service.project
def volume_made_of_shared_snapshot(state: Ec2, event: Event[SharedSnapshotVolumeCreated, None]) -> None:
    """It tells of somebody's snapshot and somebody's volume: nothing that this account would have besides."""


@service.project
def shared_snapshot_copied(state: Ec2, event: Event[SharedSnapshotCopyInitiated, None]) -> None:
    """The same."""
