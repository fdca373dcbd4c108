"""Sweeping bodies that no record refers to: at the start of a server, and when it is asked."""

from __future__ import annotations

import asyncio
import time

import msgspec

from backtrail.engine import Engine
from backtrail.errors import BacktrailError
from backtrail.lines import Lines
from backtrail.wire.http import HttpAnswer, HttpRequest
from backtrail_cli.server.app import Control, json_answer
from backtrail_cli.server.bodies import Receive, whole
from backtrail_eventstore import SqliteStore

GRACE_NS = 3600 * 10**9
"""A body this old belongs to no call that is still under way: no upload, no effect takes an hour."""

log = Lines("backtrail.server")


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`{"remove": true}`."""

    remove: bool = False


def controls() -> dict[str, Control]:
    """The sweep's own request."""
    return {"POST /_backtrail/sweep": sweep}


async def sweep(engine: Engine, request: HttpRequest, receive: Receive) -> HttpAnswer:
    """Tell which bodies nothing refers to, and remove them where that is wanted."""
    try:
        wanted = msgspec.json.decode(await whole(receive, request), type=Wanted)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return json_answer({"error": str(error)}, 400)
    if not isinstance(engine.store, SqliteStore):
        return json_answer({"error": "this log keeps no bodies beside it"}, 409)
    try:
        swept = await engine.store.sweep(remove=wanted.remove, before_ns=time.time_ns() - GRACE_NS)
    except BacktrailError as error:
        return json_answer({"error": str(error)}, 409)
    return json_answer(swept)


def begin(engine: Engine) -> asyncio.Task[None] | None:
    """Sweep behind the server's start what earlier runs left. None where there is nothing to sweep."""
    store = engine.store
    if engine.past is not None or not isinstance(store, SqliteStore) or not store.opened_after_ns:
        return None
    return asyncio.create_task(_sweep(store))


async def _sweep(store: SqliteStore) -> None:
    try:
        swept = await store.sweep(remove=True)
    except (BacktrailError, OSError) as error:  # the next start tries again
        log.warning("bodies could not be swept", error=str(error))
        return
    if swept.names:
        log.debug("bodies that no record refers to were removed", bodies=len(swept.names), bytes=swept.bytes)
