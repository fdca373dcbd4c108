"""CloudWatch Logs as boto3 sees it, over a real socket: every operation, and what makes a log a log."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore import xform_name

from backtrail_cli.server.running import registry

Client = Callable[..., Any]

ACCOUNT = "123456789012"
ARN = f"arn:aws:logs:us-east-1:{ACCOUNT}"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
POLICY = json.dumps({"Version": "2012-10-17", "Statement": []})
STREAM = f"arn:aws:kinesis:us-east-1:{ACCOUNT}:stream/k"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"

CALLED: set[str] = set()
"""The operations that stories called with success."""


@pytest.fixture
def logs(client: Client) -> Iterator[Any]:
    """A client that remembers what it called."""
    made = client("logs")

    def remember(http_response: Any, model: Any, **more: Any) -> None:
        if http_response.status_code == 200:
            CALLED.add(model.name)

    made.meta.events.register("after-call.cloudwatch-logs", remember)
    yield made


def now_ms() -> int:
    """The wall's time."""
    return int(time.time() * 1000)


def put(logs: Any, *messages: str, group: str = "g", stream: str = "s") -> int:
    """Put messages a millisecond apart; the time of the first."""
    start = now_ms() - 1000
    events = [{"timestamp": start + place, "message": message} for place, message in enumerate(messages)]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    return start


def test_the_life_of_a_group(logs: Any) -> None:
    """Made, described, listed, tagged, encrypted, protected, deleted."""
    logs.create_log_group(logGroupName="/a/one", tags={"team": "red"})
    logs.create_log_group(logGroupName="/a/two", logGroupClass="INFREQUENT_ACCESS", kmsKeyId=KEY)
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName="/a/one")
    with pytest.raises(logs.exceptions.InvalidParameterException) as refused:
        logs.create_log_group(logGroupName="a b")
    assert refused.value.response["Error"]["Message"] == (
        "1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: Member must "
        r"satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+"
    )
    pages = logs.get_paginator("describe_log_groups").paginate(PaginationConfig={"PageSize": 1})
    one, two = (group for page in pages for group in page["logGroups"])
    assert set(one) == {
        "logGroupName", "creationTime", "metricFilterCount", "arn", "storedBytes", "logGroupClass", "logGroupArn",
        "deletionProtectionEnabled",
    }  # fmt: skip
    assert (one["arn"], one["logGroupArn"]) == (f"{ARN}:log-group:/a/one:*", f"{ARN}:log-group:/a/one")
    assert (two["kmsKeyId"], two["logGroupClass"]) == (KEY, "INFREQUENT_ACCESS")
    assert len(logs.list_log_groups(logGroupNamePattern="^/a/one|two")["logGroups"]) == 2
    logs.disassociate_kms_key(logGroupName="/a/two")
    logs.associate_kms_key(logGroupName="/a/two", kmsKeyId=KEY)
    arn = one["logGroupArn"]
    logs.tag_resource(resourceArn=arn, tags={"a": "b"})
    logs.tag_log_group(logGroupName="/a/one", tags={"c": "d"})
    logs.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "red", "c": "d"}
    logs.untag_log_group(logGroupName="/a/one", tags=["c"])
    assert logs.list_tags_log_group(logGroupName="/a/one")["tags"] == {"team": "red"}
    logs.put_retention_policy(logGroupName="/a/one", retentionInDays=7)
    assert logs.describe_log_groups()["logGroups"][0]["retentionInDays"] == 7
    logs.delete_retention_policy(logGroupName="/a/one")
    logs.put_log_group_deletion_protection(logGroupIdentifier="/a/one", deletionProtectionEnabled=True)
    with pytest.raises(logs.exceptions.ValidationException):
        logs.delete_log_group(logGroupName="/a/one")
    logs.put_log_group_deletion_protection(logGroupIdentifier=arn, deletionProtectionEnabled=False)
    logs.delete_log_group(logGroupName="/a/one")
    with pytest.raises(logs.exceptions.ResourceNotFoundException, match="log group does not exist"):
        logs.delete_log_group(logGroupName="/a/one")


def test_events_are_put_read_and_searched(logs: Any) -> None:
    """Streams, pages in both directions, patterns, and boto3's own paginators."""
    logs.create_log_group(logGroupName="g")
    for stream in ("s", "t"):
        logs.create_log_stream(logGroupName="g", logStreamName=stream)
    start = put(logs, "INFO one", "ERROR two", "ERROR three")
    put(logs, json.dumps({"level": "ERROR", "ms": 5}), stream="t")
    page = logs.get_log_events(logGroupName="g", logStreamName="s", limit=2)
    assert [event["message"] for event in page["events"]] == ["ERROR two", "ERROR three"]
    assert set(page["events"][0]) == {"timestamp", "message", "ingestionTime"}
    assert page["events"][0]["timestamp"] == start + 1
    assert page["nextForwardToken"].startswith("f/") and page["nextBackwardToken"].startswith("b/")
    same = logs.get_log_events(logGroupName="g", logStreamName="s", nextToken=page["nextForwardToken"])
    assert (same["events"], same["nextForwardToken"]) == ([], page["nextForwardToken"])
    found = logs.filter_log_events(logGroupName="g", filterPattern="ERROR -two")
    assert [event["logStreamName"] for event in found["events"]] == ["s", "t"]
    assert set(found["events"][0]) == {"logStreamName", "timestamp", "message", "ingestionTime", "eventId"}
    assert found["searchedLogStreams"] == [] and "nextToken" not in found
    found = logs.filter_log_events(logGroupIdentifier=f"{ARN}:log-group:g", filterPattern="{ $.ms > 4 }")
    assert len(found["events"]) == 1
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName="g", PaginationConfig={"PageSize": 3}
    )
    assert [len(page["events"]) for page in pages] == [3, 1]
    streams = logs.describe_log_streams(logGroupName="g", orderBy="LastEventTime", descending=True)[
        "logStreams"
    ]
    assert [stream["logStreamName"] for stream in streams] == ["t", "s"]
    assert streams[1]["firstEventTimestamp"] == start
    with pytest.raises(logs.exceptions.InvalidParameterException, match="chronological order"):
        events = [{"timestamp": start, "message": "a"}, {"timestamp": start - 1, "message": "b"}]
        logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=events)
    old = logs.put_log_events(
        logGroupName="g",
        logStreamName="s",
        logEvents=[{"timestamp": start - 15 * 86_400_000, "message": "old"}],
    )
    assert old["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 1}
    assert len(old["nextSequenceToken"]) == 56
    logs.delete_log_stream(logGroupName="g", logStreamName="t")
    assert len(logs.filter_log_events(logGroupName="g")["events"]) == 3


def test_filters_and_subscriptions(logs: Any) -> None:
    """Metric filters are kept and tested, subscription filters are kept and counted."""
    logs.create_log_group(logGroupName="g")
    transformation = {"metricName": "m", "metricNamespace": "n", "metricValue": "1", "defaultValue": 0.5}
    logs.put_metric_filter(
        logGroupName="g", filterName="f", filterPattern="ERROR", metricTransformations=[transformation]
    )
    (one,) = logs.describe_metric_filters(logGroupName="g")["metricFilters"]
    assert one["metricTransformations"] == [transformation]
    tested = logs.test_metric_filter(filterPattern="[a, b=x*]", logEventMessages=["1 xyz", "2 y"])
    assert tested["matches"] == [
        {"eventNumber": 1, "eventMessage": "1 xyz", "extractedValues": {"$a": "1", "$b": "xyz"}}
    ]
    logs.delete_metric_filter(logGroupName="g", filterName="f")
    logs.put_subscription_filter(
        logGroupName="g", filterName="k", filterPattern="", destinationArn=STREAM, roleArn=ROLE
    )
    (one,) = logs.describe_subscription_filters(logGroupName="g")["subscriptionFilters"]
    assert (one["destinationArn"], one["distribution"]) == (STREAM, "ByLogStream")
    logs.delete_subscription_filter(logGroupName="g", filterName="k")
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.delete_subscription_filter(logGroupName="g", filterName="k")


def test_policies_and_destinations(logs: Any) -> None:
    """The account's policies, and where other accounts may send to."""
    made = logs.put_resource_policy(policyName="p", policyDocument=POLICY)["resourcePolicy"]
    assert logs.describe_resource_policies()["resourcePolicies"] == [made]
    logs.delete_resource_policy(policyName="p")
    made = logs.put_destination(destinationName="d", targetArn=STREAM, roleArn=ROLE)["destination"]
    assert made["arn"] == f"{ARN}:destination:d"
    logs.put_destination_policy(destinationName="d", accessPolicy=POLICY)
    assert logs.describe_destinations(DestinationNamePrefix="d")["destinations"][0]["accessPolicy"] == POLICY
    logs.delete_destination(destinationName="d")


def test_queries(logs: Any) -> None:
    """Started, answered, explained; and definitions that are kept."""
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    put(logs, *(json.dumps({"path": path, "ms": ms}) for path, ms in (("/a", 1), ("/a", 3), ("/b", 8))))
    times = {"startTime": int(time.time()) - 60, "endTime": int(time.time()) + 60}
    text = "filter ms > 0 | stats count(*) as n, avg(ms) as mean by path | sort mean desc"
    query = logs.start_query(logGroupName="g", queryString=text, **times)["queryId"]
    results = logs.get_query_results(queryId=query)
    assert results["status"] == "Complete"
    rows = [{cell["field"]: cell["value"] for cell in row} for row in results["results"]]
    assert rows == [{"path": "/b", "n": "1", "mean": "8"}, {"path": "/a", "n": "2", "mean": "2"}]
    assert results["statistics"]["recordsMatched"] == 3.0
    assert logs.describe_queries()["queries"][0]["queryId"] == query
    assert logs.list_log_groups_for_query(queryId=query)["logGroupIdentifiers"] == ["g"]
    plain = logs.start_query(logGroupNames=["g"], queryString="fields path | limit 1", **times)["queryId"]
    pointer = logs.get_query_results(queryId=plain)["results"][0][-1]
    assert pointer["field"] == "@ptr"
    assert logs.get_log_record(logRecordPointer=pointer["value"])["logRecord"]["path"] == "/b"
    fields = logs.get_log_group_fields(logGroupName="g")["logGroupFields"]
    assert {"name": "path", "percent": 100} in fields
    with pytest.raises(logs.exceptions.InvalidParameterException):
        logs.stop_query(queryId=query)
    with pytest.raises(logs.exceptions.MalformedQueryException) as malformed:
        logs.start_query(logGroupName="g", queryString="fields a | nosuch", **times)
    assert malformed.value.response["queryCompileError"]["location"] == {
        "startCharOffset": 11,
        "endCharOffset": 17,
    }
    made = logs.put_query_definition(name="q", queryString="fields a")["queryDefinitionId"]
    assert logs.describe_query_definitions()["queryDefinitions"][0]["queryDefinitionId"] == made
    assert logs.delete_query_definition(queryDefinitionId=made)["success"] is True


def test_an_export_lands_in_s3(logs: Any, client: Client) -> None:
    """The objects are in the bucket, and the task is complete."""
    s3 = client("s3")
    s3.create_bucket(Bucket="exports")
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logs.amazonaws.com"},
        "Action": ["s3:GetBucketAcl", "s3:PutObject"],
        "Resource": ["arn:aws:s3:::exports", "arn:aws:s3:::exports/*"],
    }
    s3.put_bucket_policy(
        Bucket="exports", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    put(logs, "hello")
    task = logs.create_export_task(
        logGroupName="g", fromTime=0, to=now_ms() + 60_000, destination="exports", destinationPrefix="p"
    )["taskId"]
    one: dict[str, Any] = {"status": {"code": "PENDING"}}
    for _ in range(100):
        (one,) = logs.describe_export_tasks(taskId=task)["exportTasks"]
        if one["status"]["code"] != "PENDING":
            break
        time.sleep(0.02)
    assert one["status"]["code"] == "COMPLETED"
    import gzip

    body = s3.get_object(Bucket="exports", Key=f"p/{task}/s/000000.gz")["Body"].read()
    assert gzip.decompress(body).endswith(b" hello\n")
    with pytest.raises(logs.exceptions.InvalidOperationException):
        logs.cancel_export_task(taskId=task)


def test_deliveries(logs: Any) -> None:
    """A source, a destination, and the delivery between them."""
    source = logs.put_delivery_source(
        name="s", resourceArn=f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1", logType="ACCESS_LOGS"
    )["deliverySource"]
    assert (source["service"], source["arn"]) == ("cloudfront", f"{ARN}:delivery-source:s")
    target = logs.put_delivery_destination(
        name="d",
        outputFormat="json",
        deliveryDestinationConfiguration={"destinationResourceArn": "arn:aws:s3:::b"},
    )["deliveryDestination"]
    assert target["deliveryDestinationType"] == "S3"
    delivery = logs.create_delivery(deliverySourceName="s", deliveryDestinationArn=target["arn"])["delivery"]
    logs.update_delivery_configuration(id=delivery["id"], recordFields=["date"])
    assert logs.get_delivery(id=delivery["id"])["delivery"]["recordFields"] == ["date"]
    assert len(logs.describe_deliveries()["deliveries"]) == 1
    assert logs.get_delivery_source(name="s")["deliverySource"] == source
    assert logs.describe_delivery_sources()["deliverySources"] == [source]
    assert logs.get_delivery_destination(name="d")["deliveryDestination"] == target
    assert logs.describe_delivery_destinations()["deliveryDestinations"] == [target]
    logs.put_delivery_destination_policy(deliveryDestinationName="d", deliveryDestinationPolicy=POLICY)
    found = logs.get_delivery_destination_policy(deliveryDestinationName="d")["policy"]
    assert found == {"deliveryDestinationPolicy": POLICY}
    logs.delete_delivery_destination_policy(deliveryDestinationName="d")
    with pytest.raises(logs.exceptions.ConflictException):
        logs.delete_delivery_source(name="s")
    logs.delete_delivery(id=delivery["id"])
    logs.delete_delivery_source(name="s")
    logs.delete_delivery_destination(name="d")


NEVER = {"StopQuery", "CancelExportTask"}
"""Queries and exports are over at once, so there is nothing to stop: the stories see the refusals."""


def test_no_operation_is_missing() -> None:
    """Every operation that the plugin serves was called with success by the stories above."""
    if not CALLED:
        pytest.skip("the stories did not run")
    handlers = registry().services["logs"].handlers
    served = {name for name, handler in handlers.items() if not handler.internal}
    assert served - CALLED - NEVER == set(), [xform_name(name) for name in served - CALLED]
