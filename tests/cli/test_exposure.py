"""`exposure`: what is open to whoever is outside, since when, by whom."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import Options

from ..stories.rich_account import policy, populate
from .conftest import Ask, Run

STRANGER = "210987654321"
PLUGIN = '''
import backtrail
from backtrail.exposing import EVERYBODY, Exposure


class Doors(backtrail.State):
    doors: dict[str, str] = {}


class OpenDoor(backtrail.Params):
    name: str


service = backtrail.Service("doors", Doors)


@backtrail.hookimpl
def register_services():
    return [service]


@service.handle
def open_door(state: Doors, call: backtrail.Call[OpenDoor]) -> None:
    """Opens."""


@service.project
def door_opened(state: Doors, event: backtrail.Event[OpenDoor, None]) -> None:
    """It is open."""
    state.doors[event.params.name] = event.account


@service.exposes
def open_doors(state: Doors, account: str, region: str):
    """Each that is open."""
    for name in state.doors:
        arn = f"arn:aws:doors:{region}:{account}:door/{name}"
        yield Exposure(
            resource=arn, names=(name,), through="the door", to=EVERYBODY, what="walk in", actions=("OpenDoor",)
        )
'''


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An account with something open of every kind; a bucket that ann opened, somebody closed and bob opened again."""
    path = tmp_path_factory.mktemp("exposed") / "a.db"
    server = BackgroundServer(Options(port=0, log=path)).start()
    clients: list[Any] = []

    def client(service: str, key: str = "test", secret: str = "test", region: str = "us-east-1") -> Any:
        clients.append(
            boto3.client(
                service, endpoint_url=server.endpoint, region_name=region, aws_access_key_id=key,
                aws_secret_access_key=secret,
            )
        )  # fmt: skip
        return clients[-1]

    try:
        populate(client)
        reopened(client)
    finally:
        for one in clients:
            one.close()
        server.stop()
    return path


def reopened(client: Callable[..., Any]) -> None:
    """A bucket that was open twice, and whose policy was put again by the way; one whose opening is blocked."""
    iam, people = client("iam"), {}
    for name in ("bea", "bob"):
        iam.create_user(UserName=name)
        iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
        key = iam.create_access_key(UserName=name)["AccessKey"]
        people[name] = client("s3", key["AccessKeyId"], key["SecretAccessKey"])
    s3, public = client("s3"), policy("s3:GetObject", "arn:aws:s3:::twice/*")
    for name in ("twice", "shut"):
        s3.create_bucket(Bucket=name)
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration={"BlockPublicPolicy": False})
    people["bea"].put_bucket_policy(Bucket="twice", Policy=public)
    s3.delete_bucket_policy(Bucket="twice")
    people["bob"].put_bucket_policy(Bucket="twice", Policy=public)
    s3.put_bucket_policy(Bucket="twice", Policy=public.replace("2012-10-17", "2008-10-17"))
    s3.put_bucket_policy(Bucket="shut", Policy=policy("s3:GetObject", "arn:aws:s3:::shut/*"))
    s3.put_public_access_block(Bucket="shut", PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})


def told(ask: Ask, log: Path, *more: str) -> list[dict[str, Any]]:
    """What is open."""
    found: list[dict[str, Any]] = ask("exposure", "--log", log, *more)["exposures"]
    return found


def test_every_kind_is_told(ask: Ask, log: Path) -> None:
    """Buckets, keys, queues, roles, secrets, functions, machines, databases, snapshots, images, repositories."""
    found = {(one["service"], one["through"].partition(",")[0], one["to"]) for one in told(ask, log)}
    everybody = {(service, through) for service, through, to in found if to == "everybody"}
    assert {
        ("s3", "bucket policy"), ("lambda", "function policy"), ("ecr", "repository policy"),
        ("rds", "a public address"), ("rds", "sharing"), ("ec2", "sharing"),
    } <= everybody  # fmt: skip
    assert any(service == "ec2" and through.startswith("sg-") for service, through in everybody)
    assert any(service == "lambda" and "function URL" in through for service, through in everybody)
    root = f"arn:aws:iam::{STRANGER}:root"
    assert {
        ("iam", "trust policy", root), ("sqs", "queue policy", root), ("secretsmanager", "secret's policy", STRANGER),
    } <= found  # fmt: skip


def test_each_names_the_record_that_opened_it(ask: Ask, log: Path) -> None:
    """Who called what, and when; all of them are in the log."""
    for one in told(ask, log):
        assert one["surely"] and one["opened"] is not None, one
        assert one["opened"]["action"].partition("2")[0] in {
            "AddPermission", "AuthorizeSecurityGroupIngress", "CreateDBInstance", "CreateFunctionUrlConfig",
            "CreateRole", "ModifyDBSnapshotAttribute", "ModifyImageAttribute", "ModifySnapshotAttribute",
            "PutBucketPolicy", "PutResourcePolicy", "SetRepositoryPolicy",
        }  # fmt: skip


def test_since_it_was_last_opened(ask: Ask, log: Path) -> None:
    """What was closed in between and what was put again while it was open does not count: bob opened it."""
    (one,) = (one for one in told(ask, log, "s3") if one["resource"] == "arn:aws:s3:::twice")
    assert one["opened"]["user"] == "bob"
    (then,) = (
        one
        for one in told(ask, log, "s3", "--at", _closed(ask, log, before=True))
        if one["resource"] == "arn:aws:s3:::twice"
    )
    assert then["opened"]["user"] == "bea"
    assert "arn:aws:s3:::twice" not in [
        one["resource"] for one in told(ask, log, "s3", "--at", _closed(ask, log, before=False))
    ]


def _closed(ask: Ask, log: Path, *, before: bool) -> str:
    """The event that closed the bucket, or the one that had opened it before."""
    events = ask("history", "twice", "--log", log)["events"]
    names = [one["action"] for one in events]
    at = names.index("DeleteBucketPolicy")
    if not before:
        return str(events[at]["event_id"])
    opened = [one for one in events if one["action"] == "PutBucketPolicy" and one["user"] == "bea"]
    return str(opened[0]["event_id"])


def test_what_is_kept_shut_is_told_when_asked(ask: Ask, log: Path) -> None:
    """A policy that RestrictPublicBuckets keeps from working is not open."""
    assert "arn:aws:s3:::shut" not in [one["resource"] for one in told(ask, log, "s3")]
    (one,) = (one for one in told(ask, log, "s3", "--all") if one["resource"] == "arn:aws:s3:::shut")
    assert one["blocked"] == "RestrictPublicBuckets is on"


def test_the_table_is_for_people(run: Run, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The widest first; the exit code says whether anything is open where that is asked for."""
    monkeypatch.setenv("COLUMNS", "300")
    shown = run("exposure", "--log", log)
    assert shown.exit_code == 0
    lines = shown.stdout.splitlines()
    assert (
        lines[0].startswith("open to") and lines[1].startswith("everybody") and lines[-1].startswith("as of ")
    )
    assert run("exposure", "--log", log, "--fail-on-any").exit_code == 1
    assert run("exposure", "logs", "--log", log, "--fail-on-any").exit_code == 0


def test_nothing_says_what_could_be_seen(run: Run, ask: Ask, log: Path) -> None:
    """With the log's coverage."""
    shown = run("exposure", "logs", "--log", log)
    assert (
        shown.stdout.startswith("Nothing that this log tells of is open") and "The log holds" in shown.stdout
    )
    answer = ask("exposure", "logs", "--log", log)
    assert answer["exposures"] == [] and answer["coverage"]["records"] > 0
    assert "no plugin has the service" in run("exposure", "none", "--log", log).stderr


def test_what_a_record_says_is_harmless(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names and conditions of policies are escaped."""
    evil = "x\x1b[31m\u202e"
    document = policy("s3:*", "*")
    opened = json.loads(document)
    opened["Statement"][0] |= {"Sid": evil, "Condition": {"StringEquals": {"aws:UserAgent": evil}}}
    trail = {
        "eventVersion": "1.09", "userIdentity": {"type": "Root", "principalId": STRANGER, "accountId": STRANGER},
        "eventTime": "2024-03-01T00:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "PutBucketPolicy",
        "awsRegion": "us-east-1", "requestParameters": {"bucketName": "b", "policy": "", "bucketPolicy": opened},
        "responseElements": None, "eventID": "00000000-0000-4000-8000-000000000001", "readOnly": False,
        "recipientAccountId": STRANGER,
    }  # fmt: skip
    (tmp_path / "trail.json").write_text(json.dumps({"Records": [trail]}))
    assert run("import", "trail.json", "--log", "a.db").exit_code == 0
    monkeypatch.setenv("COLUMNS", "400")
    shown = run("exposure", "--log", "a.db").stdout
    assert "arn:aws:s3:::b" in shown and "\\x1b[31m" in shown
    assert "\x1b[31m" not in shown and "\u202e" not in shown


def test_a_plugin_of_ones_own_takes_part(ask: Ask, tmp_path: Path) -> None:
    """It declares what of its State is open; the record that opened it is found."""
    (tmp_path / "doors.py").write_text(PLUGIN)
    trail = {
        "eventVersion": "1.09", "userIdentity": {"type": "Root", "principalId": STRANGER, "accountId": STRANGER},
        "eventTime": "2024-03-01T00:00:00Z", "eventSource": "doors.amazonaws.com", "eventName": "OpenDoor",
        "awsRegion": "us-east-1", "requestParameters": {"name": "front-door"}, "responseElements": None,
        "eventID": "00000000-0000-4000-8000-000000000001", "readOnly": False, "recipientAccountId": STRANGER,
    }  # fmt: skip
    (tmp_path / "trail.json").write_text(json.dumps({"Records": [trail]}))
    ask("import", "trail.json", "--log", "a.db")
    (one,) = told(ask, Path("a.db"), "--plugin", "doors.py")
    assert (one["to"], one["what"], one["opened"]["action"]) == ("everybody", "walk in", "OpenDoor")
