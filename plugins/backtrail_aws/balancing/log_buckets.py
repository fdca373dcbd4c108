"""Whether a bucket takes the logs of a load balancer.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html: the bucket lets in
either the service that delivers logs, or the account that Elastic Load Balancing has in the region.
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
    Who,
    document,
    evaluate,
)
from backtrail.record import partition_of

DELIVERY = ("logdelivery.elasticloadbalancing.amazonaws.com", "delivery.logs.amazonaws.com")
ACCOUNTS = {
    "us-east-1": "127311923021", "us-east-2": "033677994240", "us-west-1": "027434742980",
    "us-west-2": "797873946194", "af-south-1": "098369216593", "ap-east-1": "754344448648",
    "ap-southeast-3": "589379963580", "ap-south-1": "718504428378", "ap-northeast-3": "383597477331",
    "ap-northeast-2": "600734575887", "ap-southeast-1": "114774131450", "ap-southeast-2": "783225319266",
    "ap-northeast-1": "582318560864", "ca-central-1": "985666609251", "eu-central-1": "054676820928",
    "eu-west-1": "156460612806", "eu-west-2": "652711504416", "eu-south-1": "635631232127",
    "eu-west-3": "009996457667", "eu-north-1": "897822967062", "me-south-1": "076674570225",
    "sa-east-1": "507241528517", "us-gov-west-1": "048591011584", "us-gov-east-1": "190560391635",
    "cn-north-1": "638102146993", "cn-northwest-1": "037604701340",
}  # fmt: skip
"""The accounts of Elastic Load Balancing, of regions from before August 2022: the same page."""


def takes(call: Call[Any], bucket: str, prefix: str) -> bool:
    """Whether Elastic Load Balancing may put objects into a bucket; of one that nobody knows the policy of, it may."""
    partition = partition_of(call.region)
    folder = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
    key = f"{folder}AWSLogs/{call.account}/elasticloadbalancing/{call.region}/log.gz"
    resource = f"arn:{partition}:s3:::{bucket}/{key}"
    owned = call.resource_policy(resource, "s3:PutObject")
    if owned is None:
        return False
    if isinstance(owned.document, UnsetType):
        return True
    if owned.document is None:
        return False
    try:
        policy = Policy(id=f"the policy of {bucket}", document=document(owned.document))
    except BadPolicy:
        return False
    return any(
        evaluate(
            Request(principal=one, action="s3:PutObject", resource=resource, context=_context(call, one),
                    account=owned.account),
            Policies(resource=policy),
        ).outcome is Outcome.ALLOWED
        for one in _principals(call.region, partition)
    )  # fmt: skip


def _principals(region: str, partition: str) -> list[Principal]:
    found = [Principal(who=Who.SERVICE, service=one) for one in DELIVERY]
    account = ACCOUNTS.get(region)
    if account is not None:
        arn = f"arn:{partition}:iam::{account}:root"
        found.append(Principal(who=Who.ROOT, arn=arn, account=account))
    return found


def _context(call: Call[Any], who: Principal) -> Keys:
    return Keys(
        {
            "aws:SourceAccount": call.account, "aws:SecureTransport": True,
            "s3:x-amz-acl": "bucket-owner-full-control", "aws:PrincipalServiceName": who.service,
            "aws:SourceArn": call.arn("elasticloadbalancing", "loadbalancer/*"),
        }
    )  # fmt: skip
