"""EC2: regions and zones, VPCs and what can be done to them, tags."""

from __future__ import annotations

import re

from ..driving import Kept, Story, call, refused

VPC = re.compile(r"vpc-[0-9a-f]{17}")
BLOCK = re.compile(r"vpc-cidr-assoc-[0-9a-f]{17}")
OWNER = "123456789012"
ON, OFF = {"Value": True}, {"Value": False}

MADE = {
    "OwnerId": OWNER, "InstanceTenancy": "default", "Ipv6CidrBlockAssociationSet": [],
    "CidrBlockAssociationSet": [
        {"AssociationId": BLOCK, "CidrBlock": "10.0.0.0/16", "CidrBlockState": {"State": "associated"}}
    ],
    "IsDefault": False, "Tags": [{"Key": "Name", "Value": "mine"}], "VpcId": VPC, "State": "pending",
    "CidrBlock": "10.0.0.0/16", "DhcpOptionsId": re.compile(r"dopt-[0-9a-f]{17}"),
}  # fmt: skip
"""What CreateVpc answers."""

DEFAULT = {
    **MADE, "CidrBlockAssociationSet": [...], "IsDefault": True, "Tags": [], "State": "available",
    "CidrBlock": "172.31.0.0/16",
}  # fmt: skip

NAMED = [{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "mine"}]}]

STORIES = [
    Story(
        "ec2",
        "regions and zones",
        [
            call(
                "DescribeRegions",
                {"RegionNames": ["us-east-1"]},
                {
                    "Regions": [
                        {
                            "OptInStatus": "opt-in-not-required", "RegionName": "us-east-1",
                            "Endpoint": "ec2.us-east-1.amazonaws.com",
                        }
                    ]
                },
            ),
            call(
                "DescribeAvailabilityZones",
                {"ZoneNames": ["us-east-1b"]},
                {
                    "AvailabilityZones": [
                        {
                            "OptInStatus": "opt-in-not-required", "Messages": [], "RegionName": "us-east-1",
                            "ZoneName": "us-east-1b", "ZoneId": "use1-az2", "GroupName": "us-east-1-zg-1",
                            "NetworkBorderGroup": "us-east-1", "ZoneType": "availability-zone", "State": "available",
                        }
                    ]
                },
            ),
            refused("DescribeAvailabilityZones", {"ZoneNames": ["eu-west-1a"]}, "InvalidParameterValue"),
            call(
                "DescribeAccountAttributes",
                {"AttributeNames": ["supported-platforms"]},
                {
                    "AccountAttributes": [
                        {"AttributeName": "supported-platforms", "AttributeValues": [{"AttributeValue": "VPC"}]}
                    ]
                },
            ),
        ],
    ),
    Story(
        "ec2",
        "a VPC is made, changed, found and deleted",
        [
            call("DescribeVpcs", {}, {"Vpcs": [DEFAULT]}),
            refused("CreateVpc", {"CidrBlock": "10.0.0.0/16", "DryRun": True}, "DryRunOperation"),
            refused("CreateVpc", {"CidrBlock": "10.0.0.0/8"}, "InvalidVpc.Range"),
            call(
                "CreateVpc", {"CidrBlock": "10.0.0.0/16", "TagSpecifications": NAMED}, {"Vpc": MADE},
                keeps={"vpc": "Vpc.VpcId"},
            ),
            call(
                "DescribeVpcs",
                {"Filters": [{"Name": "tag:Name", "Values": ["m*"]}]},
                {"Vpcs": [{**MADE, "State": "available"}]},
            ),
            call("ModifyVpcAttribute", {"VpcId": Kept("vpc"), "EnableDnsHostnames": ON}),
            call("ModifyVpcAttribute", {"VpcId": Kept("vpc"), "EnableDnsSupport": OFF}),
            call(
                "DescribeVpcAttribute",
                {"VpcId": Kept("vpc"), "Attribute": "enableDnsHostnames"},
                {"VpcId": Kept("vpc"), "EnableDnsHostnames": ON},
            ),
            call(
                "DescribeVpcAttribute",
                {"VpcId": Kept("vpc"), "Attribute": "enableDnsSupport"},
                {"VpcId": Kept("vpc"), "EnableDnsSupport": OFF},
            ),
            call(
                "ModifyVpcTenancy", {"VpcId": Kept("vpc"), "InstanceTenancy": "default"}, {"ReturnValue": True}
            ),
            call("DeleteVpc", {"VpcId": Kept("vpc")}),
            refused("DescribeVpcs", {"VpcIds": [Kept("vpc")]}, "InvalidVpcID.NotFound"),
        ],
    ),
    Story(
        "ec2",
        "a VPC has further blocks",
        [
            call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": {**MADE, "Tags": []}}, keeps={"vpc": "Vpc.VpcId"}),
            call(
                "AssociateVpcCidrBlock",
                {"VpcId": Kept("vpc"), "CidrBlock": "10.1.0.0/16"},
                {
                    "CidrBlockAssociation": {
                        "AssociationId": BLOCK, "CidrBlock": "10.1.0.0/16", "CidrBlockState": {"State": "associating"},
                    },
                    "VpcId": Kept("vpc"),
                },
                keeps={"block": "CidrBlockAssociation.AssociationId"},
            ),
            call(
                "AssociateVpcCidrBlock",
                {"VpcId": Kept("vpc"), "AmazonProvidedIpv6CidrBlock": True},
                {
                    "Ipv6CidrBlockAssociation": {
                        "AssociationId": BLOCK, "Ipv6CidrBlock": re.compile(r"2600:1f.*::/56"),
                        "Ipv6CidrBlockState": {"State": "associating"}, "NetworkBorderGroup": "us-east-1",
                        "Ipv6Pool": "Amazon",
                    },
                    "VpcId": Kept("vpc"),
                },
            ),
            call(
                "DisassociateVpcCidrBlock",
                {"AssociationId": Kept("block")},
                {
                    "CidrBlockAssociation": {
                        "AssociationId": Kept("block"), "CidrBlock": "10.1.0.0/16",
                        "CidrBlockState": {"State": "disassociating"},
                    },
                    "VpcId": Kept("vpc"),
                },
            ),
        ],
    ),
    Story(
        "ec2",
        "ClassicLink turns on and off",
        [
            call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"}),
            call("EnableVpcClassicLink", {"VpcId": Kept("vpc")}, {"Return": True}),
            call("EnableVpcClassicLinkDnsSupport", {"VpcId": Kept("vpc")}, {"Return": True}),
            call(
                "DescribeVpcClassicLink",
                {"VpcIds": [Kept("vpc")]},
                {"Vpcs": [{"ClassicLinkEnabled": True, "Tags": [], "VpcId": Kept("vpc")}]},
            ),
            call(
                "DescribeVpcClassicLinkDnsSupport",
                {"VpcIds": [Kept("vpc")]},
                {"Vpcs": [{"ClassicLinkDnsSupported": True, "VpcId": Kept("vpc")}]},
            ),
            call("DisableVpcClassicLink", {"VpcId": Kept("vpc")}, {"Return": True}),
            call("DisableVpcClassicLinkDnsSupport", {"VpcId": Kept("vpc")}, {"Return": True}),
        ],
    ),
    Story(
        "ec2",
        "tags come and go",
        [
            call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"}),
            call("CreateTags", {"Resources": [Kept("vpc")], "Tags": [{"Key": "a", "Value": "1"}]}),
            call(
                "DescribeTags",
                {"Filters": [{"Name": "resource-id", "Values": [Kept("vpc")]}]},
                {"Tags": [{"Key": "a", "ResourceId": Kept("vpc"), "ResourceType": "vpc", "Value": "1"}]},
            ),
            call("DeleteTags", {"Resources": [Kept("vpc")], "Tags": [{"Key": "a"}]}),
            call("DescribeTags", {"Filters": [{"Name": "resource-id", "Values": [Kept("vpc")]}]}, {"Tags": []}),
            refused(
                "CreateTags", {"Resources": [Kept("vpc")], "Tags": [{"Key": "aws:a", "Value": "1"}]},
                "InvalidParameterValue",
            ),
        ],
    ),
]  # fmt: skip
