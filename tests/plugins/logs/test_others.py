"""Resource policies, destinations, exports and deliveries."""

from __future__ import annotations

import gzip
from typing import Any

import backtrail_aws.s3
from backtrail import UNSET
from backtrail.testing import ACCOUNT, REGION
from backtrail_aws.logs import api

from .log_scenario import CloudWatchLogs, group_arn

POLICY = '{"Version": "2012-10-17", "Statement": []}'
STREAM = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/k"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"


def test_resource_policies_of_the_account() -> None:
    """By name, at most ten; documents must be policies."""
    logs = CloudWatchLogs()
    logs.given(api.PutResourcePolicy(policy_name="p", policy_document=POLICY))
    made = logs.answer.resource_policy
    assert made == api.ResourcePolicy(
        policy_name="p", policy_document=POLICY, last_updated_time=logs.now_ms, policy_scope="ACCOUNT"
    )
    logs.given(api.DescribeResourcePolicies())
    assert logs.answer.resource_policies == [made]
    logs.when(api.PutResourcePolicy(policy_name="q", policy_document="{}")).refused(
        "InvalidParameterException"
    )
    logs.when(api.PutResourcePolicy(policy_document=POLICY)).refused("InvalidParameterException")
    logs.given(*(api.PutResourcePolicy(policy_name=f"p{n}", policy_document=POLICY) for n in range(9)))
    logs.when(api.PutResourcePolicy(policy_name="more", policy_document=POLICY)).refused(
        "LimitExceededException"
    )
    logs.given(api.PutResourcePolicy(policy_name="p", policy_document=POLICY))
    logs.given(api.DeleteResourcePolicy(policy_name="p"))
    logs.when(api.DeleteResourcePolicy(policy_name="p")).refused("ResourceNotFoundException")
    logs.replays()


def test_a_groups_resource_policy_has_revisions() -> None:
    """It goes by the group's ARN; a change must name the revision that it changes."""
    logs = CloudWatchLogs().group("g")
    arn = group_arn("g")
    put = api.PutResourcePolicy(resource_arn=arn, policy_document=POLICY)
    logs.given(put)
    revision = logs.answer.revision_id
    logs.when(put).refused("InvalidParameterException")
    logs.given(api.PutResourcePolicy(resource_arn=arn, policy_document=POLICY, expected_revision_id=revision))
    logs.given(api.DescribeResourcePolicies())
    assert logs.answer.resource_policies == []
    logs.given(api.DescribeResourcePolicies(policy_scope="RESOURCE"))
    (policy,) = logs.answer.resource_policies
    assert (policy.resource_arn, policy.policy_scope) == (arn, "RESOURCE")
    assert policy.revision_id != revision
    logs.when(api.DeleteResourcePolicy(resource_arn=arn)).refused("InvalidParameterException")
    logs.given(api.DeleteResourcePolicy(resource_arn=arn, expected_revision_id=policy.revision_id))
    logs.when(api.PutResourcePolicy(resource_arn=group_arn("none"), policy_document=POLICY))
    logs.refused("ResourceNotFoundException")
    logs.replays()


def test_destinations() -> None:
    """Made, listed, given a policy, tagged and deleted."""
    logs = CloudWatchLogs()
    for name in ("b", "a1", "a2"):
        logs.given(
            api.PutDestination(destination_name=name, target_arn=STREAM, role_arn=ROLE, tags={"k": "v"})
        )
    made = logs.answer.destination
    logs.given(api.PutDestinationPolicy(destination_name="a1", access_policy=POLICY))
    logs.given(api.PutDestination(destination_name="a1", target_arn=STREAM, role_arn=f"{ROLE}2"))
    assert (logs.answer.destination.access_policy, logs.answer.destination.role_arn) == (POLICY, f"{ROLE}2")
    logs.given(api.DescribeDestinations(destination_name_prefix="a", limit=1))
    assert [one.destination_name for one in logs.answer.destinations] == ["a1"]
    logs.given(api.DescribeDestinations(destination_name_prefix="a", next_token=logs.answer.next_token))
    assert logs.answer.destinations == [made]
    logs.given(api.ListTagsForResource(resource_arn=str(made.arn)))
    assert logs.answer.tags == {"k": "v"}
    logs.given(api.DeleteDestination(destination_name="b"))
    logs.when(api.DeleteDestination(destination_name="b")).refused("ResourceNotFoundException")
    logs.when(api.PutDestinationPolicy(destination_name="b", access_policy=POLICY)).refused(
        "ResourceNotFoundException"
    )
    logs.when(api.PutDestinationPolicy(destination_name="a1", access_policy="x")).refused(
        "InvalidParameterException"
    )
    logs.when(api.PutDestination(destination_name="x", target_arn="y", role_arn=ROLE))
    logs.refused("InvalidParameterException")
    logs.replays()


def exporting() -> CloudWatchLogs:
    """S3 beside CloudWatch Logs, and a group with two streams."""
    from backtrail_aws.s3 import api as s3_api

    logs = CloudWatchLogs(backtrail_aws.s3)
    logs.given(s3_api.CreateBucket(bucket="exports"), service="s3")
    return logs.group("g", "a/1", "b", "none")


def task(logs: CloudWatchLogs, **more: Any) -> api.CreateExportTask:
    """A call that exports all of a group."""
    given = {"from_": 0, "to": logs.now_ms + 1000, "destination": "exports", "log_group_name": "g"}
    return api.CreateExportTask(**{**given, **more})


def test_an_export_puts_objects_into_the_bucket() -> None:
    """A test object, and one of gzip for each stream that has events; then the task is complete."""
    from backtrail_aws.s3.state import S3

    logs = exporting()
    at = logs.now_ms
    logs.put("one", "two", stream="a/1", at=at)
    logs.put("three", stream="b", at=at)
    logs.given(task(logs, destination_prefix="p", task_name="t"))
    task_id = logs.answer.task_id
    state = logs.machine.state(("s3", "", ""))
    assert isinstance(state, S3)
    keys = list(state.buckets["exports"].objects)
    assert keys == ["p/aws-logs-write-test", f"p/{task_id}/a-1/000000.gz", f"p/{task_id}/b/000000.gz"]
    found = state.buckets["exports"].find(keys[1])
    assert found is not None and isinstance(found.current.body, object)
    data = getattr(found.current.body, "data", b"")
    assert gzip.decompress(data) == b"2024-01-01T00:00:05.000Z one\n2024-01-01T00:00:05.001Z two\n"
    logs.given(api.DescribeExportTasks(task_id=task_id))
    (one,) = logs.answer.export_tasks
    assert (one.status.code, one.task_name, one.destination_prefix) == ("COMPLETED", "t", "p")
    assert one.execution_info.completion_time >= one.execution_info.creation_time
    logs.when(api.CancelExportTask(task_id=task_id)).refused("InvalidOperationException")
    logs.replays()


def test_an_export_to_no_bucket_fails() -> None:
    """The refusal of S3 ends the task."""
    logs = exporting()
    logs.put("one", stream="b")
    logs.given(task(logs, destination="none"))
    logs.given(api.DescribeExportTasks(status_code="FAILED"))
    (one,) = logs.answer.export_tasks
    assert one.status.message.startswith("NoSuchBucket")
    logs.given(task(logs))
    logs.given(api.DescribeExportTasks(status_code="COMPLETED"))
    assert len(logs.answer.export_tasks) == 1
    logs.replays()


def test_an_export_has_rules() -> None:
    """Its group is there, its times are in order and not before the group."""
    logs = CloudWatchLogs().group("g")
    logs.when(task(logs, log_group_name="none")).refused("ResourceNotFoundException")
    logs.when(task(logs, from_=5, to=4)).refused("InvalidParameterException")
    logs.when(task(logs, to=4)).refused("InvalidParameterException")
    logs.when(api.CancelExportTask(task_id="x")).refused("ResourceNotFoundException")


FUNCTION_LOGS = f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1"


def delivering() -> CloudWatchLogs:
    """A source and a destination."""
    logs = CloudWatchLogs().group("g")
    logs.given(
        api.PutDeliverySource(name="s", resource_arn=FUNCTION_LOGS, log_type="ACCESS_LOGS", tags={"k": "v"}),
        api.PutDeliveryDestination(
            name="d", output_format="json",
            delivery_destination_configuration=api.DeliveryDestinationConfiguration(
                destination_resource_arn=f"{group_arn('g')}:*"
            ),
        ),
    )  # fmt: skip
    return logs


def test_a_delivery_connects_a_source_and_a_destination() -> None:
    """Made, shown, listed, changed and deleted; what it needs cannot be deleted before it."""
    logs = delivering()
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:delivery-destination:d"
    assert logs.answer.delivery_destination.delivery_destination_type == "CWL"
    logs.given(api.CreateDelivery(delivery_source_name="s", delivery_destination_arn=arn, tags={"a": "b"}))
    made = logs.answer.delivery
    assert (made.delivery_destination_type, made.tags) == ("CWL", {"a": "b"})
    assert made.arn == f"arn:aws:logs:{REGION}:{ACCOUNT}:delivery:{made.id}"
    logs.given(api.GetDelivery(id=made.id))
    assert logs.answer.delivery == made
    logs.given(api.UpdateDeliveryConfiguration(id=made.id, record_fields=["date"], field_delimiter=","))
    logs.given(api.DescribeDeliveries(delivery_source_names=["s"]))
    assert [one.record_fields for one in logs.answer.deliveries] == [["date"]]
    logs.when(api.CreateDelivery(delivery_source_name="s", delivery_destination_arn=arn)).refused(
        "ConflictException"
    )
    logs.when(api.DeleteDeliverySource(name="s")).refused("ConflictException")
    logs.when(api.DeleteDeliveryDestination(name="d")).refused("ConflictException")
    logs.given(api.ListTagsForResource(resource_arn=made.arn))
    assert logs.answer.tags == {"a": "b"}
    logs.given(
        api.DeleteDelivery(id=made.id),
        api.DeleteDeliverySource(name="s"),
        api.DeleteDeliveryDestination(name="d"),
    )
    for gone in (
        api.GetDelivery(id=made.id), api.GetDeliverySource(name="s"), api.GetDeliveryDestination(name="d"),
        api.DeleteDelivery(id=made.id), api.CreateDelivery(delivery_source_name="s", delivery_destination_arn=arn),
        api.UpdateDeliveryConfiguration(id=made.id), api.DeleteDeliverySource(name="s"),
    ):  # fmt: skip
        logs.when(gone).refused("ResourceNotFoundException")
    logs.replays()


def test_sources_and_destinations_have_rules() -> None:
    """A source keeps its resource; one resource has one source for each type; a destination is of a kind."""
    logs = delivering()
    logs.given(api.GetDeliverySource(name="s"))
    source = logs.answer.delivery_source
    assert (source.service, source.resource_arns, source.tags) == ("cloudfront", [FUNCTION_LOGS], {"k": "v"})
    logs.when(api.PutDeliverySource(name="s", resource_arn=f"{FUNCTION_LOGS}2", log_type="ACCESS_LOGS"))
    logs.refused(
        "ValidationException", "Update to existing Delivery Source with new ResourceId is not allowed"
    )
    logs.when(api.PutDeliverySource(name="t", resource_arn=FUNCTION_LOGS, log_type="ACCESS_LOGS"))
    logs.refused("ConflictException")
    logs.when(api.PutDeliverySource(name="t", resource_arn="x", log_type="y")).refused("ValidationException")
    logs.given(api.DescribeDeliverySources(resource_arns=["none"]))
    assert logs.answer.delivery_sources == []
    logs.when(api.PutDeliveryDestination(name="e")).refused("ValidationException")
    logs.given(api.PutDeliveryDestination(name="e", delivery_destination_type="XRAY"))
    logs.given(api.DescribeDeliveryDestinations(limit=1))
    assert [one.name for one in logs.answer.delivery_destinations] == ["d"]
    logs.when(api.DescribeDeliveries(next_token="x")).refused("ValidationException")
    logs.given(
        api.PutDeliveryDestinationPolicy(delivery_destination_name="d", delivery_destination_policy=POLICY),
        api.GetDeliveryDestinationPolicy(delivery_destination_name="d"),
    )
    assert logs.answer.policy.delivery_destination_policy == POLICY
    logs.given(
        api.DeleteDeliveryDestinationPolicy(delivery_destination_name="d"),
        api.GetDeliveryDestinationPolicy(delivery_destination_name="d"),
    )
    assert logs.answer.policy.delivery_destination_policy is UNSET
    logs.when(
        api.PutDeliveryDestinationPolicy(delivery_destination_name="d", delivery_destination_policy="x")
    )
    logs.refused("ValidationException", "Invalid Delivery Destination resource Policy is provided.")
    logs.replays()
