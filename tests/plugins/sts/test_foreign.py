"""Records that AWS wrote fold, too, and the sessions they tell of are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import backtrail_aws.sts
from backtrail.machine import Folded, Machine
from backtrail.plugins import Registry
from backtrail_aws.sts.state import Session, Sessions

ROLE = "arn:aws:iam::123837392027:role/r"
ANN = {
    "type": "IAMUser",
    "principalId": "AIDAEXAMPLE",
    "arn": "arn:aws:iam::123837392027:user/ann",
    "accountId": "123837392027",
    "accessKeyId": "AKIAEXAMPLE",
    "userName": "ann",
}
CREDENTIALS = {
    "accessKeyId": "ASIAEXAMPLE",
    "sessionToken": "IQoJ...",
    "expiration": "Jul 10, 2023, 12:09:47 PM",
}


def record(
    name: str, params: dict[str, Any] | None, result: dict[str, Any] | None = None, **more: Any
) -> bytes:
    """A record as AWS would have written it."""
    return json.dumps(
        {
            "eventVersion": "1.08",
            "userIdentity": ANN,
            "eventTime": "2023-07-10T11:54:47Z",
            "eventSource": "sts.amazonaws.com",
            "eventName": name,
            "awsRegion": "us-east-1",
            "requestParameters": params,
            "responseElements": result,
            "eventID": "4bd2a6f6-dddc-49e6-ba7d-08f73e809e64",
            "recipientAccountId": "123837392027",
            **more,
        }
    ).encode()


ASSUMED = record(
    "AssumeRole",
    {
        "roleArn": ROLE,
        "roleSessionName": "s",
        "incomingTransitiveTags": {"a": "b"},
        "tags": [{"key": "c", "value": "d"}],
    },
    {
        "credentials": CREDENTIALS,
        "assumedRoleUser": {"assumedRoleId": "AROAX:s", "arn": "arn:aws:sts::123837392027:assumed-role/r/s"},
    },
)


def folded(*records: bytes) -> dict[str, Session]:
    """The sessions after some records."""
    machine = Machine(Registry([backtrail_aws.sts]))
    for one in records:
        assert machine.apply(one) in (Folded.PROJECTED, Folded.INFERRED)
    assert not machine.folder.broken, machine.folder.broken
    before = machine.digest()
    machine.reload()
    assert machine.digest() == before
    state = machine.state(("sts", "", ""))
    assert isinstance(state, Sessions)
    return state.sessions


def test_a_foreign_session_is_known_and_unproved() -> None:
    """Who it is, who asked, until when; its secret no record tells."""
    session = folded(ASSUMED)["ASIAEXAMPLE"]
    assert (session.by, session.by_key, session.account) == (ANN["arn"], "AKIAEXAMPLE", "123837392027")
    assert (session.identity.type, session.identity.principal_id) == ("AssumedRole", "AROAX:s")
    assert session.tags == {"a": "b", "c": "d"}
    from backtrail_aws.sts.state import credential

    known = credential(Sessions(sessions={"ASIAEXAMPLE": session}), "ASIAEXAMPLE")
    assert known is not None
    assert (known.secret, known.token) == (None, None)
    assert str(known.expires) == "2023-07-10 12:09:47+00:00"


def test_the_copy_for_another_account_changes_nothing() -> None:
    """AWS writes a call across accounts twice; the one that names the caller is kept, whichever comes first."""
    other = {"type": "AWSAccount", "principalId": "AIDAEXAMPLE", "accountId": "123837392027"}
    copy = json.loads(ASSUMED)
    copy["userIdentity"], copy["eventID"] = other, "11111111-dddc-49e6-ba7d-08f73e809e64"
    twin = json.dumps(copy).encode()
    for records in ((ASSUMED, twin), (twin, ASSUMED)):
        assert folded(*records)["ASIAEXAMPLE"].by == ANN["arn"]


def test_a_service_may_have_asked() -> None:
    """An AWS service that assumes a role is named by its principal."""
    copy = json.loads(ASSUMED)
    copy["userIdentity"] = {"type": "AWSService", "invokedBy": "elasticmapreduce.amazonaws.com"}
    session = folded(json.dumps(copy).encode())["ASIAEXAMPLE"]
    assert session.by == "elasticmapreduce.amazonaws.com"


def test_every_action_folds_without_its_result() -> None:
    """Nothing breaks where results are not shown, and no session is made up."""
    assert not folded(
        record("AssumeRole", {"roleArn": "nonsense", "roleSessionName": "s"}),
        record("AssumeRoleWithSAML", {"roleArn": ROLE, "principalArn": "p"}),
        record("AssumeRoleWithWebIdentity", {"roleArn": ROLE, "roleSessionName": "s"}),
        record("AssumeRoot", {"targetPrincipal": "x"}),
        record("GetFederationToken", {"name": "n"}),
        record("GetSessionToken", None),
        record("GetScopedCredentials", {"durationSeconds": 1}),
    )


def test_every_action_folds_with_keys_alone() -> None:
    """A key is enough for a session."""
    for name, params in {
        "AssumeRole": {"roleArn": "nonsense", "roleSessionName": "s"},
        "AssumeRoleWithSAML": {"roleArn": ROLE, "principalArn": "p"},
        "AssumeRoleWithWebIdentity": {"roleArn": ROLE, "roleSessionName": "s"},
        "AssumeRoot": {"targetPrincipal": "x"},
        "GetFederationToken": {"name": "n"},
        "GetSessionToken": None,
        "GetScopedCredentials": {"durationSeconds": 1},
    }.items():
        assert "K" in folded(record(name, params, {"credentials": {"accessKeyId": "K"}}, userIdentity={}))


def test_real_records_fold(trails: Path) -> None:
    """Every STS record of the real trails folds; the sessions of incident-a are who their later calls say."""
    count = 0
    for file in sorted(trails.glob("*.jsonl")):
        machine = Machine(Registry([backtrail_aws.sts]))
        for line in file.read_bytes().splitlines():
            if b'"sts.amazonaws.com"' not in line:
                continue
            assert machine.apply(line) not in (Folded.UNREADABLE, Folded.OPAQUE), line
            count += 1
        assert not machine.folder.broken, machine.folder.broken
    assert count > 300


def test_identities_are_those_that_aws_shows(trails: Path) -> None:
    """What we make of an AssumeRole record is what AWS writes into the session's own calls (incident-a).

    Where a service assumes a role, the record does not tell the role's id.
    """
    machine = Machine(Registry([backtrail_aws.sts]))
    lines = [json.loads(line) for line in (trails / "incident-a.jsonl").read_bytes().splitlines()]
    for line in lines:
        if line["eventSource"] == "sts.amazonaws.com" and line["eventName"] == "AssumeRole":
            machine.apply(json.dumps(line).encode())
    state = machine.state(("sts", "", ""))
    assert isinstance(state, Sessions)
    import msgspec

    compared = 0
    for line in lines:
        theirs = line["userIdentity"]
        session = state.sessions.get(theirs.get("accessKeyId", ""))
        if theirs.get("type") != "AssumedRole" or session is None or "invokedBy" in theirs:
            continue
        ours = json.loads(msgspec.json.encode(session.identity))
        theirs["sessionContext"].pop("ec2RoleDelivery", None)
        if "principalId" not in ours:
            del theirs["principalId"], theirs["sessionContext"]["sessionIssuer"]["principalId"]
        assert ours == theirs
        compared += 1
    assert compared > 0
