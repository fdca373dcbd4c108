"""A server in a process of its own, to be measured, starved and killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.request import urlopen

from backtrail.machine import Machine
from backtrail_cli.server.running import Options, account
from backtrail_eventstore import SqliteStore

_PROGRAM = """
import json, sys
from datetime import datetime
from pathlib import Path
from backtrail_cli.server.running import Options, run
given = json.loads(sys.argv[1])
given["log"] = Path(given["log"]) if given["log"] else None
given["at"] = datetime.fromisoformat(given["at"]) if "at" in given else None
run(Options(**given), lambda serving: print(serving.endpoint, flush=True))
"""
_LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_AS, ({0}, {0}))\n"


class Subject:
    """`with Subject(log) as server:` serves; `kill()` is `kill -9`; `complaints` is what stood on its stderr."""

    def __init__(
        self, log: Path | None, *, memory: int | None = None, before: tuple[str, ...] = (), **options: Any
    ) -> None:
        given = json.dumps({"log": str(log) if log else None, "port": 0, **options})
        program = (_LIMITED.format(memory) if memory else "") + _PROGRAM
        self._command = [*before, sys.executable, "-c", program, given]
        self.log = log or Path()
        self.endpoint = ""
        self._process: subprocess.Popen[str] | None = None
        self.complaints = ""

    def __enter__(self) -> Subject:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if kind is not None:
            print(self.complaints, file=sys.stderr)

    @property
    def process(self) -> subprocess.Popen[str]:
        """The running process."""
        assert self._process is not None, "the server was not started"
        return self._process

    def start(self) -> None:
        """Serve. Raises `AssertionError` with what the server said when it does not start."""
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
        )
        assert self.process.stdout is not None
        self.endpoint = self.process.stdout.readline().strip()
        if not self.endpoint:
            self.stop()
            raise AssertionError(f"the server did not start:\n{self.complaints}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the server and give its exit code."""
        process = self.process
        if process.returncode is None:
            process.send_signal(number)
            _, errors = process.communicate(timeout=30)
            self.complaints += errors
        return process.returncode

    def kill(self) -> None:
        """kill -9."""
        self.stop(signal.SIGKILL)

    def memory(self, name: str = "VmRSS") -> int:
        """The process's memory in bytes, as /proc tells it (`VmRSS`, or `VmHWM` for the most there ever was)."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
        raise LookupError(name)

    def cpu_seconds(self) -> float:
        """The processor time it has taken."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def forget_peak(self) -> None:
        """Let `memory("VmHWM")` begin anew."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def health(self) -> Any:
        """What the server says of itself."""
        return json.load(urlopen(f"{self.endpoint}/_backtrail/health", timeout=10))


async def sound(log: Path) -> tuple[int, str]:
    """Holds that a log is whole: its chain, its bodies, and states that are the same folded afresh. Gives its head."""
    async with account(Options(log=log)) as (engine, _):
        assert isinstance(engine.store, SqliteStore)
        report = await engine.store.verify()
        assert report.ok, report
        fresh = Machine(engine.machine.registry)
        async for entries in engine.store.replay():
            for entry in entries:
                fresh.apply(entry.record, entry.note, entry.sealed, cause=entry.cause)
        assert fresh.digest() == engine.machine.digest(), "the log folded afresh gives another state"
        return engine.store.head


def idle(server: Subject, seconds: float) -> float:
    """The share of a processor that a server takes over some seconds."""
    before = server.cpu_seconds()
    time.sleep(seconds)
    return (server.cpu_seconds() - before) / seconds
