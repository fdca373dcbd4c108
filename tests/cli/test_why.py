"""`why` on records that AWS delivered: nothing in them states a cause, so what it is inferred from is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Ask, Run

ACCOUNT = "123456789012"
STACK = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/web/5d3e7f60-0000-11ee-8000-0a0000000001"
ADA = {
    "type": "IAMUser", "userName": "ada", "arn": f"arn:aws:iam::{ACCOUNT}:user/ada", "accountId": ACCOUNT,
    "principalId": "AIDAEXAMPLE", "accessKeyId": "AKIAEXAMPLEEXAMPLE00",
}  # fmt: skip
FOR_ADA = {**ADA, "invokedBy": "cloudformation.amazonaws.com"}
SCALING = {"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}
TOKEN = "3f1c1a52-9d2e-4a8e-9a55-f1a2b3c4d5e6"


def record(
    number: int, source: str, name: str, who: dict[str, Any], params: Any, result: Any = None
) -> dict[str, Any]:
    """One record, a second after the one before."""
    return {
        "eventVersion": "1.08", "userIdentity": who, "eventTime": f"2024-01-01T00:00:{number:02}Z",
        "eventSource": f"{source}.amazonaws.com", "eventName": name, "awsRegion": "eu-west-1",
        "sourceIPAddress": "203.0.113.5", "userAgent": "x", "requestParameters": params, "responseElements": result,
        "requestID": f"R{number}", "eventID": f"0b8a3d3e-0000-4000-8000-0000000000{number:02}", "readOnly": False,
        "eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": ACCOUNT,
    }  # fmt: skip


CREATE = record(1, "cloudformation", "CreateStack", ADA, {"stackName": "web"}, {"stackId": STACK})
OTHER = record(2, "cloudformation", "CreateStack", ADA, {"stackName": "other"}, {"stackId": f"{STACK[:-1]}2"})
GROUP = record(
    3, "autoscaling", "CreateAutoScalingGroup", FOR_ADA,
    {"autoScalingGroupName": "fleet", "tags": [{"key": "aws:cloudformation:stack-id", "value": STACK}]},
)  # fmt: skip
TAGGED = record(
    4, "ec2", "RunInstances", SCALING,
    {"tagSpecificationSet": {"items": [{"resourceType": "instance", "tags": [
        {"key": "aws:autoscaling:groupName", "value": "fleet"}]}]}},
    {"instancesSet": {"items": [{"instanceId": "i-0123456789abcdef0"}]}},
)  # fmt: skip
QUEUED = record(
    5, "sqs", "CreateQueue", FOR_ADA, {"queueName": "jobs"}, {"queueUrl": f"https://sqs/{ACCOUNT}/jobs"}
)
ASKED = record(6, "servicecatalog", "ProvisionProduct", ADA, {"provisionToken": TOKEN, "name": "a-product"})
TOKENED = record(
    7, "rds", "CreateDBInstance", SCALING, {"clientRequestToken": TOKEN, "dBInstanceIdentifier": "db"}
)
ALONE = record(8, "s3", "CreateBucket", ADA, {"bucketName": "hers"})


@pytest.fixture
def foreign(run: Run, tmp_path: Path) -> str:
    """A log of delivered records."""
    records = [CREATE, OTHER, GROUP, TAGGED, QUEUED, ASKED, TOKENED, ALONE]
    (tmp_path / "trail.json").write_text(json.dumps({"Records": records}))
    assert run("import", "trail.json", "--log", "foreign.db").exit_code == 0
    return "foreign.db"


@pytest.mark.parametrize(
    ("asked", "steps"),
    [
        (TAGGED, [("RunInstances", ""), ("CreateAutoScalingGroup", "its tag aws:autoscaling:groupName"),
                  ("CreateStack", "its tag aws:cloudformation:stack-id")]),
        (QUEUED, [("CreateQueue", ""), ("CreateStack", "invokedBy cloudformation.amazonaws.com")]),
        (TOKENED, [("CreateDBInstance", ""), ("ProvisionProduct", "its client token")]),
        (ALONE, [("CreateBucket", "")]),
    ],
)  # fmt: skip
def test_a_cause_is_inferred_and_said_to_be(
    ask: Ask, foreign: str, asked: dict[str, Any], steps: list[tuple[str, str]]
) -> None:
    """By tag, by the service that acted for the caller, by token: each step names which, and none claims to be sure."""
    chain = ask("why", asked["eventID"], "--log", foreign)["chain"]
    assert [(one["action"].split()[1], one["how"]) for one in chain] == steps
    assert [one["certain"] for one in chain] == [True, *[False] * (len(chain) - 1)]


def test_the_stack_that_is_named_is_the_cause(ask: Ask, run: Run, foreign: str) -> None:
    """A tag names the very stack, though the caller made another one later; people see a question mark."""
    chain = ask("why", GROUP["eventID"], "--log", foreign)["chain"]
    assert chain[1]["event_id"] == CREATE["eventID"]
    text = run("why", GROUP["eventID"], "--log", foreign).stdout
    assert "[its tag aws:cloudformation:stack-id?]" in text and "by user ada" in text


def test_a_cause_that_is_unknown_is_an_error(run: Run, foreign: str) -> None:
    """`events --cause` takes an event of the log; an event from which nothing followed is exit code 1."""
    assert run("events", "--cause", "nobody", "--log", foreign).exit_code == 2
    assert "the log has no event nobody" in run("events", "--cause", "nobody", "--log", foreign).stderr
    assert run("events", "--cause", ALONE["eventID"], "--log", foreign).exit_code == 1
    assert run("events", "--cause", "x", "--follow", "--log", foreign).exit_code == 2


def test_nothing_found_is_an_answer_too(ask: Ask, run: Run, foreign: str) -> None:
    """Exit code 1, an empty answer in JSON, and what the log could have seen for people."""
    assert ask("why", "nothing-of-the-kind", "--log", foreign, code=1)["chain"] == []
    assert ask("trace", "nothing-of-the-kind", "--log", foreign, code=1)["tree"] is None
    said = run("why", "nothing-of-the-kind", "--log", foreign).stderr
    assert said.startswith("Nothing in this log is or changes nothing-of-the-kind.\n")
    assert "The log holds" in said
