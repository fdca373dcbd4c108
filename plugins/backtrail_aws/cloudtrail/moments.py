"""Times as state keeps them (microseconds since 1970) and as file names have them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(time: datetime) -> int:
    """A time as state keeps it."""
    return (time - _EPOCH) // _MICROSECOND


def moment(us: int) -> datetime:
    """The time that state keeps."""
    return _EPOCH + timedelta(microseconds=us)


def after(us: int, step: timedelta, begin_us: int = 0) -> int:
    """The first of the times `begin_us`, and on in steps, that is later than `us`."""
    size = step // _MICROSECOND
    return begin_us + ((us - begin_us) // size + 1) * size


def iso(time: datetime) -> str:
    """`2015-08-17T15:01:31Z`."""
    return f"{time:%Y-%m-%dT%H:%M:%S}Z"
