"""Documents that Amazon owns: those that people call, by name, with as much of them as their pages tell.

https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-ssm-plugins.html
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from backtrail import UNSET
from backtrail_aws.ssm.state import Document, DocumentVersion

OWNER = "Amazon"
_PREFIX = re.compile(r"(AWS|Amazon|AWSSupport|AWSEC2|AWSFleetManager)[A-Za-z0-9]*-")
_RUNS: dict[str, tuple[str, str]] = {
    "AWS-RunShellScript": ("aws:runShellScript", "Run a shell script or specify the commands to run."),
    "AWS-RunPowerShellScript": (
        "aws:runPowerShellScript",
        "Run a PowerShell script or specify the paths to scripts to run.",
    ),
}
_COMMANDS = (
    "AWS-ApplyAnsiblePlaybooks", "AWS-ConfigureAWSPackage", "AWS-ConfigureDocker", "AWS-GatherSoftwareInventory",
    "AWS-RunDocument", "AWS-RunPatchBaseline", "AWS-RunRemoteScript", "AWS-UpdateSSMAgent",
    "AmazonCloudWatch-ManageAgent",
)  # fmt: skip
_AUTOMATIONS = (
    "AWS-CreateImage", "AWS-RestartEC2Instance", "AWS-StartEC2Instance", "AWS-StopEC2Instance",
    "AWS-TerminateEC2Instance",
)  # fmt: skip
_SESSIONS = (
    "AWS-StartInteractiveCommand", "AWS-StartPortForwardingSession", "AWS-StartPortForwardingSessionToRemoteHost",
    "AWS-StartSSHSession",
)  # fmt: skip


def is_amazons(name: str) -> bool:
    """Whether a name is one that only Amazon gives."""
    return _PREFIX.match(name) is not None


@cache
def known() -> dict[str, Document]:
    """All that are known here, by name. Nobody may change them."""
    made = [_document(name, "Command", _run(name)) for name in _RUNS]
    made += [_document(name, "Command", None) for name in _COMMANDS]
    made += [_document(name, "Automation", None) for name in _AUTOMATIONS]
    made += [_document(name, "Session", None) for name in _SESSIONS]
    return {one.name: one for one in sorted(made, key=lambda one: one.name)}


def _document(name: str, kind: str, content: dict[str, Any] | None) -> Document:
    text = json.dumps(content, indent=2) if content is not None else UNSET
    version = DocumentVersion(number="1", content=text, format="JSON")
    return Document(
        name=name, arn=f"arn:aws:ssm:*::document/{name}", owner=OWNER, type=kind, versions={"1": version}
    )


def _run(name: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/systems-manager/latest/userguide/walkthrough-cli.html shows their parameters."""
    action, description = _RUNS[name]
    return {
        "schemaVersion": "2.2",
        "description": description,
        "parameters": {
            "commands": {
                "type": "StringList",
                "description": "(Required) The commands to run.",
                "minItems": 1,
            },
            "workingDirectory": {
                "type": "String",
                "default": "",
                "description": "(Optional) The working directory.",
            },
            "executionTimeout": {
                "type": "String",
                "default": "3600",
                "description": "(Optional) Seconds to wait.",
            },
        },
        "mainSteps": [
            {
                "action": action,
                "name": "runCommands",
                "inputs": {
                    "runCommand": "{{ commands }}",
                    "workingDirectory": "{{ workingDirectory }}",
                    "timeoutSeconds": "{{ executionTimeout }}",
                },
            }
        ],
    }
