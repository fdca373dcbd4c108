"""What groups ask other services, and in whose words: each a read, decoded into a Struct of this plugin's own."""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Params, UnsetType, field, told


class Subnet(Params):
    """A subnet: where it lies."""

    subnet_id: str | UnsetType = field(name="subnetId", default=UNSET)
    availability_zone: str | UnsetType = field(name="availabilityZone", default=UNSET)
    vpc_id: str | UnsetType = field(name="vpcId", default=UNSET)


class DescribeSubnets(Params):
    """Where subnets lie."""

    subnet_ids: list[str] | UnsetType = field(name="subnetIds", default=UNSET)


class DescribeSubnetsResult(Params):
    """They do there."""

    subnets: list[Subnet] | UnsetType = UNSET


class Zone(Params):
    """A zone of the region."""

    zone_name: str | UnsetType = field(name="zoneName", default=UNSET)
    zone_id: str | UnsetType = field(name="zoneId", default=UNSET)


class DescribeAvailabilityZones(Params):
    """The zones of the region."""


class DescribeAvailabilityZonesResult(Params):
    """They are."""

    availability_zones: list[Zone] | UnsetType = field(name="availabilityZones", default=UNSET)


class Named(Params):
    """Something that has a name, as other services tell it."""

    name: str | UnsetType = UNSET


class Summary(Params):
    """One kind of status check."""

    status: str | UnsetType = UNSET


class InstanceStatus(Params):
    """How an instance is."""

    instance_id: str | UnsetType = field(name="instanceId", default=UNSET)
    instance_state: Named | UnsetType = field(name="instanceState", default=UNSET)
    instance_status: Summary | UnsetType = field(name="instanceStatus", default=UNSET)
    system_status: Summary | UnsetType = field(name="systemStatus", default=UNSET)


class DescribeInstanceStatus(Params):
    """How instances are."""

    instance_ids: list[str] = field(name="instanceIds")
    include_all_instances: bool = field(name="includeAllInstances", default=True)


class DescribeInstanceStatusResult(Params):
    """They are."""

    instance_statuses: list[InstanceStatus] | UnsetType = field(name="instanceStatuses", default=UNSET)


class Placement(Params):
    """In which zone something is."""

    availability_zone: str | UnsetType = field(name="availabilityZone", default=UNSET)


class Instance(Params):
    """An instance as EC2 shows it."""

    instance_id: str | UnsetType = field(name="instanceId", default=UNSET)
    image_id: str | UnsetType = field(name="imageId", default=UNSET)
    instance_type: str | UnsetType = field(name="instanceType", default=UNSET)
    key_name: str | UnsetType = field(name="keyName", default=UNSET)
    subnet_id: str | UnsetType = field(name="subnetId", default=UNSET)
    state: Named | UnsetType = UNSET
    placement: Placement | UnsetType = UNSET
    security_groups: list[GroupId] | UnsetType = field(name="securityGroups", default=UNSET)


class GroupId(Params):
    """A security group."""

    group_id: str | UnsetType = field(name="groupId", default=UNSET)


class Reservation(Params):
    """Instances that were launched together."""

    instances: list[Instance] | UnsetType = UNSET


class DescribeInstances(Params):
    """What instances are like."""

    instance_ids: list[str] = field(name="instanceIds")


class DescribeInstancesResult(Params):
    """They are."""

    reservations: list[Reservation] | UnsetType = UNSET


class TemplateVersion(Params):
    """A version of a launch template."""

    launch_template_id: str | UnsetType = field(name="launchTemplateId", default=UNSET)
    launch_template_name: str | UnsetType = field(name="launchTemplateName", default=UNSET)


class DescribeLaunchTemplateVersions(Params):
    """A launch template, one of its versions."""

    launch_template_id: str | UnsetType = field(name="launchTemplateId", default=UNSET)
    launch_template_name: str | UnsetType = field(name="launchTemplateName", default=UNSET)
    versions: list[str] | UnsetType = UNSET


class DescribeLaunchTemplateVersionsResult(Params):
    """It is."""

    launch_template_versions: list[TemplateVersion] | UnsetType = field(
        name="launchTemplateVersions", default=UNSET
    )


class Target(Params):
    """A target of a load balancer."""

    id: str | UnsetType = UNSET


class TargetHealthDescription(Params):
    """How a target is."""

    target: Target | UnsetType = UNSET
    target_health: TargetHealth | UnsetType = field(name="targetHealth", default=UNSET)


class TargetHealth(Params):
    """`healthy`, `unhealthy`, and others."""

    state: str | UnsetType = UNSET


class DescribeTargetHealth(Params):
    """How the targets of a group are."""

    target_group_arn: str = field(name="targetGroupArn")


class DescribeTargetHealthResult(Params):
    """They are."""

    target_health_descriptions: list[TargetHealthDescription] | UnsetType = field(
        name="targetHealthDescriptions", default=UNSET
    )


class TargetGroup(Params):
    """A target group."""

    target_group_arn: str | UnsetType = field(name="targetGroupArn", default=UNSET)


class DescribeTargetGroups(Params):
    """The target groups of the region."""

    target_group_arns: list[str] | UnsetType = field(name="targetGroupArns", default=UNSET)


class DescribeTargetGroupsResult(Params):
    """They are."""

    target_groups: list[TargetGroup] | UnsetType = field(name="targetGroups", default=UNSET)


class InstanceHealth(Params):
    """How an instance is behind a classic load balancer."""

    instance_id: str | UnsetType = field(name="instanceId", default=UNSET)
    state: str | UnsetType = UNSET


class DescribeInstanceHealth(Params):
    """How the instances of a classic load balancer are."""

    load_balancer_name: str = field(name="loadBalancerName")


class DescribeInstanceHealthResult(Params):
    """They are."""

    instance_states: list[InstanceHealth] | UnsetType = field(name="instanceStates", default=UNSET)


class LoadBalancer(Params):
    """A classic load balancer."""

    load_balancer_name: str | UnsetType = field(name="loadBalancerName", default=UNSET)


class DescribeLoadBalancers(Params):
    """The classic load balancers of the region."""

    load_balancer_names: list[str] | UnsetType = field(name="loadBalancerNames", default=UNSET)


class DescribeLoadBalancersResult(Params):
    """They are."""

    load_balancer_descriptions: list[LoadBalancer] | UnsetType = field(
        name="loadBalancerDescriptions", default=UNSET
    )


def has_ec2(call: Call[Any]) -> bool:
    """Whether anybody serves EC2: without, nothing that a group names can be checked."""
    return call.ask("ec2", DescribeAvailabilityZones(), DescribeAvailabilityZonesResult) is not None


def zones_of(call: Call[Any], subnets: list[str]) -> dict[str, str]:
    """The zones of subnets, as far as EC2 knows."""
    if not subnets:
        return {}
    answer = call.ask("ec2", DescribeSubnets(subnet_ids=subnets), DescribeSubnetsResult)
    found = told(answer.subnets, []) if answer is not None else []
    return {told(one.subnet_id, ""): told(one.availability_zone, "") for one in found}


def zone_ids(call: Call[Any]) -> dict[str, str]:
    """The ids of the region's zones, by name."""
    answer = call.ask("ec2", DescribeAvailabilityZones(), DescribeAvailabilityZonesResult)
    found = told(answer.availability_zones, []) if answer is not None else []
    return {told(one.zone_name, ""): told(one.zone_id, "") for one in found}


def instance(call: Call[Any], identifier: str) -> Instance | None:
    """An instance, as EC2 shows it; None where it is not there."""
    answer = call.ask("ec2", DescribeInstances(instance_ids=[identifier]), DescribeInstancesResult)
    found = [
        one for held in (told(answer.reservations, []) if answer else []) for one in told(held.instances, [])
    ]
    return found[0] if found else None
