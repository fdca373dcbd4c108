"""Egress-only internet gateways: https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.ec2 import api, errors, filters, limits, route_targets, tags, uses
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_gateways import VpcGateway
from backtrail_aws.ec2.state_network import RouteTable
from backtrail_aws.ec2.vpcs import VPCS

EGRESS_ONLY_GATEWAYS = Kind(
    "egress-only-internet-gateway", "eigw", VpcGateway, lambda state: state.gateways.egress_only,
    code="InvalidGatewayID.NotFound", noun="eigw ID", cloudformation="AWS::EC2::EgressOnlyInternetGateway",
    parameters=("egress_only_internet_gateway_id", "egress_only_internet_gateway_ids"),
    created_by=("CreateEgressOnlyInternetGateway",), parent=lambda gateway: told(gateway.vpc, None),
)  # fmt: skip


@service.handle(token="client_token")
def create_egress_only_internet_gateway(
    state: Ec2, call: Call[api.CreateEgressOnlyInternetGateway]
) -> api.CreateEgressOnlyInternetGatewayResult:
    """A gateway of a VPC, from the beginning."""
    params = call.params
    tags.check_new(params.tag_specifications, "egress-only-internet-gateway")
    vpc = VPCS.find(state, params.vpc_id)
    most = call.quota("egress_only_gateways", limits.EGRESS_ONLY_GATEWAYS_MAX)
    if len(state.gateways.egress_only) >= most:
        # evidence: guess
        raise errors.limit("EgressOnlyInternetGatewayLimitExceeded", "egress-only internet gateways")
    gateway = VpcGateway(
        id=call.new_id("eigw"), vpc=vpc.id, tags=tags.given(params.tag_specifications, "egress-only-internet-gateway")
    )  # fmt: skip
    return api.CreateEgressOnlyInternetGatewayResult(
        client_token=params.client_token, egress_only_internet_gateway=shown(gateway)
    )


@service.project
def egress_only_internet_gateway_created(
    state: Ec2, event: Event[api.CreateEgressOnlyInternetGateway, api.CreateEgressOnlyInternetGatewayResult]
) -> None:
    """The gateway is there."""
    made = told(event.result.egress_only_internet_gateway, api.EgressOnlyInternetGateway())
    if isinstance(made.egress_only_internet_gateway_id, UnsetType):
        return
    VPCS.known(state, event, event.params.vpc_id)
    gateway = EGRESS_ONLY_GATEWAYS.known(state, event, made.egress_only_internet_gateway_id)
    gateway.vpc = event.params.vpc_id
    gateway.tags = tags.given(event.params.tag_specifications, "egress-only-internet-gateway")


@service.handle
def delete_egress_only_internet_gateway(
    state: Ec2, call: Call[api.DeleteEgressOnlyInternetGateway]
) -> api.DeleteEgressOnlyInternetGatewayResult:
    """Routes to it stay, and are blackholes."""
    EGRESS_ONLY_GATEWAYS.find(state, call.params.egress_only_internet_gateway_id)
    return api.DeleteEgressOnlyInternetGatewayResult(return_code=True)


@service.project
def egress_only_internet_gateway_deleted(
    state: Ec2, event: Event[api.DeleteEgressOnlyInternetGateway, api.DeleteEgressOnlyInternetGatewayResult]
) -> None:
    """The gateway is gone."""
    state.gateways.egress_only.pop(event.params.egress_only_internet_gateway_id, None)


@service.evidence
def egress_only_internet_gateway_was_gone(
    state: Ec2, event: Event[api.DeleteEgressOnlyInternetGateway, None]
) -> None:
    """A gateway that could not be deleted because it is not there is not there."""
    if event.error == "Client.InvalidGatewayID.NotFound":
        state.gateways.egress_only.pop(event.params.egress_only_internet_gateway_id, None)


@service.read
def describe_egress_only_internet_gateways(
    state: Ec2, call: Call[api.DescribeEgressOnlyInternetGateways]
) -> api.DescribeEgressOnlyInternetGatewaysResult:
    """Gateways, in the order of their ids; tags are all that filters look at."""
    ids = call.params.egress_only_internet_gateway_ids
    page = filters.described(state, call, EGRESS_ONLY_GATEWAYS, ids, {}, bounds=(5, 255))
    return api.DescribeEgressOnlyInternetGatewaysResult(
        egress_only_internet_gateways=[shown(one) for one in page.items], next_token=page.next or UNSET
    )


def shown(gateway: VpcGateway) -> api.EgressOnlyInternetGateway:
    """A gateway as answers show it."""
    return api.EgressOnlyInternetGateway(
        attachments=[api.InternetGatewayAttachment(state="attached", vpc_id=gateway.vpc)],
        egress_only_internet_gateway_id=gateway.id, tags=tags.shown(gateway.tags),
    )  # fmt: skip


@uses.of("vpc")
def in_vpc(state: Ec2, vpc: str) -> bool:
    """Whether a VPC has one."""
    return any(one.vpc == vpc for one in state.gateways.egress_only.values())


def _alive(state: Ec2, table: RouteTable, gateway: str) -> bool:
    return gateway in state.gateways.egress_only


def _check(state: Ec2, table: RouteTable, gateway: str) -> None:
    held = EGRESS_ONLY_GATEWAYS.find(state, gateway)
    if held.vpc != table.vpc and not isinstance(table.vpc, UnsetType):
        # evidence: guess
        raise errors.invalid(
            f"route table {table.id} and network gateway {gateway} belong to different networks"
        )


route_targets.declare("egress_only_internet_gateway_id", prefix="eigw", alive=_alive, check=_check)
