"""Which instance types there are, and where: https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-types.html"""

from __future__ import annotations

from backtrail import UNSET, Call, Refusal, told
from backtrail_aws.ec2 import api, errors, filters, regions, type_data
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.type_data import Type

_SCARCE = ("g5g", "g6", "inf2", "p3", "p4d", "p5", "trn1", "x2idn")
"""Families that no region has in all its zones. (In which zones differs by region; here the last has none.)"""


def offered(region: str, zone: str, kind: Type) -> bool:
    """Whether a zone offers a type."""
    zones = regions.of(region).zones
    return kind.family not in _SCARCE or zone not in (zones[-1].name, zones[-1].id)


def unsupported(region: str, zone: str, kind: Type) -> Refusal:
    """A zone does not offer a type."""
    others = [one.name for one in regions.of(region).zones if offered(region, one.name, kind)]
    # evidence: page errors-overview.html (Unsupported); words: guess
    return Refusal(
        "Unsupported",
        f"Your requested instance type ({kind.name}) is not supported in your requested Availability Zone ({zone}). "
        "Please retry your request by not specifying an Availability Zone or choosing "
        f"{', '.join(others)}.",
    )


@service.read
def describe_instance_type_offerings(
    state: Ec2, call: Call[api.DescribeInstanceTypeOfferings]
) -> api.DescribeInstanceTypeOfferingsResult:
    """Types, and where they are offered: in the region, or in which zones."""
    params = call.params
    location = told(params.location_type, "region")
    if location not in ("region", "availability-zone", "availability-zone-id", "outpost"):
        # evidence: page API_DescribeInstanceTypeOfferings; words: guess
        raise errors.invalid(f"Invalid value '{location}' for LocationType.")
    held = {
        f"{one.instance_type}/{one.location}": one
        for kind in type_data.types().values()
        for one in _offerings(call.region, location, kind)
    }
    page = filters.paged(call, held, filters.matching(params.filters, _FIELDS), bounds=(5, 1000))
    return api.DescribeInstanceTypeOfferingsResult(
        instance_type_offerings=page.items, next_token=page.next or UNSET
    )


def _offerings(region: str, location: str, kind: Type) -> list[api.InstanceTypeOffering]:
    zones = [one for one in regions.of(region).zones if offered(region, one.name, kind)]
    places = {
        "region": [region],
        "availability-zone": [one.name for one in zones],
        "availability-zone-id": [one.id for one in zones],
    }.get(location, [])
    return [
        api.InstanceTypeOffering(instance_type=kind.name, location_type=location, location=one)
        for one in places
    ]


_FIELDS: filters.Fields[api.InstanceTypeOffering] = {
    "instance-type": lambda one: one.instance_type,
    "location": lambda one: one.location,
}
"""API_DescribeInstanceTypeOfferings: Filters."""
