"""Reachability against a literal evaluator: random lists, groups and routes, asked packet by packet."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backtrail import UNSET, Call, SortedMap
from backtrail_aws.ec2 import founding, reach
from backtrail_aws.ec2.diagnosis import TellReach
from backtrail_aws.ec2.reach_parts import SOMEBODY, World
from backtrail_aws.ec2.state_network import AclEntry, Route, Rule

from .test_reach import WORLD, Network

EDGES = (22, 80, 1024, 1025, 3000, 40_000, 65_535)
BLOCKS = (WORLD, "10.0.0.0/16", "10.0.1.0/24", "10.0.2.0/24", "203.0.113.0/24")
SOURCES = sorted({port + by for port in EDGES for by in (-1, 0, 1) if 1024 <= port + by <= 65_535})
"""Every range of source ports that rules can tell apart has one of these in it."""


class Line(NamedTuple):
    """A rule of a list or a group. `source` is a block, or the name of a group."""

    protocol: str
    first: int
    last: int
    source: str
    allows: bool = True

    def fits(self, port: int, address: str, groups: tuple[str, ...]) -> bool:
        """Whether it is for a TCP packet to or from an address, whose host is in some groups."""
        if self.protocol == "17" or (self.protocol == "6" and not self.first <= port <= self.last):
            return False
        if "/" not in self.source:
            return self.source in groups
        return ip_address(address) in ip_network(self.source)


ALL, HIGH = Line("-1", 0, 65_535, WORLD), Line("6", 1024, 65_535, WORLD)
"""What most lists and groups end with: else hardly anything would get through."""


def lines(*, groups: tuple[str, ...] = (), most: int = 3) -> st.SearchStrategy[list[Line]]:
    """Rules, in the order in which they are tried."""
    ports = st.tuples(st.sampled_from(EDGES), st.sampled_from(EDGES)).map(sorted)
    one = st.builds(
        lambda protocol, held, source, allows: Line(protocol, held[0], held[1], source, allows),
        st.sampled_from(("6", "6", "-1", "17")), ports, st.sampled_from((WORLD, WORLD, *BLOCKS, *groups)),
        st.sampled_from((True, True, False)),
    )  # fmt: skip
    last = st.sampled_from(([], [ALL], [ALL], [HIGH]))
    return st.builds(lambda drawn, end: [*drawn, *end], st.lists(one, max_size=most), last)


class Side(NamedTuple):
    """A host and its subnet: both lists, both kinds of its group's rules, and whether its table leads out."""

    acl_in: list[Line]
    acl_out: list[Line]
    group_in: list[Line]
    group_out: list[Line]
    leads_out: bool


def side() -> st.SearchStrategy[Side]:
    """A host."""
    group = lines(groups=("left", "right"))
    return st.builds(Side, lines(), lines(), group, group, st.booleans())


class Host(NamedTuple):
    """A host as packets find it."""

    name: str
    address: str
    side: Side


def admits(rules: list[Line], port: int, address: str, groups: tuple[str, ...]) -> bool:
    """A group: any rule that fits."""
    return any(rule.fits(port, address, groups) for rule in rules)


def passes(rules: list[Line], port: int, address: str) -> bool:
    """A list: the first rule that fits."""
    return next((rule.allows for rule in rules if rule.fits(port, address, ())), False)


def reaches(begin: Host | None, end: Host | None, port: int) -> bool:
    """Literally: one packet to a port from some ephemeral port, and its answer back. None is the internet."""
    return any(_one(begin, end, source, port) for source in SOURCES)


def _one(begin: Host | None, end: Host | None, source_port: int, port: int) -> bool:
    source = begin.address if begin else SOMEBODY
    target = end.address if end else SOMEBODY
    mine, theirs = ((begin.name,) if begin else ()), ((end.name,) if end else ())
    if begin is not None:
        side = begin.side
        if end is None and not side.leads_out:
            return False
        if not admits(side.group_out, port, target, theirs):
            return False
        if not passes(side.acl_out, port, target) or not passes(side.acl_in, source_port, target):
            return False
    if end is not None:
        side = end.side
        if begin is None and not side.leads_out:
            return False
        if not admits(side.group_in, port, source, mine):
            return False
        if not passes(side.acl_in, port, source) or not passes(side.acl_out, source_port, source):
            return False
    return True


class Pair:
    """Two hosts with public addresses in two subnets of a VPC, whose rules are put there as they are drawn."""

    def __init__(self) -> None:
        net = self.net = Network()
        state = self.state = net.state()
        self.names = ("left", "right")
        self.groups = {name: net.group(net.home, name) for name in self.names}
        self.subnets = dict(zip(self.names, (net.public, net.private), strict=True))
        self.cards = {name: net.interface(self.subnets[name], self.groups[name]) for name in self.names}
        self.tables: dict[str, str] = {}
        self.acls: dict[str, str] = {}
        for name in self.names:
            net.address(self.cards[name])
            self.tables[name] = net.table(net.home)
            self._own(name)
        self.addresses = {
            name: state.addresses.interfaces[card].private_ips[0].address for name, card in self.cards.items()
        }

    def _own(self, name: str) -> None:
        """Give a subnet a table and a list of its own."""
        from backtrail_aws.ec2 import api

        net, subnet = self.net, self.subnets[name]
        old = net.state().network.table_of.get(subnet)
        if old is not None:
            net.given(api.DisassociateRouteTable(association_id=old))
        net.given(api.AssociateRouteTable(route_table_id=self.tables[name], subnet_id=subnet))
        made = net.did(api.CreateNetworkAcl(vpc_id=net.home)).network_acl.network_acl_id
        association = net.state().network.acl_of[subnet]
        net.given(api.ReplaceNetworkAclAssociation(network_acl_id=made, association_id=association))
        self.acls[name] = made

    def put(self, name: str, side: Side) -> Host:
        """A host's rules, as they were drawn."""
        network = self.state.network
        acl = network.network_acls[self.acls[name]]
        acl.entries = SortedMap[str, AclEntry]()
        for egress, drawn in ((False, side.acl_in), (True, side.acl_out)):
            for number, line in enumerate(drawn, 1):
                ports: Any = (line.first, line.last) if line.protocol != "-1" else UNSET
                founding.put_entry(
                    acl,
                    AclEntry(
                        number=number, egress=egress, protocol=line.protocol, cidr=line.source, ports=ports,
                        action="allow" if line.allows else "deny",
                    ),
                )  # fmt: skip
            founding.put_entry(acl, AclEntry(number=32_767, egress=egress, cidr=WORLD))
        group = network.security_groups[self.groups[name]]
        group.ingress, group.egress = (
            self._rules(name, drawn, egress=egress)
            for egress, drawn in ((False, side.group_in), (True, side.group_out))
        )
        routes = network.route_tables[self.tables[name]].routes
        routes.pop(WORLD, None)
        if side.leads_out:
            routes[WORLD] = Route(to=WORLD, via="gateway_id", target=self.net.igw)
        return Host(name, self.addresses[name], side)

    def _rules(self, name: str, drawn: list[Line], *, egress: bool) -> dict[str, str]:
        made: dict[str, str] = {}
        for number, line in enumerate(drawn):
            identifier = f"sgr-{name}-{egress}-{number}"
            ranged = line.protocol != "-1"
            self.state.network.rules[identifier] = Rule(
                id=identifier, group=self.groups[name], egress=egress,
                protocol={"6": "tcp", "17": "udp"}.get(line.protocol, "-1"),
                from_port=line.first if ranged else UNSET, to_port=line.last if ranged else UNSET,
                cidr=line.source if "/" in line.source else UNSET,
                peer_group=UNSET if "/" in line.source else self.groups[line.source],
            )  # fmt: skip
            made[str(number)] = identifier
        return made

    def found(self, begin: str, end: str, port: int) -> bool:
        """What the plugin says."""
        net = self.net
        call: Call[Any] = Call(
            net.machine, service="ec2", params=TellReach(source=begin, destination=end), account=net.account,
            region=net.region, time=net.now, event_id="", request_id="", caller=net.caller,
        )  # fmt: skip
        world = World(call, lambda account, region: self.state, self.state)
        places = [reach.place(world, world.home, self.cards.get(name, self.net.igw)) for name in (begin, end)]
        assert places[0] is not None and places[1] is not None
        question = reach.Question(
            begin=places[0], end=places[1], ports=(port, port),
            source_ip=SOMEBODY if begin == "world" else "", destination_ip=SOMEBODY if end == "world" else "",
        )  # fmt: skip
        return reach.analyse(world, question).found


PAIR: list[Pair] = []


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(left=side(), right=side(), port=st.sampled_from((22, 80, 3000)))
def test_the_same_as_literally(left: Side, right: Side, port: int) -> None:
    """Whatever the rules are, a path is found where one packet, and its answer, gets through; and nowhere else."""
    if not PAIR:
        PAIR.append(Pair())
    pair = PAIR[0]
    hosts = {"left": pair.put("left", left), "right": pair.put("right", right)}
    for begin, end in (("left", "right"), ("world", "left"), ("right", "world")):
        wanted = reaches(hosts.get(begin), hosts.get(end), port)
        assert pair.found(begin, end, port) is wanted, (begin, end)
