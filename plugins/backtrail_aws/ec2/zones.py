"""Regions and zones, as an account sees them.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html
"""

from __future__ import annotations

from backtrail import Call, Refusal, told
from backtrail_aws.ec2 import api, errors, filters, regions
from backtrail_aws.ec2.regions import Region, Zone
from backtrail_aws.ec2.state import Ec2, service

_NOT_NEEDED, _OPTED_IN, _NOT_OPTED_IN = "opt-in-not-required", "opted-in", "not-opted-in"


def _endpoint(region: Region) -> str:
    return f"ec2.{region.name}.amazonaws.com"


def _status(region: Region) -> str:
    return _NOT_OPTED_IN if region.opt_in else _NOT_NEEDED


_REGION_FIELDS: filters.Fields[Region] = {
    "endpoint": _endpoint,
    "opt-in-status": _status,
    "region-name": lambda region: region.name,
}
"""API_DescribeRegions: Filters."""


@service.read
def describe_regions(state: Ec2, call: Call[api.DescribeRegions]) -> api.DescribeRegionsResult:
    """The regions that are enabled; with AllRegions, or by name, also those that nobody opted in to."""
    named = told(call.params.region_names, [])
    for name in named:
        if name not in regions.REGIONS and name != call.region:
            # evidence: page errors-overview.html; words: guess
            raise errors.invalid(f"Invalid region specified: {name}")
    keep = filters.matching(call.params.filters, _REGION_FIELDS)
    every = call.params.all_regions is True
    found = [
        region
        for region in {**regions.REGIONS, call.region: regions.of(call.region)}.values()
        if (region.name in named if named else every or not region.opt_in or region.name == call.region)
        and (keep is None or keep(region))
    ]
    return api.DescribeRegionsResult(
        regions=[
            api.Region(
                region_name=one.name, endpoint=_endpoint(one),
                opt_in_status=_OPTED_IN if one.opt_in and one.name == call.region else _status(one),
            )
            for one in sorted(found, key=lambda one: one.name)
        ]
    )  # fmt: skip


@service.read
def describe_availability_zones(
    state: Ec2, call: Call[api.DescribeAvailabilityZones]
) -> api.DescribeAvailabilityZonesResult:
    """The zones of the region."""
    region = regions.of(call.region)
    for name in (*told(call.params.zone_names, []), *told(call.params.zone_ids, [])):
        if regions.zone(call.region, name) is None:
            # evidence: page errors-overview.html; words: guess
            raise Refusal("InvalidParameterValue", f"Invalid availability zone: [{name}]")
    wanted = {*told(call.params.zone_names, []), *told(call.params.zone_ids, [])}
    keep = filters.matching(call.params.filters, _zone_fields(state, region))
    return api.DescribeAvailabilityZonesResult(
        availability_zones=[
            _shown(region, zone, _zone_state(state, zone))
            for zone in region.zones
            if (not wanted or {zone.name, zone.id} & wanted) and (keep is None or keep(zone))
        ]
    )


def _zone_state(state: Ec2, zone: Zone) -> str:
    """`available`, unless a fault took the zone down."""
    return "unavailable" if zone.name in state.watching.zones_down else "available"


def _zone_fields(state: Ec2, region: Region) -> filters.Fields[Zone]:
    """API_DescribeAvailabilityZones: Filters."""
    return {
        "group-name": lambda zone: f"{region.name}-zg-1",
        "message": lambda zone: None,
        "opt-in-status": lambda zone: _NOT_NEEDED,
        "parent-zone-id": lambda zone: None,
        "parent-zone-name": lambda zone: None,
        "region-name": lambda zone: region.name,
        "state": lambda zone: _zone_state(state, zone),
        "zone-id": lambda zone: zone.id,
        "zone-name": lambda zone: zone.name,
        "zone-type": lambda zone: "availability-zone",
    }


def _shown(region: Region, zone: Zone, state: str) -> api.AvailabilityZone:
    return api.AvailabilityZone(
        opt_in_status=_NOT_NEEDED, messages=[], region_name=region.name, zone_name=zone.name, zone_id=zone.id,
        group_name=f"{region.name}-zg-1", network_border_group=region.name, zone_type="availability-zone",
        state=state,
    )  # fmt: skip
