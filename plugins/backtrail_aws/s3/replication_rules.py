"""What S3 holds replication rules against before it keeps them.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationRule.html and
https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html
"""

from __future__ import annotations

import re
from typing import Final

from backtrail import UNSET, Refusal, UnsetType
from backtrail_aws.s3 import api, errors, limits
from backtrail_aws.s3.errors import invalid_argument, invalid_request, malformed_xml

_STATUSES: Final = (UNSET, "Enabled", "Disabled")
_ROLE: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")
_BUCKET: Final = re.compile(r"arn:aws[a-z-]*:s3:::[A-Za-z0-9._-]{3,255}")
_MINUTES: Final = 15
"""The only time that S3 keeps: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationTimeValue.html"""

_VERSION: Final = (
    "for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more "
    "information."
)


def check(wanted: api.ReplicationConfiguration) -> None:
    """Refuses a configuration with InvalidArgument, InvalidRequest or MalformedXML; the first fault is told."""
    if not wanted.rules or len(wanted.rules) > limits.REPLICATION_RULES_MAX:
        raise malformed_xml()
    if not _ROLE.fullmatch(wanted.role):
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_ReplicationConfiguration.html
        raise errors.refused("InvalidArgument", "Invalid Role specified in replication configuration")
    ids: set[str] = set()
    priorities: set[int] = set()
    for rule in wanted.rules:
        _check_rule(rule)
        _check_id(rule.id, ids)
        if rule.priority is not UNSET:
            if rule.priority in priorities:
                # evidence: page ErrorResponses; words: guess
                raise invalid_request("Found duplicate priority in the replication configuration rules")
            priorities.add(rule.priority)


def _check_id(name: str | UnsetType, seen: set[str]) -> None:
    if name is UNSET or not name:
        return
    if len(name) > limits.RULE_ID_MAX:
        # evidence: page ErrorResponses; words: guess
        raise invalid_argument(f"ID length should not exceed allowed limit of {limits.RULE_ID_MAX}", "ID")
    if name in seen:
        # evidence: page ErrorResponses; words: guess
        raise errors.refused("InvalidArgument", "Rule Id must be unique")
    seen.add(name)


def _check_rule(rule: api.ReplicationRule) -> None:
    if rule.status not in _STATUSES[1:] or (rule.filter is not UNSET and rule.prefix is not UNSET):
        raise malformed_xml()
    if rule.filter is UNSET:
        if rule.priority is not UNSET:
            raise _version("Priority cannot be used")
        if rule.prefix is UNSET:
            raise malformed_xml()
    else:
        _check_second_version(rule, rule.filter)
    _check_statuses(rule)
    _check_destination(rule.destination)


def _check_second_version(rule: api.ReplicationRule, wanted: api.ReplicationRuleFilter) -> None:
    if rule.priority is UNSET:
        raise _version("Priority must be specified")
    if rule.delete_marker_replication is UNSET:
        raise _version("DeleteMarkerReplication must be specified")
    by_tag = wanted.tag is not UNSET or (wanted.and_ is not UNSET and bool(wanted.and_.tags))
    if by_tag and rule.delete_marker_replication.status == "Enabled":
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-marker-replication.html
        raise invalid_request("Delete marker replication is not supported if any Tag filter is specified.")
    if sum(one is not UNSET for one in (wanted.prefix, wanted.tag, wanted.and_)) > 1:
        raise malformed_xml()


def _check_statuses(rule: api.ReplicationRule) -> None:
    found: list[str | UnsetType] = []
    if rule.delete_marker_replication is not UNSET:
        found.append(rule.delete_marker_replication.status)
    if rule.existing_object_replication is not UNSET:
        found.append(rule.existing_object_replication.status)
    chosen = rule.source_selection_criteria
    if chosen is not UNSET and chosen.sse_kms_encrypted_objects is not UNSET:
        found.append(chosen.sse_kms_encrypted_objects.status)
    if chosen is not UNSET and chosen.replica_modifications is not UNSET:
        found.append(chosen.replica_modifications.status)
    if any(status not in _STATUSES for status in found):
        raise malformed_xml()


def _check_destination(target: api.Destination) -> None:
    if not _BUCKET.fullmatch(target.bucket):
        # evidence: guess
        raise errors.refused(
            "InvalidArgument", "Invalid bucket ARN", ArgumentName="Bucket", ArgumentValue=target.bucket
        )
    if target.access_control_translation is not UNSET and target.account is UNSET:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-change-owner.html
        raise errors.refused("InvalidArgument", "Account should be specified with AccessControlTranslation")
    time, metrics = target.replication_time, target.metrics
    if time is not UNSET:
        if time.status not in _STATUSES[1:] or time.time.minutes != _MINUTES:
            raise malformed_xml()
        if time.status == "Enabled" and (metrics is UNSET or metrics.status != "Enabled"):
            # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-time-control.html
            raise invalid_request(
                "Replication destination must have metrics enabled if replication time is enabled."
            )
    if metrics is not UNSET and metrics.status not in _STATUSES[1:]:
        raise malformed_xml()


def _version(message: str) -> Refusal:
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html
    return invalid_request(f"{message} {_VERSION}")
