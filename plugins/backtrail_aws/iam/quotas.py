"""How many there may be."""

from __future__ import annotations

from backtrail_aws.iam import errors, limits
from backtrail_aws.iam.names import AnyCall


def check(call: AnyCall, name: str, held: int) -> None:
    """Whether there may be one more than are held. Raises `Refusal` (`LimitExceeded`)."""
    limit = call.quota(name, limits.QUOTAS[name])
    if held >= limit:
        raise errors.over_quota(name, limit)


def check_size(call: AnyCall, name: str, document: str) -> None:
    """Whether a policy document is short enough, white space not counted. Raises `Refusal` (`LimitExceeded`)."""
    limit = call.quota(name, limits.QUOTAS[name])
    if characters(document) > limit:
        raise errors.over_quota(name, limit)


def characters(document: str) -> int:
    """The characters of a document without its white space."""
    return len("".join(document.split()))
