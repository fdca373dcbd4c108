"""Data protection policies: kept and given back. What they would mask or deny in messages is not looked for.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-data-protection-policies.html (closed to new customers)
"""

from __future__ import annotations

from backtrail import UNSET, Call, Event
from backtrail_aws.sns import arns, directory, documents, errors, limits
from backtrail_aws.sns.api import (
    GetDataProtectionPolicy,
    GetDataProtectionPolicyResult,
    PutDataProtectionPolicy,
)
from backtrail_aws.sns.state import Sns, service


@service.handle(at=arns.by_resource)
def put_data_protection_policy(state: Sns, call: Call[PutDataProtectionPolicy]) -> None:
    """Refuse what is no policy document."""
    directory.topic(state, call, call.params.resource_arn, "ResourceArn")
    check(call.params.data_protection_policy)


@service.project(at=arns.by_resource)
def data_protection_policy_put(state: Sns, event: Event[PutDataProtectionPolicy, None]) -> None:
    """The topic has the policy; an empty text is none."""
    topic = directory.noticed(state, event, event.params.resource_arn)
    topic.data_protection = event.params.data_protection_policy


@service.read(at=arns.by_resource)
def get_data_protection_policy(
    state: Sns, call: Call[GetDataProtectionPolicy]
) -> GetDataProtectionPolicyResult:
    """A topic's policy, as it was put; no member where it has none."""
    topic = directory.topic(state, call, call.params.resource_arn, "ResourceArn")
    return GetDataProtectionPolicyResult(data_protection_policy=topic.data_protection or UNSET)


def check(text: str) -> None:
    """Refuse what is no policy document. Raises `Refusal`."""
    if not text:
        return
    policy = documents.read(text)
    if policy is None or len(text) > limits.POLICY_MAX_BYTES or not policy.get("Statement"):
        # evidence: API_PutDataProtectionPolicy; words: guess
        raise errors.because("DataProtectionPolicy", "Invalid data protection policy")
