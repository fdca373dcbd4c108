"""The wire's three ways of writing a time, both ways, and nothing of CloudTrail's.

Reading is lenient about the form (clients of every age are), writing is not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_ISO = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d\d:?\d\d)?)?",
    re.I,
)
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{0,15})?(?:[eE][+-]?\d{1,2})?")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def read_text(text: str) -> datetime:
    """The UTC time in ISO 8601, RFC 822 or epoch seconds. Raises `ValueError`."""
    text = text.strip()
    if found := _ISO.fullmatch(text):
        return _from_iso(found)
    if _NUMBER.fullmatch(text):
        return read_number(float(text))
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, IndexError, OverflowError) as error:
        raise ValueError(f"{text!r} is not a time") from error
    return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).astimezone(UTC)


def read_number(seconds: float) -> datetime:
    """The UTC time of epoch seconds, to the microsecond. Raises `ValueError` outside of years 1 to 9999."""
    try:
        return _EPOCH + timedelta(microseconds=round(seconds * 1_000_000))
    except (OverflowError, ValueError) as error:
        raise ValueError(f"{seconds!r} is not a time") from error


def iso(moment: datetime) -> str:
    """`2011-07-05T21:46:49Z`, with milliseconds where there are any."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return f"{moment.isoformat(timespec='milliseconds' if moment.microsecond >= 1000 else 'seconds')[:-6]}Z"


def iso_millis(moment: datetime) -> str:
    """`2009-10-12T17:50:30.000Z`: EC2's and S3's."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return f"{moment.isoformat(timespec='milliseconds')[:23]}Z"


def http_date(moment: datetime) -> str:
    """`Wed, 12 Oct 2009 17:50:30 GMT`, whatever the locale."""
    moment = moment.astimezone(UTC)
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    clock = f"{moment.hour:02}:{moment.minute:02}:{moment.second:02}"
    return f"{day}, {moment.day:02} {month} {moment.year:04} {clock} GMT"


def epoch(moment: datetime) -> int | float:
    """Epoch seconds: an integer where the time is whole, else to the millisecond."""
    seconds, rest = divmod(moment - _EPOCH, _SECOND)
    return seconds + rest.microseconds // 1000 / 1000 if rest.microseconds >= 1000 else seconds


def epoch_text(moment: datetime) -> str:
    """Epoch seconds as text."""
    return str(epoch(moment))


WRITERS: dict[str, Callable[[datetime], str]] = {
    "iso8601": iso,
    "rfc822": http_date,
    "unixtimestamp": epoch_text,
}
"""By the model's `timestampFormat`, lower-cased."""


def _from_iso(found: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
    moment = datetime(
        int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), micros, UTC
    )
    if zone is None or zone in "Zz":
        return moment
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    offset = timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))
    try:
        return moment.replace(tzinfo=offset).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("not a time") from error
