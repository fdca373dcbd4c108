"""EC2: route tables of transit gateways."""

from __future__ import annotations

from ..driving import TIME, Kept, Story, call, refused
from .ec2_ids import of

STORIES = [
    Story(
        "ec2",
        "tables and routes",
        [
            call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"}),
            call(
                "CreateSubnet",
                {"VpcId": Kept("vpc"), "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "us-east-1a"},
                {"Subnet": ...},
                keeps={"subnet": "Subnet.SubnetId"},
            ),
            call(
                "CreateTransitGateway",
                {},
                {"TransitGateway": ...},
                keeps={
                    "hub": "TransitGateway.TransitGatewayId",
                    "default": "TransitGateway.Options.AssociationDefaultRouteTableId",
                },
            ),
            call(
                "CreateTransitGatewayVpcAttachment",
                {"TransitGatewayId": Kept("hub"), "VpcId": Kept("vpc"), "SubnetIds": [Kept("subnet")]},
                {"TransitGatewayVpcAttachment": ...},
                keeps={"attachment": "TransitGatewayVpcAttachment.TransitGatewayAttachmentId"},
            ),
            call(
                "CreateTransitGatewayRouteTable",
                {
                    "TransitGatewayId": Kept("hub"),
                    "TagSpecifications": [
                        {
                            "ResourceType": "transit-gateway-route-table",
                            "Tags": [{"Key": "Name", "Value": "mine"}],
                        },
                    ],
                },
                {
                    "TransitGatewayRouteTable": {
                        "TransitGatewayRouteTableId": of("tgw-rtb"), "TransitGatewayId": Kept("hub"),
                        "State": "pending", "DefaultAssociationRouteTable": False,
                        "DefaultPropagationRouteTable": False, "CreationTime": TIME,
                        "Tags": [{"Key": "Name", "Value": "mine"}],
                    },
                },
                keeps={"table": "TransitGatewayRouteTable.TransitGatewayRouteTableId"},
            ),
            call(
                "DescribeTransitGatewayRouteTables",
                {"Filters": [{"Name": "default-association-route-table", "Values": ["true"]}]},
                {
                    "TransitGatewayRouteTables": [
                        {
                            "TransitGatewayRouteTableId": Kept("default"), "TransitGatewayId": Kept("hub"),
                            "State": "available", "DefaultAssociationRouteTable": True,
                            "DefaultPropagationRouteTable": True, "CreationTime": TIME, "Tags": [],
                        },
                    ],
                },
            ),
            call(
                "CreateTransitGatewayRoute",
                {
                    "TransitGatewayRouteTableId": Kept("table"), "DestinationCidrBlock": "10.9.0.0/16",
                    "TransitGatewayAttachmentId": Kept("attachment"),
                },
                {
                    "Route": {
                        "DestinationCidrBlock": "10.9.0.0/16",
                        "TransitGatewayAttachments": [
                            {
                                "ResourceId": Kept("vpc"), "TransitGatewayAttachmentId": Kept("attachment"),
                                "ResourceType": "vpc",
                            },
                        ],
                        "Type": "static", "State": "active",
                    },
                },
            ),
            call(
                "CreateTransitGatewayRoute",
                {
                    "TransitGatewayRouteTableId": Kept("table"), "DestinationCidrBlock": "10.9.9.0/24",
                    "Blackhole": True,
                },
                {"Route": {"DestinationCidrBlock": "10.9.9.0/24", "Type": "static", "State": "blackhole"}},
            ),
            refused(
                "CreateTransitGatewayRoute",
                {
                    "TransitGatewayRouteTableId": Kept("table"), "DestinationCidrBlock": "10.9.9.0/24",
                    "Blackhole": True,
                },
                "RouteAlreadyExists",
            ),
            call(
                "EnableTransitGatewayRouteTablePropagation",
                {
                    "TransitGatewayRouteTableId": Kept("table"),
                    "TransitGatewayAttachmentId": Kept("attachment"),
                },
                {
                    "Propagation": {
                        "TransitGatewayAttachmentId": Kept("attachment"), "ResourceId": Kept("vpc"),
                        "ResourceType": "vpc", "TransitGatewayRouteTableId": Kept("table"),
                        "State": "enabled",
                    },
                },
            ),
            call(
                "GetTransitGatewayRouteTablePropagations",
                {"TransitGatewayRouteTableId": Kept("table")},
                {
                    "TransitGatewayRouteTablePropagations": [
                        {
                            "TransitGatewayAttachmentId": Kept("attachment"), "ResourceId": Kept("vpc"),
                            "ResourceType": "vpc", "State": "enabled",
                        },
                    ],
                },
            ),
            call(
                "SearchTransitGatewayRoutes",
                {
                    "TransitGatewayRouteTableId": Kept("table"),
                    "Filters": [{"Name": "route-search.longest-prefix-match", "Values": ["10.9.9.7"]}],
                },
                {
                    "Routes": [
                        {"DestinationCidrBlock": "10.9.9.0/24", "Type": "static", "State": "blackhole"},
                    ],
                    "AdditionalRoutesAvailable": False,
                },
            ),
            call(
                "SearchTransitGatewayRoutes",
                {
                    "TransitGatewayRouteTableId": Kept("table"),
                    "Filters": [
                        {"Name": "route-search.subnet-of-match", "Values": ["10.0.0.0/8"]},
                        {"Name": "state", "Values": ["active"]},
                    ],
                },
                {
                    "Routes": [
                        {
                            "DestinationCidrBlock": "10.0.0.0/16",
                            "TransitGatewayAttachments": [
                                {
                                    "ResourceId": Kept("vpc"),
                                    "TransitGatewayAttachmentId": Kept("attachment"), "ResourceType": "vpc",
                                },
                            ],
                            "Type": "propagated", "State": "active",
                        },
                        {
                            "DestinationCidrBlock": "10.9.0.0/16",
                            "TransitGatewayAttachments": [
                                {
                                    "ResourceId": Kept("vpc"),
                                    "TransitGatewayAttachmentId": Kept("attachment"), "ResourceType": "vpc",
                                },
                            ],
                            "Type": "static", "State": "active",
                        },
                    ],
                    "AdditionalRoutesAvailable": False,
                },
            ),
            call(
                "DisableTransitGatewayRouteTablePropagation",
                {
                    "TransitGatewayRouteTableId": Kept("table"),
                    "TransitGatewayAttachmentId": Kept("attachment"),
                },
                {
                    "Propagation": {
                        "TransitGatewayAttachmentId": Kept("attachment"), "ResourceId": Kept("vpc"),
                        "ResourceType": "vpc", "TransitGatewayRouteTableId": Kept("table"),
                        "State": "disabled",
                    },
                },
            ),
            call(
                "DeleteTransitGatewayRoute",
                {"TransitGatewayRouteTableId": Kept("table"), "DestinationCidrBlock": "10.9.0.0/16"},
                {
                    "Route": {
                        "DestinationCidrBlock": "10.9.0.0/16",
                        "TransitGatewayAttachments": [
                            {
                                "ResourceId": Kept("vpc"), "TransitGatewayAttachmentId": Kept("attachment"),
                                "ResourceType": "vpc",
                            },
                        ],
                        "Type": "static", "State": "deleted",
                    },
                },
            ),
            refused(
                "DeleteTransitGatewayRoute",
                {"TransitGatewayRouteTableId": Kept("table"), "DestinationCidrBlock": "10.9.0.0/16"},
                "InvalidRoute.NotFound",
            ),
            refused(
                "AssociateTransitGatewayRouteTable",
                {
                    "TransitGatewayRouteTableId": Kept("table"),
                    "TransitGatewayAttachmentId": Kept("attachment"),
                },
                "Resource.AlreadyAssociated",
            ),
            call(
                "GetTransitGatewayRouteTableAssociations",
                {"TransitGatewayRouteTableId": Kept("default")},
                {
                    "Associations": [
                        {
                            "TransitGatewayAttachmentId": Kept("attachment"), "ResourceId": Kept("vpc"),
                            "ResourceType": "vpc", "State": "associated",
                        },
                    ],
                },
            ),
            call(
                "DisassociateTransitGatewayRouteTable",
                {
                    "TransitGatewayRouteTableId": Kept("default"),
                    "TransitGatewayAttachmentId": Kept("attachment"),
                },
                {
                    "Association": {
                        "TransitGatewayRouteTableId": Kept("default"),
                        "TransitGatewayAttachmentId": Kept("attachment"), "ResourceId": Kept("vpc"),
                        "ResourceType": "vpc", "State": "disassociating",
                    },
                },
            ),
            call(
                "AssociateTransitGatewayRouteTable",
                {
                    "TransitGatewayRouteTableId": Kept("table"),
                    "TransitGatewayAttachmentId": Kept("attachment"),
                },
                {
                    "Association": {
                        "TransitGatewayRouteTableId": Kept("table"),
                        "TransitGatewayAttachmentId": Kept("attachment"), "ResourceId": Kept("vpc"),
                        "ResourceType": "vpc", "State": "associating",
                    },
                },
            ),
            refused(
                "DeleteTransitGatewayRouteTable",
                {"TransitGatewayRouteTableId": Kept("table")},
                "IncorrectState",
            ),
            call(
                "DisassociateTransitGatewayRouteTable",
                {
                    "TransitGatewayRouteTableId": Kept("table"),
                    "TransitGatewayAttachmentId": Kept("attachment"),
                },
                {"Association": ...},
            ),
            call(
                "DeleteTransitGatewayRouteTable",
                {"TransitGatewayRouteTableId": Kept("table")},
                {
                    "TransitGatewayRouteTable": {
                        "TransitGatewayRouteTableId": Kept("table"), "TransitGatewayId": Kept("hub"),
                        "State": "deleting", "DefaultAssociationRouteTable": False,
                        "DefaultPropagationRouteTable": False, "CreationTime": TIME,
                        "Tags": [{"Key": "Name", "Value": "mine"}],
                    },
                },
            ),
        ],
    ),
]  # fmt: skip
