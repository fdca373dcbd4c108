"""Exporting: CloudTrail's files, and lines from which the log can be made again."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from backtrail.store import Entry, Stored
from backtrail_eventstore import (
    KeyMissing,
    SqliteStore,
    export_lines,
    export_trails,
    import_trails,
    trails_out,
)

from .making import SECRET, START, entries, entry, foreign, id_of, record

FILE = re.compile(
    r"AWSLogs/(\d{12})/CloudTrail/([a-z0-9-]+)/(\d{4})/(\d\d)/(\d\d)/"
    r"\1_CloudTrail_\2_\3\4\5T\d{4}Z_[A-Za-z0-9]{16}\.json\.gz"
)


def files(folder: Path) -> dict[str, bytes]:
    """Everything under a folder."""
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


async def everything(store: SqliteStore) -> list[Stored]:
    """All entries in the order of their arrival."""
    return [one async for some in store.read() for one in some]


async def test_trail_files_are_cloudtrails(store: SqliteStore, tmp_path: Path) -> None:
    """Names, folders and contents are those of CloudTrail; notes and sealed parts stay out."""
    await store.append(entries(0, 30))
    await store.append([Entry(record=foreign(number * 500, region="us-east-1")) for number in range(5)])
    await store.append([Entry(record=foreign(3, account="210987654321"))])
    report = await export_trails(store, tmp_path / "out")
    found = files(tmp_path / "out")
    assert (report.files, report.records) == (len(found), 36)
    assert report.bytes == sum(map(len, found.values()))
    names = [FILE.fullmatch(name) for name in found]
    assert all(names) and {(name[1], name[2]) for name in names if name} == {
        ("123456789012", "eu-west-1"), ("123456789012", "us-east-1"), ("210987654321", "eu-west-1"),
    }  # fmt: skip
    contents = [json.loads(gzip.decompress(data)) for data in found.values()]
    assert all(list(one) == ["Records"] for one in contents)
    assert sum(len(one["Records"]) for one in contents) == 36
    assert not [
        data
        for data in found.values()
        if SECRET in gzip.decompress(data) or b'"keys"' in gzip.decompress(data)
    ]


async def test_export_import_export_is_a_fixed_point(store: SqliteStore, tmp_path: Path) -> None:
    """The files of a log, imported into a new one, are exported as the same files, byte by byte."""
    await store.append(entries(0, 50))
    await store.append([Entry(record=foreign(number, region=f"r-{number % 3}")) for number in range(400)])
    odd = [
        json.dumps(json.loads(foreign(900)), indent=2).encode(),
        record(901, eventID=None),
        record(902),
        record(902, action="DeleteQueue"),
        record(903, awsRegion="../../etc", recipientAccountId="no account"),
        record(904, recipientAccountId=None, userIdentity={"type": "AWSService", "invokedBy": "x"}),
    ]
    await store.append([Entry(record=one) for one in odd])
    await export_trails(store, tmp_path / "one")
    async with SqliteStore.open(str(tmp_path / "new.db")) as new:
        report = await import_trails(new, [tmp_path / "one"])
        assert (report.new, report.rejected, report.duplicate) == (456, 0, 0)
        await export_trails(new, tmp_path / "two")
    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert all(".." not in name for name in files(tmp_path / "one"))


async def test_a_real_incident_is_a_fixed_point(store: SqliteStore, trails: Path, tmp_path: Path) -> None:
    """The same for the records of a real incident."""
    await import_trails(store, [trails / "incident-a.jsonl"])
    await export_trails(store, tmp_path / "one")
    async with SqliteStore.open(str(tmp_path / "new.db")) as new:
        await import_trails(new, [tmp_path / "one"])
        await export_trails(new, tmp_path / "two")
    assert files(tmp_path / "one") == files(tmp_path / "two")


async def test_a_part_of_the_time(store: SqliteStore, tmp_path: Path) -> None:
    """`since` and `until` choose by the records' time, ends included."""

    await store.append([Entry(record=foreign(number)) for number in range(30)])
    since, until = START + timedelta(seconds=2), START + timedelta(seconds=4)
    report = await export_trails(store, tmp_path / "out", since=since, until=until)
    assert report.records == 9


async def test_large_files_are_split(
    store: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window with more records than a file may hold becomes several files, none of them lost."""
    monkeypatch.setattr(trails_out, "MOST_RECORDS", 10)
    await store.append([Entry(record=foreign(number)) for number in range(95)])
    report = await export_trails(store, tmp_path / "out")
    assert (report.files, report.records) == (10, 95) and len(files(tmp_path / "out")) == 10


@pytest.mark.parametrize("name", ["log.jsonl", "log.jsonl.gz"])
@pytest.mark.parametrize("bodies", ["inline", "files"])
async def test_lines_make_the_log_again(store: SqliteStore, tmp_path: Path, name: str, bodies: str) -> None:
    """Records, notes, sealed parts, causes, roots, origins and bodies come back in a log with another key."""
    kept: dict[str, bytes] = {}
    for data in (b"", SECRET, SECRET * 40_000):
        writer = store.blob_writer()
        await writer.write(data)
        kept[await writer.finish()] = data
    names = tuple(kept)
    sealed = json.dumps({"params": {"body": {"name": names[2], "size": 1}}}).encode()
    pretty = json.dumps(json.loads(foreign(7)), indent=2).encode()
    await store.append(
        [
            entry(0),
            entry(1, cause="a/r/0/0", root="a", blobs=names, sealed=sealed),
            Entry(record=pretty, origin="import", note=b'{\n"a": 1}'),
            entry(3, blobs=names[:1]),
        ]
    )
    report = await export_lines(store, tmp_path / name, sealed=True, bodies=bodies)  # type: ignore[arg-type]
    assert report.records == 4
    assert (tmp_path / f"{name}.blobs").is_dir() == (bodies == "files")
    (tmp_path / "new").mkdir()
    async with SqliteStore.open(str(tmp_path / "new" / "other.db")) as new:
        imported = await import_trails(new, [tmp_path / name])
        assert (imported.new, imported.rejected) == (4, 0)
        before, after = await everything(store), await everything(new)
        for one, other in zip(before, after, strict=True):
            assert (one.record, one.origin, one.cause, one.root) == (
                other.record,
                other.origin,
                other.cause,
                other.root,
            )
            assert json.loads(one.note or b"0") == json.loads(other.note or b"0")
        assert after[0].sealed == before[0].sealed
        for name_, data in zip(after[1].blobs, kept.values(), strict=True):
            assert name_ not in kept  # the key is another one
            assert b"".join([piece async for piece in new.read_blob(name_)]) == data
        assert after[1].sealed == sealed.replace(names[2].encode(), after[1].blobs[2].encode())
        assert (await new.verify()).ok


@pytest.mark.parametrize("sealed", [True, False])
async def test_lines_are_a_fixed_point(store: SqliteStore, tmp_path: Path, sealed: bool) -> None:
    """Imported into a new log with the same key, they are exported the same, but for the first, which names the log."""
    writer = store.blob_writer()
    await writer.write(SECRET * 9000)
    name = await writer.finish()
    body = json.dumps({"params": {"body": {"name": name, "size": 1}}}).encode()
    odd = [record(901, eventID=None), record(902), record(902, action="DeleteQueue")]
    await store.append([*entries(0, 30), entry(40, cause="a/r/0/0", root="a", blobs=(name,), sealed=body)])
    await store.append([Entry(record=one, origin="import") for one in odd])
    await export_lines(store, tmp_path / "one.jsonl", sealed=sealed, bodies="inline" if sealed else "none")
    (tmp_path / "new").mkdir()
    shutil.copy(store.paths.key, tmp_path / "new" / "new.key")
    async with SqliteStore.open(str(tmp_path / "new" / "new.db")) as new:
        report = await import_trails(new, [tmp_path / "one.jsonl"])
        assert (report.new, report.rejected, report.duplicate) == (34, 0, 0)
        await export_lines(new, tmp_path / "two.jsonl", sealed=sealed, bodies="inline" if sealed else "none")
    one, two = ((tmp_path / f"{name}.jsonl").read_bytes().splitlines() for name in ("one", "two"))
    assert one[1:] == two[1:]
    assert len(one) > 34


async def test_lines_without_secrets(store: SqliteStore, tmp_path: Path) -> None:
    """Unless asked, sealed parts stay behind; the export is the same each time."""
    await store.append(entries(0, 10))
    await export_lines(store, tmp_path / "a.jsonl.gz")
    await export_lines(store, tmp_path / "b.jsonl.gz")
    data = (tmp_path / "a.jsonl.gz").read_bytes()
    assert data == (tmp_path / "b.jsonl.gz").read_bytes()
    lines = gzip.decompress(data).splitlines()
    assert SECRET not in gzip.decompress(data) and len(lines) == 11
    assert json.loads(lines[0]) == {"backtrail": 1, "log": await store.log_id(), "head": list(store.head)}
    assert json.loads(lines[3])["note"] == {"params": {"keys": ["key-2"]}}
    async with SqliteStore.open(str(tmp_path / "new.db")) as new:
        assert (await import_trails(new, [tmp_path / "a.jsonl.gz"])).new == 10
        assert [one.event_id for one in await everything(new)] == [id_of(entry(n)) for n in range(10)]


async def test_what_cannot_be_exported(store: SqliteStore, path: Path, tmp_path: Path) -> None:
    """Bodies go with the sealed parts that name them, and both need the key."""
    await store.append(entries(0, 1))
    with pytest.raises(ValueError, match="belong to nothing"):
        await export_lines(store, tmp_path / "a.jsonl", bodies="inline")
    path.with_suffix(".key").rename(tmp_path / "elsewhere")
    async with SqliteStore.open(str(path), mode="read") as locked:
        with pytest.raises(KeyMissing):
            await export_lines(locked, tmp_path / "a.jsonl", sealed=True)
        assert (await export_lines(locked, tmp_path / "a.jsonl")).records == 1
