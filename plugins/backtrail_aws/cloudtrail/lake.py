"""CloudTrail Lake: there is none here, as in every account that did not have it before 31 May 2026.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-lake-service-availability-change.html. What lists
Lake's resources answers that there are none; what would make or query one is an honest 501. The log itself takes SQL.
"""

from __future__ import annotations

from backtrail import Call
from backtrail_aws.cloudtrail.api import (
    ListChannels,
    ListChannelsResult,
    ListDashboards,
    ListDashboardsResult,
    ListEventDataStores,
    ListEventDataStoresResult,
    ListImports,
    ListImportsResult,
)
from backtrail_aws.cloudtrail.state import CloudTrail, service


@service.read
def list_event_data_stores(state: CloudTrail, call: Call[ListEventDataStores]) -> ListEventDataStoresResult:
    """None."""
    return ListEventDataStoresResult(event_data_stores=[])


@service.read
def list_channels(state: CloudTrail, call: Call[ListChannels]) -> ListChannelsResult:
    """None."""
    return ListChannelsResult(channels=[])


@service.read
def list_dashboards(state: CloudTrail, call: Call[ListDashboards]) -> ListDashboardsResult:
    """None."""
    return ListDashboardsResult(dashboards=[])


@service.read
def list_imports(state: CloudTrail, call: Call[ListImports]) -> ListImportsResult:
    """None."""
    return ListImportsResult(imports=[])
