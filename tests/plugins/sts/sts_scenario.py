"""Short words for the tests of STS: IAM stands beside it, because it has the roles."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any

import backtrail_aws.iam
import backtrail_aws.sts
from backtrail.call import Caller
from backtrail.record import NOBODY
from backtrail.testing import ACCOUNT, Scenario
from backtrail_aws.iam import api as iam
from backtrail_aws.sts import api
from backtrail_aws.sts.state import Session, Sessions

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
            }
        ],
    }
)

EVERYTHING = "arn:aws:iam::aws:policy/AdministratorAccess"


def role_arn(name: str, account: str = ACCOUNT) -> str:
    """A role's ARN."""
    return f"arn:aws:iam::{account}:role/{name}"


def federated(provider: str, action: str) -> str:
    """The trust policy of a role that an identity provider may give, with tags and a source."""
    actions = [f"sts:{action}", "sts:TagSession", "sts:SetSourceIdentity"]
    statement = {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": actions}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Sts(Scenario):
    """A scenario with STS and IAM."""

    def __init__(self, **given: Any) -> None:
        super().__init__(backtrail_aws.sts, backtrail_aws.iam, **given)

    def role(self, name: str, trust: str = TRUST, **more: Any) -> Sts:
        """A new role that may do everything; the answer is CreateRole's."""
        made = iam.CreateRole(role_name=name, assume_role_policy_document=trust, **more)
        self.given(made, service="iam")
        answer = self.answer
        self.given(iam.AttachRolePolicy(role_name=name, policy_arn=EVERYTHING), service="iam")
        self.answer = answer
        return self

    def user(self, name: str, account: str = ACCOUNT) -> str:
        """A new user who may do everything, and calls from here on with a new key; the key's id."""
        self.with_key(account)
        for call in (
            iam.CreateUser(user_name=name),
            iam.AttachUserPolicy(user_name=name, policy_arn=EVERYTHING),
            iam.CreateAccessKey(user_name=name),
        ):
            self.when(call, service="iam", account=account)
            assert self.error is None, self.error
        key = str(self.answer.access_key.access_key_id)
        self.use(key)
        return key

    def use(self, key: str) -> Sts:
        """Call with a key from here on."""
        assert self.machine.credential(key) is not None
        self.with_key(key)
        return self

    def nobody(self) -> Sts:
        """Call without credentials from here on."""
        self.caller = Caller(identity=NOBODY, account="", anonymous=True)
        return self

    def assume(self, name: str, session: str = "me", **more: Any) -> str:
        """Assume a role; the new key."""
        self.given(api.AssumeRole(role_arn=role_arn(name), role_session_name=session, **more))
        return str(self.answer.credentials.access_key_id)

    def session(self, key: str) -> Session:
        """A session as the state has it."""
        state = self.machine.state(("sts", "", ""))
        assert isinstance(state, Sessions)
        return state.sessions[key]


def token(now: datetime, issuer: str, audience: Any, *, minutes: float = 10, **claims: Any) -> str:
    """A web identity token that nobody signed."""
    body = {
        "iss": issuer,
        "sub": "user-7",
        "aud": audience,
        "exp": (now + timedelta(minutes=minutes)).timestamp(),
    }
    parts = [{"alg": "RS256", "typ": "JWT"}, {**body, **claims}]
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*texts, "c2lnbmF0dXJl"])
