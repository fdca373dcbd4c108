"""Times as SNS's states keep them: whole microseconds since 1970, and the sortable text of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000


def micros(time: datetime) -> int:
    """Microseconds since 1970."""
    return (time - _EPOCH) // _MICROSECOND


def moment(us: int) -> datetime:
    """The time (UTC) at so many microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=us)


def sortable(us: int) -> str:
    """16 hexadecimal digits that sort as the number does."""
    return f"{us:016x}"


def written(time: datetime) -> str:
    """A time as SNS's messages have it: `2012-05-02T00:54:06.655Z`."""
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z"
