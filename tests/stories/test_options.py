"""Options over HTTP, by command and by `serve`: set as records, kept in the log, minded by the services."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
from click.testing import CliRunner

from backtrail_cli.group import cli
from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import Options

from .lambda_functions import role, zipped

Client = Callable[..., Any]


def ask(endpoint: str, method: str, path: str = "", body: object = None) -> tuple[int, Any]:
    """A request to the options' own part."""
    data = None if body is None else json.dumps(body).encode()
    request = Request(f"{endpoint}/_backtrail/options{path}", data=data, method=method)
    try:
        with urlopen(request) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def value(endpoint: str, option: str) -> Any:
    """An option as it is listed."""
    return {one["option"]: one for one in ask(endpoint, "GET")[1]["options"]}[option]["value"]


def test_options_are_listed_set_and_reset(endpoint: str) -> None:
    """Over HTTP: what each does, its value, and who set it when."""
    status, told = ask(endpoint, "PUT", "/sqs.duplicates", {"value": 0.25})

    assert (status, told["value"], told["default"], told["takes"]) == (200, 0.25, 0.0, "a number from 0 to 1")
    assert told["set"]["by"].endswith(":root") and told["set"]["event"]
    assert value(endpoint, "sqs.duplicates") == 0.25
    status, told = ask(endpoint, "DELETE", "/sqs.duplicates")
    assert (status, told["value"], "set" in told) == (200, 0.0, False)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/sqs.duplicates", {"value": 2}),
        ("/sqs.duplicates", {"value": [1]}),
        ("/sqs.duplicates", {}),
        ("/sqs.nothing", {"value": 1}),
        ("/nothing", {"value": 1}),
    ],
)
def test_a_wrong_wish_is_a_400_in_words(endpoint: str, path: str, body: object) -> None:
    """Whatever is wrong is said, and nothing changes."""
    status, told = ask(endpoint, "PUT", path, body)

    assert status == 400 and told["error"]
    assert value(endpoint, "sqs.duplicates") == 0.0


def test_duplicates_reach_a_client(endpoint: str, client: Client) -> None:
    """SQS-17: a consumer that must cope with duplicates meets them."""
    sqs = client("sqs")
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="a")
    ask(endpoint, "PUT", "/sqs.duplicates", {"value": 1})

    seen = [sqs.receive_message(QueueUrl=queue)["Messages"][0]["MessageId"] for _ in range(3)]

    assert len(set(seen)) == 1


def test_waiters_work_at_both_paces(endpoint: str, client: Client) -> None:
    """A function is Pending as long as AWS's documents say, or at once Active; a waiter comes to its end in both."""
    functions = client("lambda")
    given = {
        "Runtime": "python3.12", "Handler": "f.handler", "Role": role(client),
        "Code": {"ZipFile": zipped(f__py="def handler(event, context): return event")},
    }  # fmt: skip
    made = functions.create_function(FunctionName="instant", **given)
    assert made["State"] == "Pending"
    assert functions.get_function_configuration(FunctionName="instant")["State"] == "Active"

    ask(endpoint, "PUT", "/backtrail.pace", {"value": "aws"})
    functions.create_function(FunctionName="slow", **given)
    assert functions.get_function_configuration(FunctionName="slow")["State"] == "Pending"
    assert functions.get_function_configuration(FunctionName="instant")["State"] == "Active"
    urlopen(Request(f"{endpoint}/_backtrail/clock", data=b'{"advance_s": 6}', method="POST")).close()
    functions.get_waiter("function_active_v2").wait(
        FunctionName="slow", WaiterConfig={"Delay": 0, "MaxAttempts": 3}
    )
    functions.update_function_configuration(FunctionName="slow", MemorySize=256)
    told = functions.get_function_configuration(FunctionName="slow")
    assert (told["State"], told["LastUpdateStatus"]) == ("Active", "InProgress")


def test_what_serve_was_told_is_kept_in_the_log(tmp_path: Path) -> None:
    """Options of the command line are records, made once; a later server on the log has them without being told."""
    log = tmp_path / "account.db"
    turned = ["sqs.duplicates=1", "backtrail.pace=aws"]
    for given in (turned, turned, []):
        server = BackgroundServer(Options(log=log, port=0, turned=given)).start()
        try:
            assert value(server.endpoint, "sqs.duplicates") == 1.0
            assert value(server.endpoint, "backtrail.pace") == "aws"
            with urlopen(f"{server.endpoint}/_backtrail/health") as answer:
                assert json.load(answer)["records"] == 2
        finally:
            server.stop()


def test_commands_turn_options(endpoint: str) -> None:
    """`option set`, `options`, `option reset`, for people and as JSON; a mistake is one line and exit 2."""

    def run(*words: str) -> Any:
        return CliRunner().invoke(cli, [*words, "--endpoint", endpoint])

    told = run("option", "set", "sqs", "throttling", "on", "--json")
    assert told.exit_code == 0 and json.loads(told.output)["value"] is True
    listed = run("options", "sqs")
    assert "sqs.throttling = true" in listed.output and "default false" in listed.output
    assert json.loads(run("option", "reset", "sqs", "throttling", "--json").output)["value"] is False
    assert {one["option"] for one in json.loads(run("options", "--json").output)["options"]} >= {
        "backtrail.pace", "sqs.shuffle",
    }  # fmt: skip
    assert run("option", "set", "sqs", "shuffle", "many").exit_code == 2
    assert run("option", "set", "sqs", "size", "1").exit_code == 2
    assert run("options", "nothing").exit_code == 1


def test_a_past_moment_keeps_its_options(tmp_path: Path) -> None:
    """What was set until then holds; nothing can be set."""
    log = tmp_path / "account.db"
    server = BackgroundServer(Options(log=log, port=0, turned=["sqs.shuffle=7"])).start()
    try:
        moment = ask(server.endpoint, "GET")[1]["options"]
        when = next(one["set"]["time"] for one in moment if one["option"] == "sqs.shuffle")
        boto3.Session("a", "b", region_name="us-east-1").client(
            "sqs", endpoint_url=server.endpoint
        ).list_queues()
    finally:
        server.stop()
    past = BackgroundServer(Options(log=log, port=0, at=datetime.fromisoformat(when))).start()
    try:
        assert value(past.endpoint, "sqs.shuffle") == 7
        assert ask(past.endpoint, "PUT", "/sqs.shuffle", {"value": 1})[0] == 400
    finally:
        past.stop()


def test_a_fresh_log_begins_with_the_same_options() -> None:
    """Whoever resets an ephemeral server between tests keeps the options that it was started with."""
    server = BackgroundServer(Options(port=0, turned=["sqs.shuffle=7"])).start()
    try:
        ask(server.endpoint, "PUT", "/sqs.duplicates", {"value": 1})
        urlopen(Request(f"{server.endpoint}/_backtrail/reset", method="POST")).close()
        assert (value(server.endpoint, "sqs.shuffle"), value(server.endpoint, "sqs.duplicates")) == (7, 0.0)
        server.reset()
        assert value(server.endpoint, "sqs.shuffle") == 7
    finally:
        server.stop()


def test_a_wrong_option_ends_the_server_in_one_line() -> None:
    """Nobody is served under other options than he asked for."""
    for wrong in ("sqs.nothing=1", "sqs.shuffle=many", "shuffle"):
        told = CliRunner().invoke(cli, ["serve", "--ephemeral", "--port", "0", "--option", wrong])
        assert told.exit_code == 2 and wrong.partition("=")[0] in told.output
