"""What is wrong with a resource: the question that `backtrail diagnose` puts to every service that answers it.

A plugin answers with an internal read, `tell_trouble(state, call: Call[TellTrouble]) -> TellTroubleResult`.
"""

from __future__ import annotations

from typing import Any

from backtrail.payload import Params


class Blame(Params):
    """Which records to look for: those of some actions that mention a resource; the last one is to blame."""

    resource: str
    actions: list[str]


class Finding(Params):
    """What a rule found: what one sees, why, what to do. `event` is the record itself where it is known already."""

    rule: str
    symptom: str
    cause: str
    fix: str
    blame: list[Blame] = []
    event: str = ""


class Failure(Params):
    """A call that failed: as its record tells it."""

    event: str
    action: str
    error: str
    message: str = ""
    region: str = ""
    params: dict[str, Any] = {}


class TellTrouble(Params):
    """What is wrong with a resource. `failures` are the calls about it that failed; `ports` those it should serve."""

    resource: str
    failures: list[Failure] = []
    ports: list[int] = []


class TellTroubleResult(Params):
    """`known` says whether the resource is there."""

    known: bool
    findings: list[Finding] = []
