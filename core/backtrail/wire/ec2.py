"""EC2's own query protocol: https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html"""

from __future__ import annotations

from typing import Any

from backtrail.model import Model, Operation
from backtrail.wire import binding, times
from backtrail.wire.binding import Kind
from backtrail.wire.errors import WireError
from backtrail.wire.form import FormReaders, flat, nested
from backtrail.wire.http import HttpAnswer, HttpRequest
from backtrail.wire.protocol import Answerer, Parser, Protocol
from backtrail.wire.query import form_text
from backtrail.wire.xml_out import HEADER, XmlWriters, element

_XML = ("Content-Type", "text/xml;charset=UTF-8")


class Ec2Protocol(Protocol):
    """EC2."""

    name = "ec2"

    def __init__(self, service: str, model: Model) -> None:
        super().__init__(service, model)
        self.readers = FormReaders(model, ec2=True)
        self.writers = XmlWriters(model, iso=times.iso_millis)
        # The model has no namespace; this is what EC2 writes.
        self.namespace = f"http://ec2.amazonaws.com/doc/{model.metadata.api_version}/"

    def compile_parser(self, operation: Operation, kind: Kind) -> Parser:
        """Members are the form's: capitalised, lists flat."""
        if operation.input is None:
            make = binding.maker(kind)
            return lambda request: make({})
        read = self.readers.structure_reader(operation.input.shape, kind)

        def parse(request: HttpRequest) -> object:
            return read(nested(flat(form_text(request))))

        return parse

    def compile_answerer(self, operation: Operation, kind: Kind) -> Answerer:
        """`<XResponse><requestId>…` and the members; `<return>true</return>` where there is no output."""
        name = operation.name
        begin = f'{HEADER}<{name}Response xmlns="{self.namespace}">'
        end = f"</{name}Response>"
        put = self.writers.contents(operation.output.shape, kind) if operation.output else None

        def answer(result: Any, request_id: str) -> HttpAnswer:
            out = [begin, element("requestId", request_id)]
            if put is None:
                out.append("<return>true</return>")
            else:
                put(out, result)
            out.append(end)
            headers = [("x-amzn-RequestId", request_id), _XML]
            return HttpAnswer(headers=headers, body="".join(out).encode())

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
        """`<Response><Errors><Error>…</Error></Errors><RequestID>…`."""
        code, message = element("Code", error.code), element("Message", error.message)
        body = (
            f"{HEADER}<Response><Errors><Error>{code}{message}</Error></Errors>"
            f"<RequestID>{request_id}</RequestID></Response>"
        )
        headers = [("x-amzn-RequestId", request_id), _XML, *error.headers]
        return HttpAnswer(status=error.status, headers=headers, body=body.encode())

    def malformed(self, message: str) -> WireError:
        """EC2's `MalformedQueryString`-like refusal."""
        return WireError("InvalidParameterValue", message)
