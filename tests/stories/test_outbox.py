"""What SNS would have sent to people: `backtrail outbox` is where they read it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner

from backtrail_cli.group import cli
from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import Options

ADA = "ada@example.com"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the log is."""
    return tmp_path / "a.db"


@pytest.fixture
def sns(log: Path) -> Iterator[Any]:
    """A client of a server that keeps this log."""
    server = BackgroundServer(Options(port=0, log=log)).start()
    session = boto3.Session("test", "test", region_name="us-east-1")
    yield session.client("sns", endpoint_url=server.endpoint)
    server.stop()


def outbox(log: Path, *args: str, code: int = 0) -> Any:
    """The letters that a command lists."""
    result = CliRunner().invoke(cli, ["outbox", "--log", str(log), "--json", *args], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_a_mail_is_read_and_confirms(sns: Any, log: Path) -> None:
    """The confirmation lies there with its token, and the message once it was confirmed: to a person, nowhere else."""
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=ADA)
    (asked,) = outbox(log)["letters"]
    assert (asked["to"], asked["kind"], asked["topic_arn"]) == (ADA, "SubscriptionConfirmation", topic)
    assert asked["token"] in asked["link"]
    sns.confirm_subscription(TopicArn=topic, Token=asked["token"])
    sns.publish(TopicArn=topic, Subject="Late", Message="The train\nis late.")
    answer = outbox(log, "--limit", "1")
    (mail,) = answer["letters"]
    assert (mail["subject"], mail["body"], mail["outcome"]) == ("Late", "The train\nis late.", "delivered")
    assert answer["more"] is True
    text = CliRunner().invoke(cli, ["outbox", "--log", str(log), "--limit", "1"]).stdout
    assert f"email  to {ADA}" in text and "\n  Late\n  The train\n  is late.\n" in text


def test_letters_are_found(sns: Any, log: Path) -> None:
    """By address and by kind; what AWS would not have delivered says why; nothing found is exit code 1."""
    assert outbox_fails(log)
    sns.publish(PhoneNumber="+15550100", Message="in the sandbox")
    sns.create_sms_sandbox_phone_number(PhoneNumber="+15550199")
    codes = outbox(log, "--protocol", "sms", "--to", "0199")["letters"]
    assert len(codes) == 1 and "code" in codes[0]["body"].lower()
    (lost,) = outbox(log, "--undelivered")["letters"]
    assert (lost["to"], lost["body"]) == ("+15550100", "in the sandbox")
    assert lost["outcome"].startswith("not delivered: the SMS sandbox")
    nothing = outbox(log, "--protocol", "email", code=1)
    assert (nothing["letters"], nothing["more"]) == ([], False)


def outbox_fails(log: Path) -> bool:
    """An empty log is told as such."""
    result = CliRunner().invoke(cli, ["outbox", "--log", str(log)])
    return result.exit_code == 2 and "holds no records yet" in result.output


def test_letters_are_followed(sns: Any, log: Path) -> None:
    """Those that are there, then those that come: one a line."""
    sns.publish(PhoneNumber="+15550100", Message="one")
    command = [sys.executable, "-m", "backtrail_cli", "outbox", "--follow", "--json", "--log", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        try:
            assert json.loads(following.stdout.readline())["body"] == "one"
            sns.publish(PhoneNumber="+15550100", Message="two")
            assert json.loads(following.stdout.readline())["body"] == "two"
        finally:
            following.terminate()
