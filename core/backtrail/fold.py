"""Folding: from a record and the parts beside it to the functions that write state.

A record takes one path, whoever wrote it. The typed event that a decision has in hand may be folded as it is: a
test proves for every action that it equals what the bytes give.
"""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import msgspec

from backtrail.call import LastUse
from backtrail.declared import Declared
from backtrail.errors import Refusal, Unprojectable
from backtrail.names import service_of_source
from backtrail.payload import State
from backtrail.record import Event, Head, Payloads, RawPayloads, exact_time
from backtrail.service import Place, Service
from backtrail.timers import DueTimes
from backtrail.trail import codec, parts
from backtrail.trail.declare import Trail
from backtrail.trail.events import action_of, is_read_only
from backtrail.trail.forms import Form, PlainForm
from backtrail.trail.repair import restored

if TYPE_CHECKING:
    from backtrail.call import Call
    from backtrail.machine import Machine

_head = msgspec.json.Decoder(Head, strict=False)
_raw = msgspec.json.Decoder(RawPayloads, strict=False)
_beside = msgspec.json.Decoder(dict[str, Any])

LONG_TERM = "AKIA"
"""What the keys of users and roots begin with; sessions' begin with ASIA.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html"""

UNKNOWN = "?"
"""The service of records whose source no model has."""

PARAMS, RESULT, OWN = "params", "result", "own"
WHOLE_PARAMS, WHOLE_RESULT = "wholeParams", "wholeResult"
"""The members of a note and of a sealed part: sparse trees of the payloads, what the handler added, and payloads
that CloudTrail leaves out altogether (a read's result that is folded, the parameters of a denied call)."""
DENIED = "denied"
"""In a note: what IAM would have denied, had it not only watched."""


class Tokens(State):
    """The idempotency tokens that one place has seen: `action/token` -> what was asked and answered."""

    seen: dict[str, Used] = {}


class Used(msgspec.Struct, frozen=True, kw_only=True):
    asked: str
    event_id: str
    answer: bytes


class Broken(msgspec.Struct, frozen=True):
    """A projector that raised on a record: a bug of the plugin, kept for the report."""

    event_id: str
    projector: str
    error: str


class Folder:
    """Folds records into the states of a machine."""

    head_type = Head

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._forms: dict[str, Form] = {}
        self.counts: dict[tuple[str, str], Counter[Any]] = {}
        self.broken: list[Broken] = []
        self.unread: deque[str] = deque(maxlen=1000)
        self.timers = DueTimes()
        self.last_time: datetime | None = None

    def forget(self) -> None:
        self.counts.clear()
        self.broken.clear()
        self.unread.clear()
        self.timers = DueTimes()
        self.last_time = None

    # one record

    def apply(self, record: bytes, note: bytes | None, sealed: bytes | None, cause: str | None) -> Any:
        """Fold one record; says what became of it. Raises `Unprojectable` for what is no record."""
        try:
            head = _head.decode(record)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Unprojectable(str(error)) from error
        service, action = route(head.source, head.name, head.api_version)
        key = head.identity.accessKeyId if head.identity is not None else None
        self._remember(head.account, key, record, _time(head.id or "", head.time), service, head.region)
        outcome = self._fold(head, service, action, record, note, sealed, cause)
        return self._count(service, action, outcome)

    def _fold(
        self, head: Head, service: str, action: str, record: bytes, note: bytes | None, sealed: bytes | None,
        cause: str | None,
    ) -> Any:  # fmt: skip
        from backtrail.machine import Folded

        registry = self._machine.registry
        failed = head.error is not None
        declared = (registry.evidences if failed else registry.projectors).get((service, action))
        if failed and not declared:
            return Folded.FAILED
        if not declared:
            read = is_read_only(service, action) if head.read_only is None else head.read_only
            return Folded.READ if read else Folded.OPAQUE
        implied = False
        for one in declared:
            try:
                event = self.event(one, head, action, record, note, sealed, cause)
            except Unprojectable:
                if failed:  # a denied call shows no parameters: it proves nothing
                    continue
                raise
            try:
                self._project(one, event)
            except Exception as error:  # a plugin's bug must not stop the fold of everybody's records
                self.broken.append(Broken(event.id, repr(one), repr(error)))
                return Folded.UNREADABLE
            implied = implied or bool(event.implied)
        return Folded.FAILED if failed else Folded.INFERRED if implied else Folded.PROJECTED

    def fold_live(
        self, service: str, action: str, event: Event[Any, Any], record: bytes, *parts: bytes | None
    ) -> None:
        """Fold the event that was just decided: the typed one where the types fit, else decoded from the bytes."""
        identity = event.identity
        key = identity.access_key_id
        known = key if isinstance(key, str) else None
        self._remember(event.account, known, record, event.time, service, event.region)
        failed = event.error is not None
        registry = self._machine.registry
        table = registry.evidences if failed else registry.projectors
        for one in table.get((service, action), ()):
            fits = one.params is type(event.params) and (
                one.result is type(event.result) or one.result is type(None)
            )
            try:
                mine = event if fits else self.event_as(one, event, record, parts[0], parts[1])
            except Unprojectable:
                if failed:  # as above: refused before its parameters could be read
                    continue
                raise
            self._project(one, mine)
        self._count(service, action, _live_outcome(failed, (service, action) in table))

    def _project(self, declared: Declared, event: Event[Any, Any]) -> None:
        if self._is_repeat(declared, event):
            return
        for place in self.places(declared, event):
            state = self._machine.state(place)
            declared.fn(state, event)
            timers = self._machine.service(declared.service).timers
            if timers is not None:
                self.timers.expect(place, timers.next_due(state))

    def places(self, declared: Declared, event: Event[Any, Any]) -> Iterable[Place]:
        """The States that an event is about."""
        service = self._machine.service(declared.service)
        where = declared.at(event) if declared.at is not None else (event.account, event.region)
        several = cast("list[tuple[str, str]]", where if isinstance(where, list) else [where])
        return [service.place(*one) for one in several]

    # payloads

    def event(
        self, declared: Declared, head: Head, action: str, record: bytes, note: bytes | None, sealed: bytes | None,
        cause: str | None,
    ) -> Event[Any, Any]:  # fmt: skip
        """The record as one function's types read it, with the parts beside it joined in."""
        noted = _beside.decode(note) if note else {}
        secrets = _beside.decode(sealed) if sealed else {}
        raw = _raw.decode(record)
        params, result = self._payloads(declared, action, record, raw, noted)
        identifier = head.id or ""
        return Event(
            id=identifier,
            time=_time(identifier, head.time),
            source=head.source,
            name=action,
            account=head.account,
            region=head.region,
            params=_joined(params, secrets.get(PARAMS), noted.get(PARAMS)),
            result=_joined(result, secrets.get(RESULT), noted.get(RESULT)),
            identity=bytes(raw.identity),
            note=noted.get(OWN),
            error=head.error,
            cause=cause,
            source_ip=raw.source_ip if isinstance(raw.source_ip, str) else "",
            request_id=raw.request_id if isinstance(raw.request_id, str) else "",
            additional=raw.additional,
        )

    def _payloads(
        self, declared: Declared, action: str, record: bytes, raw: RawPayloads, noted: dict[str, Any]
    ) -> tuple[Any, Any]:
        form = self.form(declared.service)
        params: Any = None
        result: Any = None
        if form.direct(action):
            try:
                both = payloads(declared.params, declared.result).decode(record)
                params, result = both.params, both.result
            except msgspec.ValidationError:
                params, result = self._through_form(form, declared, action, raw)
        else:
            params, result = self._through_form(form, declared, action, raw)
        if params is None or WHOLE_PARAMS in noted:
            params = _absent(declared.params, noted.get(WHOLE_PARAMS), raw.details)
        if declared.result is not type(None) and (result is None or WHOLE_RESULT in noted):
            result = _absent(declared.result, noted.get(WHOLE_RESULT), None)
        return params, result

    def _through_form(self, form: Form, declared: Declared, action: str, raw: RawPayloads) -> tuple[Any, Any]:
        try:
            params = (
                None
                if bytes(raw.params) == b"null"
                else form.params_in(action, bytes(raw.params), declared.params)
            )
            result = None
            if declared.result is not type(None) and bytes(raw.result) != b"null":
                result = form.result_in(action, bytes(raw.result), declared.result)
            return params, result
        except (msgspec.ValidationError, ValueError, TypeError, KeyError) as error:
            raise Unprojectable(f"{action}: {error}") from error

    def event_as(
        self,
        declared: Declared,
        event: Event[Any, Any],
        record: bytes,
        note: bytes | None,
        sealed: bytes | None,
    ) -> Event[Any, Any]:
        """A live event as one function's types read it: itself where they are its own."""
        if declared.params is type(event.params):
            return event
        return self.event(declared, _head.decode(record), event.name, record, note, sealed, event.cause)

    def form(self, service: str) -> Form:
        """How CloudTrail writes a service's payloads."""
        found = self._forms.get(service)
        if found is None:
            owner = self._machine.registry.services.get(service)
            found = owner.form() if owner is not None else PlainForm(service, Trail())
            self._forms[service] = found
        return found

    # idempotency tokens

    def repeated(self, service: str, action: str, call: Call[Any]) -> Any:
        """The first answer, where a token comes again with equal parameters; None for a new one.

        Raises `Refusal` where it comes with other parameters.
        """
        owner = self._machine.service(service)
        token = _token(owner, action, call.params)
        if token is None:
            return None
        used = self._tokens(owner, call.account, call.region).seen.get(f"{action}/{token}")
        if used is None:
            return None
        if used.asked != _fingerprint(call.params):
            raise Refusal(
                "IdempotentParameterMismatch",
                "The client token you have provided is associated with a different request.",
            )
        returns = owner.handlers[action].returns
        return codec.decoder(returns).decode(used.answer)

    def _is_repeat(self, declared: Declared, event: Event[Any, Any]) -> bool:
        owner = self._machine.registry.services.get(declared.service)
        if owner is None or not owner.tokens or event.error is not None:
            return False
        token = _token(owner, event.name, event.params)
        if token is None:
            return False
        seen = self._tokens(owner, event.account, event.region).seen
        key = f"{event.name}/{token}"
        if key in seen:
            return seen[key].event_id != event.id
        seen[key] = Used(
            asked=_fingerprint(event.params), event_id=event.id, answer=codec.encode(event.result)
        )
        return False

    def _tokens(self, owner: Service[Any], account: str, region: str) -> Tokens:
        service, account, region = owner.place(account, region)
        return self._machine.core_state((f"backtrail.tokens/{service}", account, region), Tokens)

    # what every record tells

    def _remember(
        self, account: str, key: str | None, record: bytes, time: datetime, service: str, region: str
    ) -> None:
        if self.last_time is None or time > self.last_time:
            self.last_time = time
        principals = self._machine.principals
        principals.accounts[account] = principals.accounts.get(account, 0) + 1
        if key and key not in principals.keys:
            principals.keys[key] = bytes(_raw.decode(record).identity).decode()
        if key and key.startswith(LONG_TERM):
            principals.used[key] = LastUse(time, service, region)

    def _count(self, service: str, action: str, outcome: Any) -> Any:
        counter = self.counts.get((service, action))
        if counter is None:
            counter = self.counts[(service, action)] = Counter()
        counter[outcome] += 1
        return outcome


@cache
def route(source: str, name: str, api_version: str | None) -> tuple[str, str]:
    """The service and the action of a record: `elasticloadbalancing.amazonaws.com` is elb or elbv2."""
    service = service_of_source(source, api_version, name)
    if service is None:
        return (source.removesuffix(".amazonaws.com") or UNKNOWN, name)
    return (service, action_of(service, name))


@cache
def payloads(params: Any, result: Any) -> msgspec.json.Decoder[Any]:
    """The decoder of both payloads of a record, each of which may be null."""
    kind = Payloads[params | None, result | None]
    return codec.decoder(kind)


def _live_outcome(failed: bool, declared: bool) -> Any:
    from backtrail.machine import Folded

    if failed:
        return Folded.FAILED
    return Folded.PROJECTED if declared else Folded.READ


def _absent(kind: Any, whole: Any, details: bytes | None) -> Any:
    """A payload that the record does not show: from the note, from a service event's details, or all UNSET."""
    try:
        if whole is not None:
            return restored(whole, kind)
        if details and bytes(details) != b"null":
            return codec.decoder(kind).decode(details)
        return codec.convert({}, kind) if kind is not type(None) else None
    except msgspec.ValidationError as error:
        raise Unprojectable(str(error)) from error


def _joined(payload: Any, sealed: Any, note: Any) -> Any:
    return payload if not isinstance(payload, msgspec.Struct) else parts.join(payload, sealed, note)


def _time(identifier: str, text: str) -> datetime:
    try:
        return exact_time(identifier, text)
    except ValueError as error:
        raise Unprojectable(f"eventTime {text!r} is no time") from error


def _token(owner: Service[Any], action: str, params: Any) -> str | None:
    attribute = owner.tokens.get(action)
    token = getattr(params, attribute, None) if attribute is not None else None
    return token if isinstance(token, str) and token else None


def _fingerprint(params: Any) -> str:
    return hashlib.sha256(codec.canonical(params)).hexdigest()
