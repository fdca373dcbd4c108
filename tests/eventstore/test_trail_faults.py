"""Importing what is broken: every fault named, the rest taken, counts that balance."""

from __future__ import annotations

import gzip
import os
import random
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backtrail_eventstore import Code, SqliteStore, import_trails, unpacking

from .forms import FORMS, RECORDS, TEXTS, balanced, with_members, without
from .making import foreign, write_lines, write_trail


def _nested(levels: int) -> bytes:
    return foreign(0, params={"x": 1}).replace(b'{"x":1}', b"[" * levels + b"]" * levels)


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
    "UTF-16 without its mark": ("a.json", TEXTS[0].encode("utf-16-le"), {Code.NOT_UTF8: 1}, 0),
    "UTF-16, cut off": ("a.json", "\n".join(TEXTS).encode("utf-16")[:-301], {Code.NOT_UTF8: 1}, 4),
    "binary": ("a.json", os.urandom(1000) + b"\0\1\2", {Code.BINARY: 1}, 0),
    "a text": ("a.json", b'"only a text"', {Code.WRONG_TOP_LEVEL: 1}, 0),
    "a number": ("a.json", b"17", {Code.WRONG_TOP_LEVEL: 1}, 0),
    "another document": ("a.json", b'{"hello": "world"}', {Code.WRONG_TOP_LEVEL: 1}, 0),
    "records that are none": ("a.json", b'{"Records": [1, "x", null, {}]}', {Code.WRONG_TOP_LEVEL: 1}, 0),
    "a record among others": (
        "a.json",
        b"[1, 2, " + RECORDS[0] + b', {"a": 1}]',
        {Code.WRONG_TOP_LEVEL: 3},
        1,
    ),
    "somebody else's lines": ("a.jsonl", b'{"level": "info"}\n' * 50, {Code.WRONG_TOP_LEVEL: 1}, 0),
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
    "too large": ("a.json", with_members(requestParameters={"x": "y" * 1_100_000}), {Code.TOO_LARGE: 1}, 0),
    "no eventTime": ("a.json", without("eventTime"), {Code.NO_EVENT_TIME: 1}, 0),
    "no eventSource": ("a.json", without("eventSource"), {Code.NO_EVENT_SOURCE: 1}, 0),
    "no eventName": ("a.json", without("eventName"), {Code.NO_EVENT_NAME: 1}, 0),
    "a time that is none": ("a.json", with_members(eventTime="yesterday"), {Code.NO_EVENT_TIME: 1}, 0),
    "wrong types": (
        "a.jsonl",
        b"\n".join(
            [
                with_members(eventName=5),
                with_members(eventTime=1.5),
                with_members(eventID=["x"]),
                with_members(recipientAccountId=123456789012),
                with_members(userIdentity="ada"),
                RECORDS[1],
            ]
        ),
        {Code.WRONG_TYPE: 5},
        1,
    ),
    "numbers out of range": (
        "a.json",
        with_members(x=1).replace(b'"x": 1', b'"x": 1e999'),
        {Code.NOT_JSON: 1},
        0,
    ),
    "half a surrogate": (
        "a.json",
        with_members(x=1).replace(b'"x": 1', b'"x": "\\ud800"'),
        {Code.CUT_OFF: 1},
        0,
    ),
    "Insights": (
        "a.json",
        with_members(eventType="AwsCloudTrailInsight", eventCategory="Insight"),
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
    real_listing, real_opening = os.scandir, Path.open

    def listing(path: Path) -> Any:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return real_listing(path)

    def opening(path: Path, *args: Any) -> Any:
        if path.suffix == ".jsonl":
            raise PermissionError(13, "Permission denied")
        return real_opening(path, *args)

    monkeypatch.setattr(os, "scandir", listing)
    monkeypatch.setattr(Path, "open", opening)
    report = balanced(await import_trails(store, [tmp_path]))
    assert report.by_code == {Code.UNREADABLE: 2} and "Permission denied" in report.rejections[0].reason
    monkeypatch.undo()
    assert balanced(await import_trails(store, [tmp_path])).new == 5


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
