"""The pytest plugin, as a project that uses it meets it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TESTS = """
import boto3
import pytest
from botocore.exceptions import ClientError


def test_a_client_is_logged(backtrail):
    s3 = backtrail.client("s3")
    s3.create_bucket(Bucket="my-bucket")
    with pytest.raises(ClientError):
        s3.head_bucket(Bucket="other-bucket")
    assert backtrail.trail.names() == ["CreateBucket", "HeadBucket"]
    assert backtrail.trail.events(name="CreateBucket", bucketName="my-bucket")
    assert not backtrail.trail.events(name="CreateBucket", bucketName="other")
    assert len(backtrail.trail.events(service="s3", error=True)) == 1
    assert len(backtrail.trail.events(service="s3", error=False, read_only=False)) == 1


def test_each_test_begins_afresh(backtrail):
    assert backtrail.trail.records() == []
    assert backtrail.client("s3").list_buckets()["Buckets"] == []


def test_sessions_and_resources(backtrail):
    session = backtrail.session(region_name="eu-west-1")
    queue = session.resource("sqs").create_queue(QueueName="q")
    queue.send_message(MessageBody="hello")
    assert [record["awsRegion"] for record in backtrail.trail.records()] == ["eu-west-1"] * 2
    plain = boto3.client("sts", endpoint_url=backtrail.endpoint_url, region_name="us-east-1",
                         aws_access_key_id="test", aws_secret_access_key="test")
    assert plain.get_caller_identity()["Account"] == "123456789012"
    backtrail.reset()
    assert backtrail.trail.records() == []


def test_plain_clients_reach_it(backtrail):
    boto3.client("sqs").create_queue(QueueName="q")
    assert backtrail.trail.names() == ["CreateQueue"]


def test_time_is_moved(backtrail):
    before = backtrail.clock.now()
    assert (backtrail.clock.advance(days=30) - before).days == 30
    frozen = backtrail.clock.freeze()
    assert backtrail.clock.now() == frozen
    assert backtrail.clock.set(frozen.replace(year=frozen.year + 1)).year == frozen.year + 1
    assert backtrail.clock.run() < backtrail.clock.now()
    with pytest.raises(Exception, match="never goes back"):
        backtrail.clock.set(before)
    assert set(backtrail.trail.names()) == {"MoveClock"}


def test_and_is_wall_time_again(backtrail):
    from datetime import datetime, timezone
    assert abs((backtrail.clock.now() - datetime.now(timezone.utc)).total_seconds()) < 60
"""

UNUSED = """
import sys


def test_nothing_of_it_is_imported():
    assert "backtrail_cli.pytest_plugin" in sys.modules
    for name in ("backtrail", "backtrail_eventstore", "backtrail_cli.server", "msgspec", "boto3", "botocore"):
        assert name not in sys.modules, name
"""


def pytest_on(folder: Path, text: str) -> str:
    """What pytest says to a file of tests, in a process of its own."""
    (folder / "test_it.py").write_text(text)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-W",
        "error",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(folder),
        str(folder),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False, cwd=folder)
    return done.stdout + done.stderr


def test_the_fixture_gives_an_account_a_test(tmp_path: Path) -> None:
    """Clients, resources and sessions reach it; the trail tells what they did; each test begins afresh."""
    assert "6 passed" in pytest_on(tmp_path, TESTS)


def test_it_costs_nothing_when_unused(tmp_path: Path) -> None:
    """Tests that do not ask for it import nothing of it."""
    assert "1 passed" in pytest_on(tmp_path, UNUSED)
