"""Key policies: https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html"""

from __future__ import annotations

import json
from typing import Any

from backtrail import UNSET, Answer, Call, Event, NotInTrail, UnsetType, told
from backtrail.policy import BadPolicy, document
from backtrail.record import partition_of
from backtrail.trail.jsons import is_list, is_object
from backtrail_aws.kms import api, errors, limits, names
from backtrail_aws.kms.state import Kms, service

NAME = "default"


def default(account: str, region: str) -> str:
    """The policy of a key that is made without one: the account decides by IAM."""
    root = f"arn:{partition_of(region)}:iam::{account}:root"
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Id": "key-default-1",
            "Statement": [
                {
                    "Sid": "Enable IAM User Permissions",
                    "Effect": "Allow",
                    "Principal": {"AWS": root},
                    "Action": "kms:*",
                    "Resource": "*",
                }
            ],
        },
        indent=2,
    )


def check(call: Call[Any], text: str, *, bypass: bool) -> None:
    """Refuse a policy that is none, and one that would keep the caller from changing it, unless that is wanted."""
    if len(text.encode()) > limits.POLICY_MAX_BYTES:
        raise errors.too_many("The key policy is too long.")
    try:
        document(text)
        made = json.loads(text)
    except (BadPolicy, ValueError) as error:
        # evidence: guess
        raise errors.policy("The policy is not a valid policy document.") from error
    statements = made["Statement"] if isinstance(made["Statement"], list) else [made["Statement"]]
    if any("Principal" not in one and "NotPrincipal" not in one for one in statements):
        # evidence: guess
        raise errors.policy("Policy contains a statement with no principal.")
    if not bypass and not any(_lets_change(call, one) for one in statements):
        # evidence: issue terraform-aws-modules/terraform-aws-kms#14
        raise errors.policy("The new key policy will not allow you to update the key policy in the future.")


def _lets_change(call: Call[Any], statement: dict[str, Any]) -> bool:
    """Whether a statement gives PutKeyPolicy to the caller, or to his account."""
    if statement.get("Effect") != "Allow":
        return False
    actions = statement.get("Action", [])
    wanted = [actions] if isinstance(actions, str) else list(actions)
    if "NotAction" not in statement and not any(_covers(one) for one in wanted):
        return False
    principal: object = statement.get("Principal")
    if principal == "*":
        return True
    named: object = principal.get("AWS") if is_object(principal) else None
    who: list[object] = named if is_list(named) else [named]
    account = call.caller.account
    issuer = call.caller.identity.session_context
    role = "" if isinstance(issuer, UnsetType) or isinstance(issuer.session_issuer, UnsetType) else told(
        issuer.session_issuer.arn, ""
    )  # fmt: skip
    mine = {"*", account, f"arn:{partition_of(call.region)}:iam::{account}:root", call.caller.arn, role}
    return any(one in mine for one in who)


def _covers(action: str) -> bool:
    stem = action.lower()
    return stem in ("*", "kms:putkeypolicy") or (
        stem.endswith("*") and "kms:putkeypolicy".startswith(stem[:-1])
    )


@service.handle(at=names.by_key)
def put_key_policy(state: Kms, call: Call[api.PutKeyPolicy]) -> Answer[None]:
    """Another policy."""
    names.living(names.customers(state, call, call.params.key_id))
    _check_name(call.params.policy_name)
    check(call, call.params.policy, bypass=call.params.bypass_policy_lockout_safety_check is True)
    return Answer(None)


def _check_name(name: str | UnsetType) -> None:
    if told(name, NAME) != NAME:
        # evidence: page API_PutKeyPolicy (the only valid value is default); words: guess
        raise errors.validation("The only valid policy name is default.")


@service.project(at=names.by_key)
def key_policy_put(state: Kms, event: Event[api.PutKeyPolicy, None]) -> None:
    """The key has the policy."""
    state.known(event, event.params.key_id).policy = event.params.policy


@service.read(at=names.by_key)
def get_key_policy(state: Kms, call: Call[api.GetKeyPolicy]) -> api.GetKeyPolicyResult:
    """The policy's text."""
    key = names.by_id(state, call, call.params.key_id)
    name = told(call.params.policy_name, NAME)
    if name != NAME:
        # evidence: page API_GetKeyPolicy (the only valid value is default); words: guess
        raise errors.not_found("No such policy exists")
    if isinstance(key.policy, UnsetType):
        raise NotInTrail(f"no record told the policy of {key.arn}")
    return api.GetKeyPolicyResult(policy=key.policy, policy_name=NAME)


@service.read(at=names.by_key)
def list_key_policies(state: Kms, call: Call[api.ListKeyPolicies]) -> api.ListKeyPoliciesResult:
    """Every key has one, and its name is always the same."""
    names.by_id(state, call, call.params.key_id)
    return api.ListKeyPoliciesResult(policy_names=[NAME], truncated=False, next_marker=UNSET)
