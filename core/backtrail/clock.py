"""The engine's clock: it never goes back, and it can be held and moved."""

from __future__ import annotations

import time as wall_time
from datetime import UTC, datetime, timedelta

_TICK = timedelta(microseconds=1)


class ClockWentBack(ValueError):
    """The clock cannot be set before what it already told: the log only grows."""


class Clock:
    """Strictly increasing times (UTC, microseconds). Wall time plus what it was advanced by, or frozen."""

    def __init__(self, *, last: datetime | None = None, frozen: bool = False) -> None:
        self._last = last or datetime.min.replace(tzinfo=UTC)
        self._ahead = timedelta(0)
        self._frozen = last if frozen else None

    def now(self) -> datetime:
        """The time of a new decision: later than every one before."""
        self._last = max(self.peek(), self._last + _TICK)
        return self._last

    def peek(self) -> datetime:
        """What time it is, without taking it."""
        if self._frozen is not None:
            return self._frozen
        return self.wall() + self._ahead

    def at(self, due: datetime) -> datetime:
        """The time of something that was due: its due time, or just after the last one told."""
        self._last = max(due, self._last + _TICK)
        return self._last

    @property
    def frozen(self) -> bool:
        return self._frozen is not None

    @property
    def advanced(self) -> timedelta:
        """By how much the clock is ahead of wall time."""
        return self.peek() - self.wall()

    @staticmethod
    def wall() -> datetime:
        return datetime.fromtimestamp(wall_time.time(), UTC)

    def not_before(self, last: datetime) -> None:
        """Never tell a time before `last` again (what a log that was read ends with)."""
        self._last = max(self._last, last)
        if self._frozen is not None:
            self._frozen = max(self._frozen, last)

    def restart(self) -> None:
        """Wall time again, for another log."""
        self._last = datetime.min.replace(tzinfo=UTC)
        self._ahead, self._frozen = timedelta(0), None

    def ahead(self, by: timedelta) -> None:
        """Run ahead of wall time by so much."""
        self._ahead, self._frozen = by, None

    def freeze(self, at: datetime | None = None) -> None:
        """Hold the clock, now or at a later time. Raises `ClockWentBack`."""
        self.set(at if at is not None else max(self.peek(), self._last), frozen=True)

    def advance(self, by: timedelta) -> None:
        """Move the clock on; a frozen clock stays frozen. Raises `ClockWentBack`."""
        self.set(max(self.peek(), self._last) + by, frozen=self.frozen)

    def run(self) -> None:
        """Let a frozen clock run on from where it stands."""
        self.set(max(self.peek(), self._last), frozen=False)

    def set(self, to: datetime, *, frozen: bool) -> None:
        if to < self._last:
            raise ClockWentBack(
                f"the log already reaches {self._last.isoformat()}; it cannot go back to {to.isoformat()}"
            )
        self._frozen = to if frozen else None
        if not frozen:
            self._ahead = to - self.wall()
