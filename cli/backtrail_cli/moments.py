"""Times as people give them: moments, dates, and how long ago."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any

import click

ACCEPTED = (
    "2023-07-10T11:54:39Z, 2023-07-10T13:54:39+02:00, 2023-07-10 11:54, 2023-07-10 (its midnight), 11:54 (the last "
    "one), now, or -1h, -30m, -2d12h (before now); UTC where no offset is given"
)

_AGO = re.compile(r"-(?:\d+[smhdw])+")
_PART = re.compile(r"(\d+)([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})?)?")
_CLOCK = re.compile(r"\d{2}:\d{2}(?::\d{2})?Z?")

Moment = datetime | timedelta | time
"""A moment, how far before the account's now it lies (zero or less), or a time of day: the last one before now."""


def parse(text: str) -> Moment:
    """A moment. Raises `ValueError` with a sentence that lists what is accepted."""
    given = text.strip()
    if given.lower() == "now":
        return timedelta(0)
    try:
        if _AGO.fullmatch(given):
            return -timedelta(seconds=sum(int(n) * _SECONDS[unit] for n, unit in _PART.findall(given)))
        if _DATE.fullmatch(given.upper()):
            moment = datetime.fromisoformat(given.upper().replace(",", "."))
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        if _CLOCK.fullmatch(given.upper()):
            return time.fromisoformat(given.upper()).replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is no time: {error}. Accepted: {ACCEPTED}") from error
    raise ValueError(f"{text!r} is no time. Accepted: {ACCEPTED}")


class MomentType(click.ParamType[Moment]):
    """The type of options that take a time."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Moment:
        if isinstance(value, datetime | timedelta | time):
            return value
        try:
            return parse(str(value))
        except ValueError as error:
            raise click.BadParameter(str(error), ctx=ctx, param=param) from error

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "TIME"


MOMENT = MomentType()

_EVENT = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


class MomentOrEventType(click.ParamType["Moment | str"]):
    """The type of options that take a time, or the id of an event (a text): the moment right after it."""

    name = "time or event"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Moment | str:
        if isinstance(value, str) and _EVENT.fullmatch(value.strip()):
            return value.strip()
        try:
            return MOMENT.convert(value, param, ctx)
        except click.BadParameter as error:
            raise click.BadParameter(f"{error.message}; or an event's id", ctx=ctx, param=param) from error

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "TIME|EVENT"


MOMENT_OR_EVENT = MomentOrEventType()


def absolute(given: Moment, now: datetime) -> datetime:
    """The moment that was meant. Raises `Fault` where no calendar has it."""
    from backtrail_cli.faults import Fault

    try:
        if isinstance(given, time):
            today = datetime.combine(now.date(), given)
            return today if today <= now else today - timedelta(days=1)
        return now + given if isinstance(given, timedelta) else given
    except OverflowError:
        raise Fault(f"{given} before now is before all calendars") from None


def whole_second(bound: datetime) -> datetime:
    """An upper bound in whole seconds takes in that second: CloudTrail's times have no finer step."""
    return bound.replace(microsecond=999_999) if bound.microsecond == 0 else bound
