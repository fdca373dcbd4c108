"""Insight selectors: kept and given back. No insights are made.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutInsightSelectors.html
"""

from __future__ import annotations

from backtrail import Call, Event, UnsetType, told
from backtrail_aws.cloudtrail import errors, names, trails
from backtrail_aws.cloudtrail.api import (
    GetInsightSelectors,
    GetInsightSelectorsResult,
    PutInsightSelectors,
    PutInsightSelectorsResult,
)
from backtrail_aws.cloudtrail.state import CloudTrail, Trail, service

_TYPES = ("ApiCallRateInsight", "ApiErrorRateInsight")  # API_InsightSelector


@service.handle(at=names.owner)
def put_insight_selectors(state: CloudTrail, call: Call[PutInsightSelectors]) -> PutInsightSelectorsResult:
    """These selectors in the place of those before; an empty list turns insights off."""
    params = call.params
    if isinstance(params.event_data_store, str) or isinstance(params.insights_destination, str):
        # evidence: model; words: guess
        raise errors.bad_parameter(
            "Insights for event data stores are not available: there is no CloudTrail Lake here."
        )
    trail = names.own(state, call, params.trail_name, "update")
    given = told(params.insight_selectors, [])
    kinds = [told(one.insight_type, "") for one in given]
    if any(kind not in _TYPES for kind in kinds) or len(set(kinds)) != len(kinds):
        # evidence: model; words: guess
        raise errors.bad_insights(f"Valid values for InsightType are {_TYPES[0]} and {_TYPES[1]}, each once.")
    if given and not _logs_writes(trail):
        # evidence: model; words: guess
        raise errors.bad_insights(
            "The trail must log write management events for ApiCallRateInsight, and read or write management events "
            "for ApiErrorRateInsight."
        )
    return PutInsightSelectorsResult(trail_arn=trail.arn, insight_selectors=given)


def _logs_writes(trail: Trail) -> bool:
    if not isinstance(trail.advanced, UnsetType):
        return any(
            "Management" in told(field.equals, [])
            for one in trail.advanced
            for field in told(one.field_selectors, [])
        )
    basic = told(trail.basic, [])
    return not basic or any(told(one.include_management_events, True) for one in basic)


@service.project(at=names.owner)
def insight_selectors_put(
    state: CloudTrail, event: Event[PutInsightSelectors, PutInsightSelectorsResult]
) -> None:
    """The trail has them."""
    trail = names.at(state, event, event.params.trail_name, event.result.trail_arn)
    if trail is not None:
        trail.insights = told(event.result.insight_selectors, told(event.params.insight_selectors, []))


@service.evidence(at=names.owner)
def put_failed(state: CloudTrail, event: Event[PutInsightSelectors, None]) -> None:
    """There was no such trail."""
    trails.gone(state, event)


@service.read(at=names.owner)
def get_insight_selectors(state: CloudTrail, call: Call[GetInsightSelectors]) -> GetInsightSelectorsResult:
    """A trail's selectors. A trail without any is an error."""
    trail = names.find(state, call, call.params.trail_name)
    found = told(trail.insights, [])
    if not found:
        raise errors.no_insights(trail.arn)
    return GetInsightSelectorsResult(trail_arn=trail.arn, insight_selectors=found)
