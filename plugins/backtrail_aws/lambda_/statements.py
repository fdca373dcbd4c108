"""Statements of resource policies, as AddPermission makes them.

https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from backtrail import UnsetType
from backtrail_aws.lambda_ import errors, limits
from backtrail_aws.lambda_.state import Policy, Statement

_ACCOUNT = re.compile(r"\d{12}")
_SERVICE = re.compile(r"[a-z0-9][\w.-]*\.(?:amazonaws\.com(?:\.cn)?|amazon\.com|aws\.internal)")
_ARN = re.compile(r"arn:[\w-]+:(?:iam|sts)::\d{12}:.+")

Json = dict[str, Any]


def made(sid: str, principal: str, action: str, resource: str, condition: Json, partition: str) -> Json:
    """A statement as AWS writes it. Raises `Refusal` for what is no principal."""
    named: Json | str
    if principal == "*":
        named = "*"
    elif _ACCOUNT.fullmatch(principal):
        named = {"AWS": f"arn:{partition}:iam::{principal}:root"}
    elif _ARN.fullmatch(principal):
        named = {"AWS": principal}
    elif _SERVICE.fullmatch(principal):
        named = {"Service": principal}
    else:
        # evidence: model; words: guess
        raise errors.invalid("The provided principal was invalid. Please check the principal and try again.")
    statement: Json = {
        "Sid": sid, "Effect": "Allow", "Principal": named, "Action": action, "Resource": resource,
    }  # fmt: skip
    if condition:
        statement["Condition"] = condition
    return statement


def text(statement: Json) -> str:
    """A statement as JSON."""
    return msgspec.json.encode(statement).decode()


def document(policy: Policy) -> str:
    """A whole policy, as GetPolicy answers it."""
    inside = ",".join(statement.json for statement in policy.statements)
    return f'{{"Version":"2012-10-17","Id":"default","Statement":[{inside}]}}'


def check_new(policy: Policy | None, sid: str, statement: str) -> None:
    """Refuse a statement id that is taken, and a policy that would be too long."""
    if policy is None:
        return
    if any(one.sid == sid for one in policy.statements):
        # evidence: https://github.com/terraform-aws-modules/terraform-aws-lambda/issues/547
        raise errors.conflict(
            f"The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the "
            "existing statement."
        )
    if len(document(policy)) + len(statement) > limits.POLICY_MAX_BYTES:
        raise errors.policy_too_long(limits.POLICY_MAX_BYTES)


def added(policy: Policy | None, sid: str, statement: str, revision: str | UnsetType) -> Policy:
    """A policy with one statement more."""
    before = [one for one in policy.statements if one.sid != sid] if policy is not None else []
    return Policy(statements=[*before, Statement(sid=sid, json=statement)], revision=revision)


def removed(policy: Policy | None, sid: str, revision: str) -> Policy | None:
    """A policy with one statement less; None where that was the last."""
    left = [one for one in policy.statements if one.sid != sid] if policy is not None else []
    return Policy(statements=left, revision=revision) if left else None


def check_revision(policy: Policy | None, revision: str | UnsetType) -> None:
    """Refuse a revision id that is not the policy's."""
    if isinstance(revision, str) and policy is not None and policy.revision != revision:
        raise errors.stale_revision()
