"""Reading: from a record and the parts beside it to the event that a function's types can hold.

A record is decoded once (`Head`: what routes it, and its payloads as raw JSON); a payload is decoded only for a
function that wants it.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from backtrail import ids
from backtrail.declared import Declared
from backtrail.errors import Unprojectable
from backtrail.record import Event, Head, parse_time
from backtrail.trail import codec, parts
from backtrail.trail.declare import Trail
from backtrail.trail.forms import Form, PlainForm
from backtrail.trail.repair import restored

if TYPE_CHECKING:
    from backtrail.machine import Machine

PARAMS, RESULT, OWN = "params", "result", "own"
WHOLE_PARAMS, WHOLE_RESULT = "wholeParams", "wholeResult"
"""The members of a note and of a sealed part: sparse trees of the payloads, what the handler added, and payloads
that CloudTrail leaves out altogether (a read's result that is folded, the parameters of a denied call)."""

OBSERVED = "observed"
"""The first member of a baseline's note: the answer beside it was taken from the account, and teaches the State."""

LOCKED = b""
"""Stands for a sealed part that is there and is not read."""

_head = msgspec.json.Decoder(Head, strict=False)
_beside = msgspec.json.Decoder(dict[str, Any])
_NONE = type(None)
_NULL = b"null"

Tree = dict[str, Any]
_NOTHING: Tree = {}


class Reader:
    """Makes events of records, for the types of each function."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._forms: dict[str, Form] = {}

    @staticmethod
    def head(record: bytes) -> Head:
        """What routes a record. Raises `Unprojectable` for what is none."""
        try:
            return _head.decode(record)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Unprojectable(str(error)) from error

    def event(
        self,
        declared: Declared,
        head: Head,
        action: str,
        note: bytes | None,
        sealed: bytes | None,
        cause: str | None,
    ) -> Event[Any, Any]:
        """The record as one function's types read it, with the parts beside it joined in."""
        time = time_of(head.id or "", head.time)
        return self.reading(declared, action).event(head, time, head.account, note, sealed, cause)

    def reading(self, declared: Declared, action: str) -> Reading:
        """How the records of an action become a function's events: to be kept by whoever reads many."""
        return Reading(self.form(declared.service), declared, action)

    def form(self, service: str) -> Form:
        """How CloudTrail writes a service's payloads."""
        found = self._forms.get(service)
        if found is None:
            owner = self._machine.registry.services.get(service)
            found = owner.form() if owner is not None else PlainForm(service, Trail())
            self._forms[service] = found
        return found


class Reading:
    """One action's records as one function's types read them: all that does not depend on the record, looked up."""

    __slots__ = ("action", "direct", "form", "of_params", "of_result", "params", "result")

    def __init__(self, form: Form, declared: Declared, action: str) -> None:
        self.form, self.action, self.direct = form, action, form.direct(action)
        self.params, self.result = declared.params, declared.result
        self.of_params = codec.decoder(self.params).decode
        self.of_result = None if self.result is _NONE else codec.decoder(self.result).decode

    def event(
        self,
        head: Head,
        time: datetime,
        account: str,
        note: bytes | None,
        sealed: bytes | None,
        cause: str | None,
    ) -> Event[Any, Any]:
        """The record, with the parts beside it joined in."""
        params, result = self._shown(head)
        noted = _NOTHING
        if note or sealed:  # without either a payload is what the record shows
            noted = _beside.decode(note) if note else noted
            secrets = _beside.decode(sealed) if sealed else _NOTHING
            params, result = self._completed(params, result, head, noted)
            params = _joined(params, secrets.get(PARAMS), noted.get(PARAMS))
            result = _joined(result, secrets.get(RESULT), noted.get(RESULT))
        elif params is None or (result is None and self.of_result is not None):
            params, result = self._completed(params, result, head, noted)
        source_ip, request_id = head.source_ip, head.request_id
        return Event(
            id=head.id or "",
            time=time,
            source=head.source,
            name=self.action,
            account=account,
            region=head.region,
            params=params,
            result=result,
            identity=head.identity,
            note=noted.get(OWN),
            error=head.error,
            cause=cause,
            source_ip=source_ip if isinstance(source_ip, str) else "",
            request_id=request_id if isinstance(request_id, str) else "",
            additional=head.additional,
            resources=head.resources,
            locked=sealed == LOCKED,
            shared=head.shared or "",
        )

    def _shown(self, head: Head) -> tuple[Any, Any]:
        """The payloads that the record shows; None for one that it does not."""
        shows_params = not _is_null(head.params)
        shows_result = self.of_result is not None and not _is_null(head.result)
        if not self.direct:
            return self._through_form(head, shows_params, shows_result)
        try:
            params = self.of_params(head.params) if shows_params else None
            return params, self.of_result(
                head.result
            ) if shows_result and self.of_result is not None else None
        except msgspec.ValidationError:
            return self._through_form(head, shows_params, shows_result)

    def _completed(self, params: Any, result: Any, head: Head, noted: Tree) -> tuple[Any, Any]:
        if params is None or WHOLE_PARAMS in noted:
            params = _absent(self.params, noted.get(WHOLE_PARAMS), head.details)
        if self.of_result is not None and (result is None or WHOLE_RESULT in noted):
            result = _absent(self.result, noted.get(WHOLE_RESULT), None)
        return params, result

    def _through_form(self, head: Head, shows_params: bool, shows_result: bool) -> tuple[Any, Any]:
        form, action = self.form, self.action
        try:
            params = form.params_in(action, bytes(head.params), self.params) if shows_params else None
            result = form.result_in(action, bytes(head.result), self.result) if shows_result else None
            return params, result
        except (msgspec.ValidationError, ValueError, TypeError, KeyError) as error:
            raise Unprojectable(f"{action}: {error}") from error


def _is_null(raw: msgspec.Raw) -> bool:
    return len(raw) == len(_NULL) and bytes(raw) == _NULL


def _absent(kind: Any, whole: Any, details: msgspec.Raw | None) -> Any:
    """A payload that the record does not show: from the note, from a service event's details, or all UNSET."""
    try:
        if whole is not None:
            return restored(whole, kind)
        if details is not None and not _is_null(details):
            return codec.decoder(kind).decode(details)
        return codec.convert({}, kind) if kind is not _NONE else None
    except msgspec.ValidationError as error:
        raise Unprojectable(str(error)) from error


def _joined(payload: Any, sealed: Any, note: Any) -> Any:
    return payload if not isinstance(payload, msgspec.Struct) else parts.join(payload, sealed, note)


def time_of(identifier: str, text: str) -> datetime:
    """The time of a record, exact where its id is one of ours. Raises `Unprojectable`."""
    try:
        time = _second(text)
    except ValueError as error:
        raise Unprojectable(f"eventTime {text!r} is no time") from error
    if identifier[14:15] != "7":
        return time
    exact = ids.time_of(identifier)
    return exact if exact is not None and exact.replace(microsecond=0) == time else time


_second = lru_cache(maxsize=1024)(parse_time)
