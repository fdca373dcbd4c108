"""Real calls of Systems Manager, decided again: the same outcomes, and records of the same members and forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.records import again
from tests.records.comparing import differences


@pytest.mark.parametrize("trail", ["incident-a", "production-a", "techniques"])
def test_our_records_look_like_the_real_ones(
    trails: Path, monkeypatch: pytest.MonkeyPatch, trail: str
) -> None:
    """Given a real trail, when its calls are made again, then our records look like it."""
    monkeypatch.setattr(again, "SERVED", {"ssm"})
    lines = (trails / f"{trail}.jsonl").read_bytes().splitlines()
    ours = [line for line in lines if json.loads(line).get("eventSource") == "ssm.amazonaws.com"]
    made = list(again.again(ours))
    assert made
    assert not {
        one.real["eventID"]: found
        for one in made
        if (found := [each for each in differences(one.real, one.ours) if not _unknown(each)])
    }


def _unknown(difference: str) -> bool:
    """What no public model has (AWS's consoles send it), what the real record hides, and no words where it has none."""
    return difference.split(" ")[0].rpartition(".")[2] in (
        "clientName", "clientSourceId", "hasCancelCommandSignature", "hasSendCommandSignature", "interactive",
        "parameters", "errorMessage",
    )  # fmt: skip
