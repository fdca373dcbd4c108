"""Groups as they are shown; what an account has and may have.

https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AutoScalingGroup.html
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Event, UnsetType, members, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.autoscaling import (
    api,
    asking,
    errors,
    group_rules,
    limits,
    lives,
    names,
    pages,
    placing,
    processes,
    tags,
    traffic,
    warm_pools,
)
from backtrail_aws.autoscaling.state import Group, Scaling, service


@service.read
def describe_auto_scaling_groups(
    state: Scaling, call: Call[api.DescribeAutoScalingGroups]
) -> api.DescribeAutoScalingGroupsResult:
    """All, those that are named, or those whose tags fit."""
    params = call.params
    wanted = {names.short(one) for one in told(params.auto_scaling_group_names, [])}
    if len(wanted) > limits.NAMED_MAX:
        # evidence: issue LeanerCloud/AutoSpotting 199
        raise errors.invalid(
            f"The number of group names that may be passed in is limited to {limits.NAMED_MAX}."
        )
    filters = [(told(one.name, ""), told(one.values, [])) for one in told(params.filters, [])]

    def keep(group: Group) -> bool:
        return (not wanted or group.name in wanted) and all(
            tags.fits(group, name, values) for name, values in filters
        )

    found, token = pages.paged(params, state.groups, keep)
    ids = asking.zone_ids(call) if found else {}
    shown = [_shown(call, group, ids) for group in found]
    if params.include_instances is False:
        shown = [members.changed(one, instances=[]) for one in shown]
    return api.DescribeAutoScalingGroupsResult(auto_scaling_groups=shown, next_token=token)


def _shown(call: Call[Any], group: Group, ids: dict[str, str]) -> api.AutoScalingGroup:
    """A group with what is so by default. What no record told is left out."""
    shown, known = group.shown, not isinstance(group.created, UnsetType)
    zones = told(shown.availability_zones, []) or sorted(
        {one.zone for one in placing.places(call, group) if one.zone != one.subnet}
    )
    instances = [
        lives.shown(call, group, one, at, ids) for one, at in lives.visible(call, group)
        if not at.startswith("Warmed")
    ]  # fmt: skip
    metrics = [api.EnabledMetric(metric=one, granularity=at) for one, at in sorted(group.metrics.items())]
    defaults = _defaults() if known else {}
    missing = {name: value for name, value in defaults.items() if isinstance(getattr(shown, name), UnsetType)}
    return members.changed(
        shown, **missing, auto_scaling_group_name=group.name, auto_scaling_group_arn=group.arn or UNSET,
        availability_zones=zones, instances=instances, enabled_metrics=metrics, tags=tags.shown(group),
        availability_zone_ids=[ids[one] for one in zones if one in ids] or UNSET,
        suspended_processes=processes.shown(group), traffic_sources=traffic.sources_of(group),
        created_time=SpacedTime.of(group.created) if not isinstance(group.created, UnsetType) else UNSET,
        vpc_zone_identifier=",".join(group_rules.subnets_of(shown.vpc_zone_identifier)),
        warm_pool_configuration=group.warm if group.warm is not None else UNSET,
        warm_pool_size=len(warm_pools.held(group)) if group.warm is not None else UNSET,
    )  # fmt: skip


def _defaults() -> dict[str, Any]:
    """API_CreateAutoScalingGroup."""
    return {
        "default_cooldown": limits.COOLDOWN_S, "health_check_type": "EC2", "health_check_grace_period": limits.GRACE_S,
        "termination_policies": ["Default"], "new_instances_protected_from_scale_in": False,
        "load_balancer_names": [], "target_group_arns": [], "capacity_rebalance": UNSET,
        "deletion_protection": "none",
        "availability_zone_distribution": api.AvailabilityZoneDistribution(
            capacity_distribution_strategy="balanced-best-effort"
        ),
        "availability_zone_impairment_policy": api.AvailabilityZoneImpairmentPolicy(
            zonal_shift_enabled=False, impaired_zone_health_check_behavior="IgnoreUnhealthy"
        ),
        "capacity_reservation_specification": api.CapacityReservationSpecification(
            capacity_reservation_preference="default"
        ),
    }  # fmt: skip


@service.read
def describe_account_limits(
    state: Scaling, call: Call[api.DescribeAccountLimits]
) -> api.DescribeAccountLimitsResult:
    """What the account has and may have in the region."""
    return api.DescribeAccountLimitsResult(
        max_number_of_auto_scaling_groups=call.quota("groups", limits.GROUPS_MAX),
        max_number_of_launch_configurations=call.quota("configurations", limits.CONFIGURATIONS_MAX),
        number_of_auto_scaling_groups=len(state.groups),
        number_of_launch_configurations=len(state.configurations),
    )


@service.read
def describe_termination_policy_types(
    state: Scaling, call: Call[api.DescribeTerminationPolicyTypes]
) -> api.DescribeTerminationPolicyTypesResult:
    """Seven."""
    return api.DescribeTerminationPolicyTypesResult(
        termination_policy_types=sorted(group_rules.TERMINATION_POLICIES)
    )


# account settings


@service.handle
def put_account_setting(state: Scaling, call: Call[api.PutAccountSetting]) -> None:
    """A setting of the account in the region."""


@service.project
def account_setting_put(state: Scaling, event: Event[api.PutAccountSetting, None]) -> None:
    """It is so."""
    state.settings[event.params.name] = event.params.value


@service.read
def describe_account_settings(
    state: Scaling, call: Call[api.DescribeAccountSettings]
) -> api.DescribeAccountSettingsResult:
    """The settings that were made, all or one."""
    wanted = call.params.name
    held = {
        name: api.AccountSetting(name=name, value=value) for name, value in sorted(state.settings.items())
        if isinstance(wanted, UnsetType) or name == wanted
    }  # fmt: skip
    found, token = pages.paged(call.params, held)
    return api.DescribeAccountSettingsResult(settings=found, next_token=token)
