"""What the tests of the commands share: a way to run them, and the log of the incident that ships with Backtrail."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from backtrail_cli.group import cli
from backtrail_cli.incidents import EXAMPLE

Run = Callable[..., Result]
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test runs in an empty folder, with none of the user's settings."""
    monkeypatch.chdir(tmp_path)
    for name in (
        "BACKTRAIL_LOG",
        "BACKTRAIL_PLUGINS_DIR",
        "NO_COLOR",
        "FORCE_COLOR",
        "COLUMNS",
        "AWS_ENDPOINT_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def run() -> Run:
    """Run a command in this process: `run("events", "--limit", 3)`."""

    def invoke(*args: object, **given: Any) -> Result:
        result = CliRunner().invoke(cli, [str(arg) for arg in args], prog_name="backtrail", **given)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


@pytest.fixture
def ask(run: Run) -> Ask:
    """Run a command with --json; its answer."""

    def asked(*args: object, code: int = 0) -> dict[str, Any]:
        result = run(*args, "--json")
        assert result.exit_code == code, result.output
        answer: dict[str, Any] = json.loads(result.stdout)
        return answer

    return asked


@pytest.fixture(scope="session")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log with the incident in it; to be read alone."""
    path = tmp_path_factory.mktemp("case") / "case.db"
    result = CliRunner().invoke(cli, ["import", str(EXAMPLE), "--log", str(path)], prog_name="backtrail")
    assert result.exit_code == 0, result.output
    return path
