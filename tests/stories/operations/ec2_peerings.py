"""EC2: VPC peering."""

from __future__ import annotations

from ..driving import TIME, Kept, Story, call, refused
from .ec2_ids import of

STORIES = [
    Story(
        "ec2",
        "two VPCs are peers",
        [
            call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"}),
            call("CreateVpc", {"CidrBlock": "10.1.0.0/16"}, {"Vpc": ...}, keeps={"peer": "Vpc.VpcId"}),
            call(
                "CreateVpcPeeringConnection",
                {
                    "VpcId": Kept("vpc"), "PeerVpcId": Kept("peer"),
                    "TagSpecifications": [
                        {
                            "ResourceType": "vpc-peering-connection",
                            "Tags": [{"Key": "Name", "Value": "mine"}],
                        },
                    ],
                },
                {
                    "VpcPeeringConnection": {
                        "AccepterVpcInfo": {
                            "OwnerId": "123456789012", "VpcId": Kept("peer"), "Region": "us-east-1",
                        },
                        "ExpirationTime": TIME,
                        "RequesterVpcInfo": {
                            "CidrBlock": "10.0.0.0/16", "CidrBlockSet": [{"CidrBlock": "10.0.0.0/16"}],
                            "OwnerId": "123456789012",
                            "PeeringOptions": {
                                "AllowDnsResolutionFromRemoteVpc": False,
                                "AllowEgressFromLocalClassicLinkToRemoteVpc": False,
                                "AllowEgressFromLocalVpcToRemoteClassicLink": False,
                            },
                            "VpcId": Kept("vpc"), "Region": "us-east-1",
                        },
                        "Status": {
                            "Code": "initiating-request", "Message": "Initiating Request to 123456789012",
                        },
                        "Tags": [{"Key": "Name", "Value": "mine"}], "VpcPeeringConnectionId": of("pcx"),
                    },
                },
                keeps={"peering": "VpcPeeringConnection.VpcPeeringConnectionId"},
            ),
            call(
                "DescribeVpcPeeringConnections",
                {"Filters": [{"Name": "status-code", "Values": ["pending-acceptance"]}]},
                {
                    "VpcPeeringConnections": [
                        {
                            "AccepterVpcInfo": {
                                "OwnerId": "123456789012", "VpcId": Kept("peer"), "Region": "us-east-1",
                            },
                            "ExpirationTime": TIME,
                            "RequesterVpcInfo": {
                                "CidrBlock": "10.0.0.0/16", "CidrBlockSet": [{"CidrBlock": "10.0.0.0/16"}],
                                "OwnerId": "123456789012",
                                "PeeringOptions": {
                                    "AllowDnsResolutionFromRemoteVpc": False,
                                    "AllowEgressFromLocalClassicLinkToRemoteVpc": False,
                                    "AllowEgressFromLocalVpcToRemoteClassicLink": False,
                                },
                                "VpcId": Kept("vpc"), "Region": "us-east-1",
                            },
                            "Status": {
                                "Code": "pending-acceptance", "Message": "Pending Acceptance by 123456789012",
                            },
                            "Tags": [{"Key": "Name", "Value": "mine"}],
                            "VpcPeeringConnectionId": Kept("peering"),
                        },
                    ],
                },
            ),
            call(
                "AcceptVpcPeeringConnection",
                {"VpcPeeringConnectionId": Kept("peering")},
                {
                    "VpcPeeringConnection": {
                        "AccepterVpcInfo": {
                            "CidrBlock": "10.1.0.0/16", "CidrBlockSet": [{"CidrBlock": "10.1.0.0/16"}],
                            "OwnerId": "123456789012",
                            "PeeringOptions": {
                                "AllowDnsResolutionFromRemoteVpc": False,
                                "AllowEgressFromLocalClassicLinkToRemoteVpc": False,
                                "AllowEgressFromLocalVpcToRemoteClassicLink": False,
                            },
                            "VpcId": Kept("peer"), "Region": "us-east-1",
                        },
                        "ExpirationTime": TIME,
                        "RequesterVpcInfo": {
                            "CidrBlock": "10.0.0.0/16", "CidrBlockSet": [{"CidrBlock": "10.0.0.0/16"}],
                            "OwnerId": "123456789012",
                            "PeeringOptions": {
                                "AllowDnsResolutionFromRemoteVpc": False,
                                "AllowEgressFromLocalClassicLinkToRemoteVpc": False,
                                "AllowEgressFromLocalVpcToRemoteClassicLink": False,
                            },
                            "VpcId": Kept("vpc"), "Region": "us-east-1",
                        },
                        "Status": {"Code": "provisioning", "Message": "Provisioning"},
                        "Tags": [{"Key": "Name", "Value": "mine"}], "VpcPeeringConnectionId": Kept("peering"),
                    },
                },
            ),
            refused(
                "AcceptVpcPeeringConnection",
                {"VpcPeeringConnectionId": Kept("peering")},
                "InvalidStateTransition",
            ),
            call(
                "DescribeVpcPeeringConnections",
                {"VpcPeeringConnectionIds": [Kept("peering")]},
                {
                    "VpcPeeringConnections": [
                        {
                            "AccepterVpcInfo": {
                                "CidrBlock": "10.1.0.0/16", "CidrBlockSet": [{"CidrBlock": "10.1.0.0/16"}],
                                "OwnerId": "123456789012",
                                "PeeringOptions": {
                                    "AllowDnsResolutionFromRemoteVpc": False,
                                    "AllowEgressFromLocalClassicLinkToRemoteVpc": False,
                                    "AllowEgressFromLocalVpcToRemoteClassicLink": False,
                                },
                                "VpcId": Kept("peer"), "Region": "us-east-1",
                            },
                            "RequesterVpcInfo": {
                                "CidrBlock": "10.0.0.0/16", "CidrBlockSet": [{"CidrBlock": "10.0.0.0/16"}],
                                "OwnerId": "123456789012",
                                "PeeringOptions": {
                                    "AllowDnsResolutionFromRemoteVpc": False,
                                    "AllowEgressFromLocalClassicLinkToRemoteVpc": False,
                                    "AllowEgressFromLocalVpcToRemoteClassicLink": False,
                                },
                                "VpcId": Kept("vpc"), "Region": "us-east-1",
                            },
                            "Status": {"Code": "active", "Message": "Active"},
                            "Tags": [{"Key": "Name", "Value": "mine"}],
                            "VpcPeeringConnectionId": Kept("peering"),
                        },
                    ],
                },
            ),
            refused(
                "CreateVpcPeeringConnection",
                {"VpcId": Kept("peer"), "PeerVpcId": Kept("vpc")},
                "VpcPeeringConnectionAlreadyExists",
            ),
            call("DeleteVpcPeeringConnection", {"VpcPeeringConnectionId": Kept("peering")}, {"Return": True}),
            call(
                "DescribeVpcPeeringConnections",
                {"Filters": [{"Name": "status-code", "Values": ["deleted"]}]},
                {
                    "VpcPeeringConnections": [
                        {
                            "AccepterVpcInfo": {
                                "OwnerId": "123456789012", "VpcId": Kept("peer"), "Region": "us-east-1",
                            },
                            "RequesterVpcInfo": {
                                "CidrBlock": "10.0.0.0/16", "CidrBlockSet": [{"CidrBlock": "10.0.0.0/16"}],
                                "OwnerId": "123456789012",
                                "PeeringOptions": {
                                    "AllowDnsResolutionFromRemoteVpc": False,
                                    "AllowEgressFromLocalClassicLinkToRemoteVpc": False,
                                    "AllowEgressFromLocalVpcToRemoteClassicLink": False,
                                },
                                "VpcId": Kept("vpc"), "Region": "us-east-1",
                            },
                            "Status": {"Code": "deleted", "Message": "Deleted by 123456789012"},
                            "Tags": [{"Key": "Name", "Value": "mine"}],
                            "VpcPeeringConnectionId": Kept("peering"),
                        },
                    ],
                },
            ),
            refused(
                "DeleteVpcPeeringConnection",
                {"VpcPeeringConnectionId": Kept("peering")},
                "InvalidStateTransition",
            ),
            refused(
                "DescribeVpcPeeringConnections",
                {"VpcPeeringConnectionIds": ["pcx-00000000000000000"]},
                "InvalidVpcPeeringConnectionID.NotFound",
            ),
        ],
    ),
    Story(
        "ec2",
        "a request is rejected",
        [
            call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"}),
            call("CreateVpc", {"CidrBlock": "10.1.0.0/16"}, {"Vpc": ...}, keeps={"peer": "Vpc.VpcId"}),
            call(
                "CreateVpcPeeringConnection",
                {"VpcId": Kept("vpc"), "PeerVpcId": Kept("peer")},
                {"VpcPeeringConnection": ...},
                keeps={"peering": "VpcPeeringConnection.VpcPeeringConnectionId"},
            ),
            call("RejectVpcPeeringConnection", {"VpcPeeringConnectionId": Kept("peering")}, {"Return": True}),
            call(
                "DescribeVpcPeeringConnections",
                {},
                {
                    "VpcPeeringConnections": [
                        {
                            "AccepterVpcInfo": {
                                "OwnerId": "123456789012", "VpcId": Kept("peer"), "Region": "us-east-1",
                            },
                            "RequesterVpcInfo": {
                                "CidrBlock": "10.0.0.0/16", "CidrBlockSet": [{"CidrBlock": "10.0.0.0/16"}],
                                "OwnerId": "123456789012",
                                "PeeringOptions": {
                                    "AllowDnsResolutionFromRemoteVpc": False,
                                    "AllowEgressFromLocalClassicLinkToRemoteVpc": False,
                                    "AllowEgressFromLocalVpcToRemoteClassicLink": False,
                                },
                                "VpcId": Kept("vpc"), "Region": "us-east-1",
                            },
                            "Status": {"Code": "rejected", "Message": "Rejected"}, "Tags": [],
                            "VpcPeeringConnectionId": Kept("peering"),
                        },
                    ],
                },
            ),
            refused(
                "AcceptVpcPeeringConnection",
                {"VpcPeeringConnectionId": Kept("peering")},
                "InvalidStateTransition",
            ),
            refused(
                "CreateVpcPeeringConnection",
                {"VpcId": Kept("vpc"), "PeerVpcId": "vpc-00000000000000000"},
                "InvalidVpcID.NotFound",
            ),
        ],
    ),
]  # fmt: skip
