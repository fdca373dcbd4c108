"""Volumes: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volumes.html"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from backtrail import UNSET, Call, Event, Refusal, UnsetType, ids, state_at, told
from backtrail.life import Phase
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, ebs_figures, errors, filters, limits, regions, snapshots, tags
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_storage import Figures, Volume, VolumeUse

CYCLE = {"creating": Phase(seconds=3, next="available")}
DEFAULT_KEY_ALIAS = "alias/aws/ebs"


class _Volumes(Kind[Volume]):
    """Volumes word an id of the wrong form unlike others."""

    def find_all(self, state: Ec2, identifiers: Iterable[str]) -> list[Volume]:
        """The volumes of some ids."""
        wanted = list(identifiers)
        for one in wanted:
            if not self.fits(one) and one not in state.storage.volumes:
                # evidence: record denied-calls DeleteVolume
                raise errors.invalid(f"The volume ID '{one}' is malformed")
        if lost := [one for one in wanted if one not in state.storage.volumes]:
            raise not_found(lost)
        return super().find_all(state, wanted)


VOLUMES = _Volumes(
    "volume", "vol", Volume, lambda state: state.storage.volumes, code="InvalidVolume.NotFound", noun="volume",
    cloudformation="AWS::EC2::Volume", parameters=("volume_id", "volume_ids"), created_by=("CreateVolume",),
    parent=lambda volume: next(iter(volume.uses), None),
)  # fmt: skip


def not_found(identifiers: list[str]) -> Refusal:
    """Volumes that are not there."""
    # evidence: page errors-overview.html; words: guess (the plural: guess)
    if len(identifiers) == 1:
        return Refusal("InvalidVolume.NotFound", f"The volume '{identifiers[0]}' does not exist.")
    return Refusal("InvalidVolume.NotFound", f"The volumes '{', '.join(identifiers)}' do not exist.")


# create


@service.handle(token="client_token")
def create_volume(state: Ec2, call: Call[api.CreateVolume]) -> api.CreateVolumeResult:
    """A volume in a zone, empty or with what a snapshot has."""
    params = call.params
    tags.check_new(params.tag_specifications, "volume")
    zone = _zone(call)
    source, kms_key, encrypted = None, params.kms_key_id, params.encrypted
    if isinstance(params.snapshot_id, str):
        source = snapshots.usable(state, call, params.snapshot_id)
        if told(source.encrypted, False):
            encrypted, kms_key = True, told(kms_key, source.kms_key)
    elif isinstance(params.size, UnsetType):
        # evidence: page API_CreateVolume ("You must specify either a snapshot ID or a volume size"); words: guess
        raise Refusal("MissingParameter", "The request must contain the parameter size or snapshotId")
    figures = ebs_figures.settled(
        Figures(
            kind=params.volume_type, size=told(params.size, source.size if source else UNSET), iops=params.iops,
            throughput=params.throughput, multi_attach=params.multi_attach_enabled,
        )
    )  # fmt: skip
    if source is not None:
        check_fits(told(figures.size, 0), source.id, source.size)
    if len(state.storage.volumes) >= call.quota("volumes", limits.VOLUMES_MAX):
        raise errors.limit("VolumeLimitExceeded", "volumes")
    encrypted, key = encryption(state, call, encrypted, kms_key)
    given = tags.given(params.tag_specifications, "volume")
    volume = Volume(
        id=call.new_id("vol"), tags=given, figures=figures, zone=zone.name, zone_id=zone.id, encrypted=encrypted,
        kms_key=key, snapshot=told(params.snapshot_id, ""), created=call.time, rate=params.volume_initialization_rate,
    )  # fmt: skip
    made = shown(call, volume, "creating")
    return api.CreateVolumeResult(**{name: getattr(made, name) for name in made.__struct_fields__})


def _zone(call: Call[api.CreateVolume]) -> regions.Zone:
    name = told(call.params.availability_zone, told(call.params.availability_zone_id, ""))
    if not name:
        raise errors.missing("AvailabilityZone")
    found = regions.zone(call.region, name)
    if found is None:
        raise no_zone(name)
    return found


def no_zone(name: str) -> Refusal:
    """A zone that the region does not have."""
    # evidence: page errors-overview.html; words: guess
    return Refusal("InvalidZone.NotFound", f"The zone '{name}' does not exist.")


def check_fits(size: int, snapshot: str, needed: int | UnsetType) -> None:
    """Refuse a volume that is smaller than its snapshot."""
    if size < told(needed, 0):
        # evidence: page API_CreateVolume; words: guess
        raise errors.invalid(
            f"Volume of size {size}GB is smaller than snapshot '{snapshot}', expect size >= {needed}GB"
        )


def encryption(
    state: Ec2, call: Call[Any], encrypted: bool | UnsetType, key: str | UnsetType
) -> tuple[bool, str | UnsetType]:
    """Whether a new volume is encrypted, and by which key: as asked, or as the region does it by default."""
    if not isinstance(key, UnsetType) and encrypted is False:
        # evidence: page API_CreateVolume ("If KmsKeyId is specified, the encrypted state must be true"); words: guess
        raise errors.combination("The parameter KmsKeyId requires the parameter Encrypted to be set.")
    wanted = encrypted is True or not isinstance(key, UnsetType) or state.storage.encrypts
    if not wanted:
        return False, UNSET
    return True, key_arn(call, told(key, told(state.storage.default_key, DEFAULT_KEY_ALIAS)))


def key_arn(call: Call[Any], key: str) -> str:
    """The ARN of a KMS key that is named by its id, alias or ARN; AWS's own key for EBS has one for each account."""
    if key == DEFAULT_KEY_ALIAS:
        return call.arn("kms", f"key/{ids.new_id(f'{call.account}/{call.region}', 'uuid', key)}")
    if key.startswith("arn:"):
        return key
    return call.arn("kms", key if key.startswith("alias/") else f"key/{key}")


@service.project
def volume_created(state: Ec2, event: Event[api.CreateVolume, api.CreateVolumeResult]) -> None:
    """There is the volume."""
    made, params = event.result, event.params
    if isinstance(made.volume_id, UnsetType):
        return
    volume = Volume(
        id=made.volume_id, tags=tags.given(params.tag_specifications, "volume"),
        figures=Figures(
            size=told(made.size, params.size), kind=told(made.volume_type, told(params.volume_type, "gp2")),
            iops=told(made.iops, params.iops), throughput=told(made.throughput, params.throughput),
            multi_attach=told(made.multi_attach_enabled, params.multi_attach_enabled),
        ),
        zone=told(made.availability_zone, params.availability_zone), zone_id=made.availability_zone_id,
        encrypted=told(made.encrypted, params.encrypted), kms_key=told(made.kms_key_id, params.kms_key_id),
        snapshot=told(made.snapshot_id, params.snapshot_id), created=event.time, rate=params.volume_initialization_rate,
    )  # fmt: skip
    put(state, event, volume)


def put(state: Ec2, event: Event[Any, Any], volume: Volume) -> None:
    """In a fold: there is this volume."""
    volume.arn = VOLUMES.arn(event, volume.id)
    state.storage.volumes[volume.id] = volume


# delete


@service.handle
def delete_volume(state: Ec2, call: Call[api.DeleteVolume]) -> None:
    """Refuse while it is attached."""
    volume = VOLUMES.find(state, call.params.volume_id)
    if volume.uses:
        # evidence: page errors-overview.html; words: guess
        raise Refusal("VolumeInUse", f"Volume {volume.id} is currently attached to {next(iter(volume.uses))}")


@service.project
def volume_deleted(state: Ec2, event: Event[api.DeleteVolume, None]) -> None:
    """The volume is gone."""
    remove(state, event.params.volume_id)


@service.evidence
def volume_was_gone(state: Ec2, event: Event[api.DeleteVolume, None]) -> None:
    """A volume that could not be deleted because it is not there is not there."""
    if event.error == "Client.InvalidVolume.NotFound":
        remove(state, event.params.volume_id)


def remove(state: Ec2, identifier: str) -> None:
    """In a fold: a volume is gone, and attached to nothing."""
    volume = state.storage.volumes.pop(identifier, None)
    for instance in list(volume.uses) if volume is not None else []:
        unused(state, identifier, instance)


# attachments, for all who make them


def used(state: Ec2, volume: Volume, use: VolumeUse) -> None:
    """In a fold: a volume is attached."""
    volume.uses[use.instance] = use
    state.compute.devices.setdefault(use.instance, {})[use.device] = volume.id


def unused(state: Ec2, identifier: str, instance: str) -> None:
    """In a fold: a volume is not attached to an instance any more."""
    volume = state.storage.volumes.get(identifier)
    if volume is not None:
        volume.uses.pop(instance, None)
    devices = state.compute.devices.get(instance, {})
    for device in [device for device, held in devices.items() if held == identifier]:
        del devices[device]
    if not devices:
        state.compute.devices.pop(instance, None)


def of_instance(state: Ec2, instance: str) -> list[Volume]:
    """An instance's volumes, in the order of their devices."""
    devices = state.compute.devices.get(instance, {})
    held = state.storage.volumes
    return [held[devices[device]] for device in sorted(devices) if devices[device] in held]


# describe


def state_of(call: Call[Any], volume: Volume) -> str:
    """`creating` for a moment, then `in-use` or `available`."""
    if volume.uses:
        return "in-use"
    if isinstance(volume.created, UnsetType):
        return "available"
    return state_at(CYCLE, "creating", volume.created, call.time, pace=call.pace(volume.created))


def _fields(call: Call[Any]) -> filters.Fields[Volume]:
    """API_DescribeVolumes: Filters."""
    return {
        "attachment.attach-time": lambda volume: [_time(one.since) for one in volume.uses.values()],
        "attachment.delete-on-termination": lambda volume: [
            str(one.delete).lower() for one in volume.uses.values()
        ],
        "attachment.device": lambda volume: [one.device for one in volume.uses.values()],
        "attachment.instance-id": lambda volume: list(volume.uses),
        "attachment.status": lambda volume: "attached" if volume.uses else None,
        "availability-zone": lambda volume: volume.zone,
        "availability-zone-id": lambda volume: volume.zone_id,
        "create-time": lambda volume: _time(volume.created),
        "encrypted": lambda volume: volume.encrypted,
        "fast-restored": lambda volume: False,
        "multi-attach-enabled": lambda volume: volume.figures.multi_attach,
        "operator.managed": lambda volume: False,
        "operator.principal": lambda volume: None,
        "size": lambda volume: volume.figures.size,
        "snapshot-id": lambda volume: volume.snapshot,
        "status": lambda volume: state_of(call, volume),
        "volume-id": lambda volume: volume.id,
        "volume-type": lambda volume: volume.figures.kind,
    }


def _time(time: Any) -> str | UnsetType:
    return UNSET if isinstance(time, UnsetType) else str(IsoMillisZ.of(time).written())


@service.read
def describe_volumes(state: Ec2, call: Call[api.DescribeVolumes]) -> api.DescribeVolumesResult:
    """Volumes in the order of their ids."""
    page = filters.described(
        state, call, VOLUMES, call.params.volume_ids, _fields(call), alone="volumeSet", bounds=(1, 1000)
    )
    return api.DescribeVolumesResult(
        volumes=[shown(call, one, state_of(call, one)) for one in page.items], next_token=page.next or UNSET
    )


def shown(call: Call[Any], volume: Volume, state: str) -> api.Volume:
    """A volume as answers show it."""
    figures = volume.figures
    return api.Volume(
        volume_id=volume.id, size=figures.size, snapshot_id=volume.snapshot, availability_zone=volume.zone,
        availability_zone_id=volume.zone_id, state=state, encrypted=volume.encrypted, kms_key_id=volume.kms_key,
        create_time=UNSET if isinstance(volume.created, UnsetType) else IsoMillisZ.of(volume.created),
        attachments=[attachment_shown(volume, one) for one in volume.uses.values()], iops=figures.iops,
        volume_type=figures.kind, throughput=figures.throughput, multi_attach_enabled=figures.multi_attach,
        tags=tags.shown(volume.tags) or UNSET, operator=api.OperatorResponse(managed=False),
        volume_initialization_rate=volume.rate,
    )  # fmt: skip


def attachment_shown(volume: Volume, use: VolumeUse, state: str = "attached") -> api.VolumeAttachment:
    """An attachment as answers show it."""
    return api.VolumeAttachment(
        volume_id=volume.id, instance_id=use.instance, device=use.device, state=state, delete_on_termination=use.delete,
        attach_time=UNSET if isinstance(use.since, UnsetType) else IsoMillisZ.of(use.since),
    )  # fmt: skip
