"""EC2: VPC endpoints, and services that others make endpoints for."""

from __future__ import annotations

import re

from ..driving import TIME, Kept, Story, call, refused
from .ec2_ids import of

MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")

BALANCER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/mine/0123456789abcdef"
FULL = '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'

STORIES = [
    Story(
        "ec2",
        "a gateway endpoint",
        [
            call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"}),
            call(
                "CreateRouteTable",
                {"VpcId": Kept("vpc")},
                {"RouteTable": ..., "ClientToken": ...},
                keeps={"table": "RouteTable.RouteTableId"},
            ),
            call(
                "CreateVpcEndpoint",
                {
                    "VpcId": Kept("vpc"), "ServiceName": "com.amazonaws.us-east-1.s3",
                    "RouteTableIds": [Kept("table")], "ClientToken": "token",
                    "TagSpecifications": [
                        {"ResourceType": "vpc-endpoint", "Tags": [{"Key": "Name", "Value": "mine"}]},
                    ],
                },
                {
                    "VpcEndpoint": {
                        "VpcEndpointId": of("vpce"), "VpcEndpointType": "Gateway", "VpcId": Kept("vpc"),
                        "ServiceName": "com.amazonaws.us-east-1.s3", "State": "available",
                        "PolicyDocument": FULL, "RouteTableIds": [Kept("table")], "SubnetIds": [],
                        "Groups": [], "PrivateDnsEnabled": False, "RequesterManaged": False,
                        "NetworkInterfaceIds": [], "DnsEntries": [], "CreationTimestamp": TIME,
                        "Tags": [{"Key": "Name", "Value": "mine"}], "OwnerId": "123456789012",
                        "ServiceRegion": "us-east-1",
                    },
                    "ClientToken": "token",
                },
                keeps={"endpoint": "VpcEndpoint.VpcEndpointId"},
            ),
            call(
                "DescribeVpcEndpoints",
                {"VpcEndpointIds": [Kept("endpoint")]},
                {
                    "VpcEndpoints": [
                        {
                            "VpcEndpointId": Kept("endpoint"), "VpcEndpointType": "Gateway",
                            "VpcId": Kept("vpc"), "ServiceName": "com.amazonaws.us-east-1.s3",
                            "State": "available", "PolicyDocument": FULL, "RouteTableIds": [Kept("table")],
                            "SubnetIds": [], "Groups": [], "PrivateDnsEnabled": False,
                            "RequesterManaged": False, "NetworkInterfaceIds": [], "DnsEntries": [],
                            "CreationTimestamp": TIME, "Tags": [{"Key": "Name", "Value": "mine"}],
                            "OwnerId": "123456789012", "ServiceRegion": "us-east-1",
                        },
                    ],
                },
            ),
            refused(
                "CreateVpcEndpoint",
                {
                    "VpcId": Kept("vpc"), "ServiceName": "com.amazonaws.us-east-1.s3",
                    "RouteTableIds": [Kept("table")],
                },
                "RouteAlreadyExists",
            ),
            call(
                "DescribeRouteTables",
                {"Filters": [{"Name": "route.gateway-id", "Values": [Kept("endpoint")]}]},
                {
                    "RouteTables": [
                        {
                            "Associations": [], "PropagatingVgws": [], "RouteTableId": Kept("table"),
                            "Routes": [
                                {
                                    "DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local",
                                    "Origin": "CreateRouteTable", "State": "active",
                                },
                                {
                                    "DestinationPrefixListId": "pl-63a5400a", "GatewayId": Kept("endpoint"),
                                    "Origin": "CreateRoute", "State": "active",
                                },
                            ],
                            "Tags": [], "VpcId": Kept("vpc"), "OwnerId": "123456789012",
                        },
                    ],
                },
            ),
            call(
                "ModifyVpcEndpoint",
                {
                    "VpcEndpointId": Kept("endpoint"), "RemoveRouteTableIds": [Kept("table")],
                    "PolicyDocument": '{"Version":"2012-10-17","Statement":[]}',
                },
                {"Return": True},
            ),
            call("DeleteVpcEndpoints", {"VpcEndpointIds": [Kept("endpoint")]}, {"Unsuccessful": []}),
            call(
                "DeleteVpcEndpoints",
                {"VpcEndpointIds": [Kept("endpoint")]},
                {
                    "Unsuccessful": [
                        {
                            "Error": {"Code": "InvalidVpcEndpoint.NotFound", "Message": str},
                            "ResourceId": Kept("endpoint"),
                        },
                    ],
                },
            ),
            refused(
                "DescribeVpcEndpoints",
                {"VpcEndpointIds": [Kept("endpoint")]},
                "InvalidVpcEndpointId.NotFound",
            ),
        ],
    ),
    Story(
        "ec2",
        "an interface endpoint",
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
            refused(
                "CreateVpcEndpoint",
                {
                    "VpcId": Kept("vpc"), "VpcEndpointType": "Interface",
                    "ServiceName": "com.amazonaws.us-east-1.sqs", "SubnetIds": [Kept("subnet")],
                },
                "InvalidParameter",
            ),
            call("ModifyVpcAttribute", {"VpcId": Kept("vpc"), "EnableDnsHostnames": {"Value": True}}),
            call(
                "CreateVpcEndpoint",
                {
                    "VpcId": Kept("vpc"), "VpcEndpointType": "Interface",
                    "ServiceName": "com.amazonaws.us-east-1.sqs", "SubnetIds": [Kept("subnet")],
                },
                {
                    "VpcEndpoint": {
                        "VpcEndpointId": of("vpce"), "VpcEndpointType": "Interface", "VpcId": Kept("vpc"),
                        "ServiceName": "com.amazonaws.us-east-1.sqs", "State": "pending",
                        "PolicyDocument": FULL, "RouteTableIds": [], "SubnetIds": [Kept("subnet")],
                        "Groups": [{"GroupId": of("sg"), "GroupName": "default"}], "IpAddressType": "ipv4",
                        "DnsOptions": {"DnsRecordIpType": "ipv4"}, "PrivateDnsEnabled": True,
                        "RequesterManaged": False, "NetworkInterfaceIds": [of("eni")],
                        "DnsEntries": [
                            {"DnsName": str, "HostedZoneId": "Z7HUB22UULQXV"},
                            {"DnsName": "sqs.us-east-1.amazonaws.com", "HostedZoneId": "ZONEIDPENDING"},
                        ],
                        "CreationTimestamp": TIME, "Tags": [], "OwnerId": "123456789012",
                        "ServiceRegion": "us-east-1",
                    },
                },
                keeps={"endpoint": "VpcEndpoint.VpcEndpointId"},
            ),
            call(
                "ModifyVpcEndpoint",
                {"VpcEndpointId": Kept("endpoint"), "AddSubnetIds": [Kept("other")]},
                {"Return": True},
            ),
            call(
                "DescribeVpcEndpoints",
                {"Filters": [{"Name": "service-name", "Values": ["*.sqs"]}]},
                {
                    "VpcEndpoints": [
                        {
                            "VpcEndpointId": Kept("endpoint"), "VpcEndpointType": "Interface",
                            "VpcId": Kept("vpc"), "ServiceName": "com.amazonaws.us-east-1.sqs",
                            "State": "available", "PolicyDocument": FULL, "RouteTableIds": [],
                            "SubnetIds": [Kept("subnet"), Kept("other")],
                            "Groups": [{"GroupId": of("sg"), "GroupName": "default"}],
                            "IpAddressType": "ipv4", "DnsOptions": {"DnsRecordIpType": "ipv4"},
                            "PrivateDnsEnabled": True, "RequesterManaged": False,
                            "NetworkInterfaceIds": [of("eni"), of("eni")],
                            "DnsEntries": [
                                {"DnsName": str, "HostedZoneId": "Z7HUB22UULQXV"},
                                {"DnsName": "sqs.us-east-1.amazonaws.com", "HostedZoneId": "ZONEIDPENDING"},
                            ],
                            "CreationTimestamp": TIME, "Tags": [], "OwnerId": "123456789012",
                            "ServiceRegion": "us-east-1",
                        },
                    ],
                },
            ),
            call(
                "DescribeNetworkInterfaces",
                {"Filters": [{"Name": "subnet-id", "Values": [Kept("other")]}]},
                {
                    "NetworkInterfaces": [
                        {
                            "Attachment": {
                                "AttachTime": TIME, "AttachmentId": of("ela-attach"),
                                "DeleteOnTermination": False, "DeviceIndex": 1, "NetworkCardIndex": 0,
                                "InstanceOwnerId": "amazon-aws", "Status": "attached",
                            },
                            "AvailabilityZone": "us-east-1b", "Description": str,
                            "Groups": [{"GroupId": of("sg"), "GroupName": "default"}],
                            "InterfaceType": "vpc_endpoint", "Ipv6Addresses": [], "MacAddress": MAC,
                            "NetworkInterfaceId": of("eni"), "OwnerId": "123456789012", "PrivateDnsName": str,
                            "PrivateIpAddress": "10.0.2.4",
                            "PrivateIpAddresses": [
                                {"Primary": True, "PrivateDnsName": str, "PrivateIpAddress": "10.0.2.4"},
                            ],
                            "RequesterManaged": True, "SourceDestCheck": True, "Status": "in-use",
                            "SubnetId": Kept("other"), "TagSet": [], "VpcId": Kept("vpc"),
                            "Operator": {"Managed": False}, "AvailabilityZoneId": "use1-az2",
                        },
                    ],
                },
            ),
            refused(
                "CreateVpcEndpoint",
                {"VpcId": Kept("vpc"), "ServiceName": "com.amazonaws.us-east-1.nothing"},
                "InvalidServiceName",
            ),
        ],
    ),
    Story(
        "ec2",
        "a service of one's own",
        [
            call(
                "CreateVpcEndpointServiceConfiguration",
                {
                    "NetworkLoadBalancerArns": [BALANCER],
                    "AcceptanceRequired": False, "ClientToken": "token",
                    "TagSpecifications": [
                        {"ResourceType": "vpc-endpoint-service", "Tags": [{"Key": "Name", "Value": "mine"}]},
                    ],
                },
                {
                    "ServiceConfiguration": {
                        "ServiceType": [{"ServiceType": "Interface"}], "ServiceId": of("vpce-svc"),
                        "ServiceName": str, "ServiceState": "Available",
                        "AvailabilityZoneIds": ["use1-az1", "use1-az2"],
                        "AvailabilityZones": ["us-east-1a", "us-east-1b"], "AcceptanceRequired": False,
                        "ManagesVpcEndpoints": False,
                        "NetworkLoadBalancerArns": [BALANCER],
                        "SupportedIpAddressTypes": ["ipv4"], "BaseEndpointDnsNames": [str],
                        "Tags": [{"Key": "Name", "Value": "mine"}],
                    },
                    "ClientToken": "token",
                },
                keeps={"service": "ServiceConfiguration.ServiceId", "name": "ServiceConfiguration.ServiceName"},
            ),
            call(
                "DescribeVpcEndpointServiceConfigurations",
                {"ServiceIds": [Kept("service")]},
                {
                    "ServiceConfigurations": [
                        {
                            "ServiceType": [{"ServiceType": "Interface"}], "ServiceId": Kept("service"),
                            "ServiceName": Kept("name"), "ServiceState": "Available",
                            "AvailabilityZoneIds": ["use1-az1", "use1-az2"],
                            "AvailabilityZones": ["us-east-1a", "us-east-1b"], "AcceptanceRequired": False,
                            "ManagesVpcEndpoints": False,
                            "NetworkLoadBalancerArns": [BALANCER],
                            "SupportedIpAddressTypes": ["ipv4"], "BaseEndpointDnsNames": [str],
                            "Tags": [{"Key": "Name", "Value": "mine"}],
                        },
                    ],
                },
            ),
            call(
                "ModifyVpcEndpointServiceConfiguration",
                {"ServiceId": Kept("service"), "AcceptanceRequired": True},
                {"Return": True},
            ),
            call(
                "ModifyVpcEndpointServicePermissions",
                {"ServiceId": Kept("service"), "AddAllowedPrincipals": ["arn:aws:iam::111122223333:root"]},
                {
                    "AddedPrincipals": [
                        {
                            "PrincipalType": "Account", "Principal": "arn:aws:iam::111122223333:root",
                            "ServicePermissionId": of("vpce-svc-perm"), "ServiceId": Kept("service"),
                        },
                    ],
                    "ReturnValue": True,
                },
            ),
            call(
                "DescribeVpcEndpointServicePermissions",
                {"ServiceId": Kept("service")},
                {
                    "AllowedPrincipals": [
                        {
                            "PrincipalType": "Account", "Principal": "arn:aws:iam::111122223333:root",
                            "ServicePermissionId": of("vpce-svc-perm"), "ServiceId": Kept("service"),
                        },
                    ],
                },
            ),
            call(
                "DescribeVpcEndpointServices",
                {"ServiceNames": [Kept("name")]},
                {
                    "ServiceNames": [Kept("name")],
                    "ServiceDetails": [
                        {
                            "ServiceName": Kept("name"), "ServiceId": Kept("service"),
                            "ServiceType": [{"ServiceType": "Interface"}], "ServiceRegion": "us-east-1",
                            "AvailabilityZoneIds": ["use1-az1", "use1-az2"],
                            "AvailabilityZones": ["us-east-1a", "us-east-1b"], "Owner": "123456789012",
                            "BaseEndpointDnsNames": [str], "VpcEndpointPolicySupported": False,
                            "AcceptanceRequired": True, "ManagesVpcEndpoints": False,
                            "Tags": [{"Key": "Name", "Value": "mine"}], "SupportedIpAddressTypes": ["ipv4"],
                        },
                    ],
                },
            ),
            call(
                "DescribeVpcEndpointServices",
                {
                    "ServiceNames": ["com.amazonaws.us-east-1.s3"],
                    "Filters": [{"Name": "service-type", "Values": ["Gateway"]}],
                },
                {
                    "ServiceNames": ["com.amazonaws.us-east-1.s3"],
                    "ServiceDetails": [
                        {
                            "ServiceName": "com.amazonaws.us-east-1.s3", "ServiceId": of("vpce-svc"),
                            "ServiceType": [{"ServiceType": "Gateway"}], "ServiceRegion": "us-east-1",
                            "AvailabilityZoneIds": [
                                "use1-az1", "use1-az2", "use1-az3", "use1-az4", "use1-az5", "use1-az6",
                            ],
                            "AvailabilityZones": [
                                "us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1e",
                                "us-east-1f",
                            ],
                            "Owner": "amazon", "BaseEndpointDnsNames": ["s3.us-east-1.amazonaws.com"],
                            "VpcEndpointPolicySupported": True, "AcceptanceRequired": False,
                            "ManagesVpcEndpoints": False, "Tags": [], "SupportedIpAddressTypes": ["ipv4"],
                        },
                    ],
                },
            ),
            refused("DescribeVpcEndpointServices", {"ServiceNames": ["com.example"]}, "InvalidServiceName"),
            call(
                "DeleteVpcEndpointServiceConfigurations",
                {"ServiceIds": [Kept("service")]},
                {"Unsuccessful": []},
            ),
            call(
                "DeleteVpcEndpointServiceConfigurations",
                {"ServiceIds": [Kept("service")]},
                {
                    "Unsuccessful": [
                        {
                            "Error": {"Code": "InvalidVpcEndpointService.NotFound", "Message": str},
                            "ResourceId": Kept("service"),
                        },
                    ],
                },
            ),
            refused(
                "ModifyVpcEndpointServiceConfiguration",
                {"ServiceId": Kept("service"), "AcceptanceRequired": True},
                "InvalidVpcEndpointServiceId.NotFound",
            ),
        ],
    ),
]  # fmt: skip
