"""AWS's JSON protocols, 1.0 and 1.1: https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html"""

from __future__ import annotations

import binascii
import math
import zlib
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from backtrail.model import Member, Model, Operation, Shape
from backtrail.wire import binding, times, tree
from backtrail.wire.binding import Kind
from backtrail.wire.errors import WireError
from backtrail.wire.eventstream import CONTENT_TYPE, Encode, EventWriters, initial_response, stream_member
from backtrail.wire.http import HttpAnswer, HttpRequest
from backtrail.wire.protocol import Answerer, Parser, Protocol, Spelling
from backtrail.wire.tree import Dialect, Trees, Write

_decode: Callable[[bytes], Any] = msgspec.json.Decoder().decode
_encode: Callable[[object], bytes] = msgspec.json.Encoder().encode

# Services that put a namespace before their error's name; all others write it bare. Seen in their answers.
_NAMESPACES = {
    "cloudwatch": "com.amazonaws.cloudwatch.v2010_08_01#",
    "dynamodb": "com.amazonaws.dynamodb.v20120810#",
    "dynamodbstreams": "com.amazonaws.dynamodb.v20120810#",
    "sqs": "com.amazonaws.sqs#",
    "stepfunctions": "com.amazonaws.swf.service.v2.model#",
    "swf": "com.amazonaws.swf.base.model#",
}
# Errors that the framework makes, not the service, and how such a service then names them.
_FRAMEWORK = {
    "ValidationException": "com.amazon.coral.validate#",
}
_CORAL = "com.amazon.coral.service#"
_CHECKSUMMED = ("dynamodb", "dynamodbstreams")
"""Services that send `x-amz-crc32`; SDKs check it."""


class JsonDialect(Dialect):
    """JSON's scalars."""

    def read_time(self, value: Any, style: str | None) -> datetime:
        """Epoch seconds, or text of any form."""
        try:
            if type(value) is int or type(value) is float:
                return times.read_number(value)
            if type(value) is str:
                return times.read_text(value)
        except ValueError as error:
            raise WireError("SerializationException", f"{value!r} cannot be converted to Date") from error
        raise tree.mistyped(value, "Date")

    def read_blob(self, value: Any) -> bytes:
        """Base64, padded."""
        if type(value) is not str:
            raise tree.mistyped(value, "Blob")
        try:
            return b64decode(value, validate=True)
        except (binascii.Error, ValueError) as error:
            raise WireError("SerializationException", "Invalid base64 in a blob") from error

    def read_float(self, value: Any) -> float:
        """A number, or `NaN`, `Infinity`, `-Infinity` as text."""
        if type(value) is float or type(value) is int:
            try:
                return float(value)
            except OverflowError as error:
                raise tree.mistyped(value, "Double") from error
        if type(value) is str and value in ("NaN", "Infinity", "-Infinity"):
            return float(value)
        raise tree.mistyped(value, "Double")

    def write_time(self, style: str | None) -> Write:
        """Epoch seconds as a number, unless the model wants text."""
        return times.epoch if style in (None, "unixtimestamp") else times.WRITERS[style]

    def write_blob(self) -> Write | None:
        """Bytes stay: the encoder writes base64."""
        return None

    def write_float(self) -> Write | None:
        """Numbers stay; what JSON has no number for becomes text."""
        return _float


def _float(value: float) -> object:
    return (
        value
        if math.isfinite(value)
        else "NaN"
        if math.isnan(value)
        else "Infinity"
        if value > 0
        else "-Infinity"
    )


def decode(body: bytes) -> Any:
    """The value of a JSON body, None for an empty one. Raises `WireError` for what is no JSON or too deep."""
    if not body:
        return None
    try:
        value = _decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise WireError("SerializationException", f"The body is not valid JSON: {error}") from error
    if body.count(b"[") + body.count(b"{") > tree.MAX_DEPTH and not tree.shallow(value):
        raise WireError("SerializationException", "The body is nested too deeply")
    return value


encode = _encode
"""The bytes of a JSON tree; bytes inside become base64."""


class JsonProtocol(Protocol):
    """One service in JSON 1.0 or 1.1."""

    name = "json"

    def __init__(self, service: str, model: Model, version: str) -> None:
        super().__init__(service, model)
        self.trees = Trees(model, JsonDialect())
        self.content_type = f"application/x-amz-json-{version}"
        self.events = EventWriters(model, self.content_type, self._event_encoder)

    def compile_parser(self, operation: Operation, kind: Kind) -> Parser:
        """Members are the body's, by name."""
        if operation.input is None:
            make = binding.maker(kind)
            return lambda request: make({})
        read = self.trees.structure_reader(operation.input.shape, kind)

        def parse(request: HttpRequest) -> object:
            value = decode(request.content)
            return read({} if value is None else value)

        return parse

    def compile_answerer(self, operation: Operation, kind: Kind) -> Answerer:
        """`{}` for a result without members, nothing at all where the model has no output."""
        content_type = ("Content-Type", self.content_type)
        checksummed = self.service in _CHECKSUMMED
        shape = self.output_shape(operation)
        if shape is not None and stream_member(self.model, shape) is not None:
            return self._stream_answerer(shape, kind)
        write = self.trees.structure_writer(operation.output.shape, kind) if operation.output else None

        def answer(result: Any, request_id: str) -> HttpAnswer:
            body = b"" if write is None else _encode(write(result))
            headers = [("x-amzn-RequestId", request_id), content_type]
            if checksummed:
                headers.append(("x-amz-crc32", str(zlib.crc32(body))))
            return HttpAnswer(headers=headers, body=body)

        return answer

    def _stream_answerer(self, shape: Shape, kind: Kind) -> Answerer:
        """An initial response with the other members, then the events."""
        name = stream_member(self.model, shape)
        members = binding.fields(self.model, shape, kind)
        write = self.trees.members_writer([field for field in members if field.member_name != name], kind)
        field = next(field for field in members if field.member_name == name)
        get, encode = binding.getter(kind, field.key), self.events.stream(field.member, field.hint)

        def answer(result: Any, request_id: str) -> HttpAnswer:
            body = initial_response(_encode(write(result)), self.content_type)
            events = get(result)
            if events is not None and events is not msgspec.UNSET:
                body += encode(events)
            headers = [("x-amzn-RequestId", request_id), ("Content-Type", CONTENT_TYPE)]
            return HttpAnswer(headers=headers, body=body)

        return answer

    def _event_encoder(self, name: str, member: Member, hint: object) -> Encode:
        write = self.trees.structure_writer(member.shape, binding.kind_of(hint))
        return lambda value: _encode(write(value))

    def refuse(
        self,
        operation: Operation | None,
        error: WireError,
        request_id: str,
        *,
        host_id: str = "",
        resource: str = "",
    ) -> HttpAnswer:
        """`{"__type": …, "message": …}`, with `x-amzn-query-error` where the service once spoke query."""
        spelling = self.spelling(error)
        body = {"__type": self._type(spelling)} | error_body(self.trees, spelling, error)
        content = _encode(body)
        headers = [("x-amzn-RequestId", request_id), ("Content-Type", self.content_type), *error.headers]
        headers += query_error(self.model, spelling, error)
        if self.service in _CHECKSUMMED:
            headers.append(("x-amz-crc32", str(zlib.crc32(content))))
        return HttpAnswer(status=spelling.status or error.status, headers=headers, body=content)

    def malformed(self, message: str) -> WireError:
        """Coral's `SerializationException`."""
        return WireError("SerializationException", message)

    def _type(self, spelling: Spelling) -> str:
        namespace = _NAMESPACES.get(self.service, "")
        if namespace and spelling.members is None:
            namespace = _FRAMEWORK.get(spelling.shape, _CORAL)
        return namespace + spelling.shape


def error_body(trees: Trees, spelling: Spelling, error: WireError) -> dict[str, object]:
    """An error's message, under the name that its shape spells, and its modelled members."""
    shape = spelling.members
    members = shape.members if shape is not None else {}
    body: dict[str, object] = {}
    message_name = next((name for name in members if name.lower() == "message"), "message")
    if error.message:
        spelt = members[message_name].location_name if message_name in members else None
        body[spelt or message_name] = error.message
    for name, value in error.members.items():
        member = members.get(name)
        if member is None or value is None or value is msgspec.UNSET:
            continue
        write = trees.writer(member, binding.hint_of(value))
        body[member.location_name or name] = value if write is None else write(value)
    return body


def query_error(model: Model, spelling: Spelling, error: WireError) -> list[tuple[str, str]]:
    """`x-amzn-query-error: Code;Sender`, from services that once spoke query."""
    if model.metadata.aws_query_compatible is None:
        return []
    sender = spelling.sender and error.fault == "client"
    return [("x-amzn-query-error", f"{spelling.code};{'Sender' if sender else 'Receiver'}")]
