"""Times as people give them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from backtrail_cli.moments import absolute, parse, whole_second

NOW = datetime(2024, 3, 14, 9, 2, 49, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2023-07-10T11:54:39Z", datetime(2023, 7, 10, 11, 54, 39, tzinfo=UTC)),
        ("2023-07-10t11:54:39z", datetime(2023, 7, 10, 11, 54, 39, tzinfo=UTC)),
        ("2023-07-10T13:54:39+02:00", datetime(2023, 7, 10, 11, 54, 39, tzinfo=UTC)),
        ("2023-07-10 11:54:39.25", datetime(2023, 7, 10, 11, 54, 39, 250_000, tzinfo=UTC)),
        ("2023-07-10 11:54", datetime(2023, 7, 10, 11, 54, tzinfo=UTC)),
        (" 2023-07-10 ", datetime(2023, 7, 10, tzinfo=UTC)),
        ("now", timedelta(0)),
        ("-1h", timedelta(hours=-1)),
        ("-2d12h", timedelta(days=-2, hours=-12)),
        ("-1w", timedelta(weeks=-1)),
        ("10:15", time(10, 15, tzinfo=UTC)),
        ("10:15:30", time(10, 15, 30, tzinfo=UTC)),
    ],
)
def test_reads_what_people_write(text: str, meant: object) -> None:
    """Moments, dates, times of day, and how long ago; UTC where nothing else is said."""
    assert parse(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "1h",
        "2023",
        "2023-13-01",
        "2023-07-10 25:00",
        "10/07/2023",
        "-",
        "-1y",
        "1pm",
        "-99999999999d",
    ],
)
def test_says_what_is_accepted(text: str) -> None:
    """What is no time is refused with the list of what is."""
    with pytest.raises(ValueError, match="Accepted: 2023-07-10T11:54:39Z"):
        parse(text)


def test_a_time_of_day_is_the_last_one() -> None:
    """Today's where it was already, else yesterday's."""
    assert absolute(time(8, 0, tzinfo=UTC), NOW) == datetime(2024, 3, 14, 8, 0, tzinfo=UTC)
    assert absolute(time(10, 0, tzinfo=UTC), NOW) == datetime(2024, 3, 13, 10, 0, tzinfo=UTC)


def test_an_upper_bound_takes_in_its_second() -> None:
    """CloudTrail has no finer step; a bound with a fraction is exact."""
    assert whole_second(NOW).microsecond == 999_999
    assert whole_second(NOW.replace(microsecond=5)).microsecond == 5
