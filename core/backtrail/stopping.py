"""Commands that are not carried out, and the records that say so in their place.

A chain that runs in a circle is stopped, and a command that cannot be carried out is abandoned: both are recorded
as `AwsServiceEvent`s of Backtrail's own under the key of the command, so that the log explains why nothing followed,
and no command is left without a record.
"""

from __future__ import annotations

from typing import Any, cast

from backtrail.call import Call, Caller, Command
from backtrail.facts import Origin, Sent
from backtrail.lineage import RECURSION_LIMIT, Lineage
from backtrail.payload import UNSET, Params, UnsetType
from backtrail.record import NOBODY, Event
from backtrail.timekeeping import NAME, Timekeeping, timekeeping
from backtrail.trail import codec

service = timekeeping
"""The service of Backtrail's own, with all that it does declared."""


class StopRecursion(Params):
    """Something was not done, because its chain has passed the same place too often.

    `reaction` and `resource` say which place: a reaction on a resource, or a function (`loop`). `chain` counts what the
    chain passed (`service.reaction@resource`, or an ARN); `target` is what the command was for.
    """

    reaction: str
    resource: str
    service: str
    action: str
    target: str | UnsetType = UNSET
    passes: int
    bound: int
    root: str
    chain: dict[str, int]
    explanation: str


class AbandonCommand(Params):
    """A committed command cannot be carried out: by what its key is, who sent it, and what is wrong with it."""

    key: str
    sender: str | UnsetType = UNSET
    service: str | UnsetType = UNSET
    action: str | UnsetType = UNSET
    reason: str


@service.handle(internal=True)
def stop_recursion(state: Timekeeping, call: Call[StopRecursion]) -> None:
    """Nothing to decide: the chain is too long."""


@service.project
def recursion_stopped(state: Timekeeping, event: Event[StopRecursion, None]) -> None:
    """Nothing is kept but the record."""


@service.handle(internal=True)
def abandon_command(state: Timekeeping, call: Call[AbandonCommand]) -> None:
    """Nothing to decide: it cannot be done."""


@service.project
def command_abandoned(state: Timekeeping, event: Event[AbandonCommand, None]) -> None:
    """Nothing is kept but the record."""


def stopped(origin: Origin, reaction: str) -> Origin:
    """What takes the place of a command whose chain ran in a circle."""
    command = origin.sent
    resource = command.source_arn or ""
    where = resource or f"account {command.account}"
    params = StopRecursion(
        reaction=reaction, resource=resource, service=command.service, action=command.action,
        target=_target(command.params) or UNSET, passes=RECURSION_LIMIT, bound=RECURSION_LIMIT, root=origin.root,
        chain=origin.chain,
        explanation=f"{reaction} on {where} has run {RECURSION_LIMIT} times in the chain that event {origin.root} "
        f"began, so {command.service}:{command.action} was not sent once more. Something in this chain brings about "
        "what it reacts to: let it write elsewhere, or filter what it reacts to.",
    )  # fmt: skip
    return _instead(origin, params)


def loop(arn: str, lineage: Lineage, *, reaction: str, service: str, action: str) -> Command:
    """The command that records why what minds its own circles did not run once more: `action` was not carried out."""
    passes = lineage.passes.get(arn, 0)
    params = StopRecursion(
        reaction=reaction, resource=arn, service=service, action=action, target=arn, passes=passes,
        bound=RECURSION_LIMIT, root=lineage.root, chain=dict(lineage.passes),
        explanation=f"{arn} has run {passes} times in the chain that event {lineage.root} began, so it was not run "
        "once more. What it writes is what it is invoked for: let it write elsewhere, or filter what invokes it. Where "
        "that is meant, PutFunctionRecursionConfig allows it.",
    )  # fmt: skip
    return Command(NAME, params, source_arn=arn, lineage=lineage)


def abandoned(key: str, reason: str, origin: Origin | None, account: str, region: str) -> Origin:
    """What takes the place of a command that cannot be carried out; without an origin it could not even be read."""
    if origin is None:
        nothing = Sent(service=NAME, action="", params=None, account=account, region=region)
        nobodys = Origin(
            key=key, root=key.partition("/")[0], sender=NAME, sent=nothing,
            caller=Caller(identity=NOBODY, account=account),
        )  # fmt: skip
        return _instead(nobodys, AbandonCommand(key=key, reason=reason))
    params = AbandonCommand(
        key=key, sender=origin.sender, service=origin.sent.service, action=origin.sent.action, reason=reason
    )
    return _instead(origin, params)


def _instead(origin: Origin, params: Params) -> Origin:
    sent = Sent(
        service=NAME, action=type(params).__name__, params=codec.builtins(params), account=origin.sent.account,
        region=origin.sent.region, source_arn=origin.sent.source_arn,
    )  # fmt: skip
    return Origin(
        key=origin.key, root=origin.root, sender=NAME, sent=sent, caller=origin.caller, chain=origin.chain
    )


_TARGETS = ("functionName", "queueUrl", "topicArn", "targetArn", "bucketName", "logGroupName", "resourceArn")


def _target(params: Any) -> str:
    """What a command was for: the first of its parameters that names a resource."""
    members = cast("dict[str, Any]", params) if isinstance(params, dict) else {}
    return next((str(members[name]) for name in _TARGETS if members.get(name)), "")
