"""Random stories of instances, interfaces, addresses and gateways: some things always hold."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from backtrail import UNSET, Params, UnsetType
from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2

ONE = st.integers(0, 7)
IMAGE = "ami-0abcdef1234567890"
TARGETS = ("nat_gateway_id", "network_interface_id", "vpc_peering_connection_id", "gateway_id", "instance_id")


class Addresses(RuleBasedStateMachine):
    """Two networks, one with a way to the internet; calls that may succeed or be refused."""

    def __init__(self) -> None:
        super().__init__()
        self.ec2 = Ec2()
        self.asked = 0

    @initialize()
    def networks(self) -> None:
        """Two VPCs with small subnets, so that addresses run out."""
        for number in (1, 2):
            vpc = self.ec2.vpc(f"10.{number}.0.0/16")
            self.ec2.gateway(vpc if number == 1 else None)
            self.ec2.subnet(vpc, f"10.{number}.1.0/28")
            self.ec2.subnet(vpc, f"10.{number}.2.0/28", availability_zone="us-east-1b")

    def try_(self, call: Params) -> Any:
        """The answer of a call, None where it is refused."""
        self.ec2.when(call)
        return None if self.ec2.error is not None else self.ec2.answer

    def pick(self, held: Any, number: int) -> str:
        """One of the ids that there are."""
        ids = list(held)
        return str(ids[number % len(ids)]) if ids else "none-1"

    @property
    def subnets(self) -> list[str]:
        """The subnets of both networks, without the default one's."""
        held = self.ec2.state().network.subnets.values()
        return [one.id for one in held if str(one.cidr).startswith("10.")]

    @property
    def interfaces(self) -> Any:
        """The interfaces that there are."""
        return self.ec2.state().addresses.interfaces

    @property
    def instances(self) -> Any:
        """The instances that there are, terminated ones too."""
        return self.ec2.state().compute.instances

    @rule(subnet=ONE, more=st.integers(0, 3))
    def make_interface(self, subnet: int, more: int) -> None:
        """CreateNetworkInterface."""
        count = more or UNSET
        call = api.CreateNetworkInterface(
            subnet_id=self.pick(self.subnets, subnet), secondary_private_ip_address_count=count
        )
        self.try_(call)

    @rule(interface=ONE)
    def delete_interface(self, interface: int) -> None:
        """DeleteNetworkInterface."""
        self.try_(api.DeleteNetworkInterface(network_interface_id=self.pick(self.interfaces, interface)))

    @rule(interface=ONE, last=st.integers(0, 15))
    def assign(self, interface: int, last: int) -> None:
        """AssignPrivateIpAddresses, one that may be taken."""
        name = self.pick(self.interfaces, interface)
        held = self.interfaces.get(name)
        prefix = (
            held.private_ips[0].address.rpartition(".")[0]
            if held is not None and held.private_ips
            else "10.1.1"
        )
        call = api.AssignPrivateIpAddresses(
            network_interface_id=name,
            private_ip_addresses=[f"{prefix}.{last}"],
            allow_reassignment=last % 2 == 0,
        )
        self.try_(call)

    @rule(interface=ONE)
    def unassign(self, interface: int) -> None:
        """UnassignPrivateIpAddresses."""
        name = self.pick(self.interfaces, interface)
        held = self.interfaces.get(name)
        last = held.private_ips[-1].address if held is not None and held.private_ips else "10.1.1.4"
        self.try_(api.UnassignPrivateIpAddresses(network_interface_id=name, private_ip_addresses=[last]))

    @rule(subnet=ONE, count=st.integers(1, 3))
    def launch(self, subnet: int, count: int) -> None:
        """RunInstances."""
        call = api.RunInstances(
            image_id=IMAGE, instance_type="t3.micro", min_count=1, max_count=count,
            subnet_id=self.pick(self.subnets, subnet),
        )  # fmt: skip
        self.try_(call)

    @rule(instance=ONE, end=st.sampled_from(("stop", "start", "terminate")))
    def change(self, instance: int, end: str) -> None:
        """StopInstances, StartInstances, TerminateInstances."""
        ids = [self.pick(self.instances, instance)]
        calls: dict[str, Params] = {
            "stop": api.StopInstances(instance_ids=ids),
            "start": api.StartInstances(instance_ids=ids),
            "terminate": api.TerminateInstances(instance_ids=ids),
        }
        self.try_(calls[end])

    @rule(interface=ONE, instance=ONE)
    def attach(self, interface: int, instance: int) -> None:
        """AttachNetworkInterface."""
        call = api.AttachNetworkInterface(
            network_interface_id=self.pick(self.interfaces, interface),
            instance_id=self.pick(self.instances, instance), device_index=1,
        )  # fmt: skip
        self.try_(call)

    @rule(attachment=ONE)
    def detach(self, attachment: int) -> None:
        """DetachNetworkInterface."""
        held = self.ec2.state().addresses.attachments
        self.try_(api.DetachNetworkInterface(attachment_id=self.pick(held, attachment)))

    @rule()
    def allocate(self) -> None:
        """AllocateAddress."""
        self.try_(api.AllocateAddress())

    @rule(address=ONE, interface=ONE)
    def associate(self, address: int, interface: int) -> None:
        """AssociateAddress."""
        call = api.AssociateAddress(
            allocation_id=self.pick(self.ec2.state().addresses.elastic_ips, address),
            network_interface_id=self.pick(self.interfaces, interface),
        )
        self.try_(call)

    @rule(address=ONE, release=st.booleans())
    def give_up(self, address: int, release: bool) -> None:
        """ReleaseAddress, DisassociateAddress."""
        held = self.ec2.state().addresses
        if release:
            self.try_(api.ReleaseAddress(allocation_id=self.pick(held.elastic_ips, address)))
        else:
            self.try_(api.DisassociateAddress(association_id=self.pick(held.associations, address)))

    @rule(subnet=ONE, address=ONE)
    def make_nat(self, subnet: int, address: int) -> None:
        """CreateNatGateway."""
        call = api.CreateNatGateway(
            subnet_id=self.pick(self.subnets, subnet),
            allocation_id=self.pick(self.ec2.state().addresses.elastic_ips, address),
        )
        self.try_(call)

    @rule(nat=ONE)
    def delete_nat(self, nat: int) -> None:
        """DeleteNatGateway."""
        self.try_(api.DeleteNatGateway(nat_gateway_id=self.pick(self.ec2.state().gateways.nat, nat)))

    @rule(accept=st.booleans())
    def peer(self, accept: bool) -> None:
        """CreateVpcPeeringConnection, and its answer; DeleteVpcPeeringConnection."""
        one, other = [
            vpc.id for vpc in self.ec2.state().network.vpcs.values() if str(vpc.cidr).startswith("10.")
        ]
        made = self.try_(api.CreateVpcPeeringConnection(vpc_id=one, peer_vpc_id=other))
        name = self.pick(self.ec2.state().gateways.peerings, 0)
        if made is not None:
            name = str(made.vpc_peering_connection.vpc_peering_connection_id)
        if accept:
            self.try_(api.AcceptVpcPeeringConnection(vpc_peering_connection_id=name))
        else:
            self.try_(api.DeleteVpcPeeringConnection(vpc_peering_connection_id=name))

    @rule(table=ONE, via=st.sampled_from(TARGETS), number=ONE, replace=st.booleans())
    def route(self, table: int, via: str, number: int, replace: bool) -> None:
        """CreateRoute, ReplaceRoute."""
        state = self.ec2.state()
        held: dict[str, Any] = {
            "nat_gateway_id": state.gateways.nat, "network_interface_id": self.interfaces,
            "vpc_peering_connection_id": state.gateways.peerings, "gateway_id": state.network.internet_gateways,
            "instance_id": self.instances,
        }  # fmt: skip
        make: Any = api.ReplaceRoute if replace else api.CreateRoute
        to = "10.0.0.0/8" if number % 2 else "0.0.0.0/0"
        named = {via: self.pick(held[via], number)}
        where = self.pick(state.network.route_tables, table)
        self.try_(make(route_table_id=where, destination_cidr_block=to, **named))

    @rule(begin=ONE, end=ONE, outside=st.booleans())
    def ask(self, begin: int, end: int, outside: bool) -> None:
        """Reachability is told of anything: it never fails, and knows why where there is no path."""
        source, to = self.pick(self.interfaces, begin), self.pick(self.interfaces, end)
        if outside:
            to = self.pick(self.ec2.state().network.internet_gateways, end)
        self.asked += 1
        made = self.try_(
            api.CreateNetworkInsightsPath(
                source=source, destination=to, protocol="tcp", client_token=f"p{self.asked}"
            )
        )
        if made is None:
            return
        path = made.network_insights_path.network_insights_path_id
        begun = self.ec2.did(
            api.StartNetworkInsightsAnalysis(network_insights_path_id=path, client_token=f"a{self.asked}")
        ).network_insights_analysis.network_insights_analysis_id
        asked = api.DescribeNetworkInsightsAnalyses(network_insights_analysis_ids=[begun])
        (found,) = self.ec2.did(asked).network_insights_analyses
        assert found.network_path_found is not bool(found.explanations)

    # what always holds

    @invariant()
    def no_address_is_used_twice(self) -> None:
        """An address has one interface, which its subnet knows; it lies in the subnet, and is none of AWS's."""
        seen: set[tuple[str, str]] = set()
        state = self.ec2.state()
        for interface in state.addresses.interfaces.values():
            subnet = state.network.subnets[str(interface.subnet)]
            block = IPv4Network(str(subnet.cidr))
            for one in interface.private_ips:
                key = (subnet.id, one.address)
                assert key not in seen
                seen.add(key)
                assert subnet.addresses[one.address] == interface.id
                assert IPv4Address(one.address) in block
                assert int(block[4]) <= int(IPv4Address(one.address)) < int(block[-1])
        known = {
            (subnet.id, address) for subnet in state.network.subnets.values() for address in subnet.addresses
        }
        assert known == seen

    @invariant()
    def no_reference_dangles(self) -> None:
        """Interfaces, instances and elastic IPs that are named are there, and know of each other."""
        state = self.ec2.state()
        held = state.addresses
        for interface in held.interfaces.values():
            attached = interface.attachment
            if not isinstance(attached, UnsetType):
                assert held.attachments[attached.id] == interface.id
                if isinstance(attached.instance, str):
                    assert held.of_instance[attached.instance][str(attached.device_index)] == interface.id
                    assert state.compute.instances[attached.instance].state != "terminated"
        assert set(held.attachments.values()) <= set(held.interfaces)
        assert {one for devices in held.of_instance.values() for one in devices.values()} <= set(
            held.interfaces
        )
        for allocation in self._mapped():
            assert allocation in held.elastic_ips
        for address in held.elastic_ips.values():
            if isinstance(address.association, str):
                assert held.associations[address.association] == address.id
                assert str(address.interface) in held.interfaces
        assert set(held.associations.values()) <= set(held.elastic_ips)

    def _mapped(self) -> Iterator[str]:
        """The elastic IPs that interfaces have; each has at most one."""
        seen: list[str] = []
        for interface in self.interfaces.values():
            for one in interface.private_ips:
                if not isinstance(one.public, UnsetType) and isinstance(one.public.allocation, str):
                    assert one.public.allocation not in seen
                    seen.append(one.public.allocation)
        yield from seen

    def teardown(self) -> None:
        """The log folded afresh gives the state that is."""
        self.ec2.replays()


Addresses.TestCase.settings = settings(
    max_examples=10,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
TestAddresses = Addresses.TestCase
