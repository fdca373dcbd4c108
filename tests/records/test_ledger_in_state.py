"""At any second of a real incident, the folded state holds what its ledger says is there, and nothing that is gone."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from backtrail.machine import Folded, Machine
from backtrail.order import fold_key
from backtrail_cli.server.running import registry

from .ledger import ended, moments, rows, there

SEEDS = [int(os.environ["BACKTRAIL_SEED"])] if "BACKTRAIL_SEED" in os.environ else [1, 2, 3]
GONE = ("shutting-down", "terminated")

HELD: dict[str, tuple[str, Callable[[Any], Iterable[str]]]] = {
    "elastic-ip": ("ec2", lambda state: state.addresses.elastic_ips),
    "flow-log": ("ec2", lambda state: state.gateways.flow_logs),
    "iam-instanceprofile": ("iam", lambda state: (one.name for one in state.instance_profiles.values())),
    "iam-policy": ("iam", lambda state: (one.name for one in state.policies.values())),
    "iam-role": ("iam", lambda state: (one.name for one in state.roles.values())),
    "instance": ("ec2", lambda state: _but(state.compute.instances, lambda one: one.state in GONE)),
    "internet-gateway": ("ec2", lambda state: state.network.internet_gateways),
    "log-group": ("logs", lambda state: state.groups),
    "nat-gateway": ("ec2", lambda state: _but(state.gateways.nat, lambda one: one.deleted is not UNSET)),
    "network-interface": ("ec2", lambda state: state.addresses.interfaces),
    "route-table": ("ec2", lambda state: state.network.route_tables),
    "s3-bucket": ("s3", lambda state: state.buckets),
    "secret": (
        "secretsmanager",
        lambda state: (one.arn for one in state.secrets.values() if one.deleted is UNSET),
    ),
    "ssm-parameter": ("ssm", lambda state: state.parameters),
    "subnet": ("ec2", lambda state: state.network.subnets),
    "trail": ("cloudtrail", lambda state: (one.name for one in state.trails.values())),
    "vpc": ("ec2", lambda state: state.network.vpcs),
}
"""The ledger's types: whose State holds them, and how they are called there."""


def _but(held: Any, gone: Callable[[Any], bool]) -> Iterable[str]:
    return (identifier for identifier, one in held.items() if not gone(one))


def found(machine: Machine) -> dict[str, set[str]]:
    """What is there, by the ledger's types."""
    return {
        kind: {name for _, state in machine.states_of(service) for name in names(state)}
        for kind, (service, names) in HELD.items()
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_every_row_holds_at_seeded_moments(trails: Path, seed: int) -> None:
    """Each of the 108 resources is there or gone: before it was made, while it was, and after its deletion."""
    incident = [json.loads(line) for line in (trails / "incident-a.jsonl").read_text().splitlines()]
    ledger = ended(rows(trails), incident)
    coming = iter(sorted(incident, key=fold_key))
    record: dict[str, Any] | None = next(coming)
    machine = Machine(registry())
    seen: dict[str, set[bool]] = {row["id"]: set() for row in ledger}
    for moment in moments(ledger, seed):
        while record is not None and datetime.fromisoformat(record["eventTime"]) <= moment:
            assert machine.apply(json.dumps(record).encode()) is not Folded.UNREADABLE
            record = next(coming, None)
        held = found(machine)
        for row in ledger:
            expected = there(row, moment)
            assert (row["id"] in held[row["type"]]) == expected, f"{row['type']} {row['id']} at {moment}"
            seen[row["id"]].add(expected)
    assert not machine.folder.broken
    assert all(answers == {True, False} for answers in seen.values())
