"""What is attached to transit gateways: VPCs and peers. https://docs.aws.amazon.com/vpc/latest/tgw/working-with-transit-gateways.html"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, errors, filters, tags, uses
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_transit import TransitAttachment, TransitGateway
from backtrail_aws.ec2.subnets import SUBNETS
from backtrail_aws.ec2.transit_gateways import TRANSIT_GATEWAYS, there
from backtrail_aws.ec2.vpcs import VPCS

ATTACHMENTS = Kind(
    "transit-gateway-attachment", "tgw-attach", TransitAttachment, lambda state: state.gateways.transit.attachments,
    code="InvalidTransitGatewayAttachmentID.NotFound", noun="transit gateway attachment ID",
    malformed="InvalidTransitGatewayAttachmentID.Malformed", cloudformation="AWS::EC2::TransitGatewayAttachment",
    parameters=("transit_gateway_attachment_id", "transit_gateway_attachment_ids"),
    created_by=("CreateTransitGatewayVpcAttachment", "CreateTransitGatewayPeeringAttachment"),
    parent=lambda attachment: told(attachment.gateway, None),
)  # fmt: skip

_DEFAULTS = {
    "dns_support": "enable", "security_group_referencing_support": "enable", "ipv6_support": "disable",
    "appliance_mode_support": "disable",
}  # fmt: skip
"""API_CreateTransitGatewayVpcAttachmentRequestOptions"""
ENDED = ("deleted", "rejected", "failed")


# VPCs


@service.handle
def create_transit_gateway_vpc_attachment(
    state: Ec2, call: Call[api.CreateTransitGatewayVpcAttachment]
) -> api.CreateTransitGatewayVpcAttachmentResult:
    """A VPC, by a subnet in each of some zones."""
    params = call.params
    tags.check_new(params.tag_specifications, "transit-gateway-attachment")
    gateway, vpc = there(state, params.transit_gateway_id), VPCS.find(state, params.vpc_id)
    _check_subnets(state, vpc.id, params.subnet_ids)
    for one in state.gateways.transit.attachments.values():
        if (one.gateway, one.resource) == (gateway.id, vpc.id) and one.status not in ENDED:
            # evidence: https://github.com/hashicorp/terraform-provider-aws/issues/10852
            raise Refusal(
                "DuplicateTransitGatewayAttachment",
                f"{gateway.id} has non-deleted Transit Gateway Attachments with same VPC ID.",
            )
    options = told(params.options, api.CreateTransitGatewayVpcAttachmentRequestOptions())
    made = TransitAttachment(
        id=call.new_id("tgw-attach"), gateway=gateway.id, resource=vpc.id, resource_owner=call.account,
        subnets=params.subnet_ids, options=_chosen(options, _DEFAULTS), made=call.time,
        tags=tags.given(params.tag_specifications, "transit-gateway-attachment"),
    )  # fmt: skip
    return api.CreateTransitGatewayVpcAttachmentResult(
        transit_gateway_vpc_attachment=vpc_shown(made, "pending")
    )


def _check_subnets(state: Ec2, vpc: str, subnets: list[str]) -> None:
    found = SUBNETS.find_all(state, subnets)
    if any(one.vpc not in (vpc, UNSET) for one in found):
        # evidence: guess
        raise errors.invalid(f"The subnets must belong to the VPC {vpc}.")
    zones = [one.zone for one in found if isinstance(one.zone, str)]
    if len(set(zones)) < len(zones):
        # evidence: https://github.com/zoitech/terraform-aws-network/issues/46
        raise Refusal("DuplicateSubnetsInSameZone", "Duplicate Subnets for same AZ")


def _chosen(given: object, defaults: dict[str, str]) -> dict[str, str]:
    return {name: told(getattr(given, name, UNSET), default) for name, default in defaults.items()}


@service.project
def transit_gateway_vpc_attachment_created(
    state: Ec2,
    event: Event[api.CreateTransitGatewayVpcAttachment, api.CreateTransitGatewayVpcAttachmentResult],
) -> None:
    """The VPC is attached; associated and propagated where the gateway does so by itself."""
    made = told(event.result.transit_gateway_vpc_attachment, api.TransitGatewayVpcAttachment())
    if isinstance(made.transit_gateway_attachment_id, UnsetType):
        return
    params = event.params
    gateway = TRANSIT_GATEWAYS.known(state, event, params.transit_gateway_id)
    VPCS.known(state, event, params.vpc_id)
    held = ATTACHMENTS.known(state, event, made.transit_gateway_attachment_id)
    held.gateway, held.resource, held.resource_owner = gateway.id, params.vpc_id, event.account
    held.kind, held.subnets, held.made = "vpc", list(params.subnet_ids), event.time
    held.options = _chosen(
        told(params.options, api.CreateTransitGatewayVpcAttachmentRequestOptions()), _DEFAULTS
    )
    held.tags = tags.given(params.tag_specifications, "transit-gateway-attachment")
    join_defaults(state, gateway, held)


def join_defaults(state: Ec2, gateway: TransitGateway, attachment: TransitAttachment) -> None:
    """In a fold: an attachment is associated with the default table, and propagates to it."""
    attachment.table = gateway.association_table
    table = state.gateways.transit.tables.get(told(gateway.propagation_table, ""))
    if table is not None and attachment.id not in table.propagating:
        table.propagating.append(attachment.id)


@service.handle
def modify_transit_gateway_vpc_attachment(
    state: Ec2, call: Call[api.ModifyTransitGatewayVpcAttachment]
) -> api.ModifyTransitGatewayVpcAttachmentResult:
    """Subnets and switches."""
    held = of_kind(state, call.params.transit_gateway_attachment_id, "vpc")
    _check_subnets(state, told(held.resource, ""), _subnets(held, call.params))
    changed = TransitAttachment(
        id=held.id, gateway=held.gateway, resource=held.resource, resource_owner=held.resource_owner, tags=held.tags,
        subnets=_subnets(held, call.params), made=held.made,
        options=_chosen(told(call.params.options, UNSET), held.options or _DEFAULTS),
    )  # fmt: skip
    return api.ModifyTransitGatewayVpcAttachmentResult(
        transit_gateway_vpc_attachment=vpc_shown(changed, "modifying")
    )


def _subnets(held: TransitAttachment, params: api.ModifyTransitGatewayVpcAttachment) -> list[str]:
    gone = told(params.remove_subnet_ids, [])
    kept = [one for one in held.subnets if one not in gone]
    return [*kept, *(one for one in told(params.add_subnet_ids, []) if one not in kept)]


@service.project
def transit_gateway_vpc_attachment_modified(
    state: Ec2,
    event: Event[api.ModifyTransitGatewayVpcAttachment, api.ModifyTransitGatewayVpcAttachmentResult],
) -> None:
    """What was given is changed."""
    held = ATTACHMENTS.known(state, event, event.params.transit_gateway_attachment_id)
    held.subnets = _subnets(held, event.params)
    held.options = _chosen(told(event.params.options, UNSET), held.options or _DEFAULTS)


@service.handle
def delete_transit_gateway_vpc_attachment(
    state: Ec2, call: Call[api.DeleteTransitGatewayVpcAttachment]
) -> api.DeleteTransitGatewayVpcAttachmentResult:
    """Routes to it stay, and are blackholes."""
    held = of_kind(state, call.params.transit_gateway_attachment_id, "vpc")
    return api.DeleteTransitGatewayVpcAttachmentResult(
        transit_gateway_vpc_attachment=vpc_shown(held, "deleting")
    )


@service.project
def transit_gateway_vpc_attachment_deleted(
    state: Ec2,
    event: Event[api.DeleteTransitGatewayVpcAttachment, api.DeleteTransitGatewayVpcAttachmentResult],
) -> None:
    """The attachment is deleted, and still shown."""
    leave(state, ATTACHMENTS.known(state, event, event.params.transit_gateway_attachment_id), "deleted")


def leave(state: Ec2, attachment: TransitAttachment, status: str) -> None:
    """In a fold: an attachment has ended; no table has it."""
    attachment.status, attachment.table = status, UNSET
    for table in state.gateways.transit.tables.values():
        if attachment.id in table.propagating:
            table.propagating.remove(attachment.id)


def of_kind(state: Ec2, identifier: str, kind: str) -> TransitAttachment:
    """An attachment of a kind that has not ended. Raises `Refusal`."""
    held = ATTACHMENTS.find(state, identifier)
    if held.kind != kind or held.status in ENDED:
        raise gone(identifier, "VPC" if kind == "vpc" else "Peering")
    return held


def gone(identifier: str, kind: str) -> Refusal:
    """An attachment that is deleted."""
    # evidence: https://github.com/rebuy-de/aws-nuke/issues/961
    return Refusal(
        ATTACHMENTS.code, f"Transit Gateway {kind} Attachment {identifier} was deleted or does not exist."
    )


_FIELDS: filters.Fields[TransitAttachment] = {
    "association.state": lambda one: None if isinstance(one.table, UnsetType) else "associated",
    "association.transit-gateway-route-table-id": lambda one: one.table,
    "resource-id": lambda one: one.resource,
    "resource-owner-id": lambda one: one.resource_owner,
    "resource-type": lambda one: one.kind,
    "state": lambda one: one.status,
    "transit-gateway-attachment-id": lambda one: one.id,
    "transit-gateway-id": lambda one: one.gateway,
    "transit-gateway-owner-id": lambda one: one.owner,
    "vpc-id": lambda one: one.resource,
}
"""API_DescribeTransitGatewayAttachments and API_DescribeTransitGatewayVpcAttachments: Filters."""


def page_of(state: Ec2, call: Call[Any], kind: str | None) -> Any:
    """A page of attachments, of one kind or of all."""
    held = {
        one.id: one for one in state.gateways.transit.attachments.values() if kind is None or one.kind == kind
    }
    wanted = told(call.params.transit_gateway_attachment_ids, [])
    if lost := [one for one in wanted if one not in held]:
        ATTACHMENTS.find_all(state, lost)
        raise errors.not_found(ATTACHMENTS.code, ATTACHMENTS.noun, lost)
    items = {one: held[one] for one in sorted(set(wanted))} if wanted else held
    return filters.paged(call, items, filters.tagged(call.params.filters, _FIELDS))


@service.read
def describe_transit_gateway_vpc_attachments(
    state: Ec2, call: Call[api.DescribeTransitGatewayVpcAttachments]
) -> api.DescribeTransitGatewayVpcAttachmentsResult:
    """Attached VPCs, in the order of their ids."""
    page = page_of(state, call, "vpc")
    return api.DescribeTransitGatewayVpcAttachmentsResult(
        transit_gateway_vpc_attachments=[vpc_shown(one, one.status) for one in page.items],
        next_token=page.next or UNSET,
    )


@service.read
def describe_transit_gateway_attachments(
    state: Ec2, call: Call[api.DescribeTransitGatewayAttachments]
) -> api.DescribeTransitGatewayAttachmentsResult:
    """All that is attached, in the order of their ids."""
    page = page_of(state, call, None)
    return api.DescribeTransitGatewayAttachmentsResult(
        transit_gateway_attachments=[_shown(one) for one in page.items], next_token=page.next or UNSET
    )


def _shown(held: TransitAttachment) -> api.TransitGatewayAttachment:
    association = (
        UNSET
        if isinstance(held.table, UnsetType)
        else api.TransitGatewayAttachmentAssociation(
            transit_gateway_route_table_id=held.table, state="associated"
        )
    )
    return api.TransitGatewayAttachment(
        transit_gateway_attachment_id=held.id, transit_gateway_id=held.gateway, transit_gateway_owner_id=held.owner,
        resource_owner_id=held.resource_owner, resource_type=held.kind, resource_id=held.resource, state=held.status,
        association=association, creation_time=time_of(held), tags=tags.shown(held.tags),
    )  # fmt: skip


def time_of(held: TransitAttachment) -> IsoMillisZ | UnsetType:
    return UNSET if isinstance(held.made, UnsetType) else IsoMillisZ.of(held.made)


def vpc_shown(held: TransitAttachment, state: str) -> api.TransitGatewayVpcAttachment:
    """An attached VPC as answers show it."""
    return api.TransitGatewayVpcAttachment(
        transit_gateway_attachment_id=held.id, transit_gateway_id=held.gateway, vpc_id=held.resource,
        vpc_owner_id=held.resource_owner, state=state, subnet_ids=held.subnets, creation_time=time_of(held),
        options=api.TransitGatewayVpcAttachmentOptions(**held.options), tags=tags.shown(held.tags),
    )  # fmt: skip


@uses.of("vpc")
def of_vpc(state: Ec2, vpc: str) -> bool:
    """Whether a VPC is attached to a transit gateway."""
    return any(
        one.resource == vpc and one.status == "available"
        for one in state.gateways.transit.attachments.values()
    )


@uses.of("subnet")
def in_subnet(state: Ec2, subnet: str) -> bool:
    """Whether an attachment is in a subnet."""
    return any(
        subnet in one.subnets and one.status == "available"
        for one in state.gateways.transit.attachments.values()
    )
