"""What does not come to be in the other timeline: resources, keys, sessions, and calls that were caused by it.

All of it is read from the records by generic rules, so that services without a plugin are covered too.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, cast

from backtrail.actors import Actor
from backtrail.mentions import Mention, Verb, aliases, mentions
from backtrail.order import micros

_SECOND: Final = 1_000_000
_SOON: Final = 2 * _SECOND
"""How long after a call what a service does for it is recorded (measured: within two seconds)."""

_FOR_WRITES: Final = ("GenerateDataKey", "Encrypt", "ReEncrypt", "CreateGrant", "Create", "Put")
"""What no service does for a call that only reads."""

_UNIQUE: Final = ("AROA", "AIDA", "AGPA", "ANPA", "AIPA")


class Because(NamedTuple):
    """Why something is not there: which event does not happen, and in words."""

    event_id: str
    why: str


class _Ended(NamedTuple):
    time: int
    principal: str
    source: str
    event_id: str
    about: frozenset[str]  # the identifiers that it names
    reads: bool


class Absence:
    """Knows what is absent, as the records go by in the order of time."""

    def __init__(self) -> None:
        self._resources: dict[tuple[str, str], Because] = {}  # (type, identifier)
        self._by_id: dict[str, set[str]] = {}  # identifier -> types
        self._keys: dict[str, Because] = {}
        self._sessions: dict[str, list[tuple[int, Because]]] = {}  # principal or ARN -> when it was given
        self._events: dict[str, Because] = {}
        self._requests: dict[str, Because] = {}
        self._about: dict[str, str] = {}  # identifier -> the last call about it that does not happen
        self.ambiguous = ""  # why nobody can tell whether the call that was asked about last is made
        self._ended: deque[_Ended] = deque(maxlen=1000)
        self._going: deque[_Ended] = deque(maxlen=1000)
        self._last: tuple[Mapping[str, Any], list[Mention]] = ({}, [])  # a record, and what it mentions

    def __len__(self) -> int:
        return len(self._events)

    def mentions(self, record: Mapping[str, Any]) -> list[Mention]:
        """What a record mentions: asked several times of one before the next."""
        if self._last[0] is not record:
            self._last = record, list(mentions(record))
        return self._last[1]

    # learning

    def ends(self, record: Mapping[str, Any], event_id: str, who: Actor, why: str) -> None:
        """A recorded call does not happen, or does nothing: what it made is absent from here on."""
        because = Because(event_id, why)
        self._events[event_id] = because
        if request := record.get("requestID"):
            self._requests[str(request)] = because
        self._ended.append(_call(record, event_id, who, self.mentions(record)))
        if record.get("errorCode"):
            return
        for one in self.mentions(record):
            if one.certain:
                self._about[one.id] = event_id
            if one.verb is Verb.CREATED and one.certain:
                self._absent(one, because)
        answer = _object(record.get("responseElements"))
        for name in ("credentials", "accessKey"):
            key = _object(answer.get(name)).get("accessKeyId")
            if isinstance(key, str):
                self._keys[key] = because
        time = micros(str(record.get("eventTime") or "1970-01-01T00:00:00Z"))
        for name in ("assumedRoleUser", "federatedUser"):
            for member in ("assumedRoleId", "federatedUserId", "arn"):
                session = _object(answer.get(name)).get(member)
                if isinstance(session, str):
                    self._sessions.setdefault(session, []).append((time, because))
        for unique in _unique_ids(answer) if str(record.get("eventName")).startswith("Create") else ():
            self._sessions.setdefault(unique, []).append((-1, because))

    def happens(self, record: Mapping[str, Any], event_id: str, who: Actor) -> None:
        """A recorded call happens all the same: what it makes is there again."""
        if self._ended:
            self._going.append(_call(record, event_id, who, self.mentions(record)))
        if self._resources and not record.get("errorCode"):
            for one in self.mentions(record):
                if one.verb is Verb.CREATED and one.certain:
                    self._resources.pop((one.type or "", one.id), None)
                    self._by_id.get(one.id, set()).discard(one.type or "")

    def _absent(self, one: Mention, because: Because) -> None:
        self._resources[(one.type or "", one.id)] = because
        self._by_id.setdefault(one.id, set()).add(one.type or "")

    # asking

    def caused(self, cause: str | None) -> Because | None:
        """Why a command's call is not made: its cause does not happen."""
        if not cause or not self._events:
            return None
        first = cause.partition("/")[0]
        return self._events.get(first) or self._requests.get(first)

    def caller(self, record: Mapping[str, Any], who: Actor) -> Because | None:
        """Why there is nobody to make the call: no key, no session, no user or role, no instance; or a service that
        had no call to act for."""
        if not self._events:
            return None
        if who.access_key and who.access_key in self._keys:
            return self._keys[who.access_key]
        if found := self._session(who):
            return found
        machine = (who.session or "").rpartition("/")[2]
        if machine.startswith("i-") and (found := self._resource("ec2:instance", machine)):
            return found
        if who.kind in ("AssumedRole", "IAMUser") and (found := self._holder(who)):
            return found
        return self._forwarded(record, who)

    def _session(self, who: Actor) -> Because | None:
        began = micros(who.began) if who.began else None
        given = [
            (time, because)
            for name in (who.principal, who.arn)
            if name
            for time, because in self._sessions.get(name, ())
            if began is not None and abs(time - began) < _SECOND
        ]
        if given and who.access_key and not who.access_key.startswith("ASIA"):
            return None
        # Several calls may have given sessions of one name in one second; a key then tells them apart.
        return given[0][1] if given and not who.access_key else None

    def _holder(self, who: Actor) -> Because | None:
        """The user, or the role of a session, by its unique id, and by name where it was never made again."""
        unique = (who.principal or "").partition(":")[0]
        for time, because in self._sessions.get(unique, ()):
            if time == -1:
                return because
        return None

    def _forwarded(self, record: Mapping[str, Any], who: Actor) -> Because | None:
        """A call that a service made on somebody's behalf, where the call to that service does not happen.

        Of several calls at that moment those count that are about most of the same things (the secret that a key
        decrypts). Where some of them happen and others do not, nobody can tell: `ambiguous` says so.
        """
        self.ambiguous = ""
        service = who.invoked_by or ""
        if not service or who.kind == "AWSService":
            return None
        time = micros(str(record.get("eventTime") or "1970-01-01T00:00:00Z"))
        mine = who.principal or who.arn or ""

        def fits(one: _Ended) -> bool:
            return (
                one.principal == mine
                and one.source == service
                and 0 <= time - one.time + _SECOND <= _SOON + _SECOND
            )

        writes = str(record.get("eventName")).startswith(_FOR_WRITES)
        ended = [one for one in self._ended if fits(one) and not (writes and one.reads)]
        if not ended:
            return None
        going = [one for one in self._going if fits(one)]
        about = _about(record, self.mentions(record))
        shared = {one.event_id: len(one.about & about) for one in (*ended, *going)}
        most = max(shared.values())
        nearest = [one for one in ended if shared[one.event_id] == most]
        if nearest and any(shared[one.event_id] == most for one in going):
            self.ambiguous = f"for which of several calls {service} acted at that moment"
            return None
        return self._events.get(nearest[-1].event_id) if nearest else None

    def needed(self, record: Mapping[str, Any]) -> tuple[str, Because] | None:
        """A resource that the call needs, and that is absent: its identifier, and why."""
        if not self._resources:
            return None
        for one in self.mentions(record):
            if one.certain and one.verb in (Verb.TOUCHED, Verb.DELETED) and one.id in self._by_id:
                found = self._resource(one.type, one.id)
                if found is not None:
                    return one.id, found
        return None

    def nearest(self, record: Mapping[str, Any]) -> str:
        """The call that does not happen and that is about most of what this one is about; "" where none is."""
        shared = Counter(
            self._about[one.id] for one in self.mentions(record) if one.certain and one.id in self._about
        )
        return shared.most_common(1)[0][0] if shared else ""

    def _resource(self, type_: str | None, identifier: str) -> Because | None:
        """An absent resource; where one of the two types is not known, the only one of that name."""
        if type_:
            found = self._resources.get((type_, identifier)) or self._resources.get(("", identifier))
            return found
        types = self._by_id.get(identifier) or set()
        return self._resources.get((next(iter(types)), identifier)) if len(types) == 1 else None


def _call(record: Mapping[str, Any], event_id: str, who: Actor, told: list[Mention]) -> _Ended:
    time = micros(str(record.get("eventTime") or "1970-01-01T00:00:00Z"))
    source = str(record.get("eventSource") or "")
    reads = record.get("readOnly") is True
    return _Ended(time, who.principal or who.arn or "", source, event_id, _about(record, told), reads)


def _about(record: Mapping[str, Any], told: list[Mention]) -> frozenset[str]:
    """What a call names, the context of an encryption with it (which holds the ARN of what is encrypted)."""
    named = {one.id for one in told}
    context = _object(_object(record.get("requestParameters")).get("encryptionContext"))
    for value in context.values():
        if isinstance(value, str):
            named |= set(aliases(value))
    return frozenset(named)


def _unique_ids(answer: dict[str, Any]) -> list[str]:
    """The unique ids of users and roles that an answer tells of.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    """
    found: list[str] = []
    for name, member in (("role", "roleId"), ("user", "userId")):
        unique = _object(answer.get(name)).get(member)
        if isinstance(unique, str) and unique.startswith(_UNIQUE):
            found.append(unique)
    return found


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
