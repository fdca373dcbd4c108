"""One upload and all that follows from it: told in full, explained to the human, and never done again by a replay.

S3 lets one event reach one target, so it tells a topic, which tells two queues, a function and a hook; what the
function writes is told to a queue of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner

from backtrail_cli.group import cli
from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import Options

from .lambda_functions import ACCOUNT, ALLOW, Functions, soon
from .records import records
from .same_state import differences, lost
from .test_laws import folded

Kept = Callable[[str], BackgroundServer]

COPY = """
import boto3, json, os, urllib.request
s3 = boto3.client("s3")
def handler(event, context):
    urllib.request.urlopen(os.environ["COUNTER"], data=b"run").read()
    for record in json.loads(event["Records"][0]["Sns"]["Message"]).get("Records", []):
        key = record["s3"]["object"]["key"]
        body = s3.get_object(Bucket="box", Key=key)["Body"].read()
        s3.put_object(Bucket="box", Key="out/" + key.split("/")[-1], Body=body.upper())
"""


NEVER_HELD = [
    *lost("lambda", "events are made of payloads, a run's credentials are secrets", "ended", "sessions"),
    *lost(
        "logs", "PutLogEvents shows no events: nor how many bytes they had, nor when the last of them came",
        "groups.*{order recent stored_bytes}", "groups.*.streams.*{events place}",
    ),
    *lost("s3", "the ETag and checksums are the body's", "buckets.*.objects.*.current{checksums e_tag}"),
    *lost(
        "sns", "tokens are secrets, and under which name the server was called is no parameter",
        "tokens", "subscriptions.*{base tokens}",
    ),
    *lost("sqs", "within which run a message was sent", "queues.*.messages.*.lineage"),
]  # fmt: skip
"""What CloudTrail's files do not hold of this story, beside what a State marks, and why: less than of all stories
(`same_state.LOST`)."""


class Counter:
    """An endpoint outside of the account, which counts what reaches it."""

    def __init__(self) -> None:
        counter = self
        self.seen: list[bytes] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                counter.seen.append(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """No line per call."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def counts(self) -> tuple[int, int]:
        """Runs of the function, notifications that were posted."""
        runs = self.seen.count(b"run")
        return runs, sum(b'"Type" : "Notification"' in one for one in self.seen)

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def counter() -> Iterator[Counter]:
    """Counts from outside."""
    made = Counter()
    yield made
    made.close()


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


def clients(server: BackgroundServer) -> Callable[..., Any]:
    """Makes boto3 clients of a server."""
    session = boto3.Session("test", "test", region_name="us-east-1")
    return lambda name, **given: session.client(name, endpoint_url=server.endpoint, **given)


def human(server: BackgroundServer) -> Callable[..., Any]:
    """Makes clients of a user called ada, who may do anything."""
    iam = clients(server)("iam")
    iam.create_user(UserName="ada")
    iam.put_user_policy(UserName="ada", PolicyName="all", PolicyDocument=ALLOW)
    key = iam.create_access_key(UserName="ada")["AccessKey"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="us-east-1")
    return lambda name: session.client(name, endpoint_url=server.endpoint)


def listening(client: Callable[..., Any], name: str, service: str) -> tuple[str, str]:
    """A queue that a service may send to: its URL and its ARN."""
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
    policy = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    attributes = {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [policy]})}
    return client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"], arn


def targets(client: Callable[..., Any], counter: Counter) -> dict[str, str]:
    """A bucket that tells a topic of two queues (one filtered), a hook and a function; and, of what the
    function writes, a queue. URLs of the queues."""
    s3, sns, functions = client("s3"), client("sns"), Functions(client)
    s3.create_bucket(Bucket="box")
    urls: dict[str, str] = {}
    urls["direct"], direct = listening(client, "direct", "s3.amazonaws.com")
    topic = sns.create_topic(Name="t")["TopicArn"]
    policy = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    sns.set_topic_attributes(
        TopicArn=topic, AttributeName="Policy",
        AttributeValue=json.dumps({"Version": "2012-10-17", "Statement": [policy]}),
    )  # fmt: skip
    for name in ("every", "some"):
        urls[name], arn = listening(client, name, "sns.amazonaws.com")
        filtered = (
            {"FilterPolicyScope": "MessageBody", "FilterPolicy": json.dumps(FILTER)} if name == "some" else {}
        )
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=filtered)
    subscribed = sns.subscribe(
        TopicArn=topic, Protocol="http", Endpoint=counter.url, ReturnSubscriptionArn=True
    )
    confirm(sns, topic, counter)
    assert subscribed["SubscriptionArn"].startswith(topic)
    given: dict[str, Any] = {
        "Timeout": 20,
        "MemorySize": 256,
        "Environment": {"Variables": {"COUNTER": counter.url}},
    }
    arn = functions.make("copy", COPY, **given)["FunctionArn"]
    allowed(functions, "copy", "sns")
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    notify(s3, QueueConfigurations=("out/", direct), TopicConfigurations=("in/", topic))
    return urls


FILTER = {"Records": {"s3": {"object": {"key": [{"prefix": "in/wanted"}]}}}}


def confirm(sns: Any, topic: str, counter: Counter) -> None:
    """Answer the confirmation that the hook got."""
    with soon() as waiting:
        while not counter.seen and waiting():
            pass
    token = json.loads(counter.seen[0])["Token"]
    sns.confirm_subscription(TopicArn=topic, Token=token)


def allowed(functions: Functions, name: str, service: str) -> None:
    """Let a service invoke a function."""
    functions.lam.add_permission(
        FunctionName=name,
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal=f"{service}.amazonaws.com",
    )


def notify(s3: Any, **targets: tuple[str, str]) -> None:
    """Tell a target of what is put under a prefix: `QueueConfigurations=("in/", arn)`."""
    names = {"QueueConfigurations": "QueueArn", "TopicConfigurations": "TopicArn"}
    wanted = {
        kind: [{
            names.get(kind, "LambdaFunctionArn"): arn, "Events": ["s3:ObjectCreated:*"],
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}},
        }]
        for kind, (prefix, arn) in targets.items()
    }  # fmt: skip
    s3.put_bucket_notification_configuration(Bucket="box", NotificationConfiguration=wanted)


def count(client: Callable[..., Any], url: str, word: str) -> int:
    """How many messages of a queue speak of something; they stay there."""
    found = 0
    while (
        messages := client("sqs")
        .receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=60)
        .get("Messages")
    ):
        found += sum(word in message["Body"] for message in messages)
    return found


def quiet(server: BackgroundServer, counter: Counter | None = None) -> list[str]:
    """The events of the log once nothing follows any more: nothing new for a while."""
    names: list[str] = []
    still = 0
    with soon(30) as waiting:
        while still < 10 and waiting():
            before, names = names, [one["eventName"] for one in records(server)]
            still = still + 1 if before == names else 0
    return names


def played(server: BackgroundServer, counter: Counter) -> dict[str, str]:
    """Ada uploads two objects, and everything follows."""
    client = clients(server)
    urls = targets(client, counter)
    ada = human(server)("s3")
    ada.put_object(Bucket="box", Key="in/wanted.txt", Body=b"hello")
    ada.put_object(Bucket="box", Key="in/other.txt", Body=b"hello")
    s3 = client("s3")
    with soon(30) as waiting:
        while len(s3.list_objects_v2(Bucket="box", Prefix="out/").get("Contents", [])) < 2 and waiting():
            time.sleep(0.1)
        while counter.counts != (3, 3) and waiting():  # the first told that the bucket was configured
            pass
    quiet(server)
    return urls


def told(*args: str) -> Any:
    """A command's answer."""
    result = CliRunner().invoke(cli, [*args, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.timeout_s(180)
def test_an_upload_reaches_everybody_and_is_explained(kept: Kept, counter: Counter, tmp_path: Path) -> None:
    """Line 1: one message, one publication to two queues (one filtered), one run; why leads from its object to ada."""
    server = kept("a")
    urls = played(server, counter)
    client = clients(server)
    body = client("s3").get_object(Bucket="box", Key="out/wanted.txt")["Body"]
    assert body.read() == b"HELLO"
    body.close()
    counts = {name: count(client, url, "ObjectCreated:Put") for name, url in urls.items()}
    assert counts == {"direct": 2, "every": 2, "some": 1}
    log = str(tmp_path / "a.db")
    chain = told("why", "box/out/wanted.txt", "--log", log)["chain"]
    assert [(one["action"].split()[1], one["how"]) for one in chain] == [
        ("PutObject", ""), ("RunEvent", "within"), ("Invoke", "lambda.after_invoke"), ("Publish", "sns.deliver"),
        ("PutObject", chain[4]["how"]),
    ]  # fmt: skip
    assert all(one["certain"] for one in chain) and chain[4]["how"].startswith("s3.")
    assert chain[0]["by"] == "role runner/copy" and chain[-1]["by"] == "user ada"
    assert chain[-1]["resource"] == "arn:aws:s3:::box/in/wanted.txt"
    (publish,) = told("trace", "box/in/wanted.txt", "--log", log)["tree"]["then"]
    below = sorted(one["action"].split()[1] for one in publish["then"])
    assert below == ["DeliverHttp", "Invoke", "SendMessage", "SendMessage"]
    (run,) = next(one for one in publish["then"] if one["action"].endswith("Invoke"))["then"]
    assert {"GetObject", "PutObject"} <= {one["action"].split()[1] for one in run["then"]}
    listed = told("events", "--cause", chain[-1]["event_id"], "--log", log)["events"]
    assert {"SendMessage", "Publish", "Invoke", "RunEvent", "PutObject"} <= {one["action"] for one in listed}


@pytest.mark.timeout_s(180)
def test_no_replay_does_it_again(kept: Kept, counter: Counter, tmp_path: Path) -> None:
    """Line 2: log and lossless export fold to the same, CloudTrail's files to the same but for what they never hold,
    member by member of every State; outside nobody sees a second time."""
    server = kept("a")
    played(server, counter)
    live, replayed = server.run(server.digests())
    assert live == replayed
    server.stop()
    seen = list(counter.seen)
    log = str(tmp_path / "a.db")
    told("export", "--jsonl", str(tmp_path / "a.jsonl"), "--sealed", "--bodies", "inline", "--log", log)
    told("export", "--cloudtrail", str(tmp_path / "trail"), "--log", log)
    told("import", str(tmp_path / "a.jsonl"), "--log", str(tmp_path / "lossless.db"))
    told("import", str(tmp_path / "trail"), "--log", str(tmp_path / "trail.db"))
    digest, machine = asyncio.run(folded(tmp_path / "a.db"))
    assert digest == live
    assert asyncio.run(folded(tmp_path / "lossless.db"))[0] == live
    trail = asyncio.run(folded(tmp_path / "trail.db"))[1]
    assert differences(machine, trail, NEVER_HELD) == []
    missing = "\n".join(differences(machine, trail, []))
    assert all(one in missing for one in ("e_tag", "streams", "lineage")), "nothing was compared"
    pictures = [picture(kept(name)) for name in ("a", "lossless", "trail")]
    assert pictures[0] == pictures[1] == pictures[2]
    assert pictures[0]["objects"] == ["in/other.txt", "in/wanted.txt", "out/other.txt", "out/wanted.txt"]
    assert counter.seen == seen


def picture(server: BackgroundServer) -> dict[str, Any]:
    """What the account holds, as its clients see it: all that CloudTrail's records tell of, too."""
    client = clients(server)
    before = len(records(server))
    seen = {
        "objects": [one["Key"] for one in client("s3").list_objects_v2(Bucket="box")["Contents"]],
        "queues": sorted(client("sqs").list_queues()["QueueUrls"]),
        "topics": client("sns").list_topics()["Topics"],
        "subscriptions": sorted(
            one["Endpoint"] for one in client("sns").list_subscriptions()["Subscriptions"]
        ),
        "functions": [one["FunctionArn"] for one in client("lambda").list_functions()["Functions"]],
        "users": [one["Arn"] for one in client("iam").list_users()["Users"]],
        "roles": [one["Arn"] for one in client("iam").list_roles()["Roles"]],
        "groups": [one["logGroupName"] for one in client("logs").describe_log_groups()["logGroups"]],
    }
    assert [one["eventName"] for one in records(server)[before:] if not one["readOnly"]] == []
    seen["queues"] = [one.rpartition("/")[2] for one in seen["queues"]]
    return seen
