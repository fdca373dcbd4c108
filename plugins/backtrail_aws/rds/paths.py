"""Whether clients get to a database, as EC2 tells it: where no EC2 is served, nobody can say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from backtrail import UNSET, Call, Params, UnsetType, field, told
from backtrail_aws.rds import api
from backtrail_aws.rds.network import Filter
from backtrail_aws.rds.state import Instance

_CLIENTS_MOST = 20
"""Instances of the VPC that are tried as clients."""
SOMEBODY = "203.0.113.1"  # RFC 5737


class TellReach(Params):
    """The question: whether packets get there."""

    source: str
    destination: str
    port: int
    subnet: str
    groups: list[str]
    public: bool


class Component(Params):
    """Something on the way."""

    id: str | UnsetType = UNSET


class AclRule(Params):
    """A rule of a network ACL."""

    rule_number: int | UnsetType = field(name="ruleNumber", default=UNSET)


class Why(Params):
    """What stops the packets."""

    explanation_code: str | UnsetType = field(name="explanationCode", default=UNSET)
    direction: str | UnsetType = UNSET
    acl: Component | UnsetType = UNSET
    acl_rule: AclRule | UnsetType = field(name="aclRule", default=UNSET)
    route_table: Component | UnsetType = field(name="routeTable", default=UNSET)
    security_groups: list[Component] | UnsetType = field(name="securityGroups", default=UNSET)


class Reached(Params):
    """The answer."""

    found: bool
    missing: str = ""
    why: list[Why] = []


class Asked(Params):
    """What is asked of EC2, as its Describe actions have it."""

    filters: list[Filter]


class DescribeInstances(Asked):
    """Instances."""


class DescribeInternetGateways(Asked):
    """Internet gateways."""


class DescribeSecurityGroups(Asked):
    """Security groups."""


class Member(Params):
    """A security group that something has."""

    group_id: str | UnsetType = field(name="groupId", default=UNSET)


class Machine(Params):
    """An instance as EC2 tells it."""

    instance_id: str = field(name="instanceId")
    private_ip_address: str | UnsetType = field(name="privateIpAddress", default=UNSET)
    public_ip_address: str | UnsetType = field(name="publicIpAddress", default=UNSET)
    security_groups: list[Member] | UnsetType = field(name="securityGroups", default=UNSET)


class Reservation(Params):
    """Instances that were launched together."""

    instances: list[Machine] | UnsetType = UNSET


class Reservations(Params):
    """What EC2 answers."""

    reservations: list[Reservation] | UnsetType = UNSET


class Gateway(Params):
    """An internet gateway."""

    internet_gateway_id: str = field(name="internetGatewayId")


class Gateways(Params):
    """What EC2 answers."""

    internet_gateways: list[Gateway] | UnsetType = field(name="internetGateways", default=UNSET)


class Block(Params):
    """A block that a rule names."""

    cidr_ip: str | UnsetType = field(name="cidrIp", default=UNSET)


class Permission(Params):
    """Rules of a group that are alike in protocol and ports."""

    ip_protocol: str | UnsetType = field(name="ipProtocol", default=UNSET)
    from_port: int | UnsetType = field(name="fromPort", default=UNSET)
    to_port: int | UnsetType = field(name="toPort", default=UNSET)
    ip_ranges: list[Block] | UnsetType = field(name="ipRanges", default=UNSET)
    ipv6_ranges: list[Any] | UnsetType = field(name="ipv6Ranges", default=UNSET)
    user_id_group_pairs: list[Any] | UnsetType = field(name="userIdGroupPairs", default=UNSET)
    prefix_list_ids: list[Any] | UnsetType = field(name="prefixListIds", default=UNSET)


class Group(Params):
    """A security group as EC2 tells it."""

    group_id: str = field(name="groupId")
    ip_permissions: list[Permission] | UnsetType = field(name="ipPermissions", default=UNSET)


class Groups(Params):
    """What EC2 answers."""

    security_groups: list[Group] | UnsetType = field(name="securityGroups", default=UNSET)


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A database as packets find it."""

    id: str
    vpc: str
    subnet: str
    groups: list[str]
    port: int
    public: bool


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """Who connects: an instance of the VPC, or the internet. `source` is what a rule would name."""

    id: str
    shown: str
    source: str
    addresses: list[str] = []


def target(call: Call[Any], database: Instance) -> Target | None:
    """Where a database is, None where no subnet is known of it."""
    shown = database.shown
    held = told(shown.db_subnet_group, api.DBSubnetGroup())
    subnets = [one for one in told(held.subnets, []) if isinstance(one.subnet_identifier, str)]
    zone = told(database.zone, told(shown.availability_zone, ""))
    near = [one for one in subnets if told(one.subnet_availability_zone, api.AvailabilityZone()).name == zone]
    port = told(database.port, told(shown.db_instance_port, 0))
    if not subnets or not port:
        return None
    vpc = told(held.vpc_id, "")
    groups = [told(one.vpc_security_group_id, "") for one in told(shown.vpc_security_groups, [])]
    return Target(
        id=database.id, vpc=vpc, subnet=told((near or subnets)[0].subnet_identifier, ""),
        groups=[one for one in groups if one] or _default(call, vpc), port=port,
        public=told(shown.publicly_accessible, False),
    )  # fmt: skip


def _default(call: Call[Any], vpc: str) -> list[str]:
    """The VPC's default group, which databases are in that were given none."""
    asked = [Filter(name="vpc-id", values=[vpc]), Filter(name="group-name", values=["default"])]
    found = call.ask("ec2", DescribeSecurityGroups(filters=asked), Groups)
    return [one.group_id for one in told(found.security_groups, [])] if found is not None else []


def clients(call: Call[Any], target: Target) -> Iterator[Client]:
    """Who may want to connect: the internet, where the database is public; else the VPC's running instances."""
    if target.public:
        name = gateway(call, target) or SOMEBODY
        yield Client(id=name, shown="somebody on the internet", source="the clients' own block")
        return
    there = Filter(name="instance-state-name", values=["pending", "running"])
    asked = [Filter(name="vpc-id", values=[target.vpc]), there]
    answer = call.ask("ec2", DescribeInstances(filters=asked), Reservations)
    held = told(answer.reservations, []) if answer is not None else []
    machines = [one for reservation in held for one in told(reservation.instances, [])]
    for one in machines[:_CLIENTS_MOST]:
        groups = [told(group.group_id, "") for group in told(one.security_groups, [])]
        yield Client(
            id=one.instance_id, shown=one.instance_id, source=groups[0] if groups else f"{one.private_ip_address}/32",
            addresses=[told(one.private_ip_address, ""), told(one.public_ip_address, "")],
        )  # fmt: skip


def gateway(call: Call[Any], target: Target) -> str:
    """The internet gateway of a database's VPC; "" where it has none."""
    asked = [Filter(name="attachment.vpc-id", values=[target.vpc])]
    found = call.ask("ec2", DescribeInternetGateways(filters=asked), Gateways)
    gateways = told(found.internet_gateways, []) if found is not None else []
    return gateways[0].internet_gateway_id if gateways else ""


def reach(call: Call[Any], source: str, target: Target) -> Reached | None:
    """Whether a client's packets get to a database; None where nobody can say."""
    question = TellReach(
        source=source, destination=target.id, port=target.port, subnet=target.subnet, groups=target.groups,
        public=target.public,
    )  # fmt: skip
    found = call.ask("ec2", question, Reached)
    return found if found is not None and not found.missing else None


def admitted(call: Call[Any], target: Target) -> list[str]:
    """The IPv4 blocks that may connect; "" among them for whatever else is let in: groups, lists, IPv6."""
    asked = [Filter(name="group-id", values=target.groups)]
    found = call.ask("ec2", DescribeSecurityGroups(filters=asked), Groups)
    blocks: list[str] = []
    for group in told(found.security_groups, []) if found is not None else []:
        for one in told(group.ip_permissions, []):
            if one.ip_protocol not in ("-1", "tcp"):
                continue
            if one.ip_protocol == "tcp" and not told(one.from_port, 0) <= target.port <= told(
                one.to_port, 65_535
            ):
                continue
            blocks += [told(held.cidr_ip, "") for held in told(one.ip_ranges, [])]
            for others in (one.ipv6_ranges, one.user_id_group_pairs, one.prefix_list_ids):
                blocks += [""] * len(told(others, []))
    return blocks
