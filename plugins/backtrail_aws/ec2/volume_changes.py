"""Changing volumes that are there: size, type and speed; how new ones are encrypted; their status.

https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modify-volume.html,
https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec

from backtrail import UNSET, Call, Event, Refusal, UnsetType, state_at, told
from backtrail.life import Phase
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, ebs_figures, errors, filters, volumes
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_storage import Figures, Modification, Volume
from backtrail_aws.ec2.volume_initialization import initializing
from backtrail_aws.ec2.volumes import VOLUMES

CYCLE = {"modifying": Phase(seconds=5, next="optimizing"), "optimizing": Phase(seconds=60, next="completed")}
BETWEEN = timedelta(hours=6)  # ebs-modify-volume.html: after a modification, wait six hours for the next


# modify


@service.handle
def modify_volume(state: Ec2, call: Call[api.ModifyVolume]) -> api.ModifyVolumeResult:
    """Grow a volume, or give it another type or speed. It never shrinks, and rests for six hours after."""
    params = call.params
    volume = VOLUMES.find(state, params.volume_id)
    target = _target(params, volume.figures)
    old = volume.figures
    if told(target.size, 0) < told(old.size, 0):
        # evidence: page ebs-modify-volume.html ("You can only increase volume size"); words: guess
        raise errors.invalid(f"New size cannot be smaller than existing size for volume {volume.id}.")
    if (
        volume.modified is not None
        and call.pace(volume.modified.since)
        and call.time < volume.modified.since + BETWEEN
    ):
        # evidence: page errors-overview.html (VolumeModificationRateExceeded); words: guess
        raise Refusal(
            "VolumeModificationRateExceeded",
            "You've reached the maximum modification rate per volume limit. Wait at least 6 hours between "
            "modifications per EBS volume.",
        )
    modification = Modification(original=old, target=target, since=call.time)
    return api.ModifyVolumeResult(volume_modification=_shown(call, volume.id, modification, "modifying"))


def _target(params: api.ModifyVolume, old: Figures) -> Figures:
    """The figures after a modification. Raises `Refusal` where there cannot be such a volume."""
    if (
        UNSET
        == params.size
        == params.volume_type
        == params.iops
        == params.throughput
        == params.multi_attach_enabled
    ):
        # evidence: page API_ModifyVolume; words: guess
        raise errors.invalid("No modification requested: specify size, volumeType, iops or throughput.")
    kind = told(params.volume_type, told(old.kind, "gp2"))
    same = kind == old.kind
    keeps_iops = ebs_figures.RULES.get(kind, ebs_figures.RULES["gp2"]).iops is not None
    return ebs_figures.settled(
        Figures(
            kind=kind, size=told(params.size, old.size),
            iops=told(params.iops, old.iops if same and keeps_iops else UNSET),
            throughput=told(params.throughput, old.throughput if same else UNSET),
            multi_attach=told(params.multi_attach_enabled, old.multi_attach),
        )
    )  # fmt: skip


@service.project
def volume_modified(state: Ec2, event: Event[api.ModifyVolume, api.ModifyVolumeResult]) -> None:
    """The volume is as it was asked to be."""
    params = event.params
    volume = VOLUMES.known(state, event, params.volume_id)
    made = told(event.result.volume_modification, api.VolumeModification())
    old = volume.figures
    target = Figures(
        size=told(made.target_size, told(params.size, old.size)),
        kind=told(made.target_volume_type, told(params.volume_type, old.kind)),
        iops=told(made.target_iops, params.iops), throughput=told(made.target_throughput, params.throughput),
        multi_attach=told(made.target_multi_attach_enabled, told(params.multi_attach_enabled, old.multi_attach)),
    )  # fmt: skip
    volume.modified = Modification(original=old, target=target, since=event.time)
    volume.figures = msgspec.structs.replace(target)


def _state(call: Call[Any], modification: Modification) -> str:
    return state_at(CYCLE, "modifying", modification.since, call.time, pace=call.pace(modification.since))


def _shown(call: Call[Any], volume: str, held: Modification, state: str) -> api.VolumeModification:
    old, new, done = held.original, held.target, state == "completed"
    return api.VolumeModification(
        volume_id=volume, modification_state=state, progress=100 if done else 0, start_time=IsoMillisZ.of(held.since),
        end_time=IsoMillisZ.of(held.since) if done else UNSET,
        original_size=old.size, original_iops=old.iops, original_volume_type=old.kind,
        original_throughput=old.throughput, original_multi_attach_enabled=old.multi_attach,
        target_size=new.size, target_iops=new.iops, target_volume_type=new.kind, target_throughput=new.throughput,
        target_multi_attach_enabled=new.multi_attach,
    )  # fmt: skip


def _modification_fields(call: Call[Any]) -> filters.Fields[Volume]:
    """API_DescribeVolumesModifications: Filters."""

    def of(member: str, figure: str) -> Callable[[Volume], filters.Value]:
        return lambda volume: getattr(getattr(volume.modified, member), figure)

    figures = {"size": "size", "iops": "iops", "volume-type": "kind", "throughput": "throughput"}
    return {
        "modification-state": lambda volume: (
            _state(call, volume.modified) if volume.modified is not None else None
        ),
        "multi-attach-enabled": lambda volume: volume.figures.multi_attach,
        "start-time": lambda volume: volume.modified and str(IsoMillisZ.of(volume.modified.since).written()),
        "volume-id": lambda volume: volume.id,
        **{f"original-{name}": of("original", figure) for name, figure in figures.items()},
        **{f"target-{name}": of("target", figure) for name, figure in figures.items()},
    }


@service.read
def describe_volumes_modifications(
    state: Ec2, call: Call[api.DescribeVolumesModifications]
) -> api.DescribeVolumesModificationsResult:
    """The last modification of each volume that had one."""
    wanted = told(call.params.volume_ids, [])
    named = VOLUMES.find_all(state, wanted) if wanted else state.storage.volumes.values()
    if lost := [one.id for one in named if wanted and one.modified is None]:
        # evidence: page errors-overview.html (InvalidVolumeModification.NotFound); words: guess
        raise Refusal(
            "InvalidVolumeModification.NotFound", f"Modification for volume '{lost[0]}' does not exist."
        )
    found = {one.id: one for one in named if one.modified is not None}
    page = filters.paged(
        call, found, filters.matching(call.params.filters, _modification_fields(call)), bounds=(1, 500)
    )
    return api.DescribeVolumesModificationsResult(
        volumes_modifications=[
            _shown(call, one.id, one.modified, _state(call, one.modified))
            for one in page.items
            if one.modified is not None
        ],
        next_token=page.next or UNSET,
    )


# status and attributes


@service.read
def describe_volume_status(
    state: Ec2, call: Call[api.DescribeVolumeStatus]
) -> api.DescribeVolumeStatusResult:
    """Volumes are well; of one that was made of a snapshot it tells how far it is read."""
    page = filters.described(
        state, call, VOLUMES, call.params.volume_ids, _STATUS, alone="volumeSet", bounds=(5, 1000)
    )
    return api.DescribeVolumeStatusResult(
        volume_statuses=[_status_shown(call, one) for one in page.items],
        next_token=page.next or UNSET,
    )


def _status_shown(call: Call[Any], volume: Volume) -> api.VolumeStatusItem:
    left = initializing(volume, call.time)
    performance = "normal" if volume.figures.kind in ("io1", "io2") else "not-applicable"
    reading: api.InitializationStatusDetails | UnsetType = UNSET
    if isinstance(volume.snapshot, str) and volume.snapshot:
        rated = not isinstance(volume.rate, UnsetType)
        reading = api.InitializationStatusDetails(
            initialization_type="provisioned-rate" if rated else "default",
            progress=100 if left is None else left.progress,
            estimated_time_to_complete_in_seconds=(left.seconds or 0 if left is not None else 0)
            if rated
            else UNSET,
        )
    return api.VolumeStatusItem(
        volume_id=volume.id, availability_zone=volume.zone, availability_zone_id=volume.zone_id, actions=[], events=[],
        initialization_status_details=reading,
        volume_status=api.VolumeStatusInfo(
            status="ok",
            details=[
                api.VolumeStatusDetails(name="io-enabled", status="passed"),
                api.VolumeStatusDetails(name="io-performance", status=performance),
                *([] if isinstance(reading, UnsetType) else [
                    api.VolumeStatusDetails(
                        name="initialization-state", status="completed" if left is None else "initializing"
                    )
                ]),
            ],
        ),
    )  # fmt: skip


_STATUS: filters.Fields[Volume] = {
    "action.code": lambda volume: None,
    "action.description": lambda volume: None,
    "action.event-id": lambda volume: None,
    "availability-zone": lambda volume: volume.zone,
    "event.description": lambda volume: None,
    "event.event-id": lambda volume: None,
    "event.event-type": lambda volume: None,
    "event.not-after": lambda volume: None,
    "event.not-before": lambda volume: None,
    "volume-status.details-name": lambda volume: ["io-enabled", "io-performance", "initialization-state"],
    "volume-status.details-status": lambda volume: ["passed"],
    "volume-status.status": lambda volume: "ok",
}
"""API_DescribeVolumeStatus: Filters."""


@service.read
def describe_volume_attribute(
    state: Ec2, call: Call[api.DescribeVolumeAttribute]
) -> api.DescribeVolumeAttributeResult:
    """Whether I/O goes on by itself, or the product codes (there are none)."""
    volume = VOLUMES.find(state, call.params.volume_id)
    if call.params.attribute == "productCodes":
        return api.DescribeVolumeAttributeResult(volume_id=volume.id, product_codes=[])
    if call.params.attribute != "autoEnableIO":
        # evidence: guess
        raise errors.invalid(
            f"Value ({told(call.params.attribute, '')}) for parameter attribute is invalid. Unknown attribute."
        )
    return api.DescribeVolumeAttributeResult(
        volume_id=volume.id, auto_enable_io=api.AttributeBooleanValue(value=volume.auto_io)
    )


@service.handle
def modify_volume_attribute(state: Ec2, call: Call[api.ModifyVolumeAttribute]) -> None:
    """Let I/O go on by itself after trouble, or not."""
    VOLUMES.find(state, call.params.volume_id)


@service.project
def volume_attribute_modified(state: Ec2, event: Event[api.ModifyVolumeAttribute, None]) -> None:
    """It does, or does not."""
    volume = VOLUMES.known(state, event, event.params.volume_id)
    volume.auto_io = told(told(event.params.auto_enable_io, api.AttributeBooleanValue()).value, False)


@service.handle
def enable_volume_io(state: Ec2, call: Call[api.EnableVolumeIO]) -> None:
    """I/O of a volume is never stopped here, so there is nothing to enable."""
    VOLUMES.find(state, call.params.volume_id)


@service.project
def volume_io_enabled(state: Ec2, event: Event[api.EnableVolumeIO, None]) -> None:
    """The volume is known to be there."""
    VOLUMES.known(state, event, event.params.volume_id)


# encryption by default


@service.read
def get_ebs_encryption_by_default(
    state: Ec2, call: Call[api.GetEbsEncryptionByDefault]
) -> api.GetEbsEncryptionByDefaultResult:
    """Whether new volumes are encrypted without being asked."""
    return api.GetEbsEncryptionByDefaultResult(
        ebs_encryption_by_default=state.storage.encrypts, sse_type="none"
    )


@service.handle
def enable_ebs_encryption_by_default(
    state: Ec2, call: Call[api.EnableEbsEncryptionByDefault]
) -> api.EnableEbsEncryptionByDefaultResult:
    """New volumes are encrypted from now on."""
    return api.EnableEbsEncryptionByDefaultResult(ebs_encryption_by_default=True)


@service.project
def ebs_encryption_enabled(
    state: Ec2, event: Event[api.EnableEbsEncryptionByDefault, api.EnableEbsEncryptionByDefaultResult]
) -> None:
    """They are."""
    state.storage.encrypts = True


@service.handle
def disable_ebs_encryption_by_default(
    state: Ec2, call: Call[api.DisableEbsEncryptionByDefault]
) -> api.DisableEbsEncryptionByDefaultResult:
    """New volumes are encrypted only when asked for."""
    return api.DisableEbsEncryptionByDefaultResult(ebs_encryption_by_default=False)


@service.project
def ebs_encryption_disabled(
    state: Ec2, event: Event[api.DisableEbsEncryptionByDefault, api.DisableEbsEncryptionByDefaultResult]
) -> None:
    """They are not."""
    state.storage.encrypts = False


@service.read
def get_ebs_default_kms_key_id(
    state: Ec2, call: Call[api.GetEbsDefaultKmsKeyId]
) -> api.GetEbsDefaultKmsKeyIdResult:
    """The key that encrypts by default."""
    return api.GetEbsDefaultKmsKeyIdResult(
        kms_key_id=told(state.storage.default_key, volumes.DEFAULT_KEY_ALIAS)
    )


@service.handle
def modify_ebs_default_kms_key_id(
    state: Ec2, call: Call[api.ModifyEbsDefaultKmsKeyId]
) -> api.ModifyEbsDefaultKmsKeyIdResult:
    """Another key encrypts by default."""
    return api.ModifyEbsDefaultKmsKeyIdResult(kms_key_id=volumes.key_arn(call, call.params.kms_key_id))


@service.project
def ebs_default_key_modified(
    state: Ec2, event: Event[api.ModifyEbsDefaultKmsKeyId, api.ModifyEbsDefaultKmsKeyIdResult]
) -> None:
    """This one."""
    state.storage.default_key = told(event.result.kms_key_id, event.params.kms_key_id)


@service.handle
def reset_ebs_default_kms_key_id(
    state: Ec2, call: Call[api.ResetEbsDefaultKmsKeyId]
) -> api.ResetEbsDefaultKmsKeyIdResult:
    """AWS's own key encrypts by default again."""
    return api.ResetEbsDefaultKmsKeyIdResult(kms_key_id=volumes.DEFAULT_KEY_ALIAS)


@service.project
def ebs_default_key_reset(
    state: Ec2, event: Event[api.ResetEbsDefaultKmsKeyId, api.ResetEbsDefaultKmsKeyIdResult]
) -> None:
    """It does."""
    state.storage.default_key = UNSET
