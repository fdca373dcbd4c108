"""EC2 fleets: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-fleet.html

Their instances are launched by RunInstances calls of their own,
as whoever made the fleet: before the answer for a fleet
of type `instant`, after it for the others. A fleet of type `maintain` launches others for those that end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from backtrail import CALLER, Call, Command, Event, Refusal, UnsetType, ids, told
from backtrail_aws.ec2 import api, errors, fleet_launches, tags
from backtrail_aws.ec2.casting import cast
from backtrail_aws.ec2.fleet_launches import Pool, Wanted
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_compute import Instance
from backtrail_aws.ec2.state_fleets import Fleet, FleetEvent

FLEETS = Kind(
    "fleet", "fleet", Fleet, lambda state: state.fleets.fleets, code="InvalidFleetId.NotFound", noun="fleet ID",
    cloudformation="AWS::EC2::EC2Fleet", parameters=("fleet_id", "fleet_ids"), created_by=("CreateFleet",),
)  # fmt: skip
TYPES = ("request", "maintain", "instant")


def new_id(call: Call[api.CreateFleet]) -> str:
    """`fleet-` and a UUID: the same before the fleet is decided as after its instances, and for the same token."""
    seed = f"{call.account}/{call.region}/{told(call.params.client_token, call.request_id)}"
    return f"fleet-{ids.new_id(seed, 'uuid', 'fleet')}"


def pools(state: Ec2, configs: list[api.FleetLaunchTemplateConfigRequest], region: str) -> Iterator[Pool]:
    """What a fleet may launch."""
    index = 0
    for config in configs:
        named = config.launch_template_specification
        if isinstance(named, UnsetType):
            # evidence: page API_FleetLaunchTemplateConfigRequest; words: guess
            raise errors.missing("LaunchTemplateSpecification")
        overrides: list[api.FleetLaunchTemplateOverridesRequest | None] = [*told(config.overrides, [])]
        for override in overrides or [None]:
            yield fleet_launches.pool(state, index, named, named.version, override, region)
            index += 1


def targets(params: api.TargetCapacitySpecificationRequest) -> tuple[float, float]:
    """How much on demand, how much spot: what neither says is of the default type."""
    total = params.total_target_capacity
    spot_first = told(params.default_target_capacity_type, "on-demand") == "spot"
    if spot_first:
        on_demand = told(params.on_demand_target_capacity, total - told(params.spot_target_capacity, total))
        return on_demand, told(params.spot_target_capacity, total - on_demand)
    spot = told(params.spot_target_capacity, total - told(params.on_demand_target_capacity, total))
    return told(params.on_demand_target_capacity, total - spot), spot


def _wanted(fleet: str, params: api.CreateFleet, more: tuple[float, float]) -> Wanted:
    spot, demand = (
        told(params.spot_options, api.SpotOptionsRequest()),
        told(params.on_demand_options, api.OnDemandOptionsRequest()),
    )
    given = [one for one in told(params.tag_specifications, []) if one.resource_type == "instance"]
    return Wanted(
        fleet=fleet, tag=fleet_launches.FLEET_TAG, on_demand=more[0], spot=more[1],
        strategy=told(demand.allocation_strategy, "lowest-price"),
        spot_strategy=told(spot.allocation_strategy, "lowest-price"), behavior=spot.instance_interruption_behavior,
        tags=given,
    )  # fmt: skip


# create


def _check(state: Ec2, call: Call[api.CreateFleet]) -> list[Pool]:
    params = call.params
    kind = told(params.type, "maintain")
    tags.check_new(
        params.tag_specifications,
        "fleet",
        "instance",
        "volume",
        "network-interface",
        "spot-instances-request",
    )
    if kind not in TYPES:
        # evidence: page API_CreateFleet; words: guess
        raise errors.invalid(f"Invalid value '{kind}' for Type.")
    if params.target_capacity_specification.total_target_capacity < 0:
        # evidence: page API_TargetCapacitySpecificationRequest; words: guess
        raise errors.invalid("TotalTargetCapacity must not be negative.")
    if kind == "instant" and told(params.valid_until, None) is not None:
        # evidence: page API_CreateFleet; words: guess
        raise errors.combination("ValidUntil is not supported for fleets of type instant.")
    return list(pools(state, params.launch_template_configs, call.region))


@service.first
def launches_at_once(state: Ec2, call: Call[api.CreateFleet]) -> Iterator[Command]:
    """The instances of an `instant` fleet."""
    if told(call.params.type, "maintain") == "instant" and call.params.dry_run is not True:
        found = _check(state, call)
        wanted = _wanted(new_id(call), call.params, targets(call.params.target_capacity_specification))
        yield from fleet_launches.commands(found, wanted)


@service.handle(token="client_token")
def create_fleet(state: Ec2, call: Call[api.CreateFleet]) -> api.CreateFleetResult:
    """A fleet; one of type `instant` answers with its instances, and with why others are lacking."""
    found = _check(state, call)
    fleet = new_id(call)
    if told(call.params.type, "maintain") != "instant":
        return api.CreateFleetResult(fleet_id=fleet)
    made = fleet_launches.members(state, fleet)
    failed = [
        api.CreateFleetError(
            error_code=one.error, error_message=one.message, lifecycle="on-demand",
            launch_template_and_overrides=_shown_pool(found[0]),
        )
        for one in call.firsts if one.error
    ]  # fmt: skip
    return api.CreateFleetResult(fleet_id=fleet, errors=failed, instances=list(_made(found, made)))


def _made(found: list[Pool], made: list[Instance]) -> Iterator[api.CreateFleetInstance]:
    """Instances by pool and market."""
    groups: dict[tuple[Any, Any], list[Instance]] = {}
    for one in made:
        groups.setdefault((one.type, one.lifecycle), []).append(one)
    for (kind, lifecycle), held in groups.items():
        pool = next((one for one in found if one.type == kind), found[0])
        yield api.CreateFleetInstance(
            launch_template_and_overrides=_shown_pool(pool), lifecycle=told(lifecycle, "on-demand"),
            instance_ids=[one.id for one in held], instance_type=kind, platform=held[0].platform,
            availability_zone=held[0].zone, availability_zone_id=held[0].zone_id, subnet_id=held[0].subnet,
        )  # fmt: skip


def _shown_pool(pool: Pool) -> api.LaunchTemplateAndOverridesResponse:
    named = told(pool.params.launch_template, api.LaunchTemplateSpecification())
    return api.LaunchTemplateAndOverridesResponse(
        launch_template_specification=cast(named, api.FleetLaunchTemplateSpecification),
        overrides=api.FleetLaunchTemplateOverrides(
            instance_type=pool.params.instance_type, subnet_id=pool.params.subnet_id, max_price=pool.limit
        ),
    )


@service.project
def fleet_created(state: Ec2, event: Event[api.CreateFleet, api.CreateFleetResult]) -> None:
    """There is the fleet."""
    if isinstance(event.result.fleet_id, UnsetType):
        return
    params = event.params
    fleet = Fleet(
        id=event.result.fleet_id, arn=FLEETS.arn(event, event.result.fleet_id), kind=told(params.type, "maintain"),
        state="active", created=event.time, request=params, target=params.target_capacity_specification,
        excess=told(params.excess_capacity_termination_policy, "termination"),
        errors=list(told(event.result.errors, [])), tags=tags.given(params.tag_specifications, "fleet"),
    )  # fmt: skip
    fleet.history.append(FleetEvent(time=event.time, type="fleet-change", subtype="submitted", text=""))
    fleet.history.append(FleetEvent(time=event.time, type="fleet-change", subtype="active", text=""))
    state.fleets.fleets[fleet.id] = fleet


@service.react
def launches_after(state: Ec2, event: Event[api.CreateFleet, api.CreateFleetResult]) -> Iterator[Command]:
    """The instances of fleets that are not `instant`."""
    fleet = state.fleets.fleets.get(told(event.result.fleet_id, ""))
    if fleet is not None and fleet.kind != "instant":
        yield from lacking(state, fleet, event.region, CALLER, "")


def lacking(state: Ec2, fleet: Fleet, region: str, as_: str | None, label: str) -> Iterator[Command]:
    """The launches that a fleet lacks to its target."""
    if isinstance(fleet.request, UnsetType):
        return
    found = fleet_launches.quiet(pools(state, fleet.request.launch_template_configs, region))
    there = fleet_launches.split(found, fleet_launches.members(state, fleet.id))
    on_demand, spot = targets(fleet.target)
    wanted = _wanted(fleet.id, fleet.request, (on_demand - there[0], spot - there[1]))
    yield from fleet_launches.commands(found, wanted, as_=as_, label=label)


# modify, delete


@service.handle
def modify_fleet(state: Ec2, call: Call[api.ModifyFleet]) -> api.ModifyFleetResult:
    """Another target for a fleet of type `maintain`."""
    fleet = found_fleet(state, call.params.fleet_id)
    if fleet.kind != "maintain" or fleet.state != "active":
        # evidence: page errors-overview.html (FleetNotInModifiableState); words: guess
        raise Refusal("FleetNotInModifiableState", f"The fleet '{fleet.id}' is not in a modifiable state.")
    return api.ModifyFleetResult(return_=True)


@service.project
def fleet_modified(state: Ec2, event: Event[api.ModifyFleet, api.ModifyFleetResult]) -> None:
    """It has that target."""
    params = event.params
    fleet = FLEETS.known(state, event, params.fleet_id)
    fleet.target = told(params.target_capacity_specification, fleet.target)
    fleet.excess = told(params.excess_capacity_termination_policy, fleet.excess)
    configs = told(params.launch_template_configs, [])
    if configs and not isinstance(fleet.request, UnsetType):
        fleet.request = msgspec.structs.replace(fleet.request, launch_template_configs=configs)
    fleet.history.append(
        FleetEvent(time=event.time, type="fleet-change", subtype="modify_succeeded", text="")
    )


@service.react
def fleet_resized(state: Ec2, event: Event[api.ModifyFleet, api.ModifyFleetResult]) -> Iterator[Command]:
    """More instances, or fewer."""
    fleet = state.fleets.fleets.get(event.params.fleet_id)
    if fleet is None:
        return
    yield from lacking(state, fleet, event.region, CALLER, f"-{event.id[:13]}")
    found = fleet_launches.members(state, fleet.id)
    excess = len(found) - fleet.target.total_target_capacity
    if excess > 0 and fleet.excess == "termination":
        newest = [one.id for one in sorted(found, key=lambda one: (str(one.launched), one.id))[-excess:]]
        yield Command("ec2", api.TerminateInstances(instance_ids=newest), as_=CALLER)


@service.handle
def delete_fleets(state: Ec2, call: Call[api.DeleteFleets]) -> api.DeleteFleetsResult:
    """Each fleet for itself; an `instant` one goes only with its instances."""
    params = call.params
    done: list[api.DeleteFleetSuccessItem] = []
    failed: list[api.DeleteFleetErrorItem] = []
    for identifier in params.fleet_ids:
        fleet = state.fleets.fleets.get(identifier)
        code, text = "", ""
        if not identifier.startswith("fleet-"):
            code, text = "fleetIdMalformed", f"The fleet ID '{identifier}' is malformed"
        elif fleet is None or fleet.state.startswith("deleted"):
            code, text = "fleetIdDoesNotExist", f"The fleet ID '{identifier}' does not exist"
        elif fleet.kind == "instant" and not params.terminate_instances:
            code, text = (
                "fleetNotInDeletableState",
                "NoTerminateInstances option is not supported for instant fleet",
            )
        if code or fleet is None:
            failed.append(
                api.DeleteFleetErrorItem(
                    fleet_id=identifier, error=api.DeleteFleetError(code=code, message=text)
                )
            )
            continue
        after = "deleted_terminating" if params.terminate_instances else "deleted_running"
        done.append(
            api.DeleteFleetSuccessItem(
                fleet_id=identifier, previous_fleet_state=fleet.state, current_fleet_state=after
            )
        )
    return api.DeleteFleetsResult(successful_fleet_deletions=done, unsuccessful_fleet_deletions=failed)


@service.project
def fleets_deleted(state: Ec2, event: Event[api.DeleteFleets, api.DeleteFleetsResult]) -> None:
    """They are; no more instances are launched for them."""
    failed = {one.fleet_id for one in told(event.result.unsuccessful_fleet_deletions, [])}
    for identifier in event.params.fleet_ids:
        if identifier in failed:
            continue
        fleet = FLEETS.known(state, event, identifier)
        fleet.state = "deleted" if event.params.terminate_instances else "deleted_running"
        fleet.history.append(FleetEvent(time=event.time, type="fleet-change", subtype=fleet.state, text=""))


@service.react
def fleets_end(state: Ec2, event: Event[api.DeleteFleets, api.DeleteFleetsResult]) -> Iterator[Command]:
    """Their instances end with them, where that is asked for."""
    done = [told(one.fleet_id, "") for one in told(event.result.successful_fleet_deletions, [])]
    ends = [one.id for fleet in done for one in fleet_launches.members(state, fleet)]
    if event.params.terminate_instances and ends:
        yield Command("ec2", api.TerminateInstances(instance_ids=ends), as_=CALLER)


@service.react
def replaced(
    state: Ec2, event: Event[api.TerminateInstances, api.TerminateInstancesResult]
) -> Iterator[Command]:
    """A fleet that keeps its size launches others for those that end."""
    ended = set(event.params.instance_ids)
    for fleet in state.fleets.fleets.values():
        if (
            fleet.kind == "maintain"
            and fleet.state == "active"
            and ended & set(state.fleets.members.get(fleet.id, []))
        ):
            yield from lacking(state, fleet, event.region, None, f"-{event.id[:13]}")


# describe


def found_fleet(state: Ec2, identifier: str) -> Fleet:
    """The fleet of an id. Raises `Refusal`."""
    fleet = state.fleets.fleets.get(identifier)
    if fleet is None:
        # evidence: page errors-overview.html; words: guess
        raise Refusal("InvalidFleetId.NotFound", f"The fleet ID '{identifier}' does not exist")
    return fleet
