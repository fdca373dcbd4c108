"""REST with JSON bodies: https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from backtrail.model import Member, Model, Operation, Shape
from backtrail.wire import binding, json
from backtrail.wire.binding import Field, Kind, Made
from backtrail.wire.errors import WireError
from backtrail.wire.eventstream import Encode, EventWriters
from backtrail.wire.http import BlobSlice, HttpAnswer, HttpRequest
from backtrail.wire.rest import RestProtocol, Take, WriteBody, payload_taker, payload_writer, stream_writer
from backtrail.wire.tree import Trees

_JSON = "application/json"
# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors
_BODILESS = (202, 204)
# Payloads whose type the result does not tell.
_PAYLOAD_TYPES = {"Invoke": "application/json", "blob": "application/octet-stream", "string": "text/plain"}
_MALFORMED = {"lambda": "InvalidRequestContentException"}


class RestJsonProtocol(RestProtocol):
    """One service in REST with JSON."""

    name = "rest-json"

    def __init__(self, service: str, model: Model) -> None:
        super().__init__(service, model)
        self.trees = Trees(model, json.JsonDialect())
        self.events = EventWriters(model, _JSON, self._event_encoder)

    def body_reader(self, operation: Operation, shape: Shape, kind: Kind) -> Take | None:
        """The payload member's value, or an object with all members that stand nowhere else."""
        members = binding.fields(self.model, shape, kind)
        if shape.payload is not None:
            payload = next((field for field in members if field.member_name == shape.payload), None)
            # Event streams that clients send have no place in a record: no plugin takes them.
            return None if payload is None or payload.shape.eventstream else self._payload_reader(payload)
        inside = [field for field in members if field.member.location is None]
        if not inside:
            return None
        collect = self.trees.members_reader(inside)

        def take(request: HttpRequest, made: Made) -> None:
            value = self._decoded(request)
            if value is not None:
                collect(value, made)

        return take

    def _payload_reader(self, field: Field) -> Take:
        if field.shape.type in ("blob", "string"):
            return payload_taker(field, field.shape)
        read = self.trees.reader(field.member, field.hint)

        def take(request: HttpRequest, made: Made) -> None:
            value = self._decoded(request)
            if value is not None:
                made[field.key] = read(value)

        return take

    def _event_encoder(self, name: str, member: Member, hint: object) -> Encode:
        write = self.trees.structure_writer(member.shape, binding.kind_of(hint))
        return lambda value: json.encode(write(value))

    def _decoded(self, request: HttpRequest) -> Any:
        try:
            return json.decode(request.content)
        except WireError as error:
            raise self.malformed(error.message) from error

    def body_writer(self, operation: Operation, shape: Shape, kind: Kind) -> WriteBody | None:
        """The payload member's value, or an object; always one, so that clients have something to read."""
        members = binding.fields(self.model, shape, kind)
        if shape.payload is not None:
            payload = next((field for field in members if field.member_name == shape.payload), None)
            return None if payload is None else self._payload_writer(operation, payload, kind)
        if operation.http.response_code in _BODILESS and not _has_body(shape):
            return None
        write = self.trees.members_writer([field for field in members if field.member.location is None], kind)
        return lambda result: (json.encode(write(result)), _JSON)

    def _payload_writer(self, operation: Operation, field: Field, kind: Kind) -> WriteBody:
        get = binding.getter(kind, field.key)
        if field.shape.type in ("blob", "string"):
            return payload_writer(get, _PAYLOAD_TYPES.get(operation.name) or _PAYLOAD_TYPES[field.shape.type])
        if field.shape.eventstream:
            return stream_writer(get, self.events.stream(field.member, field.hint))
        write = self.trees.writer(field.member, field.hint)

        def written(result: Any) -> tuple[bytes | BlobSlice, str]:
            value = get(result)
            if value is None or value is UNSET:
                return b"{}", _JSON
            return json.encode(value if write is None else write(value)), _JSON

        return written

    def refuse(
        self,
        operation: Operation | None,
        error: WireError,
        request_id: str,
        *,
        host_id: str = "",
        resource: str = "",
    ) -> HttpAnswer:
        """The error's shape in `x-amzn-ErrorType`, its members in the body and in headers."""
        spelling = self.spelling(error)
        body = json.error_body(self.trees, spelling, error)
        if self.service == "lambda" and (spelling.members is None or "Type" in spelling.members.members):
            body.setdefault("Type", "User" if error.fault == "client" else "Service")
        headers = [
            *self.request_ids(request_id),
            ("Content-Type", _JSON),
            ("x-amzn-ErrorType", spelling.shape),
            *error.headers,
        ]
        return HttpAnswer(status=spelling.status or error.status, headers=headers, body=json.encode(body))

    def invalid(self, name: str, value: str, wanted: str) -> WireError:
        """A scalar in the path, the query or a header that is not of its type."""
        return WireError("SerializationException", f"Value {value[:100]!r} of {name} is not a valid {wanted}")

    def malformed(self, message: str) -> WireError:
        """`SerializationException`, or what the service says instead."""
        return WireError(_MALFORMED.get(self.service, "SerializationException"), message)


def _has_body(shape: Shape) -> bool:
    return any(member.location is None for member in shape.members.values())
