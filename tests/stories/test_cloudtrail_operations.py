"""Every operation of CloudTrail, by boto3 and by the AWS CLI, with every member of every answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from backtrail_cli.server.running import registry

from .acting import Boto3, Cli, act
from .driving import Story
from .operations.cloudtrail import STORIES

NAMES = [story.name for story in STORIES]


@pytest.mark.parametrize("story", STORIES, ids=NAMES)
def test_boto3_acts_out(endpoint: str, story: Story) -> None:
    """Each call is answered with the members that AWS gives, no more and no fewer."""
    act(story, Boto3(endpoint))


@pytest.mark.parametrize("story", STORIES, ids=NAMES)
def test_the_cli_acts_out(endpoint: str, tmp_path: Path, story: Story) -> None:
    """Each command prints the members that AWS gives, or names the refusal's code."""
    act(story, Cli(endpoint, tmp_path))


def test_no_operation_is_missing() -> None:
    """Every operation that the plugin serves is called with success in a story."""
    handlers = registry().services["cloudtrail"].handlers
    served = {action for action, handler in handlers.items() if not handler.internal}
    called = {
        step.action
        for story in STORIES
        for step in story.steps
        if step.code is None and step.service(story) == "cloudtrail"
    }

    assert called == served
