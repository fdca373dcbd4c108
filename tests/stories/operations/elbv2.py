"""Elastic Load Balancing, version 2: load balancers, target groups, listeners, rules, certificates, tags, limits."""

from __future__ import annotations

import re

from ..driving import TIME, Kept, Step, Story, call, refused

HERE = "arn:aws:elasticloadbalancing:us-east-1:123456789012"
LOAD_BALANCER = {
    "LoadBalancerArn": re.compile(HERE + ":loadbalancer/app/web/[0-9a-f]{16}"),
    "DNSName": re.compile(r"web-\d{1,10}\.us-east-1\.elb\.amazonaws\.com"),
    "CanonicalHostedZoneId": "Z35SXDOTRQ7X7K", "CreatedTime": TIME, "LoadBalancerName": "web",
    "Scheme": "internet-facing", "VpcId": re.compile("vpc-.+"), "State": {"Code": "provisioning"},
    "Type": "application", "SecurityGroups": [re.compile("sg-.+")], "IpAddressType": "ipv4",
    "AvailabilityZones": [
        {"ZoneName": "us-east-1a", "SubnetId": Kept("one"), "LoadBalancerAddresses": []},
        {"ZoneName": "us-east-1b", "SubnetId": Kept("two"), "LoadBalancerAddresses": []},
    ],
}  # fmt: skip
GROUP = {
    "TargetGroupArn": re.compile(HERE + ":targetgroup/blue/[0-9a-f]{16}"), "TargetGroupName": "blue",
    "Protocol": "HTTP", "Port": 8080, "VpcId": Kept("vpc"), "HealthCheckProtocol": "HTTP",
    "HealthCheckPort": "traffic-port", "HealthCheckEnabled": True, "HealthCheckIntervalSeconds": 30,
    "HealthCheckTimeoutSeconds": 5, "HealthyThresholdCount": 5, "UnhealthyThresholdCount": 2,
    "HealthCheckPath": "/", "Matcher": {"HttpCode": "200"}, "LoadBalancerArns": [], "TargetType": "instance",
    "ProtocolVersion": "HTTP1", "IpAddressType": "ipv4",
}  # fmt: skip


def forwards(group: Kept) -> dict[str, object]:
    """An action that forwards to one group, as answers show it."""
    return {
        "Type": "forward", "TargetGroupArn": group,
        "ForwardConfig": {
            "TargetGroups": [{"TargetGroupArn": group, "Weight": 1}],
            "TargetGroupStickinessConfig": {"Enabled": False},
        },
    }  # fmt: skip


BLUE = Kept("blue")
LISTENER = {
    "ListenerArn": re.compile(HERE + ":listener/app/web/[0-9a-f]{16}/[0-9a-f]{16}"), "LoadBalancerArn": Kept("lb"),
    "Port": 80, "Protocol": "HTTP", "DefaultActions": [forwards(BLUE)],
}  # fmt: skip


def subnets() -> list[Step]:
    """Two of the default VPC's subnets."""
    zone = {"Name": "availability-zone"}
    return [
        call(
            "ec2:DescribeSubnets", {"Filters": [{**zone, "Values": [f"us-east-1{letter}"]}]}, {"Subnets": [...]},
            keeps={name: "Subnets.0.SubnetId", "vpc": "Subnets.0.VpcId"},
        )
        for letter, name in (("a", "one"), ("b", "two"), ("c", "three"))
    ]  # fmt: skip


def balancer() -> list[Step]:
    """A load balancer there."""
    return [
        *subnets(),
        call(
            "CreateLoadBalancer", {"Name": "web", "Subnets": [Kept("one"), Kept("two")]},
            {"LoadBalancers": [LOAD_BALANCER]}, keeps={"lb": "LoadBalancers.0.LoadBalancerArn"},
        ),
    ]  # fmt: skip


STORIES: list[Story] = [
    Story(
        "elbv2",
        "a load balancer is made, changed and deleted",
        [
            *balancer(),
            refused("CreateLoadBalancer", {"Name": "one", "Subnets": [Kept("one")]}, "ValidationError"),
            refused(
                "CreateLoadBalancer",
                {"Name": "web", "Subnets": [Kept("one"), Kept("two")], "Scheme": "internal"},
                "DuplicateLoadBalancerName",
            ),
            refused(
                "CreateLoadBalancer",
                {"Name": "x", "Subnets": ["subnet-00000000000000000", Kept("two")]},
                "SubnetNotFound",
            ),
            call(
                "DescribeLoadBalancers", {"Names": ["web"]},
                {"LoadBalancers": [{**LOAD_BALANCER, "LoadBalancerArn": Kept("lb"), "State": {"Code": "active"}}]},
            ),
            refused("DescribeLoadBalancers", {"Names": ["none"]}, "LoadBalancerNotFound"),
            call(
                "SetSubnets",
                {"LoadBalancerArn": Kept("lb"), "Subnets": [Kept("one"), Kept("two"), Kept("three")]},
                {
                    "AvailabilityZones": [
                        {"ZoneName": f"us-east-1{letter}", "SubnetId": Kept(name), "LoadBalancerAddresses": []}
                        for letter, name in (("a", "one"), ("b", "two"), ("c", "three"))
                    ],
                    "IpAddressType": "ipv4",
                },
            ),
            call(
                "ec2:CreateSecurityGroup", {"GroupName": "lb", "Description": "d", "VpcId": Kept("vpc")},
                {"GroupId": ..., "SecurityGroupArn": ...}, keeps={"sg": "GroupId"},
            ),
            call(
                "SetSecurityGroups", {"LoadBalancerArn": Kept("lb"), "SecurityGroups": [Kept("sg")]},
                {"SecurityGroupIds": [Kept("sg")]},
            ),
            refused(
                "SetSecurityGroups", {"LoadBalancerArn": Kept("lb"), "SecurityGroups": ["sg-00000000000000000"]},
                "InvalidConfigurationRequest",
            ),
            call(
                "SetIpAddressType", {"LoadBalancerArn": Kept("lb"), "IpAddressType": "dualstack"},
                {"IpAddressType": "dualstack"},
            ),
            call(
                "ModifyLoadBalancerAttributes",
                {
                    "LoadBalancerArn": Kept("lb"),
                    "Attributes": [{"Key": "deletion_protection.enabled", "Value": "true"}],
                },
                {"Attributes": [...]},
            ),
            refused(
                "ModifyLoadBalancerAttributes",
                {"LoadBalancerArn": Kept("lb"), "Attributes": [{"Key": "no.such.key", "Value": "1"}]},
                "ValidationError",
            ),
            refused(
                "ModifyLoadBalancerAttributes",
                {
                    "LoadBalancerArn": Kept("lb"),
                    "Attributes": [
                        {"Key": "access_logs.s3.enabled", "Value": "true"},
                        {"Key": "access_logs.s3.bucket", "Value": "no-such-bucket-of-logs"},
                    ],
                },
                "InvalidConfigurationRequest",
            ),
            call(
                "DescribeLoadBalancerAttributes", {"LoadBalancerArn": Kept("lb")},
                {
                    "Attributes": [
                        {"Key": "access_logs.s3.enabled", "Value": "false"},
                        {"Key": "access_logs.s3.bucket", "Value": ""},
                        {"Key": "access_logs.s3.prefix", "Value": ""},
                        {"Key": "idle_timeout.timeout_seconds", "Value": "60"},
                        {"Key": "deletion_protection.enabled", "Value": "true"},
                        ...,
                    ]
                },
            ),
            refused("DeleteLoadBalancer", {"LoadBalancerArn": Kept("lb")}, "OperationNotPermitted"),
            call(
                "ModifyLoadBalancerAttributes",
                {
                    "LoadBalancerArn": Kept("lb"),
                    "Attributes": [{"Key": "deletion_protection.enabled", "Value": "false"}],
                },
                {"Attributes": [...]},
            ),
            call(
                "ModifyCapacityReservation",
                {"LoadBalancerArn": Kept("lb"), "MinimumLoadBalancerCapacity": {"CapacityUnits": 300}},
                {
                    "LastModifiedTime": TIME, "DecreaseRequestsRemaining": 2,
                    "MinimumLoadBalancerCapacity": {"CapacityUnits": 300}, "CapacityReservationState": [...],
                },
            ),
            call(
                "DescribeCapacityReservation", {"LoadBalancerArn": Kept("lb")},
                {
                    "LastModifiedTime": TIME, "DecreaseRequestsRemaining": 2,
                    "MinimumLoadBalancerCapacity": {"CapacityUnits": 300},
                    "CapacityReservationState": [
                        {
                            "State": {"Code": "provisioned"}, "AvailabilityZone": f"us-east-1{letter}",
                            "EffectiveCapacityUnits": 100.0,
                        }
                        for letter in "abc"
                    ],
                },
            ),
            call("DeleteLoadBalancer", {"LoadBalancerArn": Kept("lb")}),
            call("DeleteLoadBalancer", {"LoadBalancerArn": Kept("lb")}),
            call("DescribeLoadBalancers", {}, {"LoadBalancers": []}),
        ],
    ),
    Story(
        "elbv2",
        "targets are registered, and their health is told",
        [
            *balancer(),
            call(
                "CreateTargetGroup",
                {"Name": "blue", "Protocol": "HTTP", "Port": 8080, "VpcId": Kept("vpc")},
                {"TargetGroups": [GROUP]}, keeps={"blue": "TargetGroups.0.TargetGroupArn"},
            ),
            refused(
                "CreateTargetGroup",
                {"Name": "blue", "Protocol": "HTTP", "Port": 81, "VpcId": Kept("vpc")},
                "DuplicateTargetGroupName",
            ),
            refused("CreateTargetGroup", {"Name": "x", "Port": 80, "VpcId": Kept("vpc")}, "ValidationError"),
            call(
                "ModifyTargetGroup",
                {"TargetGroupArn": BLUE, "HealthCheckPath": "/up", "Matcher": {"HttpCode": "200-299"}},
                {
                    "TargetGroups": [
                        {
                            **GROUP, "TargetGroupArn": BLUE, "HealthCheckPath": "/up",
                            "Matcher": {"HttpCode": "200-299"},
                        }
                    ]
                },
            ),
            call(
                "ModifyTargetGroupAttributes",
                {
                    "TargetGroupArn": BLUE,
                    "Attributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}],
                },
                {"Attributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}, ...]},
            ),
            call(
                "DescribeTargetGroupAttributes", {"TargetGroupArn": BLUE},
                {
                    "Attributes": [
                        {"Key": "deregistration_delay.timeout_seconds", "Value": "30"},
                        {"Key": "stickiness.enabled", "Value": "false"},
                        {"Key": "stickiness.type", "Value": "lb_cookie"},
                        ...,
                    ]
                },
            ),
            call(
                "CreateListener",
                {
                    "LoadBalancerArn": Kept("lb"), "Protocol": "HTTP", "Port": 80,
                    "DefaultActions": [{"Type": "forward", "TargetGroupArn": BLUE}],
                },
                {"Listeners": [LISTENER]}, keeps={"listener": "Listeners.0.ListenerArn"},
            ),
            call(
                "DescribeTargetGroups", {"LoadBalancerArn": Kept("lb")},
                {
                    "TargetGroups": [
                        {
                            **GROUP, "TargetGroupArn": BLUE, "HealthCheckPath": "/up",
                            "Matcher": {"HttpCode": "200-299"}, "LoadBalancerArns": [Kept("lb")],
                        }
                    ]
                },
            ),
            refused(
                "RegisterTargets", {"TargetGroupArn": BLUE, "Targets": [{"Id": "i-00000000000000000"}]},
                "InvalidTarget",
            ),
            call(
                "ec2:RunInstances",
                {
                    "ImageId": "ami-0abcdef1234567890", "InstanceType": "t2.micro", "MinCount": 1, "MaxCount": 1,
                    "SubnetId": Kept("one"),
                },
                {"ReservationId": ..., "OwnerId": ..., "Groups": ..., "Instances": [...]},
                keeps={"instance": "Instances.0.InstanceId"},
            ),
            call("RegisterTargets", {"TargetGroupArn": BLUE, "Targets": [{"Id": Kept("instance")}]}),
            call(
                "DescribeTargetHealth", {"TargetGroupArn": BLUE},
                {
                    "TargetHealthDescriptions": [
                        {
                            "Target": {"Id": Kept("instance"), "Port": 8080}, "HealthCheckPort": "8080",
                            "TargetHealth": {"State": "healthy"},
                            "AdministrativeOverride": {"State": "no_override", "Reason": ..., "Description": ...},
                        }
                    ]
                },
            ),
            call("DeregisterTargets", {"TargetGroupArn": BLUE, "Targets": [{"Id": Kept("instance")}]}),
            call(
                "DescribeTargetHealth", {"TargetGroupArn": BLUE, "Targets": [{"Id": Kept("instance")}]},
                {
                    "TargetHealthDescriptions": [
                        {
                            "Target": {"Id": Kept("instance"), "Port": 8080}, "HealthCheckPort": "8080",
                            "TargetHealth": {
                                "State": "draining", "Reason": "Target.DeregistrationInProgress",
                                "Description": "Target deregistration is in progress",
                            },
                            "AdministrativeOverride": {"State": "no_override", "Reason": ..., "Description": ...},
                        }
                    ]
                },
            ),
            refused("DeleteTargetGroup", {"TargetGroupArn": BLUE}, "ResourceInUse"),
            call("DeleteListener", {"ListenerArn": Kept("listener")}),
            refused("DeleteListener", {"ListenerArn": Kept("listener")}, "ListenerNotFound"),
            call("DeleteTargetGroup", {"TargetGroupArn": BLUE}),
            refused("DescribeTargetGroups", {"Names": ["blue"]}, "TargetGroupNotFound"),
        ],
    ),
]  # fmt: skip
