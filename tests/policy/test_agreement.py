"""The compiled evaluator and the literal one agree on whatever policies and requests chance makes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtrail.policy import BadPolicy, document, evaluate
from backtrail.policy.patterns import marked, matcher

from . import literal
from .literal import Asked, Bearing
from .requests import KINDS, policies_of, request_of

HERE, THERE = "111122223333", "444455556666"
USER, ROLE = f"arn:aws:iam::{HERE}:user/bob", f"arn:aws:iam::{HERE}:role/app"
SESSION, FEDERATED = f"arn:aws:sts::{HERE}:assumed-role/app/s", f"arn:aws:sts::{HERE}:federated-user/bob"
CALLERS: list[literal.Caller] = [
    {"who": "user", "arn": USER, "account": HERE, "id": "AIDABOB"},
    {"who": "role", "arn": SESSION, "account": HERE, "id": "AROAAPP:s", "issuer": ROLE, "issuer_id": "AROAAPP"},
    {"who": "federated", "arn": FEDERATED, "account": HERE, "id": f"{HERE}:bob", "issuer": USER},
    {"who": "root", "arn": f"arn:aws:iam::{HERE}:root", "account": HERE, "id": HERE, "canonical": "c" * 64},
    {"who": "service", "service": "s3.amazonaws.com"},
    {"who": "outsider", "provider": "accounts.google.com"},
    {"who": "anonymous"},
]  # fmt: skip
PRINCIPALS = [
    "*", {"AWS": "*"}, {"AWS": HERE}, {"AWS": [f"arn:aws:iam::{HERE}:root"]}, {"AWS": THERE}, {"AWS": USER},
    {"AWS": ROLE}, {"AWS": [SESSION, THERE]}, {"AWS": FEDERATED}, {"AWS": "AROAAPP"}, {"AWS": "AIDABOB"},
    {"Service": "s3.amazonaws.com"}, {"Service": ["sns.amazonaws.com"], "AWS": THERE},
    {"Federated": "accounts.google.com"}, {"CanonicalUser": "c" * 64}, {"CanonicalUser": "d" * 64},
]  # fmt: skip
ACTIONS = [
    "s3:GetObject",
    "s3:PutObject",
    "sqs:SendMessage",
    "s3:Get*",
    "S3:*",
    "*",
    "s3:?etObject",
    "sqs:*",
    "*:*t",
]
RESOURCES = [
    "arn:aws:s3:::bucket/key", "arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket", "*", "arn:aws:s3:::*",
    "arn:aws:s3:::bucket/${aws:username}/*", "arn:aws:s3:::${aws:PrincipalTag/team, 'bucket'}/*",
    "arn:aws:s3:::bucket/${*}", "arn:aws:s3:::bucket/k?y", "arn:aws:sqs:us-east-1:111122223333:q*",
]  # fmt: skip
ASKED_RESOURCES = [
    "arn:aws:s3:::bucket/key", "arn:aws:s3:::bucket", "arn:aws:s3:::bucket/bob/x", "*", "arn:aws:s3:::bucket/*",
    "arn:aws:sqs:us-east-1:111122223333:queue",
]  # fmt: skip
KEYS = [
    "aws:username",
    "aws:PrincipalTag/team",
    "s3:prefix",
    "aws:SourceIp",
    "aws:TagKeys",
    "aws:CurrentTime",
]
VALUES = [
    "bob", "Bob", "b*", "b?b", "${aws:username}", "${aws:PrincipalTag/team, 'red'}", "${aws:PrincipalTag/team}", "${*}",
    "", "*", "true", "True", "1", "1.0", "01", "-3", "2024-01-01", "2024", "2024-01-01T00:00:00Z", "1704067200",
    "2024-01-01T01:00:00+01:00", "10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "2001:DB8::1", "Ym9i", "Ym9i=", "red",
    "arn:aws:s3:::bucket", "arn:aws:*:*:*:b*", "arn:*", "arn:aws:sns:us-east-1:1:2:3", True, False, 1, 2.5,
]  # fmt: skip
NAMES = [
    "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike",
    "StringNotLike", "NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals",
    "NumericGreaterThan", "NumericGreaterThanEquals", "DateEquals", "DateNotEquals", "DateLessThan",
    "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals", "Bool", "BinaryEquals", "IpAddress",
    "NotIpAddress", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike",
]  # fmt: skip


def one_or_more(values: list[Any]) -> st.SearchStrategy[Any]:
    """One of some values alone, or a list of them."""
    return st.sampled_from(values) | st.lists(st.sampled_from(values), min_size=1, max_size=3)


@st.composite
def operators(draw: st.DrawFn) -> str:
    """A condition operator with its qualifier and IfExists."""
    if draw(st.integers(0, 9)) == 0:
        return "Null"
    qualifier = draw(st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"]))
    return f"{qualifier}{draw(st.sampled_from(NAMES))}{draw(st.sampled_from(['', '', 'IfExists']))}"


conditions = st.dictionaries(
    operators(),
    st.dictionaries(st.sampled_from(KEYS), one_or_more(VALUES), min_size=1, max_size=2),
    max_size=2,
)


@st.composite
def statements(draw: st.DrawFn, *, named: bool) -> dict[str, Any]:
    """A statement of a policy with or without principals."""
    made: dict[str, Any] = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Allow", "Deny"]))}
    if named:
        made[draw(st.sampled_from(["Principal", "Principal", "NotPrincipal"]))] = draw(
            st.sampled_from(PRINCIPALS)
        )
    made[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(one_or_more(ACTIONS))
    made[draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = draw(one_or_more(RESOURCES))
    found = draw(st.none() | conditions)
    return made if found is None else {**made, "Condition": found}


def documents(*, named: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """A whole policy."""
    return st.fixed_dictionaries(
        {"Statement": statements(named=named) | st.lists(statements(named=named), min_size=1, max_size=3)},
        optional={"Version": st.sampled_from(["2012-10-17", "2012-10-17", "2008-10-17"])},
    )


plain, named = documents(), documents(named=True)
asked_requests: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {
        "principal": st.sampled_from(CALLERS),
        "action": st.sampled_from(["s3:GetObject", "s3:PutObject", "sqs:SendMessage", "SQS:sendmessage"]),
        "resource": st.sampled_from(ASKED_RESOURCES),
        "account": st.sampled_from(["", HERE, THERE]),
        "context": st.dictionaries(
            st.sampled_from(KEYS),
            st.sampled_from(VALUES) | st.lists(st.sampled_from(VALUES), max_size=3),
            max_size=4,
        ),
    }
)
bearings: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {},
    optional={
        "identity": st.lists(plain, max_size=2),
        "boundary": st.lists(plain, max_size=1),
        "session": st.lists(st.lists(plain, min_size=1, max_size=2), max_size=2),
        "resource": named,
        "scps": st.lists(st.lists(plain, min_size=1, max_size=1), max_size=1),
        "rcps": st.lists(st.lists(named, min_size=1, max_size=1), max_size=1),
        "endpoint": named,
        "takes_policies": st.booleans(),
        "must_allow": st.booleans(),
        "granted": st.booleans(),
    },
)


def texts(context: dict[str, Any]) -> dict[str, Any]:
    """A context whose lists hold texts alone, as the evaluator takes them."""
    return {
        key: [literal.string(one) for one in value] if isinstance(value, list) else value
        for key, value in context.items()
    }


@settings(max_examples=600, deadline=None)
@given(asked_requests, bearings)
def test_agrees_with_the_literal_reading(asked: Asked, bearing: Bearing) -> None:
    """On random policies and requests both come to the same decision, for the same kind of policies."""
    asked = {**asked, "context": texts(asked["context"])}
    decision = evaluate(request_of(asked), policies_of(bearing))
    mine = (decision.outcome.value, KINDS[decision.kind] if decision.kind else None)
    assert mine == literal.decide(asked, bearing)


@settings(max_examples=600, deadline=None)
@given(conditions, asked_requests)
def test_agrees_on_conditions(found: dict[str, Any], asked: Asked) -> None:
    """The same for conditions alone, where most statements apply."""
    asked = {**asked, "context": texts(asked["context"]), "principal": CALLERS[0], "account": ""}
    policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    policy["Statement"]["Condition"] = found  # type: ignore[index]
    bearing: Bearing = {"identity": [policy]}
    assert (
        evaluate(request_of(asked), policies_of(bearing)).outcome.value == literal.decide(asked, bearing)[0]
    )


@settings(max_examples=300, deadline=None)
@given(st.text("ab*?:", max_size=12), st.text("ab*?:", max_size=12))
def test_patterns_agree(pattern: str, text: str) -> None:
    """A pattern matches what the table of beginnings says."""
    assert matcher(marked(pattern))(text) == literal.glob(pattern, text)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["Allow", "Deny", "*", "s3:GetObject", "x", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "Version",
                    "Statement",
                    "Effect",
                    "Action",
                    "Resource",
                    "Condition",
                    "Principal",
                    "StringEquals",
                    "AWS",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(json_values)
def test_broken_documents_are_bad_policies(found: Any) -> None:
    """Whatever JSON stands where a policy should, it compiles or is a BadPolicy: never another error."""
    try:
        document(json.dumps(found))
    except BadPolicy:
        return


@pytest.mark.parametrize(
    "text", ["", "{", "null", '"x"', "[]", '{"Statement": [1]}', "\x00", "{" * 5000 + "}" * 5000]
)
def test_no_policy_is_a_bad_policy(text: str) -> None:
    """What is no policy at all says so."""
    with pytest.raises(BadPolicy):
        document(text)
