"""AWS's wire protocols, without I/O: bytes become typed requests, typed results become bytes.

    route(request)                       -> Route(service, operation, protocol)   raises Unroutable
    route.protocol.parse(operation, request, kind)       -> kind, or a plain dict raises WireError
    route.protocol.answer(operation, result, request_id) -> HttpAnswer
    route.protocol.refuse(operation, error, request_id)  -> HttpAnswer

`route_head` does the same from the head alone where that suffices, so that a body can be streamed before.
"""

from __future__ import annotations

from backtrail.wire.errors import WireError, not_implemented, not_in_trail
from backtrail.wire.http import BlobSlice, HttpAnswer, HttpRequest
from backtrail.wire.protocol import Protocol
from backtrail.wire.route import (
    Route,
    Unroutable,
    adopt,
    disown,
    protocol_of,
    route,
    route_head,
    scope_of,
    served,
)

__all__ = [
    "BlobSlice",
    "HttpAnswer",
    "HttpRequest",
    "Protocol",
    "Route",
    "Unroutable",
    "WireError",
    "adopt",
    "disown",
    "not_implemented",
    "not_in_trail",
    "protocol_of",
    "route",
    "route_head",
    "scope_of",
    "served",
]
