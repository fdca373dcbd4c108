"""What is wrong with a VPN: tunnels that are down, and networks that nobody routes to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backtrail import UnsetType, told
from backtrail.troubles import Blame, Finding
from backtrail_aws.ec2 import vpn_tunnels
from backtrail_aws.ec2.diagnosis_parts import ROUTE_ACTIONS
from backtrail_aws.ec2.reach_parts import World
from backtrail_aws.ec2.route_associations import table_for
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_gateways import VpnConnection

_PROPAGATION = ["DisableVgwRoutePropagation", *ROUTE_ACTIONS]


def of_vpn(world: World, resource: str, ports: Sequence[int]) -> Iterator[Finding]:
    """DIAG-32, of a VPN connection or of a VPN gateway."""
    state = world.state(world.home)
    for one in state.gateways.vpn_connections.values():
        if resource in (one.id, one.vpn) and isinstance(one.deleted, UnsetType):
            yield from _of_connection(state, one)


def _of_connection(state: Ec2, connection: VpnConnection) -> Iterator[Finding]:
    symptom = f"what is behind {connection.id} is not reachable"
    if not vpn_tunnels.is_up(connection):
        yield Finding(
            rule="DIAG-32", symptom=symptom, cause="both of its tunnels are down",
            fix="bring up the customer gateway's side of one",
            blame=[Blame(resource=connection.id, actions=["FailVpnTunnel"])],
        )  # fmt: skip
        return
    gateway = state.gateways.vpn.get(told(connection.vpn, ""))
    if gateway is None:
        return
    if isinstance(gateway.vpc, UnsetType):
        yield Finding(
            rule="DIAG-32", symptom=symptom, cause=f"{gateway.id} is attached to no VPC", fix="AttachVpnGateway",
            blame=[Blame(resource=gateway.id, actions=["DetachVpnGateway", "CreateVpnGateway"])],
        )  # fmt: skip
        return
    tables = [one for one in state.network.route_tables.values() if one.vpc == gateway.vpc]
    if any(route.target == gateway.id for one in tables for route in one.routes.values()):
        return
    names = [one.id for one in tables]
    if connection.static and not connection.routes and any(gateway.id in one.propagating for one in tables):
        cause = "routes are propagated, but the connection has static routes only, and none"
        fix = "CreateVpnConnectionRoute of the on-premises network"
    else:
        cause = f"its tunnels are up, but no route table of {gateway.vpc} ({', '.join(names)}) leads to {gateway.id}"
        fix = f"CreateRoute of the on-premises network to {gateway.id}, or EnableVgwRoutePropagation"
    blame = [Blame(resource=one, actions=_PROPAGATION) for one in names]
    yield Finding(
        rule="DIAG-32", symptom=symptom, cause=cause, fix=fix,
        blame=[*blame, Blame(resource=connection.id, actions=["DeleteVpnConnectionRoute", "CreateVpnConnection"])],
    )  # fmt: skip


def unrouted(world: World, subnet: str) -> Iterator[Finding]:
    """DIAG-32, of a subnet whose VPC has a VPN that is up: its own table does not lead there."""
    state = world.state(world.home)
    table = table_for(state, subnet)
    if table is None:
        return
    for gateway in state.gateways.vpn.values():
        if gateway.vpc != table.vpc or any(one.target == gateway.id for one in table.routes.values()):
            continue
        up = [
            one.id
            for one in state.gateways.vpn_connections.values()
            if one.vpn == gateway.id and isinstance(one.deleted, UnsetType) and vpn_tunnels.is_up(one)
        ]
        if up:
            yield Finding(
                rule="DIAG-32", symptom=f"{subnet} does not reach the network behind {up[0]}",
                cause=f"the tunnels of {up[0]} are up, but {table.id} has no route to {gateway.id}",
                fix=f"CreateRoute of the on-premises network to {gateway.id} in {table.id}, or "
                "EnableVgwRoutePropagation",
                blame=[
                    Blame(resource=table.id, actions=_PROPAGATION), Blame(resource=subnet, actions=ROUTE_ACTIONS),
                    Blame(resource=subnet, actions=["CreateSubnet"]),
                ],
            )  # fmt: skip
