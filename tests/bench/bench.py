"""Backtrail beside moto's server, in one run, as ratios: `python tests/bench/bench.py [--seconds 3] [--json]`.

Both servers get the same signed requests from the same generator in a process of its own. A figure is worth what
the machine was doing: run it on a quiet one, and read the ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import atexit
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.request import urlopen

HERE = Path(__file__).parent
SERVE = "import sys; from backtrail_cli.server.running import run, Options; from pathlib import Path; \
run(Options(port=int(sys.argv[1]), log=Path(sys.argv[2])), lambda serving: None)"
STARTS = 6
ROWS = [
    ("s3 PutObject 1 KiB", 16),
    ("s3 PutObject 1 KiB", 1),
    ("s3 GetObject 1 KiB", 16),
    ("sqs SendMessage", 16),
    ("sqs SendMessage", 1),
    ("sts GetCallerIdentity", 16),
    ("iam GetRole", 16),
    ("ec2 DescribeInstances of 100", 1),
]


@contextlib.contextmanager
def backtrail(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Our server, on a log in a file."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", SERVE, str(port), f"{folder}/account.db"]
        yield from running(command, f"http://127.0.0.1:{port}/_backtrail/health")


@contextlib.contextmanager
def moto(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The peer."""
    yield from running(
        [sys.executable, "-m", "moto.server", "-p", str(port)], f"http://127.0.0.1:{port}/moto-api/"
    )


@cache
def environment() -> dict[str, str]:
    """The environment of both servers, in which Python keeps what it compiled, as it does for whatever is installed.

    A checkout has no bytecode of ours, and where PYTHONDONTWRITEBYTECODE is set each start would compile all of it.
    """
    folder = tempfile.TemporaryDirectory(prefix="bytecode-")
    atexit.register(folder.cleanup)
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": folder.name}


def running(command: list[str], ready: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment()
    )
    begin = time.perf_counter()
    try:
        while True:
            try:
                urlopen(ready, timeout=1).read()
                break
            except OSError:
                if time.perf_counter() - begin > 30:
                    raise
                time.sleep(0.002)
        process.first_answer_ms = (time.perf_counter() - begin) * 1000  # type: ignore[attr-defined]
        process.memory_mib = memory_mib(process.pid)  # type: ignore[attr-defined]
        yield process
    finally:
        process.terminate()
        process.wait(10)


def memory_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def measure(
    server: Callable[[int], Any], port: int, row: str, connections: int, seconds: float
) -> dict[str, float]:
    with server(port):
        endpoint = f"http://127.0.0.1:{port}"
        out = subprocess.run(
            [sys.executable, str(HERE / "load.py"), endpoint, row, str(connections), str(seconds)],
            capture_output=True, text=True, check=True, env={**os.environ, "AWS_EC2_METADATA_DISABLED": "true"},
        )  # fmt: skip
    measured: dict[str, float] = json.loads(out.stdout)
    return measured


def starts() -> list[dict[str, Any]]:
    """Start to first answer, and memory after it: the best of several, the first of which leaves the bytecode."""
    rows = []
    for name, key in (
        ("start to first answer, ms", "first_answer_ms"),
        ("memory after it, MiB", "memory_mib"),
    ):
        values = []
        for server, port in ((backtrail, 4701), (moto, 4702)):
            found = []
            for _ in range(STARTS):
                with server(port) as process:
                    found.append(getattr(process, key))
            values.append(min(found[1:]))
        rows.append({"row": name, "backtrail": values[0], "moto": values[1], "ratio": values[1] / values[0]})
    return rows


def depth() -> dict[str, Any]:
    """SQS send and receive at depth 1,000 against 10: what depth costs."""
    from tests.bench.load import client

    ratios = []
    for server, port in ((backtrail, 4703), (moto, 4704)):
        seconds = []
        for messages in (10, 1000):
            with server(port):
                made = client(f"http://127.0.0.1:{port}", "sqs")
                url = made.create_queue(QueueName="deep")["QueueUrl"]
                for _ in range(messages // 10):
                    entries = [{"Id": str(number), "MessageBody": "x"} for number in range(10)]
                    made.send_message_batch(QueueUrl=url, Entries=entries)
                begin = time.perf_counter()
                for _ in range(100):
                    made.send_message(QueueUrl=url, MessageBody="x")
                    made.receive_message(QueueUrl=url, VisibilityTimeout=0)
                seconds.append(time.perf_counter() - begin)
        ratios.append(seconds[1] / seconds[0])
    ours, peer = ratios
    return {
        "row": "sqs at depth 1,000 against 10, times",
        "backtrail": ours,
        "moto": peer,
        "ratio": peer / ours,
    }


def listings() -> list[dict[str, Any]]:
    """DescribeInstances in pages: what ten times as many instances cost. Moto gets a tenth of ours: it takes long."""
    from tests.bench.load import client, launch

    costs, whole = [], 0.0
    for server, port, few in ((backtrail, 4707, 1000), (moto, 4708, 100)):
        with server(port):
            made = client(f"http://127.0.0.1:{port}", "ec2")
            if server is backtrail:  # the vCPUs of that many instances are more than an account begins with
                client(f"http://127.0.0.1:{port}", "service-quotas").request_service_quota_increase(
                    ServiceCode="ec2", QuotaCode="L-1216C47A", DesiredValue=100_000
                )
            launch(made, few)
            listed(port, few)
            first = listed(port, few)
            launch(made, few * 9)
            last = listed(port, few * 10)
            costs.append(last / first)
            whole = whole or last
    ours, peer = costs
    return [
        {"row": "ec2 DescribeInstances of 10,000 in pages, s", "backtrail": whole},
        {
            "row": "ec2 ten times as many in pages, times", "backtrail": ours, "moto": peer, "ratio": peer / ours,
        },
    ]  # fmt: skip


def listed(port: int, instances: int) -> float:
    """The seconds in which a server gives all its instances, in pages of 100.

    Nobody reads the answers: boto3 takes longer over that than either server.
    """
    from tests.bench.load import capture, client

    asking = client(f"http://127.0.0.1:{port}", "ec2")
    token, seconds, held = "", 0.0, 0
    while True:
        more = {"NextToken": token} if token else {}
        request = capture(asking, "describe_instances", MaxResults=100, **more)
        begin = time.perf_counter()
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            answer = b"".join(iter(lambda: connection.recv(1 << 20), b""))
        seconds += time.perf_counter() - begin
        held += answer.count(b"<imageId>")
        found = re.search(rb"<nextToken>(.+?)</nextToken>", answer)
        if found is None:
            assert held == instances, held
            return seconds
        token = found[1].decode()


def replay(records: int) -> list[dict[str, Any]]:
    """Replay through the real plugins, import, and who deleted what (no peer does this)."""
    return asyncio.run(_replay(records))


async def _replay(records: int) -> list[dict[str, Any]]:
    from tests.bench.made import trail

    from backtrail.machine import Machine
    from backtrail_cli.server.running import registry
    from backtrail_eventstore import SqliteStore

    lines = trail(records)
    plugins = registry()
    Machine(plugins).apply(lines[0])
    plugins.load_all()  # importing them is no replay
    machine = Machine(plugins)
    begin = time.perf_counter()
    for line in lines:
        machine.apply(line)
    folded = records / (time.perf_counter() - begin)
    with tempfile.TemporaryDirectory() as folder:
        from backtrail.store import Entry

        async with SqliteStore.open(f"{folder}/account.db") as store:
            begin = time.perf_counter()
            for start in range(0, records, 1000):
                await store.append([Entry(record=line) for line in lines[start : start + 1000]])
            appended = records / (time.perf_counter() - begin)
    return [
        {"row": "replay through real plugins, records/s", "backtrail": folded},
        {"row": "append in batches of 1,000, records/s", "backtrail": appended},
    ]


def small_files(files: int, per_file: int = 8) -> list[dict[str, Any]]:
    """Import, fold order and audit index of a tree of small packed files, as CloudTrail delivers them."""
    return asyncio.run(_small_files(files, per_file))


async def _small_files(files: int, per_file: int) -> list[dict[str, Any]]:
    import gzip
    import resource

    from tests.bench.made import trail

    from backtrail_eventstore import SqliteStore, import_trails

    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        lines = trail(files * per_file)
        for number in range(files):
            day = Path(folder) / f"AWSLogs/111122223333/CloudTrail/us-east-1/2024/{number // 500:05}"
            day.mkdir(parents=True, exist_ok=True)
            some = b",".join(lines[number * per_file : (number + 1) * per_file])
            (day / f"{number:06}.json.gz").write_bytes(gzip.compress(b'{"Records":[' + some + b"]}"))
        del lines
        async with SqliteStore.open(f"{folder}/account.db") as store:
            steps = (
                ("import", lambda: import_trails(store, [f"{folder}/AWSLogs"])),
                ("the same again", lambda: import_trails(store, [f"{folder}/AWSLogs"])),
                ("fold order", store.index.refresh_order),
                ("audit index", store.index.refresh),
            )
            for name, step in steps:
                begin = time.perf_counter()
                await step()
                took = time.perf_counter() - begin
                row = f"{name}: {files * per_file:,} records in {files:,} small files, s"
                rows.append({"row": row, "backtrail": took})
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [*rows, {"row": "the most memory meanwhile (the trail's making too), MiB", "backtrail": peak}]


def commands() -> list[dict[str, Any]]:
    """What a simple command costs, beside `import boto3`."""
    rows = []
    for name, command in (
        ("backtrail --version, ms", [sys.executable, "-m", "backtrail_cli", "--version"]),
        ("python -c 'import boto3', ms", [sys.executable, "-c", "import boto3"]),
    ):
        times = []
        for _ in range(9):
            begin = time.perf_counter()
            subprocess.run(command, capture_output=True, check=True)
            times.append((time.perf_counter() - begin) * 1000)
        rows.append({"row": name, "backtrail": sorted(times)[len(times) // 2]})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--million", action="store_true", help="import 125,000 files, not 5,000")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sys.path.insert(0, str(HERE.parent.parent))
    from tests.bench.policies import rows as authorizations

    rows: list[dict[str, Any]] = []
    for row, connections in ROWS:
        ours = measure(backtrail, 4705, row, connections, options.seconds)
        peer = measure(moto, 4706, row, connections, options.seconds)
        key = "median_ms" if connections == 1 else "per_second"
        ratio = peer[key] / ours[key] if connections == 1 else ours[key] / peer[key]
        name = f"{row}, {connections} connection{'s' if connections > 1 else ''}, {'ms' if connections == 1 else '/s'}"
        rows.append({"row": name, "backtrail": ours[key], "moto": peer[key], "ratio": ratio})
    rows += [depth(), *listings(), *starts(), *commands(), *authorizations(), *replay(options.records)]
    rows += small_files(125_000 if options.million else 5_000)
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    for one in rows:
        peer_text = f"{one['moto']:>10,.2f} {one['ratio']:>7.1f}x" if "moto" in one else ""
        print(f"{one['row']:<48} {one['backtrail']:>12,.2f} {peer_text}")


if __name__ == "__main__":
    main()
