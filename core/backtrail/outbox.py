"""The outbox: what a record made others do, from the reaction that asked for it to the call that does it.

Commands are committed with their cause, as rows that another run of the engine can carry out. A command is done
when a record with its key exists, refused or not. A command that is not carried out has a record all the same, which
says why (`stopping`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from backtrail.call import CALLER, Caller, Command, Heard, Outcome
from backtrail.errors import Refusal
from backtrail.facts import Answered, Facts, Incoming, Origin, Sent
from backtrail.lineage import BEGINNING, RECURSION_LIMIT, Lineage, minded, through
from backtrail.machine import Machine, Request
from backtrail.names import source_of
from backtrail.record import Identity, Issuer, SessionContext
from backtrail.stopping import abandoned, stopped
from backtrail.store import PendingCommand
from backtrail.trail import codec
from backtrail.waiting import Pending

INTENT = "effect/"
"""What the keys of intents begin with: calls whose effect was about to run."""

WITHIN = "/within/"
"""What stands in the keys of calls that were made within an effect, between the effect's key and their own id."""

NO_COMMANDS = ("/first/", "/timer/", WITHIN)
"""What stands in the keys of calls that were never committed as commands."""


class Intent(msgspec.Struct, frozen=True, kw_only=True):
    """A call whose effect is about to run, as it is kept until its record exists."""

    service: str
    action: str
    params: Any
    caller: Caller
    account: str
    region: str
    request_id: str
    origin: Origin | None = None


def sent(command: Command, account: str, region: str) -> Sent:
    """A command made complete and plain."""
    return Sent(
        service=command.service, action=command.action, params=codec.builtins(command.params),
        account=command.account or account, region=command.region or region or "us-east-1",
        as_=command.as_, source_arn=command.source_arn,
    )  # fmt: skip


def follow(
    commands: Iterable[tuple[str, Command]], request: Request, root: str, chain: dict[str, int]
) -> Iterator[Origin]:
    """The origins of what follows from a request: (reaction, command) pairs. Of what would run in a circle, the
    record that says so."""
    for ordinal, (reaction, command) in enumerate(commands):
        own = command.lineage
        began, before = (root, chain) if own is None else (own.root or root, own.passes)
        passed = f"{reaction}@{command.source_arn or ''}"
        count = before.get(passed, 0) + 1
        origin = Origin(
            key=f"{request.event_id}/{reaction}/{ordinal}/0", root=began, sender=reaction.split(".", 1)[0],
            sent=sent(command, request.account, request.region), caller=request.caller,
            chain={**before, passed: count} if count <= RECURSION_LIMIT else before,
        )  # fmt: skip
        yield origin if count <= RECURSION_LIMIT else stopped(origin, reaction)


def lineage(origin: Origin | None) -> Lineage:
    """What a call may know of the chain that made it."""
    return BEGINNING if origin is None else Lineage(root=origin.root, passes=minded(origin.chain))


def passed(origin: Origin) -> dict[str, int]:
    """The chain that what follows from a call goes on with."""
    return through(origin.chain, origin.through) if origin.through else origin.chain


def committed(origin: Origin) -> bool:
    """Whether an origin is a command that stands in the outbox."""
    return bool(origin.sent.action) and not any(part in origin.key for part in NO_COMMANDS)


def commands(calls: Iterable[Pending]) -> Iterator[Origin]:
    """The commands among calls."""
    for pending in calls:
        if pending.incoming.origin is not None and committed(pending.incoming.origin):
            yield pending.incoming.origin


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
    sender = machine.registry.services.get(origin.sender)  # its plugin may have gone since
    principal = sender.principal if sender is not None else source_of(origin.sender)
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
        identity = _in_role(command.as_, principal)
        return Caller(
            identity=identity, account=command.account, service=principal, source_arn=command.source_arn
        )
    service = command.as_ or principal
    identity = Identity(type="AWSService", invoked_by=service)
    return Caller(identity=identity, account=command.account, service=service, source_arn=command.source_arn)


_LINKED = "AWSServiceRoleFor"


def _in_role(role: str, principal: str) -> Identity:
    """A service's session of a role: named as its service-linked role is, else as the service.

    `AWSServiceRoleForAutoScaling/AutoScaling` stands in real trails; some services have names of their own.
    """
    _, partition, _, _, account, resource = role.split(":", 5)
    name = resource.rpartition("/")[2]
    linked = name.removeprefix(_LINKED)
    session = linked if linked != name else principal.partition(".")[0]
    issuer = Issuer(type="Role", arn=role, account_id=account, user_name=name)
    return Identity(
        type="AssumedRole", arn=f"arn:{partition}:sts::{account}:assumed-role/{name}/{session}", account_id=account,
        session_context=SessionContext(session_issuer=issuer), invoked_by=principal,
    )  # fmt: skip


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
        account=call.account, region=call.region, request_id=request_id, origin=call.origin,
    )  # fmt: skip
    return PendingCommand(
        key=call.origin.key if call.origin else f"{INTENT}{request_id}", body=codec.encode(kept)
    )


def resumed(command: PendingCommand, machine: Machine, account: str) -> Origin | Incoming:
    """What an earlier run committed and did not do: a command to carry out, or the recorded end of a call."""
    kept: Origin | Intent | None = None
    try:
        if command.key.startswith(INTENT) or WITHIN in command.key:
            kept = codec.decoder(Intent).decode(command.body)
            return _cut_off(kept, machine)
        kept = codec.decoder(Origin).decode(command.body)
        return kept
    except msgspec.MsgspecError as error:  # another version wrote it, or its plugin has changed
        origin = kept.origin if isinstance(kept, Intent) else None
        return abandoned(command.key, f"it cannot be read: {error}", origin, account, "us-east-1")


def _cut_off(kept: Intent, machine: Machine) -> Incoming:
    """The call of an intent that no record followed: a recorded 500."""
    declared = machine.registry.handler(kept.service, kept.action)
    params = codec.convert(kept.params, declared.params) if declared is not None else kept.params
    return Incoming(
        service=kept.service, action=kept.action, params=params, caller=kept.caller, account=kept.account,
        region=kept.region, request_id=kept.request_id,
        origin=kept.origin or of_effect(kept.service, kept.request_id, kept.caller),
        refused=Refusal("InternalFailure", "The effect of this call was cut off before it was recorded.", status=500),
    )  # fmt: skip


def of_effect(service: str, request_id: str, caller: Caller) -> Origin:
    """The origin of a call that an effect stood before: its record marks the intent as done."""
    nothing = Sent(service=service, action="", params=None, account="", region="")
    return Origin(key=f"{INTENT}{request_id}", root=request_id, sender=service, sent=nothing, caller=caller)


def within(effect: Origin, call: Incoming, request_id: str) -> Origin:
    """The origin of a call that was made within an effect: it goes on with the effect's chain."""
    nothing = Sent(service=effect.sender, action="", params=None, account="", region="")
    return Origin(
        key=f"{effect.key}{WITHIN}{request_id}/0", root=effect.root, sender=effect.sender, sent=nothing,
        caller=call.caller, chain=passed(effect),
    )  # fmt: skip
