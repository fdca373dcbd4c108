"""Short words for the tests of EC2."""

from __future__ import annotations

from typing import Any

import backtrail_aws.ec2
from backtrail import UNSET, Params
from backtrail.testing import ACCOUNT, REGION, Scenario
from backtrail_aws.ec2 import api
from backtrail_aws.ec2.state import Ec2 as State


def arn(resource: str) -> str:
    """The ARN of a resource (`vpc/vpc-1`)."""
    return f"arn:aws:ec2:{REGION}:{ACCOUNT}:{resource}"


def tagged(kind: str, **tags: str) -> list[api.TagSpecification]:
    """A tag specification."""
    return [api.TagSpecification(resource_type=kind, tags=[api.Tag(key=k, value=v) for k, v in tags.items()])]


def where(**filters: str | list[str]) -> list[api.Filter]:
    """Filters; `_` in a name stands for `-`."""
    return [
        api.Filter(name=name.replace("_", "-"), values=value if isinstance(value, list) else [value])
        for name, value in filters.items()
    ]


def tcp(port: int, *cidrs: str, to: int | None = None) -> api.IpPermission:
    """A permission for a TCP port, from blocks."""
    ranges = [api.IpRange(cidr_ip=one) for one in cidrs]
    return api.IpPermission(ip_protocol="tcp", from_port=port, to_port=to or port, ip_ranges=ranges or UNSET)


class Ec2(Scenario):
    """A scenario with EC2, and words for what tests do most."""

    def __init__(self, **given: Any) -> None:
        super().__init__(backtrail_aws.ec2, **given)

    def did(self, call: Params) -> Any:
        """The answer of a call that succeeds."""
        return self.given(call).answer

    def state(self) -> State:
        """The state of the scenario's region."""
        found = self.machine.state(("ec2", self.account, self.region))
        assert isinstance(found, State)
        return found

    def vpc(self, cidr: str = "10.0.0.0/16", **more: Any) -> str:
        """A new VPC's id."""
        return str(self.did(api.CreateVpc(cidr_block=cidr, **more)).vpc.vpc_id)

    def subnet(self, vpc: str, cidr: str = "10.0.1.0/24", **more: Any) -> str:
        """A new subnet's id."""
        return str(self.did(api.CreateSubnet(vpc_id=vpc, cidr_block=cidr, **more)).subnet.subnet_id)

    def group(self, vpc: str, name: str = "web", **more: Any) -> str:
        """A new security group's id."""
        call = api.CreateSecurityGroup(group_name=name, description="d", vpc_id=vpc, **more)
        return str(self.did(call).group_id)

    def table(self, vpc: str) -> str:
        """A new route table's id."""
        return str(self.did(api.CreateRouteTable(vpc_id=vpc)).route_table.route_table_id)

    def gateway(self, vpc: str | None = None) -> str:
        """A new internet gateway's id, attached to a VPC."""
        made = str(self.did(api.CreateInternetGateway()).internet_gateway.internet_gateway_id)
        if vpc is not None:
            self.given(api.AttachInternetGateway(internet_gateway_id=made, vpc_id=vpc))
        return made

    def default_vpc(self) -> str:
        """The default VPC's id."""
        (found,) = self.did(api.DescribeVpcs(filters=where(is_default="true"))).vpcs
        return str(found.vpc_id)

    def routes(self, table: str) -> dict[str, tuple[str, str]]:
        """A table's routes: destination -> (target, state)."""
        (found,) = self.did(api.DescribeRouteTables(route_table_ids=[table])).route_tables
        return {
            str(one.destination_cidr_block): (str(one.gateway_id or UNSET), str(one.state))
            for one in found.routes
        }
