"""EC2: elastic IPs, NAT gateways."""

from __future__ import annotations

import re

from ..driving import TIME, Kept, Story, call, refused
from .ec2_ids import of

MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")

STORIES = [
    Story(
        "ec2",
        "an address is allocated, associated and released",
        [
            call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"}),
            call(
                "CreateSubnet",
                {"VpcId": Kept("vpc"), "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "us-east-1a"},
                {"Subnet": ...},
                keeps={"subnet": "Subnet.SubnetId"},
            ),
            call(
                "CreateNetworkInterface",
                {"SubnetId": Kept("subnet")},
                {"NetworkInterface": ...},
                keeps={"eni": "NetworkInterface.NetworkInterfaceId"},
            ),
            call(
                "AllocateAddress",
                {
                    "Domain": "vpc",
                    "TagSpecifications": [
                        {"ResourceType": "elastic-ip", "Tags": [{"Key": "Name", "Value": "mine"}]},
                    ],
                },
                {
                    "AllocationId": of("eipalloc"), "PublicIpv4Pool": "amazon",
                    "NetworkBorderGroup": "us-east-1", "Domain": "vpc", "PublicIp": str,
                },
                keeps={"allocation": "AllocationId", "ip": "PublicIp"},
            ),
            refused(
                "AssociateAddress",
                {"AllocationId": Kept("allocation"), "NetworkInterfaceId": Kept("eni")},
                "Gateway.NotAttached",
            ),
            call(
                "CreateInternetGateway",
                {},
                {"InternetGateway": ...},
                keeps={"gateway": "InternetGateway.InternetGatewayId"},
            ),
            call("AttachInternetGateway", {"InternetGatewayId": Kept("gateway"), "VpcId": Kept("vpc")}),
            call(
                "AssociateAddress",
                {"AllocationId": Kept("allocation"), "NetworkInterfaceId": Kept("eni")},
                {"AssociationId": of("eipassoc")},
                keeps={"association": "AssociationId"},
            ),
            call(
                "DescribeAddresses",
                {"PublicIps": [Kept("ip")]},
                {
                    "Addresses": [
                        {
                            "AllocationId": Kept("allocation"), "AssociationId": Kept("association"),
                            "Domain": "vpc", "NetworkInterfaceId": Kept("eni"),
                            "NetworkInterfaceOwnerId": "123456789012", "PrivateIpAddress": "10.0.1.4",
                            "Tags": [{"Key": "Name", "Value": "mine"}], "PublicIpv4Pool": "amazon",
                            "NetworkBorderGroup": "us-east-1", "PublicIp": Kept("ip"),
                        },
                    ],
                },
            ),
            call(
                "DescribeNetworkInterfaces",
                {"NetworkInterfaceIds": [Kept("eni")]},
                {
                    "NetworkInterfaces": [
                        {
                            "Association": {
                                "AllocationId": Kept("allocation"), "AssociationId": Kept("association"),
                                "IpOwnerId": "123456789012", "PublicDnsName": "", "PublicIp": Kept("ip"),
                            },
                            "AvailabilityZone": "us-east-1a", "Description": "",
                            "Groups": [{"GroupId": of("sg"), "GroupName": "default"}],
                            "InterfaceType": "interface", "Ipv6Addresses": [], "MacAddress": MAC,
                            "NetworkInterfaceId": Kept("eni"), "OwnerId": "123456789012",
                            "PrivateIpAddress": "10.0.1.4",
                            "PrivateIpAddresses": [
                                {
                                    "Association": {
                                        "AllocationId": Kept("allocation"),
                                        "AssociationId": Kept("association"), "IpOwnerId": "123456789012",
                                        "PublicDnsName": "", "PublicIp": Kept("ip"),
                                    },
                                    "Primary": True, "PrivateIpAddress": "10.0.1.4",
                                },
                            ],
                            "RequesterManaged": False, "SourceDestCheck": True, "Status": "available",
                            "SubnetId": Kept("subnet"), "TagSet": [], "VpcId": Kept("vpc"),
                            "Operator": {"Managed": False}, "AvailabilityZoneId": "use1-az1",
                        },
                    ],
                },
            ),
            call(
                "DescribeAddressesAttribute",
                {"AllocationIds": [Kept("allocation")], "Attribute": "domain-name"},
                {"Addresses": [{"PublicIp": Kept("ip"), "AllocationId": Kept("allocation")}]},
            ),
            refused("ReleaseAddress", {"AllocationId": Kept("allocation")}, "InvalidIPAddress.InUse"),
            refused(
                "DetachInternetGateway",
                {"InternetGatewayId": Kept("gateway"), "VpcId": Kept("vpc")},
                "DependencyViolation",
            ),
            call("DisassociateAddress", {"AssociationId": Kept("association")}),
            refused(
                "DisassociateAddress",
                {"AssociationId": Kept("association")},
                "InvalidAssociationID.NotFound",
            ),
            call(
                "DescribeAddresses",
                {"Filters": [{"Name": "tag:Name", "Values": ["mine"]}]},
                {
                    "Addresses": [
                        {
                            "AllocationId": Kept("allocation"), "Domain": "vpc",
                            "Tags": [{"Key": "Name", "Value": "mine"}], "PublicIpv4Pool": "amazon",
                            "NetworkBorderGroup": "us-east-1", "PublicIp": Kept("ip"),
                        },
                    ],
                },
            ),
            call("ReleaseAddress", {"AllocationId": Kept("allocation")}),
            refused(
                "DescribeAddresses",
                {"AllocationIds": [Kept("allocation")]},
                "InvalidAllocationID.NotFound",
            ),
        ],
    ),
    Story(
        "ec2",
        "a NAT gateway is made and deleted",
        [
            call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"}),
            call(
                "CreateSubnet",
                {"VpcId": Kept("vpc"), "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "us-east-1a"},
                {"Subnet": ...},
                keeps={"subnet": "Subnet.SubnetId"},
            ),
            call(
                "AllocateAddress",
                {},
                {
                    "AllocationId": ..., "PublicIpv4Pool": ..., "NetworkBorderGroup": ..., "Domain": ...,
                    "PublicIp": ...,
                },
                keeps={"allocation": "AllocationId", "ip": "PublicIp"},
            ),
            call(
                "CreateNatGateway",
                {"SubnetId": Kept("subnet"), "AllocationId": Kept("allocation")},
                {
                    "ClientToken": str,
                    "NatGateway": {
                        "CreateTime": TIME,
                        "NatGatewayAddresses": [
                            {"AllocationId": Kept("allocation"), "IsPrimary": True, "Status": "associating"},
                        ],
                        "NatGatewayId": of("nat"), "State": "pending", "SubnetId": Kept("subnet"),
                        "VpcId": Kept("vpc"), "Tags": [], "ConnectivityType": "public",
                        "AvailabilityMode": "zonal",
                    },
                },
                keeps={"cut": "NatGateway.NatGatewayId"},
            ),
            call(
                "DescribeNatGateways",
                {"NatGatewayIds": [Kept("cut")]},
                {
                    "NatGateways": [
                        {
                            "CreateTime": TIME, "FailureCode": "Gateway.NotAttached", "FailureMessage": str,
                            "NatGatewayAddresses": [
                                {
                                    "AllocationId": Kept("allocation"), "NetworkInterfaceId": of("eni"),
                                    "PrivateIp": "10.0.1.4", "IsPrimary": True, "Status": "failed",
                                },
                            ],
                            "NatGatewayId": Kept("cut"), "State": "failed", "SubnetId": Kept("subnet"),
                            "VpcId": Kept("vpc"), "Tags": [], "ConnectivityType": "public",
                            "AvailabilityMode": "zonal",
                        },
                    ],
                },
            ),
            call(
                "CreateInternetGateway",
                {},
                {"InternetGateway": ...},
                keeps={"gateway": "InternetGateway.InternetGatewayId"},
            ),
            call("AttachInternetGateway", {"InternetGatewayId": Kept("gateway"), "VpcId": Kept("vpc")}),
            call(
                "CreateNatGateway",
                {
                    "SubnetId": Kept("subnet"), "AllocationId": Kept("allocation"), "ClientToken": "token",
                    "TagSpecifications": [
                        {"ResourceType": "natgateway", "Tags": [{"Key": "Name", "Value": "mine"}]},
                    ],
                },
                {
                    "ClientToken": "token",
                    "NatGateway": {
                        "CreateTime": TIME,
                        "NatGatewayAddresses": [
                            {"AllocationId": Kept("allocation"), "IsPrimary": True, "Status": "associating"},
                        ],
                        "NatGatewayId": of("nat"), "State": "pending", "SubnetId": Kept("subnet"),
                        "VpcId": Kept("vpc"), "Tags": [{"Key": "Name", "Value": "mine"}],
                        "ConnectivityType": "public", "AvailabilityMode": "zonal",
                    },
                },
                keeps={"nat": "NatGateway.NatGatewayId"},
            ),
            call(
                "DescribeNatGateways",
                {"Filter": [{"Name": "state", "Values": ["available"]}]},
                {
                    "NatGateways": [
                        {
                            "CreateTime": TIME,
                            "NatGatewayAddresses": [
                                {
                                    "AllocationId": Kept("allocation"), "NetworkInterfaceId": of("eni"),
                                    "PrivateIp": "10.0.1.4", "PublicIp": Kept("ip"),
                                    "AssociationId": of("eipassoc"), "IsPrimary": True, "Status": "succeeded",
                                },
                            ],
                            "NatGatewayId": Kept("nat"), "State": "available", "SubnetId": Kept("subnet"),
                            "VpcId": Kept("vpc"), "Tags": [{"Key": "Name", "Value": "mine"}],
                            "ConnectivityType": "public", "AvailabilityMode": "zonal",
                        },
                    ],
                },
            ),
            call(
                "CreateNatGateway",
                {"SubnetId": Kept("subnet"), "ConnectivityType": "private"},
                {
                    "ClientToken": str,
                    "NatGateway": {
                        "CreateTime": TIME,
                        "NatGatewayAddresses": [{"IsPrimary": True, "Status": "associating"}],
                        "NatGatewayId": of("nat"), "State": "pending", "SubnetId": Kept("subnet"),
                        "VpcId": Kept("vpc"), "Tags": [], "ConnectivityType": "private",
                        "AvailabilityMode": "zonal",
                    },
                },
                keeps={"private": "NatGateway.NatGatewayId"},
            ),
            refused("CreateNatGateway", {"SubnetId": Kept("subnet")}, "MissingParameter"),
            call("DeleteNatGateway", {"NatGatewayId": Kept("nat")}, {"NatGatewayId": Kept("nat")}),
            call(
                "DescribeNatGateways",
                {"Filter": [{"Name": "nat-gateway-id", "Values": [Kept("nat")]}]},
                {
                    "NatGateways": [
                        {
                            "CreateTime": TIME, "DeleteTime": TIME,
                            "NatGatewayAddresses": [
                                {
                                    "AllocationId": Kept("allocation"), "NetworkInterfaceId": of("eni"),
                                    "PrivateIp": "10.0.1.4", "PublicIp": Kept("ip"),
                                    "AssociationId": of("eipassoc"), "IsPrimary": True,
                                    "Status": "disassociating",
                                },
                            ],
                            "NatGatewayId": Kept("nat"), "State": "deleted", "SubnetId": Kept("subnet"),
                            "VpcId": Kept("vpc"), "Tags": [{"Key": "Name", "Value": "mine"}],
                            "ConnectivityType": "public", "AvailabilityMode": "zonal",
                        },
                    ],
                },
            ),
            refused("DeleteNatGateway", {"NatGatewayId": "nat-00000000000000000"}, "NatGatewayNotFound"),
        ],
    ),
]  # fmt: skip
