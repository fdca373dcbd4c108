"""Whether S3 may tell the destinations of a notification configuration: they exist, and their policies say so.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html. A destination whose
service nobody serves here cannot be asked, and is taken as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from backtrail import UNSET, Call, Params, Refusal, UnsetType, field
from backtrail_aws.s3 import api
from backtrail_aws.s3.errors import refused
from backtrail_aws.s3.notification_targets import Target, targets_of
from backtrail_aws.s3.policy_document import Statement, matches, statements
from backtrail_aws.s3.state import Bucket

P = TypeVar("P")
_PRINCIPAL: Final = "s3.amazonaws.com"
_ACTIONS: Final = {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "lambda": "lambda:InvokeFunction"}
_NOUNS: Final = {"sqs": "queue", "sns": "topic", "lambda": "Lambda function"}


class GetQueueAttributes(Params):
    """A question to SQS."""

    queue_url: str = field(name="queueUrl")
    attribute_names: list[str] = field(name="attributeNames")


class ListQueues(Params):
    """Whether anybody serves SQS."""


class GetTopicAttributes(Params):
    """A question to SNS."""

    topic_arn: str = field(name="topicArn")


class ListTopics(Params):
    """Whether anybody serves SNS."""


class GetPolicy(Params):
    """A question to Lambda."""

    function_name: str = field(name="functionName")


class GetFunctionConfiguration(Params):
    """Whether a function exists."""

    function_name: str = field(name="functionName")


class ListFunctions(Params):
    """Whether anybody serves Lambda."""


class _Attributes(Params):
    attributes: dict[str, str] | UnsetType = field(name="attributes", default=UNSET)


class _Policy(Params):
    policy: str | UnsetType = field(name="policy", default=UNSET)


class _Anything(Params):
    pass


_SERVED: Final[Mapping[str, Params]] = {
    "sqs": ListQueues(),
    "sns": ListTopics(),
    "lambda": ListFunctions(),
}


def check(call: Call[P], bucket: Bucket, wanted: api.NotificationConfiguration) -> None:
    """Refuses with InvalidArgument, which names each destination that S3 may not tell, and why."""
    faults = [
        (target.arn, fault)
        for target in targets_of(wanted).targets
        if (fault := _fault(call, bucket, target)) is not None
    ]
    if faults:
        raise unable(faults)


def unable(faults: list[tuple[str, str]]) -> Refusal:
    """The refusal of destinations: ARN and what is wrong with it."""
    # evidence: page https://repost.aws/knowledge-center/unable-validate-destination-s3, issue
    # https://github.com/aws/aws-cli/issues/8162 (the words for queues); those for what does not exist: guess
    members: dict[str, Any] = {}
    for number, (arn, fault) in enumerate(faults, 1):
        members |= {f"ArgumentName{number}": arn, f"ArgumentValue{number}": fault}
    return refused(
        "InvalidArgument", "Unable to validate the following destination configurations", **members
    )


def queue_url(target: Target) -> str:
    """The URL of a queue."""
    suffix = ".cn" if target.region.startswith("cn-") else ""
    return f"https://sqs.{target.region}.amazonaws.com{suffix}/{target.account}/{target.name}"


def _fault(call: Call[P], bucket: Bucket, target: Target) -> str | None:
    if call.ask(target.service, _SERVED[target.service], _Anything, account=target.account) is None:
        return None
    policy = _policy(call, target)
    if policy is None:
        return f"The destination {_NOUNS[target.service]} does not exist"
    if _allowed(policy, target, bucket):
        return None
    if target.service == "lambda":
        return f"Not authorized to invoke function [{target.arn}]"
    noun = _NOUNS[target.service]
    return f"Permissions on the destination {noun} do not allow S3 to publish notifications from this bucket"


def _policy(call: Call[P], target: Target) -> str | None:
    """A destination's policy, "" where it has none; None where it does not exist."""
    if target.service == "lambda":
        policy = call.ask("lambda", GetPolicy(function_name=target.arn), _Policy, account=target.account)
        if policy is not None:
            return "" if policy.policy is UNSET else policy.policy
        known = GetFunctionConfiguration(function_name=target.arn)
        there = call.ask("lambda", known, _Anything, account=target.account)
        return None if there is None else ""
    question: Params = (
        GetQueueAttributes(queue_url=queue_url(target), attribute_names=["Policy"])
        if target.service == "sqs"
        else GetTopicAttributes(topic_arn=target.arn)
    )
    told = call.ask(target.service, question, _Attributes, account=target.account)
    if told is None:
        return None
    return "" if told.attributes is UNSET else told.attributes.get("Policy", "")


# what the policy says


def _allowed(policy: str, target: Target, bucket: Bucket) -> bool:
    """Whether a destination's policy lets S3 tell it of this bucket: a statement allows it, and none denies it."""
    context = {
        "aws:sourcearn": f"arn:aws:s3:::{bucket.name}",
        "aws:sourceaccount": bucket.account,
        "aws:principalservicename": _PRINCIPAL,
        "aws:principalisawsservice": "true",
        "aws:securetransport": "true",
    }
    said = [
        one.allow
        for one in statements(policy)
        if one.covers(_ACTIONS[target.service], target.arn) and _is_meant(one) and _holds(one, context)
    ]
    return bool(said) and all(said)


def _is_meant(statement: Statement) -> bool:
    named = "*" in statement.aws or not statement.services.isdisjoint({_PRINCIPAL, "*"})
    return named is not statement.others


def _holds(statement: Statement, context: Mapping[str, str]) -> bool:
    return all(
        _condition(operator, context.get(key.lower()), values)
        for operator, keys in statement.conditions.items()
        for key, values in keys.items()
    )


def _condition(operator: str, actual: str | None, values: tuple[str, ...]) -> bool:
    """One condition, by the rules of
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html; an operator
    that no such policy needs does not hold."""
    name = operator.rpartition(":")[2]
    if name == "Null":
        return (actual is None) == (values[:1] == ("true",))
    if name.endswith("IfExists"):
        if actual is None:
            return True
        name = name.removesuffix("IfExists")
    plain = name.replace("Not", "")
    if plain not in ("StringEquals", "StringLike", "StringEqualsIgnoreCase", "ArnEquals", "ArnLike", "Bool"):
        return False
    if actual is None:
        return plain != name
    if plain in ("StringEqualsIgnoreCase", "Bool"):
        found = actual.lower() in {value.lower() for value in values}
    elif plain == "StringEquals":
        found = actual in values
    else:
        found = any(matches(value, actual) for value in values)
    return found is (plain == name)
