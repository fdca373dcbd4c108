"""What a group may be: the rules for its parameters, asked of what EC2 and the load balancers know.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, UnsetType, told
from backtrail_aws.autoscaling import api, asking, errors, limits
from backtrail_aws.autoscaling.state import Scaling

Settings = api.CreateAutoScalingGroup | api.UpdateAutoScalingGroup
TERMINATION_POLICIES = (
    "AllocationStrategy", "ClosestToNextInstanceHour", "Default", "NewestInstance", "OldestInstance",
    "OldestLaunchConfiguration", "OldestLaunchTemplate",
)  # fmt: skip
HEALTH_CHECKS = ("EC2", "ELB", "EBS", "VPC_LATTICE")


def check_sizes(least: int, most: int, desired: int) -> None:
    """Refuse bounds that exclude each other, or the desired capacity."""
    if least < 0 or most < 0:
        # evidence: page API_CreateAutoScalingGroup; words: guess
        raise errors.invalid("Min bound and max bound must not be negative.")
    if least > most:
        # evidence: guess
        raise errors.invalid(f"Max bound, {most}, must be greater than or equal to min bound, {least}")
    if not least <= desired <= most:
        # evidence: guess
        raise errors.invalid(
            f"Desired capacity:{desired} must be between the specified min size:{least} and max size:{most}"
        )


def check_source(state: Scaling, call: Call[Any], params: Settings, *, needed: bool) -> None:
    """Refuse a group that is launched from nothing, from several things, or from what is not there."""
    copied = params.instance_id if isinstance(params, api.CreateAutoScalingGroup) else UNSET
    given = [
        one for one in (params.launch_configuration_name, params.launch_template, params.mixed_instances_policy, copied)
        if not isinstance(one, UnsetType)
    ]  # fmt: skip
    if len(given) > 1 or (needed and not given):
        # evidence: guess
        raise errors.invalid(
            "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or "
            "MixedInstancesPolicy parameter."
        )
    name = params.launch_configuration_name
    if isinstance(name, str) and name not in state.configurations:
        raise errors.no_configuration(name)
    if not isinstance(params.launch_template, UnsetType):
        check_template(call, params.launch_template)
    if not isinstance(params.mixed_instances_policy, UnsetType):
        _check_mixed(call, params.mixed_instances_policy)


def check_template(call: Call[Any], given: api.LaunchTemplateSpecification) -> None:
    """Refuse a launch template that is named twice, or not there."""
    both = (
        not isinstance(given.launch_template_id, UnsetType),
        not isinstance(given.launch_template_name, UnsetType),
    )
    if both[0] == both[1]:
        # evidence: guess
        raise errors.invalid("Valid requests must contain either launchTemplateId or LaunchTemplateName")
    question = asking.DescribeLaunchTemplateVersions(
        launch_template_id=given.launch_template_id, launch_template_name=given.launch_template_name,
        versions=[told(given.version, "$Default")],
    )  # fmt: skip
    answer = call.ask("ec2", question, asking.DescribeLaunchTemplateVersionsResult)
    if (answer is None or not told(answer.launch_template_versions, [])) and asking.has_ec2(call):
        what = (
            f"template ID {given.launch_template_id}"
            if both[0]
            else f"template name {given.launch_template_name}"
        )
        # evidence: issue ryanmurakami/hbfl 58 (its beginning); rest: guess
        raise errors.invalid(
            "You must use a valid fully-formed launch template. The specified launch template, with "
            f"{what}, does not exist."
        )


def _check_mixed(call: Call[Any], policy: api.MixedInstancesPolicy) -> None:
    template = told(policy.launch_template, api.LaunchTemplate())
    named = template.launch_template_specification
    if isinstance(named, UnsetType):
        # evidence: page API_MixedInstancesPolicy; words: guess
        raise errors.invalid("LaunchTemplate must be specified in the MixedInstancesPolicy.")
    check_template(call, named)


def check_network(call: Call[Any], params: Settings, *, needed: bool) -> dict[str, str]:
    """The subnets' zones. Refuses a group that lies nowhere, and subnets or zones that are not there."""
    subnets = subnets_of(params.vpc_zone_identifier)
    zones = told(params.availability_zones, [])
    if needed and not subnets and not zones and isinstance(params.availability_zone_ids, UnsetType):
        # evidence: record denied-calls CreateAutoScalingGroup
        raise errors.invalid("You must specify 1 of either AvailabilityZones and Subnets")
    there = asking.zones_of(call, subnets)
    if not asking.has_ec2(call):
        return there
    for subnet in subnets:
        if subnet not in there:
            # evidence: guess
            raise errors.invalid(f"The subnet ID '{subnet}' does not exist")
    known = asking.zone_ids(call)
    for zone in zones:
        if zone not in known:
            # evidence: guess
            raise errors.invalid(f"Invalid Availability Zone: [{zone}]")
    if subnets and zones and set(there.values()) != set(zones):
        # evidence: guess
        raise errors.invalid(
            "The availability zones of the specified subnets and the Auto Scaling group do not match"
        )
    return there


def subnets_of(identifier: str | UnsetType) -> list[str]:
    """The subnets of a VPCZoneIdentifier."""
    return [one.strip() for one in told(identifier, "").split(",") if one.strip()]


def check_rest(params: Settings) -> None:
    """Refuse health checks, termination policies and lifetimes that there are not."""
    for kind in told(params.health_check_type, "EC2").split(","):
        if kind not in HEALTH_CHECKS:
            # evidence: guess
            raise errors.invalid(f"Invalid Health Check Type: {kind}")
    for policy in told(params.termination_policies, []):
        if policy not in TERMINATION_POLICIES and not policy.startswith("arn:"):
            # evidence: guess
            raise errors.invalid(f"Invalid termination policy: {policy}")
    life = told(params.max_instance_lifetime, 0)
    least, most = limits.LIFETIME_RANGE_S
    if life and not least <= life <= most:
        # evidence: page API_CreateAutoScalingGroup (MaxInstanceLifetime); words: guess
        raise errors.invalid(
            f"The maximum instance lifetime must be between {least} and {most} seconds, inclusive, or 0."
        )


def check_target_groups(call: Call[Any], arns: list[str]) -> None:
    """Refuse target groups that are not there, where somebody serves them."""
    answer = call.ask("elbv2", asking.DescribeTargetGroups(), asking.DescribeTargetGroupsResult)
    if answer is None or not arns:
        return
    named = call.ask(
        "elbv2", asking.DescribeTargetGroups(target_group_arns=arns), asking.DescribeTargetGroupsResult
    )
    if named is None or len(told(named.target_groups, [])) != len(set(arns)):
        # evidence: guess
        raise errors.invalid(
            "Provided Target Groups may not be valid. Please ensure they exist and try again."
        )


def check_load_balancers(call: Call[Any], names: list[str]) -> None:
    """Refuse classic load balancers that are not there, where somebody serves them."""
    answer = call.ask("elb", asking.DescribeLoadBalancers(), asking.DescribeLoadBalancersResult)
    if answer is None or not names:
        return
    named = call.ask(
        "elb", asking.DescribeLoadBalancers(load_balancer_names=names), asking.DescribeLoadBalancersResult
    )
    if named is None or len(told(named.load_balancer_descriptions, [])) != len(set(names)):
        # evidence: guess
        raise errors.invalid(
            "Provided Load Balancers may not be valid. Please ensure they exist and try again."
        )
