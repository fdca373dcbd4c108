"""Trails: made, changed, deleted, and looked at.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_CreateTrail.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from backtrail import UNSET, Answer, BadToken, Call, Command, Event, Params, UnsetType, field, page, told
from backtrail_aws.cloudtrail import api, destinations, errors, limits, names, organizations, spans, tags
from backtrail_aws.cloudtrail.api import (
    CreateTrail,
    CreateTrailResult,
    DeleteTrail,
    DescribeTrails,
    DescribeTrailsResult,
    GetTrail,
    GetTrailResult,
    ListTrails,
    ListTrailsResult,
    UpdateTrail,
    UpdateTrailResult,
)
from backtrail_aws.cloudtrail.destinations import Found
from backtrail_aws.cloudtrail.state import CloudTrail, Trail, service

_GONE = frozenset({"TrailNotFoundException"})


class GetBucketAcl(Params):
    """What S3 is asked by CloudTrail, as real trails show, whenever a trail gets a bucket."""

    bucket: str = field(name="bucketName")


@service.handle
def create_trail(state: CloudTrail, call: Call[CreateTrail]) -> Answer[CreateTrailResult]:
    """A new trail, which logs nothing before `StartLogging`."""
    params = call.params
    name = told(params.name, "")
    names.check(name)
    tags.check(told(params.tags_list, []))
    arn = names.arn_of(name, call.account, call.region)
    everywhere = params.is_multi_region_trail is True
    _check_scope(everywhere, params.include_global_service_events)
    organization = organizations.managed(call) if params.is_organization_trail is True else ""
    seen = [one for one in state.trails.values() if names.visible(one, call.account, call.region)]
    if any(one.name == name for one in seen):
        raise errors.trail_exists(name, call.account)
    most = call.quota("trails", limits.TRAILS_MAX)
    if len(seen) >= most:
        raise errors.too_many_trails(call.account, call.region, most)
    found = destinations.check_bucket(
        call, params.s3_bucket_name, params.s3_key_prefix, arn, organization=organization
    )
    topic = destinations.topic_arn(call, params.sns_topic_name, arn)
    destinations.check_logs(call, params.cloud_watch_logs_log_group_arn, params.cloud_watch_logs_role_arn)
    key = destinations.key_arn(call, params.kms_key_id, arn)
    result = CreateTrailResult(
        name=name, trail_arn=arn, s3_bucket_name=params.s3_bucket_name, s3_key_prefix=params.s3_key_prefix or UNSET,
        sns_topic_name=params.sns_topic_name or UNSET, sns_topic_arn=topic or UNSET,
        include_global_service_events=told(params.include_global_service_events, True),
        is_multi_region_trail=everywhere, log_file_validation_enabled=told(params.enable_log_file_validation, False),
        cloud_watch_logs_log_group_arn=params.cloud_watch_logs_log_group_arn or UNSET,
        cloud_watch_logs_role_arn=params.cloud_watch_logs_role_arn or UNSET, kms_key_id=key or UNSET,
        is_organization_trail=params.is_organization_trail is True, recursive_logging=params.recursive_logging,
    )  # fmt: skip
    return Answer(result, note=found)


def _check_scope(everywhere: bool, global_events: bool | UnsetType) -> None:
    if everywhere and global_events is False:
        # evidence: https://github.com/hashicorp/terraform-provider-aws/issues/1094; words: guess
        raise errors.combination("Multi-Region trail must include global service events.")


@service.project
def trail_created(state: CloudTrail, event: Event[CreateTrail, CreateTrailResult]) -> None:
    """The trail is there."""
    params, result = event.params, event.result
    trail = names.at(state, event, params.name, result.trail_arn)
    if trail is None:
        return
    event.implied.clear()
    _configure(trail, params, result)
    trail.global_events = told(
        result.include_global_service_events, told(params.include_global_service_events, True)
    )
    trail.multi_region = told(result.is_multi_region_trail, told(params.is_multi_region_trail, False))
    trail.organization = told(result.is_organization_trail, told(params.is_organization_trail, False))
    trail.validation = told(
        result.log_file_validation_enabled, told(params.enable_log_file_validation, False)
    )
    trail.tags = tags.plain(told(params.tags_list, []))
    _place(trail, event.note(Found))


@service.handle(at=names.owner)
def update_trail(state: CloudTrail, call: Call[UpdateTrail]) -> Answer[UpdateTrailResult]:
    """The trail with what was given changed; what is given empty is taken away."""
    params = call.params
    trail = names.own(state, call, params.name, "update")
    everywhere = told(params.is_multi_region_trail, trail.everywhere)
    _check_scope(everywhere, params.include_global_service_events)
    organization = told(params.is_organization_trail, trail.organization is True)
    in_organization = organizations.managed(call) if organization else ""
    found = None
    if isinstance(params.s3_bucket_name, str) or isinstance(params.s3_key_prefix, str) or in_organization:
        bucket = params.s3_bucket_name if isinstance(params.s3_bucket_name, str) else trail.bucket
        prefix = params.s3_key_prefix if isinstance(params.s3_key_prefix, str) else trail.prefix
        found = destinations.check_bucket(call, bucket, prefix, trail.arn, organization=in_organization)
    topic: str | UnsetType = trail.topic_arn
    if isinstance(params.sns_topic_name, str):
        topic = destinations.topic_arn(call, params.sns_topic_name, trail.arn)
    group, role = params.cloud_watch_logs_log_group_arn, params.cloud_watch_logs_role_arn
    if isinstance(group, str) or isinstance(role, str):
        destinations.check_logs(
            call, told(group, told(trail.log_group, "")), told(role, told(trail.role, ""))
        )
    key: str | UnsetType = trail.kms_key
    if isinstance(params.kms_key_id, str):
        key = destinations.key_arn(call, params.kms_key_id, trail.arn)
    result = UpdateTrailResult(
        name=trail.name, trail_arn=trail.arn, s3_bucket_name=_either(params.s3_bucket_name, trail.bucket),
        s3_key_prefix=_either(params.s3_key_prefix, trail.prefix),
        sns_topic_name=_either(params.sns_topic_name, trail.topic_name), sns_topic_arn=topic or UNSET,
        include_global_service_events=_either(params.include_global_service_events, trail.global_events),
        is_multi_region_trail=_either(params.is_multi_region_trail, trail.multi_region),
        log_file_validation_enabled=_either(params.enable_log_file_validation, trail.validation),
        cloud_watch_logs_log_group_arn=_either(group, trail.log_group),
        cloud_watch_logs_role_arn=_either(role, trail.role), kms_key_id=key or UNSET,
        is_organization_trail=_either(params.is_organization_trail, trail.organization),
        recursive_logging=_either(params.recursive_logging, trail.recursive),
    )  # fmt: skip
    return Answer(result, note=found)


V = TypeVar("V", str, bool)


def _either(given: V | UnsetType, held: V | UnsetType) -> V | UnsetType:
    """What was given, else what is held; an empty text is none."""
    wanted = held if isinstance(given, UnsetType) else given
    return UNSET if wanted == "" else wanted


@service.project(at=names.owner)
def trail_updated(state: CloudTrail, event: Event[UpdateTrail, UpdateTrailResult]) -> None:
    """The trail is as it was told to be."""
    params, result = event.params, event.result
    trail = names.at(state, event, params.name, result.trail_arn)
    if trail is None:
        return
    before = trail.validation
    _configure(trail, params, result)
    trail.global_events = _either(params.include_global_service_events, trail.global_events)
    trail.multi_region = _either(params.is_multi_region_trail, trail.multi_region)
    trail.organization = _either(params.is_organization_trail, trail.organization)
    trail.validation = _either(params.enable_log_file_validation, trail.validation)
    _place(trail, event.note(Found))
    if trail.validation != before:
        spans.validate(trail, event.time)


def _configure(
    trail: Trail, params: CreateTrail | UpdateTrail, result: CreateTrailResult | UpdateTrailResult
) -> None:
    """Fold where a trail delivers to. The answer has all that it has now; without one, what was given counts."""
    whole = not isinstance(result.trail_arn, UnsetType)
    pairs = (
        ("bucket", params.s3_bucket_name, result.s3_bucket_name),
        ("prefix", params.s3_key_prefix, result.s3_key_prefix),
        ("topic_name", params.sns_topic_name, result.sns_topic_name),
        ("topic_arn", UNSET, result.sns_topic_arn),
        ("log_group", params.cloud_watch_logs_log_group_arn, result.cloud_watch_logs_log_group_arn),
        ("role", params.cloud_watch_logs_role_arn, result.cloud_watch_logs_role_arn),
        ("kms_key", params.kms_key_id, result.kms_key_id),
        ("recursive", params.recursive_logging, result.recursive_logging),
    )
    for attribute, given, answered in pairs:
        if whole:
            setattr(trail, attribute, answered)
        elif not isinstance(given, UnsetType):
            setattr(trail, attribute, UNSET if given == "" else given)


def _place(trail: Trail, found: Found | None) -> None:
    if found is not None:
        trail.bucket_account, trail.bucket_region = found.account, found.region


@service.react
def look_at_bucket(state: CloudTrail, event: Event[CreateTrail, CreateTrailResult]) -> Iterator[Command]:
    """CloudTrail asks for the bucket's ACL, as it does in real trails."""
    trail = state.trails.get(told(event.result.trail_arn, ""))
    if trail is not None and isinstance(trail.bucket, str) and trail.bucket_account:
        yield Command(
            "s3", GetBucketAcl(bucket=trail.bucket), account=trail.bucket_account,
            region=trail.bucket_region, source_arn=trail.arn,
        )  # fmt: skip


@service.handle(at=names.owner)
def delete_trail(state: CloudTrail, call: Call[DeleteTrail]) -> None:
    """The trail is to go."""
    names.own(state, call, call.params.name, "delete")


@service.project(at=names.owner)
def trail_deleted(state: CloudTrail, event: Event[DeleteTrail, None]) -> None:
    """The trail is gone; what it logged before is still delivered."""
    name = told(event.params.name, "")
    trail = state.trails.pop(names.arn_of(name, event.account, event.region), None)
    if trail is None or isinstance(trail.bucket, UnsetType):
        return
    spans.leave(trail, event.id, event.time)
    if trail.spans or len(trail.files) or trail.digest_us:
        state.leaving[f"{trail.arn}@{event.id}"] = trail


@service.read(at=names.owner)
def get_trail(state: CloudTrail, call: Call[GetTrail]) -> GetTrailResult:
    """One trail."""
    return GetTrailResult(trail=shown(names.find(state, call, call.params.name)))


@service.read
def describe_trails(state: CloudTrail, call: Call[DescribeTrails]) -> DescribeTrailsResult:
    """The region's trails with the shadows of others, or those that are named. Unknown names are passed over."""
    shadows = call.params.include_shadow_trails is not False
    wanted = told(call.params.trail_name_list, [])
    found = [
        trail
        for trail in _all(state, call)
        if names.visible(trail, call.account, call.region)
        and (shadows or _at_home(trail, call.account, call.region))
    ]
    if wanted:
        arns = {names.arn_of(name, call.account, call.region) for name in wanted}
        found = [
            trail
            for trail in found
            if trail.arn in arns or (trail.name in wanted and _at_home(trail, call.account, call.region))
        ]
    return DescribeTrailsResult(trail_list=[shown(trail) for trail in found])


def _at_home(trail: Trail, account: str, region: str) -> bool:
    return trail.home == region and trail.account == account


def _all(state: CloudTrail, call: Call[Any]) -> Iterator[Trail]:
    """The account's trails, and those of its organization."""
    yield from state.trails.values()
    organization = organizations.of(call)
    master = told(organization.master_account_id, "") if organization is not None else ""
    if master and master != call.account:
        yield from (one for one in call.own(service, master).trails.values() if one.organization is True)


@service.read
def list_trails(state: CloudTrail, call: Call[ListTrails]) -> ListTrailsResult:
    """The account's trails of all regions."""
    found = {trail.arn: trail for trail in _all(state, call)}
    try:
        listed = page(found, told(call.params.next_token, "") or None, limits.PAGE)
    except BadToken as error:
        raise errors.bad_token() from error
    return ListTrailsResult(
        trails=[
            api.TrailInfo(trail_arn=one.arn, name=one.name, home_region=one.home) for one in listed.items
        ],
        next_token=listed.next or UNSET,
    )


def shown(trail: Trail) -> api.Trail:
    """A trail as answers show it."""
    custom = not isinstance(trail.basic, UnsetType) or not isinstance(trail.advanced, UnsetType)
    return api.Trail(
        name=trail.name, trail_arn=trail.arn, home_region=trail.home, s3_bucket_name=trail.bucket,
        s3_key_prefix=trail.prefix, sns_topic_name=trail.topic_name, sns_topic_arn=trail.topic_arn,
        include_global_service_events=trail.global_events, is_multi_region_trail=trail.multi_region,
        log_file_validation_enabled=trail.validation, cloud_watch_logs_log_group_arn=trail.log_group,
        cloud_watch_logs_role_arn=trail.role, kms_key_id=trail.kms_key, has_custom_event_selectors=custom,
        has_insight_selectors=bool(told(trail.insights, [])), is_organization_trail=trail.organization,
        recursive_logging=trail.recursive,
    )  # fmt: skip


def gone(state: CloudTrail, event: Event[Any, None]) -> None:
    """Fold what a failure proves: a trail that is not found at home is not there (any more)."""
    name = names.named(event.params)
    trail = state.trails.get(names.arn_of(name, event.account, event.region))
    if event.error in _GONE and trail is not None and _at_home(trail, event.account, event.region):
        del state.trails[trail.arn]


@service.evidence(at=names.owner)
def delete_failed(state: CloudTrail, event: Event[DeleteTrail, None]) -> None:
    """There was none to delete."""
    gone(state, event)


@service.evidence(at=names.owner)
def update_failed(state: CloudTrail, event: Event[UpdateTrail, None]) -> None:
    """There was none to change."""
    gone(state, event)


@service.evidence(at=names.owner)
def get_failed(state: CloudTrail, event: Event[GetTrail, None]) -> None:
    """There was none to look at."""
    gone(state, event)
