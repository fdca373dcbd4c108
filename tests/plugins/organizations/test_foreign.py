"""Records of real organizations fold, whatever they leave out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from backtrail.machine import Folded
from backtrail.testing import ACCOUNT
from backtrail_aws.organizations.state import Organizations

from .org_scenario import Org


def record(name: str, params: Any = None, result: Any = None, second: int = 0, **more: Any) -> bytes:
    """A foreign record of the management account."""
    return json.dumps(
        {
            "eventVersion": "1.08",
            "userIdentity": {"type": "IAMUser", "accountId": ACCOUNT},
            "eventTime": f"2024-01-01T00:00:{second:02}Z",
            "eventSource": "organizations.amazonaws.com",
            "eventName": name,
            "awsRegion": "us-east-1",
            "requestParameters": params,
            "responseElements": result,
            "eventID": f"00000000-0000-4000-8000-{second:012}",
            "eventType": "AwsApiCall",
            "recipientAccountId": ACCOUNT,
            **more,
        }
    ).encode()


def test_an_organization_that_nobody_saw_made() -> None:
    """Units, accounts and attachments imply it; AWS's own policies are known, others are not."""
    org = Org()
    arn = f"arn:aws:organizations::{ACCOUNT}:ou/o-aa111bb222/ou-a1b2-12345678"
    made = {"organizationalUnit": {"id": "ou-a1b2-12345678", "arn": arn}}
    attach = {"policyId": "p-abcdefgh", "targetId": "ou-a1b2-12345678"}
    move = {
        "accountId": "555555555555",
        "sourceParentId": "r-a1b2",
        "destinationParentId": "ou-a1b2-12345678",
    }
    folded = [
        org.machine.apply(record("CreateOrganizationalUnit", {"name": "Dev", "parentId": "r-a1b2"}, made, 1)),
        org.machine.apply(record("AttachPolicy", attach, None, 2)),
        org.machine.apply(record("MoveAccount", move, None, 3)),
        org.machine.apply(record("CloseAccount", {"accountId": "555555555555"}, None, 4)),
    ]
    assert folded == [Folded.INFERRED, Folded.INFERRED, Folded.INFERRED, Folded.PROJECTED]
    assert (org.organization.id, org.organization.root) == ("o-aa111bb222", "r-a1b2")
    account = org.organization.accounts["555555555555"]
    assert (account.parent, account.status) == ("ou-a1b2-12345678", "SUSPENDED")
    assert org.organization.attached["ou-a1b2-12345678"] == ["p-abcdefgh"]
    found = org.machine.controls("555555555555")
    assert found is not None
    assert found.path == "o-aa111bb222/r-a1b2/ou-a1b2-12345678/"


def test_real_records_fold(trails: Path) -> None:
    """AWS's own samples and records of real accounts."""
    org = Org()
    folded: list[Folded] = []
    for file in sorted(trails.glob("*.jsonl")):
        for line in file.read_bytes().splitlines():
            if b'"organizations.amazonaws.com"' in line:
                found = json.loads(line)
                if found.get("eventSource") == "organizations.amazonaws.com":
                    folded.append(org.machine.apply(line))
    assert len(folded) > 10
    assert not org.machine.folder.broken
    state = org.machine.state(("organizations", "", ""))
    assert isinstance(state, Organizations)
    assert state.organizations["111122223333"].accounts["444455556666"].status == "ACTIVE"
    assert state.organizations["111122223333"].accounts["555555555555"].status == "SUSPENDED"
