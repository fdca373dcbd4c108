"""Machine images."""

from __future__ import annotations

from datetime import datetime

import msgspec

from backtrail import UNSET, SortedMap, UnsetType
from backtrail_aws.ec2 import api
from backtrail_aws.ec2.held import Held


class Image(Held):
    """An image. Of one that nobody registered here, all but the id is unknown: it is somebody's public image.

    `account` is whose it is (the ARN has no place for it), `alias` what Amazon calls that account.
    """

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    location: str | UnsetType = UNSET
    account: str | UnsetType = UNSET
    alias: str | UnsetType = UNSET
    architecture: str | UnsetType = UNSET
    platform: str | UnsetType = UNSET
    details: str | UnsetType = UNSET
    usage: str | UnsetType = UNSET
    root_name: str | UnsetType = UNSET
    root_type: str | UnsetType = UNSET
    virtualization: str | UnsetType = UNSET
    ena: bool | UnsetType = UNSET
    sriov: str | UnsetType = UNSET
    boot_mode: str | UnsetType = UNSET
    tpm: str | UnsetType = UNSET
    imds: str | UnsetType = UNSET
    kernel: str | UnsetType = UNSET
    ramdisk: str | UnsetType = UNSET
    created: datetime | UnsetType = UNSET
    source_instance: str | UnsetType = UNSET
    source_image: str | UnsetType = UNSET
    source_region: str | UnsetType = UNSET
    uefi_data: str | UnsetType = UNSET
    products: list[str] = []
    devices: list[api.BlockDeviceMapping] | UnsetType = UNSET
    permissions: list[api.LaunchPermission] = []
    launched: datetime | UnsetType = UNSET

    @property
    def public(self) -> bool | UnsetType:
        """Whether everybody may launch it; what nobody registered here is taken to be so."""
        if isinstance(self.account, UnsetType):
            return UNSET
        return any(one.group == "all" for one in self.permissions)


class Images(msgspec.Struct, kw_only=True):
    """A region's images. `gone` are ids of deregistered ones; `shared` other accounts' images, with their owners."""

    images: SortedMap[str, Image] = msgspec.field(default_factory=SortedMap[str, Image])
    shared: dict[str, str] = {}
    gone: dict[str, bool] = {}
