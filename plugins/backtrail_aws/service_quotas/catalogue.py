"""Which quotas there are: what the services' plugins declare, by the codes of Service Quotas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backtrail import Call, Quota
from backtrail_aws.service_quotas import errors
from backtrail_aws.service_quotas.api import ServiceInfo
from backtrail_aws.service_quotas.state import EVERYWHERE

_NAMES = {
    "ec2": "Amazon Elastic Compute Cloud (Amazon EC2)",
    "iam": "AWS Identity and Access Management (IAM)",
    "lambda": "AWS Lambda",
    "logs": "Amazon CloudWatch Logs",
    "organizations": "AWS Organizations",
    "s3": "Amazon Simple Storage Service (Amazon S3)",
    "sns": "Amazon Simple Notification Service (Amazon SNS)",
    "sqs": "Amazon Simple Queue Service (Amazon SQS)",
    "vpc": "Amazon Virtual Private Cloud (Amazon VPC)",
}
"""As `list-services` names them; a service that is not here goes by its code."""


def services(call: Call[Any]) -> list[ServiceInfo]:
    """The services that have quotas, by code."""
    return [
        ServiceInfo(service_code=code, service_name=name_of(code)) for code in sorted(call.quota_tables())
    ]


def quotas(call: Call[Any], service: str) -> Mapping[str, Quota]:
    """A service's quotas, by code. Raises `Refusal`."""
    found = call.quota_tables().get(service)
    if found is None:
        raise errors.no_such_service()
    return found


def quota(call: Call[Any], service: str, code: str) -> Quota:
    """One quota. Raises `Refusal`."""
    found = quotas(call, service).get(code)
    if found is None:
        raise errors.no_such_quota()
    return found


def name_of(service: str) -> str:
    """A service's name."""
    return _NAMES.get(service, service)


def region_of(quota: Quota, region: str) -> str:
    """Where a quota is one: in each region, or everywhere."""
    return EVERYWHERE if quota.everywhere else region


def key_of(quota: Quota, region: str) -> str:
    """What the State keeps a quota's changes under."""
    return f"{region_of(quota, region)}/{quota.owner}/{quota.code}"


def arn_of(call: Call[Any], quota: Quota, account: str | None = None) -> str:
    """A quota's ARN; its default's has no account."""
    owner = call.account if account is None else account
    found = call.arn("servicequotas", f"{quota.owner}/{quota.code}", region="" if quota.everywhere else None)
    return found if owner else found.replace(f":{call.account}:", "::", 1)
