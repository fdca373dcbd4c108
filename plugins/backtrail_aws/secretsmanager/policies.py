"""Resource policies of secrets: https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html"""

from __future__ import annotations

import json
from typing import Any, cast

from backtrail import UNSET, Call, Event, UnsetType
from backtrail_aws.secretsmanager import api, errors, limits, names
from backtrail_aws.secretsmanager.state import Secrets, service


@service.handle(at=names.by_id)
def put_resource_policy(state: Secrets, call: Call[api.PutResourcePolicy]) -> api.PutResourcePolicyResult:
    """A policy that is one, and lets not everybody in where that is blocked."""
    secret = names.writable(state, call.params.secret_id)
    _check(call.params.resource_policy)
    if call.params.block_public_policy is True and _is_public(call.params.resource_policy):
        raise errors.public_policy()
    return api.PutResourcePolicyResult(arn=secret.arn, name=secret.name)


def _check(text: str) -> None:
    if len(text) > limits.POLICY_MAX_CHARACTERS:
        raise errors.bad_policy("The resource policy is too long.")
    try:
        document: object = json.loads(text)
    except ValueError as error:
        raise errors.bad_policy("This resource policy contains invalid Json.") from error
    if not isinstance(document, dict) or "Statement" not in document:
        raise errors.bad_policy("This resource policy contains a malformed policy.")


def _is_public(text: str) -> bool:
    """Whether a statement allows everybody, under no condition."""
    document: dict[str, Any] = json.loads(text)
    statements: Any = document["Statement"]
    listed = cast(list[dict[str, Any]], statements if isinstance(statements, list) else [statements])
    return any(
        one.get("Effect") == "Allow" and _everybody(one.get("Principal")) and not one.get("Condition")
        for one in listed
    )


def _everybody(principal: Any) -> bool:
    everybody: tuple[Any, ...] = ("*", ["*"], {"AWS": "*"}, {"AWS": ["*"]})
    return principal in everybody


@service.project(at=names.by_id)
def resource_policy_put(
    state: Secrets, event: Event[api.PutResourcePolicy, api.PutResourcePolicyResult]
) -> None:
    """The secret has the policy."""
    secret = names.known(state, event, event.params.secret_id, event.result.arn)
    secret.policy = event.params.resource_policy


@service.read(at=names.by_id)
def get_resource_policy(state: Secrets, call: Call[api.GetResourcePolicy]) -> api.GetResourcePolicyResult:
    """The policy, where there is one."""
    secret = names.alive(state, call.params.secret_id)
    return api.GetResourcePolicyResult(arn=secret.arn, name=secret.name, resource_policy=secret.policy)


@service.handle(at=names.by_id)
def delete_resource_policy(
    state: Secrets, call: Call[api.DeleteResourcePolicy]
) -> api.DeleteResourcePolicyResult:
    """None is no error."""
    secret = names.writable(state, call.params.secret_id)
    return api.DeleteResourcePolicyResult(arn=secret.arn, name=secret.name)


@service.project(at=names.by_id)
def resource_policy_deleted(
    state: Secrets, event: Event[api.DeleteResourcePolicy, api.DeleteResourcePolicyResult]
) -> None:
    """The secret has no policy."""
    names.known(state, event, event.params.secret_id, event.result.arn).policy = UNSET


@service.read(at=names.by_id)
def validate_resource_policy(
    state: Secrets, call: Call[api.ValidateResourcePolicy]
) -> api.ValidateResourcePolicyResult:
    """Whether a policy is one, and not public."""
    if not isinstance(call.params.secret_id, UnsetType):
        names.alive(state, call.params.secret_id)
    _check(call.params.resource_policy)
    if not _is_public(call.params.resource_policy):
        return api.ValidateResourcePolicyResult(policy_validation_passed=True, validation_errors=[])
    found = api.ValidationErrorsEntry(
        check_name="BLOCK_PUBLIC_POLICY",
        error_message="The resource policy allows broad access to the secret.",
    )  # evidence: guess
    return api.ValidateResourcePolicyResult(policy_validation_passed=False, validation_errors=[found])
