"""Given, when, then: a plugin's tests, with no server and no event loop.

sqs = Scenario(backtrail_aws.sqs)
sqs.given(CreateQueue(queue_name="a"))
sqs.when(CreateQueue(queue_name="a", attributes={"DelaySeconds": "5"})).refused("QueueNameExists")
sqs.replays()
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from backtrail import choosing, identity, ids, outbox, timekeeping
from backtrail.call import Caller, Command, Effect, Wait
from backtrail.errors import NotImplementedAction, PluginError, Refusal
from backtrail.facts import Answered, Facts, Incoming, Origin
from backtrail.machine import Machine, Request
from backtrail.options import Value
from backtrail.payload import Params
from backtrail.plugins import Registry
from backtrail.record import Identity, Record
from backtrail.store import Entry
from backtrail.writing import Writer

ACCOUNT, REGION, EPOCH = "123456789012", "us-east-1", datetime(2024, 1, 1, tzinfo=UTC)
ROOT = Identity(
    type="Root",
    principal_id=ACCOUNT,
    arn=f"arn:aws:iam::{ACCOUNT}:root",
    account_id=ACCOUNT,
    access_key_id="test",
)


class Scenario:
    """One machine with the given plugins, called as the root of an account unless told otherwise.

    Every call takes a second. After each, the record was folded and commands were carried out (those to services
    that are not among the plugins become recorded 501s). `service` is the plugin's first unless named.
    """

    def __init__(
        self, *plugins: object, service: str | None = None, account: str = ACCOUNT, region: str = REGION
    ):
        self.plugins = plugins
        self.machine = Machine(Registry(plugins))
        self.service = service or _first(self.machine)
        self.account, self.region = account, region
        self.now = EPOCH
        self.caller = Caller(identity=ROOT, account=account)
        self.log: list[Entry] = []
        self.commands: list[Command] = []
        self.answer: Any = None
        self.error: Refusal | None = None
        self._writer = Writer(self.machine)

    def given(self, *calls: Params, service: str | None = None) -> Scenario:
        """Calls that succeed."""
        for call in calls:
            self.when(call, service=service)
            assert self.error is None, self.error
        return self

    def when(self, call: Params, *, service: str | None = None, **given: Any) -> Scenario:
        """One call; look at `answer`, `error`, `record` and `commands` after it."""
        self.now += timedelta(seconds=1)
        self._fire()
        self.commands = []
        self._decide(service or self.service, call, **given)
        return self

    def turn(self, option: str, value: Value | None) -> Scenario:
        """Set an option: `turn("sqs.duplicates", 0.5)`. Look at `error` after it."""
        service, _, name = option.rpartition(".")
        params = choosing.SetOption(service=service, name=name, value=value)
        return self.when(
            params, service=choosing.service.name, incoming=choosing.incoming(params, self.caller)
        )

    def later(self, **by: float) -> Scenario:
        """Let time go by: `later(hours=1)`; what is due fires."""
        self.now += timedelta(**by)
        self._fire()
        return self

    def as_(self, who: Identity, account: str | None = None) -> Scenario:
        """Call as somebody else from here on."""
        self.caller = Caller(identity=who, account=account or self.account)
        return self

    def with_key(self, access_key_id: str | None) -> Scenario:
        """Call with an access key from here on, as whoever it is; None is nobody."""
        self.caller = identity.resolve(self.machine, access_key_id, self.region, self.now).caller
        return self

    def refused(self, code: str, message: str | None = None) -> Scenario:
        """The last call was refused with this code."""
        assert self.error is not None, f"not refused, but answered {self.answer!r}"
        assert self.error.code == code, self.error
        assert message is None or message in self.error.message, self.error.message
        return self

    def replays(self) -> Scenario:
        """Folding the log afresh, from its bytes, gives the state we have; and every State survives its bytes."""
        fresh = Machine(Registry(self.plugins))
        for entry in self.log:
            fresh.apply(entry.record, entry.note, entry.sealed, cause=entry.cause)
        assert not fresh.folder.broken, fresh.folder.broken
        assert self.machine.digest() == fresh.digest(), difference(self.machine, fresh)
        self.machine.reload()
        assert self.machine.digest() == fresh.digest(), "a State does not survive its bytes"
        return self

    @property
    def record(self) -> dict[str, Any]:
        """The last record, parsed."""
        parsed: dict[str, Any] = msgspec.json.decode(self.log[-1].record)
        return parsed

    def _decide(
        self,
        service: str,
        params: Any,
        *,
        action: str | None = None,
        waited: bool = True,
        origin: Any = None,
        **given: Any,
    ) -> None:
        name = action or type(params).__name__
        event_id = ids.event_id(self.now, len(self.log))
        incoming = given.pop("incoming", None) or Incoming(
            service=service, action=name, params=params, caller=given.pop("caller", self.caller),
            account=given.pop("account", self.account), region=given.pop("region", self.region),
            facts=given.pop("facts", Facts()),
        )  # fmt: skip
        request = Request(
            service=service, action=name, params=params, account=incoming.account, region=incoming.region,
            time=self.now, event_id=event_id, request_id=ids.new_id(event_id, "uuid"), caller=incoming.caller,
            waited=waited, host=incoming.facts.http.host, headers=dict(incoming.facts.http.headers),
            source_ip=incoming.facts.source_ip, secure=incoming.facts.secure,
            lineage=given.pop("lineage", outbox.lineage(incoming.origin)), **given,
        )  # fmt: skip
        before = self.machine.digest()
        outcome = self._outcome(incoming, request)
        assert self.machine.digest() == before, f"{name}: a handler wrote to state"
        if isinstance(outcome, Wait | Effect):
            self.answer, self.error = outcome, None
            return
        self._fold(incoming, request, outcome)

    def _outcome(self, incoming: Incoming, request: Request) -> Any:
        if incoming.refused is not None:
            return incoming.refused
        try:
            return self.machine.decide(request)
        except Refusal as refusal:
            return refusal
        except NotImplementedAction as gap:
            return Refusal("NotImplemented", f"Backtrail has no {gap}", status=501)

    def _fold(self, incoming: Incoming, request: Request, outcome: Any) -> None:
        written = self._writer.write(incoming, request, outcome)
        entry = written.entry
        _same_from_bytes(self.machine, request, written.event, entry)
        self.machine.folder.fold_live(request.service, request.action, written.event, *_parts(entry))
        self.log.append(entry)
        self.answer, self.error = written.result, written.error
        told: list[tuple[str, Command]] = []
        if written.error is None:
            told += self.machine.tell(request.service, request.action, written.event, *_parts(entry))
        if incoming.origin is not None:
            answered = Answered(
                result=written.result, error=written.error, request_id="", event_id=request.event_id
            )
            told += outbox.heard(incoming.origin, outbox.outcome_of(answered), request, self.machine)
        self.commands += [command for _, command in told]
        answer, error = self.answer, self.error
        for origin in outbox.follow(
            told, request, request.lineage.root or request.event_id, request.lineage.passes
        ):
            self.now += timedelta(microseconds=1)
            call = outbox.incoming(origin, self.machine)
            self._decide(call.service, call.params, action=call.action, incoming=call)
        self.answer, self.error = answer, error

    def _fire(self) -> None:
        while (due := self.machine.next_due(self.now)) is not None:
            when, (service, account, region), commands = due
            now, self.now = self.now, when
            for command in commands:
                sent = outbox.sent(command, account, region)
                origin = Origin(
                    key=f"timer/{len(self.log)}", root="", sender=service, sent=sent, caller=self.caller
                )
                call = outbox.incoming(origin, self.machine)
                self._decide(call.service, call.params, action=call.action, incoming=call)
                self.now += timedelta(microseconds=1)
            self.now = now


def _first(machine: Machine) -> str:
    for name in machine.registry.services:
        if name != timekeeping.NAME:
            return name
    raise PluginError("these plugins register no service: see their register_services")


def machine_of(entries: list[Entry], *plugins: object) -> Machine:
    """A fresh machine that folded a log."""
    machine = Machine(Registry(plugins))
    for entry in entries:
        machine.apply(entry.record, entry.note, entry.sealed, cause=entry.cause)
    return machine


def difference(one: Machine, other: Machine) -> str:
    """The first State in which two machines differ."""
    from backtrail import states

    for place in sorted({*one.places(), *other.places()}):
        mine, theirs = (states.plain(machine.state(place)) for machine in (one, other))
        if mine != theirs:
            return f"{place}:\n  live     {mine}\n  replayed {theirs}"
    return "equal"


def record_shape(record: Record) -> list[str]:
    """The members that a record has, in order."""
    return list(msgspec.to_builtins(record))


def _parts(entry: Entry) -> tuple[bytes, bytes | None, bytes | None]:
    return entry.record, entry.note, entry.sealed


def _same_from_bytes(machine: Machine, request: Request, event: Any, entry: Entry) -> None:
    """Law 3: the typed event in hand equals what the bytes give, for every projector that gets it as it is."""
    if event.error is not None:
        return
    head = msgspec.json.decode(entry.record, type=machine.folder.head_type)
    for declared in machine.registry.projectors.get((request.service, request.action), ()):
        if declared.params is not type(event.params):
            continue
        again = machine.folder.event(declared, head, request.action, *_parts(entry), event.cause)
        for name in (
            "id",
            "time",
            "account",
            "region",
            "params",
            *(["result"] if _same_result(declared, event) else []),
        ):
            mine, theirs = getattr(event, name), getattr(again, name)
            assert mine == theirs, f"{request.action}: {name}: decided {mine!r}, read back {theirs!r}"


def _same_result(declared: Any, event: Any) -> bool:
    return declared.result is type(event.result)
