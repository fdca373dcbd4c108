"""What a session may be given: policies that narrow it, and tags.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence

import msgspec

from backtrail import UNSET, UnsetType, told
from backtrail_aws.sts import errors, limits
from backtrail_aws.sts.api import PolicyDescriptorType, Tag
from backtrail_aws.sts.state import Session

_ARN = re.compile(r"arn:aws[\w-]*:iam::(?:aws|\d{12}):policy/[\w+=,.@/-]+")
_Object = dict[str, object]


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What narrows and marks a new session, checked; `packed` is a percentage where anything was given."""

    policies: list[str]
    arns: list[str]
    tags: dict[str, str]
    transitive: list[str]
    packed: int | UnsetType


def check(
    policy: str | UnsetType,
    descriptors: Sequence[PolicyDescriptorType] | UnsetType,
    tags: Mapping[str, str],
    transitive: Sequence[str],
    before: Session | None = None,
) -> Given:
    """Policies and tags as a session keeps them. Raises `Refusal`.

    `before` is the calling session: its transitive tags come along and cannot be set anew.
    """
    arns = [told(one.arn, "") for one in told(descriptors, [])]
    if len(arns) > limits.POLICY_ARNS_MAX:
        # evidence: QUOTAS in limits.py; words: guess
        raise errors.invalid(f"The number of policy ARNs must not exceed {limits.POLICY_ARNS_MAX}.")
    for arn in arns:
        if _ARN.fullmatch(arn) is None:
            # evidence: guess
            raise errors.invalid(f"ARN {arn} is not valid.")
    if isinstance(policy, str):
        _check_document(policy)
    _check_tags(tags, transitive)
    inherited = _inherited(tags, transitive, before)
    all_tags = {**inherited, **tags}
    packed = _packed(policy, arns, all_tags)
    return Given(
        policies=[policy] if isinstance(policy, str) else [],
        arns=arns,
        tags=all_tags,
        transitive=[*inherited, *transitive],
        packed=packed if policy or arns or tags else UNSET,
    )


def incoming(before: Session | None) -> dict[str, str]:
    """The transitive tags of the calling session."""
    return (
        {key: before.tags[key] for key in before.transitive if key in before.tags}
        if before is not None
        else {}
    )


def as_map(tags: Sequence[Tag] | UnsetType) -> dict[str, str]:
    """Tags by key. Raises `Refusal` where a key comes twice, in whatever case."""
    found: dict[str, str] = {}
    for tag in told(tags, []):
        if tag.key.lower() in {key.lower() for key in found}:
            # evidence: guess
            raise errors.invalid("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
        found[tag.key] = tag.value
    return found


def _check_document(policy: str) -> None:
    """Whether a session policy is JSON with statements; its grammar is IAM's to check in full."""
    try:
        document = msgspec.json.decode(policy, type=_Object)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise errors.malformed_policy("This policy contains invalid Json") from error
    statements = document.get("Statement")
    if not isinstance(statements, list | dict) or not statements:
        raise errors.malformed_policy("Syntax errors in policy.")
    if document.get("Version", "2008-10-17") not in ("2012-10-17", "2008-10-17"):
        raise errors.malformed_policy("Syntax errors in policy.")


def _check_tags(tags: Mapping[str, str], transitive: Sequence[str]) -> None:
    if len(tags) > limits.TAGS_MAX:
        # evidence: QUOTAS in limits.py; words: guess
        raise errors.invalid(f"The number of session tags must not exceed {limits.TAGS_MAX}.")
    for key in tags:
        if key.lower().startswith("aws:"):
            # evidence: id_session-tags.html; words: guess
            raise errors.invalid(
                "Tag keys must not start with the prefix aws:, which is reserved for AWS use."
            )
    for key in transitive:
        if key not in tags:
            # evidence: id_session-tags.html; words: guess
            raise errors.invalid(
                f"The specified transitive tag key must be included in the requested tags: {key}"
            )


def _inherited(tags: Mapping[str, str], transitive: Sequence[str], before: Session | None) -> dict[str, str]:
    found = incoming(before)
    lowered = {key.lower() for key in found}
    for key in (*tags, *transitive):
        if key.lower() in lowered:
            # evidence: id_session-tags.html (role chaining); words: guess
            raise errors.invalid(
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key "
                "from the calling session."
            )
    return found


def _packed(policy: str | UnsetType, arns: Sequence[str], tags: Mapping[str, str]) -> int:
    text = told(policy, "") + "".join(arns)
    packed = len(zlib.compress(msgspec.json.encode([text, dict(tags)]), 9))
    percent = -(-packed * 100 // limits.PACKED_MAX)
    if percent > 100 or len(text) > limits.POLICY_MAX:
        raise errors.packed_too_large(max(percent, 101))
    return percent
