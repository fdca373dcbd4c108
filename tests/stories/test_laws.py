"""The laws, on a log in a file, with all services that there are."""

from __future__ import annotations

import asyncio
import itertools
import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from backtrail import states
from backtrail.clock import Clock
from backtrail.engine import Engine
from backtrail.machine import Machine
from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import Options, registry
from backtrail_eventstore import SqliteStore, export_lines, import_trails

SECRETS: list[str] = []


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log on which a story was played by boto3, and its server stopped."""
    path = tmp_path / "account.db"
    server = BackgroundServer(Options(port=0, log=path)).start()
    try:
        story(server.endpoint)
    finally:
        server.stop()
    return path


def story(endpoint: str) -> None:
    """Some of everything, with secrets of every kind."""
    session = boto3.Session("test", "test", region_name="us-east-1")

    def client(name: str) -> Any:
        return session.client(name, endpoint_url=endpoint)

    sqs, s3, iam, sts = client("sqs"), client("s3"), client("iam"), client("sts")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="a secret message body")
    taken = sqs.receive_message(QueueUrl=url)["Messages"][0]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=taken["ReceiptHandle"])
    sqs.send_message(QueueUrl=url, MessageBody="another secret message body")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="small", Body=b"a small secret body")
    s3.put_object(Bucket="bucket", Key="large", Body=b"a large secret body" * 5000)
    s3.delete_object(Bucket="bucket", Key="small")
    iam.create_user(UserName="alice")
    iam.create_login_profile(UserName="alice", Password="Passw0rd!Passw0rd")
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = iam.create_role(RoleName="admin", AssumeRolePolicyDocument=trust)["Role"]
    creds = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="session")["Credentials"]
    SECRETS[:] = [
        key["SecretAccessKey"], creds["SecretAccessKey"], creds["SessionToken"], "Passw0rd!Passw0rd", "secret message",
        "small secret", "large secret",
    ]  # fmt: skip


async def folded(path: Path, *, snapshots: bool = False) -> tuple[str, Machine]:
    """The digest of a log, by an engine that starts on it."""
    chance = itertools.count()
    async with SqliteStore.open(str(path)) as store:
        engine = Engine(Machine(registry()), store, Clock(), lambda: next(chance))
        engine.snapshots = snapshots
        await engine.start()
        digest = engine.machine.digest()
        await engine.close()
        return digest, engine.machine


async def test_every_way_back_gives_the_same_digest(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Live, replayed from SQLite, from a snapshot, from the lossless export: one digest (law 2)."""
    replayed, _ = await folded(log)
    monkeypatch.setattr("backtrail.snapshots.WORTH_RECORDS", 0)
    await folded(log, snapshots=True)
    snapshot, machine = await folded(log, snapshots=True)

    async with SqliteStore.open(str(log), mode="read") as store:
        await export_lines(store, tmp_path / "lines.jsonl", sealed=True)
    async with SqliteStore.open(str(tmp_path / "other.db")) as store:
        report = await import_trails(store, [tmp_path / "lines.jsonl"])
    exported, _ = await folded(tmp_path / "other.db")

    assert snapshot == replayed
    assert machine.report() == {}, "the snapshot was not used"
    assert exported == replayed
    assert not report.rejections


async def test_no_secret_stands_in_any_file(log: Path) -> None:
    """A grep of the log, its index and its blobs finds no secret that was created (law 7)."""
    files = [path for path in log.parent.rglob("*") if path.is_file() and not path.name.endswith(".key")]
    content = await asyncio.to_thread(lambda: b"".join(path.read_bytes() for path in files))

    assert len(SECRETS) == 7
    for secret in SECRETS:
        assert secret.encode() not in content, secret


async def test_verifies_from_end_to_end(log: Path) -> None:
    """The chain of what a story wrote is whole."""
    async with SqliteStore.open(str(log), mode="read") as store:
        report = await store.verify()

    assert report.ok, report


async def test_a_state_that_is_shown_shows_no_secret(log: Path) -> None:
    """What `backtrail state --json` prints holds nothing that was sealed."""
    _, machine = await folded(log)
    shown = str([states.plain(machine.state(place)) for place in machine.places()])

    assert "alice" in shown
    for secret in SECRETS:
        assert secret not in shown, secret
