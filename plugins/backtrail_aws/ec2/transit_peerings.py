"""Transit gateways of two regions as peers: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering.html"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.ec2 import api, errors, tags
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_transit import TransitAttachment
from backtrail_aws.ec2.transit_attachments import ATTACHMENTS, leave, of_kind, page_of, time_of
from backtrail_aws.ec2.transit_gateways import there


def _both(
    where: Call[api.CreateTransitGatewayPeeringAttachment]
    | Event[api.CreateTransitGatewayPeeringAttachment, Any],
) -> list[tuple[str, str]]:
    own = (where.account, where.region)
    return list(dict.fromkeys([own, (where.params.peer_account_id, where.params.peer_region)]))


@service.handle
def create_transit_gateway_peering_attachment(
    state: Ec2, call: Call[api.CreateTransitGatewayPeeringAttachment]
) -> api.CreateTransitGatewayPeeringAttachmentResult:
    """A request to another region's gateway."""
    params = call.params
    tags.check_new(params.tag_specifications, "transit-gateway-attachment")
    gateway = there(state, params.transit_gateway_id)
    if params.peer_transit_gateway_id == gateway.id:
        # evidence: guess
        raise errors.invalid("A transit gateway cannot be peered with itself.")
    made = TransitAttachment(
        id=call.new_id("tgw-attach"), gateway=gateway.id, kind="peering", resource=params.peer_transit_gateway_id,
        resource_owner=params.peer_account_id, made=call.time, status="initiatingRequest",
        peer=(params.peer_transit_gateway_id, params.peer_account_id, params.peer_region),
        tags=tags.given(params.tag_specifications, "transit-gateway-attachment"),
    )  # fmt: skip
    made.arn = ATTACHMENTS.arn(call, made.id)
    return api.CreateTransitGatewayPeeringAttachmentResult(
        transit_gateway_peering_attachment=peer_shown(made, made.status)
    )


@service.project(at=_both)
def transit_gateway_peering_attachment_created(
    state: Ec2,
    event: Event[api.CreateTransitGatewayPeeringAttachment, api.CreateTransitGatewayPeeringAttachmentResult],
) -> None:
    """Both sides know of the request: each sees its own gateway, and the other as the peer."""
    made = told(event.result.transit_gateway_peering_attachment, api.TransitGatewayPeeringAttachment())
    if isinstance(made.transit_gateway_attachment_id, UnsetType):
        return
    params = event.params
    held_here = state.gateways.transit.gateways
    theirs = params.peer_transit_gateway_id in held_here and params.transit_gateway_id not in held_here
    held = ATTACHMENTS.known(state, event, made.transit_gateway_attachment_id)
    held.kind, held.status, held.made = "peering", "pendingAcceptance", event.time
    held.arn = ATTACHMENTS.arn(event, held.id)
    if theirs:
        held.requester, held.gateway = False, params.peer_transit_gateway_id
        held.arn = event.arn(
            "ec2",
            f"{ATTACHMENTS.arn_name}/{held.id}",
            region=params.peer_region,
            account=params.peer_account_id,
        )
        held.resource, held.resource_owner = params.transit_gateway_id, event.account
        held.peer = (params.transit_gateway_id, event.account, event.region)
        return
    held.gateway, held.resource = params.transit_gateway_id, params.peer_transit_gateway_id
    held.resource_owner = params.peer_account_id
    held.peer = (params.peer_transit_gateway_id, params.peer_account_id, params.peer_region)
    held.tags = tags.given(params.tag_specifications, "transit-gateway-attachment")


def _shown_sides(event: Event[Any, Any]) -> list[tuple[str, str]]:
    """Both sides that an answer shows."""
    made: api.TransitGatewayPeeringAttachment = told(
        getattr(event.result, "transit_gateway_peering_attachment", UNSET),
        api.TransitGatewayPeeringAttachment(),
    )
    infos = [
        one for one in (made.requester_tgw_info, made.accepter_tgw_info) if not isinstance(one, UnsetType)
    ]
    found = [(told(one.owner_id, event.account), told(one.region, event.region)) for one in infos]
    return list(dict.fromkeys([(event.account, event.region), *found]))


def _pending(state: Ec2, identifier: str) -> TransitAttachment:
    held = of_kind(state, identifier, "peering")
    if held.requester or held.status != "pendingAcceptance":
        # evidence: guess
        raise errors.incorrect_state(f"{identifier} is in invalid state {held.status}")
    return held


@service.handle
def accept_transit_gateway_peering_attachment(
    state: Ec2, call: Call[api.AcceptTransitGatewayPeeringAttachment]
) -> api.AcceptTransitGatewayPeeringAttachmentResult:
    """The other gateway's owner accepts."""
    held = _pending(state, call.params.transit_gateway_attachment_id)
    return api.AcceptTransitGatewayPeeringAttachmentResult(
        transit_gateway_peering_attachment=peer_shown(held, "pending")
    )


@service.project(at=_shown_sides)
def transit_gateway_peering_attachment_accepted(
    state: Ec2,
    event: Event[api.AcceptTransitGatewayPeeringAttachment, api.AcceptTransitGatewayPeeringAttachmentResult],
) -> None:
    """The peers are joined, on both sides."""
    ATTACHMENTS.known(state, event, event.params.transit_gateway_attachment_id).status = "available"


@service.handle
def reject_transit_gateway_peering_attachment(
    state: Ec2, call: Call[api.RejectTransitGatewayPeeringAttachment]
) -> api.RejectTransitGatewayPeeringAttachmentResult:
    """The other gateway's owner refuses."""
    held = _pending(state, call.params.transit_gateway_attachment_id)
    return api.RejectTransitGatewayPeeringAttachmentResult(
        transit_gateway_peering_attachment=peer_shown(held, "rejected")
    )


@service.project(at=_shown_sides)
def transit_gateway_peering_attachment_rejected(
    state: Ec2,
    event: Event[api.RejectTransitGatewayPeeringAttachment, api.RejectTransitGatewayPeeringAttachmentResult],
) -> None:
    """The request is rejected, on both sides."""
    leave(state, ATTACHMENTS.known(state, event, event.params.transit_gateway_attachment_id), "rejected")


@service.handle
def delete_transit_gateway_peering_attachment(
    state: Ec2, call: Call[api.DeleteTransitGatewayPeeringAttachment]
) -> api.DeleteTransitGatewayPeeringAttachmentResult:
    """Either side ends it."""
    held = of_kind(state, call.params.transit_gateway_attachment_id, "peering")
    return api.DeleteTransitGatewayPeeringAttachmentResult(
        transit_gateway_peering_attachment=peer_shown(held, "deleting")
    )


@service.project(at=_shown_sides)
def transit_gateway_peering_attachment_deleted(
    state: Ec2,
    event: Event[api.DeleteTransitGatewayPeeringAttachment, api.DeleteTransitGatewayPeeringAttachmentResult],
) -> None:
    """The peers are parted, on both sides."""
    leave(state, ATTACHMENTS.known(state, event, event.params.transit_gateway_attachment_id), "deleted")


@service.read
def describe_transit_gateway_peering_attachments(
    state: Ec2, call: Call[api.DescribeTransitGatewayPeeringAttachments]
) -> api.DescribeTransitGatewayPeeringAttachmentsResult:
    """Peers, in the order of their ids."""
    page = page_of(state, call, "peering")
    return api.DescribeTransitGatewayPeeringAttachmentsResult(
        transit_gateway_peering_attachments=[peer_shown(one, one.status) for one in page.items],
        next_token=page.next or UNSET,
    )


def peer_shown(held: TransitAttachment, state: str) -> api.TransitGatewayPeeringAttachment:
    """A peering as answers show it."""
    region = held.arn.split(":")[3] if held.arn else UNSET
    own = api.PeeringTgwInfo(transit_gateway_id=held.gateway, owner_id=held.owner, region=region)
    gateway, account, place = told(held.peer, ("", "", ""))
    peer = api.PeeringTgwInfo(transit_gateway_id=gateway, owner_id=account, region=place)
    return api.TransitGatewayPeeringAttachment(
        transit_gateway_attachment_id=held.id, requester_tgw_info=own if held.requester else peer,
        accepter_tgw_info=peer if held.requester else own, creation_time=time_of(held), state=state,
        status=api.PeeringAttachmentStatus(code=state), tags=tags.shown(held.tags),
    )  # fmt: skip
