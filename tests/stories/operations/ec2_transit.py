"""EC2: transit gateways and what is attached to them."""

from __future__ import annotations

from ..driving import TIME, Kept, Story, call, refused
from .ec2_ids import arn, of

STORIES = [
    Story(
        "ec2",
        "a transit gateway",
        [
            call(
                "CreateTransitGateway",
                {
                    "Description": "hub", "Options": {"AmazonSideAsn": 64600, "DnsSupport": "disable"},
                    "TagSpecifications": [
                        {"ResourceType": "transit-gateway", "Tags": [{"Key": "Name", "Value": "mine"}]},
                    ],
                },
                {
                    "TransitGateway": {
                        "TransitGatewayId": of("tgw"),
                        "TransitGatewayArn": arn("transit-gateway/tgw"),
                        "State": "pending", "OwnerId": "123456789012", "Description": "hub",
                        "CreationTime": TIME,
                        "Options": {
                            "AmazonSideAsn": 64600, "AutoAcceptSharedAttachments": "disable",
                            "DefaultRouteTableAssociation": "enable",
                            "AssociationDefaultRouteTableId": of("tgw-rtb"),
                            "DefaultRouteTablePropagation": "enable",
                            "PropagationDefaultRouteTableId": of("tgw-rtb"), "VpnEcmpSupport": "enable",
                            "DnsSupport": "disable", "SecurityGroupReferencingSupport": "disable",
                            "MulticastSupport": "disable",
                        },
                        "Tags": [{"Key": "Name", "Value": "mine"}],
                    },
                },
                keeps={"hub": "TransitGateway.TransitGatewayId"},
            ),
            call(
                "ModifyTransitGateway",
                {"TransitGatewayId": Kept("hub"), "Description": "ours", "Options": {"DnsSupport": "enable"}},
                {
                    "TransitGateway": {
                        "TransitGatewayId": Kept("hub"),
                        "TransitGatewayArn": arn("transit-gateway/tgw"),
                        "State": "modifying", "OwnerId": "123456789012", "Description": "ours",
                        "CreationTime": TIME,
                        "Options": {
                            "AmazonSideAsn": 64600, "AutoAcceptSharedAttachments": "disable",
                            "DefaultRouteTableAssociation": "enable",
                            "AssociationDefaultRouteTableId": of("tgw-rtb"),
                            "DefaultRouteTablePropagation": "enable",
                            "PropagationDefaultRouteTableId": of("tgw-rtb"), "VpnEcmpSupport": "enable",
                            "DnsSupport": "enable", "SecurityGroupReferencingSupport": "disable",
                            "MulticastSupport": "disable",
                        },
                        "Tags": [{"Key": "Name", "Value": "mine"}],
                    },
                },
            ),
            call(
                "DescribeTransitGateways",
                {"Filters": [{"Name": "options.amazon-side-asn", "Values": ["64600"]}]},
                {
                    "TransitGateways": [
                        {
                            "TransitGatewayId": Kept("hub"),
                            "TransitGatewayArn": arn("transit-gateway/tgw"),
                            "State": "available", "OwnerId": "123456789012", "Description": "ours",
                            "CreationTime": TIME,
                            "Options": {
                                "AmazonSideAsn": 64600, "AutoAcceptSharedAttachments": "disable",
                                "DefaultRouteTableAssociation": "enable",
                                "AssociationDefaultRouteTableId": of("tgw-rtb"),
                                "DefaultRouteTablePropagation": "enable",
                                "PropagationDefaultRouteTableId": of("tgw-rtb"), "VpnEcmpSupport": "enable",
                                "DnsSupport": "enable", "SecurityGroupReferencingSupport": "disable",
                                "MulticastSupport": "disable",
                            },
                            "Tags": [{"Key": "Name", "Value": "mine"}],
                        },
                    ],
                },
            ),
            call(
                "DeleteTransitGateway",
                {"TransitGatewayId": Kept("hub")},
                {
                    "TransitGateway": {
                        "TransitGatewayId": Kept("hub"),
                        "TransitGatewayArn": arn("transit-gateway/tgw"),
                        "State": "deleting", "OwnerId": "123456789012", "Description": "ours",
                        "CreationTime": TIME,
                        "Options": {
                            "AmazonSideAsn": 64600, "AutoAcceptSharedAttachments": "disable",
                            "DefaultRouteTableAssociation": "enable",
                            "AssociationDefaultRouteTableId": of("tgw-rtb"),
                            "DefaultRouteTablePropagation": "enable",
                            "PropagationDefaultRouteTableId": of("tgw-rtb"), "VpnEcmpSupport": "enable",
                            "DnsSupport": "enable", "SecurityGroupReferencingSupport": "disable",
                            "MulticastSupport": "disable",
                        },
                        "Tags": [{"Key": "Name", "Value": "mine"}],
                    },
                },
            ),
            call(
                "DescribeTransitGateways",
                {"TransitGatewayIds": [Kept("hub")]},
                {
                    "TransitGateways": [
                        {
                            "TransitGatewayId": Kept("hub"),
                            "TransitGatewayArn": arn("transit-gateway/tgw"),
                            "State": "deleted", "OwnerId": "123456789012", "Description": "ours",
                            "CreationTime": TIME,
                            "Options": {
                                "AmazonSideAsn": 64600, "AutoAcceptSharedAttachments": "disable",
                                "DefaultRouteTableAssociation": "enable",
                                "AssociationDefaultRouteTableId": of("tgw-rtb"),
                                "DefaultRouteTablePropagation": "enable",
                                "PropagationDefaultRouteTableId": of("tgw-rtb"), "VpnEcmpSupport": "enable",
                                "DnsSupport": "enable", "SecurityGroupReferencingSupport": "disable",
                                "MulticastSupport": "disable",
                            },
                            "Tags": [{"Key": "Name", "Value": "mine"}],
                        },
                    ],
                },
            ),
            refused(
                "ModifyTransitGateway",
                {"TransitGatewayId": Kept("hub"), "Description": "x"},
                "InvalidTransitGatewayID.NotFound",
            ),
        ],
    ),
    Story(
        "ec2",
        "a VPC is attached",
        [
            call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"}),
            call(
                "CreateSubnet",
                {"VpcId": Kept("vpc"), "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "us-east-1a"},
                {"Subnet": ...},
                keeps={"subnet": "Subnet.SubnetId"},
            ),
            call(
                "CreateSubnet",
                {"VpcId": Kept("vpc"), "CidrBlock": "10.0.2.0/24", "AvailabilityZone": "us-east-1b"},
                {"Subnet": ...},
                keeps={"other": "Subnet.SubnetId"},
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
                {
                    "TransitGatewayId": Kept("hub"), "VpcId": Kept("vpc"), "SubnetIds": [Kept("subnet")],
                    "TagSpecifications": [
                        {
                            "ResourceType": "transit-gateway-attachment",
                            "Tags": [{"Key": "Name", "Value": "mine"}],
                        },
                    ],
                },
                {
                    "TransitGatewayVpcAttachment": {
                        "TransitGatewayAttachmentId": of("tgw-attach"), "TransitGatewayId": Kept("hub"),
                        "VpcId": Kept("vpc"), "VpcOwnerId": "123456789012", "State": "pending",
                        "SubnetIds": [Kept("subnet")], "CreationTime": TIME,
                        "Options": {
                            "DnsSupport": "enable", "SecurityGroupReferencingSupport": "enable",
                            "Ipv6Support": "disable", "ApplianceModeSupport": "disable",
                        },
                        "Tags": [{"Key": "Name", "Value": "mine"}],
                    },
                },
                keeps={"attachment": "TransitGatewayVpcAttachment.TransitGatewayAttachmentId"},
            ),
            refused(
                "CreateTransitGatewayVpcAttachment",
                {"TransitGatewayId": Kept("hub"), "VpcId": Kept("vpc"), "SubnetIds": [Kept("other")]},
                "DuplicateTransitGatewayAttachment",
            ),
            call(
                "ModifyTransitGatewayVpcAttachment",
                {
                    "TransitGatewayAttachmentId": Kept("attachment"), "AddSubnetIds": [Kept("other")],
                    "Options": {"ApplianceModeSupport": "enable"},
                },
                {
                    "TransitGatewayVpcAttachment": {
                        "TransitGatewayAttachmentId": Kept("attachment"), "TransitGatewayId": Kept("hub"),
                        "VpcId": Kept("vpc"), "VpcOwnerId": "123456789012", "State": "modifying",
                        "SubnetIds": [Kept("subnet"), Kept("other")], "CreationTime": TIME,
                        "Options": {
                            "DnsSupport": "enable", "SecurityGroupReferencingSupport": "enable",
                            "Ipv6Support": "disable", "ApplianceModeSupport": "enable",
                        },
                        "Tags": [{"Key": "Name", "Value": "mine"}],
                    },
                },
            ),
            call(
                "DescribeTransitGatewayVpcAttachments",
                {"Filters": [{"Name": "vpc-id", "Values": [Kept("vpc")]}]},
                {
                    "TransitGatewayVpcAttachments": [
                        {
                            "TransitGatewayAttachmentId": Kept("attachment"), "TransitGatewayId": Kept("hub"),
                            "VpcId": Kept("vpc"), "VpcOwnerId": "123456789012", "State": "available",
                            "SubnetIds": [Kept("subnet"), Kept("other")], "CreationTime": TIME,
                            "Options": {
                                "DnsSupport": "enable", "SecurityGroupReferencingSupport": "enable",
                                "Ipv6Support": "disable", "ApplianceModeSupport": "enable",
                            },
                            "Tags": [{"Key": "Name", "Value": "mine"}],
                        },
                    ],
                },
            ),
            call(
                "DescribeTransitGatewayAttachments",
                {"TransitGatewayAttachmentIds": [Kept("attachment")]},
                {
                    "TransitGatewayAttachments": [
                        {
                            "TransitGatewayAttachmentId": Kept("attachment"), "TransitGatewayId": Kept("hub"),
                            "TransitGatewayOwnerId": "123456789012", "ResourceOwnerId": "123456789012",
                            "ResourceType": "vpc", "ResourceId": Kept("vpc"), "State": "available",
                            "Association": {
                                "TransitGatewayRouteTableId": Kept("default"), "State": "associated",
                            },
                            "CreationTime": TIME, "Tags": [{"Key": "Name", "Value": "mine"}],
                        },
                    ],
                },
            ),
            refused("DeleteTransitGateway", {"TransitGatewayId": Kept("hub")}, "IncorrectState"),
            call(
                "DeleteTransitGatewayVpcAttachment",
                {"TransitGatewayAttachmentId": Kept("attachment")},
                {
                    "TransitGatewayVpcAttachment": {
                        "TransitGatewayAttachmentId": Kept("attachment"), "TransitGatewayId": Kept("hub"),
                        "VpcId": Kept("vpc"), "VpcOwnerId": "123456789012", "State": "deleting",
                        "SubnetIds": [Kept("subnet"), Kept("other")], "CreationTime": TIME,
                        "Options": {
                            "DnsSupport": "enable", "SecurityGroupReferencingSupport": "enable",
                            "Ipv6Support": "disable", "ApplianceModeSupport": "enable",
                        },
                        "Tags": [{"Key": "Name", "Value": "mine"}],
                    },
                },
            ),
            refused(
                "DeleteTransitGatewayVpcAttachment",
                {"TransitGatewayAttachmentId": Kept("attachment")},
                "InvalidTransitGatewayAttachmentID.NotFound",
            ),
        ],
    ),
]  # fmt: skip
