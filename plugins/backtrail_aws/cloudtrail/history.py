"""What event history tells of a record beside the record itself: who, and about which resources.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html; which resources AWS lists for
which action is in no document: here they are what the audit index finds for certain.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from backtrail import UNSET, UnsetType
from backtrail.mentions import mentions
from backtrail.record import parse_time
from backtrail.trail.times import CommaTime
from backtrail_aws.cloudtrail.api import Event, Resource
from backtrail_aws.cloudtrail.records import Shown

_TYPES: Final[Mapping[str, str]] = {
    "accesskey": "AWS::IAM::AccessKey",
    "assumedrole": "AWS::STS::AssumedRole",
    "flowlog": "AWS::EC2::FlowLog",
    "launchtemplate": "AWS::EC2::LaunchTemplate",
    "networkacl": "AWS::EC2::NetworkAcl",
    "vpcendpoint": "AWS::EC2::VPCEndpoint", "internetgateway": "AWS::EC2::InternetGateway",
    "instanceprofile": "AWS::IAM::InstanceProfile", "routetable": "AWS::EC2::RouteTable",
    "securitygroup": "AWS::EC2::SecurityGroup", "networkinterface": "AWS::EC2::NetworkInterface",
    "natgateway": "AWS::EC2::NatGateway", "vpc": "AWS::EC2::VPC", "loggroup": "AWS::Logs::LogGroup",
    "dbinstance": "AWS::RDS::DBInstance", "autoscalinggroup": "AWS::AutoScaling::AutoScalingGroup",
}  # fmt: skip
_SERVICES: Final[Mapping[str, str]] = {
    "iam": "IAM", "ec2": "EC2", "s3": "S3", "sqs": "SQS", "sns": "SNS", "kms": "KMS", "rds": "RDS", "ssm": "SSM",
    "lambda": "Lambda", "logs": "Logs", "dynamodb": "DynamoDB", "cloudtrail": "CloudTrail", "sts": "STS",
    "cloudformation": "CloudFormation", "elasticloadbalancing": "ElasticLoadBalancing", "ecs": "ECS", "eks": "EKS",
    "secretsmanager": "SecretsManager", "autoscaling": "AutoScaling", "cloudwatch": "CloudWatch", "events": "Events",
    "organizations": "Organizations", "kinesis": "Kinesis", "ecr": "ECR", "route53": "Route53",
}  # fmt: skip


def username(record: Shown) -> str:
    """Who called: a user's name, a session's, `root`; empty where nobody did."""
    identity = record.identity
    if identity.type == "AssumedRole":
        return identity.principal.rpartition(":")[2] or identity.arn.rpartition("/")[2]
    if identity.type == "Root":
        return identity.user_name or "root"
    return identity.user_name


def resources(data: bytes, record: Shown) -> list[Resource]:
    """The resources that a record is about, each once: its ARN where it has one, else its name."""
    found: dict[tuple[str, str], None] = {}
    whole: dict[str, Any] = msgspec.json.decode(data)
    listed = [(one.type, one.arn) for one in record.resources if one.arn]
    for mention in mentions(whole):
        if mention.certain and mention.type:
            kind = resource_type(mention.type)
            if kind:
                found.setdefault((kind, mention.id))
    for kind, arn in listed:
        found.setdefault((kind, arn))
    return [Resource(resource_type=kind, resource_name=name) for kind, name in found]


def resource_type(hint: str) -> str:
    """`iam:role` -> `AWS::IAM::Role`; empty where no such type is known."""
    service, _, noun = hint.partition(":")
    if noun in _TYPES:
        return _TYPES[noun]
    owner = _SERVICES.get(service)
    return f"AWS::{owner}::{noun[:1].upper()}{noun[1:]}" if owner and noun else ""


def event(data: bytes, record: Shown, found: list[Resource]) -> Event:
    """A record as `LookupEvents` answers it: its facts, and itself, byte for byte."""
    key, name = record.identity.access_key, username(record)
    return Event(
        event_id=record.id, event_name=record.name, read_only=_boolean(record.read_only),
        access_key_id=key or UNSET, event_time=CommaTime.of(parse_time(record.time)), event_source=record.source,
        username=name or UNSET, resources=found, cloud_trail_event=data.decode(),
    )  # fmt: skip


def _boolean(value: bool | None) -> str | UnsetType:
    return UNSET if value is None else "true" if value else "false"
