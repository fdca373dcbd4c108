"""Smithy RPC v2 with CBOR: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from backtrail.model import Model, Operation
from backtrail.wire import binding, cbor_codec, json, times, tree
from backtrail.wire.binding import Kind
from backtrail.wire.errors import WireError
from backtrail.wire.http import HttpAnswer, HttpRequest
from backtrail.wire.protocol import Answerer, Parser, Protocol
from backtrail.wire.tree import Dialect, Trees, Write

_SPOKEN = ("smithy-protocol", "rpc-v2-cbor")
_HEADERS = [("Content-Type", "application/cbor"), _SPOKEN]


class CborDialect(Dialect):
    """CBOR's scalars."""

    def read_time(self, value: Any, style: str | None) -> datetime:
        """Tag 1, or a bare number."""
        if isinstance(value, datetime):
            return value
        if type(value) is int or type(value) is float:
            try:
                return times.read_number(value)
            except ValueError as error:
                raise WireError("SerializationException", str(error)) from error
        raise tree.mistyped(value, "Timestamp")

    def read_blob(self, value: Any) -> bytes:
        """Bytes."""
        if type(value) is not bytes:
            raise tree.mistyped(value, "Blob")
        return value

    def read_float(self, value: Any) -> float:
        """Any number."""
        if type(value) is float or type(value) is int:
            try:
                return float(value)
            except OverflowError as error:
                raise tree.mistyped(value, "Double") from error
        raise tree.mistyped(value, "Double")

    def write_time(self, style: str | None) -> Write:
        """Tag 1, whatever the model says; to the millisecond."""
        return _millis

    def write_blob(self) -> Write | None:
        """Bytes stay."""
        return None

    def write_float(self) -> Write | None:
        """A float, also where the number is whole."""
        return float


def _millis(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class CborProtocol(Protocol):
    """One service in CBOR."""

    name = "smithy-rpc-v2-cbor"

    def __init__(self, service: str, model: Model) -> None:
        super().__init__(service, model)
        self.trees = Trees(model, CborDialect())
        self._namespace = f"com.amazonaws.{model.metadata.service_id.replace(' ', '').lower()}#"

    def compile_parser(self, operation: Operation, kind: Kind) -> Parser:
        """Members are the body's, by name."""
        if operation.input is None:
            make = binding.maker(kind)
            return lambda request: make({})
        read = self.trees.structure_reader(operation.input.shape, kind)

        def parse(request: HttpRequest) -> object:
            return read(decode(request.content))

        return parse

    def compile_answerer(self, operation: Operation, kind: Kind) -> Answerer:
        """A map; no body at all where the model has no output."""
        write: Callable[[Any], object] | None = None
        if operation.output is not None:
            write = self.trees.structure_writer(operation.output.shape, kind)

        def answer(result: Any, request_id: str) -> HttpAnswer:
            if write is None:
                return HttpAnswer(headers=[("x-amzn-RequestId", request_id), _SPOKEN])
            headers = [("x-amzn-RequestId", request_id), *_HEADERS]
            return HttpAnswer(headers=headers, body=cbor_codec.encode(write(result)))

        return answer

    def refuse(
        self,
        operation: Operation | None,
        error: WireError,
        request_id: str,
        *,
        host_id: str = "",
        resource: str = "",
    ) -> HttpAnswer:
        """`__type` is the shape's absolute name; `x-amzn-query-error` where the service once spoke query."""
        spelling = self.spelling(error)
        body = {"__type": self._namespace + spelling.shape} | json.error_body(self.trees, spelling, error)
        headers = [("x-amzn-RequestId", request_id), *_HEADERS, *error.headers]
        headers += json.query_error(self.model, spelling, error)
        return HttpAnswer(
            status=spelling.status or error.status, headers=headers, body=cbor_codec.encode(body)
        )

    def malformed(self, message: str) -> WireError:
        """`SerializationException`."""
        return WireError("SerializationException", message)


def decode(body: bytes) -> Any:
    """The map of a body; empty for an empty one. Raises `WireError`."""
    if not body:
        return {}
    try:
        return cbor_codec.decode(body)
    except cbor_codec.CborError as error:
        raise WireError("SerializationException", f"The body is not valid CBOR: {error}") from error
