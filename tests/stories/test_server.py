"""The server itself, over a real socket: control requests, unknown actions, bad input."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.exceptions import ClientError

from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import Options

Client = Callable[..., Any]


def test_says_that_it_is_well(endpoint: str) -> None:
    """The health request tells how many records there are and which services answer."""
    health = json.load(urlopen(f"{endpoint}/_backtrail/health"))

    assert health["status"] == "running"
    assert "sqs" in health["services"]


def test_an_unknown_action_is_a_501_that_names_it(client: Client) -> None:
    """An action that nobody serves is refused by name, in the protocol of its service."""
    with pytest.raises(ClientError) as refused:
        client("dynamodb", config=_no_retries()).list_tables()

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert "dynamodb:ListTables" in str(refused.value)


def _no_retries() -> Any:
    from botocore.config import Config

    return Config(retries={"max_attempts": 0})


def test_the_clock_can_be_moved(endpoint: str, client: Client) -> None:
    """Over HTTP the clock is told, advanced and frozen; a mistake is a clear 400 or 409."""
    assert not post(endpoint, {"advance_s": 3600})[1]["frozen"]
    status, told = post(endpoint, {"freeze": True})
    assert status == 200 and told["frozen"] and 3599 < told["ahead_s"] < 3700
    assert post(endpoint, {"set": "2001-01-01T00:00:00Z"})[0] == 400
    assert post(endpoint, {"sideways": 1})[0] == 400
    assert post(endpoint, {"run": True})[1]["frozen"] is False


def post(endpoint: str, body: object) -> tuple[int, Any]:
    request = Request(f"{endpoint}/_backtrail/clock", data=json.dumps(body).encode(), method="POST")
    try:
        with urlopen(request) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)


def test_a_running_server_takes_trails(tmp_path: Path) -> None:
    """`backtrail import` into the log of a running server goes through it, and the account is there at once."""
    log = tmp_path / "account.db"
    trail = tmp_path / "trail.jsonl"
    trail.write_text(json.dumps(BUCKET_MADE) + "\n")
    server = BackgroundServer(Options(port=0, log=log)).start()
    try:
        body = json.dumps({"paths": [str(trail)]}).encode()
        report = json.load(urlopen(Request(f"{server.endpoint}/_backtrail/import", data=body)))
        session = boto3.Session("111122223333", "x", region_name="us-east-1")
        buckets = session.client("s3", endpoint_url=server.endpoint).list_buckets()["Buckets"]
    finally:
        server.stop()

    assert (report["read"], report["new"]) == (1, 1)
    assert [bucket["Name"] for bucket in buckets] == ["a-real-bucket"]


BUCKET_MADE = {
    "eventVersion": "1.08", "userIdentity": {"type": "Root", "accountId": "111122223333"},
    "eventTime": "2023-07-10T11:54:39Z", "eventSource": "s3.amazonaws.com", "eventName": "CreateBucket",
    "awsRegion": "us-east-1", "requestParameters": {"bucketName": "a-real-bucket", "Host": "s3.amazonaws.com"},
    "responseElements": None, "readOnly": False, "eventID": "ff709962-49b6-494d-8198-cdf0f7e8e666",
    "recipientAccountId": "111122223333",
}  # fmt: skip
