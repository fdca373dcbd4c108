"""The server's log, as a story may look into it."""

from __future__ import annotations

import json
from typing import Any

from backtrail_cli.server.background import BackgroundServer

Record = dict[str, Any]


def records(server: BackgroundServer) -> list[Record]:
    """Every record of the log, in the order of its calls."""

    async def read() -> list[Record]:
        store = server.engine.store
        return [json.loads(entry.record) async for entries in store.replay() for entry in entries]

    return server.run(read())
