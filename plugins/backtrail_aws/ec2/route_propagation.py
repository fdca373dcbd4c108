"""Routes that a VPN gateway hands on to a route table.

https://docs.aws.amazon.com/vpc/latest/userguide/WorkWithRouteTables.html#EnableDisableRouteProp
"""

from __future__ import annotations

from backtrail import Call, Event, UnsetType
from backtrail_aws.ec2 import api, errors, kinds, vpn_connections
from backtrail_aws.ec2.route_associations import no_gateway
from backtrail_aws.ec2.route_tables import ROUTE_TABLES
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_network import RouteTable


@service.handle
def enable_vgw_route_propagation(state: Ec2, call: Call[api.EnableVgwRoutePropagation]) -> None:
    """The gateway is the VPC's."""
    table = ROUTE_TABLES.find(state, call.params.route_table_id)
    _check(state, table, call.params.gateway_id)


def _check(state: Ec2, table: RouteTable, gateway: str) -> None:
    kind = kinds.of_id(gateway)
    held = kind.get(state, gateway) if kind is not None and kind.name == "vpn-gateway" else None
    if held is None:
        raise no_gateway(gateway)
    vpc: object = getattr(held, "vpc", None)
    if isinstance(vpc, str) and not isinstance(table.vpc, UnsetType) and vpc != table.vpc:
        # evidence: https://github.com/smoketurner/serverless-vpc-plugin/issues/147 (an internet gateway)
        raise errors.invalid(
            f"route table {table.id} and network gateway {gateway} belong to different networks"
        )


@service.project
def vgw_route_propagation_enabled(state: Ec2, event: Event[api.EnableVgwRoutePropagation, None]) -> None:
    """The table takes the gateway's routes."""
    table = ROUTE_TABLES.known(state, event, event.params.route_table_id)
    if event.params.gateway_id not in table.propagating:
        table.propagating.append(event.params.gateway_id)
    vpn_connections.propagate(state, event.params.gateway_id)


@service.handle
def disable_vgw_route_propagation(state: Ec2, call: Call[api.DisableVgwRoutePropagation]) -> None:
    """The table must take the gateway's routes."""
    table = ROUTE_TABLES.find(state, call.params.route_table_id)
    if call.params.gateway_id not in table.propagating:
        raise no_gateway(call.params.gateway_id)


@service.project
def vgw_route_propagation_disabled(state: Ec2, event: Event[api.DisableVgwRoutePropagation, None]) -> None:
    """The table takes the gateway's routes no longer; those that it took are gone."""
    table = ROUTE_TABLES.known(state, event, event.params.route_table_id)
    gateway = event.params.gateway_id
    table.propagating = [one for one in table.propagating if one != gateway]
    table.routes = {
        to: one
        for to, one in table.routes.items()
        if one.origin != "EnableVgwRoutePropagation" or one.target != gateway
    }
