"""Launches in the spot market: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-spot-instances.html

Each instance of such a launch has a spot request of its own; one that was launched for a request has that one.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, errors, spot_prices, tags
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_compute import Instance
from backtrail_aws.ec2.state_fleets import SpotRequest
from backtrail_aws.ec2.type_data import Type

SPOT_REQUESTS = Kind(
    "spot-instances-request", "sir", SpotRequest, lambda state: state.fleets.spot,
    code="InvalidSpotInstanceRequestID.NotFound", noun="spot instance request ID",
    parameters=("spot_instance_request_ids",), created_by=("RequestSpotInstances",),
)  # fmt: skip


def wanted(params: api.RunInstances) -> bool:
    """Whether a launch is one in the spot market."""
    market = params.instance_market_options
    return isinstance(market, api.InstanceMarketOptionsRequest) and market.market_type == "spot"


def _options(params: api.RunInstances) -> api.SpotMarketOptions:
    market = told(params.instance_market_options, api.InstanceMarketOptionsRequest())
    return told(market.spot_options, api.SpotMarketOptions())


def check(state: Ec2, call: Call[Any], params: api.RunInstances, kind: Type) -> None:
    """Refuse a price that is below the market's, and what spot instances cannot be."""
    if not wanted(params):
        return
    options = _options(params)
    persistent = options.spot_instance_type == "persistent"
    behavior = told(options.instance_interruption_behavior, "terminate")
    if behavior not in ("terminate", "stop", "hibernate"):
        # evidence: page API_SpotMarketOptions; words: guess
        raise errors.invalid(f"Invalid value '{behavior}' for InstanceInterruptionBehavior.")
    if behavior != "terminate" and not persistent:
        # evidence: page API_SpotMarketOptions; words: guess
        raise errors.combination(
            f"The '{behavior}' interruption behavior requires a persistent Spot request."
        )
    price = options.max_price
    if isinstance(price, str) and spot_prices.parsed(price) < spot_prices.current(call, kind):
        # evidence: page errors-overview.html (SpotMaxPriceTooLow); words: guess
        raise Refusal(
            "SpotMaxPriceTooLow",
            f"Your Spot request price of {spot_prices.parsed(price):.6f} is lower than the minimum required Spot "
            f"request fulfillment price of {spot_prices.current(call, kind):.6f}.",
        )


def request_of(call: Call[Any], params: api.RunInstances, number: int) -> str | UnsetType:
    """The spot request of one instance of a launch."""
    if not wanted(params):
        return UNSET
    token = told(params.client_token, "")
    if token.startswith("sir-") and call.caller.service is not None:
        return token
    return f"sir-{call.new_id('hex8', f'spot/{number}')}"


def folded(state: Ec2, event: Event[Any, Any], params: api.RunInstances, instance: Instance) -> None:
    """In a fold: the spot request of an instance is active."""
    identifier = instance.spot_request
    if isinstance(identifier, UnsetType):
        return
    request = state.fleets.spot.get(identifier)
    if request is None:
        options = _options(params)
        request = SpotRequest(
            id=identifier, arn=SPOT_REQUESTS.arn(event, identifier), created=event.time, price=options.max_price,
            kind=told(options.spot_instance_type, "one-time"), valid_until=options.valid_until,
            behavior=told(options.instance_interruption_behavior, "terminate"), zone=instance.zone,
            tags=tags.given(params.tag_specifications, "spot-instances-request"),
        )  # fmt: skip
        state.fleets.spot[identifier] = request
    request.state, request.status, request.updated = "active", "fulfilled", event.time
    request.instance, request.zone = instance.id, instance.zone


DUE_FORM, DUE_LENGTH = "%Y%m%d%H%M%S%f", 20
"""How times begin the keys of what is due."""


def due_key(at: datetime, *parts: str) -> str:
    """A key in the order of times."""
    return "\0".join((at.astimezone(UTC).strftime(DUE_FORM), *parts))


def forget_end(state: Ec2, request: SpotRequest) -> None:
    """In a fold: there is nothing to be interrupted any more."""
    if not isinstance(request.ends, UnsetType):
        state.fleets.due.pop(due_key(request.ends, request.id), None)
        request.ends = UNSET


def over(state: Ec2, event: Event[Any, Any], instance: Instance, status: str) -> None:
    """In a fold: an instance is gone; its request is over, or open again where it is to persist."""
    request = state.fleets.spot.get(told(instance.spot_request, ""))
    if request is None or request.instance != instance.id:
        return
    forget_end(state, request)
    request.updated, request.status = event.time, status
    if request.state == "active":
        request.state = "open" if request.kind == "persistent" else "closed"
        request.instance = request.instance if request.state == "closed" else UNSET
