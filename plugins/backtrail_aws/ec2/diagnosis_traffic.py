"""What is wrong with the traffic to an instance: lists and groups that stop it, and the ways into private subnets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backtrail import UnsetType, told
from backtrail.troubles import Blame, Finding
from backtrail_aws.ec2 import api, cidrs, reach, vpn_tunnels
from backtrail_aws.ec2.diagnosis_parts import ACL_ACTIONS, ANYWHERE, GROUP_ACTIONS
from backtrail_aws.ec2.reach_parts import PROTOCOLS, Packet, Place, Trace, World
from backtrail_aws.ec2.reach_rules import ask_acl
from backtrail_aws.ec2.state import Ec2


def way_in(
    world: World, place: Place, instance: str, gateway: str, ports: Sequence[int]
) -> Iterator[Finding]:
    """DIAG-03, 13 and 26: packets from somebody on the internet; from the VPC where nobody gets in from there."""
    closed: list[int] = []
    for port in ports:
        found = _asked(world, place, gateway, port)
        codes = [told(one.explanation_code, "") for one in found]
        if "ENI_SG_RULES_MISMATCH" in codes:
            closed.append(port)
        elif "SUBNET_ACL_RESTRICTION" in codes:
            yield from _stopped(instance, port, found[codes.index("SUBNET_ACL_RESTRICTION")])
    if len(closed) == len(ports):
        groups = place.interface.groups if place.interface is not None else []
        yield Finding(
            rule="DIAG-13", symptom=f"nobody can connect to {instance}",
            cause=f"none of its security groups ({', '.join(groups)}) lets in "
            f"tcp/{', tcp/'.join(map(str, closed))} from {ANYWHERE if _is_open(place, gateway) else 'anybody'}",
            fix="AuthorizeSecurityGroupIngress for the ports that it serves",
            blame=[Blame(resource=one, actions=GROUP_ACTIONS) for one in groups],
        )  # fmt: skip


def _is_open(place: Place, gateway: str) -> bool:
    """Whether somebody on the internet can name the instance at all."""
    return bool(gateway and place.public)


def _asked(world: World, place: Place, gateway: str, port: int) -> list[api.Explanation]:
    """What stops packets to a port."""
    if _is_open(place, gateway):
        begin = Place(kind="igw", id=gateway, where=place.where)
        return reach.analyse(world, reach.Question(begin=begin, end=place, ports=(port, port))).explanations
    trace = Trace(world)
    if not _lets_somebody_in(world.state(place.where), place, port):
        trace.block("ENI_SG_RULES_MISMATCH")
    for source in _neighbours(world.state(place.where), place):
        packet = Packet(source=source, destination=place.address, ports=(port, port))
        ask_acl(trace, place.where, place.subnet, packet, egress=False)
        if not trace.blocks:
            ask_acl(trace, place.where, place.subnet, packet.reply, egress=True)
    return trace.blocks


def _neighbours(state: Ec2, place: Place) -> list[str]:
    """An address of another subnet of the VPC, where it has one."""
    for one in state.network.subnets.values():
        if one.vpc == place.vpc and one.id != place.subnet and (block := cidrs.parsed(told(one.cidr, ""))):
            return [str(block[4])]
    return []


def _lets_somebody_in(state: Ec2, place: Place, port: int) -> bool:
    """Whether a rule lets a TCP port in, from whomever: a block, a group, a list."""
    for name in place.interface.groups if place.interface is not None else []:
        group = state.network.security_groups.get(name)
        if group is None or not group.rules_known:
            return True
        for identifier in group.ingress.values():
            rule = state.network.rules.get(identifier)
            if rule is None or PROTOCOLS.get(rule.protocol, rule.protocol) not in ("-1", "6"):
                continue
            first, last = told(rule.from_port, -1), told(rule.to_port, -1)
            if first < 0 or first <= port <= last:
                return True
    return False


def _stopped(instance: str, port: int, why: api.Explanation) -> Iterator[Finding]:
    acl = told(told(why.acl, api.AnalysisComponent()).id, "")
    rule = told(told(why.acl_rule, api.AnalysisAclRule()).rule_number, 0)
    direction = told(why.direction, "")
    way = (
        "answers are stopped on their way out"
        if direction == "egress"
        else "packets are stopped on their way in"
    )
    number = f"rule {rule} ({direction}) of {acl}"
    yield Finding(
        rule="DIAG-03", symptom=f"traffic to tcp/{port} does not reach {instance}",
        cause=f"its security groups let it in, but {way} by {number}, which keeps no state",
        fix=f"CreateNetworkAclEntry of {acl}, before rule {rule}: allow "
        + ("tcp 1024-65535 out" if direction == "egress" else f"tcp/{port} in"),
        blame=[Blame(resource=acl, actions=ACL_ACTIONS)],
    )  # fmt: skip
    if direction == "egress":
        yield Finding(
            rule="DIAG-26", symptom=f"requests to tcp/{port} get to {instance}, and no answer comes out",
            cause=f"network ACLs keep no state: {number} stops what goes out to the clients' ephemeral ports",
            fix=f"CreateNetworkAclEntry of {acl}, before rule {rule}: allow tcp 1024-65535 out",
            blame=[Blame(resource=acl, actions=ACL_ACTIONS)],
        )  # fmt: skip


def bastions(world: World, place: Place, instance: str, gateway: str) -> Iterator[Finding]:
    """DIAG-04: the ways to SSH into a private subnet."""
    state = world.state(place.where)
    ways = [f"the bastion {one}" for one in _bastions(world, place, gateway)] if gateway else []
    attached = [one.id for one in state.gateways.vpn.values() if one.vpc == place.vpc]
    ways += [
        f"the VPN {one.id}"
        for one in state.gateways.vpn_connections.values()
        if one.vpn in attached and isinstance(one.deleted, UnsetType) and vpn_tunnels.is_up(one)
    ]
    yield Finding(
        rule="DIAG-04", symptom=f"SSH from the internet does not reach {instance}",
        cause=f"{place.subnet} is private, as it is meant to be",
        fix=f"go by {' or '.join(ways)}" if ways
        else "there is no bastion and no VPN: launch an instance in a public subnet, or connect a VPN gateway",
        blame=[Blame(resource=place.subnet, actions=["AssociateRouteTable", "CreateSubnet"])],
    )  # fmt: skip


def _bastions(world: World, place: Place, gateway: str) -> Iterator[str]:
    state = world.state(place.where)
    begin = Place(kind="igw", id=gateway, where=place.where)
    for other in state.compute.instances.values():
        if other.vpc != place.vpc or (place.instance is not None and other.id == place.instance.id):
            continue
        host = reach.place(world, place.where, other.id)
        if host is None or not host.public:
            continue
        ssh = (22, 22)
        if (
            reach.analyse(world, reach.Question(begin=begin, end=host, ports=ssh)).found
            and reach.analyse(world, reach.Question(begin=host, end=place, ports=ssh)).found
        ):
            yield other.id
