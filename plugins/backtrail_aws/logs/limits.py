"""CloudWatch Logs' numbers, each with the page that it comes from.

QUOTAS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
PUT: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
"""

from __future__ import annotations

from typing import Any

from backtrail import Service

SECOND_MS = 1_000
HOUR_MS = 3_600 * SECOND_MS
DAY_MS = 24 * HOUR_MS

GROUPS_MAX = 1_000_000  # API_CreateLogGroup
TAGS_MAX = 50  # API_TagResource

BATCH_EVENTS_MAX = 10_000  # PUT
BATCH_BYTES_MAX = 1_048_576  # PUT
EVENT_BYTES_MAX = 1_048_576  # PUT: 1 MB since April 2025, 256 KB before
EVENT_OVERHEAD_BYTES = 26  # PUT
BATCH_SPAN_MS = DAY_MS  # PUT
OLDEST_MS = 14 * DAY_MS  # PUT
NEWEST_MS = 2 * HOUR_MS  # PUT

DESCRIBED_MAX = 50  # all Describe operations
LISTED_GROUPS_MAX = 1_000  # API_ListLogGroups
PAGE_EVENTS_MAX = 10_000  # API_GetLogEvents, API_FilterLogEvents
PAGE_BYTES_MAX = 1_048_576  # the same
NEWEST_FIRST_FROM_MS = 1_704_067_200_000  # API_FilterLogEvents: January 1, 2024
SEARCHED_STREAMS_MAX = 100  # API_FilterLogEvents

RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
"""API_PutRetentionPolicy."""
DELIVERY_CLASS_DAYS = 1
"""What a group of the DELIVERY class keeps: API_CreateLogGroup."""

METRIC_FILTERS_MAX = 100  # QUOTAS, of one group
DIMENSIONS_MAX = 3  # API_MetricTransformation
SUBSCRIPTIONS_MAX = 2  # QUOTAS, of one group
REGEX_FILTERS_MAX = 5  # QUOTAS, filters with regular expressions of one group
REGEX_IN_PATTERN_MAX = 2  # QUOTAS
RESOURCE_POLICIES_MAX = 10  # API_PutResourcePolicy
POLICY_BYTES_MAX = 5_120  # API_PutResourcePolicy, API_PutDestinationPolicy

QUERY_GROUPS_MAX = 50  # API_StartQuery
QUERY_ROWS = 10_000  # API_StartQuery: without a limit
QUERY_PAGE_ROWS = 10_000  # API_GetQueryResults
QUERY_KEPT_MS = 7 * DAY_MS  # QUOTAS: how long results can be asked for
QUERIES_LISTED_MAX = 1_000  # API_DescribeQueries
QUERY_FIELDS_MAX = 200  # logs/CWL_AnalyzeLogData-discoverable-fields.html: of one JSON event
QUERY_GROUP_LIST_MAX = 500  # API_ListLogGroupsForQuery
DEFINITIONS_MAX = 1_000  # QUOTAS

EXPORT_TIMEOUT_MS = DAY_MS  # logs/S3Export.html: an export task times out after 24 hours
DELIVERY_SOURCES_MAX = DELIVERY_DESTINATIONS_MAX = DELIVERIES_MAX = 1_000  # QUOTAS


def declare(service: Service[Any]) -> None:
    """The quotas that Service Quotas lists of CloudWatch Logs and that are minded here (QUOTAS)."""
    service.quota(
        "L-C7B9AAAB",
        "groups",
        GROUPS_MAX,
        "Log groups",
        what="The maximum number of log groups an account can have",
    )
    service.quota(
        "LOGS-subscription-filters", "subscriptions", SUBSCRIPTIONS_MAX, "Subscription filters per log group",
        adjustable=False, what="The number of subscription filters per log group",
    )  # fmt: skip
