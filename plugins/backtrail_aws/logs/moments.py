"""Times as CloudWatch Logs has them: whole milliseconds since 1970, and the sortable text of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def millis(time: datetime) -> int:
    """Milliseconds since 1970."""
    return (time - _EPOCH) // _MILLISECOND


def moment(ms: int) -> datetime:
    """The time (UTC) at so many milliseconds since 1970."""
    return _EPOCH + timedelta(milliseconds=ms)


def sortable(ms: int) -> str:
    """12 hexadecimal digits that sort as the number does."""
    return f"{ms:012x}"
