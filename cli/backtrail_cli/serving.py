"""Finding the server that runs on a log: it leaves its address beside the log for as long as it runs."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from backtrail_cli.faults import Fault
from backtrail_eventstore.paths import LogPaths

TIMEOUT_S = 3600.0  # an import of a whole trail may take its time


class Address(msgspec.Struct, frozen=True):
    """Where a server listens, and which process it is."""

    endpoint: str
    pid: int


def address_file(log: Path) -> Path:
    """`X.server.json` beside the log `X.db`."""
    return log.with_name(f"{log.name.removesuffix('.db')}.server.json")


@contextmanager
def announced(log: Path, endpoint: str) -> Generator[None]:
    """Leave the address beside the log until the block ends."""
    path = address_file(log)
    path.write_bytes(msgspec.json.encode(Address(endpoint, os.getpid())))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def find(log: Path) -> Address | None:
    """The server that runs on a log; None where there is none, or the one that was there is gone."""
    try:
        address = msgspec.json.decode(address_file(log).read_bytes(), type=Address)
        holder = LogPaths.of(log).lock.read_text().strip()
        os.kill(address.pid, 0)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError):
        return None
    return address if holder == str(address.pid) else None


def ask(endpoint: str, path: str, body: object = None, method: str = "POST") -> dict[str, Any]:
    """Ask a server's own part (`/_backtrail/…`). Raises `Fault` with what it says when it refuses."""
    import http.client
    import urllib.error
    import urllib.request

    if urlsplit(endpoint).scheme not in ("http", "https"):
        raise Fault(f"{endpoint} is no endpoint: give it as http://HOST:PORT")
    request = urllib.request.Request(
        endpoint.rstrip("/") + path,
        data=None if body is None else msgspec.json.encode(body),
        headers={"content-type": "application/json"},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            return _object(answer.read())
    except urllib.error.HTTPError as error:
        said = _object(error.read()).get("error") or f"status {error.code}"
        if error.code == 404:
            said = f"it has no {path}; stop it, and do this without a server"
        raise Fault(f"the server at {endpoint} refuses: {said}") from error
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError) as error:
        reason = getattr(error, "reason", error)
        raise Fault(
            f"no server answers at {endpoint} ({reason}); start one with `backtrail serve`"
        ) from error


def _object(raw: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except msgspec.DecodeError:
        return {}
