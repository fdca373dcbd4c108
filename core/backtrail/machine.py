"""The whole emulator with no input or output in it: decide, apply, tell, digest.

`decide` turns a request into a decision; `apply` folds a record into state; `tell` says what follows. They meet
only in the record and the parts beside it: whether those were written a moment ago, read back from the log or
delivered by AWS, `apply` cannot tell.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from backtrail import accesses, choosing, copies, limits, states
from backtrail.authorization import Authorization, Iam
from backtrail.call import (
    Access,
    Call,
    Caller,
    Command,
    Credential,
    Effect,
    LastUse,
    Outcome,
    ResourcePolicy,
    Wait,
    as_answer,
)
from backtrail.controls import Controls
from backtrail.declared import Declared
from backtrail.errors import NotImplementedAction, Refusal, Unprojectable
from backtrail.fold import Folder, Tokens
from backtrail.folded import Folded as Folded
from backtrail.limits import Quota
from backtrail.lineage import BEGINNING, Lineage
from backtrail.options import Option, V
from backtrail.payload import Params, State
from backtrail.plugins import Registry
from backtrail.record import Event
from backtrail.service import Place, Service
from backtrail.trail import codec

T = TypeVar("T")
S = TypeVar("S", bound=State)

MOST_REMEMBERED = 10_000
"""Of what follows from the states of principals, at once (`Call.remembered`)."""
DRY_RUN = "Request would have succeeded, but DryRun flag is set."
"""https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html, and real records."""

ROOT_PLACE: Place = ("backtrail.principals", "", "")


class Principals(State):
    """What every record tells of keys and accounts, whoever's plugin is there: who a key is, whose trail this is."""

    keys: dict[str, str] = {}
    accounts: dict[str, int] = {}
    used: dict[str, LastUse] = {}
    accessed: dict[str, dict[str, LastUse]] = {}


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One call as the engine hands it to the machine: who, what, when, and under which id."""

    service: str
    action: str
    params: Any
    account: str
    region: str
    time: datetime
    event_id: str
    request_id: str
    caller: Caller
    host: str = ""
    headers: Mapping[str, str] = {}
    waited: bool = False
    outcome: Outcome | None = None
    firsts: list[Outcome] = []
    source_ip: str = ""
    secure: bool = False
    lineage: Lineage = BEGINNING


class Machine:
    """States and the functions that move them. Pure: give it the same records, it holds the same state.

    `iam` says whether policies decide who may call.
    """

    def __init__(self, registry: Registry, key: bytes = bytes(32)) -> None:
        self.registry = registry
        self._key = key
        self._states: dict[Place, State] = {}
        self._by_service: dict[str, dict[Place, State]] = {}
        self.memory: dict[object, Any] = {}
        self.iam = Iam.ENFORCE
        self.authorization = Authorization(self)
        self.folder = Folder(self)
        self.principals = Principals()
        self.forget()

    def rekey(self, key: bytes) -> None:
        """Derive secrets from another log's key from here on."""
        self._key = key

    def forget(self) -> None:
        """Drop all state."""
        self._states.clear()
        self._by_service.clear()
        self.principals = Principals()
        self._keep(ROOT_PLACE, self.principals)
        self.folder.forget()

    # where things are

    def service(self, name: str) -> Service[Any]:
        found: Service[Any] | None = self.registry.services.get(name)
        if found is None:
            raise NotImplementedAction(name)
        return found

    def state(self, place: Place) -> State:
        """The State of a place, made empty when first asked for."""
        found = self._states.get(place)
        if found is None:
            found = self._keep(place, self.service(place[0]).fresh(place))
        return found

    def core_state(self, place: Place, kind: type[S]) -> S:
        """A State that belongs to no plugin."""
        found = self._states.get(place)
        if not isinstance(found, kind):
            found = self._keep(place, kind())
        return found

    def states_of(self, service: str) -> Iterator[tuple[Place, State]]:
        return iter(self._by_service.get(service, {}).items())

    def _keep(self, place: Place, state: S) -> S:
        self._states[place] = self._by_service.setdefault(place[0], {})[place] = state
        return state

    def _fresh(self, place: Place, state: State) -> State:
        service = self.registry.services.get(place[0])
        return service.fresh(place) if service is not None else type(state)()

    def places(self) -> list[Place]:
        return sorted(self._states)

    def state_type(self, place: Place) -> type[State]:
        """The type of the State of a place. Raises `LookupError` for a service that is not there."""
        if place == ROOT_PLACE:
            return Principals
        if place[0].startswith("backtrail.tokens/"):
            return Tokens
        if place == copies.PLACE:
            return copies.Copies
        return self.registry.services[place[0]].state

    def put_state(self, place: Place, state: State) -> None:
        """Take a State from a snapshot."""
        self._keep(place, state)
        self.folder.sightings.changed()
        service = self.registry.services.get(place[0])
        if service is not None and service.timers is not None:
            self.folder.timers.expect(place, service.timers.next_due(state))
        if isinstance(state, Principals):
            self.principals = state

    # decide

    def decide(self, request: Request) -> Any:
        """The handler's answer to a request: a result, `Answer`, `Wait` or `Effect`.

        Raises `Refusal` where AWS would refuse, `NotImplementedAction` where no plugin decides the action.
        """
        declared = self.registry.handler(request.service, request.action)
        if declared is None:
            raise NotImplementedAction(f"{request.service}:{request.action}")
        call = self._call(request)
        self.authorization.check(declared, call)
        answer = self.folder.repeated(request.service, request.action, call)
        if answer is None:
            answer = declared.fn(self.state_for(declared, call), call)
        if self.service(request.service).dry_run and getattr(request.params, "dry_run", None) is True:
            raise Refusal("DryRunOperation", DRY_RUN, status=412)
        return answer

    def state_for(self, declared: Declared, call: Call[Any]) -> State:
        service = self.service(declared.service)
        account, region = declared.at(call) if declared.at is not None else (call.account, call.region)
        return self.state(service.place(account, region))

    def firsts(self, request: Request) -> list[Command]:
        """What must be carried out as the caller before this request is decided."""
        service = self.service(request.service)
        call, declared = self._call(request), service.firsts.get(request.action)
        begun: Iterable[Command] = ()
        if service.founding is not None:
            begun = service.founding(self.own(service, request.account, request.region), call)
        if declared is None:
            return list(begun)
        handler = service.handlers.get(request.action)
        if handler is not None:
            self.authorization.check(handler, call)
        return [*begun, *declared.fn(self.state_for(declared, call), call)]

    def _call(self, request: Request) -> Call[Any]:
        return Call(
            self, service=request.service, params=request.params, account=request.account, region=request.region,
            time=request.time, event_id=request.event_id, request_id=request.request_id, caller=request.caller,
            host=request.host, headers=request.headers, waited=request.waited, outcome=request.outcome,
            firsts=request.firsts, source_ip=request.source_ip, secure=request.secure, lineage=request.lineage,
        )  # fmt: skip

    # what a call may ask (`call.World`)

    def ask(self, call: Call[Any], service: str, params: Params, kind: type[T]) -> T | None:
        declared = self.registry.handler(service, type(params).__name__)
        if declared is None or not declared.read_only:
            return None
        asked = call.with_params(codec.convert(codec.builtins(params), declared.params))
        try:
            answer = declared.fn(self.state_for(declared, asked), asked)
        except Refusal:
            return None
        result = as_answer(answer).result
        return None if isinstance(result, Wait | Effect) else codec.convert(codec.builtins(result), kind)

    def allowed(self, call: Call[Any], access: Access) -> bool:
        return self.authorization.allowed(call, access)

    def require(self, call: Call[Any], access: Access) -> bool:
        return self.authorization.require(call, access)

    def resource_policy(self, call: Call[Any], arn: str, action: str) -> ResourcePolicy | None:
        return self.authorization.resource_policy(call, arn, action)

    def own(self, service: Service[S], account: str, region: str) -> S:
        found: Any = self.state(service.place(account, region))
        return found  # type: ignore[no-any-return]

    def held(self, arn: str) -> list[str]:
        holders: list[str] = []
        for place, state in list(self._states.items()):
            service = self.registry.services.get(place[0])
            if service is not None and service.holding is not None:
                holders += [own for foreign, own in service.holding(state) if foreign == arn]
        return holders

    def secret(self, seed: str, label: str, length: int) -> bytes:
        out, counter = b"", 0
        while len(out) < length:
            out += hmac.digest(self._key, f"{seed}\0{label}\0{counter}".encode(), "sha512")
            counter += 1
        return out[:length]

    def quota(self, call: Call[Any], name: str, default: int) -> int:
        owner = self.registry.services.get(call.service)
        if owner is None:
            return default
        declared: Quota | None = owner.quota_table.get(name)
        for giver in self.registry.granting:
            state, grant = self._states.get(giver.place(call.account, call.region)), giver.granting
            if state is not None and grant is not None and declared is not None:
                granted = grant(state, call, declared)
                if granted is not None:
                    return int(granted)
        held: int = owner.quotas.get(name, default)
        return held

    def quota_tables(self) -> Mapping[str, Mapping[str, Quota]]:
        return limits.tables(self.registry.services.values())

    def option(self, option: Option[V]) -> V:
        return choosing.value_of(self._states.get(choosing.PLACE), option)

    def options_of(self, service: str) -> Mapping[str, Option[Any]]:
        owner = self.registry.services.get(service)
        return owner.options if owner is not None else {}

    def pace(self, since: datetime) -> float:
        return choosing.pace_since(self._states.get(choosing.PLACE), since)

    def last_use(self, access_key_id: str) -> LastUse | None:
        return self.principals.used.get(access_key_id)

    def remembered(self, key: object, make: Callable[[], T]) -> T:
        found: T | None = self.memory.get(key)
        if found is None:
            if len(self.memory) >= MOST_REMEMBERED:
                self.memory.clear()
            found = self.memory[key] = make()
        return found

    def accessed(self, arn: str) -> Mapping[str, LastUse]:
        return accesses.of(self.principals.accessed, arn)

    def controls(self, account: str) -> Controls | None:
        return self.authorization.controls(account)

    def credential(self, access_key_id: str) -> Credential | None:
        """What a plugin that issues keys knows of one."""
        for service in self.registry.loaded():
            if service.credential is None:
                continue
            for _, state in self.states_of(service.name):
                found = service.credential(state, access_key_id)
                if found is not None:
                    return found  # type: ignore[no-any-return]
        return None

    # fold

    def apply(
        self,
        record: bytes,
        note: bytes | None = None,
        sealed: bytes | None = None,
        *,
        cause: str | None = None,
    ) -> Folded:
        """Fold one record, with the parts beside it, into state. Never raises on a record that AWS could write."""
        try:
            folded: Folded = self.folder.apply(record, note, sealed, cause)
            return folded
        except Unprojectable as reason:
            self.folder.unread.append(str(reason))
            return Folded.UNREADABLE

    # tell

    def tell(
        self,
        service: str,
        action: str,
        event: Event[Any, Any],
        record: bytes,
        note: bytes | None,
        sealed: bytes | None,
    ) -> Iterator[tuple[str, Command]]:
        """What follows from an event that was just folded: (reaction, command). Asked once, live."""
        for declared in self.registry.reactions.get((service, action), ()):
            owner = self.service(declared.service)
            mine = self.folder.event_as(declared, event, record, note, sealed)
            for place in self.folder.places(declared, mine):
                for command in declared.fn(self.state(place), mine):
                    yield f"{owner.name}.{declared.fn.__name__}", command

    def next_due(self, now: datetime) -> tuple[datetime, Place, list[Command]] | None:
        """The earliest timer that is due by `now`, with the commands it fires; None when there is none."""
        due = self.folder.timers.pop_due(now)
        if due is None:
            return None
        when, place = due
        timers = self.service(place[0]).timers
        commands = list(timers.fire(self.state(place), when)) if timers is not None else []
        return when, place, commands

    def reload(self) -> None:
        """Put every State through its bytes, as a snapshot does."""
        for place, state in list(self._states.items()):
            self.put_state(place, states.unpack(states.keep(state), type(state)))

    # digest

    def digest(self) -> str:
        """A fingerprint of all state: equal after any replay of the same records, or we have a bug."""
        total = hashlib.sha256()
        for place in sorted(self._states):
            state = self._states[place]
            data = states.pack(state)
            if place == ROOT_PLACE or data != states.pack(self._fresh(place, state)):
                total.update(repr(place).encode())
                total.update(data)
        return total.hexdigest()

    def report(self) -> dict[tuple[str, str], Counter[Folded]]:
        """What became of the records folded so far, by service and action."""
        return self.folder.counts
