"""A group keeps its number: it launches, terminates, replaces, balances and tries again."""

from __future__ import annotations

import pytest

from backtrail_aws.autoscaling import api
from backtrail_aws.ec2 import api as ec2
from backtrail_aws.ec2.faults import FailZone, RecoverZone

from .scaling_scenario import IMAGE, NAME, Lab


def test_a_new_group_launches_in_every_zone() -> None:
    """Two instances in two zones, launched by the service-linked role, tagged, as the history tells."""
    lab = Lab().group(2)
    launches = lab.events("RunInstances")
    assert [one["userIdentity"]["invokedBy"] for one in launches] == ["autoscaling.amazonaws.com"] * 2
    assert {"AWSServiceRoleForAutoScaling"} == {
        one["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"] for one in launches
    }
    assert set(lab.states.values()) == {"InService"}
    held = [lab.run(one) for one in lab.ids]
    assert {one.placement.availability_zone for one in held} == {"us-east-1a", "us-east-1b"}
    assert {(tag.key, tag.value) for one in held for tag in one.tags} == {("aws:autoscaling:groupName", NAME)}
    assert {(one.image_id, one.instance_type) for one in held} == {(IMAGE, "t3.micro")}
    newest = lab.activities[0]
    assert newest.status_code == "Successful"
    assert newest.cause == (
        "At 2024-01-01T00:00:04Z a user request created an AutoScalingGroup changing the desired capacity from 0 to 2."
        "  At 2024-01-01T00:00:04Z an instance was started in response to a difference between desired and actual "
        "capacity, increasing the capacity from 1 to 2."
    )
    lab.replays()


def test_the_desired_capacity_is_reached_both_ways() -> None:
    """More are launched, fewer terminated: from the zone that has the most."""
    lab = Lab().group(1)
    lab.given(api.SetDesiredCapacity(auto_scaling_group_name=NAME, desired_capacity=3))
    assert len(lab.ids) == 3
    lab.given(api.SetDesiredCapacity(auto_scaling_group_name=NAME, desired_capacity=2))
    zones = [one.availability_zone for one in lab.shown.instances or []]
    assert sorted(zones) == ["us-east-1a", "us-east-1b"]
    assert "shrinking the capacity from 3 to 2" in str(lab.activities[0].cause)
    lab.given(api.UpdateAutoScalingGroup(auto_scaling_group_name=NAME, max_size=6, min_size=5))
    assert len(lab.ids) == 5 and lab.shown.desired_capacity == 5
    lab.replays()


def test_bounds_are_kept() -> None:
    """No number outside the bounds."""
    lab = Lab().group(1)
    lab.when(api.SetDesiredCapacity(auto_scaling_group_name=NAME, desired_capacity=99)).refused(
        "ValidationError", "New SetDesiredCapacity value 99 is above max value 4 for the AutoScalingGroup."
    )
    lab.when(api.SetDesiredCapacity(auto_scaling_group_name=NAME, desired_capacity=0)).refused(
        "ValidationError"
    )
    lab.when(api.UpdateAutoScalingGroup(auto_scaling_group_name=NAME, min_size=5)).refused("ValidationError")
    lab.replays()


@pytest.mark.parametrize("how", ["terminated", "stopped"])
def test_what_somebody_ends_is_replaced(how: str) -> None:
    """An instance that is terminated or stopped by hand is replaced in its zone."""
    lab = Lab().group(2)
    lost = lab.ids[0]
    zone = lab.run(lost).placement.availability_zone
    call = ec2.TerminateInstances if how == "terminated" else ec2.StopInstances
    lab.given(call(instance_ids=[lost]), service="ec2")
    assert lost not in lab.ids and len(lab.ids) == 2
    assert lab.run(lab.ids[-1]).placement.availability_zone == zone
    assert lab.run(lost).state.name == "terminated"
    launch, end = lab.activities[:2]
    assert "an instance was launched in response to an unhealthy instance needing to be replaced" in str(
        launch.cause
    )
    assert "an EC2 health check indicating it has been terminated or stopped" in str(end.cause)
    lab.replays()


def test_impaired_instances_are_replaced() -> None:
    """Status checks that fail do so after the grace period alone."""
    lab = Lab().group(1, health_check_grace_period=300)
    (lost,) = lab.ids
    lab.turn("ec2.impaired_instances", lost)
    assert lab.ids == [lost]
    lab.later(seconds=400).turn("ec2.impaired_instances", "").turn("ec2.impaired_instances", lost)
    assert len(lab.ids) == 1 and lost not in lab.ids
    assert "EC2 instance status checks failure" in str(lab.activities[1].cause)
    lab.replays()


def test_health_by_hand() -> None:
    """An instance that is said to be unhealthy is replaced; a young one only where that is not respected."""
    lab = Lab().group(1, health_check_grace_period=300)
    (first,) = lab.ids
    lab.given(api.SetInstanceHealth(instance_id=first, health_status="Unhealthy"))
    assert lab.ids == [first]
    lab.given(
        api.SetInstanceHealth(instance_id=first, health_status="Unhealthy", should_respect_grace_period=False)
    )
    assert first not in lab.ids
    lab.when(api.SetInstanceHealth(instance_id=first, health_status="Healthy")).refused("ValidationError")
    lab.when(api.SetInstanceHealth(instance_id=lab.ids[0], health_status="odd")).refused("ValidationError")
    lab.replays()


def test_a_zone_that_is_down_is_avoided_and_used_again() -> None:
    """Its instances are replaced in the other zone; when it is up again, the group balances its zones."""
    lab = Lab().group(2)
    lab.later(seconds=400).given(FailZone(zone="us-east-1a"), service="ec2")
    assert {one.availability_zone for one in lab.shown.instances or []} == {"us-east-1b"}
    failed = [one for one in lab.activities if one.status_code == "Failed"]
    assert len(failed) == 1
    assert "Launching EC2 instance failed." in str(failed[0].status_message)
    assert "do not have sufficient t3.micro capacity" in str(failed[0].description)
    lab.given(RecoverZone(zone="us-east-1a"), service="ec2")
    assert sorted(one.availability_zone for one in lab.shown.instances or []) == ["us-east-1a", "us-east-1b"]
    assert any("balancing the group's zones" in str(one.cause) for one in lab.activities)
    lab.replays()


def test_launches_that_fail_everywhere_are_tried_again() -> None:
    """Not at once, but ever more seldom, until there is capacity."""
    lab = Lab()
    lab.turn("ec2.instance_capacity", 1)
    lab.group(1, 4, "us-east-1a")
    lab.given(api.SetDesiredCapacity(auto_scaling_group_name=NAME, desired_capacity=2))
    assert len(lab.ids) == 1 and lab.activities[0].status_code == "Failed"
    lab.later(seconds=70)
    assert [one.status_code for one in lab.activities] == ["Failed", "Failed", "Successful"]
    lab.later(seconds=70)
    assert len(lab.activities) == 3
    lab.turn("ec2.instance_capacity", 0).later(seconds=120)
    assert len(lab.ids) == 2
    lab.replays()


def test_processes_that_rest() -> None:
    """A group whose Launch rests launches nothing, and catches up; ReplaceUnhealthy and Terminate likewise."""
    lab = Lab().group(1)
    lab.given(
        api.SuspendProcesses(auto_scaling_group_name=NAME, scaling_processes=["Launch", "ReplaceUnhealthy"])
    )
    lab.given(api.SetDesiredCapacity(auto_scaling_group_name=NAME, desired_capacity=2))
    lab.given(api.SetInstanceHealth(instance_id=lab.ids[0], health_status="Unhealthy"))
    assert len(lab.ids) == 1
    old = lab.ids[0]
    lab.given(api.ResumeProcesses(auto_scaling_group_name=NAME))
    assert len(lab.ids) == 2 and old not in lab.ids
    lab.given(api.SuspendProcesses(auto_scaling_group_name=NAME))
    assert len(lab.shown.suspended_processes or []) == 9
    lab.given(api.SetDesiredCapacity(auto_scaling_group_name=NAME, desired_capacity=1))
    assert len(lab.ids) == 2
    lab.when(api.SuspendProcesses(auto_scaling_group_name=NAME, scaling_processes=["Odd"])).refused(
        "ValidationError"
    )
    lab.replays()


def test_a_group_is_deleted_when_it_is_empty_or_by_force() -> None:
    """A group with instances is not; by force it goes with the last of them."""
    lab = Lab().group(2)
    lab.when(api.DeleteAutoScalingGroup(auto_scaling_group_name=NAME)).refused("ResourceInUse")
    lab.when(api.DeleteLaunchConfiguration(launch_configuration_name="small")).refused("ResourceInUse")
    ids = lab.ids
    lab.given(api.DeleteAutoScalingGroup(auto_scaling_group_name=NAME, force_delete=True))
    assert lab.ask(api.DescribeAutoScalingGroups()).auto_scaling_groups == []
    assert {lab.run(one).state.name for one in ids} == {"terminated"}
    history = lab.ask(api.DescribeScalingActivities(include_deleted_groups=True)).activities
    assert len(history) == 4 and history[0].auto_scaling_group_state == "Deleted"
    lab.given(api.DeleteLaunchConfiguration(launch_configuration_name="small"))
    lab.when(api.DeleteAutoScalingGroup(auto_scaling_group_name=NAME)).refused("ValidationError")
    lab.replays()


def test_termination_policies_choose() -> None:
    """The oldest, the newest, those of the oldest configuration; what is protected stays."""
    lab = Lab().group(3, 4, "us-east-1a", termination_policies=["NewestInstance"])
    first = lab.ids
    lab.given(api.UpdateAutoScalingGroup(auto_scaling_group_name=NAME, min_size=0, desired_capacity=2))
    assert lab.ids == first[:2] or set(lab.ids) < set(first)
    lab.given(
        api.CreateLaunchConfiguration(
            launch_configuration_name="big", image_id=IMAGE, instance_type="t3.large"
        )
    )
    lab.given(
        api.UpdateAutoScalingGroup(
            auto_scaling_group_name=NAME, launch_configuration_name="big", desired_capacity=3,
            termination_policies=["OldestLaunchConfiguration"],
        )
    )  # fmt: skip
    new = lab.ids[-1]
    lab.given(
        api.SetInstanceProtection(
            auto_scaling_group_name=NAME, instance_ids=[lab.ids[0]], protected_from_scale_in=True
        )
    )
    kept = lab.ids[0]
    lab.given(api.SetDesiredCapacity(auto_scaling_group_name=NAME, desired_capacity=1))
    assert kept in lab.ids and len(lab.ids) == 1 and new not in lab.ids
    lab.given(api.SetDesiredCapacity(auto_scaling_group_name=NAME, desired_capacity=0))
    assert lab.ids == [kept]
    lab.given(
        api.SetInstanceProtection(
            auto_scaling_group_name=NAME, instance_ids=[kept], protected_from_scale_in=False
        )
    )
    assert lab.ids == []
    lab.replays()


def test_pace_of_aws() -> None:
    """With AWS's pace an instance is pending first, and is seen terminating when it goes."""
    lab = Lab()
    lab.turn("backtrail.pace", "aws")
    lab.group(1)
    assert list(lab.states.values()) == ["Pending"]
    lab.later(seconds=60)
    assert list(lab.states.values()) == ["InService"]
    lab.given(api.UpdateAutoScalingGroup(auto_scaling_group_name=NAME, min_size=0, desired_capacity=0))
    assert list(lab.states.values()) == ["Terminating"]
    lab.later(seconds=120)
    assert lab.states == {}
    lab.replays()
