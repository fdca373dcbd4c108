"""Whom outside of an account a policy lets in."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from backtrail.exposing import open_to

OWN, OTHER = "111122223333", "444455556666"


def statement(principal: Any, **more: Any) -> dict[str, Any]:
    """A statement that allows something."""
    return {"Effect": "Allow", "Principal": principal, "Action": "x:Do", "Resource": "*"} | more


def opened(*statements: dict[str, Any]) -> list[tuple[str, str]]:
    """To whom, and only if what."""
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    found = list(open_to(document, OWN))
    assert found == list(open_to(quote(document, safe=""), OWN))  # as IAM's API answers it
    return [(one.to, one.narrowed) for one in found]


@pytest.mark.parametrize(
    ("principal", "to"),
    [
        ("*", ["everybody"]),
        ({"AWS": "*"}, ["everybody"]),
        ({"AWS": ["*", f"arn:aws:iam::{OTHER}:root"]}, ["everybody", f"arn:aws:iam::{OTHER}:root"]),
        ({"AWS": OTHER}, [OTHER]),
        ({"AWS": f"arn:aws:sts::{OTHER}:assumed-role/r/s"}, [f"arn:aws:sts::{OTHER}:assumed-role/r/s"]),
        ({"AWS": f"arn:aws:iam::{OWN}:user/ann"}, []),
        ({"AWS": OWN}, []),
        ({"AWS": "AIDAEXAMPLEEXAMPLE123"}, []),
        ({"Service": "lambda.amazonaws.com"}, []),
        (
            {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/ci.example.com"},
            ["who signs in at ci.example.com"],
        ),
        ({"Federated": "cognito-identity.amazonaws.com"}, ["who signs in at cognito-identity.amazonaws.com"]),
        ({"CanonicalUser": "79a5"}, ["canonical user 79a5"]),
        (None, []),
        (3, []),
    ],
)
def test_who_is_outside(principal: Any, to: list[str]) -> None:
    """Everybody, other accounts, who signs in somewhere; not the account's own, services, and ids of who is gone."""
    assert [whom for whom, _ in opened(statement(principal))] == to


def test_all_but_somebody_is_everybody_else() -> None:
    """NotPrincipal and NotAction say whom and what they leave out."""
    allowed = {"Effect": "Allow", "NotPrincipal": {"AWS": OWN}, "NotAction": ["x:A", "x:B"]}
    (found,) = open_to(json.dumps({"Statement": allowed}), OWN)
    assert (found.to, found.what) == (f"everybody but {OWN}", "all but x:A, x:B")


@pytest.mark.parametrize(
    ("condition", "is_open"),
    [
        ({"StringEquals": {"aws:PrincipalAccount": OWN}}, False),
        ({"StringEquals": {"AWS:SourceOwner": OWN}}, False),
        ({"StringEquals": {"kms:CallerAccount": [OWN]}}, False),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{OWN}:*"}}, False),
        ({"ForAnyValue:StringEquals": {"aws:PrincipalAccount": OWN}}, False),
        ({"StringEquals": {"aws:PrincipalAccount": [OWN, OTHER]}}, True),
        ({"StringEqualsIfExists": {"aws:SourceAccount": OWN}}, True),
        ({"StringNotEquals": {"aws:PrincipalAccount": OWN}}, True),
        ({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
    ],
)
def test_conditions_narrow(condition: Any, is_open: bool) -> None:
    """One that lets in the account's own alone leaves nothing open; another is told."""
    found = opened(statement("*", Condition=condition))
    assert bool(found) is is_open
    if found:
        ((_, narrowed),) = found
        assert str(next(iter(next(iter(condition.values()))))) in narrowed


@pytest.mark.parametrize(
    "document", [None, "", "{", "[]", "3", '{"Statement": [3]}', '{"Statement": {"Effect": "Deny"}}']
)
def test_what_cannot_be_read_lets_nobody_in(document: str | None) -> None:
    """Nor does a denial."""
    assert list(open_to(document, OWN)) == []
