"""The README is under test: what it must name, it names."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from backtrail.manifests import HOOKS
from backtrail.plugins import installed
from backtrail_cli.group import COMMANDS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_shown(command: str) -> None:
    """Each command stands in the README with an example."""
    assert re.search(rf"backtrail {command}\b", README)


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_described(hook: str) -> None:
    """Each hook that a plugin may implement stands in the README."""
    assert f"`{hook}`" in README


@pytest.mark.parametrize("service", [name for name, _ in installed()])
def test_every_service_is_listed(service: str) -> None:
    """Each service that is served stands in the README's table."""
    assert f"| {service} |" in README


@pytest.mark.parametrize("requirement", PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"])
def test_every_dependency_is_explained(requirement: str) -> None:
    """Each library stands in the README, with why it was chosen."""
    name = re.split(r"[\[>=; ]", requirement)[0]

    assert name in README


def test_the_test_command_is_there() -> None:
    """What CI runs is what the README says."""
    assert "<!-- the test command -->" in README
    assert ".venv/bin/pytest" in README
