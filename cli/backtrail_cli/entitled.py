"""Who may do something, of all there are; and which roles somebody could come to, by one or more steps."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from backtrail.call import Access
from backtrail.machine import Machine
from backtrail_cli import permissions, resources
from backtrail_cli.permissions import Answer

EVERYBODY, ROLES = "*", "role/*"
ASSUME = "sts:AssumeRole"
_SERVICES = "/aws-service-role/"
_PRINCIPALS = ("AWS::IAM::User", "AWS::IAM::Role")


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """A role that may be assumed: after which roles, and whether that is sure. The answer is the last step's."""

    role: str
    through: tuple[str, ...]
    sure: bool
    answer: Answer


def everybody(machine: Machine, access: Access, now: datetime) -> list[Answer]:
    """How an action is decided for each user and role that the account has; a service's own role is nobody else's."""
    held = [one.arn for one in resources.things(machine, ("iam",)) if one.type in _PRINCIPALS and one.arn]
    found: list[Answer] = []
    for arn in held:
        if _SERVICES not in arn:
            (answer,) = permissions.ask(machine, permissions.caller(machine, arn, now), access, now)
            found.append(msgspec.structs.replace(answer, principal=arn))
    return found


def roles(machine: Machine, principal: str, now: datetime, context: dict[str, list[str]]) -> list[Reached]:
    """The roles that a principal could come to, the nearest first: what may be assumed, and what from there. What
    rests on a policy that no record told is kept, and is not sure."""
    held = [one.arn for one in resources.things(machine, ("iam",)) if one.type == "AWS::IAM::Role"]
    found: dict[str, Reached] = {}
    waiting: list[tuple[str, tuple[str, ...], bool]] = [(principal, (), True)]
    while waiting:
        begin, waiting = waiting, []
        for name, through, sure in begin:
            who = permissions.caller(machine, name, now)
            for arn in held:
                if arn in found or arn == name or _SERVICES in arn:
                    continue  # a service's own role is nobody else's
                access = Access(action=ASSUME, resources=[arn], context={**context})
                (answer,) = permissions.ask(machine, who, access, now)
                if answer.text == "denied":
                    continue
                certain = sure and answer.text == "allowed"
                found[arn] = Reached(role=arn, through=through, sure=certain, answer=answer)
                waiting.append((arn, (*through, arn), certain))
        waiting.sort(key=lambda one: not one[2])  # what is sure is gone on from first
    return list(found.values())


def plain(one: Reached) -> dict[str, Any]:
    """A role that may be come to, for programs."""
    missing = list(one.answer.explained.decision.missing) if one.answer.text == "unknown" else []
    return {"role": one.role, "through": list(one.through), "sure": one.sure, "missing": missing}


def by(answer: Answer) -> str:
    """What decides, in a few words: the policy and statement, or what is missing."""
    if answer.text == "unknown":
        return "; ".join(answer.explained.decision.missing)
    found = [
        f"{one.policy.arn or one.policy.id} (statement {one.statement.index + 1})"
        for one in permissions.decided(answer)
    ]
    return ", ".join(dict.fromkeys(found)) or str(answer.explained.denial or "")
