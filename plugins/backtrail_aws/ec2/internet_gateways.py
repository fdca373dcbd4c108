"""Internet gateways: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, errors, filters, limits, route_targets, tags, uses
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_network import InternetGateway, RouteTable
from backtrail_aws.ec2.vpcs import VPCS

INTERNET_GATEWAYS = Kind(
    "internet-gateway", "igw", InternetGateway, lambda state: state.network.internet_gateways,
    code="InvalidInternetGatewayID.NotFound", noun="internetGateway ID",
    cloudformation="AWS::EC2::InternetGateway", parameters=("internet_gateway_id",),
    created_by=("CreateInternetGateway",), parent=lambda gateway: told(gateway.vpc, None),
)  # fmt: skip


@service.handle
def create_internet_gateway(
    state: Ec2, call: Call[api.CreateInternetGateway]
) -> api.CreateInternetGatewayResult:
    """A gateway that is attached to nothing."""
    tags.check_new(call.params.tag_specifications, "internet-gateway")
    # amazon-vpc-limits.html: "To increase this quota, increase the quota for VPCs per Region."
    most = max(
        call.quota("internet_gateways", limits.INTERNET_GATEWAYS_MAX), call.quota("vpcs", limits.VPCS_MAX)
    )
    if len(state.network.internet_gateways) >= most:
        raise errors.limit("InternetGatewayLimitExceeded", "internet gateways")
    gateway = InternetGateway(
        id=call.new_id("igw"), tags=tags.given(call.params.tag_specifications, "internet-gateway")
    )
    gateway.arn = INTERNET_GATEWAYS.arn(call, gateway.id)
    return api.CreateInternetGatewayResult(internet_gateway=shown(gateway))


@service.project
def internet_gateway_created(
    state: Ec2, event: Event[api.CreateInternetGateway, api.CreateInternetGatewayResult]
) -> None:
    """The gateway is there."""
    made = told(event.result.internet_gateway, api.InternetGateway())
    if isinstance(made.internet_gateway_id, UnsetType):
        return
    gateway = INTERNET_GATEWAYS.known(state, event, made.internet_gateway_id)
    gateway.tags = tags.given(event.params.tag_specifications, "internet-gateway")


@service.handle
def delete_internet_gateway(state: Ec2, call: Call[api.DeleteInternetGateway]) -> None:
    """Refuse while it is attached."""
    gateway = INTERNET_GATEWAYS.find(state, call.params.internet_gateway_id)
    if not isinstance(gateway.vpc, UnsetType):
        raise errors.in_use("internetGateway", gateway.id)


@service.project
def internet_gateway_deleted(state: Ec2, event: Event[api.DeleteInternetGateway, None]) -> None:
    """The gateway is gone."""
    state.network.internet_gateways.pop(event.params.internet_gateway_id, None)


@service.evidence
def internet_gateway_was_gone(state: Ec2, event: Event[api.DeleteInternetGateway, None]) -> None:
    """A gateway that could not be deleted because it is not there is not there."""
    if event.error == "Client.InvalidInternetGatewayID.NotFound":
        state.network.internet_gateways.pop(event.params.internet_gateway_id, None)


@service.handle
def attach_internet_gateway(state: Ec2, call: Call[api.AttachInternetGateway]) -> None:
    """One gateway has one VPC, and one VPC has one gateway."""
    gateway = INTERNET_GATEWAYS.find(state, call.params.internet_gateway_id)
    vpc = VPCS.find(state, call.params.vpc_id)
    if not isinstance(gateway.vpc, UnsetType):
        # evidence: https://github.com/berlioz-the/berlioz/issues/1
        raise Refusal(
            "Resource.AlreadyAssociated",
            f"resource {gateway.id} is already attached to network {gateway.vpc}",
        )
    if any(one.vpc == vpc.id for one in state.network.internet_gateways.values()):
        # evidence: https://github.com/binlab/terraform-aws-vault-ha-raft/issues/54
        raise errors.invalid(f"Network {vpc.id} already has an internet gateway attached")


@service.project
def internet_gateway_attached(state: Ec2, event: Event[api.AttachInternetGateway, None]) -> None:
    """The gateway is the VPC's."""
    VPCS.known(state, event, event.params.vpc_id)
    INTERNET_GATEWAYS.known(state, event, event.params.internet_gateway_id).vpc = event.params.vpc_id


@service.handle
def detach_internet_gateway(state: Ec2, call: Call[api.DetachInternetGateway]) -> None:
    """Refuse while a public address is mapped in the VPC."""
    gateway = INTERNET_GATEWAYS.find(state, call.params.internet_gateway_id)
    vpc = VPCS.find(state, call.params.vpc_id)
    if gateway.vpc != vpc.id:
        raise not_attached(gateway.id, vpc.id)
    if uses.used(state, "internet-gateway", gateway.id):
        # evidence: https://github.com/prabhatsharma/kubernetes-the-hard-way-aws/issues/16
        raise errors.dependency(
            f"Network {vpc.id} has some mapped public address(es). Please unmap those public address(es) before "
            "detaching the gateway."
        )


@service.project
def internet_gateway_detached(state: Ec2, event: Event[api.DetachInternetGateway, None]) -> None:
    """The gateway is nobody's; routes to it are blackholes."""
    INTERNET_GATEWAYS.known(state, event, event.params.internet_gateway_id).vpc = UNSET


_FIELDS: filters.Fields[InternetGateway] = {
    "attachment.state": lambda gateway: None if isinstance(gateway.vpc, UnsetType) else "available",
    "attachment.vpc-id": lambda gateway: gateway.vpc,
    "internet-gateway-id": lambda gateway: gateway.id,
    "owner-id": lambda gateway: gateway.owner,
}
"""API_DescribeInternetGateways: Filters."""


@service.read
def describe_internet_gateways(
    state: Ec2, call: Call[api.DescribeInternetGateways]
) -> api.DescribeInternetGatewaysResult:
    """Gateways, in the order of their ids."""
    page = filters.described(state, call, INTERNET_GATEWAYS, call.params.internet_gateway_ids, _FIELDS)
    return api.DescribeInternetGatewaysResult(
        internet_gateways=[shown(one) for one in page.items], next_token=page.next or UNSET
    )


def shown(gateway: InternetGateway) -> api.InternetGateway:
    """A gateway as answers show it."""
    attached = [] if isinstance(gateway.vpc, UnsetType) else [gateway.vpc]
    return api.InternetGateway(
        internet_gateway_id=gateway.id, owner_id=gateway.owner, tags=tags.shown(gateway.tags),
        attachments=[api.InternetGatewayAttachment(state="available", vpc_id=vpc) for vpc in attached],
    )  # fmt: skip


def not_attached(gateway: str, vpc: str) -> Refusal:
    """A gateway is not the VPC's."""
    # evidence: page errors-overview.html; words: guess
    return Refusal("Gateway.NotAttached", f"resource {gateway} is not attached to network {vpc}")


# as the target of routes


def _alive(state: Ec2, table: RouteTable, gateway: str) -> bool:
    held = state.network.internet_gateways.get(gateway)
    return held is not None and (held.vpc == table.vpc or isinstance(table.vpc, UnsetType))


def _check(state: Ec2, table: RouteTable, gateway: str) -> None:
    held = INTERNET_GATEWAYS.find(state, gateway)
    if held.vpc != table.vpc and not isinstance(table.vpc, UnsetType):
        # evidence: https://github.com/smoketurner/serverless-vpc-plugin/issues/147
        raise errors.invalid(
            f"route table {table.id} and network gateway {gateway} belong to different networks"
        )


route_targets.declare("gateway_id", prefix="igw", alive=_alive, check=_check)
