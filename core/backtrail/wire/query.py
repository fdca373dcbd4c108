"""The query protocol: a form in, XML out. https://smithy.io/2.0/aws/protocols/aws-query-protocol.html"""

from __future__ import annotations

from typing import Any

from backtrail.model import Model, Operation, Shape
from backtrail.wire import binding, former_query
from backtrail.wire.binding import Kind
from backtrail.wire.errors import WireError
from backtrail.wire.form import FormReaders, Tree, flat, nested
from backtrail.wire.http import HttpAnswer, HttpRequest
from backtrail.wire.protocol import Answerer, Parser, Protocol
from backtrail.wire.xml_out import XmlWriters, element

_XML = ("Content-Type", "text/xml")
# Services that put an empty <Detail/> into their errors.
_DETAILED = ("sqs",)


class QueryProtocol(Protocol):
    """One service in the query protocol."""

    name = "query"

    def __init__(self, service: str, model: Model) -> None:
        super().__init__(service, former_query.query_model(service) if service == "sqs" else model)
        self.readers = FormReaders(self.model)
        self.writers = XmlWriters(self.model)
        self.namespace = self.model.metadata.xml_namespace or ""

    def compile_parser(self, operation: Operation, kind: Kind) -> Parser:
        """Members are the form's, whether it came as a body or in the URL."""
        if operation.input is None:
            make = binding.maker(kind)
            return lambda request: make({})
        read = self.readers.structure_reader(operation.input.shape, kind)
        shape = self.model.shapes[operation.input.shape]
        by_path = self.service == "sqs" and "QueueUrl" in shape.members

        def parse(request: HttpRequest) -> object:
            form = nested(flat(form_text(request)))
            if by_path and "QueueUrl" not in form:
                _take_queue_url(form, request)
            return read(form)

        return parse

    def compile_answerer(self, operation: Operation, kind: Kind) -> Answerer:
        """`<XResponse xmlns=…><XResult>…</XResult><ResponseMetadata>…`."""
        name = operation.name
        wrapper = (operation.output.result_wrapper or f"{name}Result") if operation.output else ""
        begin = f'<{name}Response xmlns="{self.namespace}">'
        if wrapper:
            begin += f"<{wrapper}>"
        end = f"</{wrapper}>" if wrapper else ""
        put = self.writers.contents(operation.output.shape, kind) if operation.output else None

        def answer(result: Any, request_id: str) -> HttpAnswer:
            out = [begin]
            if put is not None:
                put(out, result)
            out.append(
                f"{end}<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>"
            )
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
        """`<ErrorResponse><Error><Type>Sender</Type><Code>…`, with the error's modelled members."""
        spelling = self.spelling(error)
        sender = spelling.sender and error.fault == "client"
        out = [
            f'<ErrorResponse xmlns="{self.namespace}"><Error>',
            element("Type", "Sender" if sender else "Receiver"),
            element("Code", spelling.code),
            element("Message", error.message),
        ]
        if self.service in _DETAILED:
            out.append("<Detail/>")
        put_members(self.writers, spelling.members, error, out)
        out.append(f"</Error><RequestId>{request_id}</RequestId></ErrorResponse>")
        headers = [("x-amzn-RequestId", request_id), _XML, *error.headers]
        return HttpAnswer(status=spelling.status or error.status, headers=headers, body="".join(out).encode())

    def malformed(self, message: str) -> WireError:
        """AWS's `MalformedInput`."""
        return WireError("MalformedInput", message)


def form_text(request: HttpRequest) -> str:
    """The form of a call: its body, else its query string; signature parameters are no trouble."""
    body = request.content
    if not body:
        return request.query
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise WireError("MalformedQueryString", "The body contains invalid UTF-8") from error


def put_members(writers: XmlWriters, shape: Shape | None, error: WireError, out: list[str]) -> None:
    """The further members of an error, as their shape says; others as text."""
    modelled = shape.members if shape is not None else {}
    for name, value in error.members.items():
        member = modelled.get(name)
        if value is None or name.lower() in ("message", "code", "type"):
            continue
        if member is not None:
            writers.element(member.location_name or name, member, binding.hint_of(value))(out, value)
        else:
            out.append(element(name, str(value)))


def _take_queue_url(form: Tree, request: HttpRequest) -> None:
    """SQS's old form: a call is posted to the queue's URL and does not name it again."""
    if request.path.count("/") >= 2:
        scheme = request.header("x-forwarded-proto") or "http"
        form["QueueUrl"] = f"{scheme}://{request.header('host')}{request.path}"
