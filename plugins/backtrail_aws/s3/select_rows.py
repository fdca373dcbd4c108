"""What S3 Select reads and writes: CSV and JSON as rows, and rows as CSV and JSON.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_InputSerialization.html and API_OutputSerialization.html there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

import msgspec

from backtrail import UNSET, Refusal, UnsetType
from backtrail_aws.s3 import api
from backtrail_aws.s3.select_values import Value, text
from backtrail_aws.s3.select_words import refused

Named = list[tuple[str, Value]]
Steps = Sequence[str | int | None]


class Row:
    """One record: its columns by name and by place (`_1`)."""

    __slots__ = ("_lower", "names", "values")

    def __init__(self, names: Sequence[str], values: Sequence[Value]) -> None:
        self.names, self.values = names, values
        self._lower: dict[str, Value] | None = None

    def at(self, path: Sequence[str | int], alias: str) -> Value:
        """The value behind a path, with or without the table's alias before it; None where there is none."""
        first = str(path[0]).lower()
        if first in (alias, "s3object") and len(path) > 1:
            path, first = path[1:], str(path[1]).lower()
        value = self._column(str(path[0]), first)
        for step in path[1:]:
            value = _step(value, step)
        return value

    def _column(self, name: str, lower: str) -> Value:
        if name in self.names:
            return self.values[self.names.index(name)]
        if lower.startswith("_") and lower[1:].isdecimal():
            place = int(lower[1:]) - 1
            return self.values[place] if 0 <= place < len(self.values) else None
        if self._lower is None:
            self._lower = {key.lower(): value for key, value in zip(self.names, self.values, strict=False)}
        return self._lower.get(lower)

    def plain(self) -> Named:
        """All columns by name; those without one by place."""
        names = [*self.names, *(f"_{place + 1}" for place in range(len(self.names), len(self.values)))]
        return list(zip(names, self.values, strict=False))


def rows(data: bytes, wanted: api.InputSerialization, path: Steps) -> Iterator[Row]:
    """The rows of an object's (decompressed) content."""
    source = _decoded(data)
    if wanted.csv is not UNSET:
        return _csv_rows(source, wanted.csv)
    if wanted.json is not UNSET:
        return _json_rows(source, path)
    raise refused(
        "MissingRequiredParameter",
        "The SelectRequest entity is missing a required parameter: InputSerialization.",
    )


def _csv_rows(source: str, wanted: api.CSVInput) -> Iterator[Row]:
    delimiter, quote = _or(wanted.field_delimiter, ","), _or(wanted.quote_character, '"')
    escape = _or(wanted.quote_escape_character, '"')
    lines = source.split(_or(wanted.record_delimiter, "\n"))
    comment = _or(wanted.comments, "")
    kept = (line.removesuffix("\r") for line in lines if not (comment and line.startswith(comment)))
    reader = csv.reader(
        (line for line in kept if line),
        delimiter=delimiter[:1],
        quotechar=quote[:1] or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        doublequote=escape == quote,
        escapechar=None if escape == quote else escape[:1] or None,
    )
    names: list[str] = []
    header = _or(wanted.file_header_info, "NONE").upper()
    if header not in ("NONE", "USE", "IGNORE"):
        raise refused(
            "InvalidFileHeaderInfo",
            "The FileHeaderInfo is invalid. Only NONE, USE, and IGNORE are supported.",
        )
    try:
        for place, fields in enumerate(reader):
            if place == 0 and header != "NONE":
                names = fields if header == "USE" else []
                continue
            yield Row(names, fields)
    except csv.Error as error:
        raise refused("CSVParsingError", f"Encountered an error parsing the CSV file. {error}.") from error


def _json_rows(source: str, path: Steps) -> Iterator[Row]:
    for document in _documents(source):
        for value in _inside(document, [step for step in path if step is not None] if path != [None] else []):
            if isinstance(value, dict):
                yield Row(list(value), list(value.values()))
            else:
                yield Row([], [value])


def _documents(source: str) -> Iterator[Value]:
    """One JSON value after another, on lines of their own or not."""
    decoder = msgspec.json.Decoder()
    try:
        for line in source.splitlines():
            if line.strip():
                yield decoder.decode(line)
        return
    except msgspec.DecodeError:
        pass
    try:
        yield decoder.decode(source)
    except msgspec.DecodeError as error:
        raise refused("JSONParsingError", f"Encountered an error parsing the JSON file. {error}.") from error


def _inside(value: Value, path: Steps) -> Iterator[Value]:
    """Values behind a path; a list on the way, or at its end, gives its items."""
    if isinstance(value, list):
        for item in value:
            yield from _inside(item, path)
    elif not path:
        yield value
    else:
        found = _step(value, path[0]) if path[0] is not None else value
        if found is not None:
            yield from _inside(found, path[1:])


def written(found: Iterator[Named], wanted: api.OutputSerialization) -> bytes:
    """Rows as the caller wants them."""
    if wanted.json is not UNSET:
        end = _or(wanted.json.record_delimiter, "\n").encode()
        return b"".join(msgspec.json.encode(dict(row)) + end for row in found)
    form = api.CSVOutput() if wanted.csv is UNSET else wanted.csv
    quote = _or(form.quote_character, '"')
    out = io.StringIO()
    writer = csv.writer(
        out,
        delimiter=_or(form.field_delimiter, ",")[:1],
        quotechar=quote[:1],
        quoting=csv.QUOTE_ALL
        if _or(form.quote_fields, "ASNEEDED").upper() == "ALWAYS"
        else csv.QUOTE_MINIMAL,
        lineterminator=_or(form.record_delimiter, "\n"),
    )
    for row in found:
        writer.writerow([_field(value) for _, value in row])
    return out.getvalue().encode()


def _field(value: Value) -> str:
    return msgspec.json.encode(value).decode() if isinstance(value, list | dict) else text(value)


def _step(value: Value, step: str | int) -> Value:
    if isinstance(step, int):
        return value[step] if isinstance(value, list) and -len(value) <= step < len(value) else None
    return value.get(step) if isinstance(value, dict) else None


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad_text() from error


def _bad_text() -> Refusal:
    return refused("InvalidTextEncoding", "Invalid encoding type. Only UTF-8 encoding is supported.")


def _or(value: str | UnsetType, default: str) -> str:
    return default if value is UNSET else value
