"""What lets packets pass: network ACLs, which keep no state, and security groups, which do.

https://docs.aws.amazon.com/vpc/latest/userguide/infrastructure-security.html#VPC_Security_Comparison
"""

from __future__ import annotations

from ipaddress import ip_address

from backtrail import UNSET, UnsetType, told
from backtrail_aws.ec2 import api, aws_prefix_lists, cidrs, limits
from backtrail_aws.ec2.network_acls import NETWORK_ACLS
from backtrail_aws.ec2.reach_parts import ANY_PORT, NAMES, PROTOCOLS, Packet, Place, Trace, Where, part, ports
from backtrail_aws.ec2.security_groups import SECURITY_GROUPS
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_network import AclEntry, NetworkAcl, Rule
from backtrail_aws.ec2.subnets import SUBNETS

_WITH_PORTS = ("6", "17")


# network ACLs


def acl_of(state: Ec2, subnet: str) -> NetworkAcl | None:
    """The list of a subnet: its own, else its VPC's default one; None where no record told."""
    network = state.network
    held = network.network_acls.get(network.acl_associations.get(network.acl_of.get(subnet, ""), ""))
    if held is not None:
        return held
    found = network.subnets.get(subnet)
    vpc = network.vpcs.get(told(found.vpc, "")) if found is not None else None
    return network.network_acls.get(told(vpc.default_acl, "")) if vpc is not None else None


def deciding_entry(
    acl: NetworkAcl, packet: Packet, ports: list[tuple[int, int]], *, egress: bool
) -> tuple[AclEntry, list[tuple[int, int]]]:
    """The rule that decides: the first that allows one of the packets, else the one that denies the last of them; and
    the ports that are let through."""
    address = packet.destination if egress else packet.source
    left, passed, decides = ports, list[tuple[int, int]](), list[AclEntry]()
    last = AclEntry(number=limits.ACL_LAST_RULE, egress=egress, cidr="0.0.0.0/0")
    for entry in acl.entries.values():
        if entry.egress != egress or not left or not _fits(entry, packet, address):
            continue
        own = entry.ports if packet.protocol in _WITH_PORTS else UNSET
        met, left = _cut(left, told(own, ANY_PORT))
        if met and entry.action == "allow":
            passed += met
            decides.append(entry)
        elif met and not left:
            last = entry
    return (decides[0] if decides else last), passed


def _fits(entry: AclEntry, packet: Packet, address: str) -> bool:
    if entry.protocol not in ("-1", packet.protocol) and packet.protocol != "-1":
        return False
    block = entry.ipv6_cidr if ":" in address else entry.cidr
    return within(address, told(block, ""))


def _cut(
    left: list[tuple[int, int]], own: tuple[int, int]
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """The ports of some ranges that lie in another one, and those that do not."""
    met: list[tuple[int, int]] = []
    rest: list[tuple[int, int]] = []
    for first, last in left:
        low, high = max(first, own[0]), min(last, own[1])
        if low > high:
            rest.append((first, last))
            continue
        met.append((low, high))
        rest += [one for one in ((first, low - 1), (high + 1, last)) if one[0] <= one[1]]
    return met, rest


def within(address: str, block: str) -> bool:
    """Whether an address lies in a block."""
    found = cidrs.parsed(block)
    if found is None or not address:
        return False
    held = ip_address(address)
    return held.version == found.version and held in found


def ask_acl(trace: Trace, where: Where, subnet: str, packet: Packet, *, egress: bool) -> None:
    """The packet leaves or enters a subnet: its list lets it pass, or it is blocked there."""
    acl = acl_of(trace.world.state(where), subnet)
    if acl is None or not acl.entries:
        return
    entry, passed = deciding_entry(acl, packet, ports_left(trace, packet), egress=egress)
    shown, rule = part(trace.world, where, NETWORK_ACLS, acl.id), entry_shown(entry)
    held = part(trace.world, where, SUBNETS, subnet)
    if passed:
        trace.left = passed
        trace.hop(shown, packet, acl_rule=rule, subnet=held)
    else:
        trace.block(
            "SUBNET_ACL_RESTRICTION", acl=shown, acl_rule=rule, subnet=held, vpc=UNSET,
            direction="egress" if egress else "ingress", component=shown,
        )  # fmt: skip


def ports_left(trace: Trace, packet: Packet) -> list[tuple[int, int]]:
    """The ports of a packet that nothing stopped so far."""
    return [packet.ports] if trace.left is None else trace.left


def entry_shown(entry: AclEntry) -> api.AnalysisAclRule:
    """A rule of a list as answers show it."""
    return api.AnalysisAclRule(
        cidr=told(entry.cidr, entry.ipv6_cidr), egress=entry.egress, protocol=NAMES.get(entry.protocol, entry.protocol),
        port_range=UNSET if isinstance(entry.ports, UnsetType) else ports(entry.ports), rule_action=entry.action,
        rule_number=entry.number,
    )  # fmt: skip


# security groups


def allowing_rule(
    trace: Trace, place: Place, packet: Packet, other: Place | None, *, egress: bool
) -> tuple[Rule | None, list[tuple[int, int]]]:
    """The first rule of an interface's groups that lets one of the packets pass, and the ports that all of them let
    through: all, without a rule, where nobody can tell what the rules are."""
    state, left = trace.world.state(place.where), ports_left(trace, packet)
    assert place.interface is not None
    if not place.interface.groups:
        return None, left
    first: Rule | None = None
    passed: list[tuple[int, int]] = []
    for name in place.interface.groups:
        group = state.network.security_groups.get(name)
        if group is None or not group.rules_known:
            return None, ports_left(trace, packet)
        for identifier in (group.egress if egress else group.ingress).values():
            rule = state.network.rules.get(identifier)
            if rule is None or not _admits(state, rule, packet, other, egress=egress):
                continue
            met, left = _cut(left, _ports_of(rule, packet))
            if met:
                first = first or rule
                passed += met
    return first, passed


def _ports_of(rule: Rule, packet: Packet) -> tuple[int, int]:
    """The ports that a rule is for: all, where its protocol, or the packet's, has none."""
    protocol = PROTOCOLS.get(rule.protocol, rule.protocol)
    if (
        protocol not in _WITH_PORTS
        or packet.protocol not in _WITH_PORTS
        or isinstance(rule.from_port, UnsetType)
    ):
        return ANY_PORT
    return (rule.from_port, told(rule.to_port, rule.from_port)) if rule.from_port >= 0 else ANY_PORT


def _admits(state: Ec2, rule: Rule, packet: Packet, other: Place | None, *, egress: bool) -> bool:
    """Whether a rule is for a packet, but for its port."""
    protocol = PROTOCOLS.get(rule.protocol, rule.protocol)
    if protocol not in ("-1", packet.protocol) and packet.protocol != "-1":
        return False
    address = packet.destination if egress else packet.source
    blocks = [one for one in (rule.cidr, rule.ipv6_cidr) if isinstance(one, str)]
    if isinstance(rule.prefix_list, str):
        held = aws_prefix_lists.blocks(state, rule.prefix_list)
        if held is None:
            return True
        blocks += held
    if any(within(address, one) for one in blocks):
        return True
    if isinstance(rule.peer_group, UnsetType) or other is None or other.interface is None:
        return False
    return rule.peer_group in other.interface.groups and address in _addresses(other)


def _addresses(place: Place) -> list[str]:
    assert place.interface is not None
    return [*(one.address for one in place.interface.private_ips), *place.interface.ipv6]


def ask_groups(trace: Trace, place: Place, packet: Packet, other: Place | None, *, egress: bool) -> None:
    """The packet leaves or enters an interface: its groups let it pass, or it is blocked there."""
    from backtrail_aws.ec2.interfaces import INTERFACES

    if trace.stateful or place.interface is None:
        return
    rule, passed = allowing_rule(trace, place, packet, other, egress=egress)
    shown = part(trace.world, place.where, INTERFACES, place.interface.id)
    direction = "egress" if egress else "ingress"
    if passed:
        trace.left = passed
    if not passed:
        trace.block(
            "ENI_SG_RULES_MISMATCH", network_interface=shown, component=shown, direction=direction,
            security_groups=[part(trace.world, place.where, SECURITY_GROUPS, one) for one in place.interface.groups],
            address=packet.destination if egress else packet.source, protocols=[NAMES.get(packet.protocol, "-1")],
            port_ranges=[ports(packet.ports)],
        )  # fmt: skip
    elif rule is not None:
        trace.hop(
            part(trace.world, place.where, SECURITY_GROUPS, rule.group), packet, attached_to=shown,
            security_group_rule=_rule_shown(rule, direction),
        )  # fmt: skip


def _rule_shown(rule: Rule, direction: str) -> api.AnalysisSecurityGroupRule:
    held = (rule.from_port, rule.to_port)
    return api.AnalysisSecurityGroupRule(
        cidr=told(rule.cidr, rule.ipv6_cidr), direction=direction, security_group_id=rule.peer_group,
        port_range=UNSET if isinstance(held[0], UnsetType) else ports((held[0], told(held[1], held[0]))),
        prefix_list_id=rule.prefix_list, protocol=NAMES.get(rule.protocol, rule.protocol),
    )  # fmt: skip
