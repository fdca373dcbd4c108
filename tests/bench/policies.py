"""Microseconds of one authorization, by how many policies the caller has, beside reading the request that it is for.

`python tests/bench/policies.py`
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httptools
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.policy.accounts import ACCOUNT, Company, allow, iam, managed, queue_arn, sqs

from backtrail.call import Access, Call
from backtrail.wire import route
from backtrail.wire.claims import credential
from backtrail.wire.http import HttpRequest
from backtrail.wire.sigv4 import verify

ACTIONS = (
    "s3:Get*",
    "ec2:Describe*",
    "iam:List*",
    "logs:*",
    "sns:Publish",
    "lambda:Invoke*",
    "kms:Decrypt",
    "ecr:*",
)


def company(count: int) -> tuple[Company, str]:
    """A user with so many policies, three at most of them inline, one of which allows; the user's key."""
    made, inlined = Company(), min(3, count // 2)
    tags = {"StringEquals": {"aws:RequestedRegion": "us-east-1"}, "Bool": {"aws:SecureTransport": "false"}}
    inline = {
        f"p{number}": allow([ACTIONS[number % 8], ACTIONS[(number + 3) % 8]], "*", **tags)
        for number in range(inlined)
    }
    key = made.user("eve", managed("AmazonSQSFullAccess"), **inline)
    for number in range(count - inlined - 1):
        document = json.dumps(allow([ACTIONS[number % 8]], f"arn:aws:s3:::bucket-{number}/*", **tags))
        made.root(iam.CreatePolicy(policy_name=f"m{number}", policy_document=document))
        arn = f"arn:aws:iam::{ACCOUNT}:policy/m{number}"
        made.root(iam.AttachUserPolicy(user_name="eve", policy_arn=arn))
    made.root(sqs.CreateQueue(queue_name="work"))
    return made, key


def measured(made: Company, key: str, rounds: int = 20_000) -> float:
    """Microseconds of asking whether the user may send to the queue, the best of five."""
    made.with_key(key)
    access = Access(action="sqs:sendmessage", resources=[queue_arn("work")])
    call: Call[Any] = Call(
        made.machine, service="sqs", params=sqs.SendMessage(queue_url="", message_body=""), account=ACCOUNT,
        region="us-east-1", time=made.now, event_id="", request_id="", caller=made.caller,
    )  # fmt: skip
    times: list[float] = []
    for _ in range(5):
        begin = time.perf_counter()
        for _ in range(rounds):
            made.machine.authorization.require(call, access)
        times.append((time.perf_counter() - begin) / rounds * 1e6)
    return min(times)


class Head:
    """What the parser of HTTP tells."""

    def __init__(self) -> None:
        self.url, self.headers, self.body = b"", dict[str, str](), b""

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self.body += body


def reading(rounds: int = 5_000) -> float:
    """Microseconds of reading a signed SendMessage in JSON: HTTP, route, signature, parameters; the best of five."""
    body = json.dumps({"QueueUrl": f"http://localhost/{ACCOUNT}/work", "MessageBody": "a message"}).encode()
    signed = AWSRequest("POST", "http://localhost:4566/", data=body)
    signed.headers["X-Amz-Target"] = "AmazonSQS.SendMessage"
    signed.headers["Content-Type"] = "application/x-amz-json-1.0"
    signed.headers["Host"] = "localhost:4566"
    SigV4Auth(Credentials("AKIAIOSFODNN7EXAMPLE", "s"), "sqs", "us-east-1").add_auth(signed)
    lines = "".join(f"{name}: {value}\r\n" for name, value in signed.headers.items())
    raw = f"POST / HTTP/1.1\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body
    wall = datetime.now(UTC)

    def read() -> object:
        head = Head()
        httptools.HttpRequestParser(head).feed_data(raw)
        request = HttpRequest(method="POST", path=head.url.decode(), headers=head.headers, body=head.body)
        found, claim = route(request), credential(request)
        assert claim is not None
        verify(request, claim, "s", wall=wall)
        return found.protocol.parse(found.operation, request, sqs.SendMessage)

    read()
    times: list[float] = []
    for _ in range(5):
        begin = time.perf_counter()
        for _ in range(rounds):
            read()
        times.append((time.perf_counter() - begin) / rounds * 1e6)
    return min(times)


def rows() -> list[dict[str, Any]]:
    """One row for each number of policies, and one for reading the request."""
    found: list[dict[str, Any]] = [
        {"row": f"authorization, {count} policies, µs", "backtrail": measured(*company(count))}
        for count in (1, 5, 10)
    ]
    return [*found, {"row": "reading the request that it is for, µs", "backtrail": reading()}]


if __name__ == "__main__":
    for row in rows():
        print(f"{row['row']:<48} {row['backtrail']:>12,.2f}")
