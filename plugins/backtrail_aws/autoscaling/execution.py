"""Policies are executed: by an alarm, or by hand.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-scaling-simple-step.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from backtrail import UNSET, Answer, Call, Command, Event, UnsetType, told
from backtrail_aws.autoscaling import api, capacity, errors, limits, names, policies, reasons
from backtrail_aws.autoscaling.state import Group, Scaling, service

CLOUDWATCH = "cloudwatch.amazonaws.com"


class Executed(msgspec.Struct, frozen=True, kw_only=True):
    """Beside the record: the alarm that executed a policy, and what the group wants since."""

    wanted: int
    alarm: str = ""
    capped: bool = False


@service.handle
def execute_policy(state: Scaling, call: Call[api.ExecutePolicy]) -> Answer[None]:
    """A policy that is enabled; a simple one not while the group cools down, where that is to be honoured."""
    params = call.params
    group, policy = policies.found(state, params.auto_scaling_group_name, params.policy_name)
    alarm = (call.caller.source_arn or "").rpartition(":alarm:")[2]
    by_alarm = call.caller.service == CLOUDWATCH or ":alarm:" in (call.caller.source_arn or "")
    before = told(group.shown.desired_capacity, 0)
    if policy.enabled is False:
        # evidence: page API_PutScalingPolicy (Enabled); words: guess
        raise errors.invalid(f"The policy {policy.policy_name} is disabled.")
    if by_alarm and "AlarmNotification" in group.suspended:
        # evidence: page as-suspend-resume-processes.html (AlarmNotification); words: guess
        raise errors.invalid(f"Scaling based on alarms is suspended for Auto Scaling group {group.name}.")
    kind = policies.kind_of(policy)
    if kind == policies.PREDICTIVE or (
        kind == policies.TRACKING and isinstance(params.metric_value, UnsetType)
    ):
        # evidence: page API_ExecutePolicy (what can be executed); words: guess
        raise errors.invalid(f"The policy {policy.policy_name} of type {kind} cannot be executed.")
    if kind == policies.STEP and (
        isinstance(params.metric_value, UnsetType) or isinstance(params.breach_threshold, UnsetType)
    ):
        # evidence: page API_ExecutePolicy (MetricValue, BreachThreshold); words: guess
        raise errors.invalid("MetricValue and BreachThreshold must be specified for policy type StepScaling.")
    if kind == policies.SIMPLE and params.honor_cooldown is True and capacity.cools(group, call):
        # evidence: model; words: guess
        raise errors.in_progress(f"Scaling policy {policy.policy_name} is in cooldown.")
    asked = told(outcome(group, policy, params, call.time), before)
    wanted = capacity.within(group, asked)
    return Answer(None, note=Executed(wanted=wanted, alarm=alarm, capped=asked > wanted))


def outcome(
    group: Group, policy: api.ScalingPolicy, params: api.ExecutePolicy, now: datetime
) -> int | UnsetType:
    """What a policy wants of its group, bounds aside; UNSET where it says nothing.

    While instances warm up that a policy asked for, steps and targets count from the capacity before them, and nothing
    shrinks: https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-default-instance-warmup.html
    """
    wanted = _wanted(policy, params, _base(group, policy, now))
    held = told(group.shown.desired_capacity, 0)
    if isinstance(wanted, UnsetType) or _base(group, policy, now) == held:
        return wanted
    return max(held, wanted)


def _base(group: Group, policy: api.ScalingPolicy, now: datetime) -> int:
    held = told(group.shown.desired_capacity, 0)
    warms = not isinstance(group.warming, UnsetType) and now < group.warming
    if not warms or policies.kind_of(policy) == policies.SIMPLE:
        return held
    return min(held, group.warming_from)


def _wanted(policy: api.ScalingPolicy, params: api.ExecutePolicy, before: int) -> int | UnsetType:
    kind = policies.kind_of(policy)
    if kind == policies.TRACKING:
        return _tracked(policy, params, before)
    if kind == policies.STEP:
        step = _step(policy, params)
        return UNSET if step is None else adjusted(policy, before, step)
    if kind == policies.SIMPLE and not isinstance(policy.scaling_adjustment, UnsetType):
        return adjusted(policy, before, policy.scaling_adjustment)
    return UNSET


def adjusted(policy: api.ScalingPolicy, before: int, adjustment: int) -> int:
    """A capacity after an adjustment of a policy's type; percents are rounded as the page above says."""
    if policy.adjustment_type == policies.EXACT:
        return adjustment
    if policy.adjustment_type != policies.PERCENT:
        return before + adjustment
    change = before * adjustment / 100
    delta = (1 if change > 0 else -1) if 0 < abs(change) < 1 else math.trunc(change)
    least = told(policy.min_adjustment_magnitude, told(policy.min_adjustment_step, 0))
    if least and abs(delta) < least:
        delta = least if adjustment > 0 else -least
    return before + delta


def _step(policy: api.ScalingPolicy, params: api.ExecutePolicy) -> int | None:
    """The step that a breach falls into: above the threshold its lower bound counts, below it its upper one."""
    breach = told(params.metric_value, 0.0) - told(params.breach_threshold, 0.0)
    low, high = -math.inf, math.inf
    for one in told(policy.step_adjustments, []):
        begin, end = told(one.metric_interval_lower_bound, low), told(one.metric_interval_upper_bound, high)
        if (begin <= breach < end) if breach >= 0 and begin >= 0 else (begin < breach <= end):
            return one.scaling_adjustment
    return None


def _tracked(policy: api.ScalingPolicy, params: api.ExecutePolicy, before: int) -> int | UnsetType:
    """In proportion to the metric: at least one more above the target; below it only where shrinking is wanted."""
    tracking = policy.target_tracking_configuration
    if (
        isinstance(tracking, UnsetType)
        or isinstance(params.metric_value, UnsetType)
        or not tracking.target_value
    ):
        return UNSET
    share = params.metric_value / tracking.target_value
    if share > 1:
        return max(before + 1, math.ceil(before * share))
    if tracking.disable_scale_in is True:
        return UNSET
    return min(before - 1, math.ceil(before * share)) if before > 0 else 0


@service.project
def policy_executed(state: Scaling, event: Event[api.ExecutePolicy, None]) -> None:
    """The group wants what the policy says, and cools down after a simple one."""
    params, note = event.params, event.note(Executed)
    by_arn, name = names.policy_parts(params.policy_name)
    group = state.groups.get(by_arn or names.short(told(params.auto_scaling_group_name, "")))
    policy = group.policies.get(name) if group is not None else None
    if group is None or policy is None:
        return
    before = told(group.shown.desired_capacity, 0)
    wanted = (
        note.wanted
        if note is not None
        else capacity.within(group, told(outcome(group, policy, params, event.time), before))
    )
    group.capped = name if note is not None and note.capped else ""
    if wanted == before:
        return
    alarm = note.alarm if note is not None else ""
    base = _base(group, policy, event.time)
    capacity.change(group, wanted, reasons.executed(event.time, name, alarm, before, wanted))
    if policies.kind_of(policy) == policies.SIMPLE:
        group.cooling = event.time
        group.cooling_s = told(policy.cooldown, told(group.shown.default_cooldown, limits.COOLDOWN_S))
    elif wanted > before:
        group.warming, group.warming_from = event.time + timedelta(seconds=_warmup_s(group, policy)), base


def _warmup_s(group: Group, policy: api.ScalingPolicy) -> int:
    """API_PutScalingPolicy, EstimatedInstanceWarmup: the group's default warmup, else its cooldown."""
    default = told(group.shown.default_instance_warmup, -1)
    cooldown = told(group.shown.default_cooldown, limits.COOLDOWN_S)
    return told(policy.estimated_instance_warmup, cooldown if default < 0 else default)


@service.react
def policy_takes_effect(state: Scaling, event: Event[api.ExecutePolicy, None]) -> Iterator[Command]:
    """It launches or terminates."""
    by_arn, _ = names.policy_parts(event.params.policy_name)
    yield from capacity.adjusted(state, by_arn or told(event.params.auto_scaling_group_name, ""))
