"""Scalars as text: what the query protocols, XML, URIs and headers have in common."""

from __future__ import annotations

import math
import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from datetime import datetime
from typing import Any

from backtrail.blob import Blob
from backtrail.model import Member, Shape
from backtrail.wire import binding, times
from backtrail.wire.tree import INT32, INT64

ReadText = Callable[[str], object]
WriteText = Callable[[Any], str]

_INTEGER = re.compile(r"[+-]?\d{1,30}")
_FLOAT = re.compile(r"[+-]?(?:\d{1,400}\.?\d{0,400}|\.\d{1,400})(?:[eE][+-]?\d{1,5})?")
_SPECIAL_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def reader(shape: Shape, hint: object) -> ReadText:
    """Reads a scalar of a shape. Its reads raise `ValueError`, whose text is the type that was wanted."""
    kind = shape.type
    if kind == "timestamp":
        if hint is str:  # a date that the plugin keeps as it was written (S3's Expires)
            return _string
        of = binding.moment_maker(hint)
        return _time if of is None else (lambda text: of(_time(text)))
    if kind == "blob":
        return (lambda text: binding.blob_of(_blob(text))) if hint is Blob else _blob
    return _READERS.get(kind, _string)


def writer(member: Member, shape: Shape, style: str, *, iso: WriteText | None = None) -> WriteText:
    """Writes a scalar of a shape. `style` is the protocol's way with times, where the model has none.

    `iso` replaces the writer of ISO 8601 (EC2 and S3 always write milliseconds).
    """
    kind = shape.type
    if kind == "timestamp":
        named = (member.timestamp_format or shape.timestamp_format or style).lower()
        return _verbatim(iso if iso is not None and named == "iso8601" else times.WRITERS[named])
    if kind == "blob":
        return write_blob
    return _WRITERS.get(kind, str)


def _verbatim(write: WriteText) -> WriteText:
    """Text that was kept as it was written stays so."""
    return lambda value: value if isinstance(value, str) else write(value)


def write_blob(value: Any) -> str:
    """Base64 of bytes, or of a body in hand."""
    data: Any = value.data if isinstance(value, Blob) else value
    return b64encode(data).decode()


def write_float(value: float) -> str:
    """A float as AWS writes it: `1.0`, `NaN`, `Infinity`."""
    if math.isfinite(value):
        return repr(float(value))
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def write_flag(value: Any) -> str:
    """`true` or `false`."""
    return "true" if value else "false"


def _string(text: str) -> str:
    return text


def _flag(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered in ("true", "1"):
        return True
    if lowered in ("false", "0"):
        return False
    raise ValueError("boolean")


def _integer(limit: int, wanted: str) -> ReadText:
    def read(text: str) -> int:
        text = text.strip()
        if not _INTEGER.fullmatch(text):
            raise ValueError(wanted)
        value = int(text)
        if not -limit <= value < limit:
            raise ValueError(wanted)
        return value

    return read


def _float(text: str) -> float:
    text = text.strip()
    if text in _SPECIAL_FLOATS:
        return _SPECIAL_FLOATS[text]
    if not _FLOAT.fullmatch(text):
        raise ValueError("double")
    return float(text)


def _time(text: str) -> datetime:
    try:
        return times.read_text(text)
    except ValueError as error:
        raise ValueError("timestamp") from error


def _blob(text: str) -> bytes:
    try:
        return b64decode(text, validate=False)
    except (Base64Error, ValueError) as error:
        raise ValueError("blob") from error


_READERS: dict[str, ReadText] = {
    "boolean": _flag,
    "integer": _integer(INT32, "integer"),
    "short": _integer(INT32, "integer"),
    "byte": _integer(INT32, "integer"),
    "long": _integer(INT64, "long"),
    "float": _float,
    "double": _float,
    "bigdecimal": _float,
}
_WRITERS: dict[str, WriteText] = {
    "boolean": write_flag,
    "float": write_float,
    "double": write_float,
}
