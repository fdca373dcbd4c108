"""Importing trails: every form, every fault named, counts that balance, the same order whatever the arrival."""

from __future__ import annotations

import gzip
import json
import os
import random
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from making import ACCOUNT, foreign, id_of, record, write_lines, write_trail

from backtrail.store import Entry
from backtrail_eventstore import (
    Code,
    ImportRefused,
    ImportReport,
    SqliteStore,
    import_trails,
    texts,
    trails_in,
    unpacking,
)


def balanced(report: ImportReport) -> ImportReport:
    """The report, after its counts were added up."""
    assert report.read == report.new + report.duplicate + report.rejected
    assert sum(report.by_code.values()) == report.rejected
    return report


async def order_of(store: SqliteStore) -> list[str]:
    """The ids of all entries in fold order."""
    return [one.event_id async for some in store.replay() for one in some]


RECORDS = [foreign(number) for number in range(5)]
TEXTS = [one.decode() for one in RECORDS]


def _event(text: str) -> dict[str, object]:
    return {"EventId": id_of(text.encode()), "EventName": "x", "CloudTrailEvent": text}


def _bridge(text: str) -> str:
    return (
        json.dumps({"version": "0", "id": "i", "detail-type": "t", "source": "aws.sqs"})[:-1]
        + f',"detail":{text}}}'
    )


FORMS: dict[str, tuple[str, bytes]] = {
    "trail file": ("a.json", b'{"Records":[' + b",".join(RECORDS) + b"]}"),
    "trail file, packed": ("a.json.gz", gzip.compress(b'{"Records":[' + b",".join(RECORDS) + b"]}")),
    "packed, whatever its name": ("a.json", gzip.compress(b'{"Records":[' + b",".join(RECORDS) + b"]}")),
    "two packed members": (
        "a.jsonl.gz",
        gzip.compress(RECORDS[0] + b"\n") + gzip.compress(b"\n".join(RECORDS[1:])),
    ),
    "lines": ("a.jsonl", b"\n".join(RECORDS) + b"\n"),
    "lines without the last end": ("a.jsonl", b"\n".join(RECORDS)),
    "lines with returns and gaps": ("a.jsonl", b"\r\n\r\n".join(RECORDS)),
    "lines, packed": ("a.jsonl.gz", gzip.compress(b"\n".join(RECORDS))),
    "lines in a file named json": ("a.json", b"\n".join(RECORDS)),
    "a byte order mark": ("a.json", b"\xef\xbb\xbf" + b'{"Records":[' + b",".join(RECORDS) + b"]}"),
    "array": ("a.json", b"[" + b",\n".join(RECORDS) + b"]"),
    "pretty-printed": (
        "a.json",
        json.dumps({"Records": [json.loads(one) for one in RECORDS]}, indent=4).encode(),
    ),
    "documents without ends": ("a.json", b"".join(RECORDS)),
    "trail files, one a line": ("a.jsonl", b"\n".join(b'{"Records":[%s]}' % one for one in RECORDS)),
    "LookupEvents": (
        "a.json",
        json.dumps({"NextToken": "n", "Events": [_event(one) for one in TEXTS]}).encode(),
    ),
    "LookupEvents' array": ("a.json", json.dumps([_event(one) for one in TEXTS]).encode()),
    "EventBridge": ("a.jsonl", "\n".join(_bridge(one) for one in TEXTS).encode()),
    "EventBridge' array": ("a.json", f"[{','.join(_bridge(one) for one in TEXTS)}]".encode()),
    "CloudWatch Logs, delivered": (
        "a.json",
        json.dumps(
            {"messageType": "DATA_MESSAGE", "logEvents": [{"id": "1", "message": one} for one in TEXTS]}
        ).encode(),
    ),
    "CloudWatch Logs, asked for": (
        "a.json",
        json.dumps({"events": [{"message": one} for one in TEXTS]}).encode(),
    ),
}


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


def _nested(levels: int) -> bytes:
    return foreign(0, params={"x": 1}).replace(b'{"x":1}', b"[" * levels + b"]" * levels)


def _without(name: str) -> bytes:
    content = json.loads(RECORDS[0])
    del content[name]
    return json.dumps(content).encode()


def _with(**members: object) -> bytes:
    return json.dumps({**json.loads(RECORDS[0]), **members}).encode()


LINES = b"\n".join(RECORDS)

FAULTS: dict[str, tuple[str, bytes, dict[Code, int], int]] = {
    "empty": ("a.json", b"", {Code.EMPTY: 1}, 0),
    "blank": ("a.json", b" \n\n", {Code.EMPTY: 1}, 0),
    "empty, packed": ("a.json.gz", gzip.compress(b""), {Code.EMPTY: 1}, 0),
    "truncated gz": ("a.jsonl.gz", gzip.compress(LINES, 0)[:-200], {Code.TRUNCATED_GZ: 1}, 4),
    "truncated gz of a trail file": (
        "a.json.gz",
        gzip.compress(b'{"Records":[' + b",".join(RECORDS) + b"]}", 0)[:-200],
        {Code.TRUNCATED_GZ: 1},
        4,
    ),
    "damaged gz": ("a.json.gz", gzip.compress(LINES)[:-6] + b"\0" * 6, {Code.DAMAGED_GZ: 1}, 5),
    "gz of nothing but a head": ("a.json.gz", b"\x1f\x8b", {Code.TRUNCATED_GZ: 1}, 0),
    "no gz after its head": ("a.json.gz", b"\x1f\x8b" + b"x" * 50, {Code.DAMAGED_GZ: 1}, 0),
    "not UTF-8": ("a.jsonl", "Zürich, größer".encode("latin-1") + b"\n", {Code.NOT_UTF8: 1}, 0),
    "not UTF-8 in one line": ("a.jsonl", LINES.replace(b"queue-2", b"queue-\xff"), {Code.NOT_UTF8: 1}, 4),
    "UTF-16": ("a.json", TEXTS[0].encode("utf-16"), {Code.NOT_UTF8: 1}, 0),
    "binary": ("a.json", os.urandom(1000) + b"\0\1\2", {Code.BINARY: 1}, 0),
    "a text": ("a.json", b'"only a text"', {Code.WRONG_TOP_LEVEL: 1}, 0),
    "a number": ("a.json", b"17", {Code.WRONG_TOP_LEVEL: 1}, 0),
    "another document": ("a.json", b'{"hello": "world"}', {Code.WRONG_TOP_LEVEL: 1}, 0),
    "records that are none": ("a.json", b'{"Records": [1, "x", null, {}]}', {Code.WRONG_TOP_LEVEL: 4}, 0),
    "records that are no list": ("a.json", b'{"Records": {"a": 1}}', {Code.WRONG_TOP_LEVEL: 1}, 0),
    "not JSON": ("a.json", b"time,source\n1,2\n", {Code.NOT_JSON: 1}, 0),
    "half a line at the end": ("a.jsonl", LINES[:-40], {Code.CUT_OFF: 1}, 4),
    "half a line in the middle": (
        "a.jsonl",
        b"\n".join([*RECORDS[:2], RECORDS[2][:100], *RECORDS[3:]]),
        {Code.CUT_OFF: 1},
        4,
    ),
    "half a line first": (
        "a.jsonl",
        RECORDS[0][500:] + b"\n" + b"\n".join(RECORDS[1:]),
        {Code.NOT_JSON: 1},
        4,
    ),
    "a trail file cut off": ("a.json", b'{"Records":[' + b",".join(RECORDS)[:-30], {Code.CUT_OFF: 1}, 4),
    "a trail file without its end": ("a.json", b'{"Records":[' + b",".join(RECORDS), {Code.CUT_OFF: 1}, 5),
    "a trail file broken inside": (
        "a.json",
        b'{"Records":[' + RECORDS[0] + b"," + RECORDS[1].replace(b":", b"=", 3) + b"]}",
        {Code.NOT_JSON: 1},
        1,
    ),
    "too deep": ("a.json", _nested(200), {Code.TOO_DEEP: 1}, 0),
    "far too deep": ("a.json", _nested(100_000), {Code.TOO_DEEP: 1}, 0),
    "far too deep, in a trail file": (
        "a.json",
        b'{"Records":[' + _nested(100_000) + b"]}",
        {Code.TOO_DEEP: 1},
        0,
    ),
    "too large": ("a.json", _with(requestParameters={"x": "y" * 1_100_000}), {Code.TOO_LARGE: 1}, 0),
    "no eventTime": ("a.json", _without("eventTime"), {Code.NO_EVENT_TIME: 1}, 0),
    "no eventSource": ("a.json", _without("eventSource"), {Code.NO_EVENT_SOURCE: 1}, 0),
    "no eventName": ("a.json", _without("eventName"), {Code.NO_EVENT_NAME: 1}, 0),
    "a time that is none": ("a.json", _with(eventTime="yesterday"), {Code.NO_EVENT_TIME: 1}, 0),
    "wrong types": (
        "a.jsonl",
        b"\n".join(
            [
                _with(eventName=5),
                _with(eventTime=1.5),
                _with(eventID=["x"]),
                _with(recipientAccountId=123456789012),
                _with(userIdentity="ada"),
                RECORDS[1],
            ]
        ),
        {Code.WRONG_TYPE: 5},
        1,
    ),
    "numbers out of range": ("a.json", _with(x=1).replace(b'"x": 1', b'"x": 1e999'), {Code.NOT_JSON: 1}, 0),
    "half a surrogate": ("a.json", _with(x=1).replace(b'"x": 1', b'"x": "\\ud800"'), {Code.CUT_OFF: 1}, 0),
    "Insights": (
        "a.json",
        _with(eventType="AwsCloudTrailInsight", eventCategory="Insight"),
        {Code.INSIGHT: 1},
        0,
    ),
    "Insights as delivered": (
        "a.json",
        b'{"Records":[{"eventVersion":"1.07","eventTime":"2024-05-06T07:08:09Z","eventType":"AwsCloudTrailInsight",'
        b'"eventCategory":"Insight","insightDetails":{"state":"Start"}}]}',
        {Code.INSIGHT: 1},
        0,
    ),
    "digest": ("a.json", b'{"awsAccountId":"1","digestS3Object":"x","logFiles":[]}', {Code.DIGEST: 1}, 0),
    "aggregated": (
        "a.json",
        b'{"eventVersion":"1.0","accountId":"1","eventId":"x","eventCategory":"Aggregated","summary":{}}',
        {Code.AGGREGATED: 1},
        0,
    ),
    "envelopes without end": ("a.json", b'{"detail":' * 20 + b"1" + b"}" * 20, {Code.TOO_DEEP: 1}, 0),
    "a newer export": ("a.jsonl", b'{"backtrail":99,"record":{}}\n', {Code.NEWER_EXPORT: 1}, 0),
    "a broken export": ("a.jsonl", b'{"backtrail":1,"record":{},"blobs":7}\n', {Code.BAD_EXPORT: 1}, 0),
    "an export that points elsewhere": (
        "a.jsonl",
        b'{"backtrail":1,"blob":"../x","more":false}',
        {Code.BAD_EXPORT: 1},
        0,
    ),
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
async def test_every_fault_has_its_name(store: SqliteStore, tmp_path: Path, fault: str) -> None:
    """What is broken is rejected under its own code, with file, position and sentence; the rest is taken."""
    name, data, codes, new = FAULTS[fault]
    (tmp_path / name).write_bytes(data)
    report = balanced(await import_trails(store, [tmp_path / name]))
    assert {Code(code): count for code, count in report.by_code.items()} == codes
    assert report.new == new
    for one in report.rejections:
        assert one.file.endswith(name) and one.position is not None and one.reason.endswith(".")
    again = balanced(await import_trails(store, [tmp_path / name]))
    assert (again.read, again.new, again.rejected) == (report.read, 0, report.rejected)
    assert again.rejections == report.rejections


async def test_a_folder_of_broken_files(store: SqliteStore, tmp_path: Path) -> None:
    """A dozen kinds of broken file in one tree: a dozen named rejections, the good ones taken, counts balance."""
    expected = 0
    for number, (name, data, codes, _) in enumerate(FAULTS.values()):
        folder = tmp_path / "in" / f"{number:02}"
        folder.mkdir(parents=True)
        (folder / name).write_bytes(data)
        expected += sum(codes.values())
    write_trail(tmp_path / "in" / "good.json.gz", [foreign(number, seed=99) for number in range(50)])
    report = balanced(await import_trails(store, [tmp_path / "in"]))
    assert report.rejected == expected and report.new >= 50
    assert len(report.by_code) >= 18 and report.files == len(FAULTS) + 1
    assert (await store.verify()).ok
    await store.index.refresh()


async def test_gz_bombs(store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What unpacks to far more than a trail could is given up early, by ratio or by size."""
    compress = zlib.compressobj(wbits=31)
    bomb = compress.compress(LINES + b"\n")
    for _ in range(64):
        bomb += compress.compress(b" " * 1024 * 1024)
    bomb += compress.flush()
    (tmp_path / "ratio.jsonl.gz").write_bytes(bomb)
    report = balanced(await import_trails(store, [tmp_path / "ratio.jsonl.gz"]))
    assert report.by_code == {Code.GZ_BOMB: 1} and report.new == 5
    monkeypatch.setattr(unpacking, "MAX_UNPACKED_BYTES", 10_000)
    write_trail(tmp_path / "size.json.gz", [foreign(number, seed=3) for number in range(100)])
    report = balanced(await import_trails(store, [tmp_path / "size.json.gz"]))
    assert report.by_code == {Code.GZ_BOMB: 1}


async def test_what_is_no_file(store: SqliteStore, tmp_path: Path) -> None:
    """Loops, devices, missing and unreadable paths are named; files that are no trails by name are listed."""
    tree = tmp_path / "tree"
    write_trail(tree / "AWSLogs" / "x.json.gz", RECORDS)
    (tree / "README.txt").write_text("not a trail")
    (tree / "AWSLogs" / "loop").symlink_to(tree)
    (tree / "self.json").symlink_to(tree / "self.json")
    (tree / "gone.json").symlink_to(tree / "nowhere.json")
    os.mkfifo(tree / "pipe.json")
    report = balanced(await import_trails(store, [tree, tmp_path / "absent"]))
    assert report.by_code == {Code.DIRECTORY_LOOP: 2, Code.MISSING: 2, Code.NOT_A_FILE: 1}
    assert report.new == 5 and report.ignored == [str(tree / "README.txt")]
    assert all(one.position is None for one in report.rejections)


async def test_a_file_without_permission(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file or folder that cannot be read is rejected as that, and read when it can be."""
    write_lines(tmp_path / "a.jsonl", RECORDS)
    (tmp_path / "closed").mkdir()
    real_listing, real_reading = os.listdir, Path.read_bytes

    def listing(path: Path) -> list[str]:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return real_listing(path)

    def reading(path: Path) -> bytes:
        if path.suffix == ".jsonl":
            raise PermissionError(13, "Permission denied")
        return real_reading(path)

    monkeypatch.setattr(os, "listdir", listing)
    monkeypatch.setattr(Path, "read_bytes", reading)
    report = balanced(await import_trails(store, [tmp_path]))
    assert report.by_code == {Code.UNREADABLE: 2} and "Permission denied" in report.rejections[0].reason
    monkeypatch.undo()
    assert balanced(await import_trails(store, [tmp_path])).new == 5


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
    without = _without("eventID"), _without("recipientAccountId")
    write_lines(tmp_path / "a.jsonl", [*without, json.dumps(json.loads(without[0]), sort_keys=True).encode()])
    report = balanced(await import_trails(store, [tmp_path / "a.jsonl"]))
    assert (report.new, report.duplicate) == (2, 1)
    found = [one async for some in store.read() for one in some]
    assert [one.record for one in found] == list(without)
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
    places = await store.read_with(
        lambda connection: connection.execute("select position, seq from place order by position").fetchall()
    )
    assert [position for position, _ in places] == list(range(1, 1001))
    assert sorted(await order_of(store)) == sorted(map(id_of, records))


async def test_each_record_keeps_its_place(store: SqliteStore, tmp_path: Path) -> None:
    """For each record, the log knows in which file and at which position it stood, duplicates as well."""
    write_lines(tmp_path / "a.jsonl", [RECORDS[0], b"broken", RECORDS[1]])
    write_trail(tmp_path / "b.json.gz", [RECORDS[2], RECORDS[1]])
    await import_trails(store, [tmp_path])
    rows = await store.read_with(
        lambda connection: connection.execute(
            "select path, position, seq from place join source on id = source order by path, position"
        ).fetchall()
    )
    assert [(Path(path).name, position, seq) for path, position, seq in rows] == [
        ("a.jsonl", 1, 1), ("a.jsonl", 3, 2), ("b.json.gz", 1, 3), ("b.json.gz", 2, 2),
    ]  # fmt: skip


async def test_an_import_before_the_last_live_record_is_refused(store: SqliteStore, tmp_path: Path) -> None:
    """What an account has lived through gets no other past; other accounts, later records, duplicates come in."""
    await store.append([Entry(record=record(500_000))])
    head = store.head
    write_lines(tmp_path / "old.jsonl", RECORDS)
    with pytest.raises(ImportRefused, match=r"old.jsonl, record 1 .*fork"):
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


def _mangle(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(changed))
        kind = chance.randrange(4)
        if kind == 0:
            changed[at] = chance.randrange(256)
        elif kind == 1:
            del changed[at : at + chance.randint(1, 50)]
        elif kind == 2:
            changed[at:at] = changed[at : at + chance.randint(1, 200)]
        else:
            changed[at:at] = chance.choice(
                [b"{", b"[", b'"', b"\\", b"\n", b"]", b"}", b",", b"null", b"\xf0"]
            )
        if not changed:
            return b"x"
    return bytes(changed)


@pytest.mark.parametrize("packed", [False, True])
async def test_mangled_files_never_break_an_import(store: SqliteStore, tmp_path: Path, packed: bool) -> None:
    """Whatever happens to a file, the import ends, counts balance, and what was taken can be indexed."""
    chance = random.Random(20240506)
    pack: Callable[[bytes], bytes] = gzip.compress if packed else bytes
    forms = [data for name, data in FORMS.values() if not name.endswith(".gz") and data[:2] != b"\x1f\x8b"]
    for number in range(300):
        data = chance.choice(forms)
        data = _mangle(chance, pack(data)) if chance.random() < 0.5 else pack(_mangle(chance, data))
        (tmp_path / f"{number}.json").write_bytes(data)
    balanced(await import_trails(store, [tmp_path]))
    await store.index.refresh()
    assert (await store.verify()).ok
