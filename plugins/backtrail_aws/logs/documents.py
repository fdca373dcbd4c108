"""JSON documents that callers send as text: the policies of the account, of destinations and of deliveries."""

from __future__ import annotations

from typing import Any

import msgspec

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def is_policy(text: str) -> bool:
    """Whether a text is a policy document: a map with statements."""
    try:
        return "Statement" in _decode(text)
    except (msgspec.DecodeError, UnicodeError):
        return False
