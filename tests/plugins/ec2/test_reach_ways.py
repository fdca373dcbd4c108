"""Ways that packets take: through appliances, by IPv6, to endpoints, through transit gateways, and to no end at all."""

from __future__ import annotations

from typing import Any

from backtrail import Call
from backtrail_aws.ec2 import api
from backtrail_aws.ec2.diagnosis import TellReach, TellReachResult

from .test_instances import IMAGE
from .test_reach import WORLD, Network, peered

EVERYTHING = api.IpPermission(
    ip_protocol="-1", ip_ranges=[api.IpRange(cidr_ip=WORLD)], ipv6_ranges=[api.Ipv6Range(cidr_ipv6="::/0")]
)


def open_group(net: Network, vpc: str = "", name: str = "open") -> str:
    """A group that lets everything in, and out."""
    group = net.group(vpc or net.home, name)
    net.given(api.AuthorizeSecurityGroupIngress(group_id=group, ip_permissions=[EVERYTHING]))
    return group


def host(
    net: Network, subnet: str, group: str, *, forwards: bool = False, public: bool = False
) -> tuple[str, str]:
    """A running instance, and its interface."""
    card = api.InstanceNetworkInterfaceSpecification(
        device_index=0, subnet_id=subnet, groups=[group], associate_public_ip_address=public
    )
    made = net.did(
        api.RunInstances(
            image_id=IMAGE, instance_type="t3.micro", min_count=1, max_count=1, network_interfaces=[card]
        )
    ).instances[0]
    name = str(made.instance_id)
    if forwards:
        check = api.AttributeBooleanValue(value=False)
        net.given(api.ModifyInstanceAttribute(instance_id=name, source_dest_check=check))
    return name, str(made.network_interfaces[0].network_interface_id)


def told(net: Network, source: str, destination: str, port: int = 80, protocol: str = "tcp") -> list[str]:
    """Why packets do not get there, by either family of addresses: what `backtrail reach` asks."""
    question = TellReach(source=source, destination=destination, protocol=protocol, port=port)
    call: Call[Any] = Call(
        net.machine, service="ec2", params=question, account=net.account, region=net.region, time=net.now,
        event_id="", request_id="", caller=net.caller,
    )  # fmt: skip
    answer = net.machine.ask(call, "ec2", question, TellReachResult)
    assert answer is not None and not answer.missing
    codes = [str(one.explanation_code) for one in answer.why]
    assert answer.found is (not codes)
    return codes


def test_a_gateway_s_own_table_sends_to_an_appliance() -> None:
    """Given an internet gateway whose table leads to an appliance, then the appliance must forward, have a public
    address, and be on the way back as well."""
    net = Network()
    group, edge = open_group(net), net.table(net.home)
    web, card = host(net, net.private, group, public=True)
    middle, inner = host(net, net.public, group)
    net.given(api.AssociateRouteTable(route_table_id=edge, gateway_id=net.igw))
    table = net.table(net.home)
    net.given(api.AssociateRouteTable(route_table_id=table, subnet_id=net.private))
    net.route(table, WORLD, gateway_id=net.igw)
    assert net.codes(net.igw, web) == []
    net.given(
        api.CreateRoute(route_table_id=edge, destination_cidr_block="10.0.2.0/24", network_interface_id=inner)
    )
    assert net.codes(net.igw, web) == ["INGRESS_RTB_NO_PUBLIC_IP", "ENI_SOURCE_DEST_CHECK_RESTRICTION"]
    net.address(inner)
    check = api.AttributeBooleanValue(value=False)
    net.given(api.ModifyInstanceAttribute(instance_id=middle, source_dest_check=check))
    assert net.codes(net.igw, web) == ["INGRESS_RTB_TRAFFIC_REDIRECTION"]
    net.given(
        api.ReplaceRoute(route_table_id=table, destination_cidr_block=WORLD, network_interface_id=inner)
    )
    found = net.ask(net.igw, web)
    assert found.network_path_found is True
    ahead, back = (
        [str(one.component.id) for one in way]
        for way in (found.forward_path_components, found.return_path_components)
    )
    assert ahead.index(inner) < ahead.index(card) and ahead.index(edge) < ahead.index(inner)
    assert back.index(card) < back.index(inner) < back.index(net.igw)
    net.given(api.StopInstances(instance_ids=[middle]))
    assert net.codes(net.igw, web) == ["BAD_STATE_ROUTE"]
    net.replays()


def test_an_instance_forwards_to_the_internet() -> None:
    """Given a NAT instance, then it must not check whose packets it gets, must run, and must have a public address."""
    net = Network()
    group = open_group(net)
    inside, _ = host(net, net.private, group)
    middle, card = host(net, net.public, group)
    table = net.table(net.home)
    net.given(api.AssociateRouteTable(route_table_id=table, subnet_id=net.private))
    net.given(api.CreateRoute(route_table_id=table, destination_cidr_block=WORLD, instance_id=middle))
    codes = ["ENI_SOURCE_DEST_CHECK_RESTRICTION"]
    assert net.codes(inside, net.igw, 443)[:1] == codes
    check = api.AttributeBooleanValue(value=False)
    net.given(api.ModifyInstanceAttribute(instance_id=middle, source_dest_check=check))
    assert net.codes(inside, net.igw, 443) == ["IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS"]
    net.address(card)
    assert net.codes(inside, net.igw, 443) == []
    net.replays()


def test_an_appliance_between_two_subnets() -> None:
    """Given routes more specific than the local one, then what goes from subnet to subnet passes an appliance."""
    net = Network()
    group = open_group(net)
    third = net.subnet(net.home, "10.0.3.0/24")
    one, _ = host(net, net.private, group)
    two, _ = host(net, third, group)
    _, card = host(net, net.public, group, forwards=True)
    for subnet, to in ((net.private, "10.0.3.0/24"), (third, "10.0.2.0/24")):
        table = net.table(net.home)
        net.given(api.AssociateRouteTable(route_table_id=table, subnet_id=subnet))
        net.route(table, to, network_interface_id=card)
    found = net.ask(one, two)
    assert found.network_path_found is True
    for way in (found.forward_path_components, found.return_path_components):
        assert card in [str(one.component.id) for one in way]
    assert found.forward_path_components[-1].outbound_header.source_addresses == (
        found.forward_path_components[0].outbound_header.source_addresses
    )
    net.replays()


def v6(net: Network) -> tuple[str, str]:
    """A VPC and a subnet with IPv6, and the subnet's table."""
    vpc = net.vpc("10.7.0.0/16", amazon_provided_ipv6_cidr_block=True)
    block = net.state().network.vpcs[vpc].ipv6_blocks[0].cidr.partition("::")[0]
    subnet = net.subnet(vpc, "10.7.1.0/24", ipv6_cidr_block=f"{block}::/64")
    return vpc, subnet


def test_the_way_out_by_ipv6() -> None:
    """Given an interface with an IPv6 address, then it needs no public address, but a route; an egress-only gateway
    lets answers in alone; Reachability Analyzer does not look at IPv6."""
    net = Network()
    vpc, subnet = v6(net)
    group = open_group(net, vpc)
    card = str(
        net.did(
            api.CreateNetworkInterface(subnet_id=subnet, groups=[group], ipv6_address_count=1)
        ).network_interface.network_interface_id
    )
    gateway, table = net.gateway(vpc), str(net.state().network.vpcs[vpc].main_table)
    eigw = str(
        net.did(api.CreateEgressOnlyInternetGateway(vpc_id=vpc)).egress_only_internet_gateway
        .egress_only_internet_gateway_id
    )  # fmt: skip
    assert told(net, card, gateway, 443) == ["NO_ROUTE_TO_DESTINATION"]
    net.given(
        api.CreateRoute(
            route_table_id=table, destination_ipv6_cidr_block="::/0", egress_only_internet_gateway_id=eigw
        )
    )
    assert told(net, card, eigw, 443) == []
    assert told(net, eigw, card, 443) != []
    assert told(net, card, "2001:db8::9", 443) == []
    assert told(net, gateway, card, 80) != []
    net.given(api.ReplaceRoute(route_table_id=table, destination_ipv6_cidr_block="::/0", gateway_id=gateway))
    assert told(net, gateway, card, 80) == []
    assert told(net, card, gateway, 443) == []
    assert net.codes(card, gateway, 443) == ["NO_ROUTE_TO_DESTINATION"]
    net.replays()


def test_rules_of_ipv6() -> None:
    """Given lists and groups with rules for IPv6, then they decide about IPv6, and those for IPv4 do not."""
    net = Network()
    vpc, subnet = v6(net)
    group = net.group(vpc, "six")
    six = api.IpPermission(
        ip_protocol="tcp", from_port=80, to_port=80, ipv6_ranges=[api.Ipv6Range(cidr_ipv6="::/0")]
    )
    card = str(
        net.did(
            api.CreateNetworkInterface(subnet_id=subnet, groups=[group], ipv6_address_count=1)
        ).network_interface.network_interface_id
    )
    gateway, table = net.gateway(vpc), str(net.state().network.vpcs[vpc].main_table)
    net.given(api.CreateRoute(route_table_id=table, destination_ipv6_cidr_block="::/0", gateway_id=gateway))
    assert "ENI_SG_RULES_MISMATCH" in told(net, gateway, card)
    net.given(api.AuthorizeSecurityGroupIngress(group_id=group, ip_permissions=[six]))
    assert told(net, gateway, card) == []
    acl = str(net.state().network.vpcs[vpc].default_acl)
    entry: dict[str, Any] = {"network_acl_id": acl, "rule_number": 10, "protocol": "6", "rule_action": "deny"}
    ports = api.PortRange(from_=80, to=80)
    net.given(api.CreateNetworkAclEntry(**entry, egress=False, cidr_block=WORLD, port_range=ports))
    assert told(net, gateway, card) == []
    net.given(
        api.CreateNetworkAclEntry(
            **{**entry, "rule_number": 11}, egress=False, ipv6_cidr_block="::/0", port_range=ports
        )
    )
    assert told(net, gateway, card) == ["SUBNET_ACL_RESTRICTION"]
    net.replays()


def test_prefix_lists_in_rules_and_routes() -> None:
    """Given a customer's prefix list, then a rule or a route with it is for all of its blocks, and for no others."""
    net = Network()
    made = net.did(
        api.CreateManagedPrefixList(
            prefix_list_name="office", address_family="IPv4", max_entries=5,
            entries=[api.AddPrefixListEntry(cidr="198.51.100.0/24")],
        )
    ).prefix_list  # fmt: skip
    listed = str(made.prefix_list_id)
    group = net.group(net.home, "listed")
    permission = api.IpPermission(
        ip_protocol="tcp", from_port=22, to_port=22, prefix_list_ids=[api.PrefixListId(prefix_list_id=listed)]
    )
    net.given(api.AuthorizeSecurityGroupIngress(group_id=group, ip_permissions=[permission]))
    card = net.interface(net.public, group)
    net.address(card)
    assert net.codes(net.igw, card, 22) == []
    assert net.codes(net.igw, card, 22, source_ip="192.0.2.9") == ["ENI_SG_RULES_MISMATCH"]
    inside = net.interface(net.private)
    table = net.table(net.home)
    net.given(api.AssociateRouteTable(route_table_id=table, subnet_id=net.private))
    allocation = net.did(api.AllocateAddress()).allocation_id
    nat = net.did(
        api.CreateNatGateway(subnet_id=net.public, allocation_id=allocation)
    ).nat_gateway.nat_gateway_id
    net.given(api.CreateRoute(route_table_id=table, destination_prefix_list_id=listed, nat_gateway_id=nat))
    assert net.codes(inside, "198.51.100.7", 443) == []
    assert net.codes(inside, "192.0.2.7", 443) == ["NO_ROUTE_TO_DESTINATION"]
    net.replays()


def test_an_endpoint_takes_tcp() -> None:
    """Given an endpoint of S3 and a group that lets out to S3's prefix list alone, then TCP gets there, and UDP not."""
    net = Network()
    group = net.group(net.home, "s3-only")
    everything = api.IpPermission(ip_protocol="-1", ip_ranges=[api.IpRange(cidr_ip=WORLD)])
    net.given(api.RevokeSecurityGroupEgress(group_id=group, ip_permissions=[everything]))
    card, table = net.interface(net.private, group), net.table(net.home)
    net.given(api.AssociateRouteTable(route_table_id=table, subnet_id=net.private))
    service = "com.amazonaws.us-east-1.s3"
    endpoint = str(
        net.did(api.CreateVpcEndpoint(vpc_id=net.home, service_name=service, route_table_ids=[table]))
        .vpc_endpoint.vpc_endpoint_id
    )  # fmt: skip
    assert "ENI_SG_RULES_MISMATCH" in net.codes(card, endpoint, 443)
    (listed,) = net.did(
        api.DescribePrefixLists(filters=[api.Filter(name="prefix-list-name", values=[service])])
    ).prefix_lists
    for protocol in ("tcp", "udp"):
        permission = api.IpPermission(
            ip_protocol=protocol, from_port=443, to_port=443,
            prefix_list_ids=[api.PrefixListId(prefix_list_id=listed.prefix_list_id)],
        )  # fmt: skip
        net.given(api.AuthorizeSecurityGroupEgress(group_id=group, ip_permissions=[permission]))
    assert net.codes(card, endpoint, 443) == []
    assert told(net, card, endpoint, 443, "udp") == ["VPCE_GATEWAY_PROTOCOL_RESTRICTION"]
    net.replays()


def test_vpcs_that_nothing_links() -> None:
    """Given two VPCs without any peering or transit gateway between, then that is all there is to say."""
    net = Network()
    other = net.vpc("10.4.0.0/16")
    one, two = net.interface(net.private), net.interface(net.subnet(other, "10.4.1.0/24"))
    assert net.codes(one, two) == ["DISCONNECTED_VPCS"]
    peered(net, net.home, other)
    assert net.codes(one, two) == ["NO_ROUTE_TO_DESTINATION"]
    net.replays()


def test_a_route_that_is_less_specific() -> None:
    """Given a route to the end that another one goes before, then that is told beside what stopped the packet."""
    net = Network()
    card = net.interface(net.public, open_group(net))
    net.address(card)
    other = net.vpc("10.4.0.0/16")
    link = peered(net, net.home, other)
    net.route(net.public_table, "203.0.113.0/24", vpc_peering_connection_id=link)
    assert set(net.codes(card, net.igw, 443)) == {"PCX_REQUIRES_ADDRESS_IN_VPC_CIDR", "MORE_SPECIFIC_ROUTE"}
    net.replays()


def test_private_addresses_do_not_come_from_the_internet() -> None:
    """Given packets from an internet gateway, when their source is a private or shared address, then they are lost."""
    net = Network()
    card = net.interface(net.public, open_group(net))
    net.address(card)
    assert net.codes(net.igw, card) == []
    assert net.codes(net.igw, card, source_ip="192.168.1.1") == ["IGW_SOURCE_ADDRESS_NOT_IN_RFC1918_INGRESS"]
    assert net.codes(net.igw, card, source_ip="100.64.1.1") == ["IGW_SOURCE_ADDRESS_NOT_IN_RFC6598_INGRESS"]
    net.replays()
