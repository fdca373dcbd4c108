"""Site-to-site VPN connections: https://docs.aws.amazon.com/vpn/latest/s2svpn/VPC_VPN.html"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from backtrail import UNSET, Call, Cycle, Event, Phase, Refusal, UnsetType, state_at, told
from backtrail_aws.ec2 import api, cidrs, errors, filters, limits, tags, uses, vpn_tunnels
from backtrail_aws.ec2.customer_gateways import CUSTOMER_GATEWAYS
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_gateways import VpnConnection
from backtrail_aws.ec2.state_network import Route
from backtrail_aws.ec2.state_transit import TransitAttachment
from backtrail_aws.ec2.transit_attachments import join_defaults, leave
from backtrail_aws.ec2.transit_gateways import TRANSIT_GATEWAYS
from backtrail_aws.ec2.transit_gateways import there as transit_there
from backtrail_aws.ec2.vpn_gateways import VPN_GATEWAYS

VPN_CONNECTIONS = Kind(
    "vpn-connection", "vpn", VpnConnection, lambda state: state.gateways.vpn_connections,
    code="InvalidVpnConnectionID.NotFound", noun="vpnConnection ID", malformed="InvalidVpnConnectionID",
    cloudformation="AWS::EC2::VPNConnection", parameters=("vpn_connection_id", "vpn_connection_ids"),
    created_by=("CreateVpnConnection",),
)  # fmt: skip

_CREATING: Cycle = {"pending": Phase(300, "available")}  # s2svpn/SetUpVPNConnections.html: some minutes
_DELETING: Cycle = {"deleting": Phase(300, "deleted")}
_SHOWN_FOR = timedelta(hours=1)  # API_DeleteVpnConnection: a deleted one is shown for a while; seconds: guess
_PROPAGATED = "EnableVgwRoutePropagation"


# create


@service.handle
def create_vpn_connection(state: Ec2, call: Call[api.CreateVpnConnection]) -> api.CreateVpnConnectionResult:
    """Two tunnels from a customer gateway to a VPN gateway, or to a transit gateway."""
    params = call.params
    tags.check_new(params.tag_specifications, "vpn-connection")
    if told(params.type, "ipsec.1") != "ipsec.1":
        # evidence: guess
        raise errors.invalid(f"Value ({params.type}) for parameter type is invalid.")
    customer = CUSTOMER_GATEWAYS.find(state, params.customer_gateway_id)
    if not isinstance(customer.deleted, UnsetType):
        raise errors.not_found(CUSTOMER_GATEWAYS.code, CUSTOMER_GATEWAYS.noun, [customer.id])
    _check_end(state, params)
    held = [one for one in state.gateways.vpn_connections.values() if isinstance(one.deleted, UnsetType)]
    if len(held) >= call.quota("vpn_connections", limits.VPN_CONNECTIONS_MAX):
        raise errors.limit("VpnConnectionLimitExceeded", "VPN connections")
    options = told(params.options, api.VpnConnectionOptionsSpecification())
    connection = VpnConnection(
        id=call.new_id("vpn"), customer=customer.id, vpn=params.vpn_gateway_id, transit=params.transit_gateway_id,
        static=options.static_routes_only is True, accelerated=options.enable_acceleration is True,
        ip_version=told(options.tunnel_inside_ip_version, "ipv4"),
        local=told(options.local_ipv4_network_cidr, "0.0.0.0/0"),
        remote=told(options.remote_ipv4_network_cidr, "0.0.0.0/0"),
        tunnels=vpn_tunnels.planned(call, told(options.tunnel_options, [])), made=call.time,
        tags=tags.given(params.tag_specifications, "vpn-connection"),
    )  # fmt: skip
    return api.CreateVpnConnectionResult(vpn_connection=shown(state, call, connection))


def _check_end(state: Ec2, params: api.CreateVpnConnection) -> None:
    """One end on AWS's side, that is there. Raises `Refusal`."""
    named = [one for one in (params.vpn_gateway_id, params.transit_gateway_id) if isinstance(one, str)]
    if not named:
        raise errors.missing("VpnGatewayId")
    if len(named) > 1:
        # evidence: page API_CreateVpnConnection (the rule); words: guess
        raise errors.combination("You cannot specify both VpnGatewayId and TransitGatewayId.")
    if isinstance(params.transit_gateway_id, str):
        transit_there(state, params.transit_gateway_id)
        return
    gateway = VPN_GATEWAYS.find(state, named[0])
    if not isinstance(gateway.deleted, UnsetType):
        raise errors.not_found(VPN_GATEWAYS.code, VPN_GATEWAYS.noun, named)


@service.project
def vpn_connection_created(
    state: Ec2, event: Event[api.CreateVpnConnection, api.CreateVpnConnectionResult]
) -> None:
    """The connection is there; at a transit gateway it is an attachment."""
    made = told(event.result.vpn_connection, api.VpnConnection())
    if isinstance(made.vpn_connection_id, UnsetType):
        return
    params, options = event.params, told(made.options, api.VpnConnectionOptions())
    asked = told(params.options, api.VpnConnectionOptionsSpecification())
    connection = VPN_CONNECTIONS.known(state, event, made.vpn_connection_id)
    CUSTOMER_GATEWAYS.known(state, event, params.customer_gateway_id)
    connection.customer, connection.vpn = params.customer_gateway_id, params.vpn_gateway_id
    connection.transit = params.transit_gateway_id
    connection.static = told(options.static_routes_only, asked.static_routes_only) is True
    connection.accelerated = told(options.enable_acceleration, asked.enable_acceleration) is True
    connection.ip_version = told(options.tunnel_inside_ip_version, "ipv4")
    connection.local, connection.remote = options.local_ipv4_network_cidr, options.remote_ipv4_network_cidr
    connection.tunnels = told(options.tunnel_options, [])
    connection.made = event.time
    connection.tags = tags.given(params.tag_specifications, "vpn-connection")
    if isinstance(params.vpn_gateway_id, str):
        VPN_GATEWAYS.known(state, event, params.vpn_gateway_id)
    if isinstance(params.transit_gateway_id, str):
        _attach(state, event, connection, params.transit_gateway_id)


def _attach(state: Ec2, event: Event[Any, Any], connection: VpnConnection, transit: str) -> None:
    gateway = TRANSIT_GATEWAYS.known(state, event, transit)
    identifier = event.new_id("tgw-attach")
    attachment = TransitAttachment(
        id=identifier, arn=event.arn("ec2", f"transit-gateway-attachment/{identifier}"), gateway=transit, kind="vpn",
        resource=connection.id, resource_owner=event.account, made=event.time,
    )  # fmt: skip
    connection.attachment = identifier
    state.gateways.transit.attachments[identifier] = attachment
    join_defaults(state, gateway, attachment)


# delete


@service.handle
def delete_vpn_connection(state: Ec2, call: Call[api.DeleteVpnConnection]) -> None:
    """One that is deleted already is no error while it is shown."""
    _there(state, call, call.params.vpn_connection_id)


@service.project
def vpn_connection_deleted(state: Ec2, event: Event[api.DeleteVpnConnection, None]) -> None:
    """The connection is deleted, and still shown; its routes are gone from what took them."""
    connection = VPN_CONNECTIONS.known(state, event, event.params.vpn_connection_id)
    if not isinstance(connection.deleted, UnsetType):
        return
    connection.deleted = event.time
    connection.routes = []
    attachment = state.gateways.transit.attachments.get(told(connection.attachment, ""))
    if attachment is not None:
        leave(state, attachment, "deleted")
    propagate(state, connection.vpn)


@service.evidence
def vpn_connection_was_gone(state: Ec2, event: Event[api.DeleteVpnConnection, None]) -> None:
    """A connection that could not be deleted because it is not there is not there."""
    if event.error == "Client.InvalidVpnConnectionID.NotFound":
        state.gateways.vpn_connections.pop(event.params.vpn_connection_id, None)


def _there(state: Ec2, call: Call[Any], identifier: str) -> VpnConnection:
    connection = VPN_CONNECTIONS.find(state, identifier)
    if _is_forgotten(call, connection):
        raise errors.not_found(VPN_CONNECTIONS.code, VPN_CONNECTIONS.noun, [identifier])
    return connection


def _is_forgotten(call: Call[Any], connection: VpnConnection) -> bool:
    return not isinstance(connection.deleted, UnsetType) and call.time > connection.deleted + _SHOWN_FOR


# static routes


@service.handle
def create_vpn_connection_route(state: Ec2, call: Call[api.CreateVpnConnectionRoute]) -> None:
    """A static route, of a connection that has such; one that is there is no error."""
    connection = _with_routes(state, call, call.params.vpn_connection_id)
    to = str(cidrs.v4(call.params.destination_cidr_block, "destinationCidrBlock"))
    if not connection.static:
        # evidence: page API_CreateVpnConnectionRoute (static routes); words: guess
        raise errors.invalid(f"The VPN connection {connection.id} does not have static routes.")
    if to not in connection.routes and len(connection.routes) >= limits.VPN_STATIC_ROUTES_MAX:
        raise errors.limit("RouteLimitExceeded", "static routes for the VPN connection")


def _with_routes(state: Ec2, call: Call[Any], identifier: str) -> VpnConnection:
    connection = _there(state, call, identifier)
    if not isinstance(connection.deleted, UnsetType):
        # evidence: page errors-overview.html (InvalidVpnConnection.InvalidState); words: guess
        raise Refusal(
            "InvalidVpnConnection.InvalidState", f"The VPN connection {identifier} is not in a valid state."
        )
    return connection


@service.project
def vpn_connection_route_created(state: Ec2, event: Event[api.CreateVpnConnectionRoute, None]) -> None:
    """The connection has the route; tables that take the gateway's routes have it, too."""
    connection = VPN_CONNECTIONS.known(state, event, event.params.vpn_connection_id)
    to = _kept(event.params.destination_cidr_block)
    if to not in connection.routes:
        connection.routes = [*connection.routes, to]
    propagate(state, connection.vpn)


def _kept(text: str) -> str:
    return str(cidrs.parsed(text) or text)


@service.handle
def delete_vpn_connection_route(state: Ec2, call: Call[api.DeleteVpnConnectionRoute]) -> None:
    """The route must be there."""
    connection = _with_routes(state, call, call.params.vpn_connection_id)
    to = str(cidrs.v4(call.params.destination_cidr_block, "destinationCidrBlock"))
    if to not in connection.routes:
        # evidence: page errors-overview.html (InvalidRoute.NotFound); words: guess
        raise Refusal("InvalidRoute.NotFound", f"The specified route {to} does not exist in {connection.id}")


@service.project
def vpn_connection_route_deleted(state: Ec2, event: Event[api.DeleteVpnConnectionRoute, None]) -> None:
    """The route is gone, also from what took it."""
    connection = VPN_CONNECTIONS.known(state, event, event.params.vpn_connection_id)
    connection.routes = [
        one for one in connection.routes if one != _kept(event.params.destination_cidr_block)
    ]
    propagate(state, connection.vpn)


def propagate(state: Ec2, gateway: str | UnsetType) -> None:
    """In a fold: the route tables that take a VPN gateway's routes have those of its connections, and no others.

    A static route of a table's own goes first: s2svpn/vpn-route-priority.html
    """
    if isinstance(gateway, UnsetType):
        return
    known = sorted(
        {to for one in state.gateways.vpn_connections.values() if one.vpn == gateway for to in one.routes}
    )
    for table in state.network.route_tables.values():
        table.routes = {
            to: route
            for to, route in table.routes.items()
            if route.origin != _PROPAGATED or route.target != gateway
        }
        for to in known if gateway in table.propagating else ():
            table.routes.setdefault(to, Route(to=to, via="gateway_id", target=gateway, origin=_PROPAGATED))


# describe


def status(call: Call[Any], connection: VpnConnection) -> str:
    """A connection's state as of a call."""
    if not isinstance(connection.deleted, UnsetType):
        since = connection.deleted
        return state_at(_DELETING, "deleting", since, call.time, pace=call.pace(since))
    if isinstance(connection.made, UnsetType):
        return "available"
    return state_at(_CREATING, "pending", connection.made, call.time, pace=call.pace(connection.made))


@service.read
def describe_vpn_connections(
    state: Ec2, call: Call[api.DescribeVpnConnections]
) -> api.DescribeVpnConnectionsResult:
    """Connections, in the order of their ids; deleted ones for an hour."""

    def asn(one: VpnConnection) -> filters.Value:
        customer = state.gateways.customer.get(told(one.customer, ""))
        return customer.asn if customer is not None else None

    fields: filters.Fields[VpnConnection] = {
        "bgp-asn": asn,
        "customer-gateway-configuration": lambda one: _configuration(state, one),
        "customer-gateway-id": lambda one: one.customer,
        "option.static-routes-only": lambda one: one.static,
        "route.destination-cidr-block": lambda one: one.routes,
        "state": lambda one: status(call, one),
        "transit-gateway-id": lambda one: one.transit,
        "type": lambda one: "ipsec.1",
        "vpn-connection-id": lambda one: one.id,
        "vpn-gateway-id": lambda one: one.vpn,
    }
    for one in told(call.params.vpn_connection_ids, []):
        _there(state, call, one)
    page = filters.described(state, call, VPN_CONNECTIONS, call.params.vpn_connection_ids, fields)
    return api.DescribeVpnConnectionsResult(
        vpn_connections=[shown(state, call, one) for one in page.items if not _is_forgotten(call, one)]
    )


def _configuration(state: Ec2, connection: VpnConnection) -> str:
    return vpn_tunnels.configuration(connection, state.gateways.customer.get(told(connection.customer, "")))


def shown(state: Ec2, call: Call[Any], connection: VpnConnection) -> api.VpnConnection:
    """A connection as answers show it."""
    now = status(call, connection)
    ended = now in ("deleting", "deleted")
    return api.VpnConnection(
        vpn_connection_id=connection.id, state=now, type="ipsec.1", category="VPN",
        customer_gateway_id=connection.customer, vpn_gateway_id=connection.vpn, transit_gateway_id=connection.transit,
        customer_gateway_configuration=UNSET if ended else _configuration(state, connection),
        gateway_association_state="associated" if not ended else "not-associated",
        options=_options(connection), tags=tags.shown(connection.tags),
        routes=[api.VpnStaticRoute(destination_cidr_block=one, state="available") for one in connection.routes],
        vgw_telemetry=[] if ended else vpn_tunnels.telemetry(connection),
    )  # fmt: skip


def _options(connection: VpnConnection) -> api.VpnConnectionOptions:
    return api.VpnConnectionOptions(
        enable_acceleration=connection.accelerated, static_routes_only=connection.static,
        local_ipv4_network_cidr=connection.local, remote_ipv4_network_cidr=connection.remote,
        outside_ip_address_type="PublicIpv4", tunnel_inside_ip_version=connection.ip_version,
        tunnel_options=connection.tunnels,
    )  # fmt: skip


# uses


@uses.of("customer-gateway")
def of_customer(state: Ec2, gateway: str) -> bool:
    """Whether a customer gateway has a connection."""
    return any(
        one.customer == gateway and isinstance(one.deleted, UnsetType)
        for one in state.gateways.vpn_connections.values()
    )


@uses.of("vpn-gateway")
def of_gateway(state: Ec2, gateway: str) -> bool:
    """Whether a VPN gateway has a connection."""
    return any(
        one.vpn == gateway and isinstance(one.deleted, UnsetType)
        for one in state.gateways.vpn_connections.values()
    )
