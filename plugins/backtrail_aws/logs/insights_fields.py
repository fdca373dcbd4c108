"""The rows of a query, and the fields that a log event has in it: the system's, and those found in its message.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from typing import Any, cast

import msgspec

from backtrail_aws.logs import limits
from backtrail_aws.logs.moments import moment
from backtrail_aws.logs.stock import Found

_LAMBDA = "/aws/lambda/"
_REPORT = re.compile(r"(?P<name>[A-Z][A-Za-z\- ]*): (?P<value>[\w.\-]+)(?: (?P<unit>ms|MB))?")
_PLATFORM = re.compile(r"(?P<type>START|END|REPORT) RequestId: (?P<id>[\w-]+)")
_LINE = re.compile(r"\S+\t(?P<id>[0-9a-f]{8}-[0-9a-f-]{27})\t")
_FROM_REPORT = {
    "Duration": "@duration",
    "Billed Duration": "@billedDuration",
    "Memory Size": "@memorySize",
    "Max Memory Used": "@maxMemoryUsed",
    "Init Duration": "@initDuration",
    "XRAY TraceId": "@xrayTraceId",
    "SegmentId": "@xraySegmentId",
}
_decode = msgspec.json.Decoder().decode


class Moment(int):
    """A time in milliseconds since 1970, which is shown as a time."""


Value = str | int | float | bool | None


class Pointer(msgspec.Struct, frozen=True, array_like=True):
    """What a @ptr says: which event of which stream of which group."""

    group: str
    stream: str
    id: str

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(msgspec.msgpack.encode(self)).decode()


def pointed(text: str) -> Pointer | None:
    """What a @ptr points to; None for what is none."""
    try:
        return msgspec.msgpack.decode(base64.urlsafe_b64decode(text.encode()), type=Pointer)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return None


class Row:
    """One row of a query on its way: names and values."""

    __slots__ = ("values",)

    def __init__(self, values: dict[str, Value] | None = None) -> None:
        self.values = values if values is not None else {}

    def get(self, name: str) -> Value:
        """A field's value; None where the row has none."""
        return self.values.get(name)

    @property
    def pointer(self) -> str:
        """What @ptr shows; empty for a row that is no event."""
        return ""


class EventRow(Row):
    """A row that is an event: it has the event's fields, too."""

    __slots__ = ("_discovered", "account", "found", "group")

    def __init__(self, account: str, group: str, found: Found) -> None:
        super().__init__()
        self.account, self.group, self.found = account, group, found
        self._discovered: dict[str, Value] | None = None

    def get(self, name: str) -> Value:
        """What the query made of a field, or else the event's own."""
        if name in self.values:
            return self.values[name]
        system = _SYSTEM.get(name)
        return system(self) if system is not None else self.discovered.get(name)

    @property
    def pointer(self) -> str:
        """What @ptr shows."""
        return str(Pointer(self.group, self.found.stream, self.found.id))

    @property
    def discovered(self) -> dict[str, Value]:
        """The fields in the event's message, found when they are first asked for."""
        if self._discovered is None:
            self._discovered = _discover(self.group, self.found.event.message)
        return self._discovered

    def everything(self) -> dict[str, str]:
        """All fields, as GetLogRecord shows them: times as numbers."""
        fields = {name: get(self) for name, get in _SYSTEM.items() if name != "@ptr"} | self.discovered
        return {
            name: str(int(value)) if isinstance(value, Moment) else shown(value)
            for name, value in fields.items()
        }


_SYSTEM: dict[str, Callable[[EventRow], Value]] = {
    "@timestamp": lambda row: Moment(row.found.event.timestamp_ms),
    "@ingestionTime": lambda row: Moment(row.found.event.ingested_ms),
    "@message": lambda row: row.found.event.message,
    "@logStream": lambda row: row.found.stream,
    "@log": lambda row: f"{row.account}:{row.group}",
    "@ptr": lambda row: row.pointer,
}


def shown(value: Value) -> str:
    """A value as results show it: whole numbers without a point, others with up to four digits after it."""
    if isinstance(value, Moment):
        return f"{moment(value):%Y-%m-%d %H:%M:%S}.{value % 1000:03}"
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return str(value)


def _discover(group: str, message: str) -> dict[str, Value]:
    fields: dict[str, Value] = {}
    if group.startswith(_LAMBDA):
        fields |= _of_lambda(message)
    start = message.find("{") if group.startswith(_LAMBDA) else 0
    text = message[max(start, 0) :].strip()
    if not text.startswith("{"):
        return fields
    try:
        found = cast("object", _decode(text))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return fields
    for name, value in _flat("", found):
        if len(fields) == limits.QUERY_FIELDS_MAX:
            break
        fields[f"@{name}" if name.startswith("@") else name] = value
    return fields


def _flat(name: str, value: object) -> Iterator[tuple[str, Value]]:
    """JSON's values by their paths: `a.b`, `list.0.b`."""
    inside: list[tuple[str, Any]]
    if isinstance(value, dict):
        inside = list(cast("dict[str, Any]", value).items())
    elif isinstance(value, list):
        inside = [(str(place), item) for place, item in enumerate(cast("list[Any]", value))]
    else:
        if value is not None:
            yield name, cast("Value", value)
        return
    for key, item in inside:
        yield from _flat(f"{name}.{key}" if name else key, item)


def _of_lambda(message: str) -> dict[str, Value]:
    """What the lines of Lambda's platform tell, and the request of any other line."""
    platform = _PLATFORM.match(message)
    if platform is None:
        line = _LINE.match(message)
        return {"@requestId": line["id"]} if line is not None else {}
    fields: dict[str, Value] = {"@type": platform["type"], "@requestId": platform["id"]}
    if platform["type"] == "REPORT":
        for part in _REPORT.finditer(message):
            name = _FROM_REPORT.get(part["name"].strip())
            if name is not None:
                fields[name] = _measured(part["value"], part["unit"])
    return fields


def _measured(value: str, unit: str | None) -> Value:
    """A number of a REPORT line: megabytes are told in bytes (logs/CWL_QuerySyntax-examples.html)."""
    if unit is None:
        return value
    try:
        return float(value) * (1_000_000 if unit == "MB" else 1)
    except ValueError:
        return value
