"""Transit gateways: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-transit-gateways.html"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backtrail import UNSET, Call, Cycle, Event, Phase, Refusal, UnsetType, state_at, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, errors, filters, limits, route_targets, tags
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_network import RouteTable
from backtrail_aws.ec2.state_transit import TransitGateway, TransitTable

TRANSIT_GATEWAYS = Kind(
    "transit-gateway", "tgw", TransitGateway, lambda state: state.gateways.transit.gateways,
    code="InvalidTransitGatewayID.NotFound", noun="transit gateway ID", malformed="InvalidTransitGatewayID.Malformed",
    cloudformation="AWS::EC2::TransitGateway", parameters=("transit_gateway_id", "transit_gateway_ids"),
    created_by=("CreateTransitGateway",),
)  # fmt: skip

_ASN_DEFAULT = 64512  # API_TransitGatewayRequestOptions
_DEFAULTS = {
    "auto_accept_shared_attachments": "disable", "default_route_table_association": "enable",
    "default_route_table_propagation": "enable", "vpn_ecmp_support": "enable", "dns_support": "enable",
    "security_group_referencing_support": "disable", "multicast_support": "disable",
}  # fmt: skip
"""API_TransitGatewayRequestOptions"""
_CREATING: Cycle = {"pending": Phase(120, "available")}  # seconds: guess
_DELETING: Cycle = {"deleting": Phase(120, "deleted")}


@service.handle
def create_transit_gateway(
    state: Ec2, call: Call[api.CreateTransitGateway]
) -> api.CreateTransitGatewayResult:
    """A gateway with a route table, which is its default one unless options say otherwise."""
    params, options = call.params, told(call.params.options, api.TransitGatewayRequestOptions())
    tags.check_new(params.tag_specifications, "transit-gateway")
    chosen = _chosen(options, _DEFAULTS)
    there = [one for one in state.gateways.transit.gateways.values() if isinstance(one.deleted, UnsetType)]
    if len(there) >= call.quota("transit_gateways", limits.TRANSIT_GATEWAYS_MAX):
        # evidence: page errors-overview.html; words: guess
        raise errors.limit("TransitGatewayLimitExceeded", "transit gateways")
    gateway = TransitGateway(
        id=call.new_id("tgw"), description=told(params.description, ""), options=chosen, made=call.time,
        asn=told(options.amazon_side_asn, _ASN_DEFAULT), blocks=told(options.transit_gateway_cidr_blocks, []),
        tags=tags.given(params.tag_specifications, "transit-gateway"),
    )  # fmt: skip
    gateway.arn = TRANSIT_GATEWAYS.arn(call, gateway.id)
    _set_tables(gateway, call.new_id("tgw-rtb"))
    return api.CreateTransitGatewayResult(transit_gateway=shown(gateway, "pending"))


def _chosen(given: object, defaults: dict[str, str]) -> dict[str, str]:
    """Switches that a request sets, and the rest as they are. Raises `Refusal` for what is no switch."""
    found: dict[str, str] = {}
    for name, default in defaults.items():
        value: str = told(getattr(given, name, UNSET), default)
        if value not in ("enable", "disable"):
            # evidence: guess
            raise errors.invalid(f"Invalid value '{value}' for {name.replace('_', ' ')}.")
        found[name] = value
    return found


def _set_tables(gateway: TransitGateway, table: str) -> None:
    on = gateway.options
    gateway.association_table = table if on.get("default_route_table_association") == "enable" else UNSET
    gateway.propagation_table = table if on.get("default_route_table_propagation") == "enable" else UNSET


@service.project
def transit_gateway_created(
    state: Ec2, event: Event[api.CreateTransitGateway, api.CreateTransitGatewayResult]
) -> None:
    """The gateway is there, with its default table."""
    made = told(event.result.transit_gateway, api.TransitGateway())
    if isinstance(made.transit_gateway_id, UnsetType):
        return
    options = told(made.options, api.TransitGatewayOptions())
    gateway = TRANSIT_GATEWAYS.known(state, event, made.transit_gateway_id)
    gateway.description = told(event.params.description, "")
    gateway.asn, gateway.blocks = options.amazon_side_asn, told(options.transit_gateway_cidr_blocks, [])
    gateway.options = {name: told(getattr(options, name), default) for name, default in _DEFAULTS.items()}
    gateway.made, gateway.tags = event.time, tags.given(event.params.tag_specifications, "transit-gateway")
    _set_tables(gateway, event.new_id("tgw-rtb"))
    table = told(gateway.association_table, told(gateway.propagation_table, ""))
    if table:
        arn = event.arn("ec2", f"transit-gateway-route-table/{table}")
        state.gateways.transit.tables[table] = TransitTable(
            id=table, arn=arn, gateway=gateway.id, made=event.time
        )


@service.handle
def modify_transit_gateway(
    state: Ec2, call: Call[api.ModifyTransitGateway]
) -> api.ModifyTransitGatewayResult:
    """Switches, blocks, and the default tables."""
    gateway = there(state, call.params.transit_gateway_id)
    return api.ModifyTransitGatewayResult(transit_gateway=shown(_modified(gateway, call.params), "modifying"))


def _modified(gateway: TransitGateway, params: api.ModifyTransitGateway) -> TransitGateway:
    options = told(params.options, api.ModifyTransitGatewayOptions())
    gone = told(options.remove_transit_gateway_cidr_blocks, [])
    return TransitGateway(
        id=gateway.id, arn=gateway.arn, tags=gateway.tags, made=gateway.made,
        description=told(params.description, gateway.description), asn=told(options.amazon_side_asn, gateway.asn),
        blocks=[one for one in gateway.blocks if one not in gone]
        + told(options.add_transit_gateway_cidr_blocks, []),
        options=_chosen(options, gateway.options or _DEFAULTS),
        association_table=told(options.association_default_route_table_id, gateway.association_table),
        propagation_table=told(options.propagation_default_route_table_id, gateway.propagation_table),
    )  # fmt: skip


@service.project
def transit_gateway_modified(
    state: Ec2, event: Event[api.ModifyTransitGateway, api.ModifyTransitGatewayResult]
) -> None:
    """What was given is changed."""
    gateway = TRANSIT_GATEWAYS.known(state, event, event.params.transit_gateway_id)
    state.gateways.transit.gateways[gateway.id] = _modified(gateway, event.params)


@service.handle
def delete_transit_gateway(
    state: Ec2, call: Call[api.DeleteTransitGateway]
) -> api.DeleteTransitGatewayResult:
    """Refuse while anything is attached."""
    gateway = there(state, call.params.transit_gateway_id)
    held = [
        one
        for one in state.gateways.transit.attachments.values()
        if one.gateway == gateway.id and one.status not in ("deleted", "rejected", "failed")
    ]
    if held:
        peers = "Cross Region Peering " if all(one.kind == "peering" for one in held) else ""
        # evidence: https://github.com/gruntwork-io/cloud-nuke/issues/744 (peers),
        # https://github.com/hashicorp/terraform-provider-aws/issues/7196
        raise errors.incorrect_state(
            f"{gateway.id} has non-deleted Transit Gateway {peers}Attachments: {', '.join(one.id for one in held)}."
        )
    return api.DeleteTransitGatewayResult(transit_gateway=shown(gateway, "deleting"))


@service.project
def transit_gateway_deleted(
    state: Ec2, event: Event[api.DeleteTransitGateway, api.DeleteTransitGatewayResult]
) -> None:
    """The gateway is deleted, with its tables."""
    gateway = TRANSIT_GATEWAYS.known(state, event, event.params.transit_gateway_id)
    if isinstance(gateway.deleted, UnsetType):
        gateway.deleted = event.time
    tables = state.gateways.transit.tables
    for one in [table.id for table in tables.values() if table.gateway == gateway.id]:
        tables.pop(one, None)


def there(state: Ec2, identifier: str) -> TransitGateway:
    """A gateway that is not deleted. Raises `Refusal`."""
    gateway = TRANSIT_GATEWAYS.get(state, identifier)
    if gateway is None or not isinstance(gateway.deleted, UnsetType):
        if not TRANSIT_GATEWAYS.fits(identifier):
            TRANSIT_GATEWAYS.find(state, identifier)
        # evidence: https://github.com/gruntwork-io/cloud-nuke/issues/361
        raise Refusal(TRANSIT_GATEWAYS.code, f"Transit Gateway {identifier} was deleted or does not exist.")
    return gateway


def status(gateway: TransitGateway, call: Call[Any]) -> str:
    """A gateway's state as of a call."""
    if not isinstance(gateway.deleted, UnsetType):
        return state_at(_DELETING, "deleting", gateway.deleted, call.time, pace=call.pace(gateway.deleted))
    if isinstance(gateway.made, UnsetType):
        return "available"
    return state_at(_CREATING, "pending", gateway.made, call.time, pace=call.pace(gateway.made))


def _fields(call: Call[Any]) -> filters.Fields[TransitGateway]:
    """API_DescribeTransitGateways: Filters."""

    def option(name: str) -> Callable[[TransitGateway], filters.Value]:
        return lambda one: one.options.get(name)

    return {
        **{f"options.{name.replace('_', '-')}": option(name) for name in _DEFAULTS},
        "options.amazon-side-asn": lambda one: one.asn,
        "options.association-default-route-table-id": lambda one: one.association_table,
        "options.propagation-default-route-table-id": lambda one: one.propagation_table,
        "owner-id": lambda one: one.owner,
        "state": lambda one: status(one, call),
        "transit-gateway-id": lambda one: one.id,
    }


@service.read
def describe_transit_gateways(
    state: Ec2, call: Call[api.DescribeTransitGateways]
) -> api.DescribeTransitGatewaysResult:
    """Gateways, in the order of their ids."""
    page = filters.described(state, call, TRANSIT_GATEWAYS, call.params.transit_gateway_ids, _fields(call))
    return api.DescribeTransitGatewaysResult(
        transit_gateways=[shown(one, status(one, call)) for one in page.items], next_token=page.next or UNSET
    )


def shown(gateway: TransitGateway, state: str) -> api.TransitGateway:
    """A gateway as answers show it."""
    switches: dict[str, Any] = {
        name: gateway.options.get(name, default) for name, default in _DEFAULTS.items()
    }
    options = api.TransitGatewayOptions(
        amazon_side_asn=gateway.asn, transit_gateway_cidr_blocks=gateway.blocks or UNSET,
        association_default_route_table_id=gateway.association_table,
        propagation_default_route_table_id=gateway.propagation_table, **switches,
    )  # fmt: skip
    return api.TransitGateway(
        transit_gateway_id=gateway.id, transit_gateway_arn=gateway.arn, state=state, owner_id=gateway.owner,
        description=gateway.description, options=options, tags=tags.shown(gateway.tags),
        creation_time=UNSET if isinstance(gateway.made, UnsetType) else IsoMillisZ.of(gateway.made),
    )  # fmt: skip


def _alive(state: Ec2, table: RouteTable, gateway: str) -> bool:
    """Whether the table's VPC is attached to the gateway."""
    held = state.gateways.transit.gateways.get(gateway)
    if held is None or not isinstance(held.deleted, UnsetType):
        return False
    return isinstance(table.vpc, UnsetType) or attached(state, gateway, table.vpc)


def attached(state: Ec2, gateway: str, vpc: str) -> bool:
    """Whether a VPC is attached to a gateway."""
    return any(
        (one.gateway, one.resource, one.status) == (gateway, vpc, "available")
        for one in state.gateways.transit.attachments.values()
    )


def _check(state: Ec2, table: RouteTable, gateway: str) -> None:
    there(state, gateway)
    if isinstance(table.vpc, str) and not attached(state, gateway, table.vpc):
        # evidence: https://github.com/hashicorp/terraform-provider-aws/issues/9222
        raise errors.not_found(TRANSIT_GATEWAYS.code, "transitGateway ID", [gateway])


route_targets.declare("transit_gateway_id", prefix="tgw", alive=_alive, check=_check)
