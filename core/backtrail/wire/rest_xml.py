"""REST with XML bodies: Route 53, CloudFront, S3 Control, and most of S3.

https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from backtrail.model import Member, Model, Operation, Shape
from backtrail.wire import binding, xml_in
from backtrail.wire.binding import Field, Kind, Made
from backtrail.wire.errors import WireError
from backtrail.wire.eventstream import Encode, EventWriters
from backtrail.wire.http import BlobSlice, HttpAnswer, HttpRequest
from backtrail.wire.query import put_members
from backtrail.wire.rest import RestProtocol, Take, WriteBody, payload_taker, payload_writer, stream_writer
from backtrail.wire.text import WriteText
from backtrail.wire.xml_in import XmlReaders
from backtrail.wire.xml_members import Put
from backtrail.wire.xml_out import HEADER, XmlWriters, element, namespace

# Namespaces that the models name for requests alone.
_NAMESPACES = {
    "cloudfront": "http://cloudfront.amazonaws.com/doc/2020-05-31/",
    "route53": "https://route53.amazonaws.com/doc/2013-04-01/",
    "s3control": "http://awss3control.amazonaws.com/doc/2018-08-20/",
}


class RestXmlProtocol(RestProtocol):
    """One service in REST with XML."""

    name = "rest-xml"
    content_type = "text/xml"

    def __init__(self, service: str, model: Model, iso: WriteText | None = None) -> None:
        super().__init__(service, model)
        self.readers = XmlReaders(model)
        self.writers = XmlWriters(model, iso=iso)
        self.events = EventWriters(model, "text/xml", self._event_encoder)
        self.namespace = _NAMESPACES.get(service, "")

    def body_reader(self, operation: Operation, shape: Shape, kind: Kind) -> Take | None:
        """The payload member's element, or a root with all members that stand nowhere else."""
        members = binding.fields(self.model, shape, kind)
        if shape.payload is not None:
            payload = next((field for field in members if field.member_name == shape.payload), None)
            return None if payload is None else self._payload_reader(payload)
        inside = [field for field in members if field.member.location is None]
        if not inside:
            return None
        collect = self.readers.members_reader(inside)

        def take(request: HttpRequest, made: Made) -> None:
            content = request.content
            if content:
                collect(xml_in.parse(content), made)

        return take

    def _payload_reader(self, field: Field) -> Take:
        if field.shape.type in ("blob", "string"):
            return payload_taker(field, field.shape)
        read = self.readers.reader(field.member_name, field.member, field.hint)
        root_name = self.root_name(field)

        def take(request: HttpRequest, made: Made) -> None:
            content = request.content
            if content:
                root = xml_in.parse(content)
                if root_name and xml_in.local(root.tag) != root_name:
                    raise xml_in.malformed()
                made[field.key] = read(root)

        return take

    def root_name(self, field: Field) -> str:
        """The root that a body must have; empty where any will do."""
        return ""

    def body_writer(self, operation: Operation, shape: Shape, kind: Kind) -> WriteBody | None:
        """The payload member's element, or a root named after the output."""
        members = binding.fields(self.model, shape, kind)
        if shape.payload is not None:
            payload = next((field for field in members if field.member_name == shape.payload), None)
            return None if payload is None else self._payload_writer(payload, kind)
        inside = [field for field in members if field.member.location is None]
        if not any(member.location is None for member in shape.members.values()):
            return None
        return self._root_writer(self.output_root(operation), self.writers.members(inside, kind))

    def output_root(self, operation: Operation) -> str:
        """The name of an answer's root element."""
        output = operation.output
        assert output is not None
        return output.location_name or self.model.shapes[output.shape].location_name or output.shape

    def _root_writer(self, name: str, put: Put) -> WriteBody:
        begin, end = f'{HEADER}<{name} xmlns="{self.namespace}">', f"</{name}>"

        def write(result: Any) -> tuple[bytes, str]:
            out = [begin]
            put(out, result)
            out.append(end)
            return "".join(out).encode(), self.content_type

        return write

    def _payload_writer(self, field: Field, kind: Kind) -> WriteBody:
        get = binding.getter(kind, field.key)
        if field.shape.type == "blob":
            return payload_writer(get, "binary/octet-stream")
        if field.shape.type == "string":
            return payload_writer(get, "application/json")
        if field.shape.eventstream:
            return stream_writer(get, self.events.stream(field.member, field.hint))
        name = field.member.location_name or field.shape.location_name or field.member.shape
        spaced = namespace(field.member, field.shape) or (
            f' xmlns="{self.namespace}"' if self.namespace else ""
        )
        contents = self.writers.contents(field.member.shape, binding.kind_of(field.hint))
        begin, end = f"{HEADER}<{name}{spaced}>", f"</{name}>"

        def write(result: Any) -> tuple[bytes | BlobSlice, str]:
            value = get(result)
            if value is None or value is UNSET:
                return b"", ""
            out = [begin]
            contents(out, value)
            out.append(end)
            return "".join(out).encode(), self.content_type

        return write

    def _event_encoder(self, name: str, member: Member, hint: object) -> Encode:
        put = self.writers.element(name, member, hint)

        def encode(value: Any) -> bytes:
            out = [HEADER]
            put(out, value)
            return "".join(out).encode()

        return encode

    def refuse(
        self,
        operation: Operation | None,
        error: WireError,
        request_id: str,
        *,
        host_id: str = "",
        resource: str = "",
    ) -> HttpAnswer:
        """`<ErrorResponse><Error><Type>…<Code>…`, as the query protocol has it."""
        spelling = self.spelling(error)
        sender = spelling.sender and error.fault == "client"
        out = [
            f'{HEADER}<ErrorResponse xmlns="{self.namespace}"><Error>',
            element("Type", "Sender" if sender else "Receiver"),
            element("Code", spelling.code),
            element("Message", error.message),
        ]
        put_members(self.writers, spelling.members, error, out)
        out.append(f"</Error><RequestId>{request_id}</RequestId></ErrorResponse>")
        headers = [*self.request_ids(request_id), ("Content-Type", self.content_type), *error.headers]
        return HttpAnswer(status=spelling.status or error.status, headers=headers, body="".join(out).encode())

    def invalid(self, name: str, value: str, wanted: str) -> WireError:
        """A scalar in the path, the query or a header that is not of its type."""
        return WireError("InvalidInput", f"Value {value[:100]!r} of {name} is not a valid {wanted}")

    def malformed(self, message: str) -> WireError:
        """`MalformedXML`."""
        return xml_in.malformed()
