"""What keeps data: volumes and snapshots."""

from __future__ import annotations

from datetime import datetime

import msgspec

from backtrail import UNSET, SortedMap, UnsetType
from backtrail_aws.ec2.held import Held


class VolumeUse(msgspec.Struct, kw_only=True):
    """A volume is attached to an instance. `delete`: it goes with the instance."""

    instance: str
    device: str
    since: datetime | UnsetType = UNSET
    delete: bool = False


class Figures(msgspec.Struct, kw_only=True):
    """What of a volume can be modified."""

    size: int | UnsetType = UNSET
    kind: str | UnsetType = UNSET
    iops: int | UnsetType = UNSET
    throughput: int | UnsetType = UNSET
    multi_attach: bool | UnsetType = UNSET


class Modification(msgspec.Struct, kw_only=True):
    """A volume was modified, from what to what."""

    original: Figures
    target: Figures
    since: datetime


class Volume(Held):
    """A volume. `uses` are its attachments, by instance; `restored` says that it was made of a snapshot."""

    figures: Figures = msgspec.field(default_factory=Figures)
    zone: str | UnsetType = UNSET
    zone_id: str | UnsetType = UNSET
    encrypted: bool | UnsetType = UNSET
    kms_key: str | UnsetType = UNSET
    snapshot: str | UnsetType = UNSET
    source: str | UnsetType = UNSET
    created: datetime | UnsetType = UNSET
    uses: dict[str, VolumeUse] = {}
    modified: Modification | None = None
    auto_io: bool = False
    rate: int | UnsetType = UNSET
    initialized: bool = False


class Snapshot(Held):
    """A snapshot. `users` and `public` may make volumes of it. `account` is whose it is: the ARN does not tell."""

    volume: str | UnsetType = UNSET
    size: int | UnsetType = UNSET
    encrypted: bool | UnsetType = UNSET
    kms_key: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    started: datetime | UnsetType = UNSET
    account: str | UnsetType = UNSET
    users: list[str] = []
    public: bool = False


class Storage(msgspec.Struct, kw_only=True):
    """A region's volumes and snapshots, and how new volumes are encrypted.

    `shared` are snapshots of other accounts that this one may use, with their owners.
    """

    volumes: SortedMap[str, Volume] = msgspec.field(default_factory=SortedMap[str, Volume])
    snapshots: SortedMap[str, Snapshot] = msgspec.field(default_factory=SortedMap[str, Snapshot])
    shared: dict[str, str] = {}
    encrypts: bool = False
    default_key: str | UnsetType = UNSET
