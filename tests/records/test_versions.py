"""Records of every version that CloudTrail ever wrote."""

from __future__ import annotations

import json
from pathlib import Path

from backtrail.folded import Folded
from backtrail.machine import Machine
from backtrail.order import fold_key
from backtrail_cli.server.running import registry

VERSIONS = {f"1.{minor:02}" for minor in range(1, 12)} | {"1.0"}

REAL = ("versions", "incident-a", "classroom-2017", "production-a", "production-b")
"""Not the samples of documentation, which leave out what does not matter to them."""


def test_every_version_folds(trails: Path) -> None:
    """1.0 to 1.11: none is unreadable, and what changed the account is told from what only looked at it."""
    lines = [line for name in REAL for line in (trails / f"{name}.jsonl").read_bytes().splitlines()]
    met: dict[str, set[Folded]] = {}
    machine = Machine(registry())
    for line in sorted(lines, key=lambda line: fold_key(json.loads(line))):
        version = json.loads(line).get("eventVersion")
        if version in VERSIONS:
            met.setdefault(version, set()).add(machine.apply(line))

    assert met.keys() == VERSIONS
    assert not machine.folder.broken
    for version, outcomes in met.items():
        assert Folded.UNREADABLE not in outcomes, (version, list(machine.folder.unread))
    changed = {version for version, outcomes in met.items() if outcomes & {Folded.PROJECTED, Folded.INFERRED}}
    assert VERSIONS - changed <= {"1.06", "1.10"}  # of which there are reads alone
