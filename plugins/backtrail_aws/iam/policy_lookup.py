"""Managed policies by their ARN, the account's and AWS's."""

from __future__ import annotations

from backtrail import NotInTrail, Refusal
from backtrail_aws.iam import aws_policies, errors
from backtrail_aws.iam.names import PolicyArn, policy_arn
from backtrail_aws.iam.state import Iam, Policy, key_of


def parsed(arn: str) -> PolicyArn:
    """The parts of a policy's ARN. Raises `Refusal`."""
    parts = policy_arn(arn)
    if parts is None:
        raise errors.invalid_arn(arn)
    return parts


def find(state: Iam, arn: str) -> Policy | None:
    """The policy of that ARN: the account's, one of AWS's that we know, or one that a record named."""
    parts = policy_arn(arn)
    if parts is None:
        return None
    if parts.account == "aws":
        return aws_policies.policy(arn) or state.aws_policies.get(arn)
    found = state.policies.get(key_of(parts.name))
    return found if found is not None and found.arn == arn else None


def policy_at(state: Iam, arn: str) -> Policy:
    """The policy of that ARN. Raises `Refusal`, `NotInTrail`."""
    return _found(state, arn, errors.no_policy(arn))


def attachable(state: Iam, arn: str) -> Policy:
    """The policy of that ARN, to be attached. Raises `Refusal`, `NotInTrail`."""
    return _found(state, arn, errors.not_attachable(arn))


def own_policy_at(state: Iam, arn: str, caller: str, action: str) -> Policy:
    """The account's own policy of that ARN; nobody changes AWS's. Raises `Refusal`."""
    if parsed(arn).account == "aws":
        raise errors.aws_managed(arn, caller, action)
    return policy_at(state, arn)


def _found(state: Iam, arn: str, missing: Refusal) -> Policy:
    parts = parsed(arn)
    found = find(state, arn)
    if found is not None:
        return found
    if parts.account == "aws" and aws_policies.may_exist(parts):
        raise NotInTrail(f"whether AWS has a policy {arn}: it is not among those that Backtrail knows")
    raise missing
