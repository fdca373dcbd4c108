"""The server itself, over a real socket: control requests, unknown actions, bad input."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.request import urlopen

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
