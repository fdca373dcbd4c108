"""Importing trails: every form, each record once, the same order whatever the arrival."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from backtrail.store import Entry
from backtrail_eventstore import (
    ImportRefused,
    ImportReport,
    SqliteStore,
    import_trails,
    texts,
    trails_in,
    unpacking,
)

from .forms import FORMS, RECORDS, balanced, without
from .making import ACCOUNT, foreign, id_of, record, write_lines, write_trail


async def order_of(store: SqliteStore) -> list[str]:
    """The ids of all entries in fold order."""
    return [one.event_id async for some in store.replay() for one in some]


@pytest.mark.parametrize("form", sorted(FORMS))
async def test_every_form(store: SqliteStore, tmp_path: Path, form: str) -> None:
    """Each form gives the same records; texts stay as they were delivered."""
    name, data = FORMS[form]
    (tmp_path / name).write_bytes(data)
    report = balanced(await import_trails(store, [tmp_path / name]))
    assert (report.new, report.rejections, report.files, report.bytes) == (5, [], 1, len(data))
    assert sorted(await order_of(store)) == sorted(map(id_of, RECORDS))
    found = await store.get(id_of(RECORDS[2]))
    assert found is not None and found.origin == "import"
    if form == "pretty-printed":
        assert found.record != RECORDS[2] and found.record in data
    else:
        assert found.record == RECORDS[2]
    assert (await store.verify()).ok


async def test_one_record_is_a_file(store: SqliteStore, tmp_path: Path) -> None:
    """A single record, on a line or pretty-printed."""
    (tmp_path / "a.json").write_bytes(RECORDS[0])
    (tmp_path / "b.json").write_text(json.dumps(json.loads(RECORDS[1]), indent=2))
    assert balanced(await import_trails(store, [tmp_path])).new == 2


async def test_duplicates_and_conflicts(store: SqliteStore, tmp_path: Path) -> None:
    """Equal content is a duplicate however it is spelled; equal ids with other content are kept and reported."""
    respelled = json.dumps(json.loads(RECORDS[0]), sort_keys=True, indent=1).encode()
    changed = RECORDS[0].replace(b"CreateQueue", b"DeleteQueue")
    elsewhere = RECORDS[0].replace(
        b'"recipientAccountId":"%s"' % ACCOUNT.encode(), b'"recipientAccountId":"210987654321"'
    )
    assert elsewhere != RECORDS[0]
    write_lines(tmp_path / "1.jsonl", RECORDS)
    (tmp_path / "2.json").write_bytes(respelled)
    write_lines(tmp_path / "3.jsonl", [changed, elsewhere, RECORDS[1], changed])
    report = balanced(await import_trails(store, [tmp_path]))
    assert (report.new, report.duplicate, report.conflicting) == (7, 3, 2)
    assert [one.position for one in report.conflicts] == [1, 2]
    assert {one.event_id for one in report.conflicts} == {id_of(RECORDS[0])}
    again = balanced(await import_trails(store, [tmp_path]))
    assert (again.read, again.new, again.duplicate) == (10, 0, 10)
    assert store.head[0] == 7


async def test_records_without_id_or_recipient(store: SqliteStore, tmp_path: Path) -> None:
    """A missing id is a hash of the content; a missing recipient is the identity's account; the text stays."""
    lacking = without("eventID"), without("recipientAccountId")
    write_lines(tmp_path / "a.jsonl", [*lacking, json.dumps(json.loads(lacking[0]), sort_keys=True).encode()])
    report = balanced(await import_trails(store, [tmp_path / "a.jsonl"]))
    assert (report.new, report.duplicate) == (2, 1)
    found = [one async for some in store.read() for one in some]
    assert [one.record for one in found] == list(lacking)
    assert await store.index.recipients() == {ACCOUNT: 2}


async def test_importing_again_changes_nothing(store: SqliteStore, tmp_path: Path) -> None:
    """An import is idempotent: by file, by content, by another name, in another form."""
    write_trail(tmp_path / "a.json.gz", RECORDS)
    await import_trails(store, [tmp_path])
    head = store.head
    write_lines(tmp_path / "b.jsonl", RECORDS)
    (tmp_path / "c.json.gz").write_bytes((tmp_path / "a.json.gz").read_bytes())
    for _ in range(2):
        report = balanced(await import_trails(store, [tmp_path]))
        assert (report.read, report.duplicate, store.head) == (15, 15, head)


async def test_copies_of_a_file_in_one_import(store: SqliteStore, tmp_path: Path) -> None:
    """A file that lies there twice is taken once, whole, broken or empty."""
    write_trail(tmp_path / "a.json.gz", RECORDS)
    whole = (tmp_path / "a.json.gz").read_bytes()
    lines = b"\n".join(RECORDS[:2]) + b"\n{"
    for name, data in (
        ("b.json.gz", whole),
        ("c.jsonl", lines),
        ("d.jsonl", lines),
        ("e.json", b""),
        ("f.json", b""),
    ):
        (tmp_path / name).write_bytes(data)
    report = balanced(await import_trails(store, [tmp_path, tmp_path]))
    assert (report.files, report.new, store.head[0]) == (12, 5, 5)
    assert report.rejected == 8
    assert (await store.verify()).ok
    again = balanced(await import_trails(store, [tmp_path]))
    assert (again.read, again.new, again.rejected) == (report.read / 2, 0, 4)


async def test_an_interrupted_import_goes_on(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped in the middle of a file, an import called again takes the rest and notes each place once."""
    records = [foreign(number) for number in range(1000)]
    write_lines(tmp_path / "a.jsonl", records)
    monkeypatch.setattr(trails_in, "CHUNK_RECORDS", 64)

    class Stopped(Exception):
        pass

    def stop(report: ImportReport) -> None:
        if report.read > 300:
            raise Stopped

    with pytest.raises(Stopped):
        await import_trails(store, [tmp_path], progress=stop)
    taken = store.head[0]
    assert 300 < taken < 1000
    report = balanced(await import_trails(store, [tmp_path]))
    assert (report.read, report.new, report.duplicate) == (1000, 1000 - taken, taken)
    rows = await store.read_with(
        lambda connection: connection.execute(
            "select position, records from place order by position"
        ).fetchall()
    )
    assert [row[0] for row in rows] == [1 + sum(row[1] for row in rows[:at]) for at in range(len(rows))]
    assert sum(row[1] for row in rows) == 1000
    assert sorted(await order_of(store)) == sorted(map(id_of, records))


async def test_each_record_keeps_its_place(store: SqliteStore, tmp_path: Path) -> None:
    """For each record, the log knows in which file and at which position it stood, duplicates as well."""
    write_lines(tmp_path / "a.jsonl", [RECORDS[0], b"broken", RECORDS[1]])
    write_trail(tmp_path / "b.json.gz", [RECORDS[2], RECORDS[1]])
    await import_trails(store, [tmp_path])
    found = [
        [(Path(path).name, position) for path, _, position in await store.places(seq)] for seq in (1, 2, 3)
    ]
    assert found == [[("a.jsonl", 1)], [("a.jsonl", 3), ("b.json.gz", 2)], [("b.json.gz", 1)]]


async def test_an_import_before_the_last_live_record_is_refused(store: SqliteStore, tmp_path: Path) -> None:
    """What an account has lived through gets no other past; other accounts, later records, duplicates come in."""
    await store.append([Entry(record=record(500_000))])
    head = store.head
    write_lines(tmp_path / "old.jsonl", RECORDS)
    with pytest.raises(ImportRefused, match=r"old.jsonl, record 1 .*the past as it was"):
        await import_trails(store, [tmp_path / "old.jsonl"])
    assert store.head == head
    others = [foreign(number, account="210987654321") for number in range(5)]
    write_lines(tmp_path / "other.jsonl", [*others, foreign(20_000), record(500_000)])
    report = balanced(await import_trails(store, [tmp_path / "other.jsonl"]))
    assert (report.new, report.duplicate) == (6, 1)


async def test_imports_into_imports_are_welcome(store: SqliteStore, tmp_path: Path) -> None:
    """A log that holds only imports takes older ones, and the order is that of the records."""
    records = [foreign(number) for number in range(90)]
    for part, chosen in enumerate((records[60:], records[:30], records[30:60])):
        write_lines(tmp_path / f"{part}.jsonl", chosen)
        await import_trails(store, [tmp_path / f"{part}.jsonl"])
        await order_of(store)
    (tmp_path / "all").mkdir()
    async with SqliteStore.open(str(tmp_path / "all" / "x.db")) as other:
        write_lines(tmp_path / "all.jsonl", records)
        await import_trails(other, [tmp_path / "all.jsonl"])
        assert await order_of(other) == await order_of(store)


@pytest.mark.parametrize("seed", range(3))
async def test_real_records_shuffled_split_and_doubled(
    store: SqliteStore, trails: Path, tmp_path: Path, seed: int
) -> None:
    """However the records of a real incident arrive, they fold in one order."""
    lines = (trails / "incident-a.jsonl").read_bytes().splitlines()
    async with SqliteStore.open(str(tmp_path / "plain.db")) as plain:
        assert balanced(await import_trails(plain, [trails / "incident-a.jsonl"])).new == len(lines)
        expected = await order_of(plain)
    chance = random.Random(seed)
    mixed = chance.sample(lines * 2, len(lines) * 2)
    for number in range(0, len(mixed), 400):
        some = mixed[number : number + 400]
        write_trail(tmp_path / "in" / f"{chance.random()}.json.gz", some)
    report = balanced(await import_trails(store, [tmp_path / "in"]))
    assert report.new == len(lines) == report.duplicate
    assert await order_of(store) == expected


async def test_every_real_trail_comes_in(store: SqliteStore, trails: Path) -> None:
    """Real records are taken; what is not is named, and none of those is from a real account."""
    report = balanced(await import_trails(store, [trails]))
    assert report.new > 5500
    real = (
        "incident-a",
        "production-a",
        "production-b",
        "techniques",
        "classroom-2017",
        "denied-calls",
        "custodian",
    )
    assert not [one for one in report.rejections if Path(one.file).stem in real]
    await store.index.refresh()
    assert (await store.verify()).ok


async def test_large_documents_are_streamed(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A document that is larger than what is held in memory is taken record by record."""
    monkeypatch.setattr(texts, "WHOLE_BYTES", 100_000)
    monkeypatch.setattr(texts, "_FIRST_BYTES", 50_000)
    monkeypatch.setattr(texts, "MAX_RECORD_BYTES", 20_000)
    monkeypatch.setattr(unpacking, "PIECE_BYTES", 7_777)
    records = [foreign(number, params={"text": "ünï" * 50}) for number in range(2000)]
    write_trail(tmp_path / "a.json.gz", records)
    (tmp_path / "b.json").write_bytes(b"[" + b" ,\n".join(records) + b"]\n")
    report = balanced(await import_trails(store, [tmp_path]))
    assert (report.new, report.duplicate, report.rejected) == (2000, 2000, 0)
    found = await store.get(id_of(records[1234]))
    assert found is not None and found.record == records[1234]


async def test_progress_is_told(store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller hears how far an import is, with counts that only grow."""
    monkeypatch.setattr(trails_in, "CHUNK_RECORDS", 10)
    write_lines(tmp_path / "a.jsonl", [foreign(number) for number in range(95)])
    heard: list[tuple[int, str]] = []
    await import_trails(store, [tmp_path], progress=lambda report: heard.append((report.read, report.file)))
    assert heard == sorted(heard) and heard[-1] == (95, str(tmp_path / "a.jsonl")) and len(heard) >= 10
