"""The causes of activities, as AWS words them.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scaling-activities.html; issues Netflix/edda 60
(alarms), kubernetes/autoscaler 1263 (differences). Two blanks stand between a cause's sentences.
"""

from __future__ import annotations

from datetime import UTC, datetime


def at(time: datetime) -> str:
    """`At 2024-01-01T00:00:00Z`."""
    return f"At {time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _changing(before: int, after: int) -> str:
    return f"changing the desired capacity from {before} to {after}."


def created(time: datetime, desired: int) -> str:
    """A group was made."""
    return f"{at(time)} a user request created an AutoScalingGroup {_changing(0, desired)}"


def updated(time: datetime, least: int, most: int, desired: int, before: int) -> str:
    """A group's bounds were changed."""
    return (
        f"{at(time)} a user request update of AutoScalingGroup constraints to min: {least}, max: {most}, desired: "
        f"{desired} {_changing(before, desired)}"
    )


def set_to(time: datetime, before: int, after: int) -> str:
    """The desired capacity was set."""
    return f"{at(time)} a user request explicitly set group desired capacity {_changing(before, after)}"


def executed(time: datetime, policy: str, alarm: str, before: int, after: int) -> str:
    """A policy was executed, by an alarm or by somebody."""
    if alarm:
        return f"{at(time)} a monitor alarm {alarm} in state ALARM triggered policy {policy} {_changing(before, after)}"
    return f"{at(time)} a user request executed policy {policy} {_changing(before, after)}"


def scheduled(time: datetime, action: str, sizes: tuple[int, int, int], before: int) -> str:
    """A scheduled action ran. Words: guess."""
    least, most, desired = sizes
    return (
        f"{at(time)} a scheduled action {action} update of AutoScalingGroup constraints to min: {least}, max: {most}, "
        f"desired: {desired} {_changing(before, desired)}"
    )


def started(time: datetime, before: int, after: int) -> str:
    """An instance is launched because there are too few."""
    return (
        f"{at(time)} an instance was started in response to a difference between desired and actual capacity, "
        f"increasing the capacity from {before} to {after}."
    )


def taken_out(time: datetime, before: int, after: int, instance: str) -> str:
    """An instance is terminated because there are too many."""
    return (
        f"{at(time)} an instance was taken out of service in response to a difference between desired and actual "
        f"capacity, shrinking the capacity from {before} to {after}.  {at(time)} instance {instance} was selected for "
        "termination."
    )


def unhealthy(time: datetime, why: str) -> str:
    """An instance is terminated because something is wrong with it."""
    return f"{at(time)} an instance was taken out of service in response to {why}."


def replacing(time: datetime) -> str:
    """An instance is launched for one that was unhealthy."""
    return f"{at(time)} an instance was launched in response to an unhealthy instance needing to be replaced."


def rebalancing(time: datetime, zone: str) -> str:
    """An instance is launched to balance the zones. Words: guess."""
    return f"{at(time)} an instance was launched to aid in balancing the group's zones: {zone} had fewer than others."


def warming(time: datetime) -> str:
    """An instance is launched into the warm pool."""
    return (
        f"{at(time)} a difference between desired and actual capacity of the warm pool was found, launching an "
        "instance into the warm pool."
    )


def requested(time: datetime, instance: str, what: str, before: int, after: int) -> str:
    """Somebody asked for something to be done with an instance."""
    text = f"{at(time)} instance {instance} was {what} in response to a user request"
    if after == before:
        return f"{text}."
    verb = "increasing" if after > before else "shrinking"
    return f"{text}, {verb} the capacity from {before} to {after}."


TERMINATED = "an EC2 health check indicating it has been terminated or stopped"
IMPAIRED = "an EC2 instance status checks failure"
ELB = "an ELB system health check failure"
BY_USER = "a user health-check"
REFRESH = "an instance refresh"
LIFETIME = "maximum instance lifetime being reached"
ABANDONED = "an abandoned lifecycle action"
