"""Functions that bring about what they are invoked for: counted through queues, topics, buckets, retries and restarts,
stopped after sixteen runs, or let go on where that is meant.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backtrail_aws.lambda_.state import Functions as State
from backtrail_aws.sqs.state import Queues
from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import Options

from .lambda_functions import ACCOUNT, Functions, received, soon
from .records import records
from .test_reactions import advance, queue
from .test_reactions_chain import allowed, clients, notify, quiet, told

Kept = Callable[[str], BackgroundServer]
Client = Callable[..., Any]

BOUND = 16
AGAIN = """
import boto3, json, os
client = boto3.client(os.environ["SERVICE"])
def handler(event, context):
    for message in event["Records"]:
        body = message.get("body") or message["Sns"]["Message"]
        said = json.loads(body)
        count = said if isinstance(said, int) else json.loads(said["Message"])
        if count >= int(os.environ["MOST"]):
            return
        if os.environ["SERVICE"] == "sqs":
            client.send_message(QueueUrl=os.environ["TARGET"], MessageBody=str(count + 1))
        else:
            client.publish(TopicArn=os.environ["TARGET"], Message=str(count + 1))
"""
CIRCLE = """
import boto3
s3 = boto3.client("s3")
def handler(event, context):
    key = event["Records"][0]["s3"]["object"]["key"]
    number = int(key.split("/")[1]) + 1
    if number <= 20:
        s3.put_object(Bucket="box", Key="in/%d" % number, Body=b"again")
"""


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    """Serves logs by name; stops when the test is over."""
    running: list[BackgroundServer] = []

    def serve(name: str) -> BackgroundServer:
        running.append(BackgroundServer(Options(port=0, log=tmp_path / f"{name}.db")).start())
        return running[-1]

    yield serve
    for server in running:
        with contextlib.suppress(RuntimeError):  # it was stopped
            server.stop()


def fed(client: Client, *, most: int = 40, recursion: str = "") -> tuple[Functions, str, str]:
    """A function that is mapped to a queue and feeds it, with a dead-letter queue: their URLs."""
    sqs, functions = client("sqs"), Functions(client)
    dead, dead_arn = queue(sqs, "dead")
    redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": "1"})
    url, arn = queue(sqs, "fed", VisibilityTimeout="30", RedrivePolicy=redrive)
    _made(functions, "sqs", url, most, recursion)
    functions.lam.create_event_source_mapping(FunctionName="again", EventSourceArn=arn, BatchSize=10)
    return functions, url, dead


def _made(functions: Functions, service: str, target: str, most: int, recursion: str = "") -> str:
    variables = {"SERVICE": service, "TARGET": target, "MOST": str(most)}
    made = functions.make("again", AGAIN, Timeout=20, MemorySize=256, Environment={"Variables": variables})
    if recursion:
        answer = functions.lam.put_function_recursion_config(FunctionName="again", RecursiveLoop=recursion)
        assert answer["RecursiveLoop"] == recursion
    return str(made["FunctionArn"])


def counted(server: BackgroundServer, action: str = "Invoke") -> int:
    """How often a function ran in whole: each run is one record."""
    return sum(
        one["eventName"] == action and "errorCode" not in one and one["eventSource"].startswith("lambda")
        for one in records(server)
    )


def stop_of(server: BackgroundServer) -> dict[str, Any]:
    """The record that says that a loop was stopped, once it is there."""
    with soon(60) as waiting:
        while not (found := [one for one in records(server) if one["eventName"] == "StopRecursion"]):
            assert waiting()
    return found[0]


def explained(stop: dict[str, Any], log: Path, *, steps: tuple[str, ...], first: str) -> None:
    """`why` leads from the stop through every pass to its beginning, `trace` from there to the stop."""
    assert stop["eventType"] == "AwsServiceEvent" and stop["eventSource"] == "backtrail.amazonaws.com"
    details = stop["serviceEventDetails"]
    assert (details["passes"], details["bound"]) == (BOUND, BOUND)
    assert details["target"].endswith(":function:again") and "has run 16 times" in details["explanation"]
    assert details["chain"] == {details["target"]: BOUND}
    chain = told("why", stop["eventID"], "--log", str(log))["chain"]
    names = [one["action"].split()[1] for one in chain]
    assert all(one["certain"] for one in chain)
    assert names[-1] == first and chain[-1]["by"] == f"root of {ACCOUNT}"
    assert tuple(names[1 : 1 + len(steps)]) == steps
    assert names.count(steps[-1]) == BOUND
    tree = json.dumps(told("trace", chain[-1]["event_id"], "--log", str(log))["tree"])
    assert stop["eventID"] in tree
    assert all(one["event_id"] in tree for one in chain)


@pytest.mark.timeout_s(120)
def test_a_function_that_feeds_its_queue_is_stopped(kept: Kept, tmp_path: Path) -> None:
    """Sixteen runs; then the message stays in the queue, is stopped again, and ends in the dead-letter queue."""
    server = kept("a")
    client = clients(server)
    _, url, dead = fed(client)
    client("sqs").send_message(QueueUrl=url, MessageBody="0")
    stop = stop_of(server)
    quiet(server)
    assert counted(server) == BOUND
    explained(stop, tmp_path / "a.db", steps=("ReceiveMessage", "SendMessage", "Invoke"), first="SendMessage")
    with soon(60) as waiting:
        while not (letters := client("sqs").receive_message(QueueUrl=dead).get("Messages", [])) and waiting():
            advance(server.endpoint, 61 / 86_400)
    assert letters[0]["Body"] == str(BOUND)
    assert counted(server) == BOUND
    live, replayed = server.run(server.digests())
    assert live == replayed


@pytest.mark.timeout_s(120)
def test_the_count_outlives_a_restart(kept: Kept, tmp_path: Path) -> None:
    """A message that waits while the server is stopped goes on where its chain was: sixteen runs in all. So does a log
    that was exported and imported."""
    server = kept("a")
    client = clients(server)
    functions, url, _ = fed(client)
    (mapping,) = functions.lam.list_event_source_mappings()["EventSourceMappings"]
    client("sqs").send_message(QueueUrl=url, MessageBody="0")
    with soon(60) as waiting:
        while counted(server) < 3 and waiting():
            pass
    functions.lam.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    (state,) = (state for _, state in server.engine.machine.states_of("lambda"))
    assert isinstance(state, State)
    with soon(60) as waiting:
        while state.mappings[mapping["UUID"]].polling is not None and waiting():
            pass
    ran = counted(server)
    assert 3 <= ran <= BOUND
    server.stop()
    log = str(tmp_path / "a.db")
    told("export", "--jsonl", str(tmp_path / "a.jsonl"), "--sealed", "--bodies", "inline", "--log", log)
    told("import", str(tmp_path / "a.jsonl"), "--log", str(tmp_path / "b.db"))
    again = kept("a")
    clients(again)("lambda").update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    stop_of(again)
    quiet(again)
    assert counted(again) == BOUND
    other = kept("b")
    (queues,) = (state for _, state in other.engine.machine.states_of("sqs"))
    assert isinstance(queues, Queues)
    passes = [one.lineage.passes if one.lineage else {} for one in queues.queues["fed"].messages.values()]
    assert passes == [{f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:again": ran}]


@pytest.mark.timeout_s(120)
def test_what_is_allowed_goes_on(kept: Kept) -> None:
    """With RecursiveLoop: Allow the function decides by itself when it is enough."""
    server = kept("a")
    client = clients(server)
    functions, url, _ = fed(client, most=20, recursion="Allow")
    assert functions.lam.get_function_recursion_config(FunctionName="again")["RecursiveLoop"] == "Allow"
    client("sqs").send_message(QueueUrl=url, MessageBody="0")
    with soon(60) as waiting:
        while counted(server) < 21 and waiting():
            pass
    names = quiet(server)
    assert counted(server) == 21 and "StopRecursion" not in names


@pytest.mark.timeout_s(120)
@pytest.mark.parametrize("recursion", ["Terminate", "Allow"])
def test_a_loop_through_a_topic_and_a_queue(kept: Kept, tmp_path: Path, recursion: str) -> None:
    """SNS passes the chain on: the publication of a run is sent to the queue that the function is mapped to."""
    server = kept("a")
    client = clients(server)
    sqs, sns, functions = client("sqs"), client("sns"), Functions(client)
    _, arn = queue(sqs, "fed", "sns.amazonaws.com", VisibilityTimeout="30")
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    _made(functions, "sns", topic, 18, recursion)
    functions.lam.create_event_source_mapping(FunctionName="again", EventSourceArn=arn, BatchSize=10)
    sns.publish(TopicArn=topic, Message="0")
    if recursion == "Allow":
        with soon(60) as waiting:
            while counted(server) < 19 and waiting():
                pass
        assert "StopRecursion" not in quiet(server) and counted(server) == 19
        return
    stop = stop_of(server)
    quiet(server)
    assert counted(server) == BOUND
    steps = ("ReceiveMessage", "SendMessage", "Publish", "Invoke")
    explained(stop, tmp_path / "a.db", steps=steps, first="Publish")
    live, replayed = server.run(server.digests())
    assert live == replayed


@pytest.mark.timeout_s(120)
@pytest.mark.parametrize("recursion", ["Terminate", "Allow"])
def test_a_loop_through_a_bucket(kept: Kept, tmp_path: Path, recursion: str) -> None:
    """S3 tells the function of what it writes itself; the event that is not run goes to the dead-letter queue."""
    server = kept("a")
    client = clients(server)
    functions, s3 = Functions(client), client("s3")
    dead, dead_arn = queue(client("sqs"), "dead", "lambda.amazonaws.com")
    s3.create_bucket(Bucket="box")
    made = functions.make(
        "again", CIRCLE, Timeout=20, MemorySize=256, DeadLetterConfig={"TargetArn": dead_arn}
    )
    functions.lam.put_function_recursion_config(FunctionName="again", RecursiveLoop=recursion)
    allowed(functions, "again", "s3")
    notify(s3, LambdaFunctionConfigurations=("in/", made["FunctionArn"]))
    s3.put_object(Bucket="box", Key="in/0", Body=b"x")
    if recursion == "Allow":
        with soon(60) as waiting:
            while counted(server, "RunEvent") < 21 and waiting():
                pass
        assert "StopRecursion" not in quiet(server)
        return
    stop = stop_of(server)
    (letter,) = received(client("sqs"), dead)
    quiet(server)
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket="box")["Contents"]]
    assert len(keys) == 1 + BOUND
    assert json.loads(letter["Body"])["Records"][0]["s3"]["object"]["key"] == f"in/{BOUND}"
    said = letter["MessageAttributes"]
    assert (
        said["ErrorCode"]["StringValue"] == "429" and "recursive loop" in said["ErrorMessage"]["StringValue"]
    )
    # the last RunEvent of all is the one that did not run, and says so
    steps = ("RunEvent", "Invoke", "PutObject", "RunEvent")
    explained_by_bucket(stop, tmp_path / "a.db", steps)


def explained_by_bucket(stop: dict[str, Any], log: Path, steps: tuple[str, ...]) -> None:
    """The same for a loop whose stop is an event's last attempt."""
    chain = told("why", stop["eventID"], "--log", str(log))["chain"]
    names = [one["action"].split()[1] for one in chain]
    assert tuple(names[1:5]) == steps and len(names) == 1 + 3 * (BOUND + 1)
    assert names[-1] == "PutObject" and chain[-1]["by"] == f"root of {ACCOUNT}"
    assert stop["serviceEventDetails"]["chain"] == {stop["serviceEventDetails"]["target"]: BOUND}
    tree = json.dumps(told("trace", chain[-1]["event_id"], "--log", str(log))["tree"])
    assert stop["eventID"] in tree
