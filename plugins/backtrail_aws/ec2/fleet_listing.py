"""Fleets as they are asked for: themselves, their instances, their history."""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail import UNSET, Call, UnsetType, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, filters, fleet_launches, fleets, tags
from backtrail_aws.ec2.casting import cast
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_compute import Instance
from backtrail_aws.ec2.state_fleets import Fleet, FleetEvent


@service.read
def describe_fleets(state: Ec2, call: Call[api.DescribeFleets]) -> api.DescribeFleetsResult:
    """Fleets; `instant` ones only when they are named."""
    wanted = told(call.params.fleet_ids, [])
    held: dict[str, Fleet] = {
        one.id: one
        for one in ([fleets.found_fleet(state, name) for name in wanted] or state.fleets.fleets.values())
        if wanted or one.kind != "instant"
    }
    looks: filters.Fields[Fleet] = {
        "activity-status": lambda one: _activity(state, call, one),
        "excess-capacity-termination-policy": lambda one: one.excess == "termination",
        "fleet-state": lambda one: one.state,
        "replace-unhealthy-instances": lambda one: _asked(one, "replace_unhealthy_instances") is True,
        "type": lambda one: one.kind,
    }
    page = filters.paged(call, held, filters.tagged(call.params.filters, looks), bounds=(1, 1000))
    return api.DescribeFleetsResult(
        fleets=[_shown(state, call, one) for one in page.items], next_token=page.next or UNSET
    )


def _asked(fleet: Fleet, member: str) -> Any:
    return UNSET if isinstance(fleet.request, UnsetType) else getattr(fleet.request, member)


def _fulfilled(state: Ec2, call: Call[Any], fleet: Fleet) -> tuple[float, float]:
    configs = told(_asked(fleet, "launch_template_configs"), [])
    pools = fleet_launches.quiet(fleets.pools(state, configs, call.region))
    return fleet_launches.split(pools, fleet_launches.members(state, fleet.id))


def _activity(state: Ec2, call: Call[Any], fleet: Fleet) -> str:
    if fleet.state == "deleted_terminating":
        return "pending_termination"
    return (
        "fulfilled"
        if sum(_fulfilled(state, call, fleet)) >= fleet.target.total_target_capacity
        else "pending_fulfillment"
    )


def _shown(state: Ec2, call: Call[Any], fleet: Fleet) -> api.FleetData:
    on_demand, spot = _fulfilled(state, call, fleet)
    wanted = fleets.targets(fleet.target)
    configs = told(_asked(fleet, "launch_template_configs"), [])
    spot_options, demand = _asked(fleet, "spot_options"), _asked(fleet, "on_demand_options")
    target = api.TargetCapacitySpecification(
        total_target_capacity=fleet.target.total_target_capacity, on_demand_target_capacity=int(wanted[0]),
        spot_target_capacity=int(wanted[1]),
        default_target_capacity_type=told(fleet.target.default_target_capacity_type, "on-demand"),
    )  # fmt: skip
    return api.FleetData(
        fleet_id=fleet.id, fleet_state=fleet.state, activity_status=_activity(state, call, fleet), type=fleet.kind,
        create_time=UNSET if isinstance(fleet.created, UnsetType) else IsoMillisZ.of(fleet.created),
        client_token=_asked(fleet, "client_token"), excess_capacity_termination_policy=fleet.excess,
        fulfilled_capacity=on_demand + spot, fulfilled_on_demand_capacity=on_demand,
        launch_template_configs=[cast(one, api.FleetLaunchTemplateConfig) for one in configs],
        target_capacity_specification=target, valid_from=_asked(fleet, "valid_from"), valid_until=_asked(fleet,
        "valid_until"),
        terminate_instances_with_expiration=told(_asked(fleet, "terminate_instances_with_expiration"), False),
        replace_unhealthy_instances=told(_asked(fleet, "replace_unhealthy_instances"), False),
        spot_options=_of_spot(told(spot_options, api.SpotOptionsRequest())),
        on_demand_options=_on_demand(told(demand, api.OnDemandOptionsRequest())),
        tags=tags.shown(fleet.tags) or UNSET,
        errors=[cast(one, api.DescribeFleetError) for one in fleet.errors] or UNSET,
    )  # fmt: skip


def _of_spot(asked: api.SpotOptionsRequest) -> api.SpotOptions:
    """With the defaults of API_SpotOptionsRequest, as the example of DescribeFleets has them."""
    made = cast(asked, api.SpotOptions)
    strategy = told(made.allocation_strategy, "lowest-price")
    pools = told(made.instance_pools_to_use_count, 1) if strategy == "lowest-price" else UNSET
    return msgspec.structs.replace(
        made, allocation_strategy=strategy, instance_pools_to_use_count=pools,
        instance_interruption_behavior=told(made.instance_interruption_behavior, "terminate"),
    )  # fmt: skip


def _on_demand(asked: api.OnDemandOptionsRequest) -> api.OnDemandOptions:
    """The same of API_OnDemandOptionsRequest."""
    made = cast(asked, api.OnDemandOptions)
    return msgspec.structs.replace(made, allocation_strategy=told(made.allocation_strategy, "lowest-price"))


@service.read
def describe_fleet_instances(
    state: Ec2, call: Call[api.DescribeFleetInstances]
) -> api.DescribeFleetInstancesResult:
    """A fleet's instances."""
    fleet = fleets.found_fleet(state, call.params.fleet_id)
    held = {one.id: one for one in fleet_launches.members(state, fleet.id)}
    looks: filters.Fields[Instance] = {"instance-type": lambda one: one.type}
    page = filters.paged(call, held, filters.matching(call.params.filters, looks), bounds=(1, 1000))
    return api.DescribeFleetInstancesResult(
        fleet_id=fleet.id, active_instances=active(page.items), next_token=page.next or UNSET
    )


def active(found: list[Instance]) -> list[api.ActiveInstance]:
    """Instances of a fleet as answers show them."""
    return [
        api.ActiveInstance(
            instance_id=one.id, instance_type=one.type, instance_health="healthy",
            spot_instance_request_id=one.spot_request,
        )
        for one in found
    ]  # fmt: skip


@service.read
def describe_fleet_history(
    state: Ec2, call: Call[api.DescribeFleetHistory]
) -> api.DescribeFleetHistoryResult:
    """What happened to a fleet since a time."""
    fleet = fleets.found_fleet(state, call.params.fleet_id)
    wanted = call.params.event_type
    held = {
        f"{number:09}": one
        for number, one in enumerate(history(state, fleet.id, fleet.history))
        if one.time >= call.params.start_time
        and wanted in (UNSET, one.type, one.type.replace("instanceChange", "instance-change"))
    }
    page = filters.paged(call, held, bounds=(1, 1000))
    return api.DescribeFleetHistoryResult(
        fleet_id=fleet.id, start_time=call.params.start_time, last_evaluated_time=IsoMillisZ.of(call.time),
        next_token=page.next or UNSET,
        history_records=[
            api.HistoryRecordEntry(
                event_type=one.type, timestamp=IsoMillisZ.of(one.time),
                event_information=api.EventInformation(
                    event_sub_type=one.subtype, event_description=one.text, instance_id=one.instance
                ),
            )
            for one in page.items
        ],
    )  # fmt: skip


def history(state: Ec2, fleet: str, own: list[FleetEvent]) -> list[FleetEvent]:
    """A fleet's own changes and those of its instances, in the order of time."""
    found = list(own)
    for identifier in state.fleets.members.get(fleet, []):
        instance = state.compute.instances.get(identifier)
        if instance is None or isinstance(instance.launched, UnsetType):
            continue
        found.append(
            FleetEvent(
                time=instance.launched,
                type="instance-change",
                subtype="launched",
                text="",
                instance=identifier,
            )
        )
        if instance.state in ("shutting-down", "terminated") and not isinstance(instance.since, UnsetType):
            found.append(
                FleetEvent(
                    time=instance.since, type="instance-change", subtype="terminated", text=instance.reason,
                    instance=identifier,
                )
            )  # fmt: skip
    return sorted(found, key=lambda one: one.time)
