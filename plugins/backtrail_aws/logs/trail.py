"""How CloudTrail writes CloudWatch Logs: its own names, times as numbers, no result of most writes.

What is put into streams never stands in a record (AWS writes none of PutLogEvents at all).
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/logging_cw_api_calls_cwl.html
"""

from __future__ import annotations

from backtrail.trail.declare import Trail

TRAIL = Trail(
    sealed=frozenset({"PutLogEvents.logEvents", "TestMetricFilter.logEventMessages"}),
    # records of AWS's own services have it: made in an account for another one
    added={"CreateLogStream.forAccount": "str"},
    # What the service does by itself stands among the calls that do it.
    data_events=frozenset({"ExpireLogEvents", "DeliverLogEvents"}),
)
"""CloudWatch Logs' declaration."""
