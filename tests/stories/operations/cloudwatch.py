"""CloudWatch: data and metrics, metric math, alarms, composite alarms, dashboards, rules, detectors, streams, tags."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ..driving import TIME, Made, Story, call, refused

ACCOUNT = "123456789012"
ALARMS = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm"
DASHBOARD = f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/main"
RULE = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:insight-rule/talkers"
STREAM = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:metric-stream/out"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:alerts"
FIREHOSE = f"arn:aws:firehose:us-east-1:{ACCOUNT}:deliverystream/f"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
STORE = [{"Name": "Store", "Value": "north"}]
BODY = json.dumps(
    {
        "widgets": [
            {"type": "text", "x": 0, "y": 7, "width": 3, "height": 3, "properties": {"markdown": "Hello"}}
        ]
    }
)
DEFINITION = json.dumps(
    {
        "Schema": {"Name": "CloudWatchLogRule", "Version": 1},
        "LogGroupNames": ["flows"],
        "LogFormat": "JSON",
        "Contribution": {"Keys": ["$.ip"], "Filters": []},
        "AggregateOn": "Count",
    }
)
FROM = Made(lambda kept: datetime.now(UTC) - timedelta(hours=1))
UNTIL = Made(lambda kept: datetime.now(UTC) + timedelta(hours=1))


def metric(id: str, stat: str, *, shown: bool = True) -> dict[str, Any]:
    """A query of the store's orders."""
    named = {"Namespace": "Shop", "MetricName": "Orders", "Dimensions": STORE}
    return {"Id": id, "MetricStat": {"Metric": named, "Period": 3600, "Stat": stat}, "ReturnData": shown}


def ago(minutes: int) -> Made:
    """A time in the past, within one hour of the clock."""

    def make(kept: Mapping[str, Any]) -> datetime:
        now = datetime.now(UTC)
        return max(now - timedelta(minutes=minutes), now.replace(minute=0, second=0, microsecond=0))

    return Made(make)


STORIES = [
    Story(
        "cloudwatch",
        "data are put, listed and asked for",
        [
            call(
                "PutMetricData",
                {
                    "Namespace": "Shop",
                    "MetricData": [
                        {"MetricName": "Orders", "Dimensions": STORE, "Value": 4, "Unit": "Count", "Timestamp": ago(2)},
                        {
                            "MetricName": "Orders", "Dimensions": STORE, "Values": [1.0, 2.0, 3.0],
                            "Counts": [2.0, 1.0, 1.0], "Unit": "Count", "Timestamp": ago(1),
                        },
                        {
                            "MetricName": "Latency", "Unit": "Milliseconds", "StorageResolution": 1,
                            "StatisticValues": {"SampleCount": 10, "Sum": 55, "Minimum": 1, "Maximum": 10},
                        },
                    ],
                },
            ),
            refused("PutMetricData", {"Namespace": "AWS/EC2", "MetricData": []}, "InvalidParameterValue"),
            refused("PutMetricData", {"Namespace": "Shop"}, "MissingParameter"),
            call(
                "ListMetrics",
                {"Namespace": "Shop"},
                {
                    "Metrics": [
                        {"Namespace": "Shop", "MetricName": "Latency", "Dimensions": []},
                        {"Namespace": "Shop", "MetricName": "Orders", "Dimensions": STORE},
                    ]
                },
            ),
            call(
                "GetMetricStatistics",
                {
                    "Namespace": "Shop", "MetricName": "Orders", "Dimensions": STORE, "Period": 7200,
                    "StartTime": FROM, "EndTime": UNTIL,
                    "Statistics": ["Average", "Sum", "Minimum", "Maximum", "SampleCount"],
                },
                {
                    "Label": "Orders",
                    "Datapoints": [
                        {
                            "Timestamp": TIME, "SampleCount": 5.0, "Average": 2.2, "Sum": 11.0, "Minimum": 1.0,
                            "Maximum": 4.0, "Unit": "Count",
                        }
                    ],
                },
            ),
            call(
                "GetMetricStatistics",
                {
                    "Namespace": "Shop", "MetricName": "Orders", "Dimensions": STORE, "Period": 7200,
                    "StartTime": FROM, "EndTime": UNTIL, "ExtendedStatistics": ["p50", "tm80"],
                },
                {
                    "Label": "Orders",
                    "Datapoints": [
                        {"Timestamp": TIME, "Unit": "Count", "ExtendedStatistics": {"p50": 2.0, "tm80": 1.75}}
                    ],
                },
            ),
            refused(
                "GetMetricStatistics",
                {
                    "Namespace": "Shop", "MetricName": "Orders", "Period": 1, "StartTime": FROM, "EndTime": UNTIL,
                    "Statistics": ["Sum"],
                },
                "InvalidParameterCombination",
            ),
            call(
                "GetMetricData",
                {
                    "StartTime": FROM,
                    "EndTime": UNTIL,
                    "MetricDataQueries": [
                        metric("all", "Sum"),
                        metric("most", "Maximum", shown=False),
                        {"Id": "share", "Expression": "100 * most / all", "Label": "share of ${LABEL}"},
                    ],
                },
                {
                    "MetricDataResults": [
                        {
                            "Id": "all", "Label": "Orders", "Timestamps": [TIME], "Values": [11.0],
                            "StatusCode": "Complete",
                        },
                        {
                            "Id": "share", "Label": "share of share", "Timestamps": [TIME],
                            "Values": [400 / 11], "StatusCode": "Complete",
                        },
                    ],
                    "Messages": [],
                },
            ),
            refused(
                "GetMetricData",
                {
                    "StartTime": FROM, "EndTime": UNTIL,
                    "MetricDataQueries": [{"Id": "e", "Expression": "nothing + 1"}],
                },
                "ValidationError",
            ),
        ],
    ),
    Story(
        "cloudwatch",
        "alarms are put, set, switched and deleted",
        [
            call(
                "PutMetricAlarm",
                {
                    "AlarmName": "busy", "AlarmDescription": "too many", "ActionsEnabled": True,
                    "AlarmActions": [TOPIC], "MetricName": "Orders", "Namespace": "Shop", "Statistic": "Sum",
                    "Dimensions": STORE, "Period": 60, "EvaluationPeriods": 3, "DatapointsToAlarm": 2,
                    "Threshold": 10, "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "ignore",
                    "Tags": [{"Key": "team", "Value": "x"}],
                },
            ),
            refused("PutMetricAlarm", {"AlarmName": " busy", "EvaluationPeriods": 1}, "ValidationError"),
            call(
                "PutCompositeAlarm",
                {"AlarmName": "all", "AlarmRule": 'ALARM("busy") OR NOT OK(busy)', "AlarmDescription": "any"},
            ),
            refused(
                "PutCompositeAlarm", {"AlarmName": "bad", "AlarmRule": "ALARM(none)"}, "ValidationError"
            ),
            refused("DeleteAlarms", {"AlarmNames": ["busy"]}, "ValidationError"),
            call("DisableAlarmActions", {"AlarmNames": ["busy"]}),
            call(
                "DescribeAlarms",
                {"AlarmNamePrefix": "bu"},
                {
                    "MetricAlarms": [
                        {
                            "AlarmName": "busy", "AlarmArn": f"{ALARMS}:busy", "AlarmDescription": "too many",
                            "AlarmConfigurationUpdatedTimestamp": TIME, "ActionsEnabled": False, "OKActions": [],
                            "AlarmActions": [TOPIC], "InsufficientDataActions": [],
                            "StateValue": "INSUFFICIENT_DATA", "StateReason": "Unchecked: Initial alarm creation",
                            "StateUpdatedTimestamp": TIME, "MetricName": "Orders", "Namespace": "Shop",
                            "Statistic": "Sum", "Dimensions": STORE, "Period": 60, "EvaluationPeriods": 3,
                            "DatapointsToAlarm": 2, "Threshold": 10.0,
                            "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "ignore",
                            "StateTransitionedTimestamp": TIME,
                        }
                    ],
                    "CompositeAlarms": [],
                },
            ),
            call("EnableAlarmActions", {"AlarmNames": ["busy"]}),
            call(
                "SetAlarmState",
                {
                    "AlarmName": "busy", "StateValue": "OK", "StateReason": "testing",
                    "StateReasonData": '{"a":1}',
                },
            ),
            refused(
                "SetAlarmState",
                {"AlarmName": "none", "StateValue": "OK", "StateReason": "testing"},
                "ResourceNotFound",
            ),
            call(
                "DescribeAlarmsForMetric",
                {"Namespace": "Shop", "MetricName": "Orders", "Dimensions": STORE, "Statistic": "Sum"},
                {"MetricAlarms": [...]},
            ),
            call(
                "DescribeAlarms",
                {"AlarmTypes": ["CompositeAlarm"]},
                {
                    "MetricAlarms": [],
                    "CompositeAlarms": [
                        {
                            "ActionsEnabled": True, "AlarmActions": [], "AlarmArn": f"{ALARMS}:all",
                            "AlarmConfigurationUpdatedTimestamp": TIME, "AlarmDescription": "any",
                            "AlarmName": "all", "AlarmRule": 'ALARM("busy") OR NOT OK(busy)',
                            "InsufficientDataActions": [], "OKActions": [],
                            "StateReason": re.compile(f"{ALARMS}:busy transitioned to OK at .* UTC"),
                            "StateReasonData": re.compile(r'\{"triggeringAlarms":\[.*\]\}'),
                            "StateUpdatedTimestamp": TIME, "StateValue": "OK", "StateTransitionedTimestamp": TIME,
                        }
                    ],
                },
            ),
            call(
                "DescribeAlarmHistory",
                {"AlarmName": "busy", "HistoryItemType": "StateUpdate"},
                {
                    "AlarmHistoryItems": [
                        {
                            "AlarmName": "busy", "AlarmType": "MetricAlarm", "Timestamp": TIME,
                            "HistoryItemType": "StateUpdate",
                            "HistorySummary": "Alarm updated from INSUFFICIENT_DATA to OK",
                            "HistoryData": re.compile(r'\{"version":"1.0","oldState":.*"newState":.*\}'),
                        }
                    ]
                },
            ),
            call("ListTagsForResource", {"ResourceARN": f"{ALARMS}:busy"}, {"Tags": [{"Key": "team", "Value": "x"}]}),
            call("TagResource", {"ResourceARN": f"{ALARMS}:busy", "Tags": [{"Key": "a", "Value": "b"}]}),
            call("UntagResource", {"ResourceARN": f"{ALARMS}:busy", "TagKeys": ["team"]}),
            call("ListTagsForResource", {"ResourceARN": f"{ALARMS}:busy"}, {"Tags": [{"Key": "a", "Value": "b"}]}),
            refused("ListTagsForResource", {"ResourceARN": f"{ALARMS}:none"}, "ResourceNotFoundException"),
            call("DeleteAlarms", {"AlarmNames": ["busy", "all"]}),
            call("DescribeAlarms", {}, {"MetricAlarms": [], "CompositeAlarms": []}),
        ],
    ),
    Story(
        "cloudwatch",
        "dashboards",
        [
            call(
                "PutDashboard", {"DashboardName": "main", "DashboardBody": BODY}, {"DashboardValidationMessages": []}
            ),
            refused("PutDashboard", {"DashboardName": "main", "DashboardBody": "{"}, "InvalidParameterInput"),
            call(
                "GetDashboard", {"DashboardName": "main"},
                {"DashboardArn": DASHBOARD, "DashboardBody": BODY, "DashboardName": "main"},
            ),
            call(
                "ListDashboards", {"DashboardNamePrefix": "ma"},
                {
                    "DashboardEntries": [
                        {"DashboardName": "main", "DashboardArn": DASHBOARD, "LastModified": TIME, "Size": len(BODY)}
                    ]
                },
            ),
            call("DeleteDashboards", {"DashboardNames": ["main"]}),
            refused("GetDashboard", {"DashboardName": "main"}, "ResourceNotFound"),
        ],
    ),
    Story(
        "cloudwatch",
        "rules, detectors and streams",
        [
            call("PutInsightRule", {"RuleName": "talkers", "RuleDefinition": DEFINITION}),
            refused("PutInsightRule", {"RuleName": "bad", "RuleDefinition": "{"}, "InvalidParameterValue"),
            call("DisableInsightRules", {"RuleNames": ["talkers"]}, {"Failures": []}),
            call(
                "DescribeInsightRules", {},
                {
                    "InsightRules": [
                        {
                            "Name": "talkers", "State": "DISABLED",
                            "Schema": '{"Name":"CloudWatchLogRule","Version":1}', "Definition": DEFINITION,
                            "ManagedRule": False,
                        }
                    ]
                },
            ),
            call(
                "EnableInsightRules", {"RuleNames": ["talkers", "none"]},
                {
                    "Failures": [
                        {
                            "FailureResource": "none", "ExceptionType": "ResourceNotFoundException",
                            "FailureCode": "404", "FailureDescription": "Rule none does not exist",
                        }
                    ]
                },
            ),
            call("TagResource", {"ResourceARN": RULE, "Tags": [{"Key": "a", "Value": "b"}]}),
            call("DeleteInsightRules", {"RuleNames": ["talkers"]}, {"Failures": []}),
            call(
                "PutAnomalyDetector",
                {
                    "SingleMetricAnomalyDetector": {
                        "Namespace": "Shop", "MetricName": "Orders", "Dimensions": STORE, "Stat": "Sum",
                    }
                },
                {"AnomalyDetectorId": str},
            ),
            call(
                "DescribeAnomalyDetectors", {"Namespace": "Shop"},
                {
                    "AnomalyDetectors": [
                        {
                            "AnomalyDetectorId": str, "Namespace": "Shop", "MetricName": "Orders",
                            "Dimensions": STORE, "Stat": "Sum", "StateValue": "PENDING_TRAINING",
                            "SingleMetricAnomalyDetector": {
                                "Namespace": "Shop", "MetricName": "Orders", "Dimensions": STORE, "Stat": "Sum",
                            },
                        }
                    ]
                },
            ),
            call(
                "DeleteAnomalyDetector",
                {
                    "SingleMetricAnomalyDetector": {
                        "Namespace": "Shop", "MetricName": "Orders", "Dimensions": STORE, "Stat": "Sum",
                    }
                },
            ),
            call(
                "PutMetricStream",
                {
                    "Name": "out", "FirehoseArn": FIREHOSE, "RoleArn": ROLE, "OutputFormat": "json",
                    "IncludeFilters": [{"Namespace": "Shop"}],
                },
                {"Arn": STREAM},
            ),
            call("StopMetricStreams", {"Names": ["out"]}),
            call("StartMetricStreams", {"Names": ["out"]}),
            call(
                "GetMetricStream", {"Name": "out"},
                {
                    "Arn": STREAM, "Name": "out", "IncludeFilters": [{"Namespace": "Shop"}],
                    "FirehoseArn": FIREHOSE, "RoleArn": ROLE, "State": "running", "CreationDate": TIME,
                    "LastUpdateDate": TIME, "OutputFormat": "json", "IncludeLinkedAccountsMetrics": False,
                },
            ),
            call(
                "ListMetricStreams", {},
                {
                    "Entries": [
                        {
                            "Arn": STREAM, "CreationDate": TIME, "LastUpdateDate": TIME, "Name": "out",
                            "FirehoseArn": FIREHOSE, "State": "running", "OutputFormat": "json",
                        }
                    ]
                },
            ),
            call("DeleteMetricStream", {"Name": "out"}),
            refused("GetMetricStream", {"Name": "out"}, "ResourceNotFoundException"),
        ],
    ),
]  # fmt: skip
