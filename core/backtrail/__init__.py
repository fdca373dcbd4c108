"""Backtrail: an AWS control plane whose only truth is an append-only log of CloudTrail records.

This is all that a plugin imports:

    svc = Service("name", State)          @svc.handle @svc.read            decide
                                          @svc.project @svc.evidence       fold
                                          @svc.react @svc.outcome @svc.timer   tell
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from backtrail.lazily import names_of

if TYPE_CHECKING:
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
    from backtrail.controls import Control, Controls
    from backtrail.errors import NotInTrail, Refusal
    from backtrail.hookspecs import hookimpl
    from backtrail.knowing import known, told
    from backtrail.life import Cycle, Phase, state_at
    from backtrail.limits import Quota
    from backtrail.lineage import Lineage
    from backtrail.options import Option
    from backtrail.paging import BadToken, Page, page
    from backtrail.payload import UNSET, Masked, Noted, Params, Sealed, Stars, State, UnsetType, field
    from backtrail.record import Event, Identity, Resource
    from backtrail.service import Scope, Service, extend
    from backtrail.sorted_map import SortedMap

__all__ = [
    "CALLER", "UNSET", "Access", "Answer", "BadToken", "Blob", "Call", "Caller", "Command", "Control",
    "Controls", "Credential", "Cycle", "Effect", "Event", "Heard", "Identity", "Lineage", "Masked",
    "Narrowing", "NotInTrail", "Noted", "Option", "Outcome", "Page", "Params", "Phase", "Quota", "Refusal",
    "Resource", "ResourcePolicy", "Scope", "Sealed", "Service", "SortedMap", "Stars", "State", "UnsetType",
    "Wait", "extend", "field", "hookimpl", "known", "page", "state_at", "told",
]  # fmt: skip

__getattr__ = names_of(
    __name__,
    {
        "blob": "Blob",
        "call": "CALLER Access Answer Call Caller Command Credential Effect Heard Narrowing Outcome "
        "ResourcePolicy Wait",
        "controls": "Control Controls",
        "errors": "NotInTrail Refusal",
        "hookspecs": "hookimpl",
        "knowing": "known told",
        "life": "Cycle Phase state_at",
        "limits": "Quota",
        "lineage": "Lineage",
        "options": "Option",
        "paging": "BadToken Page page",
        "payload": "UNSET Masked Noted Params Sealed Stars State UnsetType field",
        "record": "Event Identity Resource",
        "service": "Scope Service extend",
        "sorted_map": "SortedMap",
    },
)
