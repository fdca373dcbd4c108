"""Due times: the earliest first, and none for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from backtrail.timers import REPEATS, DueTimes

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)
ONE, OTHER = ("a", "1", "r"), ("b", "1", "r")


def test_the_earliest_is_first() -> None:
    """Places come due in time order, and a later word about a place replaces the earlier one."""
    times = DueTimes()
    times.expect(ONE, NOON + timedelta(hours=2))
    times.expect(OTHER, NOON + timedelta(hours=1))
    times.expect(ONE, NOON)

    assert times.next() == NOON
    assert times.pop_due(NOON + timedelta(days=1)) == (NOON, ONE)
    assert times.pop_due(NOON) is None
    assert times.pop_due(NOON + timedelta(days=1)) == (NOON + timedelta(hours=1), OTHER)


def test_a_timer_that_changes_nothing_ends() -> None:
    """A place that is due at the same time again and again is taken off in the end; another time brings it back."""
    times = DueTimes()
    count = 0
    for _ in range(REPEATS + 10):
        times.expect(ONE, NOON)
        count += times.pop_due(NOON) is not None
    times.expect(ONE, NOON + timedelta(seconds=1))

    assert count == REPEATS
    assert times.pop_due(NOON + timedelta(hours=1)) is not None
