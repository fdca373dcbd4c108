"""What time brings to groups, in the state's one sorted map, and the timer that brings it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from backtrail import Command, UnsetType
from backtrail_aws.autoscaling import actions
from backtrail_aws.autoscaling.state import Group, Scaling, service

_FORM, _LENGTH = "%Y%m%d%H%M%S%f", 20
ADJUST, CHECK, HOOK, REFRESH, SCHEDULE = "adjust", "check", "hook", "refresh", "schedule"


def expect(state: Scaling, at: datetime, kind: str, group: str, *names: str) -> None:
    """In a fold: something is due at a time."""
    state.due[_key(at, kind, group, *names)] = ""


def forget(state: Scaling, at: datetime | UnsetType, kind: str, group: str, *names: str) -> None:
    """In a fold: it is not due any more."""
    if not isinstance(at, UnsetType):
        state.due.pop(_key(at, kind, group, *names), None)


def forget_all(state: Scaling, group: Group) -> None:
    """In a fold: nothing of a group is due any more."""
    for key in [one for one in state.due if one.split("\0")[2] == group.name]:
        del state.due[key]


def _key(at: datetime, *parts: str) -> str:
    return "\0".join((at.astimezone(UTC).strftime(_FORM), *parts))


def next_due(state: Scaling) -> datetime | None:
    """When the next thing is due."""
    first = state.due.first()
    return datetime.strptime(first[:_LENGTH], _FORM).replace(tzinfo=UTC) if first is not None else None


@service.timer(next_due)
def time_came(state: Scaling, now: datetime) -> Iterator[Command]:
    """Launches are tried again, health is looked at, hooks time out, refreshes go on, scheduled actions run."""
    until = _key(now) + "\x01"
    for key in state.due:
        if key > until:
            return
        _, kind, group, *rest = key.split("\0")
        if kind == ADJUST:
            yield actions.own(actions.AdjustGroup(auto_scaling_group_name=group))
        elif kind == CHECK:
            yield actions.own(actions.CheckHealth(auto_scaling_group_name=group))
        elif kind == REFRESH:
            yield actions.own(actions.AdvanceInstanceRefresh(auto_scaling_group_name=group))
        elif kind == SCHEDULE:
            yield actions.own(
                actions.RunScheduledAction(auto_scaling_group_name=group, scheduled_action_name=rest[0])
            )
        else:
            yield actions.own(
                actions.TimeOutLifecycleAction(
                    auto_scaling_group_name=group, instance_id=rest[0], lifecycle_hook_name=rest[1]
                )
            )
