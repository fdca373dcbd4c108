"""The grammar of policy documents."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backtrail import Refusal
from backtrail_aws.iam import documents

ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
ASSUME: dict[str, Any] = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}


def policy(statement: object, **more: object) -> str:
    """A document of the current version."""
    return json.dumps({"Version": "2012-10-17", "Statement": statement, **more})


def without(statement: dict[str, Any], *members: str, **more: Any) -> dict[str, Any]:
    """A statement that lacks some members and has others."""
    return {name: value for name, value in statement.items() if name not in members} | more


@pytest.mark.parametrize(
    "document",
    [
        policy(ALLOW),
        policy([ALLOW], Id="x"),
        policy([without(ALLOW, Sid="a"), without(ALLOW, Sid="b")]),
        policy(without(ALLOW, "Action", NotAction=["iam:*", "s3:Get?bject"])),
        policy(without(ALLOW, "Resource", NotResource="*")),
        policy(without(ALLOW, Resource="arn:aws:iam::123456789012:user/${aws:username}")),
        policy(
            without(ALLOW, Resource=["arn:aws:ec2:us-east-1:123456789012:instance/i-1", "arn:aws:sqs:*:*:*"])
        ),
        policy(without(ALLOW, Condition={"ForAllValues:StringLikeIfExists": {"aws:TagKeys": ["a", "b"]}})),
        policy(without(ALLOW, Condition={"Bool": {"aws:SecureTransport": True}, "Null": {"aws:a": "true"}})),
        policy(without(ALLOW, Action="*")),
    ],
)
def test_identity_policies(document: str) -> None:
    """What the grammar allows is taken."""
    documents.check_identity_policy(document, managed=True)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("", documents.SYNTAX),
        ("null", documents.SYNTAX),
        ("[]", documents.SYNTAX),
        ('{"Version": "2012-10-17"}', documents.SYNTAX),
        ('{"Version": "2012-10-17", "Version": "2012-10-17", "Statement": []}', documents.SYNTAX),
        (policy([]), documents.SYNTAX),
        (policy(ALLOW, Extra=1), documents.SYNTAX),
        (policy(without(ALLOW, Extra=1)), documents.SYNTAX),
        (policy(without(ALLOW, "Effect")), documents.SYNTAX),
        (policy(without(ALLOW, Effect="allow")), documents.LEGACY),
        (policy(without(ALLOW, NotAction="a:b")), documents.SYNTAX),
        (policy(without(ALLOW, Action=[1])), documents.SYNTAX),
        (policy(without(ALLOW, Action={"a": "b"})), documents.SYNTAX),
        (policy([without(ALLOW, Sid="a"), without(ALLOW, Sid="a")]), "must be unique"),
        (policy(without(ALLOW, Sid="a b")), "must be alpha-numeric"),
        (policy(without(ALLOW, "Action")), "Policy statement must contain actions."),
        (policy(without(ALLOW, "Resource")), "Policy statement must contain resources."),
        (policy(without(ALLOW, Action="GetObject")), "must be prefaced by a vendor"),
        (policy(without(ALLOW, Action="s3:Get:Object")), "can contain only one colon"),
        (policy(without(ALLOW, Action="s 3:Get")), "Vendor s 3 is not valid"),
        (policy(without(ALLOW, Resource="b")), 'Resource b must be in ARN format or "*".'),
        (policy(without(ALLOW, Resource="")), 'Resource  must be in ARN format or "*".'),
        (policy(without(ALLOW, Resource="arn:azure:s3:::b")), 'Partition "azure" is not valid'),
        (
            policy(without(ALLOW, Resource="arn:aws:iam:eu-west-1::user/u")),
            "cannot contain region information",
        ),
        (policy(without(ALLOW, Resource="arn:aws:iam::1:users/u")), "IAM resource path must either be"),
        (policy(without(ALLOW, Resource="arn:aws:s3:eu-west-1::b/k")), "can not contain region information"),
        (policy(without(ALLOW, Principal="*")), "Policy document should not specify a principal."),
        (policy(without(ALLOW, Condition=[])), documents.SYNTAX),
        (policy(without(ALLOW, Condition={"StringIs": {"aws:a": "b"}})), documents.SYNTAX),
        (policy(without(ALLOW, Condition={"Bool": {"a": "b"}})), "must be prefaced by a vendor"),
        (policy(without(ALLOW, Condition={"Bool": {"aws:a": {}}})), documents.SYNTAX),
        ("[" * 100_000, documents.SYNTAX),
        ('{"Version": "2012-10-17", "Statement": NaN}', documents.SYNTAX),
    ],
)
def test_identity_policies_that_are_refused(document: str, message: str) -> None:
    """Each fault is refused with its message."""
    with pytest.raises(Refusal) as refused:
        documents.check_identity_policy(document, managed=True)
    assert refused.value.code == "MalformedPolicyDocument"
    assert message in refused.value.message


def test_versions_of_the_language() -> None:
    """A managed policy must be of 2012-10-17; an inline one may be older or say nothing; no other exists."""
    for version in ("2008-10-17", None):
        made = {"Version": version, "Statement": ALLOW}
        document = json.dumps({name: value for name, value in made.items() if value is not None})
        documents.check_identity_policy(document, managed=False)
        with pytest.raises(Refusal, match="must be version 2012-10-17 or greater"):
            documents.check_identity_policy(document, managed=True)
    with pytest.raises(Refusal):
        documents.check_identity_policy(
            json.dumps({"Version": "2015-01-01", "Statement": ALLOW}), managed=False
        )


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": "*"},
        {"AWS": "123456789012"},
        {"AWS": ["arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:role/path/r"]},
        {"AWS": "arn:aws:sts::123456789012:assumed-role/r/s"},
        {"AWS": "AROAXXXXXXXXXXXXXXXXX"},
        {"Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]},
        {"Federated": "accounts.google.com"},
        {"Federated": "arn:aws:iam::123456789012:saml-provider/adfs"},
    ],
)
def test_trust_policies(principal: dict[str, Any]) -> None:
    """Accounts, users, roles, sessions, services and providers may be trusted."""
    documents.check_trust_policy(policy(without(ASSUME, Principal=principal)))


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (without(ASSUME, Resource="*"), "Has prohibited field Resource"),
        (without(ASSUME, "Principal"), "Missing required field Principal"),
        (without(ASSUME, Principal="*"), 'an invalid principal: "STAR":"*"'),
        (without(ASSUME, Principal={"AWS": "bob"}), 'Invalid principal in policy: "AWS":"bob"'),
        (without(ASSUME, Principal={"Service": "ec2"}), 'Invalid principal in policy: "SERVICE":"ec2"'),
        (without(ASSUME, Principal={"Nobody": "x"}), documents.SYNTAX),
        (without(ASSUME, Principal={}), documents.SYNTAX),
        (without(ASSUME, Action="s3:GetObject"), "may only specify STS AssumeRole actions"),
        (without(ASSUME, "Action"), "Policy statement must contain actions."),
    ],
)
def test_trust_policies_that_are_refused(statement: dict[str, Any], message: str) -> None:
    """Each fault is refused with its message."""
    with pytest.raises(Refusal) as refused:
        documents.check_trust_policy(policy(statement))
    assert message in refused.value.message
