"""Behind a session: which call gave it to whom, back to the one who began.

Fed with records, in any order, `Sessions` resolves every role session to the call that gave it and so to
its caller, link by link. What the records do not tell ends in a link that says which record is missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import cast

import msgspec

from backtrail.actors.identity import Actor, Json, actor, named, obj, text
from backtrail.mentions.refusals import failed
from backtrail.order import micros

_SECOND = 1_000_000
_SLACK = 2 * _SECOND  # between a session's beginning and the eventTime of the call that gave it
# An instance's role session is named after the instance,
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2.html
INSTANCE = re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})")
# A task's is named after the task, https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
TASK = re.compile(r"[0-9a-f]{32}")
_SESSIONS = frozenset({"AssumedRole", "Role", "FederatedUser"})
_LONGEST = 4_000  # roles chained behind one call: AWS has no limit on the number, only on the hour


CIRCLE = "the records lead in a circle: one key stands for several"


class Confidence(StrEnum):
    """How sure it is that this event gave the actor its session."""

    CERTAIN = "certain"  # the access key, or the record itself, says so
    LIKELY = "likely"  # the same principal, at the very second at which the session began
    POSSIBLE = "possible"  # the same principal, within two seconds
    UNKNOWN = "unknown"


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a chain: an actor, the event that gave it its session, how sure that is, what would be
    needed.

    `event_id` is None for who needs no session (a user's own key, a service) and where it is unknown.
    """

    actor: Actor
    event_id: str | None
    confidence: Confidence
    missing: str | None = None


class Given(msgspec.Struct, frozen=True):
    """Credentials or a console session that a record gave."""

    caller: Actor
    event_id: str
    time: int
    shared: str | None = None
    sessions: frozenset[str] = frozenset()  # principals and ARNs of what it gave
    console: bool = False  # given to the same principal, not to another's session


class Sessions:
    """Knows which call gave which session to whom."""

    def __init__(self) -> None:
        self._by_key: dict[str, list[Given]] = {}
        self._by_principal: dict[str, list[Given]] = {}
        self._shared: dict[str, Given] = {}

    def learn(self, record: Mapping[str, object]) -> None:
        """Remember what the record gave: temporary credentials, or a sign-in to the console. Others are
        passed over."""
        answer = obj(cast(Json, record.get("responseElements")))
        keys = _keys_given(answer)
        signed_in = record.get("eventType") == "AwsConsoleSignIn"
        shared = text(cast(Json, record.get("sharedEventID")))
        if not (keys or signed_in or (shared and _assumes(record))) or _failed(record):
            return
        sessions = _sessions_given(record, answer, signed_in=signed_in)
        given = _given(record, shared, sessions, console=signed_in)
        if shared:
            self._shared[shared] = _fuller(self._shared.get(shared), given)
        for key in keys:
            self._by_key.setdefault(key, []).append(given)
        for principal in sessions:
            self._by_principal.setdefault(principal, []).append(given)

    def chain(self, record: Mapping[str, object]) -> list[Link]:
        """From the record's actor to the one who began: the last link is a human, a service, or an unknown
        root.

        The first link is the actor itself; each next one is the caller of the event that gave the one
        before its session.
        """
        links: list[Link] = []
        current: Actor | None = actor(record)
        seen: set[str] = set()
        machine: Actor | None = None
        while current is not None and len(links) < _LONGEST:
            link, after = self._step(current, record if not links else None)
            if after is None and current.kind == "AWSService":
                after = machine  # the service handed the session to an instance, which then acted
            machine, current = _machine(current), after
            if link.event_id is not None:
                if link.event_id in seen:
                    links.append(_unknown(link.actor, CIRCLE))
                    break
                seen.add(link.event_id)
            links.append(link)
        return links

    def _step(self, who: Actor, record: Mapping[str, object] | None) -> tuple[Link, Actor | None]:
        """The link of an actor, and who stands behind it."""
        given, confidence = self.origin(who)
        if who.kind not in _SESSIONS:
            return _root(who, given, confidence), None
        if given is None:
            return _beyond(who, record)
        link = Link(actor=who, event_id=given.event_id, confidence=confidence)
        if given.console and given.caller.kind in _SESSIONS and given.caller.session_key[2] == who.principal:
            return link, None  # signed in straight to this session: there is no caller before it
        return link, self.fullest(given)

    def fullest(self, given: Given) -> Actor:
        """The caller, from the copy that the caller's own account received where there is one."""
        other = self._shared.get(given.shared) if given.shared else None
        return _fuller(other, given).caller

    def origin(self, who: Actor) -> tuple[Given | None, Confidence]:
        """What gave an actor its session, by the first rule that fits: key, then principal and time."""
        minted = self._by_key.get(who.access_key) if who.access_key else None
        if minted:
            names = _names(who)
            fits = [given for given in minted if not given.sessions or given.sessions & names]
            best = _fullest_of(fits or minted)
            return best, Confidence.CERTAIN if fits else Confidence.POSSIBLE
        if not who.began:
            return None, Confidence.UNKNOWN
        began = micros(who.began)
        candidates = [
            given
            for principal in _names(who)
            for given in self._by_principal.get(principal, ())
            if abs(given.time - began) <= _SLACK
        ]
        if not candidates:
            return None, Confidence.UNKNOWN
        best = min(candidates, key=lambda given: (abs(given.time - began), given.event_id))
        exact = best.time // _SECOND == began // _SECOND
        return best, Confidence.LIKELY if exact else Confidence.POSSIBLE


def _failed(record: Mapping[str, object]) -> bool:
    return failed(
        cast(Json, record.get("errorCode")),
        cast(Json, record.get("errorMessage")),
        cast(Json, record.get("requestParameters")),
        cast(Json, record.get("responseElements")),
        str(record.get("eventName") or ""),
    )


def _assumes(record: Mapping[str, object]) -> bool:
    return str(record.get("eventName") or "").startswith("AssumeR")


def _keys_given(answer: dict[str, Json]) -> list[str]:
    """The access keys of temporary credentials in an answer (`credentials`, or a set of them)."""
    sets = answer.get("credentialSet")
    holders = [answer, *(obj(one) for one in (sets if isinstance(sets, list) else []))]
    found = (text(obj(holder.get("credentials")).get("accessKeyId")) for holder in holders)
    return [key for key in found if key and "*" not in key]


def _given(
    record: Mapping[str, object], shared: str | None, sessions: frozenset[str], *, console: bool
) -> Given:
    caller = actor(record)
    switched = text(obj(cast(Json, record.get("additionalEventData"))).get("SwitchFrom"))
    if switched and switched.startswith("arn:"):
        caller, console = named(switched), False
    time = micros(str(record.get("eventTime") or ""))
    return Given(caller, str(record.get("eventID") or ""), time, shared, sessions, console)


def _names(who: Actor) -> frozenset[str]:
    """What an actor's session is known by."""
    return frozenset(name for name in (who.principal, who.arn) if name)


def _sessions_given(
    record: Mapping[str, object], answer: dict[str, Json], *, signed_in: bool
) -> frozenset[str]:
    """Principals and ARNs of the sessions that a record gave."""
    if signed_in:
        return _names(actor(record))
    users = obj(answer.get("assumedRoleUser")), obj(answer.get("federatedUser"))
    names = (text(user.get(key)) for user in users for key in ("assumedRoleId", "federatedUserId", "arn"))
    return frozenset(name for name in names if name)


def _fuller(old: Given | None, new: Given) -> Given:
    """Of two copies of one call, the one that knows its caller better; of equals, the lower id."""

    def knows(given: Given) -> tuple[bool, bool, str]:
        return given.caller.arn is None, given.caller.kind == "AWSAccount", given.event_id

    return new if old is None else min(old, new, key=knows)


def _fullest_of(copies: list[Given]) -> Given:
    best = copies[0]
    for other in copies[1:]:
        best = _fuller(best, other)
    return best


def _root(who: Actor, given: Given | None, confidence: Confidence) -> Link:
    """The link of an actor behind whom nobody stands."""
    if who.kind == "AWSAccount" and who.account and who.name != "anonymous":
        return _unknown(who, f"who in account {who.account} called: that account's trail")
    if who.kind == "Unknown":
        return _unknown(who, "the record does not say who called")
    if given is None or confidence is Confidence.POSSIBLE:
        return Link(actor=who, event_id=None, confidence=Confidence.CERTAIN)
    return Link(actor=who, event_id=given.event_id, confidence=confidence)


def _unknown(who: Actor, missing: str) -> Link:
    return Link(actor=who, event_id=None, confidence=Confidence.UNKNOWN, missing=missing)


def _beyond(who: Actor, record: Mapping[str, object] | None) -> tuple[Link, Actor | None]:
    """A session that no known record gave: what the identity itself tells of its origin."""
    identity = obj(cast(Json, record.get("userIdentity"))) if record else {}
    missing = _missing(who)

    def link(confidence: Confidence) -> Link:
        return Link(actor=who, event_id=None, confidence=confidence, missing=missing)

    if who.on_behalf_of:
        return link(Confidence.CERTAIN), Actor(kind="IdentityCenterUser", name=who.on_behalf_of)
    if who.kind == "FederatedUser" and who.issuer:
        return link(Confidence.CERTAIN), named(who.issuer)
    machine = _machine(who)
    if machine is not None:
        return link(Confidence.LIKELY), machine
    if who.provider:
        kind = "SAMLUser" if "saml-provider" in who.provider else "WebIdentityUser"
        return link(Confidence.LIKELY), Actor(
            kind=kind, name=who.session or who.provider, provider=who.provider
        )
    if who.session and obj(identity.get("sessionContext")).get("ec2RoleDelivery"):
        return link(Confidence.LIKELY), Actor(kind="Instance", name=who.session, account=who.account)
    if who.invoked_by and who.issuer and "/aws-service-role/" in who.issuer:
        return link(Confidence.LIKELY), Actor(kind="AWSService", name=who.invoked_by)
    return link(Confidence.UNKNOWN), None


def _machine(who: Actor) -> Actor | None:
    """The instance that a session is named after."""
    name = (who.session or "").rpartition("/")[2]
    return Actor(kind="Instance", name=name, account=who.account) if INSTANCE.fullmatch(name) else None


def _missing(who: Actor) -> str:
    """Which record would tell more."""
    began = f" at {who.began}" if who.began else ""
    shown = who.access_key and "*" not in who.access_key  # a masked one is nothing to look for
    key = f"access key {who.access_key}" if shown else f"the session {who.name}"
    where = f"account {who.account}" if who.account else "its account"
    return f"no record gave {key}: look{began} in the trail of {where}, or of the account that called"
