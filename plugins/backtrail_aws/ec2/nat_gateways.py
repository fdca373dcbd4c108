"""NAT gateways: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Cycle, Event, Phase, Refusal, UnsetType, state_at, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import (
    api,
    errors,
    filters,
    interfaces,
    limits,
    nat_regional,
    route_targets,
    tags,
    uses,
)
from backtrail_aws.ec2.elastic_ips import ELASTIC_IPS, lead
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_addresses import Attachment, PrivateIp
from backtrail_aws.ec2.state_gateways import NatAddress, NatGateway
from backtrail_aws.ec2.state_network import RouteTable, Subnet
from backtrail_aws.ec2.subnets import SUBNETS

NAT_GATEWAYS = Kind(
    "natgateway", "nat", NatGateway, lambda state: state.gateways.nat,
    code="NatGatewayNotFound", noun="Nat gateway", malformed="NatGatewayMalformed",
    cloudformation="AWS::EC2::NatGateway", parameters=("nat_gateway_id", "nat_gateway_ids"),
    created_by=("CreateNatGateway",), parent=lambda gateway: told(gateway.subnet, None),
)  # fmt: skip

_CREATING: Cycle = {"pending": Phase(90, "available")}  # nat-gateway-basics.html; seconds: guess
_DELETING: Cycle = {"deleting": Phase(60, "deleted")}


class Inside(msgspec.Struct, frozen=True):
    """Beside the record, whose answer shows no interface yet: the interface, and its addresses in order."""

    interface: str = ""
    addresses: list[str] = []


_SHOWN_FOR = timedelta(hours=1)
"""How long a deleted or failed one is still shown: nat-gateway-working-with.html."""


@service.handle(token="client_token")
def create_nat_gateway(state: Ec2, call: Call[api.CreateNatGateway]) -> Answer[api.CreateNatGatewayResult]:
    """A gateway in a subnet: behind an elastic IP, or private. Without a way to the internet it fails, later."""
    params = call.params
    tags.check_new(params.tag_specifications, "natgateway")
    if params.availability_mode == "regional":
        gateway = nat_regional.planned(state, call, call.new_id("nat"))
        gateway.tags = tags.given(params.tag_specifications, "natgateway")
        made = shown(state, call, gateway, "pending")
        return Answer(
            api.CreateNatGatewayResult(client_token=params.client_token, nat_gateway=made), note=Inside()
        )
    if isinstance(params.subnet_id, UnsetType):
        raise errors.missing("SubnetId")
    subnet = SUBNETS.find(state, params.subnet_id)
    public = _public(state, params)
    here = [
        one
        for one in state.gateways.nat.values()
        if _zone(state, one) == subnet.zone and _status(call, one) != "deleted"
    ]
    most = call.quota("nat_gateways_per_zone", limits.NAT_GATEWAYS_PER_ZONE_MAX)
    if len(here) >= most:
        # evidence: page errors-overview.html (NatGatewayLimitExceeded); words: guess
        raise Refusal(
            "NatGatewayLimitExceeded",
            f"Performing this operation would exceed the limit of {most} NAT gateways",
        )
    identifier = call.new_id("nat")
    wish = _wish(subnet, identifier, params)
    interface = interfaces.plan(state, call, wish)
    gateway = NatGateway(
        id=identifier, arn=NAT_GATEWAYS.arn(call, identifier), vpc=subnet.vpc, subnet=subnet.id, public=public,
        made=call.time, tags=tags.given(params.tag_specifications, "natgateway"),
        addresses=[
            NatAddress(allocation=allocation)
            for _, allocation in zip(interface.private_ips, _allocations(params), strict=False)
        ],
    )  # fmt: skip
    result = api.CreateNatGatewayResult(
        client_token=params.client_token, nat_gateway=shown(state, call, gateway, "pending")
    )
    return Answer(result, note=Inside(interface.id, [one.address for one in interface.private_ips]))


def _public(state: Ec2, params: api.CreateNatGateway) -> bool:
    """Whether it is a public one; its allocations are there and free. Raises `Refusal`."""
    kind = told(params.connectivity_type, "public")
    allocations = [*([params.allocation_id] if isinstance(params.allocation_id, str) else [])]
    allocations += told(params.secondary_allocation_ids, [])
    if kind == "private":
        if allocations:
            # evidence: page API_CreateNatGateway; words: guess
            raise errors.combination("AllocationId cannot be specified for a private NAT gateway.")
        return False
    if kind != "public":
        # evidence: guess
        raise errors.invalid(f"Invalid connectivity type: {kind}")
    if not allocations:
        raise errors.missing("AllocationId")
    ELASTIC_IPS.find_all(state, allocations)
    return True


def _wish(subnet: Subnet, identifier: str, params: api.CreateNatGateway) -> interfaces.Wish:
    second = [
        api.PrivateIpAddressSpecification(private_ip_address=one)
        for one in told(params.secondary_private_ip_addresses, [])
    ]
    return interfaces.Wish(
        subnet=subnet, groups=(), description=f"Interface for NAT Gateway {identifier}", kind="nat_gateway",
        addresses=interfaces.addresses_of(params.private_ip_address, second), check=False,
        more=told(params.secondary_private_ip_address_count, 0),
    )  # fmt: skip


def _allocations(params: api.CreateNatGateway) -> Iterator[str | UnsetType]:
    """The allocation of each private address, in order."""
    yield params.allocation_id
    yield from told(params.secondary_allocation_ids, [])
    while True:
        yield UNSET


@service.project
def nat_gateway_created(state: Ec2, event: Event[api.CreateNatGateway, api.CreateNatGatewayResult]) -> None:
    """The gateway is there, with its interface and its elastic IP; without a way to the internet it has failed."""
    made = told(event.result.nat_gateway, api.NatGateway())
    if isinstance(made.nat_gateway_id, UnsetType):
        return
    gateway = NAT_GATEWAYS.known(state, event, made.nat_gateway_id)
    gateway.subnet = told(made.subnet_id, event.params.subnet_id)
    gateway.tags = tags.given(event.params.tag_specifications, "natgateway")
    gateway.public = told(event.params.connectivity_type, "public") == "public"
    gateway.made = event.time
    if event.params.availability_mode == "regional":
        nat_regional.created(state, event, gateway)
        gateway.failure = _failure(state, gateway)
        if isinstance(gateway.failure, UnsetType):
            nat_regional.joined(state, event, gateway)
        return
    subnet = SUBNETS.known(state, event, gateway.subnet) if isinstance(gateway.subnet, str) else None
    gateway.vpc = told(made.vpc_id, subnet.vpc if subnet is not None else UNSET)
    gateway.addresses = _addresses(event, made)
    gateway.failure = _failure(state, gateway)
    if isinstance(gateway.failure, UnsetType):
        _join(state, event, gateway)


def _addresses(
    event: Event[api.CreateNatGateway, api.CreateNatGatewayResult], made: api.NatGateway
) -> list[NatAddress]:
    shown_now = told(made.nat_gateway_addresses, [])
    inside = event.note(Inside) or Inside()
    if not inside.interface:
        return [
            NatAddress(
                private_ip=one.private_ip, interface=one.network_interface_id, allocation=one.allocation_id
            )
            for one in shown_now
        ] or [NatAddress(allocation=event.params.allocation_id)]
    return [
        NatAddress(private_ip=address, interface=inside.interface, allocation=allocation)
        for address, allocation in zip(inside.addresses, _allocations(event.params), strict=False)
    ]


def _failure(state: Ec2, gateway: NatGateway) -> tuple[str, str] | UnsetType:
    """Why a gateway cannot come to be (API_NatGateway: FailureCode, FailureMessage)."""
    if gateway.public and _is_cut_off(state, gateway):
        return "Gateway.NotAttached", f"Network {gateway.vpc} has no Internet gateway attached"
    for one in gateway.addresses:
        held = ELASTIC_IPS.get(state, told(one.allocation, ""))
        if held is not None and not isinstance(held.association, UnsetType):
            return "Resource.AlreadyAssociated", f"Elastic IP address {held.id} is already associated"
    return UNSET


def _is_cut_off(state: Ec2, gateway: NatGateway) -> bool:
    """Whether the VPC is known to have no internet gateway."""
    vpc = state.network.vpcs.get(told(gateway.vpc, ""))
    gateways = state.network.internet_gateways.values()
    return vpc is not None and bool(vpc.blocks) and not any(one.vpc == vpc.id for one in gateways)


def _join(
    state: Ec2, event: Event[api.CreateNatGateway, api.CreateNatGatewayResult], gateway: NatGateway
) -> None:
    """The interface of a gateway, and the elastic IPs that lead to it."""
    subnet = SUBNETS.get(state, told(gateway.subnet, ""))
    held = [told(one.interface, "") for one in gateway.addresses if isinstance(one.interface, str)]
    if held and subnet is not None:
        interface = interfaces.INTERFACES.make(
            id=held[0], subnet=subnet.id, vpc=subnet.vpc, zone=subnet.zone, zone_id=subnet.zone_id,
            description=f"Interface for NAT Gateway {gateway.id}", kind="nat_gateway", managed=True, check=False,
            mac=interfaces.mac(event.new_id("hex8", "mac")),
            private_ips=[
                PrivateIp(address=one.private_ip, primary=not number)
                for number, one in enumerate(gateway.addresses)
                if isinstance(one.private_ip, str)
            ],
            attachment=Attachment(
                id=event.new_id("ela-attach"), owner="amazon-aws", device_index=1, since=event.time,
                delete_on_termination=False,
            ),
        )  # fmt: skip
        interfaces.put(state, event, interface)
    for number, one in enumerate(gateway.addresses):
        if isinstance(one.allocation, UnsetType):
            continue
        address = ELASTIC_IPS.known(state, event, one.allocation)
        address.association = event.new_id("eipassoc", str(number))
        state.addresses.associations[address.association] = address.id
        found = interfaces.INTERFACES.get(state, told(one.interface, ""))
        if found is not None:
            lead(state, address, found, told(one.private_ip, ""))
        one.association, one.public_ip = address.association, address.ip


@service.handle
def delete_nat_gateway(state: Ec2, call: Call[api.DeleteNatGateway]) -> api.DeleteNatGatewayResult:
    """One that is deleted already is no error while it is shown."""
    gateway = _there(state, call, call.params.nat_gateway_id)
    return api.DeleteNatGatewayResult(nat_gateway_id=gateway.id)


def _there(state: Ec2, call: Call[Any], identifier: str) -> NatGateway:
    gateway = state.gateways.nat.get(identifier)
    if gateway is None or _is_forgotten(call, gateway):
        raise not_found(identifier)
    return gateway


@service.project
def nat_gateway_deleted(state: Ec2, event: Event[api.DeleteNatGateway, api.DeleteNatGatewayResult]) -> None:
    """The gateway has no addresses; routes to it are blackholes."""
    gateway = NAT_GATEWAYS.known(state, event, event.params.nat_gateway_id)
    if isinstance(gateway.deleted, UnsetType):
        gateway.deleted = event.time
    if not isinstance(gateway.table, UnsetType):
        nat_regional.left(state, gateway)
        return
    for one in gateway.addresses:
        if isinstance(gateway.failure, UnsetType):
            interfaces.unmap(state, told(one.allocation, ""))
        interfaces.drop(state, told(one.interface, ""))


@service.evidence
def nat_gateway_was_gone(state: Ec2, event: Event[api.DeleteNatGateway, None]) -> None:
    """A gateway that could not be deleted because it is not there is not there."""
    if event.error == "Client.NatGatewayNotFound":
        state.gateways.nat.pop(event.params.nat_gateway_id, None)


# describe


def _status(call: Call[Any], gateway: NatGateway) -> str:
    if not isinstance(gateway.deleted, UnsetType):
        return state_at(_DELETING, "deleting", gateway.deleted, call.time, pace=call.pace(gateway.deleted))
    if not isinstance(gateway.failure, UnsetType):
        return "failed"
    if isinstance(gateway.made, UnsetType):
        return "available"
    return state_at(_CREATING, "pending", gateway.made, call.time, pace=call.pace(gateway.made))


def _is_forgotten(call: Call[Any], gateway: NatGateway) -> bool:
    ended = gateway.deleted
    if not isinstance(gateway.failure, UnsetType) and isinstance(ended, UnsetType):
        ended = gateway.made
    return not isinstance(ended, UnsetType) and call.time > ended + _SHOWN_FOR


def _zone(state: Ec2, gateway: NatGateway) -> str | UnsetType:
    subnet = state.network.subnets.get(told(gateway.subnet, ""))
    return subnet.zone if subnet is not None else UNSET


@service.read
def describe_nat_gateways(state: Ec2, call: Call[api.DescribeNatGateways]) -> api.DescribeNatGatewaysResult:
    """Gateways, in the order of their ids; deleted ones for an hour."""
    named = told(call.params.nat_gateway_ids, [])
    fields: filters.Fields[NatGateway] = {
        "nat-gateway-id": lambda one: one.id,
        "state": lambda one: _status(call, one),
        "subnet-id": lambda one: one.subnet,
        "vpc-id": lambda one: one.vpc,
    }
    keep = filters.tagged(call.params.filter, fields)
    held = state.gateways.nat
    if lost := [one for one in named if one not in held or _is_forgotten(call, held[one])]:
        raise not_found(lost[0])
    items = {one: held[one] for one in sorted(set(named))} if named else held
    page = filters.paged(
        call, items, lambda one: not _is_forgotten(call, one) and (keep is None or keep(one))
    )
    return api.DescribeNatGatewaysResult(
        nat_gateways=[shown(state, call, one) for one in page.items], next_token=page.next or UNSET
    )


def shown(state: Ec2, call: Call[Any], gateway: NatGateway, now: str = "") -> api.NatGateway:
    """A gateway as answers show it."""
    status, failure = now or _status(call, gateway), gateway.failure
    joined = {"pending": "associating", "available": "succeeded", "failed": "failed"}.get(
        status, "disassociating"
    )
    return api.NatGateway(
        create_time=UNSET if isinstance(gateway.made, UnsetType) else IsoMillisZ.of(gateway.made),
        delete_time=UNSET if isinstance(gateway.deleted, UnsetType) else IsoMillisZ.of(gateway.deleted),
        failure_code=UNSET if isinstance(failure, UnsetType) else failure[0],
        failure_message=UNSET if isinstance(failure, UnsetType) else failure[1],
        nat_gateway_addresses=[
            api.NatGatewayAddress(
                allocation_id=one.allocation, network_interface_id=one.interface, private_ip=one.private_ip,
                public_ip=one.public_ip, association_id=one.association, is_primary=not number, status=joined,
                availability_zone=one.zone,
            )
            for number, one in enumerate(gateway.addresses)
        ],
        nat_gateway_id=gateway.id, state=status, subnet_id=gateway.subnet, vpc_id=gateway.vpc,
        tags=tags.shown(gateway.tags), connectivity_type="private" if gateway.public is False else "public",
        availability_mode="zonal" if isinstance(gateway.table, UnsetType) else "regional",
        route_table_id=gateway.table, **_automatic(gateway),
    )  # fmt: skip


def _automatic(gateway: NatGateway) -> dict[str, Any]:
    """Whether a regional one expands by itself: API_NatGateway."""
    if isinstance(gateway.table, UnsetType):
        return {}
    state = "enabled" if gateway.automatic else "disabled"
    return {"auto_scaling_ips": state, "auto_provision_zones": state}


# uses, refusals, routes


@uses.of("vpc")
def in_vpc(state: Ec2, vpc: str) -> bool:
    """Whether a NAT gateway is in a VPC."""
    return any(one.vpc == vpc and isinstance(one.deleted, UnsetType) for one in state.gateways.nat.values())


@uses.of("subnet")
def in_subnet(state: Ec2, subnet: str) -> bool:
    """Whether a NAT gateway is in a subnet, also one whose interface no record told."""
    return any(
        one.subnet == subnet and isinstance(one.deleted, UnsetType) and isinstance(one.failure, UnsetType)
        for one in state.gateways.nat.values()
    )


def not_found(identifier: str) -> Refusal:
    """A gateway that is not there."""
    # evidence: page errors-overview.html (NatGatewayNotFound); words: guess
    return Refusal("NatGatewayNotFound", f"NAT gateway {identifier} was not found")


def _alive(state: Ec2, table: RouteTable, gateway: str) -> bool:
    held = state.gateways.nat.get(gateway)
    return held is not None and isinstance(held.deleted, UnsetType) and isinstance(held.failure, UnsetType)


def _check(state: Ec2, table: RouteTable, gateway: str) -> None:
    held = state.gateways.nat.get(gateway)
    if held is None or not isinstance(held.deleted, UnsetType):
        # evidence: page errors-overview.html (InvalidNatGatewayID.NotFound); words: guess
        raise Refusal("InvalidNatGatewayID.NotFound", f"The natGateway ID '{gateway}' does not exist")


route_targets.declare("nat_gateway_id", prefix="nat", alive=_alive, check=_check)
