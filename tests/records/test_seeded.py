"""A trail that arrives in any order, in pieces, twice, or not whole: seeded, `BACKTRAIL_SEED=7` repeats one run."""

from __future__ import annotations

import gzip
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backtrail.actors.session import Session
from backtrail.actors.sessions import Confidence
from backtrail.folded import Folded
from backtrail.gaps import Gap, Missing
from backtrail.machine import Machine
from backtrail.plugins import Registry
from backtrail_cli import folding, lineages
from backtrail_cli.incidents import EXAMPLE
from backtrail_cli.server.running import registry
from backtrail_eventstore import SqliteStore, import_trails

SEEDS = [int(os.environ["BACKTRAIL_SEED"])] if "BACKTRAIL_SEED" in os.environ else [1, 2, 3]


@pytest.fixture(scope="module")
def plugins() -> Registry:
    """All of them, loaded once."""
    return registry()


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    """The incident that ships with the project."""
    return gzip.decompress(EXAMPLE.read_bytes()).splitlines()


async def folded(plugins: Registry, folder: Path, name: str) -> Machine:
    """The account that a folder of files folds to."""
    machine = Machine(plugins)
    async with SqliteStore.open(str(folder / f"{name}.db")) as store:
        report = await import_trails(store, [folder / name])
        assert report.read == report.new + report.duplicate
        await folding.fold(machine, store)
    return machine


def scatter(chance: random.Random, lines: list[bytes], folder: Path) -> None:
    """Write records in any order over files of any form, some of them twice or more."""
    mixed = lines + chance.choices(lines, k=len(lines) // 2)
    chance.shuffle(mixed)
    number = 0
    while mixed:
        some = [mixed.pop() for _ in range(min(len(mixed), chance.randint(1, 30)))]
        inner = folder / f"{chance.randrange(4)}"
        inner.mkdir(parents=True, exist_ok=True)
        number += 1
        match chance.randrange(3):
            case 0:
                path = inner / f"{number}.json.gz"
                path.write_bytes(gzip.compress(b'{"Records":[' + b",".join(some) + b"]}"))
            case 1:
                (inner / f"{number}.jsonl").write_bytes(b"\n".join(some))
            case _:
                events = [{"EventId": "x", "CloudTrailEvent": one.decode()} for one in some]
                (inner / f"{number}.json").write_text(json.dumps({"Events": events}))


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_same_records_give_the_same_account(
    plugins: Registry, lines: list[bytes], tmp_path: Path, seed: int
) -> None:
    """However they are ordered, split, doubled and wrapped: one digest."""
    chance = random.Random(seed)
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "all.jsonl").write_bytes(b"\n".join(lines))
    scatter(chance, lines, tmp_path / "mixed")
    plain, mixed = await folded(plugins, tmp_path, "plain"), await folded(plugins, tmp_path, "mixed")
    assert plain.digest() == mixed.digest(), f"seed {seed}"


@pytest.mark.parametrize("seed", SEEDS)
async def test_real_records_give_the_same_account(
    plugins: Registry, trails: Path, tmp_path: Path, seed: int
) -> None:
    """The same for a real incident."""
    lines = (trails / "incident-a.jsonl").read_bytes().splitlines()
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "all.jsonl").write_bytes(b"\n".join(lines))
    scatter(random.Random(seed), lines, tmp_path / "mixed")
    plain, mixed = await folded(plugins, tmp_path, "plain"), await folded(plugins, tmp_path, "mixed")
    assert plain.digest() == mixed.digest(), f"seed {seed}"


def fold(plugins: Registry, lines: list[bytes]) -> Machine:
    """Records in order, folded."""
    machine = Machine(plugins)
    for line in lines:
        machine.apply(line)
    return machine


def leaves(machine: Machine) -> dict[tuple[str, ...], Any]:
    """All of a state, but for what is counted of every record: a path to each value."""
    found: dict[tuple[str, ...], Any] = {}
    for place in machine.places():
        if not place[0].startswith("backtrail."):
            tree = msgspec.to_builtins(machine.state(place), str_keys=True, enc_hook=_plain)
            found.update(_leaves((*place,), tree))
    return found


def _plain(value: Any) -> Any:
    return dict(value) if hasattr(value, "items") else str(value)


def _leaves(path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from _leaves((*path, str(key)), one)
    else:
        yield path, value


@pytest.mark.parametrize("seed", SEEDS)
def test_a_lost_record_changes_only_what_depends_on_it(
    plugins: Registry, lines: list[bytes], seed: int
) -> None:
    """Whatever differs without a record is under, or holds, something that the record names."""
    chance = random.Random(seed)
    whole = leaves(fold(plugins, lines))
    differed = 0
    for lost in chance.sample(range(len(lines)), 25):
        text = lines[lost].decode().lower()
        without = leaves(fold(plugins, lines[:lost] + lines[lost + 1 :]))
        for path in whole.keys() | without.keys():
            if whole.get(path) != without.get(path):
                differed += 1
                held = (*path, *map(str, (whole.get(path), without.get(path))))
                known = [one for one in held if len(one) > 3 and _names(one.lower()) & _words(text)]
                assert known, f"seed {seed}: {path} depends on {text}"
    assert differed


def _names(text: str) -> set[str]:
    return {
        text,
        *text.replace("'", " ").replace("/", " ").replace(",", " ").replace(":", " ").split(),
    } - _COMMON


def _words(text: str) -> set[str]:
    return set("".join(one if one.isalnum() or one in "-_.@" else " " for one in text).split())


_COMMON = {"none", "true", "false", "iam", "s3", "sts", "sqs", "logs", "sns", "arn", "aws", "us-east-1"}


def test_a_missing_creation_is_reported(plugins: Registry, lines: list[bytes]) -> None:
    """Without the CreateUser of a trail its user is inferred, and the report names it with the record that shows it."""
    assert "backup-operator" not in {one.id for one in fold(plugins, lines).folder.gaps.found}
    rest = [line for line in lines if not (b'"CreateUser"' in line and b"backup-operator" in line)]
    found = {one.id: one for one in fold(plugins, rest).folder.gaps.found}
    assert found["backup-operator"].missing is Missing.CREATION
    assert found["backup-operator"].event_id in {json.loads(line)["eventID"] for line in rest}


def _record(name: str, second: int, **more: Any) -> bytes:
    account = "111122223333"
    return json.dumps(
        {
            "eventVersion": "1.08", "eventTime": f"2024-01-01T00:00:{second:02}Z", "eventName": name,
            "eventSource": "iam.amazonaws.com", "awsRegion": "us-east-1", "recipientAccountId": account,
            "eventID": f"00000000-0000-4000-8000-{second:012}", "responseElements": None, "readOnly": False,
            "userIdentity": {"type": "Root", "accountId": account, "arn": f"arn:aws:iam::{account}:root"}, **more,
        }
    ).encode()  # fmt: skip


@pytest.mark.parametrize("action", ["GetUser", "DeleteUser"])
def test_a_missing_deletion_that_a_refusal_proves_is_reported(plugins: Registry, action: str) -> None:
    """Who was made and is not found later was deleted meanwhile, though no record tells."""
    params = {"userName": "Eve"}
    machine = fold(plugins, [_record("CreateUser", 1, requestParameters=params)])
    refused = _record(
        action, 2, requestParameters=params, errorCode="NoSuchEntityException", errorMessage="no such user"
    )
    assert machine.apply(refused) is Folded.FAILED
    event_id = json.loads(refused)["eventID"]
    assert machine.folder.gaps.found == [Gap(Missing.DELETION, "iam", "Eve", event_id)]
    machine.apply(_record("GetUser", 3, requestParameters=params, errorCode="NoSuchEntityException"))
    assert machine.folder.gaps.counts == {Missing.CREATION: 0, Missing.DELETION: 1}


async def _maintenance(folder: Path, lines: list[bytes], name: str) -> Session:
    (folder / f"{name}.jsonl").write_bytes(b"\n".join(lines))
    async with SqliteStore.open(str(folder / f"{name}.db")) as store:
        await import_trails(store, [folder / f"{name}.jsonl"])
        family = await lineages.gather(store)
        (found,) = [one for one in family.sessions if "payroll-admin" in one.name]
        return found


async def test_a_missing_assume_role_is_reported(lines: list[bytes], tmp_path: Path) -> None:
    """With it a role's session leads for certain to its caller; without it, it is said what is missing."""
    whole = await _maintenance(tmp_path, lines, "whole")
    assert (whole.origin.confidence, whole.origin.missing) == (Confidence.CERTAIN, None)
    rest = [line for line in lines if not (b'"AssumeRole"' in line and b"payroll-admin" in line)]
    assert len(rest) < len(lines)
    lost = await _maintenance(tmp_path, rest, "lost")
    assert lost.origin.confidence is not Confidence.CERTAIN
    assert lost.origin.missing
