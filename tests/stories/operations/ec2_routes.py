"""EC2: internet gateways, route tables, routes and associations."""

from __future__ import annotations

import re

from ..driving import Kept, Story, call, refused
from .ec2_vpcs import OWNER

GATEWAY = re.compile(r"igw-[0-9a-f]{17}")
TABLE = re.compile(r"rtb-[0-9a-f]{17}")
ASSOCIATION = re.compile(r"rtbassoc-[0-9a-f]{17}")
ASSOCIATED = {"AssociationState": {"State": "associated"}}
LOCAL = {
    "DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "Origin": "CreateRouteTable", "State": "active",
}  # fmt: skip
OUT = {
    "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": Kept("gateway"), "Origin": "CreateRoute", "State": "active",
}  # fmt: skip
MADE = {
    "Associations": [], "PropagatingVgws": [], "RouteTableId": TABLE, "Routes": [LOCAL], "Tags": [],
    "VpcId": Kept("vpc"), "OwnerId": OWNER,
}  # fmt: skip
DETACHED = {"Attachments": [], "InternetGatewayId": GATEWAY, "OwnerId": OWNER, "Tags": []}

_BEGIN = [
    call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"}),
    call(
        "CreateSubnet", {"VpcId": Kept("vpc"), "CidrBlock": "10.0.1.0/24"}, {"Subnet": ...},
        keeps={"subnet": "Subnet.SubnetId"},
    ),
    call(
        "CreateInternetGateway", {}, {"InternetGateway": DETACHED},
        keeps={"gateway": "InternetGateway.InternetGatewayId"},
    ),
    call("CreateRouteTable", {"VpcId": Kept("vpc")}, {"RouteTable": MADE, "ClientToken": str},
         keeps={"table": "RouteTable.RouteTableId"}),
]  # fmt: skip

STORIES = [
    Story(
        "ec2",
        "a subnet becomes public",
        [
            *_BEGIN,
            refused(
                "CreateRoute",
                {"RouteTableId": Kept("table"), "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": Kept("gateway")},
                "InvalidParameterValue",
            ),
            call("AttachInternetGateway", {"InternetGatewayId": Kept("gateway"), "VpcId": Kept("vpc")}),
            call(
                "CreateRoute",
                {"RouteTableId": Kept("table"), "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": Kept("gateway")},
                {"Return": True},
            ),
            call(
                "AssociateRouteTable", {"RouteTableId": Kept("table"), "SubnetId": Kept("subnet")},
                {"AssociationId": ASSOCIATION, **ASSOCIATED}, keeps={"association": "AssociationId"},
            ),
            call(
                "DescribeRouteTables",
                {"Filters": [{"Name": "association.subnet-id", "Values": [Kept("subnet")]}]},
                {
                    "RouteTables": [
                        {
                            **MADE, "Routes": [LOCAL, OUT], "Associations": [
                                {
                                    "Main": False, "RouteTableAssociationId": Kept("association"),
                                    "RouteTableId": Kept("table"), "SubnetId": Kept("subnet"), **ASSOCIATED,
                                }
                            ],
                        }
                    ]
                },
            ),
            call(
                "DescribeInternetGateways", {"InternetGatewayIds": [Kept("gateway")]},
                {
                    "InternetGateways": [
                        {**DETACHED, "Attachments": [{"State": "available", "VpcId": Kept("vpc")}]}
                    ]
                },
            ),
            call("DetachInternetGateway", {"InternetGatewayId": Kept("gateway"), "VpcId": Kept("vpc")}),
            call(
                "DescribeRouteTables", {"Filters": [{"Name": "route.state", "Values": ["blackhole"]}]},
                {"RouteTables": [{**MADE, "Routes": [LOCAL, {**OUT, "State": "blackhole"}], "Associations": [...]}]},
            ),
            call("DisassociateRouteTable", {"AssociationId": Kept("association")}),
            call("DeleteRoute", {"RouteTableId": Kept("table"), "DestinationCidrBlock": "0.0.0.0/0"}),
            call("DeleteRouteTable", {"RouteTableId": Kept("table")}),
            call("DeleteInternetGateway", {"InternetGatewayId": Kept("gateway")}),
        ],
    ),
    Story(
        "ec2",
        "tables and targets are replaced",
        [
            *_BEGIN,
            call(
                "DescribeRouteTables",
                {
                    "Filters": [
                        {"Name": "vpc-id", "Values": [Kept("vpc")]}, {"Name": "association.main", "Values": ["true"]}
                    ]
                },
                {"RouteTables": [{**MADE, "Associations": [...]}]},
                keeps={"main": "RouteTables.0.Associations.0.RouteTableAssociationId"},
            ),
            call(
                "ReplaceRouteTableAssociation",
                {"AssociationId": Kept("main"), "RouteTableId": Kept("table")},
                {"NewAssociationId": ASSOCIATION, **ASSOCIATED},
                keeps={"now": "NewAssociationId"},
            ),
            refused("DisassociateRouteTable", {"AssociationId": Kept("now")}, "InvalidParameterValue"),
            refused("DeleteRouteTable", {"RouteTableId": Kept("table")}, "DependencyViolation"),
            call(
                "ReplaceRoute",
                {"RouteTableId": Kept("table"), "DestinationCidrBlock": "10.0.0.0/16", "LocalTarget": True},
            ),
            refused(
                "DeleteRoute", {"RouteTableId": Kept("table"), "DestinationCidrBlock": "10.0.0.0/16"},
                "InvalidParameterValue",
            ),
        ],
    ),
]  # fmt: skip
