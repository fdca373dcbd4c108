"""Scaling policies: simple, in steps, tracking a target, predictive.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scale-based-on-demand.html
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Command, Event, Params, UnsetType, field, members, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.autoscaling import alarms, api, errors, limits, names, pages
from backtrail_aws.autoscaling.state import Group, Scaling, service

SIMPLE, STEP, TRACKING, PREDICTIVE = (
    "SimpleScaling",
    "StepScaling",
    "TargetTrackingScaling",
    "PredictiveScaling",
)
TYPES = (SIMPLE, STEP, TRACKING, PREDICTIVE)
CHANGE, EXACT, PERCENT = "ChangeInCapacity", "ExactCapacity", "PercentChangeInCapacity"
ADJUSTMENTS = (CHANGE, EXACT, PERCENT)


class Replaced(msgspec.Struct, frozen=True, kw_only=True):
    """Beside the record: the alarms that a policy had and has no more."""

    alarms: list[str]


class MetricAlarm(Params):
    """An alarm as CloudWatch tells it."""

    alarm_name: str | UnsetType = field(name="alarmName", default=UNSET)
    alarm_arn: str | UnsetType = field(name="alarmArn", default=UNSET)
    state_value: str | UnsetType = field(name="stateValue", default=UNSET)
    actions_enabled: bool | UnsetType = field(name="actionsEnabled", default=UNSET)
    alarm_actions: list[str] | UnsetType = field(name="alarmActions", default=UNSET)
    threshold: float | UnsetType = UNSET
    namespace: str | UnsetType = UNSET
    metric_name: str | UnsetType = field(name="metricName", default=UNSET)
    statistic: str | UnsetType = UNSET
    comparison_operator: str | UnsetType = field(name="comparisonOperator", default=UNSET)
    dimensions: list[alarms.Dimension] | UnsetType = UNSET


class DescribeAlarms(Params):
    """Which alarms have an action."""

    action_prefix: str | UnsetType = field(name="actionPrefix", default=UNSET)


class DescribeAlarmsResult(Params):
    """They do."""

    metric_alarms: list[MetricAlarm] | UnsetType = field(name="metricAlarms", default=UNSET)


def alarms_of(call: Call[Any], policy: api.ScalingPolicy) -> list[MetricAlarm] | None:
    """The alarms that execute a policy; None where nobody serves CloudWatch."""
    arn = told(policy.policy_arn, "")
    answer = call.ask("cloudwatch", DescribeAlarms(action_prefix=arn), DescribeAlarmsResult)
    if answer is None:
        return None
    return [one for one in told(answer.metric_alarms, []) if arn in told(one.alarm_actions, [])]


def kind_of(policy: api.ScalingPolicy | api.PutScalingPolicy) -> str:
    """The type of a policy: simple where nothing is said."""
    return told(policy.policy_type, SIMPLE)


@service.handle
def put_scaling_policy(
    state: Scaling, call: Call[api.PutScalingPolicy]
) -> Answer[api.PutScalingPolicyResult]:
    """A policy, new or changed, with its alarms where it tracks a target."""
    params = call.params
    group = names.found(state, params.auto_scaling_group_name)
    _check(params)
    held = group.policies.get(params.policy_name)
    if held is None and len(group.policies) >= limits.POLICIES_MAX:
        raise errors.too_many("scaling policies")
    arn = held.policy_arn if held is not None else names.part_arn(
        call, "scalingPolicy", call.new_id("uuid", params.policy_name), group.name, f"policyName/{params.policy_name}"
    )  # fmt: skip
    made = _alarms(call, group, params, held)
    before = [told(one.alarm_name, "") for one in told(held.alarms, [])] if held is not None else []
    gone = [one for one in before if one not in [told(new.alarm_name, "") for new in made]]
    return Answer(api.PutScalingPolicyResult(policy_arn=arn, alarms=made), note=Replaced(alarms=gone))


def _alarms(
    call: Call[Any], group: Group, params: api.PutScalingPolicy, held: api.ScalingPolicy | None
) -> list[api.Alarm]:  # fmt: skip
    tracking = params.target_tracking_configuration
    if kind_of(params) != TRACKING or isinstance(tracking, UnsetType):
        return []
    sides = ["High"] if tracking.disable_scale_in is True else ["High", "Low"]
    known = {told(one.alarm_name, ""): one for one in told(held.alarms, [])} if held is not None else {}
    made: list[api.Alarm] = []
    for side in sides:
        old = next((one for name, one in known.items() if f"-Alarm{side}-" in name), None)
        name = f"TargetTracking-{group.name}-Alarm{side}-{call.new_id('uuid', side)}"
        made.append(old or api.Alarm(alarm_name=name, alarm_arn=call.arn("cloudwatch", f"alarm:{name}")))
    return made


def _check(params: api.PutScalingPolicy) -> None:
    kind = kind_of(params)
    if kind not in TYPES:
        # evidence: page API_PutScalingPolicy (PolicyType); words: guess
        raise errors.invalid(f"Policy type {kind} is not valid. Valid policy types are: {', '.join(TYPES)}")
    if kind in (SIMPLE, STEP):
        _check_adjustment(params, kind)
    elif kind == TRACKING:
        _check_tracking(params.target_tracking_configuration)
    elif isinstance(params.predictive_scaling_configuration, UnsetType):
        # evidence: guess
        raise errors.invalid(
            "PredictiveScalingConfiguration must be specified for policy type PredictiveScaling."
        )


def _check_adjustment(params: api.PutScalingPolicy, kind: str) -> None:
    if params.adjustment_type not in ADJUSTMENTS:
        # evidence: page API_PutScalingPolicy (AdjustmentType); words: guess
        raise errors.invalid(
            "AdjustmentType must be specified." if isinstance(params.adjustment_type, UnsetType)
            else f"Invalid adjustment type: {params.adjustment_type}"
        )  # fmt: skip
    if kind == SIMPLE and (
        isinstance(params.scaling_adjustment, UnsetType) or not isinstance(params.step_adjustments, UnsetType)
    ):
        # evidence: page API_PutScalingPolicy (ScalingAdjustment); words: guess
        raise errors.invalid(
            "ScalingAdjustment, and no StepAdjustments, must be specified for policy type SimpleScaling."
        )
    if kind == STEP:
        steps = told(params.step_adjustments, [])
        if not steps or not isinstance(params.scaling_adjustment, UnsetType):
            # evidence: page API_PutScalingPolicy (StepAdjustments); words: guess
            raise errors.invalid(
                "StepAdjustments, and no ScalingAdjustment, must be specified for policy type StepScaling."
            )
        if not isinstance(params.cooldown, UnsetType):
            # evidence: page API_PutScalingPolicy (Cooldown); words: guess
            raise errors.invalid("Cooldown is not supported for policy type StepScaling.")
        _check_steps(steps)


def _check_steps(steps: list[api.StepAdjustment]) -> None:
    """as-scaling-simple-step.html: no gaps, no overlaps, at most one open end on each side."""
    if len(steps) > limits.STEPS_MAX:
        raise errors.too_many("step adjustments")
    low, high = float("-inf"), float("inf")
    spans = sorted(
        (told(one.metric_interval_lower_bound, low), told(one.metric_interval_upper_bound, high))
        for one in steps
    )
    wrong = any(begin >= end for begin, end in spans)
    for (_, end), (begin, _) in itertools.pairwise(spans):
        wrong = wrong or (begin != end)
    if wrong:
        # evidence: page as-scaling-simple-step.html; words: guess
        raise errors.invalid("StepAdjustments have gaps or overlapping intervals.")


def _check_tracking(tracking: api.TargetTrackingConfiguration | UnsetType) -> None:
    if isinstance(tracking, UnsetType):
        # evidence: guess
        raise errors.invalid(
            "TargetTrackingConfiguration must be specified for policy type TargetTrackingScaling."
        )
    given = tracking.predefined_metric_specification
    if isinstance(given, UnsetType) == isinstance(tracking.customized_metric_specification, UnsetType):
        # evidence: page API_TargetTrackingConfiguration; words: guess
        raise errors.invalid("You must specify either a predefined or a customized metric specification.")
    if isinstance(given, UnsetType):
        return
    if given.predefined_metric_type not in alarms.METRIC_TYPES:
        # evidence: page API_PredefinedMetricSpecification; words: guess
        raise errors.invalid(f"Invalid predefined metric type: {given.predefined_metric_type}")
    needs_label = given.predefined_metric_type == "ALBRequestCountPerTarget"
    if needs_label and "/targetgroup/" not in told(given.resource_label, ""):
        # evidence: page API_PredefinedMetricSpecification (ResourceLabel); words: guess
        raise errors.invalid(
            "ResourceLabel must be specified for predefined metric type ALBRequestCountPerTarget."
        )


@service.project
def scaling_policy_put(
    state: Scaling, event: Event[api.PutScalingPolicy, api.PutScalingPolicyResult]
) -> None:
    """The policy is as it was told to be: nothing of an earlier one stays but its ARN."""
    params = event.params
    group = names.inferred(state, event, params.auto_scaling_group_name)
    held = group.policies.get(params.policy_name)
    fallback = held.policy_arn if held is not None else names.part_arn(
        event, "scalingPolicy", event.new_id("uuid", params.policy_name), group.name, f"policyName/{params.policy_name}"
    )  # fmt: skip
    shown = members.over(api.ScalingPolicy(), params)
    group.policies[params.policy_name] = members.changed(
        shown, policy_arn=told(event.result.policy_arn, fallback), policy_type=kind_of(params),
        alarms=told(event.result.alarms, []), enabled=told(params.enabled, True), auto_scaling_group_name=group.name,
    )  # fmt: skip


@service.react
def alarms_are_made(
    state: Scaling, event: Event[api.PutScalingPolicy, api.PutScalingPolicyResult]
) -> Iterator[Command]:
    """CloudWatch gets the alarms of a policy that tracks a target, and loses those that it had."""
    group = state.groups.get(names.short(event.params.auto_scaling_group_name))
    policy = group.policies.get(event.params.policy_name) if group is not None else None
    if group is None or policy is None:
        return
    note = event.note(Replaced)
    if note is not None and note.alarms:
        gone = api.ScalingPolicy(alarms=[api.Alarm(alarm_name=one) for one in note.alarms])
        yield from alarms.deleted(event, group, gone)
    yield from alarms.of_policy(event, group, policy)


def found(state: Scaling, group_name: str | UnsetType, name: str) -> tuple[Group, api.ScalingPolicy]:
    """A policy by name, or by ARN. Raises `Refusal`."""
    by_arn, policy = names.policy_parts(name)
    group = state.groups.get(by_arn or names.short(told(group_name, "")))
    if group is None and isinstance(group_name, str):
        raise errors.no_group(group_name)
    held = group.policies.get(policy) if group is not None else None
    if group is None or held is None or (by_arn and held.policy_arn != name):
        # evidence: guess
        raise errors.invalid(f"PolicyName {name} not found" if not by_arn else f"Policy not found: {name}")
    return group, held


class Gone(msgspec.Struct, frozen=True, kw_only=True):
    """Beside the record: the policy that is deleted."""

    policy: api.ScalingPolicy


@service.handle
def delete_policy(state: Scaling, call: Call[api.DeletePolicy]) -> Answer[None]:
    """A policy that is there."""
    _, held = found(state, call.params.auto_scaling_group_name, call.params.policy_name)
    return Answer(None, note=Gone(policy=held))


@service.project
def policy_deleted(state: Scaling, event: Event[api.DeletePolicy, None]) -> None:
    """It is gone."""
    by_arn, name = names.policy_parts(event.params.policy_name)
    group = state.groups.get(by_arn or names.short(told(event.params.auto_scaling_group_name, "")))
    if group is not None:
        group.policies.pop(name, None)


@service.react
def alarms_are_deleted(state: Scaling, event: Event[api.DeletePolicy, None]) -> Iterator[Command]:
    """Its alarms go with it."""
    by_arn, _ = names.policy_parts(event.params.policy_name)
    group = state.groups.get(by_arn or names.short(told(event.params.auto_scaling_group_name, "")))
    note = event.note(Gone)
    if group is not None and note is not None:
        yield from alarms.deleted(event, group, note.policy)


@service.read
def describe_policies(state: Scaling, call: Call[api.DescribePolicies]) -> api.DescribePoliciesResult:
    """Policies with the alarms that execute them; of one group or of all, by name, ARN or type."""
    params = call.params
    if isinstance(params.auto_scaling_group_name, str):
        names.found(state, params.auto_scaling_group_name)
    wanted, kinds = told(params.policy_names, []), told(params.policy_types, [])

    def keep(one: api.ScalingPolicy) -> bool:
        named = not wanted or one.policy_name in wanted or one.policy_arn in wanted
        return named and (not kinds or one.policy_type in kinds)

    held = {
        f"{group.name}\0{name}": one for group in state.groups.values()
        if isinstance(params.auto_scaling_group_name, UnsetType)
        or group.name == names.short(params.auto_scaling_group_name)
        for name, one in group.policies.items()
    }  # fmt: skip
    page, token = pages.paged(params, held, keep)
    return api.DescribePoliciesResult(scaling_policies=[_shown(call, one) for one in page], next_token=token)


def _shown(call: Call[Any], policy: api.ScalingPolicy) -> api.ScalingPolicy:
    policy = members.changed(policy, step_adjustments=told(policy.step_adjustments, []))
    found_ = alarms_of(call, policy)
    if found_ is None or policy.policy_type == TRACKING:
        return policy
    listed = [api.Alarm(alarm_name=one.alarm_name, alarm_arn=one.alarm_arn) for one in found_]
    return members.changed(policy, alarms=listed)


@service.read
def describe_adjustment_types(
    state: Scaling, call: Call[api.DescribeAdjustmentTypes]
) -> api.DescribeAdjustmentTypesResult:
    """Three."""
    return api.DescribeAdjustmentTypesResult(
        adjustment_types=[api.AdjustmentType(adjustment_type=one) for one in ADJUSTMENTS]
    )


@service.read
def get_predictive_scaling_forecast(
    state: Scaling, call: Call[api.GetPredictiveScalingForecast]
) -> api.GetPredictiveScalingForecastResult:
    """Nothing is forecast where there are no metrics: the capacity is what the group wants, hour by hour none."""
    group, policy = found(state, call.params.auto_scaling_group_name, call.params.policy_name)
    config = policy.predictive_scaling_configuration
    if isinstance(config, UnsetType):
        # evidence: guess
        raise errors.invalid(
            f"Policy {policy.policy_name} of {group.name} is not a predictive scaling policy."
        )
    return api.GetPredictiveScalingForecastResult(
        load_forecast=[
            api.LoadForecast(timestamps=[], values=[], metric_specification=one)
            for one in config.metric_specifications
        ],
        capacity_forecast=api.CapacityForecast(timestamps=[], values=[]), update_time=SpacedTime.of(call.time),
    )  # fmt: skip
