"""Which attachments have a transit gateway's route table, and which give it their blocks.

https://docs.aws.amazon.com/vpc/latest/tgw/tgw-route-tables.html
"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, filters
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_transit import TransitAttachment
from backtrail_aws.ec2.transit_attachments import ATTACHMENTS
from backtrail_aws.ec2.transit_tables import TABLES, attachment_there, table_there


@service.handle
def associate_transit_gateway_route_table(
    state: Ec2, call: Call[api.AssociateTransitGatewayRouteTable]
) -> api.AssociateTransitGatewayRouteTableResult:
    """An attachment has one table at most."""
    table = table_there(state, call.params.transit_gateway_route_table_id)
    held = attachment_there(state, call.params.transit_gateway_attachment_id)
    if not isinstance(held.table, UnsetType):
        # evidence: https://github.com/awsdocs/aws-transit-gateway-guide/issues/13
        raise Refusal(
            "Resource.AlreadyAssociated",
            f"Transit Gateway Attachment {held.id} is already associated to a route table.",
        )
    return api.AssociateTransitGatewayRouteTableResult(
        association=_association(held, table.id, "associating")
    )


@service.project
def transit_gateway_route_table_associated(
    state: Ec2,
    event: Event[api.AssociateTransitGatewayRouteTable, api.AssociateTransitGatewayRouteTableResult],
) -> None:
    """The attachment has the table."""
    table = TABLES.known(state, event, event.params.transit_gateway_route_table_id)
    ATTACHMENTS.known(state, event, event.params.transit_gateway_attachment_id).table = table.id


@service.handle
def disassociate_transit_gateway_route_table(
    state: Ec2, call: Call[api.DisassociateTransitGatewayRouteTable]
) -> api.DisassociateTransitGatewayRouteTableResult:
    """The table must be the attachment's."""
    table = table_there(state, call.params.transit_gateway_route_table_id)
    held = attachment_there(state, call.params.transit_gateway_attachment_id)
    if held.table != table.id:
        # evidence: page errors-overview.html (InvalidAssociation.NotFound); words: guess
        raise Refusal(
            "InvalidAssociation.NotFound",
            f"Transit Gateway Attachment {held.id} is not associated to route table {table.id}.",
        )
    return api.DisassociateTransitGatewayRouteTableResult(
        association=_association(held, table.id, "disassociating")
    )


@service.project
def transit_gateway_route_table_disassociated(
    state: Ec2,
    event: Event[api.DisassociateTransitGatewayRouteTable, api.DisassociateTransitGatewayRouteTableResult],
) -> None:
    """The attachment has no table."""
    ATTACHMENTS.known(state, event, event.params.transit_gateway_attachment_id).table = UNSET


def _association(held: TransitAttachment, table: str, state: str) -> api.TransitGatewayAssociation:
    return api.TransitGatewayAssociation(
        transit_gateway_route_table_id=table, transit_gateway_attachment_id=held.id, resource_id=held.resource,
        resource_type=held.kind, state=state,
    )  # fmt: skip


@service.handle
def enable_transit_gateway_route_table_propagation(
    state: Ec2, call: Call[api.EnableTransitGatewayRouteTablePropagation]
) -> api.EnableTransitGatewayRouteTablePropagationResult:
    """An attachment's blocks become routes of the table."""
    table = table_there(state, call.params.transit_gateway_route_table_id)
    held = attachment_there(state, told(call.params.transit_gateway_attachment_id, ""))
    if held.id in table.propagating:
        # evidence: page errors-overview.html (TransitGatewayRouteTablePropagation.Duplicate); words: guess
        raise Refusal(
            "TransitGatewayRouteTablePropagation.Duplicate",
            f"Propagation from attachment {held.id} to route table {table.id} is already enabled.",
        )
    return api.EnableTransitGatewayRouteTablePropagationResult(
        propagation=_propagation(held, table.id, "enabled")
    )


@service.project
def transit_gateway_route_table_propagation_enabled(
    state: Ec2,
    event: Event[
        api.EnableTransitGatewayRouteTablePropagation, api.EnableTransitGatewayRouteTablePropagationResult
    ],
) -> None:
    """The table has the attachment's blocks."""
    table = TABLES.known(state, event, event.params.transit_gateway_route_table_id)
    name = told(event.params.transit_gateway_attachment_id, "")
    if name and name not in table.propagating:
        table.propagating.append(name)


@service.handle
def disable_transit_gateway_route_table_propagation(
    state: Ec2, call: Call[api.DisableTransitGatewayRouteTablePropagation]
) -> api.DisableTransitGatewayRouteTablePropagationResult:
    """The attachment must propagate to the table."""
    table = table_there(state, call.params.transit_gateway_route_table_id)
    held = attachment_there(state, told(call.params.transit_gateway_attachment_id, ""))
    if held.id not in table.propagating:
        # evidence: page errors-overview.html (TransitGatewayRouteTablePropagation.NotFound); words: guess
        raise Refusal(
            "TransitGatewayRouteTablePropagation.NotFound",
            f"Propagation from attachment {held.id} to route table {table.id} does not exist.",
        )
    return api.DisableTransitGatewayRouteTablePropagationResult(
        propagation=_propagation(held, table.id, "disabled")
    )


@service.project
def transit_gateway_route_table_propagation_disabled(
    state: Ec2,
    event: Event[
        api.DisableTransitGatewayRouteTablePropagation, api.DisableTransitGatewayRouteTablePropagationResult
    ],
) -> None:
    """The table has the attachment's blocks no longer."""
    table = TABLES.known(state, event, event.params.transit_gateway_route_table_id)
    name = told(event.params.transit_gateway_attachment_id, "")
    if name in table.propagating:
        table.propagating.remove(name)


def _propagation(held: TransitAttachment, table: str, state: str) -> api.TransitGatewayPropagation:
    return api.TransitGatewayPropagation(
        transit_gateway_attachment_id=held.id, resource_id=held.resource, resource_type=held.kind,
        transit_gateway_route_table_id=table, state=state,
    )  # fmt: skip


_OF_ATTACHMENTS: filters.Fields[TransitAttachment] = {
    "resource-id": lambda one: one.resource,
    "resource-type": lambda one: one.kind,
    "transit-gateway-attachment-id": lambda one: one.id,
}
"""API_GetTransitGatewayRouteTableAssociations and ...Propagations: Filters."""


@service.read
def get_transit_gateway_route_table_associations(
    state: Ec2, call: Call[api.GetTransitGatewayRouteTableAssociations]
) -> api.GetTransitGatewayRouteTableAssociationsResult:
    """The attachments that have the table."""
    table = table_there(state, call.params.transit_gateway_route_table_id)
    held = {one.id: one for one in state.gateways.transit.attachments.values() if one.table == table.id}
    page = filters.paged(call, held, filters.matching(call.params.filters, _OF_ATTACHMENTS))
    return api.GetTransitGatewayRouteTableAssociationsResult(
        associations=[
            api.TransitGatewayRouteTableAssociation(
                transit_gateway_attachment_id=one.id, resource_id=one.resource, resource_type=one.kind,
                state="associated",
            )
            for one in page.items
        ],
        next_token=page.next or UNSET,
    )  # fmt: skip


@service.read
def get_transit_gateway_route_table_propagations(
    state: Ec2, call: Call[api.GetTransitGatewayRouteTablePropagations]
) -> api.GetTransitGatewayRouteTablePropagationsResult:
    """The attachments whose blocks the table has."""
    table = table_there(state, call.params.transit_gateway_route_table_id)
    attachments = state.gateways.transit.attachments
    held = {one: attachments[one] for one in sorted(table.propagating) if one in attachments}
    page = filters.paged(call, held, filters.matching(call.params.filters, _OF_ATTACHMENTS))
    return api.GetTransitGatewayRouteTablePropagationsResult(
        transit_gateway_route_table_propagations=[
            api.TransitGatewayRouteTablePropagation(
                transit_gateway_attachment_id=one.id, resource_id=one.resource, resource_type=one.kind,
                state="enabled",
            )
            for one in page.items
        ],
        next_token=page.next or UNSET,
    )  # fmt: skip
