"""What `aws cloudtrail describe-trails` printed: those of this region, their settings; not whether they log."""

from __future__ import annotations

from backtrail import Event, listed, told
from backtrail_aws.cloudtrail import api
from backtrail_aws.cloudtrail.state import CloudTrail, service


@service.observed
def trails_observed(state: CloudTrail, event: Event[api.DescribeTrails, api.DescribeTrailsResult]) -> None:
    """There are these trails."""
    here = [
        one
        for one in told(event.result.trail_list, [])
        if told(one.home_region, event.region) == event.region
    ]
    listed.fold(service, state, event, "CreateTrail", here, state.trails, lambda one: one.trail_arn)
