"""Lambda functions as targets: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html"""

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
from backtrail_aws.elbv2 import errors
from backtrail_aws.elbv2.state import TargetGroup

PRINCIPAL = "elasticloadbalancing.amazonaws.com"
INVOKE = "lambda:InvokeFunction"


def check(call: Call[Any], group: TargetGroup, function: str) -> None:
    """Refuse what is no function's ARN, and a function that does not let Elastic Load Balancing in."""
    if ":function:" not in function:
        # evidence: guess
        raise errors.target(f"'{function}' is not a valid Lambda function ARN")
    if not lets_in(call, group, function):
        # evidence: guess
        raise errors.no_access(
            f"elasticloadbalancing principal does not have permission to invoke {function} from target group "
            f"{group.arn}"
        )


def lets_in(call: Call[Any], group: TargetGroup, function: str) -> bool:
    """Whether a function's policy lets Elastic Load Balancing invoke it; where nobody knows the policy, it does."""
    owned = call.resource_policy(function, INVOKE)
    if owned is None:
        return False
    if isinstance(owned.document, UnsetType):
        return True
    if owned.document is None:
        return False
    try:
        policy = Policy(id=function, document=document(owned.document))
    except BadPolicy:
        return False
    keys: dict[str, Value] = {
        "aws:SourceArn": group.arn,
        "aws:SourceAccount": call.account,
        "aws:SecureTransport": True,
    }
    request = Request(
        principal=Principal(who=Who.SERVICE, service=PRINCIPAL), action=INVOKE, resource=function,
        context=Keys(keys), account=owned.account,
    )  # fmt: skip
    return evaluate(request, Policies(resource=policy)).outcome is Outcome.ALLOWED
