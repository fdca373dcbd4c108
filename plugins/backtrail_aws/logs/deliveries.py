"""Deliveries: one source that delivers to one destination.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateDelivery.html
"""

from __future__ import annotations

from backtrail import UNSET, BadToken, Call, Event, UnsetType, known, page, told
from backtrail_aws.logs import api, directory, errors, limits, tags
from backtrail_aws.logs.api import (
    CreateDelivery,
    CreateDeliveryResult,
    DeleteDelivery,
    DescribeDeliveries,
    DescribeDeliveriesResult,
    GetDelivery,
    GetDeliveryResult,
    UpdateDeliveryConfiguration,
)
from backtrail_aws.logs.delivery_destinations import kind_of
from backtrail_aws.logs.state import Delivery, DeliveryDestination, Logs, service

_ID_KIND = "let16"


@service.handle
def create_delivery(state: Logs, call: Call[CreateDelivery]) -> CreateDeliveryResult:
    """A new delivery, from a source of this account to a destination of any."""
    params = call.params
    if params.delivery_source_name not in state.sources:
        raise errors.not_there("delivery source")
    target = _target(state, params.delivery_destination_arn)
    named = directory.parsed(params.delivery_destination_arn)
    if named is None or named.kind != "delivery-destination":
        # evidence: model; words: guess
        raise errors.invalid_delivery(
            f"The deliveryDestinationArn {params.delivery_destination_arn} is not valid."
        )
    if target is None and named.account == call.account:
        raise errors.not_there("delivery destination")
    for other in state.deliveries.values():
        if (other.source, other.destination) == (
            params.delivery_source_name,
            params.delivery_destination_arn,
        ):
            # evidence: model; words: guess
            raise errors.conflict("A delivery of this source to this destination already exists.")
    if len(state.deliveries) >= limits.DELIVERIES_MAX:
        raise errors.delivery_quota()
    tags.check(told(params.tags, {}), {}, params.delivery_source_name)
    delivery_id = call.new_id(_ID_KIND, "delivery")
    made = _made(state, params, delivery_id, call.arn("logs", f"delivery:{delivery_id}"))
    return CreateDeliveryResult(delivery=_shown(made))


@service.project
def delivery_created(state: Logs, event: Event[CreateDelivery, CreateDeliveryResult]) -> None:
    """The delivery is there."""
    answered = event.result.delivery
    told_id = UNSET if isinstance(answered, UnsetType) else answered.id
    delivery_id = told(told_id, event.new_id(_ID_KIND, "delivery"))
    arn = event.arn("logs", f"delivery:{delivery_id}")
    state.deliveries[delivery_id] = _made(state, event.params, delivery_id, arn)


@service.read
def get_delivery(state: Logs, call: Call[GetDelivery]) -> GetDeliveryResult:
    """One delivery."""
    return GetDeliveryResult(delivery=_shown(_find(state, call.params.id)))


@service.read
def describe_deliveries(state: Logs, call: Call[DescribeDeliveries]) -> DescribeDeliveriesResult:
    """Deliveries: all, or those of some sources."""
    wanted = call.params.delivery_source_names

    def keep(delivery: Delivery) -> bool:
        return isinstance(wanted, UnsetType) or delivery.source in wanted

    limit, token = told(call.params.limit, limits.DESCRIBED_MAX), told(call.params.next_token, "") or None
    try:
        found = page(state.deliveries, token, limit, keep=keep)
    except BadToken as error:
        # evidence: model; words: https://github.com/boto/boto3/issues/1467
        raise errors.invalid_delivery("The specified nextToken is invalid.") from error
    return DescribeDeliveriesResult(
        deliveries=[_shown(one) for one in found.items], next_token=found.next or UNSET
    )


@service.handle
def update_delivery_configuration(state: Logs, call: Call[UpdateDeliveryConfiguration]) -> None:
    """What is delivered may change, not from where to where."""
    _find(state, call.params.id)


@service.project
def delivery_configuration_updated(state: Logs, event: Event[UpdateDeliveryConfiguration, None]) -> None:
    """What was given is changed."""
    params = event.params
    arn = event.arn("logs", f"delivery:{params.id}")
    delivery = known(state.deliveries, params.id, event, lambda: Delivery(id=params.id, arn=arn))
    if params.record_fields is not UNSET:
        delivery.record_fields = params.record_fields
    if params.field_delimiter is not UNSET:
        delivery.field_delimiter = params.field_delimiter
    if params.s3_delivery_configuration is not UNSET:
        delivery.s3 = params.s3_delivery_configuration


@service.handle
def delete_delivery(state: Logs, call: Call[DeleteDelivery]) -> None:
    """Refuse what is not there. The source and the destination stay."""
    _find(state, call.params.id)


@service.project
def delivery_deleted(state: Logs, event: Event[DeleteDelivery, None]) -> None:
    """The delivery is gone."""
    state.deliveries.pop(event.params.id, None)


@service.evidence
def deletion_of_delivery_failed(state: Logs, event: Event[DeleteDelivery, None]) -> None:
    """A delivery that does not exist to delete is gone."""
    if event.error == "ResourceNotFoundException":
        state.deliveries.pop(event.params.id, None)


def _find(state: Logs, delivery_id: str) -> Delivery:
    found = state.deliveries.get(delivery_id)
    if found is None:
        raise errors.not_there("delivery")
    return found


def _target(state: Logs, arn: str) -> DeliveryDestination | None:
    named = directory.parsed(arn)
    found = state.targets.get(named.name) if named is not None else None
    return found if found is not None and found.arn == arn else None


def _made(state: Logs, params: CreateDelivery, delivery_id: str, arn: str) -> Delivery:
    target = _target(state, params.delivery_destination_arn)
    return Delivery(
        id=delivery_id,
        arn=arn,
        source=params.delivery_source_name,
        destination=params.delivery_destination_arn,
        kind=kind_of(target) if target is not None else UNSET,
        record_fields=params.record_fields,
        field_delimiter=params.field_delimiter,
        s3=params.s3_delivery_configuration,
        tags=told(params.tags, {}),
    )


def _shown(delivery: Delivery) -> api.Delivery:
    return api.Delivery(
        id=delivery.id,
        arn=delivery.arn,
        delivery_source_name=delivery.source,
        delivery_destination_arn=delivery.destination,
        delivery_destination_type=delivery.kind,
        record_fields=delivery.record_fields,
        field_delimiter=delivery.field_delimiter,
        s3_delivery_configuration=delivery.s3,
        tags=dict(delivery.tags) or UNSET,
    )
