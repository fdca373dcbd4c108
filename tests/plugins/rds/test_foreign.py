"""Records of real databases fold, whatever they leave out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backtrail.machine import Folded

from .rds_scenario import Rds, foreign

TRAILS = Path(__file__).resolve().parents[4] / "shared" / "trails"


def test_an_instance_that_nobody_saw_made() -> None:
    """Given a snapshot and a deletion of an unknown instance, then it was there, and is gone."""
    aws = Rds()
    apply = aws.machine.apply
    snapshot = {"dBInstanceIdentifier": "db", "dBSnapshotIdentifier": "exfiltration"}
    assert apply(foreign("CreateDBSnapshot", snapshot, None, 1)) is Folded.INFERRED
    share = {
        "dBSnapshotIdentifier": "exfiltration",
        "attributeName": "restore",
        "valuesToAdd": ["193672423079"],
    }
    assert apply(foreign("ModifyDBSnapshotAttribute", share, None, 2)) is Folded.PROJECTED
    assert aws.databases.snapshots["exfiltration"].shared == ["193672423079"]
    assert list(aws.databases.instances) == ["db"]
    delete = {"dBInstanceIdentifier": "db", "finalDBSnapshotIdentifier": "last", "skipFinalSnapshot": False}
    assert apply(foreign("DeleteDBInstance", delete, None, 3)) is Folded.PROJECTED
    assert list(aws.databases.instances) == []
    assert list(aws.databases.snapshots) == ["exfiltration", "last"]
    gone = {"dBSnapshotIdentifier": "last"}
    apply(foreign("DeleteDBSnapshot", gone, None, 4, errorCode="DBSnapshotNotFound"))
    assert list(aws.databases.snapshots) == ["exfiltration"]


@pytest.mark.skipif(not TRAILS.is_dir(), reason="the real trails are not here")
def test_every_write_of_the_real_trails_folds() -> None:
    """Nothing that succeeded is opaque or unreadable."""
    aws = Rds()
    seen = 0
    for path in sorted(TRAILS.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            record = json.loads(line)
            if record.get("eventSource") != "rds.amazonaws.com" or record.get("errorCode"):
                continue
            if record.get("readOnly") is True or record["eventName"].startswith(
                ("Describe", "List", "Download")
            ):
                continue
            seen += 1
            folded = aws.machine.apply(line.encode())
            assert not aws.machine.folder.broken, aws.machine.folder.broken
            assert folded in (Folded.PROJECTED, Folded.INFERRED), (line[:300], aws.machine.folder.unread)
    assert seen > 40
