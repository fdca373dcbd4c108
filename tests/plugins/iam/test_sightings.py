"""Who only ever appears as a caller is there all the same: users, roles, keys known by inference."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backtrail.machine import Folded, Machine
from backtrail.plugins import Registry
from backtrail_aws import iam as plugin
from backtrail_aws import sqs
from backtrail_aws.iam.state import Iam, service

ACCOUNT = "111122223333"


def user(name: str = "bert-jan", identifier: str = "AIDABERTJAN", path: str = "/") -> dict[str, Any]:
    """A user's identity, as CloudTrail writes it."""
    return {
        "type": "IAMUser", "principalId": identifier, "arn": f"arn:aws:iam::{ACCOUNT}:user{path}{name}",
        "accountId": ACCOUNT, "accessKeyId": f"AKIA{identifier}", "userName": name,
    }  # fmt: skip


def session(role: str = "deployer", identifier: str = "AROADEPLOYER") -> dict[str, Any]:
    """A role session's identity."""
    return {
        "type": "AssumedRole", "principalId": f"{identifier}:s", "accountId": ACCOUNT, "accessKeyId": "ASIA1",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/s",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role", "principalId": identifier, "accountId": ACCOUNT, "userName": role,
                "arn": f"arn:aws:iam::{ACCOUNT}:role/ci/{role}",
            },
            "attributes": {"creationDate": "2023-07-10T11:00:00Z", "mfaAuthenticated": "false"},
        },
    }  # fmt: skip


class Log:
    """Records, one a second, folded as they come."""

    def __init__(self) -> None:
        self.machine = Machine(Registry([plugin, sqs]))
        self.records: list[bytes] = []

    def add(self, by: dict[str, Any], name: str = "ListQueues", source: str = "sqs", **more: Any) -> Folded:
        """One more record."""
        number = len(self.records)
        record = {
            "eventVersion": "1.08", "userIdentity": by, "eventTime": f"2023-07-10T12:00:{number:02}Z",
            "eventSource": f"{source}.amazonaws.com", "eventName": name, "awsRegion": "us-east-1",
            "requestParameters": None, "responseElements": None, "eventID": f"00000000-0000-4000-8000-{number:012}",
            "eventType": "AwsApiCall", "recipientAccountId": ACCOUNT, **more,
        }  # fmt: skip
        self.records.append(json.dumps(record).encode())
        return self.machine.apply(self.records[-1])

    @property
    def iam(self) -> Iam:
        """What IAM knows."""
        return self.machine.own(service, ACCOUNT, "")

    def again(self) -> str:
        """The digest of the same records, folded afresh, each State through its bytes in between."""
        machine = Machine(Registry([plugin, sqs]))
        for record in self.records:
            machine.apply(record)
            machine.reload()
        return machine.digest()


@pytest.fixture
def log() -> Log:
    """An empty one."""
    return Log()


def test_a_caller_is_a_user(log: Log) -> None:
    """One read is enough: the user, its id and path, and its key; marked with the record that implied them."""
    assert log.add(user(path="/people/"), readOnly=True) is Folded.READ
    found = log.iam.users["bert-jan"]
    assert (found.id, found.path, found.implied_by) == (
        "AIDABERTJAN",
        "/people/",
        json.loads(log.records[0])["eventID"],
    )
    assert found.arn == f"arn:aws:iam::{ACCOUNT}:user/people/bert-jan"
    assert found.keys == ["AKIAAIDABERTJAN"]
    assert log.machine.digest() == log.again()


def test_a_session_has_a_role(log: Log) -> None:
    """The issuer of a session is a role, with its path; a failed call proves it as well."""
    log.add(session(), errorCode="AccessDenied")
    found = log.iam.roles["deployer"]
    assert (found.id, found.path) == ("AROADEPLOYER", "/ci/")
    assert log.machine.digest() == log.again()


def test_others_are_nobody_here(log: Log) -> None:
    """Services, roots and people of other accounts make nobody in this account; their own account knows them."""
    other = {**user(), "accountId": "999988887777", "arn": "arn:aws:iam::999988887777:user/eve"}
    for identity in (
        {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"},
        {"type": "Root", "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT},
        {"type": "AWSAccount", "principalId": "AIDAX", "accountId": "999988887777"},
        {**user(), "arn": f"arn:aws:iam::{ACCOUNT}:devuser49"},
        other,
    ):
        log.add(identity)
    assert (len(log.iam.users), len(log.iam.roles)) == (0, 0)
    assert list(log.machine.own(service, "999988887777", "").users) == ["eve"]


def test_a_creation_in_the_trail_is_no_inference(log: Log) -> None:
    """A user whose creation the trail has is not marked when he calls."""
    made = {"user": {"userName": "bert-jan", "userId": "AIDABERTJAN", "arn": user()["arn"], "path": "/"}}
    log.add(
        user("admin"), "CreateUser", "iam", requestParameters={"userName": "bert-jan"}, responseElements=made
    )
    log.add(user())
    assert log.iam.users["bert-jan"].implied_by == ""


def test_the_deleted_stay_deleted(log: Log) -> None:
    """A late record of a deleted user or role does not bring it back; one with a new id does: it was made anew."""
    log.add(user())
    log.add(session())
    log.add(user("admin", "AIDAADMIN"), "DeleteUser", "iam", requestParameters={"userName": "bert-jan"})
    log.add(user("admin", "AIDAADMIN"), "DeleteRole", "iam", requestParameters={"roleName": "deployer"})
    log.add(user())
    log.add(session())
    assert (list(log.iam.users), list(log.iam.roles)) == (["admin"], [])
    log.add(user("bert-jan", "AIDANEWBERTJAN"))
    log.add(session("deployer", "AROANEWDEPLOYER"))
    assert log.iam.users["bert-jan"].id == "AIDANEWBERTJAN"
    assert log.iam.roles["deployer"].id == "AROANEWDEPLOYER"
    assert log.machine.digest() == log.again()


def test_a_former_name_is_nobody_new(log: Log) -> None:
    """A late record under the name before does not make a second user."""
    log.add(user())
    log.add(
        user("admin", "AIDAADMIN"), "UpdateUser", "iam",
        requestParameters={"userName": "bert-jan", "newUserName": "bert"},
    )  # fmt: skip
    log.add(user())
    assert list(log.iam.users) == ["admin", "bert"]


def test_a_deleted_key_stays_deleted(log: Log) -> None:
    """A late record with a deleted key does not give it back."""
    log.add(user())
    log.add(
        user("admin", "AIDAADMIN"), "DeleteAccessKey", "iam",
        requestParameters={"userName": "bert-jan", "accessKeyId": "AKIAAIDABERTJAN"},
    )  # fmt: skip
    log.add(user())
    assert log.iam.users["bert-jan"].keys == []
