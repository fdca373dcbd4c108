"""Trails: made, changed, deleted, looked at; and what AWS refuses of each."""

from __future__ import annotations

from typing import Any

import pytest
from tests.plugins.cloudtrail.trail_scenario import Trails, arn, policy

import backtrail_aws.iam
import backtrail_aws.logs
import backtrail_aws.sns
from backtrail import UNSET
from backtrail.testing import ACCOUNT
from backtrail_aws.cloudtrail import api
from backtrail_aws.cloudtrail.api import (
    CreateTrail,
    DeleteTrail,
    DescribeTrails,
    GetTrail,
    GetTrailStatus,
    ListTrails,
    StartLogging,
    StopLogging,
    UpdateTrail,
)


def test_a_trail_is_made_with_awss_defaults() -> None:
    """Its answer has what AWS's has: of one region, with global events, without validation; it logs nothing yet."""
    scenario = Trails().trail()

    answer = scenario.answer
    assert (answer.name, answer.trail_arn, answer.s3_bucket_name) == ("audit", arn(), "logs")
    assert (answer.include_global_service_events, answer.is_multi_region_trail) == (True, False)
    assert (answer.log_file_validation_enabled, answer.is_organization_trail) == (False, False)
    assert answer.sns_topic_arn is UNSET and answer.kms_key_id is UNSET
    shown = scenario.given(GetTrail(name="audit")).answer.trail
    assert shown.home_region == "us-east-1" and shown.has_custom_event_selectors is False
    assert scenario.given(GetTrailStatus(name="audit")).answer.is_logging is False
    scenario.replays()


def test_cloudtrail_asks_for_the_buckets_acl() -> None:
    """As real trails show, `GetBucketAcl` by the service follows."""
    scenario = Trails().trail()

    record = scenario.record
    assert record["eventName"] == "GetBucketAcl"
    assert record["userIdentity"] == {"type": "AWSService", "invokedBy": "cloudtrail.amazonaws.com"}
    scenario.replays()


@pytest.mark.parametrize(
    "name", ["", "ab", "a" * 129, "my trail", "-audit", "audit-", "my--trail", "my-_trail", "192.168.5.4"]
)
def test_names_follow_awss_rules(name: str) -> None:
    """Three to 128 letters, numbers, periods, dashes and underscores; none adjacent, and no address."""
    Trails().when(CreateTrail(name=name, s3_bucket_name="logs")).refused(
        "InvalidTrailNameException"
    ).replays()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"s3_bucket_name": "none"}, "S3BucketDoesNotExistException"),
        ({"s3_bucket_name": "closed"}, "InsufficientS3BucketPolicyException"),
        ({"s3_bucket_name": "elsewhere"}, "InsufficientS3BucketPolicyException"),
        ({"s3_bucket_name": "elsewhere", "s3_key_prefix": "in"}, None),
        ({"s3_bucket_name": "UPPER"}, "InvalidS3BucketNameException"),
        ({"s3_bucket_name": UNSET}, "InvalidS3BucketNameException"),
        ({"s3_key_prefix": "x" * 201}, "InvalidS3PrefixException"),
        ({"s3_key_prefix": "/in/"}, "InvalidS3PrefixException"),
        ({"sns_topic_name": "none"}, "InsufficientSnsTopicPolicyException"),
        ({"sns_topic_name": "a topic"}, "InvalidSnsTopicNameException"),
        ({"cloud_watch_logs_log_group_arn": "trail"}, "InvalidCloudWatchLogsRoleArnException"),
        ({"cloud_watch_logs_role_arn": "role"}, "InvalidParameterCombinationException"),
        (
            {
                "cloud_watch_logs_log_group_arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:g:*",
                "cloud_watch_logs_role_arn": f"arn:aws:iam::{ACCOUNT}:role/r",
            },
            "InvalidCloudWatchLogsLogGroupArnException",
        ),
        ({"kms_key_id": "no key!"}, "InvalidKmsKeyIdException"),
        (
            {"is_multi_region_trail": True, "include_global_service_events": False},
            "InvalidParameterCombinationException",
        ),
        ({"is_organization_trail": True}, "OrganizationsNotInUseException"),
        ({"tags_list": [api.Tag(key="aws:x", value="y")]}, "InvalidTagParameterException"),
    ],
)
def test_destinations_are_checked(given: dict[str, Any], code: str | None) -> None:
    """Bucket, prefix, topic, log group, role and key: each is there, and lets CloudTrail in."""
    scenario = Trails(backtrail_aws.sns, backtrail_aws.logs, backtrail_aws.iam)
    scenario.bucket("closed", "").bucket(
        "elsewhere", policy("elsewhere", resource=f"/in/AWSLogs/{ACCOUNT}/*")
    )

    whole: dict[str, Any] = {"name": "audit", "s3_bucket_name": "logs", **given}
    scenario.when(CreateTrail(**whole))

    if code is None:
        assert scenario.error is None
    else:
        scenario.refused(code)
    scenario.replays()


def test_a_region_has_five_trails() -> None:
    """A sixth is refused; so is a name that is taken."""
    scenario = Trails()
    for number in range(5):
        scenario.trail(f"trail-{number}")

    scenario.when(CreateTrail(name="trail-5", s3_bucket_name="logs"))
    scenario.refused(
        "MaximumNumberOfTrailsExceededException", f"User: {ACCOUNT} already has 5 trails in us-east-1."
    )
    scenario.when(CreateTrail(name="trail-0", s3_bucket_name="logs"))
    scenario.refused("TrailAlreadyExistsException", f"Trail trail-0 already exists for customer: {ACCOUNT}")
    scenario.replays()


def test_a_trail_that_is_not_there_is_unknown() -> None:
    """Every call about it says so in AWS's words; an ARN that is none is another error."""
    scenario = Trails()
    for call in (GetTrail, GetTrailStatus, StartLogging, StopLogging, DeleteTrail, UpdateTrail):
        scenario.when(call(name="none"))
        scenario.refused("TrailNotFoundException", f"Unknown trail: {arn('none')} for the user: {ACCOUNT}")
    scenario.when(GetTrail(name="arn:aws:sqs:us-east-1:123456789012:q")).refused(
        "CloudTrailARNInvalidException"
    )
    assert scenario.given(DescribeTrails(trail_name_list=["none"])).answer.trail_list == []
    scenario.replays()


def test_an_update_changes_what_is_given() -> None:
    """The rest stays; an empty text takes away."""
    scenario = Trails().bucket("other").trail(s3_key_prefix="in", is_multi_region_trail=True)

    scenario.given(UpdateTrail(name="audit", s3_bucket_name="other", enable_log_file_validation=True))
    assert (scenario.answer.s3_bucket_name, scenario.answer.s3_key_prefix) == ("other", "in")
    assert scenario.answer.is_multi_region_trail is True
    scenario.given(UpdateTrail(name=arn(), s3_key_prefix=""))

    trail = scenario.held()
    assert (trail.bucket, trail.prefix, trail.validation) == ("other", UNSET, True)
    scenario.replays()


def test_shadows_are_seen_and_not_changed() -> None:
    """A trail of all regions is described elsewhere; only its home changes it; a regional one is not seen there."""
    scenario = Trails().trail("all", is_multi_region_trail=True).trail("one")
    scenario.region = "eu-west-1"

    assert [one.name for one in scenario.given(DescribeTrails()).answer.trail_list] == ["all"]
    assert scenario.given(DescribeTrails(include_shadow_trails=False)).answer.trail_list == []
    assert scenario.given(GetTrail(name=arn("all"))).answer.trail.home_region == "us-east-1"
    scenario.when(StopLogging(name=arn("all"))).refused("InvalidHomeRegionException")
    scenario.when(GetTrail(name=arn("one"))).refused("TrailNotFoundException")
    scenario.when(CreateTrail(name="all", s3_bucket_name="logs")).refused("TrailAlreadyExistsException")
    listed = scenario.given(ListTrails()).answer.trails
    assert [(one.name, one.home_region) for one in listed] == [("all", "us-east-1"), ("one", "us-east-1")]
    scenario.replays()


def test_tags_are_added_and_removed() -> None:
    """Of trails, by their ARN; fifty at most."""
    scenario = Trails().trail(tags_list=[api.Tag(key="team", value="red")])

    scenario.given(
        api.AddTags(resource_id=arn(), tags_list=[api.Tag(key="stage", value="test"), api.Tag(key="bare")])
    )
    scenario.given(api.RemoveTags(resource_id=arn(), tags_list=[api.Tag(key="team")]))
    (listed,) = scenario.given(api.ListTags(resource_id_list=[arn()])).answer.resource_tag_list

    assert [(tag.key, tag.value) for tag in listed.tags_list] == [("stage", "test"), ("bare", UNSET)]
    many = [api.Tag(key=str(number)) for number in range(49)]
    scenario.when(api.AddTags(resource_id=arn(), tags_list=many)).refused("TagsLimitExceededException")
    scenario.when(api.ListTags(resource_id_list=[arn("none")])).refused("ResourceNotFoundException")
    scenario.when(api.ListTags(resource_id_list=["audit"])).refused("CloudTrailARNInvalidException")
    scenario.when(api.AddTags(resource_id=arn().replace("trail/", "channel/"), tags_list=[]))
    scenario.refused("ResourceTypeNotSupportedException").replays()


def test_insight_selectors_are_kept() -> None:
    """Given back as they were; a trail without any is an error."""
    scenario = Trails().trail()
    scenario.when(api.GetInsightSelectors(trail_name="audit")).refused("InsightNotEnabledException")
    wanted = [api.InsightSelector(insight_type="ApiCallRateInsight")]

    scenario.given(api.PutInsightSelectors(trail_name="audit", insight_selectors=wanted))

    assert scenario.given(api.GetInsightSelectors(trail_name="audit")).answer.insight_selectors == wanted
    assert scenario.given(GetTrail(name="audit")).answer.trail.has_insight_selectors is True
    wrong = [api.InsightSelector(insight_type="Weather")]
    scenario.when(api.PutInsightSelectors(trail_name="audit", insight_selectors=wrong))
    scenario.refused("InvalidInsightSelectorsException")
    scenario.given(api.PutInsightSelectors(trail_name="audit", insight_selectors=[]))
    scenario.when(api.GetInsightSelectors(trail_name="audit")).refused("InsightNotEnabledException").replays()


def test_there_is_no_lake() -> None:
    """Its lists are empty; what would make one of its resources is an honest 501."""
    scenario = Trails()
    assert scenario.given(api.ListEventDataStores()).answer.event_data_stores == []
    assert scenario.given(api.ListChannels()).answer.channels == []
    assert scenario.given(api.ListDashboards()).answer.dashboards == []
    assert scenario.given(api.ListImports()).answer.imports == []
    assert scenario.machine.registry.handler("cloudtrail", "CreateEventDataStore") is None
