"""CloudTrail's styles of writing times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.trail import codec
from backtrail.trail.times import (
    CloudTime,
    CommaTime,
    EpochMillis,
    EpochSeconds,
    IsoMillis,
    IsoMillisZ,
    IsoNanos,
    IsoTime,
    SpacedTime,
    moment_of,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR = 31_557_600_000_000
MOMENT = datetime(2023, 7, 10, 0, 9, 47, 123456, tzinfo=UTC)
WRITTEN: list[tuple[type[CloudTime], str | int | float]] = [
    (SpacedTime, "Jul 10, 2023 12:09:47 AM"),
    (CommaTime, "Jul 10, 2023, 12:09:47 AM"),
    (EpochMillis, 1688947787123),
    (EpochSeconds, 1688947787.123),
    (IsoTime, "2023-07-10T00:09:47Z"),
    (IsoMillis, "2023-07-10T00:09:47.123+0000"),
    (IsoMillisZ, "2023-07-10T00:09:47.123Z"),
    (IsoNanos, "2023-07-10T00:09:47.123456000Z"),
]
STYLES = [style for style, _ in WRITTEN]
# From 1980: below, the number of milliseconds is small enough to be one of seconds.
moments = st.integers(10 * _YEAR, 200 * _YEAR).map(lambda micros: _EPOCH + timedelta(microseconds=micros))


@pytest.mark.parametrize(("style", "written"), WRITTEN)
def test_style_writes_as_cloudtrail_does(style: type[CloudTime], written: str | int | float) -> None:
    """Each style writes a moment the way the records that have it do."""
    assert style.of(MOMENT).written() == written


@pytest.mark.parametrize("reader", STYLES)
@pytest.mark.parametrize("writer", STYLES)
@given(moment=moments)
def test_every_style_reads_every_style(
    reader: type[CloudTime], writer: type[CloudTime], moment: datetime
) -> None:
    """A member typed with one style reads what any other style wrote."""
    time = writer.of(moment)
    assert reader.read(time.written()) == reader.of(time)


@pytest.mark.parametrize("style", STYLES)
@given(moment=moments)
def test_what_is_decided_on_is_what_is_read_back(style: type[CloudTime], moment: datetime) -> None:
    """A time made with `of` is exactly the time that its own record gives back."""
    time = style.of(moment)
    assert style.read(time.written()) == time
    assert style.of(time) == time


@pytest.mark.parametrize("style", [SpacedTime, IsoMillisZ])
def test_a_styles_own_time_is_cut_again_where_it_is_finer(style: type[CloudTime]) -> None:
    """What is of the style already stays the same object; arithmetic may have made it finer than can be written."""
    time = style.of(MOMENT)
    assert style.of(time) is time
    finer = time + timedelta(microseconds=1)
    assert type(finer) is style and style.of(finer) == time


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("Jul 10, 2023, 12:09:47\u202fPM", datetime(2023, 7, 10, 12, 9, 47, tzinfo=UTC)),
        ("Apr 12, 2021 18:58:30 PM", datetime(2021, 4, 12, 18, 58, 30, tzinfo=UTC)),
        ("May 3, 2015 11:34:14 PM", datetime(2015, 5, 3, 23, 34, 14, tzinfo=UTC)),
        ("2024-07-31T14:23:44.841442289Z", datetime(2024, 7, 31, 14, 23, 44, 841442, tzinfo=UTC)),
        ("2023-07-10T14:09:47+02:00", datetime(2023, 7, 10, 12, 9, 47, tzinfo=UTC)),
        ("2023-07-10", datetime(2023, 7, 10, tzinfo=UTC)),
        ("Mon, 10 Jul 2023 12:09:47 GMT", datetime(2023, 7, 10, 12, 9, 47, tzinfo=UTC)),
        ("1688990987", datetime(2023, 7, 10, 12, 9, 47, tzinfo=UTC)),
        (1527535003.208, datetime(2018, 5, 28, 19, 16, 43, 208000, tzinfo=UTC)),
    ],
)
def test_odd_times_of_real_records_are_read(written: str | float, moment: datetime) -> None:
    """Spellings that real records and AWS's own samples hold are read as well."""
    assert moment_of(written) == moment


@pytest.mark.parametrize(
    "written", ["", "never", "Jux 10, 2023 11:54:39 AM", "2023-13-10T00:00:00Z", True, 1e30]
)
def test_what_is_no_time_is_refused(written: str | float) -> None:
    """What is no time raises `ValueError` instead of becoming some time."""
    with pytest.raises(ValueError, match=r"time|month"):
        moment_of(written)


def test_other_zones_become_utc_and_none_is_refused() -> None:
    """A time is UTC whatever zone it came with; without a zone it is nobody's."""
    east = datetime(2023, 7, 10, 2, 0, tzinfo=timezone(timedelta(hours=2)))
    assert SpacedTime.of(east).written() == "Jul 10, 2023 12:00:00 AM"
    with pytest.raises(ValueError, match="time zone"):
        SpacedTime.of(datetime(2023, 7, 10))  # noqa: DTZ001


def test_state_keeps_time_and_style_in_messagepack() -> None:
    """A time in a state survives its encoding with its type."""
    time = EpochMillis.of(MOMENT)
    back = codec.unpacker(EpochMillis).decode(codec.pack(time))
    assert (back, type(back)) == (time, EpochMillis)
