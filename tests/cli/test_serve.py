"""`serve`, and the other commands while it runs: real processes, real clients."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from backtrail_cli import serving
from backtrail_cli.incidents import EXAMPLE

from .conftest import Ask, Run

SECRET_BODY = "the plans of the secret base"


class Served:
    """A server in a process of its own."""

    def __init__(self, process: subprocess.Popen[str], endpoint: str) -> None:
        self.process, self.endpoint = process, endpoint

    def client(self, service: str) -> Any:
        """A client of it."""
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        return boto3.client(service, endpoint_url=self.endpoint, **keys)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Signal it; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(20)


Serve = Callable[..., Served]


@contextmanager
def running(*args: object) -> Generator[Served]:
    """`backtrail ARGS --json`, once it listens; ended in the end."""
    command = [sys.executable, "-m", "backtrail_cli", *map(str, args)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Served(process, _endpoint(process))
        finally:
            process.kill()


def _endpoint(process: subprocess.Popen[str]) -> str:
    """Where it listens, from what it prints: JSON, or a sentence."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith('{"endpoint"'):
            return str(json.loads(line)["endpoint"])
        if line.startswith("Serving at "):
            return line.split()[2]
    raise AssertionError("it ended without serving")


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers, which end with the test."""
    with ExitStack() as stack:
        yield lambda *args: stack.enter_context(running(*args))


def test_a_served_log_is_asked_while_it_runs(serve: Serve, ask: Ask) -> None:
    """Every call is in the log when it is answered, and other commands read it meanwhile."""
    served = serve("serve", "--port", 0, "--json")
    s3 = served.client("s3")
    s3.create_bucket(Bucket="my-bucket")
    s3.delete_bucket(Bucket="my-bucket")
    assert [event["action"] for event in ask("events")["events"]] == ["DeleteBucket", "CreateBucket"]
    assert ask("who", "deleted", "my-bucket")["answers"][0]["principal"] == "arn:aws:iam::123456789012:root"
    assert ask("verify")["ok"] is True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_the_log(serve: Serve, ask: Ask, number: int) -> None:
    """Exit code 0, nothing lost, no lock and no address left behind, and the next server goes on."""
    served = serve("serve", "--port", 0, "--log", "x.db", "--json")
    served.client("sqs").create_queue(QueueName="q")
    assert serving.address_file(Path("x.db")).exists()
    assert served.end(number) == 0
    assert not serving.address_file(Path("x.db")).exists()
    assert not Path("x.db-wal").exists()
    again = serve("serve", "--port", 0, "--log", "x.db", "--json")
    assert len(again.client("sqs").list_queues()["QueueUrls"]) == 1
    assert ask("state", "--log", "x.db")["resources"][0]["id"] == "q"


def test_a_killed_server_is_not_taken_for_running(serve: Serve, run: Run) -> None:
    """The address that it left behind misleads nobody."""
    served = serve("serve", "--port", 0, "--log", "x.db", "--json")
    served.end(signal.SIGKILL)
    assert run("import", EXAMPLE, "--log", "x.db").exit_code == 0


def test_an_ephemeral_server_is_reset(serve: Serve, ask: Ask, run: Run) -> None:
    """`reset --endpoint` gives it a fresh log; a server that keeps its log refuses, in its own words."""
    served = serve("serve", "--ephemeral", "--port", 0, "--json")
    served.client("sqs").create_queue(QueueName="q")
    assert ask("reset", "--endpoint", served.endpoint) == {"status": "fresh", "removed": []}
    assert "QueueUrls" not in served.client("sqs").list_queues()
    assert not Path(".backtrail").exists()
    kept = serve("serve", "--log", "x.db", "--port", 0, "--json")
    for args in (["--endpoint", kept.endpoint], ["--log", "x.db"]):
        result = run("reset", *args)
        assert result.exit_code == 2
        assert "refuses" in result.stderr


def test_a_second_server_on_a_log_is_refused(serve: Serve) -> None:
    """One line that names the process which has it."""
    first = serve("serve", "--log", "x.db", "--port", 0, "--json")
    second = subprocess.run(
        [sys.executable, "-m", "backtrail_cli", "serve", "--log", "x.db", "--port", "0"],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert second.returncode == 2
    assert second.stderr.count("\n") == 1
    assert str(first.process.pid) in second.stderr


def test_a_taken_port_is_one_line(serve: Serve) -> None:
    """It says to choose another."""
    first = serve("serve", "--ephemeral", "--port", 0, "--json")
    port = first.endpoint.rpartition(":")[2]
    second = subprocess.run(
        [sys.executable, "-m", "backtrail_cli", "serve", "--ephemeral", "--port", port],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert second.returncode == 2
    assert "choose another --port" in second.stderr
    assert second.stderr.count("\n") == 1


def test_the_past_is_served_read_only(serve: Serve, run: Run) -> None:
    """`serve --at` answers as of then, refuses changes, and records nothing."""
    run("import", EXAMPLE, "--log", "x.db")
    served = serve("serve", "--log", "x.db", "--at", "2024-03-14 02:20", "--port", 0, "--json")
    names = {user["UserName"] for user in served.client("iam").list_users()["Users"]}
    assert names == {"mara", "ci-deploy", "backup-operator"}
    with pytest.raises(ClientError, match=r"PastIsReadOnly.*backtrail fork --at 2024-03-14T02:20:00Z"):
        served.client("iam").create_user(UserName="new")
    assert served.end() == 0
    assert run("import", EXAMPLE, "--log", "x.db").stdout.startswith("Read 84 records of 1 file: 0 new")


@pytest.mark.parametrize(
    "command", [("replay", "--example", "--no-story", "--serve"), ("serve", "--log", "x.db")]
)
def test_whoever_looks_is_sent_to_the_logs_region(run: Run, command: tuple[str, ...]) -> None:
    """What to export names the region in which the account was used, or its queues would not be seen."""
    run("import", EXAMPLE, "--log", "x.db")
    with subprocess.Popen(
        [sys.executable, "-m", "backtrail_cli", *command, "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            exported = next(line for line in process.stdout if "AWS_REGION" in line)
        finally:
            process.kill()
    assert exported.strip() == "export AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1"


def test_a_replayed_account_is_served_as_its_own(serve: Serve, ask: Ask) -> None:
    """`replay --serve`: any key is the trail's account, and time stands still at its last record."""
    served = serve("replay", "--example", "--no-story", "--log", "x.db", "--serve", "--port", 0)
    identity = served.client("sts").get_caller_identity()
    assert identity["Account"] == "418273645501"
    (event,) = ask("events", "--action", "GetCallerIdentity", "--limit", 1, "--log", "x.db")["events"]
    assert event["time"].startswith("2024-03-14T09:02:49")
    assert [bucket["Name"] for bucket in served.client("s3").list_buckets()["Buckets"]] == ["kestrel-payroll"]


def test_an_imported_log_is_served_at_its_last_moment(serve: Serve, run: Run, ask: Ask) -> None:
    """As long as a log holds imports alone its clock stands still."""
    run("import", EXAMPLE, "--log", "x.db")
    served = serve("serve", "--log", "x.db", "--port", 0, "--json")
    served.client("sts").get_caller_identity()
    assert ask("events", "--limit", 1, "--log", "x.db")["events"][0]["time"].startswith("2024-03-14T09:02:49")


def test_nothing_encrypted_is_shown(serve: Serve, run: Run) -> None:
    """Secrets and payloads stay out of whatever is shown of a log, the key beside it or not."""
    served = serve("serve", "--log", "x.db", "--port", 0, "--json")
    iam = served.client("iam")
    iam.create_user(UserName="alice")
    secret = iam.create_access_key(UserName="alice")["AccessKey"]["SecretAccessKey"]
    queue = served.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    served.client("sqs").send_message(QueueUrl=queue, MessageBody=SECRET_BODY)
    served.end()
    plain = run("state", "--json", "--log", "x.db").stdout
    assert "alice" in plain
    assert secret not in plain
    assert SECRET_BODY not in plain
    for command in (
        "events --records",
        "history q",
        "diff --from -1m --json",
        "state",
        "export --jsonl out.jsonl",
    ):
        said = run(*command.split(), "--log", "x.db").output
        assert secret not in said
        assert SECRET_BODY not in said
    assert secret not in Path("out.jsonl").read_text()
    assert run("export", "--jsonl", "all.jsonl", "--sealed", "--log", "x.db").exit_code == 0
    assert secret in Path("all.jsonl").read_text()


def test_events_are_followed_as_they_arrive(serve: Serve) -> None:
    """--follow --json is a line for each record, as soon as it is in the log, filtered."""
    served = serve("serve", "--log", "x.db", "--port", 0, "--json")
    command = [
        sys.executable,
        "-m",
        "backtrail_cli",
        "events",
        "--follow",
        "--json",
        "--writes",
        "--log",
        "x.db",
    ]
    env = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as follower:
        assert follower.stdout is not None
        time.sleep(1.0)
        sqs = served.client("sqs")
        sqs.list_queues()
        sqs.create_queue(QueueName="q")
        assert json.loads(follower.stdout.readline())["action"] == "CreateQueue"
        follower.send_signal(signal.SIGINT)
        assert follower.wait(20) == 130


def test_output_into_a_closed_pipe_is_no_crash(case: Path) -> None:
    """`backtrail events | head -1` ends without a traceback."""
    shell = f"{sys.executable} -m backtrail_cli events --log {case} --records | head -1"
    done = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_the_past_is_served_without_the_key(
    serve: Serve, run: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    """A log that came without its key answers as of a moment, and it is said once what stays unknown."""
    run("import", EXAMPLE, "--log", "x.db")
    Path("x.key").unlink()
    served = serve("serve", "--log", "x.db", "--at", "2024-03-14 02:20", "--port", 0, "--json")
    users = [user["UserName"] for user in served.client("iam").list_users()["Users"]]
    assert {"ci-deploy", "backup-operator"} <= set(users)
    assert served.client("s3").list_buckets()["Buckets"]
    assert served.end() == 0
    assert capfd.readouterr().err.count("is not here: what is encrypted in the log") == 1
