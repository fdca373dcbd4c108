"""Times as CloudTrail writes them: seven styles, one type each, all of them UTC.

A payload's member is typed with the style of its service (`SpacedTime` for IAM); every style reads all of
them, because trails mix them. A time is cut to what its style can write the moment it is made with `.of`,
so that what is decided on and what is read back are the same time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import ClassVar, Self

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = {name: number for number, name in enumerate(_MONTHS, 1)}
_MILLIS_FROM = 100_000_000_000  # seconds would be the year 5138, milliseconds are 1973

# "Jul 10, 2023 11:54:39 AM", "Jul 10, 2023, 12:09:47 PM"; one 2025 record has U+202F before AM; AWS's own
# samples hold "Apr 12, 2021 18:58:30 PM".
_WORDED = re.compile(r"([A-Z][a-z]{2}) (\d{1,2}), (\d{4}),? (\d{1,2}):(\d{2}):(\d{2})[ \u202f]([AP])M")
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d+))?\s?(Z|UTC|[+-]\d\d:?\d\d)?", re.I
)
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_HTTP = re.compile(r"[A-Z][a-z]{2}, (\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) GMT")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE]\+?\d+)?")


class CloudTime(datetime):
    """A UTC time that knows how its service writes it. Use a subclass."""

    STEP: ClassVar[int] = 1  # the finest this style writes, in microseconds

    @classmethod
    def of(cls, moment: datetime) -> Self:
        """This style's time at a moment (aware), cut to what the style can write."""
        if type(moment) is cls and moment.tzinfo is UTC and not moment.microsecond % cls.STEP:
            return moment  # it is that already
        if moment.tzinfo is not UTC:
            if moment.tzinfo is None:
                raise ValueError(f"{moment!r} has no time zone")
            moment = moment.astimezone(UTC)
        micros = moment.microsecond
        return cls(
            moment.year,
            moment.month,
            moment.day,
            moment.hour,
            moment.minute,
            moment.second,
            micros - micros % cls.STEP,
            tzinfo=UTC,
        )

    @classmethod
    def read(cls, written: str | int | float) -> Self:
        """This style's time from any style. Raises `ValueError` for what is no time."""
        return cls.of(moment_of(written))

    def written(self) -> str | int | float:
        """What stands in the record."""
        raise NotImplementedError


class SpacedTime(CloudTime):
    """`Jul 10, 2023 11:54:39 AM`: IAM, RDS, SSM, Route 53."""

    STEP = 1_000_000

    def written(self) -> str:
        """What stands in the record."""
        return _worded(self, "")


class CommaTime(CloudTime):
    """`Jul 10, 2023, 12:09:47 PM`: STS, KMS, Secrets Manager, DynamoDB, ECR."""

    STEP = 1_000_000

    def written(self) -> str:
        """What stands in the record."""
        return _worded(self, ",")


class EpochMillis(CloudTime):
    """`1688990121000`: EC2's classic form."""

    STEP = 1_000

    def written(self) -> int:
        """What stands in the record."""
        return _micros(self) // 1_000


class EpochSeconds(CloudTime):
    """`1709630105.123`: EKS; a float, to the millisecond."""

    STEP = 1_000

    def written(self) -> float:
        """What stands in the record."""
        return _micros(self) / 1_000_000


class IsoTime(CloudTime):
    """`2023-07-10T11:55:14Z`."""

    STEP = 1_000_000

    def written(self) -> str:
        """What stands in the record."""
        return f"{self:%Y-%m-%dT%H:%M:%S}Z"


class IsoMillis(CloudTime):
    """`2023-07-10T12:26:56.000+0000`: Lambda."""

    STEP = 1_000

    def written(self) -> str:
        """What stands in the record."""
        return f"{self:%Y-%m-%dT%H:%M:%S}.{self.microsecond // 1000:03}+0000"


class IsoMillisZ(CloudTime):
    """`2023-07-10T11:55:14.000Z`: EC2's newer form, S3's bodies."""

    STEP = 1_000

    def written(self) -> str:
        """What stands in the record."""
        return f"{self:%Y-%m-%dT%H:%M:%S}.{self.microsecond // 1000:03}Z"


class IsoNanos(CloudTime):
    """`2024-07-31T14:23:44.841442289Z`: Roles Anywhere, Route 53 Resolver. We have microseconds."""

    def written(self) -> str:
        """What stands in the record."""
        return f"{self:%Y-%m-%dT%H:%M:%S}.{self.microsecond:06}000Z"


def moment_of(written: str | int | float) -> datetime:
    """The UTC time that any of CloudTrail's styles (or the wire's) tells. Raises `ValueError`."""
    if isinstance(written, bool):
        raise ValueError(f"{written!r} is not a time")
    if not isinstance(written, str):
        return _from_number(written)
    for pattern, build in _STYLES:
        if found := pattern.fullmatch(written):
            return build(found)
    raise ValueError(f"{written!r} is not a time")


def _worded(time: datetime, comma: str) -> str:
    half = "AM" if time.hour < 12 else "PM"
    hour = time.hour % 12 or 12
    month = _MONTHS[time.month - 1]
    return f"{month} {time.day}, {time.year}{comma} {hour}:{time.minute:02}:{time.second:02} {half}"


def _micros(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(microseconds=1)


def _from_number(number: float) -> datetime:
    """Seconds or milliseconds, by size; exact to the microsecond."""
    micros = round(number * (1_000 if abs(number) >= _MILLIS_FROM else 1_000_000))
    try:
        return _EPOCH + timedelta(microseconds=micros)
    except OverflowError as error:
        raise ValueError(f"{number!r} is not a time") from error


def _from_words(found: re.Match[str]) -> datetime:
    month, day, year, hour, minute, second, half = found.groups()
    number = int(hour)
    if half == "P" and number < 12:
        number += 12
    elif half == "A" and number == 12:
        number = 0
    return _moment(year, _named(month), day, number, minute, second)


def _from_iso(found: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    moment = _moment(year, int(month), day, int(hour), minute, second)
    if fraction:
        moment += timedelta(microseconds=int(fraction[:6].ljust(6, "0")))
    return moment.replace(tzinfo=_zone(zone)).astimezone(UTC)


def _from_day(found: re.Match[str]) -> datetime:
    year, month, day = found.groups()
    return _moment(year, int(month), day, 0, "0", "0")


def _from_http(found: re.Match[str]) -> datetime:
    day, month, year, hour, minute, second = found.groups()
    return _moment(year, _named(month), day, int(hour), minute, second)


def _from_digits(found: re.Match[str]) -> datetime:
    return _from_number(float(found.group()))


def _moment(year: str, month: int, day: str, hour: int, minute: str, second: str) -> datetime:
    return datetime(int(year), month, int(day), hour, int(minute), int(second), tzinfo=UTC)


def _named(month: str) -> int:
    if month not in _MONTH:
        raise ValueError(f"{month!r} is no month")
    return _MONTH[month]


def _zone(text: str | None) -> timezone:
    if text is None or text.upper() in ("Z", "UTC"):
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


_STYLES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], datetime]], ...] = (
    (_WORDED, _from_words),
    (_ISO, _from_iso),
    (_NUMBER, _from_digits),
    (_HTTP, _from_http),
    (_DAY, _from_day),
)
