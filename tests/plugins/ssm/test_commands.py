"""Commands and sessions, which no agent takes."""

from __future__ import annotations

from backtrail.trail.times import SpacedTime
from backtrail_aws.ssm import api

from .ssm_scenario import INSTANCE, Ssm

SCRIPT = "AWS-RunShellScript"


def sent(aws: Ssm) -> str:
    """The id of a command to the instance."""
    params = {"commands": ["id"], "executionTimeout": ["600"]}
    call = api.SendCommand(document_name=SCRIPT, instance_ids=[INSTANCE], parameters=params)
    identifier: str = aws.did(call).command.command_id
    return identifier


def test_a_command_waits_until_its_delivery_times_out() -> None:
    """Given a managed instance, when a command is sent to it, then it is pending, and later timed out."""
    aws = Ssm()
    plain = api.SendCommand(document_name=SCRIPT, instance_ids=[INSTANCE])
    words = f"Instances [[{INSTANCE}]] not in a valid state for account 123456789012"
    aws.when(plain).refused("InvalidInstanceId", words)
    aws.heard()
    command = sent(aws)
    shown = aws.record["responseElements"]["command"]
    assert shown["parameters"] == "HIDDEN_DUE_TO_SECURITY_REASONS"
    assert (shown["status"], shown["targetCount"], shown["timeoutSeconds"]) == ("Pending", 1, 3600)
    assert shown["expiresAfter"] == "Jan 1, 2024 1:10:02 AM"
    one = aws.did(api.GetCommandInvocation(command_id=command, instance_id=INSTANCE))
    assert (one.status, one.response_code) == ("Pending", -1)
    assert aws.did(api.ListCommands()).commands[0].parameters["commands"] == ["id"]
    assert len(aws.did(api.ListCommandInvocations(command_id=command)).command_invocations) == 1
    other = api.GetCommandInvocation(command_id=command, instance_id="i-1")
    aws.when(other).refused("InvocationDoesNotExist")
    aws.later(hours=2)
    found = aws.did(api.ListCommands(command_id=command)).commands[0]
    assert (found.status, found.delivery_timed_out_count) == ("TimedOut", 1)
    by = api.CommandFilter(key="Status", value="TimedOut")
    assert len(aws.did(api.ListCommands(filters=[by])).commands) == 1
    aws.when(api.ListCommands(filters=[api.CommandFilter(key="x", value="y")])).refused("InvalidFilterKey")
    aws.when(api.ListCommands(command_id="none")).refused("InvalidCommandId")
    aws.replays()


def test_a_command_is_cancelled() -> None:
    """Given a command that waits, when it is cancelled, then so it stands."""
    aws = Ssm()
    aws.heard()
    command = sent(aws)
    aws.given(api.CancelCommand(command_id=command))
    one = aws.did(api.GetCommandInvocation(command_id=command, instance_id=INSTANCE))
    assert one.status == aws.did(api.ListCommands()).commands[0].status == "Cancelled"
    aws.when(api.CancelCommand(command_id="none")).refused("InvalidCommandId")
    aws.replays()


def test_what_cannot_be_sent_is_refused() -> None:
    """Given wrong targets, documents or parameters, then no command is sent; targets by tag may be nobody."""
    aws = Ssm()
    aws.heard()
    target = [api.Target(key="tag:a", values=["b"])]
    for call, code in (
        (api.SendCommand(document_name=SCRIPT), "ValidationException"),
        (api.SendCommand(document_name="none", instance_ids=[INSTANCE]), "InvalidDocument"),
        (api.SendCommand(document_name="AWS-StopEC2Instance", instance_ids=[INSTANCE]), "InvalidDocument"),
        (
            api.SendCommand(document_name=SCRIPT, instance_ids=[INSTANCE], parameters={"x": ["y"]}),
            "InvalidParameters",
        ),
    ):
        aws.when(call).refused(code)
    nobody = aws.did(api.SendCommand(document_name=SCRIPT, targets=target)).command
    assert (nobody.status_details, nobody.target_count) == ("NoInstancesInTag", 0)
    tag = [api.Tag(key="a", value="b")]
    aws.given(api.AddTagsToResource(resource_type="ManagedInstance", resource_id=INSTANCE, tags=tag))
    assert aws.did(api.SendCommand(document_name=SCRIPT, targets=target)).command.target_count == 1
    assert len(aws.did(api.ListCommandInvocations()).command_invocations) == 1
    aws.replays()


def test_sessions_begin_and_end() -> None:
    """Given an instance whose agent was heard of, when a session begins and ends, then history tells of it."""
    aws = Ssm()
    aws.when(api.StartSession(target=INSTANCE)).refused("TargetNotConnected")
    aws.heard()
    session = aws.did(api.StartSession(target=INSTANCE, reason="look")).session_id
    shown = aws.record["responseElements"]
    assert "tokenValue" not in shown and shown["sessionId"] == session
    assert [one.session_id for one in aws.did(api.DescribeSessions(state="Active")).sessions] == [session]
    aws.given(api.TerminateSession(session_id=session))
    ended = aws.did(api.DescribeSessions(state="History")).sessions
    assert [(one.status, one.reason) for one in ended] == [("Terminated", "look")]
    by = api.SessionFilter(key="Target", value="x")
    assert not aws.did(api.DescribeSessions(state="History", filters=[by])).sessions
    aws.replays()


def test_inventory_and_compliance() -> None:
    """Given what was put of an instance, then it is listed; an item without content keeps the old one."""
    aws = Ssm()
    item = api.InventoryItem(
        type_name="AWS:Application", schema_version="1.1", capture_time="2024-01-01T00:00:00Z",
        content_hash="h", content=[{"Name": "vim"}],
    )  # fmt: skip
    aws.when(api.PutInventory(instance_id=INSTANCE, items=[item])).refused("InvalidInstanceId")
    aws.heard()
    aws.given(api.PutInventory(instance_id=INSTANCE, items=[item]))
    later = api.InventoryItem(
        type_name="AWS:Application", schema_version="1.1", capture_time="2024-01-02T00:00:00Z"
    )
    aws.given(api.PutInventory(instance_id=INSTANCE, items=[later]))
    entries = aws.did(api.ListInventoryEntries(instance_id=INSTANCE, type_name="AWS:Application"))
    assert (entries.entries, entries.capture_time) == ([{"Name": "vim"}], "2024-01-02T00:00:00Z")
    assert list(aws.did(api.GetInventory()).entities[0].data) == ["AWS:Application"]
    put = api.PutComplianceItems(
        resource_id=INSTANCE, resource_type="ManagedInstance", compliance_type="Custom:X",
        execution_summary=api.ComplianceExecutionSummary(execution_time=_now(aws)),
        items=[api.ComplianceItemEntry(id="1", severity="LOW", status="COMPLIANT")],
    )  # fmt: skip
    aws.given(put)
    assert [one.id for one in aws.did(api.ListComplianceItems(resource_ids=[INSTANCE])).compliance_items] == [
        "1"
    ]
    found = aws.did(api.DescribeInstanceInformation()).instance_information_list
    assert [(one.instance_id, one.platform_type) for one in found] == [(INSTANCE, "Linux")]
    aws.replays()


def _now(aws: Ssm) -> SpacedTime:
    return SpacedTime.of(aws.now)
