"""The life cycle of an instance in a group, and how it is shown. Seconds: guess, of the order that AWS takes.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Cycle, Phase, UnsetType, state_at, told
from backtrail_aws.autoscaling import api
from backtrail_aws.autoscaling.state import Group, Member

CYCLE: Cycle = {
    "Pending": Phase(30, "InService"),
    "Pending:Proceed": Phase(5, "InService"),
    "EnteringStandby": Phase(5, "Standby"),
    "Warmed:Pending": Phase(30, "Warmed"),
    "Warmed:Pending:Proceed": Phase(5, "Warmed"),
    "Detaching": Phase(5, "Detached"),
    "Terminating": Phase(60, "Terminated"),
    "Terminating:Proceed": Phase(60, "Terminated"),
}
POOL_STATES = {"Stopped": "Warmed:Stopped", "Running": "Warmed:Running", "Hibernated": "Warmed:Hibernated"}


def state_of(call: Call[Any], group: Group, member: Member) -> str:
    """The life-cycle state of an instance at the time of the call."""
    state = member.state
    if not isinstance(member.since, UnsetType) and not _waits_for_others(group, member):
        state = state_at(CYCLE, member.state, member.since, call.time, pace=call.pace(member.since))
    if state != "Warmed":
        return state
    pool = group.warm.pool_state if group.warm is not None else UNSET
    return POOL_STATES[told(pool, "Stopped")]


def _waits_for_others(group: Group, member: Member) -> bool:
    """Whether something is still under way that the state waits for: a termination that EC2 has not done."""
    return member.state.startswith("Terminating") and member.id in group.members


def in_service(call: Call[Any], group: Group) -> list[Member]:
    """The instances that are in service."""
    return [one for one in group.members.values() if state_of(call, group, one) == "InService"]


def visible(call: Call[Any], group: Group) -> list[tuple[Member, str]]:
    """The instances of a group with their states; those that go are seen until they are gone."""
    found = [(one, state_of(call, group, one)) for one in group.members.values()]
    going = [(one, state_of(call, group, one)) for one in group.leaving.values()]
    return [*found, *((one, state) for one, state in going if state not in ("Terminated", "Detached"))]


def shown(
    call: Call[Any], group: Group, member: Member, state: str, zone_ids: dict[str, str]
) -> api.Instance:
    """An instance as a group shows it."""
    zone = told(member.zone, "")
    return api.Instance(
        instance_id=member.id, instance_type=member.type, availability_zone=zone, lifecycle_state=state,
        availability_zone_id=zone_ids.get(zone) or UNSET, health_status=member.health,
        launch_configuration_name=member.configuration, launch_template=member.template,
        protected_from_scale_in=member.protected, image_id=member.image,
        weighted_capacity=str(member.weight) if member.weight != 1 else UNSET,
    )  # fmt: skip
