"""Instances attached, detached, set aside, terminated in the group; refreshes and warm pools; what groups are told."""

from __future__ import annotations

import pytest

from backtrail_aws.autoscaling import api
from backtrail_aws.ec2 import api as ec2

from .scaling_scenario import IMAGE, NAME, Lab


def test_an_instance_is_terminated_in_the_group() -> None:
    """Another is launched, unless the group shall shrink; not below the minimum."""
    lab = Lab().group(1, 4, desired_capacity=2)
    first, second = lab.ids
    answer = lab.ask(
        api.TerminateInstanceInAutoScalingGroup(instance_id=first, should_decrement_desired_capacity=False)
    )
    assert "was taken out of service in response to a user request" in answer.activity.cause
    assert len(lab.ids) == 2 and first not in lab.ids
    lab.given(
        api.TerminateInstanceInAutoScalingGroup(instance_id=second, should_decrement_desired_capacity=True)
    )
    assert lab.shown.desired_capacity == 1 and second not in lab.ids
    (last,) = lab.ids
    lab.when(
        api.TerminateInstanceInAutoScalingGroup(instance_id=last, should_decrement_desired_capacity=True)
    ).refused("ValidationError", "min size constraint")
    lab.when(
        api.TerminateInstanceInAutoScalingGroup(instance_id="i-odd", should_decrement_desired_capacity=True)
    ).refused("ValidationError")
    assert {one.status_code for one in lab.activities} == {"Successful"}
    lab.replays()


def test_attach_and_detach() -> None:
    """An instance of nobody's joins, and the capacity grows; it leaves and lives on."""
    lab = Lab().group(1, 2)
    launch = ec2.RunInstances(
        image_id=IMAGE, instance_type="t3.micro", min_count=1, max_count=1, subnet_id=lab.zones["us-east-1a"]
    )
    own = lab.ask(launch, "ec2").instances[0].instance_id
    lab.given(api.AttachInstances(auto_scaling_group_name=NAME, instance_ids=[own]))
    assert own in lab.ids and lab.shown.desired_capacity == 2
    lab.when(api.AttachInstances(auto_scaling_group_name=NAME, instance_ids=[own])).refused("ValidationError")
    answer = lab.ask(
        api.DetachInstances(
            auto_scaling_group_name=NAME, instance_ids=[own], should_decrement_desired_capacity=True
        )
    )
    assert answer.activities[0].description == f"Detaching EC2 instance: {own}"
    assert own not in lab.ids and lab.shown.desired_capacity == 1
    assert lab.run(own).state.name == "running"
    (left,) = lab.ids
    lab.given(
        api.DetachInstances(
            auto_scaling_group_name=NAME, instance_ids=[left], should_decrement_desired_capacity=False
        )
    )
    assert len(lab.ids) == 1 and left not in lab.ids
    lab.replays()


def test_standby() -> None:
    """An instance is set aside and comes back; the group shrinks with it, or launches another."""
    lab = Lab().group(0, 3, desired_capacity=1)
    (first,) = lab.ids
    given = {"auto_scaling_group_name": NAME, "instance_ids": [first]}
    lab.given(api.EnterStandby(**given, should_decrement_desired_capacity=True))  # type: ignore[arg-type]
    assert lab.states == {first: "Standby"} and lab.shown.desired_capacity == 0
    lab.given(ec2.StopInstances(instance_ids=[first]), service="ec2")
    lab.given(ec2.StartInstances(instance_ids=[first]), service="ec2")
    lab.given(api.ExitStandby(**given))  # type: ignore[arg-type]
    assert lab.states == {first: "InService"} and lab.shown.desired_capacity == 1
    lab.given(api.EnterStandby(**given, should_decrement_desired_capacity=False))  # type: ignore[arg-type]
    assert sorted(lab.states.values()) == ["InService", "Standby"]
    lab.when(api.EnterStandby(**given, should_decrement_desired_capacity=False)).refused("ValidationError")  # type: ignore[arg-type]
    lab.replays()


def test_a_refresh_replaces_all_instances() -> None:
    """One after the other, from what it was given, which is the group's from then on."""
    lab = Lab().group(2)
    old = lab.ids
    data = ec2.RequestLaunchTemplateData(image_id=IMAGE, instance_type="t3.small")
    made = lab.ask(ec2.CreateLaunchTemplate(launch_template_name="tmpl", launch_template_data=data), "ec2")
    template = api.LaunchTemplateSpecification(
        launch_template_id=made.launch_template.launch_template_id, version="1"
    )
    answer = lab.ask(
        api.StartInstanceRefresh(
            auto_scaling_group_name=NAME,
            desired_configuration=api.DesiredConfiguration(launch_template=template),
            preferences=api.RefreshPreferences(min_healthy_percentage=50),
        )
    )
    (refresh,) = lab.ask(api.DescribeInstanceRefreshes(auto_scaling_group_name=NAME)).instance_refreshes
    assert (refresh.instance_refresh_id, refresh.status, refresh.percentage_complete) == (
        answer.instance_refresh_id, "Successful", 100,
    )  # fmt: skip
    assert not set(old) & set(lab.ids) and len(lab.ids) == 2
    assert {lab.run(one).instance_type for one in lab.ids} == {"t3.small"}
    assert lab.shown.launch_template == template and not lab.shown.launch_configuration_name
    lab.when(api.CancelInstanceRefresh(auto_scaling_group_name=NAME)).refused("ActiveInstanceRefreshNotFound")
    lab.replays()


def test_a_refresh_waits_at_checkpoints_and_is_rolled_back() -> None:
    """Half of the instances are replaced; the checkpoint holds it; the rollback replaces those again."""
    lab = Lab().group(2)
    data = ec2.RequestLaunchTemplateData(image_id=IMAGE, instance_type="t3.small")
    lab.given(ec2.CreateLaunchTemplate(launch_template_name="tmpl", launch_template_data=data), service="ec2")
    template = api.LaunchTemplateSpecification(launch_template_name="tmpl", version="1")
    start = api.StartInstanceRefresh(
        auto_scaling_group_name=NAME,
        desired_configuration=api.DesiredConfiguration(launch_template=template),
        preferences=api.RefreshPreferences(checkpoint_percentages=[50, 100], checkpoint_delay=600),
    )
    lab.given(start)
    (refresh,) = lab.ask(api.DescribeInstanceRefreshes(auto_scaling_group_name=NAME)).instance_refreshes
    assert (refresh.status, refresh.percentage_complete, refresh.instances_to_update) == ("InProgress", 50, 1)
    lab.when(start).refused("InstanceRefreshInProgress")
    lab.given(api.RollbackInstanceRefresh(auto_scaling_group_name=NAME))
    (refresh,) = lab.ask(api.DescribeInstanceRefreshes(auto_scaling_group_name=NAME)).instance_refreshes
    assert refresh.status == "RollbackSuccessful"
    assert {lab.run(one).instance_type for one in lab.ids} == {"t3.micro"}
    lab.given(start).given(api.CancelInstanceRefresh(auto_scaling_group_name=NAME))
    lab.later(seconds=700)
    newest = lab.ask(api.DescribeInstanceRefreshes(auto_scaling_group_name=NAME)).instance_refreshes[0]
    assert newest.status == "Cancelled"
    lab.given(start).later(seconds=700)
    newest = lab.ask(api.DescribeInstanceRefreshes(auto_scaling_group_name=NAME)).instance_refreshes[0]
    assert newest.status == "Successful"
    lab.replays()


def test_a_warm_pool() -> None:
    """Instances wait stopped; growth takes them into service; the pool fills again, and goes with its instances."""
    lab = Lab().group(1, 3)
    lab.given(api.PutWarmPool(auto_scaling_group_name=NAME))
    pool = lab.ask(api.DescribeWarmPool(auto_scaling_group_name=NAME)).instances
    assert [one.lifecycle_state for one in pool] == ["Warmed:Stopped"] * 2
    assert {lab.run(one.instance_id).state.name for one in pool} == {"stopped"}
    assert lab.shown.warm_pool_size == 2 and len(lab.ids) == 1
    lab.given(api.SetDesiredCapacity(auto_scaling_group_name=NAME, desired_capacity=2))
    assert set(lab.ids) & {one.instance_id for one in pool}
    assert {lab.run(one).state.name for one in lab.ids} == {"running"}
    assert lab.shown.warm_pool_size == 1
    lab.given(api.DeleteWarmPool(auto_scaling_group_name=NAME))
    assert not lab.shown.warm_pool_size and not lab.shown.warm_pool_configuration
    lab.when(api.DeleteWarmPool(auto_scaling_group_name=NAME)).refused("ValidationError")
    assert len(lab.ids) == 2
    lab.replays()


def test_load_balancers_learn_of_instances() -> None:
    """They are registered when they are in service, and let go of before they are terminated."""
    arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/t/0123456789abcdef"
    lab = Lab().group(1, 3, target_group_arns=[arn], load_balancer_names=["classic"])
    sent = {one.action: one.params for one in lab.commands}
    (first,) = lab.ids
    targets = sent["RegisterTargets"]
    assert (targets.target_group_arn, targets.targets[0].id) == (arn, first)  # type: ignore[attr-defined]
    assert sent["RegisterInstancesWithLoadBalancer"].load_balancer_name == "classic"  # type: ignore[attr-defined]
    lab.given(api.UpdateAutoScalingGroup(auto_scaling_group_name=NAME, min_size=0, desired_capacity=0))
    names = [one.action for one in lab.commands if one.service != "autoscaling"]
    assert names == ["DeregisterTargets", "DeregisterInstancesFromLoadBalancer", "TerminateInstances"]
    source = [api.TrafficSourceIdentifier(identifier=arn)]
    lab.given(api.DetachTrafficSources(auto_scaling_group_name=NAME, traffic_sources=source))
    found = lab.ask(api.DescribeTrafficSources(auto_scaling_group_name=NAME)).traffic_sources
    assert [(one.identifier, one.type) for one in found] == [("classic", "elb")]
    lab.replays()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"launch_configuration_name": "absent"}, "Launch configuration name not found"),
        ({"vpc_zone_identifier": "subnet-0123456789abcdef0"}, "does not exist"),
        ({"min_size": 5}, "must be greater than or equal to min bound"),
        ({"desired_capacity": 9}, "must be between the specified min size"),
        ({"health_check_type": "ODD"}, "Invalid Health Check Type"),
        ({"termination_policies": ["Odd"]}, "Invalid termination policy"),
        ({"max_instance_lifetime": 5}, "maximum instance lifetime"),
        ({"tags": [api.Tag(key="aws:x", value="1")]}, "reserved"),
        ({"launch_template": api.LaunchTemplateSpecification(launch_template_name="x")}, "Valid requests must contain"),
    ],
)  # fmt: skip
def test_groups_that_are_none(wrong: dict[str, object], message: str) -> None:
    """Refused, in AWS's words where they are known."""
    lab = Lab()
    given: dict[str, object] = {
        "auto_scaling_group_name": NAME, "min_size": 1, "max_size": 2, "launch_configuration_name": "small",
        "vpc_zone_identifier": lab.zones["us-east-1a"],
    }  # fmt: skip
    lab.when(api.CreateAutoScalingGroup(**(given | wrong))).refused("ValidationError", message)  # type: ignore[arg-type]
    lab.replays()


def test_tags_reach_instances_where_they_are_propagated() -> None:
    """Those that are; not the others, and not instances that are there already."""
    lab = Lab().group(
        0, 3, tags=[api.Tag(key="a", value="1"), api.Tag(key="b", value="2", propagate_at_launch=False)]
    )
    lab.given(api.SetDesiredCapacity(auto_scaling_group_name=NAME, desired_capacity=1))
    held = {tag.key: tag.value for tag in lab.run(lab.ids[0]).tags}
    assert held == {"a": "1", "aws:autoscaling:groupName": NAME}
    filters = [api.Filter(name="key", values=["a"])]
    (found,) = lab.ask(api.DescribeTags(filters=filters)).tags
    assert (found.resource_id, found.value, found.propagate_at_launch) == (NAME, "1", True)
    lab.when(api.CreateOrUpdateTags(tags=[api.Tag(resource_id="odd", key="a")])).refused(
        "ValidationError", "AutoScalingGroup not found - AutoScaling Group odd not found"
    )
    lab.given(api.DeleteTags(tags=[api.Tag(resource_id=NAME, key="a")]))
    assert [one.key for one in lab.ask(api.DescribeTags()).tags] == ["b"]
    lab.replays()


def test_mixed_instances() -> None:
    """The first override's type; on demand up to the base, spot beyond it."""
    lab = Lab()
    data = ec2.RequestLaunchTemplateData(image_id=IMAGE, instance_type="t3.small")
    lab.given(ec2.CreateLaunchTemplate(launch_template_name="tmpl", launch_template_data=data), service="ec2")
    policy = api.MixedInstancesPolicy(
        launch_template=api.LaunchTemplate(
            launch_template_specification=api.LaunchTemplateSpecification(launch_template_name="tmpl"),
            overrides=[api.LaunchTemplateOverrides(instance_type="t3.large")],
        ),
        instances_distribution=api.InstancesDistribution(
            on_demand_base_capacity=1, on_demand_percentage_above_base_capacity=0, spot_max_price="0.5"
        ),
    )
    lab.group(3, 4, launch_configuration_name=None, mixed_instances_policy=policy)
    held = [lab.run(one) for one in lab.ids]
    assert {one.instance_type for one in held} == {"t3.large"}
    assert [one.instance_lifecycle == "spot" for one in held] == [False, True, True]
    bought = lab.ids
    lab.turn("ec2.spot_price", 5.0).later(minutes=5)
    assert lab.ids[:1] == bought[:1] and not set(lab.ids) & set(bought[1:])
    lab.replays()
