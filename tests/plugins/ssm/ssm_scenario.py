"""A scenario with Systems Manager, and an agent's word."""

from __future__ import annotations

import json
from typing import Any

import backtrail_aws.ssm
from backtrail.store import Entry
from backtrail.testing import Scenario

ACCOUNT, REGION = "123456789012", "us-east-1"
INSTANCE = "i-0dbc91f429e48eeed"


class Ssm(Scenario):
    """A scenario with Systems Manager."""

    def __init__(self, *more: object, **given: Any) -> None:
        super().__init__(backtrail_aws.ssm, *more, **given)

    def did(self, call: Any) -> Any:
        """The answer of a call that succeeds."""
        return self.given(call).answer

    def heard(self, instance: str = INSTANCE) -> None:
        """An agent's call, which only a foreign record tells."""
        number = len(self.log)
        told = record(number, "UpdateInstanceInformation", {"instanceId": instance, "platformType": "Linux"})
        self.machine.apply(told)
        self.log.append(Entry(record=told, origin="import"))


def record(number: int, name: str, params: Any, result: Any = None, **more: Any) -> bytes:
    """A record as AWS would have written it."""
    return json.dumps(
        {
            "eventVersion": "1.09", "userIdentity": {"type": "Root", "accountId": ACCOUNT},
            "eventTime": f"2023-12-31T23:59:{number:02}Z", "eventSource": "ssm.amazonaws.com", "eventName": name,
            "awsRegion": REGION, "requestParameters": params, "responseElements": result, "readOnly": False,
            "eventID": f"00000000-0000-4000-8000-{number:012}", "eventType": "AwsApiCall",
            "recipientAccountId": ACCOUNT, **more,
        }
    ).encode()  # fmt: skip
