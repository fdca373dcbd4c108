"""RDS in a scenario."""

from __future__ import annotations

import json
from typing import Any

import backtrail_aws.rds
from backtrail.testing import ACCOUNT, Scenario
from backtrail_aws.rds import api
from backtrail_aws.rds.state import Databases


class Rds(Scenario):
    """A scenario with RDS."""

    def __init__(self, *more: Any, **given: Any) -> None:
        super().__init__(backtrail_aws.rds, *more, **given)

    def did(self, call: Any) -> Any:
        """The answer of a call that succeeds."""
        return self.given(call).answer

    def made(self, name: str = "db", **given: Any) -> api.DBInstance:
        """A MySQL instance."""
        settings: dict[str, Any] = {
            "engine": "mysql", "db_instance_class": "db.t3.micro", "allocated_storage": 20,
            "master_username": "admin", "master_user_password": "s3cr3t-pass",
        }  # fmt: skip
        answer = self.did(api.CreateDBInstance(db_instance_identifier=name, **(settings | given)))
        shown: api.DBInstance = answer.db_instance
        return shown

    def instance(self, name: str = "db") -> api.DBInstance:
        """An instance as it is described."""
        shown: api.DBInstance = self.did(api.DescribeDBInstances(db_instance_identifier=name)).db_instances[0]
        return shown

    @property
    def databases(self) -> Databases:
        """The State."""
        state = self.machine.state(("rds", ACCOUNT, "us-east-1"))
        assert isinstance(state, Databases)
        return state


def foreign(name: str, params: Any, result: Any = None, second: int = 0, **more: Any) -> bytes:
    """A foreign record."""
    record = {
        "eventVersion": "1.08",
        "userIdentity": {"type": "IAMUser", "accountId": ACCOUNT},
        "eventTime": f"2024-01-01T00:00:{second:02}Z",
        "eventSource": "rds.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "requestParameters": params,
        "responseElements": result,
        "eventID": f"00000000-0000-4000-8000-{second:012}",
        "eventType": "AwsApiCall",
        "recipientAccountId": ACCOUNT,
    }
    return json.dumps(record | more).encode()
