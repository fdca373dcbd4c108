"""Random stories of networks: whatever is called, in whatever order, some things always hold."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from backtrail import Params
from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2, tcp

CIDRS = (
    "10.0.0.0/16",
    "10.0.0.0/20",
    "10.0.0.0/24",
    "10.0.1.0/24",
    "10.0.1.128/25",
    "10.0.16.0/20",
    "10.1.0.0/16",
)
ONE = st.integers(0, 5)


class Networks(RuleBasedStateMachine):
    """Calls that may succeed or be refused; ids are picked from what there is."""

    def __init__(self) -> None:
        super().__init__()
        self.ec2 = Ec2()

    def try_(self, call: Params) -> Any:
        """The answer of a call, None where it is refused."""
        self.ec2.when(call)
        return None if self.ec2.error is not None else self.ec2.answer

    def pick(self, held: Any, number: int) -> str:
        """One of the ids that there are."""
        ids = list(held)
        return str(ids[number % len(ids)]) if ids else "none-1"

    @property
    def network(self) -> Any:
        """What there is."""
        return self.ec2.state().network

    @rule(cidr=st.sampled_from(CIDRS))
    def make_vpc(self, cidr: str) -> None:
        """CreateVpc."""
        self.try_(api.CreateVpc(cidr_block=cidr))

    @rule(vpc=ONE)
    def delete_vpc(self, vpc: int) -> None:
        """DeleteVpc."""
        self.try_(api.DeleteVpc(vpc_id=self.pick(self.network.vpcs, vpc)))

    @rule(vpc=ONE, cidr=st.sampled_from(CIDRS))
    def more_addresses(self, vpc: int, cidr: str) -> None:
        """AssociateVpcCidrBlock."""
        self.try_(api.AssociateVpcCidrBlock(vpc_id=self.pick(self.network.vpcs, vpc), cidr_block=cidr))

    @rule(vpc=ONE, cidr=st.sampled_from(CIDRS))
    def make_subnet(self, vpc: int, cidr: str) -> None:
        """CreateSubnet."""
        self.try_(api.CreateSubnet(vpc_id=self.pick(self.network.vpcs, vpc), cidr_block=cidr))

    @rule(subnet=st.integers(0, 9))
    def delete_subnet(self, subnet: int) -> None:
        """DeleteSubnet."""
        self.try_(api.DeleteSubnet(subnet_id=self.pick(self.network.subnets, subnet)))

    @rule(vpc=ONE)
    def make_table(self, vpc: int) -> None:
        """CreateRouteTable."""
        self.try_(api.CreateRouteTable(vpc_id=self.pick(self.network.vpcs, vpc)))

    @rule(table=ONE, subnet=st.integers(0, 9))
    def associate(self, table: int, subnet: int) -> None:
        """AssociateRouteTable."""
        where, what = self.pick(self.network.route_tables, table), self.pick(self.network.subnets, subnet)
        self.try_(api.AssociateRouteTable(route_table_id=where, subnet_id=what))

    @rule(table=ONE, association=ONE)
    def reassociate(self, table: int, association: int) -> None:
        """ReplaceRouteTableAssociation."""
        where, what = (
            self.pick(self.network.route_tables, table),
            self.pick(self.network.table_associations, association),
        )
        self.try_(api.ReplaceRouteTableAssociation(route_table_id=where, association_id=what))

    @rule(association=ONE)
    def disassociate(self, association: int) -> None:
        """DisassociateRouteTable."""
        what = self.pick(self.network.table_associations, association)
        self.try_(api.DisassociateRouteTable(association_id=what))

    @rule(table=ONE)
    def delete_table(self, table: int) -> None:
        """DeleteRouteTable."""
        self.try_(api.DeleteRouteTable(route_table_id=self.pick(self.network.route_tables, table)))

    @rule(vpc=ONE, gateway=ONE, attach=st.booleans())
    def gateway(self, vpc: int, gateway: int, attach: bool) -> None:
        """CreateInternetGateway, AttachInternetGateway, DetachInternetGateway."""
        self.try_(api.CreateInternetGateway())
        what, where = self.pick(self.network.internet_gateways, gateway), self.pick(self.network.vpcs, vpc)
        change = api.AttachInternetGateway if attach else api.DetachInternetGateway
        self.try_(change(internet_gateway_id=what, vpc_id=where))

    @rule(table=ONE, gateway=ONE)
    def route(self, table: int, gateway: int) -> None:
        """CreateRoute."""
        where, what = (
            self.pick(self.network.route_tables, table),
            self.pick(self.network.internet_gateways, gateway),
        )
        self.try_(api.CreateRoute(route_table_id=where, destination_cidr_block="0.0.0.0/0", gateway_id=what))

    @rule(vpc=ONE, association=st.integers(0, 9))
    def lists(self, vpc: int, association: int) -> None:
        """CreateNetworkAcl, ReplaceNetworkAclAssociation."""
        made = self.try_(api.CreateNetworkAcl(vpc_id=self.pick(self.network.vpcs, vpc)))
        if made is not None:
            what = self.pick(self.network.acl_associations, association)
            to = str(made.network_acl.network_acl_id)
            self.try_(api.ReplaceNetworkAclAssociation(association_id=what, network_acl_id=to))

    @rule(acl=ONE)
    def delete_list(self, acl: int) -> None:
        """DeleteNetworkAcl."""
        self.try_(api.DeleteNetworkAcl(network_acl_id=self.pick(self.network.network_acls, acl)))

    @rule(vpc=ONE, group=ONE, port=st.integers(1, 3))
    def groups(self, vpc: int, group: int, port: int) -> None:
        """CreateSecurityGroup, AuthorizeSecurityGroupIngress."""
        where = self.pick(self.network.vpcs, vpc)
        self.try_(api.CreateSecurityGroup(group_name=f"g{port}", description="d", vpc_id=where))
        what, other = (
            self.pick(self.network.security_groups, group),
            self.pick(self.network.security_groups, port),
        )
        named = api.IpPermission(ip_protocol="-1", user_id_group_pairs=[api.UserIdGroupPair(group_id=other)])
        permissions = [tcp(port, "10.0.0.0/8"), named]
        self.try_(api.AuthorizeSecurityGroupIngress(group_id=what, ip_permissions=permissions))

    @rule(group=ONE)
    def delete_group(self, group: int) -> None:
        """RevokeSecurityGroupIngress, DeleteSecurityGroup."""
        what = self.pick(self.network.security_groups, group)
        rules = list(getattr(self.network.security_groups.get(what), "ingress", {}).values())
        if rules:
            self.try_(api.RevokeSecurityGroupIngress(group_id=what, security_group_rule_ids=rules[:1]))
        self.try_(api.DeleteSecurityGroup(group_id=what))

    @invariant()
    def subnets_lie_apart(self) -> None:
        """No two subnets of a VPC share an address, and each lies in its VPC."""
        by_vpc: dict[str, list[IPv4Network]] = {}
        for subnet in self.network.subnets.values():
            mine = IPv4Network(subnet.cidr)
            blocks = [IPv4Network(one.cidr) for one in self.network.vpcs[subnet.vpc].blocks]
            assert any(mine.subnet_of(block) for block in blocks)
            assert not any(mine.overlaps(other) for other in by_vpc.setdefault(subnet.vpc, []))
            by_vpc[subnet.vpc].append(mine)

    @invariant()
    def references_hold(self) -> None:
        """What is referred to is there: VPCs, tables, lists, groups, and each association both ways."""
        network = self.network
        for held in (network.subnets, network.route_tables, network.network_acls, network.security_groups):
            assert all(one.vpc in network.vpcs for one in held.values())
        for vpc in network.vpcs.values():
            main = network.route_tables[vpc.main_table]
            assert sum(one.main for one in main.associations.values()) == 1
            assert network.network_acls[vpc.default_acl].is_default
            assert network.security_groups[vpc.default_group].name == "default"
        for subnet in network.subnets:
            association = network.acl_of[subnet]
            assert (
                network.network_acls[network.acl_associations[association]].associations[association]
                == subnet
            )
        for served, association in network.table_of.items():
            assert served in network.subnets
            table = network.route_tables[network.table_associations[association]]
            assert table.associations[association].subnet == served
        held_rules = {
            one
            for group in network.security_groups.values()
            for one in (*group.ingress.values(), *group.egress.values())
        }
        assert held_rules == set(network.rules)
        assert set(network.group_names.values()) == set(network.security_groups)

    def teardown(self) -> None:
        """Folding the log afresh gives the state that there is."""
        self.ec2.replays()


Networks.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
TestNetworks = Networks.TestCase
