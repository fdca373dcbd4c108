"""That a region begins with a default VPC is told by a record of its own, before the first call there is decided.

AWS makes it when it makes the account, and CloudTrail does not say so: the record is Backtrail's, an `AwsServiceEvent`
that names what a region begins with (`founding.py`). A region of which imported records told is left as they tell it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from backtrail import UNSET, Answer, Call, Command, Event, Params, Resource, UnsetType, field, told
from backtrail_aws.ec2 import default_network, founding
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_network import Network, Recorded


class CreateVpcDefaults(Params):
    """The default VPC of a region, and what comes with it."""

    vpc_id: str | UnsetType = field(name="vpcId", default=UNSET)
    cidr_block: str | UnsetType = field(name="cidrBlock", default=UNSET)
    subnet_ids: list[str] | UnsetType = field(name="subnetIds", default=UNSET)
    internet_gateway_id: str | UnsetType = field(name="internetGatewayId", default=UNSET)
    route_table_id: str | UnsetType = field(name="routeTableId", default=UNSET)
    network_acl_id: str | UnsetType = field(name="networkAclId", default=UNSET)
    group_id: str | UnsetType = field(name="groupId", default=UNSET)
    dhcp_options_id: str | UnsetType = field(name="dhcpOptionsId", default=UNSET)


def founded(state: Ec2, call: Call[Any]) -> Iterator[Command]:
    """What tells of a region's beginning, where nothing told of the region yet."""
    network = state.network
    if network.recorded or len(network.vpcs) != 1 or state != founding.begin(call.account, call.region):
        return
    vpc = default_network.required_vpc(state)
    yield Command(
        "ec2",
        CreateVpcDefaults(
            vpc_id=vpc.id, cidr_block=vpc.cidr, subnet_ids=list(network.subnets),
            internet_gateway_id=next(iter(network.internet_gateways)), route_table_id=vpc.main_table,
            network_acl_id=vpc.default_acl, group_id=vpc.default_group, dhcp_options_id=vpc.dhcp_options,
        ),
        as_=service.principal,
        account=call.account,
        region=call.region,
    )  # fmt: skip


service.founding = founded


@service.handle(internal=True)
def create_vpc_defaults(state: Ec2, call: Call[CreateVpcDefaults]) -> Answer[None]:
    """It was decided when the account was made. `resources` lists all that came with it."""
    network = state.network
    made: dict[str, Mapping[str, Recorded]] = {
        "VPC": network.vpcs, "Subnet": network.subnets, "InternetGateway": network.internet_gateways,
        "RouteTable": network.route_tables, "NetworkAcl": network.network_acls,
        "SecurityGroup": network.security_groups, "SecurityGroupRule": network.rules,
        "DHCPOptions": network.dhcp_options,
    }  # fmt: skip
    resources = [
        Resource(account_id=call.account, type=f"AWS::EC2::{kind}", arn=one.arn)
        for kind, held in made.items()
        for one in held.values()
    ]
    return Answer(None, resources=resources)


@service.project
def vpc_defaults_created(state: Ec2, event: Event[CreateVpcDefaults, None]) -> None:
    """What the region was taken to begin with is told now."""
    state.network.recorded = True
    params = event.params
    named = {
        *told(params.subnet_ids, []), params.vpc_id, params.internet_gateway_id, params.route_table_id,
        params.network_acl_id, params.group_id, params.dhcp_options_id,
    }  # fmt: skip
    for one in _all(state.network):
        if one.id in named:
            one.recorded = True
    group = state.network.security_groups.get(told(params.group_id, ""))
    for rule in [*group.ingress.values(), *group.egress.values()] if group is not None else []:
        state.network.rules[rule].recorded = True


def _all(network: Network) -> Iterator[Recorded]:
    for held in (
        network.vpcs, network.subnets, network.internet_gateways, network.route_tables, network.network_acls,
        network.security_groups, network.dhcp_options,
    ):  # fmt: skip
        yield from held.values()
