"""What calls that failed tell: volumes that do not attach, instances that do not launch, images that are not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from backtrail import told
from backtrail.troubles import Blame, Failure, Finding
from backtrail_aws.ec2 import regions
from backtrail_aws.ec2.reach_parts import World

_LAUNCHES = ("RunInstances", "StartInstances", "CreateFleet", "RequestSpotInstances")


def of_failures(world: World, resource: str, failures: Sequence[Failure]) -> list[Finding]:
    """What the last failed calls about a resource say; of several of one kind the last."""
    found: dict[str, Finding] = {}
    for failure in failures:
        code = failure.error.removeprefix("Client.").removeprefix("Server.")
        rule = _RULES.get(code)
        for finding in rule(world, failure, resource) if rule is not None else ():
            found[finding.rule] = finding
    return list(found.values())


def _attach(world: World, failure: Failure, resource: str) -> Iterator[Finding]:
    """DIAG-14: a volume and its instance are in one zone, and it is free."""
    if failure.action != "AttachVolume":
        return
    volume, instance = str(failure.params.get("volumeId", "")), str(failure.params.get("instanceId", ""))
    state = world.state(world.home)
    held, machine = state.storage.volumes.get(volume), state.compute.instances.get(instance)
    there, here = held.zone if held is not None else "", machine.zone if machine is not None else ""
    code = failure.error.removeprefix("Client.")
    if code == "InvalidVolume.ZoneMismatch":
        yield Finding(
            rule="DIAG-14", symptom=f"{volume} cannot be attached to {instance}",
            cause=f"the volume is in {there}, the instance in {here}",
            fix=f"CreateSnapshot of {volume}, CreateVolume from it in {here}, AttachVolume",
            blame=[Blame(resource=volume, actions=["CreateVolume"])], event=failure.event,
        )  # fmt: skip
        return
    yield Finding(
        rule="DIAG-14", symptom=f"{volume} cannot be attached to {instance}", cause=failure.message,
        fix="detach it first, or wait until it is available", event=failure.event,
        blame=[Blame(resource=volume, actions=["AttachVolume", "RunInstances"])],
    )  # fmt: skip


def _quota(world: World, failure: Failure, resource: str) -> Iterator[Finding]:
    """DIAG-15: the account has as many as it may."""
    if failure.action in _LAUNCHES:
        yield Finding(
            rule="DIAG-15", symptom="no further instance can be launched", cause=failure.message,
            fix="RequestServiceQuotaIncrease for the instances' family, or terminate some", event=failure.event,
        )  # fmt: skip


def _subnet_full(world: World, failure: Failure, resource: str) -> Iterator[Finding]:
    yield Finding(
        rule="DIAG-15", symptom="no further instance can be launched",
        cause=f"the subnet has no free address: {failure.message}", fix="launch into another subnet",
        event=failure.event,
    )  # fmt: skip


def _capacity(world: World, failure: Failure, resource: str) -> Iterator[Finding]:
    """DIAG-18: a cluster's instances are best launched at once; DIAG-15 where there is no group."""
    placement: dict[str, Any] = failure.params.get("placement") or {}
    name = str(placement.get("groupName", ""))
    if failure.action == "StartInstances" and not name:
        name = _group_of(world, failure)
    if name:
        yield Finding(
            rule="DIAG-18", symptom=f"an instance of the placement group {name} cannot be launched",
            cause=f"no room near the others: {failure.message}",
            fix=f"stop all instances of {name}, and start them together: they come to where there is room for all",
            blame=[Blame(resource=name, actions=["CreatePlacementGroup"])], event=failure.event,
        )  # fmt: skip
    elif failure.action in _LAUNCHES:
        yield Finding(
            rule="DIAG-15", symptom="no further instance can be launched",
            cause=f"the zone is short of capacity: {failure.message}",
            fix="try another zone or another instance type, or reserve capacity", event=failure.event,
        )  # fmt: skip


def _group_of(world: World, failure: Failure) -> str:
    text = str(failure.params)
    for instance in world.state(world.home).compute.instances.values():
        if instance.id in text:
            return told(instance.placement.group_name, "")
    return ""


def _image(world: World, failure: Failure, resource: str) -> Iterator[Finding]:
    """DIAG-17: an image is of one region."""
    text = f"{failure.params} {failure.message} {resource}"
    for region in regions.REGIONS:
        if region == failure.region or (region == world.home[1] and not failure.region):
            continue
        for image in world.state((world.home[0], region)).images.images.values():
            if image.id in text and told(image.account, image.owner) == world.home[0] and image.created:
                yield Finding(
                    rule="DIAG-17", symptom=f"{image.id} is not there in {failure.region or world.home[1]}",
                    cause=f"images are of one region, and this one is of {region}",
                    fix=f"CopyImage from {region}, and launch the copy",
                    blame=[Blame(resource=image.id, actions=["CreateImage", "RegisterImage", "CopyImage"])],
                    event=failure.event,
                )  # fmt: skip
                return


_RULES: dict[str, Callable[[World, Failure, str], Iterator[Finding]]] = {
    "InvalidVolume.ZoneMismatch": _attach, "VolumeInUse": _attach, "IncorrectState": _attach,
    "AttachmentLimitExceeded": _attach, "VcpuLimitExceeded": _quota, "InstanceLimitExceeded": _quota,
    "InsufficientFreeAddressesInSubnet": _subnet_full, "InsufficientInstanceCapacity": _capacity,
    "InvalidAMIID.NotFound": _image,
}  # fmt: skip
