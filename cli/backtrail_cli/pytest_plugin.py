"""The pytest plugin: a fixture `backtrail`, an AWS account that is fresh for each test.

    def test_uploads(backtrail):
        s3 = backtrail.client("s3")
        s3.create_bucket(Bucket="my-bucket")
        assert backtrail.trail.events(name="CreateBucket")

Nothing is imported before a test asks for it; the server starts once a session and listens on a free port.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from backtrail_cli.server.background import BackgroundServer

REGION = "us-east-1"
KEY = "test"
_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_OTHERS = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ENDPOINT_URL_",
    "AWS_IGNORE_CONFIGURED_",
)
"""What would lead elsewhere: https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html"""


class Trail:
    """The records of the test so far."""

    def __init__(self, server: BackgroundServer) -> None:
        self._server = server

    def records(self) -> list[dict[str, Any]]:
        """All CloudTrail records, parsed, in the order in which they were made."""
        import msgspec

        decode = msgspec.json.Decoder(dict[str, Any]).decode
        return [decode(raw) for raw in self._server.run(_read(self._server))]

    def events(
        self,
        name: str | None = None,
        *,
        service: str | None = None,
        error: str | bool | None = None,
        read_only: bool | None = None,
        **parameters: object,
    ) -> list[dict[str, Any]]:
        """The records of this name and service.

        `error` is a code, True for any, False for none. Further arguments are request parameters as the record spells
        them: `events(name="CreateBucket", bucketName="my-bucket")`.
        """
        return [
            record
            for record in self.records()
            if _passes(record, name, service, error, read_only, parameters)
        ]

    def names(self) -> list[str]:
        """The names of all records, in order: `["CreateBucket", "PutObject"]`."""
        return [str(record["eventName"]) for record in self.records()]


class Clock:
    """The account's time, which the test moves; each move is a record of the trail (`MoveClock`)."""

    def __init__(self, server: BackgroundServer) -> None:
        self._server = server

    def now(self) -> datetime:
        """What time it is for the account."""
        return self._server.run(_time(self._server))

    def advance(self, **by: float) -> datetime:
        """Move on: `advance(days=30)`, `advance(seconds=31)`; what is due by then happens at once."""
        return self._move(advance_s=timedelta(**by).total_seconds())

    def set(self, to: datetime) -> datetime:
        """Move on to a time; the clock never goes back."""
        return self._move(set=to)

    def freeze(self) -> datetime:
        """Hold the clock where it is."""
        return self._move(freeze=True)

    def run(self) -> datetime:
        """Let a held clock run on."""
        return self._move(run=True)

    def _move(self, **wanted: Any) -> datetime:
        from backtrail_cli.server import clock

        return self._server.run(clock.moved(self._server.engine, clock.Move(**wanted)))


class Backtrail:
    """What the fixture gives."""

    def __init__(self, server: BackgroundServer) -> None:
        self._server = server
        self.trail = Trail(server)
        self.clock = Clock(server)

    @property
    def endpoint_url(self) -> str:
        """Where the server listens."""
        return self._server.endpoint

    def session(self, **given: Any) -> Any:
        """A boto3 session whose clients and resources talk to the server; arguments are boto3's."""
        boto3: Any = importlib.import_module("boto3")
        keys = {"aws_access_key_id": KEY, "aws_secret_access_key": KEY, "region_name": REGION}
        session: Any = boto3.Session(**(keys | given))
        session.client = _at(self.endpoint_url, session.client)
        session.resource = _at(self.endpoint_url, session.resource)
        return session

    def client(self, service: str, **given: Any) -> Any:
        """A boto3 client: `backtrail.client("s3")`; arguments are boto3's."""
        return self.session().client(service, **given)

    def resource(self, service: str, **given: Any) -> Any:
        """A boto3 resource."""
        return self.session().resource(service, **given)

    def reset(self) -> None:
        """Begin afresh within a test."""
        self._server.reset()


@pytest.fixture(scope="session")
def _backtrail_server() -> Iterator[BackgroundServer]:  # pyright: ignore[reportUnusedFunction]
    from backtrail_cli.server.background import BackgroundServer

    server = BackgroundServer().start()
    yield server
    server.stop()


@pytest.fixture
def backtrail(_backtrail_server: BackgroundServer) -> Iterator[Backtrail]:
    """An empty AWS account that logs every call: `.client(name)`, `.session()`, `.endpoint_url`, `.trail`, `.clock`.

    While the test runs, the environment leads there too: a plain `boto3.client("s3")` in the code under test, or the
    AWS CLI in a process of its own, reaches this account and never a real one.
    """
    _backtrail_server.reset()
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(_OTHERS)]:
            patch.delenv(name)
        for name in _REGIONS:
            patch.setenv(name, REGION)
        for name in _KEYS:
            patch.setenv(name, KEY)
        patch.setenv("AWS_ENDPOINT_URL", _backtrail_server.endpoint)
        yield Backtrail(_backtrail_server)


def _at(endpoint: str, make: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, with the endpoint given where the caller gives none."""

    def made(*args: Any, **given: Any) -> Any:
        return make(*args, **(given | {"endpoint_url": given.get("endpoint_url") or endpoint}))

    return made


async def _time(server: BackgroundServer) -> datetime:
    return server.engine.clock.peek()


async def _read(server: BackgroundServer) -> list[bytes]:
    from backtrail_eventstore import SqliteStore

    store = server.engine.store
    assert isinstance(store, SqliteStore)
    return [entry.record async for entries in store.read() for entry in entries]


def _passes(
    record: dict[str, Any],
    name: str | None,
    service: str | None,
    error: str | bool | None,
    read_only: bool | None,
    parameters: dict[str, object],
) -> bool:
    if name is not None and record.get("eventName") != name:
        return False
    if service is not None and record.get("eventSource") != _source(service):
        return False
    code = record.get("errorCode")
    if error is not None and (bool(code) is not error if isinstance(error, bool) else code != error):
        return False
    if read_only is not None and record.get("readOnly") is not read_only:
        return False
    given: dict[str, object] = record.get("requestParameters") or {}
    return all(given.get(key) == value for key, value in parameters.items())


def _source(service: str) -> str:
    from backtrail_cli.selection import source

    return source(service)
