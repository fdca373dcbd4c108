"""How CloudTrail writes CloudWatch: by the rules; nothing in it is secret.

PutMetricData and the reads of data are data events, https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/
logging_cw_api_calls.html; the data themselves stand in the note. Times of answers, which no record shows, are kept to
the millisecond.
"""

from __future__ import annotations

from backtrail.trail.declare import Trail
from backtrail.trail.times import CommaTime

_ALARM_TIMES = (
    "AlarmConfigurationUpdatedTimestamp",
    "StateTransitionedTimestamp",
    "StateUpdatedTimestamp",
)

TRAIL = Trail(
    time=CommaTime,
    errors={"ValidationError": "ValidationException"},  # a real record of 2017
    noted=frozenset({"PutMetricData.EntityMetricData", "PutMetricData.MetricData"}),
    typed={
        **{
            f"{kind}.{member}": "IsoMillisZ"
            for kind in ("CompositeAlarm", "MetricAlarm")
            for member in _ALARM_TIMES
        },
        "AlarmHistoryItem.Timestamp": "IsoMillisZ",
        "DashboardEntry.LastModified": "IsoMillisZ",
        "MetricDatum.Timestamp": "IsoMillisZ",
    },
)
"""CloudWatch's declaration."""
