"""EC2: network ACLs, security groups and their rules."""

from __future__ import annotations

import re
from typing import Any

from ..driving import Kept, Made, Story, call, refused
from .ec2_vpcs import OWNER

ACL = re.compile(r"acl-[0-9a-f]{17}")
GROUP = re.compile(r"sg-[0-9a-f]{17}")
RULE = re.compile(r"sgr-[0-9a-f]{17}")
ANYWHERE = "0.0.0.0/0"


def last(egress: bool) -> dict[str, Any]:
    """The rule that nobody made."""
    return {
        "CidrBlock": ANYWHERE,
        "Egress": egress,
        "Protocol": "-1",
        "RuleAction": "deny",
        "RuleNumber": 32767,
    }


HTTP = {
    "CidrBlock": ANYWHERE, "Egress": False, "Protocol": "6", "RuleAction": "allow", "RuleNumber": 100,
    "PortRange": {"From": 80, "To": 80},
}  # fmt: skip
EMPTY = {
    "Associations": [], "Entries": [last(True), last(False)], "IsDefault": False, "NetworkAclId": ACL, "Tags": [],
    "VpcId": Kept("vpc"), "OwnerId": OWNER,
}  # fmt: skip

BARE: dict[str, Any] = {"UserIdGroupPairs": [], "IpRanges": [], "Ipv6Ranges": [], "PrefixListIds": []}
SSH = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "192.0.2.0/24"}]}
OUT = {**BARE, "IpProtocol": "-1", "IpRanges": [{"CidrIp": ANYWHERE}]}
EVERYTHING = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": ANYWHERE}]}


def rule(**more: Any) -> dict[str, Any]:
    """A rule as answers show it."""
    return {
        "SecurityGroupRuleId": RULE, "GroupId": Kept("group"), "GroupOwnerId": OWNER, "IsEgress": False,
        "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIpv4": "192.0.2.0/24", "Tags": [],
        "SecurityGroupRuleArn": re.compile(r"arn:aws:ec2:us-east-1:123456789012:security-group-rule/sgr-.*"), **more,
    }  # fmt: skip


def gone(**more: Any) -> dict[str, Any]:
    """A rule that was revoked."""
    return {
        "SecurityGroupRuleId": RULE, "GroupId": Kept("group"), "IsEgress": False, "IpProtocol": "tcp",
        "FromPort": 22, "ToPort": 22, "CidrIpv4": "192.0.2.0/24", **more,
    }  # fmt: skip


_BEGIN = call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"})
_GROUP = call(
    "CreateSecurityGroup",
    {"GroupName": "web", "Description": "d", "VpcId": Kept("vpc")},
    {"GroupId": GROUP, "SecurityGroupArn": str},
    keeps={"group": "GroupId"},
)

STORIES = [
    Story(
        "ec2",
        "a network ACL is made, filled, put over a subnet and deleted",
        [
            _BEGIN,
            call(
                "CreateSubnet", {"VpcId": Kept("vpc"), "CidrBlock": "10.0.1.0/24"}, {"Subnet": ...},
                keeps={"subnet": "Subnet.SubnetId"},
            ),
            call(
                "CreateNetworkAcl", {"VpcId": Kept("vpc")}, {"NetworkAcl": EMPTY, "ClientToken": str},
                keeps={"acl": "NetworkAcl.NetworkAclId"},
            ),
            call("CreateNetworkAclEntry", {"NetworkAclId": Kept("acl"), **HTTP}),
            refused("CreateNetworkAclEntry", {"NetworkAclId": Kept("acl"), **HTTP}, "NetworkAclEntryAlreadyExists"),
            call("ReplaceNetworkAclEntry", {"NetworkAclId": Kept("acl"), **HTTP, "RuleAction": "deny"}),
            call(
                "DescribeNetworkAcls", {"NetworkAclIds": [Kept("acl")]},
                {"NetworkAcls": [{**EMPTY, "Entries": [last(True), {**HTTP, "RuleAction": "deny"}, last(False)]}]},
            ),
            call(
                "DescribeNetworkAcls", {"Filters": [{"Name": "association.subnet-id", "Values": [Kept("subnet")]}]},
                {"NetworkAcls": [...]},
                keeps={
                    "association": "NetworkAcls.0.Associations.0.NetworkAclAssociationId",
                    "default": "NetworkAcls.0.NetworkAclId",
                },
            ),
            call(
                "ReplaceNetworkAclAssociation",
                {"AssociationId": Kept("association"), "NetworkAclId": Kept("acl")},
                {"NewAssociationId": re.compile(r"aclassoc-[0-9a-f]{17}")},
                keeps={"now": "NewAssociationId"},
            ),
            refused("DeleteNetworkAcl", {"NetworkAclId": Kept("acl")}, "DependencyViolation"),
            refused("DeleteNetworkAcl", {"NetworkAclId": Kept("default")}, "InvalidParameterValue"),
            call(
                "ReplaceNetworkAclAssociation", {"AssociationId": Kept("now"), "NetworkAclId": Kept("default")},
                {"NewAssociationId": str},
            ),
            call("DeleteNetworkAclEntry", {"NetworkAclId": Kept("acl"), "RuleNumber": 100, "Egress": False}),
            call("DeleteNetworkAcl", {"NetworkAclId": Kept("acl")}),
        ],
    ),
    Story(
        "ec2",
        "a security group lets in and out",
        [
            _BEGIN,
            _GROUP,
            refused(
                "CreateSecurityGroup", {"GroupName": "web", "Description": "d", "VpcId": Kept("vpc")},
                "InvalidGroup.Duplicate",
            ),
            call(
                "AuthorizeSecurityGroupIngress", {"GroupId": Kept("group"), "IpPermissions": [SSH]},
                {"Return": True, "SecurityGroupRules": [rule()]},
                keeps={"rule": "SecurityGroupRules.0.SecurityGroupRuleId"},
            ),
            refused(
                "AuthorizeSecurityGroupIngress", {"GroupId": Kept("group"), "IpPermissions": [SSH]},
                "InvalidPermission.Duplicate",
            ),
            call(
                "DescribeSecurityGroups", {"GroupIds": [Kept("group")]},
                {
                    "SecurityGroups": [
                        {
                            "GroupId": Kept("group"), "IpPermissionsEgress": [OUT], "VpcId": Kept("vpc"),
                            "SecurityGroupArn": str, "OwnerId": OWNER, "GroupName": "web", "Description": "d",
                            "IpPermissions": [{**BARE, **SSH}], "Tags": [],
                        }
                    ]
                },
            ),
            call(
                "RevokeSecurityGroupEgress", {"GroupId": Kept("group"), "IpPermissions": [EVERYTHING]},
                {
                    "Return": True, "RevokedSecurityGroupRules": [
                        gone(IsEgress=True, IpProtocol="-1", FromPort=-1, ToPort=-1, CidrIpv4=ANYWHERE)
                    ],
                },
            ),
            call(
                "AuthorizeSecurityGroupEgress", {"GroupId": Kept("group"), "IpPermissions": [SSH]},
                {"Return": True, "SecurityGroupRules": [rule(IsEgress=True)]},
            ),
            call(
                "RevokeSecurityGroupIngress", {"GroupId": Kept("group"), "SecurityGroupRuleIds": [Kept("rule")]},
                {"Return": True, "RevokedSecurityGroupRules": [gone()]},
            ),
            refused(
                "RevokeSecurityGroupIngress", {"GroupId": Kept("group"), "IpPermissions": [SSH]},
                "InvalidPermission.NotFound",
            ),
            call("DeleteSecurityGroup", {"GroupId": Kept("group")}, {"Return": True, "GroupId": Kept("group")}),
            refused("DeleteSecurityGroup", {"GroupId": Kept("group")}, "InvalidGroup.NotFound"),
        ],
    ),
    Story(
        "ec2",
        "rules are changed in place",
        [
            _BEGIN,
            _GROUP,
            call(
                "AuthorizeSecurityGroupIngress", {"GroupId": Kept("group"), "IpPermissions": [SSH]},
                {"Return": True, "SecurityGroupRules": [rule()]},
                keeps={"rule": "SecurityGroupRules.0.SecurityGroupRuleId"},
            ),
            call(
                "ModifySecurityGroupRules",
                {
                    "GroupId": Kept("group"), "SecurityGroupRules": [
                        {
                            "SecurityGroupRuleId": Kept("rule"), "SecurityGroupRule": {
                                "IpProtocol": "tcp", "FromPort": 2222, "ToPort": 2222, "CidrIpv4": "198.51.100.0/24",
                            },
                        }
                    ],
                },
                {"Return": True},
            ),
            call(
                "UpdateSecurityGroupRuleDescriptionsIngress",
                {
                    "GroupId": Kept("group"),
                    "SecurityGroupRuleDescriptions": [{"SecurityGroupRuleId": Kept("rule"), "Description": "ssh"}],
                },
                {"Return": True},
            ),
            call(
                "UpdateSecurityGroupRuleDescriptionsEgress",
                {
                    "GroupId": Kept("group"), "IpPermissions": [
                        {"IpProtocol": "-1", "IpRanges": [{"CidrIp": ANYWHERE, "Description": "all"}]}
                    ],
                },
                {"Return": True},
            ),
            call(
                "DescribeSecurityGroupRules", {"SecurityGroupRuleIds": [Kept("rule")]},
                {
                    "SecurityGroupRules": [
                        rule(FromPort=2222, ToPort=2222, CidrIpv4="198.51.100.0/24", Description="ssh")
                    ]
                },
            ),
            call("DescribeSecurityGroupReferences", {"GroupId": [Kept("group")]}, {"SecurityGroupReferenceSet": []}),
            call("DescribeStaleSecurityGroups", {"VpcId": Kept("vpc")}, {"StaleSecurityGroupSet": []}),
            refused(
                "AuthorizeSecurityGroupIngress",
                {
                    "GroupId": Kept("group"), "IpPermissions": [
                        {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [
                            {"GroupId": Made(lambda kept: "sg-0123456789abcdef0")}
                        ]}
                    ],
                },
                "InvalidGroup.NotFound",
            ),
        ],
    ),
]  # fmt: skip
