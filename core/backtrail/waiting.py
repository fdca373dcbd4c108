"""Calls that wait: parked by key, decided again when a record touches the key, or when time comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from backtrail.call import Outcome, Wait
from backtrail.clock import Clock
from backtrail.facts import Answered, Incoming

Key = tuple[str, str]


class Pending:
    """A call that has arrived and is not answered yet."""

    __slots__ = ("deadline", "future", "incoming", "outcome", "request_id", "waited")

    def __init__(self, incoming: Incoming, request_id: str, future: asyncio.Future[Answered]) -> None:
        self.incoming, self.request_id, self.future = incoming, request_id, future
        self.waited = False
        self.deadline: float | None = None
        self.outcome: Outcome | None = None


class Waiting:
    """The parked calls. A waiting call costs one entry and one timer, and no decision until something happens."""

    def __init__(self, clock: Clock, again: Callable[[Pending], None]) -> None:
        self._clock, self._again = clock, again
        self._parked: dict[Key, list[Pending]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._parked.values()))

    def park(self, pending: Pending, wait: Wait) -> None:
        """Keep a call until its key is touched, its engine time comes, or its wall time runs out."""
        loop = asyncio.get_running_loop()
        if pending.deadline is None:
            pending.deadline = loop.time() + wait.seconds
        key = (pending.incoming.service, wait.key)
        self._parked.setdefault(key, []).append(pending)
        left = pending.deadline - loop.time()
        if wait.again is not None and not self._clock.frozen:
            left = min(left, (wait.again - self._clock.peek()).total_seconds())
        loop.call_later(max(left, 0.0), self._time_came, key, pending)

    def wake(self, service: str, key: str) -> None:
        """Decide again every call that waits for a key, in the order they came."""
        loop = asyncio.get_running_loop()
        for pending in self._parked.pop((service, key), ()):
            loop.call_soon(self._decide, pending)

    def release(self) -> None:
        """End every wait now: each call is decided for the last time."""
        parked, self._parked = self._parked, {}
        for waiting in parked.values():
            for pending in waiting:
                pending.waited = True
                self._decide(pending)

    def _time_came(self, key: Key, pending: Pending) -> None:
        waiting = self._parked.get(key, [])
        if pending not in waiting:
            return
        waiting.remove(pending)
        if not waiting:
            del self._parked[key]
        self._decide(pending)

    def _decide(self, pending: Pending) -> None:
        if pending.future.cancelled():
            return
        deadline = pending.deadline
        if deadline is not None and asyncio.get_running_loop().time() >= deadline - 0.001:
            pending.waited = True
        self._again(pending)
