"""Bodies larger than memory, clients that leave, and many connections at once.

BACKTRAIL_STREAM_MB sets the size of the large body (300).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from .outsider import Outsider, Reply, ask, json_call, request, s3_call, until
from .subject import Subject, idle, sound

MIB = 1024 * 1024
LARGE = int(os.environ.get("BACKTRAIL_STREAM_MB", "300")) * MIB
STEADY = 32 * MIB
"""What memory may grow by while a body of any size passes."""

QUEUE = "http://localhost/123456789012/poll"
RECEIVE = json_call(
    "AmazonSQS.ReceiveMessage", json.dumps({"QueueUrl": QUEUE, "WaitTimeSeconds": 20}).encode()
)
SEND = json_call("AmazonSQS.SendMessage", json.dumps({"QueueUrl": QUEUE, "MessageBody": "here"}).encode())
HEALTH = request("GET", "/_backtrail/health")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server's log lies."""
    return tmp_path_factory.mktemp("streaming") / "account.db"


@pytest.fixture(scope="module")
def subject(log: Path) -> Iterator[Subject]:
    """A server with a bucket and a queue. It must have nothing to complain of, and leave a log that is whole."""
    with Subject(log) as running:
        assert ask(running.endpoint, s3_call("PUT", "/bucket")).status == 200
        assert (
            ask(running.endpoint, json_call("AmazonSQS.CreateQueue", b'{"QueueName":"poll"}')).status == 200
        )
        yield running
        assert running.stop() == 0
    assert running.complaints == ""
    asyncio.run(sound(log))


def _head(path: str, size: int, *headers: str) -> bytes:
    return s3_call("PUT", path, *headers).replace(b"Content-Length: 0", b"Content-Length: %d" % size)


def _piece(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest() * (MIB // 32)


@pytest.mark.timeout_s(300)
def test_a_body_larger_than_memory_passes_in_constant_memory(subject: Subject) -> None:
    """An upload is kept as it arrives and a download sent as it is read; ranges open alone."""
    subject.forget_peak()
    before = subject.memory()
    digest = hashlib.md5(usedforsecurity=False)
    with Outsider(subject.endpoint, seconds=60) as one:
        one.send(_head("/bucket/large", LARGE))
        for number in range(LARGE // MIB):
            digest.update(_piece(number))
            one.send(_piece(number))
        reply = one.reply()
        assert (reply.status, reply.headers["etag"]) == (200, f'"{digest.hexdigest()}"')

        for number in (0, 1, LARGE // MIB // 2, LARGE // MIB - 1):
            at = number * MIB
            reply = one.send(s3_call("GET", "/bucket/large", f"Range: bytes={at}-{at + MIB - 1}")).reply()
            assert (reply.status, reply.body) == (206, _piece(number))
        at = 5 * MIB - 3
        reply = one.send(s3_call("GET", "/bucket/large", f"Range: bytes={at}-{at + 9}")).reply()
        assert reply.body == (_piece(4) + _piece(5))[MIB - 3 : MIB + 7]

    assert _downloaded(subject.endpoint, "/bucket/large") == digest.hexdigest()
    assert subject.memory("VmHWM") - before < STEADY


def _downloaded(endpoint: str, path: str) -> str:
    """The MD5 of an object, read in constant memory."""
    digest = hashlib.md5(usedforsecurity=False)
    with Outsider(endpoint, seconds=60) as one:
        one.send(s3_call("GET", path, "Connection: close"))
        data = b""
        while b"\r\n\r\n" not in data:
            data += one.socket.recv(65536)
        digest.update(data.partition(b"\r\n\r\n")[2])
        while data := one.socket.recv(MIB):
            digest.update(data)
    return digest.hexdigest()


@pytest.fixture
def kept(subject: Subject) -> Path:
    """An object of 64 MiB, and the folder of the bodies."""
    with Outsider(subject.endpoint, seconds=60) as one:
        one.send(_head("/bucket/kept", 64 * MIB)).send(bytes(64 * MIB))
        assert one.reply().status == 200
    return subject.log.with_suffix(".blobs")


def test_who_does_not_read_costs_no_memory(subject: Subject, kept: Path) -> None:
    """Clients that ask for large bodies and do not read them hold a few pieces each, not the bodies."""
    subject.forget_peak()
    before = subject.memory()
    with ExitStack() as stack:
        for _ in range(8):
            stack.enter_context(Outsider(subject.endpoint)).send(s3_call("GET", "/bucket/kept"))
        time.sleep(0.5)
        assert ask(subject.endpoint, HEALTH).status == 200
    assert subject.memory("VmHWM") - before < STEADY
    assert until(5, lambda: _open_bodies(subject) == 0), "bodies are still open for clients that left"


def _open_bodies(subject: Subject) -> int:
    links = Path(f"/proc/{subject.process.pid}/fd").iterdir()
    return sum(".blobs/" in os.readlink(link) for link in links if link.is_symlink())


def test_who_leaves_an_upload_leaves_nothing(subject: Subject, kept: Path) -> None:
    """An upload that breaks off is no call: no record, no body, no open file."""
    before, bodies = subject.health()["records"], sorted(kept.rglob("*"))
    for size, sent in ((10, 0), (10, 5), (100_000, 50_000), (64 * MIB, 20 * MIB)):
        with Outsider(subject.endpoint) as one:
            one.send(_head("/bucket/left", size)).send(os.urandom(sent))
        with Outsider(subject.endpoint) as one:
            one.send(_head("/bucket/left", size)).send(os.urandom(sent))
            _reset(one)

    assert until(5, lambda: _open_bodies(subject) == 0)
    assert until(5, lambda: sorted(kept.rglob("*")) == bodies), set(kept.rglob("*")) - set(bodies)
    assert subject.health()["records"] == before
    assert ask(subject.endpoint, s3_call("GET", "/bucket/left")).status == 404


def _reset(one: Outsider) -> None:
    """Hang up the hard way."""
    linger = (1).to_bytes(4, "little") + bytes(4)
    one.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    one.socket.close()


def test_who_leaves_a_download_stops_it(subject: Subject, kept: Path) -> None:
    """A download whose client hangs up is not read on for nobody."""
    for hang_up in (Outsider.close, _reset):
        with Outsider(subject.endpoint) as one:
            one.send(s3_call("GET", "/bucket/kept")).socket.recv(1000)
            hang_up(one)
        assert until(5, lambda: _open_bodies(subject) == 0)


def test_a_refused_upload_is_answered_and_the_connection_goes_on(subject: Subject) -> None:
    """A client that sends all of a large body after a bad head gets its answer, and may ask again."""
    head = _head("/bucket/refused", 32 * MIB).replace(b"Credential=test/", b"Credential=/")
    with Outsider(subject.endpoint, seconds=30) as one:
        assert one.send(head).send_all(bytes(MIB) for _ in range(32))
        assert one.reply().status == 400
        assert one.send(HEALTH).reply().status == 200


def test_500_connections_are_served(subject: Subject) -> None:
    """Many clients hold connections, each of which serves call after call."""
    with ExitStack() as stack:
        many = [stack.enter_context(Outsider(subject.endpoint, seconds=30)) for _ in range(500)]
        for number in range(2):
            for which, one in enumerate(many):
                one.send(s3_call("PUT", f"/bucket/many-{which}", body=f"{number} {which}".encode()))
            assert {one.reply().status for one in many} == {200}
        for one in many:
            one.send(s3_call("GET", "/bucket/many-7"))
        assert {one.reply().body for one in many} == {b"1 7"}
        assert idle(subject, 1.0) < 0.1


def test_the_usual_limit_on_files_limits_no_clients(tmp_path: Path) -> None:
    """A shell's soft limit on open files is raised to the hard one: each connection is a file."""
    few = ("sh", "-c", 'ulimit -Sn 64; exec "$@"', "sh")
    with Subject(tmp_path / "account.db", before=few) as subject, ExitStack() as stack:
        many = [stack.enter_context(Outsider(subject.endpoint)) for _ in range(200)]
        assert {one.send(HEALTH).reply().status for one in many} == {200}


def test_200_long_polls_cost_nothing(subject: Subject) -> None:
    """Calls that wait take no processor time; a message ends one of them, and only that one."""
    with ExitStack() as stack:
        pollers = [stack.enter_context(Outsider(subject.endpoint, seconds=30)) for _ in range(200)]
        for one in pollers:
            one.send(RECEIVE)
        time.sleep(0.5)
        assert idle(subject, 2.0) < 0.05

        assert ask(subject.endpoint, SEND).status == 200
        assert until(30, lambda: any(_readable(one) for one in pollers))
        (answered,) = [one for one in pollers if _readable(one)]
        assert "here" in answered.reply().text
        time.sleep(0.3)
        assert sum(_readable(one) for one in pollers) == 0


def _readable(one: Outsider) -> bool:
    one.socket.settimeout(0)
    try:
        return bool(one.socket.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
    finally:
        one.socket.settimeout(30)


def test_a_poller_that_left_takes_no_message(subject: Subject) -> None:
    """A call that waits is given up when its client hangs up: the next message is the next caller's."""
    ask(subject.endpoint, json_call("AmazonSQS.PurgeQueue", json.dumps({"QueueUrl": QUEUE}).encode()))
    for _ in range(5):
        with Outsider(subject.endpoint) as one:
            one.send(RECEIVE)
            time.sleep(0.1)
    time.sleep(0.2)
    assert ask(subject.endpoint, SEND).status == 200
    assert "here" in ask(subject.endpoint, RECEIVE).text


def test_waiting_calls_end_with_the_server(tmp_path: Path) -> None:
    """A server that is told to end answers every call that waits, at once and rightly, and then is gone."""
    replies: list[Reply] = []
    with Subject(tmp_path / "account.db") as subject, ExitStack() as stack:
        ask(subject.endpoint, json_call("AmazonSQS.CreateQueue", b'{"QueueName":"poll"}'))
        pollers = [stack.enter_context(Outsider(subject.endpoint, seconds=30)) for _ in range(200)]
        for one in pollers:
            one.send(RECEIVE)
        time.sleep(0.5)
        readers = [threading.Thread(target=lambda one=one: replies.append(one.reply())) for one in pollers]
        for reader in readers:
            reader.start()
        began = time.monotonic()
        assert subject.stop() == 0
        assert time.monotonic() - began < 3
        for reader in readers:
            reader.join(5)
    assert [(reply.status, reply.body) for reply in replies] == [(200, b"{}")] * 200
    assert subject.complaints == ""
    assert asyncio.run(sound(tmp_path / "account.db"))[0] == 201


def test_an_upload_that_is_under_way_is_given_up_with_the_server(tmp_path: Path) -> None:
    """A server does not wait for ever for a body: it ends, keeps nothing of it, and says so in one line."""
    with Subject(tmp_path / "account.db") as subject, Outsider(subject.endpoint) as one:
        ask(subject.endpoint, s3_call("PUT", "/bucket"))
        one.send(_head("/bucket/k", 10 * MIB)).send(bytes(5 * MIB))
        time.sleep(0.2)
        assert subject.stop() == 0
    assert "Traceback" not in subject.complaints
    assert len(subject.complaints.splitlines()) <= 1, subject.complaints
    assert [path for path in (tmp_path / "account.blobs").rglob("*") if path.is_file()] == []
