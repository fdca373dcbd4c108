"""Event selectors: which records a trail gets, as it is told.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html and
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.cloudtrail import advanced, errors, limits, names, spans, trails
from backtrail_aws.cloudtrail.api import (
    DataResource,
    EventSelector,
    GetEventSelectors,
    GetEventSelectorsResult,
    PutEventSelectors,
    PutEventSelectorsResult,
)
from backtrail_aws.cloudtrail.state import CloudTrail, service

_VALUES: Final = {
    "AWS::S3::Object": re.compile(r"arn:[a-z-]+:s3(?::::(?:[a-z0-9.-]+/.*)?)?"),
    "AWS::Lambda::Function": re.compile(r"arn:[a-z-]+:lambda(?::[a-z0-9-]+:\d{12}:function:[\w:-]+)?"),
    "AWS::DynamoDB::Table": re.compile(r"arn:[a-z-]+:dynamodb(?::[a-z0-9-]+:\d{12}:table/[\w.-]+)?"),
}
_EXCLUDED: Final = frozenset({"kms.amazonaws.com", "rdsdata.amazonaws.com"})  # API_EventSelector
_KINDS: Final = ("All", "ReadOnly", "WriteOnly")
STANDARD: Final = EventSelector(
    read_write_type="All",
    include_management_events=True,
    data_resources=[],
    exclude_management_event_sources=[],
)
"""What a trail logs that nobody told otherwise."""


@service.handle(at=names.owner)
def put_event_selectors(state: CloudTrail, call: Call[PutEventSelectors]) -> PutEventSelectorsResult:
    """These selectors in the place of those before."""
    params = call.params
    trail = names.own(state, call, params.trail_name, "update")
    basic, fine = told(params.event_selectors, []), told(params.advanced_event_selectors, [])
    if bool(basic) == bool(fine):
        # evidence: API_PutEventSelectors; words: guess
        raise errors.bad_selectors("Specify either EventSelectors or AdvancedEventSelectors, but not both.")
    if fine:
        advanced.check(fine)
        return PutEventSelectorsResult(trail_arn=trail.arn, advanced_event_selectors=fine)
    _check(basic)
    return PutEventSelectorsResult(trail_arn=trail.arn, event_selectors=[_whole(one) for one in basic])


@service.project(at=names.owner)
def event_selectors_put(state: CloudTrail, event: Event[PutEventSelectors, PutEventSelectorsResult]) -> None:
    """They hold from here on."""
    params, result = event.params, event.result
    trail = names.at(state, event, params.trail_name, result.trail_arn)
    if trail is None:
        return
    basic = told(result.event_selectors, told(params.event_selectors, []))
    fine = told(result.advanced_event_selectors, told(params.advanced_event_selectors, []))
    trail.basic = [_whole(one) for one in basic] if basic else UNSET
    trail.advanced = fine if fine else UNSET
    spans.selected(trail, event.id)


@service.evidence(at=names.owner)
def put_failed(state: CloudTrail, event: Event[PutEventSelectors, None]) -> None:
    """There was no such trail."""
    trails.gone(state, event)


@service.read(at=names.owner)
def get_event_selectors(state: CloudTrail, call: Call[GetEventSelectors]) -> GetEventSelectorsResult:
    """A trail's selectors; the standard one of a trail that was never told."""
    trail = names.find(state, call, call.params.trail_name)
    if not isinstance(trail.advanced, UnsetType):
        return GetEventSelectorsResult(trail_arn=trail.arn, advanced_event_selectors=trail.advanced)
    return GetEventSelectorsResult(trail_arn=trail.arn, event_selectors=told(trail.basic, [STANDARD]))


@service.evidence(at=names.owner)
def get_failed(state: CloudTrail, event: Event[GetEventSelectors, None]) -> None:
    """There was no such trail."""
    trails.gone(state, event)


def _whole(selector: EventSelector) -> EventSelector:
    """A selector with AWS's defaults in it, as real answers have them."""
    return msgspec.structs.replace(
        selector,
        read_write_type=told(selector.read_write_type, "All"),
        include_management_events=told(selector.include_management_events, True),
        data_resources=[
            DataResource(type=one.type, values=told(one.values, []))
            for one in told(selector.data_resources, [])
        ],
        exclude_management_event_sources=told(selector.exclude_management_event_sources, []),
    )


def _check(selectors: list[EventSelector]) -> None:
    if len(selectors) > limits.SELECTORS_MAX:
        # evidence: API_PutEventSelectors; words: guess
        raise errors.bad_selectors(
            f"Specify a valid number of selectors (1 to {limits.SELECTORS_MAX}) for your trail."
        )
    for selector in selectors:
        _check_one(selector)
    counted = sum(
        len(told(one.values, [])) for selector in selectors for one in told(selector.data_resources, [])
    )
    if counted > limits.DATA_RESOURCES_MAX:
        # evidence: https://github.com/aws-solutions/aws-crr-monitor/issues/7
        raise errors.bad_selectors(
            "Specify a valid number of DataResources.Values (0 to 250) for all your selectors"
        )


def _check_one(selector: EventSelector) -> None:
    if told(selector.read_write_type, "All") not in _KINDS:
        # evidence: model; words: guess
        raise errors.bad_selectors(f"Value {selector.read_write_type} for ReadWriteType is invalid.")
    resources = told(selector.data_resources, [])
    if selector.include_management_events is False and not resources:
        # evidence: https://github.com/awsdocs/aws-cloudformation-user-guide/pull/752
        raise errors.bad_selectors(
            "Invalid combination of parameters in EventSelectors. When includeManagementEvents is false, "
            "DataResources must not be empty."
        )
    for source in told(selector.exclude_management_event_sources, []):
        if source not in _EXCLUDED:
            # evidence: API_EventSelector; words: guess
            raise errors.bad_selectors(f"Value {source} for ExcludeManagementEventSources is invalid.")
    for resource in resources:
        pattern = _VALUES.get(told(resource.type, ""))
        if pattern is None:
            # evidence: API_DataResource; words: guess
            raise errors.bad_selectors(f"Value {told(resource.type, '')} for DataResources.Type is invalid.")
        for value in told(resource.values, []):
            if pattern.fullmatch(value) is None:
                # evidence: https://github.com/hashicorp/terraform-provider-aws/issues/4043
                raise errors.bad_selectors(f"Value {value} for DataResources.Values is invalid.")
