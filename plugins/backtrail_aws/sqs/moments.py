"""Times as SQS's states keep them: whole microseconds since 1970, and the sortable text of them."""

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


def whole_second(us: int) -> int:
    """The next whole second, in microseconds; the time itself where it is one."""
    return -(-us // SECOND) * SECOND
