"""EC2: subnets, their blocks and reservations, the defaults made again."""

from __future__ import annotations

import re
from typing import Any

from ..driving import Kept, Made, Story, call, refused
from .ec2_vpcs import MADE, OWNER

SUBNET = re.compile(r"subnet-[0-9a-f]{17}")
ASSOCIATION = re.compile(r"subnet-cidr-assoc-[0-9a-f]{17}")

SHOWN: dict[str, Any] = {
    "AvailabilityZoneId": "use1-az1", "OwnerId": OWNER,
    "AssignIpv6AddressOnCreation": False, "Ipv6CidrBlockAssociationSet": [], "Tags": [],
    "SubnetArn": re.compile(r"arn:aws:ec2:us-east-1:123456789012:subnet/subnet-[0-9a-f]{17}"),
    "EnableDns64": False, "Ipv6Native": False,
    "PrivateDnsNameOptionsOnLaunch": {
        "HostnameType": "ip-name", "EnableResourceNameDnsARecord": False, "EnableResourceNameDnsAAAARecord": False,
    },
    "SubnetId": SUBNET, "State": "available", "VpcId": Kept("vpc"), "CidrBlock": "10.0.1.0/24",
    "AvailableIpAddressCount": 251, "AvailabilityZone": "us-east-1a", "DefaultForAz": False,
    "MapPublicIpOnLaunch": False,
}  # fmt: skip
"""A subnet as answers show it."""

SIX = re.compile(r"2600:1f.*::/64")
FIRST = Made(lambda kept: str(kept["six"]).replace("::/56", "::/64"))
HELD = {"AssociationId": ASSOCIATION, "Ipv6CidrBlock": SIX}

RESERVED: dict[str, Any] = {
    "SubnetCidrReservationId": re.compile(r"scr-[0-9a-f]{17}"), "SubnetId": Kept("subnet"), "Cidr": "10.0.1.16/28",
    "ReservationType": "prefix", "OwnerId": OWNER, "Description": "for later", "Tags": [],
}  # fmt: skip

STORIES = [
    Story(
        "ec2",
        "a subnet is made, changed, found and deleted",
        [
            call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"}),
            call(
                "CreateSubnet", {"VpcId": Kept("vpc"), "CidrBlock": "10.0.1.0/24"}, {"Subnet": SHOWN},
                keeps={"subnet": "Subnet.SubnetId"},
            ),
            refused("CreateSubnet", {"VpcId": Kept("vpc"), "CidrBlock": "10.0.1.0/25"}, "InvalidSubnet.Conflict"),
            refused("CreateSubnet", {"VpcId": Kept("vpc"), "CidrBlock": "10.1.1.0/25"}, "InvalidSubnet.Range"),
            call("ModifySubnetAttribute", {"SubnetId": Kept("subnet"), "MapPublicIpOnLaunch": {"Value": True}}),
            call(
                "DescribeSubnets", {"SubnetIds": [Kept("subnet")]},
                {"Subnets": [{**SHOWN, "MapPublicIpOnLaunch": True, "MapCustomerOwnedIpOnLaunch": False}]},
            ),
            refused("DeleteVpc", {"VpcId": Kept("vpc")}, "DependencyViolation"),
            call("DeleteSubnet", {"SubnetId": Kept("subnet")}),
            refused("DeleteSubnet", {"SubnetId": Kept("subnet")}, "InvalidSubnetID.NotFound"),
        ],
    ),
    Story(
        "ec2",
        "a subnet has IPv6",
        [
            call(
                "CreateVpc", {"CidrBlock": "10.0.0.0/16", "AmazonProvidedIpv6CidrBlock": True}, {"Vpc": ...},
                keeps={"vpc": "Vpc.VpcId", "six": "Vpc.Ipv6CidrBlockAssociationSet.0.Ipv6CidrBlock"},
            ),
            call(
                "CreateSubnet", {"VpcId": Kept("vpc"), "CidrBlock": "10.0.1.0/24"}, {"Subnet": SHOWN},
                keeps={"subnet": "Subnet.SubnetId"},
            ),
            call(
                "AssociateSubnetCidrBlock",
                {"SubnetId": Kept("subnet"), "Ipv6CidrBlock": FIRST},
                {
                    "Ipv6CidrBlockAssociation": {**HELD, "Ipv6CidrBlockState": {"State": "associating"}},
                    "SubnetId": Kept("subnet"),
                },
                keeps={"association": "Ipv6CidrBlockAssociation.AssociationId"},
            ),
            call(
                "DisassociateSubnetCidrBlock",
                {"AssociationId": Kept("association")},
                {
                    "Ipv6CidrBlockAssociation": {**HELD, "Ipv6CidrBlockState": {"State": "disassociating"}},
                    "SubnetId": Kept("subnet"),
                },
            ),
        ],
    ),
    Story(
        "ec2",
        "addresses are set aside",
        [
            call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"}),
            call(
                "CreateSubnet", {"VpcId": Kept("vpc"), "CidrBlock": "10.0.1.0/24"}, {"Subnet": SHOWN},
                keeps={"subnet": "Subnet.SubnetId"},
            ),
            call(
                "CreateSubnetCidrReservation",
                {
                    "SubnetId": Kept("subnet"), "Cidr": "10.0.1.16/28", "ReservationType": "prefix",
                    "Description": "for later",
                },
                {"SubnetCidrReservation": RESERVED},
                keeps={"reservation": "SubnetCidrReservation.SubnetCidrReservationId"},
            ),
            call(
                "GetSubnetCidrReservations", {"SubnetId": Kept("subnet")},
                {"SubnetIpv4CidrReservations": [RESERVED], "SubnetIpv6CidrReservations": []},
            ),
            call(
                "DeleteSubnetCidrReservation", {"SubnetCidrReservationId": Kept("reservation")},
                {"DeletedSubnetCidrReservation": RESERVED},
            ),
        ],
    ),
    Story(
        "ec2",
        "the default VPC is made again",
        [
            refused("CreateDefaultVpc", {}, "DefaultVpcAlreadyExists"),
            call(
                "DescribeSubnets", {"Filters": [{"Name": "availability-zone", "Values": ["us-east-1a"]}]},
                {"Subnets": [...]}, keeps={"subnet": "Subnets.0.SubnetId", "vpc": "Subnets.0.VpcId"},
            ),
            call("DeleteSubnet", {"SubnetId": Kept("subnet")}),
            call(
                "CreateDefaultSubnet",
                {"AvailabilityZone": "us-east-1a"},
                {
                    "Subnet": {
                        **SHOWN, "CidrBlock": "172.31.0.0/20", "AvailableIpAddressCount": 4091, "DefaultForAz": True,
                        "MapPublicIpOnLaunch": True,
                    }
                },
            ),
            call(
                "DescribeInternetGateways", {}, {"InternetGateways": [...]},
                keeps={"gateway": "InternetGateways.0.InternetGatewayId"},
            ),
            call("DetachInternetGateway", {"InternetGatewayId": Kept("gateway"), "VpcId": Kept("vpc")}),
            call("DeleteInternetGateway", {"InternetGatewayId": Kept("gateway")}),
            call(
                "DescribeSubnets", {}, {"Subnets": [..., ...]},
                keeps={f"subnet{number}": f"Subnets.{number}.SubnetId" for number in range(6)},
            ),
            *(call("DeleteSubnet", {"SubnetId": Kept(f"subnet{number}")}) for number in range(6)),
            call("DeleteVpc", {"VpcId": Kept("vpc")}),
            refused("CreateDefaultSubnet", {"AvailabilityZone": "us-east-1a"}, "DefaultVpcDoesNotExist"),
            call(
                "CreateDefaultVpc", {},
                {
                    "Vpc": {
                        **MADE, "CidrBlockAssociationSet": [...], "IsDefault": True, "Tags": [],
                        "CidrBlock": "172.31.0.0/16",
                    }
                },
            ),
        ],
    ),
]  # fmt: skip
