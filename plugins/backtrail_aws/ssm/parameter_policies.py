"""Policies of advanced parameters: when one expires, and when to tell of it.

https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, cast

import msgspec

from backtrail import UNSET, Refusal, UnsetType
from backtrail_aws.ssm import api, errors, limits

_TYPES = ("Expiration", "ExpirationNotification", "NoChangeNotification")


def check(text: str, advanced: bool) -> None:
    """Refuse policies that are none, and any of a standard parameter. Raises `Refusal`."""
    if text in ("", "[]", "{}"):
        return
    if not advanced:
        # evidence: parameter-store-policies.html (the rule); words: guess
        raise errors.validation(
            "The parameter policies feature requires the advanced-parameter tier. To use parameter policies, upgrade "
            "the parameter to the advanced-parameter tier."
        )
    policies = _read(text)
    if policies is None:
        # evidence: model; words: guess
        raise Refusal("InvalidPolicyAttributeException", "The parameter policies are not valid JSON.")
    if len(policies) > limits.POLICIES_MAX:
        # evidence: model; words: guess
        raise Refusal(
            "PoliciesLimitExceededException", "You specified more than the maximum number of policies."
        )
    kinds = [one.get("Type") for one in policies]
    if unknown := [kind for kind in kinds if kind not in _TYPES]:
        # evidence: model; words: guess
        raise Refusal("InvalidPolicyTypeException", f"The policy type is not supported: {unknown[0]}.")
    if kinds.count("Expiration") > 1:
        # evidence: model; words: guess
        raise Refusal(
            "IncompatiblePolicyException", "Only one Expiration policy can be assigned to a parameter."
        )
    if "Expiration" in kinds and isinstance(expiration(text), UnsetType):
        # evidence: model; words: guess
        raise Refusal(
            "InvalidPolicyAttributeException", "The Timestamp of the Expiration policy is not valid."
        )


def expiration(text: str) -> datetime | UnsetType:
    """When a parameter with these policies expires."""
    for one in _read(text) or []:
        attributes: Any = one.get("Attributes")
        if one.get("Type") != "Expiration" or not isinstance(attributes, dict):
            continue
        given = cast("dict[str, object]", attributes).get("Timestamp")
        try:
            at = datetime.fromisoformat(str(given))
        except ValueError:
            return UNSET
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    return UNSET


def shown(text: str | UnsetType) -> list[api.ParameterInlinePolicy]:
    """Policies as lists and histories show them."""
    found = _read(text) if isinstance(text, str) else None
    return [
        api.ParameterInlinePolicy(
            policy_text=json.dumps(one, separators=(",", ":")), policy_type=str(one.get("Type")),
            policy_status="Pending",
        )
        for one in found or []
    ]  # fmt: skip


def _read(text: str) -> list[dict[str, Any]] | None:
    try:
        found: Any = json.loads(text) if text else []
    except ValueError:
        return None
    try:
        return msgspec.convert(found, list[dict[str, Any]])
    except msgspec.ValidationError:
        return None
