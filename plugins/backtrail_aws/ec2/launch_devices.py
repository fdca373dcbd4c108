"""The disks that instances are launched with: the image's, changed by the request's.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/block-device-mapping-concepts.html
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, ebs_figures, errors, snapshots, tags, volumes
from backtrail_aws.ec2.casting import merged
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_images import Image
from backtrail_aws.ec2.state_storage import Figures, Volume, VolumeUse

ROOT_GIB = 8
"""What the root volume of an image has of which nothing is known but its id."""
UNKNOWN_ROOT = "/dev/xvda"
_NO_BOOT = ("st1", "sc1")


def mapping(image: Image, asked: list[api.BlockDeviceMapping] | UnsetType) -> list[api.BlockDeviceMapping]:
    """The devices of an instance: the image's, with what the request changes, adds and leaves out."""
    held = {told(one.device_name, ""): one for one in devices_of(image)}
    for one in told(asked, []):
        name = told(one.device_name, "")
        if not name:
            # evidence: page errors-overview.html; words: guess
            raise Refusal("MissingParameter", "The request must contain the parameter deviceName")
        low = held.get(name)
        held[name] = merged(low, one) if low is not None and isinstance(one.virtual_name, UnsetType) else one
    return [one for one in held.values() if isinstance(one.no_device, UnsetType)]


def devices_of(image: Image) -> list[api.BlockDeviceMapping]:
    """An image's devices; one of which nothing is known has a root volume, as every EBS image does."""
    if not isinstance(image.devices, UnsetType):
        return list(image.devices)
    ebs = api.EbsBlockDevice(volume_size=ROOT_GIB, volume_type="gp3", delete_on_termination=True)
    return [api.BlockDeviceMapping(device_name=told(image.root_name, UNKNOWN_ROOT), ebs=ebs)]


def planned(
    state: Ec2, call: Call[Any], image: Image, devices: list[api.BlockDeviceMapping]
) -> list[tuple[str, Volume, bool]]:
    """The volume behind each EBS device, and whether it goes with the instance. Raises `Refusal`."""
    own = {told(one.device_name, "") for one in devices_of(image)}
    _check_root(image, devices)
    return [
        (
            name,
            _volume(state, call, name, one.ebs),
            told(one.ebs.delete_on_termination, name in own or image.devices is UNSET),
        )
        for one in devices
        if isinstance(one.ebs, api.EbsBlockDevice) and (name := told(one.device_name, ""))
    ]


def _check_root(image: Image, devices: list[api.BlockDeviceMapping]) -> None:
    root = told(image.root_name, UNKNOWN_ROOT)
    for one in devices:
        kind = one.ebs.volume_type if isinstance(one.ebs, api.EbsBlockDevice) else UNSET
        if one.device_name == root and kind in _NO_BOOT:
            # evidence: page ebs/latest/userguide/ebs-volume-types.html (not supported as boot volumes); words: guess
            raise errors.invalid(f"Invalid volume type '{kind}' for root device {root}.")


def _volume(state: Ec2, call: Call[Any], name: str, ebs: api.EbsBlockDevice) -> Volume:
    size, encrypted, key = ebs.volume_size, ebs.encrypted, ebs.kms_key_id
    if isinstance(ebs.snapshot_id, str):
        source = snapshots.usable(state, call, ebs.snapshot_id)
        if not isinstance(size, UnsetType) and size < told(source.size, 0):
            # evidence: page errors-overview.html (InvalidBlockDeviceMapping); words: guess
            raise Refusal(
                "InvalidBlockDeviceMapping",
                f"Volume of size {size}GB is smaller than snapshot '{source.id}', expect size >= {source.size}GB",
            )
        size = told(size, source.size)
        if told(source.encrypted, False):
            encrypted, key = True, told(key, source.kms_key)
    elif isinstance(size, UnsetType):
        # evidence: page errors-overview.html (InvalidBlockDeviceMapping); words: guess
        raise Refusal(
            "InvalidBlockDeviceMapping",
            f"The request must contain the parameter size or snapshotId for {name}",
        )
    kind = told(ebs.volume_type, "gp2")
    keeps = ebs_figures.RULES.get(kind, ebs_figures.RULES["gp2"])
    figures = ebs_figures.settled(
        Figures(
            kind=kind,
            size=size,
            iops=ebs.iops,
            throughput=ebs.throughput if keeps.throughput is not None else UNSET,
        )
    )
    encrypted, key = volumes.encryption(state, call, encrypted, key)
    return Volume(
        id="",
        figures=figures,
        encrypted=encrypted,
        kms_key=key,
        snapshot=told(ebs.snapshot_id, ""),
        created=call.time,
    )


def made(
    call: Call[api.RunInstances],
    params: api.RunInstances,
    instance: str,
    number: int,
    zone: tuple[Any, Any],
    plan: list[tuple[str, Volume, bool]],
) -> list[Volume]:
    """One instance's volumes."""
    found: list[Volume] = []
    for name, source, delete in plan:
        volume = Volume(
            id=call.new_id("vol", f"{number}{name}"), figures=source.figures, encrypted=source.encrypted,
            kms_key=source.kms_key, snapshot=source.snapshot, created=call.time, zone=zone[0], zone_id=zone[1],
            tags=tags.given(params.tag_specifications, "volume"),
        )  # fmt: skip
        volume.uses[instance] = VolumeUse(instance=instance, device=name, since=call.time, delete=delete)
        found.append(volume)
    return found
