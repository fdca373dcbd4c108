"""Delivered files, after a kill, in another log, and in the hands of a tool that other people use."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from backtrail_cli.group import cli

from .subject import Subject, sound
from .trails import (
    ACCOUNT,
    ALL_DATA,
    MINUTE_S,
    Client,
    advance,
    bucket_policy,
    delivered,
    keys,
    records,
    session,
    trail,
    until,
)


def test_a_killed_server_delivers_each_record_once(tmp_path: Path) -> None:
    """Killed (`kill -9`) as a delivery begins, and again: what was called is in the files, each record once."""
    log = tmp_path / "account.db"
    subject = Subject(log)
    subject.start()
    made: list[Any] = []

    def client(service: str) -> Any:
        made.append(session(subject.endpoint, service))
        return made[-1]

    try:
        s3, _ = trail(client)
        for number in range(2):
            client("sqs").create_queue(QueueName=f"queue-{number}")
            advance(subject.endpoint, 5 * MINUTE_S)  # the delivery is under way
            subject.kill()
            subject.start()
            s3 = client("s3")
        advance(subject.endpoint, 5 * MINUTE_S)
        until(lambda: {f"queue-{number}" for number in range(2)} <= set(queues(s3)))
        counted = Counter(one["eventID"] for one in records(s3))
    finally:
        subject.stop()
        for one in made:
            one.close()

    assert set(counted.values()) == {1}
    assert subject.complaints == ""
    assert asyncio.run(sound(log))[0] > 0


def queues(s3: Any) -> list[str]:
    """The queues whose making was delivered."""
    return [one["requestParameters"]["queueName"] for one in records(s3) if one["eventName"] == "CreateQueue"]


def test_a_delivered_trail_gives_the_same_resources_elsewhere(
    endpoint: str, client: Client, tmp_path: Path
) -> None:
    """The files, imported into another log, fold to the queues, users and trails that there were."""
    s3, cloudtrail = trail(client)
    cloudtrail.put_event_selectors(TrailName="audit", EventSelectors=[ALL_DATA])
    client("sqs").create_queue(QueueName="jobs", Attributes={"DelaySeconds": "7"})
    client("iam").create_user(UserName="ann")
    client("s3").create_bucket(Bucket="files")
    s3.put_object(Bucket="files", Key="a", Body=b"x")
    delivered(endpoint, s3, 1)
    for key in keys(s3):
        path = tmp_path / "trees" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(s3.get_object(Bucket="logs", Key=key)["Body"].read())
    other = str(tmp_path / "other.db")

    done = CliRunner().invoke(cli, ["import", str(tmp_path / "trees"), "--log", other])
    assert done.exit_code == 0, done.output
    shown = CliRunner().invoke(cli, ["state", "--log", other])

    assert shown.exit_code == 0, shown.output
    for expected in ("jobs", "ann", "files", "audit"):
        assert expected in shown.output


def test_an_imported_trail_goes_on_with_what_is_called_here(tmp_path: Path) -> None:
    """A trail that a real account's records began delivers the calls made here; what was imported, AWS delivered."""
    log, source = tmp_path / "account.db", tmp_path / "trail.json"
    policy = json.loads(bucket_policy("logs"))
    imported = [
        foreign(1, "s3", "CreateBucket", {"bucketName": "logs"}),
        foreign(2, "s3", "PutBucketPolicy", {"bucketName": "logs", "policy": "", "bucketPolicy": policy}),
        foreign(3, "cloudtrail", "CreateTrail", {"name": "audit", "s3BucketName": "logs"}),
        foreign(4, "cloudtrail", "StartLogging", {"name": "audit"}),
        foreign(5, "sqs", "CreateQueue", {"queueName": "theirs"}),
    ]
    source.write_text(json.dumps({"Records": imported}))
    assert CliRunner().invoke(cli, ["import", str(source), "--log", str(log)]).exit_code == 0

    with Subject(log) as server:
        sqs, s3 = session(server.endpoint, "sqs"), session(server.endpoint, "s3")
        advance(server.endpoint, MINUTE_S)
        sqs.create_queue(QueueName="ours")
        for _ in range(100):  # a delivery that is under way when the next is due leaves it to the one after
            advance(server.endpoint, 5 * MINUTE_S)
            found = queues(s3)
            if found:
                break
            time.sleep(0.05)
        sqs.close()
        s3.close()

    assert found == ["ours"]


def foreign(number: int, service: str, action: str, params: dict[str, Any]) -> dict[str, Any]:
    """A record as AWS would have written it."""
    return {
        "eventVersion": "1.09", "userIdentity": {"type": "Root", "principalId": ACCOUNT, "accountId": ACCOUNT},
        "eventTime": f"2023-11-07T23:59:{number:02}Z", "eventSource": f"{service}.amazonaws.com", "eventName": action,
        "awsRegion": "us-east-1", "requestParameters": params, "responseElements": None,
        "eventID": f"a1b2c3d4-5678-40ab-9cde-{number:012}", "recipientAccountId": ACCOUNT, "readOnly": False,
    }  # fmt: skip


def _trailscraper(folders: pytest.TempPathFactory) -> str:
    """The tool, from an environment of its own: its pins fit no other. Installed there where that is asked for."""
    tool = os.environ.get("TRAILSCRAPER") or shutil.which("trailscraper")
    if tool == "install":
        place = folders.mktemp("trailscraper")
        for command in (
            [sys.executable, "-m", "venv", str(place)],
            [str(place / "bin" / "pip"), "install", "-q", "trailscraper==0.10.0"],
        ):
            subprocess.run(command, check=True, capture_output=True, timeout=300)
        return str(place / "bin" / "trailscraper")
    if tool is None:
        pytest.skip("trailscraper is not there: give its path in TRAILSCRAPER, or the word `install`")
    return tool


def test_trailscraper_reads_what_was_delivered(
    endpoint: str, client: Client, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """It downloads the files from S3, and generates the policy that the calls in them need."""
    tool = _trailscraper(tmp_path_factory)
    s3, cloudtrail = trail(client)
    cloudtrail.put_event_selectors(TrailName="audit", EventSelectors=[ALL_DATA])
    client("sqs").create_queue(QueueName="jobs")
    client("iam").create_user(UserName="ann")
    s3.create_bucket(Bucket="files")
    s3.put_object(Bucket="files", Key="a", Body=b"x")
    delivered(endpoint, s3, 1)
    folder = str(tmp_path / "logs")
    day = timedelta(days=1)
    begin, end = (f"{datetime.now(UTC) + one:%Y-%m-%d}" for one in (-day, day))
    environment = {
        **os.environ, "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(tmp_path), "TZ": "UTC",
    }  # fmt: skip

    def run(*words: str, given: str = "") -> str:
        done = subprocess.run(
            [tool, *words],
            input=given,
            capture_output=True,
            text=True,
            env=environment,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run(
        "download", "--bucket", "logs", "--account-id", ACCOUNT, "--region", "us-east-1", "--log-dir", folder,
        "--from", begin, "--to", end,
    )  # fmt: skip
    selected = run("select", "--log-dir", folder, "--from", begin, "--to", end)
    policy = json.loads(run("generate", given=selected))

    actions = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert {"sqs:CreateQueue", "iam:CreateUser", "s3:CreateBucket", "s3:PutObject"} <= actions
