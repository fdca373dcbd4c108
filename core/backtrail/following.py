"""Commands on their way from the outbox to being calls: in order, so many between two commits.

They are committed already, so what waits here can be lost without harm; it is bounded so that callers wait, rather
than memory grows, where reactions take longer than what they follow from.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from backtrail.facts import Origin
from backtrail.store import PendingCommand

AT_ONCE = 256
"""Commands that become calls between two commits: more would let everybody else wait."""
MOST = 4096
"""Commands that may wait before callers do."""
MOST_BYTES = 64 * 1024**2
"""The same, in bytes of their parameters."""

MOMENT_SECONDS = 1.0


class Following:
    """The commands that wait. `carry` makes a call of one."""

    def __init__(self, carry: Callable[[Origin], None]) -> None:
        self._carry = carry
        self._waiting: deque[tuple[Origin, int]] = deque()
        self._bytes = 0
        self._room = asyncio.Event()
        self._room.set()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, origins: Sequence[Origin], rows: Sequence[PendingCommand]) -> None:
        """Take commands that were committed, with their rows."""
        for origin, row in zip(origins, rows, strict=True):
            self._waiting.append((origin, len(row.body)))
            self._bytes += len(row.body)
        self._look()

    def again(self, origins: Iterable[Origin]) -> None:
        """Take commands whose records were lost: they come first."""
        for origin in reversed(list(origins)):
            self._waiting.appendleft((origin, 0))
        self._look()

    def some(self) -> bool:
        """Make calls of the next commands; whether there are more."""
        for _ in range(min(AT_ONCE, len(self._waiting))):
            origin, size = self._waiting.popleft()
            self._bytes -= size
            self._carry(origin)
        self._look()
        return bool(self._waiting)

    async def room(self) -> None:
        """Wait until there is room for what may follow from a call, or for a moment."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._room.wait(), MOMENT_SECONDS)

    @property
    def crowded(self) -> bool:
        """Whether callers are to wait."""
        return not self._room.is_set()

    def _look(self) -> None:
        if len(self._waiting) >= MOST or self._bytes >= MOST_BYTES:
            self._room.clear()
        else:
            self._room.set()
