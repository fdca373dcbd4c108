"""The outbox: what a record made others do, from the reaction that asked for it to the call that does it.

Commands are committed with their cause, as rows that another run of the engine can carry out. A command is done
when a record with its key exists, refused or not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from backtrail.call import CALLER, Caller, Command, Heard, Outcome
from backtrail.errors import Refusal
from backtrail.facts import Answered, Facts, Incoming, Origin, Sent
from backtrail.lines import Lines
from backtrail.machine import Machine, Request
from backtrail.record import Identity
from backtrail.store import PendingCommand
from backtrail.trail import codec

RECURSION_LIMIT = 16
"""How often one chain may pass through the same reaction on the same resource. AWS stops such loops at about this
number: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html"""

INTENT = "effect/"
"""What the keys of intents begin with: calls whose effect was about to run."""

log = Lines("backtrail.outbox")


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """A call whose effect is about to run, as it is kept until its record exists."""

    service: str
    action: str
    params: Any
    caller: Caller
    account: str
    region: str
    request_id: str


def sent(command: Command, account: str, region: str) -> Sent:
    """A command made complete and plain."""
    return Sent(
        service=command.service, action=command.action, params=codec.builtins(command.params),
        account=command.account or account, region=command.region or region or "us-east-1",
        as_=command.as_, source_arn=command.source_arn,
    )  # fmt: skip


def follow(
    commands: Iterable[tuple[str, Command]], request: Request, root: str, chain: dict[str, int]
) -> list[Origin]:
    """The origins of what follows from a request: (reaction, command) pairs, less those that run in circles."""
    origins: list[Origin] = []
    for ordinal, (reaction, command) in enumerate(commands):
        passed = f"{reaction}@{command.source_arn or ''}"
        count = chain.get(passed, 0) + 1
        if count > RECURSION_LIMIT:
            log.warning("a recursive chain was stopped", reaction=reaction, root=root, cause=request.event_id)
            continue
        origins.append(
            Origin(
                key=f"{request.event_id}/{reaction}/{ordinal}/0", root=root, sender=reaction.split(".", 1)[0],
                sent=sent(command, request.account, request.region), caller=request.caller,
                chain={**chain, passed: count},
            )
        )  # fmt: skip
    return origins


def row(origin: Origin) -> PendingCommand:
    """The outbox row of a command."""
    return PendingCommand(key=origin.key, body=codec.encode(origin))


def origin_of(command: PendingCommand) -> Origin:
    """The command of an outbox row."""
    return codec.decoder(Origin).decode(command.body)


def incoming(origin: Origin, machine: Machine) -> Incoming:
    """The call that carries a command out."""
    command = origin.sent
    declared = machine.registry.handler(command.service, command.action)
    params, refused = command.params, None
    if declared is not None:
        try:
            params = codec.convert(params, declared.params)
        except msgspec.ValidationError as error:
            refused = Refusal("ValidationError", str(error))
    principal = machine.service(origin.sender).principal
    return Incoming(
        service=command.service, action=command.action, params=params, refused=refused,
        caller=acting(command, principal, origin.caller), account=command.account, region=command.region,
        facts=Facts(source_ip=principal, user_agent=principal), origin=origin,
        internal=declared is not None and declared.internal,
    )  # fmt: skip


def acting(command: Sent, principal: str, cause: Caller) -> Caller:
    """Who carries a command out: a service, a role, or the cause's caller through a forward access session."""
    if command.as_ == CALLER:
        identity = msgspec.structs.replace(cause.identity, invoked_by=principal)
        return msgspec.structs.replace(cause, identity=identity, source_arn=command.source_arn)
    if command.as_ is not None and command.as_.startswith("arn:"):
        identity = Identity(
            type="AssumedRole", arn=command.as_, account_id=command.account, invoked_by=principal
        )  # fmt: skip
        return Caller(
            identity=identity, account=command.account, service=principal, source_arn=command.source_arn
        )
    service = command.as_ or principal
    identity = Identity(type="AWSService", invoked_by=service)
    return Caller(identity=identity, account=command.account, service=service, source_arn=command.source_arn)


def heard(origin: Origin, outcome: Outcome, request: Request, machine: Machine) -> list[tuple[str, Command]]:
    """What the sender of a command answers to its outcome."""
    service = machine.registry.services.get(origin.sender)
    if service is None or not origin.sent.action:  # an effect's origin is no command
        return []
    told: list[tuple[str, Command]] = []
    for declared in service.outcomes.get((request.service, request.action), ()):
        word = Heard(
            params=codec.convert(origin.sent.params, declared.params), outcome=outcome, account=request.account,
            region=request.region, time=request.time,
        )  # fmt: skip
        state = machine.state(service.place(request.account, request.region))
        told += [(f"{service.name}.{declared.fn.__name__}", command) for command in declared.fn(state, word)]
    return told


def outcome_of(answered: Answered) -> Outcome:
    """An answer as the sender of a command hears it."""
    error = answered.error
    return Outcome(
        result=codec.builtins(answered.result) if answered.result is not None else None,
        error=error.code if error else None, message=error.message if error else "", event_id=answered.event_id,
    )  # fmt: skip


def intent(call: Incoming, request_id: str) -> PendingCommand:
    """The row of a call whose effect is about to run."""
    kept = Intent(
        service=call.service, action=call.action, params=codec.builtins(call.params), caller=call.caller,
        account=call.account, region=call.region, request_id=request_id,
    )  # fmt: skip
    return PendingCommand(key=f"{INTENT}{request_id}", body=codec.encode(kept))


def abandoned(command: PendingCommand, machine: Machine) -> Incoming:
    """The call of an intent that no record followed: a recorded 500."""
    kept = codec.decoder(Intent).decode(command.body)
    declared = machine.registry.handler(kept.service, kept.action)
    params = codec.convert(kept.params, declared.params) if declared is not None else kept.params
    return Incoming(
        service=kept.service, action=kept.action, params=params, caller=kept.caller, account=kept.account,
        region=kept.region, request_id=kept.request_id, origin=of_effect(kept.service, kept.request_id, kept.caller),
        refused=Refusal("InternalFailure", "The effect of this call was cut off before it was recorded.", status=500),
    )  # fmt: skip


def of_effect(service: str, request_id: str, caller: Caller) -> Origin:
    """The origin of a call that an effect stood before: its record marks the intent as done."""
    nothing = Sent(service=service, action="", params=None, account="", region="")
    return Origin(key=f"{INTENT}{request_id}", root=request_id, sender=service, sent=nothing, caller=caller)
