"""Functions that really run, over a real socket: what they reach, and what they cannot harm."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backtrail.machine import Machine
from backtrail_cli.server.background import BackgroundServer

from .lambda_functions import ACCOUNT, ARN, Functions, received, soon, zipped
from .records import records

Client = Callable[..., Any]


@pytest.fixture
def functions(client: Client) -> Functions:
    """Functions, and a role for them."""
    return Functions(client)


def queue(client: Client, name: str, **attributes: str) -> tuple[str, str]:
    """A queue's URL and ARN."""
    url = client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"


def test_a_handler_sees_what_lambda_shows(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its event, its context, its own variables; nothing of the server's surroundings."""
    monkeypatch.setenv("SECRET_OF_THE_SERVER", "x")
    source = """
import os
def handler(event, context):
    return {
        "event": event, "name": context.function_name, "version": context.function_version,
        "arn": context.invoked_function_arn, "memory": context.memory_limit_in_mb, "id": context.aws_request_id,
        "group": context.log_group_name, "left": context.get_remaining_time_in_millis(),
        "client": context.client_context.custom, "own": os.environ["OWN"], "region": os.environ["AWS_REGION"],
        "inherited": os.environ.get("SECRET_OF_THE_SERVER"), "endpoint": os.environ["AWS_ENDPOINT_URL"],
        "tmp": os.environ["TMPDIR"], "execution": os.environ["AWS_EXECUTION_ENV"],
    }
"""
    functions.make("f", source, Environment={"Variables": {"OWN": "mine"}}, MemorySize=256)
    context = base64.b64encode(json.dumps({"custom": {"a": "b"}}).encode()).decode()
    seen, answer = functions.run("f", {"x": 1}, ClientContext=context)
    assert seen.pop("id") == answer["ResponseMetadata"]["RequestId"]
    assert 0 < seen.pop("left") <= 3000
    assert seen.pop("tmp").startswith("/") and seen.pop("endpoint") == functions.lam.meta.endpoint_url
    assert seen == {
        "event": {"x": 1}, "name": "f", "version": "$LATEST", "arn": f"{ARN}:function:f", "memory": "256",
        "group": "/aws/lambda/f", "client": {"a": "b"}, "own": "mine", "region": "us-east-1", "inherited": None,
        "execution": "AWS_Lambda_python3.12",
    }  # fmt: skip
    functions.make("none", "def handler(event, context): return event")
    assert functions.run("none")[0] == {}


def test_a_function_calls_back_as_its_role(
    functions: Functions, client: Client, server: BackgroundServer
) -> None:
    """boto3 reaches this server by itself, with a session of the role that began once, before the first run."""
    client("s3").create_bucket(Bucket="box")
    source = """
import boto3
def handler(event, context):
    boto3.client("s3").put_object(Bucket="box", Key=event, Body=b"from a function")
    return boto3.client("sts").get_caller_identity()["Arn"]
"""
    functions.make("f", source, Timeout=30, MemorySize=256)
    assert functions.run("f", "one")[0] == f"arn:aws:sts::{ACCOUNT}:assumed-role/runner/f"
    functions.run("f", "two")
    assert client("s3").get_object(Bucket="box", Key="two")["Body"].read() == b"from a function"
    written = records(server)
    assumed = [one for one in written if one["eventName"] == "AssumeRole"]
    assert len(assumed) == 1
    assert assumed[0]["userIdentity"] == {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}
    put = [one for one in written if one["eventName"] == "PutObject"]
    assert put[0]["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] == functions.role


def test_a_warm_worker_serves_again(functions: Functions) -> None:
    """The next event finds the module as it was left; an update begins anew."""
    functions.make("f", "n = 0\ndef handler(e, c):\n    global n\n    n += 1\n    return n")
    assert [functions.run("f")[0] for _ in range(3)] == [1, 2, 3]
    functions.lam.update_function_configuration(FunctionName="f", Description="new")
    assert functions.run("f")[0] == 1


def test_the_tail_of_the_log(functions: Functions, client: Client) -> None:
    """START, what was printed and logged, END, REPORT; the same lies in CloudWatch Logs."""
    functions.make("f", "import logging\ndef handler(e, c):\n    print('out')\n    logging.warning('odd')")
    _, answer = functions.run("f", LogType="Tail")
    lines = base64.b64decode(answer["LogResult"]).decode().splitlines()
    assert lines[0].startswith("START RequestId: ") and lines[0].endswith(" Version: $LATEST")
    assert lines[1] == "out" and lines[2].startswith("[WARNING]\t") and lines[2].endswith("\todd")
    assert lines[3].startswith("END RequestId: ")
    assert "Init Duration: " in lines[4] and "Max Memory Used: " in lines[4]
    logged = client("logs").filter_log_events(logGroupName="/aws/lambda/f")["events"]
    assert [one["message"].rstrip("\n") for one in logged] == lines


FAULTS = {
    "raises": ("def handler(e, c): raise ValueError('no')", "ValueError"),
    "no module": ("import nothing_of_the_kind", "Runtime.ImportModuleError"),
    "no handler": ("x = 1", "Runtime.HandlerNotFound"),
    "bad syntax": ("def handler(e, c)\n  pass", "Runtime.UserCodeSyntaxError"),
    "raises when it loads": ("raise KeyError('x')", "KeyError"),
    "answers no JSON": ("def handler(e, c): return {1, 2}", "Runtime.MarshalError"),
    "answers too much": ("def handler(e, c): return 'x' * 7_000_000", "Function.ResponseSizeTooLarge"),
    "exits": ("import sys\ndef handler(e, c): sys.exit(3)", "Runtime.ExitError"),
    "exits in silence": ("import os\ndef handler(e, c): os._exit(0)", "Runtime.ExitError"),
    "never returns": ("def handler(e, c):\n    while True: pass", "Sandbox.Timedout"),
    "sleeps": ("import time\ndef handler(e, c): time.sleep(600)", "Sandbox.Timedout"),
    "ignores signals": (
        "import signal, time\ndef handler(e, c):\n    signal.signal(15, signal.SIG_IGN)\n    time.sleep(600)",
        "Sandbox.Timedout",
    ),
    "takes memory bit by bit": (
        "def handler(e, c):\n    x = []\n    while True: x.append(bytearray(1024 * 1024))",
        "Runtime.OutOfMemory",
    ),
    "takes memory at once": ("def handler(e, c): return len(bytearray(10 ** 11))", "Runtime.OutOfMemory"),
    "forks too much": (  # bounded: were it not stopped, the machine would still stand
        "import os, time\ndef handler(e, c):\n    for _ in range(9): os.fork()\n    time.sleep(9)",
        "Runtime.ExitError",
    ),
    "closes everything": ("import os\ndef handler(e, c):\n    os.closerange(0, 256)", "Runtime.ExitError"),
    "kills itself": ("import os\ndef handler(e, c): os.kill(os.getpid(), 9)", "Runtime.ExitError"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_the_invocations_own(functions: Functions, fault: str) -> None:
    """It is told as Lambda tells it, soon; another function runs as ever, and nothing stays behind."""
    source, kind = FAULTS[fault]
    functions.make(
        "bad", source, Timeout=3 if "fork" in fault else 1, MemorySize=3008 if "fork" in fault else 128
    )
    functions.make("good", "def handler(e, c): return 'well'", Timeout=30)
    started = time.monotonic()
    assert functions.error("bad", {}) == kind
    assert time.monotonic() - started < 20
    assert functions.run("good")[0] == "well"
    assert left_behind("bad", functions.lam.meta.endpoint_url) == []


def test_errors_are_told_in_full(functions: Functions) -> None:
    """Message, type, request, and a stack that names files as Lambda has them."""
    functions.make("f", "def deeper():\n    raise ValueError('no')\ndef handler(e, c):\n    deeper()")
    failure, answer = functions.run("f", LogType="Tail")
    assert failure == {
        "errorMessage": "no", "errorType": "ValueError",
        "requestId": answer["ResponseMetadata"]["RequestId"],
        "stackTrace": [
            '  File "/var/task/f.py", line 4, in handler\n    deeper()\n',
            '  File "/var/task/f.py", line 2, in deeper\n    raise ValueError(\'no\')\n',
        ],
    }  # fmt: skip
    log = base64.b64decode(answer["LogResult"]).decode()
    assert "[ERROR] ValueError: no\nTraceback (most recent call last):\n" in log
    functions.make("t", "import time\ndef handler(e, c): time.sleep(600)", Timeout=1)
    failure, answer = functions.run("t", LogType="Tail")
    request = answer["ResponseMetadata"]["RequestId"]
    assert failure["errorMessage"] == f"RequestId: {request} Error: Task timed out after 1.00 seconds"
    assert "Status: timeout" in base64.b64decode(answer["LogResult"]).decode()


def test_ten_megabytes_of_output_are_no_matter(functions: Functions) -> None:
    """The run ends, its end is the tail, and what is kept of it is bounded."""
    functions.make(
        "f", "def handler(e, c):\n    print('x' * 10_000_000)\n    print('the end')\n    return 1", Timeout=30
    )
    value, answer = functions.run("f", LogType="Tail")
    assert value == 1
    assert b"the end\n" in base64.b64decode(answer["LogResult"])


def test_the_kernel_fences_what_forks(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where control groups can be made, no more processes begin than a bound: faster than any watching."""
    monkeypatch.setattr("backtrail_aws.lambda_.sandbox.effects.FENCE_MAX", 12)
    source = """
import os, time
def handler(event, context):
    fenced = "backtrail-" in open("/proc/self/cgroup").read()
    for number in range(30):
        try:
            if os.fork() == 0:
                time.sleep(60)
        except BlockingIOError:
            return fenced, number
    return fenced, 30
"""
    functions.make("f", source, Timeout=10)
    fenced, forked = functions.run("f")[0]
    if not fenced:
        pytest.skip("no control group can be made here")
    assert forked < 12


def test_children_do_not_answer_for_their_parent(functions: Functions) -> None:
    """A fork that comes back is not heard; one that stays is frozen, and dies with its worker."""
    functions.make("f", "import os\ndef handler(e, c):\n    os.fork()\n    return os.getpid()", Timeout=10)
    assert functions.run("f")[0] == functions.run("f")[0]
    source = """
import os, time
def handler(event, context):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
    return "gone"
"""
    functions.make("daemon", source, Timeout=10)
    assert functions.run("daemon")[0] == "gone"
    functions.lam.update_function_code(
        FunctionName="daemon", ZipFile=zipped(f__py="def handler(e, c): 1 / 0")
    )
    functions.error("daemon")


def test_each_worker_has_a_place_of_its_own(functions: Functions) -> None:
    """What one writes another does not find; packages cannot write outside of theirs."""
    source = """
import os, tempfile
def handler(event, context):
    found = os.listdir(tempfile.gettempdir())
    open(os.path.join(tempfile.gettempdir(), "left"), "w").close()
    return found
"""
    functions.make("a", source)
    functions.make("b", source)
    assert (functions.run("a")[0], functions.run("a")[0], functions.run("b")[0]) == ([], ["left"], [])
    outside = Path("/tmp/outside-of-a-package")
    code = zipped(
        **{"f__py": "def handler(e, c): return 1", ".._in_.._in_.._in_tmp_in_outside-of-a-package": "x"}
    )
    functions.make("slip", "", Code={"ZipFile": code})
    assert functions.run("slip")[0] == 1
    assert not outside.exists()


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
def test_node(functions: Functions) -> None:
    """Promises, callbacks, modules of both kinds; errors with their traces."""
    node = {"Runtime": "nodejs20.x", "Timeout": 10}
    functions.make(
        "p", "exports.handler = async (e, c) => ({ e, name: c.functionName })", file="f__js", **node
    )
    functions.make("m", "export const handler = async () => 1", file="f__mjs", **node)
    functions.make(
        "cb", "exports.handler = (e, c, cb) => { setTimeout(() => cb(null, 2), 10); }", file="f__js", **node
    )
    functions.make("nil", "exports.handler = () => { setTimeout(() => {}, 10); }", file="f__js", **node)
    assert functions.run("p", {"a": 1})[0] == {"e": {"a": 1}, "name": "p"}
    assert [functions.run(name)[0] for name in ("m", "cb", "nil", "nil", "cb")] == [1, 2, None, None, 2]
    functions.make("bad", "exports.handler = async () => { throw new TypeError('no') }", file="f__js", **node)
    failure, _ = functions.run("bad")
    assert (failure["errorType"], failure["errorMessage"]) == ("TypeError", "no")
    assert failure["trace"][:2] == ["TypeError: no", "    at exports.handler (/var/task/f.js:1:39)"]
    functions.make(
        "late",
        "exports.handler = () => { setTimeout(() => { throw new Error('x') }, 1) }",
        file="f__js",
        **node,
    )
    functions.make("gone", "exports.nothing = 1", file="f__js", **node)
    functions.make("syntax", "exports.handler = (", file="f__js", **node)
    kinds = [functions.error(name) for name in ("late", "gone", "syntax")]
    assert kinds == ["Error", "Runtime.HandlerNotFound", "Runtime.UserCodeSyntaxError"]


def test_concurrency_is_limited(functions: Functions) -> None:
    """No more run at once than were reserved."""
    from concurrent.futures import ThreadPoolExecutor

    from botocore.exceptions import ClientError

    functions.make("f", "import time\ndef handler(e, c): time.sleep(1)", Timeout=10)
    functions.lam.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=1)

    def once(_: int) -> int:
        client = functions.client("lambda", config=_no_retries())
        try:
            return int(client.invoke(FunctionName="f")["StatusCode"])
        except ClientError as error:
            return int(error.response["ResponseMetadata"]["HTTPStatusCode"])

    with ThreadPoolExecutor(3) as threads:
        assert sorted(threads.map(once, range(3))) == [200, 429, 429]


def test_an_event_that_fails_is_a_dead_letter(functions: Functions, client: Client) -> None:
    """Queue and destination are told, without anybody calling meanwhile."""
    url, arn = queue(client, "dead")
    other, other_arn = queue(client, "story")
    functions.make("f", "def handler(e, c): raise ValueError('no')", DeadLetterConfig={"TargetArn": arn})
    functions.lam.put_function_event_invoke_config(
        FunctionName="f", MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": other_arn}}
    )
    functions.run("f", {"a": 1}, InvocationType="Event")
    letter = received(client("sqs"), url)[0]
    assert json.loads(letter["Body"]) == {"a": 1}
    assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no"
    story = json.loads(received(client("sqs"), other)[0]["Body"])
    assert story["requestContext"]["condition"] == "RetriesExhausted"


def test_a_queue_feeds_a_function(functions: Functions, client: Client) -> None:
    """Every message arrives once and is deleted; what fails comes back when it is visible again."""
    sqs = client("sqs")
    url, arn = queue(client, "in", VisibilityTimeout="2")
    out, _ = queue(client, "out")
    source = """
import boto3, os
sqs = boto3.client("sqs")
seen = set()
def handler(event, context):
    for record in event["Records"]:
        if record["body"] == "twice" and record["messageId"] not in seen:
            seen.add(record["messageId"])
            raise ValueError("not yet")
        sqs.send_message(QueueUrl=os.environ["OUT"], MessageBody=record["body"])
"""
    functions.make("f", source, Timeout=2, MemorySize=256, Environment={"Variables": {"OUT": out}})
    sqs.send_message(QueueUrl=url, MessageBody="early")
    functions.lam.create_event_source_mapping(FunctionName="f", EventSourceArn=arn, BatchSize=1)
    for number in range(5):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    sqs.send_message(QueueUrl=url, MessageBody="twice")
    bodies = sorted(one["Body"] for one in received(sqs, out, 7))
    assert bodies == ["0", "1", "2", "3", "4", "early", "twice"]
    with soon() as waiting:
        while _held(sqs, url) and waiting():
            pass


def test_time_passes_though_nobody_calls(functions: Functions, client: Client, tmp_path: Path) -> None:
    """A message that is hidden is found again when its time is over, without a call that would look."""
    url, arn = queue(client, "in", VisibilityTimeout="1")
    counter = tmp_path / "count"
    source = f"def handler(e, c):\n    open({str(counter)!r}, 'a').write('x')\n    raise ValueError('no')"
    functions.make("f", source, Timeout=1)
    functions.lam.create_event_source_mapping(FunctionName="f", EventSourceArn=arn)
    client("sqs").send_message(QueueUrl=url, MessageBody="x")
    with soon() as waiting:
        while (not counter.exists() or len(counter.read_text()) < 2) and waiting():
            pass
    client("sqs").purge_queue(QueueUrl=url)


def test_a_replay_runs_nothing(functions: Functions, server: BackgroundServer, tmp_path: Path) -> None:
    """The log folded afresh gives the same state, and the function does not hear of it."""
    counter = tmp_path / "count"
    source = f"def handler(e, c):\n    open({str(counter)!r}, 'a').write('x')"
    functions.make("f", source)
    functions.run("f")
    functions.run("f", InvocationType="Event")
    with soon() as waiting:
        while counter.read_text() != "xx" and waiting():
            pass

    async def again() -> bool:
        fresh = Machine(server.engine.machine.registry)
        async for entries in server.engine.store.replay():
            for entry in entries:
                fresh.apply(entry.record, entry.note, entry.sealed, cause=entry.cause)
        return fresh.digest() == server.engine.machine.digest()

    with soon() as waiting:  # until the second run's record is there
        while not any(one["eventName"] == "RunEvent" for one in records(server)) and waiting():
            pass
    assert server.run(again())
    assert counter.read_text() == "xx"


def left_behind(name: str, endpoint: str) -> list[int]:
    """The processes of a server's function that still are, but for one that waits warm."""
    found: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        told = (f"AWS_LAMBDA_FUNCTION_NAME={name}", f"AWS_ENDPOINT_URL={endpoint}")
        if {one.encode() for one in told} <= set(environment.split(b"\0")):
            found.append(int(folder.name))
    return [pid for pid in found if not _is_kept(pid)]


def _is_kept(pid: int) -> bool:
    """Whether a process is a warm worker: frozen, and a child of this one."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return True
    return state[0] in "TZ" and int(state[1]) == os.getpid()


def _held(sqs: Any, url: str) -> int:
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return sum(
        int(value) for name, value in attributes.items() if name.startswith("ApproximateNumberOfMessages")
    )


def _no_retries() -> Any:
    from botocore.config import Config

    return Config(retries={"total_max_attempts": 1})


def test_nothing_is_left_when_the_server_is_killed(tmp_path: Path) -> None:
    """Workers die with the process that started them, whatever ends it."""
    import sys

    code = """
import asyncio, os, sys
from backtrail_aws.lambda_.sandbox.effects import Worker, folder
worker = Worker(folder(), 128, "s")
for name in ("task", "opt", "tmp"):
    (worker.folder / name).mkdir()
(worker.folder / "task" / "f.py").write_text("def handler(e, c): return 1")
root = str(worker.folder / "task")
worker.start([], {"LAMBDA_TASK_ROOT": root, "MARK": sys.argv[1], "PATH": "/bin"}, address_space=True)
async def main():
    print(await worker.ask({"requestId": "r", "handler": "f.handler", "paths": []}, 20))
asyncio.run(main())
print(worker.folder, flush=True)
os.kill(os.getpid(), 9)
"""
    mark = f"mark-{os.getpid()}"
    done = subprocess.run([sys.executable, "-c", code, mark], capture_output=True, text=True, timeout=60)
    assert done.returncode == -9 and "{'failure': None}" in done.stdout, done
    shutil.rmtree(done.stdout.splitlines()[-1], ignore_errors=True)
    with soon() as waiting:
        while _alive(mark) and waiting():
            pass


def _alive(mark: str) -> list[int]:
    found: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"MARK={mark}".encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def test_a_bucket_a_topic_and_a_log_invoke(
    functions: Functions, client: Client, server: BackgroundServer
) -> None:
    """Exactly once for each put, message and line, with the event that AWS's functions get."""
    out, _ = queue(client, "out")
    source = """
import boto3, json, os
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["OUT"], MessageBody=json.dumps(event))
"""
    more: dict[str, Any] = {"Timeout": 10, "MemorySize": 256, "Environment": {"Variables": {"OUT": out}}}
    arn = functions.make("f", source, **more)["FunctionArn"]
    for sid, principal in (("a", "s3"), ("b", "sns"), ("c", "logs")):
        functions.lam.add_permission(
            FunctionName="f",
            StatementId=sid,
            Action="lambda:InvokeFunction",
            Principal=f"{principal}.amazonaws.com",
        )
    s3, sns, logs, sqs = client("s3"), client("sns"), client("logs"), client("sqs")
    s3.create_bucket(Bucket="box")
    s3.put_bucket_notification_configuration(
        Bucket="box",
        NotificationConfiguration={
            "LambdaFunctionConfigurations": [{"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}]
        },
    )
    s3.put_object(Bucket="box", Key="k", Body=b"x")
    told = json.loads(received(sqs, out)[0]["Body"])["Records"]
    assert [(one["eventSource"], one["eventName"], one["s3"]["object"]["key"]) for one in told] == [
        ("aws:s3", "ObjectCreated:Put", "k")
    ]
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="hello")
    while True:
        told = json.loads(received(sqs, out)[0]["Body"])["Records"]
        if "Sns" in told[0]:
            break
    assert told[0]["Sns"]["Message"] == "hello"
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    logs.put_subscription_filter(logGroupName="g", filterName="x", filterPattern="", destinationArn=arn)
    logs.put_log_events(
        logGroupName="g",
        logStreamName="s",
        logEvents=[{"timestamp": int(time.time() * 1000), "message": "line"}],
    )
    while "awslogs" not in (told := json.loads(received(sqs, out)[0]["Body"])):
        pass
    runs = [one for one in records(server) if one["eventName"] == "RunEvent"]
    assert len(runs) == 3
