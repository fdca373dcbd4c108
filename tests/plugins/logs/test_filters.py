"""Metric filters, subscription filters and what they send."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import msgspec

from backtrail import UNSET, Command
from backtrail.testing import ACCOUNT, REGION
from backtrail_aws.logs import api

from .log_scenario import CloudWatchLogs, group_arn

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
STREAM = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/k"
FIREHOSE = f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/d"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
OTHER = "210987654321"


def metric(name: str = "m", **more: Any) -> api.MetricTransformation:
    """A transformation into a metric."""
    return api.MetricTransformation(metric_name=name, metric_namespace="ns", metric_value="1", **more)


def metric_filter(
    name: str, pattern: str = "ERROR", group: str = "g", metric_name: str = "m", **more: Any
) -> api.PutMetricFilter:
    """A call that puts a metric filter."""
    return api.PutMetricFilter(
        log_group_name=group, filter_name=name, filter_pattern=pattern,
        metric_transformations=[metric(metric_name, **more)],
    )  # fmt: skip


def subscription(name: str, arn: str, pattern: str = "", **more: Any) -> api.PutSubscriptionFilter:
    """A call that puts a subscription filter."""
    return api.PutSubscriptionFilter(
        log_group_name="g", filter_name=name, filter_pattern=pattern, destination_arn=arn, **more
    )


def unpacked(data: bytes) -> dict[str, Any]:
    """What a subscription sent."""
    found: dict[str, Any] = json.loads(gzip.decompress(data))
    return found


def test_metric_filters_are_put_listed_and_deleted() -> None:
    """By group, by prefix, by metric; the group counts them."""
    logs = CloudWatchLogs().group("g").group("h")
    logs.given(metric_filter("b"), metric_filter("a", metric_name="n"), metric_filter("a", group="h"))
    logs.given(api.DescribeMetricFilters(log_group_name="g"))
    assert [one.filter_name for one in logs.answer.metric_filters] == ["a", "b"]
    one = logs.answer.metric_filters[1]
    assert (one.filter_pattern, one.log_group_name, one.metric_transformations) == ("ERROR", "g", [metric()])
    made = one.creation_time
    logs.given(
        metric_filter("b", "WARN"), api.DescribeMetricFilters(log_group_name="g", filter_name_prefix="b")
    )
    assert [(one.filter_pattern, one.creation_time) for one in logs.answer.metric_filters] == [("WARN", made)]
    logs.given(api.DescribeMetricFilters(limit=2))
    assert [(one.filter_name, one.log_group_name) for one in logs.answer.metric_filters] == [
        ("a", "g"),
        ("a", "h"),
    ]
    logs.given(api.DescribeMetricFilters(next_token=logs.answer.next_token))
    assert [one.filter_name for one in logs.answer.metric_filters] == ["b"]
    logs.given(api.DescribeMetricFilters(metric_name="n", metric_namespace="ns"))
    assert [one.filter_name for one in logs.answer.metric_filters] == ["a"]
    logs.given(api.DescribeLogGroups(log_group_name_prefix="g"))
    assert logs.answer.log_groups[0].metric_filter_count == 2
    logs.given(api.DeleteMetricFilter(log_group_name="g", filter_name="a"))
    logs.when(api.DeleteMetricFilter(log_group_name="g", filter_name="a")).refused(
        "ResourceNotFoundException"
    )
    logs.when(api.DescribeMetricFilters(metric_name="n")).refused("InvalidParameterException")
    logs.replays()


def test_metric_filters_have_rules() -> None:
    """Patterns, dimensions, their number, and the number of those with regular expressions."""
    logs = CloudWatchLogs().group("g")
    dimensions: Any = {"dimensions": {"a": "$.a"}}
    logs.given(metric_filter("d", "{ $.a = * }", **dimensions))
    logs.when(metric_filter("e", "ERROR", **dimensions)).refused(
        "InvalidParameterException", "The specified filter pattern does not support dimensions"
    )
    logs.when(metric_filter("e", "{ $.a = * }", default_value=1.0, **dimensions)).refused(
        "InvalidParameterException"
    )
    logs.when(metric_filter("e", "a:b")).refused(
        "InvalidParameterException", "Invalid character(s) in term ':'"
    )
    logs.when(metric_filter("e", group="none")).refused("ResourceNotFoundException")
    logs.given(*(metric_filter(f"r{number}", "%x%") for number in range(5)), metric_filter("r1", "%y%"))
    logs.when(metric_filter("r6", "%x%")).refused("LimitExceededException", "Resource limit exceeded.")
    logs.given(*(metric_filter(f"m{number}") for number in range(94)))
    logs.when(metric_filter("more")).refused("LimitExceededException")
    logs.replays()


def test_a_pattern_is_tested_on_messages() -> None:
    """Matches are numbered from 1, with their values."""
    logs = CloudWatchLogs()
    logs.given(api.TestMetricFilter(filter_pattern="[ip, code=4*]", log_event_messages=["a 200", "b 404"]))
    assert logs.answer.matches == [
        api.MetricFilterMatchRecord(
            event_number=2, event_message="b 404", extracted_values={"$ip": "b", "$code": "404"}
        )
    ]
    logs.when(api.TestMetricFilter(filter_pattern="{", log_event_messages=["a"])).refused(
        "InvalidParameterException"
    )
    logs.replays()


def test_subscription_filters_are_put_listed_and_deleted() -> None:
    """Two for each group, of kinds that AWS delivers to."""
    logs = CloudWatchLogs().group("g")
    logs.given(
        subscription("b", STREAM, "ERROR", role_arn=ROLE, distribution="Random"), subscription("a", FUNCTION)
    )
    logs.given(api.DescribeSubscriptionFilters(log_group_name="g"))
    one, two = logs.answer.subscription_filters
    assert (one.filter_name, one.destination_arn, one.distribution, one.role_arn) == (
        "a", FUNCTION, "ByLogStream", UNSET,
    )  # fmt: skip
    assert (two.filter_pattern, two.role_arn, two.distribution) == ("ERROR", ROLE, "Random")
    logs.when(subscription("c", FUNCTION)).refused("LimitExceededException", "Resource limit exceeded.")
    logs.given(subscription("a", FIREHOSE, role_arn=ROLE))
    logs.given(api.DeleteSubscriptionFilter(log_group_name="g", filter_name="b"))
    logs.when(api.DeleteSubscriptionFilter(log_group_name="g", filter_name="b")).refused(
        "ResourceNotFoundException"
    )
    for wrong in (
        subscription("x", "arn:aws:sqs:us-east-1:1:q"),
        subscription("x", "nothing"),
        subscription("x", FUNCTION, role_arn=ROLE),
        subscription("x", STREAM),
        subscription("x", FUNCTION, "a:b"),
        subscription("x", FUNCTION, distribution="Random"),
    ):
        logs.when(wrong).refused("InvalidParameterException")
    own = f"arn:aws:logs:{REGION}:{ACCOUNT}:destination:none"
    logs.when(subscription("x", own)).refused(
        "ResourceNotFoundException", "The specified destination does not exist."
    )
    logs.replays()


def test_a_function_gets_what_matches_as_aws_packs_it() -> None:
    """One call for each batch, asynchronous, with the events and their ids in base64 of gzip."""
    logs = CloudWatchLogs().group("g", "s")
    logs.given(subscription("f", FUNCTION, "ERROR"))
    at = logs.now_ms
    logs.put("INFO a", "ERROR b", "ERROR c", at=at)
    (command,) = logs.commands
    assert (command.service, command.action, command.source_arn) == (
        "lambda",
        "Invoke",
        f"{group_arn('g')}:*",
    )
    sent: Any = command.params
    assert (sent.function_name, sent.invocation_type) == (FUNCTION, "Event")
    body = json.loads(sent.payload)
    payload = unpacked(base64.b64decode(body["awslogs"]["data"]))
    logs.search("ERROR")
    logs.given(api.FilterLogEvents(log_group_name="g", filter_pattern="ERROR"))
    ids = [event.event_id for event in logs.answer.events]
    assert payload == {
        "messageType": "DATA_MESSAGE", "owner": ACCOUNT, "logGroup": "g", "logStream": "s",
        "subscriptionFilters": ["f"],
        "logEvents": [
            {"id": ids[0], "timestamp": at + 1, "message": "ERROR b"},
            {"id": ids[1], "timestamp": at + 2, "message": "ERROR c"},
        ],
    }  # fmt: skip
    logs.put("INFO")
    assert logs.commands == []
    logs.replays()


def test_only_what_was_taken_is_sent() -> None:
    """Events that are too old are neither kept nor sent."""
    logs = CloudWatchLogs().group("g", "s")
    logs.given(subscription("f", FUNCTION))
    logs.put("old", at=logs.now_ms - 15 * 86_400_000)
    assert logs.commands == []


def test_streams_are_put_to_by_the_role() -> None:
    """Kinesis with a partition key, Firehose without; both as the filter's role."""
    logs = CloudWatchLogs().group("g", "s")
    logs.given(subscription("k", STREAM, role_arn=ROLE), subscription("d", FIREHOSE, role_arn=ROLE))
    logs.put("a")
    firehose, kinesis = logs.commands
    put: Any = kinesis.params
    assert (kinesis.service, kinesis.action, kinesis.as_) == ("kinesis", "PutRecord", ROLE)
    assert (put.stream_name, put.stream_arn, put.partition_key) == ("k", STREAM, "s")
    assert unpacked(put.data)["logEvents"][0]["message"] == "a"
    sent: Any = firehose.params
    assert (firehose.service, firehose.action, sent.delivery_stream_name) == ("firehose", "PutRecord", "d")
    assert unpacked(sent.record.data)["subscriptionFilters"] == ["d"]
    assert set(msgspec.to_builtins(sent)) == {"deliveryStreamName", "record"}
    logs.replays()


def test_another_accounts_destination_passes_events_on() -> None:
    """They arrive in a record of that account, whose destination puts them into its stream by its role."""
    logs = CloudWatchLogs().group("g", "s")
    arn = f"arn:aws:logs:{REGION}:{OTHER}:destination:central"
    target = f"arn:aws:kinesis:{REGION}:{OTHER}:stream/k"
    put = api.PutDestination(destination_name="central", target_arn=target, role_arn=ROLE)
    logs.when(put, account=OTHER)
    assert logs.answer.destination.arn == arn
    logs.given(subscription("x", arn))
    logs.put("secret")
    deliver, record = logs.commands
    assert (deliver.service, deliver.account, deliver.action) == ("logs", OTHER, "DeliverLogEvents")
    assert isinstance(record, Command) and (record.service, record.as_) == ("kinesis", ROLE)
    delivered = [entry for entry in logs.log if b"DeliverLogEvents" in entry.record]
    assert b"AwsServiceEvent" in delivered[0].record and b'"data"' not in delivered[0].record
    logs.replays()
