"""EC2's two forms.

The classic one is that of its SOAP API: lists are `xxxSet: {"items": []}`, times milliseconds. The newer one
is the query string and the XML answer, put into JSON: `<Action>Request` with `{"tag": 1, "content": …}` for
numbered members, `<Action>Response` with `item`s. Payload types are the API's own, members with a small first
letter. Writing follows the action's age (`ec2_names.CLASSIC`); reading takes any form of any action
(`ec2_reading`), because trails hold them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from backtrail.payload import Params
from backtrail.trail.codec import encode
from backtrail.trail.ec2_names import CLASSIC, REQUESTS
from backtrail.trail.ec2_reading import Reading, ReadStructure, opened
from backtrail.trail.ec2_shapes import reshape_in, reshape_out, reshape_result
from backtrail.trail.ec2_writing import (
    XMLNS,
    ClassicRequest,
    ClassicResult,
    NewerRequest,
    NewerResult,
    input_of,
    is_api,
    output_of,
)
from backtrail.trail.forms import HttpFacts, PlainForm, ResultWriter, Writer
from backtrail.trail.repair import restored

P = TypeVar("P", bound=Params)

_loads = msgspec.json.Decoder().decode


class Ec2Form(PlainForm):
    """EC2's way of writing parameters and results. What is no API (a service event) is plain."""

    def direct(self, action: str) -> bool:
        """Not an API's: a list that stands under another name would be read as absent."""
        return not is_api(action)

    def params_writer(self, action: str, kind: type[Params]) -> Writer:
        """The form of the action's age."""
        if not is_api(action):
            return super().params_writer(action, kind)
        if action in CLASSIC:
            classic = ClassicRequest(action).structure(action, input_of(action))

            def write(params: object, http: HttpFacts | None) -> bytes:
                written = classic(params)
                return encode(reshape_out(action, written)) if written else b"null"

            return write
        newer = NewerRequest(action).structure(action, input_of(action))
        name = REQUESTS.get(action, f"{action}Request")
        return lambda params, http: encode({name: newer(params) or ""})

    def result_writer(self, action: str, kind: type[Params]) -> ResultWriter:
        """The form of the action's age, with EC2's own requestId."""
        if not is_api(action):
            return super().result_writer(action, kind)
        owner, shape = f"{action}Result", output_of(action)
        if action in CLASSIC:
            classic = ClassicResult(action).structure(owner, shape)
            return lambda result, request_id: encode(
                {"requestId": request_id, **reshape_result(action, classic(result))}
            )
        newer = NewerResult(action).structure(owner, shape)
        name = f"{action}Response"
        return lambda result, request_id: encode(
            {name: {"xmlns": XMLNS, "requestId": request_id, **newer(result)}}
        )

    def result_out(self, action: str, result: Params | None, request_id: str = "") -> bytes:
        """The record's responseElements: a requestId and a `_return` even where nothing is answered."""
        if result is not None or not is_api(action):
            return super().result_out(action, result, request_id)
        if action in CLASSIC:
            return encode({"requestId": request_id, **reshape_result(action, {"_return": True})})
        return encode({f"{action}Response": {"xmlns": XMLNS, "requestId": request_id, "return": True}})

    def params_reader(self, action: str, kind: type[P]) -> Callable[[bytes], P]:
        """Either form."""
        if not is_api(action):
            return super().params_reader(action, kind)
        structure = Reading(action, keeps_empty=False).structure(action, input_of(action))
        fit = _fitting(structure, kind)
        return lambda raw: fit(reshape_in(action, opened(_loads(raw), ("Request", "Req"))))

    def result_reader(self, action: str, kind: type[P]) -> Callable[[bytes], P]:
        """Either form."""
        if not is_api(action):
            return super().result_reader(action, kind)
        structure = Reading(action, keeps_empty=True).structure(f"{action}Result", output_of(action))
        fit = _fitting(structure, kind)
        return lambda raw: fit(opened(_loads(raw), ("Response",)))


def _fitting(structure: ReadStructure, kind: type[P]) -> Callable[[object], P]:
    """Into the type as it is where it fits, repaired where not."""

    return lambda value: restored(structure(value), kind)
