"""A session: one stretch of acting under one identity, however many access keys it used."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from backtrail.actors.sessions import Confidence


class Rule(StrEnum):
    """What links a session to the one before it, the surest first."""

    KEY = "key"  # a record gave the access key
    SIGN_IN = "sign-in"  # the principal signed in at that second
    TIME = "time"  # the role was assumed within two seconds
    INSTANCE = "instance"  # the machine that the session is named after, and who launched it
    FUNCTION = "function"  # the function that the session is named after, and who made it
    TASK = "task"  # the container task that the session is named after, and who ran it
    FORWARDED = "forwarded"  # a service acts for the principal (a forward access session)
    STATED = "stated"  # the identity itself names who stands behind it
    SELF = "self"  # nobody stands behind it: a user's own keys, a root, a service
    NONE = "none"


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """How a session came to be: by which rule, which events gave it, whose session is behind it, how sure that is.

    `parent` is that session's id where it is known; `behind` names who it is for people, also where no session of
    the log is. `missing` says which record would tell more.
    """

    rule: Rule
    confidence: Confidence
    event_ids: tuple[str, ...] = ()
    parent: str | None = None
    behind: str = ""
    missing: str | None = None


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A long-term access key that a record of the log made, and in whose session."""

    access_key: str
    event_id: str
    session: str | None


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session with all that was done in it. Times are as the records write them.

    `began` is its creation date, None for what needs no session (a user's own keys, a service). `unused` are keys
    that it was given and that no record uses; a session all of whose keys are unused has no records at all.
    """

    id: str
    account: str | None
    kind: str
    name: str
    principal: str | None
    began: str | None
    arn: str | None
    keys: tuple[str, ...]
    unused: tuple[str, ...]
    addresses: dict[str, int]
    agents: dict[str, int]
    services: tuple[str, ...]  # that acted for it (`invokedBy`)
    first: str
    last: str
    records: int
    reads: int
    writes: int
    denied: int
    failed: int  # the denied ones among them
    console: bool
    mfa: bool
    source_identity: str | None
    on_behalf_of: str | None
    origin: Origin
    made: tuple[Made, ...] = ()
