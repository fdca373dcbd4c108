"""Virtual private gateways: https://docs.aws.amazon.com/vpn/latest/s2svpn/how_it_works.html"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, errors, filters, limits, route_targets, tags, uses
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_gateways import VpnGateway
from backtrail_aws.ec2.state_network import RouteTable
from backtrail_aws.ec2.vpcs import VPCS

VPN_GATEWAYS = Kind(
    "vpn-gateway", "vgw", VpnGateway, lambda state: state.gateways.vpn,
    code="InvalidVpnGatewayID.NotFound", noun="vpnGateway ID", cloudformation="AWS::EC2::VPNGateway",
    parameters=("vpn_gateway_id", "vpn_gateway_ids"), created_by=("CreateVpnGateway",),
)  # fmt: skip

_ASN_DEFAULT = 64512  # API_CreateVpnGateway
_PRIVATE_ASNS = (range(64512, 65535), range(4_200_000_000, 4_294_967_295))


@service.handle
def create_vpn_gateway(state: Ec2, call: Call[api.CreateVpnGateway]) -> api.CreateVpnGatewayResult:
    """A gateway that is attached to nothing."""
    params = call.params
    tags.check_new(params.tag_specifications, "vpn-gateway")
    if params.type != "ipsec.1":
        # evidence: guess
        raise errors.invalid(f"Value ({told(params.type, '')}) for parameter type is invalid.")
    asn = told(params.amazon_side_asn, _ASN_DEFAULT)
    if not any(asn in one for one in _PRIVATE_ASNS):
        # evidence: page API_CreateVpnGateway (the ranges); words: guess
        raise errors.invalid(f"Value ({asn}) for parameter amazonSideAsn is invalid.")
    held = [one for one in state.gateways.vpn.values() if isinstance(one.deleted, UnsetType)]
    if len(held) >= call.quota("vpn_gateways", limits.VPN_GATEWAYS_MAX):
        raise errors.limit("VpnGatewayLimitExceeded", "virtual private gateways")
    gateway = VpnGateway(
        id=call.new_id("vgw"), asn=asn, zone=params.availability_zone,
        tags=tags.given(params.tag_specifications, "vpn-gateway"),
    )  # fmt: skip
    return api.CreateVpnGatewayResult(vpn_gateway=shown(gateway))


@service.project
def vpn_gateway_created(state: Ec2, event: Event[api.CreateVpnGateway, api.CreateVpnGatewayResult]) -> None:
    """The gateway is there."""
    made = told(event.result.vpn_gateway, api.VpnGateway())
    if isinstance(made.vpn_gateway_id, UnsetType):
        return
    gateway = VPN_GATEWAYS.known(state, event, made.vpn_gateway_id)
    gateway.asn = told(made.amazon_side_asn, told(event.params.amazon_side_asn, _ASN_DEFAULT))
    gateway.zone = event.params.availability_zone
    gateway.tags = tags.given(event.params.tag_specifications, "vpn-gateway")


@service.handle
def attach_vpn_gateway(state: Ec2, call: Call[api.AttachVpnGateway]) -> api.AttachVpnGatewayResult:
    """One gateway has one VPC, and one VPC has one gateway."""
    gateway, vpc = _there(state, call.params.vpn_gateway_id), VPCS.find(state, call.params.vpc_id)
    if gateway.vpc == vpc.id:
        return api.AttachVpnGatewayResult(vpc_attachment=api.VpcAttachment(vpc_id=vpc.id, state="attached"))
    if not isinstance(gateway.vpc, UnsetType):
        # evidence: page errors-overview.html (VpnGatewayAttachmentLimitExceeded); words: guess
        raise Refusal(
            "VpnGatewayAttachmentLimitExceeded",
            f"The vpnGateway '{gateway.id}' is already attached to '{gateway.vpc}'.",
        )
    if any(one.vpc == vpc.id for one in state.gateways.vpn.values()):
        # evidence: page errors-overview.html (InvalidVpcState); words: guess
        raise Refusal("InvalidVpcState", f"Network {vpc.id} already has a virtual private gateway attached")
    return api.AttachVpnGatewayResult(vpc_attachment=api.VpcAttachment(vpc_id=vpc.id, state="attaching"))


@service.project
def vpn_gateway_attached(state: Ec2, event: Event[api.AttachVpnGateway, api.AttachVpnGatewayResult]) -> None:
    """The gateway is the VPC's."""
    VPCS.known(state, event, event.params.vpc_id)
    VPN_GATEWAYS.known(state, event, event.params.vpn_gateway_id).vpc = event.params.vpc_id


@service.handle
def detach_vpn_gateway(state: Ec2, call: Call[api.DetachVpnGateway]) -> None:
    """The VPC must be the gateway's."""
    gateway, vpc = _there(state, call.params.vpn_gateway_id), VPCS.find(state, call.params.vpc_id)
    if gateway.vpc != vpc.id:
        # evidence: page errors-overview.html (InvalidVpnGatewayAttachment.NotFound); words: guess
        raise Refusal(
            "InvalidVpnGatewayAttachment.NotFound",
            f"The attachment with vpn gateway ID '{gateway.id}' and vpc ID '{vpc.id}' does not exist",
        )


@service.project
def vpn_gateway_detached(state: Ec2, event: Event[api.DetachVpnGateway, None]) -> None:
    """The gateway is nobody's; routes to it are blackholes."""
    VPN_GATEWAYS.known(state, event, event.params.vpn_gateway_id).vpc = UNSET


@service.handle
def delete_vpn_gateway(state: Ec2, call: Call[api.DeleteVpnGateway]) -> None:
    """Refuse while it is attached, or a connection has it."""
    gateway = _there(state, call.params.vpn_gateway_id)
    if not isinstance(gateway.vpc, UnsetType) or uses.used(state, "vpn-gateway", gateway.id):
        # evidence: https://github.com/hashicorp/terraform-provider-aws/pull/5831
        raise errors.incorrect_state("The VPN gateway is in use.")


@service.project
def vpn_gateway_deleted(state: Ec2, event: Event[api.DeleteVpnGateway, None]) -> None:
    """The gateway is deleted, and still shown."""
    gateway = VPN_GATEWAYS.known(state, event, event.params.vpn_gateway_id)
    gateway.vpc = UNSET
    if isinstance(gateway.deleted, UnsetType):
        gateway.deleted = event.time


@service.evidence
def vpn_gateway_was_gone(state: Ec2, event: Event[api.DeleteVpnGateway, None]) -> None:
    """A gateway that could not be deleted because it is not there is not there."""
    if event.error == "Client.InvalidVpnGatewayID.NotFound":
        state.gateways.vpn.pop(event.params.vpn_gateway_id, None)


def _there(state: Ec2, identifier: str) -> VpnGateway:
    gateway = VPN_GATEWAYS.find(state, identifier)
    if not isinstance(gateway.deleted, UnsetType):
        raise errors.not_found(VPN_GATEWAYS.code, VPN_GATEWAYS.noun, [identifier])
    return gateway


def _status(gateway: VpnGateway) -> str:
    return "available" if isinstance(gateway.deleted, UnsetType) else "deleted"


_FIELDS: filters.Fields[VpnGateway] = {
    "amazon-side-asn": lambda gateway: gateway.asn,
    "attachment.state": lambda gateway: None if isinstance(gateway.vpc, UnsetType) else "attached",
    "attachment.vpc-id": lambda gateway: gateway.vpc,
    "availability-zone": lambda gateway: gateway.zone,
    "state": _status,
    "type": lambda gateway: "ipsec.1",
    "vpn-gateway-id": lambda gateway: gateway.id,
}
"""API_DescribeVpnGateways: Filters."""


@service.read
def describe_vpn_gateways(state: Ec2, call: Call[api.DescribeVpnGateways]) -> api.DescribeVpnGatewaysResult:
    """Gateways, in the order of their ids."""
    page = filters.described(state, call, VPN_GATEWAYS, call.params.vpn_gateway_ids, _FIELDS)
    return api.DescribeVpnGatewaysResult(vpn_gateways=[shown(one) for one in page.items])


def shown(gateway: VpnGateway) -> api.VpnGateway:
    """A gateway as answers show it."""
    attached = [] if isinstance(gateway.vpc, UnsetType) else [gateway.vpc]
    return api.VpnGateway(
        amazon_side_asn=gateway.asn, tags=tags.shown(gateway.tags), vpn_gateway_id=gateway.id, state=_status(gateway),
        type="ipsec.1", availability_zone=gateway.zone,
        vpc_attachments=[api.VpcAttachment(vpc_id=vpc, state="attached") for vpc in attached],
    )  # fmt: skip


@uses.of("vpc")
def in_vpc(state: Ec2, vpc: str) -> bool:
    """Whether a VPC has one."""
    return any(one.vpc == vpc for one in state.gateways.vpn.values())


def _alive(state: Ec2, table: RouteTable, gateway: str) -> bool:
    held = state.gateways.vpn.get(gateway)
    return held is not None and (held.vpc == table.vpc or isinstance(table.vpc, UnsetType))


def _check(state: Ec2, table: RouteTable, gateway: str) -> None:
    held = _there(state, gateway)
    if held.vpc != table.vpc and not isinstance(table.vpc, UnsetType):
        # evidence: https://github.com/smoketurner/serverless-vpc-plugin/issues/147 (internet gateways)
        raise errors.invalid(
            f"route table {table.id} and network gateway {gateway} belong to different networks"
        )


route_targets.declare("gateway_id", prefix="vgw", alive=_alive, check=_check)
