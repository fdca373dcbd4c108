"""Elastic IPs: allocated, associated, released."""

from __future__ import annotations

from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2, tagged, where


def way_out(ec2: Ec2) -> tuple[str, str]:
    """A VPC's gateway, and an interface in it."""
    vpc = ec2.vpc()
    gateway = ec2.gateway(vpc)
    made = ec2.did(api.CreateNetworkInterface(subnet_id=ec2.subnet(vpc))).network_interface
    return gateway, str(made.network_interface_id)


def test_an_address_leads_to_an_interface() -> None:
    """Given an address, when it is associated, then both say so, and neither gateway nor address can go."""
    ec2 = Ec2()
    gateway, interface = way_out(ec2)
    address = ec2.did(api.AllocateAddress(domain="vpc", tag_specifications=tagged("elastic-ip", Name="a")))
    assert (address.domain, address.public_ipv4_pool, address.network_border_group) == (
        "vpc",
        "amazon",
        ec2.region,
    )
    lead = api.AssociateAddress(allocation_id=address.allocation_id, network_interface_id=interface)
    association = ec2.did(lead).association_id
    assert ec2.did(lead).association_id == association
    (found,) = ec2.did(api.DescribeAddresses(filters=where(network_interface_id=interface))).addresses
    assert (found.association_id, found.private_ip_address) == (association, "10.0.1.4")
    by_ip = [api.Filter(name="association.public-ip", values=[address.public_ip])]
    (held,) = ec2.did(api.DescribeNetworkInterfaces(filters=by_ip)).network_interfaces
    assert held.network_interface_id == interface
    ec2.when(api.ReleaseAddress(allocation_id=address.allocation_id)).refused("InvalidIPAddress.InUse")
    vpc = (
        ec2.did(api.DescribeInternetGateways(internet_gateway_ids=[gateway]))
        .internet_gateways[0]
        .attachments[0]
        .vpc_id
    )
    leave = api.DetachInternetGateway(internet_gateway_id=gateway, vpc_id=vpc)
    ec2.when(leave).refused("DependencyViolation")
    ec2.given(api.DisassociateAddress(association_id=association))
    ec2.when(api.DisassociateAddress(association_id=association)).refused("InvalidAssociationID.NotFound")
    ec2.given(leave, api.ReleaseAddress(allocation_id=address.allocation_id))
    ec2.when(api.ReleaseAddress(allocation_id=address.allocation_id)).refused("InvalidAllocationID.NotFound")
    ec2.replays()


def test_reassociation() -> None:
    """Given an address in use, when it shall lead elsewhere, then it does, unless AllowReassociation is false."""
    ec2 = Ec2()
    _, one = way_out(ec2)
    two = str(
        ec2.did(
            api.CreateNetworkInterface(
                subnet_id=ec2.did(api.DescribeNetworkInterfaces(network_interface_ids=[one]))
                .network_interfaces[0]
                .subnet_id
            )
        ).network_interface.network_interface_id
    )
    address = ec2.did(api.AllocateAddress()).allocation_id
    ec2.given(api.AssociateAddress(allocation_id=address, network_interface_id=one))
    other = api.AssociateAddress(allocation_id=address, network_interface_id=two, allow_reassociation=False)
    ec2.when(other).refused("Resource.AlreadyAssociated")
    ec2.given(api.AssociateAddress(allocation_id=address, network_interface_id=two))
    (first,) = ec2.did(api.DescribeNetworkInterfaces(network_interface_ids=[one])).network_interfaces
    assert not first.association
    ec2.replays()


def test_addresses_have_a_quota_and_names() -> None:
    """Given five addresses, when a sixth is asked for, then it is refused; wrong names are refused, too."""
    ec2 = Ec2()
    for _ in range(5):
        ec2.given(api.AllocateAddress())
    ec2.when(api.AllocateAddress()).refused(
        "AddressLimitExceeded", "The maximum number of addresses has been reached."
    )
    ec2.when(api.ReleaseAddress()).refused("MissingParameter")
    ec2.when(api.ReleaseAddress(public_ip="1.2.3.4")).refused("InvalidAddress.NotFound")
    ec2.when(api.DescribeAddresses(public_ips=["1.2.3.4"])).refused("InvalidAddress.NotFound")
    first = ec2.did(api.DescribeAddresses()).addresses[0]
    ec2.when(api.ReleaseAddress(public_ip=first.public_ip)).refused("InvalidParameterValue")
    both = api.ReleaseAddress(public_ip=first.public_ip, allocation_id=first.allocation_id)
    ec2.when(both).refused("InvalidParameterCombination")
    listed = ec2.did(api.DescribeAddressesAttribute(attribute="domain-name", max_results=5)).addresses
    assert len(listed) == 5
    ec2.replays()
