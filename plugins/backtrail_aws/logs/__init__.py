"""CloudWatch Logs: groups, streams, events, filters, subscriptions, queries, exports and deliveries.

Covered: all but account policies, data protection, transformers, field indexes, anomaly detectors, integrations,
lookup tables, scheduled queries, imports, live tail, log objects and configuration templates, which answer 501.

What deviates from AWS: what is put is there at once, also in DescribeLogStreams. Events past their retention are not
shown any more, and removed at the next full hour. Metric filters put their values with the events, not by the minute.
A subscription is not tried out when it is made. Queries are complete at once; Insights' other commands are refused as
malformed. Exports end as soon as S3 has taken the objects. Requests are not throttled. Whose policy
allows what is IAM's to say; the account's resource policies are kept and not asked. In a foreign trail no record tells
of the events that were put, for AWS writes none.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from backtrail import Service, hookimpl
from backtrail_aws.logs import (
    access,
    deliveries,
    delivery_destinations,
    delivery_sources,
    destinations,
    event_reads,
    event_searches,
    export_tasks,
    log_events,
    log_groups,
    log_streams,
    metric_filters,
    queries,
    query_definitions,
    resource_policies,
    retention,
    subscription_filters,
    subscriptions,
    tags,
)
from backtrail_aws.logs import baseline as baseline
from backtrail_aws.logs import exposure as exposure
from backtrail_aws.logs import metric_values as metric_values
from backtrail_aws.logs.state import service

__all__ = [
    "access",
    "deliveries",
    "delivery_destinations",
    "delivery_sources",
    "destinations",
    "event_reads",
    "event_searches",
    "export_tasks",
    "log_events",
    "log_groups",
    "log_streams",
    "metric_filters",
    "queries",
    "query_definitions",
    "register_services",
    "resource_policies",
    "retention",
    "service",
    "subscription_filters",
    "subscriptions",
    "tags",
]


@hookimpl
def register_services() -> Iterable[Service[Any]]:
    """The service."""
    return [service]
