"""Listeners, rules and certificates of load balancers, in boto3's words."""

from __future__ import annotations

import re

from ..driving import Kept, Story, call, refused
from .elbv2 import BLUE, GROUP, HERE, LISTENER, balancer, forwards
from .made_keys import CERTIFICATE, PRIVATE_KEY

NOT_FOUND = {
    "Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain"},
}  # fmt: skip
RULE = {
    "RuleArn": re.compile(HERE + ":listener-rule/app/web/[0-9a-f]{16}/[0-9a-f]{16}/[0-9a-f]{16}"), "Priority": "10",
    "Conditions": [
        {"Field": "path-pattern", "Values": ["/a/*"], "PathPatternConfig": {"Values": ["/a/*"]}}
    ],
    "Actions": [NOT_FOUND], "IsDefault": False,
}  # fmt: skip

STORIES: list[Story] = [
    Story(
        "elbv2",
        "listeners, rules and certificates",
        [
            *balancer(),
            call(
                "CreateTargetGroup",
                {"Name": "blue", "Protocol": "HTTP", "Port": 8080, "VpcId": Kept("vpc")},
                {"TargetGroups": [GROUP]}, keeps={"blue": "TargetGroups.0.TargetGroupArn"},
            ),
            call(
                "CreateListener",
                {
                    "LoadBalancerArn": Kept("lb"), "Protocol": "HTTP", "Port": 80,
                    "DefaultActions": [{"Type": "forward", "TargetGroupArn": BLUE}],
                },
                {"Listeners": [LISTENER]}, keeps={"listener": "Listeners.0.ListenerArn"},
            ),
            refused(
                "CreateListener",
                {"LoadBalancerArn": Kept("lb"), "Protocol": "HTTP", "Port": 80, "DefaultActions": [NOT_FOUND]},
                "DuplicateListener",
            ),
            refused(
                "CreateListener",
                {"LoadBalancerArn": Kept("lb"), "Protocol": "HTTPS", "Port": 443, "DefaultActions": [NOT_FOUND]},
                "ValidationError",
            ),
            call(
                "CreateRule",
                {
                    "ListenerArn": Kept("listener"), "Priority": 10, "Actions": [NOT_FOUND],
                    "Conditions": [{"Field": "path-pattern", "Values": ["/a/*"]}],
                },
                {"Rules": [RULE]}, keeps={"rule": "Rules.0.RuleArn"},
            ),
            refused(
                "CreateRule",
                {
                    "ListenerArn": Kept("listener"), "Priority": 10, "Actions": [NOT_FOUND],
                    "Conditions": [{"Field": "host-header", "Values": ["x.example.com"]}],
                },
                "PriorityInUse",
            ),
            call(
                "ModifyRule",
                {
                    "RuleArn": Kept("rule"),
                    "Conditions": [{"Field": "host-header", "HostHeaderConfig": {"Values": ["x.example.com"]}}],
                },
                {
                    "Rules": [
                        {
                            **RULE, "RuleArn": Kept("rule"),
                            "Conditions": [
                                {
                                    "Field": "host-header", "Values": ["x.example.com"],
                                    "HostHeaderConfig": {"Values": ["x.example.com"]},
                                }
                            ],
                        }
                    ]
                },
            ),
            call(
                "SetRulePriorities", {"RulePriorities": [{"RuleArn": Kept("rule"), "Priority": 5}]},
                {"Rules": [{**RULE, "RuleArn": Kept("rule"), "Priority": "5", "Conditions": [...]}]},
            ),
            call(
                "DescribeRules", {"ListenerArn": Kept("listener")},
                {
                    "Rules": [
                        {**RULE, "RuleArn": Kept("rule"), "Priority": "5", "Conditions": [...]},
                        {
                            "RuleArn": ..., "Priority": "default", "Conditions": [], "Actions": [forwards(BLUE)],
                            "IsDefault": True,
                        },
                    ]
                },
                keeps={"default": "Rules.1.RuleArn"},
            ),
            refused("DeleteRule", {"RuleArn": Kept("default")}, "OperationNotPermitted"),
            call("DeleteRule", {"RuleArn": Kept("rule")}),
            refused("DescribeRules", {"RuleArns": [Kept("rule")]}, "RuleNotFound"),
            call(
                "iam:UploadServerCertificate",
                {
                    "ServerCertificateName": "tls",
                    "CertificateBody": CERTIFICATE,
                    "PrivateKey": PRIVATE_KEY,
                },
                {"ServerCertificateMetadata": ...}, keeps={"tls": "ServerCertificateMetadata.Arn"},
            ),
            refused(
                "ModifyListener",
                {
                    "ListenerArn": Kept("listener"), "Protocol": "HTTPS", "Port": 443,
                    "Certificates": [
                        {"CertificateArn": "arn:aws:iam::123456789012:server-certificate/none"}
                    ],
                },
                "CertificateNotFound",
            ),
            call(
                "ModifyListener",
                {
                    "ListenerArn": Kept("listener"), "Protocol": "HTTPS", "Port": 443,
                    "Certificates": [{"CertificateArn": Kept("tls")}],
                },
                {
                    "Listeners": [
                        {
                            **LISTENER, "ListenerArn": Kept("listener"), "Protocol": "HTTPS", "Port": 443,
                            "Certificates": [{"CertificateArn": Kept("tls")}],
                            "SslPolicy": "ELBSecurityPolicy-2016-08", "MutualAuthentication": {"Mode": "off"},
                        }
                    ]
                },
            ),
            call(
                "DescribeListeners", {"LoadBalancerArn": Kept("lb")},
                {
                    "Listeners": [
                        {
                            **LISTENER, "ListenerArn": Kept("listener"), "Protocol": "HTTPS", "Port": 443,
                            "Certificates": [{"CertificateArn": Kept("tls")}],
                            "SslPolicy": "ELBSecurityPolicy-2016-08", "MutualAuthentication": {"Mode": "off"},
                        }
                    ]
                },
            ),
            call(
                "AddListenerCertificates",
                {"ListenerArn": Kept("listener"), "Certificates": [{"CertificateArn": Kept("tls")}]},
                {"Certificates": [{"CertificateArn": Kept("tls"), "IsDefault": False}]},
            ),
            call(
                "DescribeListenerCertificates", {"ListenerArn": Kept("listener")},
                {
                    "Certificates": [
                        {"CertificateArn": Kept("tls"), "IsDefault": True},
                        {"CertificateArn": Kept("tls"), "IsDefault": False},
                    ]
                },
            ),
            call(
                "RemoveListenerCertificates",
                {"ListenerArn": Kept("listener"), "Certificates": [{"CertificateArn": Kept("tls")}]},
            ),
            call(
                "ModifyListenerAttributes",
                {
                    "ListenerArn": Kept("listener"),
                    "Attributes": [{"Key": "routing.http.response.server.enabled", "Value": "false"}],
                },
                {"Attributes": [...]},
            ),
            call("DescribeListenerAttributes", {"ListenerArn": Kept("listener")}, {"Attributes": [...]}),
            call(
                "DescribeSSLPolicies", {"Names": ["ELBSecurityPolicy-TLS13-1-3-2021-06"]},
                {
                    "SslPolicies": [
                        {
                            "Name": "ELBSecurityPolicy-TLS13-1-3-2021-06", "SslProtocols": ["TLSv1.3"],
                            "Ciphers": [
                                {"Name": "TLS_AES_128_GCM_SHA256", "Priority": 1},
                                {"Name": "TLS_AES_256_GCM_SHA384", "Priority": 2},
                                {"Name": "TLS_CHACHA20_POLY1305_SHA256", "Priority": 3},
                            ],
                            "SupportedLoadBalancerTypes": ["application", "network"],
                        }
                    ]
                },
            ),
            refused("DescribeSSLPolicies", {"Names": ["none"]}, "SSLPolicyNotFound"),
            call(
                "AddTags", {"ResourceArns": [Kept("lb"), BLUE], "Tags": [{"Key": "team", "Value": "x"}]}
            ),
            call("RemoveTags", {"ResourceArns": [BLUE], "TagKeys": ["team"]}),
            call(
                "DescribeTags", {"ResourceArns": [Kept("lb"), BLUE]},
                {
                    "TagDescriptions": [
                        {"ResourceArn": Kept("lb"), "Tags": [{"Key": "team", "Value": "x"}]},
                        {"ResourceArn": BLUE, "Tags": []},
                    ]
                },
            ),
            refused(
                "AddTags", {"ResourceArns": [HERE + ":loadbalancer/app/none/0123456789abcdef"], "Tags": [{"Key": "a"}]},
                "LoadBalancerNotFound",
            ),
            call(
                "DescribeAccountLimits", {"PageSize": 2},
                {"Limits": [{"Name": ..., "Max": ...}, {"Name": ..., "Max": ...}], "NextMarker": ...},
            ),
        ],
    ),
]  # fmt: skip
