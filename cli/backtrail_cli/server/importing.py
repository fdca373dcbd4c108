"""`/_backtrail/import`: trails taken into the log of a running server."""

from __future__ import annotations

from pathlib import Path

import msgspec

from backtrail.engine import Engine
from backtrail.errors import BacktrailError
from backtrail.wire.http import HttpAnswer, HttpRequest
from backtrail_cli.server.app import Control, json_answer
from backtrail_cli.server.bodies import Receive, whole
from backtrail_eventstore import SqliteStore


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`{"paths": ["/cases/AWSLogs"]}`: files and folders on the server's machine.

    `public_keys`: fingerprint -> AWS's key (DER in base64) to check the signatures of digest files with.
    """

    paths: list[str]
    public_keys: dict[str, bytes] = {}


def controls() -> dict[str, Control]:
    """The import's own request."""
    return {"POST /_backtrail/import": take}


async def take(engine: Engine, request: HttpRequest, receive: Receive) -> HttpAnswer:
    """Import while calls wait; the report, as `backtrail import --json` prints it."""
    try:
        wanted = msgspec.json.decode(await whole(receive, request), type=Wanted)
    except msgspec.DecodeError as error:
        return json_answer({"error": str(error)}, 400)
    from backtrail_eventstore import import_trails  # which is much code, and most servers take no trails

    if engine.past is not None or not isinstance(engine.store, SqliteStore):
        return json_answer({"error": "this server answers as of a past moment and takes nothing"}, 409)
    try:
        async with engine.held():
            paths = [Path(path) for path in wanted.paths]
            report = await import_trails(engine.store, paths, public_keys=wanted.public_keys)
    except BacktrailError as error:
        return json_answer({"error": str(error)}, 409)
    return json_answer(report)
