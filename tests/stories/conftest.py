"""A server in a process of its own, to be bad to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from .outsider import ask, json_call, s3_call
from .subject import Subject, sound

GOOD = json_call("AmazonSQS.CreateQueue", b'{"QueueName":"good"}')


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    """The server that all of this is done to. Nothing of it may end in its log file or on its stderr."""
    log = tmp_path_factory.mktemp("bad") / "account.db"
    with Subject(log) as running:
        assert ask(running.endpoint, s3_call("PUT", "/bucket")).status == 200
        yield running
        assert running.stop() == 0
    assert running.complaints == ""
    assert asyncio.run(sound(log))[0] > 0


@pytest.fixture
def bad(subject: Subject) -> Iterator[str]:
    """The endpoint to be bad to. Afterwards it still serves."""
    yield subject.endpoint
    assert ask(subject.endpoint, GOOD).status == 200
