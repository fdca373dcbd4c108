"""The order of the fold: total, the same for any arrival, causes before effects."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.ids import event_id
from backtrail.order import brief, fold_key, is_live, sort_second

SECOND = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
SOURCE = "frobnicator.amazonaws.com"
NAMES = (
    "CreateWidget",
    "PutWidget",
    "AttachWidget",
    "ModifyWidget",
    "RemoveWidget",
    "DeleteWidget",
    "ListWidgets",
)


def record(name: str, identifier: str, **more: Any) -> dict[str, Any]:
    """A foreign record of the second."""
    return {
        "eventSource": SOURCE,
        "eventName": name,
        "eventTime": "2026-03-01T12:00:05Z",
        "eventID": identifier,
        "requestParameters": None,
        "responseElements": None,
        **more,
    }


def live(name: str, micros: int, chance: int = 7, **more: Any) -> dict[str, Any]:
    """A record made here, `micros` after the second began."""
    return record(name, event_id(SECOND + timedelta(microseconds=micros), chance), **more)


def backwards(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The other way of arriving."""
    return list(reversed(records))


widgets = st.sampled_from(["w-00000001", "w-00000002", "w-00000003"])
params = st.fixed_dictionaries(
    {"widgetId": widgets, "gizmoId": st.sampled_from(["g-00000001", "g-00000002"])}
)


def made_elsewhere(name: str, identifier: UUID, request: dict[str, str], failed: bool) -> dict[str, Any]:
    """A foreign record, failed or not."""
    outcome = {"errorCode": "Oops"} if failed else {}
    return record(name, str(identifier), requestParameters=request, **outcome)


def made_here(name: str, micros: int, chance: int, request: dict[str, str]) -> dict[str, Any]:
    """A record of ours."""
    return live(name, micros, chance, requestParameters=request)


foreign = st.builds(made_elsewhere, st.sampled_from(NAMES), st.uuids(version=4), params, st.booleans())
own = st.builds(made_here, st.sampled_from(NAMES), st.integers(0, 999_999), st.integers(0, 1 << 60), params)
mixed = st.lists(st.one_of(foreign, own), max_size=12, unique_by=lambda made: made["eventID"])


@given(mixed, st.randoms(use_true_random=False))
def test_keys_are_a_total_order(records: list[dict[str, Any]], chance: Any) -> None:
    """No two records share a key, and any arrival sorts to the same list, live and foreign mixed."""
    expected = sorted(records, key=fold_key)
    assert len({fold_key(made) for made in records}) == len(records)
    chance.shuffle(records)
    assert sorted(records, key=fold_key) == expected
    for a, b, c in itertools.islice(itertools.permutations(records, 3), 50):
        if fold_key(a) < fold_key(b) < fold_key(c):
            assert fold_key(a) < fold_key(c)


@given(mixed, st.randoms(use_true_random=False))
def test_a_second_sorts_the_same_whatever_the_arrival(records: list[dict[str, Any]], chance: Any) -> None:
    """Sorting a second loses nothing, does not depend on arrival, and keeps exact times in their order."""
    expected = sort_second(records)
    chance.shuffle(records)
    again = sort_second(records)
    assert again == expected
    assert sort_second(reversed(again.records)) == expected
    assert sorted(map(fold_key, expected.records)) == sorted(map(fold_key, records))
    exact = [fold_key(made) for made in expected.records if is_live(fold_key(made))]
    assert exact == sorted(exact)


def test_a_live_record_stands_at_its_exact_time() -> None:
    """An id that carries its time keeps the order of calls, whatever they do."""
    records = [live("DeleteWidget", 1000), live("CreateWidget", 2000), live("PutWidget", 2001)]
    assert sorted(backwards(records), key=fold_key) == records
    assert all(is_live(fold_key(made)) for made in records)


def test_an_id_of_another_second_is_no_clock() -> None:
    """A UUIDv7 whose time is not the event's is an id like any other."""
    stray = {**live("CreateWidget", 1000), "eventTime": "2026-03-01T12:00:06Z"}
    assert not is_live(fold_key(stray))


def test_foreign_records_of_a_second_stand_before_the_live_ones() -> None:
    """What was imported is history that the log goes on from."""
    foreign_delete, own_create = record("DeleteWidget", "ffff"), live("CreateWidget", 1)
    assert sorted([own_create, foreign_delete], key=fold_key) == [foreign_delete, own_create]


def test_what_defines_comes_before_what_uses_and_ends() -> None:
    """Within a second: create, put and attach, other and failed, detach, delete, whatever the ids."""
    names = ["CreateWidget", "AttachWidget", "ModifyWidget", "DetachWidget", "DeleteWidget"]
    records = [record(name, chr(ord("z") - i)) for i, name in enumerate(names)]
    assert sorted(backwards(records), key=fold_key) == records
    failed = record("CreateWidget", "a", errorCode="Throttled")
    assert sorted([failed, *records], key=fold_key).index(failed) == 2


def test_a_creation_that_refers_to_more_comes_later() -> None:
    """A part names the thing that it is made in, so it comes after the thing, and is deleted before it."""
    whole = record("CreateCrate", "z", requestParameters={"size": 3})
    part = record("CreateShelf", "a", requestParameters={"crateId": "crate-0123456789abcdef0"})
    assert sorted([part, whole], key=fold_key) == [whole, part]
    gone = record("DeleteCrate", "a", requestParameters={"crateName": "c"})
    label = record("DeleteCrateLabel", "z", requestParameters={"crateName": "c", "labelName": "l"})
    assert sorted([gone, label], key=fold_key) == [label, gone]


def test_sorting_a_second_follows_real_dependencies() -> None:
    """A chain of creations, each in the one before, sorts by what uses what, against rank and id."""
    answers = [{"shelfId": f"shelf-0000000{i}"} for i in range(4)]
    chain = [
        record(
            "CreateShelf",
            f"{9 - i}",
            requestParameters={"parentId": f"shelf-0000000{i - 1}"},
            responseElements=answer,
        )
        for i, answer in enumerate(answers)
    ]
    for arrival in itertools.permutations(chain):
        assert sort_second(arrival).records == chain


def test_created_and_deleted_in_one_second_is_flagged() -> None:
    """Whether it was made anew or made and removed cannot be told, so it is said; exact times can tell."""
    request = {"widgetName": "w"}
    both = [
        record("DeleteWidget", "a", requestParameters=request),
        record("CreateWidget", "b", requestParameters=request),
    ]
    assert sort_second(both).undecidable == ["w"]
    assert [made["eventName"] for made in sort_second(both).records] == ["CreateWidget", "DeleteWidget"]
    told = [
        live("DeleteWidget", 1, requestParameters=request),
        live("CreateWidget", 2, requestParameters=request),
    ]
    assert sort_second(told).undecidable == []
    assert sort_second(reversed(told)).records == told


def test_a_circle_is_cut_at_the_lowest_key() -> None:
    """Two records that each use what the other makes still have one order."""
    a = record("CreateA", "1", requestParameters={"bName": "b-name"}, responseElements={"aId": "a-id-1"})
    b = record("CreateB", "2", requestParameters={"aId": "a-id-1"}, responseElements={"bName": "b-name"})
    assert sort_second([b, a]).records == [a, b] == sort_second([a, b]).records


def test_copies_of_one_id_are_ordered_by_content() -> None:
    """Two records that share an eventID sort the same way from both arrivals."""
    a, b = record("ModifyWidget", "same", awsRegion="a"), record("ModifyWidget", "same", awsRegion="b")
    assert sort_second([a, b]) == sort_second([b, a])


@pytest.mark.parametrize("broken", [{}, {"eventTime": "yesterday"}, {"eventTime": None, "eventID": None}])
def test_a_broken_record_has_a_key_too(broken: Mapping[str, object]) -> None:
    """Sorting never fails on what a file may hold."""
    assert fold_key(broken)[0] == 0


def test_a_brief_record_has_the_same_place(trails: Path) -> None:
    """Where few members decide, they decide as all of them do; and most records of real trails are such."""
    short = total = 0
    for path in sorted(trails.glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            record: object = msgspec.json.decode(line)
            if isinstance(record, dict):
                total += 1
                few = brief(line)
                short += few is not None
                assert few is None or fold_key(few) == fold_key(record)
    assert short > total / 2
