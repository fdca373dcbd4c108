"""Every operation of the four services by the AWS CLI: real command lines, whose printed answers are compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from .acting import Cli, act
from .driving import Story
from .test_every_operation import STORIES

pytestmark = pytest.mark.filterwarnings(
    "ignore:unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
"""The CLI leaves the files that it sends to the garbage collector."""


@pytest.mark.parametrize("story", STORIES, ids=[f"{story.service}: {story.name}" for story in STORIES])
def test_the_cli_acts_out(endpoint: str, tmp_path: Path, story: Story) -> None:
    """Each command exits with success and prints the members that AWS gives, or names the refusal's code."""
    act(story, Cli(endpoint, tmp_path))
