"""What REST's two protocols share: members in the path, the query string and headers, and payload members.

https://smithy.io/2.0/spec/http-bindings.html
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from msgspec import UNSET

from backtrail.blob import Blob
from backtrail.model import Operation, Shape
from backtrail.wire import binding, form, paths, text
from backtrail.wire.binding import Field, Kind, Made
from backtrail.wire.errors import WireError
from backtrail.wire.eventstream import CONTENT_TYPE, Encode
from backtrail.wire.http import BlobSlice, HttpAnswer, HttpRequest
from backtrail.wire.protocol import Answerer, Parser, Protocol

Take = Callable[[HttpRequest, Made], None]
Headers = list[tuple[str, str]]
WriteBody = Callable[[Any], tuple[bytes | BlobSlice, str]]
"""A result's body and its content type (empty: none)."""

_UNSAFE = re.compile(r"[\r\n\0]")
_LIST_ITEM = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*))\s*(?:,|$)')


class RestProtocol(Protocol):
    """One service whose calls are paths and methods."""

    ignores_bad_dates = False
    """S3 pays no heed to a conditional header that is no date."""

    def body_reader(self, operation: Operation, shape: Shape, kind: Kind) -> Take | None:
        """Makes the reader of what stands in the body."""
        raise NotImplementedError

    def body_writer(self, operation: Operation, shape: Shape, kind: Kind) -> WriteBody | None:
        """Makes the writer of a result's body."""
        raise NotImplementedError

    def invalid(self, name: str, value: str, wanted: str) -> WireError:
        """AWS's error for a scalar that is not of its type."""
        raise NotImplementedError

    def request_ids(self, request_id: str) -> Headers:
        """The headers that carry the request's id."""
        return [("x-amzn-RequestId", request_id)]

    def compile_parser(self, operation: Operation, kind: Kind) -> Parser:
        """Members by location; what has none is the body's."""
        make = binding.maker(kind)
        shape = self.input_shape(operation)
        if shape is None:
            return lambda request: make({})
        members = binding.fields(self.model, shape, kind)
        takes = [
            self._labels(operation, [f for f in members if f.member.location == "uri"]),
            self._query(operation, [f for f in members if f.member.location == "querystring"]),
            self._headers([f for f in members if f.member.location == "header"]),
            *(self._header_map(field) for field in members if field.member.location == "headers"),
            self.body_reader(operation, shape, kind),
        ]
        needed = [take for take in takes if take is not None]

        def parse(request: HttpRequest) -> object:
            made: Made = {}
            for take in needed:
                take(request, made)
            return make(made)

        return parse

    def compile_answerer(self, operation: Operation, kind: Kind) -> Answerer:
        """Headers and status by location, then the body."""
        shape = self.output_shape(operation)
        status = operation.http.response_code or 200
        if shape is None:
            return lambda result, request_id: HttpAnswer(status=status, headers=self.request_ids(request_id))
        members = binding.fields(self.model, shape, kind)
        put_headers = self._header_writers(members, kind)
        write_body = self.body_writer(operation, shape, kind)
        status_of = next(
            (binding.getter(kind, f.key) for f in members if f.member.location == "statusCode"), None
        )

        def answer(result: Any, request_id: str) -> HttpAnswer:
            headers = self.request_ids(request_id)
            for put in put_headers:
                put(result, headers)
            body, content_type = (b"", "") if write_body is None else write_body(result)
            if content_type and not any(name.lower() == "content-type" for name, _ in headers):
                headers.append(("Content-Type", content_type))
            chosen = status_of(result) if status_of is not None else None
            return HttpAnswer(
                status=chosen if isinstance(chosen, int) else status, headers=headers, body=body
            )

        return answer

    def _labels(self, operation: Operation, members: list[Field]) -> Take | None:
        if not members:
            return None
        extract = paths.label_extractor(operation.http.request_uri.partition("?")[0])
        slots = [
            (field.member.location_name or field.member_name, field.key, text.reader(field.shape, field.hint))
            for field in members
        ]

        def take(request: HttpRequest, made: Made) -> None:
            labels = extract(request.path)
            for name, key, read in slots:
                raw = labels.get(name, "")
                if not raw:
                    continue
                try:
                    made[key] = read(unquote_to_bytes(raw).decode() if "%" in raw else raw)
                except UnicodeDecodeError as error:
                    raise WireError("InvalidURI", "Couldn't parse the specified URI.") from error
                except ValueError as error:
                    raise self.invalid(name, raw, str(error)) from error

        return take

    def _query(self, operation: Operation, members: list[Field]) -> Take | None:
        if not members:
            return None
        literals = {
            pair.partition("=")[0] for pair in operation.http.request_uri.partition("?")[2].split("&")
        }
        slots = {_name(f): (f.key, self._query_reader(f)) for f in members if f.shape.type != "map"}
        rest = next((field for field in members if field.shape.type == "map"), None)

        def take(request: HttpRequest, made: Made) -> None:
            if not request.query:
                return
            found: dict[str, list[str]] = {}
            for name, value in form.flat(request.query):
                found.setdefault(name, []).append(value)
            for name, values in found.items():
                slot = slots.get(name)
                if slot is not None:
                    made[slot[0]] = slot[1](values)
            others = (
                {n: v for n, v in found.items() if n not in slots and n not in literals} if rest else None
            )
            if rest is not None and others:
                made[rest.key] = self._query_map(rest, others)

        return take

    def _query_reader(self, field: Field) -> Callable[[list[str]], object]:
        name = _name(field)
        if field.shape.type == "list" and field.shape.member is not None:
            item = self.model.shapes[field.shape.member.shape]
            read = self._safe(name, text.reader(item, binding.item_of(field.hint)))
            return lambda values: [read(value) for value in values]
        read_one = self._safe(name, text.reader(field.shape, field.hint))
        return lambda values: read_one(values[0])

    def _query_map(self, field: Field, rest: dict[str, list[str]]) -> object:
        value = field.shape.value
        if value is not None and self.model.shapes[value.shape].type == "list":
            return rest
        return {name: values[0] for name, values in rest.items()}

    def _safe(self, name: str, read: text.ReadText) -> text.ReadText:
        def checked(value: str) -> object:
            try:
                return read(value)
            except ValueError as error:
                raise self.invalid(name, value, str(error)) from error

        return checked

    def _headers(self, members: list[Field]) -> Take | None:
        if not members:
            return None
        slots = [(_name(field).lower(), field.key, self._header_reader(field)) for field in members]

        def take(request: HttpRequest, made: Made) -> None:
            headers = request.headers
            for name, key, read in slots:
                value = headers.get(name)
                if value is not None:
                    inner = read(value)
                    if inner is not UNSET:
                        made[key] = inner

        return take

    def _header_reader(self, field: Field) -> text.ReadText:
        name, shape = _name(field), field.shape
        if field.member.jsonvalue:
            return self._safe(name, _json_value)
        if shape.type == "list" and shape.member is not None:
            item = self.model.shapes[shape.member.shape]
            read = self._safe(name, text.reader(item, binding.item_of(field.hint)))
            split = _split_dates if item.type == "timestamp" else split_list
            return lambda value: [read(part) for part in split(value)]
        read = text.reader(shape, field.hint)
        if shape.type == "timestamp" and self.ignores_bad_dates:
            return lambda value: _or_unset(read, value)
        return self._safe(name, read)

    def _header_map(self, field: Field) -> Take:
        prefix, key = (field.member.location_name or "").lower(), field.key

        def take(request: HttpRequest, made: Made) -> None:
            found: dict[str, object] = {
                name[len(prefix) :]: value
                for name, value in request.headers.items()
                if name.startswith(prefix)
            }
            if found:
                made[key] = found

        return take

    def _header_writers(self, members: list[Field], kind: Kind) -> list[Callable[[Any, Headers], None]]:
        writers: list[Callable[[Any, Headers], None]] = []
        for field in members:
            get = binding.getter(kind, field.key)
            if field.member.location == "header":
                writers.append(_header_writer(get, _name(field), self._header_text(field)))
            elif field.member.location == "headers":
                writers.append(_header_map_writer(get, field.member.location_name or ""))
        return writers

    def _header_text(self, field: Field) -> text.WriteText:
        if field.member.jsonvalue:
            return lambda value: b64encode(value.encode()).decode()
        shape = field.shape
        if shape.type == "list" and shape.member is not None:
            item = self.model.shapes[shape.member.shape]
            write = text.writer(shape.member, item, "rfc822")
            quoted = item.type == "string"
            return lambda value: ", ".join(
                _quote(write(inner)) if quoted else write(inner) for inner in value
            )
        return text.writer(field.member, shape, "rfc822")


def payload_taker(field: Field, shape: Shape) -> Take:
    """Takes a body that is a blob or a string as it stands."""
    key, hint = field.key, field.hint
    streaming = shape.streaming or field.member.streaming

    def take(request: HttpRequest, made: Made) -> None:
        body = request.body
        if not body and not streaming:
            return
        if shape.type == "string":
            try:
                made[key] = request.content.decode()
            except UnicodeDecodeError as error:
                raise WireError("SerializationException", "The body is not valid UTF-8") from error
        elif hint is Blob:
            made[key] = body if isinstance(body, Blob) else binding.blob_of(body)
        else:
            made[key] = request.content if hint is bytes or not isinstance(body, Blob) else body

    return take


def payload_writer(get: Callable[[Any], object], content_type: str) -> WriteBody:
    """Writes a body that is a blob or a string as it stands."""

    def write(result: Any) -> tuple[bytes | BlobSlice, str]:
        value = get(result)
        if isinstance(value, str):
            return value.encode(), content_type
        if isinstance(value, Blob):
            return whole(value), content_type
        if isinstance(value, bytes | BlobSlice):
            return value, content_type
        return b"", content_type

    return write


def stream_writer(get: Callable[[Any], object], encode: Encode) -> WriteBody:
    """Writes a body that is an event stream; no events are no body."""

    def write(result: Any) -> tuple[bytes | BlobSlice, str]:
        events = get(result)
        return (b"" if events is None or events is UNSET else encode(events)), CONTENT_TYPE

    return write


def whole(blob: Blob) -> bytes | BlobSlice:
    """All of a body: its bytes where they are in hand."""
    return blob.data if isinstance(blob.data, bytes) else BlobSlice(blob, 0, blob.size)


def split_list(value: str) -> list[str]:
    """A header's list: commas separate, quotes protect."""
    items: list[str] = []
    for found in _LIST_ITEM.finditer(value):
        if found.start() == len(value):
            break
        quoted, bare = found.groups()
        items.append(re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare.strip())
    return items


def clean(value: str) -> str:
    """A header's value without what would end it; text beyond ASCII in RFC 2047's form, as S3 does."""
    if value.isascii():
        return _UNSAFE.sub(" ", value)
    return f"=?UTF-8?B?{b64encode(value.encode(errors='replace')).decode()}?="


def _name(field: Field) -> str:
    return field.member.location_name or field.member_name


def _split_dates(value: str) -> list[str]:
    """RFC 822 dates hold commas of their own: every second one separates."""
    if "GMT" not in value:
        return split_list(value)
    return [part.strip(" ,") + " GMT" for part in value.split("GMT") if part.strip(" ,")]


def _or_unset(read: text.ReadText, value: str) -> object:
    try:
        return read(value)
    except ValueError:
        return UNSET


def _json_value(value: str) -> str:
    try:
        return b64decode(value, validate=True).decode()
    except (Base64Error, ValueError) as error:
        raise ValueError("JSON value") from error


def _quote(value: str) -> str:
    if '"' in value or "," in value:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return value


def _header_writer(
    get: Callable[[Any], object], name: str, write: text.WriteText
) -> Callable[[Any, Headers], None]:
    def put(result: Any, headers: Headers) -> None:
        value = get(result)
        if value is not UNSET and value is not None:
            headers.append((name, clean(write(value))))

    return put


def _header_map_writer(get: Callable[[Any], Any], prefix: str) -> Callable[[Any, Headers], None]:
    def put(result: Any, headers: Headers) -> None:
        value = get(result)
        if value is not UNSET and value is not None:
            headers.extend((clean(prefix + name), clean(inner)) for name, inner in value.items())

    return put
