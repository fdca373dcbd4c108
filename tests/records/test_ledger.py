"""Who created and who deleted each resource of a real incident, asked as an audit asks it."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from backtrail.actors import Confidence, Sessions, actor, recipient
from backtrail.mentions import Mention, Verb, mentions
from backtrail.order import fold_key, sort_second

from .ledger import Row, rows

Record = dict[str, Any]
Index = dict[str, list[tuple[Mention, Record]]]


@pytest.fixture(scope="module")
def incident(trails: Path) -> list[Record]:
    """The records of the incident in fold order."""
    lines = (trails / "incident-a.jsonl").read_text().splitlines()
    return sorted((json.loads(line) for line in lines), key=fold_key)


@pytest.fixture(scope="module")
def index(incident: list[Record]) -> Index:
    """Every mention by identifier, in fold order."""
    index: Index = defaultdict(list)
    for record in incident:
        for mention in mentions(record):
            index[mention.id].append((mention, record))
    return index


@pytest.fixture(scope="module")
def ledger(trails: Path) -> list[Row]:
    """What was created and deleted, when, by which event and whom."""
    return rows(trails)


def last(index: Index, identifier: str, verb: Verb) -> Record | None:
    """The audit's question: the latest record that surely did this to the identifier."""
    found = [record for mention, record in index[identifier] if mention.verb is verb and mention.certain]
    return found[-1] if found else None


def test_every_creator_is_the_right_one(index: Index, ledger: list[Row]) -> None:
    """Each resource was created by exactly the event and the principal that the ledger names."""
    for row in ledger:
        record = last(index, row["id"], Verb.CREATED)
        assert record is not None, row["id"]
        assert record["eventID"] == row["created"]["eventID"], row["id"]
        assert actor(record).arn == row["created"]["actor"], row["id"]


def test_every_deleter_is_the_right_one(index: Index, ledger: list[Row]) -> None:
    """Each deleted resource names the ledger's event and principal; one that survived names nobody."""
    for row in ledger:
        record = last(index, row["id"], Verb.DELETED)
        if row["deleted"] is None:
            assert record is None, row["id"]
        else:
            assert record is not None, row["id"]
            assert record["eventID"] == row["deleted"]["eventID"], row["id"]
            assert actor(record).arn == row["deleted"]["actor"], row["id"]


def test_nobody_else_is_accused(index: Index, ledger: list[Row]) -> None:
    """No second event claims to have created or deleted a resource of the ledger, not even unsurely."""
    for row in ledger:
        for verb, part in ((Verb.CREATED, row["created"]), (Verb.DELETED, row["deleted"])):
            claims = {r["eventID"] for mention, r in index[row["id"]] if mention.verb is verb}
            assert claims == ({part["eventID"]} if part else set()), row["id"]


def test_what_failed_is_refused(incident: list[Record]) -> None:
    """No failed call creates, deletes or touches anything."""
    failures = [record for record in incident if record.get("errorCode")]
    assert failures
    for record in failures:
        assert {mention.verb for mention in mentions(record)} <= {Verb.REFUSED}


def test_reads_make_nothing(trails: Path) -> None:
    """No read-only record of any trail creates or deletes, and no identifier is empty or a marker."""
    for path in sorted(trails.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            record = json.loads(line)
            for mention in mentions(record):
                assert mention.id.lower() not in {"", "true", "false", "none", "null", "*", "****"}
                assert "HIDDEN_DUE_TO" not in mention.id
                if record.get("readOnly") is True:
                    assert mention.verb in (Verb.TOUCHED, Verb.REFUSED), (record["eventName"], mention)


def test_every_role_session_leads_to_its_caller(incident: list[Record]) -> None:
    """Each call of a role resolves: by access key for certain, or by principal and second."""
    sessions = Sessions()
    for record in incident:
        sessions.learn(record)
    keyed = unkeyed = 0
    for record in incident:
        if actor(record).kind != "AssumedRole":
            continue
        chain = sessions.chain(record)
        assert len(chain) > 1
        assert chain[-1].actor.kind in ("IAMUser", "AWSService", "Instance")
        if actor(record).access_key:
            keyed += 1
            assert chain[0].confidence is Confidence.CERTAIN
        else:
            unkeyed += 1
            assert chain[0].confidence is Confidence.LIKELY
    assert (keyed, unkeyed) == (69, 2)


def test_every_record_has_an_account(trails: Path) -> None:
    """The account of a record is found in all real trails, except where nothing names one."""
    for name in ("incident-a", "techniques", "classroom-2017", "production-a"):
        for line in (trails / f"{name}.jsonl").read_text().splitlines():
            assert recipient(json.loads(line))


def test_one_key_a_record_is_enough_for_causes(incident: list[Record]) -> None:
    """In fold order nothing is used before it is made or after it is deleted; whole seconds agree."""
    assert disorder(incident) == []
    seconds: dict[str, list[Record]] = defaultdict(list)
    for record in incident:
        seconds[record["eventTime"]].append(record)
    refined = [record for second in sorted(seconds) for record in sort_second(seconds[second]).records]
    assert disorder([dict(record) for record in refined]) == []
    by_id = sorted(incident, key=lambda record: (record["eventTime"], record["eventID"]))
    assert len(disorder(by_id)) > 100  # so the test can fail


def disorder(records: list[Record]) -> list[str]:
    """Identifiers that are used before they are made, or after they are deleted, within one second."""
    found: list[str] = []
    used: dict[tuple[str, str], bool] = {}
    ended: set[tuple[str, str]] = set()
    for record in records:
        for mention in mentions(record):
            place = (record["eventTime"], mention.id)
            if mention.verb is Verb.CREATED and used.get(place):
                found.append(mention.id)
            if mention.verb is Verb.DELETED:
                ended.add(place)
            if mention.verb is Verb.TOUCHED:
                used[place] = True
                if place in ended:
                    found.append(mention.id)
    return found
