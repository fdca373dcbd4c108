"""Chance: the system's own, fetched in blocks, since a system call for each number costs more than the number."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator

_BLOCK = struct.Struct("512Q")


class Chance:
    """62 bits at each call, for event ids and request ids. Not for secrets: those derive from the log's key."""

    def __init__(self) -> None:
        self._numbers: Iterator[int] = iter(())

    def __call__(self) -> int:
        for number in self._numbers:
            return number >> 2
        self._numbers = iter(_BLOCK.unpack(os.urandom(_BLOCK.size)))
        return next(self._numbers) >> 2
