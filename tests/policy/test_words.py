"""A denial in AWS's words, with the code of the service's protocol."""

from __future__ import annotations

import json

import pytest

from backtrail.policy import (
    Decision,
    Denial,
    Keys,
    Kind,
    Outcome,
    Policies,
    Policy,
    Principal,
    Request,
    Who,
    document,
    evaluate,
)
from backtrail.policy.words import reason, refusal

USER = "arn:aws:iam::123456789012:user/JohnDoe"
ACTION = "codedeploy:ListDeployments"
RESOURCE = "arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:*"
PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"


@pytest.mark.parametrize(
    ("kind", "explicit", "words"),
    [
        (Kind.SCP, False, f"because no service control policy allows the {ACTION} action"),
        (Kind.SCP, True, "with an explicit deny in a service control policy"),
        (Kind.RCP, True, "with an explicit deny in a resource control policy"),
        (Kind.ENDPOINT, False, f"because no VPC endpoint policy allows the {ACTION} action"),
        (Kind.ENDPOINT, True, "with an explicit deny in a VPC endpoint policy"),
        (Kind.BOUNDARY, False, f"because no permissions boundary allows the {ACTION} action"),
        (Kind.BOUNDARY, True, "with an explicit deny in a permissions boundary"),
        (Kind.SESSION, False, f"because no session policy allows the {ACTION} action"),
        (Kind.SESSION, True, "with an explicit deny in a session policy"),
        (Kind.RESOURCE, False, f"because no resource-based policy allows the {ACTION} action"),
        (Kind.RESOURCE, True, "with an explicit deny in a resource-based policy"),
        (Kind.TRUST, True, "with an explicit deny in the role trust policy"),
        (Kind.IDENTITY, False, f"because no identity-based policy allows the {ACTION} action"),
        (Kind.IDENTITY, True, "with an explicit deny in an identity-based policy"),
    ],
)
def test_each_kind_of_policy_has_its_phrase(kind: Kind, explicit: bool, words: str) -> None:
    """The phrases of AWS's page on access denied messages."""
    outcome = Outcome.EXPLICIT_DENY if explicit else Outcome.IMPLICIT_DENY
    decision = Decision(outcome=outcome, kind=kind)
    assert reason(decision, ACTION) == words
    denial = Denial(principal=USER, action=ACTION, resource=RESOURCE, decision=decision)
    assert (
        denial.message
        == f"User: {USER} is not authorized to perform: {ACTION} on resource: {RESOURCE} {words}"
    )


def test_a_managed_policy_that_denies_is_named_at_home_alone() -> None:
    """The ARN of the policy that denies is told within the account; an inline one has none."""
    denies = document(json.dumps({"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}))
    arn = "arn:aws:iam::123456789012:policy/no"
    request = Request(
        principal=Principal(who=Who.USER, arn=USER, account="123456789012"), action=ACTION, resource=RESOURCE,
        context=Keys({}),
    )  # fmt: skip
    managed = evaluate(request, Policies(identity=(Policy(id=arn, arn=arn, document=denies),)))
    inline = evaluate(request, Policies(identity=(Policy(id="inline", document=denies),)))
    assert reason(managed, ACTION).endswith(f"an identity-based policy: {arn}")
    assert reason(managed, ACTION, at_home=False).endswith("an identity-based policy")
    assert reason(inline, ACTION).endswith("an identity-based policy")


@pytest.mark.parametrize(
    ("service", "protocol", "code", "status"),
    [
        ("iam", "query", "AccessDenied", 403),
        ("sqs", "json", "AccessDenied", 403),
        ("sns", "query", "AuthorizationError", 403),
        ("logs", "json", "AccessDeniedException", 400),
        ("lambda", "rest-json", "AccessDeniedException", 403),
        ("route53", "rest-xml", "AccessDenied", 403),
        ("ec2", "ec2", "UnauthorizedOperation", 403),
        ("frobnicator", "", "AccessDeniedException", 400),
    ],
)
def test_codes_follow_the_protocol(service: str, protocol: str, code: str, status: int) -> None:
    """AccessDenied, AccessDeniedException, EC2's UnauthorizedOperation, SNS's AuthorizationError."""
    decision = Decision(outcome=Outcome.IMPLICIT_DENY, kind=Kind.IDENTITY)
    made = refusal(service, protocol, Denial(principal=USER, action=ACTION, resource="", decision=decision))
    assert (made.code, made.status) == (code, status)
    head = "You are not authorized to perform this operation. " if service == "ec2" else ""
    why = f"because no identity-based policy allows the {ACTION} action"
    assert made.message == f"{head}User: {USER} is not authorized to perform: {ACTION} {why}"
