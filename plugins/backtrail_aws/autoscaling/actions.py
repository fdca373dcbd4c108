"""The service's own actions: what its groups do by themselves. Each is recorded as an `AwsServiceEvent`."""

from __future__ import annotations

from backtrail import UNSET, Command, Params, UnsetType, field
from backtrail_aws.autoscaling import api


class OfGroup(Params):
    """What all of them have."""

    auto_scaling_group_name: str = field(name="autoScalingGroupName")


class Step(Params):
    """An activity that begins: a launch, a start from the warm pool, a termination."""

    id: str = field(name="activityId")
    kind: str
    description: str
    cause: str
    zone: str = field(name="availabilityZone", default="")
    subnet: str = field(name="subnetId", default="")
    instance: str = field(name="instanceId", default="")
    weight: int = 1
    market: str = field(name="marketType", default="on-demand")
    type: str | UnsetType = field(name="instanceType", default=UNSET)
    configuration: str | UnsetType = field(name="launchConfigurationName", default=UNSET)
    template: api.LaunchTemplateSpecification | UnsetType = field(name="launchTemplate", default=UNSET)


class AdjustGroup(OfGroup):
    """A group compares what it has with what it wants; `steps` are the activities that it begins."""

    steps: list[Step] | UnsetType = UNSET


class Unwell(Params):
    """An instance that is to be replaced, and why, in a cause's words."""

    instance_id: str = field(name="instanceId")
    reason: str


class CheckHealth(OfGroup):
    """A group asks EC2 and its load balancers for the health of its instances; what it found to be `unhealthy`."""

    unhealthy: list[Unwell] | UnsetType = UNSET


class CheckRegion(Params):
    """All groups of a region are to do so."""


class AdvanceInstanceRefresh(OfGroup):
    """A refresh goes on with the next instances, or is over."""

    instance_ids: list[str] | UnsetType = field(name="instanceIds", default=UNSET)
    over: bool | UnsetType = UNSET


class RunScheduledAction(OfGroup):
    """The time of a scheduled action has come."""

    scheduled_action_name: str = field(name="scheduledActionName")


class TimeOutLifecycleAction(OfGroup):
    """Nobody completed a lifecycle action in time."""

    instance_id: str = field(name="instanceId")
    lifecycle_hook_name: str = field(name="lifecycleHookName")


class EndActivity(OfGroup):
    """An activity is over: with an instance, or with an error."""

    activity_id: str = field(name="activityId")
    instance_id: str | UnsetType = field(name="instanceId", default=UNSET)
    error_code: str | UnsetType = field(name="errorCode", default=UNSET)
    error_message: str | UnsetType = field(name="errorMessage", default=UNSET)
    record: str | UnsetType = field(name="recordId", default=UNSET)


def own(params: Params) -> Command:
    """A command to the service itself."""
    return Command("autoscaling", params)


def adjust(group: str) -> Command:
    """The group is to look at itself."""
    return own(AdjustGroup(auto_scaling_group_name=group))
