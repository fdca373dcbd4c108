"""Scaling activities: what a group did, and why, for six weeks.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-verify-scaling-activity.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from backtrail import Call, Event, UnsetType, members, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.autoscaling import api, errors, limits, names, pages
from backtrail_aws.autoscaling.state import Group, Scaling, service

_END = datetime(9999, 1, 1, tzinfo=UTC)
_FAILED = {"launch": "Launching EC2 instance failed.", "terminate": "Terminating EC2 instance failed."}


def key_of(at: datetime, identifier: str, number: int = 0) -> str:
    """Where an activity stands: the newest first, of one time the last first."""
    return f"{int((_END - at) / timedelta(microseconds=1)):018d}/{999_999 - number:06d}/{identifier}"


def details(subnet: str, zone: str) -> str:
    """Where an instance is, as JSON: issue kubernetes/autoscaler 1263."""
    found = ({"Subnet ID": subnet} if subnet else {}) | ({"Availability Zone": zone} if zone else {})
    return json.dumps(found, separators=(",", ":"))


def begun(
    state: Scaling, event: Event[Any, Any], group: Group, activity: api.Activity, number: int = 0
) -> str:
    """In a fold: an activity begins; its key. Those that are too old are forgotten."""
    key = key_of(event.time, told(activity.activity_id, ""), number)
    state.activities[key] = members.changed(
        activity,
        auto_scaling_group_name=group.name,
        auto_scaling_group_arn=group.arn,
        start_time=SpacedTime.of(event.time),
    )
    oldest = key_of(event.time - timedelta(days=limits.ACTIVITY_DAYS), "~")
    while (last := state.activities.last()) is not None and last > oldest:
        del state.activities[last]
    return key


def ended(
    state: Scaling, event: Event[Any, Any], key: str, status: str, message: str = "", kind: str = ""
) -> None:
    """In a fold: an activity is over."""
    held = state.activities.get(key)
    if held is None:
        return
    changed = members.changed(held, status_code=status, progress=100, end_time=SpacedTime.of(event.time))
    if message:
        text = f"{told(held.description, '')}.  Status Reason: {message}. {_FAILED.get(kind, '')}".strip()
        changed = members.changed(
            changed, status_message=f"{message}. {_FAILED.get(kind, '')}".strip(), description=text
        )
    state.activities[key] = changed


def described(state: Scaling, key: str, description: str) -> None:
    """In a fold: what an activity is about is known now."""
    held = state.activities.get(key)
    if held is not None:
        state.activities[key] = members.changed(held, description=description)


def made(
    call: Call[Any], group: Group, label: str, description: str, cause: str, where: tuple[str, str], *,
    status: str = "InProgress", progress: int = 50,
) -> api.Activity:  # fmt: skip
    """An activity as the call that begins it answers."""
    return api.Activity(
        activity_id=call.new_id("uuid", label), auto_scaling_group_name=group.name, description=description,
        cause=cause, start_time=SpacedTime.of(call.time), status_code=status, progress=progress,
        details=details(*where), auto_scaling_group_arn=group.arn,
    )  # fmt: skip


def record(
    state: Scaling, event: Event[Any, Any], group: Group, found: list[api.Activity] | UnsetType, *, over: bool
) -> list[str]:
    """In a fold: activities that an answer told; their keys. `over`: they are done at once."""
    keys: list[str] = []
    for number, one in enumerate(told(found, [])):
        key = begun(state, event, group, one, number)
        keys.append(key)
        if over:
            ended(state, event, key, "Successful")
    return keys


@service.read
def describe_scaling_activities(
    state: Scaling, call: Call[api.DescribeScalingActivities]
) -> api.DescribeScalingActivitiesResult:
    """The newest first; of a group that is gone only where its ARN is named or deleted ones are wanted."""
    params = call.params
    named, wanted = params.auto_scaling_group_name, told(params.activity_ids, [])
    if (
        isinstance(named, str)
        and names.short(named) not in state.groups
        and params.include_deleted_groups is not True
    ):
        raise errors.no_group(named)

    def keep(one: api.Activity) -> bool:
        group = told(one.auto_scaling_group_name, "")
        there = group in state.groups and state.groups[group].arn == one.auto_scaling_group_arn
        return (
            (isinstance(named, UnsetType) or names.short(named) == group)
            and (not wanted or one.activity_id in wanted)
            and (there or params.include_deleted_groups is True)
        )

    found, token = pages.paged(params, state.activities, keep, limits.ACTIVITIES_RECORDS)
    shown = [
        one if told(one.auto_scaling_group_name, "") in state.groups
        else members.changed(one, auto_scaling_group_state="Deleted")
        for one in found
    ]  # fmt: skip
    return api.DescribeScalingActivitiesResult(activities=shown, next_token=token)
