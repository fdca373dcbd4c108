"""Who called: every record proves that its caller was there, whatever the record is of.

A service that keeps principals declares `@service.callers`. It is told of a caller when he is first met, and again
after each of its own records that folded, for those may have ended him. So a log of other services' records costs one
look-up a record, and a State does not depend on how often it was told.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from backtrail.gaps import Missing
from backtrail.record import Event, Identity, decode_identity

if TYPE_CHECKING:
    from backtrail.machine import Machine

_MOST = 20_000  # callers remembered at once


class Sightings:
    """Tells the services that keep principals of the callers of the records that are folded."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._met: set[object] = set()

    def forget(self) -> None:
        """Meet everybody anew."""
        self._machine.memory.clear()
        self._met.clear()

    def changed(self) -> None:
        """A record of a service that watches folded: those whom it keeps may be gone."""
        self._machine.memory.clear()
        self._met.clear()

    def meet(self, identity: bytes, event_id: str, time: datetime, region: str) -> None:
        """Tell of the caller of a record that is about to fold: its `userIdentity` as it stands there."""
        if identity in self._met:
            return
        self._remember(identity)
        self._tell(decode_identity(identity), event_id, time, region)

    def meet_live(self, event: Event[Any, Any]) -> None:
        """The same, of a record that was made here."""
        identity = event.identity
        known = (identity.arn, identity.principal_id, identity.access_key_id)
        if known in self._met:
            return
        self._remember(known)
        self._tell(identity, event.id, event.time, event.region)

    def _remember(self, identity: object) -> None:
        if len(self._met) >= _MOST:
            self._met.clear()
        self._met.add(identity)

    def _tell(self, identity: Identity, event_id: str, time: datetime, region: str) -> None:
        account = identity.account_id
        if not isinstance(account, str) or not account or not isinstance(identity.arn, str):
            return
        for service in self._machine.registry.callers():
            if service.seeing is None:
                continue
            event: Event[Any, Any] = Event(
                id=event_id, time=time, source="", name="", account=account, region=region, params=None, result=None,
                identity=identity,
            )  # fmt: skip
            self._machine.memory.clear()
            service.seeing(self._machine.state(service.place(account, region)), event)
            if event.implied:
                self._machine.folder.gaps.add(Missing.CREATION, service.name, event.implied, event_id)
