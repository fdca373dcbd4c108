"""Route tables of transit gateways: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-route-tables.html"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, cidrs, errors, filters, tags
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_transit import TransitAttachment, TransitTable
from backtrail_aws.ec2.transit_attachments import ATTACHMENTS, ENDED, gone
from backtrail_aws.ec2.transit_gateways import TRANSIT_GATEWAYS, there

TABLES = Kind(
    "transit-gateway-route-table", "tgw-rtb", TransitTable, lambda state: state.gateways.transit.tables,
    code="InvalidRouteTableID.NotFound", noun="transit gateway route table ID",
    cloudformation="AWS::EC2::TransitGatewayRouteTable",
    parameters=("transit_gateway_route_table_id", "transit_gateway_route_table_ids"),
    created_by=("CreateTransitGatewayRouteTable",), parent=lambda table: told(table.gateway, None),
)  # fmt: skip


# tables


@service.handle
def create_transit_gateway_route_table(
    state: Ec2, call: Call[api.CreateTransitGatewayRouteTable]
) -> api.CreateTransitGatewayRouteTableResult:
    """A table beside the default one."""
    gateway = there(state, call.params.transit_gateway_id)
    tags.check_new(call.params.tag_specifications, "transit-gateway-route-table")
    made = TransitTable(
        id=call.new_id("tgw-rtb"), gateway=gateway.id, made=call.time,
        tags=tags.given(call.params.tag_specifications, "transit-gateway-route-table"),
    )  # fmt: skip
    return api.CreateTransitGatewayRouteTableResult(transit_gateway_route_table=shown(state, made, "pending"))


@service.project
def transit_gateway_route_table_created(
    state: Ec2, event: Event[api.CreateTransitGatewayRouteTable, api.CreateTransitGatewayRouteTableResult]
) -> None:
    """The table is there."""
    made = told(event.result.transit_gateway_route_table, api.TransitGatewayRouteTable())
    if isinstance(made.transit_gateway_route_table_id, UnsetType):
        return
    TRANSIT_GATEWAYS.known(state, event, event.params.transit_gateway_id)
    table = TABLES.known(state, event, made.transit_gateway_route_table_id)
    table.gateway, table.made = event.params.transit_gateway_id, event.time
    table.tags = tags.given(event.params.tag_specifications, "transit-gateway-route-table")


@service.handle
def delete_transit_gateway_route_table(
    state: Ec2, call: Call[api.DeleteTransitGatewayRouteTable]
) -> api.DeleteTransitGatewayRouteTableResult:
    """Refuse for a default table, and for one that is associated."""
    table = table_there(state, call.params.transit_gateway_route_table_id)
    associated = [one.id for one in state.gateways.transit.attachments.values() if one.table == table.id]
    if _is_default(state, table) or associated:
        # evidence: guess
        raise errors.incorrect_state(
            f"Transit Gateway Route Table {table.id} is in use and cannot be deleted."
        )
    return api.DeleteTransitGatewayRouteTableResult(
        transit_gateway_route_table=shown(state, table, "deleting")
    )


def table_there(state: Ec2, identifier: str) -> TransitTable:
    """A table. Raises `Refusal`."""
    table = TABLES.get(state, identifier)
    if table is None:
        # evidence: https://github.com/hashicorp/terraform-provider-aws/issues/11029
        raise Refusal(TABLES.code, f"Transit Gateway Route Table {identifier} was deleted or does not exist.")
    return table


def _is_default(state: Ec2, table: TransitTable) -> bool:
    gateway = state.gateways.transit.gateways.get(told(table.gateway, ""))
    return gateway is not None and table.id in (gateway.association_table, gateway.propagation_table)


@service.project
def transit_gateway_route_table_deleted(
    state: Ec2, event: Event[api.DeleteTransitGatewayRouteTable, api.DeleteTransitGatewayRouteTableResult]
) -> None:
    """The table is gone."""
    state.gateways.transit.tables.pop(event.params.transit_gateway_route_table_id, None)


@service.read
def describe_transit_gateway_route_tables(
    state: Ec2, call: Call[api.DescribeTransitGatewayRouteTables]
) -> api.DescribeTransitGatewayRouteTablesResult:
    """Tables, in the order of their ids."""

    def is_default(table: TransitTable, member: str) -> bool:
        gateway = state.gateways.transit.gateways.get(told(table.gateway, ""))
        return gateway is not None and getattr(gateway, member) == table.id

    fields: filters.Fields[TransitTable] = {
        "default-association-route-table": lambda one: is_default(one, "association_table"),
        "default-propagation-route-table": lambda one: is_default(one, "propagation_table"),
        "state": lambda one: "available",
        "transit-gateway-id": lambda one: one.gateway,
        "transit-gateway-route-table-id": lambda one: one.id,
    }
    page = filters.described(state, call, TABLES, call.params.transit_gateway_route_table_ids, fields)
    return api.DescribeTransitGatewayRouteTablesResult(
        transit_gateway_route_tables=[shown(state, one, "available") for one in page.items],
        next_token=page.next or UNSET,
    )


def shown(state: Ec2, table: TransitTable, status: str) -> api.TransitGatewayRouteTable:
    """A table as answers show it."""
    gateway = state.gateways.transit.gateways.get(told(table.gateway, ""))
    return api.TransitGatewayRouteTable(
        transit_gateway_route_table_id=table.id, transit_gateway_id=table.gateway, state=status,
        default_association_route_table=gateway is not None and gateway.association_table == table.id,
        default_propagation_route_table=gateway is not None and gateway.propagation_table == table.id,
        creation_time=UNSET if isinstance(table.made, UnsetType) else IsoMillisZ.of(table.made),
        tags=tags.shown(table.tags),
    )  # fmt: skip


# routes


@service.handle
def create_transit_gateway_route(
    state: Ec2, call: Call[api.CreateTransitGatewayRoute]
) -> api.CreateTransitGatewayRouteResult:
    """A static route to an attachment, or into a blackhole."""
    params = call.params
    table = table_there(state, params.transit_gateway_route_table_id)
    to = _block(params.destination_cidr_block)
    if to in table.routes:
        # evidence: page errors-overview.html (RouteAlreadyExists); words: guess
        raise Refusal(
            "RouteAlreadyExists", f"Route {to} already exists in Transit Gateway Route Table {table.id}."
        )
    target = told(params.transit_gateway_attachment_id, "")
    if params.blackhole is not True and not target:
        raise errors.missing("TransitGatewayAttachmentId")
    if target:
        attachment_there(state, target)
    return api.CreateTransitGatewayRouteResult(route=_static(state, to, target))


def _block(text: str) -> str:
    return str(
        cidrs.v6(text, "destinationCidrBlock") if ":" in text else cidrs.v4(text, "destinationCidrBlock")
    )


def attachment_there(state: Ec2, identifier: str) -> TransitAttachment:
    """An attachment that has not ended. Raises `Refusal`."""
    held = ATTACHMENTS.find(state, identifier)
    if held.status in ENDED:
        raise gone(identifier, "VPC" if held.kind == "vpc" else "Peering")
    return held


@service.project
def transit_gateway_route_created(
    state: Ec2, event: Event[api.CreateTransitGatewayRoute, api.CreateTransitGatewayRouteResult]
) -> None:
    """The table has the route."""
    params = event.params
    table = TABLES.known(state, event, params.transit_gateway_route_table_id)
    block = cidrs.parsed(params.destination_cidr_block)
    target = "" if params.blackhole is True else told(params.transit_gateway_attachment_id, "")
    table.routes[str(block or params.destination_cidr_block)] = target


@service.handle
def delete_transit_gateway_route(
    state: Ec2, call: Call[api.DeleteTransitGatewayRoute]
) -> api.DeleteTransitGatewayRouteResult:
    """A static route; one that is propagated stays."""
    table = table_there(state, call.params.transit_gateway_route_table_id)
    to = _block(call.params.destination_cidr_block)
    if to not in table.routes:
        # evidence: page errors-overview.html (InvalidRoute.NotFound); words: guess
        raise Refusal(
            "InvalidRoute.NotFound", f"Route {to} does not exist in Transit Gateway Route Table {table.id}."
        )
    made = _static(state, to, table.routes[to])
    return api.DeleteTransitGatewayRouteResult(
        route=api.TransitGatewayRoute(
            destination_cidr_block=made.destination_cidr_block, type=made.type, state="deleted",
            transit_gateway_attachments=made.transit_gateway_attachments,
        )
    )  # fmt: skip


@service.project
def transit_gateway_route_deleted(
    state: Ec2, event: Event[api.DeleteTransitGatewayRoute, api.DeleteTransitGatewayRouteResult]
) -> None:
    """The route is gone."""
    table = TABLES.known(state, event, event.params.transit_gateway_route_table_id)
    block = cidrs.parsed(event.params.destination_cidr_block)
    table.routes.pop(str(block or event.params.destination_cidr_block), None)


def _static(state: Ec2, to: str, target: str) -> api.TransitGatewayRoute:
    return _route(state, to, target, "static")


def _route(state: Ec2, to: str, target: str, kind: str) -> api.TransitGatewayRoute:
    held = state.gateways.transit.attachments.get(target)
    alive = held is not None and held.status == "available"
    listed = [
        api.TransitGatewayRouteAttachment(
            resource_id=held.resource, transit_gateway_attachment_id=held.id, resource_type=held.kind
        )
    ] if held is not None else []  # fmt: skip
    return api.TransitGatewayRoute(
        destination_cidr_block=to, transit_gateway_attachments=listed or UNSET, type=kind,
        state="active" if alive else "blackhole",
    )  # fmt: skip


def routes_of(state: Ec2, table: TransitTable) -> dict[str, tuple[str, str]]:
    """Destination -> (attachment, `static` or `propagated`); static ones go first."""
    found: dict[str, tuple[str, str]] = {}
    for name in table.propagating:
        held = state.gateways.transit.attachments.get(name)
        vpc = state.network.vpcs.get(told(held.resource, "")) if held is not None else None
        for block in vpc.blocks if vpc is not None else []:
            found[block.cidr] = (name, "propagated")
    return {**found, **{to: (target, "static") for to, target in table.routes.items()}}


@service.read
def search_transit_gateway_routes(
    state: Ec2, call: Call[api.SearchTransitGatewayRoutes]
) -> api.SearchTransitGatewayRoutesResult:
    """Routes that pass the filters, which must be given."""
    table = table_there(state, call.params.transit_gateway_route_table_id)
    everything = {
        to: _route(state, to, target, kind) for to, (target, kind) in sorted(routes_of(state, table).items())
    }

    def first(route: api.TransitGatewayRoute, member: str) -> str | UnsetType:
        listed = told(route.transit_gateway_attachments, [])
        return getattr(listed[0], member) if listed else UNSET

    fields: filters.Fields[api.TransitGatewayRoute] = {
        "attachment.resource-id": lambda one: first(one, "resource_id"),
        "attachment.resource-type": lambda one: first(one, "resource_type"),
        "attachment.transit-gateway-attachment-id": lambda one: first(one, "transit_gateway_attachment_id"),
        "route-search.exact-match": lambda one: one.destination_cidr_block,
        "state": lambda one: one.state,
        "type": lambda one: one.type,
    }
    plain = [one for one in call.params.filters if told(one.name, "") not in _BY_BLOCK]
    found = _by_block(everything, call.params.filters)
    page = filters.paged(call, found, filters.matching(plain, fields))
    return api.SearchTransitGatewayRoutesResult(
        routes=page.items, additional_routes_available=page.next is not None, next_token=page.next or UNSET
    )


_BY_BLOCK = {
    "route-search.longest-prefix-match", "route-search.subnet-of-match", "route-search.supernet-of-match",
}  # fmt: skip
"""API_SearchTransitGatewayRoutes: filters whose values are blocks that routes are compared with."""


def _by_block(
    routes: dict[str, api.TransitGatewayRoute], given: list[api.Filter]
) -> dict[str, api.TransitGatewayRoute]:
    """The routes that such filters leave: those within a block, those around it, the closest one around it."""
    for one in given:
        name, blocks = told(one.name, ""), told(one.values, [])
        if name not in _BY_BLOCK:
            continue
        if name == "route-search.subnet-of-match":
            kept = {to for to in routes if cidrs.within(to, blocks)}
        else:
            around = {
                block: [to for to in routes if cidrs.within(block, [to])] for block in map(_whole, blocks)
            }
            if name == "route-search.longest-prefix-match":
                around = {block: [max(found, key=_length)] for block, found in around.items() if found}
            kept = {to for found in around.values() for to in found}
        routes = {to: route for to, route in routes.items() if to in kept}
    return routes


def _whole(text: str) -> str:
    """A block; an address alone is one of its own."""
    return text if "/" in text else f"{text}/{128 if ':' in text else 32}"


def _length(block: str) -> int:
    return int(block.rpartition("/")[2])
