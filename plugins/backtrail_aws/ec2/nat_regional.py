"""Regional NAT gateways: one for all zones of a VPC, in no subnet, with a route table of its own.

https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html. Without addresses of the caller's it
expands by itself, with addresses of Amazon's, to the zones that have interfaces: here to those of all of the VPC's
subnets, from the beginning.
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.ec2 import api, errors, founding, regions
from backtrail_aws.ec2.elastic_ips import ELASTIC_IPS, public_ip
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_gateways import NatAddress, NatGateway
from backtrail_aws.ec2.state_network import Route, RouteTable
from backtrail_aws.ec2.vpcs import VPCS


def planned(state: Ec2, call: Call[api.CreateNatGateway], identifier: str) -> NatGateway:
    """The gateway that is asked for. Raises `Refusal`."""
    params = call.params
    if isinstance(params.vpc_id, UnsetType):
        raise errors.missing("VpcId")
    if not isinstance(params.subnet_id, UnsetType):
        # evidence: page API_CreateNatGateway (the rule); words: guess
        raise errors.combination("SubnetId cannot be specified for a regional NAT gateway.")
    if told(params.connectivity_type, "public") != "public":
        # evidence: page nat-gateways-regional.html (the rule); words: guess
        raise errors.combination("A regional NAT gateway cannot be private.")
    vpc = VPCS.find(state, params.vpc_id)
    ELASTIC_IPS.find_all(
        state, [name for one in told(params.availability_zone_addresses, []) for name in _ids(one)]
    )
    return NatGateway(
        id=identifier, vpc=vpc.id, public=True, made=call.time, table=call.new_id("rtb", "nat"),
        automatic=not told(params.availability_zone_addresses, []), addresses=_addresses(state, call, params, vpc.id),
    )  # fmt: skip


def _ids(one: api.AvailabilityZoneAddress) -> list[str]:
    return told(one.allocation_ids, [])


def _addresses(state: Ec2, source: Any, params: api.CreateNatGateway, vpc: str) -> list[NatAddress]:
    """The addresses of each zone: the caller's, or Amazon's own."""
    given = told(params.availability_zone_addresses, [])
    made: list[NatAddress] = []
    for one in given:
        name = told(one.availability_zone, told(one.availability_zone_id, ""))
        zone = regions.zone(source.region, name)
        for allocation in _ids(one):
            address = state.addresses.elastic_ips.get(allocation)
            made.append(
                NatAddress(
                    allocation=allocation, public_ip=address.ip if address is not None else UNSET,
                    zone=zone.name if zone is not None else name,
                )
            )  # fmt: skip
    if given:
        return made
    return [
        NatAddress(zone=zone, public_ip=public_ip(source.new_id("hex8", f"nat/{zone}")))
        for zone in sorted(
            {one.zone for one in state.network.subnets.values() if one.vpc == vpc and one.zone}
        )
    ]


def created(
    state: Ec2, event: Event[api.CreateNatGateway, api.CreateNatGatewayResult], gateway: NatGateway
) -> None:
    """In a fold: the gateway has its addresses, and its table, which leads to the VPC's internet gateway."""
    made = told(event.result.nat_gateway, api.NatGateway())
    gateway.vpc = told(made.vpc_id, event.params.vpc_id)
    gateway.automatic = not told(event.params.availability_zone_addresses, [])
    gateway.addresses = _addresses(state, event, event.params, told(gateway.vpc, ""))
    gateway.table = made.route_table_id
    vpc = state.network.vpcs.get(told(gateway.vpc, ""))
    if vpc is None or isinstance(gateway.table, UnsetType):
        return
    table = RouteTable(id=gateway.table, vpc=vpc.id)
    founding.add_table(state.network, event, table, vpc)
    internet = next((one.id for one in state.network.internet_gateways.values() if one.vpc == vpc.id), "")
    if internet:
        table.routes[founding.ANYWHERE] = Route(to=founding.ANYWHERE, via="gateway_id", target=internet)


def joined(state: Ec2, event: Event[Any, Any], gateway: NatGateway) -> None:
    """In a fold: the caller's addresses are the gateway's."""
    for number, one in enumerate(gateway.addresses):
        if not isinstance(one.allocation, UnsetType):
            address = ELASTIC_IPS.known(state, event, one.allocation)
            address.association = event.new_id("eipassoc", str(number))
            state.addresses.associations[address.association] = address.id
            one.association, one.public_ip = address.association, address.ip


def left(state: Ec2, gateway: NatGateway) -> None:
    """In a fold: the gateway is deleted, and its table with it; the caller's addresses are free."""
    state.network.route_tables.pop(told(gateway.table, ""), None)
    for one in gateway.addresses:
        address = state.addresses.elastic_ips.get(told(one.allocation, ""))
        if address is not None and isinstance(address.association, str):
            state.addresses.associations.pop(address.association, None)
            address.association = UNSET
