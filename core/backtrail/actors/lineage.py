"""All sessions of a log, and which came out of which, back to the one who began.

Fed with records in any order, `Lineage` keeps one entry a session: (account, type, principalId, creationDate). An
access key is no unit: a console session uses a dozen. Where copies of one session name two accounts, the key that
both show makes them one again; a key that is shown by several principals stands for none (a masked trail).
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias, cast

import msgspec

from backtrail.actors.denials import is_denial
from backtrail.actors.identity import Actor, Json, actor, obj, text
from backtrail.actors.session import Session
from backtrail.actors.sessions import Sessions
from backtrail.trail.events import is_read_only

if TYPE_CHECKING:
    from backtrail.actors.origins import Origins

Key: TypeAlias = tuple[str | None, str, str | None, str | None]
Record: TypeAlias = Mapping[str, object]

TEMPORARY = "ASIA"
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html"""

_MOST_IDENTITIES = 50_000  # remembered by their bytes, to know a session again without reading them
_MAKES = ("RunInstances", "CreateFunction", "RunTask", "StartTask")

_decode = msgspec.json.Decoder(dict[str, object]).decode


class _Line(msgspec.Struct, frozen=True):
    """As much of a record as every record is looked at for."""

    identity: msgspec.Raw = msgspec.field(name="userIdentity", default=msgspec.Raw(b"null"))
    time: object = msgspec.field(name="eventTime", default="")
    name: object = msgspec.field(name="eventName", default="")
    ip: object = msgspec.field(name="sourceIPAddress", default=None)
    agent: object = msgspec.field(name="userAgent", default=None)
    error: object = msgspec.field(name="errorCode", default=None)
    read_only: object = msgspec.field(name="readOnly", default=None)
    type: object = msgspec.field(name="eventType", default=None)
    shared: object = msgspec.field(name="sharedEventID", default=None)
    console: object = msgspec.field(name="sessionCredentialFromConsole", default=None)


_line = msgspec.json.Decoder(_Line).decode


class Gathered:
    """What the records of one session tell, while they come in."""

    __slots__ = (
        "actor", "addresses", "agents", "console", "denied", "failed", "first", "keys", "last", "mfa", "reads",
        "records", "services", "unused", "writes",
    )  # fmt: skip

    def __init__(self, who: Actor) -> None:
        self.actor = who
        self.addresses: Counter[str] = Counter()
        self.agents: Counter[str] = Counter()
        self.keys: dict[str, None] = {}
        self.services: dict[str, None] = {}
        self.unused: dict[str, str] = {}  # key -> the event that gave it
        self.first = self.last = ""
        self.records = self.reads = self.writes = self.denied = self.failed = 0
        self.console, self.mfa = who.console, who.mfa

    def add(self, line: _Line) -> None:
        """Count one record."""
        self.records += 1
        time = str(line.time)
        if not self.first or time < self.first:
            self.first = time
        if time > self.last:
            self.last = time
        if isinstance(line.ip, str):
            self.addresses[line.ip] += 1
        if isinstance(line.agent, str):
            self.agents[line.agent] += 1
        if isinstance(line.error, str):
            self.failed += 1
            self.denied += is_denial(line.error)
        read = line.read_only if isinstance(line.read_only, bool) else is_read_only("", str(line.name))
        if read:
            self.reads += 1
        else:
            self.writes += 1

    def join(self, other: Gathered) -> None:
        """Take over what another entry of the same session gathered."""
        if other.records > self.records:
            self.actor = other.actor
        self.addresses += other.addresses
        self.agents += other.agents
        self.keys |= other.keys
        self.services |= other.services
        self.unused |= other.unused
        self.first = min(filter(None, (self.first, other.first)), default="")
        self.last = max(self.last, other.last)
        for name in ("records", "reads", "writes", "denied", "failed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.console, self.mfa = self.console or other.console, self.mfa or other.mfa


class Lineage:
    """Knows every session of the records that it was fed with."""

    def __init__(self) -> None:
        self._found: dict[Key, Gathered] = {}
        self._homes: dict[Key, Key] = {}
        self._by_bytes: dict[bytes, Gathered] = {}
        self._given = Sessions()
        self._minted: dict[str, tuple[str, Record]] = {}  # temporary key -> the event that gave it
        self._keys_made: dict[str, tuple[str, Actor]] = {}  # long-term key -> the event that made it, by whom
        self._things: dict[tuple[str, str], tuple[str, Actor]] = {}  # instance or function -> who made it

    def learn(self, record: bytes) -> None:
        """Take a record in. Raises `msgspec.DecodeError` for what is no JSON object."""
        line = _line(record)
        raw = bytes(line.identity)
        gathered = self._by_bytes.get(raw)
        if gathered is None:
            gathered = self._entry(raw, actor(_decode(record)))
        gathered.add(line)
        if line.console is not None:
            gathered.console = True
        if (
            line.type == "AwsConsoleSignIn"
            or b'"credential' in record
            or b'"accessKey"' in record
            or (isinstance(line.shared, str) and str(line.name).startswith("AssumeR"))
            or str(line.name).startswith(_MAKES)
        ):
            self._learn_giving(_decode(record))

    def _entry(self, raw: bytes, who: Actor) -> Gathered:
        key = session_key(who)
        gathered = self._found.get(key)
        if gathered is None:
            gathered = self._found[key] = Gathered(who)
        if who.access_key:
            gathered.keys[who.access_key] = None
        if who.invoked_by and who.kind != "AWSService":
            gathered.services[who.invoked_by] = None
        gathered.mfa = gathered.mfa or who.mfa
        if len(self._by_bytes) >= _MOST_IDENTITIES:
            self._by_bytes.clear()
        self._by_bytes[raw] = gathered
        return gathered

    def _learn_giving(self, record: Record) -> None:
        """Remember credentials, keys, instances and functions that a successful record gave or made."""
        self._given.learn(record)
        answer, event = obj(cast(Json, record.get("responseElements"))), str(record.get("eventID") or "")
        if record.get("errorCode") or not answer:
            return
        key = text(obj(answer.get("credentials")).get("accessKeyId"))
        if key and "*" not in key:
            self._minted.setdefault(key, (event, record))
        made = text(obj(answer.get("accessKey")).get("accessKeyId"))
        if made:
            self._keys_made.setdefault(made, (event, actor(record)))
        for thing in _things_made(str(record.get("eventName")), answer):
            self._things.setdefault(thing, (event, actor(record)))

    def session_of(self, record: Record) -> str:
        """The id of the session that a record belongs to; `sessions` must have been asked for before."""
        return self.session_of_actor(actor(record))

    def session_of_actor(self, who: Actor) -> str:
        """The id of the session in which an actor acts, as `session_of` tells it."""
        key = session_key(who)
        return session_id(self._homes.get(key, key))

    def sessions(self) -> list[Session]:
        """Every session, the earliest first. Each temporary key belongs to exactly one."""
        from backtrail.actors.origins import Origins  # it needs this module

        whole, self._homes = _merged(self._found)
        doubtful = self.doubtful()
        for gathered in whole.values():
            gathered.keys = {key: None for key in gathered.keys if key not in doubtful}
        self._add_unused(whole)
        origins = Origins(whole, self._given, self._keys_made, self._things)
        made = [_session(key, gathered, origins) for key, gathered in whole.items()]
        return sorted(made, key=lambda one: (one.first or one.began or "", one.id))

    def doubtful(self) -> set[str]:
        """Temporary keys that several principals, or several beginnings, show: a masked trail's, which tell nothing."""
        shown: defaultdict[str, set[object]] = defaultdict(set)
        for (_, kind, principal, began), gathered in self._found.items():
            for key in gathered.keys:
                if key.startswith(TEMPORARY):
                    shown[key].add((kind, principal, began))
        return {key for key, who in shown.items() if len(who) > 1}

    def _add_unused(self, whole: dict[Key, Gathered]) -> None:
        """Keys that were given and never used: of the session of their name and second, else of one of their own."""
        used = {key for gathered in whole.values() for key in gathered.keys}
        by_name: defaultdict[tuple[str | None, str | None], list[Key]] = defaultdict(list)
        for key, gathered in whole.items():
            by_name[(key[2], key[3])].append(key)
            by_name[(gathered.actor.name, key[3])].append(key)  # EC2's AssumeRole tells no principal
        for access_key, (event, record) in sorted(self._minted.items()):
            if access_key in used:
                continue
            who = given_to(record, access_key)
            names = by_name.get((who.principal, who.began)) or by_name.get((who.name, who.began))
            if not names:
                key = session_key(who)
                whole[key] = Gathered(who)
                by_name[(who.principal, who.began)] = names = [key]
            whole[names[0]].unused[access_key] = event


def session_key(who: Actor) -> Key:
    """(account, kind, principal, beginning); what has no principal is known by its name, a service in all accounts."""
    account = None if who.kind == "AWSService" else who.account
    return account, who.kind, who.principal or who.name, who.began


def session_id(key: Key) -> str:
    """A short name for a session, the same in every log that holds it: `s-` and 10 letters of a hash."""
    whole = "\0".join(part or "" for part in key)
    return "s-" + hashlib.sha256(whole.encode()).hexdigest()[:10]


def given_to(record: Record, access_key: str) -> Actor:
    """The session that a record gave a key to, as far as that record tells."""
    answer = obj(cast(Json, record.get("responseElements")))
    asked = obj(cast(Json, record.get("requestParameters")))
    role, federated = obj(answer.get("assumedRoleUser")), obj(answer.get("federatedUser"))
    began = text(cast(Json, record.get("eventTime")))
    caller = actor(record)
    if not role and not federated and not asked.get("roleArn"):  # GetSessionToken: the caller's own
        return msgspec.structs.replace(caller, began=began, access_key=access_key)
    arn = text(role.get("arn")) or text(federated.get("arn"))
    issuer, name = text(asked.get("roleArn")), text(asked.get("roleSessionName")) or text(asked.get("name"))
    principal = text(role.get("assumedRoleId")) or text(federated.get("federatedUserId"))
    account = (arn or issuer or "::::").split(":")[4] or caller.account
    short = arn.partition("assumed-role/")[2] if arn and "assumed-role/" in arn else ""
    role_name = (issuer or "").rpartition("/")[2]
    return Actor(
        kind="FederatedUser" if federated else "AssumedRole",
        name=short or "/".join(part for part in (role_name, name) if part) or "a session",
        arn=arn, account=account, principal=principal or f"{role_name}:{name}", access_key=access_key,
        session=name, began=began, issuer=issuer,
    )  # fmt: skip


def _merged(found: dict[Key, Gathered]) -> tuple[dict[Key, Gathered], dict[Key, Key]]:
    """One entry a session, and which entry each belongs to: copies that name another account, but share principal,
    beginning and a key, are joined."""
    whole: dict[Key, Gathered] = {}
    belongs: dict[Key, Key] = {}
    homes: dict[tuple[str, str, str | None, str | None], Key] = {}
    order = sorted(found.items(), key=lambda item: (-item[1].records, str(item[0])))
    for key, gathered in order:
        shared = [(access, *key[1:]) for access in gathered.keys if access.startswith(TEMPORARY)]
        home = next((homes[one] for one in shared if one in homes), key)
        belongs[key] = home
        if home in whole:
            whole[home].join(gathered)
        else:
            whole[home] = _copy(gathered)
        for one in shared:
            homes[one] = home
    return whole, belongs


def _copy(gathered: Gathered) -> Gathered:
    made = Gathered(gathered.actor)
    made.join(gathered)
    return made


def _things_made(name: str, answer: dict[str, Json]) -> Iterable[tuple[str, str]]:
    """Instances, functions and tasks that a record made: what sessions may be named after."""
    if name == "RunInstances":
        items = obj(answer.get("instancesSet")).get("items")
        for one in items if isinstance(items, list) else ():
            if instance := text(obj(one).get("instanceId")):
                yield "instance", instance
    elif name in ("RunTask", "StartTask"):
        tasks = answer.get("tasks")
        for one in tasks if isinstance(tasks, list) else ():
            if task := text(obj(one).get("taskArn")):
                yield "task", task.rpartition("/")[2]
    elif name.startswith("CreateFunction") and (function := text(answer.get("functionName"))):
        yield "function", function


def _session(key: Key, gathered: Gathered, origins: Origins) -> Session:
    who = gathered.actor
    return Session(
        id=session_id(key), account=key[0], kind=who.kind, name=who.name, principal=who.principal,
        began=who.began, arn=who.arn, keys=tuple(gathered.keys), unused=tuple(gathered.unused),
        addresses=dict(gathered.addresses.most_common()), agents=dict(gathered.agents.most_common()),
        services=tuple(gathered.services), first=gathered.first, last=gathered.last, records=gathered.records,
        reads=gathered.reads, writes=gathered.writes, denied=gathered.denied, failed=gathered.failed,
        console=gathered.console, mfa=gathered.mfa, source_identity=who.source_identity,
        on_behalf_of=who.on_behalf_of, origin=origins.of(key, gathered), made=origins.made(gathered),
    )  # fmt: skip
