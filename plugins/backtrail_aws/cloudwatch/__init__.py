"""CloudWatch: metrics and their data, metric math, alarms that act, dashboards.

Data lie beside the records of PutMetricData and are kept 15 months, coarser with age. Alarms are looked at every minute
(less often over long evaluations); what a look changes is a record, a look that changes nothing is none. Services' own
metrics have the data that `backtrail inject cloudwatch PutServiceMetric` puts.

Insight rules, anomaly detectors and metric streams are kept; they count, learn and carry nothing. Not covered: alarms
on bands, on PromQL and on logs, Metrics Insights (SELECT), SEARCH with OR and NOT, alarm mute rules, OpsItems and
incidents as actions, images of widgets.
"""

from __future__ import annotations

from backtrail import Service, hookimpl
from backtrail_aws.cloudwatch import (
    access,
    actions,
    alarms,
    anomaly_detectors,
    changes,
    composites,
    dashboards,
    describing,
    figures,
    history,
    insight_rules,
    metric_data,
    metric_streams,
    results,
    tags,
)
from backtrail_aws.cloudwatch.state import CloudWatch, service

__all__ = [
    "access", "actions", "alarms", "anomaly_detectors", "changes", "composites", "dashboards", "describing", "figures",
    "history", "insight_rules", "metric_data", "metric_streams", "register_services", "results", "service", "tags",
]  # fmt: skip


@hookimpl
def register_services() -> list[Service[CloudWatch]]:
    """CloudWatch."""
    return [service]
