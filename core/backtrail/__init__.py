"""Backtrail: an AWS control plane whose only truth is an append-only log of CloudTrail records.

This is all that a plugin imports:

    svc = Service("name", State)          @svc.handle @svc.read            decide
                                          @svc.project @svc.evidence       fold
                                          @svc.react @svc.outcome @svc.timer   tell
"""

from backtrail.blob import Blob
from backtrail.call import (
    CALLER,
    Access,
    Answer,
    Call,
    Caller,
    Command,
    Credential,
    Effect,
    Heard,
    Narrowing,
    Outcome,
    ResourcePolicy,
    Wait,
)
from backtrail.errors import NotInTrail, Refusal
from backtrail.hookspecs import hookimpl
from backtrail.known import known, told
from backtrail.life import Cycle, Phase, state_at
from backtrail.paging import BadToken, Page, page
from backtrail.payload import UNSET, Masked, Noted, Params, Sealed, Stars, State, UnsetType, field
from backtrail.record import Event, Identity, Resource
from backtrail.service import Scope, Service, extend
from backtrail.sorted_map import SortedMap

__all__ = [
    "CALLER", "UNSET", "Access", "Answer", "BadToken", "Blob", "Call", "Caller", "Command", "Credential", "Cycle",
    "Effect", "Event", "Heard", "Identity", "Masked", "Narrowing", "NotInTrail", "Noted", "Outcome", "Page", "Params",
    "Phase", "Refusal", "Resource", "ResourcePolicy", "Scope", "Sealed", "Service", "SortedMap", "Stars", "State",
    "UnsetType", "Wait", "extend", "field", "hookimpl", "known", "page", "state_at", "told",
]  # fmt: skip
