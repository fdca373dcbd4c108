"""Records that AWS wrote fold, too."""

from __future__ import annotations

import json
from pathlib import Path

import backtrail_aws.ssm
from backtrail.folded import Folded
from backtrail.machine import Machine
from backtrail.plugins import Registry
from backtrail_aws.ssm.state import Ssm

from .ssm_scenario import ACCOUNT, INSTANCE, REGION, record


def folded(*records: bytes) -> Ssm:
    """What is known after some records."""
    machine = Machine(Registry([backtrail_aws.ssm]))
    for one in records:
        assert machine.apply(one) in (Folded.PROJECTED, Folded.INFERRED)
    assert not machine.folder.broken
    state = machine.state(("ssm", ACCOUNT, REGION))
    assert isinstance(state, Ssm)
    return state


def test_a_hidden_value_is_unknown() -> None:
    """Given a real PutParameter, then the parameter is there, and its value is not what hides it."""
    put = {"name": "/a", "value": "HIDDEN_DUE_TO_SECURITY_REASONS", "type": "SecureString", "overwrite": True}
    state = folded(
        record(1, "PutParameter", put, {"version": 7, "tier": "Standard"}),
        record(2, "LabelParameterVersion", {"name": "/a", "parameterVersion": 3, "labels": ["x"]}),
    )
    held = state.parameters["/a"]
    assert [one.number for one in held.versions] == [3, 7] and held.versions[0].labels == ["x"]
    assert "HIDDEN" not in repr(held) and held.versions[1].key == "alias/aws/ssm"


def test_an_agent_tells_of_its_instance() -> None:
    """Given an agent's records, then instance, association, inventory and compliance are known."""
    result = {"executionDate": "Jul 10, 2023, 11:57:45 AM", "status": "Success", "executionSummary": "done"}
    state = folded(
        record(1, "UpdateInstanceInformation", {"instanceId": INSTANCE, "iPAddress": "10.0.1.10"}),
        record(
            2, "UpdateInstanceAssociationStatus",
            {"associationId": "a", "instanceId": INSTANCE, "executionResult": result},
        ),
        record(
            3, "PutInventory",
            {
                "instanceId": INSTANCE,
                "items": [{"typeName": "AWS:Network", "schemaVersion": "1.0", "captureTime": "2023-07-10T11:57:45Z"}],
            },
        ),
    )  # fmt: skip
    held = state.instances[INSTANCE]
    assert held.address == "10.0.1.10" and held.associations["a"].status == "Success"
    assert list(held.inventory) == ["AWS:Network"]


def test_a_command_is_known_by_its_answer() -> None:
    """Given a real SendCommand, then its id and its instances are known, its parameters not."""
    asked = {
        "documentName": "AWS-RunShellScript",
        "instanceIds": [INSTANCE],
        "parameters": "HIDDEN_DUE_TO_SECURITY_REASONS",
    }
    command = {**asked, "commandId": "c", "expiresAfter": "Jul 10, 2023 1:57:16 PM", "timeoutSeconds": 3600}
    state = folded(record(1, "SendCommand", asked, {"command": command}))
    assert state.commands["c"].reached == [INSTANCE] and "HIDDEN" not in repr(state.commands["c"])


def test_a_failed_delete_proves_that_a_parameter_is_gone() -> None:
    """Given a parameter, when it cannot be deleted because it is not there, then it is gone."""
    machine = Machine(Registry([backtrail_aws.ssm]))
    machine.apply(record(1, "PutParameter", {"name": "a", "type": "String"}, {"version": 1}))
    machine.apply(record(2, "DeleteParameter", {"name": "a"}, errorCode="ParameterNotFound"))
    state = machine.state(("ssm", ACCOUNT, REGION))
    assert isinstance(state, Ssm) and len(state.parameters) == 0


def test_real_trails_fold(trails: Path) -> None:
    """Every write of Systems Manager's that succeeded in the real trails is projected; nothing is unreadable."""
    machine = Machine(Registry([backtrail_aws.ssm]))
    count = 0
    for path in sorted(trails.glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            if b"ssm.amazonaws.com" not in line:
                continue
            shown = json.loads(line)
            if shown.get("eventSource") != "ssm.amazonaws.com":
                continue
            result = machine.apply(line)
            assert result is not Folded.UNREADABLE, line
            if not shown.get("readOnly") and not shown.get("errorCode"):
                assert result in (Folded.PROJECTED, Folded.INFERRED), (result, line)
                count += 1
    assert count > 100 and not machine.folder.broken
