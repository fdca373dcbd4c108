"""What the simulator of the services plays with: an account, its calls, a plugin in versions, a made-up runner."""

from __future__ import annotations

import asyncio
import io
import json
import random
import zipfile
from collections.abc import Iterator
from typing import Any

import msgspec

import backtrail
import backtrail_aws.lambda_
import backtrail_aws.logs
import backtrail_aws.s3
import backtrail_aws.sns
import backtrail_aws.sqs
from backtrail import UNSET, Command, Event, Params, State, field, hookimpl
from backtrail.call import Caller
from backtrail.facts import Incoming
from backtrail.testing import ACCOUNT, REGION, ROOT
from backtrail.wire.binding import blob_of as blob
from backtrail_aws.lambda_ import api as functions
from backtrail_aws.lambda_ import packages
from backtrail_aws.lambda_.runs import Ran, Run
from backtrail_aws.s3 import api as s3
from backtrail_aws.sns import api as sns
from backtrail_aws.sqs import api as sqs

from .simulated_deaths import Reaper

SERVICES = [backtrail_aws.s3, backtrail_aws.sqs, backtrail_aws.sns, backtrail_aws.lambda_, backtrail_aws.logs]
ARN = f"arn:aws:{{}}:{REGION}:{ACCOUNT}:{{}}"
TOPIC, FUNCTION = ARN.format("sns", "t"), ARN.format("lambda", "function:f")
URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{{}}"
QUEUES = ("direct", "every", "some", "audit")
FED, DEAD = "fed", "dead"
"""The queue that the function is mapped to and feeds, and where its messages go that were received once too often."""
Call = tuple[str, Params]


def incoming(service: str, params: Params, trace: str = "") -> Incoming:
    """A call of the account's root."""
    return Incoming(
        service=service, action=type(params).__name__, params=params, caller=Caller(identity=ROOT, account=ACCOUNT),
        account=ACCOUNT, region=REGION, trace=trace,
    )  # fmt: skip


# the account


def setup() -> list[Call]:
    """The calls that make the account."""
    made: list[Call] = [
        (
            "sqs",
            sqs.CreateQueue(
                queue_name=name, attributes={"Policy": allowing("sqs:SendMessage", ARN.format("sqs", name))}
            ),
        )
        for name in QUEUES
    ]
    made += [
        ("sns", sns.CreateTopic(name="t", attributes={"Policy": allowing("sns:Publish", TOPIC)})),
        ("sns", sns.Subscribe(topic_arn=TOPIC, protocol="sqs", endpoint=ARN.format("sqs", "every"))),
        ("lambda", creation()),
        *(("lambda", functions.AddPermission(
            function_name="f", statement_id=name, action="lambda:InvokeFunction", principal=f"{name}.amazonaws.com",
        )) for name in ("s3", "sns")),
        ("sns", sns.Subscribe(topic_arn=TOPIC, protocol="lambda", endpoint=FUNCTION)),
        ("s3", s3.CreateBucket(bucket="box")),
        *mapped(),
    ]  # fmt: skip
    return made


def mapped() -> list[Call]:
    """The calls that map the function to a queue of its own."""
    redrive = json.dumps({"deadLetterTargetArn": ARN.format("sqs", DEAD), "maxReceiveCount": 1})
    return [
        ("sqs", sqs.CreateQueue(queue_name=DEAD)),
        ("sqs", sqs.CreateQueue(queue_name=FED, attributes={"RedrivePolicy": redrive})),
        ("lambda", functions.CreateEventSourceMapping(function_name="f", event_source_arn=ARN.format("sqs", FED))),
    ]  # fmt: skip


def feeding(count: int) -> sqs.SendMessage:
    """The call that sends the function's queue a message, the nth of its chain."""
    return sqs.SendMessage(queue_url=URL.format(FED), message_body=str(count))


def allowing(action: str, arn: str) -> str:
    """A policy by which anybody may do something."""
    one = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [one]})


def creation() -> functions.CreateFunction:
    """The call that makes the function."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(zipfile.ZipInfo("f.py"), "def h(event, context): return event")
    return functions.CreateFunction(
        function_name="f", runtime="python3.12", role=f"arn:aws:iam::{ACCOUNT}:role/runner", handler="f.h",
        code=functions.FunctionCode(zip_file=blob(data.getvalue())), timeout=3,
    )  # fmt: skip


def told_of(prefix: str) -> Any:
    """What a rule says beside its target."""
    rules = s3.S3KeyFilter(filter_rules=[s3.FilterRule(name="prefix", value=prefix)])
    return {"events": ["s3:ObjectCreated:*"], "filter": s3.NotificationConfigurationFilter(key=rules)}


def configured(kind: str) -> Call:
    """The call by which a bucket tells a queue, a topic or a function of in/ (or nobody), and a queue of out/."""
    out = s3.QueueConfiguration(queue_arn=ARN.format("sqs", "direct"), **told_of("out/"))
    into = s3.QueueConfiguration(queue_arn=ARN.format("sqs", "direct"), **told_of("in/"))
    topic = s3.TopicConfiguration(topic_arn=TOPIC, **told_of("in/"))
    function = s3.LambdaFunctionConfiguration(lambda_function_arn=FUNCTION, **told_of("in/"))
    made = s3.NotificationConfiguration(
        queue_configurations=[out, into] if kind == "queue" else [out],
        topic_configurations=[topic] if kind == "topic" else UNSET,
        lambda_function_configurations=[function] if kind == "function" else UNSET,
    )
    return "s3", s3.PutBucketNotificationConfiguration(bucket="box", notification_configuration=made)


def anything(chance: random.Random) -> Call:
    """What a client may call."""
    kind = chance.random()
    if kind < 0.55:
        return "s3", s3.PutObject(bucket="box", key=f"in/{chance.randrange(9)}", body=blob(b"hello"))
    if kind < 0.7:
        return configured(chance.choice(["queue", "topic", "function", "nobody"]))
    if kind < 0.78:
        attributes = {"FilterPolicyScope": "MessageBody", "FilterPolicy": '{"wanted": [true]}'}
        return "sns", sns.Subscribe(
            topic_arn=TOPIC, protocol="sqs", endpoint=ARN.format("sqs", "some"), attributes=attributes
        )
    if kind < 0.81:
        return "sqs", feeding(0)
    if kind < 0.9:
        return "sns", sns.Publish(topic_arn=TOPIC, message=json.dumps({"wanted": chance.random() < 0.5}))
    return "lambda", functions.Invoke(function_name="f", invocation_type="Event", payload=b'{"by": "hand"}')


# the runner


class Runner:
    """Runs nothing: counts outside of the log, puts an object, answers or fails, and now and then never comes back. Of
    what the mapped queue gives it feeds the queue again: `fed` has how far those chains had come, run by run."""

    def __init__(self, chance: random.Random, reaper: Reaper) -> None:
        self.chance, self.reaper = chance, reaper
        self.mortal = True
        self.runs: dict[str, int] = {}
        self.fed: list[int] = []

    async def run(self, wanted: Run, host: Any, request_id: str) -> Ran:
        """One run."""
        await self.reaper.passes("intent")
        trace = host.effects.trace(request_id)
        taken = fed_by(wanted)
        self.fed += taken
        if not taken:
            self.runs[wanted.request_id] = self.runs.get(wanted.request_id, 0) + 1
        await asyncio.sleep(0)
        if self.mortal and self.chance.random() < 0.05:
            await asyncio.Event().wait()
        for count in taken:
            await host.call(incoming("sqs", feeding(count + 1), trace))
        if not taken:
            put = s3.PutObject(bucket="box", key=f"out/{wanted.request_id[:4]}", body=blob(b"done"))
            await host.call(incoming("s3", put, trace))
        failed = not taken and self.chance.random() < 0.25
        await self.reaper.passes("effect")
        return Ran(
            payload=b'{"errorType": "Bad"}' if failed else b"null", error="Unhandled" if failed else "",
            output="hello\n", duration_ms=1.0, used_mb=30, stream="s",
        )  # fmt: skip

    async def examine(self, wanted: packages.Examining, host: Any, request_id: str) -> packages.Examined:
        """What a package is; nothing is kept of it."""
        data = b"".join(part.blob.data for part in wanted.parts if isinstance(part.blob.data, bytes))
        return _examined(data)


def fed_by(wanted: Run) -> list[int]:
    """The messages of the mapped queue that a run is for."""
    given = json.loads(wanted.payload)
    found = given.get("Records", []) if isinstance(given, dict) else []
    return [int(one["body"]) for one in found if one.get("eventSource") == "aws:sqs"]


def _examined(data: bytes) -> packages.Examined:
    kept = msgspec.structs.replace(packages.handle(data), name="kept")
    return msgspec.structs.replace(packages.examine(data), content=kept)


# a plugin that is upgraded


class PutObject(Params):
    """What the auditor hears of."""

    key: str


class SendMessage(Params):
    """What it asks for."""

    queue_url: str = field(name="queueUrl")
    message_body: str = field(name="messageBody")


class Auditor(State):
    """Nothing."""


VERSIONS: dict[int, tuple[str, int]] = {
    0: ("", 0),
    1: ("copy_once", 1),
    2: ("copy_twice", 2),
    3: ("copy_once", 2),
}
"""The name of its reaction, and how many commands that gives: none in the first, where the plugin is not installed."""


def auditor(version: int) -> list[object]:
    """The plugin as a version has it."""
    name, count = VERSIONS[version]
    if not count:
        return []
    service = backtrail.Service("auditor", Auditor)

    def react(state: Auditor, event: Event[PutObject, None]) -> Iterator[Command]:
        for number in range(count):
            yield Command(
                "sqs", SendMessage(queue_url=URL.format("audit"), message_body=f"{version} {number}")
            )

    react.__name__ = name
    service.react_to("s3")(react)
    return [_Plugin(service)]


class _Plugin:
    def __init__(self, service: Any) -> None:
        self._service = service

    @hookimpl
    def register_services(self) -> list[Any]:
        """The service."""
        return [self._service]
