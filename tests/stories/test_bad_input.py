"""Bad input is answered clearly, in the words of the service that was asked, and harms nothing.

A server in a process of its own (`bad`) is asked; after each bad request a good one must work, and at the end its log
must be whole and its stderr empty. How much, and how slowly, is `test_limits`.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import sqlite3
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from .outsider import Outsider, ask, cbor_call, form_call, json_call, request, s3_call
from .subject import Subject, sound

PUT_METRICS = "GraniteServiceVersion20100801/operation/PutMetricData"
SEND = "AmazonSQS.SendMessage"
CHUNKED = (
    "x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "x-amz-trailer: x-amz-checksum-crc32",
    "x-amz-decoded-content-length: 3",
    "content-encoding: aws-chunked",
)


NO_HTTP: dict[str, tuple[bytes, int, str]] = {
    "HTTP/2 without asking": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4", 400, "HTTP/2 is not spoken"),
    "TLS": (b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + b"a" * 500, 400, "TLS is not spoken"),
    "noise": (b"\x00\xff\x00\xff\r\n\r\n", 400, "no HTTP/1.1 request"),
    "a later HTTP": (b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 400, "HTTP version"),
    "an unknown method": (request("FROB", "/"), 400, "method"),
    "a proxy's CONNECT": (request("CONNECT", "localhost:443"), 400, "url"),
    "NUL in the path": (request("GET", "/a\0b"), 400, "url path"),
    "NUL in a header": (request("GET", "/", "X-A: a\0b"), 400, "header value"),
    "bytes in the path": (request("GET", "/\xff\xfe"), 400, "url path"),
    "a folded header": (request("GET", "/", "X-A: a\r\n b"), 400, "whitespace"),
    "a space before the colon": (request("GET", "/", "X-A : a"), 400, "header token"),
    "a nameless header": (request("GET", "/", ": a"), 400, "header token"),
    "bare line feeds": (b"GET / HTTP/1.1\nHost: a\n\n", 400, "CRLF"),
    "a negative length": (request("POST", "/", "Content-Length: -3"), 400, "Content-Length"),
    "a length with a sign": (request("POST", "/", "Content-Length: +3"), 400, "Content-Length"),
    "an absurd length": (request("POST", "/", f"Content-Length: {'9' * 30}"), 400, "overflow"),
    "two lengths": (request("POST", "/", "Content-Length: 3", "Content-Length: 4"), 400, "Content-Length"),
    "a list of lengths": (request("POST", "/", "Content-Length: 3, 3"), 400, "Content-Length"),
    "length, then chunks": (
        request("POST", "/", "Content-Length: 3", "Transfer-Encoding: chunked"), 400, "Transfer-Encoding"
    ),
    "chunks, then length": (
        request("POST", "/", "Transfer-Encoding: chunked", "Content-Length: 3"), 400, "Content-Length"
    ),
    "chunks that are not last": (
        request("POST", "/", "Transfer-Encoding: chunked, identity"), 400, "Transfer-Encoding"
    ),
    "chunks that are spelt oddly": (
        request("POST", "/", "Transfer-Encoding: xchunked"), 400, "Transfer-Encoding"
    ),
    "a chunk of no size": (
        request("POST", "/", "Transfer-Encoding: chunked") + b"zz\r\nabc\r\n", 400, "chunk size"
    ),
    "an expectation": (request("PUT", "/b/k", "Expect: 200-ok", body=b"abc"), 417, "100-continue"),
    "two hosts": (request("GET", "/", "Host: b"), 400, "host"),
    "two signers": (
        s3_call("GET", "/bucket", "Authorization: AWS a:b"), 400, "authorization is there more than once"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_HTTP)
def test_what_is_no_http_is_refused_with_a_reason(bad: str, name: str) -> None:
    """Whatever is not one clear HTTP/1.1 request gets an answer that says why, and the connection is closed."""
    data, status, reason = NO_HTTP[name]
    with Outsider(bad) as one:
        reply = one.send(data).reply()
        assert (reply.status, reason in reply.text) == (status, True), reply
        if reply.headers.get("connection") == "close":
            assert one.closed()


ODD_HTTP: dict[str, tuple[bytes, int]] = {
    "HTTP/1.0": (b"GET /_backtrail/health HTTP/1.0\r\n\r\n", 200),
    "no host": (b"GET /_backtrail/health HTTP/1.1\r\n\r\n", 200),
    "a proxy's request line": (request("GET", "http://elsewhere:80/_backtrail/health"), 200),
    "an offer of h2c": (
        request("GET", "/_backtrail/health", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
                "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"),
        200,
    ),
    "an offer of a websocket": (
        request("GET", "/_backtrail/health", "Connection: Upgrade", "Upgrade: websocket"), 200
    ),
    "empty lines first": (b"\r\n\r\n" + request("GET", "/_backtrail/health"), 200),
    "TRACE": (request("TRACE", "/"), 405),
    "PROPFIND": (request("PROPFIND", "/"), 405),
    "an unknown control request": (request("GET", "/_backtrail/nothing"), 404),
    "a path upwards": (s3_call("GET", "/../../etc/passwd"), 404),
    "escapes that are none": (s3_call("GET", "/bucket/%zz%"), 404),
    "an escaped NUL": (s3_call("GET", "/bucket/a%00b"), 404),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD_HTTP)
def test_odd_but_valid_http_is_answered(bad: str, name: str) -> None:
    """What is unusual but right is answered like anything else."""
    data, status = ODD_HTTP[name]

    assert ask(bad, data).status == status


BAD_BODIES: dict[str, tuple[bytes, int, str]] = {
    "JSON that ends early": (json_call(SEND, b'{"QueueUrl":'), 400, "SerializationException"),
    "JSON 100,000 arrays deep": (json_call(SEND, b"[" * 100_000), 400, "SerializationException"),
    "JSON 100,000 objects deep": (json_call(SEND, b'{"a":' * 100_000), 400, "SerializationException"),
    "JSON that is a list": (json_call(SEND, b"[]"), 400, "SerializationException"),
    "JSON in broken UTF-8": (
        json_call("AmazonSQS.CreateQueue", b'{"QueueName":"\xff"}'), 400, "SerializationException"
    ),
    "JSON with half a surrogate": (
        json_call("AmazonSQS.CreateQueue", b'{"QueueName":"\\ud800"}'), 400, "SerializationException"
    ),
    "JSON with 5,000 digits": (
        json_call(SEND, b'{"QueueUrl":"a","MessageBody":"b","DelaySeconds":' + b"9" * 5000 + b"}"),
        400, "SerializationException",
    ),
    "a name with NUL": (
        json_call("AmazonSQS.CreateQueue", b'{"QueueName":"a\\u0000"}'), 400, "InvalidParameterValue"
    ),
    "an unknown target": (json_call("AmazonSQS.Frob", b"{}"), 400, "UnknownOperationException"),
    "a target in bytes": (json_call("\xff\xfe", b"{}"), 400, "UnknownOperationException"),
    "an empty form": (form_call(b""), 400, "MissingAction"),
    "a form in broken UTF-8": (
        form_call(b"Action=CreateQueue&QueueName=%ff&Version=2012-11-05"), 400, "MalformedQueryString"
    ),
    "a form with 5,000 dots": (
        form_call(b"Action=CreateQueue&Version=2012-11-05&A" + b".1" * 5000 + b"=b"),
        400, "MalformedQueryString",
    ),
    "a form of IAM's with a text for a number": (
        form_call(b"Action=ListUsers&Version=2010-05-08&MaxItems=many", "iam"), 400, "MalformedInput"
    ),
    "a form of IAM's that lacks what is required": (
        form_call(b"Action=CreateUser&Version=2010-05-08", "iam"), 400, "ValidationError"
    ),
    "an action of bytes": (form_call(b"Action=%ff%fe&Version=2012-11-05"), 400, "InvalidAction"),
    "CBOR that is a break": (cbor_call(PUT_METRICS, b"\xff"), 400, "SerializationException"),
    "CBOR 100,000 arrays deep": (cbor_call(PUT_METRICS, b"\x81" * 100_000), 400, "SerializationException"),
    "CBOR that says it is vast": (
        cbor_call(PUT_METRICS, b"\x9b" + b"\xff" * 8), 400, "SerializationException"
    ),
    "CBOR at no path": (cbor_call("nothing", b"\xa0"), 404, "UnknownOperationException"),
    "XML that ends early": (s3_call("PUT", "/bucket?tagging", body=b"<Tagging>"), 400, "MalformedXML"),
    "XML 100,000 elements deep": (
        s3_call("PUT", "/bucket?tagging", body=b"<a>" * 100_000 + b"</a>" * 100_000), 400, "MalformedXML"
    ),
    "XML with entities": (
        s3_call("PUT", "/bucket?tagging", body=b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        400, "MalformedXML",
    ),
    "XML with entities in UTF-16": (
        s3_call("PUT", "/bucket?tagging", body='<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode("utf-16")),
        400, "MalformedXML",
    ),
    "a key in broken UTF-8": (s3_call("PUT", "/bucket/%ff", body=b"abc"), 400, "InvalidURI"),
    "a key that is too long": (s3_call("PUT", f"/bucket/{'k' * 1025}", body=b"abc"), 400, "KeyTooLongError"),
    "a query in broken UTF-8": (s3_call("GET", "/bucket?prefix=%ff"), 400, ""),
    "a number that is none": (s3_call("GET", "/bucket?max-keys=many"), 400, "InvalidArgument"),
    "a body of no length": (request("PUT", "/bucket/k", service="s3"), 411, "MissingContentLength"),
    "another MD5": (
        s3_call("PUT", "/bucket/k", f"Content-MD5: {'A' * 22}==", body=b"abc"), 400, "BadDigest"
    ),
    "an MD5 that is none": (
        s3_call("PUT", "/bucket/k", "Content-MD5: abc", body=b"abc"), 400, "InvalidDigest"
    ),
    "another SHA-256": (
        s3_call("PUT", "/bucket/k", f"x-amz-content-sha256: {'0' * 64}", body=b"abc"),
        400, "XAmzContentSHA256Mismatch",
    ),
    "another checksum": (
        s3_call("PUT", "/bucket/k", "x-amz-checksum-crc32: AAAAAA==", body=b"abc"), 400, "BadDigest"
    ),
    "another checksum of a large body": (
        s3_call("PUT", "/bucket/k", "x-amz-checksum-crc32: AAAAAA==", body=b"abc" * 100_000), 400, "BadDigest"
    ),
    "chunks of no size": (
        s3_call("PUT", "/bucket/k", *CHUNKED, body=b"zz\r\nabc"), 400, "IncompleteBody"
    ),
    "chunks that end early": (
        s3_call("PUT", "/bucket/k", *CHUNKED, body=b"3\r\nabc\r\n"), 400, "IncompleteBody"
    ),
    "a chunk that is vast": (
        s3_call("PUT", "/bucket/k", *CHUNKED, body=b"ffffffffffffffff\r\nabc\r\n0\r\n\r\n"),
        400, "IncompleteBody",
    ),
    "chunks with another checksum": (
        s3_call("PUT", "/bucket/k", *CHUNKED, body=b"3\r\nabc\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"),
        400, "BadDigest",
    ),
    "chunks without their trailer": (
        s3_call("PUT", "/bucket/k", *CHUNKED, body=b"3\r\nabc\r\n0\r\n\r\n"), 400, "MalformedTrailerError"
    ),
    "an upload that is too large": (
        s3_call("PUT", "/bucket/k", *CHUNKED[:2], f"x-amz-decoded-content-length: {6 * 1024**3}", body=b"0"),
        400, "EntityTooLarge",
    ),
    "an authorization of noise": (
        request("GET", "/bucket", "Authorization: \xff\xfe"), 400, "Unsupported Authorization Type"
    ),
    "a form's upload without its end": (
        s3_call("POST", "/bucket", "Content-Type: multipart/form-data; boundary=b", body=b"--b\r\nabc"),
        400, "MalformedPOSTRequest",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_body_that_cannot_be_read_is_refused_in_the_services_words(bad: str, name: str) -> None:
    """Each protocol refuses in its own form and with AWS's code, and the connection goes on."""
    data, status, code = BAD_BODIES[name]
    with Outsider(bad) as one:
        reply = one.send(data).reply()
        assert (reply.status, code in reply.text) == (status, True), reply
        assert "amz" in " ".join(reply.headers), "no AWS request id"
        assert one.send(request("GET", "/_backtrail/health")).reply().status == 200


def test_a_refused_body_is_a_recorded_call(subject: Subject, bad: str) -> None:
    """A body that is not what its head says is one call, and one record, like any refusal."""
    before = subject.health()["records"]
    for name in ("another MD5", "another checksum of a large body", "chunks that end early"):
        ask(bad, BAD_BODIES[name][0])

    assert subject.health()["records"] == before + 3


def test_pipelined_requests_are_answered_in_order(bad: str) -> None:
    """Requests that are sent without waiting get their answers in the order they came, each its own."""
    names = [f"pipelined-{number}" for number in range(30)]
    calls = [json_call("AmazonSQS.CreateQueue", b'{"QueueName":"%s"}' % name.encode()) for name in names]
    with Outsider(bad) as one:
        one.send(b"".join(calls))
        for name in names:
            assert one.reply().text.endswith(f'/{name}"}}')


def test_what_follows_a_refused_request_is_no_request(subject: Subject, bad: str) -> None:
    """Bytes hidden behind a request with two lengths are never taken for a request of their own."""
    hidden = json_call("AmazonSQS.CreateQueue", b'{"QueueName":"smuggled"}')
    before = subject.health()["records"]
    for headers in (
        (f"Content-Length: {len(hidden) + 5}", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", f"Content-Length: {len(hidden) + 5}"),
    ):
        with Outsider(bad) as one:
            assert one.send(request("POST", "/", *headers) + b"0\r\n\r\n" + hidden).reply().status == 400
            assert one.closed()

    assert subject.health()["records"] == before


def test_trailers_are_no_headers(bad: str) -> None:
    """Who sends a trailer after a chunked body cannot say with it who he is, or what he calls."""
    head = request("POST", "/", "Transfer-Encoding: chunked", "Content-Type: application/x-amz-json-1.0")
    trailer = "X-Amz-Target: AmazonSQS.ListQueues\r\nAuthorization: AWS a:b\r\n"
    reply = ask(bad, head + b"2\r\n{}\r\n0\r\n" + trailer.encode() + b"\r\n")

    assert reply.status == 405, reply


def test_nobody_says_for_himself_where_he_calls_from(subject: Subject, bad: str) -> None:
    """The record's source address is the connection's, whatever a header says."""
    reply = ask(bad, s3_call("GET", "/bucket", "X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https"))
    with sqlite3.connect(f"file:{subject.log}?mode=ro", uri=True) as connection:
        found = connection.execute("select record from entry order by seq desc limit 1").fetchone()
    connection.close()

    record = json.loads(found[0])
    assert (record["requestID"], record["sourceIPAddress"]) == (
        reply.headers["x-amz-request-id"],
        "127.0.0.1",
    )


def test_a_stored_text_cannot_begin_a_header(bad: str) -> None:
    """Line ends in what a client stored, or asks to be answered with, do not end a header."""
    assert ask(bad, s3_call("PUT", "/bucket/split", body=b"abc")).status == 200
    for name in ("response-content-type", "response-content-disposition", "response-cache-control"):
        reply = ask(bad, s3_call("GET", f"/bucket/split?{name}=a%0d%0aX-Evil:%201"))
        assert (reply.status, reply.body, "x-evil" in reply.headers) == (200, b"abc", False)


def test_a_key_of_control_characters_is_kept_and_listed(bad: str) -> None:
    """A key may hold what XML cannot: it is stored under that name and listed in a form that clients can read."""
    key = "/bucket/c%01%0a%7f"
    assert ask(bad, s3_call("PUT", key, body=b"abc")).status == 200
    assert ask(bad, s3_call("GET", key)).body == b"abc"

    assert "c%01%0A%7F" in ask(bad, s3_call("GET", "/bucket?prefix=c&encoding-type=url")).text


def test_a_gz_that_ends_early_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """A truncated trail file is named, what came before the break is taken, and the log is whole."""
    records = [
        {
            "eventVersion": "1.08", "eventTime": "2024-01-01T00:00:00Z", "eventSource": "sqs.amazonaws.com",
            "eventName": "ListQueues", "awsRegion": "us-east-1", "recipientAccountId": "123456789012",
            "eventID": str(uuid.uuid4()), "userIdentity": {"type": "Root", "accountId": "123456789012"},
        }
        for _ in range(500)
    ]  # fmt: skip
    packed = gzip.compress(json.dumps({"Records": records}).encode())
    (tmp_path / "trail.json.gz").write_bytes(packed[: len(packed) // 2])
    command = [sys.executable, "-m", "backtrail_cli", "import", "trail.json.gz", "--log", "a.db", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.returncode, "ends too early" in done.stdout) == (1, True), done
    assert 100 < asyncio.run(sound(tmp_path / "a.db"))[0] < 500
