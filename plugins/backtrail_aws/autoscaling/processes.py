"""Processes that are suspended, and metrics that are collected.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html
"""

from __future__ import annotations

from collections.abc import Iterator

from backtrail import Call, Command, Event, told
from backtrail_aws.autoscaling import actions, api, capacity, errors, names
from backtrail_aws.autoscaling.state import Group, Scaling, service

PROCESSES = (
    "AZRebalance", "AddToLoadBalancer", "AlarmNotification", "HealthCheck", "InstanceRefresh", "Launch",
    "ReplaceUnhealthy", "ScheduledActions", "Terminate",
)  # fmt: skip
METRICS = (
    "GroupAndWarmPoolDesiredCapacity", "GroupAndWarmPoolTotalCapacity", "GroupDesiredCapacity",
    "GroupInServiceCapacity", "GroupInServiceInstances", "GroupMaxSize", "GroupMinSize", "GroupPendingCapacity",
    "GroupPendingInstances", "GroupStandbyCapacity", "GroupStandbyInstances", "GroupTerminatingCapacity",
    "GroupTerminatingInstances", "GroupTerminatingRetainedCapacity", "GroupTerminatingRetainedInstances",
    "GroupTotalCapacity", "GroupTotalInstances", "WarmPoolDesiredCapacity", "WarmPoolMinSize",
    "WarmPoolPendingCapacity", "WarmPoolPendingRetainedCapacity", "WarmPoolTerminatingCapacity",
    "WarmPoolTerminatingRetainedCapacity", "WarmPoolTotalCapacity", "WarmPoolWarmedCapacity",
)  # fmt: skip
"""API_EnableMetricsCollection."""
GRANULARITY = "1Minute"


def _check(state: Scaling, name: str, processes: list[str]) -> None:
    names.found(state, name)
    for one in processes:
        if one not in PROCESSES:
            # evidence: guess
            raise errors.invalid(f"{one} is not a valid process type")


@service.handle
def suspend_processes(state: Scaling, call: Call[api.SuspendProcesses]) -> None:
    """All processes, or those that are named."""
    _check(state, call.params.auto_scaling_group_name, told(call.params.scaling_processes, []))


@service.project
def processes_suspended(state: Scaling, event: Event[api.SuspendProcesses, None]) -> None:
    """They rest."""
    group = names.inferred(state, event, event.params.auto_scaling_group_name)
    for one in told(event.params.scaling_processes, []) or PROCESSES:
        group.suspended.setdefault(one, f"User suspended at {event.time:%Y-%m-%dT%H:%M:%SZ}")


@service.handle
def resume_processes(state: Scaling, call: Call[api.ResumeProcesses]) -> None:
    """All processes, or those that are named."""
    _check(state, call.params.auto_scaling_group_name, told(call.params.scaling_processes, []))


@service.project
def processes_resumed(state: Scaling, event: Event[api.ResumeProcesses, None]) -> None:
    """They go on."""
    group = names.inferred(state, event, event.params.auto_scaling_group_name)
    for one in told(event.params.scaling_processes, []) or PROCESSES:
        group.suspended.pop(one, None)


@service.react
def catch_up(state: Scaling, event: Event[api.ResumeProcesses, None]) -> Iterator[Command]:
    """What was not done is done now."""
    group = state.groups.get(names.short(event.params.auto_scaling_group_name))
    if group is None:
        return
    resumed = told(event.params.scaling_processes, []) or PROCESSES
    if "HealthCheck" in resumed and group.members:
        yield actions.own(actions.CheckHealth(auto_scaling_group_name=group.name))
    yield from capacity.adjusted(state, group.name)


def shown(group: Group) -> list[api.SuspendedProcess]:
    """Suspended processes as a group shows them."""
    return [
        api.SuspendedProcess(process_name=one, suspension_reason=why)
        for one, why in sorted(group.suspended.items())
    ]


@service.read
def describe_scaling_process_types(
    state: Scaling, call: Call[api.DescribeScalingProcessTypes]
) -> api.DescribeScalingProcessTypesResult:
    """Nine."""
    return api.DescribeScalingProcessTypesResult(
        processes=[api.ProcessType(process_name=one) for one in PROCESSES]
    )


# metrics


def _check_metrics(state: Scaling, name: str, metrics: list[str]) -> None:
    names.found(state, name)
    for one in metrics:
        if one not in METRICS:
            # evidence: guess
            raise errors.invalid(f"Invalid metric type: {one}")


@service.handle
def enable_metrics_collection(state: Scaling, call: Call[api.EnableMetricsCollection]) -> None:
    """All metrics of a group, or those that are named, every minute."""
    if call.params.granularity != GRANULARITY:
        # evidence: page API_EnableMetricsCollection; words: guess
        raise errors.invalid(f"Valid metrics granularity type is: [{GRANULARITY}]")
    _check_metrics(state, call.params.auto_scaling_group_name, told(call.params.metrics, []))


@service.project
def metrics_collection_enabled(state: Scaling, event: Event[api.EnableMetricsCollection, None]) -> None:
    """They are collected."""
    group = names.inferred(state, event, event.params.auto_scaling_group_name)
    group.metrics |= dict.fromkeys(told(event.params.metrics, []) or METRICS, event.params.granularity)


@service.handle
def disable_metrics_collection(state: Scaling, call: Call[api.DisableMetricsCollection]) -> None:
    """All metrics of a group, or those that are named."""
    _check_metrics(state, call.params.auto_scaling_group_name, told(call.params.metrics, []))


@service.project
def metrics_collection_disabled(state: Scaling, event: Event[api.DisableMetricsCollection, None]) -> None:
    """They are collected no more."""
    group = names.inferred(state, event, event.params.auto_scaling_group_name)
    for one in told(event.params.metrics, []) or METRICS:
        group.metrics.pop(one, None)


@service.read
def describe_metric_collection_types(
    state: Scaling, call: Call[api.DescribeMetricCollectionTypes]
) -> api.DescribeMetricCollectionTypesResult:
    """What can be collected."""
    return api.DescribeMetricCollectionTypesResult(
        metrics=[api.MetricCollectionType(metric=one) for one in METRICS],
        granularities=[api.MetricGranularityType(granularity=GRANULARITY)],
    )
