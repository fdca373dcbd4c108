"""What EC2 tells of subnets, groups, instances and interfaces: where it is not served, names are taken as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from backtrail import UNSET, Call, Params, Refusal, UnsetType, field, told


class Errors(Protocol):
    """A plugin's refusals: each API has words and codes of its own."""

    def invalid(self, message: str) -> Refusal: ...
    def configuration(self, message: str) -> Refusal: ...
    def no_subnet(self, identifier: str) -> Refusal: ...
    def bad_subnet(self, message: str) -> Refusal: ...
    def bad_group(self) -> Refusal: ...


class Filter(Params):
    """EC2's."""

    name: str
    values: list[str]


class DescribeSubnets(Params):
    """What is asked of EC2."""

    subnet_ids: list[str] | UnsetType = field(name="subnetIds", default=UNSET)


class Subnet(Params):
    """A subnet as EC2 tells it."""

    subnet_id: str = field(name="subnetId")
    vpc_id: str | UnsetType = field(name="vpcId", default=UNSET)
    availability_zone: str | UnsetType = field(name="availabilityZone", default=UNSET)
    default_for_az: bool | UnsetType = field(name="defaultForAz", default=UNSET)
    cidr_block: str | UnsetType = field(name="cidrBlock", default=UNSET)


class Subnets(Params):
    """What EC2 answers."""

    subnets: list[Subnet] | UnsetType = UNSET


class DescribeSecurityGroups(Params):
    """What is asked of EC2."""

    filters: list[Filter] | UnsetType = UNSET
    group_ids: list[str] | UnsetType = field(name="groupIds", default=UNSET)


class SecurityGroup(Params):
    """A security group as EC2 tells it."""

    group_id: str = field(name="groupId")
    group_name: str | UnsetType = field(name="groupName", default=UNSET)
    vpc_id: str | UnsetType = field(name="vpcId", default=UNSET)


class SecurityGroups(Params):
    """What EC2 answers."""

    security_groups: list[SecurityGroup] | UnsetType = field(name="securityGroups", default=UNSET)


class DescribeInternetGateways(Params):
    """What is asked of EC2."""

    filters: list[Filter] | UnsetType = UNSET


class InternetGateways(Params):
    """What EC2 answers."""

    internet_gateways: list[dict[str, Any]] | UnsetType = field(name="internetGateways", default=UNSET)


class DescribeVpcs(Params):
    """What is asked of EC2."""

    vpc_ids: list[str] = field(name="vpcIds")


class Vpcs(Params):
    """What EC2 answers."""

    vpcs: list[dict[str, Any]] | UnsetType = UNSET


class DescribeInstances(Params):
    """What is asked of EC2."""

    instance_ids: list[str] = field(name="instanceIds")


class Placement(Params):
    """Where an instance is."""

    availability_zone: str | UnsetType = field(name="availabilityZone", default=UNSET)


class InstanceState(Params):
    """How an instance is."""

    name: str | UnsetType = UNSET


class Group(Params):
    """A security group that something has."""

    group_id: str | UnsetType = field(name="groupId", default=UNSET)


class Instance(Params):
    """An instance as EC2 tells it."""

    instance_id: str = field(name="instanceId")
    vpc_id: str | UnsetType = field(name="vpcId", default=UNSET)
    subnet_id: str | UnsetType = field(name="subnetId", default=UNSET)
    placement: Placement | UnsetType = UNSET
    state: InstanceState | UnsetType = UNSET
    security_groups: list[Group] | UnsetType = field(name="securityGroups", default=UNSET)

    @property
    def zone(self) -> str:
        """Its Availability Zone."""
        return told(told(self.placement, Placement()).availability_zone, "")

    @property
    def status(self) -> str:
        """The name of its state."""
        return told(told(self.state, InstanceState()).name, "running")


class Reservation(Params):
    """Instances that were launched together."""

    instances: list[Instance] | UnsetType = UNSET


class Reservations(Params):
    """What EC2 answers."""

    reservations: list[Reservation] | UnsetType = UNSET


class DescribeNetworkInterfaces(Params):
    """What is asked of EC2."""

    filters: list[Filter]


class Interface(Params):
    """A network interface as EC2 tells it."""

    network_interface_id: str = field(name="networkInterfaceId")
    subnet_id: str | UnsetType = field(name="subnetId", default=UNSET)
    availability_zone: str | UnsetType = field(name="availabilityZone", default=UNSET)


class Interfaces(Params):
    """What EC2 answers."""

    network_interfaces: list[Interface] | UnsetType = field(name="networkInterfaces", default=UNSET)


class TellReach(Params):
    """What is asked of EC2: whether packets get there."""

    source: str
    destination: str
    protocol: str = "tcp"
    port: int | UnsetType = UNSET


class Component(Params):
    """A part of the network."""

    id: str | UnsetType = UNSET


class Explanation(Params):
    """What stops packets, as Reachability Analyzer tells it."""

    acl: Component | UnsetType = UNSET
    explanation_code: str | UnsetType = field(name="explanationCode", default=UNSET)


class Reach(Params):
    """What EC2 answers."""

    found: bool
    missing: str = ""
    why: list[Explanation] = []


def served(call: Call[Any]) -> bool:
    """Whether EC2 can be asked."""
    return call.ask("ec2", DescribeSubnets(), Subnets) is not None


def subnets(call: Call[Any], ids: Sequence[str], errors: Errors) -> list[Subnet]:
    """The subnets of these ids, in one VPC. Raises `Refusal`."""
    if not served(call):
        return [Subnet(subnet_id=one) for one in ids]
    found: list[Subnet] = []
    for one in ids:
        answer = call.ask("ec2", DescribeSubnets(subnet_ids=[one]), Subnets)
        if answer is None or not told(answer.subnets, []):
            raise errors.no_subnet(one)
        found += told(answer.subnets, [])
    if len({one.vpc_id for one in found}) > 1:
        # evidence: guess
        raise errors.configuration("All subnets must belong to the same VPC")
    return found


def all_subnets(call: Call[Any]) -> list[Subnet]:
    """All subnets that there are; none where EC2 is not served."""
    answer = call.ask("ec2", DescribeSubnets(), Subnets)
    return told(answer.subnets, []) if answer is not None else []


def check_groups(call: Call[Any], ids: Sequence[str], vpc: str | UnsetType, errors: Errors) -> None:
    """Refuse security groups that are not there, or another VPC's. Raises `Refusal`."""
    if not ids or not served(call):
        return
    answer = call.ask("ec2", DescribeSecurityGroups(group_ids=list(ids)), SecurityGroups)
    if answer is None:
        raise errors.bad_group()
    for one in told(answer.security_groups, []):
        if isinstance(vpc, str) and isinstance(one.vpc_id, str) and one.vpc_id != vpc:
            raise errors.bad_group()


def names_of(call: Call[Any], ids: Sequence[str]) -> list[str]:
    """The names of security groups, as far as EC2 tells them."""
    answer = call.ask("ec2", DescribeSecurityGroups(group_ids=list(ids)), SecurityGroups) if ids else None
    found = told(answer.security_groups, []) if answer is not None else []
    return [one.group_name for one in found if isinstance(one.group_name, str)]


def default_group(call: Call[Any], vpc: str | UnsetType) -> list[str]:
    """The default security group of a VPC; nothing where nobody knows."""
    if not isinstance(vpc, str):
        return []
    filters = [Filter(name="vpc-id", values=[vpc]), Filter(name="group-name", values=["default"])]
    answer = call.ask("ec2", DescribeSecurityGroups(filters=filters), SecurityGroups)
    return [one.group_id for one in told(answer.security_groups, [])] if answer is not None else []


def check_gateway(call: Call[Any], vpc: str | UnsetType, errors: Errors) -> None:
    """Refuse a VPC without an internet gateway. Raises `Refusal`."""
    if not isinstance(vpc, str):
        return
    filters = [Filter(name="attachment.vpc-id", values=[vpc])]
    answer = call.ask("ec2", DescribeInternetGateways(filters=filters), InternetGateways)
    if answer is not None and not told(answer.internet_gateways, []):
        # evidence: guess
        raise errors.bad_subnet(f"VPC {vpc} has no internet gateway")


def check_vpc(call: Call[Any], vpc: str, errors: Errors) -> None:
    """Refuse a VPC that is not there. Raises `Refusal`."""
    if served(call) and call.ask("ec2", DescribeVpcs(vpc_ids=[vpc]), Vpcs) is None:
        # evidence: guess
        raise errors.invalid(f"The VPC ID '{vpc}' is not found")


def instance(call: Call[Any], identifier: str) -> Instance | None:
    """An instance as EC2 knows it; None for one that it does not know."""
    answer = call.ask("ec2", DescribeInstances(instance_ids=[identifier]), Reservations)
    if answer is None:
        return None
    for held in told(answer.reservations, []):
        for one in told(held.instances, []):
            return one
    return None


def interface_at(call: Call[Any], vpc: str | UnsetType, address: str) -> Interface | None:
    """The network interface that has a private address in a VPC."""
    filters = [Filter(name="addresses.private-ip-address", values=[address])]
    if isinstance(vpc, str):
        filters.append(Filter(name="vpc-id", values=[vpc]))
    answer = call.ask("ec2", DescribeNetworkInterfaces(filters=filters), Interfaces)
    found = told(answer.network_interfaces, []) if answer is not None else []
    return found[0] if found else None


def reach(call: Call[Any], source: str, target: str, protocol: str, port: int) -> Reach | None:
    """Whether packets get from an interface to a target and back; None where nobody can tell."""
    asked = TellReach(source=source, destination=target, protocol=protocol, port=port)
    found = call.ask("ec2", asked, Reach)
    return None if found is None or found.missing else found
