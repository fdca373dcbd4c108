"""From one JSON document to the records in it, in every form in which CloudTrail's records come.

Trail files (`Records`), bare arrays, single records, LookupEvents' output (`Events[].CloudTrailEvent`, a
string), EventBridge envelopes (`detail`), CloudWatch Logs (`logEvents[].message` or `events[].message`,
strings), and this project's own lossless lines (lossless.py). A record's text stays as it was delivered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, cast

import msgspec

from backtrail_eventstore import digests, lossless
from backtrail_eventstore.digests import Claims
from backtrail_eventstore.rejections import Code, sentence
from backtrail_eventstore.writing import content_id

Content = dict[str, object]

MAX_RECORD_BYTES = 1024 * 1024
"""An event of CloudTrail Lake has at most 1 MB, one of a trail 256 KB:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html"""
MAX_DEPTH = 100
MAX_ENVELOPES = 4  # one inside the other

decode = msgspec.json.Decoder().decode
_raws = msgspec.json.Decoder(list[msgspec.Raw]).decode
_raw_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode

_LARGE_BYTES = 16 * 1024
_LISTS = ("Records", "Events", "logEvents", "events")
_TEXTS = ("CloudTrailEvent", "message")
_TYPES = (
    "eventSource",
    "eventName",
    "eventTime",
    "eventID",
    "recipientAccountId",
    "eventType",
    "awsRegion",
    "errorCode",
    "sourceIPAddress",
    "eventVersion",
)
_NO_CALLS = {"AwsCloudTrailInsight", "Insight", "AwsAggregatedEvent", "Aggregated"}
_KINDS: dict[type, str] = {
    int: "a number", float: "a number", str: "a text", bool: "true or false", type(None): "null", list: "a list",
}  # fmt: skip
_TEXTUAL = {str, type(None)}


class Found(NamedTuple):
    """A record as delivered."""

    raw: bytes
    event_id: str
    beside: lossless.Beside | None = None


class Refused(NamedTuple):
    """A part of a document that is no record."""

    code: Code
    detail: str = ""

    @property
    def reason(self) -> str:
        """In one sentence."""
        return sentence(self.code, self.detail)


Item = Found | Refused | Claims | lossless.BlobPart


class _Object(msgspec.Struct):
    """Any JSON object."""


class _Plain(msgspec.Struct):
    """What an ordinary record has, with the types that it must have."""

    eventTime: str
    eventSource: str
    eventName: str
    eventID: str
    userIdentity: _Object | None = None
    recipientAccountId: str | None = None
    eventType: str | None = None
    eventCategory: str | None = None
    awsRegion: str | None = None
    errorCode: str | None = None
    sourceIPAddress: str | None = None
    eventVersion: str | None = None


class _TrailFile(msgspec.Struct, forbid_unknown_fields=True):
    Records: list[msgspec.Raw]


_TRAIL_FILE = b'{"Records":['
_trail_file = msgspec.json.Decoder(_TrailFile).decode
_plain = msgspec.json.Decoder(_Plain).decode


def plain(text: bytes) -> Found | None:
    """The record that this text is, where it is an ordinary one: a short cut of `records`, which says why not."""
    if text[:1] != b"{" or text[-1:] != b"}" or len(text) > MAX_RECORD_BYTES:
        return None
    try:
        head = _plain(text)
        decode(text)  # all of it can be read
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if (
        not (head.eventSource and head.eventName and head.eventID and _is_time(head.eventTime))
        or head.eventType in _NO_CALLS
        or head.eventCategory in _NO_CALLS
        or text.count(b"{") + text.count(b"[") > MAX_DEPTH
    ):
        return None
    return Found(text, head.eventID)


def records(text: bytes, envelopes: int = 0) -> Iterator[Item]:
    """The records of one document, and what in it is none."""
    text = text.strip()
    inner: list[msgspec.Raw] | None = None
    value: object = None
    try:
        # A container is taken apart without building all of it in memory first.
        if text.startswith(b"["):
            inner = _raws(text)
        elif len(text) > _LARGE_BYTES and (name := _list_name(_raw_members(text))) is not None:
            inner = _raws(_raw_members(text)[name])
        else:
            value = decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        yield Refused(*_why(text, error))
        return
    if inner is not None:
        for raw in inner:
            yield from _inside(raw, envelopes)
    elif isinstance(value, dict):
        yield from _of_object(text, cast("Content", value), envelopes)
    else:
        yield Refused(Code.WRONG_TOP_LEVEL, f"it is {_KINDS.get(type(value), 'something else')}")


def of_trail_file(text: bytes) -> list[msgspec.Raw] | None:
    """The records of one of CloudTrail's own files, `{"Records": […]}` and no more; None for anything else."""
    if not text.startswith(_TRAIL_FILE):
        return None
    try:
        return _trail_file(text).Records
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def inside(raw: msgspec.Raw) -> Iterator[Item]:
    """The record that an element of a trail file is, or what it is else."""
    text = bytes(raw)
    found = plain(text)
    if found is not None:
        yield found
    else:
        yield from records(text, 1)


def _list_name(members: Mapping[str, object]) -> str | None:
    if "eventName" in members or lossless.MARK in members:
        return None
    return next((name for name in _LISTS if name in members), None)


def _why(text: bytes, error: Exception) -> tuple[Code, str]:
    if isinstance(error, RecursionError):
        return Code.TOO_DEEP, ""
    if isinstance(error, UnicodeDecodeError):
        return Code.NOT_UTF8, ""
    try:
        text.decode()
    except UnicodeDecodeError:
        return Code.NOT_UTF8, ""
    if "truncated" in str(error):
        return Code.CUT_OFF, ""
    return Code.NOT_JSON, str(error)


def _inside(raw: msgspec.Raw, envelopes: int) -> Iterator[Item]:
    text = bytes(raw)
    found = plain(text)
    if found is not None:
        yield found
    elif envelopes >= MAX_ENVELOPES:
        yield Refused(Code.TOO_DEEP, "envelopes in envelopes")
    else:
        yield from records(text, envelopes + 1)


def _of_object(text: bytes, value: Content, envelopes: int) -> Iterator[Item]:
    if "eventName" in value and "eventTime" in value:
        yield _record(text, value)
    elif lossless.MARK in value:
        yield from _of_export(text, value)
    elif "digestS3Object" in value or "digestStartTime" in value:
        yield _digest(text)
    elif "detail" in value and ("detail-type" in value or "eventName" not in value):
        yield from _inside(_raw_members(text)["detail"], envelopes)
    elif (name := next((name for name in _TEXTS if isinstance(value.get(name), str)), None)) is not None:
        if envelopes >= MAX_ENVELOPES:
            yield Refused(Code.TOO_DEEP, "envelopes in envelopes")
        else:
            yield from records(str(value[name]).encode(), envelopes + 1)
    elif (name := _list_name(value)) is not None and isinstance(value[name], list):
        for raw in _raws(_raw_members(text)[name]):
            yield from _inside(raw, envelopes)
    elif (
        "eventSource" in value
        or "eventName" in value
        or "eventTime" in value
        or "userIdentity" in value
        or value.get("eventType")
        or value.get("eventCategory")
    ):
        yield _record(text, value)
    else:
        yield Refused(Code.WRONG_TOP_LEVEL, _members(value))


def _digest(text: bytes) -> Claims | Refused:
    try:
        return digests.claims(text)
    except msgspec.ValidationError as error:
        return Refused(Code.DIGEST, str(error))


def _members(value: Content) -> str:
    names = ", ".join(list(value)[:5])
    return f"its members are {names[:100]}" if names else "it is empty"


def _of_export(text: bytes, value: Content) -> Iterator[Item]:
    try:
        line = lossless.read(text, value)
    except lossless.NewerExport as error:
        yield Refused(Code.NEWER_EXPORT, str(error))
    except (msgspec.MsgspecError, ValueError, UnicodeDecodeError) as error:
        yield Refused(Code.BAD_EXPORT, str(error))
    else:
        if isinstance(line, lossless.BlobPart):
            yield line
        elif line is not None:
            raw, beside = line
            item = next(records(raw, MAX_ENVELOPES))
            yield item._replace(beside=beside) if isinstance(item, Found) else item


def _record(text: bytes, value: Content) -> Item:
    refused = _refused(text, value)
    if refused is not None:
        return refused
    event_id = value.get("eventID")
    return Found(text, event_id if isinstance(event_id, str) and event_id else content_id(text))


def _refused(text: bytes, value: Content) -> Refused | None:
    kind, category = value.get("eventType"), value.get("eventCategory")
    if kind == "AwsCloudTrailInsight" or category == "Insight":
        return Refused(Code.INSIGHT)
    if kind == "AwsAggregatedEvent" or category == "Aggregated":
        return Refused(Code.AGGREGATED)
    if len(text) > MAX_RECORD_BYTES:
        return Refused(Code.TOO_LARGE, f"{len(text)} bytes")
    if not value.get("eventSource"):
        return Refused(Code.NO_EVENT_SOURCE)
    if not value.get("eventName"):
        return Refused(Code.NO_EVENT_NAME)
    if not value.get("eventTime"):
        return Refused(Code.NO_EVENT_TIME)
    if not _TEXTUAL.issuperset(map(type, map(value.get, _TYPES))):
        name = next(name for name in _TYPES if not isinstance(value.get(name), str | None))
        return Refused(Code.WRONG_TYPE, f"{name} is no text")
    if type(value.get("userIdentity")) not in (dict, type(None)):
        return Refused(Code.WRONG_TYPE, "userIdentity is no object")
    if not _is_time(str(value["eventTime"])):
        return Refused(Code.NO_EVENT_TIME, f"{value['eventTime']} is no time like 2023-07-10T11:42:36Z")
    if text.count(b"{") + text.count(b"[") > MAX_DEPTH and depth(value) > MAX_DEPTH:
        return Refused(Code.TOO_DEEP)
    return None


@lru_cache(maxsize=4096)
def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)  # without an offset it is UTC, as `backtrail.order` reads it
    except ValueError:
        return False
    return True


def depth(value: object) -> int:
    """How deeply a decoded value is nested."""
    level, current = 0, [value]
    while current:
        level += 1
        inner: list[object] = []
        for one in current:
            if isinstance(one, dict):
                inner.extend(cast("Content", one).values())
            elif isinstance(one, list):
                inner.extend(cast("list[object]", one))
        current = inner
    return level - 1
