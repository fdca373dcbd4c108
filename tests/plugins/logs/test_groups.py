"""Log groups and streams: their lives, their lists, their tags and keys."""

from __future__ import annotations

from typing import Any

import pytest

from backtrail import UNSET
from backtrail.testing import ACCOUNT
from backtrail_aws.logs import api, limits

from .log_scenario import CloudWatchLogs, group_arn

KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"


def names(found: Any) -> list[str]:
    """The names of groups or streams."""
    return [str(getattr(one, "log_group_name", UNSET) or one.log_stream_name) for one in found]


def test_a_group_is_described_as_it_was_made() -> None:
    """All that the create said comes back; what it did not say has AWS's default."""
    logs = CloudWatchLogs().group(
        "/app",
        log_group_class="INFREQUENT_ACCESS",
        kms_key_id=KEY,
        tags={"a": "b"},
        deletion_protection_enabled=True,
    )
    made_ms = logs.now_ms
    logs.given(api.DescribeLogGroups(log_group_name_prefix="/a"))
    assert logs.answer.log_groups == [
        api.LogGroup(
            log_group_name="/app", creation_time=made_ms, metric_filter_count=0, arn=f"{group_arn('/app')}:*",
            stored_bytes=0, kms_key_id=KEY, log_group_class="INFREQUENT_ACCESS", log_group_arn=group_arn("/app"),
            deletion_protection_enabled=True,
        )
    ]  # fmt: skip
    assert logs.answer.next_token is UNSET
    logs.given(api.ListTagsLogGroup(log_group_name="/app"))
    assert logs.answer.tags == {"a": "b"}
    logs.group("plain").given(api.DescribeLogGroups(log_group_name_prefix="plain"))
    assert logs.answer.log_groups[0].log_group_class == "STANDARD"
    logs.replays()


def test_a_name_is_taken_once() -> None:
    """A group is not made again, and AWS's own names are refused."""
    logs = CloudWatchLogs().group("g", "s")
    logs.when(api.CreateLogGroup(log_group_name="g")).refused(
        "ResourceAlreadyExistsException", "The specified log group already exists"
    )
    logs.when(api.CreateLogStream(log_group_name="g", log_stream_name="s")).refused(
        "ResourceAlreadyExistsException", "The specified log stream already exists"
    )
    logs.when(api.CreateLogStream(log_group_name="x", log_stream_name="s")).refused(
        "ResourceNotFoundException", "The specified log group does not exist."
    )
    logs.when(api.CreateLogGroup(log_group_name="aws/x")).refused("InvalidParameterException")
    logs.when(api.CreateLogGroup(log_group_name="k", kms_key_id="alias/x")).refused(
        "InvalidParameterException"
    )
    logs.replays()


def test_groups_are_listed_by_name_in_pages() -> None:
    """Prefix, part of the name, class and identifiers choose; tokens go on; both forms of choice exclude each other."""
    logs = CloudWatchLogs()
    for name in ("/b/two", "/a/one", "/b/one", "other"):
        logs.group(name)
    logs.group("cheap", log_group_class="ESSENTIALS")

    def listed(**more: Any) -> list[str]:
        logs.given(api.DescribeLogGroups(**more))
        return names(logs.answer.log_groups)

    assert listed() == ["/a/one", "/b/one", "/b/two", "cheap", "other"]
    assert listed(log_group_name_prefix="/b") == ["/b/one", "/b/two"]
    assert listed(log_group_name_pattern="one") == ["/a/one", "/b/one"]
    assert listed(log_group_class="INFREQUENT_ACCESS") == ["cheap"]
    assert listed(log_group_identifiers=["other", group_arn("/a/one"), "none"]) == ["other", "/a/one"]
    assert listed(limit=2) == ["/a/one", "/b/one"]
    assert listed(limit=2, next_token=logs.answer.next_token) == ["/b/two", "cheap"]
    assert listed(limit=2, next_token=logs.answer.next_token) == ["other"]
    logs.when(api.DescribeLogGroups(log_group_name_prefix="a", log_group_name_pattern="b"))
    logs.refused("InvalidParameterException")
    logs.when(api.DescribeLogGroups(next_token="x")).refused(
        "InvalidParameterException", "The specified nextToken is invalid."
    )
    logs.given(api.ListLogGroups(log_group_name_pattern="^/b|her"))
    assert names(logs.answer.log_groups) == ["/b/one", "/b/two", "other"]
    logs.replays()


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (None, True), (["red"], True), (["blue", "red"], True), (["RED"], False), (["R*"], True), (["!blue"], True),
        (["!r*"], False),
    ],
)  # fmt: skip
def test_groups_are_listed_by_tags(wanted: list[str] | None, found: bool) -> None:
    """A value is meant as it is written, or with a wildcard, or all but it."""
    logs = CloudWatchLogs().group("g", tags={"team": "red"}).group("untagged")
    tag = api.TagFilter(key="team", values=UNSET if wanted is None else wanted)
    logs.given(api.ListLogGroups(log_group_tags=[tag]))
    assert names(logs.answer.log_groups) == (["g"] if found else [])


def test_a_deleted_group_takes_all_with_it() -> None:
    """Streams, events and filters go; a protected group stays until it is no longer."""
    logs = CloudWatchLogs().group("g", "s")
    logs.put("hello")
    logs.given(api.PutRetentionPolicy(log_group_name="g", retention_in_days=1))
    protect = api.PutLogGroupDeletionProtection(
        log_group_identifier=group_arn("g"), deletion_protection_enabled=True
    )
    logs.given(protect)
    logs.when(api.DeleteLogGroup(log_group_name="g")).refused("ValidationException")
    logs.when(api.DeleteLogStream(log_group_name="g", log_stream_name="s")).refused("ValidationException")
    logs.given(api.PutLogGroupDeletionProtection(log_group_identifier="g", deletion_protection_enabled=False))
    logs.given(api.DeleteLogGroup(log_group_name="g"))
    assert not logs.state().groups and not logs.state().alarms
    logs.when(api.DeleteLogGroup(log_group_name="g")).refused("ResourceNotFoundException")
    logs.group("g").given(api.DescribeLogStreams(log_group_name="g"))
    assert logs.answer.log_streams == []
    logs.replays()


def test_streams_are_listed_by_name_or_time_in_both_directions() -> None:
    """Each order has its pages; the time of the last event and a prefix exclude each other."""
    logs = CloudWatchLogs().group("g", "a1", "a2", "b1", "b2")
    for stream in ("b1", "a2", "a1"):
        logs.put("x", stream=stream)

    def listed(**more: Any) -> list[str]:
        logs.given(api.DescribeLogStreams(log_group_name="g", **more))
        return names(logs.answer.log_streams)

    assert listed() == ["a1", "a2", "b1", "b2"]
    assert listed(descending=True) == ["b2", "b1", "a2", "a1"]
    assert listed(log_stream_name_prefix="b", descending=True) == ["b2", "b1"]
    assert listed(log_stream_name_prefix="a") == ["a1", "a2"]
    assert listed(order_by="LastEventTime", descending=True) == ["a1", "a2", "b1", "b2"]
    assert listed(order_by="LastEventTime", limit=3) == ["b2", "b1", "a2"]
    assert listed(order_by="LastEventTime", limit=3, next_token=logs.answer.next_token) == ["a1"]
    assert logs.answer.next_token is UNSET
    assert listed(descending=True, limit=3) == ["b2", "b1", "a2"]
    assert listed(descending=True, limit=3, next_token=logs.answer.next_token) == ["a1"]
    logs.when(
        api.DescribeLogStreams(log_group_name="g", order_by="LastEventTime", log_stream_name_prefix="a")
    )
    logs.refused("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.")
    logs.when(api.DescribeLogStreams()).refused("InvalidParameterException")
    logs.when(api.DescribeLogStreams(log_group_name="g", log_group_identifier="g")).refused(
        "InvalidParameterException"
    )
    logs.given(api.DescribeLogStreams(log_group_identifier=group_arn("g")))
    logs.replays()


def test_a_stream_tells_of_its_events() -> None:
    """First and last event, last arrival and a token that stays; storedBytes are always 0."""
    logs = CloudWatchLogs().group("g", "s")
    logs.given(api.DescribeLogStreams(log_group_name="g"))
    fresh = logs.answer.log_streams[0]
    assert (fresh.stored_bytes, fresh.upload_sequence_token, fresh.first_event_timestamp) == (0, UNSET, UNSET)
    assert fresh.arn == f"{group_arn('g')}:log-stream:s"
    start = logs.now_ms
    token = logs.put("a", "bb", at=start).next_sequence_token
    assert logs.put("c", at=start + 5).next_sequence_token == token
    logs.given(api.DescribeLogStreams(log_group_name="g"))
    stream = logs.answer.log_streams[0]
    assert (stream.first_event_timestamp, stream.last_event_timestamp) == (start, start + 5)
    assert (stream.upload_sequence_token, stream.stored_bytes) == (token, 0)
    assert logs.held().stored_bytes == 4 + 3 * limits.EVENT_OVERHEAD_BYTES
    logs.given(api.DeleteLogStream(log_group_name="g", log_stream_name="s"))
    assert (logs.held().stored_bytes, len(logs.held().order), len(logs.held().recent)) == (0, 0, 0)
    logs.when(api.DeleteLogStream(log_group_name="g", log_stream_name="s"))
    logs.refused("ResourceNotFoundException", "The specified log stream does not exist.")
    logs.replays()


def test_tags_of_everything_that_has_an_arn() -> None:
    """Groups by name or ARN, destinations and deliveries by ARN; at most 50, none of AWS's."""
    logs = CloudWatchLogs().group("g")
    arn = group_arn("g")
    logs.given(
        api.TagResource(resource_arn=arn, tags={"a": "1", "b": "2"}),
        api.TagLogGroup(log_group_name="g", tags={"b": "3", "c": "4"}),
        api.UntagResource(resource_arn=arn, tag_keys=["a", "none"]),
        api.UntagLogGroup(log_group_name="g", tags=["c"]),
        api.ListTagsForResource(resource_arn=f"{arn}:*"),
    )
    assert logs.answer.tags == {"b": "3"}
    logs.when(api.TagResource(resource_arn=arn, tags={"aws:x": "1"})).refused("InvalidParameterException")
    many = {f"k{number}": "" for number in range(50)}
    logs.when(api.TagResource(resource_arn=arn, tags=many)).refused("TooManyTagsException")
    logs.when(api.TagResource(resource_arn=group_arn("none"), tags={})).refused("ResourceNotFoundException")
    logs.when(api.ListTagsForResource(resource_arn="g")).refused("InvalidParameterException")
    logs.replays()


def test_kms_keys_are_kept_for_groups_and_results() -> None:
    """A group's key, and that of the results of queries, each by itself."""
    logs = CloudWatchLogs().group("g")
    results = f"arn:aws:logs:us-east-1:{ACCOUNT}:query-result:*"
    logs.given(api.AssociateKmsKey(log_group_name="g", kms_key_id=KEY))
    logs.given(api.AssociateKmsKey(resource_identifier=results, kms_key_id=KEY))
    assert (logs.held().kms_key, logs.state().results_key) == (KEY, KEY)
    logs.given(
        api.DisassociateKmsKey(log_group_name="g"), api.DisassociateKmsKey(resource_identifier=results)
    )
    assert (logs.held().kms_key, logs.state().results_key) == (UNSET, UNSET)
    logs.when(api.AssociateKmsKey(kms_key_id=KEY)).refused("InvalidParameterException")
    logs.when(api.AssociateKmsKey(log_group_name="none", kms_key_id=KEY)).refused("ResourceNotFoundException")
    logs.when(api.AssociateKmsKey(log_group_name="g", kms_key_id="x")).refused("InvalidParameterException")
    logs.replays()
