"""What comes with a VPC, and what every region of an account begins with.

https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc-components.html: until somebody deletes it, a region has a
default VPC of 172.31.0.0/16 with a /20 subnet in each zone, an internet gateway and a main route table that leads to
it, a network ACL, a security group and DHCP options. Its ids derive from the account and the region.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from backtrail import UNSET, ids
from backtrail.record import arn as arn_of
from backtrail_aws.ec2 import limits, regions
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_network import (
    AclEntry,
    Block,
    DhcpOptions,
    InternetGateway,
    Network,
    NetworkAcl,
    Route,
    RouteTable,
    Rule,
    SecurityGroup,
    Subnet,
    TableAssociation,
    Vpc,
)

DEFAULT_CIDR = "172.31.0.0/16"
ANYWHERE, ANYWHERE_V6 = "0.0.0.0/0", "::/0"


class Source(Protocol):
    """What names new resources: an event, or the beginning of a region."""

    def new_id(self, kind: str, label: str = "") -> str: ...
    def arn(self, service: str, resource: str) -> str: ...


class Beginning:
    """A region of an account, before any record told of it."""

    def __init__(self, account: str, region: str) -> None:
        self.account, self.region = account, region

    def new_id(self, kind: str, label: str = "") -> str:
        """An id that derives from account and region."""
        return ids.new_id(f"{self.account}/{self.region}", kind, label)

    def arn(self, service: str, resource: str) -> str:
        """An ARN of this place."""
        return arn_of(service, self.region, self.account, resource)


@service.begins
def begin(account: str, region: str) -> Ec2:
    """A region with its default VPC."""
    state, source = Ec2(), Beginning(account, region)
    network = state.network
    options = source.new_id("dopt", "default")
    network.default_dhcp = options
    network.dhcp_options[options] = DhcpOptions(
        id=options, arn=source.arn("ec2", f"dhcp-options/{options}"), configurations=dhcp_defaults(region)
    )
    add_default_vpc(network, source, regions.of(region).zones)
    return state


def dhcp_defaults(region: str) -> dict[str, list[str]]:
    """What AWS's own DHCP options say: vpc/latest/userguide/VPC_DHCP_Options.html"""
    name = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    return {"domain-name": [name], "domain-name-servers": ["AmazonProvidedDNS"]}


def add_default_vpc(network: Network, source: Source, zones: Iterable[regions.Zone]) -> Vpc:
    """A default VPC with all that belongs to it."""
    vpc = Vpc(
        id=source.new_id("vpc"),
        blocks=[Block(id=source.new_id("vpc-cidr-assoc"), cidr=DEFAULT_CIDR)],
        dhcp_options=network.default_dhcp or UNSET, tenancy="default", is_default=True, dns_support=True,
        dns_hostnames=True, usage_metrics=False,
    )  # fmt: skip
    add_vpc(network, source, vpc)
    for number, zone in enumerate(zones):
        add_subnet(network, source, default_subnet(source, vpc.id, zone, f"172.31.{number * 16}.0/20"))
    gateway = source.new_id("igw")
    network.internet_gateways[gateway] = InternetGateway(
        id=gateway, arn=source.arn("ec2", f"internet-gateway/{gateway}"), vpc=vpc.id
    )
    table = network.route_tables[str(vpc.main_table)]
    table.routes[ANYWHERE] = Route(to=ANYWHERE, via="gateway_id", target=gateway)
    return vpc


def default_subnet(source: Source, vpc: str, zone: regions.Zone, cidr: str) -> Subnet:
    """The default subnet of a zone."""
    return Subnet(
        id=source.new_id("subnet", zone.name), vpc=vpc, cidr=cidr, zone=zone.name, zone_id=zone.id,
        default_for_zone=True, public_ip=True, assign_ipv6=False, dns64=False, ipv6_native=False,
        hostname_type="ip-name", dns_a=False, dns_aaaa=False,
    )  # fmt: skip


def add_vpc(network: Network, source: Source, vpc: Vpc) -> None:
    """A VPC, with its main route table, its default network ACL and its default security group."""
    vpc.arn = source.arn("ec2", f"vpc/{vpc.id}")
    network.vpcs[vpc.id] = vpc
    table = RouteTable(id=source.new_id("rtb", "main"), vpc=vpc.id)
    add_table(network, source, table, vpc)
    main = TableAssociation(id=source.new_id("rtbassoc", "main"), main=True)
    table.associations[main.id] = main
    network.table_associations[main.id] = table.id
    acl = NetworkAcl(id=source.new_id("acl", "default"), vpc=vpc.id, is_default=True)
    add_acl(network, source, acl)
    allow(acl, v6=bool(vpc.ipv6_blocks))
    vpc.main_table, vpc.default_acl = table.id, acl.id
    for subnet in network.subnets.values():  # whose records came before the VPC's
        if subnet.vpc == vpc.id and subnet.id not in network.acl_of:
            join_acl(network, acl, subnet.id, source.new_id("aclassoc", subnet.id))
    add_default_group(network, source, vpc)


def add_table(network: Network, source: Source, table: RouteTable, vpc: Vpc) -> None:
    """A route table with the local routes of its VPC."""
    table.arn = source.arn("ec2", f"route-table/{table.id}")
    for block in (*vpc.blocks, *vpc.ipv6_blocks):
        table.routes[block.cidr] = local_route(block.cidr)
    network.route_tables[table.id] = table


def local_route(cidr: str) -> Route:
    """The route that joins all subnets of a VPC."""
    return Route(to=cidr, via="gateway_id", target="local", origin="CreateRouteTable")


def add_acl(network: Network, source: Source, acl: NetworkAcl) -> None:
    """A network ACL that denies everything."""
    acl.arn = source.arn("ec2", f"network-acl/{acl.id}")
    for egress in (True, False):
        put_entry(acl, AclEntry(number=limits.ACL_LAST_RULE, egress=egress, cidr=ANYWHERE))
    network.network_acls[acl.id] = acl


def allow(acl: NetworkAcl, *, v6: bool) -> None:
    """Let everything pass, as a default network ACL does."""
    for egress in (True, False):
        put_entry(acl, AclEntry(number=100, egress=egress, action="allow", cidr=ANYWHERE))
    if v6:
        allow_v6(acl)


def allow_v6(acl: NetworkAcl) -> None:
    """What a default network ACL gets when its VPC has IPv6: vpc/latest/userguide/default-network-acl.html"""
    for egress in (True, False):
        put_entry(acl, AclEntry(number=101, egress=egress, action="allow", ipv6_cidr=ANYWHERE_V6))
        put_entry(acl, AclEntry(number=limits.ACL_LAST_RULE + 1, egress=egress, ipv6_cidr=ANYWHERE_V6))


def entry_key(number: int, egress: bool) -> str:
    """Where an entry stands: egress before ingress, then by number."""
    return f"{'egress' if egress else 'ingress'}/{number:05}"


def put_entry(acl: NetworkAcl, entry: AclEntry) -> None:
    """Put an entry in its place."""
    acl.entries[entry_key(entry.number, entry.egress)] = entry


def add_subnet(network: Network, source: Source, subnet: Subnet) -> None:
    """A subnet, under the default network ACL of its VPC."""
    subnet.arn = source.arn("ec2", f"subnet/{subnet.id}")
    network.subnets[subnet.id] = subnet
    vpc = network.vpcs.get(str(subnet.vpc))
    acl = network.network_acls.get(str(vpc.default_acl)) if vpc is not None else None
    if acl is not None:
        join_acl(network, acl, subnet.id, source.new_id("aclassoc", subnet.id))


def join_acl(network: Network, acl: NetworkAcl, subnet: str, association: str) -> None:
    """Put a subnet under a network ACL; it leaves the one that it was under."""
    old = network.acl_of.get(subnet)
    if old is not None:
        leave_acl(network, subnet, old)
    acl.associations[association] = subnet
    network.acl_associations[association], network.acl_of[subnet] = acl.id, association


def leave_acl(network: Network, subnet: str, association: str) -> None:
    """Take a subnet from under its network ACL."""
    acl = network.network_acls.get(network.acl_associations.pop(association, ""))
    if acl is not None:
        acl.associations.pop(association, None)
    network.acl_of.pop(subnet, None)


def add_default_group(network: Network, source: Source, vpc: Vpc) -> None:
    """The security group that lets its members talk to each other, and out."""
    group = SecurityGroup(
        id=source.new_id("sg", "default"),
        name="default",
        description="default VPC security group",
        vpc=vpc.id,
    )
    vpc.default_group = group.id
    add_group(network, source, group, v6=bool(vpc.ipv6_blocks))
    put_rule(network, source, Rule(
        id=source.new_id("sgr", "default/ingress"), group=group.id, egress=False, protocol="-1",
        peer_group=group.id, peer_owner=group.owner,
    ))  # fmt: skip


def add_group(network: Network, source: Source, group: SecurityGroup, *, v6: bool = False) -> None:
    """A security group that lets everything out."""
    group.arn = source.arn("ec2", f"security-group/{group.id}")
    network.security_groups[group.id] = group
    network.group_names[group_key(str(group.vpc), str(group.name))] = group.id
    out = Rule(id=source.new_id("sgr", f"{group.id}/egress"), group=group.id, egress=True, protocol="-1")
    out.cidr = ANYWHERE
    put_rule(network, source, out)
    if v6:
        out = Rule(id=source.new_id("sgr", f"{group.id}/egress6"), group=group.id, egress=True, protocol="-1")
        out.ipv6_cidr = ANYWHERE_V6
        put_rule(network, source, out)


def group_key(vpc: str, name: str) -> str:
    """Under what `Network.group_names` finds a group."""
    return f"{vpc}/{name}"


def rule_key(rule: Rule) -> str:
    """What a rule allows: two rules of one key are the same."""
    ports = f"{_port(rule.from_port)}-{_port(rule.to_port)}"
    peer = next(
        (
            str(one)
            for one in (rule.cidr, rule.ipv6_cidr, rule.prefix_list, rule.peer_group)
            if one is not UNSET
        ),
        "",
    )
    return f"{rule.protocol}/{ports}/{peer}"


def _port(port: object) -> str:
    return "" if port is UNSET else str(port)


def put_rule(network: Network, source: Source, rule: Rule) -> None:
    """Put a rule into its group, in the place of one that allows the same."""
    rule.arn = source.arn("ec2", f"security-group-rule/{rule.id}")
    network.rules[rule.id] = rule
    group = network.security_groups.get(rule.group)
    if group is None:
        return
    held = group.egress if rule.egress else group.ingress
    old = held.get(rule_key(rule))
    if old is not None and old != rule.id:
        network.rules.pop(old, None)
    held[rule_key(rule)] = rule.id


def remove_subnet(network: Network, identifier: str) -> None:
    """Take a subnet away, out of its route table and its network ACL."""
    network.subnets.pop(identifier, None)
    leave_acl(network, identifier, network.acl_of.get(identifier, ""))
    leave_table(network, identifier)
    for reservation in [one.id for one in network.reservations.values() if one.subnet == identifier]:
        del network.reservations[reservation]


def leave_table(network: Network, served: str) -> None:
    """Take a subnet or a gateway away from its route table."""
    association = network.table_of.pop(served, "")
    table = network.route_tables.get(network.table_associations.pop(association, ""))
    if table is not None:
        table.associations.pop(association, None)


def remove_table(network: Network, identifier: str) -> None:
    """Take a route table away, with its associations."""
    table = network.route_tables.pop(identifier, None)
    for association in table.associations.values() if table is not None else ():
        network.table_associations.pop(association.id, None)
        for served in (association.subnet, association.gateway):
            if isinstance(served, str):
                network.table_of.pop(served, None)


def remove_acl(network: Network, identifier: str) -> None:
    """Take a network ACL away, with its associations."""
    acl = network.network_acls.pop(identifier, None)
    for association, subnet in acl.associations.items() if acl is not None else ():
        network.acl_associations.pop(association, None)
        network.acl_of.pop(subnet, None)


def remove_group(network: Network, identifier: str) -> None:
    """Take a security group away, with its rules."""
    group = network.security_groups.pop(identifier, None)
    if group is None:
        return
    for rule in (*group.ingress.values(), *group.egress.values()):
        network.rules.pop(rule, None)
    if network.group_names.get(group_key(str(group.vpc), str(group.name))) == identifier:
        del network.group_names[group_key(str(group.vpc), str(group.name))]


class Named:
    """A source of names of which some are told: what a record says of its own making."""

    def __init__(self, source: Source, told: dict[str, str]) -> None:
        self._source, self._told = source, told

    def new_id(self, kind: str, label: str = "") -> str:
        """The told id of a kind, else a derived one."""
        return self._told.get(kind) or self._source.new_id(kind, label)

    def arn(self, service: str, resource: str) -> str:
        """The source's ARN."""
        return self._source.arn(service, resource)
