"""Systems Manager as boto3 sees it over a real socket: every operation that is served."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[..., Any]
ACCOUNT = "123456789012"
CONTENT = json.dumps(
    {
        "schemaVersion": "2.2",
        "description": "runs",
        "mainSteps": [{"action": "aws:runShellScript", "name": "run", "inputs": {"runCommand": ["id"]}}],
    }
)


def refused(call: Callable[..., Any], **params: Any) -> tuple[str, str]:
    """The code and the words of a call that is refused."""
    with pytest.raises(ClientError) as error:
        call(**params)
    answer = error.value.response["Error"]
    return answer["Code"], answer["Message"]


def test_parameters(client: Client) -> None:
    """Put, read in every way, labelled, tagged and deleted."""
    ssm = client("ssm")
    made = ssm.put_parameter(
        Name="/app/db", Value="s3cr3t", Type="SecureString", Tags=[{"Key": "a", "Value": "b"}]
    )
    assert (made["Version"], made["Tier"]) == (1, "Standard")
    code, words = refused(ssm.put_parameter, Name="/app/db", Value="x", Type="String")
    assert code == "ParameterAlreadyExists" and "overwrite option" in words
    assert ssm.put_parameter(Name="/app/db", Value="new", Overwrite=True)["Version"] == 2
    ssm.put_parameter(Name="/app/x/y", Value="1,2", Type="StringList")
    found = ssm.get_parameter(Name="/app/db", WithDecryption=True)["Parameter"]
    assert (found["Value"], found["Version"], found["Type"], found["DataType"]) == (
        "new",
        2,
        "SecureString",
        "text",
    )
    assert found["ARN"].endswith(f":{ACCOUNT}:parameter/app/db") and found["LastModifiedDate"]
    assert ssm.get_parameter(Name="/app/db")["Parameter"]["Value"] != "new"
    several = ssm.get_parameters(Names=["/app/db:1", "/none"], WithDecryption=True)
    assert [one["Value"] for one in several["Parameters"]] == ["s3cr3t"]
    assert several["InvalidParameters"] == ["/none"]
    pages = ssm.get_paginator("get_parameters_by_path").paginate(
        Path="/app", Recursive=True, WithDecryption=True, PaginationConfig={"PageSize": 1}
    )
    assert [one["Name"] for page in pages for one in page["Parameters"]] == ["/app/db", "/app/x/y"]
    filters = [{"Key": "Name", "Option": "BeginsWith", "Values": ["/app/x"]}]
    assert [one["Name"] for one in ssm.describe_parameters(ParameterFilters=filters)["Parameters"]] == [
        "/app/x/y"
    ]
    labelled = ssm.label_parameter_version(Name="/app/db", ParameterVersion=1, Labels=["old", "9"])
    assert (labelled["InvalidLabels"], labelled["ParameterVersion"]) == (["9"], 1)
    history = ssm.get_parameter_history(Name="/app/db", WithDecryption=True)["Parameters"]
    assert [(one["Value"], one["Labels"]) for one in history] == [("s3cr3t", ["old"]), ("new", [])]
    away = ssm.unlabel_parameter_version(Name="/app/db", ParameterVersion=1, Labels=["old"])
    assert away["RemovedLabels"] == ["old"]
    named = {"ResourceType": "Parameter", "ResourceId": "/app/db"}
    ssm.add_tags_to_resource(**named, Tags=[{"Key": "c", "Value": "d"}])
    ssm.remove_tags_from_resource(**named, TagKeys=["a"])
    assert ssm.list_tags_for_resource(**named)["TagList"] == [{"Key": "c", "Value": "d"}]
    ssm.delete_parameter(Name="/app/db")
    assert refused(ssm.get_parameter, Name="/app/db")[0] == "ParameterNotFound"
    gone = ssm.delete_parameters(Names=["/app/x/y", "/app/db"])
    assert (gone["DeletedParameters"], gone["InvalidParameters"]) == (["/app/x/y"], ["/app/db"])


def test_public_parameters_name_images_of_ec2(client: Client) -> None:
    """Amazon Linux's newest image is one that EC2 has."""
    ssm, ec2 = client("ssm"), client("ec2")
    names = ("al2023-ami-kernel-default-x86_64", "amzn2-ami-hvm-x86_64-gp2")
    for name in names:
        image = ssm.get_parameter(Name=f"/aws/service/ami-amazon-linux-latest/{name}")["Parameter"]["Value"]
        assert ec2.describe_images(ImageIds=[image])["Images"][0]["Name"].startswith(name.split("-")[0])


def test_documents(client: Client) -> None:
    """Made, read, changed, shared, listed and deleted."""
    ssm = client("ssm")
    made = ssm.create_document(Name="doc", Content=CONTENT, DocumentType="Command")["DocumentDescription"]
    assert (made["Status"], made["DefaultVersion"], made["Owner"]) == ("Creating", "1", ACCOUNT)
    ssm.update_document(Name="doc", Content=CONTENT.replace("id", "ls"), DocumentVersion="$LATEST")
    changed = ssm.update_document_default_version(Name="doc", DocumentVersion="2")
    assert changed["Description"] == {"Name": "doc", "DefaultVersion": "2"}
    assert "ls" in ssm.get_document(Name="doc")["Content"]
    assert ssm.describe_document(Name="doc")["Document"]["LatestVersion"] == "2"
    assert len(ssm.list_document_versions(Name="doc")["DocumentVersions"]) == 2
    listed = ssm.list_documents(Filters=[{"Key": "Owner", "Values": ["Self"]}])["DocumentIdentifiers"]
    assert [one["Name"] for one in listed] == ["doc"]
    share = {"Name": "doc", "PermissionType": "Share"}
    ssm.modify_document_permission(**share, AccountIdsToAdd=["444455556666"])
    assert ssm.describe_document_permission(**share)["AccountIds"] == ["444455556666"]
    assert refused(ssm.delete_document, Name="doc")[0] == "InvalidDocumentOperation"
    ssm.modify_document_permission(**share, AccountIdsToRemove=["444455556666"])
    ssm.delete_document(Name="doc")
    assert refused(ssm.describe_document, Name="doc")[0] == "InvalidDocument"


def test_commands_to_an_instance(client: Client) -> None:
    """Sent to an instance that EC2 has, looked at while nobody takes them, and cancelled."""
    ssm, ec2 = client("ssm"), client("ec2")
    code, words = refused(
        ssm.send_command, InstanceIds=["i-05c30218156bcc246"], DocumentName="AWS-RunShellScript"
    )
    assert code == "InvalidInstanceId" and "not in a valid state for account" in words
    run = ec2.run_instances(ImageId="ami-0123456789abcdef0", MinCount=1, MaxCount=1)
    instance = run["Instances"][0]["InstanceId"]
    sent = ssm.send_command(
        InstanceIds=[instance],
        DocumentName="AWS-RunShellScript",
        Parameters={"commands": ["id"]},
        TimeoutSeconds=60,
    )["Command"]
    assert (sent["Status"], sent["TargetCount"], sent["Parameters"]) == ("Pending", 1, {"commands": ["id"]})
    one = ssm.get_command_invocation(CommandId=sent["CommandId"], InstanceId=instance)
    assert (one["Status"], one["ResponseCode"], one["StandardOutputContent"]) == ("Pending", -1, "")
    assert [each["CommandId"] for each in ssm.list_commands()["Commands"]] == [sent["CommandId"]]
    ssm.cancel_command(CommandId=sent["CommandId"])
    invocations = ssm.list_command_invocations(CommandId=sent["CommandId"])["CommandInvocations"]
    assert [each["Status"] for each in invocations] == ["Cancelled"]
    assert ssm.describe_instance_information()["InstanceInformationList"] == []
    assert refused(ssm.start_session, Target=instance)[0] == "TargetNotConnected"
    ssm.terminate_session(SessionId="none-0123456789abcdef0")
    assert ssm.describe_sessions(State="Active")["Sessions"] == []
    item = {"TypeName": "AWS:File", "SchemaVersion": "1.0", "CaptureTime": "2024-01-01T00:00:00Z"}
    ssm.put_inventory(InstanceId=instance, Items=[{**item, "Content": [{"Name": "a"}]}])
    entries = ssm.list_inventory_entries(InstanceId=instance, TypeName="AWS:File")
    assert entries["Entries"] == [{"Name": "a"}] and len(ssm.get_inventory()["Entities"]) == 1
    ssm.put_compliance_items(
        ResourceId=instance, ResourceType="ManagedInstance", ComplianceType="Custom:Ab",
        ExecutionSummary={"ExecutionTime": 1_700_000_000},
        Items=[{"Severity": "LOW", "Status": "COMPLIANT", "Id": "1"}],
    )  # fmt: skip
    items = ssm.list_compliance_items(ResourceIds=[instance])["ComplianceItems"]
    assert [each["Status"] for each in items] == ["COMPLIANT"]


def test_maintenance_windows(client: Client) -> None:
    """Made with targets and tasks, read, changed and deleted."""
    ssm = client("ssm")
    window = ssm.create_maintenance_window(
        Name="window", Schedule="cron(0 2 ? * SUN *)", Duration=3, Cutoff=1, AllowUnassociatedTargets=False
    )["WindowId"]
    named = {"WindowId": window}
    target = ssm.register_target_with_maintenance_window(
        **named, ResourceType="INSTANCE", Targets=[{"Key": "tag:a", "Values": ["b"]}]
    )["WindowTargetId"]
    task = ssm.register_task_with_maintenance_window(
        **named, TaskArn="AWS-RunShellScript", TaskType="RUN_COMMAND", MaxConcurrency="2", MaxErrors="1",
        Targets=[{"Key": "WindowTargetIds", "Values": [target]}],
        TaskInvocationParameters={"RunCommand": {"Parameters": {"commands": ["id"]}}},
    )["WindowTaskId"]  # fmt: skip
    assert [one["WindowTargetId"] for one in ssm.describe_maintenance_window_targets(**named)["Targets"]] == [
        target
    ]
    assert [one["Type"] for one in ssm.describe_maintenance_window_tasks(**named)["Tasks"]] == ["RUN_COMMAND"]
    ssm.update_maintenance_window(**named, Enabled=False)
    ssm.update_maintenance_window_target(**named, WindowTargetId=target, Name="target")
    ssm.update_maintenance_window_task(**named, WindowTaskId=task, Priority=3)
    told = ssm.get_maintenance_window_task(**named, WindowTaskId=task)
    assert (told["Priority"], told["TaskInvocationParameters"]["RunCommand"]["Parameters"]) == (
        3,
        {"commands": ["id"]},
    )
    found = ssm.get_maintenance_window(**named)
    assert (found["Enabled"], found["Schedule"], found["Cutoff"]) == (False, "cron(0 2 ? * SUN *)", 1)
    assert [one["WindowId"] for one in ssm.describe_maintenance_windows()["WindowIdentities"]] == [window]
    code = refused(ssm.deregister_target_from_maintenance_window, **named, WindowTargetId=target, Safe=True)[
        0
    ]
    assert code == "TargetInUseException"
    ssm.deregister_task_from_maintenance_window(**named, WindowTaskId=task)
    ssm.deregister_target_from_maintenance_window(**named, WindowTargetId=target)
    assert ssm.delete_maintenance_window(**named)["WindowId"] == window
    assert refused(ssm.get_maintenance_window, **named)[0] == "DoesNotExistException"


def test_patch_baselines(client: Client) -> None:
    """Made, given to a group, made the default, read, changed and deleted."""
    ssm = client("ssm")
    rules = {
        "PatchRules": [
            {
                "PatchFilterGroup": {"PatchFilters": [{"Key": "PRODUCT", "Values": ["*"]}]},
                "ApproveAfterDays": 7,
            }
        ]
    }
    baseline = ssm.create_patch_baseline(Name="base", OperatingSystem="UBUNTU", ApprovalRules=rules)[
        "BaselineId"
    ]
    named = {"BaselineId": baseline}
    ssm.register_patch_baseline_for_patch_group(**named, PatchGroup="g")
    group = {"PatchGroup": "g", "OperatingSystem": "UBUNTU"}
    assert ssm.get_patch_baseline_for_patch_group(**group)["BaselineId"] == baseline
    assert [one["PatchGroup"] for one in ssm.describe_patch_groups()["Mappings"]] == ["g"]
    assert ssm.get_patch_baseline(**named)["ApprovalRules"] == rules
    assert ssm.update_patch_baseline(**named, Description="d")["Description"] == "d"
    standard = ssm.get_default_patch_baseline(OperatingSystem="UBUNTU")["BaselineId"]
    ssm.register_default_patch_baseline(**named)
    owners = [{"Key": "OWNER", "Values": ["Self"]}]
    listed = ssm.describe_patch_baselines(Filters=owners)["BaselineIdentities"]
    assert [(one["BaselineId"], one["DefaultBaseline"]) for one in listed] == [(baseline, True)]
    assert refused(ssm.delete_patch_baseline, **named)[0] == "ResourceInUseException"
    ssm.register_default_patch_baseline(BaselineId=standard)
    ssm.deregister_patch_baseline_for_patch_group(**named, PatchGroup="g")
    assert ssm.delete_patch_baseline(**named)["BaselineId"] == baseline
