"""The server itself, over a real socket: control requests, unknown actions, bad input."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

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
