"""A real incident under another rule: what does not come to be, what goes with it, and that all else stays."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from backtrail.machine import Machine
from backtrail.order import fold_key
from backtrail.plugins import installed_registry
from backtrail.store import Stored
from backtrail.whatif import Outcome, Timelines, Verdict, deny

LOST = (Outcome.BLOCKED, Outcome.FAILS, Outcome.GONE)


@pytest.fixture(scope="module")
def verdicts(trails: Path) -> list[Verdict]:
    """Every call of the incident, where nobody may create roles."""
    lines = (trails / "incident-a.jsonl").read_bytes().splitlines()
    in_order = sorted(lines, key=lambda line: fold_key(json.loads(line)))
    plugins = installed_registry()
    timelines = Timelines(Machine(plugins), Machine(plugins), rules=[deny("iam:CreateRole")])
    made: list[Verdict] = []
    for number, line in enumerate(in_order):
        entry = Stored(record=line, seq=number + 1, event_id=json.loads(line)["eventID"], origin="import")
        made.append(timelines.step(entry))
    return made


def params(verdict: Verdict) -> dict[str, Any]:
    """The recorded parameters."""
    return verdict.record.get("requestParameters") or {}


def test_no_role_comes_to_be(verdicts: list[Verdict]) -> None:
    """Every CreateRole that succeeded is denied, by the rule; those are eight roles."""
    created = [one for one in verdicts if one.action == "CreateRole" and not one.recorded]
    assert {one.outcome for one in created} == {Outcome.BLOCKED}
    assert {params(one)["roleName"] for one in created} == {
        "stratus-red-team-ec2-get-password-data-role",
        "stratus-red-team-ec2-steal-credentials-role",
        "stratus-red-team-leave-org-role",
        "stratus-red-team-remove-flow-logs-role",
        "stratus-red-team-get-usr-data-role",
        "stratus-red-team-ec2-enumerate-role",
        "stratus-red-team-ec2lui-role-pcccexdthk",
        "stratus-red-team-usr-data-role",
    }
    assert [one for one in verdicts if one.outcome is Outcome.BLOCKED] == created


def test_the_roles_are_not_assumed(verdicts: list[Verdict]) -> None:
    """Every AssumeRole of such a role fails, by bert-jan and by EC2; inspector's of an older role goes on."""
    assumed = [one for one in verdicts if one.action == "AssumeRole" and not one.recorded]
    lost = [one for one in assumed if one.changed]
    assert {one.outcome for one in lost} == {Outcome.FAILS}
    assert Counter(one.who.name for one in lost) == {"bert-jan": 8, "ec2.amazonaws.com": 4}
    assert {one.who.name for one in assumed if not one.changed} == {"inspector2.amazonaws.com"}
    roles = {str(params(one)["roleArn"]).rpartition("/")[2] for one in lost}
    assert roles < {
        params(one)["roleName"] for one in verdicts if one.action == "CreateRole" and not one.recorded
    }


def test_the_role_sessions_make_no_call(verdicts: list[Verdict]) -> None:
    """Each call in a session of such a role is gone, and names the AssumeRole that it hung on (or the CreateRole, where
    a call of the AssumeRole's own second stands before it); no other call is."""
    gone = {one.entry.event_id: one for one in verdicts if one.outcome is Outcome.GONE}
    sessions = [
        one
        for one in verdicts
        if one.who.kind == "AssumedRole" and "/aws-service-role/" not in (one.who.issuer or "")
    ]
    assert set(gone) == {one.entry.event_id for one in sessions}
    assert Counter(one.who.name.partition("/")[0] for one in gone.values()) == {
        "stratus-red-team-ec2-get-password-data-role": 29,
        "stratus-red-team-ec2-steal-credentials-role": 15,
        "stratus-red-team-get-usr-data-role": 15,
        "stratus-red-team-ec2-enumerate-role": 8,
        "stratus-red-team-leave-org-role": 1,
        "stratus-red-team-ec2lui-role-pcccexdthk": 1,
    }
    causes = {one.entry.event_id: one for one in verdicts}
    assert {causes[one.because].action for one in gone.values()} == {"AssumeRole", "CreateRole"}


def test_answers_change_because_of_them(verdicts: list[Verdict]) -> None:
    """Whatever asks for such a role, or changes it, fails; lists that would hold it have one less; a flow log that
    needed one is not made, nor deleted, and whoever asks for it is shown none."""
    roles = {params(one)["roleName"] for one in verdicts if one.action == "CreateRole" and not one.recorded}
    asking = [
        one
        for one in verdicts
        if params(one).get("roleName") in roles and not one.recorded and one.service == "iam"
    ]
    assert {one.outcome for one in asking} <= {Outcome.FAILS, Outcome.BLOCKED}
    flow = [one for one in verdicts if "FlowLogs" in one.action and one.changed]
    assert [one.action for one in flow] == [
        "CreateFlowLogs",
        "DescribeFlowLogs",
        "DeleteFlowLogs",
        "DescribeFlowLogs",
    ]
    others = [one for one in verdicts if one.outcome is Outcome.OTHERWISE]
    assert {one.action for one in others} == {
        "DescribeFlowLogs", "GetInstanceProfile", "GetPolicy", "ListEntitiesForPolicy",
    }  # fmt: skip


def test_all_else_is_unchanged(verdicts: list[Verdict]) -> None:
    """What changes mentions such a role, was made in its session, or hangs on one that does; nothing opens."""
    roles = {params(one)["roleName"] for one in verdicts if one.action == "CreateRole" and not one.recorded}
    changed = [one for one in verdicts if one.changed]
    for one in changed:
        text = json.dumps(one.record)
        about = any(role in text for role in roles) or "fl-064ed3a785e4a37ef" in text
        in_answer = one.outcome is Outcome.OTHERWISE
        assert about or in_answer or one.because, one
    assert not [one for one in changed if one.outcome in (Outcome.OPENS, Outcome.SUCCEEDS)]
    assert {one.outcome for one in changed if one.recorded} == {
        Outcome.GONE
    }  # of denied calls nobody makes any more
    assert {one.who.name for one in changed if one.outcome in LOST and one.who.kind == "IAMUser"} == {
        "bert-jan"
    }
    assert len(changed) + sum(not one.changed for one in verdicts) == 1834
    untouched = {"s3", "kms", "secretsmanager", "cloudtrail", "health", "kinesis"}
    assert not untouched & {one.service for one in changed}


def test_what_a_service_did_for_a_denied_call_goes_with_it(trails: Path) -> None:
    """Without GetSecretValue no key is asked to decrypt for it; keys for new secrets are made all the same, and where
    nobody can tell for which call a service acted, the recorded outcome stands and is said to be unknown."""
    lines = (trails / "incident-a.jsonl").read_bytes().splitlines()
    in_order = sorted(lines, key=lambda line: fold_key(json.loads(line)))
    plugins = installed_registry()
    timelines = Timelines(Machine(plugins), Machine(plugins), rules=[deny("secretsmanager:GetSecretValue")])
    made = [
        timelines.step(
            Stored(record=line, seq=number + 1, event_id=json.loads(line)["eventID"], origin="import")
        )
        for number, line in enumerate(in_order)
    ]
    changed = Counter((one.service, one.action, str(one.outcome)) for one in made if one.changed)
    # When a secret was read last is a part of its description.
    described = ("secretsmanager", "DescribeSecret", "otherwise")
    assert set(changed) - {described} == {
        ("secretsmanager", "GetSecretValue", "blocked"),
        ("kms", "Decrypt", "gone"),
    }
    assert changed["secretsmanager", "GetSecretValue", "blocked"] == 60
    gone = [one for one in made if one.outcome is Outcome.GONE]
    assert {one.who.invoked_by for one in gone} == {"secretsmanager.amazonaws.com"}
    unknown = [one for one in made if one.unknown]
    assert {one.who.invoked_by for one in unknown} <= {"secretsmanager.amazonaws.com"}
    assert len(gone) > 30
