"""Deciding a recorded call again, in one timeline: what its policies say, and what its service would answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

import msgspec

from backtrail.authorization import Iam
from backtrail.call import Access, Call, Caller, Effect, Wait, as_answer
from backtrail.declared import Declared
from backtrail.errors import NotImplementedAction, NotInTrail, Refusal
from backtrail.facts import Facts, Incoming
from backtrail.fold import route
from backtrail.machine import Folded, Machine, Request
from backtrail.policy import BadPolicy, Denial
from backtrail.record import Event, Head, decode_identity, parse_time
from backtrail.store import Stored
from backtrail.trail import codec
from backtrail.writing import Writer, Written

_head = msgspec.json.Decoder(Head, strict=False).decode


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded call, read once for both timelines. `event` is None where no plugin can read its parameters."""

    entry: Stored
    record: Mapping[str, Any]
    head: Head
    service: str
    action: str
    time: datetime
    handler: Declared | None
    event: Event[Any, Any] | None

    @property
    def error(self) -> str:
        """The recorded error code."""
        code = self.record.get("errorCode")
        return code if isinstance(code, str) else ""


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """How a timeline decides a call: a result, an error, or nothing that can be said (`unknown` tells why)."""

    result: Any = None
    error: Refusal | None = None
    unknown: str = ""


class Decider:
    """One timeline's decisions."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.machine.iam = (
            Iam.OFF
        )  # policies are asked for by themselves, so that what nobody knows stops nothing
        self._writer = Writer(machine)
        self._last: tuple[Recorded, Request] | None = None

    def read(self, entry: Stored, record: Mapping[str, Any]) -> Recorded:
        """Read a record as its service's plugin does."""
        head = _head(entry.record)
        service, action = route(head.source, head.name, head.api_version)
        handler = self.machine.registry.handler(service, action)
        event: Event[Any, Any] | None = None
        if handler is not None and not handler.internal:
            try:
                folder = self.machine.folder
                event = folder.event(
                    handler, head, action, entry.record, entry.note, entry.sealed, entry.cause
                )
            except Exception:  # parameters that this plugin's types cannot hold: nothing is decided again
                event = None
        time = event.time if event is not None else parse_time(head.time)
        return Recorded(
            entry=entry, record=record, head=head, service=service, action=action, time=time, handler=handler,
            event=event,
        )  # fmt: skip

    def needs(self, recorded: Recorded) -> tuple[Access, ...]:
        """What the call needs, as its plugin declares it; empty where none does, or where it cannot tell."""
        if recorded.handler is None or recorded.event is None:
            return ()
        try:
            return tuple(self.machine.authorization.asked(recorded.handler, self._call(recorded)))
        except Exception:  # of parameters that no record told
            return ()

    def policies(self, recorded: Recorded, accesses: tuple[Access, ...]) -> Decided:
        """What this timeline's policies say of the call."""
        call = self._call(recorded)
        for access in accesses:
            try:
                said = self.machine.authorization.said(call, access)
            except (NotInTrail, BadPolicy) as gap:
                return Decided(unknown=str(gap))
            except Exception as error:  # a plugin's, of what no record told
                return Decided(unknown=f"{access.action}: {error}")
            if isinstance(said, Refusal):
                return Decided(error=said)
            if isinstance(said, Denial):
                return Decided(error=Refusal("AccessDenied", f"{access.action} is not allowed", status=403))
        return Decided()

    def service(self, recorded: Recorded) -> Decided:
        """What the service answers, policies apart."""
        if recorded.handler is None or recorded.event is None:
            return Decided(unknown=f"no plugin decides {recorded.service}:{recorded.action}")
        try:
            outcome = self.machine.decide(self._request(recorded))
        except Refusal as refusal:
            return Decided(error=refusal)
        except (NotInTrail, NotImplementedAction) as gap:
            return Decided(unknown=str(gap))
        except Exception as error:  # a handler that needs what no record told
            return Decided(
                unknown=f"{recorded.service}:{recorded.action} needs what the record does not tell: {error}"
            )
        if isinstance(outcome, Wait | Effect):
            return Decided(unknown=f"{recorded.service}:{recorded.action} has an effect outside")
        return Decided(result=outcome)

    def fold(self, recorded: Recorded) -> Folded:
        """Fold the record as it is."""
        entry = recorded.entry
        return self.machine.apply(entry.record, entry.note, entry.sealed, cause=entry.cause)

    def fold_own(self, recorded: Recorded, decided: Decided, here: Decided | None = None) -> Written | None:
        """Fold what this timeline answers instead, under the identifiers that the record tells; None where that
        cannot be written. `here` is the unchanged timeline's answer."""
        call = self._call(recorded)
        if here is not None:
            decided = msgspec.structs.replace(decided, result=self._renamed(recorded, here, decided))
        incoming = Incoming(
            service=recorded.service, action=recorded.action, params=call.params, caller=call.caller,
            account=call.account, region=call.region, facts=Facts(source_ip=call.source_ip),
        )  # fmt: skip
        try:
            written = self._writer.write(incoming, self._request(recorded), decided.result)
            entry = written.entry
            self.machine.folder.fold_live(
                recorded.service, recorded.action, written.event, entry.record, entry.note, entry.sealed
            )
        except Exception:  # the difference is told all the same
            return None
        return written

    def _renamed(self, recorded: Recorded, here: Decided, there: Decided) -> Any:
        """What is answered there, with recorded identifiers wherever here and there say the same."""
        answer = as_answer(there.result)
        kind = cast("type[Any]", type(answer.result))
        if recorded.handler is None or not issubclass(kind, msgspec.Struct):
            return there.result
        reading = _Reading(recorded.handler, kind)
        entry = recorded.entry
        try:
            told = self.machine.folder.event(
                reading,
                recorded.head,
                recorded.action,
                entry.record,
                entry.note,
                entry.sealed,
                entry.cause,
            ).result
            merged = with_recorded_ids(plain(told), plain(here.result), plain(there.result))
            result = codec.convert(merged, kind)
        except Exception:  # a result that cannot be read back stays as this timeline makes it
            return there.result
        return msgspec.structs.replace(answer, result=result)

    def _call(self, recorded: Recorded) -> Call[Any]:
        request = self._request(recorded)
        return Call(
            self.machine, service=request.service, params=request.params, account=request.account,
            region=request.region, time=request.time, event_id=request.event_id, request_id=request.request_id,
            caller=request.caller, source_ip=request.source_ip, secure=request.secure,
        )  # fmt: skip

    def _request(self, recorded: Recorded) -> Request:
        """The call as its service gets it: asked for several times of one, and nothing folds in between."""
        if self._last is None or self._last[0] is not recorded:
            self._last = recorded, self._request_of(recorded)
        return self._last[1]

    def _request_of(self, recorded: Recorded) -> Request:
        record, event = recorded.record, recorded.event
        head = recorded.head
        address = record.get("sourceIPAddress")
        return Request(
            service=recorded.service, action=recorded.action, params=event.params if event is not None else None,
            account=head.account, region=head.region, time=recorded.time,
            event_id=recorded.entry.event_id, request_id=str(record.get("requestID") or recorded.entry.event_id),
            caller=self._caller_of(record, head),
            source_ip=address if isinstance(address, str) else "", secure=bool(record.get("tlsDetails")),
        )  # fmt: skip

    def _caller_of(self, record: Mapping[str, Any], head: Head) -> Caller:
        identity, account = decode_identity(head.identity), head.account
        own = _text(identity.account_id)
        service = _text(identity.invoked_by) if _text(identity.type) in ("AWSService", "") else ""
        key = _text(identity.access_key_id)
        known = self.machine.credential(key) if key else None
        anonymous = own == "ANONYMOUS_PRINCIPAL"
        return Caller(
            identity=identity, account="" if anonymous else own or account, service=service or None,
            anonymous=anonymous, narrowing=known.narrowing if known is not None else None,
        )  # fmt: skip


class _Reading(Declared):
    """Reads a record's parameters as its handler does, and its result as what the handler returns."""

    def __init__(self, handler: Declared, kind: Any) -> None:
        self.fn, self.at, self.service, self.action = handler.fn, None, handler.service, handler.action
        self.__dict__["_types"] = (handler.params, kind)


def same(one: Any, other: Any) -> bool:
    """Whether two results say the same."""
    return bool(plain(one) == plain(other))


def plain(result: Any) -> Any:
    """A result as dicts, lists and text."""
    answer = as_answer(result)
    try:
        return codec.builtins(answer.result)
    except (TypeError, NotImplementedError):  # a body that streams
        return repr(answer.result)


def with_recorded_ids(recorded: Any, here: Any, there: Any) -> Any:
    """What the other timeline answers, with the identifiers that the record told: where both timelines say the same,
    the record's word stands."""
    if plain_equal(here, there):
        return recorded if recorded is not None else there
    if isinstance(recorded, dict) and isinstance(here, dict) and isinstance(there, dict):
        told, mine = cast("dict[str, Any]", recorded), cast("dict[str, Any]", here)
        other = cast("dict[str, Any]", there)
        return {
            name: with_recorded_ids(told.get(name), mine.get(name), value) for name, value in other.items()
        }
    if isinstance(recorded, list) and isinstance(here, list) and isinstance(there, list):
        three = cast("list[Any]", recorded), cast("list[Any]", here), cast("list[Any]", there)
        if len({len(one) for one in three}) == 1:
            return [with_recorded_ids(*each) for each in zip(*three, strict=True)]
    return cast("Any", there)


def plain_equal(one: Any, other: Any) -> bool:
    """Whether two plain values are equal."""
    return bool(one == other)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def differing(one: Any, other: Any) -> list[str]:
    """The members in which two results differ, as far as they have any."""
    mine, theirs = plain(one), plain(other)
    if not (isinstance(mine, dict) and isinstance(theirs, dict)):
        return []
    left, right = cast("dict[str, Any]", mine), cast("dict[str, Any]", theirs)
    return [name for name in sorted({*left, *right}) if left.get(name) != right.get(name)]
