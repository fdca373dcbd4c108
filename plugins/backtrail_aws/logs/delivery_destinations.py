"""Delivery destinations: log groups, buckets and streams that other services' logs are delivered to.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliveryDestination.html
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, BadToken, Call, Event, UnsetType, known, page, told
from backtrail_aws.logs import api, documents, errors, limits, tags
from backtrail_aws.logs.api import (
    DeleteDeliveryDestination,
    DeleteDeliveryDestinationPolicy,
    DescribeDeliveryDestinations,
    DescribeDeliveryDestinationsResult,
    GetDeliveryDestination,
    GetDeliveryDestinationPolicy,
    GetDeliveryDestinationPolicyResult,
    GetDeliveryDestinationResult,
    PutDeliveryDestination,
    PutDeliveryDestinationPolicy,
    PutDeliveryDestinationPolicyResult,
    PutDeliveryDestinationResult,
)
from backtrail_aws.logs.state import DeliveryDestination, Logs, service
from backtrail_aws.logs.subscription_filters import service_of

_KINDS = {"logs": "CWL", "s3": "S3", "firehose": "FH"}
_XRAY = "XRAY"


@service.handle
def put_delivery_destination(state: Logs, call: Call[PutDeliveryDestination]) -> PutDeliveryDestinationResult:
    """The destination, new or with other parameters."""
    params = call.params
    resource = _resource(params)
    if resource is UNSET and params.delivery_destination_type != _XRAY:
        # evidence: page API_PutDeliveryDestination; words: guess
        raise errors.invalid_delivery("deliveryDestinationConfiguration is required for this destination.")
    if isinstance(resource, str) and service_of(resource) not in _KINDS:
        # evidence: page API_PutDeliveryDestination; words: guess
        raise errors.invalid_delivery(f"The destinationResourceArn {resource} is not valid.")
    old = state.targets.get(params.name)
    if old is None and len(state.targets) >= limits.DELIVERY_DESTINATIONS_MAX:
        raise errors.delivery_quota()
    tags.check(told(params.tags, {}), old.tags if old is not None else {}, params.name)
    return PutDeliveryDestinationResult(delivery_destination=_shown(_made(old, params, call)))


@service.project
def delivery_destination_put(state: Logs, event: Event[PutDeliveryDestination, None]) -> None:
    """The destination is there; its policy and tags stay."""
    name = event.params.name
    state.targets[name] = _made(state.targets.get(name), event.params, event)


@service.read
def get_delivery_destination(state: Logs, call: Call[GetDeliveryDestination]) -> GetDeliveryDestinationResult:
    """One destination."""
    return GetDeliveryDestinationResult(delivery_destination=_shown(_find(state, call.params.name)))


@service.read
def describe_delivery_destinations(
    state: Logs, call: Call[DescribeDeliveryDestinations]
) -> DescribeDeliveryDestinationsResult:
    """Destinations by name: all, or some."""
    wanted = call.params.names

    def keep(target: DeliveryDestination) -> bool:
        return isinstance(wanted, UnsetType) or target.name in wanted

    limit, token = told(call.params.limit, limits.DESCRIBED_MAX), told(call.params.next_token, "") or None
    try:
        found = page(state.targets, token, limit, keep=keep)
    except BadToken as error:
        # evidence: model; words: https://github.com/boto/boto3/issues/1467
        raise errors.invalid_delivery("The specified nextToken is invalid.") from error
    return DescribeDeliveryDestinationsResult(
        delivery_destinations=[_shown(one) for one in found.items], next_token=found.next or UNSET
    )


@service.handle
def delete_delivery_destination(state: Logs, call: Call[DeleteDeliveryDestination]) -> None:
    """Refuse a destination that is delivered to."""
    target = _find(state, call.params.name)
    if any(delivery.destination == target.arn for delivery in state.deliveries.values()):
        # evidence: page API_DeleteDeliveryDestination; words: guess
        raise errors.conflict(
            "The delivery destination cannot be deleted because deliveries are associated with it."
        )


@service.project
def delivery_destination_deleted(state: Logs, event: Event[DeleteDeliveryDestination, None]) -> None:
    """The destination is gone."""
    state.targets.pop(event.params.name, None)


@service.evidence
def deletion_of_destination_failed(state: Logs, event: Event[DeleteDeliveryDestination, None]) -> None:
    """A destination that does not exist to delete is gone."""
    if event.error == "ResourceNotFoundException":
        state.targets.pop(event.params.name, None)


# policies


@service.handle
def put_delivery_destination_policy(
    state: Logs, call: Call[PutDeliveryDestinationPolicy]
) -> PutDeliveryDestinationPolicyResult:
    """The policy, as it was given."""
    _find(state, call.params.delivery_destination_name)
    policy = call.params.delivery_destination_policy
    if not documents.is_policy(policy):
        # evidence: https://github.com/hashicorp/terraform-provider-aws/issues/40885
        raise errors.invalid_delivery("Invalid Delivery Destination resource Policy is provided.")
    return PutDeliveryDestinationPolicyResult(policy=api.Policy(delivery_destination_policy=policy))


@service.project
def delivery_destination_policy_put(state: Logs, event: Event[PutDeliveryDestinationPolicy, None]) -> None:
    """The destination has the policy."""
    target = _noticed(state, event.params.delivery_destination_name, event)
    target.policy = event.params.delivery_destination_policy


@service.read
def get_delivery_destination_policy(
    state: Logs, call: Call[GetDeliveryDestinationPolicy]
) -> GetDeliveryDestinationPolicyResult:
    """The destination's policy; an empty one where it has none."""
    target = _find(state, call.params.delivery_destination_name)
    return GetDeliveryDestinationPolicyResult(policy=api.Policy(delivery_destination_policy=target.policy))


@service.handle
def delete_delivery_destination_policy(state: Logs, call: Call[DeleteDeliveryDestinationPolicy]) -> None:
    """A destination without a policy is no error."""
    _find(state, call.params.delivery_destination_name)


@service.project
def delivery_destination_policy_deleted(
    state: Logs, event: Event[DeleteDeliveryDestinationPolicy, None]
) -> None:
    """The destination has no policy."""
    _noticed(state, event.params.delivery_destination_name, event).policy = UNSET


def kind_of(target: DeliveryDestination) -> str | UnsetType:
    """S3, CWL, FH or XRAY, as far as it is known."""
    if isinstance(target.kind, str):
        return target.kind
    return _KINDS.get(service_of(told(target.resource, "")), UNSET)


def _find(state: Logs, name: str) -> DeliveryDestination:
    found = state.targets.get(name)
    if found is None:
        raise errors.not_there("delivery destination")
    return found


def _noticed(state: Logs, name: str, event: Event[Any, Any]) -> DeliveryDestination:
    arn = event.arn("logs", f"delivery-destination:{name}")
    return known(state.targets, name, event, lambda: DeliveryDestination(name=name, arn=arn))


def _resource(params: PutDeliveryDestination) -> str | UnsetType:
    given = params.delivery_destination_configuration
    return UNSET if isinstance(given, UnsetType) else given.destination_resource_arn


def _made(
    old: DeliveryDestination | None,
    params: PutDeliveryDestination,
    subject: Call[PutDeliveryDestination] | Event[PutDeliveryDestination, Any],
) -> DeliveryDestination:
    return DeliveryDestination(
        name=params.name,
        arn=subject.arn("logs", f"delivery-destination:{params.name}"),
        kind=params.delivery_destination_type,
        resource=_resource(params),
        output_format=params.output_format,
        role=params.role_arn,
        policy=old.policy if old is not None else UNSET,
        tags={**(old.tags if old is not None else {}), **told(params.tags, {})},
    )


def _shown(target: DeliveryDestination) -> api.DeliveryDestination:
    resource = target.resource
    return api.DeliveryDestination(
        name=target.name,
        arn=target.arn,
        delivery_destination_type=kind_of(target),
        output_format=target.output_format,
        delivery_destination_configuration=UNSET
        if isinstance(resource, UnsetType)
        else api.DeliveryDestinationConfiguration(destination_resource_arn=resource),
        role_arn=target.role,
        tags=dict(target.tags) or UNSET,
    )
