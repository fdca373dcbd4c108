"""`backtrail undo`: a plan that is proved on a copy, and that drops nothing."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from backtrail_cli.spelling import quoted

from .conftest import Ask, Run

NIGHT = "2024-03-14 08:00"


@pytest.fixture
def night(run: Run, case: Path, tmp_path: Path) -> Path:
    """The log as it was before mara cleaned up."""
    lines = run("events", "--records", "--until", NIGHT, "--limit", 500, "--log", case).stdout
    (tmp_path / "night.jsonl").write_text(lines)
    log = tmp_path / "night.db"
    assert run("import", tmp_path / "night.jsonl", "--log", log).exit_code == 0
    return log


def steps(answer: dict[str, Any], cls: str) -> list[str]:
    """What undoes, of the steps of one class, in order."""
    return [f"{one['service']}:{one['action']}" for one in answer["steps"] if one["cls"] == cls]


def test_every_change_is_in_the_plan_and_every_step_is_proved(ask: Ask, night: Path) -> None:
    """The last change first: the policy, then the key, what it may do, the user itself; each done on the copy."""
    answer = ask("undo", "--actor", "ci-deploy", "--log", night)
    assert len(answer["steps"]) == 17
    assert steps(answer, "from the record") == [
        "s3:DeleteBucketPolicy",
        "iam:DeleteAccessKey",
        "iam:DetachUserPolicy",
        "iam:DeleteUser",
    ]
    assert {one["proved"] for one in answer["steps"] if one["action"]} == {"done"}
    lost = [one["did"] for one in answer["steps"] if one["cls"] == "cannot be undone"]
    assert len(lost) == 13
    assert {"s3:DeleteObject", "sqs:PurgeQueue", "s3:DeleteBucket"} == set(lost)


def test_what_was_put_right_needs_nothing(ask: Ask, case: Path) -> None:
    """After mara's morning nothing that can be undone is left."""
    answer = ask("undo", "--actor", "ci-deploy", "--log", case)
    assert len(steps(answer, "nothing left to do")) == 4
    assert steps(answer, "no inverse known") == []


def test_a_replaced_policy_is_put_back_as_it_was(ask: Ask, run: Run, case: Path, tmp_path: Path) -> None:
    """The value from before the actor's first change, not from the call before its last."""
    lines = run(
        "events", "--records", "--oldest", "--until", "2024-03-14 02:00", "--limit", 500, "--log", case
    ).stdout.splitlines()
    template = next(json.loads(line) for line in lines if json.loads(line)["eventName"] == "PutUserPolicy")
    before = template["requestParameters"]["policyDocument"]
    for number, document in enumerate(('{"Version":"2012-10-17","Statement":[]}', '{"Statement":[]}')):
        changed = json.loads(json.dumps(template))
        changed["requestParameters"]["policyDocument"] = document
        changed |= {
            "eventTime": f"2024-03-14T03:00:0{number}Z",
            "eventID": f"00000000-0000-4000-8000-00000000000{number}",
        }
        changed["userIdentity"] = {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLEEXAMPLE09",
            "accountId": "418273645501",
            "userName": "eve",
            "arn": "arn:aws:iam::418273645501:user/eve",
            "accessKeyId": "AKIAEXAMPLEEXAMPLE09",
        }
        lines.append(json.dumps(changed))
    (tmp_path / "eve.jsonl").write_text("\n".join(lines) + "\n")
    log = tmp_path / "eve.db"
    assert run("import", tmp_path / "eve.jsonl", "--log", log).exit_code == 0
    first, second = ask("undo", "--actor", "eve", "--log", log)["steps"]
    assert (first["cls"], first["action"], first["proved"]) == ("from before", "PutUserPolicy", "done")
    assert json.loads(first["params"]["policyDocument"]) == json.loads(before)
    assert second["cls"] == "nothing left to do"


def test_the_plan_is_commands_to_be_read(run: Run, night: Path) -> None:
    """Commands of the AWS CLI, quoted, with what cannot be undone as remarks."""
    text = run("undo", "--actor", "ci-deploy", "--shell", "--log", night).stdout
    assert "aws s3api delete-bucket-policy --bucket kestrel-payroll\n" in text
    assert "aws iam delete-user --user-name backup-operator\n" in text
    assert text.count("\naws ") == 4
    assert "#   the messages are gone" in text


def test_an_actor_who_changed_nothing_is_a_mistake(run: Run, case: Path) -> None:
    """And so is one that nobody knows."""
    assert run("undo", "--actor", "nobody-at-all", "--log", case).exit_code == 2


def test_a_word_for_the_shell_is_one_line_and_the_same_text() -> None:
    """Whatever it holds: a shell reads back what was written, documents in their JSON."""
    texts = ["plain", "it's", "two\nlines", "a\x1b[31m\u202e%s\\n", "$(reboot)`id`"]
    for text in texts:
        word = quoted(text)
        assert word.isprintable()
        assert (
            subprocess.run(["sh", "-c", f"printf %s {word}"], capture_output=True, check=True).stdout.decode()
            == text
        )
    word = quoted('{\n "a": "\u202e"}')
    assert word.isprintable() and json.loads(shlex.split(word)[0]) == {"a": "\u202e"}
