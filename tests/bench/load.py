"""A load generator: one signed request, repeated over many keep-alive connections from a process of its own.

python load.py ENDPOINT ROW CONNECTIONS SECONDS     prints {"per_second": …, "median_ms": …, "p99_ms": …}
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

BODY = b"x" * 1024


class Captured(Exception):
    """Carries a request that was about to be sent."""

    def __init__(self, request: Any) -> None:
        super().__init__()
        self.request = request


def client(endpoint: str, service: str) -> Any:
    session = boto3.Session("test", "test", region_name="us-east-1")
    config = Config(
        request_checksum_calculation="when_required",
        s3={"addressing_style": "path"},
        retries={"max_attempts": 0},
    )
    return session.client(service, endpoint_url=endpoint, config=config)


def capture(made: Any, operation: str, **params: Any) -> bytes:
    """The bytes of a request as boto3 signs it."""

    def grab(request: Any, **_: Any) -> None:
        raise Captured(request)

    made.meta.events.register("before-send", grab)
    try:
        getattr(made, operation)(**params)
    except Captured as captured:
        return wire(captured.request)
    raise RuntimeError(f"{operation} was not captured")


def wire(request: Any) -> bytes:
    parts = urlsplit(request.url)
    body = request.body or b""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        body = body.encode()
    headers = {
        name: value.decode() if isinstance(value, bytes) else str(value)
        for name, value in request.headers.items()
        if name.lower() not in ("expect", "content-length")
    }
    lines = [f"{request.method} {parts.path or '/'}{'?' + parts.query if parts.query else ''} HTTP/1.1"]
    lines += [f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items() if name.lower() != "host"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def prepare(endpoint: str, row: str) -> bytes:
    """Make what a row needs; the request that is repeated."""
    if row == "s3 PutObject 1 KiB":
        made = client(endpoint, "s3")
        made.create_bucket(Bucket="bench")
        return capture(made, "put_object", Bucket="bench", Key="key", Body=BODY)
    if row == "s3 GetObject 1 KiB":
        made = client(endpoint, "s3")
        made.create_bucket(Bucket="bench")
        made.put_object(Bucket="bench", Key="key", Body=BODY)
        return capture(made, "get_object", Bucket="bench", Key="key")
    if row.startswith("sqs"):
        made = client(endpoint, "sqs")
        url = made.create_queue(QueueName="bench")["QueueUrl"]
        if row == "sqs SendMessage":
            return capture(made, "send_message", QueueUrl=url, MessageBody="x" * 100)
        return capture(made, "get_queue_attributes", QueueUrl=url, AttributeNames=["All"])
    if row == "sts GetCallerIdentity":
        return capture(client(endpoint, "sts"), "get_caller_identity")
    if row == "iam GetRole":
        made = client(endpoint, "iam")
        made.create_role(RoleName="bench", AssumeRolePolicyDocument=TRUST)
        return capture(made, "get_role", RoleName="bench")
    if row == "ec2 DescribeInstances of 100":
        made = client(endpoint, "ec2")
        launch(made, 100)
        return capture(made, "describe_instances")
    raise SystemExit(f"no row {row!r}")


def launch(made: Any, instances: int) -> None:
    """Launch instances, 100 a call, in subnets that have room for them: a default one has 4,091 addresses."""
    image = made.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    subnets = [one["SubnetId"] for one in made.describe_subnets()["Subnets"]]
    tags = [
        {
            "ResourceType": "instance",
            "Tags": [{"Key": "Name", "Value": "bench"}, {"Key": "team", "Value": "red"}],
        }
    ]
    for number in range(instances // 100):
        made.run_instances(
            ImageId=image, MinCount=100, MaxCount=100, SubnetId=subnets[number % len(subnets)], TagSpecifications=tags,
        )  # fmt: skip


TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


async def connection(host: str, port: int, request: bytes, end: float, times: list[float]) -> None:
    """Requests one after the other until time is up; a server that closes its connections is asked on new ones."""
    while time.time() < end:
        reader, writer = await asyncio.open_connection(host, port)
        kept = True
        while kept and time.time() < end:
            begin = time.perf_counter()
            writer.write(request)
            kept = await answer(reader)
            times.append(time.perf_counter() - begin)
        writer.close()


async def answer(reader: asyncio.StreamReader) -> bool:
    """Read one answer whole; whether the connection stays open."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b" 200 " not in head[:16]:
        raise SystemExit(head.decode("latin-1"))
    if b"content-length:" in head:
        await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
    elif b"chunked" in head:
        while (line := await reader.readline()) != b"0\r\n":
            await reader.readexactly(int(line, 16) + 2)
        await reader.readline()
    else:
        await reader.read()
        return False
    return b"connection: close" not in head


async def load(endpoint: str, row: str, connections: int, seconds: float) -> dict[str, float]:
    request = prepare(endpoint, row)
    parts = urlsplit(endpoint)
    times: list[float] = []
    begin = time.time()
    end = begin + seconds
    await asyncio.gather(
        *(connection(parts.hostname or "", parts.port or 80, request, end, times) for _ in range(connections))
    )
    times.sort()
    return {
        "per_second": len(times) / (time.time() - begin),
        "median_ms": times[len(times) // 2] * 1000,
        "p99_ms": times[int(len(times) * 0.99)] * 1000,
    }


if __name__ == "__main__":
    import uvloop

    print(json.dumps(uvloop.run(load(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))))
