"""One account with IAM that decides: users with keys, buckets, queues."""

from __future__ import annotations

import json
from typing import Any

import backtrail_aws.iam
import backtrail_aws.s3
import backtrail_aws.sqs
import backtrail_aws.sts
from backtrail.authorization import Iam
from backtrail.testing import ACCOUNT, REGION, Scenario
from backtrail_aws.iam import api as iam
from backtrail_aws.s3 import api as s3
from backtrail_aws.sqs import api as sqs
from backtrail_aws.sts import api as sts

PLUGINS = (backtrail_aws.iam, backtrail_aws.s3, backtrail_aws.sqs, backtrail_aws.sts)
ROOT_KEY = "test"
OTHER = "444455556666"
"""Another account; twelve digits as an access key are its root."""


class Company(Scenario):
    """A scenario whose calls name their service by the module of their parameters, and whose callers are keys."""

    def __init__(self, mode: Iam = Iam.ENFORCE) -> None:
        super().__init__(*PLUGINS)
        self.machine.iam = mode

    def __call__(self, key: str | None, call: Any, **given: Any) -> Company:
        """One call with an access key (None: without); its region is the scenario's."""
        self.with_key(key)
        account = given.pop("account", self.caller.account or ACCOUNT)
        self.when(call, service=type(call).__module__.split(".")[1], account=account, **given)
        return self

    def root(self, *calls: Any) -> Company:
        """Calls of the account's root that succeed."""
        for call in calls:
            self(ROOT_KEY, call)
            assert self.error is None, self.error
        return self

    def works(self) -> Company:
        """The last call was answered."""
        assert self.error is None, self.error
        return self

    def is_denied(self, words: str = "") -> Company:
        """The last call was denied, in words that hold these."""
        assert self.error is not None, f"not denied, but answered {self.answer!r}"
        assert self.error.code in ("AccessDenied", "AccessDeniedException"), self.error
        assert words in self.error.message, self.error.message
        return self

    def user(self, name: str, *arns: str, **inline: Any) -> str:
        """A new user with these managed policies attached and these inline; its access key."""
        self.root(iam.CreateUser(user_name=name))
        for arn in arns:
            self.root(iam.AttachUserPolicy(user_name=name, policy_arn=arn))
        for policy, document in inline.items():
            self.root(
                iam.PutUserPolicy(user_name=name, policy_name=policy, policy_document=json.dumps(document))
            )
        return self.key_of(name)

    def key_of(self, name: str) -> str:
        """A new access key of a user."""
        self.root(iam.CreateAccessKey(user_name=name))
        key: str = self.answer.access_key.access_key_id
        return key

    def role(self, name: str, trust: Any, **inline: Any) -> str:
        """A new role that trusts this principal (or by this policy); its ARN."""
        document = trust if "Statement" in trust else allow("sts:AssumeRole", None, principal=trust)
        self.root(iam.CreateRole(role_name=name, assume_role_policy_document=json.dumps(document)))
        arn: str = self.answer.role.arn
        for policy, given in inline.items():
            self.root(
                iam.PutRolePolicy(role_name=name, policy_name=policy, policy_document=json.dumps(given))
            )
        return arn

    def assume(self, key: str, role: str, session: str = "session", **given: Any) -> str:
        """A session of a role; its access key."""
        self(key, sts.AssumeRole(role_arn=role, role_session_name=session, **given)).works()
        session_key: str = self.answer.credentials.access_key_id
        return session_key


def managed(name: str) -> str:
    """The ARN of one of AWS's policies."""
    return f"arn:aws:iam::aws:policy/{name}"


def statement(
    effect: str, action: Any, resource: Any, *, principal: Any = None, **condition: Any
) -> dict[str, Any]:
    """One statement; keyword arguments are operators of its condition."""
    made: dict[str, Any] = {"Effect": effect, "Action": action}
    if resource is not None:
        made["Resource"] = resource
    if principal is not None:
        made["Principal"] = principal
    return {**made, "Condition": condition} if condition else made


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy of today's version."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    """A policy of one statement that allows."""
    return policy(statement("Allow", action, resource, **more))


def deny(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    """A policy of one statement that denies."""
    return policy(statement("Deny", action, resource, **more))


def url(name: str, account: str = ACCOUNT) -> str:
    """A queue's URL."""
    return f"https://sqs.{REGION}.amazonaws.com/{account}/{name}"


def queue_arn(name: str) -> str:
    """A queue's ARN."""
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


__all__ = [
    "ACCOUNT", "OTHER", "REGION", "ROOT_KEY", "Company", "allow", "deny", "iam", "managed", "policy", "queue_arn", "s3",
    "sqs", "statement", "sts", "url",
]  # fmt: skip
