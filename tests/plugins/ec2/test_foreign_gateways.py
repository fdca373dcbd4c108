"""Records of other makers about interfaces, gateways, peers and transit: half a history, and still a state."""

from __future__ import annotations

from typing import Any

from backtrail.testing import ACCOUNT
from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2, where
from .test_foreign_networks import fold

OTHER = "111122223333"
NAT, ENI, SUBNET, VPC = (
    "nat-03575abbac42080d9",
    "eni-076fa9fb98a2500a7",
    "subnet-01ed430875cff578d",
    "vpc-06fe1a64",
)


def test_a_nat_gateway_whose_interface_nobody_saw() -> None:
    """As AWS's record has it: the address is the gateway's until it is deleted, and the subnet is in use."""
    ec2 = Ec2()
    fold(ec2, "AllocateAddress", {"domain": "vpc"}, {"allocationId": "eipalloc-1", "publicIp": "3.2.1.0"})
    request = {"ConnectivityType": "public", "AllocationId": "eipalloc-1", "SubnetId": SUBNET}
    shown = {
        "natGatewayId": NAT, "subnetId": SUBNET, "vpcId": VPC, "state": "pending", "connectivityType": "public",
        "createTime": "2023-07-10T11:55:14.000Z",
        "natGatewayAddressSet": {"item": {"isPrimary": True, "allocationId": "eipalloc-1", "status": "associating"}},
    }  # fmt: skip
    fold(
        ec2, "CreateNatGateway", {"CreateNatGatewayRequest": request},
        {"CreateNatGatewayResponse": {"natGateway": shown}},
    )  # fmt: skip
    (found,) = ec2.did(api.DescribeNatGateways()).nat_gateways
    (address,) = found.nat_gateway_addresses
    assert (found.state, address.allocation_id, address.public_ip) == ("available", "eipalloc-1", "3.2.1.0")
    assert not address.network_interface_id
    ec2.when(api.ReleaseAddress(allocation_id="eipalloc-1")).refused("InvalidIPAddress.InUse")
    ec2.when(api.DeleteSubnet(subnet_id=SUBNET)).refused("DependencyViolation")
    fold(ec2, "DeleteNatGateway", {"DeleteNatGatewayRequest": {"NatGatewayId": NAT}}, eventID="1" * 36)
    ec2.given(api.ReleaseAddress(allocation_id="eipalloc-1"))


def test_an_interface_without_an_answer() -> None:
    """What a record names that nobody made is there, inferred; a record without an id makes nothing."""
    ec2 = Ec2()
    fold(ec2, "CreateNetworkInterface", {"subnetId": SUBNET}, None)
    assert ec2.did(api.DescribeNetworkInterfaces()).network_interfaces == []
    params = {"networkInterfaceId": ENI, "instanceId": "i-1", "deviceIndex": 1}
    fold(ec2, "AttachNetworkInterface", params, {"attachmentId": "eni-attach-1"}, eventID="2" * 36)
    (found,) = ec2.did(api.DescribeNetworkInterfaces()).network_interfaces
    assert (found.network_interface_id, found.status) == (ENI, "in-use")
    named = {"publicIp": "3.2.1.0", "networkInterfaceId": ENI}
    fold(ec2, "AssociateAddress", {**named, "allocationId": "eipalloc-1"}, None, eventID="3" * 36)
    (address,) = ec2.did(api.DescribeAddresses()).addresses
    assert (address.allocation_id, address.network_interface_id) == ("eipalloc-1", ENI)
    fold(ec2, "DetachNetworkInterface", {"attachmentId": "eni-attach-1"}, eventID="4" * 36)
    fold(ec2, "DeleteNetworkInterface", {"networkInterfaceId": ENI}, eventID="5" * 36)
    assert ec2.did(api.DescribeNetworkInterfaces()).network_interfaces == []


def test_peers_that_nobody_saw_being_asked() -> None:
    """An acceptance tells both sides; what could not be deleted because it is not there is not there."""
    ec2 = Ec2()
    sides = {
        "requesterVpcInfo": {"ownerId": OTHER, "vpcId": "vpc-1", "cidrBlock": "10.0.0.0/16", "region": "us-east-1"},
        "accepterVpcInfo": {"ownerId": ACCOUNT, "vpcId": "vpc-2", "cidrBlock": "10.1.0.0/16", "region": "us-east-1"},
    }  # fmt: skip
    made = {"vpcPeeringConnectionId": "pcx-1", **sides, "status": {"code": "provisioning"}}
    fold(
        ec2, "AcceptVpcPeeringConnection", {"vpcPeeringConnectionId": "pcx-1"}, {"vpcPeeringConnection": made}
    )
    (found,) = ec2.did(api.DescribeVpcPeeringConnections()).vpc_peering_connections
    assert (found.status.code, found.requester_vpc_info.owner_id) == ("active", OTHER)
    assert [one.cidr_block for one in found.accepter_vpc_info.cidr_block_set] == ["10.1.0.0/16"]
    held = ec2.machine.state(("ec2", OTHER, "us-east-1"))
    assert "pcx-1" in held.gateways.peerings  # type: ignore[attr-defined]
    gone = {"errorCode": "Client.InvalidVpcPeeringConnectionID.NotFound", "eventID": "2" * 36}
    fold(ec2, "DeleteVpcPeeringConnection", {"vpcPeeringConnectionId": "pcx-1"}, None, **gone)
    assert ec2.did(api.DescribeVpcPeeringConnections()).vpc_peering_connections == []


def test_an_attachment_that_nobody_saw_being_made() -> None:
    """A deletion alone tells that there was one: it is deleted, and its gateway still to be deleted."""
    ec2 = Ec2()
    request: dict[str, Any] = {"TransitGatewayAttachmentId": "tgw-attach-1"}
    fold(ec2, "DeleteTransitGatewayVpcAttachment", {"DeleteTransitGatewayVpcAttachmentRequest": request})
    ask = api.DescribeTransitGatewayVpcAttachments(filters=where(state="deleted"))
    (found,) = ec2.did(ask).transit_gateway_vpc_attachments
    assert found.transit_gateway_attachment_id == "tgw-attach-1"
    ec2.when(api.DeleteTransitGatewayVpcAttachment(transit_gateway_attachment_id="tgw-attach-1")).refused(
        "InvalidTransitGatewayAttachmentID.NotFound",
        "Transit Gateway VPC Attachment tgw-attach-1 was deleted or does not exist.",
    )
