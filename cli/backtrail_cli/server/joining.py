"""Answers that leave in one piece: uvicorn writes a head and its body apart, and each write is a system call."""

from __future__ import annotations

import asyncio
from typing import Any

PIECE_MAX_BYTES = 64 * 1024
"""What is larger leaves at once: joining copies it."""


class Joining:
    """A transport whose small writes leave together, at the end of the event loop's turn; all else is the transport's.

    Nothing is held while the transport's own buffer is full: its flow control must see what there is.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._held: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write, soon."""
        if not self._held:
            if len(data) >= PIECE_MAX_BYTES:
                self._transport.write(data)
                return
            self._loop.call_soon(self.flush)
        self._held.append(data)
        if len(data) >= PIECE_MAX_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what is held, now."""
        if self._held:
            data = self._held[0] if len(self._held) == 1 else b"".join(self._held)
            self._held.clear()
            self._transport.write(data)

    def close(self) -> None:
        """Close, after what is held."""
        self.flush()
        self._transport.close()

    def write_eof(self) -> None:
        """End the sending side, after what is held."""
        self.flush()
        self._transport.write_eof()
