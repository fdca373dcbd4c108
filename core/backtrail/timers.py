"""Due times, kept outside the plugins, so that finding the next costs O(log n) whatever they hold."""

from __future__ import annotations

import heapq
from datetime import datetime

from backtrail.service import Place

REPEATS = 10_000
"""How often a place may be due at one and the same time: a timer whose firing changes nothing would fire for ever."""


class DueTimes:
    """The earliest due time of each place. A later word about a place replaces the earlier one."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, Place]] = []
        self._due: dict[Place, datetime] = {}
        self._fired: dict[Place, tuple[datetime, int]] = {}

    def expect(self, place: Place, due: datetime | None) -> None:
        """Note when a place's next timer is due; None for never."""
        if due is None:
            self._due.pop(place, None)
        elif self._due.get(place) != due:
            self._due[place] = due
            heapq.heappush(self._heap, (due, place))

    def pop_due(self, now: datetime) -> tuple[datetime, Place] | None:
        """Take the earliest place that is due by `now`. It is expected again once its state was folded."""
        while self._heap and self._heap[0][0] <= now:
            due, place = heapq.heappop(self._heap)
            if self._due.get(place) == due:
                del self._due[place]
                last, times = self._fired.get(place, (due, 0))
                self._fired[place] = (due, times + 1 if last == due else 1)
                if self._fired[place][1] <= REPEATS:
                    return due, place
        return None

    def next(self) -> datetime | None:
        """The earliest due time there is."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None
