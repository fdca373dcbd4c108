"""Carrier gateways: https://docs.aws.amazon.com/wavelength/latest/developerguide/wavelength-carrier-gateway.html"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.ec2 import api, errors, filters, route_targets, tags, uses
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_gateways import VpcGateway
from backtrail_aws.ec2.state_network import RouteTable
from backtrail_aws.ec2.vpcs import VPCS

CARRIER_GATEWAYS = Kind(
    "carrier-gateway", "cagw", VpcGateway, lambda state: state.gateways.carrier,
    code="InvalidCarrierGatewayID.NotFound", noun="carrier gateway ID", cloudformation="AWS::EC2::CarrierGateway",
    parameters=("carrier_gateway_id", "carrier_gateway_ids"), created_by=("CreateCarrierGateway",),
    parent=lambda gateway: told(gateway.vpc, None),
)  # fmt: skip


@service.handle(token="client_token")
def create_carrier_gateway(
    state: Ec2, call: Call[api.CreateCarrierGateway]
) -> api.CreateCarrierGatewayResult:
    """A VPC has one at most."""
    params = call.params
    tags.check_new(params.tag_specifications, "carrier-gateway")
    vpc = VPCS.find(state, params.vpc_id)
    if in_vpc(state, vpc.id):
        # evidence: guess
        raise errors.invalid(f"Network {vpc.id} already has a carrier gateway attached")
    gateway = VpcGateway(
        id=call.new_id("cagw"), vpc=vpc.id, tags=tags.given(params.tag_specifications, "carrier-gateway")
    )
    gateway.arn = CARRIER_GATEWAYS.arn(call, gateway.id)
    return api.CreateCarrierGatewayResult(carrier_gateway=shown(gateway, "pending"))


@service.project
def carrier_gateway_created(
    state: Ec2, event: Event[api.CreateCarrierGateway, api.CreateCarrierGatewayResult]
) -> None:
    """The gateway is there."""
    made = told(event.result.carrier_gateway, api.CarrierGateway())
    if isinstance(made.carrier_gateway_id, UnsetType):
        return
    VPCS.known(state, event, event.params.vpc_id)
    gateway = CARRIER_GATEWAYS.known(state, event, made.carrier_gateway_id)
    gateway.vpc = event.params.vpc_id
    gateway.tags = tags.given(event.params.tag_specifications, "carrier-gateway")


@service.handle
def delete_carrier_gateway(
    state: Ec2, call: Call[api.DeleteCarrierGateway]
) -> api.DeleteCarrierGatewayResult:
    """Routes to it stay, and are blackholes."""
    gateway = CARRIER_GATEWAYS.find(state, call.params.carrier_gateway_id)
    return api.DeleteCarrierGatewayResult(carrier_gateway=shown(gateway, "deleting"))


@service.project
def carrier_gateway_deleted(
    state: Ec2, event: Event[api.DeleteCarrierGateway, api.DeleteCarrierGatewayResult]
) -> None:
    """The gateway is gone."""
    state.gateways.carrier.pop(event.params.carrier_gateway_id, None)


@service.evidence
def carrier_gateway_was_gone(state: Ec2, event: Event[api.DeleteCarrierGateway, None]) -> None:
    """A gateway that could not be deleted because it is not there is not there."""
    if event.error == "Client.InvalidCarrierGatewayID.NotFound":
        state.gateways.carrier.pop(event.params.carrier_gateway_id, None)


_FIELDS: filters.Fields[VpcGateway] = {
    "carrier-gateway-id": lambda gateway: gateway.id,
    "state": lambda gateway: "available",
    "owner-id": lambda gateway: gateway.owner,
    "vpc-id": lambda gateway: gateway.vpc,
}
"""API_DescribeCarrierGateways: Filters."""


@service.read
def describe_carrier_gateways(
    state: Ec2, call: Call[api.DescribeCarrierGateways]
) -> api.DescribeCarrierGatewaysResult:
    """Gateways, in the order of their ids."""
    page = filters.described(state, call, CARRIER_GATEWAYS, call.params.carrier_gateway_ids, _FIELDS)
    return api.DescribeCarrierGatewaysResult(
        carrier_gateways=[shown(one) for one in page.items], next_token=page.next or UNSET
    )


def shown(gateway: VpcGateway, state: str = "available") -> api.CarrierGateway:
    """A gateway as answers show it."""
    return api.CarrierGateway(
        carrier_gateway_id=gateway.id, vpc_id=gateway.vpc, state=state, owner_id=gateway.owner,
        tags=tags.shown(gateway.tags),
    )  # fmt: skip


@uses.of("vpc")
def in_vpc(state: Ec2, vpc: str) -> bool:
    """Whether a VPC has one."""
    return any(one.vpc == vpc for one in state.gateways.carrier.values())


def _alive(state: Ec2, table: RouteTable, gateway: str) -> bool:
    return gateway in state.gateways.carrier


def _check(state: Ec2, table: RouteTable, gateway: str) -> None:
    CARRIER_GATEWAYS.find(state, gateway)


route_targets.declare("carrier_gateway_id", prefix="cagw", alive=_alive, check=_check)
