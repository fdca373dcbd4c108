"""Where a trail delivers to: its bucket, topic, log group and key, checked as AWS checks them.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html,
.../cloudtrail-permissions-for-sns-notifications.html, .../send-cloudtrail-events-to-cloudwatch-logs.html
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import msgspec

from backtrail import Call, Params, UnsetType, field, told
from backtrail.payload import UNSET
from backtrail.record import partition_of
from backtrail_aws.cloudtrail import errors, limits, policies

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9/!_.*'()-]*")
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,256}(?:\.fifo)?")
_GROUP = re.compile(r"arn:[a-z-]+:logs:([a-z0-9-]+):(\d{12}):log-group:([^:*]+)(?::\*)?")
_ROLE = re.compile(r"arn:[a-z-]+:iam::(\d{12}):role/(.+)")
_KEY = re.compile(
    r"arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:(?:key/[A-Za-z0-9-]+|alias/[A-Za-z0-9/_-]+)|alias/[A-Za-z0-9/_-]+|"
    r"(?:mrk-)?[0-9a-fA-F-]{32,36}"
)

_KEY_ACTION = "kms:GenerateDataKey"


class GetBucketLocation(Params):
    """What S3 is asked."""

    bucket: str = field(name="bucketName")


class _Location(Params):
    location_constraint: str | UnsetType = field(name="LocationConstraint", default=UNSET)


class ListTopics(Params):
    """Whether there is an SNS here."""


class DescribeLogGroups(Params):
    """What CloudWatch Logs is asked."""

    log_group_name_prefix: str = field(name="logGroupNamePrefix")


class _LogGroup(Params):
    log_group_name: str | UnsetType = field(name="logGroupName", default=UNSET)


class _LogGroups(Params):
    log_groups: list[_LogGroup] | UnsetType = field(name="logGroups", default=UNSET)


class ListRoles(Params):
    """Whether there is an IAM here."""

    max_items: int = field(name="maxItems")


class GetRole(Params):
    """What IAM is asked."""

    role_name: str = field(name="roleName")


class _Role(Params):
    assume_role_policy_document: str | UnsetType = field(name="assumeRolePolicyDocument", default=UNSET)


class _RoleFound(Params):
    role: _Role


class ListKeys(Params):
    """Whether there is a KMS here."""


class DescribeKey(Params):
    """What KMS is asked."""

    key_id: str = field(name="keyId")


class _KeyMetadata(Params):
    arn: str | UnsetType = UNSET


class _KeyFound(Params):
    key_metadata: _KeyMetadata | UnsetType = field(name="keyMetadata", default=UNSET)


class _Anything(Params):
    pass


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Where a bucket is, beside the record: whose it is, and its region."""

    account: str
    region: str


def check_bucket(
    call: Call[Any],
    bucket: str | UnsetType,
    prefix: str | UnsetType,
    trail_arn: str,
    *,
    organization: str = "",
) -> Found:
    """Refuse a bucket that is not there, or that does not let CloudTrail in; where it is."""
    name, folder = told(bucket, ""), told(prefix, "")
    if not name:
        # evidence: model; words: guess
        raise errors.bad_bucket("Bucket name cannot be blank!")
    if _BUCKET.fullmatch(name) is None:
        # evidence: model; words: guess
        raise errors.bad_bucket(f"Bucket name {name} is not valid.")
    check_prefix(folder)
    partition = partition_of(call.region)
    key = f"{folder}/" if folder else ""
    owned = call.resource_policy(f"arn:{partition}:s3:::{name}", "s3:GetBucketAcl")
    acl = policies.bucket_lets_in(call, name, partition, "s3:GetBucketAcl", None, trail_arn)
    if owned is None or acl is None:
        raise errors.no_bucket(name)
    for place in filter(None, (call.account, organization)):
        file = f"{key}AWSLogs/{place}/file"
        if not acl or not policies.bucket_lets_in(call, name, partition, "s3:PutObject", file, trail_arn):
            raise errors.bucket_policy(name)
    location = call.ask("s3", GetBucketLocation(bucket=name), _Location)
    region = call.region if location is None else told(location.location_constraint, "") or "us-east-1"
    return Found(account=owned.account, region="eu-west-1" if region == "EU" else region)


def check_prefix(prefix: str) -> None:
    """Refuse a key prefix that breaks a rule."""
    if len(prefix) > limits.PREFIX_MAX:
        # evidence: model; words: guess
        raise errors.bad_prefix(f"The S3 prefix is longer than {limits.PREFIX_MAX} characters.")
    if _PREFIX.fullmatch(prefix) is None or prefix.startswith("/") or prefix.endswith("/") or "//" in prefix:
        # evidence: model; words: guess
        raise errors.bad_prefix(f"The S3 prefix {prefix} is not valid.")


def topic_arn(call: Call[Any], topic: str | UnsetType, trail_arn: str) -> str:
    """The ARN of the topic that is told of each file, "" for none. Refuses one that CloudTrail may not publish to."""
    name = told(topic, "")
    if not name:
        return ""
    if not name.startswith("arn:"):
        if len(name) > limits.TOPIC_MAX or _TOPIC.fullmatch(name) is None:
            # evidence: model; words: guess
            raise errors.bad_topic(f"SNS topic name {name} is not valid.")
        name = call.arn("sns", name)
    elif len(name.split(":")) != 6 or name.split(":")[2] != "sns":
        # evidence: model; words: guess
        raise errors.bad_topic(f"{name} is not a valid SNS topic ARN.")
    if call.ask("sns", ListTopics(), _Anything) is None:
        return name
    owned = call.resource_policy(name, "sns:Publish")
    text = owned.document if owned is not None else None
    if owned is None or not policies.lets_in(text, "SNS:Publish", name, owned.account, trail_arn):
        raise errors.topic_policy()
    return name


def check_logs(call: Call[Any], group: str | UnsetType, role: str | UnsetType) -> None:
    """Refuse a log group that is not there, or a role that CloudTrail cannot assume."""
    wanted, assumed = told(group, ""), told(role, "")
    if not wanted and not assumed:
        return
    if not wanted:
        # evidence: model; words: guess
        raise errors.combination("You must specify a CloudWatch Logs log group ARN with a role ARN.")
    if not assumed:
        # evidence: model; words: guess
        raise errors.bad_role("You must specify a role ARN with a CloudWatch Logs log group ARN.")
    parts = _GROUP.fullmatch(wanted)
    if parts is None or parts[1] != call.region:
        raise errors.bad_log_group()
    found = call.ask("logs", DescribeLogGroups(log_group_name_prefix=parts[3]), _LogGroups, account=parts[2])
    if found is not None and parts[3] not in [one.log_group_name for one in told(found.log_groups, [])]:
        raise errors.bad_log_group()
    _check_role(call, assumed)


def _check_role(call: Call[Any], role: str) -> None:
    parts = _ROLE.fullmatch(role)
    if parts is None or parts[1] != call.account:
        # evidence: model; words: guess
        raise errors.bad_role(f"{role} is not a valid role ARN of this account.")
    if call.ask("iam", ListRoles(max_items=1), _Anything) is None:
        return
    found = call.ask("iam", GetRole(role_name=parts[2].rpartition("/")[2]), _RoleFound)
    if found is None:
        # evidence: model; words: guess
        raise errors.bad_role(f"The role {role} does not exist.")
    trust = found.role.assume_role_policy_document
    text = trust if isinstance(trust, UnsetType) else unquote(trust)
    # A trust policy has no Resource: who may assume is all that it says.
    if isinstance(text, str) and policies.PRINCIPAL not in text and '"*"' not in text:
        raise errors.role_denied()


def group_of(arn: str) -> tuple[str, str, str]:
    """Region, account and name of a log group's ARN; empty where it is none."""
    parts = _GROUP.fullmatch(arn)
    return (parts[1], parts[2], parts[3]) if parts is not None else ("", "", "")


def key_arn(call: Call[Any], key: str | UnsetType, trail_arn: str) -> str:
    """The ARN of the key that encrypts files, "" for none. Refuses what names no key, and a key that keeps CloudTrail
    out: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html"""
    wanted = told(key, "")
    if not wanted:
        return ""
    if _KEY.fullmatch(wanted) is None:
        raise errors.bad_key(wanted)
    account = wanted.split(":")[4] if wanted.startswith("arn:") else call.account
    resource = wanted if wanted.startswith(("arn:", "alias/")) else f"key/{wanted}"
    arn = wanted if wanted.startswith("arn:") else call.arn("kms", resource)
    if call.ask("kms", ListKeys(), _Anything) is None:
        return arn
    found = call.ask("kms", DescribeKey(key_id=wanted), _KeyFound, account=account)
    if found is None:
        raise errors.no_key(wanted)
    metadata = found.key_metadata
    named = arn if isinstance(metadata, UnsetType) else told(metadata.arn, arn)
    owned = call.resource_policy(named, _KEY_ACTION)
    encryption = {"kms:EncryptionContext:aws:cloudtrail:arn": trail_arn}
    text = owned.document if owned is not None else UNSET
    if not policies.lets_in(text, _KEY_ACTION, named, account, trail_arn, **encryption):
        raise errors.key_policy()
    return named
