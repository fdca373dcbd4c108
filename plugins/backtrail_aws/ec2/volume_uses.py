"""Attaching volumes: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-attaching-volume.html"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, errors, instances, limits, type_data, volumes
from backtrail_aws.ec2.instances import INSTANCES
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_compute import Instance
from backtrail_aws.ec2.state_storage import Volume, VolumeUse
from backtrail_aws.ec2.volumes import VOLUMES


@service.handle
def attach_volume(state: Ec2, call: Call[api.AttachVolume]) -> api.AttachVolumeResult:
    """Attach a volume to an instance in its zone, under a device name that is free."""
    params = call.params
    volume = VOLUMES.find(state, params.volume_id)
    instance = INSTANCES.find(state, params.instance_id)
    device = told(params.device, "")
    if not device:
        raise errors.missing("Device")
    _check_volume(call, volume, instance)
    now = instances.state_of(call, instance)
    if now not in ("running", "stopped", "stopping"):
        # evidence: page errors-overview.html; words: guess
        raise Refusal("IncorrectState", f"Instance '{instance.id}' is not 'running'.")
    held = state.compute.devices.get(instance.id, {})
    if device in held:
        # evidence: page errors-overview.html; words: guess
        raise errors.invalid(
            f"Invalid value '{device}' for unixDevice. Attachment point {device} is already in use"
        )
    kind = type_data.types().get(told(instance.type, ""))
    most = limits.NITRO_ATTACHMENTS_MAX if kind is not None and kind.nitro else limits.XEN_ATTACHMENTS_MAX
    if len(held) >= most:
        # evidence: page errors-overview.html; words: guess
        raise Refusal(
            "AttachmentLimitExceeded", f"Volume attachment limit exceeded for instance {instance.id}"
        )
    return _shown(volume, _use(call, instance.id, device), "attaching")


def _check_volume(call: Call[api.AttachVolume], volume: Volume, instance: Instance) -> None:
    if volume.uses and not (
        volume.figures.multi_attach is True
        and instance.id not in volume.uses
        and len(volume.uses) < limits.MULTI_ATTACHMENTS_MAX
    ):
        # evidence: page errors-overview.html; words: guess
        raise Refusal("VolumeInUse", f"{volume.id} is already attached to an instance")
    kind = type_data.types().get(told(instance.type, ""))
    if volume.figures.multi_attach is True and kind is not None and not kind.nitro:
        # evidence: page ebs/latest/userguide/ebs-volumes-multi.html (the rule); words: guess
        raise errors.combination(
            f"Volume {volume.id} has Multi-Attach enabled, which instances of type '{kind.name}' do not support."
        )
    if UNSET not in (volume.zone, instance.zone) and volume.zone != instance.zone:
        # evidence: page errors-overview.html; words: guess
        raise Refusal(
            "InvalidVolume.ZoneMismatch",
            f"The volume '{volume.id}' is not in the same availability zone as instance '{instance.id}'",
        )
    if volumes.state_of(call, volume) == "creating":
        # evidence: page errors-overview.html; words: guess
        raise Refusal("IncorrectState", f"{volume.id} is not 'available'.")


def _use(
    source: Call[api.AttachVolume] | Event[api.AttachVolume, api.AttachVolumeResult],
    instance: str,
    device: str,
) -> VolumeUse:
    return VolumeUse(instance=instance, device=device, since=source.time, delete=False)


@service.project
def volume_attached(state: Ec2, event: Event[api.AttachVolume, api.AttachVolumeResult]) -> None:
    """The volume is the instance's."""
    params = event.params
    volume = VOLUMES.known(state, event, params.volume_id)
    instance = INSTANCES.known(state, event, params.instance_id)
    if isinstance(volume.zone, UnsetType):
        volume.zone = instance.zone
    volumes.used(
        state, volume, _use(event, params.instance_id, told(params.device, told(event.result.device, "")))
    )


@service.handle
def detach_volume(state: Ec2, call: Call[api.DetachVolume]) -> api.DetachVolumeResult:
    """Take a volume from its instance; the root volume of one that runs stays."""
    params = call.params
    volume = VOLUMES.find(state, params.volume_id)
    if not volume.uses:
        # evidence: page errors-overview.html; words: guess
        raise Refusal("IncorrectState", f"Volume '{volume.id}' is in the 'available' state.")
    instance = _holder(state, volume, params)
    use = volume.uses[instance.id]
    running = instances.state_of(call, instance) in ("pending", "running")
    if running and use.device == instance.root_name:
        # evidence: page errors-overview.html; words: guess
        raise errors.not_permitted(
            f"Unable to detach root volume '{volume.id}' from instance '{instance.id}'"
        )
    made = volumes.attachment_shown(volume, use, "detaching")
    return api.DetachVolumeResult(**{name: getattr(made, name) for name in made.__struct_fields__})


def _holder(state: Ec2, volume: Volume, params: api.DetachVolume) -> Instance:
    if isinstance(params.instance_id, UnsetType) and len(volume.uses) > 1:
        # evidence: page API_DetachVolume ("If you are detaching a Multi-Attach enabled volume, you must specify an
        # instance ID"); words: guess
        raise errors.missing("InstanceId")
    instance = INSTANCES.find(state, told(params.instance_id, next(iter(volume.uses))))
    use = volume.uses.get(instance.id)
    if use is None or (not isinstance(params.device, UnsetType) and params.device != use.device):
        # evidence: page errors-overview.html; words: guess
        raise Refusal(
            "InvalidAttachment.NotFound",
            f"The volume '{volume.id}' is not attached to instance '{instance.id}' as device "
            f"'{told(params.device, '')}'.",
        )
    return instance


@service.project
def volume_detached(state: Ec2, event: Event[api.DetachVolume, api.DetachVolumeResult]) -> None:
    """The volume is free."""
    volume = VOLUMES.known(state, event, event.params.volume_id)
    named = told(event.params.instance_id, told(event.result.instance_id, next(iter(volume.uses), "")))
    volumes.unused(state, volume.id, named)


def _shown(volume: Volume, use: VolumeUse, state: str) -> api.AttachVolumeResult:
    return api.AttachVolumeResult(
        volume_id=volume.id, instance_id=use.instance, device=use.device, state=state,
        attach_time=UNSET if isinstance(use.since, UnsetType) else IsoMillisZ.of(use.since),
        delete_on_termination=use.delete,
    )  # fmt: skip
