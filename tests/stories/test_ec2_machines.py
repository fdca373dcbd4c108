"""Instances, images, disks, templates, fleets and what is bought, by boto3 and by the AWS CLI over a real socket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest

from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import registry

from .acting import Boto3, Cli, act
from .aws_cli import AwsCli
from .driving import Story
from .operations import (
    ec2_images,
    ec2_instance_options,
    ec2_instances,
    ec2_launches,
    ec2_purchases,
    ec2_volumes,
)
from .records import records

STORIES: list[Story] = [
    *ec2_instances.STORIES, *ec2_instance_options.STORIES, *ec2_volumes.STORIES, *ec2_images.STORIES,
    *ec2_launches.STORIES, *ec2_purchases.STORIES,
]  # fmt: skip
MODULES = {
    "fleet_listing", "fleets", "hosts", "image_attributes", "image_creation", "image_listing", "instance_attributes",
    "instance_listing", "instance_offerings", "instance_options", "instance_profiles", "instance_states",
    "instance_status", "instance_types", "key_pairs", "launch_template_versions", "launch_templates",
    "placement_groups", "reserved", "run_instances", "snapshot_attributes", "snapshot_creation", "snapshots",
    "spot_fleets", "spot_prices", "spot_requests", "volume_changes", "volume_uses", "volumes",
}  # fmt: skip
"""Whose operations these stories call."""
QUIET = pytest.mark.filterwarnings(
    "ignore:unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_boto3_acts_out(endpoint: str, server: BackgroundServer, story: Story) -> None:
    """Each call is answered with the members that AWS gives, no more and no fewer, and is one record."""
    act(story, Boto3(endpoint))

    written = [
        record
        for record in records(server)
        if record["eventType"] == "AwsApiCall" and record["userIdentity"]["type"] == "Root"
        and "invokedBy" not in record["userIdentity"]
    ]  # fmt: skip
    assert [record["eventName"] for record in written] == [step.action for step in story.steps]
    for record, step in zip(written, story.steps, strict=True):
        assert record.get("errorCode") == (f"Client.{step.code}" if step.code else None)


@pytest.mark.parametrize(
    "story",
    [ec2_instances.STORIES[0], ec2_images.STORIES[0], ec2_volumes.STORIES[0], ec2_launches.STORIES[1]],
    ids=lambda story: story.name,
)
@QUIET
def test_the_cli_acts_out(endpoint: str, tmp_path: Path, story: Story) -> None:
    """Each command exits with success and prints the members that AWS gives, or names the refusal's code."""
    act(story, Cli(endpoint, tmp_path))


OTHERWISE = {
    "GetInstanceUefiData": "an image that boots by UEFI: test_ec2_instances.py",
    "DescribeInstanceTypes": "too long to tell: test_ec2_instances.py",
}


def test_no_operation_is_missing() -> None:
    """Every operation of these files is called with success in a story, or is told of in `OTHERWISE`."""
    served = {
        action
        for action, handler in registry().services["ec2"].handlers.items()
        if handler.fn.__module__.rpartition(".")[2] in MODULES and not handler.internal
    }
    called = {step.action for story in STORIES for step in story.steps if step.code is None}

    assert served - called == set(OTHERWISE)


@QUIET
def test_the_cli_waits(endpoint: str, tmp_path: Path) -> None:
    """`aws ec2 wait` sees instances run and end, images, snapshots and volumes become available."""
    ec2: Any = boto3.client(
        "ec2",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    cli = AwsCli(endpoint, tmp_path, ("test", "test"))

    def wait(waiter: str, *words: str) -> None:
        done = cli("ec2", "wait", waiter, *words)
        assert done.code == 0, done.error

    launch = {"ImageId": "ami-0123456789abcdef0", "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1}
    instance = ec2.run_instances(**launch)["Instances"][0]["InstanceId"]
    wait("instance-running", "--instance-ids", instance)
    wait("instance-status-ok", "--instance-ids", instance)
    wait("image-available", "--image-ids", ec2.create_image(InstanceId=instance, Name="mine")["ImageId"])
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    wait("volume-available", "--volume-ids", volume)
    wait("snapshot-completed", "--snapshot-ids", ec2.create_snapshot(VolumeId=volume)["SnapshotId"])
    ec2.terminate_instances(InstanceIds=[instance])
    wait("instance-terminated", "--instance-ids", instance)
