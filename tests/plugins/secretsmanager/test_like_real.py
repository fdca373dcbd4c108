"""Real calls of Secrets Manager, decided again: the same outcomes, and records of the same members and forms."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from tests.records import again
from tests.records.comparing import differences


@pytest.mark.parametrize("trail", ["incident-a", "production-a", "techniques"])
def test_our_records_look_like_the_real_ones(
    trails: Path, monkeypatch: pytest.MonkeyPatch, trail: str
) -> None:
    """Given a real trail, when its calls are made again, then they end alike, and their records look alike."""
    monkeypatch.setattr(again, "SERVED", {"secretsmanager"})
    lines = (trails / f"{trail}.jsonl").read_bytes().splitlines()
    ours = [line for line in lines if json.loads(line).get("eventSource") == "secretsmanager.amazonaws.com"]
    made = list(again.again(ours))

    assert made
    assert not {
        one.real["eventID"]: found for one in made if (found := list(differences(one.real, one.ours)))
    }
    if trail == "incident-a":
        counted = Counter(one.name.removeprefix("secretsmanager:") for one in made)
        assert counted["CreateSecret"] == counted["PutSecretValue"] == 20
        assert counted["GetSecretValue"] == 60
        unlike = Counter(one.name for one in made if not one.agrees)
        # no record tells a value: none is put, and there is none to get
        assert unlike.keys() <= {"secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"}
