"""What a call is, beyond its parameters, when it reaches the engine."""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail.call import Caller
from backtrail.errors import Refusal
from backtrail.payload import UNSET, UnsetType
from backtrail.record import TlsDetails
from backtrail.trail.forms import HttpFacts

NO_HTTP = HttpFacts()


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Where a call came from: what a record tells of it beside who and what."""

    source_ip: str = "127.0.0.1"
    user_agent: str = ""
    http: HttpFacts = NO_HTTP
    tls: TlsDetails | UnsetType = UNSET
    authentication: str = "AuthHeader"

    @property
    def secure(self) -> bool:
        """Whether it came over TLS."""
        return not isinstance(self.tls, UnsetType)


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A command on its way: complete, and plain enough to be kept. `params` is parsed JSON in the record's names."""

    service: str
    action: str
    params: Any
    account: str
    region: str
    as_: str | None = None
    source_arn: str | None = None


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What makes a call that nobody outside made.

    `key` is the command's (`eventID/reaction/ordinal/attempt`), `root` the event that began the chain, `sender` the
    service that sent it, `caller` who made its cause; `chain` counts the reactions that the chain passed through
    before it, `through` is what its effect comes through besides (`backtrail.lineage`).
    """

    key: str
    root: str
    sender: str
    sent: Sent
    caller: Caller
    chain: dict[str, int] = {}
    through: str = ""


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """One call on its way in.

    `params` is the action's Struct, or a dict in the record's names where no plugin has the action. `refused` is
    set when the wire or the validation already found what AWS would refuse: the call is recorded all the same.
    `trace` is its X-Amzn-Trace-Id, which names the effect within which it is made.
    """

    service: str
    action: str
    params: Any
    caller: Caller
    account: str
    region: str
    facts: Facts = Facts()
    refused: Refusal | None = None
    request_id: str | None = None
    origin: Origin | None = None
    internal: bool = False
    trace: str = ""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """How a call ended, after its record was committed. `result` is the handler's own; `error` a Refusal.

    `event_id` is empty for an answer that left no record (a past moment's).
    """

    result: Any = None
    error: Refusal | None = None
    request_id: str
    event_id: str = ""
