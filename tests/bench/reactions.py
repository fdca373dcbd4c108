"""Reactions beside moto's server: `python tests/bench/reactions.py [--uploads 1000] [--json]`.

Uploads go out at 16 connections; S3 tells a topic, which tells two queues (and, with ours, a function that runs in
Python: moto's runs them in Docker alone). Measured: uploads a second, and how long after the last upload's answer the
last reaction has been seen. Then time: 30 days in which as many objects expire, beside as many calls.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import json
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from tests.bench.bench import backtrail, moto
from tests.bench.load import BODY, TRUST, answer, capture, client

CONNECTIONS = 16
PATIENCE_S = 120.0
ACCOUNT = "123456789012"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:t"
CODE = "def handler(event, context): return len(event['Records'])"
ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
Row = dict[str, Any]


def policy(action: str, arn: str) -> str:
    """A policy by which anybody may do something."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{**ALLOW, "Action": action, "Resource": arn}]})


def prepare(endpoint: str, *, function: bool) -> list[str]:
    """The bucket and all its targets; the queues' URLs."""
    s3, sns, sqs = (client(endpoint, name) for name in ("s3", "sns", "sqs"))
    s3.create_bucket(Bucket="bench")
    sns.create_topic(Name="t")
    sns.set_topic_attributes(
        TopicArn=TOPIC, AttributeName="Policy", AttributeValue=policy("sns:Publish", TOPIC)
    )
    urls = [target(sns, sqs, name) for name in ("one", "two")]
    if function:
        sns.subscribe(TopicArn=TOPIC, Protocol="lambda", Endpoint=made_function(endpoint))
    wanted = {"TopicArn": TOPIC, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket="bench", NotificationConfiguration={"TopicConfigurations": [wanted]}
    )
    return urls


def target(sns: Any, sqs: Any, name: str) -> str:
    """A queue that gets what the topic tells: its URL."""
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
    url: str = sqs.create_queue(QueueName=name, Attributes={"Policy": policy("sqs:SendMessage", arn)})[
        "QueueUrl"
    ]
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=arn)
    return url


def made_function(endpoint: str) -> str:
    """A function that the topic may invoke: its ARN."""
    trust = TRUST.replace("ec2.", "lambda.")
    iam = client(endpoint, "iam")
    role = iam.create_role(RoleName="runner", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    may = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}
    iam.put_role_policy(RoleName="runner", PolicyName="logs", PolicyDocument=json.dumps(may))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("main.py", CODE)
    functions = client(endpoint, "lambda")
    made = functions.create_function(
        FunctionName="f", Runtime="python3.12", Handler="main.handler", Role=role, Timeout=30,
        Code={"ZipFile": data.getvalue()},
    )  # fmt: skip
    functions.add_permission(
        FunctionName="f", StatementId="sns", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com"
    )
    arn: str = made["FunctionArn"]
    return arn


async def sent(endpoint: str, requests: list[bytes]) -> float:
    """Send all requests over so many connections; the seconds it took."""
    parts = urlsplit(endpoint)
    left = iter(requests)

    async def one() -> None:
        reader = writer = None
        for request in left:
            if reader is None or writer is None:
                reader, writer = await asyncio.open_connection(parts.hostname or "", parts.port or 80)
            writer.write(request)
            if not await answer(reader):
                writer.close()
                reader = writer = None
        if writer is not None:
            writer.close()

    begin = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    return time.perf_counter() - begin


def until(done: Callable[[], bool]) -> float:
    """Seconds until something has come."""
    begin = time.perf_counter()
    while not done():
        if time.perf_counter() - begin > PATIENCE_S:
            raise SystemExit("the last reaction never came")
        time.sleep(0.02)
    return time.perf_counter() - begin


def counted(endpoint: str, url: str) -> int:
    """The messages of a queue."""
    name = "ApproximateNumberOfMessages"
    told = client(endpoint, "sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[name])
    return int(told["Attributes"][name])


def ran(endpoint: str) -> int:
    """How often the function was run, by what it logged."""
    logs = client(endpoint, "logs")
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName="/aws/lambda/f", filterPattern='"REPORT"'
    )
    with contextlib.suppress(logs.exceptions.ResourceNotFoundException):  # nothing has run yet
        return sum(len(page["events"]) for page in pages)
    return 0


def uploads(
    server: Callable[[int], Any], port: int, count: int, *, function: bool = False
) -> tuple[float, float]:
    """Uploads a second, and the seconds after the last of them until the last reaction."""
    with server(port):
        endpoint = f"http://127.0.0.1:{port}"
        urls = prepare(endpoint, function=function)
        before = {url: counted(endpoint, url) for url in urls}
        ran_before = 1 if function else 0  # the test event
        made = client(endpoint, "s3")
        requests = [
            capture(made, "put_object", Bucket="bench", Key=f"in/{n}", Body=BODY) for n in range(count)
        ]
        seconds = asyncio.run(sent(endpoint, requests))
        begin = time.perf_counter()
        until(lambda: all(counted(endpoint, url) - before[url] >= count for url in urls))
        if function:
            until(lambda: ran(endpoint) - ran_before >= count)
        return count / seconds, time.perf_counter() - begin


def rows_of_uploads(count: int) -> list[Row]:
    """Both servers without a function, ours with one."""
    ours, late = uploads(backtrail, 4711, count)
    peer, peer_late = uploads(moto, 4712, count)
    full, full_late = uploads(backtrail, 4713, count, function=True)
    name = f"{count:,} uploads at {CONNECTIONS}, to a topic of two queues"
    return [
        {"row": f"{name}, /s", "backtrail": ours, "moto": peer, "ratio": ours / peer},
        {"row": "  until the last message after them, s", "backtrail": late, "moto": peer_late},
        {"row": f"{name} and a function, /s", "backtrail": full},
        {"row": "  until the last run after them, s", "backtrail": full_late},
        {"row": "  runs a second, from the first upload on", "backtrail": count / (count / full + full_late)},
    ]


def rows_of_time(count: int) -> list[Row]:
    """What 30 days cost in which so many objects expire, beside as many calls."""
    with backtrail(4714):
        endpoint = "http://127.0.0.1:4714"
        s3 = client(endpoint, "s3")
        s3.create_bucket(Bucket="bench")
        rule = {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 20}}
        s3.put_bucket_lifecycle_configuration(Bucket="bench", LifecycleConfiguration={"Rules": [rule]})
        requests = [capture(s3, "put_object", Bucket="bench", Key=str(n), Body=BODY) for n in range(count)]
        calls = asyncio.run(sent(endpoint, requests))
        begin = time.perf_counter()
        data = json.dumps({"advance_s": 30 * 86_400}).encode()
        urlopen(Request(f"{endpoint}/_backtrail/clock", data=data, method="POST"), timeout=60).read()
        s3 = client(endpoint, "s3")  # the other one captures
        s3.list_buckets()  # answered after what fell due is committed
        moved = time.perf_counter() - begin
        assert "Contents" not in s3.list_objects_v2(Bucket="bench")
    return [
        {"row": f"{count:,} calls, s", "backtrail": calls},
        {"row": f"30 days in which {count:,} objects expire, s", "backtrail": moved},
        {"row": "  the same, times those calls", "backtrail": moved / calls},
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uploads", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = [*rows_of_uploads(options.uploads), *rows_of_time(options.uploads)]
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    for one in rows:
        peer = f"{one['moto']:>10,.2f}" if "moto" in one else ""
        ratio = f" {one['ratio']:>7.1f}x" if "ratio" in one else ""
        print(f"{one['row']:<60} {one['backtrail']:>12,.2f} {peer}{ratio}")


if __name__ == "__main__":
    main()
