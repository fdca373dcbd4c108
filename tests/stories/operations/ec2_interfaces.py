"""EC2: network interfaces and their addresses."""

from __future__ import annotations

import re

from ..driving import TIME, Kept, Made, Story, call, refused
from .ec2_ids import of

MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")

STORIES = [
    Story(
        "ec2",
        "an interface is made, changed, found and deleted",
        [
            call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"}),
            call(
                "CreateSubnet",
                {"VpcId": Kept("vpc"), "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "us-east-1a"},
                {"Subnet": ...},
                keeps={"subnet": "Subnet.SubnetId"},
            ),
            refused(
                "CreateNetworkInterface",
                {"SubnetId": "subnet-00000000000000000"},
                "InvalidSubnetID.NotFound",
            ),
            call(
                "CreateNetworkInterface",
                {
                    "SubnetId": Kept("subnet"), "Description": "mine", "PrivateIpAddress": "10.0.1.10",
                    "TagSpecifications": [
                        {"ResourceType": "network-interface", "Tags": [{"Key": "Name", "Value": "mine"}]},
                    ],
                },
                {
                    "NetworkInterface": {
                        "AvailabilityZone": "us-east-1a", "Description": "mine",
                        "Groups": [{"GroupId": of("sg"), "GroupName": "default"}],
                        "InterfaceType": "interface", "Ipv6Addresses": [], "MacAddress": MAC,
                        "NetworkInterfaceId": of("eni"), "OwnerId": "123456789012",
                        "PrivateIpAddress": "10.0.1.10",
                        "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": "10.0.1.10"}],
                        "RequesterId": "123456789012", "RequesterManaged": False, "SourceDestCheck": True,
                        "Status": "pending", "SubnetId": Kept("subnet"),
                        "TagSet": [{"Key": "Name", "Value": "mine"}], "VpcId": Kept("vpc"),
                        "Operator": {"Managed": False}, "AvailabilityZoneId": "use1-az1",
                    },
                },
                keeps={"eni": "NetworkInterface.NetworkInterfaceId", "group": "NetworkInterface.Groups.0.GroupId"},
            ),
            refused(
                "CreateNetworkInterface",
                {"SubnetId": Kept("subnet"), "PrivateIpAddress": "10.0.1.10"},
                "InvalidIPAddress.InUse",
            ),
            call(
                "DescribeNetworkInterfaces",
                {"Filters": [{"Name": "addresses.private-ip-address", "Values": ["10.0.1.*"]}]},
                {
                    "NetworkInterfaces": [
                        {
                            "AvailabilityZone": "us-east-1a", "Description": "mine",
                            "Groups": [{"GroupId": Kept("group"), "GroupName": "default"}],
                            "InterfaceType": "interface", "Ipv6Addresses": [], "MacAddress": MAC,
                            "NetworkInterfaceId": Kept("eni"), "OwnerId": "123456789012",
                            "PrivateIpAddress": "10.0.1.10",
                            "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": "10.0.1.10"}],
                            "RequesterManaged": False, "SourceDestCheck": True, "Status": "available",
                            "SubnetId": Kept("subnet"), "TagSet": [{"Key": "Name", "Value": "mine"}],
                            "VpcId": Kept("vpc"), "Operator": {"Managed": False},
                            "AvailabilityZoneId": "use1-az1",
                        },
                    ],
                },
            ),
            call(
                "ModifyNetworkInterfaceAttribute",
                {"NetworkInterfaceId": Kept("eni"), "Description": {"Value": "ours"}},
            ),
            call(
                "ModifyNetworkInterfaceAttribute",
                {"NetworkInterfaceId": Kept("eni"), "SourceDestCheck": {"Value": False}},
            ),
            call(
                "DescribeNetworkInterfaceAttribute",
                {"NetworkInterfaceId": Kept("eni"), "Attribute": "description"},
                {"Description": {"Value": "ours"}, "NetworkInterfaceId": Kept("eni")},
            ),
            call(
                "DescribeNetworkInterfaceAttribute",
                {"NetworkInterfaceId": Kept("eni"), "Attribute": "sourceDestCheck"},
                {"NetworkInterfaceId": Kept("eni"), "SourceDestCheck": {"Value": False}},
            ),
            call(
                "DescribeNetworkInterfaceAttribute",
                {"NetworkInterfaceId": Kept("eni"), "Attribute": "groupSet"},
                {
                    "Groups": [{"GroupId": Kept("group"), "GroupName": "default"}],
                    "NetworkInterfaceId": Kept("eni"),
                },
            ),
            refused("DeleteSubnet", {"SubnetId": Kept("subnet")}, "DependencyViolation"),
            call("DeleteNetworkInterface", {"NetworkInterfaceId": Kept("eni")}),
            refused(
                "DescribeNetworkInterfaces",
                {"NetworkInterfaceIds": [Kept("eni")]},
                "InvalidNetworkInterfaceID.NotFound",
            ),
            refused(
                "DeleteNetworkInterface",
                {"NetworkInterfaceId": "eni-1"},
                "InvalidNetworkInterfaceId.Malformed",
            ),
        ],
    ),
    Story(
        "ec2",
        "addresses come and go",
        [
            call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"}),
            call(
                "AssociateVpcCidrBlock",
                {"VpcId": Kept("vpc"), "AmazonProvidedIpv6CidrBlock": True},
                {"Ipv6CidrBlockAssociation": ..., "VpcId": ...},
            ),
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
                "AssignPrivateIpAddresses",
                {"NetworkInterfaceId": Kept("eni"), "PrivateIpAddresses": ["10.0.1.20"]},
                {
                    "NetworkInterfaceId": Kept("eni"),
                    "AssignedPrivateIpAddresses": [{"PrivateIpAddress": "10.0.1.20"}],
                },
            ),
            call(
                "AssignPrivateIpAddresses",
                {"NetworkInterfaceId": Kept("eni"), "SecondaryPrivateIpAddressCount": 2},
                {
                    "NetworkInterfaceId": Kept("eni"),
                    "AssignedPrivateIpAddresses": [
                        {"PrivateIpAddress": "10.0.1.5"}, {"PrivateIpAddress": "10.0.1.6"},
                    ],
                },
            ),
            call(
                "AssignPrivateIpAddresses",
                {"NetworkInterfaceId": Kept("eni"), "Ipv4PrefixCount": 1},
                {"NetworkInterfaceId": Kept("eni"), "AssignedIpv4Prefixes": [{"Ipv4Prefix": "10.0.1.32/28"}]},
            ),
            call(
                "UnassignPrivateIpAddresses",
                {"NetworkInterfaceId": Kept("eni"), "PrivateIpAddresses": ["10.0.1.5"]},
            ),
            call(
                "UnassignPrivateIpAddresses",
                {"NetworkInterfaceId": Kept("eni"), "Ipv4Prefixes": ["10.0.1.32/28"]},
            ),
            refused(
                "UnassignPrivateIpAddresses",
                {"NetworkInterfaceId": Kept("eni"), "PrivateIpAddresses": ["10.0.1.4"]},
                "InvalidParameterValue",
            ),
            refused(
                "AssignIpv6Addresses",
                {"NetworkInterfaceId": Kept("eni"), "Ipv6AddressCount": 1},
                "InvalidParameterValue",
            ),
            call(
                "DescribeVpcs",
                {"VpcIds": [Kept("vpc")]},
                {"Vpcs": ...},
                keeps={"v6": "Vpcs.0.Ipv6CidrBlockAssociationSet.0.Ipv6CidrBlock"},
            ),
            call(
                "AssociateSubnetCidrBlock",
                {"SubnetId": Kept("subnet"), "Ipv6CidrBlock": Made(lambda kept: kept["v6"].replace("/56", "/64"))},
                {"Ipv6CidrBlockAssociation": ..., "SubnetId": Kept("subnet")},
            ),
            call(
                "AssignIpv6Addresses",
                {"NetworkInterfaceId": Kept("eni"), "Ipv6AddressCount": 1},
                {"AssignedIpv6Addresses": [str], "NetworkInterfaceId": Kept("eni")},
                keeps={"six": "AssignedIpv6Addresses.0"},
            ),
            call(
                "DescribeNetworkInterfaces",
                {"NetworkInterfaceIds": [Kept("eni")]},
                {
                    "NetworkInterfaces": [
                        {
                            "AvailabilityZone": "us-east-1a", "Description": "",
                            "Groups": [{"GroupId": of("sg"), "GroupName": "default"}],
                            "InterfaceType": "interface",
                            "Ipv6Addresses": [{"Ipv6Address": Kept("six"), "IsPrimaryIpv6": False}],
                            "MacAddress": MAC, "NetworkInterfaceId": Kept("eni"), "OwnerId": "123456789012",
                            "PrivateIpAddress": "10.0.1.4",
                            "PrivateIpAddresses": [
                                {"Primary": True, "PrivateIpAddress": "10.0.1.4"},
                                {"Primary": False, "PrivateIpAddress": "10.0.1.20"},
                                {"Primary": False, "PrivateIpAddress": "10.0.1.6"},
                            ],
                            "RequesterManaged": False, "SourceDestCheck": True, "Status": "available",
                            "SubnetId": Kept("subnet"), "TagSet": [], "VpcId": Kept("vpc"),
                            "Ipv6Address": Kept("six"), "Operator": {"Managed": False},
                            "AvailabilityZoneId": "use1-az1",
                        },
                    ],
                },
            ),
            call(
                "UnassignIpv6Addresses",
                {"NetworkInterfaceId": Kept("eni"), "Ipv6Addresses": [Kept("six")]},
                {"NetworkInterfaceId": Kept("eni"), "UnassignedIpv6Addresses": [Kept("six")]},
            ),
        ],
    ),
    Story(
        "ec2",
        "an interface is attached and detached",
        [
            call(
                "DescribeSubnets",
                {"Filters": [{"Name": "availability-zone", "Values": ["us-east-1a"]}]},
                {"Subnets": ...},
                keeps={"subnet": "Subnets.0.SubnetId"},
            ),
            call(
                "RunInstances",
                {"ImageId": "ami-0123456789abcdef0", "MinCount": 1, "MaxCount": 1, "SubnetId": Kept("subnet")},
                {"ReservationId": ..., "OwnerId": ..., "Groups": ..., "Instances": ...},
                keeps={
                    "instance": "Instances.0.InstanceId",
                    "first": "Instances.0.NetworkInterfaces.0.Attachment.AttachmentId",
                },
            ),
            call(
                "CreateNetworkInterface",
                {"SubnetId": Kept("subnet")},
                {"NetworkInterface": ...},
                keeps={"eni": "NetworkInterface.NetworkInterfaceId"},
            ),
            refused(
                "AttachNetworkInterface",
                {"NetworkInterfaceId": Kept("eni"), "InstanceId": Kept("instance"), "DeviceIndex": 0},
                "InvalidParameterValue",
            ),
            call(
                "AttachNetworkInterface",
                {"NetworkInterfaceId": Kept("eni"), "InstanceId": Kept("instance"), "DeviceIndex": 1},
                {"AttachmentId": of("eni-attach"), "NetworkCardIndex": 0},
                keeps={"attachment": "AttachmentId"},
            ),
            refused(
                "AttachNetworkInterface",
                {"NetworkInterfaceId": Kept("eni"), "InstanceId": Kept("instance"), "DeviceIndex": 2},
                "InvalidNetworkInterface.InUse",
            ),
            call(
                "ModifyNetworkInterfaceAttribute",
                {
                    "NetworkInterfaceId": Kept("eni"),
                    "Attachment": {"AttachmentId": Kept("attachment"), "DeleteOnTermination": True},
                },
            ),
            call(
                "DescribeNetworkInterfaceAttribute",
                {"NetworkInterfaceId": Kept("eni"), "Attribute": "attachment"},
                {
                    "Attachment": {
                        "AttachTime": TIME, "AttachmentId": Kept("attachment"), "DeleteOnTermination": True,
                        "DeviceIndex": 1, "NetworkCardIndex": 0, "InstanceId": Kept("instance"),
                        "InstanceOwnerId": "123456789012", "Status": "attached",
                    },
                    "NetworkInterfaceId": Kept("eni"),
                },
            ),
            call(
                "DescribeNetworkInterfaces",
                {
                    "Filters": [
                        {"Name": "attachment.device-index", "Values": ["1"]},
                        {"Name": "attachment.attach-time", "Values": ["20*"]},
                    ],
                },
                {
                    "NetworkInterfaces": [
                        {
                            "Attachment": {
                                "AttachTime": TIME, "AttachmentId": Kept("attachment"),
                                "DeleteOnTermination": True, "DeviceIndex": 1, "NetworkCardIndex": 0,
                                "InstanceId": Kept("instance"), "InstanceOwnerId": "123456789012",
                                "Status": "attached",
                            },
                            "AvailabilityZone": "us-east-1a", "Description": "",
                            "Groups": [{"GroupId": of("sg"), "GroupName": "default"}],
                            "InterfaceType": "interface", "Ipv6Addresses": [], "MacAddress": MAC,
                            "NetworkInterfaceId": Kept("eni"), "OwnerId": "123456789012",
                            "PrivateDnsName": str, "PrivateIpAddress": str,
                            "PrivateIpAddresses": [
                                {"Primary": True, "PrivateDnsName": str, "PrivateIpAddress": str},
                            ],
                            "RequesterManaged": False, "SourceDestCheck": True, "Status": "in-use",
                            "SubnetId": Kept("subnet"), "TagSet": [], "VpcId": of("vpc"),
                            "Operator": {"Managed": False}, "AvailabilityZoneId": "use1-az1",
                        },
                    ],
                },
            ),
            refused("DeleteNetworkInterface", {"NetworkInterfaceId": Kept("eni")}, "InvalidParameterValue"),
            refused("DetachNetworkInterface", {"AttachmentId": Kept("first")}, "OperationNotPermitted"),
            call("DetachNetworkInterface", {"AttachmentId": Kept("attachment")}),
            refused(
                "DetachNetworkInterface",
                {"AttachmentId": Kept("attachment")},
                "InvalidAttachmentID.NotFound",
            ),
        ],
    ),
]  # fmt: skip
