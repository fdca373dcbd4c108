"""In folds: what happens to an instance, and to what it has, when it stops, starts and ends."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backtrail import UNSET, Event, UnsetType, told
from backtrail_aws.ec2 import interfaces, spot_launches, volumes
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_addresses import Mapped
from backtrail_aws.ec2.state_compute import Instance

BY_USER = ("Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown")
HIBERNATED = ("Client.UserInitiatedHibernate", "Client.UserInitiatedHibernate: User initiated hibernate")
BY_PRICE = ("Server.SpotInstanceTermination", "Server.SpotInstanceTermination: Spot instance termination")
STOPPED_BY_PRICE = ("Server.SpotInstanceShutdown", "Server.SpotInstanceShutdown: Spot instance shutdown")
"""API_StateReason"""


def reason(what: str, time: datetime) -> str:
    """`User initiated (2024-01-01 00:00:00 GMT)`"""
    return f"{what} ({time:%Y-%m-%d %H:%M:%S} GMT)"


def _count(instance: Instance, now: datetime) -> None:
    """The seconds that it ran until now, which are what it costs."""
    if instance.state in ("pending", "running") and not isinstance(instance.launched, UnsetType):
        instance.ran_s += max(0.0, (now - instance.launched).total_seconds())


def stopped(
    state: Ec2,
    event: Event[Any, Any],
    instance: Instance,
    cause: tuple[str, str] = BY_USER,
    text: str = "User initiated",
) -> None:
    """It stops: its public address is lost, an elastic IP is kept; the disks of its host are wiped."""
    _count(instance, event.time)
    instance.state, instance.since, instance.cause = "stopping", event.time, cause
    instance.reason = reason(text, event.time)
    instance.data += 1
    for interface in interfaces.of_instance(state, instance.id):
        for private in interface.private_ips:
            if not isinstance(private.public, UnsetType) and isinstance(private.public.allocation, UnsetType):
                private.public = UNSET
    request = state.fleets.spot.get(told(instance.spot_request, ""))
    if request is not None:
        spot_launches.forget_end(state, request)
    if request is not None and request.state == "active":
        request.state, request.status, request.updated = "disabled", "instance-stopped-by-user", event.time


def started(state: Ec2, event: Event[Any, Any], instance: Instance, public: str | UnsetType) -> None:
    """It starts: with a new public address, where it had one of Amazon's before."""
    instance.state, instance.since, instance.cause, instance.reason = (
        "pending",
        event.time,
        ("pending", "pending"),
        "",
    )
    instance.launched = event.time
    held = interfaces.of_instance(state, instance.id)
    primary = held[0].primary if held else None
    if isinstance(public, str) and primary is not None and isinstance(primary.public, UnsetType):
        primary.public = Mapped(ip=public)
    request = state.fleets.spot.get(told(instance.spot_request, ""))
    if request is not None and request.state == "disabled":
        request.state, request.status, request.updated = "active", "fulfilled", event.time


def ended(
    state: Ec2, event: Event[Any, Any], instance: Instance, cause: tuple[str, str] = BY_USER,
    text: str = "User initiated",
    spot: str = "instance-terminated-by-user",
) -> None:  # fmt: skip
    """It is terminated: interfaces and volumes that go with it are gone, the others are free."""
    _count(instance, event.time)
    instance.state, instance.since, instance.cause = "shutting-down", event.time, cause
    instance.reason = reason(text, event.time)
    state.compute.ended.pop(instance.id, None)
    state.compute.ended[instance.id] = event.time
    for interface in interfaces.of_instance(state, instance.id):
        goes = not isinstance(interface.attachment, UnsetType) and interface.attachment.delete_on_termination
        for private in interface.private_ips:
            if not isinstance(private.public, UnsetType) and isinstance(private.public.allocation, UnsetType):
                private.public = UNSET
        if goes:
            interfaces.drop(state, interface.id)
        else:
            interfaces.detach(state, interface)
    for volume in volumes.of_instance(state, instance.id):
        goes = volume.uses[instance.id].delete
        volumes.unused(state, volume.id, instance.id)
        if goes and not volume.uses:
            state.storage.volumes.pop(volume.id, None)
    if instance.profile is not None and isinstance(instance.profile.association, str):
        state.compute.profiles.pop(instance.profile.association, None)
    spot_launches.over(state, event, instance, spot)
