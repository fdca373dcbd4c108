"""How far volumes of snapshots are read: https://docs.aws.amazon.com/ebs/latest/userguide/initalize-volume.html

Blocks of a snapshot are fetched when they are first read. Nothing reads here: a volume with a rate is done when the
rate says so, any other when somebody says that its blocks were read (`backtrail inject ec2 InitializeVolume`).
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from backtrail import Call, Event, Params, UnsetType
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_storage import Volume
from backtrail_aws.ec2.volumes import VOLUMES

_MIB = 1024  # of a GiB


class Left(msgspec.Struct, frozen=True):
    """How far a volume is, in per cent, and how many seconds it takes still, where it has a rate."""

    progress: int
    seconds: int | None


def initializing(volume: Volume, now: datetime) -> Left | None:
    """What is left to be read of a volume; None where nothing is."""
    if volume.initialized or not isinstance(volume.snapshot, str) or not volume.snapshot:
        return None
    if isinstance(volume.rate, UnsetType):
        return Left(0, None)
    if isinstance(volume.created, UnsetType) or isinstance(volume.figures.size, UnsetType):
        return None
    whole = volume.figures.size * _MIB / volume.rate
    past = (now - volume.created).total_seconds()
    return Left(int(100 * past / whole), int(whole - past) + 1) if past < whole else None


class InitializeVolume(Params):
    """All blocks of a volume were read."""

    volume: str


@service.inject
def initialize_volume(state: Ec2, call: Call[InitializeVolume]) -> None:
    """A volume that is there."""
    VOLUMES.find(state, call.params.volume)


@service.project
def volume_initialized(state: Ec2, event: Event[InitializeVolume, None]) -> None:
    """The volume is as fast as any."""
    volume = state.storage.volumes.get(event.params.volume)
    if volume is not None:
        volume.initialized = True
