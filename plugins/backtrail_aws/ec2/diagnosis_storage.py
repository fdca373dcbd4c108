"""What is wrong with a volume: blocks that nobody read yet, I/O that its instance cannot do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backtrail import told
from backtrail.troubles import Blame, Finding
from backtrail_aws.ec2 import type_data, volumes
from backtrail_aws.ec2.reach_parts import World
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_storage import Volume
from backtrail_aws.ec2.volume_initialization import initializing

_PROVISIONED = ("io1", "io2")


def of_volume(world: World, resource: str, ports: Sequence[int]) -> Iterator[Finding]:
    """DIAG-29 and 30, of a volume."""
    state = world.state(world.home)
    volume = state.storage.volumes.get(resource)
    if volume is not None:
        yield from _slow(world, volume)
        for instance in volume.uses:
            yield from _starved(state, volume, instance)


def of_disks(world: World, instance: str) -> Iterator[Finding]:
    """DIAG-30, of all volumes of an instance."""
    state = world.state(world.home)
    for volume in volumes.of_instance(state, instance):
        yield from _starved(state, volume, instance)


def _slow(world: World, volume: Volume) -> Iterator[Finding]:
    """Blocks of a snapshot are fetched when they are first read: ebs/latest/userguide/initalize-volume.html"""
    left = initializing(volume, world.time)
    if left is not None:
        yield Finding(
            rule="DIAG-29", symptom=f"{volume.id} is slow",
            cause=f"it was made of {volume.snapshot}, and {100 - left.progress} % of its blocks were not read yet",
            fix="read all of its blocks once; or make it anew with VolumeInitializationRate, or with fast restore of "
            "its snapshot",
            blame=[Blame(resource=volume.id, actions=["CreateVolume", "RunInstances"])],
        )  # fmt: skip


def _starved(state: Ec2, volume: Volume, name: str) -> Iterator[Finding]:
    """Provisioned IOPS take an instance that is EBS-optimized: ebs/latest/userguide/ebs-optimization.html"""
    instance = state.compute.instances.get(name)
    if instance is None or volume.figures.kind not in _PROVISIONED or instance.ebs_optimized is not False:
        return
    kind = type_data.types().get(told(instance.type, ""))
    if kind is not None and kind.ebs_optimized == "default":
        return
    able = kind is not None and kind.ebs_optimized == "supported"
    yield Finding(
        rule="DIAG-30", symptom=f"{volume.id} does not reach its {volume.figures.iops} IOPS",
        cause=f"{name} ({told(instance.type, '')}) is not EBS-optimized",
        fix=f"StopInstances, ModifyInstanceAttribute EbsOptimized of {name}, StartInstances" if able
        else "a larger instance type, which is EBS-optimized",
        blame=[
            Blame(resource=name, actions=["ModifyInstanceAttribute", "RunInstances"]),
            Blame(resource=volume.id, actions=["AttachVolume", "ModifyVolume", "CreateVolume"]),
        ],
    )  # fmt: skip
