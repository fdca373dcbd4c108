"""What groups and their parts are called, and how they are found."""

from __future__ import annotations

import re
from typing import Any

from backtrail import Call, Event, known
from backtrail_aws.autoscaling import errors
from backtrail_aws.autoscaling.state import Group, Scaling

PRINCIPAL = "autoscaling.amazonaws.com"
ROLE = "AWSServiceRoleForAutoScaling"
NAME_TAG = "aws:autoscaling:groupName"
"""https://docs.aws.amazon.com/autoscaling/ec2/userguide/autoscaling-tagging.html"""

_NAME = re.compile(r"[\w\-/]+")


def role_arn(place: Call[Any] | Event[Any, Any]) -> str:
    """The service-linked role that acts for a group which names none."""
    return place.arn("iam", f"role/aws-service-role/{PRINCIPAL}/{ROLE}", region="")


def group_arn(place: Call[Any] | Event[Any, Any], identifier: str, name: str) -> str:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2autoscaling.html"""
    return place.arn("autoscaling", f"autoScalingGroup:{identifier}:autoScalingGroupName/{name}")


def configuration_arn(place: Call[Any] | Event[Any, Any], identifier: str, name: str) -> str:
    """The ARN of a launch configuration."""
    return place.arn("autoscaling", f"launchConfiguration:{identifier}:launchConfigurationName/{name}")


def part_arn(place: Call[Any] | Event[Any, Any], kind: str, identifier: str, group: str, part: str) -> str:
    """The ARN of a policy (`scalingPolicy`, `policyName/x`) or a scheduled action."""
    return place.arn("autoscaling", f"{kind}:{identifier}:autoScalingGroupName/{group}:{part}")


def found(state: Scaling, name: str) -> Group:
    """A group by name. Raises `Refusal`."""
    group = state.groups.get(short(name))
    if group is None:
        raise errors.no_group(name)
    return group


def short(name: str) -> str:
    """The name of a group that may be named by its ARN."""
    return name.rpartition(":autoScalingGroupName/")[2] if name.startswith("arn:") else name


def inferred(state: Scaling, event: Event[Any, Any], name: str) -> Group:
    """In a fold: a group that must be there, made where no record told of it."""
    name = short(name)

    def make() -> Group:
        return Group(name=name, arn=group_arn(event, event.new_id("uuid", f"group/{name}"), name))

    return known(state.groups, name, event, make)


def group_of(state: Scaling, instance: str) -> Group | None:
    """The group that an instance belongs to."""
    name = state.members.get(instance)
    return state.groups.get(name) if name is not None else None


def policy_parts(name: str) -> tuple[str, str]:
    """(group, policy) of a policy's ARN; ("", name) of a name."""
    if not name.startswith("arn:"):
        return "", name
    _, _, rest = name.partition(":autoScalingGroupName/")
    group, _, policy = rest.partition(":policyName/")
    return group, policy
