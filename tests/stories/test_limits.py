"""What is endless is cut off: heads, fields, bodies and patience have limits, and memory stays where it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backtrail_cli.server import limits
from backtrail_cli.server.background import BackgroundServer

from .outsider import Outsider, cbor_call, form_call, json_call, request, s3_call
from .subject import Subject

MIB = 1024 * 1024
PUT_METRICS = "GraniteServiceVersion20100801/operation/PutMetricData"
SEND = "AmazonSQS.SendMessage"
HUGE = 100 * MIB
GROWTH = 48 * MIB
"""What a server may keep after a bad request, whatever its size: nothing, but the allocator's habits."""


def _pieces(size: int = HUGE, piece: bytes = b"a" * MIB) -> Iterator[bytes]:
    for _ in range(size // len(piece)):
        yield piece


CHUNKS = json_call(SEND, b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
ENDLESS_HEADS: dict[str, tuple[bytes, bytes]] = {
    "a path": (b"GET /", b"a" * MIB),
    "a method": (b"", b"A" * MIB),
    "one header": (b"GET / HTTP/1.1\r\nHost: a\r\nX-A: ", b"a" * MIB),
    "many headers": (b"GET / HTTP/1.1\r\nHost: a\r\n", b"X-A: a\r\n" * (MIB // 8)),
    "a trailer": (CHUNKS + b"0\r\nX-A: ", b"a" * MIB),
    "many trailers": (CHUNKS + b"0\r\n", b"X-A: a\r\n" * (MIB // 8)),
    "a chunk's extension": (CHUNKS + b"1;", b"a" * MIB),
    "chunks' extensions": (CHUNKS, b"1;" + b"a" * (MIB - 7) + b"\r\nb\r\n"),
}


@pytest.mark.parametrize("name", ENDLESS_HEADS)
def test_100_mb_of_head_are_refused_early(subject: Subject, bad: str, name: str) -> None:
    """A head that does not end is refused as such after 64 KiB, and nothing of it is kept."""
    begin, piece = ENDLESS_HEADS[name]
    subject.forget_peak()
    before = subject.memory()
    with Outsider(bad) as one:
        one.send(begin).send_all(_pieces(piece=piece))
        assert one.reply().status in (400, 413, 431)

    assert subject.memory("VmHWM") - before < GROWTH


HUGE_FIELDS: dict[str, tuple[bytes, bytes, str]] = {
    "JSON": (json_call(SEND, b""), b'{"QueueUrl":"a","MessageBody":"', "RequestEntityTooLarge"),
    "a form": (
        form_call(b""),
        b"Action=SendMessage&Version=2012-11-05&MessageBody=",
        "RequestEntityTooLarge",
    ),
    "CBOR": (cbor_call(PUT_METRICS, b""), b"\xa1iNamespace\x7a\x06\x40\0\0", "RequestEntityTooLarge"),
    "XML": (s3_call("PUT", "/bucket?tagging"), b"<Tagging><TagSet><Tag><Key>", "MaxMessageLengthExceeded"),
}


@pytest.mark.parametrize("name", HUGE_FIELDS)
def test_100_mb_of_field_are_refused(subject: Subject, bad: str, name: str) -> None:
    """A field of 100 MB is refused; neither memory nor the log keeps it."""
    empty, begin, code = HUGE_FIELDS[name]
    head = empty.replace(b"Content-Length: 0", b"Content-Length: %d" % (HUGE + len(begin)))
    subject.forget_peak()
    before = subject.memory()
    with Outsider(bad) as one:
        one.send(head + begin).send_all(_pieces())
        reply = one.reply()

    assert (reply.status, code in reply.text) == (400 if name == "XML" else 413, True), reply
    assert subject.memory("VmHWM") - before < GROWTH


def test_100_mb_in_chunks_are_refused(subject: Subject, bad: str) -> None:
    """A body that does not say how long it is can be no longer than others."""
    subject.forget_peak()
    before = subject.memory()
    with Outsider(bad) as one:
        one.send(CHUNKS).send_all(_pieces(piece=b"100000\r\n" + b"a" * MIB + b"\r\n"))
        assert one.reply().status == 413

    assert subject.memory("VmHWM") - before < 3 * GROWTH


def test_an_expectation_is_met_only_when_the_head_is_good(bad: str) -> None:
    """`100 Continue` comes when the body is wanted, and never after a refusal: that one ends the connection."""
    good = request("PUT", "/bucket/expected", "Expect: 100-continue", "Content-Length: 3", service="s3")
    with Outsider(bad) as one:
        assert one.send(good).reply().status == 100
        assert one.send(b"abc").reply().status == 200
        assert one.send(s3_call("GET", "/bucket/expected")).reply().body == b"abc"

    with Outsider(bad) as one:
        reply = one.send(good.replace(b"Credential=test/", b"Credential=/")).reply()
        assert (reply.status, reply.headers["connection"]) == (400, "close"), reply
        assert one.closed()


def test_what_the_head_decides_is_told_before_the_body_is_sent(bad: str) -> None:
    """An upload to a bucket that is not there is refused in place of `100 Continue`; one that may be, is asked for."""
    lost = request("PUT", "/no-such-bucket/k", "Expect: 100-continue", "Content-Length: 20000", service="s3")
    with Outsider(bad) as one:
        reply = one.send(lost).reply()
        assert (reply.status, reply.headers["connection"]) == (404, "close"), reply
        assert b"NoSuchBucket" in reply.body
        assert one.closed()

    only = request(
        "PUT", "/bucket/k", "Expect: 100-continue", 'If-Match: "0"', "Content-Length: 20000", service="s3"
    )
    with Outsider(bad) as one:
        assert one.send(only).reply().status == 100
        assert one.send(b"abcd" * 5000).reply().status == 404


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[BackgroundServer]:
    """A server that waits for half a second where others wait for a minute."""
    for name in ("HEAD_SECONDS", "IDLE_SECONDS", "BODY_SECONDS", "LINGER_SECONDS"):
        monkeypatch.setattr(limits, name, 0.5)
    running = BackgroundServer().start()
    yield running
    running.stop()


SLOW: dict[str, tuple[bytes, bytes]] = {
    "nothing": (b"", b""),
    "half a line": (b"GET / HT", b"HTTP/1.1 408"),
    "half a head": (b"GET / HTTP/1.1\r\nHost: a\r\n", b"HTTP/1.1 408"),
    "half of S3's body": (s3_call("PUT", "/b/k").replace(b": 0", b": 9") + b"abc", b"RequestTimeout"),
    "half of a JSON body": (json_call(SEND, b"").replace(b": 0", b": 9") + b"abc", b"RequestTimeout"),
    "none of the body": (json_call(SEND, b"").replace(b": 0", b": 9"), b"RequestTimeout"),
    "half a chunk": (
        request("POST", "/", "Transfer-Encoding: chunked", service="s3") + b"9\r\na",
        b"HTTP/1.1 4",
    ),
}


@pytest.mark.parametrize("name", SLOW)
def test_half_a_request_is_not_waited_for_for_ever(impatient: BackgroundServer, name: str) -> None:
    """A connection that says nothing more is told so, where it had begun a request, and closed."""
    data, answer = SLOW[name]
    with Outsider(impatient.endpoint, seconds=5) as one:
        assert answer in one.send(data).rest()
