"""Making the default VPC, and default subnets, again after they were deleted.

https://docs.aws.amazon.com/vpc/latest/userguide/work-with-default-vpc.html
"""

from __future__ import annotations

from backtrail import Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, cidrs, default_network, errors, founding, regions, subnets, vpcs
from backtrail_aws.ec2.founding import DEFAULT_CIDR
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_network import Block, Network, Vpc


@service.handle
def create_default_vpc(state: Ec2, call: Call[api.CreateDefaultVpc]) -> api.CreateDefaultVpcResult:
    """A default VPC, where the region has none."""
    if default_network.vpc(state) is not None:
        raise default_vpc_exists()
    vpc = Vpc(
        id=call.new_id("vpc"), arn=call.arn("ec2", "vpc/"),
        blocks=[Block(id=call.new_id("vpc-cidr-assoc"), cidr=DEFAULT_CIDR)],
        dhcp_options=state.network.default_dhcp, tenancy="default", is_default=True,
    )  # fmt: skip
    return api.CreateDefaultVpcResult(vpc=vpcs.shown(vpc, "pending"))


@service.project
def default_vpc_created(state: Ec2, event: Event[api.CreateDefaultVpc, api.CreateDefaultVpcResult]) -> None:
    """The VPC is there, with a subnet in each zone and a gateway. A trail's own takes the place of the assumed one."""
    made = told(event.result.vpc, api.Vpc()).vpc_id
    old = default_network.vpc(state)
    if isinstance(made, UnsetType) or made in state.network.vpcs:
        return
    if old is not None:
        _remove(state.network, old)
    founding.add_default_vpc(
        state.network, founding.Named(event, {"vpc": made}), regions.of(event.region).zones
    )


def _remove(network: Network, vpc: Vpc) -> None:
    vpcs.remove(network, vpc.id)
    for gateway in [one.id for one in network.internet_gateways.values() if one.vpc == vpc.id]:
        del network.internet_gateways[gateway]


@service.handle
def create_default_subnet(state: Ec2, call: Call[api.CreateDefaultSubnet]) -> api.CreateDefaultSubnetResult:
    """A /20 subnet of the default VPC, where the zone has none."""
    params = call.params
    vpc = default_network.vpc(state)
    if vpc is None:
        raise no_default_vpc(call.region)
    name = told(params.availability_zone, told(params.availability_zone_id, ""))
    if not name:
        raise errors.missing("availabilityZone")
    zone = regions.zone(call.region, name)
    if zone is None:
        raise subnets.bad_zone(call, name)
    if default_network.subnet(state, zone.name) is not None:
        raise default_subnet_exists(zone.name)
    subnet = founding.default_subnet(call, vpc.id, zone, _free_block(state.network, vpc))
    subnet.arn = subnets.SUBNETS.arn(call, subnet.id)
    return api.CreateDefaultSubnetResult(subnet=subnets.shown(subnet, new=True))


def _free_block(network: Network, vpc: Vpc) -> str:
    """The first /20 of the VPC that no subnet has."""
    used = [told(one.cidr, "") for one in network.subnets.values() if one.vpc == vpc.id]
    for number in range(16):
        cidr = f"172.31.{number * 16}.0/20"
        if not cidrs.overlap(cidr, used):
            return cidr
    # evidence: page errors-overview.html; words: guess
    raise Refusal(
        "InsufficientFreeAddressesInSubnet",
        "There is not enough free space in the default VPC for a default subnet.",
    )


@service.project
def default_subnet_created(
    state: Ec2, event: Event[api.CreateDefaultSubnet, api.CreateDefaultSubnetResult]
) -> None:
    """The subnet is there."""
    subnets.put(state, event, told(event.result.subnet, api.Subnet()), default=True)


def default_vpc_exists() -> Refusal:
    """A region has one default VPC."""
    # evidence: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html; words: guess
    return Refusal("DefaultVpcAlreadyExists", "A Default VPC already exists for this account in this region.")


def default_subnet_exists(zone: str) -> Refusal:
    """A zone has one default subnet."""
    # evidence: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html; words: guess
    return Refusal(
        "DefaultSubnetAlreadyExistsInAvailabilityZone",
        f"'{zone}' already has a default subnet in the default VPC.",
    )


def no_default_vpc(region: str) -> Refusal:
    """There is no default VPC to make a subnet in."""
    # evidence: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html; words: guess
    return Refusal("DefaultVpcDoesNotExist", f"No default VPC exists for this account in region {region}.")
