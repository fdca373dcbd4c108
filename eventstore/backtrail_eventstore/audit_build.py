"""Building the audit index behind the log: who, when, what, and which resources each record mentions."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping
from typing import TypeGuard, cast

import msgspec

from backtrail import mentions
from backtrail.actors import recipient
from backtrail.trail.events import is_read_only
from backtrail_eventstore import derived, fold_order
from backtrail_eventstore.words import VERBS, Resources, Words

Content = dict[str, object]

_VERB = {verb: number for number, verb in enumerate(VERBS)}

_decode = msgspec.json.Decoder(Content).decode

_NEW = "select seq, event_id, record, note from entry where seq > ? order by seq limit ?"
_EVENT = (
    "insert into event "
    "(seq, t, source, action, account, region, principal, user, access_key, error, ip, read_only) "
    "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_MENTION = "insert or ignore into mention (resource, t, seq, verb, type, certain) values (?, ?, ?, ?, ?, ?)"
_CREDENTIAL = "insert or ignore into credential (access_key, seq) values (?, ?)"
_RECIPIENT = (
    "insert into recipient (account, records) values (?, ?) "
    "on conflict (account) do update set records = records + excluded.records"
)


_UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, RecursionError)


class AuditBuilder:
    """Extends the index slice by slice; resumes where the last slice was committed."""

    def __init__(self, declared: mentions.Declarations | None = None) -> None:
        self._declared = declared
        self._words = Words()
        self._resources = Resources()
        self._made: object = None

    def extend(self, connection: sqlite3.Connection, limit: int) -> int:
        """Index the next entries; how many there were."""
        try:
            with derived.transaction(connection):
                return self._extend(connection, limit)
        except BaseException:
            self._forget()
            raise

    def _forget(self) -> None:
        self._words.forget()
        self._resources.forget()

    def _extend(self, connection: sqlite3.Connection, limit: int) -> int:
        made = derived.mark(connection, "made")
        if made != self._made:
            self._forget()
            self._made = made
        after = derived.position(connection, "audit")
        slice_ = connection.execute(_NEW, (after, limit)).fetchall()
        if not slice_:
            return 0
        events: list[tuple[int | None, ...]] = []
        named: list[tuple[int, ...]] = []
        issued: list[tuple[str, int]] = []
        accounts: Counter[int] = Counter()
        unread: list[tuple[int, str]] = []
        for seq, event_id, record, note in slice_:
            content = _decode(record)
            t = fold_order.place_of(seq, event_id, content)[0]
            event = self._event(connection, seq, t, content)
            events.append(event)
            accounts[cast("int", event[4])] += 1
            issued.extend((key, seq) for key in _issued(content))
            try:
                found = mentions.mentions(_with_note(content, note), self._declared)
            except _UNREADABLE as error:
                # One record that breaks a rule must not close the index for all others.
                unread.append((seq, f"{type(error).__name__}: {error}"))
                continue
            for one in found:
                resource = self._resources.id(connection, one.id)
                type_ = self._words.id(connection, one.type)
                named.append((resource, t, seq, _VERB[one.verb], type_, int(one.certain)))
        connection.executemany(_EVENT, events)
        named.sort()  # neighbours in the B-tree together
        connection.executemany(_MENTION, named)
        connection.executemany(_CREDENTIAL, issued)
        connection.executemany("insert into unread (seq, reason) values (?, ?)", unread)
        connection.executemany(_RECIPIENT, accounts.items())
        derived.set_mark(connection, "audit", slice_[-1][0])
        return len(slice_)

    def _event(
        self, connection: sqlite3.Connection, seq: int, t: int, content: Content
    ) -> tuple[int | None, ...]:
        identity = content.get("userIdentity")
        who = cast("Content", identity) if isinstance(identity, dict) else {}
        told = content.get("readOnly")
        # Records of before version 1.06 do not say: then their name does, or `--writes` would pass over all of them.
        read_only = told if isinstance(told, bool) else is_read_only("", str(content.get("eventName")))

        def word(value: object) -> int:
            return self._words.id(connection, value if isinstance(value, str) else None)

        return (
            seq,
            t,
            word(content.get("eventSource")),
            word(content.get("eventName")),
            word(recipient(content)),
            word(content.get("awsRegion")),
            word(who.get("arn") or who.get("invokedBy") or who.get("principalId")),
            word(user_name(who)),
            word(who.get("accessKeyId")),
            word(content.get("errorCode")),
            word(content.get("sourceIPAddress")),
            int(read_only),
        )


def user_name(who: Mapping[str, object]) -> object:
    """The name of the user, else of the role behind a session."""
    if who.get("userName"):
        return who["userName"]
    session = who.get("sessionContext")
    issuer = cast("Content", session).get("sessionIssuer") if isinstance(session, dict) else None
    return cast("Content", issuer).get("userName") if isinstance(issuer, dict) else None


def _issued(content: Content) -> list[str]:
    """The access keys that the record gave to somebody."""
    response = content.get("responseElements")
    if not isinstance(response, dict):
        return []
    keys: list[str] = []
    for name in ("credentials", "accessKey"):
        given = cast("Content", response).get(name)
        key = cast("Content", given).get("accessKeyId") if isinstance(given, dict) else None
        if isinstance(key, str) and key:
            keys.append(key)
    return keys


def _with_note(content: Content, note: str | None) -> Content:
    """The record with what CloudTrail left out of it put back, as far as it is no secret."""
    if note is None:
        return content
    try:
        beside = _decode(note)
    except msgspec.MsgspecError:
        return content
    whole = dict(content)
    for member, names in (
        ("requestParameters", ("wholeParams", "params")),
        ("responseElements", ("wholeResult", "result")),
        ("additionalEventData", ("own",)),
    ):
        for name in names:
            if name in beside:
                whole[member] = _merged(whole.get(member), beside[name])
    return whole


def _merged(public: object, noted: object) -> object:
    """A sparse tree laid over the public one; where both say something else the public one stays."""
    if public is None:
        return noted
    if not (_is_content(public) and _is_content(noted)):
        return public
    merged = dict(public)
    for name, value in noted.items():
        merged[name] = _merged(merged.get(name), value)
    return merged


def _is_content(value: object) -> TypeGuard[Content]:
    return isinstance(value, dict)
