"""Images that are made: of an instance, of snapshots, of another image.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/creating-an-ami-ebs.html,
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/CopyingAMIs.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, errors, images, instances, public_images, regions, snapshots, tags, volumes
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_compute import Instance
from backtrail_aws.ec2.state_images import Image
from backtrail_aws.ec2.state_storage import Snapshot


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What the record of a new image does not tell: the image, and the snapshots that were made for it."""

    image: Image
    snapshots: list[Snapshot] = []


# of an instance


@service.handle
def create_image(state: Ec2, call: Call[api.CreateImage]) -> Answer[api.CreateImageResult]:
    """An image of an instance, with a snapshot of each of its volumes."""
    params = call.params
    tags.check_new(params.tag_specifications, "image", "snapshot")
    instance = instances.INSTANCES.find(state, params.instance_id)
    name = images.check_name(state, call, params.name)
    now = instances.state_of(call, instance)
    if now not in ("running", "stopped", "stopping"):
        # evidence: page errors-overview.html; words: guess
        raise Refusal(
            "IncorrectState", f"Instance {instance.id} is not in a valid state ({now}) for this action."
        )
    if instance.root_type == "instance-store":
        # evidence: page API_CreateImage ("Amazon EBS-backed instance"); words: guess
        raise Refusal(
            "UnsupportedOperation", "The instance does not have a root device that is an EBS volume."
        )
    image = _of_instance(state, call, instance, name)
    made = _snapshots(state, call, instance, image)
    return Answer(api.CreateImageResult(image_id=image.id), note=Made(image=image, snapshots=made))


def _of_instance(state: Ec2, call: Call[api.CreateImage], instance: Instance, name: str) -> Image:
    source = images.listed(state, call, told(instance.image, ""))
    return Image(
        id=call.new_id("ami"), name=name, description=call.params.description, account=call.account,
        location=f"{call.account}/{name}", architecture=instance.architecture, platform=instance.platform,
        details=instance.details, usage=instance.usage, root_name=instance.root_name, root_type="ebs",
        virtualization=instance.virtualization, ena=instance.ena, sriov=told(source.sriov,
        "simple") if source else "simple",
        boot_mode=source.boot_mode if source else UNSET, imds=source.imds if source else UNSET,
        tpm=source.tpm if source else UNSET, created=call.time, source_instance=instance.id,
        source_image=instance.image, source_region=call.region, products=list(source.products) if source else [],
        devices=[], kernel=instance.kernel, ramdisk=instance.ramdisk,
    )  # fmt: skip


def _snapshots(state: Ec2, call: Call[api.CreateImage], instance: Instance, image: Image) -> list[Snapshot]:
    """The snapshots of an instance's volumes; the image gets the mapping of them and of what the request adds."""
    wanted = {told(one.device_name, ""): one for one in told(call.params.block_device_mappings, [])}
    made: list[Snapshot] = []
    devices: list[api.BlockDeviceMapping] = []
    for volume in volumes.of_instance(state, instance.id):
        device = volume.uses[instance.id].device
        asked = wanted.pop(device, None)
        if asked is not None and not isinstance(asked.no_device, UnsetType):
            continue
        snapshot = snapshots.of_volume(
            call, volume, f"Created by CreateImage({instance.id}) for {image.id}", label=device
        )
        snapshot.tags = tags.given(call.params.tag_specifications, "snapshot")
        made.append(snapshot)
        devices.append(_mapped(device, snapshot, volume.figures, volume.uses[instance.id].delete, asked))
    image.devices = devices + [one for one in wanted.values() if isinstance(one.no_device, UnsetType)]
    return made


def _mapped(
    device: str, snapshot: Snapshot, figures: Any, delete: bool, asked: api.BlockDeviceMapping | None
) -> api.BlockDeviceMapping:
    given = (
        asked.ebs if asked is not None and isinstance(asked.ebs, api.EbsBlockDevice) else api.EbsBlockDevice()
    )
    kind = told(given.volume_type, figures.kind)
    ebs = api.EbsBlockDevice(
        delete_on_termination=told(given.delete_on_termination, delete), snapshot_id=snapshot.id,
        volume_size=told(given.volume_size, figures.size), volume_type=kind, encrypted=told(snapshot.encrypted, False),
        iops=told(given.iops, figures.iops) if kind in ("gp3", "io1", "io2") else UNSET,
        throughput=told(given.throughput, figures.throughput) if kind == "gp3" else UNSET,
    )  # fmt: skip
    return api.BlockDeviceMapping(device_name=device, ebs=ebs)


@service.project
def image_created(state: Ec2, event: Event[api.CreateImage, api.CreateImageResult]) -> None:
    """There is the image, with its snapshots."""
    params, note = event.params, event.note(Made)
    if isinstance(event.result.image_id, UnsetType):
        return
    if note is not None:
        _keep(state, event, note, params.tag_specifications)
        return
    image = Image(
        id=event.result.image_id, name=params.name, description=params.description, account=event.account,
        created=event.time, source_instance=params.instance_id, devices=params.block_device_mappings,
    )  # fmt: skip
    instance = instances.INSTANCES.known(state, event, params.instance_id)
    image.architecture, image.virtualization = instance.architecture, instance.virtualization
    image.root_name, image.root_type, image.source_image = (
        instance.root_name,
        instance.root_type,
        instance.image,
    )
    images.put(state, event, image, params.tag_specifications)


def _keep(state: Ec2, event: Event[Any, Any], made: Made, specifications: tags.Specifications) -> None:
    for snapshot in made.snapshots:
        snapshots.put(state, event, snapshot)
    images.put(state, event, made.image, specifications)


# of snapshots


@service.handle
def register_image(state: Ec2, call: Call[api.RegisterImage]) -> Answer[api.RegisterImageResult]:
    """An image of snapshots that are there, or of a manifest in S3."""
    params = call.params
    tags.check_new(params.tag_specifications, "image")
    name = images.check_name(state, call, params.name)
    stored = isinstance(params.image_location, str)
    devices = told(params.block_device_mappings, [])
    if not stored and not isinstance(params.root_device_name, str):
        # evidence: page API_RegisterImage; words: guess
        raise errors.missing("rootDeviceName")
    for one in devices:
        if isinstance(one.ebs, api.EbsBlockDevice) and isinstance(one.ebs.snapshot_id, str):
            snapshots.usable(state, call, one.ebs.snapshot_id)
    if not stored and not any(one.device_name == params.root_device_name for one in devices):
        # evidence: page errors-overview.html; words: guess
        raise Refusal("InvalidBlockDeviceMapping", f"Invalid device name {told(params.root_device_name, '')}")
    identifier = call.new_id("ami")
    return Answer(
        api.RegisterImageResult(image_id=identifier),
        note=Made(image=_registered(params, call, identifier, name)),
    )


def _registered(
    params: api.RegisterImage, call: Call[Any] | Event[Any, Any], identifier: str, name: str
) -> Image:
    stored = isinstance(params.image_location, str)
    return Image(
        id=identifier, name=name, description=params.description, account=call.account,
        location=told(params.image_location, f"{call.account}/{name}"),
        architecture=told(params.architecture, "i386"), root_name=params.root_device_name,
        root_type="instance-store" if stored else "ebs", virtualization=told(params.virtualization_type, "paravirtual"),
        ena=told(params.ena_support, False), sriov=params.sriov_net_support, boot_mode=params.boot_mode,
        tpm=params.tpm_support, imds=params.imds_support, kernel=params.kernel_id, ramdisk=params.ramdisk_id,
        created=call.time, details=public_images.DETAILS["linux"][0], usage=public_images.DETAILS["linux"][1],
        devices=told(params.block_device_mappings, []), products=told(params.billing_products, []),
    )  # fmt: skip


@service.project
def image_registered(state: Ec2, event: Event[api.RegisterImage, api.RegisterImageResult]) -> None:
    """There is the image."""
    if isinstance(event.result.image_id, UnsetType):
        return
    image = _registered(event.params, event, event.result.image_id, told(event.params.name, ""))
    image.uefi_data = event.params.uefi_data
    images.put(state, event, image, event.params.tag_specifications)


# of another image


@service.handle(token="client_token")
def copy_image(state: Ec2, call: Call[api.CopyImage]) -> Answer[api.CopyImageResult]:
    """A copy of an image of this region or another, with copies of its snapshots."""
    params = call.params
    tags.check_new(params.tag_specifications, "image", "snapshot")
    name = images.check_name(state, call, params.name)
    source = _source(call, params.source_region, params.source_image_id)
    identifier = call.new_id("ami")
    image = msgspec.structs.replace(
        source, id=identifier, name=name, description=told(params.description, source.description),
        account=call.account, alias=UNSET, location=f"{call.account}/{name}", created=call.time, permissions=[],
        source_image=source.id, source_region=params.source_region, launched=UNSET, source_instance=UNSET,
        tags=dict(source.tags) if params.copy_image_tags is True else {},
    )  # fmt: skip
    made: list[Snapshot] = []
    devices: list[api.BlockDeviceMapping] = []
    for one in told(source.devices, []):
        if not isinstance(one.ebs, api.EbsBlockDevice) or not isinstance(one.ebs.snapshot_id, str):
            devices.append(one)
            continue
        copied = _copied(call, one.ebs, image.id, source.id)
        made.append(copied)
        ebs = msgspec.structs.replace(
            one.ebs, snapshot_id=copied.id, encrypted=copied.encrypted, kms_key_id=copied.kms_key
        )
        devices.append(msgspec.structs.replace(one, ebs=ebs))
    image.devices = devices if not isinstance(source.devices, UnsetType) else UNSET
    return Answer(api.CopyImageResult(image_id=identifier), note=Made(image=image, snapshots=made))


def _source(call: Call[Any], region: str, identifier: str) -> Image:
    images.check_form([identifier])
    if region not in regions.REGIONS:
        # evidence: page errors-overview.html; words: guess
        raise Refusal("InvalidRegion", f"The region {region} is not valid.")
    there = call.own(service, call.account, region)
    found = there.images.images.get(identifier) or public_images.of(region).get(identifier)
    owner = there.images.shared.get(identifier)
    if found is None and owner is not None:
        found = call.own(service, owner, region).images.images.get(identifier)
    if found is None and identifier in there.images.gone:
        raise images.unknown([identifier])
    return found or Image(id=identifier)


def _copied(call: Call[api.CopyImage], ebs: api.EbsBlockDevice, image: str, source: str) -> Snapshot:
    old = told(ebs.snapshot_id, "")
    encrypted = call.params.encrypted is True or ebs.encrypted is True
    key = told(call.params.kms_key_id, volumes.DEFAULT_KEY_ALIAS) if encrypted else UNSET
    return Snapshot(
        id=call.new_id("snap", old), volume=snapshots.NO_VOLUME, size=ebs.volume_size, encrypted=encrypted,
        kms_key=UNSET if isinstance(key, UnsetType) else volumes.key_arn(call, key), started=call.time,
        account=call.account,
        description=f"Copied for DestinationAmi {image} from SourceAmi {source} for SourceSnapshot {old}. "
        f"Task created on {int(call.time.timestamp() * 1000):,}.",
        tags=tags.given(call.params.tag_specifications, "snapshot"),
    )  # fmt: skip


@service.project
def image_copied(state: Ec2, event: Event[api.CopyImage, api.CopyImageResult]) -> None:
    """There is the copy."""
    if isinstance(event.result.image_id, UnsetType):
        return
    note = event.note(Made)
    if note is None:
        image = Image(
            id=event.result.image_id, name=event.params.name, description=event.params.description,
            account=event.account, created=event.time, source_image=event.params.source_image_id,
            source_region=event.params.source_region,
        )  # fmt: skip
        note = Made(image=image)
    _keep(state, event, note, event.params.tag_specifications)
