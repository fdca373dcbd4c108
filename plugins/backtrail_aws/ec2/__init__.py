"""EC2: networks, machines, disks.

Covered of networks: VPCs with their blocks (IPv4, Amazon's IPv6) and attributes, subnets with reservations, route
tables with blackholes and propagation, internet gateways, network ACLs, security groups and their rules, default VPCs,
tags and filters everywhere, DryRun, client tokens, quotas.

Covered of machines: key pairs (real keys), instance types as data, images (own, shared, well-known public ones; any
other well-formed id is taken for somebody's public image), instances with their life cycle, options, profiles and
metadata service, volumes, snapshots, launch templates, spot requests and both kinds of fleets, reserved instances,
dedicated hosts, placement groups.

What deviates from AWS: a zone's name stands for the same zone id in every account. A region begins with a default VPC
whose ids derive from account and region; a record of Backtrail's own (`CreateVpcDefaults`) tells so before the first
call there. IPAM pools, Outposts, block public access and VPC encryption controls are not there. What is `pending` or
`associating` in one answer is ready in the next.

Of machines: nothing runs, so consoles say little, Windows has no password, user data is kept and not run, and a status
check fails only when the option `ec2.impaired_instances` says so. Spot prices and those of reservations derive from
the prices on demand; a spot instance is interrupted, after its notice, when `ec2.spot_price` is set above its own. A
foreign record of a launch does not tell of volumes, so its instances have none. A shared snapshot's key is not asked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import TYPE_CHECKING, Any

from backtrail import Service, hookimpl
from backtrail_aws.ec2 import (
    access,
    account,
    baseline,
    carrier_gateways,
    classic_link,
    customer_gateways,
    default_vpcs,
    dhcp_options,
    diagnosis,
    effects,
    egress_only_gateways,
    elastic_ips,
    endpoint_services,
    faults,
    fleet_listing,
    fleets,
    flow_logs,
    founding,
    hosts,
    image_attributes,
    image_creation,
    image_listing,
    images,
    insights,
    instance_attributes,
    instance_listing,
    instance_offerings,
    instance_options,
    instance_profiles,
    instance_requirements,
    instance_states,
    instance_status,
    instance_types,
    instances,
    interface_addresses,
    interface_changes,
    interfaces,
    internet_gateways,
    key_pairs,
    launch_template_versions,
    launch_templates,
    nat_gateways,
    network_acl_entries,
    network_acls,
    peerings,
    permissions,
    placement_groups,
    prefix_lists,
    region_defaults,
    reservations,
    reserved,
    route_associations,
    route_interfaces,
    route_propagation,
    route_tables,
    routes,
    run_instances,
    security_group_changes,
    security_group_rules,
    security_groups,
    shared_snapshots,
    snapshot_attributes,
    snapshot_creation,
    snapshots,
    spot_fleets,
    spot_interruptions,
    spot_prices,
    spot_requests,
    subnet_attributes,
    subnets,
    tags,
    traffic_mirror_filters,
    traffic_mirrors,
    transit_associations,
    transit_attachments,
    transit_gateways,
    transit_peerings,
    transit_tables,
    volume_changes,
    volume_initialization,
    volume_uses,
    volumes,
    vpc_attributes,
    vpc_blocks,
    vpc_endpoints,
    vpcs,
    vpn_connections,
    vpn_gateways,
    zones,
)
from backtrail_aws.ec2 import baseline_storage as baseline_storage
from backtrail_aws.ec2 import exposure as exposure
from backtrail_aws.ec2.state import service

if TYPE_CHECKING:
    from backtrail.wire import HttpAnswer, HttpRequest

__all__ = [
    "access",
    "account",
    "answer_http",
    "baseline",
    "carrier_gateways",
    "classic_link",
    "customer_gateways",
    "default_vpcs",
    "dhcp_options",
    "diagnosis",
    "effects",
    "egress_only_gateways",
    "elastic_ips",
    "endpoint_services",
    "faults",
    "fleet_listing",
    "fleets",
    "flow_logs",
    "founding",
    "hosts",
    "image_attributes",
    "image_creation",
    "image_listing",
    "images",
    "insights",
    "instance_attributes",
    "instance_listing",
    "instance_offerings",
    "instance_options",
    "instance_profiles",
    "instance_requirements",
    "instance_states",
    "instance_status",
    "instance_types",
    "instances",
    "interface_addresses",
    "interface_changes",
    "interfaces",
    "internet_gateways",
    "key_pairs",
    "launch_template_versions",
    "launch_templates",
    "nat_gateways",
    "network_acl_entries",
    "network_acls",
    "peerings",
    "permissions",
    "placement_groups",
    "prefix_lists",
    "region_defaults",
    "register_services",
    "reservations",
    "reserved",
    "route_associations",
    "route_interfaces",
    "route_propagation",
    "route_tables",
    "routes",
    "run_instances",
    "security_group_changes",
    "security_group_rules",
    "security_groups",
    "service",
    "shared_snapshots",
    "snapshot_attributes",
    "snapshot_creation",
    "snapshots",
    "spot_fleets",
    "spot_interruptions",
    "spot_prices",
    "spot_requests",
    "subnet_attributes",
    "subnets",
    "tags",
    "traffic_mirror_filters",
    "traffic_mirrors",
    "transit_associations",
    "transit_attachments",
    "transit_gateways",
    "transit_peerings",
    "transit_tables",
    "volume_changes",
    "volume_initialization",
    "volume_uses",
    "volumes",
    "vpc_attributes",
    "vpc_blocks",
    "vpc_endpoints",
    "vpcs",
    "vpn_connections",
    "vpn_gateways",
    "zones",
]


@hookimpl
def register_services() -> Iterable[Service[Any]]:
    """The service."""
    return [service]


@hookimpl
def answer_http(engine: Any, request: HttpRequest, address: object) -> Awaitable[HttpAnswer] | None:
    """What instances read about themselves."""
    return effects.tell(engine, request) if effects.serves(request) else None
