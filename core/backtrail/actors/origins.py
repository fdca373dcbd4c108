"""Where a session came from, by the first rule that fits; what the records do not tell is said to be missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from backtrail.actors.identity import Actor, named
from backtrail.actors.lineage import Gathered, Key, session_id, session_key
from backtrail.actors.session import Made, Origin, Rule
from backtrail.actors.sessions import CIRCLE, INSTANCE, TASK, Confidence, Given, Sessions

_STANDING = ("IAMUser", "Root")
_RANK = {Confidence.CERTAIN: 0, Confidence.LIKELY: 1, Confidence.POSSIBLE: 2, Confidence.UNKNOWN: 3}
_NOBODY = "nobody stands behind it"
_RULES = {"instance": Rule.INSTANCE, "function": Rule.FUNCTION, "task": Rule.TASK}
_BEGUN = {"instance": "launched", "function": "made", "task": "run"}


class Origins:
    """Finds the origin of each of a log's sessions."""

    def __init__(
        self, whole: Mapping[Key, Gathered], given: Sessions, keys_made: Mapping[str, tuple[str, Actor]],
        things: Mapping[tuple[str, str], tuple[str, Actor]],
    ) -> None:  # fmt: skip
        self._whole, self._given, self._keys_made, self._things = whole, given, keys_made, things
        self._by_principal: defaultdict[tuple[str, str | None], list[Key]] = defaultdict(list)
        for key in whole:
            self._by_principal[(key[1], key[2])].append(key)

    def of(self, key: Key, gathered: Gathered) -> Origin:
        """The origin of one session."""
        who = gathered.actor
        if who.kind in ("AssumedRole", "Role", "FederatedUser"):
            return self._of_session(key, gathered)
        if who.kind in _STANDING and who.began:
            return self._of_user_session(key, gathered)
        if who.kind == "AWSAccount" and who.account and who.name != "anonymous":
            missing = f"who in account {who.account} called: look in that account's trail"
            return Origin(rule=Rule.NONE, confidence=Confidence.UNKNOWN, missing=missing)
        if who.kind == "Unknown":
            missing = "the records do not say who called"
            return Origin(rule=Rule.NONE, confidence=Confidence.UNKNOWN, missing=missing)
        return Origin(rule=Rule.SELF, confidence=Confidence.CERTAIN)

    def made(self, gathered: Gathered) -> tuple[Made, ...]:
        """The session's long-term keys that a record of the log made."""
        return tuple(
            Made(access_key=key, event_id=event, session=self._of_actor(by))
            for key in gathered.keys
            if key in self._keys_made
            for event, by in (self._keys_made[key],)
        )

    # role sessions, federated users

    def _of_session(self, key: Key, gathered: Gathered) -> Origin:
        who = gathered.actor
        found = self._events(gathered)
        if found:
            given, confidence = found[0]
            origin = self._given_by(who, given, confidence, tuple(one.event_id for one, _ in found))
        else:
            origin = self._stated(who)
        return origin if origin.parent != session_id(key) else _circle(origin)

    def _events(self, gathered: Gathered) -> list[tuple[Given, Confidence]]:
        """All records that gave the session its keys, the surest first; else the one of its second."""
        found: dict[str, tuple[Given, Confidence]] = {}
        for access_key in (*gathered.keys, *gathered.unused):
            given, confidence = self._given.origin(_with(gathered.actor, access_key))
            if given is not None and confidence is Confidence.CERTAIN:
                found.setdefault(given.event_id, (given, confidence))
        if not found:
            given, confidence = self._given.origin(_with(gathered.actor, None))
            if given is not None:
                found[given.event_id] = (given, confidence)
        return sorted(found.values(), key=lambda one: (_RANK[one[1]], one[0].time, one[0].event_id))

    def _given_by(self, who: Actor, given: Given, confidence: Confidence, events: tuple[str, ...]) -> Origin:
        caller = self._given.fullest(given)
        if given.console and caller.session_key[2] == who.principal:  # signed in straight to this session
            return Origin(rule=Rule.SIGN_IN, confidence=confidence, event_ids=events, behind=_NOBODY)
        if caller.kind == "AWSService":
            thing = self._of_thing(who, confidence, events)
            if thing is not None:
                return thing
        if caller.kind == "AWSAccount":
            missing = f"who in account {caller.account} called: look in that account's trail"
            return Origin(
                rule=Rule.KEY, confidence=Confidence.UNKNOWN, event_ids=events, behind=caller.name, missing=missing,
            )  # fmt: skip
        rule = Rule.KEY if confidence is Confidence.CERTAIN else Rule.TIME
        parent = self._of_actor(caller)
        return Origin(
            rule=rule, confidence=confidence, event_ids=events, parent=parent, behind=caller.name
        )  # fmt: skip

    def _of_thing(self, who: Actor, confidence: Confidence, events: tuple[str, ...]) -> Origin | None:
        """A session that a service gave to an instance, a task or a function: who launched, ran or made that."""
        name = (who.session or "").rpartition("/")[2]
        kind = _kind_of(name)
        instance = kind == "instance"
        made = self._things.get((kind, name))
        rule = _RULES[kind]
        if made is None:
            if not instance:
                return None
            missing = (
                f"no RunInstances of {name}: look in the trail of {_account(who)} before this log begins"
            )
            return Origin(
                rule=rule, confidence=Confidence.UNKNOWN, event_ids=events, behind=f"instance {name}", missing=missing
            )  # fmt: skip
        # An instance's id is its own for ever; a function's name may have been another's before.
        sure = max(confidence, Confidence.LIKELY, key=_RANK.__getitem__) if kind == "function" else confidence
        return Origin(
            rule=rule, confidence=sure, event_ids=(*events, made[0]), parent=self._of_actor(made[1]),
            behind=f"{kind} {name}, {_BEGUN[kind]} by {made[1].name}",
        )  # fmt: skip

    def _stated(self, who: Actor) -> Origin:
        """What the identity itself tells, where no record of the log gave the session."""
        missing = _missing(who)
        if who.on_behalf_of:
            return Origin(
                rule=Rule.STATED,
                confidence=Confidence.CERTAIN,
                behind=f"Identity Center user {who.on_behalf_of}",
            )
        if who.kind == "FederatedUser" and who.issuer:
            issuer = named(who.issuer)
            found = self._standing(issuer)
            return Origin(
                rule=Rule.STATED, confidence=Confidence.CERTAIN, parent=found, behind=issuer.name, missing=missing
            )  # fmt: skip
        if INSTANCE.fullmatch((who.session or "").rpartition("/")[2]):
            thing = self._of_thing(who, Confidence.LIKELY, ())
            assert thing is not None
            return thing
        if who.provider:
            behind = f"{who.session or 'somebody'} of {who.provider}"
            return Origin(rule=Rule.STATED, confidence=Confidence.LIKELY, behind=behind, missing=missing)
        thing = self._of_thing(
            who, Confidence.POSSIBLE, ()
        )  # anybody may call a session as a function is called
        if thing is not None:
            return thing
        if who.invoked_by and who.issuer and (sure := _of_service(who.issuer)):
            service = (None, "AWSService", who.invoked_by, None)
            parent = session_id(service) if service in self._whole else None
            return Origin(
                rule=Rule.STATED, confidence=sure, parent=parent, behind=who.invoked_by, missing=missing
            )  # fmt: skip
        return Origin(rule=Rule.NONE, confidence=Confidence.UNKNOWN, missing=missing)

    # users' and roots' own sessions

    def _of_user_session(self, key: Key, gathered: Gathered) -> Origin:
        """A session of a user or root: given as a key, signed in to, or forwarded by a service that acts for it."""
        who = gathered.actor
        found = self._events(gathered)
        if found:
            given, confidence = found[0]
            events = tuple(one.event_id for one, _ in found)
            if given.console:
                return Origin(rule=Rule.SIGN_IN, confidence=confidence, event_ids=events, behind=_NOBODY)
            return self._given_by(who, given, confidence, events)
        if gathered.services and sum(gathered.addresses.values()) == _by_services(gathered):
            return self._forwarded(key, gathered)
        missing = f"no ConsoleLogin or GetSessionToken at {who.began}: look in all regions of {_account(who)}"
        return Origin(rule=Rule.NONE, confidence=Confidence.UNKNOWN, behind=who.name, missing=missing)

    def _forwarded(self, key: Key, gathered: Gathered) -> Origin:
        """Calls that services made for the principal: from which of its own sessions is a matter of time."""
        who = gathered.actor
        own = [
            other
            for other in self._by_principal[(who.kind, key[2])]
            if other != key and not _only_services(self._whole[other]) and self._whole[other].records
        ]
        open_ = [other for other in own if self._whole[other].first <= gathered.first]
        services = ", ".join(gathered.services)
        behind = f"{who.name}, for whom {services} acted"
        if not open_:
            missing = f"no call of {who.name} itself before {gathered.first}"
            return Origin(rule=Rule.FORWARDED, confidence=Confidence.UNKNOWN, behind=behind, missing=missing)
        nearest = max(
            open_, key=lambda other: (self._whole[other].last >= gathered.first, self._whole[other].last)
        )
        sure = Confidence.LIKELY if len(open_) == 1 else Confidence.POSSIBLE
        return Origin(rule=Rule.FORWARDED, confidence=sure, parent=session_id(nearest), behind=behind)

    # whose session

    def _of_actor(self, who: Actor) -> str | None:
        """The id of the session in which an actor acted; None where the log has none."""
        key = session_key(who)
        if key in self._whole:
            return session_id(key)
        same = [other for other in self._by_principal[(key[1], key[2])] if other[3] == key[3]]
        return session_id(same[0]) if same else None

    def _standing(self, who: Actor) -> str | None:
        for key, gathered in self._whole.items():
            if key[3] is None and gathered.actor.arn == who.arn and key[1] == who.kind:
                return session_id(key)
        return None


def _kind_of(name: str) -> str:
    """What a session of this name may be of."""
    return "instance" if INSTANCE.fullmatch(name) else "task" if TASK.fullmatch(name) else "function"


def _of_service(issuer: str) -> Confidence | None:
    """How sure it is that a role which a service calls with was assumed by that service itself: nobody else may assume
    a service-linked role; people may, but seldom do, assume those that the console makes for services."""
    if "/aws-service-role/" in issuer:
        return Confidence.LIKELY
    return Confidence.POSSIBLE if "/service-role/" in issuer else None


def _with(who: Actor, access_key: str | None) -> Actor:
    import msgspec

    return msgspec.structs.replace(who, access_key=access_key)


def _only_services(gathered: Gathered) -> bool:
    return bool(gathered.services) and sum(gathered.addresses.values()) == _by_services(gathered)


def _by_services(gathered: Gathered) -> int:
    """How many of the session's records come from AWS's own addresses."""
    return sum(
        count
        for address, count in gathered.addresses.items()
        if address == "AWS Internal" or address.endswith(".amazonaws.com")
    )


def _circle(origin: Origin) -> Origin:
    return Origin(
        rule=origin.rule, confidence=Confidence.UNKNOWN, event_ids=origin.event_ids,
        missing=CIRCLE,
    )  # fmt: skip


def _account(who: Actor) -> str:
    return f"account {who.account}" if who.account else "its account"


def _missing(who: Actor) -> str:
    shown = who.access_key and "*" not in who.access_key  # a masked one is nothing to look for
    key = f"access key {who.access_key}" if shown else f"the session {who.name}"
    began = f" at {who.began}" if who.began else ""
    return f"no record gave {key}: look{began} in the trail of {_account(who)}, or of the account that called"
