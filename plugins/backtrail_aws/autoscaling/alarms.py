"""The alarms of target tracking: made and deleted by the group, as CloudWatch is told.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-target-tracking.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import UNSET, Command, Event, Params, UnsetType, field, told
from backtrail_aws.autoscaling import api
from backtrail_aws.autoscaling.launching import role
from backtrail_aws.autoscaling.state import Group

LOW_SHARE = 0.9  # measured by many: the low alarm of a policy stands at nine tenths of its target
HIGH_PERIODS, LOW_PERIODS, PERIOD_S = 3, 15, 60  # the page above: three minutes to grow, fifteen to shrink
_METRICS = {
    "ASGAverageCPUUtilization": ("AWS/EC2", "CPUUtilization", "Average"),
    "ASGAverageNetworkIn": ("AWS/EC2", "NetworkIn", "Average"),
    "ASGAverageNetworkOut": ("AWS/EC2", "NetworkOut", "Average"),
    "ALBRequestCountPerTarget": ("AWS/ApplicationELB", "RequestCountPerTarget", "Sum"),
}
"""API_PredefinedMetricSpecification."""
METRIC_TYPES = tuple(_METRICS)


class Dimension(Params):
    """A dimension of a metric."""

    name: str
    value: str


class PutMetricAlarm(Params):
    """What CloudWatch is told."""

    alarm_name: str = field(name="alarmName")
    alarm_description: str = field(name="alarmDescription")
    actions_enabled: bool = field(name="actionsEnabled", default=True)
    alarm_actions: list[str] = field(name="alarmActions")
    comparison_operator: str = field(name="comparisonOperator")
    evaluation_periods: int = field(name="evaluationPeriods")
    threshold: float
    namespace: str | UnsetType = UNSET
    metric_name: str | UnsetType = field(name="metricName", default=UNSET)
    statistic: str | UnsetType = UNSET
    unit: str | UnsetType = UNSET
    period: int | UnsetType = UNSET
    dimensions: list[Dimension] | UnsetType = UNSET
    metrics: list[api.TargetTrackingMetricDataQuery] | UnsetType = UNSET


class DeleteAlarms(Params):
    """The same."""

    alarm_names: list[str] = field(name="alarmNames")


def of_policy(event: Event[Any, Any], group: Group, policy: api.ScalingPolicy) -> Iterator[Command]:
    """The alarms of a policy that tracks a target: one to grow, one to shrink unless that is not wanted."""
    tracking = policy.target_tracking_configuration
    if isinstance(tracking, UnsetType):
        return
    for alarm in told(policy.alarms, []):
        name = told(alarm.alarm_name, "")
        high = "-AlarmHigh-" in name
        if not high and tracking.disable_scale_in is True:
            continue
        params = _alarm(group, tracking, name, told(policy.policy_arn, ""), high)
        yield Command("cloudwatch", params, as_=role(event, group), source_arn=group.arn)


def _alarm(
    group: Group, tracking: api.TargetTrackingConfiguration, name: str, arn: str, high: bool
) -> PutMetricAlarm:  # fmt: skip
    what = _metric(group, tracking)
    return PutMetricAlarm(
        alarm_name=name, alarm_actions=[arn],
        alarm_description=f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {arn}.",
        comparison_operator="GreaterThanThreshold" if high else "LessThanThreshold",
        evaluation_periods=HIGH_PERIODS if high else LOW_PERIODS,
        threshold=tracking.target_value if high else round(tracking.target_value * LOW_SHARE, 6), **what,
    )  # fmt: skip


def _metric(group: Group, tracking: api.TargetTrackingConfiguration) -> dict[str, Any]:
    own = Dimension(name="AutoScalingGroupName", value=group.name)
    if not isinstance(tracking.predefined_metric_specification, UnsetType):
        given = tracking.predefined_metric_specification
        namespace, metric, statistic = _METRICS.get(given.predefined_metric_type, ("", "", ""))
        dimensions = [own] if namespace == "AWS/EC2" else _labelled(told(given.resource_label, ""))
        return {
            "namespace": namespace, "metric_name": metric, "statistic": statistic, "period": PERIOD_S,
            "dimensions": dimensions,
        }  # fmt: skip
    custom = told(tracking.customized_metric_specification, api.CustomizedMetricSpecification())
    if not isinstance(custom.metrics, UnsetType):
        return {"metrics": custom.metrics}
    return {
        "namespace": custom.namespace, "metric_name": custom.metric_name, "statistic": custom.statistic,
        "unit": custom.unit, "period": told(custom.period, PERIOD_S),
        "dimensions": [Dimension(name=one.name, value=one.value) for one in told(custom.dimensions, [])] or UNSET,
    }  # fmt: skip


def _labelled(label: str) -> list[Dimension]:
    """`app/my-alb/778d41231b141a0f/targetgroup/my-group/943f017f100becff`: API_PredefinedMetricSpecification."""
    balancer, _, group = label.partition("/targetgroup/")
    return [
        Dimension(name="LoadBalancer", value=balancer),
        Dimension(name="TargetGroup", value=f"targetgroup/{group}"),
    ]


def deleted(event: Event[Any, Any], group: Group, policy: api.ScalingPolicy) -> Iterator[Command]:
    """The alarms of a policy go with it."""
    found = [told(one.alarm_name, "") for one in told(policy.alarms, [])]
    if found:
        yield Command(
            "cloudwatch", DeleteAlarms(alarm_names=found), as_=role(event, group), source_arn=group.arn
        )
