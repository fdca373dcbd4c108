"""Changes to the other timeline at the moment when it begins: calls by its root, and what a user's own file does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backtrail import ids
from backtrail.call import Caller
from backtrail.errors import BacktrailError, Refusal
from backtrail.facts import Facts, Incoming
from backtrail.identity import default_account
from backtrail.machine import Machine, Request
from backtrail.record import Identity, partition_of
from backtrail.trail import codec
from backtrail.writing import Writer


class ChangeFailed(BacktrailError):
    """The other timeline cannot be changed like that: the words say why."""


class Account:
    """The account of the other timeline, for whoever changes it at its beginning."""

    def __init__(self, machine: Machine, time: datetime, region: str = "us-east-1") -> None:
        self.machine, self.time, self.region = machine, time, region
        self.id = default_account(machine)
        self._writer = Writer(machine)
        self._calls = 0

    def call(self, service: str, action: str, *, region: str = "", **params: Any) -> Any:
        """Call an action as the account's root, with parameters by the record's names; its result.

        Raises `ChangeFailed` where no plugin decides it, or it is refused.
        """
        handler = self.machine.registry.handler(service, action)
        if handler is None:
            raise ChangeFailed(f"no plugin decides {service}:{action}")
        region = region or self.region
        self._calls += 1
        arn = f"arn:{partition_of(region)}:iam::{self.id}:root"
        who = Identity(type="Root", principal_id=self.id, arn=arn, account_id=self.id)
        caller = Caller(identity=who, account=self.id)
        given = codec.convert(params, handler.params)
        event_id = ids.event_id(self.time, self._calls)
        request = Request(
            service=service, action=action, params=given, account=self.id, region=region, time=self.time,
            event_id=event_id, request_id=event_id, caller=caller,
        )  # fmt: skip
        try:
            result = self.machine.decide(request)
        except Refusal as refusal:
            raise ChangeFailed(
                f"{service}:{action} is refused: {refusal.code}: {refusal.message}"
            ) from refusal
        incoming = Incoming(
            service=service, action=action, params=given, caller=caller, account=self.id, region=region, facts=Facts()
        )  # fmt: skip
        written = self._writer.write(incoming, request, result)
        entry = written.entry
        self.machine.folder.fold_live(service, action, written.event, entry.record, entry.note, entry.sealed)
        return written.result
