"""`plugins`: what there is, payload types, and models for boto3."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from backtrail_cli.own_models import describe, target_prefix
from backtrail_cli.server.running import registry

from .conftest import Ask, Run

NOTES = '''"""A service of notes."""

from __future__ import annotations

import backtrail
from backtrail import Call, Params, SortedMap, State, field


class PutNote(Params):
    name: str = field(name="name")


class Notes(State):
    notes: SortedMap[str, str] = field(default_factory=SortedMap)


notes = backtrail.Service("notes", Notes)



@notes.handle
def put_note(state: Notes, call: Call[PutNote]) -> None:
    return None


class GetNote(Params):
    name: str = field(name="name")



@notes.read
def get_note(state: Notes, call: Call[GetNote]) -> PutNote:
    return PutNote(name=state.notes[call.params.name])


@backtrail.hookimpl
def register_services() -> list[backtrail.Service[Notes]]:
    return [notes]
'''

FROBNICATOR = Path(__file__).parent.parent / "core" / "frobnicator.py"


def test_the_list_names_services_and_what_they_do(ask: Ask, run: Run) -> None:
    """Every service with the actions that it decides and folds."""
    answer = ask("plugins")
    services = {row["service"]: row for row in answer["services"]}
    assert {"iam", "s3", "sqs", "sts"} <= set(services)
    assert "CreateQueue" in services["sqs"]["decides"]
    assert "sqs:CreateQueue" in services["sqs"]["folds"]
    assert "AWS::SQS::Queue" in services["sqs"]["resources"]
    assert "AWS::SQS::Queue" in run("plugins").stdout


def test_ones_own_plugin_is_loaded_from_a_file_and_a_folder(ask: Ask, tmp_path: Path) -> None:
    """--plugin and --plugins-dir."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "frobnicator.py").write_text(FROBNICATOR.read_text())
    for args in (["--plugin", FROBNICATOR], ["--plugins-dir", "own"]):
        assert "frobnicator" in {row["service"] for row in ask("plugins", *args)["services"]}


WRONG = {
    "class PutNote(Params)": ("class PutNote", "PutNote is no payload; derive it from backtrail.Params"),
    "Call[PutNote]": ("Call[PutNoet]", "name 'PutNoet' is not defined"),
    "def put_note(state: Notes, ": (
        "def put_note(",
        "must take the State, then an argument annotated Call[Action]",
    ),
    "call: Call[PutNote]": ("call", "must take the State, then an argument annotated Call[Action]"),
    "def put_note": ("async def put_note", "wrong.put_note is async"),
    "class Notes(State)": ("class Notes", "is no State; derive it from backtrail.State"),
    'Service("notes"': ('Service("My Notes"', "is no service's name"),
    "@notes.handle": ("@notes.handle(twice=True)", ": TypeError: "),
    "@notes.read": ("@notes.raed", ": AttributeError: "),
    "return [notes]": ("return notes", "register_services must return a list of services"),
    "@backtrail.hookimpl\ndef register_services": (
        "def services",
        "wrong registers nothing; give it `@",
    ),
    "import backtrail\n": ("import backtrail, nowhere\n", "wrong.py, line 5: No module named 'nowhere'"),
    "    return None": ("    return None)", ": unmatched ')'"),
}


@pytest.mark.parametrize("right", WRONG)
def test_a_plugin_that_is_declared_wrongly_is_one_line(run: Run, tmp_path: Path, right: str) -> None:
    """What is wrong with it, and where; no traceback, and never a service that is silently not there."""
    wrong, said = WRONG[right]
    assert right in NOTES
    (tmp_path / "wrong.py").write_text(NOTES.replace(right, wrong, 1))
    result = run("plugins", "model", "notes", "--plugin", "wrong.py")
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert said in result.stderr
    if said.startswith(": "):
        assert re.search(r"wrong\.py, line \d+: ", result.stderr)


def test_the_same_plugin_declared_rightly(run: Run, tmp_path: Path) -> None:
    """The text that the mistakes are made in has none itself."""
    (tmp_path / "right.py").write_text(NOTES)
    assert '"PutNote"' in run("plugins", "model", "notes", "--plugin", "right.py").stdout


def test_payload_types_are_generated(run: Run) -> None:
    """The plugin's own text, word for word; and more actions with more."""
    from backtrail_aws.sqs import api

    assert api.__file__ is not None
    assert run("plugins", "generate", "sqs").stdout == Path(api.__file__).read_text()
    assert "class CreateTable(Params):" in run("plugins", "generate", "dynamodb", "CreateTable").stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["generate", "dynamodbb", "CreateTable"], "did you mean dynamodb"),
        (["generate", "dynamodb", "CreateTabel"], "CreateTable"),
        (["generate", "dynamodb"], "name the actions"),
        (["model", "nothing"], "no plugin has the service 'nothing'"),
        (["model", "sqs"], "is AWS's own"),
        (["nothing"], "No such command 'nothing'"),
    ],
)
def test_what_cannot_be_generated_is_one_line(run: Run, args: list[str], said: str) -> None:
    """Exit code 2, and what may be meant."""
    result = run("plugins", *args)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert said in result.stderr


def test_a_model_is_one_that_boto3_takes(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """botocore loads it, knows the actions and their members, and serialises a call."""
    import botocore.session

    text = run("plugins", "model", "frobnicator", "--plugin", FROBNICATOR).stdout
    folder = tmp_path / "models" / "frobnicator" / "2015-01-01"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(text)
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path / "models"))
    client: Any = botocore.session.Session().create_client(
        "frobnicator", region_name="us-east-1", aws_access_key_id="k", aws_secret_access_key="s",
        endpoint_url="http://127.0.0.1:1",
    )  # fmt: skip
    sent: list[Any] = []

    def catch(model: Any, params: Any, **_: Any) -> Any:
        sent.append(params)
        raise ConnectionAbortedError

    client.meta.events.register("before-call", catch)
    with pytest.raises(ConnectionAbortedError):
        client.create_widget(name="w", lastsSeconds=5)
    assert sent[0]["headers"]["X-Amz-Target"] == f"{target_prefix('frobnicator')}.CreateWidget"
    assert json.loads(sent[0]["body"]) == {"name": "w", "lastsSeconds": 5}


def test_a_model_leaves_internal_actions_out() -> None:
    """What is no API is in no model; required members are required."""
    model = describe(registry([str(FROBNICATOR)]).services["frobnicator"])
    assert "CreateWidget" in model["operations"]
    assert "WidgetExpired" not in model["operations"]
    assert model["shapes"]["CreateWidgetRequest"]["required"] == ["name"]
    assert model["operations"]["CreateWidget"]["output"] == {"shape": "CreateWidgetResponse"}
