"""Whether the policies of what CloudTrail delivers to let it in.

They are asked about whenever a trail is made or changed, also where IAM decides nothing: so does AWS.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
"""

from __future__ import annotations

from typing import Any

from backtrail import Call, UnsetType
from backtrail.policy import (
    BadPolicy,
    Keys,
    Outcome,
    Policies,
    Policy,
    Principal,
    Request,
    Value,
    Who,
    document,
    evaluate,
)

PRINCIPAL = "cloudtrail.amazonaws.com"


def lets_in(
    text: str | UnsetType | None, action: str, resource: str, account: str, trail_arn: str, **context: Value
) -> bool:
    """Whether a resource's policy allows CloudTrail an action for a trail. A policy that nobody knows may."""
    if isinstance(text, UnsetType):
        return True
    if text is None:
        return False
    try:
        compiled = document(text)
    except BadPolicy:
        return False
    given = {
        "aws:SourceArn": trail_arn,
        "aws:SourceAccount": trail_arn.split(":")[4],
        "aws:SecureTransport": True,
        "aws:PrincipalServiceName": PRINCIPAL,
        "aws:PrincipalIsAWSService": True,
        **context,
    }
    request = Request(
        principal=Principal(who=Who.SERVICE, service=PRINCIPAL), action=action, resource=resource,
        context=Keys(given), account=account,
    )  # fmt: skip
    policy = Policy(id=f"the policy of {resource}", document=compiled)
    return evaluate(request, Policies(resource=policy)).outcome is Outcome.ALLOWED


def bucket_lets_in(
    call: Call[Any], bucket: str, partition: str, action: str, key: str | None, trail_arn: str
) -> bool | None:
    """The same of a bucket, or of a key in it; None where there is no such bucket."""
    resource = f"arn:{partition}:s3:::{bucket}" + ("" if key is None else f"/{key}")
    owned = call.resource_policy(resource, action)
    if owned is None:
        return None
    context: dict[str, Value] = {"s3:x-amz-acl": "bucket-owner-full-control"} if key is not None else {}
    return lets_in(owned.document, action, resource, owned.account, trail_arn, **context)
