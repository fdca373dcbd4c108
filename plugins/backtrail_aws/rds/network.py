"""What EC2 tells of subnets: where no EC2 is served, or it does not know, names are taken as they are."""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Params, UnsetType, field, told
from backtrail_aws.rds import api, errors


class Filter(Params):
    """EC2's."""

    name: str
    values: list[str]


class DescribeSubnets(Params):
    """What is asked of EC2."""

    filters: list[Filter] | UnsetType = UNSET
    subnet_ids: list[str] | UnsetType = field(name="subnetIds", default=UNSET)


class Found(Params):
    """A subnet as EC2 tells it."""

    subnet_id: str = field(name="subnetId")
    vpc_id: str | UnsetType = field(name="vpcId", default=UNSET)
    availability_zone: str | UnsetType = field(name="availabilityZone", default=UNSET)
    default_for_az: bool | UnsetType = field(name="defaultForAz", default=UNSET)


class Subnets(Params):
    """What EC2 answers."""

    subnets: list[Found] | UnsetType = UNSET


def group(call: Call[Any], name: str, description: str, ids: list[str]) -> api.DBSubnetGroup:
    """A subnet group of these subnets. Raises `Refusal` for those that EC2 does not have, or that do not fit."""
    if not ids:
        # evidence: guess
        raise errors.bad_subnet("Subnet IDs are required.")
    if call.ask("ec2", DescribeSubnets(), Subnets) is None:
        return _group(call, name, description, [Found(subnet_id=one) for one in ids])
    found = call.ask("ec2", DescribeSubnets(subnet_ids=ids), Subnets)
    if found is None:
        # evidence: guess
        raise errors.bad_subnet(f"Some input subnets in :[{', '.join(ids)}] are invalid.")
    subnets = told(found.subnets, [])
    if len({one.vpc_id for one in subnets}) > 1:
        # evidence: guess
        raise errors.bad_subnet("Subnets are not all in the same VPC.")
    zones = sorted({one.availability_zone for one in subnets if isinstance(one.availability_zone, str)})
    if len(zones) < 2:
        raise errors.few_zones(zones)
    return _group(call, name, description, subnets)


def default_group(call: Call[Any]) -> api.DBSubnetGroup | None:
    """The group of the default VPC's subnets; None where EC2 is not served. Raises `Refusal` where there are none."""
    found = call.ask("ec2", DescribeSubnets(), Subnets)
    if found is None:
        return None
    subnets = [one for one in told(found.subnets, []) if one.default_for_az is True]
    if not subnets:
        # evidence: guess
        raise errors.bad_subnet(
            "No default subnet detected in VPC. Please contact AWS Support to recreate the default Subnets."
        )
    return _group(call, "default", "default", subnets)


def _group(call: Call[Any], name: str, description: str, subnets: list[Found]) -> api.DBSubnetGroup:
    return api.DBSubnetGroup(
        db_subnet_group_name=name, db_subnet_group_description=description, subnet_group_status="Complete",
        vpc_id=subnets[0].vpc_id, db_subnet_group_arn=call.arn("rds", f"subgrp:{name}"),
        subnets=[
            api.Subnet(
                subnet_identifier=one.subnet_id, subnet_status="Active",
                subnet_availability_zone=(
                    api.AvailabilityZone(name=one.availability_zone)
                    if isinstance(one.availability_zone, str) else UNSET
                ),
            )
            for one in subnets
        ],
        supported_network_types=["IPV4"],
    )  # fmt: skip


def zones(group: api.DBSubnetGroup | UnsetType) -> list[str]:
    """The zones that a group's subnets lie in, in order."""
    if isinstance(group, UnsetType):
        return []
    places = (one.subnet_availability_zone for one in told(group.subnets, []))
    return sorted(
        {one.name for one in places if isinstance(one, api.AvailabilityZone) and isinstance(one.name, str)}
    )
