"""Times as alarms sort by them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(time: datetime) -> int:
    """Microseconds since 1970."""
    return (time - _EPOCH) // _MICROSECOND


def moment(us: int) -> datetime:
    """The time of so many microseconds since 1970."""
    return _EPOCH + us * _MICROSECOND


def millis_z(time: datetime) -> str:
    """`2024-01-01T00:00:01.000Z`, as destinations and log lines have it."""
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03}Z"
