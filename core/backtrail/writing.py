"""Writing: from a decision to the record, and to what stands beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, cast

import msgspec

from backtrail import cutting, ids
from backtrail.call import Answer, as_answer
from backtrail.declared import Declared
from backtrail.errors import Refusal
from backtrail.facts import Facts, Incoming
from backtrail.fold import DENIED, OWN, PARAMS, RESULT, WHOLE_PARAMS, WHOLE_RESULT
from backtrail.machine import Machine, Request
from backtrail.names import source_of
from backtrail.payload import UNSET, Params, UnsetType
from backtrail.record import Event, Record, Resource
from backtrail.store import Entry
from backtrail.trail import codec, events, omission, parts, resources
from backtrail.trail.declare import Trail
from backtrail.trail.errors import record_error

_EPOCH, _SECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(seconds=1)
NULL = msgspec.Raw(b"null")
NO_TRAIL = Trail()
_BLOB_NAME = re.compile(r"[0-9A-Za-z_-]+")

_encode = msgspec.json.Encoder().encode


class Written(msgspec.Struct, frozen=True):
    """A record that is about to be appended, with the event that the fold gets."""

    event: Event[Any, Any]
    entry: Entry
    result: Any
    error: Refusal | None


class Traits(msgspec.Struct, frozen=True):
    """How one action is written: looked up once."""

    source: str
    event_name: str
    read_only: bool
    management: bool
    category: str
    shows_result: bool
    api_version: str | UnsetType
    folds_result: bool
    trail: Trail


class Writer:
    """Makes records for a machine's decisions."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._traits: dict[tuple[str, str], Traits] = {}

    def write(self, incoming: Incoming, request: Request, outcome: Any) -> Written:
        """The record of a decided call: `outcome` is a result, an `Answer`, or the `Refusal` that ended it."""
        traits = self.traits(request.service, request.action)
        error = outcome if isinstance(outcome, Refusal) else None
        answer = as_answer(None if error else outcome)
        incoming, request = _as_answered(incoming, request, answer)
        beside = _Beside()
        params = self._params(incoming, request, traits, error, beside)
        result = self._result(request, traits, answer, beside)
        if answer.note is not None:
            beside.note[OWN] = codec.builtins(answer.note)
        denied = self._machine.authorization.denied(request.event_id)
        if denied:
            beside.note[DENIED] = denied
        record = self._record(incoming, request, traits, params, result, error, answer)
        event: Event[Any, Any] = Event(
            id=request.event_id, time=request.time, source=traits.source, name=request.action,
            account=request.account, region=request.region, params=request.params, result=answer.result,
            identity=request.caller.identity, note=answer.note, error=record.errorCode or None,
            cause=incoming.origin.key if incoming.origin else None, source_ip=incoming.facts.source_ip,
            request_id=request.request_id,
            additional=record.additionalEventData or b"null",
            resources=record.resources or [],
            shared=record.sharedEventID or "",
        )  # fmt: skip
        sealed = _encode(beside.sealed) if beside.sealed else None
        note = _encode(beside.note) if beside.note else None
        if error is not None and len(sealed or b"") + len(note or b"") > cutting.LIMIT_BYTES:
            note, sealed = cutting.shortened(beside.note, beside.sealed)
            event.params = None  # whoever folds it reads what was kept, now as later
        written = _encode(record)
        entry = Entry(
            record=written,
            note=note,
            sealed=sealed,
            cause=event.cause,
            root=incoming.origin.root if incoming.origin else None,
            blobs=() if error is not None else _blobs(written, note, sealed),
        )
        return Written(event, entry, answer.result, error)

    def traits(self, service: str, action: str) -> Traits:
        found = self._traits.get((service, action))
        if found is None:
            found = self._traits[(service, action)] = self._traits_of(service, action)
        return found

    def _traits_of(self, service: str, action: str) -> Traits:
        owner = self._machine.registry.services.get(service)
        trail = (owner.trail if owner is not None else None) or NO_TRAIL
        handler = self._machine.registry.handler(service, action)
        projectors = self._machine.registry.projectors.get((service, action), [])
        read = trail.read_only.get(action)
        if read is None:
            read = handler.read_only if handler is not None else events.is_read_only(service, action)
        return Traits(
            source=source_of(service),
            event_name=events.event_name(service, action, trail),
            read_only=read,
            management=events.category(service, action, trail) == events.MANAGEMENT,
            category=events.category(service, action, trail),
            shows_result=events.shows_result(service, action, trail, read),
            api_version=events.api_version(service, action, trail) or UNSET,
            folds_result=any(_needs_result(one) for one in projectors),
            trail=trail,
        )

    def _params(
        self, incoming: Incoming, request: Request, traits: Traits, error: Refusal | None, beside: _Beside
    ) -> msgspec.Raw:
        params = request.params
        if not isinstance(
            params, msgspec.Struct
        ):  # no plugin has the action: nobody says what in it is secret
            if params:
                beside.sealed[WHOLE_PARAMS] = params
            return NULL
        public, sealed, noted = parts.split(params)
        if sealed:
            beside.sealed[PARAMS] = sealed
        if noted:
            beside.note[PARAMS] = noted
        if error is not None and omission.nulls_parameters(
            request.service, error.code, traits.trail, request.action
        ):
            beside.note[WHOLE_PARAMS] = codec.builtins(public)
            return NULL
        raw = self._machine.folder.form(request.service).params_out(
            request.action, _params(public), incoming.facts.http
        )
        return self._within(raw, "requestParameters", WHOLE_PARAMS, public, beside)

    def _result(self, request: Request, traits: Traits, answer: Answer[Any], beside: _Beside) -> msgspec.Raw:
        result = answer.result
        if result is None and traits.shows_result:
            form = self._machine.folder.form(request.service)
            return msgspec.Raw(form.result_out(request.action, None, request.request_id))
        if not isinstance(result, msgspec.Struct) or not (traits.shows_result or traits.folds_result):
            return NULL
        public, sealed, noted = parts.split(result)
        if sealed:
            beside.sealed[RESULT] = sealed
        if not traits.shows_result:
            beside.note[WHOLE_RESULT] = codec.builtins(public)
            if noted:
                beside.note[RESULT] = noted
            return NULL
        if noted:
            beside.note[RESULT] = noted
        raw = self._machine.folder.form(request.service).result_out(
            request.action, _params(public), request.request_id
        )
        return self._within(raw, "responseElements", WHOLE_RESULT, public, beside)

    def _within(self, raw: bytes, name: str, whole: str, public: Any, beside: _Beside) -> msgspec.Raw:
        """A payload as it is, or CloudTrail's replacement for one over 100 KB, which the note then holds."""
        if len(raw) <= omission.LIMIT_BYTES:
            return msgspec.Raw(raw)
        beside.note[whole] = codec.builtins(public)
        return msgspec.Raw(omission.omitted(name, len(raw)))

    def _record(
        self, incoming: Incoming, request: Request, traits: Traits, params: msgspec.Raw, result: msgspec.Raw,
        error: Refusal | None, answer: Answer[Any],
    ) -> Record:  # fmt: skip
        facts = incoming.facts
        internal = incoming.internal
        code, message = record_error(request.service, error, traits.trail) if error else (UNSET, UNSET)
        about = self._resources(request, traits, answer, error)
        return Record(
            userIdentity=identity_bytes(incoming.caller.identity),
            eventTime=event_time(request.time),
            eventSource=traits.source,
            eventName=traits.event_name,
            awsRegion=request.region,
            sourceIPAddress=facts.source_ip,
            userAgent=omission.user_agent(request.service, facts.user_agent),
            errorCode=code,
            errorMessage=message,
            requestParameters=NULL if internal else params,
            responseElements=NULL if error else result,
            additionalEventData=_additional(request.service, answer, facts),
            requestID=request.request_id,
            eventID=request.event_id,
            readOnly=traits.read_only,
            resources=about,
            eventType="AwsServiceEvent" if internal else "AwsApiCall",
            apiVersion=traits.api_version,
            managementEvent=traits.management,
            recipientAccountId=request.account,
            sharedEventID=_shared(request, about),
            serviceEventDetails=params if internal else UNSET,
            eventCategory=traits.category,
            tlsDetails=facts.tls,
        )

    def _resources(
        self, request: Request, traits: Traits, answer: Answer[Any], error: Refusal | None
    ) -> list[Resource] | UnsetType:
        if answer.resources is not UNSET:
            return answer.resources
        if not isinstance(request.params, msgspec.Struct):
            return UNSET
        return resources.of(
            request.service, request.action, _params(request.params), self._owner(request), request.region,
            error.code if error is not None else None,
        )  # fmt: skip

    def _owner(self, request: Request) -> str:
        """Whose the resource of a call is, where its name does not tell."""
        service = self._machine.registry.services.get(request.service)
        if service is None or service.owning is None:
            return request.account
        state = self._machine.own(service, request.account, request.region)
        return service.owning(state, request.params) or request.account


class _Beside:
    """What a record has no place for, while it is being written."""

    __slots__ = ("note", "sealed")

    def __init__(self) -> None:
        self.note: dict[str, Any] = {}
        self.sealed: dict[str, Any] = {}


def _blobs(*parts: bytes | None) -> tuple[str, ...]:
    """The bodies that a record and its parts refer to. A refused call's are not kept: nothing ever reads them."""
    referring = [part for part in parts if part and b'"md5":' in part and b'"name":' in part]
    return tuple(dict.fromkeys(name for part in referring for name in _blob_names(msgspec.json.decode(part))))


def _blob_names(tree: Any) -> Iterator[str]:
    """The names of the bodies that a part refers to (`backtrail.blob.Blob`)."""
    if isinstance(tree, dict):
        members = cast("dict[str, Any]", tree)
        name = members.get("name")
        if "md5" in members and isinstance(members.get("size"), int) and _is_blob_name(name):
            yield str(name)
        for member in members.values():
            yield from _blob_names(member)
    elif isinstance(tree, list):
        for item in cast("list[Any]", tree):
            yield from _blob_names(item)


def _is_blob_name(name: object) -> bool:
    return isinstance(name, str) and _BLOB_NAME.fullmatch(name) is not None


@lru_cache(256)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def event_time(time: datetime) -> str:
    """CloudTrail's `eventTime`: to the second. Most calls share theirs with the one before."""
    return _second((time - _EPOCH) // _SECOND)


def _as_answered(incoming: Incoming, request: Request, answer: Answer[Any]) -> tuple[Incoming, Request]:
    """The call as its answer says it is to be recorded: who called, in whose account, with which parameters."""
    if answer.params is not None:
        request = msgspec.structs.replace(request, params=answer.params)
    if not isinstance(answer.account, UnsetType):
        request = msgspec.structs.replace(request, account=answer.account)
    if not isinstance(answer.identity, UnsetType):
        caller = msgspec.structs.replace(request.caller, identity=answer.identity)
        request = msgspec.structs.replace(request, caller=caller)
        incoming = msgspec.structs.replace(incoming, caller=caller)
    return incoming, request


def _needs_result(declared: Declared) -> bool:
    return declared.result is not type(None)


def _params(payload: Any) -> Params:
    return payload  # type: ignore[no-any-return]


def _shared(request: Request, about: list[Resource] | UnsetType) -> str | UnsetType:
    """What a record has in common with the copies that the accounts of other resources get; UNSET where there are none.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
    """
    if about is UNSET:
        return UNSET
    account = request.account
    for one in about:
        if one.account_id is not UNSET and one.account_id != account:
            return ids.new_id(request.event_id, "uuid", "shared")
    return UNSET


def _additional(service: str, answer: Answer[Any], facts: Facts) -> msgspec.Raw | UnsetType:
    made: Mapping[str, Any] | None = resources.additional(service, facts.http, facts.authentication)
    if answer.additional is not UNSET:
        made = {**(made or {}), **answer.additional}
    return msgspec.Raw(_encode(made)) if made else UNSET


_identities: dict[int, tuple[Any, msgspec.Raw]] = {}


def identity_bytes(identity: Any) -> msgspec.Raw:
    """An identity's JSON. Callers are kept as long as their key is used, so most calls find it made already."""
    found = _identities.get(id(identity))
    if found is not None and found[0] is identity:
        return found[1]
    raw = msgspec.Raw(_encode(identity))
    if len(_identities) > 1024:
        _identities.clear()
    _identities[id(identity)] = (identity, raw)
    return raw
