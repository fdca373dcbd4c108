"""What is kept of a refused call whose parameters are large: their beginnings, and a hash of the whole.

A refused call may carry as much as an accepted one, and nobody will ever need most of it. So the parts beside its
record keep at most about `LIMIT_BYTES`: long texts keep their first characters, long lists and maps their first
members. Each part that was cut says so under `cut`: how many bytes it had, and the SHA-256 of them (of a sealed part,
in the sealed part). The record itself is as CloudTrail writes it.
"""

from __future__ import annotations

import hashlib
from itertools import islice
from typing import Any, cast

import msgspec

from backtrail.trail import omission

LIMIT_BYTES = omission.LIMIT_BYTES
"""As much as CloudTrail keeps of the parameters of any call."""

_STEPS = ((1024, 100), (256, 20), (64, 4))
"""How many characters of a text and members of a list or map stay; the next step where that is still too much. All
are multiples of four: the beginning of base64 is base64."""

CUT = "cut"

_encode = msgspec.json.Encoder().encode


def shortened(note: dict[str, Any], sealed: dict[str, Any]) -> tuple[bytes | None, bytes | None]:
    """Both parts, cut as far as it takes, encoded."""
    told: dict[str, Any] = {}
    hidden = _cut(sealed)
    if hidden is not None:
        told["sealed"] = {"bytes": hidden["bytes"]}
        sealed[CUT] = hidden
    shown = _cut(note)
    if shown is not None:
        told["note"] = shown
    if told:
        note[CUT] = told
    return (_encode(note) if note else None), (_encode(sealed) if sealed else None)


def _cut(part: dict[str, Any]) -> dict[str, Any] | None:
    """Cut a part in place where it is too large; says what it was."""
    whole = _encode(part)
    if len(whole) <= LIMIT_BYTES // 2:
        return None
    for text, members in _STEPS:
        for name in part:
            part[name] = _beginning(part[name], text, members)
        if len(_encode(part)) <= LIMIT_BYTES // 2:
            break
    else:
        part.clear()
    return {"bytes": len(whole), "sha256": hashlib.sha256(whole).hexdigest()}


def _beginning(value: Any, text: int, members: int) -> Any:
    if isinstance(value, dict):
        items = islice(cast("dict[str, Any]", value).items(), members)
        return {name[:text]: _beginning(one, text, members) for name, one in items}
    if isinstance(value, list | tuple):
        return [_beginning(one, text, members) for one in islice(cast("list[Any]", value), members)]
    if isinstance(value, bytes):
        return value[: text // 4 * 3]
    return value[:text] if isinstance(value, str) else value
