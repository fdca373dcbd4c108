"""Spot requests and fleets; reserved instances; dedicated hosts."""

from __future__ import annotations

from datetime import datetime

import msgspec

from backtrail import UNSET, SortedMap, UnsetType
from backtrail_aws.ec2 import api
from backtrail_aws.ec2.held import Held


class SpotRequest(Held):
    """A request for one spot instance. `state`: open, active, closed, cancelled, failed; `status` its code.

    `launch` is what is launched, where the request did not come of a launch itself. `ends` is when its instance will be
    interrupted, where it was told so.
    """

    kind: str = "one-time"
    state: str = "open"
    status: str = "pending-evaluation"
    updated: datetime | UnsetType = UNSET
    created: datetime | UnsetType = UNSET
    price: str | UnsetType = UNSET
    behavior: str = "terminate"
    valid_from: datetime | UnsetType = UNSET
    valid_until: datetime | UnsetType = UNSET
    instance: str | UnsetType = UNSET
    group: str | UnsetType = UNSET
    zone: str | UnsetType = UNSET
    product: str = "Linux/UNIX"
    launch: api.RequestSpotLaunchSpecification | UnsetType = UNSET
    ends: datetime | UnsetType = UNSET


class FleetEvent(msgspec.Struct, kw_only=True):
    """Something that happened to a fleet: its type, subtype and text."""

    time: datetime
    type: str
    subtype: str
    text: str
    instance: str | UnsetType = UNSET


class Fleet(Held):
    """An EC2 fleet. `errors` tell why instances could not be launched."""

    kind: str = "maintain"
    state: str = "submitted"
    created: datetime | UnsetType = UNSET
    request: api.CreateFleet | UnsetType = UNSET
    target: api.TargetCapacitySpecificationRequest = msgspec.field(
        default_factory=lambda: api.TargetCapacitySpecificationRequest(total_target_capacity=0)
    )
    excess: str = "termination"
    errors: list[api.CreateFleetError] = []
    history: list[FleetEvent] = []


class SpotFleet(Held):
    """A spot fleet request, as CreateFleet was before CreateFleet."""

    state: str = "submitted"
    created: datetime | UnsetType = UNSET
    config: api.SpotFleetRequestConfigData | UnsetType = UNSET
    target: int = 0
    on_demand: int = 0
    history: list[FleetEvent] = []


class Reserved(Held):
    """Reserved instances that were bought."""

    offering: str
    count: int
    start: datetime
    scope: str = "Region"


class Host(Held):
    """A dedicated host."""

    zone: str | UnsetType = UNSET
    zone_id: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    family: str | UnsetType = UNSET
    auto_placement: str = "off"
    recovery: str = "off"
    maintenance: str = "off"
    allocated: datetime | UnsetType = UNSET
    released: datetime | UnsetType = UNSET


class Fleets(msgspec.Struct, kw_only=True):
    """A region's spot requests and fleets, and what is reserved and dedicated in it.

    `members` are the instances that were launched for a fleet, by its id, the terminated ones too. `due` are the
    interruptions to come, by time: requests' ids.
    """

    spot: SortedMap[str, SpotRequest] = msgspec.field(default_factory=SortedMap[str, SpotRequest])
    fleets: SortedMap[str, Fleet] = msgspec.field(default_factory=SortedMap[str, Fleet])
    spot_fleets: SortedMap[str, SpotFleet] = msgspec.field(default_factory=SortedMap[str, SpotFleet])
    reserved: SortedMap[str, Reserved] = msgspec.field(default_factory=SortedMap[str, Reserved])
    hosts: SortedMap[str, Host] = msgspec.field(default_factory=SortedMap[str, Host])
    members: dict[str, list[str]] = {}
    due: SortedMap[str, str] = msgspec.field(default_factory=SortedMap[str, str])
