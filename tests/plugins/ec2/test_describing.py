"""What all describing actions share: ids, filters, pages."""

from __future__ import annotations

import pytest

from backtrail import UNSET
from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2, tagged, where


@pytest.fixture
def ec2() -> Ec2:
    """A region with four VPCs beside the default one."""
    found = Ec2()
    for name in ("red", "rose", "b*ue", "green"):
        found.vpc(f"10.{len(name)}.0.0/16", tag_specifications=tagged("vpc", Name=name, team="x"))
    return found


def names(ec2: Ec2, **filters: str | list[str]) -> set[str]:
    """The names of the VPCs that pass."""
    found = ec2.did(api.DescribeVpcs(filters=where(**filters))).vpcs
    return {tag.value for vpc in found for tag in vpc.tags if tag.key == "Name"}


def test_wildcards(ec2: Ec2) -> None:
    """`*` is any text, `?` one character, and a backslash takes them as they are; case counts."""
    assert names(ec2, **{"tag:Name": "r*"}) == {"red", "rose"}
    assert names(ec2, **{"tag:Name": "?o?e"}) == {"rose"}
    assert names(ec2, **{"tag:Name": "b\\*ue"}) == {"b*ue"}
    assert names(ec2, **{"tag:Name": "R*"}) == set()


def test_values_are_alternatives_and_filters_add_up(ec2: Ec2) -> None:
    """One of a filter's values must match, of all filters."""
    assert names(ec2, **{"tag:Name": ["red", "green"]}) == {"red", "green"}
    assert names(ec2, **{"tag:Name": ["red", "green"], "cidr": ["10.3.0.0/16"]}) == {"red"}
    assert len(names(ec2, tag_key="team", is_default="false")) == 4


def test_filters_that_there_are_not(ec2: Ec2) -> None:
    """Unknown filters, and filters without values, are refused."""
    ec2.when(api.DescribeVpcs(filters=where(colour="red")))
    ec2.refused("InvalidParameterValue", "The filter 'colour' is invalid")
    ec2.when(api.DescribeVpcs(filters=where(state=[]))).refused("InvalidParameterValue")
    ec2.when(api.DescribeVpcs(filters=where(state=["x"] * 201))).refused("FilterLimitExceeded")


def test_ids(ec2: Ec2) -> None:
    """The refusal names what is not there; filters hold for ids, too."""
    vpcs = [str(one.vpc_id) for one in ec2.did(api.DescribeVpcs()).vpcs]
    assert vpcs == sorted(vpcs)
    assert len(ec2.did(api.DescribeVpcs(vpc_ids=vpcs, filters=where(is_default="true"))).vpcs) == 1
    ec2.when(api.DescribeVpcs(vpc_ids=[vpcs[0], "vpc-1", "vpc-2"]))
    ec2.refused("InvalidVpcID.NotFound", "The vpc IDs 'vpc-1, vpc-2' do not exist")


def test_pages(ec2: Ec2) -> None:
    """Pages go on where they ended; they hold five at least."""
    vpc = str(ec2.did(api.DescribeVpcs()).vpcs[0].vpc_id)
    tables = [ec2.table(vpc) for _ in range(7)]
    seen: list[str] = []
    token: str | None = ""
    while token is not None:
        answer = ec2.did(
            api.DescribeRouteTables(filters=where(vpc_id=vpc), max_results=5, next_token=token or UNSET)
        )
        assert len(answer.route_tables) <= 5
        seen += [str(one.route_table_id) for one in answer.route_tables]
        token = answer.next_token if isinstance(answer.next_token, str) else None
    assert len(seen) == 8
    assert set(tables) < set(seen)
    ec2.when(api.DescribeVpcs(max_results=4))
    ec2.refused(
        "InvalidParameterValue",
        "Value ( 4 ) for parameter maxResults is invalid. Expecting a value greater than 5.",
    )
    ec2.when(api.DescribeVpcs(next_token="!")).refused("InvalidNextToken")


def test_regions_and_zones(ec2: Ec2) -> None:
    """Enabled regions are listed, others on demand; a region has its own zones, by name and id."""
    regions = ec2.did(api.DescribeRegions()).regions
    assert len(regions) == 17
    assert {one.opt_in_status for one in regions} == {"opt-in-not-required"}
    everywhere = ec2.did(api.DescribeRegions(all_regions=True)).regions
    assert ("af-south-1", "not-opted-in") in {(one.region_name, one.opt_in_status) for one in everywhere}
    (one,) = ec2.did(api.DescribeRegions(region_names=["eu-west-1"])).regions
    assert one.endpoint == "ec2.eu-west-1.amazonaws.com"
    ec2.when(api.DescribeRegions(region_names=["moon-1"])).refused("InvalidParameterValue")

    zones = ec2.did(api.DescribeAvailabilityZones()).availability_zones
    assert [(zone.zone_name, zone.zone_id, zone.state) for zone in zones[:2]] == [
        ("us-east-1a", "use1-az1", "available"), ("us-east-1b", "use1-az2", "available"),
    ]  # fmt: skip
    (zone,) = ec2.did(api.DescribeAvailabilityZones(zone_ids=["use1-az6"])).availability_zones
    assert zone.zone_name == "us-east-1f"
    (zone,) = ec2.did(api.DescribeAvailabilityZones(filters=where(zone_name="us-east-1c"))).availability_zones
    ec2.when(api.DescribeAvailabilityZones(zone_names=["eu-west-1a"])).refused("InvalidParameterValue")
    ec2.when(api.DescribeAvailabilityZones(), region="eu-west-1")
    assert {zone.region_name for zone in ec2.answer.availability_zones} == {"eu-west-1"}
