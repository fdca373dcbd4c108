"""Corrections (`addendum`, UPDATED_DATA): both records are kept, the fold has what the correction brought."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backtrail.folded import Folded
from backtrail.machine import Machine
from backtrail_cli.server.running import registry
from backtrail_eventstore import SqliteStore, export_trails, import_trails
from backtrail_eventstore.amendments import corrected, original

from .making import foreign, id_of

PARAMS = {"userName": "ann"}


def made(number: int, action: str = "CreateUser", **given: Any) -> dict[str, Any]:
    """A record of IAM."""
    whole: dict[str, Any] = json.loads(foreign(number, region="us-east-1"))
    return whole | {
        "eventSource": "iam.amazonaws.com", "eventName": action, "requestParameters": PARAMS,
        "responseElements": None, "readOnly": False,
    } | given  # fmt: skip


def correction(number: int, of: str, fields: str | None = "responseElements", **given: Any) -> dict[str, Any]:
    """A record that corrects another."""
    addendum = {"reason": "UPDATED_DATA", "originalEventID": of}
    return made(number, addendum=addendum | ({"updatedFields": fields} if fields else {}), **given)


USER = {"user": {"userName": "ann", "userId": "AIDACORRECTED0000000"}}


async def taken(store: SqliteStore, folder: Path, *records: dict[str, Any]) -> Any:
    """Import records; the report."""
    path = folder / f"{records[0]['eventID']}.json"
    path.write_text(json.dumps({"Records": records}))
    return await import_trails(store, [path])


async def folded(store: SqliteStore) -> Machine:
    """What the log folds to."""
    machine = Machine(registry())
    async for entries in store.replay():
        for entry in entries:
            machine.apply(entry.record, entry.note, entry.sealed)
    return machine


def users(machine: Machine) -> dict[str, Any]:
    """The users of the account."""
    (state,) = (state for place, state in machine.states_of("iam") if place[1] == "123456789012")
    held: Any = state
    return dict(held.users.items())


@pytest.mark.parametrize("fields", ["responseElements", "responseElements.user, requestID", None])
async def test_the_correction_replaces_what_was_wrong(
    store: SqliteStore, tmp_path: Path, fields: str | None
) -> None:
    """In the fold the first record has the answer that it lacked; the correction makes nothing of its own."""
    report = await taken(
        store,
        tmp_path,
        made(1),
        correction(9, id_of(foreign(1)), fields, responseElements=USER),
        made(12, "DeleteUser"),
    )

    assert (report.new, report.corrections, report.rejected) == (3, 1, 0)
    machine = await folded(store)
    assert "ann" not in users(machine)  # deleted between: it did not come to be again
    assert machine.report()["iam", "CreateUser"] == {Folded.PROJECTED: 1, Folded.READ: 1}


async def test_it_counts_from_the_first_records_time_on(store: SqliteStore, tmp_path: Path) -> None:
    """What came after the first record met the corrected account."""
    await taken(store, tmp_path, made(1), correction(9, id_of(foreign(1)), responseElements=USER))
    machine = await folded(store)
    assert users(machine)["ann"].id == "AIDACORRECTED0000000"
    delivered = [entry.record async for entries in store.replay(corrected=False) for entry in entries]
    assert [json.loads(one)["responseElements"] for one in delivered] == [None, USER]


async def test_both_stay_as_they_were_delivered(store: SqliteStore, tmp_path: Path) -> None:
    """An export has both; imported again, they fold the same."""
    (tmp_path / "given").mkdir()
    await taken(store, tmp_path / "given", made(1), correction(9, id_of(foreign(1)), responseElements=USER))
    await export_trails(store, tmp_path / "out")
    async with SqliteStore.open(str(tmp_path / "other.db")) as other:
        assert (await import_trails(other, [tmp_path / "out"])).new == 2
        assert (await folded(other)).digest() == (await folded(store)).digest()


async def test_it_may_come_first_or_alone(store: SqliteStore, tmp_path: Path) -> None:
    """Alone it stands for the record that is not there; once that comes, it corrects it."""
    await taken(store, tmp_path, correction(9, id_of(foreign(1)), responseElements=USER))
    assert users(await folded(store))["ann"].id == "AIDACORRECTED0000000"
    await taken(store, tmp_path, made(1))
    machine = await folded(store)
    assert users(machine)["ann"].id == "AIDACORRECTED0000000"
    assert machine.report()["iam", "CreateUser"] == {Folded.PROJECTED: 1, Folded.READ: 1}


async def test_what_was_kept_for_later_folds_is_dropped(store: SqliteStore, tmp_path: Path) -> None:
    """A snapshot of a State that had folded the uncorrected record is used no more."""
    from backtrail.store import Snapshot, StateKey

    await taken(store, tmp_path, made(1), made(6, requestParameters={"userName": "bob"}))
    key = StateKey(service="iam", account="123456789012", region="", kind="k", source="s")
    await store.index.refresh_order()
    await store.save_state(key, Snapshot(position=2, state=b"state"))
    assert await store.load_state(key) is not None
    await taken(store, tmp_path, correction(9, id_of(foreign(1)), responseElements=USER))
    assert await store.load_state(key) is None


@pytest.mark.parametrize(
    "addendum",
    ["text", {}, {"reason": "DELIVERY_DELAY", "originalEventID": "x"}, {"reason": "UPDATED_DATA"}, None, 3],
)
async def test_others_correct_nothing(store: SqliteStore, tmp_path: Path, addendum: object) -> None:
    """A record that is merely late, or whose addendum says nothing, is a record like any other."""
    late = made(1, addendum=addendum, userAgent="UPDATED_DATA")
    assert original(json.dumps(late).encode()) is None
    report = await taken(store, tmp_path, late)
    assert (report.new, report.corrections) == (1, 0)
    if not (isinstance(addendum, dict) and addendum.get("reason") == "UPDATED_DATA"):
        assert "ann" in users(await folded(store))


def test_members_are_brought_by_path() -> None:
    """Named members alone, however deep; one that the correction lacks is taken away."""
    first = {"eventID": "a", "requestParameters": {"a": 1, "b": 2}, "errorCode": "Oops"}
    second = {
        "eventID": "b", "requestParameters": {"a": 3, "b": 4},
        "addendum": {"reason": "UPDATED_DATA", "updatedFields": "requestParameters.a, errorCode, x.y"},
    }  # fmt: skip
    found = json.loads(corrected(json.dumps(first).encode(), json.dumps(second).encode()))
    assert found == {"eventID": "a", "requestParameters": {"a": 3, "b": 2}}
