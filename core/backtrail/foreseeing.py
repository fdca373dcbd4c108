"""Foreseeing a refusal: what a call's head alone tells, before its body is sent.

A client that sends `Expect: 100-continue` waits for leave to send the body. AWS gives the final answer instead where it
knows it already: https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1
"""

from __future__ import annotations

from datetime import datetime

from backtrail import ids
from backtrail.errors import BacktrailError, Refusal
from backtrail.facts import Incoming
from backtrail.machine import Machine, Request

OF_THE_HEAD = frozenset(
    {"AccessDenied", "AllAccessDisabled", "NoSuchBucket", "NoSuchUpload", "PermanentRedirect"}
)
"""The codes of refusals that no body could turn."""


def refusal(machine: Machine, incoming: Incoming, now: datetime) -> Refusal | None:
    """The refusal of a call without a body that its body could not turn; None where the body must be seen.

    Decides and forgets: nothing is recorded, and no state is written.
    """
    facts = incoming.facts
    request = Request(
        service=incoming.service, action=incoming.action, params=incoming.params, account=incoming.account,
        region=incoming.region, time=now, event_id=ids.event_id(now, 0), request_id=incoming.request_id or "",
        caller=incoming.caller, host=facts.http.host, headers=facts.http.headers, waited=True,
        source_ip=facts.source_ip, secure=facts.secure,
    )  # fmt: skip
    try:
        machine.decide(request)
    except Refusal as found:
        return found if found.code in OF_THE_HEAD else None
    except BacktrailError:
        return None
    return None
