"""A past moment: reads are answered as of then, what would fold is refused, nothing is recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from backtrail.call import Effect, as_answer
from backtrail.errors import Refusal
from backtrail.facts import Answered
from backtrail.machine import Machine
from backtrail.waiting import Pending


def answer(pending: Pending, machine: Machine, moment: datetime, decide: Callable[[], Any]) -> Effect | None:
    """Answer a call from the state of a past moment; or the effect that must read the log first."""
    incoming = pending.incoming
    if (incoming.service, incoming.action) in machine.registry.projectors:
        message = (
            f"This is the account as of {moment:%Y-%m-%d %H:%M:%S}Z, and the past cannot be changed. To go on from "
            f"there, serve a fork of it: backtrail fork --at {moment:%Y-%m-%dT%H:%M:%SZ} OTHER.db"
        )
        outcome: Any = Refusal("PastIsReadOnly", message, status=409)
    else:
        outcome = decide()
    if isinstance(outcome, Effect):
        if outcome.reads:
            return outcome
        outcome = Refusal("PastIsReadOnly", "A past moment has no effects.", status=409)
    error = outcome if isinstance(outcome, Refusal) else None
    result = None if error is not None else as_answer(outcome).result
    pending.future.set_result(Answered(result=result, error=error, request_id=pending.request_id))
    return None
