"""Spot fleet requests: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-fleet.html"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from backtrail import UNSET, Call, Command, Event, Refusal, UnsetType, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, errors, filters, fleet_launches, fleet_listing, images, tags, type_data
from backtrail_aws.ec2.casting import cast, filled
from backtrail_aws.ec2.fleet_launches import Pool, Wanted
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_fleets import FleetEvent, SpotFleet

SPOT_FLEETS = Kind(
    "spot-fleet-request", "sfr", SpotFleet, lambda state: state.fleets.spot_fleets,
    code="InvalidSpotFleetRequestId.NotFound", noun="spot fleet request ID", cloudformation="AWS::EC2::SpotFleet",
    parameters=("spot_fleet_request_id", "spot_fleet_request_ids"), created_by=("RequestSpotFleet",),
)  # fmt: skip
PRINCIPAL = "spotfleet.amazonaws.com"


def _pools(state: Ec2, config: api.SpotFleetRequestConfigData, region: str) -> Iterator[Pool]:
    """What a fleet may launch: its specifications, or templates with overrides."""
    index = 0
    for one in told(config.launch_specifications, []):
        kind = told(one.instance_type, "m1.small")
        held = type_data.types().get(kind)
        groups = [told(group.group_id, "") for group in told(one.security_groups, [])]
        params = cast(
            one, api.RunInstances, min_count=1, max_count=1, security_group_ids=groups or UNSET, security_groups=UNSET,
            placement=filled(cast(told(one.placement, api.SpotPlacement()), api.Placement)),
        )  # fmt: skip
        yield Pool(
            index=index, params=params, type=kind, weight=told(one.weighted_capacity, 1.0),
            limit=told(one.spot_price, config.spot_price), price=held.price if held is not None else 0.0,
        )  # fmt: skip
        index += 1
    for template in told(config.launch_template_configs, []):
        named = told(template.launch_template_specification, api.FleetLaunchTemplateSpecification())
        overrides: list[api.LaunchTemplateOverrides | None] = [*told(template.overrides, [])]
        for override in overrides or [None]:
            yield fleet_launches.pool(state, index, named, named.version, override, region)
            index += 1


@service.handle
def request_spot_fleet(state: Ec2, call: Call[api.RequestSpotFleet]) -> api.RequestSpotFleetResult:
    """A fleet request; its instances are launched after the answer."""
    config = call.params.spot_fleet_request_config
    tags.check_new(config.tag_specifications, "spot-fleet-request")
    plain = told(config.launch_specifications, [])
    if bool(plain) == bool(told(config.launch_template_configs, [])):
        # evidence: page errors-overview.html (InvalidSpotFleetRequestConfig); words: guess
        raise Refusal(
            "InvalidSpotFleetRequestConfig", "Specify either LaunchSpecifications or LaunchTemplateConfigs."
        )
    for one in plain:
        if isinstance(one.image_id, str):
            images.check_form([one.image_id])
        if isinstance(one.instance_type, str) and one.instance_type not in type_data.types():
            # evidence: page errors-overview.html (InvalidSpotFleetRequestConfig); words: guess
            raise Refusal(
                "InvalidSpotFleetRequestConfig", f"Invalid value '{one.instance_type}' for InstanceType."
            )
    list(_pools(state, config, call.region))
    return api.RequestSpotFleetResult(spot_fleet_request_id=f"sfr-{call.new_id('uuid', 'sfr')}")


@service.project
def spot_fleet_requested(state: Ec2, event: Event[api.RequestSpotFleet, api.RequestSpotFleetResult]) -> None:
    """There is the fleet request."""
    if isinstance(event.result.spot_fleet_request_id, UnsetType):
        return
    config = event.params.spot_fleet_request_config
    fleet = SpotFleet(
        id=event.result.spot_fleet_request_id, arn=SPOT_FLEETS.arn(event, event.result.spot_fleet_request_id),
        state="active", created=event.time, config=config, target=config.target_capacity,
        on_demand=told(config.on_demand_target_capacity, 0),
        tags=tags.given(config.tag_specifications, "spot-fleet-request"),
    )  # fmt: skip
    fleet.history.append(FleetEvent(time=event.time, type="fleetRequestChange", subtype="submitted", text=""))
    fleet.history.append(FleetEvent(time=event.time, type="fleetRequestChange", subtype="active", text=""))
    state.fleets.spot_fleets[fleet.id] = fleet


def _lacking(state: Ec2, fleet: SpotFleet, region: str, label: str) -> Iterator[Command]:
    if isinstance(fleet.config, UnsetType):
        return
    pools = fleet_launches.quiet(_pools(state, fleet.config, region))
    there = fleet_launches.split(pools, fleet_launches.members(state, fleet.id))
    wanted = Wanted(
        fleet=fleet.id, tag=fleet_launches.SPOT_FLEET_TAG, on_demand=fleet.on_demand - there[0],
        spot=fleet.target - fleet.on_demand - there[1],
        strategy=told(fleet.config.on_demand_allocation_strategy, "lowestPrice"),
        spot_strategy=told(fleet.config.allocation_strategy, "lowestPrice"),
    )  # fmt: skip
    yield from fleet_launches.commands(pools, wanted, as_=PRINCIPAL, label=label)


@service.react
def spot_fleet_launches(
    state: Ec2, event: Event[api.RequestSpotFleet, api.RequestSpotFleetResult]
) -> Iterator[Command]:
    """Its instances."""
    fleet = state.fleets.spot_fleets.get(told(event.result.spot_fleet_request_id, ""))
    if fleet is not None:
        yield from _lacking(state, fleet, event.region, "")


@service.react
def spot_fleet_replaces(
    state: Ec2, event: Event[api.TerminateInstances, api.TerminateInstancesResult]
) -> Iterator[Command]:
    """A fleet that keeps its size launches others for those that end."""
    ended = set(event.params.instance_ids)
    for fleet in state.fleets.spot_fleets.values():
        keeps = isinstance(fleet.config, UnsetType) or told(fleet.config.type, "maintain") == "maintain"
        if keeps and fleet.state == "active" and ended & set(state.fleets.members.get(fleet.id, [])):
            yield from _lacking(state, fleet, event.region, f"-{event.id[:13]}")


# modify, cancel


@service.handle
def modify_spot_fleet_request(
    state: Ec2, call: Call[api.ModifySpotFleetRequest]
) -> api.ModifySpotFleetRequestResult:
    """Another target for a fleet that keeps its size."""
    fleet = _found(state, call.params.spot_fleet_request_id)
    kind = told(fleet.config.type, "maintain") if not isinstance(fleet.config, UnsetType) else "maintain"
    if kind != "maintain":
        # evidence: page API_ModifySpotFleetRequest; words: guess
        raise errors.invalid("You can only modify a Spot Fleet request of type maintain.")
    if fleet.state != "active":
        # evidence: page errors-overview.html; words: guess
        raise Refusal("InvalidState", f"The Spot Fleet request '{fleet.id}' is not in a modifiable state.")
    return api.ModifySpotFleetRequestResult(return_=True)


@service.project
def spot_fleet_modified(
    state: Ec2, event: Event[api.ModifySpotFleetRequest, api.ModifySpotFleetRequestResult]
) -> None:
    """It has that target."""
    fleet = SPOT_FLEETS.known(state, event, event.params.spot_fleet_request_id)
    fleet.target = told(event.params.target_capacity, fleet.target)
    fleet.on_demand = told(event.params.on_demand_target_capacity, fleet.on_demand)
    if not isinstance(fleet.config, UnsetType):
        policy = told(
            event.params.excess_capacity_termination_policy, fleet.config.excess_capacity_termination_policy
        )
        fleet.config = msgspec.structs.replace(
            fleet.config, target_capacity=fleet.target, excess_capacity_termination_policy=policy
        )
    fleet.history.append(
        FleetEvent(time=event.time, type="fleetRequestChange", subtype="modify_successful", text="")
    )


@service.react
def spot_fleet_resized(
    state: Ec2, event: Event[api.ModifySpotFleetRequest, api.ModifySpotFleetRequestResult]
) -> Iterator[Command]:
    """More instances, or fewer."""
    fleet = state.fleets.spot_fleets.get(event.params.spot_fleet_request_id)
    if fleet is None:
        return
    yield from _lacking(state, fleet, event.region, f"-{event.id[:13]}")
    found = fleet_launches.members(state, fleet.id)
    policy = UNSET if isinstance(fleet.config, UnsetType) else fleet.config.excess_capacity_termination_policy
    excess = len(found) - fleet.target
    if excess > 0 and told(policy, "Default").lower() != "notermination":
        newest = [one.id for one in sorted(found, key=lambda one: (str(one.launched), one.id))[-excess:]]
        yield Command("ec2", api.TerminateInstances(instance_ids=newest), as_=PRINCIPAL)


@service.handle
def cancel_spot_fleet_requests(
    state: Ec2, call: Call[api.CancelSpotFleetRequests]
) -> api.CancelSpotFleetRequestsResult:
    """Each fleet for itself, with its instances or without."""
    done: list[api.CancelSpotFleetRequestsSuccessItem] = []
    failed: list[api.CancelSpotFleetRequestsErrorItem] = []
    after = "cancelled_terminating" if call.params.terminate_instances else "cancelled_running"
    for identifier in call.params.spot_fleet_request_ids:
        fleet = state.fleets.spot_fleets.get(identifier)
        if fleet is None or fleet.state.startswith("cancelled"):
            known = fleet is not None
            error = api.CancelSpotFleetRequestsError(
                code="fleetRequestNotInCancellableState" if known else "fleetRequestIdDoesNotExist",
                message=f"The fleet request '{identifier}' "
                + ("is not in a cancellable state." if known else "does not exist."),
            )  # fmt: skip
            failed.append(api.CancelSpotFleetRequestsErrorItem(spot_fleet_request_id=identifier, error=error))
            continue
        done.append(
            api.CancelSpotFleetRequestsSuccessItem(
                spot_fleet_request_id=identifier, previous_spot_fleet_request_state=fleet.state,
                current_spot_fleet_request_state=after,
            )
        )  # fmt: skip
    return api.CancelSpotFleetRequestsResult(
        successful_fleet_requests=done, unsuccessful_fleet_requests=failed
    )


@service.project
def spot_fleets_cancelled(
    state: Ec2, event: Event[api.CancelSpotFleetRequests, api.CancelSpotFleetRequestsResult]
) -> None:
    """They are; no more instances are launched for them."""
    failed = {one.spot_fleet_request_id for one in told(event.result.unsuccessful_fleet_requests, [])}
    for identifier in event.params.spot_fleet_request_ids:
        if identifier in failed:
            continue
        fleet = SPOT_FLEETS.known(state, event, identifier)
        fleet.state = "cancelled" if event.params.terminate_instances else "cancelled_running"
        fleet.history.append(
            FleetEvent(time=event.time, type="fleetRequestChange", subtype=fleet.state, text="")
        )


@service.react
def spot_fleets_end(
    state: Ec2, event: Event[api.CancelSpotFleetRequests, api.CancelSpotFleetRequestsResult]
) -> Iterator[Command]:
    """Their instances end with them, where that is asked for."""
    done = [told(one.spot_fleet_request_id, "") for one in told(event.result.successful_fleet_requests, [])]
    ends = [one.id for fleet in done for one in fleet_launches.members(state, fleet)]
    if event.params.terminate_instances and ends:
        yield Command("ec2", api.TerminateInstances(instance_ids=ends), as_=PRINCIPAL)


# describe


def _found(state: Ec2, identifier: str) -> SpotFleet:
    fleet = state.fleets.spot_fleets.get(identifier)
    if fleet is None:
        # evidence: page errors-overview.html; words: guess
        raise Refusal(
            "InvalidSpotFleetRequestId.NotFound", f"The spot fleet request ID '{identifier}' does not exist"
        )
    return fleet


@service.read
def describe_spot_fleet_requests(
    state: Ec2, call: Call[api.DescribeSpotFleetRequests]
) -> api.DescribeSpotFleetRequestsResult:
    """Fleet requests in the order of their ids."""
    wanted = [_found(state, one) for one in told(call.params.spot_fleet_request_ids, [])]
    held = {one.id: one for one in wanted or state.fleets.spot_fleets.values()}
    page = filters.paged(call, held, bounds=(1, 1000))
    return api.DescribeSpotFleetRequestsResult(
        spot_fleet_request_configs=[_shown(state, call.region, one) for one in page.items],
        next_token=page.next or UNSET,
    )


def _shown(state: Ec2, region: str, fleet: SpotFleet) -> api.SpotFleetRequestConfig:
    config: api.SpotFleetRequestConfigData | UnsetType = fleet.config
    capacity = 0.0
    if not isinstance(config, UnsetType):
        pools = fleet_launches.quiet(_pools(state, config, region))
        on_demand, spot = fleet_launches.split(pools, fleet_launches.members(state, fleet.id))
        capacity = on_demand + spot
        config = msgspec.structs.replace(
            config, fulfilled_capacity=capacity, on_demand_fulfilled_capacity=on_demand,
            type=told(config.type, "maintain"), allocation_strategy=told(config.allocation_strategy, "lowestPrice"),
            excess_capacity_termination_policy=told(config.excess_capacity_termination_policy, "Default"),
        )  # fmt: skip
    return api.SpotFleetRequestConfig(
        spot_fleet_request_id=fleet.id, spot_fleet_request_state=fleet.state, spot_fleet_request_config=config,
        create_time=UNSET if isinstance(fleet.created, UnsetType) else IsoMillisZ.of(fleet.created),
        activity_status="fulfilled" if capacity >= fleet.target else "pending_fulfillment",
        tags=tags.shown(fleet.tags) or UNSET,
    )  # fmt: skip


@service.read
def describe_spot_fleet_instances(
    state: Ec2, call: Call[api.DescribeSpotFleetInstances]
) -> api.DescribeSpotFleetInstancesResult:
    """A fleet's instances."""
    fleet = _found(state, call.params.spot_fleet_request_id)
    held = {one.id: one for one in fleet_launches.members(state, fleet.id)}
    page = filters.paged(call, held, bounds=(1, 1000))
    return api.DescribeSpotFleetInstancesResult(
        spot_fleet_request_id=fleet.id,
        active_instances=fleet_listing.active(page.items),
        next_token=page.next or UNSET,
    )


@service.read
def describe_spot_fleet_request_history(
    state: Ec2, call: Call[api.DescribeSpotFleetRequestHistory]
) -> api.DescribeSpotFleetRequestHistoryResult:
    """What happened to a fleet since a time."""
    params = call.params
    fleet = _found(state, params.spot_fleet_request_id)
    named = {"instance-change": "instanceChange"}
    held = {
        f"{number:09}": one
        for number, one in enumerate(fleet_listing.history(state, fleet.id, fleet.history))
        if one.time >= params.start_time and params.event_type in (UNSET, named.get(one.type, one.type))
    }
    page = filters.paged(call, held, bounds=(1, 1000))
    return api.DescribeSpotFleetRequestHistoryResult(
        spot_fleet_request_id=fleet.id, start_time=params.start_time, last_evaluated_time=IsoMillisZ.of(call.time),
        next_token=page.next or UNSET,
        history_records=[
            api.HistoryRecord(
                event_type=named.get(one.type, one.type), timestamp=IsoMillisZ.of(one.time),
                event_information=api.EventInformation(
                    event_sub_type=one.subtype, event_description=one.text, instance_id=one.instance
                ),
            )
            for one in page.items
        ],
    )  # fmt: skip
