"""Policies: how a capacity follows from them, the cooldown, the alarms of target tracking."""

from __future__ import annotations

import pytest

from backtrail import UNSET
from backtrail_aws.autoscaling import api, execution

from .scaling_scenario import NAME, Lab


def _simple(name: str, by: int, **more: object) -> api.PutScalingPolicy:
    given = {"adjustment_type": "ChangeInCapacity", "scaling_adjustment": by} | more
    return api.PutScalingPolicy(auto_scaling_group_name=NAME, policy_name=name, **given)  # type: ignore[arg-type]


def test_a_simple_policy_scales_and_cools_down() -> None:
    """The group grows by one, and not again within the cooldown where that is honoured."""
    lab = Lab().group(1)
    arn = lab.ask(_simple("out", 1)).policy_arn
    assert arn.endswith(f":autoScalingGroupName/{NAME}:policyName/out")
    lab.given(api.ExecutePolicy(policy_name=arn, honor_cooldown=True))
    assert len(lab.ids) == 2
    assert "a user request executed policy out changing the desired capacity from 1 to 2." in str(
        lab.activities[0].cause
    )
    lab.when(api.ExecutePolicy(policy_name=arn, honor_cooldown=True)).refused("ScalingActivityInProgress")
    lab.given(api.ExecutePolicy(policy_name="out", auto_scaling_group_name=NAME))
    lab.later(seconds=301).given(api.ExecutePolicy(policy_name=arn, honor_cooldown=True))
    lab.later(seconds=301).given(api.ExecutePolicy(policy_name=arn, honor_cooldown=True))
    assert len(lab.ids) == 4  # the maximum
    lab.when(api.ExecutePolicy(policy_name="odd", auto_scaling_group_name=NAME)).refused("ValidationError")
    lab.given(_simple("out", 1, enabled=False))
    lab.when(api.ExecutePolicy(policy_name=arn)).refused("ValidationError")
    lab.given(api.DeletePolicy(policy_name=arn))
    assert lab.ask(api.DescribePolicies()).scaling_policies == []
    lab.replays()


@pytest.mark.parametrize(
    ("kind", "before", "adjustment", "least", "after"),
    [
        ("ChangeInCapacity", 3, -1, 0, 2), ("ExactCapacity", 3, 7, 0, 7), ("PercentChangeInCapacity", 10, 25, 0, 12),
        ("PercentChangeInCapacity", 4, 10, 0, 5), ("PercentChangeInCapacity", 4, -10, 0, 3),
        ("PercentChangeInCapacity", 10, -67, 0, 4), ("PercentChangeInCapacity", 4, 25, 2, 6),
        ("PercentChangeInCapacity", 4, -25, 2, 2),
    ],
)  # fmt: skip
def test_adjustments(kind: str, before: int, adjustment: int, least: int, after: int) -> None:
    """Percents are rounded as the user guide says; a magnitude is the least there is."""
    policy = api.ScalingPolicy(adjustment_type=kind, min_adjustment_magnitude=least or UNSET)
    assert execution.adjusted(policy, before, adjustment) == after


def test_steps() -> None:
    """The step that the breach falls into counts."""
    lab = Lab().group(1, 10)
    steps = [
        api.StepAdjustment(
            metric_interval_lower_bound=0.0, metric_interval_upper_bound=10.0, scaling_adjustment=1
        ),
        api.StepAdjustment(metric_interval_lower_bound=10.0, scaling_adjustment=3),
    ]
    put = api.PutScalingPolicy(
        auto_scaling_group_name=NAME, policy_name="steps", policy_type="StepScaling",
        adjustment_type="ChangeInCapacity", step_adjustments=steps, estimated_instance_warmup=60,
    )  # fmt: skip
    arn = lab.ask(put).policy_arn
    lab.when(api.ExecutePolicy(policy_name=arn)).refused("ValidationError")
    lab.given(api.ExecutePolicy(policy_name=arn, metric_value=65.0, breach_threshold=60.0))
    assert lab.shown.desired_capacity == 2
    lab.given(api.ExecutePolicy(policy_name=arn, metric_value=65.0, breach_threshold=60.0))
    assert lab.shown.desired_capacity == 2  # what was asked for before warms up still
    lab.given(api.ExecutePolicy(policy_name=arn, metric_value=70.0, breach_threshold=60.0))
    assert lab.shown.desired_capacity == 4
    lab.later(seconds=90).given(api.ExecutePolicy(policy_name=arn, metric_value=65.0, breach_threshold=60.0))
    assert lab.shown.desired_capacity == 5
    lab.given(api.ExecutePolicy(policy_name=arn, metric_value=50.0, breach_threshold=60.0))
    assert lab.shown.desired_capacity == 5
    gap = [steps[0], api.StepAdjustment(metric_interval_lower_bound=20.0, scaling_adjustment=3)]
    lab.when(
        api.PutScalingPolicy(
            auto_scaling_group_name=NAME, policy_name="gap", policy_type="StepScaling",
            adjustment_type="ChangeInCapacity", step_adjustments=gap,
        )
    ).refused("ValidationError", "gaps")  # fmt: skip
    lab.replays()


def _tracking(**more: object) -> api.PutScalingPolicy:
    target = api.TargetTrackingConfiguration(
        target_value=50.0,
        predefined_metric_specification=api.PredefinedMetricSpecification(
            predefined_metric_type="ASGAverageCPUUtilization"
        ),
        **more,  # type: ignore[arg-type]
    )
    return api.PutScalingPolicy(
        auto_scaling_group_name=NAME, policy_name="cpu", policy_type="TargetTrackingScaling",
        target_tracking_configuration=target,
    )  # fmt: skip


def test_target_tracking_makes_its_alarms() -> None:
    """Two alarms, as the service-linked role, which go with the policy; without CloudWatch they are recorded 501s."""
    lab = Lab().group(2, 8)
    answer = lab.ask(_tracking())
    puts = [one for one in lab.commands if one.action == "PutMetricAlarm"]
    assert [(one.params.threshold, one.params.evaluation_periods) for one in puts] == [(50.0, 3), (45.0, 15)]  # type: ignore[attr-defined]
    assert {one.as_ for one in puts} == {lab.shown.service_linked_role_arn}
    assert all(one.params.alarm_actions == [answer.policy_arn] for one in puts)  # type: ignore[attr-defined]
    lab.given(api.ExecutePolicy(policy_name=answer.policy_arn, metric_value=90.0, breach_threshold=50.0))
    assert lab.shown.desired_capacity == 4
    lab.given(api.ExecutePolicy(policy_name=answer.policy_arn, metric_value=20.0, breach_threshold=45.0))
    assert lab.shown.desired_capacity == 4
    lab.later(seconds=301)
    lab.given(api.ExecutePolicy(policy_name=answer.policy_arn, metric_value=20.0, breach_threshold=45.0))
    assert lab.shown.desired_capacity == 2
    lab.given(_tracking(disable_scale_in=True))
    assert [one.action for one in lab.commands] == ["DeleteAlarms", "PutMetricAlarm"]
    lab.given(api.ExecutePolicy(policy_name=answer.policy_arn, metric_value=1.0, breach_threshold=45.0))
    assert lab.shown.desired_capacity == 2
    lab.given(api.DeletePolicy(policy_name="cpu", auto_scaling_group_name=NAME))
    assert [one.action for one in lab.commands] == ["DeleteAlarms"]
    lab.replays()


@pytest.mark.parametrize(
    "wrong",
    [
        {"policy_type": "Odd"},
        {"adjustment_type": UNSET},
        {"adjustment_type": "Odd"},
        {"scaling_adjustment": UNSET},
        {"policy_type": "StepScaling"},
        {"policy_type": "TargetTrackingScaling"},
        {"policy_type": "PredictiveScaling"},
    ],
)
def test_policies_that_are_none(wrong: dict[str, object]) -> None:
    """Each kind wants its own members."""
    lab = Lab().group(0)
    lab.when(_simple("p", 1, **wrong)).refused("ValidationError")
    lab.replays()
