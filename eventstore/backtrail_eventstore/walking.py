"""Finding an import's files: each once, in one order whatever the file system says."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from backtrail_eventstore.rejections import Code, Rejection, sentence

SUFFIXES = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz", ".gz", ".log")


class Found:
    """A file to read, or one that is left alone because its name is no trail file's."""

    __slots__ = ("ignored", "path")

    def __init__(self, path: Path, *, ignored: bool) -> None:
        self.path = path
        self.ignored = ignored


def walk(paths: Iterable[str | Path]) -> Iterator[Found | Rejection]:
    """Every file under these files and folders, by name. A file that was named itself is never ignored."""
    for path in paths:
        yield from _visit(Path(path), (), named=True)


def _visit(path: Path, above: tuple[tuple[int, int], ...], *, named: bool) -> Iterator[Found | Rejection]:
    try:
        about = path.stat()
    except FileNotFoundError:
        yield _rejected(path, Code.MISSING)
        return
    except OSError as error:
        # A link to itself fails like this (ELOOP).
        yield _rejected(
            path, Code.DIRECTORY_LOOP if path.is_symlink() else Code.UNREADABLE, error.strerror or ""
        )
        return
    if stat.S_ISDIR(about.st_mode):
        here = (about.st_dev, about.st_ino)
        if here in above:
            yield _rejected(path, Code.DIRECTORY_LOOP)
            return
        try:
            with os.scandir(path) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError as error:
            yield _rejected(path, Code.UNREADABLE, error.strerror or "")
            return
        for entry in entries:
            if entry.is_file(follow_symlinks=False):  # nearly all: known without asking for each
                yield Found(path / entry.name, ignored=not entry.name.lower().endswith(SUFFIXES))
            else:
                yield from _visit(path / entry.name, (*above, here), named=False)
    elif not stat.S_ISREG(about.st_mode):
        yield _rejected(path, Code.NOT_A_FILE)
    else:
        yield Found(path, ignored=not named and not path.name.lower().endswith(SUFFIXES))


def _rejected(path: Path, code: Code, detail: str = "") -> Rejection:
    return Rejection(str(path), None, code, sentence(code, detail))
