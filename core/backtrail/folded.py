"""What became of a record in a fold."""

from __future__ import annotations

from enum import StrEnum


class Folded(StrEnum):
    """What became of a record in a fold."""

    PROJECTED = "projected"
    INFERRED = "inferred"
    READ = "read"
    OPAQUE = "opaque"
    FAILED = "failed"
    UNREADABLE = "unreadable"

    __hash__ = str.__hash__  # an Enum's own is Python, and every record is counted
