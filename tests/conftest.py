"""What all tests share."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from backtrail_cli.server.background import BackgroundServer

TRAILS = Path(__file__).resolve().parent.parent.parent / "shared" / "trails"
"""Real records, where they are there; the repository holds none."""


@pytest.fixture
def anyio_backend() -> str:
    """The server runs on asyncio; so do its tests."""
    return "asyncio"


@pytest.fixture(scope="session")
def trails() -> Path:
    """The folder of real trails; tests that need it are skipped where it is absent."""
    if not TRAILS.is_dir():
        pytest.skip("no real trails here")
    return TRAILS


TIMEOUT_S = 120
"""No test may take longer; those that must say so with `pytest.mark.timeout_s(n)`."""


@pytest.fixture(autouse=True)
def timeout(request: pytest.FixtureRequest) -> Iterator[None]:
    """Ends a test that hangs."""
    marker = request.node.get_closest_marker("timeout_s")
    seconds = marker.args[0] if marker is not None else TIMEOUT_S

    def ring(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"the test took longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session")
def server() -> Iterator[BackgroundServer]:
    """One server for all stories, in a thread, on a log that is reset before each."""
    running = BackgroundServer().start()
    yield running
    running.stop()


@pytest.fixture
def endpoint(server: BackgroundServer) -> Iterator[str]:
    """The endpoint of a server with an empty log. After the story, the log folded afresh must give the live state."""
    server.reset()
    yield server.endpoint
    live, replayed = server.run(server.digests())
    assert live == replayed, "the log folded afresh gives another state than the live one"


@pytest.fixture
def client(endpoint: str) -> Iterator[Callable[..., Any]]:
    """Makes boto3 clients of the endpoint: `client("s3")`, `client("sqs", key="AKIA…", secret="…")`."""
    import boto3

    open_things: list[Any] = []

    def keep_body(parsed: dict[str, Any], **_: Any) -> None:
        """A streamed body that a test leaves unread holds a connection: it is closed at the end."""
        open_things.extend(value for value in parsed.values() if hasattr(value, "iter_chunks"))

    def make(
        service: str, *, key: str = "test", secret: str = "test", token: str | None = None, **given: Any
    ) -> Any:
        session = boto3.Session(
            aws_access_key_id=key, aws_secret_access_key=secret, aws_session_token=token,
            region_name=given.pop("region", "us-east-1"),
        )  # fmt: skip
        made = session.client(service, endpoint_url=endpoint, **given)
        made.meta.events.register("after-call", keep_body)
        open_things.append(made)
        return made

    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    yield make
    for one in reversed(open_things):
        one.close()
