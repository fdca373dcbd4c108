"""Help, versions, completion, and what is said about wrong command lines."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from backtrail_cli.group import COMMANDS, cli

from .conftest import Run

NESTED = ["plugins generate", "plugins model"]


@pytest.mark.parametrize("command", [*COMMANDS, *NESTED])
def test_every_command_shows_an_example(run: Run, command: str) -> None:
    """Help ends with examples that call the very command."""
    text = run(*command.split(), "--help").output
    assert "Examples:" in text
    assert f"backtrail {command}" in text


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_pick_what_answers_have(run: Run, command: str) -> None:
    """What an example takes out of an answer with jq stands in the help of the command that gives it."""
    text = run(command, "--help").output
    for line in text.partition("Examples:")[2].splitlines():
        found = re.search(r"backtrail ([\w-]+) .*--json \| jq (?:-\w+ )?'([^']*)'", line)
        if found is not None:
            stated = run(found[1], "--help").output.partition("With --json")[2].partition("Options:")[0]
            for member in re.findall(r"\.(\w+)", found[2]):
                assert re.search(rf"\b{member}\b", stated), member


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in ("serve",)])
def test_every_answering_command_has_json(command: str) -> None:
    """Every command that answers a question can answer in JSON, and says in which shape."""
    found = cli.get_command(click.Context(cli), command)
    assert found is not None
    assert "--json" in {option for param in found.params for option in param.opts}
    assert found.help is not None
    assert "With --json" in found.help


def test_the_short_help_fits_the_commands_help(run: Run) -> None:
    """The list of commands names each once."""
    text = run("--help").output
    for name, (_, short) in COMMANDS.items():
        assert name in text
        assert short.split()[0] in text


def test_alone_it_shows_its_help(run: Run) -> None:
    """`backtrail` is no complete command, and says what would be, on lines of their own."""
    result = run()
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: backtrail")
    assert "\n  serve " in result.stderr


def test_the_version_is_the_packages(run: Run) -> None:
    """`--version` prints name and version."""
    assert run("--version").output.startswith("backtrail 0.")


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("evnts", "events"), ("histroy", "history"), ("frobnicate", "--help"), ("who-deleted", "who")],
)
def test_an_unknown_command_names_what_may_be_meant(run: Run, wrong: str, meant: str) -> None:
    """One line, exit code 2."""
    result = run(wrong)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert repr(wrong) in result.stderr
    assert meant in result.stderr


def test_a_wrong_option_says_where_it_is_explained(run: Run) -> None:
    """One line with the command whose help to read."""
    result = run("events", "--frobnicate")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "--frobnicate" in result.stderr


def test_a_missing_argument_is_one_line(run: Run) -> None:
    """`who deleted` without a resource."""
    result = run("who", "deleted")
    assert result.exit_code == 2
    assert result.stderr == "backtrail: Missing argument 'RESOURCE' (see `backtrail who --help`)\n"


def test_completion_knows_the_commands() -> None:
    """The shell completes command names, through click's own protocol."""
    env = os.environ | {
        "_BACKTRAIL_COMPLETE": "bash_complete",
        "COMP_WORDS": "backtrail e",
        "COMP_CWORD": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", "from backtrail_cli.__main__ import main; main()"],
        env=env, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["plain,events", "plain,exposure", "plain,export"]


HELP_NEEDS_NOT = {
    "backtrail.engine",
    "backtrail_eventstore",
    "uvicorn",
    "botocore",
    "boto3",
    "rich",
    "cryptography",
}
QUESTIONS_NEED_NOT = {
    "backtrail.engine",
    "backtrail.machine",
    "backtrail.model",
    "uvicorn",
    "botocore",
    "rich",
}


@pytest.mark.parametrize("args", [["--help"], ["events", "--help"], ["who", "--help"], ["serve", "--help"]])
def test_help_imports_nothing_heavy(args: list[str]) -> None:
    """Help must not wait for the engine, the server, the models or the clients."""
    assert not HELP_NEEDS_NOT & imported_by(args)


@pytest.mark.parametrize(
    "question", [["events"], ["who", "deleted", "kestrel-access-logs"], ["history", "mara"]]
)
def test_questions_import_nothing_heavy(question: list[str], case: Path) -> None:
    """A question to the index needs neither server nor models, clients, rich or cryptography."""
    assert not (QUESTIONS_NEED_NOT | {"cryptography", "structlog"}) & imported_by(
        [*question, "--log", str(case)]
    )


def imported_by(args: list[str]) -> set[str]:
    """The modules that a command imports."""
    script = (
        "import sys\nfrom backtrail_cli.group import cli\n"
        f"code = cli.main({args!r}, 'backtrail', standalone_mode=False)\n"
        "sys.stderr.write(' '.join(sys.modules))\nsys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())
