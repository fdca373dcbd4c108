"""Reachability: what lets packets from one place to another, and what stops them."""

from __future__ import annotations

from typing import Any

from backtrail import UNSET
from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2, tcp

WORLD = "0.0.0.0/0"


class Network(Ec2):
    """A VPC with a way to the internet, and words to ask about paths."""

    def __init__(self) -> None:
        super().__init__()
        self.home = self.vpc()
        self.igw = self.gateway(self.home)
        self.public_table = self.table(self.home)
        self.public = self.subnet(self.home, "10.0.1.0/24")
        self.private = self.subnet(self.home, "10.0.2.0/24")
        self.route(self.public_table, WORLD, gateway_id=self.igw)
        self.given(api.AssociateRouteTable(route_table_id=self.public_table, subnet_id=self.public))

    def route(self, table: str, to: str, **target: str) -> None:
        """Give a table a route."""
        self.given(api.CreateRoute(route_table_id=table, destination_cidr_block=to, **target))  # type: ignore[arg-type]

    def interface(self, subnet: str, *groups: str) -> str:
        """A new interface."""
        made = self.did(
            api.CreateNetworkInterface(subnet_id=subnet, groups=list(groups) or UNSET)
        ).network_interface
        return str(made.network_interface_id)

    def opened(self, name: str, *ports: int, vpc: str = "", source: str = WORLD) -> str:
        """A group that lets some ports in."""
        group = self.group(vpc or self.home, name)
        for port in ports:
            call = api.AuthorizeSecurityGroupIngress(group_id=group, ip_permissions=[tcp(port, source)])
            self.given(call)
        return group

    def address(self, interface: str) -> str:
        """Give an interface an elastic IP."""
        made = self.did(api.AllocateAddress()).allocation_id
        self.given(api.AssociateAddress(allocation_id=made, network_interface_id=interface))
        return str(made)

    def ask(self, source: str, destination: str, port: int = 80, **more: Any) -> Any:
        """What Reachability Analyzer says."""
        named: dict[str, Any] = (
            {"destination_ip": destination} if destination[0].isdigit() else {"destination": destination}
        )
        path = self.did(
            api.CreateNetworkInsightsPath(
                source=source, protocol="tcp", destination_port=port, client_token=f"p{self.count()}",
                **named, **more,
            )
        ).network_insights_path.network_insights_path_id  # fmt: skip
        begun = self.did(
            api.StartNetworkInsightsAnalysis(network_insights_path_id=path, client_token=f"t{self.count()}")
        ).network_insights_analysis
        assert begun.status == "running"
        name = begun.network_insights_analysis_id
        (found,) = self.did(
            api.DescribeNetworkInsightsAnalyses(network_insights_analysis_ids=[name])
        ).network_insights_analyses
        assert found.status == "succeeded"
        self.given(api.DeleteNetworkInsightsAnalysis(network_insights_analysis_id=name))
        self.given(api.DeleteNetworkInsightsPath(network_insights_path_id=path))
        return found

    def count(self) -> int:
        """A number that no call had before."""
        self._count = getattr(self, "_count", 0) + 1
        return self._count

    def codes(self, source: str, destination: str, port: int = 80, **more: Any) -> list[str]:
        """Why there is no path; empty where there is one."""
        found = self.ask(source, destination, port, **more)
        codes = [str(one.explanation_code) for one in found.explanations or []]
        assert found.network_path_found is (not codes)
        return codes


def test_the_internet_needs_a_gateway_a_route_and_a_public_address() -> None:
    """Given an instance in a public subnet, when gateway, route or address is missing, then nobody gets there."""
    net = Network()
    web = net.interface(net.public, net.opened("web", 80))
    assert net.codes(net.igw, web) == ["IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"]
    net.address(web)
    found = net.ask(net.igw, web)
    assert found.network_path_found is True
    assert [str(one.component.id)[:3] for one in found.forward_path_components] == [
        "igw",
        "acl",
        "sg-",
        "eni",
    ]
    assert [str(one.component.id)[:3] for one in found.return_path_components] == ["eni", "acl", "rtb", "igw"]
    assert net.codes(net.igw, web, 22) == ["ENI_SG_RULES_MISMATCH"]
    net.given(api.DeleteRoute(route_table_id=net.public_table, destination_cidr_block=WORLD))
    assert net.codes(net.igw, web) == ["NO_ROUTE_TO_DESTINATION"]
    net.replays()


def test_lists_keep_no_state() -> None:
    """Given a list that lets requests in alone, when somebody asks, then the answer is stopped by it, by rule 32767."""
    net = Network()
    web = net.interface(net.public, net.opened("web", 80))
    net.address(web)
    acl = net.did(api.CreateNetworkAcl(vpc_id=net.home)).network_acl.network_acl_id
    (held,) = [
        one
        for list_ in net.did(api.DescribeNetworkAcls()).network_acls
        for one in list_.associations
        if one.subnet_id == net.public
    ]
    net.given(
        api.ReplaceNetworkAclAssociation(network_acl_id=acl, association_id=held.network_acl_association_id)
    )
    assert net.codes(net.igw, web) == ["SUBNET_ACL_RESTRICTION"]
    entry = api.CreateNetworkAclEntry(
        network_acl_id=acl, rule_number=100, protocol="6", rule_action="allow", egress=False, cidr_block=WORLD,
        port_range=api.PortRange(from_=80, to=80),
    )  # fmt: skip
    net.given(entry)
    (why,) = net.ask(net.igw, web).explanations
    assert (why.explanation_code, why.direction, why.acl_rule.rule_number, why.acl.id) == (
        "SUBNET_ACL_RESTRICTION",
        "egress",
        32767,
        acl,
    )
    net.given(
        api.CreateNetworkAclEntry(
            network_acl_id=acl, rule_number=100, protocol="6", rule_action="allow", egress=True, cidr_block=WORLD,
            port_range=api.PortRange(from_=1024, to=65535),
        )
    )  # fmt: skip
    assert net.codes(net.igw, web) == []
    net.given(
        api.CreateNetworkAclEntry(
            network_acl_id=acl, rule_number=10, protocol="6", rule_action="deny", egress=False, cidr_block=WORLD,
            port_range=api.PortRange(from_=80, to=80),
        )
    )  # fmt: skip
    (why,) = net.ask(net.igw, web).explanations
    assert (why.direction, why.acl_rule.rule_number) == ("ingress", 10)
    net.replays()


def test_groups_keep_state() -> None:
    """Given a group without rules for what goes out, when it lets SSH in, then answers leave, but nothing else does."""
    net = Network()
    group = net.opened("ssh", 22)
    host = net.interface(net.public, group)
    net.address(host)
    everything = api.IpPermission(ip_protocol="-1", ip_ranges=[api.IpRange(cidr_ip=WORLD)])
    net.given(api.RevokeSecurityGroupEgress(group_id=group, ip_permissions=[everything]))
    assert net.codes(net.igw, host, 22) == []
    assert net.codes(host, net.igw, 443) == ["ENI_SG_RULES_MISMATCH"]
    other = net.interface(net.public, net.opened("only-it", 80, source="203.0.113.0/24"), group)
    net.address(other)
    assert net.codes(net.igw, other, 80) == []
    assert net.codes(net.igw, other, 80, source_ip="198.51.100.9") == ["ENI_SG_RULES_MISMATCH"]
    net.replays()


def test_a_nat_gateway_leads_out_and_not_in() -> None:
    """Given a private subnet, when it gets a NAT gateway and the route to it, then it gets out; nobody gets in."""
    net = Network()
    inside = net.interface(net.private, net.opened("all", 22, 80))
    assert net.codes(inside, net.igw, 443) == ["NO_ROUTE_TO_DESTINATION"]
    allocation = net.did(api.AllocateAddress()).allocation_id
    nat = net.did(
        api.CreateNatGateway(subnet_id=net.public, allocation_id=allocation)
    ).nat_gateway.nat_gateway_id
    assert net.codes(inside, net.igw, 443) == ["NO_ROUTE_TO_DESTINATION"]
    table = net.table(net.home)
    net.given(api.AssociateRouteTable(route_table_id=table, subnet_id=net.private))
    net.route(table, WORLD, nat_gateway_id=str(nat))
    found = net.ask(inside, net.igw, 443)
    assert found.network_path_found is True
    assert [str(one.component.id).rpartition("-")[0] for one in found.forward_path_components] == [
        "eni", "sg", "acl", "rtb", "acl", "eni", "nat", "eni", "acl", "rtb", "igw",
    ]  # fmt: skip
    assert net.codes(inside, "203.0.113.9", 443) == []
    assert net.codes(net.igw, inside, 22) == ["IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS"]
    bastion = net.interface(net.public, net.opened("bastion", 22))
    net.address(bastion)
    assert net.codes(net.igw, bastion, 22) == []
    assert net.codes(bastion, inside, 22) == []
    net.given(api.DeleteNatGateway(nat_gateway_id=nat))
    assert net.codes(inside, net.igw, 443) == ["BAD_STATE_ROUTE"]
    net.replays()


def test_a_nat_gateway_in_a_private_subnet_leads_nowhere() -> None:
    """Given a NAT gateway in a private subnet, when the route leads there, then its own subnet has none."""
    net = Network()
    inside = net.interface(net.private)
    third = net.subnet(net.home, "10.0.3.0/24")
    allocation = net.did(api.AllocateAddress()).allocation_id
    nat = net.did(api.CreateNatGateway(subnet_id=third, allocation_id=allocation)).nat_gateway.nat_gateway_id
    table = net.table(net.home)
    net.given(api.AssociateRouteTable(route_table_id=table, subnet_id=net.private))
    net.route(table, WORLD, nat_gateway_id=str(nat))
    assert net.codes(inside, net.igw, 443) == ["NO_ROUTE_TO_DESTINATION"]
    net.replays()


def test_an_instance_that_forwards_minds_no_sources() -> None:
    """Given a route to an interface, when it checks whose packets it gets, then it forwards none."""
    net = Network()
    everything = net.group(net.home, "everything")
    call = api.AuthorizeSecurityGroupIngress(
        group_id=everything,
        ip_permissions=[api.IpPermission(ip_protocol="-1", ip_ranges=[api.IpRange(cidr_ip="10.0.0.0/16")])],
    )
    net.given(call)
    inside, forwarder = net.interface(net.private), net.interface(net.public, everything)
    net.address(forwarder)
    table = net.table(net.home)
    net.given(api.AssociateRouteTable(route_table_id=table, subnet_id=net.private))
    net.route(table, WORLD, network_interface_id=forwarder)
    codes = net.codes(inside, net.igw, 443)
    assert "ENI_SOURCE_DEST_CHECK_RESTRICTION" in codes or codes == ["BAD_STATE_ROUTE"]
    net.replays()


def peered(net: Network, one: str, other: str) -> str:
    """An active peering of two VPCs."""
    made = net.did(api.CreateVpcPeeringConnection(vpc_id=one, peer_vpc_id=other)).vpc_peering_connection
    name = str(made.vpc_peering_connection_id)
    net.given(api.AcceptVpcPeeringConnection(vpc_peering_connection_id=name))
    return name


def test_peering_is_not_transitive() -> None:
    """Given a triangle of VPCs of which two are not peered, when routes pretend, then packets do not get through."""
    net = Network()
    second, third = net.vpc("10.1.0.0/16"), net.vpc("10.2.0.0/16")
    one, two, three = (
        net.interface(net.private, net.opened("a", 80)),
        net.interface(net.subnet(second, "10.1.1.0/24"), net.opened("b", 80, vpc=second)),
        net.interface(net.subnet(third, "10.2.1.0/24"), net.opened("c", 80, vpc=third)),
    )
    left, right = peered(net, net.home, second), peered(net, net.home, third)
    tables = {str(vpc): str(net.state().network.vpcs[vpc].main_table) for vpc in (net.home, second, third)}
    assert net.codes(two, one) == ["NO_ROUTE_TO_DESTINATION"]
    net.route(tables[second], "10.0.0.0/16", vpc_peering_connection_id=left)
    assert net.codes(two, one) == ["NO_ROUTE_TO_DESTINATION"]
    net.route(tables[net.home], "10.1.0.0/16", vpc_peering_connection_id=left)
    assert net.codes(two, one) == []
    net.route(tables[net.home], "10.2.0.0/16", vpc_peering_connection_id=right)
    net.route(tables[third], "10.0.0.0/16", vpc_peering_connection_id=right)
    assert net.codes(three, one) == []
    net.route(tables[second], "10.2.0.0/16", vpc_peering_connection_id=left)
    net.route(tables[third], "10.1.0.0/16", vpc_peering_connection_id=right)
    assert net.codes(two, three) == ["PCX_REQUIRES_ADDRESS_IN_VPC_CIDR"]
    direct = peered(net, second, third)
    for table, to in ((tables[second], "10.2.0.0/16"), (tables[third], "10.1.0.0/16")):
        net.given(
            api.ReplaceRoute(
                route_table_id=table, destination_cidr_block=to, vpc_peering_connection_id=direct
            )
        )
    assert net.codes(two, three) == []
    net.given(api.DeleteVpcPeeringConnection(vpc_peering_connection_id=direct))
    assert net.codes(two, three) == ["BAD_STATE_ROUTE"]
    net.replays()


def test_a_vpn_needs_routes_and_a_tunnel() -> None:
    """Given a VPC without an internet gateway, when its VPN has a route, then both sides reach each other."""
    net = Network()
    vpc = net.vpc("10.5.0.0/16")
    host = net.interface(net.subnet(vpc, "10.5.1.0/24"), net.opened("h", 80, vpc=vpc))
    gateway = str(net.did(api.CreateVpnGateway(type="ipsec.1")).vpn_gateway.vpn_gateway_id)
    assert net.codes(gateway, host) == ["UNASSOCIATED_COMPONENT"]
    net.given(api.AttachVpnGateway(vpc_id=vpc, vpn_gateway_id=gateway))
    customer = net.did(
        api.CreateCustomerGateway(type="ipsec.1", ip_address="198.51.100.7")
    ).customer_gateway.customer_gateway_id
    made = net.did(
        api.CreateVpnConnection(
            type="ipsec.1", customer_gateway_id=customer, vpn_gateway_id=gateway,
            options=api.VpnConnectionOptionsSpecification(static_routes_only=True),
        )
    ).vpn_connection  # fmt: skip
    assert net.codes(gateway, host) == ["NO_ROUTE_TO_DESTINATION"]
    table = str(net.state().network.vpcs[vpc].main_table)
    net.given(api.EnableVgwRoutePropagation(route_table_id=table, gateway_id=gateway))
    net.given(
        api.CreateVpnConnectionRoute(
            destination_cidr_block="10.100.0.0/16", vpn_connection_id=made.vpn_connection_id
        )
    )
    assert net.codes(gateway, host) == []
    assert net.codes(host, "10.100.3.4") == []
    assert net.codes(host, "10.101.3.4") == ["NO_ROUTE_TO_DESTINATION"]
    net.replays()


def test_a_transit_gateway_joins_vpcs() -> None:
    """Given two VPCs at a transit gateway, when both have routes to it, then they reach each other by its table."""
    net = Network()
    other = net.vpc("10.6.0.0/16")
    far = net.subnet(other, "10.6.1.0/24")
    one, two = net.interface(net.private), net.interface(far, net.opened("t", 80, vpc=other))
    transit = str(net.did(api.CreateTransitGateway()).transit_gateway.transit_gateway_id)
    for vpc, subnet, to in ((net.home, net.private, "10.6.0.0/16"), (other, far, "10.0.0.0/16")):
        net.given(
            api.CreateTransitGatewayVpcAttachment(transit_gateway_id=transit, vpc_id=vpc, subnet_ids=[subnet])
        )
        net.route(str(net.state().network.vpcs[vpc].main_table), to, transit_gateway_id=transit)
    assert net.codes(one, two) == []
    (table,) = net.state().gateways.transit.tables
    net.given(
        api.CreateTransitGatewayRoute(
            transit_gateway_route_table_id=table, destination_cidr_block="10.6.0.0/16", blackhole=True
        )
    )
    assert net.codes(one, two) == ["TGW_RTB_BAD_STATE_ROUTE"]
    net.replays()


def test_peers_in_another_region() -> None:
    """Given a peering between regions, when both sides have routes, then packets get through, and answers back."""
    net = Network()
    one = net.interface(net.private)
    net.region = "eu-west-1"
    far = net.vpc("10.9.0.0/16")
    two = net.interface(net.subnet(far, "10.9.1.0/24"), net.opened("far", 80, vpc=far))
    address = str(net.state().addresses.interfaces[two].private_ips[0].address)
    table = str(net.state().network.vpcs[far].main_table)
    net.region = "us-east-1"
    made = net.did(
        api.CreateVpcPeeringConnection(vpc_id=net.home, peer_vpc_id=far, peer_region="eu-west-1")
    ).vpc_peering_connection
    name = str(made.vpc_peering_connection_id)
    net.region = "eu-west-1"
    net.given(api.AcceptVpcPeeringConnection(vpc_peering_connection_id=name))
    net.region = "us-east-1"
    net.route(
        str(net.state().network.vpcs[net.home].main_table), "10.9.0.0/16", vpc_peering_connection_id=name
    )
    assert net.codes(one, address) == ["NO_ROUTE_TO_DESTINATION"]
    net.region = "eu-west-1"
    net.route(table, "10.0.0.0/16", vpc_peering_connection_id=name)
    net.region = "us-east-1"
    assert net.codes(one, address) == []
    assert net.codes(one, address, 81) == ["ENI_SG_RULES_MISMATCH"]
    net.replays()


def test_an_endpoint_of_a_gateway_s_kind() -> None:
    """Given an endpoint of S3, when a subnet's table has its route, then the subnet reaches it; others do not."""
    net = Network()
    one = net.interface(net.private)
    table = net.table(net.home)
    made = net.did(
        api.CreateVpcEndpoint(
            vpc_id=net.home, service_name="com.amazonaws.us-east-1.s3", route_table_ids=[table]
        )
    ).vpc_endpoint
    endpoint = str(made.vpc_endpoint_id)
    assert net.codes(one, endpoint, 443) == ["NO_ROUTE_TO_DESTINATION"]
    net.given(api.AssociateRouteTable(route_table_id=table, subnet_id=net.private))
    assert net.codes(one, endpoint, 443) == []
    net.replays()
