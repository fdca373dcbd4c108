"""Workers by themselves: what is kept of their output, what packages may unpack, what is told of packages."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from backtrail import Refusal
from backtrail_aws.lambda_ import effects, limits, packages
from backtrail_aws.lambda_.sandbox.effects import Ended, Output, Worker


def archive(*entries: tuple[zipfile.ZipInfo | str, str]) -> bytes:
    """A zip file."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        for name, text in entries:
            made.writestr(name, text)
    return data.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    """An entry that is a symbolic link."""
    made = zipfile.ZipInfo(name)
    made.external_attr = 0o120777 << 16
    return made


def test_output_keeps_its_beginning_and_its_end() -> None:
    """What lies between is left out, and counted."""
    output = Output()
    output.add(b"begin")
    for _ in range(50):
        output.add(b"x" * 20_000)
    output.add(b"end")
    text = output.take()
    assert text.startswith("beginx") and text.endswith("xend") and len(text) < limits.OUTPUT_MAX_BYTES + 100
    left_out = 1_000_008 - limits.OUTPUT_MAX_BYTES
    assert f"\n[{left_out} bytes are left out]\n" in text
    output.add(b"next")
    assert output.take() == "next"


def test_nothing_is_unpacked_outside(tmp_path: Path) -> None:
    """Neither by a path that climbs, nor through a link."""
    into = tmp_path / "task"
    into.mkdir()
    data = archive(
        ("a/b.py", "1"), ("../climbed", "x"), ("/absolute", "x"), (link("a/inside"), "b.py"),
        (link("out"), str(tmp_path)), (link("out/through"), "x"),
    )  # fmt: skip
    effects._unpack(data, into)  # pyright: ignore[reportPrivateUsage]
    assert (into / "a" / "inside").read_text() == "1"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["task"]


def test_packages_are_looked_into() -> None:
    """What is no zip, has nothing in it, or would be too large is told."""
    assert packages.examine(b"abc").fault == "bad"
    assert packages.examine(archive()).fault == "empty"
    found = packages.examine(archive(("f", "12345")))
    assert (found.fault, found.unzipped) == ("", 5)
    huge = io.BytesIO()
    with zipfile.ZipFile(huge, "w", zipfile.ZIP_DEFLATED) as made, made.open("f", "w") as member:
        for _ in range(251):
            member.write(bytes(1024 * 1024))
    assert packages.examine(huge.getvalue()).fault == "large"


async def test_a_worker_that_ends_says_how(tmp_path: Path) -> None:
    """Its folder goes with it, and ending it twice is no harm."""
    folder = tmp_path / "worker"
    (folder / "task").mkdir(parents=True)
    (folder / "task" / "f.py").write_text("import os\nos._exit(7)")
    worker = Worker(folder, 128, "stream")
    worker.start([], {"LAMBDA_TASK_ROOT": str(folder / "task")}, address_space=True)
    with pytest.raises(Ended, match="exit status 7"):
        await worker.ask({"requestId": "r", "handler": "f.h", "paths": []}, 20)
    worker.end()
    worker.end()
    assert not folder.exists()


async def test_a_worker_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    """The time is the caller's to set."""
    folder = tmp_path / "worker"
    (folder / "task").mkdir(parents=True)
    (folder / "task" / "f.py").write_text("print('before', flush=True)\nwhile True: pass")
    worker = Worker(folder, 128, "stream")
    worker.start([], {"LAMBDA_TASK_ROOT": str(folder / "task")}, address_space=True)
    with pytest.raises(TimeoutError):
        await worker.ask({"requestId": "r", "handler": "f.h", "paths": []}, 1)
    assert worker.output.take() == "before\n"
    worker.end()


def test_refusals_are_refusals() -> None:
    """The limits that packages break are told in Lambda's words."""
    with pytest.raises(Refusal, match="Unzipped size must be smaller than 262144000 bytes"):
        packages._code(  # pyright: ignore[reportPrivateUsage]
            packages.Examined(sha256="x", size=1, fault="large"), packages.handle(b"")
        )
