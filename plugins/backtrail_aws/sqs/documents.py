"""JSON documents that callers send as text: policies, redrive policies, task handles."""

from __future__ import annotations

from typing import Any

import msgspec

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def read(text: str | bytes) -> dict[str, Any] | None:
    """The map that a text holds; None for anything else."""
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeError):
        return None
