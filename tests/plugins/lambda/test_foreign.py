"""Records that AWS wrote fold, too: with hidden code and environments, and from the middle of a function's life."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import backtrail_aws.lambda_
from backtrail import UNSET, NotInTrail
from backtrail.machine import Folded, Machine
from backtrail.plugins import Registry
from backtrail.testing import Scenario
from backtrail_aws.lambda_ import api
from backtrail_aws.lambda_.state import Functions

ACCOUNT, REGION = "111122223333", "eu-west-1"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"


def record(
    name: str, params: dict[str, Any] | None, result: dict[str, Any] | None = None, **more: Any
) -> bytes:
    """A record as AWS would have written it."""
    return json.dumps(
        {
            "eventVersion": "1.09",
            "userIdentity": {"type": "IAMUser", "principalId": "AIDAEXAMPLE", "accountId": ACCOUNT},
            "eventTime": "2023-11-07T23:59:11Z",
            "eventSource": "lambda.amazonaws.com",
            "eventName": name,
            "awsRegion": REGION,
            "requestParameters": params,
            "responseElements": result,
            "eventID": "a1b2c3d4-5678-40ab-9cde-0123456789ab",
            "recipientAccountId": ACCOUNT,
            **more,
        }
    ).encode()


def folded(*records: bytes) -> tuple[Functions, list[Folded], Machine]:
    """The state after some records."""
    machine = Machine(Registry([backtrail_aws.lambda_]))
    outcomes = [machine.apply(one) for one in records]
    assert not machine.folder.broken, machine.folder.broken
    machine.reload()
    state = machine.state(("lambda", ACCOUNT, REGION))
    assert isinstance(state, Functions)
    return state, outcomes, machine


CREATED = {
    "functionName": "f", "functionArn": ARN, "runtime": "python3.10", "role": f"arn:aws:iam::{ACCOUNT}:role/r",
    "handler": "f.h", "codeSize": 258, "codeSha256": "yoqgXJ3G1ROsFXLUfkxIKHbCiKf2eKCiIkxoktNUoNE=",
    "lastModified": "2023-11-07T23:59:11.000+0000", "timeout": 20, "memorySize": 128, "version": "$LATEST",
    "state": "Pending", "environment": {}, "revisionId": "7e710d48-c7d2-419c-b0bb-2f014bb742d8",
}  # fmt: skip
CREATE = record(
    "CreateFunction20150331",
    {
        "functionName": "f", "runtime": "python3.10", "role": f"arn:aws:iam::{ACCOUNT}:role/r", "handler": "f.h",
        "code": {"s3Bucket": "b", "s3Key": "k"}, "environment": {}, "timeout": 20, "publish": False,
    },
    CREATED,
)  # fmt: skip


def test_a_created_function_is_known_but_for_its_code() -> None:
    """What the record tells is answered; what it hides is not made up, and nothing runs."""
    aws = Scenario(backtrail_aws.lambda_, account=ACCOUNT, region=REGION)
    assert aws.machine.apply(CREATE) is Folded.PROJECTED
    aws.given(api.GetFunction(function_name="f"))
    config = aws.answer.configuration
    assert (config.timeout, config.code_size, config.state) == (20, 258, "Active")
    assert config.environment == api.EnvironmentResponse(variables=UNSET)
    with pytest.raises(NotInTrail):
        aws.when(api.Invoke(function_name="f"))


def test_an_update_of_an_unknown_function_implies_it() -> None:
    """It stands there with what the record told, and its create fills it."""
    update = record(
        "UpdateFunctionConfiguration20150331v2",
        {"functionName": ARN, "layers": [f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:l:1"]},
        {
            "functionName": "f",
            "layers": [{"arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:l:1", "codeSize": 9}],
        },
    )
    state, outcomes, _ = folded(update)
    assert outcomes == [Folded.INFERRED]
    config = state.functions["f"].latest.config
    assert config.layers is not UNSET and config.layers[0].code_size == 9
    assert config.timeout is UNSET
    state, _, _ = folded(update, CREATE)
    assert state.functions["f"].latest.config.timeout == 20


def test_an_event_of_aws_is_not_run_here() -> None:
    """An asynchronous invocation in a trail was AWS's to run."""
    invoke = record("Invoke", {"functionName": "f", "invocationType": "Event"})
    state, _, machine = folded(CREATE, invoke)
    assert state.events == {} and machine.folder.timers.next() is None


def test_a_failure_proves_that_something_is_gone() -> None:
    """Who is told that there is no such function, alias or mapping proves it; denials prove nothing."""
    gone = record("DeleteFunction20150331", {"functionName": "f"}, errorCode="ResourceNotFoundException")
    denied = record("DeleteFunction20150331", None, errorCode="AccessDenied")
    assert "f" in folded(CREATE, denied)[0].functions
    assert "f" not in folded(CREATE, gone)[0].functions


def test_permissions_without_their_statement() -> None:
    """A principal that the record names is kept; one that it does not name is not made up."""
    told = {"functionName": "f", "statementId": "s", "action": "lambda:*", "principal": "222233334444"}
    state, _, _ = folded(CREATE, record("AddPermission20150331v2", told))
    assert [one.sid for one in state.functions["f"].policies[""].statements] == ["s"]
    state, _, _ = folded(CREATE, record("AddPermission20150331v2", {"functionName": "f"}))
    assert state.functions["f"].policies == {}


def test_a_session_of_somebody_else_is_not_lambdas() -> None:
    """Only what Lambda itself assumed, with a secret that is known here, is a function's."""
    assumed = record(
        "AssumeRole", {"roleArn": "arn:aws:iam::1:role/r", "roleSessionName": "f"},
        {"credentials": {"accessKeyId": "ASIA1", "sessionToken": "x", "expiration": "Jul 10, 2023, 12:09:47 PM"}},
        eventSource="sts.amazonaws.com", userIdentity={"type": "AWSService", "invokedBy": "lambda.amazonaws.com"},
    )  # fmt: skip
    assert folded(assumed)[0].sessions == {}


def test_real_records_fold(trails: Path) -> None:
    """Every Lambda record of the real trails folds."""
    count = 0
    for file in sorted(trails.glob("*.jsonl")):
        for line in file.read_bytes().splitlines():
            if b'"lambda.amazonaws.com"' not in line or b'"eventSource"' not in line:
                continue
            if json.loads(line).get("eventSource") != "lambda.amazonaws.com":
                continue
            machine = Machine(Registry([backtrail_aws.lambda_]))
            assert machine.apply(line) not in (Folded.UNREADABLE, Folded.OPAQUE), line
            assert not machine.folder.broken
            count += 1
    assert count >= 20
