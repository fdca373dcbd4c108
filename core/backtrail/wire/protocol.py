"""What every protocol does: parse a request, answer it, refuse it.

A protocol object serves one service in one protocol; parsers and writers are compiled on first use and kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

import msgspec

from backtrail.model import Model, Operation, Shape
from backtrail.wire import former_query, validate
from backtrail.wire.binding import Incomplete, Kind
from backtrail.wire.errors import WireError
from backtrail.wire.http import HttpAnswer, HttpRequest

K = TypeVar("K", bound=msgspec.Struct)
Parser = Callable[[HttpRequest], object]
Answerer = Callable[[Any, str], HttpAnswer]
Generic = dict[str, object]
"""The parameters of an action without payload type: CloudTrail's names."""


class Spelling(msgspec.Struct, frozen=True, kw_only=True):
    """One error by its two names (shape and wire code), with what the model says of it."""

    shape: str
    code: str
    status: int | None = None
    sender: bool = True
    members: Shape | None = None


class Protocol:
    """One service in one protocol."""

    name = ""

    def __init__(self, service: str, model: Model) -> None:
        self.service = service
        self.model = model
        self._parsers: dict[tuple[str, Kind], Parser] = {}
        self._answerers: dict[tuple[str, type], Answerer] = {}
        self._errors: dict[str, Spelling] | None = None

    @overload
    def parse(self, operation: Operation, request: HttpRequest, kind: type[K]) -> K: ...
    @overload
    def parse(self, operation: Operation, request: HttpRequest, kind: None = None) -> Generic: ...

    def parse(self, operation: Operation, request: HttpRequest, kind: Kind = None) -> object:
        """The call's parameters: of the payload type, or as a dict with CloudTrail's names.

        Members that the type lacks are ignored. Raises `WireError` in the service's words for a body that
        cannot be read, and for a required member that is missing where the type has no default for it.
        """
        key = (operation.name, kind)
        parser = self._parsers.get(key)
        if parser is None:
            parser = self._parsers[key] = self.compile_parser(operation, kind)
        try:
            return parser(request)
        except Incomplete as error:
            raise self._missing(operation, request, error) from error
        except RecursionError as error:
            raise self.malformed("nested too deeply") from error

    def answer(
        self, operation: Operation, result: object, request_id: str, *, host_id: str = ""
    ) -> HttpAnswer:
        """The answer to a call that succeeded.

        `result` is a payload, a dict with CloudTrail's names, or None. `host_id` is S3's second request id;
        other protocols have none.
        """
        key = (operation.name, type(result))
        answerer = self._answerers.get(key)
        if answerer is None:
            kind = type(result) if isinstance(result, msgspec.Struct) else None
            answerer = self._answerers[key] = self.compile_answerer(operation, kind)
        answer = answerer({} if result is None else result, request_id)
        if host_id:
            answer.headers.append(("x-amz-id-2", host_id))
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
        """The answer to a call that failed. `host_id` and `resource` (a path) are S3's."""
        raise NotImplementedError

    def compile_parser(self, operation: Operation, kind: Kind) -> Parser:
        """Makes the parser of one operation and payload type."""
        raise NotImplementedError

    def compile_answerer(self, operation: Operation, kind: Kind) -> Answerer:
        """Makes the writer of one operation and result type."""
        raise NotImplementedError

    def malformed(self, message: str) -> WireError:
        """AWS's error for a body that this protocol cannot read."""
        raise NotImplementedError

    def spelling(self, error: WireError) -> Spelling:
        """Both names of an error; an error that the model does not know has one name."""
        if self._errors is None:
            self._errors = _spellings(self.service, self.model)
        known = self._errors.get(error.code)
        if known is not None:
            return known
        return Spelling(shape=error.code, code=error.code, sender=error.fault == "client")

    def input_shape(self, operation: Operation) -> Shape | None:
        """The shape of an operation's parameters."""
        return self.model.shapes[operation.input.shape] if operation.input else None

    def output_shape(self, operation: Operation) -> Shape | None:
        """The shape of an operation's result."""
        return self.model.shapes[operation.output.shape] if operation.output else None

    def incomplete(self, operation: Operation, params: Generic) -> WireError | None:
        """AWS's error for parameters that lack what they need, in the service's own words."""
        return validate.error_of(self.service, operation, params, protocol=self.name)

    def _missing(self, operation: Operation, request: HttpRequest, error: Incomplete) -> WireError:
        """Everything that is wrong with the parameters, in the service's own words."""
        found = self.incomplete(operation, self.parse(operation, request, None))
        return found or WireError("ValidationException", str(error))


def _spellings(service: str, model: Model) -> dict[str, Spelling]:
    """Every modelled error by its shape's name, and by its wire code where no shape has that name."""
    codes = former_query.CODES.get(service, {})
    found = {
        name: Spelling(
            shape=name,
            code=(shape.error.code if shape.error else None) or codes.get(name, name),
            status=shape.error.http_status_code if shape.error else None,
            sender=not shape.fault,
            members=shape,
        )
        for name, shape in model.shapes.items()
        if shape.exception
    }
    for spelling in list(found.values()):
        found.setdefault(spelling.code, spelling)
    return found
