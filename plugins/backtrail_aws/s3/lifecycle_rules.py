"""What S3 holds lifecycle rules against before it keeps them.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html. Messages are
S3's as its refusals are quoted in public; the pages name only the rules.
"""

from __future__ import annotations

from typing import Final

from backtrail import UNSET, UnsetType
from backtrail_aws.s3 import api, limits
from backtrail_aws.s3.errors import invalid_request, malformed_xml
from backtrail_aws.s3.lifecycle_transitions import (
    check_midnight,
    check_noncurrent,
    check_transitions,
    invalid,
)

# evidence: issue https://github.com/hashicorp/terraform-provider-aws/issues/41521 (sizes), 35328 (days), 23228,
# 23299 (forms), https://github.com/terraform-aws-modules/terraform-aws-s3-bucket/issues/109 and 376 (filters), and
# https://github.com/noobaa/noobaa-core/issues/8341 (overlaps), 8628 (IDs); NewerNoncurrentVersions: guess
ABORT: Final = "AbortIncompleteMultipartUpload"
MARKER: Final = "ExpiredObjectDeleteMarker"


def check(rules: list[api.LifecycleRule]) -> None:
    """Refuses a configuration with InvalidArgument, InvalidRequest or MalformedXML; the first fault is told."""
    if not rules or len(rules) > limits.LIFECYCLE_RULES_MAX:
        raise malformed_xml()
    ids: set[str] = set()
    by_filter = any(rule.filter is not UNSET for rule in rules)
    for rule in rules:
        _check_id(rule.id, ids)
        if rule.status not in ("Enabled", "Disabled"):
            raise malformed_xml()
        _check_form(rule, by_filter=by_filter, first=rules[0])
        _check_filter(rule.filter)
        _check_actions(rule)
    _check_overlaps(rules)


def _check_id(name: str | UnsetType, seen: set[str]) -> None:
    if name is UNSET or not name:
        return
    if len(name) > limits.RULE_ID_MAX:
        raise invalid(f"ID length should not exceed allowed limit of {limits.RULE_ID_MAX}")
    if name in seen:
        raise invalid("Rule ID must be unique. Found same ID for more than one rule")
    seen.add(name)


def _check_form(rule: api.LifecycleRule, *, by_filter: bool, first: api.LifecycleRule) -> None:
    """Each rule has a Filter, or, as until 2017, a Prefix of its own; and all rules are of one form."""
    if (rule.filter is UNSET) == (rule.prefix is UNSET):
        raise malformed_xml()
    if rule.prefix is not UNSET and by_filter:
        if first.filter is UNSET:
            # evidence: page ErrorResponses; words: guess
            raise invalid_request("Filter element can only be used in Lifecycle V2.")
        # evidence: page ErrorResponses; words: guess
        raise invalid_request(
            "Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter."
        )
    if rule.prefix is not UNSET and _keeps_newer(rule):
        # evidence: page ErrorResponses; words: guess
        raise invalid_request("NewerNoncurrentVersions element can only be used in Lifecycle V2.")


def _keeps_newer(rule: api.LifecycleRule) -> bool:
    moves = [] if rule.noncurrent_version_transitions is UNSET else rule.noncurrent_version_transitions
    ends = rule.noncurrent_version_expiration
    kept = [move.newer_noncurrent_versions for move in moves]
    if ends is not UNSET:
        kept.append(ends.newer_noncurrent_versions)
    return any(number is not UNSET for number in kept)


# filters


def _check_filter(wanted: api.LifecycleRuleFilter | UnsetType) -> None:
    """One predicate, or none for all objects; several only inside an And."""
    if wanted is UNSET:
        return
    sizes = (wanted.object_size_greater_than, wanted.object_size_less_than)
    if sum(one is not UNSET for one in (wanted.prefix, wanted.tag, *sizes, wanted.and_)) > 1:
        raise malformed_xml()
    _check_sizes(*sizes)
    both = wanted.and_
    if both is UNSET:
        return
    tags = [] if both.tags is UNSET else both.tags
    sizes = (both.object_size_greater_than, both.object_size_less_than)
    if sum(one is not UNSET for one in (both.prefix, *sizes)) + len(tags) < 2:
        raise malformed_xml()
    if len({tag.key for tag in tags}) != len(tags):
        # evidence: page ErrorResponses; words: guess
        raise invalid_request("Duplicate Tag Keys are not allowed.")
    _check_sizes(*sizes)


def _check_sizes(greater: int | UnsetType, less: int | UnsetType) -> None:
    most = limits.SIZE_FILTER_MAX
    if greater is not UNSET and not 0 <= greater <= most:
        # evidence: page ErrorResponses; words: guess
        raise invalid_request(f"'ObjectSizeGreaterThan' should be between 0 and {most}.")
    if less is not UNSET and not 1 <= less <= most:
        # evidence: page ErrorResponses; words: guess
        raise invalid_request(f"'ObjectSizeLessThan' should be between 1 and {most}.")
    if greater is not UNSET and less is not UNSET and less <= greater:
        # evidence: page ErrorResponses; words: guess
        raise invalid_request("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.")


def _by_tags(wanted: api.LifecycleRuleFilter | UnsetType) -> bool:
    if wanted is UNSET:
        return False
    return wanted.tag is not UNSET or (wanted.and_ is not UNSET and bool(wanted.and_.tags))


def _by_size(wanted: api.LifecycleRuleFilter | UnsetType) -> bool:
    if wanted is UNSET:
        return False
    sizes = [wanted.object_size_greater_than, wanted.object_size_less_than]
    if wanted.and_ is not UNSET:
        sizes += [wanted.and_.object_size_greater_than, wanted.and_.object_size_less_than]
    return any(size is not UNSET for size in sizes)


# actions


def _check_actions(rule: api.LifecycleRule) -> None:
    transitions = [] if rule.transitions is UNSET else rule.transitions
    moves = [] if rule.noncurrent_version_transitions is UNSET else rule.noncurrent_version_transitions
    ends, aborts = rule.noncurrent_version_expiration, rule.abort_incomplete_multipart_upload
    if not transitions and not moves and UNSET is rule.expiration is ends is aborts:
        # evidence: page ErrorResponses; words: guess
        raise invalid_request("At least one action needs to be specified in a rule")
    if rule.expiration is not UNSET:
        _check_expiration(rule.expiration)
        if rule.expiration.expired_object_delete_marker is not UNSET:
            _check_filterless(rule, MARKER)
    if aborts is not UNSET:
        if aborts.days_after_initiation is UNSET:
            raise malformed_xml()
        _check_positive(aborts.days_after_initiation, "DaysAfterInitiation", ABORT)
        _check_filterless(rule, ABORT)
    if ends is not UNSET:
        if ends.noncurrent_days is UNSET:
            raise malformed_xml()
        _check_positive(ends.noncurrent_days, "NoncurrentDays", "NoncurrentVersionExpiration")
        _check_newer(ends.newer_noncurrent_versions, "NoncurrentVersionExpiration")
    for move in moves:
        _check_newer(move.newer_noncurrent_versions, "NoncurrentVersionTransition")
    check_transitions(rule, transitions)
    check_noncurrent(rule, moves)


def _check_expiration(expiration: api.LifecycleExpiration) -> None:
    given = (expiration.days, expiration.date, expiration.expired_object_delete_marker)
    if sum(one is not UNSET for one in given) != 1:
        raise malformed_xml()
    if expiration.days is not UNSET:
        _check_positive(expiration.days, "Days", "Expiration")
    check_midnight(expiration.date)


def _check_positive(days: int, name: str, action: str) -> None:
    if days <= 0:
        raise invalid(f"'{name}' for {action} action must be a positive integer")


def _check_newer(number: int | UnsetType, action: str) -> None:
    if number is not UNSET and number <= 0:
        raise invalid(f"'NewerNoncurrentVersions' for {action} action must be a positive integer")


def _check_filterless(rule: api.LifecycleRule, action: str) -> None:
    """Uploads under way have neither tags nor sizes, and delete markers neither."""
    if _by_tags(rule.filter):
        # evidence: page ErrorResponses; words: guess
        raise invalid_request(f"{action} cannot be specified with Tags.")
    if _by_size(rule.filter):
        # evidence: page ErrorResponses; words: guess
        raise invalid_request(f"{action} cannot be specified with Object Size.")


def _check_overlaps(rules: list[api.LifecycleRule]) -> None:
    """Rules in the old form may not have one action for overlapping prefixes."""
    old = [rule for rule in rules if rule.prefix is not UNSET]
    for index, rule in enumerate(old):
        for other in old[index + 1 :]:
            one, two = str(rule.prefix), str(other.prefix)
            shared = next((name for name in _action_names(rule) if name in _action_names(other)), None)
            if shared is not None and (one.startswith(two) or two.startswith(one)):
                first, second = sorted((one, two), key=len)
                # evidence: page ErrorResponses; words: guess
                raise invalid_request(
                    f"Found overlapping prefixes '{first}' and '{second}' for same action type '{shared}'"
                )


def _action_names(rule: api.LifecycleRule) -> list[str]:
    named = {
        "Expiration": rule.expiration is not UNSET,
        "Transition": rule.transitions is not UNSET and bool(rule.transitions),
        "NoncurrentVersionExpiration": rule.noncurrent_version_expiration is not UNSET,
        ABORT: rule.abort_incomplete_multipart_upload is not UNSET,
    }
    return [name for name, there in named.items() if there]
