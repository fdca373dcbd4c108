"""Spot requests: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-requests.html

A request whose price is at least the market's is fulfilled at once, by a RunInstances call of its own. The others wait
until `ec2.spot_price` is set to less; instances whose price is below the market's when it is set to more are told that
they will be interrupted (`spot_interruptions.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Command, Event, Params, Refusal, UnsetType, field, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import (
    api,
    errors,
    filters,
    images,
    launching,
    regions,
    spot_interruptions,
    spot_prices,
    tags,
    type_data,
)
from backtrail_aws.ec2.casting import cast, filled
from backtrail_aws.ec2.spot_launches import SPOT_REQUESTS
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_fleets import SpotRequest

PRINCIPAL = "spot.amazonaws.com"
MESSAGES = {
    "pending-evaluation": "Your Spot request has been submitted for review, and is pending evaluation.",
    "price-too-low": "Your Spot request price is lower than required minimum fulfillment price.",
    "fulfilled": "Your Spot request is fulfilled.",
    "request-canceled-and-instance-running": "Your Spot request is canceled, but your instance is still running.",
    "canceled-before-fulfillment": "Your Spot request is canceled before it was fulfilled.",
    "instance-terminated-by-user": "Spot Instance terminated due to user-initiated termination.",
    "instance-terminated-by-price": "Your Spot instance was terminated because the Spot price exceeded your maximum "
    "price.",
    "instance-stopped-by-price": "Your Spot Instance was stopped because the Spot price exceeded your maximum price.",
    "marked-for-termination": "Your Spot Instance is marked for termination.",
    "marked-for-stop": "Your Spot Instance is marked for stopping.",
    "instance-stopped-by-user": "Your Spot instance was stopped by a user.",
}
"""https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-request-status.html"""


class Verdicts(msgspec.Struct, frozen=True, kw_only=True):
    """Which requests the market's price fulfills now, and which instances it interrupts, so many seconds later."""

    fulfilled: list[str] = []
    interrupted: list[str] = []
    notice_s: float = 0


# request


@service.handle(token="client_token")
def request_spot_instances(
    state: Ec2, call: Call[api.RequestSpotInstances]
) -> Answer[api.RequestSpotInstancesResult]:
    """As many requests as instances are wanted; each is told apart from then on."""
    params = call.params
    tags.check_new(params.tag_specifications, "spot-instances-request")
    kind = told(params.type, "one-time")
    if kind not in ("one-time", "persistent"):
        # evidence: page API_RequestSpotInstances; words: guess
        raise errors.invalid(f"Invalid value '{kind}' for Type.")
    count = told(params.instance_count, 1)
    if count < 1:
        # evidence: page API_RequestSpotInstances; words: guess
        raise errors.invalid(f"Invalid value '{count}' for InstanceCount.")
    behavior = told(params.instance_interruption_behavior, "terminate")
    if behavior != "terminate" and kind != "persistent":
        # evidence: page API_SpotMarketOptions; words: guess
        raise errors.combination(
            f"The '{behavior}' interruption behavior requires a persistent Spot request."
        )
    if isinstance(params.spot_price, str):
        spot_prices.parsed(params.spot_price)
    _check_launch(told(params.launch_specification, api.RequestSpotLaunchSpecification()))
    made = [_made(call, number) for number in range(count)]
    fulfilled = [one.id for one in made if _affordable(call, one)]
    result = api.RequestSpotInstancesResult(spot_instance_requests=[_shown(state, one) for one in made])
    return Answer(result, note=Verdicts(fulfilled=fulfilled))


def _check_launch(launch: api.RequestSpotLaunchSpecification) -> None:
    if isinstance(launch.image_id, UnsetType):
        # evidence: page errors-overview.html; words: guess
        raise Refusal("MissingParameter", "The request must contain the parameter ImageId")
    images.check_form([launch.image_id])
    kind = told(launch.instance_type, launching.DEFAULT_TYPE)
    if kind not in type_data.types():
        # evidence: page errors-overview.html; words: guess
        raise errors.invalid(f"Invalid value '{kind}' for InstanceType.")
    launching.check_user_data(launch.user_data)


def _made(call: Call[api.RequestSpotInstances], number: int) -> SpotRequest:
    params = call.params
    return SpotRequest(
        id=f"sir-{call.new_id('hex8', str(number))}", kind=told(params.type, "one-time"), created=call.time,
        updated=call.time,
        price=params.spot_price, behavior=told(params.instance_interruption_behavior, "terminate"),
        valid_from=params.valid_from, valid_until=params.valid_until, group=params.launch_group,
        launch=params.launch_specification, tags=tags.given(params.tag_specifications, "spot-instances-request"),
    )  # fmt: skip


def _affordable(call: Call[Any], request: SpotRequest) -> bool:
    """Whether a request's price is at least the market's; one without a price pays what it costs on demand."""
    launch = told(request.launch, api.RequestSpotLaunchSpecification())
    kind = type_data.types().get(told(launch.instance_type, launching.DEFAULT_TYPE))
    if kind is None:
        return True
    bid = spot_prices.parsed(request.price) if isinstance(request.price, str) else kind.price
    return bid >= spot_prices.current(call, kind, told(request.zone, ""))


@service.project
def spot_instances_requested(
    state: Ec2, event: Event[api.RequestSpotInstances, api.RequestSpotInstancesResult]
) -> None:
    """There are the requests; those whose price is too low say so."""
    note = event.note(Verdicts)
    params = event.params
    for made in told(event.result.spot_instance_requests, []):
        if isinstance(made.spot_instance_request_id, UnsetType):
            continue
        request = SpotRequest(
            id=made.spot_instance_request_id, arn=SPOT_REQUESTS.arn(event, made.spot_instance_request_id),
            kind=told(params.type, "one-time"), created=event.time, updated=event.time, price=params.spot_price,
            behavior=told(params.instance_interruption_behavior, "terminate"), valid_from=params.valid_from,
            valid_until=params.valid_until, group=params.launch_group, launch=params.launch_specification,
            tags=tags.given(params.tag_specifications, "spot-instances-request"),
        )  # fmt: skip
        if note is not None and request.id not in note.fulfilled:
            request.status = "price-too-low"
        state.fleets.spot[request.id] = request


@service.react
def launches_requested(
    state: Ec2, event: Event[api.RequestSpotInstances, api.RequestSpotInstancesResult]
) -> Iterator[Command]:
    """The instances of requests that are fulfilled."""
    note = event.note(Verdicts)
    for identifier in note.fulfilled if note is not None else []:
        yield _launch(state.fleets.spot[identifier])


def _launch(request: SpotRequest) -> Command:
    launch = told(request.launch, api.RequestSpotLaunchSpecification())
    placement = told(launch.placement, api.SpotPlacement())
    options = api.SpotMarketOptions(
        max_price=request.price,
        spot_instance_type=request.kind,
        instance_interruption_behavior=request.behavior,
    )
    params = cast(
        launch, api.RunInstances, min_count=1, max_count=1, client_token=request.id,
        placement=filled(cast(placement, api.Placement)),
        instance_market_options=api.InstanceMarketOptionsRequest(market_type="spot", spot_options=options),
    )  # fmt: skip
    return Command("ec2", params, as_=PRINCIPAL)


# cancel


@service.handle
def cancel_spot_instance_requests(
    state: Ec2, call: Call[api.CancelSpotInstanceRequests]
) -> api.CancelSpotInstanceRequestsResult:
    """Requests end; their instances go on."""
    found = SPOT_REQUESTS.find_all(state, call.params.spot_instance_request_ids)
    return api.CancelSpotInstanceRequestsResult(
        cancelled_spot_instance_requests=[
            api.CancelledSpotInstanceRequest(
                spot_instance_request_id=one.id, state=one.state if one.state == "closed" else "cancelled"
            )
            for one in found
        ]
    )


@service.project
def spot_requests_cancelled(
    state: Ec2, event: Event[api.CancelSpotInstanceRequests, api.CancelSpotInstanceRequestsResult]
) -> None:
    """They are."""
    for identifier in event.params.spot_instance_request_ids:
        request = SPOT_REQUESTS.known(state, event, identifier)
        if request.state == "closed":
            continue
        running = not isinstance(request.instance, UnsetType)
        request.state, request.updated = "cancelled", event.time
        request.status = "request-canceled-and-instance-running" if running else "canceled-before-fulfillment"


# the market moves


class EvaluateSpotRequests(Params):
    """The market's price has changed: look at all requests again. Internal."""


class SetOption(Params):
    """What Backtrail records when an option is set."""

    service: str = field(name="service")
    name: str = field(name="name")


@service.react_to("backtrail")
def market_moved(state: Ec2, event: Event[SetOption, None]) -> Iterator[Command]:
    """In every region that an account has without asking."""
    if (event.params.service, event.params.name) == (service.name, spot_prices.PRICE.name):
        for name, region in regions.REGIONS.items():
            if not region.opt_in:
                yield Command("ec2", EvaluateSpotRequests(), region=name)


@service.handle(internal=True)
def evaluate_spot_requests(state: Ec2, call: Call[EvaluateSpotRequests]) -> Answer[None]:
    """Which requests are fulfilled now, and which instances are interrupted."""
    held = state.fleets.spot.values()
    return Answer(
        None,
        note=Verdicts(
            fulfilled=[
                one.id for one in held
                if one.state == "open" and not isinstance(one.launch, UnsetType) and _affordable(call, one)
            ],
            interrupted=[
                one.id for one in held
                if one.state == "active" and isinstance(one.ends, UnsetType) and not _keeps(state, call, one)
            ],
            notice_s=spot_interruptions.notice(call).total_seconds(),
        ),
    )  # fmt: skip


def _keeps(state: Ec2, call: Call[Any], request: SpotRequest) -> bool:
    instance = state.compute.instances.get(told(request.instance, ""))
    kind = type_data.types().get(told(instance.type, "")) if instance is not None else None
    if kind is None or not isinstance(request.price, str):
        return True
    return spot_prices.parsed(request.price) >= spot_prices.current(call, kind, told(request.zone, ""))


@service.project
def spot_requests_evaluated(state: Ec2, event: Event[EvaluateSpotRequests, None]) -> None:
    """Instances whose price is too low are told that they will be interrupted."""
    note = event.note(Verdicts)
    for identifier in note.interrupted if note is not None else []:
        request = state.fleets.spot.get(identifier)
        if request is not None and note is not None:
            spot_interruptions.mark(state, request, event.time + timedelta(seconds=note.notice_s), event.time)


@service.react
def launches_affordable(state: Ec2, event: Event[EvaluateSpotRequests, None]) -> Iterator[Command]:
    """The instances of requests that are fulfilled now."""
    note = event.note(Verdicts)
    for identifier in note.fulfilled if note is not None else []:
        yield _launch(state.fleets.spot[identifier])


# describe


_FIELDS: filters.Fields[SpotRequest] = {
    "availability-zone-group": lambda one: None,
    "create-time": lambda one: (
        UNSET if isinstance(one.created, UnsetType) else str(IsoMillisZ.of(one.created).written())
    ),
    "fault-code": lambda one: None,
    "fault-message": lambda one: None,
    "instance-id": lambda one: one.instance,
    "launch-group": lambda one: one.group,
    "launch.image-id": lambda one: getattr(one.launch, "image_id", UNSET),
    "launch.instance-type": lambda one: getattr(one.launch, "instance_type", UNSET),
    "launch.key-name": lambda one: getattr(one.launch, "key_name", UNSET),
    "launched-availability-zone": lambda one: one.zone,
    "product-description": lambda one: one.product,
    "spot-instance-request-id": lambda one: one.id,
    "spot-price": lambda one: one.price,
    "state": lambda one: one.state,
    "status-code": lambda one: one.status,
    "status-message": lambda one: MESSAGES.get(one.status),
    "type": lambda one: one.kind,
    "valid-from": lambda one: None,
    "valid-until": lambda one: None,
}
"""API_DescribeSpotInstanceRequests: Filters."""


@service.read
def describe_spot_instance_requests(
    state: Ec2, call: Call[api.DescribeSpotInstanceRequests]
) -> api.DescribeSpotInstanceRequestsResult:
    """Requests in the order of their ids."""
    page = filters.described(
        state, call, SPOT_REQUESTS, call.params.spot_instance_request_ids, _FIELDS,
        alone="spotInstanceRequestIds",
    )  # fmt: skip
    return api.DescribeSpotInstanceRequestsResult(
        spot_instance_requests=[_shown(state, one) for one in page.items], next_token=page.next or UNSET
    )


def _shown(state: Ec2, one: SpotRequest) -> api.SpotInstanceRequest:
    launch: Any = UNSET
    if not isinstance(one.launch, UnsetType):
        held = state.network.security_groups
        groups = [
            api.GroupIdentifier(group_id=name, group_name=held[name].name if name in held else UNSET)
            for name in told(one.launch.security_group_ids, [])
        ]
        launch = cast(one.launch, api.LaunchSpecification, security_groups=groups, user_data=UNSET)
    instance = state.compute.instances.get(told(one.instance, ""))
    price = one.price
    if (
        isinstance(price, UnsetType)
        and instance is not None
        and (kind := type_data.types().get(told(instance.type, "")))
    ):
        price = f"{kind.price:.6f}"
    return api.SpotInstanceRequest(
        spot_instance_request_id=one.id, state=one.state, type=one.kind, spot_price=price, instance_id=one.instance,
        create_time=_time(one.created), valid_from=_time(one.valid_from), valid_until=_time(one.valid_until),
        launch_group=one.group, launch_specification=launch, launched_availability_zone=one.zone,
        product_description=one.product, instance_interruption_behavior=one.behavior,
        tags=tags.shown(one.tags) or UNSET,
        status=api.SpotInstanceStatus(
            code=one.status, message=MESSAGES.get(one.status, ""), update_time=_time(one.updated)
        ),
    )  # fmt: skip


def _time(time: Any) -> Any:
    return UNSET if isinstance(time, UnsetType) else IsoMillisZ.of(time)
