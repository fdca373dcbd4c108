"""Series: data age from seconds to minutes, five minutes, hours, and go."""

from __future__ import annotations

from backtrail_aws.cloudwatch.points import of_values
from backtrail_aws.cloudwatch.series import NO_UNIT, Series, add, of_unit, windows

DAY = 86_400


def put(series: Series, at_s: int, now_s: int, *, fine: bool = False) -> None:
    """One value of 1."""
    add(series, at_s, NO_UNIT, of_values([(1.0, 1.0)]), fine=fine, now_s=now_s)


def sizes(series: Series) -> list[int]:
    """How many points there are in each resolution."""
    return [len(tier) for tier in series.units[NO_UNIT].tiers()]


def test_data_become_coarser() -> None:
    """Seconds for three hours, minutes for 15 days, five minutes for 63, hours for 455; then nothing."""
    series = Series(namespace="N", name="m")
    for second in range(600):
        put(series, second, second, fine=True)
    assert sizes(series) == [600, 0, 0, 0]
    put(series, DAY, DAY)
    assert sizes(series) == [0, 11, 0, 0]
    put(series, 20 * DAY, 20 * DAY)
    assert sizes(series) == [0, 1, 3, 0]
    put(series, 70 * DAY, 70 * DAY)
    assert sizes(series) == [0, 1, 1, 2]
    put(series, 500 * DAY, 500 * DAY)
    assert sizes(series) == [0, 1, 0, 1]


def test_windows_take_what_begins_in_them() -> None:
    """Each window from a start on has its own data; empty ones are not there; units may be told apart."""
    series = Series(namespace="N", name="m")
    for minute in (0, 1, 2, 5, 11):
        put(series, minute * 60 + 30, 700)
    add(series, 30, "Bytes", of_values([(9.0, 1.0)]), fine=False, now_s=700)

    found = windows(of_unit(series, NO_UNIT), 0, 660, 120)

    assert {at: point.count for at, point in found.items()} == {0: 2.0, 120: 1.0, 240: 1.0}
    assert windows(of_unit(series, None), 0, 60, 60)[0].count == 2.0
    assert windows(of_unit(series, "Percent"), 0, 660, 60) == {}
    assert windows(of_unit(None, None), 0, 660, 60) == {}
