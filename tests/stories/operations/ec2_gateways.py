"""EC2: egress-only, carrier, customer and VPN gateways, DHCP options."""

from __future__ import annotations

from ..driving import Kept, Story, call, refused
from .ec2_ids import of

STORIES = [
    Story(
        "ec2",
        "an egress-only gateway",
        [
            call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"}),
            call(
                "CreateEgressOnlyInternetGateway",
                {
                    "VpcId": Kept("vpc"), "ClientToken": "token",
                    "TagSpecifications": [
                        {
                            "ResourceType": "egress-only-internet-gateway",
                            "Tags": [{"Key": "Name", "Value": "mine"}],
                        },
                    ],
                },
                {
                    "ClientToken": "token",
                    "EgressOnlyInternetGateway": {
                        "Attachments": [{"State": "attached", "VpcId": Kept("vpc")}],
                        "EgressOnlyInternetGatewayId": of("eigw"), "Tags": [{"Key": "Name", "Value": "mine"}],
                    },
                },
                keeps={"gateway": "EgressOnlyInternetGateway.EgressOnlyInternetGatewayId"},
            ),
            call(
                "DescribeEgressOnlyInternetGateways",
                {"EgressOnlyInternetGatewayIds": [Kept("gateway")]},
                {
                    "EgressOnlyInternetGateways": [
                        {
                            "Attachments": [{"State": "attached", "VpcId": Kept("vpc")}],
                            "EgressOnlyInternetGatewayId": Kept("gateway"),
                            "Tags": [{"Key": "Name", "Value": "mine"}],
                        },
                    ],
                },
            ),
            call(
                "DeleteEgressOnlyInternetGateway",
                {"EgressOnlyInternetGatewayId": Kept("gateway")},
                {"ReturnCode": True},
            ),
            refused(
                "DeleteEgressOnlyInternetGateway",
                {"EgressOnlyInternetGatewayId": Kept("gateway")},
                "InvalidGatewayID.NotFound",
            ),
        ],
    ),
    Story(
        "ec2",
        "a carrier gateway",
        [
            call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"}),
            call(
                "CreateCarrierGateway",
                {
                    "VpcId": Kept("vpc"),
                    "TagSpecifications": [
                        {"ResourceType": "carrier-gateway", "Tags": [{"Key": "Name", "Value": "mine"}]},
                    ],
                },
                {
                    "CarrierGateway": {
                        "CarrierGatewayId": of("cagw"), "VpcId": Kept("vpc"), "State": "pending",
                        "OwnerId": "123456789012", "Tags": [{"Key": "Name", "Value": "mine"}],
                    },
                },
                keeps={"gateway": "CarrierGateway.CarrierGatewayId"},
            ),
            call(
                "DescribeCarrierGateways",
                {"Filters": [{"Name": "vpc-id", "Values": [Kept("vpc")]}]},
                {
                    "CarrierGateways": [
                        {
                            "CarrierGatewayId": Kept("gateway"), "VpcId": Kept("vpc"), "State": "available",
                            "OwnerId": "123456789012", "Tags": [{"Key": "Name", "Value": "mine"}],
                        },
                    ],
                },
            ),
            call(
                "DeleteCarrierGateway",
                {"CarrierGatewayId": Kept("gateway")},
                {
                    "CarrierGateway": {
                        "CarrierGatewayId": Kept("gateway"), "VpcId": Kept("vpc"), "State": "deleting",
                        "OwnerId": "123456789012", "Tags": [{"Key": "Name", "Value": "mine"}],
                    },
                },
            ),
            refused(
                "DescribeCarrierGateways",
                {"CarrierGatewayIds": [Kept("gateway")]},
                "InvalidCarrierGatewayID.NotFound",
            ),
        ],
    ),
    Story(
        "ec2",
        "a customer gateway",
        [
            call(
                "CreateCustomerGateway",
                {
                    "Type": "ipsec.1", "PublicIp": "203.0.113.5", "BgpAsn": 65001, "DeviceName": "router",
                    "TagSpecifications": [
                        {"ResourceType": "customer-gateway", "Tags": [{"Key": "Name", "Value": "mine"}]},
                    ],
                },
                {
                    "CustomerGateway": {
                        "DeviceName": "router", "Tags": [{"Key": "Name", "Value": "mine"}],
                        "CustomerGatewayId": of("cgw"), "State": "available", "Type": "ipsec.1",
                        "IpAddress": "203.0.113.5", "BgpAsn": "65001",
                    },
                },
                keeps={"gateway": "CustomerGateway.CustomerGatewayId"},
            ),
            refused(
                "CreateCustomerGateway",
                {"Type": "ipsec.1", "IpAddress": "router"},
                "InvalidParameterValue",
            ),
            call(
                "DescribeCustomerGateways",
                {"CustomerGatewayIds": [Kept("gateway")]},
                {
                    "CustomerGateways": [
                        {
                            "DeviceName": "router", "Tags": [{"Key": "Name", "Value": "mine"}],
                            "CustomerGatewayId": Kept("gateway"), "State": "available", "Type": "ipsec.1",
                            "IpAddress": "203.0.113.5", "BgpAsn": "65001",
                        },
                    ],
                },
            ),
            call("DeleteCustomerGateway", {"CustomerGatewayId": Kept("gateway")}),
            call(
                "DescribeCustomerGateways",
                {"Filters": [{"Name": "state", "Values": ["deleted"]}]},
                {
                    "CustomerGateways": [
                        {
                            "DeviceName": "router", "Tags": [{"Key": "Name", "Value": "mine"}],
                            "CustomerGatewayId": Kept("gateway"), "State": "deleted", "Type": "ipsec.1",
                            "IpAddress": "203.0.113.5", "BgpAsn": "65001",
                        },
                    ],
                },
            ),
        ],
    ),
    Story(
        "ec2",
        "a VPN gateway",
        [
            call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"}),
            call(
                "CreateVpnGateway",
                {
                    "Type": "ipsec.1", "AmazonSideAsn": 64600,
                    "TagSpecifications": [
                        {"ResourceType": "vpn-gateway", "Tags": [{"Key": "Name", "Value": "mine"}]},
                    ],
                },
                {
                    "VpnGateway": {
                        "AmazonSideAsn": 64600, "Tags": [{"Key": "Name", "Value": "mine"}],
                        "VpnGatewayId": of("vgw"), "State": "available", "Type": "ipsec.1",
                        "VpcAttachments": [],
                    },
                },
                keeps={"gateway": "VpnGateway.VpnGatewayId"},
            ),
            call(
                "AttachVpnGateway",
                {"VpnGatewayId": Kept("gateway"), "VpcId": Kept("vpc")},
                {"VpcAttachment": {"VpcId": Kept("vpc"), "State": "attaching"}},
            ),
            call(
                "CreateVpnGateway",
                {"Type": "ipsec.1"},
                {"VpnGateway": ...},
                keeps={"second": "VpnGateway.VpnGatewayId"},
            ),
            refused(
                "AttachVpnGateway",
                {"VpnGatewayId": Kept("second"), "VpcId": Kept("vpc")},
                "InvalidVpcState",
            ),
            call(
                "DescribeVpnGateways",
                {"VpnGatewayIds": [Kept("gateway")]},
                {
                    "VpnGateways": [
                        {
                            "AmazonSideAsn": 64600, "Tags": [{"Key": "Name", "Value": "mine"}],
                            "VpnGatewayId": Kept("gateway"), "State": "available", "Type": "ipsec.1",
                            "VpcAttachments": [{"VpcId": Kept("vpc"), "State": "attached"}],
                        },
                    ],
                },
            ),
            refused("DeleteVpnGateway", {"VpnGatewayId": Kept("gateway")}, "IncorrectState"),
            call("DetachVpnGateway", {"VpnGatewayId": Kept("gateway"), "VpcId": Kept("vpc")}),
            refused(
                "DetachVpnGateway",
                {"VpnGatewayId": Kept("gateway"), "VpcId": Kept("vpc")},
                "InvalidVpnGatewayAttachment.NotFound",
            ),
            call("DeleteVpnGateway", {"VpnGatewayId": Kept("gateway")}),
            call(
                "DescribeVpnGateways",
                {"Filters": [{"Name": "state", "Values": ["deleted"]}]},
                {
                    "VpnGateways": [
                        {
                            "AmazonSideAsn": 64600, "Tags": [{"Key": "Name", "Value": "mine"}],
                            "VpnGatewayId": Kept("gateway"), "State": "deleted", "Type": "ipsec.1",
                            "VpcAttachments": [],
                        },
                    ],
                },
            ),
        ],
    ),
    Story(
        "ec2",
        "DHCP options",
        [
            call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"}),
            call(
                "CreateDhcpOptions",
                {
                    "DhcpConfigurations": [
                        {"Key": "domain-name-servers", "Values": ["10.2.5.1", "10.2.5.2"]},
                        {"Key": "domain-name", "Values": ["example.com"]},
                    ],
                    "TagSpecifications": [
                        {"ResourceType": "dhcp-options", "Tags": [{"Key": "Name", "Value": "mine"}]},
                    ],
                },
                {
                    "DhcpOptions": {
                        "OwnerId": "123456789012", "Tags": [{"Key": "Name", "Value": "mine"}],
                        "DhcpOptionsId": of("dopt"),
                        "DhcpConfigurations": [
                            {"Key": "domain-name", "Values": [{"Value": "example.com"}]},
                            {
                                "Key": "domain-name-servers",
                                "Values": [{"Value": "10.2.5.1"}, {"Value": "10.2.5.2"}],
                            },
                        ],
                    },
                },
                keeps={"options": "DhcpOptions.DhcpOptionsId"},
            ),
            refused(
                "CreateDhcpOptions",
                {"DhcpConfigurations": [{"Key": "colour", "Values": ["red"]}]},
                "InvalidParameterValue",
            ),
            call("AssociateDhcpOptions", {"DhcpOptionsId": Kept("options"), "VpcId": Kept("vpc")}),
            refused("DeleteDhcpOptions", {"DhcpOptionsId": Kept("options")}, "DependencyViolation"),
            call(
                "DescribeDhcpOptions",
                {
                    "Filters": [
                        {"Name": "key", "Values": ["domain-name"]},
                        {"Name": "value", "Values": ["example.*"]},
                    ],
                },
                {
                    "DhcpOptions": [
                        {
                            "OwnerId": "123456789012", "Tags": [{"Key": "Name", "Value": "mine"}],
                            "DhcpOptionsId": Kept("options"),
                            "DhcpConfigurations": [
                                {"Key": "domain-name", "Values": [{"Value": "example.com"}]},
                                {
                                    "Key": "domain-name-servers",
                                    "Values": [{"Value": "10.2.5.1"}, {"Value": "10.2.5.2"}],
                                },
                            ],
                        },
                    ],
                },
            ),
            call("AssociateDhcpOptions", {"DhcpOptionsId": "default", "VpcId": Kept("vpc")}),
            call("DeleteDhcpOptions", {"DhcpOptionsId": Kept("options")}),
            refused(
                "DescribeDhcpOptions",
                {"DhcpOptionsIds": [Kept("options")]},
                "InvalidDhcpOptionID.NotFound",
            ),
        ],
    ),
]  # fmt: skip
