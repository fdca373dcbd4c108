"""Routes: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html#route-table-routes"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from backtrail import Call, Event, Refusal, UnsetType
from backtrail_aws.ec2 import api, cidrs, errors, limits, route_targets
from backtrail_aws.ec2.route_associations import no_gateway
from backtrail_aws.ec2.route_tables import ROUTE_TABLES
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_network import Route, RouteTable

TARGETS: Final = (
    "gateway_id", "instance_id", "nat_gateway_id", "network_interface_id", "vpc_peering_connection_id",
    "transit_gateway_id", "egress_only_internet_gateway_id", "vpc_endpoint_id", "local_gateway_id",
    "carrier_gateway_id", "core_network_arn", "odb_network_arn",
)  # fmt: skip
"""API_CreateRoute: the members that name a target."""
DESTINATIONS: Final = ("destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id")
INSIDE: Final = ("nat_gateway_id", "network_interface_id", "instance_id", "vpc_endpoint_id")
"""What a route may lead to whose destination lies within the VPC:
https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html#route-tables-subnet-routing-middlebox"""


# create


@service.handle
def create_route(state: Ec2, call: Call[api.CreateRoute]) -> api.CreateRouteResult:
    """A route to a destination that the table has none to."""
    table = ROUTE_TABLES.find(state, call.params.route_table_id)
    to = _destination(call.params)
    via, _ = _target(state, table, call.params)
    local = [one.to for one in table.routes.values() if one.target == "local"]
    if cidrs.within(to, local) and via not in INSIDE:
        # evidence: https://github.com/hashicorp/terraform/issues/26018
        raise errors.invalid(
            "Route target is not supported. This route only supports interface and instance targets."
        )
    if to in table.routes:
        # evidence: https://github.com/hashicorp/terraform-provider-aws/issues/23866
        raise Refusal("RouteAlreadyExists", f"The route identified by {to} already exists.")
    made = sum(one.origin == "CreateRoute" for one in table.routes.values())
    if made >= call.quota("routes_per_table", limits.ROUTES_PER_TABLE_MAX):
        raise errors.limit("RouteLimitExceeded", "routes for the route table")
    return api.CreateRouteResult(return_=True)


@service.project
def route_created(state: Ec2, event: Event[api.CreateRoute, None]) -> None:
    """The table has the route."""
    _put(ROUTE_TABLES.known(state, event, event.params.route_table_id), event.params)


def _put(table: RouteTable, params: api.CreateRoute | api.ReplaceRoute) -> None:
    """In a fold: the route that parameters tell; nothing where they name no target that we know."""
    local = isinstance(params, api.ReplaceRoute) and params.local_target is True
    targets = [("gateway_id", "local")] if local else _targets(params)
    for to in _named(params)[:1] if targets else ():
        via, target = targets[0]
        old = table.routes.get(to)
        table.routes[to] = Route(to=to, via=via, target=target, origin=old.origin if old else "CreateRoute")


# replace


@service.handle
def replace_route(state: Ec2, call: Call[api.ReplaceRoute]) -> None:
    """Another target for a destination; a local route may lead to some kinds only, or back to `local`."""
    table = ROUTE_TABLES.find(state, call.params.route_table_id)
    to = _destination(call.params)
    if to not in table.routes:
        raise no_route(table, to, call.params)
    if call.params.local_target is True:
        if table.routes[to].origin != "CreateRouteTable":
            # evidence: page API_ReplaceRoute (the rule); words: guess
            raise errors.invalid(
                f"The route {to} in route table {table.id} has no local target to be reset to."
            )
        return
    via, _ = _target(state, table, call.params)
    if table.routes[to].origin == "CreateRouteTable" and via not in INSIDE:
        # evidence: page API_ReplaceRoute (the rule); words: guess
        raise errors.invalid(
            f"cannot replace local route {to} in route table {table.id}: it can target only a NAT gateway, a network "
            "interface or a Gateway Load Balancer endpoint"
        )


@service.project
def route_replaced(state: Ec2, event: Event[api.ReplaceRoute, None]) -> None:
    """The route leads elsewhere."""
    _put(ROUTE_TABLES.known(state, event, event.params.route_table_id), event.params)


# delete


@service.handle
def delete_route(state: Ec2, call: Call[api.DeleteRoute]) -> None:
    """The local route stays."""
    table = ROUTE_TABLES.find(state, call.params.route_table_id)
    to = _destination(call.params)
    if to not in table.routes:
        raise no_route(table, to, call.params)
    if table.routes[to].origin == "CreateRouteTable":
        # evidence: guess
        raise errors.invalid(f"cannot remove local route {to} in route table {table.id}")


@service.project
def route_deleted(state: Ec2, event: Event[api.DeleteRoute, None]) -> None:
    """The route is gone."""
    table = ROUTE_TABLES.known(state, event, event.params.route_table_id)
    for to in _named(event.params):
        table.routes.pop(to, None)


# what requests name


Params: TypeAlias = "api.CreateRoute | api.ReplaceRoute | api.DeleteRoute"


def _named(params: Params) -> list[str]:
    """The destination as a table keeps it: host bits cut off."""
    found: list[str] = []
    for member in DESTINATIONS:
        text: str | UnsetType = getattr(params, member)
        if not isinstance(text, UnsetType):
            found.append(str(cidrs.parsed(text) or text))
    return found


def _destination(params: Params) -> str:
    if not isinstance(params.destination_cidr_block, UnsetType):
        cidrs.v4(params.destination_cidr_block, "destinationCidrBlock")
    if not isinstance(params.destination_ipv6_cidr_block, UnsetType):
        cidrs.v6(params.destination_ipv6_cidr_block, "destinationIpv6CidrBlock")
    found = _named(params)
    if not found:
        raise errors.missing("destinationCidrBlock")
    if len(found) > 1:
        # evidence: page API_CreateRoute (the rule); words: guess
        raise errors.combination("You must specify exactly one destination for a route.")
    return found[0]


def _targets(params: api.CreateRoute | api.ReplaceRoute) -> list[tuple[str, str]]:
    held: list[tuple[str, Any]] = [(member, getattr(params, member)) for member in TARGETS]
    return [(member, value) for member, value in held if isinstance(value, str)]


def _target(state: Ec2, table: RouteTable, params: api.CreateRoute | api.ReplaceRoute) -> tuple[str, str]:
    """What a route is to lead to: one thing, that is there. Raises `Refusal`."""
    found = _targets(params)
    if not found:
        raise errors.missing("gatewayId")
    if len(found) > 1:
        # evidence: page API_CreateRoute (the rule); words: guess
        raise errors.combination("You must specify exactly one target for a route.")
    via, identifier = found[0]
    target = route_targets.of(via, identifier)
    if target is not None:
        target.check(state, table, identifier)
    elif via == "gateway_id" and not identifier.startswith(("igw-", "vgw-", "vpce-")):
        raise no_gateway(identifier)
    return via, identifier


def no_route(table: RouteTable, to: str, params: Params) -> Refusal:
    """The table has no such route."""
    member = "destination-ipv6-cidr-block" if ":" in to else "destination-cidr-block"
    if not isinstance(params.destination_prefix_list_id, UnsetType):
        member = "destination-prefix-list-id"
    # evidence: page errors-overview.html; words: guess
    return Refusal("InvalidRoute.NotFound", f"no route with {member} {to} in route table {table.id}")
