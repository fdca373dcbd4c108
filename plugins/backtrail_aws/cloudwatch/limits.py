"""CloudWatch's numbers, each with the page that it comes from.

Q: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
"""

from __future__ import annotations

from datetime import timedelta

MINUTE, FIVE_MINUTES, HOUR, DAY = 60, 300, 3_600, 86_400

# How long data are kept in which resolution: API_GetMetricStatistics
SECONDS_KEPT_S = 3 * HOUR
MINUTES_KEPT_S = 15 * DAY
FIVES_KEPT_S = 63 * DAY
HOURS_KEPT_S = 455 * DAY

VALUES_MAX = 150
"""Values that one datum may hold (API_MetricDatum), and different values that a minute keeps for percentiles: where
there are more, they are kept to about 1 % (ours; AWS's own sketch is coarser)."""
VALUE_STEP = 1.02

DATA_MAX = 1_000  # Q: PutMetricData, metrics in a request
DIMENSIONS_MAX = 30  # API_MetricDatum
PAST = timedelta(days=14)  # API_MetricDatum, Timestamp
FUTURE = timedelta(hours=2)  # API_MetricDatum, Timestamp
VALUE_BOUND = 2.0**360  # API_MetricDatum, Value: -2^360 to 2^360

LISTED = timedelta(days=14)  # API_ListMetrics: metrics without data in the past two weeks are not
RECENTLY = timedelta(hours=3)  # API_ListMetrics, RecentlyActive
LISTED_MAX = 500  # API_ListMetrics
STATISTICS_MAX = 1_440  # API_GetMetricStatistics, data points
STATISTICS_NAMED_MAX = 5  # API_GetMetricStatistics, Statistics
EXTENDED_MAX = 10  # API_GetMetricStatistics, ExtendedStatistics
QUERIES_MAX = 500  # API_GetMetricData
DATAPOINTS_MAX = 100_800  # API_GetMetricData, MaxDatapoints

EXTRA_PERIODS = 2
"""How many periods beyond the evaluated ones are looked at: AWS does not say; its examples have 5 for 3.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"""
LOOKS = 60
"""How often an alarm is looked at over all the periods that it evaluates, at least a minute apart (ours: AWS looks
every minute whatever the period)."""
EVALUATED_S = 7 * DAY  # API_PutMetricAlarm, Period
EVALUATED_SHORT_S = DAY  # API_PutMetricAlarm, Period: for periods of less than an hour
ALARM_METRICS_MAX = 10  # Q: metrics in an alarm's expression
ALARMS_MAX = 5_000  # Q
ACTIONS_MAX = 5  # Q
DESCRIBED_MAX = 100  # API_DescribeAlarms, MaxRecords
DESCRIBED_DEFAULT = 50  # API_DescribeAlarms
CHILDREN_MAX = 100  # API_PutCompositeAlarm
HISTORY_KEPT = timedelta(days=30)  # monitoring/AlarmThatSendsEmail.html
RULES_LISTED_MAX = 500  # API_DescribeInsightRules
TAGS_MAX = 50  # API_TagResource
