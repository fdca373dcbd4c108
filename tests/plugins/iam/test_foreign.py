"""Records that AWS made: what they imply, what they prove, and a real incident."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import backtrail_aws.iam
from backtrail import UNSET, NotInTrail
from backtrail.identity import resolve
from backtrail.machine import Folded, Machine
from backtrail.order import fold_key
from backtrail.plugins import Registry
from backtrail.testing import ACCOUNT, REGION, Scenario
from backtrail.trail import codec
from backtrail_aws.iam import api
from backtrail_aws.iam.state import Iam

REAL = ("denied-calls", "docs-examples", "incident-a", "production-a", "production-b", "techniques")


def record(action: str, params: Any, result: Any = None, **more: Any) -> bytes:
    """A record as CloudTrail delivers it."""
    made = {
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "IAMUser",
            "userName": "admin",
            "accountId": ACCOUNT,
            "principalId": "AIDAADMIN",
        },
        "eventTime": "2023-07-10T11:54:39Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": action,
        "awsRegion": "us-east-1",
        "requestParameters": params,
        "responseElements": result,
        "eventID": "ff709962-49b6-494d-8198-cdf0f7e8e666",
        "recipientAccountId": ACCOUNT,
    }
    return json.dumps(made | more).encode()


def fold(iam: Scenario, action: str, params: Any, result: Any = None, **more: Any) -> Folded:
    """Fold a foreign record; no projector may break."""
    folded = iam.machine.apply(record(action, params, result, **more))
    assert not iam.machine.folder.broken, iam.machine.folder.broken
    assert isinstance(folded, Folded)
    return folded


def test_a_role_that_nobody_saw_being_made(iam: Scenario) -> None:
    """What a record refers to is inferred, with everything else unknown and left out of answers."""
    assert fold(
        iam, "AttachRolePolicy", {"roleName": "old", "policyArn": f"arn:aws:iam::{ACCOUNT}:policy/p"}
    ) is (Folded.INFERRED)
    iam.given(api.GetRole(role_name="old"))
    role = iam.answer.role
    assert (role.arn, role.path, role.role_id) == (f"arn:aws:iam::{ACCOUNT}:role/old", UNSET, UNSET)
    assert role.assume_role_policy_document is UNSET
    iam.given(api.GetPolicy(policy_arn=f"arn:aws:iam::{ACCOUNT}:policy/p"))
    assert iam.answer.policy.attachment_count == 1
    with pytest.raises(NotInTrail):
        iam.when(api.GetPolicyVersion(policy_arn=f"arn:aws:iam::{ACCOUNT}:policy/p", version_id="v1"))


def test_the_create_fills_what_was_inferred(iam: Scenario, trust: str) -> None:
    """A create that comes after (within one second, the order is anybody's) keeps what was learnt before."""
    fold(iam, "AttachRolePolicy", {"roleName": "r", "policyArn": "arn:aws:iam::aws:policy/NobodyKnowsAccess"})
    result = {"role": {"roleId": "AROAREAL", "roleName": "r", "createDate": "Jul 10, 2023 11:54:39 AM"}}
    fold(iam, "CreateRole", {"roleName": "r", "assumeRolePolicyDocument": trust}, result)
    iam.given(api.GetRole(role_name="r"))
    assert (iam.answer.role.role_id, iam.answer.role.path) == ("AROAREAL", "/")
    iam.given(api.ListAttachedRolePolicies(role_name="r"))
    assert [one.policy_name for one in iam.answer.attached_policies] == ["NobodyKnowsAccess"]
    iam.given(api.GetPolicy(policy_arn="arn:aws:iam::aws:policy/NobodyKnowsAccess"))


def test_a_key_that_a_record_names(iam: Scenario) -> None:
    """CreateAccessKey by AWS tells a key and whose it is, not its secret: the caller is unverified."""
    result = {"accessKey": {"accessKeyId": "AKIAREALREALREALREAL", "status": "Active", "userName": "u"}}
    fold(iam, "CreateAccessKey", {"userName": "u"}, result)
    known = resolve(iam.machine, "AKIAREALREALREALREAL", REGION, iam.now)
    assert known.caller.identity.user_name == "u"
    assert (known.secret, known.caller.verified) == (None, False)
    fold(iam, "DeleteAccessKey", {"userName": "other", "accessKeyId": "AKIAOLDOLDOLDOLDOLDO"})
    iam.given(api.ListAccessKeys(user_name="other"))
    assert iam.answer.access_key_metadata == []


def test_the_caller_is_meant_where_a_record_names_nobody(iam: Scenario) -> None:
    """A record without userName is about who called."""
    fold(iam, "CreateLoginProfile", None)
    fold(iam, "ChangePassword", None)
    iam.given(api.GetLoginProfile(user_name="admin"))
    assert iam.answer.login_profile.user_name == "admin"
    fold(
        iam,
        "EnableMFADevice",
        {"userName": "AWS ROOT USER", "serialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/root-account-mfa-device"},
        userIdentity={"type": "Root", "accountId": ACCOUNT},
    )
    iam.given(api.GetAccountSummary())
    assert iam.answer.summary_map["AccountMFAEnabled"] == 1


@pytest.mark.parametrize(
    ("action", "params", "there"),
    [
        ("GetRole", {"roleName": "e"}, "roles"),
        ("DeleteRole", {"roleName": "e"}, "roles"),
        ("GetUser", {"userName": "e"}, "users"),
        ("DeleteUser", {"userName": "e"}, "users"),
        ("DeleteGroup", {"groupName": "e"}, "groups"),
        ("GetInstanceProfile", {"instanceProfileName": "e"}, "instance_profiles"),
    ],
)
def test_what_cannot_be_found_is_gone(
    iam: Scenario, trust: str, action: str, params: dict[str, str], there: str
) -> None:
    """NoSuchEntity for the thing itself proves that it is gone; any other failure proves nothing."""
    iam.given(
        api.CreateUser(user_name="e"),
        api.CreateGroup(group_name="e"),
        api.CreateRole(role_name="e", assume_role_policy_document=trust),
        api.CreateInstanceProfile(instance_profile_name="e"),
    )
    state = iam.machine.state(("iam", ACCOUNT, ""))
    assert isinstance(state, Iam)
    fold(iam, action, params, errorCode="AccessDenied")
    assert "e" in getattr(state, there)
    fold(iam, action, params, errorCode="NoSuchEntityException")
    assert "e" not in getattr(state, there)


@pytest.mark.parametrize(
    ("action", "params", "there"),
    [
        ("CreateUser", {"userName": "e"}, "users"),
        ("CreateGroup", {"groupName": "e"}, "groups"),
        ("CreateRole", {"roleName": "e", "assumeRolePolicyDocument": "{}"}, "roles"),
        ("CreateInstanceProfile", {"instanceProfileName": "e"}, "instance_profiles"),
    ],
)
def test_a_name_that_is_taken_is_somebodys(
    iam: Scenario, action: str, params: dict[str, str], there: str
) -> None:
    """EntityAlreadyExists proves that there is one of that name."""
    fold(iam, action, params, errorCode="EntityAlreadyExistsException")
    assert "e" in getattr(iam.machine.state(("iam", ACCOUNT, "")), there)


def real(trails: Path, *names: str) -> list[dict[str, Any]]:
    """The IAM records of some trails in fold order."""
    lines = (line for name in names for line in (trails / f"{name}.jsonl").read_text().splitlines())
    records = [json.loads(line) for line in lines]
    return sorted((one for one in records if one.get("eventSource") == "iam.amazonaws.com"), key=fold_key)


def test_every_real_record_folds(trails: Path) -> None:
    """No IAM record of any trail breaks the fold, no real one is unreadable, and the state survives its bytes."""
    for path in sorted(trails.glob("*.jsonl")):
        machine = Machine(Registry([backtrail_aws.iam]))
        for one in real(trails, path.stem):
            folded = machine.apply(json.dumps(one).encode())
            assert folded is not Folded.UNREADABLE or path.stem not in REAL, one
        assert not machine.folder.broken, machine.folder.broken
        before = machine.digest()
        machine.reload()
        assert machine.digest() == before


def test_our_types_hold_all_that_a_real_record_shows(trails: Path) -> None:
    """Decoded into our types and encoded again, parameters and responses are what AWS wrote."""
    checked = 0
    for one in real(trails, *REAL):
        for part, suffix in (("requestParameters", ""), ("responseElements", "Result")):
            if not one.get(part):
                continue
            kind = getattr(api, one["eventName"] + suffix)
            again = codec.builtins(codec.convert(one[part], kind))
            assert plain(again) == plain(one[part]), one["eventName"]
            checked += 1
    assert checked > 60


def plain(value: Any) -> Any:
    """A payload without the ways in which AWS spells one time."""
    if isinstance(value, dict):
        return {name: plain(held) for name, held in value.items()}
    if isinstance(value, list):
        return [plain(held) for held in value]
    return value.replace("\u202f", " ").replace(", ", " ") if isinstance(value, str) else value


def test_the_incident_is_as_its_ledger_says(trails: Path) -> None:
    """After every record, exactly the roles, policies and profiles are there that the ledger knows to be there."""
    rows = [
        row
        for row in json.loads((trails / "incident-a.ledger.json").read_text())
        if row["type"] in ("iam-role", "iam-policy", "iam-instanceprofile")
    ]
    ends = {row[part]["eventID"]: (row, part) for row in rows for part in ("created", "deleted") if row[part]}
    machine = Machine(Registry([backtrail_aws.iam]))
    there: set[tuple[str, str]] = set()
    for one in real(trails, "incident-a"):
        machine.apply(json.dumps(one).encode())
        if one["eventID"] in ends:
            row, part = ends.pop(one["eventID"])
            (there.add if part == "created" else there.discard)((row["type"], row["id"]))
        state = machine.state(("iam", "123837392027", ""))
        assert isinstance(state, Iam)
        found = {("iam-role", role.name) for role in state.roles.values()}
        found |= {("iam-policy", policy.name) for policy in state.policies.values()}
        found |= {("iam-instanceprofile", held.name) for held in state.instance_profiles.values()}
        assert found == there, one["eventID"]
    assert not ends
    state = machine.state(("iam", "123837392027", ""))
    assert isinstance(state, Iam)
    assert all(not role.implied_by and role.id for role in state.roles.values())
