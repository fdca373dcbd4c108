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

from backtrail import gaps
from backtrail.accesses import Accesses
from backtrail.call import LastUse
from backtrail.copies import PLACE, Copies
from backtrail.declared import Declared
from backtrail.errors import Refusal, Unprojectable
from backtrail.folded import Folded
from backtrail.gaps import Gaps, Missing
from backtrail.names import service_of_source
from backtrail.payload import State
from backtrail.plans import Plan, Step
from backtrail.reading import OBSERVED, OWN, PARAMS, RESULT, WHOLE_PARAMS, WHOLE_RESULT, Reader, time_of
from backtrail.record import Event, Head
from backtrail.service import Place, Service
from backtrail.sightings import Sightings
from backtrail.timers import DueTimes
from backtrail.trail import codec
from backtrail.trail.events import action_of, is_read_only
from backtrail.trail.forms import Form

if TYPE_CHECKING:
    from backtrail.call import Call
    from backtrail.machine import Machine

__all__ = ["DENIED", "OWN", "PARAMS", "RESULT", "WHOLE_PARAMS", "WHOLE_RESULT", "Folder", "Tokens", "route"]

LONG_TERM = "AKIA"
"""What the keys of users and roots begin with; sessions' begin with ASIA.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html"""

UNKNOWN = "?"
"""The service of records whose source no model has."""

DENIED = "denied"
"""In a note: what IAM would have denied, had it not only watched."""

_OBSERVED = f'{{"{OBSERVED}":'.encode()
_MOST_IDENTITIES = 20_000  # whose keys are remembered at once


class _Key(msgspec.Struct, frozen=True):
    accessKeyId: str | None = None
    accountId: str | None = None


_key = msgspec.json.Decoder(_Key | None, strict=False)


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
        self.reader = Reader(machine)
        self._plans: dict[tuple[str, str, str | None, bool | str], Plan] = {}
        self._generation = self._live_generation = -1
        self._live: dict[tuple[str, str, bool], list[Step]] = {}
        self._labels: dict[tuple[str, str], str] = {}
        self._keys: dict[bytes, tuple[str, str]] = {}
        self.counts: dict[tuple[str, str], Counter[Any]] = {}
        self.broken: list[Broken] = []
        self.unread: deque[str] = deque(maxlen=1000)
        self.timers = DueTimes()
        self.sightings = Sightings(machine)
        self.accesses = Accesses(machine)
        self.gaps = Gaps()
        self.last_time: datetime | None = None

    def forget(self) -> None:
        self.counts.clear()
        self._plans.clear()
        self._live.clear()
        self.broken.clear()
        self.unread.clear()
        self.timers = DueTimes()
        self.sightings.forget()
        self.gaps.forget()
        self.last_time = None

    # one record

    def apply(self, record: bytes, note: bytes | None, sealed: bytes | None, cause: str | None) -> Folded:
        """Fold one record; says what became of it. Raises `Unprojectable` for what is no record."""
        head = self.reader.head(record)
        time = time_of(head.id or "", head.time)
        plan = self._plan(head, note is not None and note.startswith(_OBSERVED))
        identity = bytes(head.identity)
        key, owner = self._keys.get(identity) or self._key(identity)
        account = head.recipient or owner
        use = LastUse(time, plan.service, head.region)
        if key and key not in self._machine.principals.keys:
            self._machine.principals.keys[key] = identity.decode()
        self._remember(account, key, use)
        self.sightings.meet(identity, head.id or "", time, head.region)
        self.accesses.meet(identity, plan.label, use)
        outcome = (
            self._fold(plan, head, time, account, note, sealed, cause)
            if plan.steps and not (head.addendum and head.corrects)
            else _unfolded(plan, head)
        )
        plan.counter[outcome] += 1
        return outcome

    def _plan(self, head: Head, observed: bool = False) -> Plan:
        registry = self._machine.registry
        if self._generation != registry.generation:
            self._plans.clear()
            self._generation = registry.generation
        failed = head.error is not None
        known = (head.source, head.name, head.api_version, OBSERVED if observed else failed)
        found = self._plans.get(known)
        if found is None:
            service, action = route(head.source, head.name, head.api_version)
            folding = (
                registry.evidences if failed else registry.observers if observed else registry.projectors
            )
            declared = folding.get((service, action), ())
            counter = self.counts.setdefault((service, action), Counter())
            steps = [Step(self._machine, one, action) for one in declared]
            found = self._plans[known] = Plan(service, action, failed, steps, counter)
        return found

    def _fold(
        self, plan: Plan, head: Head, time: datetime, account: str, note: bytes | None, sealed: bytes | None,
        cause: str | None,
    ) -> Folded:  # fmt: skip
        implied = False
        for step in plan.steps:
            try:
                event = step.read(head, time, account, note, sealed, cause)
            except Unprojectable:
                if plan.failed:  # a denied call shows no parameters: it proves nothing
                    continue
                raise
            try:
                self._project(step, event, watched=plan.failed)
            except Exception as error:  # a plugin's bug must not stop the fold of everybody's records
                self.broken.append(Broken(event.id, repr(step.declared), repr(error)))
                return Folded.UNREADABLE
            if event.implied:
                implied = True
                self.gaps.add(Missing.CREATION, step.owner.name, event.implied, event.id)
        return Folded.FAILED if plan.failed else Folded.INFERRED if implied else Folded.PROJECTED

    def fold_live(
        self, service: str, action: str, event: Event[Any, Any], record: bytes, *parts: bytes | None
    ) -> None:
        """Fold the event that was just decided: the typed one where the types fit, else decoded from the bytes."""
        identity = event.identity
        key = identity.access_key_id
        known = key if isinstance(key, str) else ""
        use = LastUse(event.time, service, event.region)
        if known and known not in self._machine.principals.keys:
            self._machine.principals.keys[known] = bytes(Reader.head(record).identity).decode()
        self._remember(event.account, known, use)
        self.sightings.meet_live(event)
        self.accesses.meet_live(identity, self._label(service, action, record), use)
        failed = event.error is not None
        steps = self._steps_of(service, action, failed)
        for step in steps:
            one = step.declared
            fits = one.params is type(event.params) and (
                one.result is type(event.result) or one.result is type(None)
            )
            try:
                mine = event if fits else self.event_as(one, event, record, parts[0], parts[1])
            except Unprojectable:
                if failed:  # as above: refused before its parameters could be read
                    continue
                raise
            self._project(step, mine)
        self._count(service, action, _live_outcome(failed, bool(steps)))

    def _steps_of(self, service: str, action: str, failed: bool) -> list[Step]:
        """The functions that fold an action."""
        registry = self._machine.registry
        if self._live_generation != registry.generation:
            self._live.clear()
            self._live_generation = registry.generation
        known = (service, action, failed)
        found = self._live.get(known)
        if found is None:
            declared = (registry.evidences if failed else registry.projectors).get((service, action), ())
            found = self._live[known] = [Step(self._machine, one, action) for one in declared]
        return found

    def _label(self, service: str, action: str, record: bytes) -> str:
        """What the records of an action tell that it is: S3's name some of theirs otherwise."""
        found = self._labels.get((service, action))
        if found is None:
            found = self._labels[service, action] = self._plan(self.reader.head(record)).label
        return found

    def _project(self, step: Step, event: Event[Any, Any], *, watched: bool = False) -> None:
        if step.tokens and self._is_repeat(step.declared, event):
            return
        owner = step.owner
        if step.at is None:
            places: Iterable[Place] = (owner.place(event.account, event.region),)
        else:
            places = self.places(step.declared, event)
        for place in places:
            if event.shared and self._is_copy(step, event, place):
                continue
            state = self._machine.state(place)
            if watched:  # a refusal may prove that something is gone
                before = gaps.held(step, state, event.params)
                step.fn(state, event)
                self.gaps.add(Missing.DELETION, step.owner.name, gaps.left(before, state), event.id)
            else:
                step.fn(state, event)
            if step.watched:
                self.sightings.changed()
            if step.timers is not None:
                self.timers.expect(place, step.timers.next_due(state))

    def _is_copy(self, step: Step, event: Event[Any, Any], place: Place) -> bool:
        """Whether another account's record of the same call was folded into this State."""
        copies: Copies = self._machine.core_state(PLACE, Copies)
        return copies.is_copy(event.shared, event.time, place, step.declared.fn.__name__)

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
        return self.reader.event(declared, head, action, note, sealed, cause)

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
        return self.reader.event(declared, Reader.head(record), event.name, note, sealed, event.cause)

    def form(self, service: str) -> Form:
        """How CloudTrail writes a service's payloads."""
        return self.reader.form(service)

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
        return codec.decoder(owner.handlers[action].answers).decode(used.answer)

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

    def _remember(self, account: str, key: str, use: LastUse) -> None:
        """Take down what a record tells of a key and an account."""
        if self.last_time is None or use.time > self.last_time:
            self.last_time = use.time
        principals = self._machine.principals
        accounts = principals.accounts
        accounts[account] = accounts.get(account, 0) + 1
        if key.startswith(LONG_TERM):
            principals.used[key] = use

    def _key(self, identity: bytes) -> tuple[str, str]:
        """The access key and the account of a `userIdentity`, each "" where it tells none."""
        try:
            found = _key.decode(identity) or _Key()
        except msgspec.ValidationError as error:
            raise Unprojectable(str(error)) from error
        if len(self._keys) >= _MOST_IDENTITIES:
            self._keys.clear()
        told = self._keys[identity] = (found.accessKeyId or "", found.accountId or "")
        return told

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


def _unfolded(plan: Plan, head: Head) -> Folded:
    """What became of a record that no function folds."""
    if plan.failed:
        return Folded.FAILED
    if head.corrects:
        return Folded.READ
    read = is_read_only(plan.service, plan.action) if head.read_only is None else head.read_only
    return Folded.READ if read else Folded.OPAQUE


def _live_outcome(failed: bool, declared: bool) -> Folded:
    if failed:
        return Folded.FAILED
    return Folded.PROJECTED if declared else Folded.READ


def _token(owner: Service[Any], action: str, params: Any) -> str | None:
    attribute = owner.tokens.get(action)
    token = getattr(params, attribute, None) if attribute is not None else None
    return token if isinstance(token, str) and token else None


def _fingerprint(params: Any) -> str:
    return hashlib.sha256(codec.canonical(params)).hexdigest()
