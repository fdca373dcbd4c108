"""The sessions of a log: gathered, searched, followed forwards and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import msgspec

from backtrail.actors import Actor, Confidence, Lineage, Session, actor
from backtrail.actors.sessions import CIRCLE
from backtrail_cli.progress import progress
from backtrail_eventstore import SqliteStore
from backtrail_eventstore.scanning import records


async def gather(store: SqliteStore) -> Family:
    """All sessions of a log."""
    lineage = Lineage()
    done = 0
    with progress("Reading", store.head[0] or None) as advance:
        async for rows in records(store):
            for _, record in rows:
                lineage.learn(record)
            done += len(rows)
            advance(done, "")
    return Family(lineage.sessions(), lineage.doubtful(), lineage.session_of_actor)


class Family:
    """Sessions, and who came out of whom."""

    def __init__(
        self,
        sessions: Iterable[Session],
        doubtful: Collection[str],
        session_of_actor: Callable[[Actor], str],
    ) -> None:
        self.sessions = list(sessions)
        self.session_of_actor = session_of_actor
        self.doubtful = sorted(doubtful)
        self.by_id = {one.id: one for one in self.sessions}
        self._children: defaultdict[str, list[Session]] = defaultdict(list)
        for one in self.sessions:
            for parent in parents(one):
                if parent in self.by_id and parent != one.id:
                    self._children[parent].append(one)

    @classmethod
    def nobodys(cls) -> Family:
        """No sessions at all."""
        return cls((), (), lambda who: "")

    def session_of(self, record: Mapping[str, object]) -> str:
        """The id of the session that a record belongs to."""
        return self.session_of_actor(actor(record))

    def children(self, session: Session) -> list[Session]:
        """What came out of a session directly: sessions that it was given, and users' whose key it made."""
        return self._children[session.id]

    def path(self, session: Session) -> list[Session]:
        """A session and those behind it, to the last that the log holds; a circle is gone round once."""
        steps = {session.id: session}
        last = session
        while (parent := self.by_id.get(last.origin.parent or "")) is not None and parent.id not in steps:
            steps[parent.id] = last = parent
        return list(steps.values())

    def root(self, session: Session) -> tuple[str, Confidence, str]:
        """Who began it, how sure that is (the weakest link's confidence), and which record is missing."""
        path = self.path(session)
        order = list(Confidence)
        sure = max((one.origin.confidence for one in path), key=order.index)
        last = path[-1]
        if last.origin.parent in {one.id for one in path}:
            return "", Confidence.UNKNOWN, CIRCLE
        if last.origin.confidence is Confidence.UNKNOWN and last.kind not in ("IAMUser", "Root"):
            return "", Confidence.UNKNOWN, last.origin.missing or ""
        who = (
            title(last)
            if last.origin.parent is None and not last.origin.behind
            else last.origin.behind or title(last)
        )
        if last.kind in ("IAMUser", "Root"):
            who = title(last)
        return who, sure, next((one.origin.missing for one in path if one.origin.missing), "")

    def closure(self, begin: Iterable[Session]) -> list[Session]:
        """These sessions and all that came out of them, over sessions given and keys made."""
        found: dict[str, Session] = {}
        waiting = list(begin)
        while waiting:
            one = waiting.pop()
            if one.id not in found:
                found[one.id] = one
                waiting += self.children(one)
        return [one for one in self.sessions if one.id in found]

    def of_actor(self, actor: str) -> list[Session]:
        """The sessions that a name means."""
        return [one for one in self.sessions if matches(one, actor)]

    def nobody(self, actor: str | None) -> str:
        """What to say where an actor is asked for whom no session knows; empty where there is one, or none is asked."""
        if actor is None or self.of_actor(actor):
            return ""
        return f"No session of this log is meant by --actor {actor}; `backtrail sessions` lists them."

    def owner(self, actor: str) -> Callable[[str, str], bool]:
        """Whether a record is an actor's, by its session and address: of an address only what came from there, and
        what came out of that, for the owner of a leaked key goes on using it elsewhere."""
        closure = self.closure(self.of_actor(actor))
        if not any(actor in one.addresses for one in closure):
            ids = {one.id for one in closure}
            return lambda session, _: session in ids
        wholly = {one.id for one in closure if list(one.addresses) == [actor]}
        return lambda session, address: session in wholly or address == actor


def parents(session: Session) -> list[str]:
    """The sessions that a session came out of: the one that was behind it, and those that made its keys."""
    made = [one.session for one in session.made]
    return list(dict.fromkeys(one for one in (session.origin.parent, *made) if one))


def matches(session: Session, actor: str) -> bool:
    """Whether a session is meant by an ARN, a user's, role's or session's name, a key, a session id, a principal,
    an address, or a part of a user agent."""
    names = (session.id, session.arn, session.principal, session.name, *session.keys, *session.unused)
    if actor in names or actor in session.addresses:
        return True
    if actor in session.name.split("/") or (session.principal or "").partition(":")[2] == actor:
        return True
    if session.arn and session.arn.endswith((f"/{actor}", f":{actor}")):
        return True
    return len(actor) > 3 and any(actor in agent for agent in session.agents) and not actor.startswith("arn:")


def title(session: Session) -> str:
    """A session in a few words."""
    match session.kind:
        case "Root":
            return f"root of {session.account}" if session.account else "root"
        case "IAMUser":
            return f"user {session.name}"
        case "AssumedRole" | "Role":
            return f"role {session.name}"
        case "FederatedUser":
            return f"federated user {session.name}"
        case "AWSService":
            return session.name
        case _:
            return (
                session.name
                if session.kind in ("AWSAccount", "Unknown")
                else f"{session.name} ({session.kind})"
            )


def plain(session: Session, family: Family) -> dict[str, Any]:
    """A session for programs, with the path to the one who began."""
    who, sure, missing = family.root(session)
    root = {"who": who or None, "confidence": str(sure), "missing": missing or None}
    told: dict[str, Any] = msgspec.to_builtins(session)
    return told | {"root": root, "path": [one.id for one in family.path(session)]}
