"""How far a task has come.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html; the seconds are guesses.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backtrail import Call, Cycle, Phase, state_at
from backtrail_aws.ecs.state import Task

_STARTING: Cycle = {"PROVISIONING": Phase(10, "PENDING"), "PENDING": Phase(20, "RUNNING")}
_ENDING: Cycle = {"DEPROVISIONING": Phase(30, "STOPPED")}


def status_of(call: Call[Any], held: Task) -> str:
    """Its last status at the call's time."""
    if isinstance(held.ending, datetime):
        return state_at(_ENDING, "DEPROVISIONING", held.ending, call.time, pace=call.pace(held.ending))
    return state_at(_STARTING, "PROVISIONING", held.made, call.time, pace=call.pace(held.made))
