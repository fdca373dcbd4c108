"""The VPC part of a region: networks, their subnets, tables, lists and groups."""

from __future__ import annotations

import msgspec

from backtrail import UNSET, SortedMap, UnsetType
from backtrail_aws.ec2.held import Held


class Block(msgspec.Struct, kw_only=True):
    """A CIDR block of a VPC or a subnet, and the association that gave it."""

    id: str
    cidr: str
    state: str = "associated"
    pool: str | UnsetType = UNSET
    border_group: str | UnsetType = UNSET


class Recorded(Held, kw_only=True):
    """What a region may begin with. `recorded`: a record told of its beginning."""

    recorded: bool | UnsetType = UNSET


class Vpc(Recorded):
    """A network. `blocks` begins with the primary one. `classic` and `classic_dns`: ClassicLink, long retired.

    `main_table`, `default_acl` and `default_group` are what came with it.
    """

    blocks: list[Block] = []
    ipv6_blocks: list[Block] = []
    dhcp_options: str | UnsetType = UNSET
    tenancy: str | UnsetType = UNSET
    is_default: bool | UnsetType = UNSET
    dns_support: bool | UnsetType = UNSET
    dns_hostnames: bool | UnsetType = UNSET
    usage_metrics: bool | UnsetType = UNSET
    classic: bool = False
    classic_dns: bool = False
    main_table: str | UnsetType = UNSET
    default_acl: str | UnsetType = UNSET
    default_group: str | UnsetType = UNSET

    @property
    def cidr(self) -> str | UnsetType:
        """The primary CIDR block."""
        return self.blocks[0].cidr if self.blocks else UNSET


class Reservation(Held):
    """Addresses of a subnet that are set aside (`prefix`), or taken only when asked for (`explicit`)."""

    subnet: str
    cidr: str
    kind: str
    description: str | UnsetType = UNSET


class Subnet(Recorded):
    """A part of a VPC in one zone. `addresses` are those in use, and the interfaces that have them."""

    vpc: str | UnsetType = UNSET
    cidr: str | UnsetType = UNSET
    zone: str | UnsetType = UNSET
    zone_id: str | UnsetType = UNSET
    ipv6_blocks: list[Block] = []
    default_for_zone: bool | UnsetType = UNSET
    public_ip: bool | UnsetType = UNSET
    assign_ipv6: bool | UnsetType = UNSET
    dns64: bool | UnsetType = UNSET
    ipv6_native: bool | UnsetType = UNSET
    hostname_type: str | UnsetType = UNSET
    dns_a: bool | UnsetType = UNSET
    dns_aaaa: bool | UnsetType = UNSET
    lni_device: int | UnsetType = UNSET
    addresses: dict[str, str] = {}


class Route(msgspec.Struct, kw_only=True):
    """One route: `to` is a CIDR block or a prefix list; `via` the member that names its target (`gateway_id`)."""

    to: str
    via: str
    target: str
    origin: str = "CreateRoute"


class TableAssociation(msgspec.Struct, kw_only=True):
    """What a route table serves: a subnet, a gateway, or all the rest of its VPC (`main`: neither)."""

    id: str
    subnet: str | UnsetType = UNSET
    gateway: str | UnsetType = UNSET
    main: bool = False


class RouteTable(Recorded):
    """A route table: routes by destination, associations by id, and the gateways whose routes it takes."""

    vpc: str | UnsetType = UNSET
    routes: dict[str, Route] = {}
    associations: dict[str, TableAssociation] = {}
    propagating: list[str] = []


class InternetGateway(Recorded):
    """The way to the internet, of the VPC that it is attached to."""

    vpc: str | UnsetType = UNSET


class AclEntry(msgspec.Struct, kw_only=True):
    """One rule of a network ACL."""

    number: int
    egress: bool
    protocol: str = "-1"
    action: str = "deny"
    cidr: str | UnsetType = UNSET
    ipv6_cidr: str | UnsetType = UNSET
    ports: tuple[int, int] | UnsetType = UNSET
    icmp: tuple[int, int] | UnsetType = UNSET


class NetworkAcl(Recorded):
    """A network ACL. `entries` by `ingress/00100`: in the order in which they are tried. `associations`: subnets."""

    vpc: str | UnsetType = UNSET
    is_default: bool | UnsetType = UNSET
    entries: SortedMap[str, AclEntry] = msgspec.field(default_factory=SortedMap[str, AclEntry])
    associations: dict[str, str] = {}


class Rule(Recorded):
    """One rule of a security group: its own resource. `key` tells rules apart that allow the same."""

    group: str
    egress: bool
    protocol: str
    from_port: int | UnsetType = UNSET
    to_port: int | UnsetType = UNSET
    cidr: str | UnsetType = UNSET
    ipv6_cidr: str | UnsetType = UNSET
    prefix_list: str | UnsetType = UNSET
    peer_group: str | UnsetType = UNSET
    peer_owner: str | UnsetType = UNSET
    peer_vpc: str | UnsetType = UNSET
    peering: str | UnsetType = UNSET
    description: str | UnsetType = UNSET


class SecurityGroup(Recorded):
    """A security group: its rules' ids, by what they allow. `rules_known` is False where a trail began too late."""

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    vpc: str | UnsetType = UNSET
    ingress: dict[str, str] = {}
    egress: dict[str, str] = {}
    rules_known: bool = True


class DhcpOptions(Recorded):
    """What DHCP tells the hosts of a VPC: names and their values."""

    configurations: dict[str, list[str]] = {}


class Network(msgspec.Struct, kw_only=True):
    """A region's networks. `table_associations` and `acl_associations` find an association's table or list by its
    id, `table_of` and `acl_of` the association of a subnet (or of a gateway); `group_names` a group by VPC and name;
    `default_dhcp` is what new VPCs get; `recorded` whether a record told what the region began with.
    """

    recorded: bool = False
    vpcs: SortedMap[str, Vpc] = msgspec.field(default_factory=SortedMap[str, Vpc])
    subnets: SortedMap[str, Subnet] = msgspec.field(default_factory=SortedMap[str, Subnet])
    reservations: SortedMap[str, Reservation] = msgspec.field(default_factory=SortedMap[str, Reservation])
    route_tables: SortedMap[str, RouteTable] = msgspec.field(default_factory=SortedMap[str, RouteTable])
    table_associations: dict[str, str] = {}
    table_of: dict[str, str] = {}
    internet_gateways: SortedMap[str, InternetGateway] = msgspec.field(
        default_factory=SortedMap[str, InternetGateway]
    )
    network_acls: SortedMap[str, NetworkAcl] = msgspec.field(default_factory=SortedMap[str, NetworkAcl])
    acl_associations: dict[str, str] = {}
    acl_of: dict[str, str] = {}
    security_groups: SortedMap[str, SecurityGroup] = msgspec.field(
        default_factory=SortedMap[str, SecurityGroup]
    )
    group_names: dict[str, str] = {}
    rules: SortedMap[str, Rule] = msgspec.field(default_factory=SortedMap[str, Rule])
    default_dhcp: str = ""
    dhcp_options: SortedMap[str, DhcpOptions] = msgspec.field(default_factory=SortedMap[str, DhcpOptions])
