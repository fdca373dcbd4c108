"""EC2: VPN connections, traffic mirrors, Reachability Analyzer."""

from __future__ import annotations

import re

from ..driving import Kept, Moment, Story, call, refused
from .ec2_ids import arn, of

ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
TUNNEL = {
    "OutsideIpAddress": ADDRESS, "TunnelInsideCidr": re.compile(r"169\.254\.\d+\.\d+/30"),
    "PreSharedKey": re.compile(r"\w{32}"),
}  # fmt: skip
OPTIONS = {
    "EnableAcceleration": False, "StaticRoutesOnly": True, "LocalIpv4NetworkCidr": "0.0.0.0/0",
    "RemoteIpv4NetworkCidr": "0.0.0.0/0", "OutsideIpAddressType": "PublicIpv4", "TunnelInsideIpVersion": "ipv4",
    "TunnelOptions": [TUNNEL, TUNNEL],
}  # fmt: skip
CONNECTION = {
    "Category": "VPN", "VpnConnectionId": of("vpn"), "Type": "ipsec.1", "CustomerGatewayId": Kept("customer"),
    "VpnGatewayId": Kept("gateway"), "CustomerGatewayConfiguration": re.compile(r"(?s)<\?xml .*</vpn_connection>\n"),
    "GatewayAssociationState": "associated", "Options": OPTIONS, "Tags": [{"Key": "Name", "Value": "mine"}],
}  # fmt: skip
UP = {"AcceptedRouteCount": 0, "OutsideIpAddress": ADDRESS, "Status": "UP", "StatusMessage": ""}

STORIES = [
    Story(
        "ec2",
        "a VPN connection",
        [
            call(
                "CreateCustomerGateway",
                {"Type": "ipsec.1", "PublicIp": "198.51.100.7", "BgpAsn": 65001},
                {"CustomerGateway": ...},
                keeps={"customer": "CustomerGateway.CustomerGatewayId"},
            ),
            call(
                "CreateVpnGateway",
                {"Type": "ipsec.1"},
                {"VpnGateway": ...},
                keeps={"gateway": "VpnGateway.VpnGatewayId"},
            ),
            refused(
                "CreateVpnConnection",
                {"Type": "ipsec.1", "CustomerGatewayId": Kept("customer")},
                "MissingParameter",
            ),
            call(
                "CreateVpnConnection",
                {
                    "Type": "ipsec.1",
                    "CustomerGatewayId": Kept("customer"),
                    "VpnGatewayId": Kept("gateway"),
                    "Options": {"StaticRoutesOnly": True},
                    "TagSpecifications": [
                        {"ResourceType": "vpn-connection", "Tags": [{"Key": "Name", "Value": "mine"}]}
                    ],
                },
                {"VpnConnection": {**CONNECTION, "State": "pending", "Routes": [], "VgwTelemetry": [UP, UP]}},
                keeps={"connection": "VpnConnection.VpnConnectionId"},
            ),
            call(
                "CreateVpnConnectionRoute",
                {"VpnConnectionId": Kept("connection"), "DestinationCidrBlock": "10.100.0.0/16"},
                {},
            ),
            call(
                "DescribeVpnConnections",
                {"VpnConnectionIds": [Kept("connection")]},
                {
                    "VpnConnections": [
                        {
                            **CONNECTION,
                            "State": "available",
                            "Routes": [{"DestinationCidrBlock": "10.100.0.0/16", "State": "available"}],
                            "VgwTelemetry": [{**UP, "AcceptedRouteCount": 1}] * 2,
                        }
                    ]
                },
            ),
            call(
                "DeleteVpnConnectionRoute",
                {"VpnConnectionId": Kept("connection"), "DestinationCidrBlock": "10.100.0.0/16"},
                {},
            ),
            refused("DeleteVpnGateway", {"VpnGatewayId": Kept("gateway")}, "IncorrectState"),
            call("DeleteVpnConnection", {"VpnConnectionId": Kept("connection")}, {}),
            refused(
                "DescribeVpnConnections",
                {"VpnConnectionIds": ["vpn-0123456789abcdef0"]},
                "InvalidVpnConnectionID.NotFound",
            ),
        ],
    ),
    Story(
        "ec2",
        "a mirrored interface",
        [
            call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"}),
            call(
                "CreateSubnet",
                {"VpcId": Kept("vpc"), "CidrBlock": "10.0.1.0/24"},
                {"Subnet": ...},
                keeps={"subnet": "Subnet.SubnetId"},
            ),
            call(
                "CreateNetworkInterface",
                {"SubnetId": Kept("subnet")},
                {"NetworkInterface": ...},
                keeps={"source": "NetworkInterface.NetworkInterfaceId"},
            ),
            call(
                "CreateNetworkInterface",
                {"SubnetId": Kept("subnet")},
                {"NetworkInterface": ...},
                keeps={"sink": "NetworkInterface.NetworkInterfaceId"},
            ),
            call(
                "CreateTrafficMirrorTarget",
                {"NetworkInterfaceId": Kept("sink"), "Description": "d", "ClientToken": "a"},
                {
                    "ClientToken": "a",
                    "TrafficMirrorTarget": {
                        "TrafficMirrorTargetId": of("tmt"),
                        "NetworkInterfaceId": Kept("sink"),
                        "Type": "network-interface",
                        "Description": "d",
                        "OwnerId": "123456789012",
                        "Tags": [],
                    },
                },
                keeps={"target": "TrafficMirrorTarget.TrafficMirrorTargetId"},
            ),
            call(
                "CreateTrafficMirrorFilter",
                {"Description": "d", "ClientToken": "b"},
                {
                    "ClientToken": "b",
                    "TrafficMirrorFilter": {
                        "TrafficMirrorFilterId": of("tmf"),
                        "IngressFilterRules": [],
                        "EgressFilterRules": [],
                        "NetworkServices": [],
                        "Description": "d",
                        "Tags": [],
                    },
                },
                keeps={"filter": "TrafficMirrorFilter.TrafficMirrorFilterId"},
            ),
            call(
                "CreateTrafficMirrorFilterRule",
                {
                    "TrafficMirrorFilterId": Kept("filter"),
                    "TrafficDirection": "egress",
                    "RuleNumber": 100,
                    "RuleAction": "accept",
                    "Protocol": 6,
                    "DestinationPortRange": {"FromPort": 80, "ToPort": 80},
                    "DestinationCidrBlock": "0.0.0.0/0",
                    "SourceCidrBlock": "10.0.0.0/8",
                    "ClientToken": "c",
                },
                {
                    "ClientToken": "c",
                    "TrafficMirrorFilterRule": {
                        "TrafficMirrorFilterRuleId": of("tmfr"),
                        "TrafficMirrorFilterId": Kept("filter"),
                        "TrafficDirection": "egress",
                        "RuleNumber": 100,
                        "RuleAction": "accept",
                        "Protocol": 6,
                        "DestinationPortRange": {"FromPort": 80, "ToPort": 80},
                        "DestinationCidrBlock": "0.0.0.0/0",
                        "SourceCidrBlock": "10.0.0.0/8",
                    },
                },
                keeps={"rule": "TrafficMirrorFilterRule.TrafficMirrorFilterRuleId"},
            ),
            call(
                "ModifyTrafficMirrorFilterNetworkServices",
                {"TrafficMirrorFilterId": Kept("filter"), "AddNetworkServices": ["amazon-dns"]},
                {"TrafficMirrorFilter": ...},
            ),
            call(
                "CreateTrafficMirrorSession",
                {
                    "NetworkInterfaceId": Kept("source"),
                    "TrafficMirrorTargetId": Kept("target"),
                    "TrafficMirrorFilterId": Kept("filter"),
                    "SessionNumber": 1,
                    "VirtualNetworkId": 7,
                    "ClientToken": "e",
                },
                {
                    "ClientToken": "e",
                    "TrafficMirrorSession": {
                        "TrafficMirrorSessionId": of("tms"),
                        "TrafficMirrorTargetId": Kept("target"),
                        "TrafficMirrorFilterId": Kept("filter"),
                        "NetworkInterfaceId": Kept("source"),
                        "OwnerId": "123456789012",
                        "PacketLength": 8500,
                        "SessionNumber": 1,
                        "VirtualNetworkId": 7,
                        "Tags": [],
                    },
                },
                keeps={"session": "TrafficMirrorSession.TrafficMirrorSessionId"},
            ),
            call(
                "DescribeTrafficMirrorTargets",
                {"TrafficMirrorTargetIds": [Kept("target")]},
                {"TrafficMirrorTargets": [...]},
            ),
            call(
                "DescribeTrafficMirrorFilters",
                {"TrafficMirrorFilterIds": [Kept("filter")]},
                {"TrafficMirrorFilters": [...]},
            ),
            call(
                "DescribeTrafficMirrorSessions",
                {"TrafficMirrorSessionIds": [Kept("session")]},
                {"TrafficMirrorSessions": [...]},
            ),
            refused(
                "DeleteTrafficMirrorFilter",
                {"TrafficMirrorFilterId": Kept("filter")},
                "TrafficMirrorFilterInUse",
            ),
            call(
                "DeleteTrafficMirrorSession",
                {"TrafficMirrorSessionId": Kept("session")},
                {"TrafficMirrorSessionId": Kept("session")},
            ),
            call(
                "DeleteTrafficMirrorFilterRule",
                {"TrafficMirrorFilterRuleId": Kept("rule")},
                {"TrafficMirrorFilterRuleId": Kept("rule")},
            ),
            call(
                "DeleteTrafficMirrorFilter",
                {"TrafficMirrorFilterId": Kept("filter")},
                {"TrafficMirrorFilterId": Kept("filter")},
            ),
            call(
                "DeleteTrafficMirrorTarget",
                {"TrafficMirrorTargetId": Kept("target")},
                {"TrafficMirrorTargetId": Kept("target")},
            ),
        ],
    ),
    Story(
        "ec2",
        "a path that is analysed",
        [
            call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"}),
            call(
                "CreateSubnet",
                {"VpcId": Kept("vpc"), "CidrBlock": "10.0.1.0/24"},
                {"Subnet": ...},
                keeps={"subnet": "Subnet.SubnetId"},
            ),
            call(
                "CreateNetworkInterface",
                {"SubnetId": Kept("subnet")},
                {"NetworkInterface": ...},
                keeps={"one": "NetworkInterface.NetworkInterfaceId"},
            ),
            call(
                "CreateInternetGateway",
                {},
                {"InternetGateway": ...},
                keeps={"gateway": "InternetGateway.InternetGatewayId"},
            ),
            refused(
                "CreateNetworkInsightsPath",
                {
                    "Source": "eni-0123456789abcdef0",
                    "Destination": Kept("gateway"),
                    "Protocol": "tcp",
                    "ClientToken": "a",
                },
                "InvalidParameterValue",
            ),
            call(
                "CreateNetworkInsightsPath",
                {
                    "Source": Kept("one"),
                    "Destination": Kept("gateway"),
                    "Protocol": "tcp",
                    "DestinationPort": 443,
                    "ClientToken": "b",
                },
                {
                    "NetworkInsightsPath": {
                        "NetworkInsightsPathId": of("nip"),
                        "NetworkInsightsPathArn": arn("network-insights-path/nip"),
                        "CreatedDate": Moment(),
                        "Source": Kept("one"),
                        "Destination": Kept("gateway"),
                        "Protocol": "tcp",
                        "DestinationPort": 443,
                        "Tags": [],
                    },
                },
                keeps={"path": "NetworkInsightsPath.NetworkInsightsPathId"},
            ),
            call(
                "DescribeNetworkInsightsPaths",
                {"NetworkInsightsPathIds": [Kept("path")]},
                {"NetworkInsightsPaths": [...]},
            ),
            call(
                "StartNetworkInsightsAnalysis",
                {"NetworkInsightsPathId": Kept("path"), "ClientToken": "c"},
                {
                    "NetworkInsightsAnalysis": {
                        "NetworkInsightsAnalysisId": of("nia"),
                        "NetworkInsightsAnalysisArn": arn("network-insights-analysis/nia"),
                        "NetworkInsightsPathId": Kept("path"),
                        "StartDate": Moment(),
                        "Status": "running",
                        "AdditionalAccounts": [],
                        "FilterInArns": [],
                        "FilterOutArns": [],
                        "Tags": [],
                    },
                },
                keeps={"analysis": "NetworkInsightsAnalysis.NetworkInsightsAnalysisId"},
            ),
            call(
                "DescribeNetworkInsightsAnalyses",
                {"NetworkInsightsAnalysisIds": [Kept("analysis")]},
                {
                    "NetworkInsightsAnalyses": [
                        {
                            "NetworkInsightsAnalysisId": Kept("analysis"),
                            "NetworkInsightsAnalysisArn": arn("network-insights-analysis/nia"),
                            "NetworkInsightsPathId": Kept("path"),
                            "StartDate": Moment(),
                            "Status": "succeeded",
                            "AdditionalAccounts": [],
                            "FilterInArns": [],
                            "FilterOutArns": [],
                            "Tags": [],
                            "NetworkPathFound": False,
                            "ForwardPathComponents": [],
                            "ReturnPathComponents": [],
                            "Explanations": [
                                {
                                    "ExplanationCode": "NO_ROUTE_TO_DESTINATION",
                                    "Address": "203.0.113.1",
                                    "RouteTable": ...,
                                    "Component": ...,
                                    "Subnet": ...,
                                    "Vpc": ...,
                                    "Destination": {"Id": Kept("gateway")},
                                }
                            ],
                        }
                    ]
                },
            ),
            refused(
                "DeleteNetworkInsightsPath",
                {"NetworkInsightsPathId": Kept("path")},
                "AnalysisExistsForNetworkInsightsPath",
            ),
            call(
                "DeleteNetworkInsightsAnalysis",
                {"NetworkInsightsAnalysisId": Kept("analysis")},
                {"NetworkInsightsAnalysisId": Kept("analysis")},
            ),
            call(
                "DeleteNetworkInsightsPath",
                {"NetworkInsightsPathId": Kept("path")},
                {"NetworkInsightsPathId": Kept("path")},
            ),
        ],
    ),
]
