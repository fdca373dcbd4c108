"""When each user, role and root called what last: what the log itself tells of the use of permissions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from backtrail.call import LastUse
from backtrail.payload import UnsetType
from backtrail.record import Identity, decode_identity

if TYPE_CHECKING:
    from backtrail.machine import Machine

_MOST = 20_000  # identities remembered at once


class Accesses:
    """Keeps `Principals.accessed` of one machine: the ARN of a user, role or root -> `service:Action` -> last call."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._arns: dict[bytes, str] = {}

    def meet(self, identity: bytes, label: str, use: LastUse) -> None:
        """A record of a call, its `userIdentity` as it stands there."""
        arn = self._arns.get(identity)
        if arn is None:
            if len(self._arns) >= _MOST:
                self._arns.clear()
            arn = self._arns[identity] = principal_of(decode_identity(identity))
        self._note(arn, label, use)

    def meet_live(self, identity: Identity, label: str, use: LastUse) -> None:
        """The same, of a record that was made here."""
        self._note(principal_of(identity), label, use)

    def _note(self, arn: str, label: str, use: LastUse) -> None:
        if not arn:
            return
        accessed = self._machine.principals.accessed
        seen = accessed.get(arn)
        if seen is None:
            seen = accessed[arn] = {}
        seen[label] = use


def of(accessed: Mapping[str, Mapping[str, LastUse]], arn: str) -> Mapping[str, LastUse]:
    """The last calls of a principal, or of all principals of an account (by its number)."""
    if not arn.isdigit():
        return accessed.get(arn, {})
    found: dict[str, LastUse] = {}
    for principal, seen in accessed.items():
        if f"::{arn}:" in principal:
            for label, use in seen.items():
                if label not in found or use.time > found[label].time:
                    found[label] = use
    return found


def principal_of(identity: Identity) -> str:
    """The ARN of the user, role or root behind an identity; "" for services and strangers."""
    context = identity.session_context
    if not isinstance(context, UnsetType) and not isinstance(context.session_issuer, UnsetType):
        issuer = context.session_issuer.arn
        if isinstance(issuer, str) and issuer:
            return issuer
    return identity.arn if isinstance(identity.arn, str) else ""
