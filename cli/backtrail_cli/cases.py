"""A case: a folder with the log's evidence and answers, which can be checked by anybody later."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from backtrail_cli import exports, lineages, logs
from backtrail_cli.coverage import coverage, days
from backtrail_cli.faults import Fault
from backtrail_cli.moves import moves
from backtrail_cli.screen import iso
from backtrail_eventstore import Filters, SqliteStore, export_lines, manifest

SUMS = "SHA256SUMS"
MANIFEST = "manifest.json"
_CHUNK = 1 << 20


async def export(store: SqliteStore, folder: Path, actor: str | None) -> dict[str, Any]:
    """Write a case; its manifest. Raises `Fault` where something is there already, or the actor is nobody."""
    over = await logs.filled(store)
    family = await lineages.gather(store)
    if unknown := family.nobody(actor):
        raise Fault(unknown[0].lower() + unknown[1:].rstrip("."))
    _begin(folder)
    verified = await store.verify()
    inputs = await store.read_with(manifest.of)
    seen = msgspec.to_builtins(await coverage(store, over)) | {
        "days": msgspec.to_builtins(await days(store, over))
    }
    _write(folder / "coverage.json", seen)
    _write(folder / "sessions.json", {"sessions": [lineages.plain(one, family) for one in family.sessions]})
    await _timelines(store, family, folder, actor)
    await export_lines(store, folder / "log.jsonl.gz")
    told: dict[str, Any] = {
        "backtrail": version("backtrail"),
        "log": {"id": await store.log_id(), "path": str(store.paths.log), "head": logs.head(store)},
        "verified": {"ok": verified.ok, "entries": verified.entries, "reason": verified.reason},
        "first": iso(over.first), "last": iso(over.last), "accounts": await store.index.recipients(), "actor": actor,
        "inputs": [
            {
                "file": one.file, "bytes": one.bytes, "sha256": one.sha256, "digest": str(one.verdict),
                "why": one.why or None,
            }
            for one in inputs
        ],
    }  # fmt: skip
    _write(folder / MANIFEST, told)
    lines = [f"{digest}  {name}\n" for name, digest in _sums(folder)]
    (folder / SUMS).write_text("".join(lines))
    return told | {"files": len(lines)}


def _begin(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise Fault(f"{folder} is not empty: name a new folder, so that no case is mixed with another")
    folder.mkdir(parents=True, exist_ok=True)


async def _timelines(store: SqliteStore, family: lineages.Family, folder: Path, actor: str | None) -> None:
    with (
        (folder / "timeline.csv").open("w", newline="") as table,
        (folder / "timeline.timesketch.jsonl").open("w") as lines,
    ):
        table.write(exports.row(exports.COLUMNS))
        async for move in moves(store, Filters(), family, actor):
            table.write(exports.row(exports.flat(move, family).values()))
            lines.write(exports.timesketch(move, family) + "\n")


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(msgspec.to_builtins(value), indent=2) + "\n")


def _sums(folder: Path) -> Iterator[tuple[str, str]]:
    """The files of a case, but the list of sums itself, with their hashes."""
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        name = path.relative_to(folder).as_posix()
        if name != SUMS:
            yield name, _sum(path)


def _sum(path: Path) -> str:
    total = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            total.update(piece)
    return total.hexdigest()


def check(folder: Path) -> list[str]:
    """What is wrong with a case's files, a sentence each. Raises `Fault` for what is no case."""
    if not (folder / SUMS).is_file() or not (folder / MANIFEST).is_file():
        raise Fault(
            f"{folder} is no case: it has no {SUMS} and {MANIFEST}; `backtrail case export` makes one"
        )
    wanted: dict[str, str] = {}
    for line in (folder / SUMS).read_text().splitlines():
        digest, _, name = line.partition("  ")
        wanted[name] = digest
    found = dict(_sums(folder))
    wrong = [f"{name} is missing" for name in sorted(wanted.keys() - found.keys())]
    wrong += [f"{name} was added" for name in sorted(found.keys() - wanted.keys())]
    return wrong + [
        f"{name} was changed" for name in sorted(found.keys() & wanted.keys()) if found[name] != wanted[name]
    ]


def noted(folder: Path) -> dict[str, Any]:
    """The manifest of a case. Raises `Fault`."""
    try:
        told: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
        return told
    except ValueError as error:
        raise Fault(f"{folder / MANIFEST} cannot be read: {error}") from error


async def against(store: SqliteStore, told: dict[str, Any]) -> list[str]:
    """What is wrong with a log, seen from the case that was made of it."""
    head = told["log"]["head"]
    if await store.log_id() != told["log"]["id"]:
        return [f"{store.paths.log} is another log than the case's"]
    report = await store.verify((head["seq"], head["hash"]))
    wrong = [] if report.ok else [f"the log: {report.reason}"]
    inputs = {one.sha256: one for one in await store.read_with(manifest.of)}
    for one in told["inputs"]:
        if one["sha256"] not in inputs:
            wrong.append(f"the log no longer names the input {one['file']}")
        if not _is_still(Path(one["file"]), one):
            wrong.append(f"{one['file']} is not what was imported")
    return wrong


def _is_still(path: Path, noted_: dict[str, Any]) -> bool:
    """Whether an input that is still there is what it was."""
    return not path.is_file() or noted_["digest"] == "missing" or _sum(path) == noted_["sha256"]
