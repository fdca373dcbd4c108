"""The outbox: mails, text messages and pushes. Nothing leaves the machine; people and tests read them here.

`backtrail outbox` shows them, each with whether AWS would have delivered it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail import Answer, Call, Event, UnsetType, told
from backtrail_aws.sns import limits
from backtrail_aws.sns.commands import DeliverMessage
from backtrail_aws.sns.moments import micros, sortable, written
from backtrail_aws.sns.state import Letter, Sns, service

DELIVERED = "delivered"
PASSWORD = "OneTimePassword"
"""The kind of message that verifies a number, and so goes to one that is not verified."""


class Outcome(msgspec.Struct, frozen=True):
    """Beside a DeliverMessage: whether AWS would have delivered it, and else why not."""

    outcome: str


@service.handle(internal=True)
def deliver_message(state: Sns, call: Call[DeliverMessage]) -> Answer[None]:
    """Whether a message arrives: phones opt out, and must be verified in the sandbox; apps are switched off."""
    params = call.params
    to = told(params.to, "")
    reason = DELIVERED
    if params.protocol == "sms" and params.kind != PASSWORD:
        reason = _phone(state, to)
    elif params.protocol == "application":
        device = state.devices.get(to)
        if device is None:
            reason = "not delivered: the endpoint does not exist"
        elif device.attributes.get("Enabled", "true").lower() == "false":
            reason = "not delivered: the endpoint is disabled"
    return Answer(None, note=Outcome(reason))


def _phone(state: Sns, number: str) -> str:
    """https://docs.aws.amazon.com/sns/latest/dg/sns-sms-sandbox.html: a new account sends to verified numbers only."""
    if number in state.opted_out:
        return "not delivered: the phone number is opted out"
    held = state.sandbox.get(number)
    return (
        DELIVERED
        if held is not None and held.verified
        else "not delivered: the SMS sandbox has no such number"
    )


@service.project
def message_delivered(state: Sns, event: Event[DeliverMessage, None]) -> None:
    """The message lies in the outbox; the oldest make room."""
    params, note = event.params, event.note(Outcome)
    put(
        state, event, protocol=params.protocol, to=told(params.to, ""), subject=params.subject, body=params.body,
        sender=params.sender, kind=params.kind, message_id=params.message_id, topic_arn=params.topic_arn,
        subscription_arn=params.subscription_arn, token=params.token, link=params.link,
        outcome=note.outcome if note is not None else DELIVERED,
    )  # fmt: skip


def put(state: Sns, event: Event[Any, Any], **members: str | UnsetType) -> None:
    """Fold a message into the outbox."""
    letter = msgspec.convert(
        {"id": event.id, "at": written(event.time)}
        | {name: value for name, value in members.items() if isinstance(value, str)},
        Letter,
    )
    state.outbox[f"{sortable(micros(event.time))}{event.id}"] = letter
    while len(state.outbox) > limits.OUTBOX_MAX and (first := state.outbox.first()) is not None:
        del state.outbox[first]
