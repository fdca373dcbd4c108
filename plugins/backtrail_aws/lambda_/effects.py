"""What Lambda does outside the log: looking into packages, and running functions.

A version that ran is kept warm: its process waits, frozen, for the next event, until nobody has asked for it for a
while. One that failed to load, ran out of time or memory, or ended by itself is never used again.
"""

from __future__ import annotations

import asyncio
import atexit
import secrets
import shutil
import stat
import zipfile
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import msgspec

from backtrail import UNSET, Outcome
from backtrail.blob import BlobPart, pieces
from backtrail_aws.lambda_ import limits, packages, runs
from backtrail_aws.lambda_.moments import millis_z
from backtrail_aws.lambda_.packages import Examined, Examining
from backtrail_aws.lambda_.runs import Ran, Run
from backtrail_aws.lambda_.sandbox.effects import NODE_BOOTSTRAP, Ended, OutOfMemory, Worker, folder, now_ms
from backtrail_aws.lambda_.state import service

IDLE_SECONDS = 300.0
"""How long a worker is kept that nobody asks for."""
IDLE_MAX = 16
"""Workers that wait at most, over all functions; the oldest goes."""
AT_ONCE_MAX = 64
"""Functions that run at once on this machine; others wait their turn."""
INIT_SECONDS = 10.0
"""How long a handler may take to load: dg/lambda-runtime-environment.html#runtimes-lifecycle-ib"""
PATH = "/usr/local/bin:/usr/bin:/bin"


class Bodies(Protocol):
    """The store of bodies."""

    def read_blob(self, name: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]: ...
    def blob_writer(self) -> Any: ...


class Clock(Protocol):
    """The engine's clock."""

    def peek(self) -> datetime: ...


class Traces(Protocol):
    """What names an effect, so that calls that are made within it are known for its own."""

    def trace(self, request_id: str) -> str: ...


class Host(Protocol):
    """The engine, as far as an effect needs it."""

    endpoint: str

    @property
    def effects(self) -> Traces: ...

    @property
    def store(self) -> Bodies: ...
    @property
    def clock(self) -> Clock: ...


class Floor:
    """Where one engine's functions run: how many do, and who waits."""

    def __init__(self) -> None:
        self.running: Counter[str] = Counter()
        self.places = asyncio.Semaphore(AT_ONCE_MAX)
        self.name = secrets.token_hex(4)


_floors: WeakKeyDictionary[Host, Floor] = WeakKeyDictionary()
_idle: OrderedDict[Worker, str] = OrderedDict()
_alive: set[Worker] = set()


@service.effect(packages.EFFECT)
async def examine(wanted: Examining, host: Host, request_id: str) -> Examined:
    """What a package is; one that came in the call is kept from here on."""
    data = await _bytes(host, wanted.parts)
    found = await asyncio.to_thread(packages.examine, data)
    if found.fault:
        return found
    blob = packages.whole(wanted.parts)
    if wanted.keep:
        writer = host.store.blob_writer()
        await writer.write(data)
        blob = msgspec.structs.replace(packages.handle(data), name=await writer.finish())
    return msgspec.structs.replace(found, content=blob)


@service.effect(runs.EFFECT)
async def run(wanted: Run, host: Host, request_id: str) -> Ran | Outcome:
    """One run of a function, or why there was none."""
    floor = _floors.get(host)
    if floor is None:
        floor = _floors[host] = Floor()
    if wanted.reserved is not None and floor.running[wanted.function_arn] >= wanted.reserved:
        return Outcome(error=runs.THROTTLED, message="ReservedFunctionConcurrentInvocationLimitExceeded")
    if floor.running.total() >= wanted.most:
        return Outcome(error=runs.THROTTLED, message="ConcurrentInvocationLimitExceeded")
    node = wanted.runtime.startswith("nodejs")
    if node and shutil.which("node") is None:
        return Outcome(
            error=runs.NO_INTERPRETER, message=f"the runtime {wanted.runtime} where no `node` is installed"
        )
    floor.running[wanted.function_arn] += 1
    try:
        async with floor.places:
            return await _run(wanted, host, floor, request_id)
    finally:
        floor.running[wanted.function_arn] -= 1


async def _run(wanted: Run, host: Host, floor: Floor, request_id: str) -> Ran:
    key = _key(wanted, floor)
    worker = _warm(key)
    healthy, begun = False, now_ms()
    trace = host.effects.trace(request_id)
    init_ms: float | None = None
    try:
        if worker is None:
            worker = await _started(wanted, host)
            loading = {
                "requestId": wanted.request_id,
                "handler": wanted.handler,
                "paths": _layer_paths(worker),
                "trace": trace,
            }
            answer = await worker.ask(loading, max(INIT_SECONDS, wanted.timeout_s))
            init_ms = now_ms() - begun
            if answer.get("failure"):
                return _failed(wanted, worker, answer["failure"], now_ms() - begun, status="error", cold=True)
        begun = now_ms()
        event = {
            "requestId": wanted.request_id, "arn": wanted.invoked_arn, "payload": wanted.payload.decode(),
            "context": wanted.context, "timeout": wanted.timeout_s, "trace": trace,
        }  # fmt: skip
        answer = await worker.ask(event, wanted.timeout_s)
        healthy = True
        return _answered(wanted, worker, answer, now_ms() - begun, init_ms)
    except TimeoutError:
        assert worker is not None
        return _timed_out(wanted, worker, host.clock.peek(), now_ms() - begun, init_ms)
    except OutOfMemory:
        assert worker is not None
        worker.peak_mb = wanted.memory_mb
        how = "Runtime exited with error: signal: killed"
        return _gone(wanted, worker, "Runtime.OutOfMemory", how, now_ms() - begun, init_ms)
    except Ended as ended:
        assert worker is not None
        return _gone(wanted, worker, "Runtime.ExitError", ended.how, now_ms() - begun, init_ms)
    finally:
        if worker is not None:
            _back(worker, key) if healthy else _end(worker)


# what came of a run


def _answered(
    wanted: Run, worker: Worker, answer: dict[str, Any], duration_ms: float, init_ms: float | None
) -> Ran:
    worker.peak_mb = max(worker.peak_mb, min(-(-int(answer.get("peak") or 0) // 1024), wanted.memory_mb))
    failure = answer.get("failure")
    result = str(answer.get("result") or "null").encode()
    if failure is None and len(result) > limits.RESPONSE_MAX_BYTES:
        failure = {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": f"Response payload size ({len(result)} bytes) exceeded maximum allowed payload size "
            f"({limits.RESPONSE_MAX_BYTES} bytes).",
        }
    cold, worker.used = not worker.used, True
    if failure is not None:
        return _failed(wanted, worker, failure, duration_ms, init_ms=init_ms, cold=cold)
    return Ran(
        payload=result, output=worker.output.take(), duration_ms=duration_ms, init_ms=init_ms,
        used_mb=worker.peak_mb, stream=worker.stream, cold=cold,
    )  # fmt: skip


def _failed(
    wanted: Run, worker: Worker, failure: dict[str, Any], duration_ms: float, *, init_ms: float | None = None,
    status: str = "", cold: bool = False, line: str = "",
) -> Ran:  # fmt: skip
    return Ran(
        payload=msgspec.json.encode(failure), error="Unhandled", error_type=str(failure.get("errorType")),
        status=status, output=worker.output.take() + line, duration_ms=duration_ms, init_ms=init_ms,
        used_mb=worker.peak_mb, stream=worker.stream, cold=cold,
    )  # fmt: skip


def _timed_out(wanted: Run, worker: Worker, now: datetime, duration_ms: float, init_ms: float | None) -> Ran:
    said = f"Task timed out after {wanted.timeout_s:.2f} seconds"
    failure = {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {wanted.request_id} Error: {said}",
    }
    line = f"{millis_z(now)} {wanted.request_id} {said}\n\n"
    return _failed(
        wanted, worker, failure, min(duration_ms, wanted.timeout_s * 1000.0), init_ms=init_ms, status="timeout",
        cold=not worker.used, line=line,
    )  # fmt: skip


def _gone(wanted: Run, worker: Worker, kind: str, how: str, duration_ms: float, init_ms: float | None) -> Ran:
    said = f"RequestId: {wanted.request_id} Error: {how}"
    failure = {"errorType": kind, "errorMessage": said}
    return _failed(
        wanted, worker, failure, duration_ms, init_ms=init_ms, status="error", cold=not worker.used,
        line=f"{said}\n{kind}\n",
    )  # fmt: skip


# workers


def _key(wanted: Run, floor: Floor) -> str:
    session = wanted.session.key if wanted.session is not None else ""
    return f"{floor.name} {wanted.function_arn} {wanted.version} {wanted.identity} {session}"


def _warm(key: str) -> Worker | None:
    """A worker that waits for such an event, the last to be used first."""
    for worker, held in reversed(_idle.items()):
        if held == key:
            del _idle[worker]
            return worker
    return None


def _back(worker: Worker, key: str) -> None:
    """Let a worker wait for the next event."""
    _idle[worker] = key
    while len(_idle) > IDLE_MAX:
        _end(next(iter(_idle)))
    uses = worker.uses = worker.uses + 1
    asyncio.get_running_loop().call_later(IDLE_SECONDS, _expire, worker, uses)


def _expire(worker: Worker, uses: int) -> None:
    if worker in _idle and worker.uses == uses:
        _end(worker)


def _end(worker: Worker) -> None:
    _idle.pop(worker, None)
    _alive.discard(worker)
    worker.end()


@atexit.register
def _end_all() -> None:
    for worker in list(_alive):
        _end(worker)


async def _started(wanted: Run, host: Host) -> Worker:
    """A new worker, with its package and its layers unpacked."""
    code = await _bytes(host, list(pieces(wanted.code)))
    layers = [await _bytes(host, list(pieces(layer))) for layer in wanted.layers]
    stream = f"{host.clock.peek():%Y/%m/%d}/[{wanted.version}]{secrets.token_hex(16)}"
    worker = Worker(folder(), wanted.memory_mb, stream)
    _alive.add(worker)
    try:
        for name in ("task", "opt", "tmp"):
            (worker.folder / name).mkdir()
        await asyncio.to_thread(_unpack, code, worker.folder / "task")
        for layer in layers:
            await asyncio.to_thread(_unpack, layer, worker.folder / "opt")
        node = wanted.runtime.startswith("nodejs")
        command: list[str] = []
        if node:
            heap = f"--max-old-space-size={max(wanted.memory_mb - 32, 64)}"
            command = [str(shutil.which("node")), heap, str(NODE_BOOTSTRAP), "{fd}"]
        worker.start(command, _environment(wanted, host, worker), address_space=not node)
    except BaseException:
        _end(worker)
        raise
    return worker


def _environment(wanted: Run, host: Host, worker: Worker) -> dict[str, str]:
    """All that a function sees of its surroundings; nothing is inherited.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    """
    task, opt, tmp = (str(worker.folder / name) for name in ("task", "opt", "tmp"))
    session = wanted.session
    made = {
        "PATH": f"{opt}/bin:{PATH}",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "HOME": tmp,
        "TMPDIR": tmp,
        "LAMBDA_TASK_ROOT": task,
        "LAMBDA_OPT": opt,
        "NODE_PATH": f"{opt}/nodejs/node_modules:{task}",
        "AWS_REGION": wanted.region,
        "AWS_DEFAULT_REGION": wanted.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{wanted.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": wanted.name,
        "AWS_LAMBDA_FUNCTION_VERSION": wanted.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(wanted.memory_mb),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": wanted.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": worker.stream,
        "AWS_EC2_METADATA_DISABLED": "true",
        "_HANDLER": wanted.handler,
    }
    if host.endpoint:
        made["AWS_ENDPOINT_URL"] = host.endpoint
    if session is not None:
        made["AWS_ACCESS_KEY_ID"], made["AWS_SECRET_ACCESS_KEY"] = session.key, session.secret
        made["AWS_SESSION_TOKEN"] = session.token
    return {**made, **wanted.environment}


def _layer_paths(worker: Worker) -> list[str]:
    """Where Python looks for layers' modules."""
    opt = worker.folder / "opt" / "python"
    return [str(opt), *sorted(str(path) for path in opt.glob("lib/python3*/site-packages"))]


def _unpack(data: bytes, into: Path) -> None:
    """The files of a package; nothing outside of the folder is written."""
    links: list[tuple[Path, str]] = []
    root = into.resolve()
    with zipfile.ZipFile(BytesIO(data)) as archive:
        for entry in archive.infolist():
            path = (root / entry.filename).resolve()
            if not path.is_relative_to(root):
                continue
            mode = entry.external_attr >> 16
            if entry.is_dir():
                path.mkdir(parents=True, exist_ok=True)
            elif stat.S_ISLNK(mode):
                links.append((root / entry.filename, archive.read(entry).decode(errors="replace")))
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(archive.read(entry))
                path.chmod((mode & 0o777 or 0o644) | 0o400)
    for link, target in links:
        if link.parent.resolve().is_relative_to(root):  # an earlier link may lead elsewhere
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(target)


async def _bytes(host: Host, parts: list[BlobPart]) -> bytes:
    """The bytes of a body."""
    data = bytearray()
    for part in parts:
        if part.blob.data is not UNSET:
            data += part.blob.data[part.start : part.end]
        elif part.blob.name is not UNSET:
            async for piece in host.store.read_blob(part.blob.name, part.start, part.end):
                data += piece
    return bytes(data)
