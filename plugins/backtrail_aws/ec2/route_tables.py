"""Route tables: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.ec2 import api, errors, filters, founding, limits, route_targets, tags, uses
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_network import Block, Route, RouteTable, TableAssociation, Vpc
from backtrail_aws.ec2.vpcs import VPCS

ROUTE_TABLES = Kind(
    "route-table", "rtb", RouteTable, lambda state: state.network.route_tables,
    code="InvalidRouteTableID.NotFound", noun="routeTable ID", cloudformation="AWS::EC2::RouteTable",
    parameters=("route_table_id", "route_table_ids"), created_by=("CreateRouteTable",),
    parent=lambda table: told(table.vpc, None),
)  # fmt: skip


@service.handle(token="client_token")
def create_route_table(state: Ec2, call: Call[api.CreateRouteTable]) -> api.CreateRouteTableResult:
    """A table that has the local routes alone, and serves nobody."""
    tags.check_new(call.params.tag_specifications, "route-table")
    vpc = VPCS.find(state, call.params.vpc_id)
    there = sum(one.vpc == vpc.id for one in state.network.route_tables.values())
    if there >= call.quota("route_tables_per_vpc", limits.ROUTE_TABLES_PER_VPC_MAX):
        raise errors.limit("RouteTableLimitExceeded", "route tables")
    table = RouteTable(
        id=call.new_id("rtb"), vpc=vpc.id, tags=tags.given(call.params.tag_specifications, "route-table"),
        routes={one.cidr: founding.local_route(one.cidr) for one in (*vpc.blocks, *vpc.ipv6_blocks)},
    )  # fmt: skip
    table.arn = ROUTE_TABLES.arn(call, table.id)
    return api.CreateRouteTableResult(route_table=shown(state, table), client_token=call.params.client_token)


@service.project
def route_table_created(state: Ec2, event: Event[api.CreateRouteTable, api.CreateRouteTableResult]) -> None:
    """The table is there."""
    made = told(event.result.route_table, api.RouteTable())
    if isinstance(made.route_table_id, UnsetType):
        return
    vpc = VPCS.known(state, event, event.params.vpc_id)
    table = RouteTable(
        id=made.route_table_id, vpc=vpc.id, tags=tags.given(event.params.tag_specifications, "route-table")
    )
    founding.add_table(state.network, event, table, vpc)
    for route in told(made.routes, []):
        if isinstance(route.destination_cidr_block, str) and route.gateway_id == "local":
            _learn(vpc, table, route.destination_cidr_block)


def _learn(vpc: Vpc, table: RouteTable, cidr: str) -> None:
    """A local route tells a block of a VPC that nobody saw being made."""
    table.routes.setdefault(cidr, founding.local_route(cidr))
    if not vpc.blocks:
        vpc.blocks.append(Block(id="", cidr=cidr))


@service.handle
def delete_route_table(state: Ec2, call: Call[api.DeleteRouteTable]) -> None:
    """Refuse for the main table, and while it serves anybody."""
    table = ROUTE_TABLES.find(state, call.params.route_table_id)
    if table.associations or uses.used(state, "route-table", table.id):
        raise errors.in_use("routeTable", table.id)


@service.project
def route_table_deleted(state: Ec2, event: Event[api.DeleteRouteTable, None]) -> None:
    """The table is gone."""
    founding.remove_table(state.network, event.params.route_table_id)


@service.evidence
def route_table_was_gone(state: Ec2, event: Event[api.DeleteRouteTable, None]) -> None:
    """A table that could not be deleted because it is not there is not there."""
    if event.error == "Client.InvalidRouteTableID.NotFound":
        founding.remove_table(state.network, event.params.route_table_id)


# describe


Look = Callable[[RouteTable], filters.Value]


def _fields(state: Ec2) -> filters.Fields[RouteTable]:
    """API_DescribeRouteTables: Filters."""

    def via(member: str) -> Look:
        return lambda table: [one.target for one in table.routes.values() if one.via == member]

    def to(member: str) -> Look:
        return lambda table: [one.to for one in table.routes.values() if destination(one.to) == member]

    return {
        "association.gateway-id": lambda table: [one.gateway for one in table.associations.values()],
        "association.main": lambda table: [
            "true" if one.main else "false" for one in table.associations.values()
        ],
        "association.route-table-association-id": lambda table: list(table.associations),
        "association.route-table-id": lambda table: table.id if table.associations else None,
        "association.subnet-id": lambda table: [one.subnet for one in table.associations.values()],
        "owner-id": lambda table: table.owner,
        "route-table-id": lambda table: table.id,
        "route.carrier-gateway-id": via("carrier_gateway_id"),
        "route.destination-cidr-block": to("destination_cidr_block"),
        "route.destination-ipv6-cidr-block": to("destination_ipv6_cidr_block"),
        "route.destination-prefix-list-id": to("destination_prefix_list_id"),
        "route.egress-only-internet-gateway-id": via("egress_only_internet_gateway_id"),
        "route.gateway-id": via("gateway_id"),
        "route.instance-id": via("instance_id"),
        "route.local-gateway-id": via("local_gateway_id"),
        "route.nat-gateway-id": via("nat_gateway_id"),
        "route.network-interface-id": via("network_interface_id"),
        "route.origin": lambda table: [one.origin for one in table.routes.values()],
        "route.state": lambda table: [route_state(state, table, one) for one in table.routes.values()],
        "route.transit-gateway-id": via("transit_gateway_id"),
        "route.vpc-peering-connection-id": via("vpc_peering_connection_id"),
        "vpc-id": lambda table: table.vpc,
    }


@service.read
def describe_route_tables(state: Ec2, call: Call[api.DescribeRouteTables]) -> api.DescribeRouteTablesResult:
    """Tables, in the order of their ids."""
    page = filters.described(
        state, call, ROUTE_TABLES, call.params.route_table_ids, _fields(state), bounds=(5, 100)
    )
    return api.DescribeRouteTablesResult(
        route_tables=[shown(state, one) for one in page.items], next_token=page.next or UNSET
    )


def shown(state: Ec2, table: RouteTable) -> api.RouteTable:
    """A table as answers show it."""
    return api.RouteTable(
        route_table_id=table.id, vpc_id=table.vpc, owner_id=table.owner, tags=tags.shown(table.tags),
        routes=[route_shown(state, table, one) for one in table.routes.values()],
        associations=[_association_shown(table, one) for one in table.associations.values()],
        propagating_vgws=[api.PropagatingVgw(gateway_id=one) for one in table.propagating],
    )  # fmt: skip


def _association_shown(table: RouteTable, one: TableAssociation) -> api.RouteTableAssociation:
    return api.RouteTableAssociation(
        main=one.main, route_table_association_id=one.id, route_table_id=table.id, subnet_id=one.subnet,
        gateway_id=one.gateway, association_state=api.RouteTableAssociationState(state="associated"),
    )  # fmt: skip


def route_shown(state: Ec2, table: RouteTable, route: Route) -> api.Route:
    """A route as answers show it, with its target under the member that names such."""
    members: dict[str, Any] = {
        destination(route.to): route.to,
        _MEMBERS.get(route.via, route.via): route.target,
    }
    members |= route_targets.more(state, route)
    return api.Route(**members, origin=route.origin, state=route_state(state, table, route))


_MEMBERS = {"vpc_endpoint_id": "gateway_id"}
"""Where answers show a target that requests name otherwise."""


def route_state(state: Ec2, table: RouteTable, route: Route) -> str:
    """`active`, or `blackhole` where the target is gone."""
    return "active" if route_targets.alive(state, table, route) else "blackhole"


def destination(to: str) -> str:
    """The member that a destination stands under."""
    if to.startswith("pl-"):
        return "destination_prefix_list_id"
    return "destination_ipv6_cidr_block" if ":" in to else "destination_cidr_block"
