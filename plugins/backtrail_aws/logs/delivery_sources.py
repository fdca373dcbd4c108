"""Delivery sources: resources of other services that deliver their logs through this one.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliverySource.html
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, BadToken, Call, Event, UnsetType, page, told
from backtrail_aws.logs import api, errors, limits, tags
from backtrail_aws.logs.api import (
    DeleteDeliverySource,
    DescribeDeliverySources,
    DescribeDeliverySourcesResult,
    GetDeliverySource,
    GetDeliverySourceResult,
    PutDeliverySource,
    PutDeliverySourceResult,
)
from backtrail_aws.logs.state import DeliverySource, Logs, service
from backtrail_aws.logs.subscription_filters import service_of


@service.handle
def put_delivery_source(state: Logs, call: Call[PutDeliverySource]) -> PutDeliverySourceResult:
    """The source, new or with other parameters, but never of another resource."""
    params = call.params
    if not service_of(params.resource_arn):
        # evidence: model; words: guess
        raise errors.invalid_delivery(f"The resourceArn {params.resource_arn} is not valid.")
    old = state.sources.get(params.name)
    if old is not None and old.resource not in ("", params.resource_arn):
        # evidence: https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2513
        raise errors.invalid_delivery(
            "Update to existing Delivery Source with new ResourceId is not allowed. Please create a new Delivery "
            "Source instead."
        )
    for other in state.sources.values():
        same = (other.resource, other.log_type) == (params.resource_arn, params.log_type)
        if same and other.name != params.name:
            # evidence: https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2513; words: guess
            raise errors.conflict(
                "This ResourceId has already been used in another Delivery Source in this account."
            )
    if old is None and len(state.sources) >= limits.DELIVERY_SOURCES_MAX:
        raise errors.delivery_quota()
    tags.check(told(params.tags, {}), old.tags if old is not None else {}, params.name)
    return PutDeliverySourceResult(delivery_source=_shown(_made(old, params, call)))


@service.project
def delivery_source_put(state: Logs, event: Event[PutDeliverySource, None]) -> None:
    """The source is there; its tags stay."""
    name = event.params.name
    state.sources[name] = _made(state.sources.get(name), event.params, event)


@service.read
def get_delivery_source(state: Logs, call: Call[GetDeliverySource]) -> GetDeliverySourceResult:
    """One source."""
    return GetDeliverySourceResult(delivery_source=_shown(_find(state, call.params.name)))


@service.read
def describe_delivery_sources(
    state: Logs, call: Call[DescribeDeliverySources]
) -> DescribeDeliverySourcesResult:
    """Sources by name: all, or those of some resources."""
    wanted = call.params.resource_arns

    def keep(source: DeliverySource) -> bool:
        return isinstance(wanted, UnsetType) or source.resource in wanted

    limit, token = told(call.params.limit, limits.DESCRIBED_MAX), told(call.params.next_token, "") or None
    try:
        found = page(state.sources, token, limit, keep=keep)
    except BadToken as error:
        # evidence: model; words: https://github.com/boto/boto3/issues/1467
        raise errors.invalid_delivery("The specified nextToken is invalid.") from error
    return DescribeDeliverySourcesResult(
        delivery_sources=[_shown(one) for one in found.items], next_token=found.next or UNSET
    )


@service.handle
def delete_delivery_source(state: Logs, call: Call[DeleteDeliverySource]) -> None:
    """Refuse a source that delivers."""
    source = _find(state, call.params.name)
    if any(delivery.source == source.name for delivery in state.deliveries.values()):
        # evidence: page API_DeleteDeliverySource; words: guess
        raise errors.conflict(
            "The delivery source cannot be deleted because deliveries are associated with it."
        )


@service.project
def delivery_source_deleted(state: Logs, event: Event[DeleteDeliverySource, None]) -> None:
    """The source is gone."""
    state.sources.pop(event.params.name, None)


@service.evidence
def deletion_of_source_failed(state: Logs, event: Event[DeleteDeliverySource, None]) -> None:
    """A source that does not exist to delete is gone."""
    if event.error == "ResourceNotFoundException":
        state.sources.pop(event.params.name, None)


def _find(state: Logs, name: str) -> DeliverySource:
    found = state.sources.get(name)
    if found is None:
        raise errors.not_there("delivery source")
    return found


def _made(
    old: DeliverySource | None,
    params: PutDeliverySource,
    subject: Call[PutDeliverySource] | Event[PutDeliverySource, Any],
) -> DeliverySource:
    return DeliverySource(
        name=params.name,
        arn=subject.arn("logs", f"delivery-source:{params.name}"),
        resource=params.resource_arn,
        log_type=params.log_type,
        configuration=params.delivery_source_configuration,
        tags={**(old.tags if old is not None else {}), **told(params.tags, {})},
    )


def _shown(source: DeliverySource) -> api.DeliverySource:
    return api.DeliverySource(
        name=source.name,
        arn=source.arn,
        resource_arns=[source.resource] if source.resource else UNSET,
        service=service_of(source.resource) or UNSET,
        log_type=source.log_type or UNSET,
        tags=dict(source.tags) or UNSET,
        delivery_source_configuration=source.configuration,
        status="ACTIVE",
    )
