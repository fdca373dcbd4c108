"""Worker processes: started, spoken to, watched, frozen between two events, and ended with all they began.

A worker has a folder, a session (so a process group) and an environment of its own. Two sockets lead to it: one for
frames (length and JSON), one that takes whatever it prints.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from backtrail_aws.lambda_ import limits

BOOTSTRAP = Path(__file__).parent / "bootstrap.python"
NODE_BOOTSTRAP = Path(__file__).parent / "bootstrap.mjs"

WATCH_SECONDS = 0.05
"""How often the memory of a worker that runs is looked at."""
PROCESSES_MAX = 256
"""Processes of one environment (ours; AWS allows 1,024: dg/gettingstarted-limits.html)."""
FENCE_MAX = 1024
"""Processes and threads beyond which the kernel lets none begin, where it can be told to (AWS's own limit)."""
SAMPLE = 8
"""As many of them are measured."""
_ROUNDS = 50
"""As often a family is killed that grows meanwhile."""
ADDRESS_SPARE = 2 * 1024**3
"""Address space above a function's memory, which only a single huge allocation reaches."""
_FRAME_MAX = 64 * 1024**2
_PIECE = 256 * 1024
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Ended(Exception):
    """The process has ended, or is as good as ended; `how` is in Lambda's words."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


class OutOfMemory(Exception):
    """The process took more memory than it may."""


class Output:
    """What is printed, kept up to a bound: the beginning and the end."""

    def __init__(self) -> None:
        self._head, self._tail, self._total = bytearray(), bytearray(), 0

    def add(self, data: bytes) -> None:
        """Take the next piece."""
        half = limits.OUTPUT_MAX_BYTES // 2
        self._total += len(data)
        room = half - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if data:
            self._tail += data
            del self._tail[:-half]

    def take(self) -> str:
        """All of it as text; the next is another run's."""
        left_out = self._total - len(self._head) - len(self._tail)
        between = f"\n[{left_out} bytes are left out]\n".encode() if left_out else b""
        text = (self._head + between + self._tail).decode(errors="replace")
        self._head, self._tail, self._total = bytearray(), bytearray(), 0
        return text


class Worker:
    """One process of one function version."""

    def __init__(self, folder: Path, memory_mb: int, stream: str) -> None:
        self.folder, self.memory_mb, self.stream = folder, memory_mb, stream
        self.output = Output()
        self.peak_mb = 0
        self.used = False
        self.uses = 0
        self._starved = False
        self._children = False
        self._marker = f"AWS_LAMBDA_LOG_STREAM_NAME={stream}".encode()
        self._fence: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._printed: socket.socket | None = None
        self._buffer = bytearray()

    def start(self, command: list[str], environment: dict[str, str], *, address_space: bool) -> None:
        """Start the process, confined; `command` is what it becomes, empty for the interpreter that runs this."""
        control, theirs = socket.socketpair()
        printed, their_output = socket.socketpair()
        space = self.memory_mb * 1024**2 + ADDRESS_SPARE if address_space else -1
        fd = theirs.fileno()
        arguments = [str(fd), str(os.getpid()), str(space), str(limits.STORAGE_MAX_MB * 1024**2)]
        with theirs, their_output:
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(BOOTSTRAP), *arguments, *(one.replace("{fd}", str(fd)) for one in command)],
                stdin=subprocess.DEVNULL, stdout=their_output.fileno(), stderr=their_output.fileno(), pass_fds=(fd,),
                cwd=environment["LAMBDA_TASK_ROOT"], env=environment, start_new_session=True,
            )  # fmt: skip
        self._fence = _fenced(self._process.pid)  # no code of the function's runs before the first frame
        control.setblocking(False)
        printed.setblocking(False)
        self._control, self._printed = control, printed

    async def ask(self, frame: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send a frame and read the answer, while what is printed is read and memory is watched.

        Raises `TimeoutError`, `Ended`, `OutOfMemory`; the worker must be ended after each of them.
        """
        assert self._printed is not None
        loop = asyncio.get_running_loop()
        loop.add_reader(self._printed.fileno(), self._read_output)
        self._signal(signal.SIGCONT)
        if self._children:
            self._signal_children(signal.SIGCONT)
        self._children = True  # until it says that it has none
        watcher = asyncio.create_task(self._watch())
        try:
            return await asyncio.wait_for(self._exchange(frame), seconds)
        except Ended:
            if self._starved:
                raise OutOfMemory from None
            raise
        finally:
            watcher.cancel()
            loop.remove_reader(self._printed.fileno())
            self._signal(signal.SIGSTOP)  # as Lambda freezes an environment; nor can it print any more
            if self._children:
                self._signal_children(signal.SIGSTOP)
            self._drain()

    def end(self) -> None:
        """Kill the process and whatever it began, and remove its folder."""
        if self._process is not None and self._process.returncode is None:
            self._kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
        for one in (self._control, self._printed):
            if one is not None:
                one.close()
        _unfence(self._fence)
        shutil.rmtree(self.folder, ignore_errors=True)

    # what goes over the sockets

    async def _exchange(self, frame: dict[str, Any]) -> dict[str, Any]:
        assert self._control is not None
        body = msgspec.json.encode(frame)
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_sendall(self._control, struct.pack(">Q", len(body)) + body)
            size = struct.unpack(">Q", await self._exactly(8))[0]
            if size > _FRAME_MAX:
                raise Ended("Runtime exited without providing a reason")
            answer: dict[str, Any] = msgspec.json.decode(await self._exactly(size), type=dict[str, Any])
        except (OSError, msgspec.DecodeError) as error:
            raise Ended(await self._how()) from error
        if answer.get("oom"):
            raise OutOfMemory
        self._children = bool(answer.get("children", True))
        return answer

    async def _exactly(self, size: int) -> bytes:
        assert self._control is not None
        loop = asyncio.get_running_loop()
        while len(self._buffer) < size:
            piece = await loop.sock_recv(self._control, _PIECE)
            if not piece:
                raise Ended(await self._how())
            self._buffer += piece
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def _read_output(self) -> None:
        """Take what is there now. At its end nothing more is looked for."""
        assert self._printed is not None
        with contextlib.suppress(BlockingIOError):
            data = self._printed.recv(_PIECE)
            self.output.add(data)
            if not data:
                asyncio.get_running_loop().remove_reader(self._printed.fileno())

    def _drain(self) -> None:
        """Take what is still on its way."""
        assert self._printed is not None
        with contextlib.suppress(OSError):
            while data := self._printed.recv(_PIECE):
                self.output.add(data)

    async def _how(self) -> str:
        """How the process ended. One that only closed its socket has not, and is killed."""
        assert self._process is not None
        for _ in range(50):
            code = self._process.poll()
            if code is not None:
                break
            await asyncio.sleep(0.01)
        else:
            return "Runtime exited without providing a reason"
        if code < 0:
            name = signal.strsignal(-code) or str(-code)
            return f"Runtime exited with error: signal: {name.lower()}"
        reason = f"with error: exit status {code}" if code else "without providing a reason"
        return f"Runtime exited {reason}"

    # what it takes

    async def _watch(self) -> None:
        """Kill the process when it takes too much memory, or has too many children."""
        assert self._process is not None
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            used, count = _usage(self._process.pid)
            used_mb = -(-used // 1024**2)
            self.peak_mb = max(self.peak_mb, min(used_mb, self.memory_mb))
            if used_mb > self.memory_mb or count > PROCESSES_MAX:
                self._starved = used_mb > self.memory_mb
                self._kill()

    def _kill(self) -> None:
        """Kill all that the process began, then the process: until then whoever loses a parent is its child."""
        self._signal(signal.SIGSTOP)
        for _ in range(_ROUNDS):  # what forks as fast as it is killed is killed again
            if not self._signal_children(signal.SIGKILL):
                break
        self._signal(signal.SIGKILL)

    def _signal_children(self, number: int) -> bool:
        """Signal all that the process began; says whether there was any."""
        assert self._process is not None
        leader = self._process.pid
        children = [pid for pid in _family(leader, self._marker) if pid != leader]
        for pid in children:
            with contextlib.suppress(OSError):
                os.kill(pid, number)
        return bool(children)

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, number)


def folder() -> Path:
    """A new folder for a worker."""
    return Path(tempfile.mkdtemp(prefix="backtrail-lambda-"))


def now_ms() -> float:
    """Milliseconds by a clock that only goes on."""
    return time.perf_counter() * 1000


def _fenced(pid: int) -> Path | None:
    """A control group for a process, in which only so many may be; None where there are none, or not for us.

    https://docs.kernel.org/admin-guide/cgroup-v1/pids.html, https://docs.kernel.org/admin-guide/cgroup-v2.html#pid
    """
    fence: Path | None = None
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if "pids" not in controllers.split(",") and controllers:
                continue
            root = Path("/sys/fs/cgroup/pids" if controllers else "/sys/fs/cgroup") / path.lstrip("/")
            if not (root / "cgroup.procs").exists() or (not controllers and (root / "pids").is_dir()):
                continue
            for old in root.glob("backtrail-*"):  # of a server that was killed
                if not Path(f"/proc/{old.name.rpartition('-')[2]}").exists():
                    with contextlib.suppress(OSError):
                        old.rmdir()
            fence = root / f"backtrail-{pid}"
            fence.mkdir()
            (fence / "pids.max").write_text(str(FENCE_MAX))
            (fence / "cgroup.procs").write_text(str(pid))
            return fence
    _unfence(fence)
    return None


def _unfence(fence: Path | None) -> None:
    """Remove a control group, once those in it are gone."""
    for _ in range(_ROUNDS if fence is not None else 0):
        try:
            assert fence is not None
            fence.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.002)


def _parents() -> dict[int, int]:
    """Every living process with its parent."""
    found: dict[int, int] = {}
    try:
        names = [name for name in os.listdir("/proc") if name.isdecimal()]
    except OSError:  # no Linux: the process group is all that is known
        return found
    for name in names:
        with contextlib.suppress(OSError, ValueError, IndexError):
            state, parent = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                found[int(name)] = int(parent)
    return found


def _family(leader: int, marker: bytes = b"") -> list[int]:
    """A process and all that descend from it; with a marker also orphans that have it in their environment."""
    parents = _parents()
    children: dict[int, list[int]] = {}
    for pid, parent in parents.items():
        children.setdefault(parent, []).append(pid)
    found, at = [leader], 0
    while at < len(found):
        found += children.get(found[at], [])
        at += 1
    for pid in children.get(1, []) if marker else ():
        with contextlib.suppress(OSError):
            if marker in Path(f"/proc/{pid}/environ").read_bytes():
                found.append(pid)
    return found


def _usage(leader: int) -> tuple[int, int]:
    """The memory (bytes) and the number of a family's processes. What they share counts once; of many, some are
    looked at for all."""
    members = _family(leader)
    if len(members) > PROCESSES_MAX:
        return 0, len(members)
    looked_at = members[:SAMPLE]
    total = sum(_resident(pid, alone=len(members) == 1) for pid in looked_at)
    return total * len(members) // max(len(looked_at), 1), len(members)


def _resident(pid: int, *, alone: bool) -> int:
    """The bytes of memory that a process has; its part of what it shares with others."""
    with contextlib.suppress(OSError, ValueError, IndexError, StopIteration):
        if alone:
            return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return 0
