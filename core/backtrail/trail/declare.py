"""How one service is written down: what its `trail.py` declares, for the generator and the machine.

Members are named `Class.Member`: the class as it is generated (`CreateAccessKeyResult`, `AccessKey`, `Tag`),
the member as the API spells it. Actions are the API's. Everything that a service leaves out follows the rules
that `backtrail.trail` measured on real records.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

import msgspec

from backtrail.trail.times import CloudTime, SpacedTime

K = TypeVar("K")
V = TypeVar("V")

_NONE: Mapping[str, str] = MappingProxyType({})
_NO_FLAGS: Mapping[str, bool] = MappingProxyType({})


class Trail(msgspec.Struct, frozen=True, kw_only=True):
    """One service's way of writing records.

    form: `plain` (the types' names are all there is), `unwrapped` (RDS's family: the content of a result's
        only member), `ec2` or `s3`.
    time: the style of its times, where `typed` says nothing else.
    sealed, masked, starred, removed: secrets, and what CloudTrail shows instead: nothing,
        `HIDDEN_DUE_TO_SECURITY_REASONS`, `****`, `<sensitiveDataRemoved>`.
    named: maps whose values are secrets; CloudTrail shows the list of their keys.
    noted: no secrets, but CloudTrail leaves them out.
    open: members that a rule would keep out of the record, and that stand in it.
    optional: members that the model requires and a record may lack (`Role.RoleId`; `Role.*` for all of a
        class).
    renamed: the record's name where it is not the API's with a small first letter.
    typed: the Python type (as the generated file spells it) where it is not the model's.
    added: members that records have and no public model knows, with their Python type.
    events: an action's eventName where it differs.
    read_only: where `readOnly` is not what the action's verb says.
    shown: reads whose result stands in responseElements; hidden: writes whose result does not.
    data_events: actions that are data events, beside those that core's table knows.
    errors: the record's errorCode for a wire's code.
    keeps_parameters: a denied or throttled call's parameters stay in its record.
    keeps_denied: actions of which that holds, where it does not hold for all of the service.
    api_version: written as `apiVersion`, where core's table says nothing else.
    """

    form: str = "plain"
    time: type[CloudTime] = SpacedTime
    sealed: frozenset[str] = frozenset()
    masked: frozenset[str] = frozenset()
    starred: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    noted: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = _NONE
    typed: Mapping[str, str] = _NONE
    added: Mapping[str, str] = _NONE
    events: Mapping[str, str] = _NONE
    read_only: Mapping[str, bool] = _NO_FLAGS
    shown: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    data_events: frozenset[str] = frozenset()
    errors: Mapping[str, str] = _NONE
    keeps_parameters: bool | None = None
    keeps_denied: frozenset[str] = frozenset()
    api_version: str | None = None
