"""What S3 holds a notification configuration against before it keeps it.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
"""

from __future__ import annotations

from itertools import combinations
from typing import Final

import msgspec

from backtrail import UNSET, UnsetType
from backtrail_aws.s3 import api, limits
from backtrail_aws.s3.errors import invalid_argument, malformed_xml

_EVENTS: Final = frozenset(
    f"s3:{name}"
    for name in [
        "ReducedRedundancyLostObject",
        "ObjectCreated:*",
        "ObjectCreated:Put",
        "ObjectCreated:Post",
        "ObjectCreated:Copy",
        "ObjectCreated:CompleteMultipartUpload",
        "ObjectRemoved:*",
        "ObjectRemoved:Delete",
        "ObjectRemoved:DeleteMarkerCreated",
        "ObjectRestore:*",
        "ObjectRestore:Post",
        "ObjectRestore:Completed",
        "ObjectRestore:Delete",
        "Replication:*",
        "Replication:OperationFailedReplication",
        "Replication:OperationMissedThreshold",
        "Replication:OperationReplicatedAfterThreshold",
        "Replication:OperationNotTracked",
        "LifecycleExpiration:*",
        "LifecycleExpiration:Delete",
        "LifecycleExpiration:DeleteMarkerCreated",
        "LifecycleTransition",
        "IntelligentTiering",
        "ObjectTagging:*",
        "ObjectTagging:Put",
        "ObjectTagging:Delete",
        "ObjectAcl:Put",
        "ObjectAnnotation:*",
        "ObjectAnnotation:Put",
        "ObjectAnnotation:Delete",
        "ObjectRetention:Put",
    ]
)
# evidence: page https://repost.aws/knowledge-center/lambda-s3-event-configuration-error; the words for FIFO: guess
_AMBIGUOUS: Final = (
    "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are "
    "overlapping for the same event type."
)


class _Rule(msgspec.Struct, frozen=True):
    """One destination with what it is told of."""

    service: str
    arn: str
    events: list[str]
    id: str
    prefix: str
    suffix: str


def check(wanted: api.NotificationConfiguration, region: str) -> None:
    """Refuses a configuration with InvalidArgument or MalformedXML; the first fault is told."""
    rules = [*_rules(wanted)]
    for rule in rules:
        _check_arn(rule, region)
    ids = [rule.id for rule in rules if rule.id]
    if len(set(ids)) != len(ids):
        # evidence: guess
        raise invalid_argument("Same ID used for multiple configurations. IDs must be unique", "Id")
    for one, other in combinations(rules, 2):
        if _share(one.events, other.events) and _overlap(one, other):
            # evidence: page ErrorResponses; words: guess
            raise invalid_argument(_AMBIGUOUS, "Event")


def _rules(wanted: api.NotificationConfiguration) -> list[_Rule]:
    topics = [] if wanted.topic_configurations is UNSET else wanted.topic_configurations
    queues = [] if wanted.queue_configurations is UNSET else wanted.queue_configurations
    functions = (
        [] if wanted.lambda_function_configurations is UNSET else wanted.lambda_function_configurations
    )
    return [
        *(_rule("sns", one.topic_arn, one.events, one.id, one.filter) for one in topics),
        *(_rule("sqs", one.queue_arn, one.events, one.id, one.filter) for one in queues),
        *(_rule("lambda", one.lambda_function_arn, one.events, one.id, one.filter) for one in functions),
    ]


def _rule(
    service: str,
    arn: str,
    events: list[str],
    name: str | UnsetType,
    wanted: api.NotificationConfigurationFilter | UnsetType,
) -> _Rule:
    if not events or not _EVENTS.issuperset(events):
        raise malformed_xml()
    prefix, suffix = _filters(wanted)
    return _Rule(service, arn, events, "" if name is UNSET else name, prefix, suffix)


def _filters(wanted: api.NotificationConfigurationFilter | UnsetType) -> tuple[str, str]:
    key = UNSET if wanted is UNSET else wanted.key
    found: dict[str, str] = {}
    for rule in [] if key is UNSET or key.filter_rules is UNSET else key.filter_rules:
        if rule.name is UNSET or rule.value is UNSET:
            raise malformed_xml()
        name = rule.name.lower()
        if name not in ("prefix", "suffix"):
            # evidence: page ErrorResponses; words: guess
            raise invalid_argument(
                "filter rule name must be either prefix or suffix", "FilterRule.Name", rule.name
            )
        if name in found:
            # evidence: page ErrorResponses; words: guess
            raise invalid_argument(
                f"Cannot specify more than one {name} rule in a filter.", "FilterRule.Name", rule.name
            )
        if len(rule.value.encode()) > limits.FILTER_VALUE_MAX_BYTES:
            # evidence: page ErrorResponses; words: guess
            raise invalid_argument(
                "Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation",
                "FilterRule.Value",
            )
        found[name] = rule.value
    return found.get("prefix", ""), found.get("suffix", "")


def _check_arn(rule: _Rule, region: str) -> None:
    parts = rule.arn.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or parts[2] != rule.service or not parts[3] or not parts[5]:
        # evidence: page ErrorResponses; words: guess
        raise invalid_argument("The ARN is not well formed", rule.arn, rule.arn)
    if parts[3] != region:
        # evidence: page ErrorResponses; words: guess
        raise invalid_argument(
            "The notification destination service region is not valid for the bucket location constraint",
            rule.arn,
        )
    if rule.service in ("sns", "sqs") and parts[5].endswith(".fifo"):
        # "Amazon S3 ... FIFO queues aren't supported as an event notification destination" (the first page above)
        # evidence: page ErrorResponses; words: guess
        raise invalid_argument(
            "Unable to validate the following destination configurations", rule.arn, "FIFO is not supported"
        )


def _share(one: list[str], other: list[str]) -> bool:
    """Whether two lists of events have one in common; `s3:ObjectCreated:*` has all that begin so."""
    return any(_covers(a, b) or _covers(b, a) for a in one for b in other)


def _covers(pattern: str, event: str) -> bool:
    return pattern == event or (pattern.endswith("*") and event.startswith(pattern[:-1]))


def _overlap(one: _Rule, other: _Rule) -> bool:
    prefixes = one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)
    return prefixes and (one.suffix.endswith(other.suffix) or other.suffix.endswith(one.suffix))
