"""Classic Load Balancers: made, placed, with listeners, policies, instances and attributes."""

from __future__ import annotations

import re

from ..driving import TIME, Kept, Step, Story, call, refused
from .made_keys import CERTIFICATE, PRIVATE_KEY

NAME = {"LoadBalancerName": "web"}
HTTP = {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstanceProtocol": "HTTP", "InstancePort": 8080}
CHECK = {"Target": "TCP:8080", "Interval": 30, "Timeout": 5, "UnhealthyThreshold": 2, "HealthyThreshold": 10}
DNS = re.compile(r"web-\d{1,10}\.us-east-1\.elb\.amazonaws\.com")
BALANCER = {
    **NAME, "DNSName": DNS, "CanonicalHostedZoneName": DNS, "CanonicalHostedZoneNameID": "Z35SXDOTRQ7X7K",
    "ListenerDescriptions": [{"Listener": HTTP, "PolicyNames": []}],
    "Policies": {"AppCookieStickinessPolicies": [], "LBCookieStickinessPolicies": [], "OtherPolicies": []},
    "BackendServerDescriptions": [], "AvailabilityZones": ["us-east-1a"], "Subnets": [Kept("one")],
    "VPCId": Kept("vpc"), "Instances": [], "HealthCheck": CHECK,
    "SourceSecurityGroup": {"OwnerAlias": "123456789012", "GroupName": "default"},
    "SecurityGroups": [re.compile("sg-.+")], "CreatedTime": TIME, "Scheme": "internet-facing",
}  # fmt: skip


def balancer() -> list[Step]:
    """A load balancer in one of the default VPC's subnets."""
    return [
        *(
            call(
                "ec2:DescribeSubnets",
                {"Filters": [{"Name": "availability-zone", "Values": [f"us-east-1{letter}"]}]}, {"Subnets": [...]},
                keeps={name: "Subnets.0.SubnetId", "vpc": "Subnets.0.VpcId"},
            )
            for letter, name in (("a", "one"), ("b", "two"))
        ),
        call(
            "CreateLoadBalancer", {**NAME, "Listeners": [HTTP], "Subnets": [Kept("one")]}, {"DNSName": DNS},
            keeps={"dns": "DNSName"},
        ),
    ]  # fmt: skip


STORIES: list[Story] = [
    Story(
        "elb",
        "a classic load balancer is made, placed and deleted",
        [
            *balancer(),
            call(
                "CreateLoadBalancer", {**NAME, "Listeners": [HTTP], "Subnets": [Kept("one")]},
                {"DNSName": Kept("dns")},
            ),
            refused(
                "CreateLoadBalancer", {**NAME, "Listeners": [HTTP], "Subnets": [Kept("two")]},
                "DuplicateLoadBalancerName",
            ),
            refused("CreateLoadBalancer", {"LoadBalancerName": "x", "Listeners": [HTTP]}, "ValidationError"),
            refused(
                "CreateLoadBalancer",
                {"LoadBalancerName": "x", "Listeners": [HTTP], "Subnets": ["subnet-00000000000000000"]},
                "SubnetNotFound",
            ),
            call(
                "DescribeLoadBalancers", {"LoadBalancerNames": ["web"]},
                {"LoadBalancerDescriptions": [BALANCER]},
            ),
            refused("DescribeLoadBalancers", {"LoadBalancerNames": ["none"]}, "LoadBalancerNotFound"),
            call(
                "AttachLoadBalancerToSubnets", {**NAME, "Subnets": [Kept("two")]},
                {"Subnets": [Kept("one"), Kept("two")]},
            ),
            call("DetachLoadBalancerFromSubnets", {**NAME, "Subnets": [Kept("two")]}, {"Subnets": [Kept("one")]}),
            call(
                "EnableAvailabilityZonesForLoadBalancer", {**NAME, "AvailabilityZones": ["us-east-1b"]},
                {"AvailabilityZones": ["us-east-1a", "us-east-1b"]},
            ),
            call(
                "DisableAvailabilityZonesForLoadBalancer", {**NAME, "AvailabilityZones": ["us-east-1b"]},
                {"AvailabilityZones": ["us-east-1a"]},
            ),
            call(
                "ec2:CreateSecurityGroup", {"GroupName": "lb", "Description": "d", "VpcId": Kept("vpc")},
                {"GroupId": ..., "SecurityGroupArn": ...}, keeps={"sg": "GroupId"},
            ),
            call(
                "ApplySecurityGroupsToLoadBalancer", {**NAME, "SecurityGroups": [Kept("sg")]},
                {"SecurityGroups": [Kept("sg")]},
            ),
            refused(
                "ApplySecurityGroupsToLoadBalancer", {**NAME, "SecurityGroups": ["sg-00000000000000000"]},
                "InvalidSecurityGroup",
            ),
            call("AddTags", {"LoadBalancerNames": ["web"], "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b"}]}),
            call("RemoveTags", {"LoadBalancerNames": ["web"], "Tags": [{"Key": "b"}]}),
            call(
                "DescribeTags", {"LoadBalancerNames": ["web"]},
                {"TagDescriptions": [{**NAME, "Tags": [{"Key": "a", "Value": "1"}]}]},
            ),
            call("DescribeAccountLimits", {}, {"Limits": [{"Name": ..., "Max": ...}, ...]}),
            call("DeleteLoadBalancer", NAME),
            call("DeleteLoadBalancer", NAME),
            call("DescribeLoadBalancers", {}, {"LoadBalancerDescriptions": []}),
        ],
    ),
    Story(
        "elb",
        "instances, health checks and attributes",
        [
            *balancer(),
            call(
                "ec2:RunInstances",
                {
                    "ImageId": "ami-0abcdef1234567890", "InstanceType": "t2.micro", "MinCount": 1, "MaxCount": 1,
                    "SubnetId": Kept("one"),
                },
                {"ReservationId": ..., "OwnerId": ..., "Groups": ..., "Instances": [...]},
                keeps={"instance": "Instances.0.InstanceId"},
            ),
            refused(
                "RegisterInstancesWithLoadBalancer",
                {**NAME, "Instances": [{"InstanceId": "i-00000000000000000"}]},
                "InvalidInstance",
            ),
            call(
                "RegisterInstancesWithLoadBalancer", {**NAME, "Instances": [{"InstanceId": Kept("instance")}]},
                {"Instances": [{"InstanceId": Kept("instance")}]},
            ),
            call(
                "DescribeInstanceHealth", NAME,
                {
                    "InstanceStates": [
                        {
                            "InstanceId": Kept("instance"), "State": "InService", "ReasonCode": "N/A",
                            "Description": "N/A",
                        }
                    ]
                },
            ),
            call(
                "ConfigureHealthCheck", {**NAME, "HealthCheck": {**CHECK, "Target": "HTTP:8080/up"}},
                {"HealthCheck": {**CHECK, "Target": "HTTP:8080/up"}},
            ),
            refused(
                "ConfigureHealthCheck", {**NAME, "HealthCheck": {**CHECK, "Target": "HTTP:8080"}}, "ValidationError"
            ),
            call(
                "ModifyLoadBalancerAttributes",
                {
                    **NAME,
                    "LoadBalancerAttributes": {
                        "CrossZoneLoadBalancing": {"Enabled": True},
                        "ConnectionDraining": {"Enabled": True, "Timeout": 60},
                    },
                },
                {
                    **NAME,
                    "LoadBalancerAttributes": {
                        "CrossZoneLoadBalancing": {"Enabled": True},
                        "ConnectionDraining": {"Enabled": True, "Timeout": 60},
                    },
                },
            ),
            refused(
                "ModifyLoadBalancerAttributes",
                {
                    **NAME,
                    "LoadBalancerAttributes": {
                        "AccessLog": {"Enabled": True, "S3BucketName": "no-such-bucket-of-logs"}
                    },
                },
                "InvalidConfigurationRequest",
            ),
            call(
                "DescribeLoadBalancerAttributes", NAME,
                {
                    "LoadBalancerAttributes": {
                        "CrossZoneLoadBalancing": {"Enabled": True}, "AccessLog": {"Enabled": False},
                        "ConnectionDraining": {"Enabled": True, "Timeout": 60},
                        "ConnectionSettings": {"IdleTimeout": 60},
                        "AdditionalAttributes": [{"Key": "elb.http.desyncmitigationmode", "Value": "defensive"}],
                    }
                },
            ),
            call(
                "DeregisterInstancesFromLoadBalancer", {**NAME, "Instances": [{"InstanceId": Kept("instance")}]},
                {"Instances": []},
            ),
            call(
                "DescribeInstanceHealth", {**NAME, "Instances": [{"InstanceId": Kept("instance")}]},
                {
                    "InstanceStates": [
                        {
                            "InstanceId": Kept("instance"), "State": "InService", "ReasonCode": "N/A",
                            "Description": "Instance deregistration currently in progress.",
                        }
                    ]
                },
            ),
        ],
    ),
    Story(
        "elb",
        "listeners and policies",
        [
            *balancer(),
            call(
                "iam:UploadServerCertificate",
                {"ServerCertificateName": "tls", "CertificateBody": CERTIFICATE, "PrivateKey": PRIVATE_KEY},
                {"ServerCertificateMetadata": ...}, keeps={"tls": "ServerCertificateMetadata.Arn"},
            ),
            refused(
                "CreateLoadBalancerListeners",
                {
                    **NAME,
                    "Listeners": [
                        {
                            "Protocol": "HTTPS", "LoadBalancerPort": 443, "InstancePort": 8080,
                            "SSLCertificateId": "arn:aws:iam::123456789012:server-certificate/none",
                        }
                    ],
                },
                "CertificateNotFound",
            ),
            call(
                "CreateLoadBalancerListeners",
                {
                    **NAME,
                    "Listeners": [
                        {
                            "Protocol": "HTTPS", "LoadBalancerPort": 443, "InstanceProtocol": "HTTP",
                            "InstancePort": 8080, "SSLCertificateId": Kept("tls"),
                        }
                    ],
                },
            ),
            refused(
                "CreateLoadBalancerListeners", {**NAME, "Listeners": [{**HTTP, "InstancePort": 81}]},
                "DuplicateListener",
            ),
            call(
                "SetLoadBalancerListenerSSLCertificate",
                {**NAME, "LoadBalancerPort": 443, "SSLCertificateId": Kept("tls")},
            ),
            call(
                "CreateAppCookieStickinessPolicy", {**NAME, "PolicyName": "app", "CookieName": "session"}
            ),
            call(
                "CreateLBCookieStickinessPolicy", {**NAME, "PolicyName": "lb", "CookieExpirationPeriod": 60}
            ),
            call(
                "CreateLoadBalancerPolicy",
                {
                    **NAME, "PolicyName": "proxy", "PolicyTypeName": "ProxyProtocolPolicyType",
                    "PolicyAttributes": [{"AttributeName": "ProxyProtocol", "AttributeValue": "true"}],
                },
            ),
            refused(
                "CreateLoadBalancerPolicy", {**NAME, "PolicyName": "x", "PolicyTypeName": "NoSuchType"},
                "PolicyTypeNotFound",
            ),
            call("SetLoadBalancerPoliciesOfListener", {**NAME, "LoadBalancerPort": 80, "PolicyNames": ["lb"]}),
            refused(
                "SetLoadBalancerPoliciesOfListener", {**NAME, "LoadBalancerPort": 80, "PolicyNames": ["none"]},
                "PolicyNotFound",
            ),
            call(
                "SetLoadBalancerPoliciesForBackendServer",
                {**NAME, "InstancePort": 8080, "PolicyNames": ["proxy"]},
            ),
            refused("DeleteLoadBalancerPolicy", {**NAME, "PolicyName": "lb"}, "InvalidConfigurationRequest"),
            call("DeleteLoadBalancerPolicy", {**NAME, "PolicyName": "app"}),
            call(
                "DescribeLoadBalancerPolicies", {**NAME, "PolicyNames": ["lb"]},
                {
                    "PolicyDescriptions": [
                        {
                            "PolicyName": "lb", "PolicyTypeName": "LBCookieStickinessPolicyType",
                            "PolicyAttributeDescriptions": [
                                {"AttributeName": "CookieExpirationPeriod", "AttributeValue": "60"}
                            ],
                        }
                    ]
                },
            ),
            call(
                "DescribeLoadBalancerPolicyTypes", {"PolicyTypeNames": ["ProxyProtocolPolicyType"]},
                {
                    "PolicyTypeDescriptions": [
                        {
                            "PolicyTypeName": "ProxyProtocolPolicyType", "Description": ...,
                            "PolicyAttributeTypeDescriptions": [
                                {"AttributeName": "ProxyProtocol", "AttributeType": "Boolean", "Cardinality": "ONE"}
                            ],
                        }
                    ]
                },
            ),
            call("DeleteLoadBalancerListeners", {**NAME, "LoadBalancerPorts": [443]}),
            call(
                "DescribeLoadBalancers", {"LoadBalancerNames": ["web"]},
                {
                    "LoadBalancerDescriptions": [
                        {
                            **BALANCER, "ListenerDescriptions": [{"Listener": HTTP, "PolicyNames": ["lb"]}],
                            "Policies": {
                                "AppCookieStickinessPolicies": [],
                                "LBCookieStickinessPolicies": [{"PolicyName": "lb", "CookieExpirationPeriod": 60}],
                                "OtherPolicies": ["proxy"],
                            },
                            "BackendServerDescriptions": [{"InstancePort": 8080, "PolicyNames": ["proxy"]}],
                        }
                    ]
                },
            ),
        ],
    ),
]  # fmt: skip
