"""Log groups: making, listing, protecting and deleting them, and their KMS keys."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from backtrail import UNSET, Answer, BadToken, Call, Event, Page, Params, UnsetType, field, page, told
from backtrail_aws.logs import api, directory, errors, limits, stock, tags
from backtrail_aws.logs.api import (
    AssociateKmsKey,
    CreateLogGroup,
    CreateLogStream,
    DeleteLogGroup,
    DescribeLogGroups,
    DescribeLogGroupsResult,
    DisassociateKmsKey,
    ListLogGroups,
    ListLogGroupsResult,
    PutLogGroupDeletionProtection,
)
from backtrail_aws.logs.moments import millis
from backtrail_aws.logs.state import LogGroup, Logs, service

_RESULTS = ":query-result:"
_CHEAPER = {"INFREQUENT_ACCESS", "ESSENTIALS"}
_KEY_ARN = re.compile(r"arn:[\w-]+:kms:[\w-]+:\d{12}:key/.+")


class DescribeKey(Params):
    """What KMS is asked."""

    key_id: str = field(name="keyId")


class _Key(Params):
    key_state: str | UnsetType = field(name="keyState", default=UNSET)


class _Described(Params):
    key_metadata: _Key | UnsetType = field(name="keyMetadata", default=UNSET)


# making


@service.handle
def create_log_group(state: Logs, call: Call[CreateLogGroup]) -> None:
    """Refuse names that are taken or reserved, and keys that cannot be used."""
    params = call.params
    if params.log_group_name.startswith("aws/"):
        # evidence: page API_CreateLogGroup; words: guess
        raise errors.invalid("Log groups starting with aws/ are reserved for AWS.")
    if params.log_group_name in state.groups:
        raise errors.group_exists()
    if len(state.groups) >= call.quota("groups", limits.GROUPS_MAX):
        raise errors.limit_exceeded()
    tags.check(told(params.tags, {}), {}, params.log_group_name)
    _check_key(call, params.kms_key_id, call.arn("logs", f"log-group:{params.log_group_name}"))


@service.project
def log_group_created(state: Logs, event: Event[CreateLogGroup, None]) -> None:
    """The group is there. One that was only inferred keeps what is in it."""
    params, name = event.params, event.params.log_group_name
    old = state.groups.get(name)
    if old is not None and not isinstance(old.created_ms, UnsetType):
        forget(state, name)
        old = None
    group = old or directory.made(name, event)
    state.groups[name] = group
    group.created_ms = millis(event.time)
    group.log_class = told(params.log_group_class, "STANDARD")
    group.protected = told(params.deletion_protection_enabled, False)
    group.kms_key = params.kms_key_id
    group.tags.update(told(params.tags, {}))
    stock.expect_expiry(state, group)


@service.evidence
def creation_failed(state: Logs, event: Event[CreateLogGroup, None]) -> None:
    """A group that exists already exists."""
    if event.error == "ResourceAlreadyExistsException":
        directory.noticed(state, event.params.log_group_name, event)


# listing


@service.read
def describe_log_groups(state: Logs, call: Call[DescribeLogGroups]) -> DescribeLogGroupsResult:
    """Groups by name: those with a prefix, or with a text in their name, or those that are named."""
    params = call.params
    if params.log_group_name_prefix is not UNSET and params.log_group_name_pattern is not UNSET:
        # evidence: page API_DescribeLogGroups; words: guess
        raise errors.invalid(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
        )
    if isinstance(params.log_group_identifiers, list):
        named = [state.groups.get(directory.name_of(one)) for one in params.log_group_identifiers]
        return DescribeLogGroupsResult(log_groups=[shown(one) for one in named if one is not None])
    part, wanted = told(params.log_group_name_pattern, ""), _classes(params.log_group_class)
    found = listed(
        state, params.next_token, told(params.limit, limits.DESCRIBED_MAX), told(params.log_group_name_prefix, ""),
        lambda group: part in group.name and (wanted is None or group.log_class in wanted),
    )  # fmt: skip
    return DescribeLogGroupsResult(
        log_groups=[shown(group) for group in found.items], next_token=found.next or UNSET
    )


@service.read
def list_log_groups(state: Logs, call: Call[ListLogGroups]) -> ListLogGroupsResult:
    """Groups by name: those whose name has one of several texts, and those that have tags."""
    params = call.params
    parts = told(params.log_group_name_pattern, "").split("|")
    wanted = None if isinstance(params.log_group_class, UnsetType) else {params.log_group_class}
    filters = told(params.log_group_tags, [])
    # No group here has an index or a data source.
    none = params.field_index_names is not UNSET or params.data_sources is not UNSET

    def keep(group: LogGroup) -> bool:
        return (
            not none
            and any(_named(group.name, part) for part in parts)
            and (wanted is None or group.log_class in wanted)
            and all(_tagged(group, one) for one in filters)
        )

    found = listed(state, params.next_token, told(params.limit, limits.DESCRIBED_MAX), "", keep)
    return ListLogGroupsResult(
        log_groups=[
            api.LogGroupSummary(
                log_group_name=group.name, log_group_arn=group.arn, log_group_class=group.log_class
            )
            for group in found.items
        ],
        next_token=found.next or UNSET,
    )


def listed(
    state: Logs, token: str | UnsetType, limit: int, prefix: str, keep: Callable[[LogGroup], bool]
) -> Page[LogGroup]:
    """A page of groups by name."""
    try:
        return page(state.groups, told(token, "") or None, limit, prefix=prefix, keep=keep)
    except BadToken as error:
        raise errors.bad_token() from error


def shown(group: LogGroup) -> api.LogGroup:
    """A group as it is described."""
    return api.LogGroup(
        log_group_name=group.name,
        creation_time=group.created_ms,
        retention_in_days=stock.kept_days(group) or UNSET,
        metric_filter_count=len(group.metric_filters),
        arn=f"{group.arn}:*",
        stored_bytes=group.stored_bytes,
        kms_key_id=group.kms_key,
        log_group_class=group.log_class,
        log_group_arn=group.arn,
        deletion_protection_enabled=group.protected,
    )


# protecting and deleting


@service.handle(at=directory.by_identifier)
def put_log_group_deletion_protection(state: Logs, call: Call[PutLogGroupDeletionProtection]) -> None:
    """Any group may be protected."""
    directory.group(state, directory.name_of(call.params.log_group_identifier))


@service.project(at=directory.by_identifier)
def log_group_protected(state: Logs, event: Event[PutLogGroupDeletionProtection, None]) -> None:
    """The group may be deleted, or not."""
    group = directory.noticed(state, directory.name_of(event.params.log_group_identifier), event)
    group.protected = event.params.deletion_protection_enabled


class Deleted(Params):
    """Beside a DeleteLogGroup or DeleteLogStream: what went with it."""

    events: int
    streams: int = 0


@service.handle
def delete_log_group(state: Logs, call: Call[DeleteLogGroup]) -> Answer[None]:
    """Refuse a group that is protected. What is in it is no hindrance."""
    group = directory.group(state, call.params.log_group_name)
    if group.protected is True:
        raise errors.protected()
    return Answer(None, note=Deleted(events=len(group.order), streams=len(group.streams)))


@service.project
def log_group_deleted(state: Logs, event: Event[DeleteLogGroup, None]) -> None:
    """The group is gone, with its streams, events and filters."""
    forget(state, event.params.log_group_name)


@service.evidence
def deletion_failed(state: Logs, event: Event[DeleteLogGroup, None]) -> None:
    """A group that does not exist to delete is gone."""
    if event.error == "ResourceNotFoundException":
        forget(state, event.params.log_group_name)


@service.evidence
def stream_failed(state: Logs, event: Event[CreateLogStream, None]) -> None:
    """A group that does not exist to make a stream in is gone; a stream that exists already exists."""
    name = event.params.log_group_name
    if event.error == "ResourceNotFoundException":
        forget(state, name)
    elif event.error == "ResourceAlreadyExistsException":
        directory.noticed_stream(directory.noticed(state, name, event), event.params.log_stream_name, event)


def forget(state: Logs, name: str) -> None:
    """Fold that a group is not there (any more)."""
    group = state.groups.pop(name, None)
    if group is not None and group.expiry_ms:
        state.alarms.pop(stock.alarm(group), None)


# KMS keys


@service.handle
def associate_kms_key(state: Logs, call: Call[AssociateKmsKey]) -> None:
    """Refuse groups that are not there, and keys that cannot be used."""
    params = call.params
    group = _subject(state, params.log_group_name, params.resource_identifier)
    _check_key(
        call, params.kms_key_id, group.arn if group is not None else told(params.resource_identifier, "")
    )


@service.project
def kms_key_associated(state: Logs, event: Event[AssociateKmsKey, None]) -> None:
    """The group, or the results of queries, have a key."""
    _set_key(state, event, event.params.kms_key_id)


@service.handle
def disassociate_kms_key(state: Logs, call: Call[DisassociateKmsKey]) -> None:
    """A group without a key is no error."""
    _subject(state, call.params.log_group_name, call.params.resource_identifier)


@service.project
def kms_key_disassociated(state: Logs, event: Event[DisassociateKmsKey, None]) -> None:
    """The group, or the results of queries, have no key."""
    _set_key(state, event, UNSET)


def _subject(state: Logs, name: str | UnsetType, identifier: str | UnsetType) -> LogGroup | None:
    """The group that a key is for; None for the results of queries."""
    if isinstance(name, UnsetType) == isinstance(identifier, UnsetType):
        # evidence: page API_AssociateKmsKey; words: guess
        raise errors.invalid("Exactly one of logGroupName and resourceIdentifier must be specified.")
    if isinstance(name, str):
        return directory.group(state, name)
    if isinstance(identifier, str) and _RESULTS in identifier:
        return None
    return directory.group(state, directory.name_of(told(identifier, "")))


def _set_key(
    state: Logs, event: Event[AssociateKmsKey, None] | Event[DisassociateKmsKey, None], key: str | UnsetType
) -> None:
    name, identifier = event.params.log_group_name, event.params.resource_identifier
    if isinstance(identifier, str) and _RESULTS in identifier:
        state.results_key = key
    elif isinstance(name, str) or isinstance(identifier, str):
        named = name if isinstance(name, str) else directory.name_of(told(identifier, ""))
        directory.noticed(state, named, event).kms_key = key


def _check_key(call: Call[Any], key: str | UnsetType, arn: str) -> None:
    """Refuse a key that is no ARN, or cannot be used; one that nobody here knows is taken to be good."""
    if isinstance(key, UnsetType):
        return
    if _KEY_ARN.fullmatch(key) is None:
        raise errors.key_unusable(arn)
    found = call.ask("kms", DescribeKey(key_id=key), _Described)
    if found is None or isinstance(found.key_metadata, UnsetType):
        return
    if told(found.key_metadata.key_state, "Enabled") != "Enabled":
        raise errors.key_unusable(arn)


def _classes(wanted: str | UnsetType) -> set[str] | None:
    """The classes that a DescribeLogGroups for one shows: API_DescribeLogGroups."""
    if isinstance(wanted, UnsetType):
        return None
    return _CHEAPER if wanted in _CHEAPER else {wanted}


def _named(name: str, part: str) -> bool:
    """Whether a name has a text in it, or begins with it (`^text`): API_ListLogGroups."""
    return name.startswith(part[1:]) if part.startswith("^") else part in name


def _tagged(group: LogGroup, wanted: api.TagFilter) -> bool:
    """Whether a group has a tag, with one of some values: `prod*` in any case, `!prod` for all others."""
    value = group.tags.get(wanted.key)
    if value is None:
        return False
    return not told(wanted.values, []) or any(_valued(value, one) for one in told(wanted.values, []))


def _valued(value: str, wanted: str) -> bool:
    text = wanted.removeprefix("!")
    equal = fnmatchcase(value.lower(), text.lower()) if "*" in text else value == text
    return equal != wanted.startswith("!")
