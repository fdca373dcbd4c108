"""What metric filters count: values, dimensions, defaults."""

from __future__ import annotations

from typing import Any

import backtrail_aws.logs
from backtrail.testing import EPOCH, Scenario
from backtrail_aws.logs.api import (
    CreateLogGroup,
    CreateLogStream,
    InputLogEvent,
    MetricTransformation,
    PutLogEvents,
    PutMetricFilter,
)

NOW_MS = int(EPOCH.timestamp() * 1000)


def counted(
    pattern: str, *messages: str, value: str = "1", **more: Any
) -> list[tuple[float, dict[str, str]]]:
    """What a filter puts for messages: values with their dimensions."""
    logs = Scenario(backtrail_aws.logs)
    how = MetricTransformation(metric_name="m", metric_namespace="N", metric_value=value, **more)
    logs.given(CreateLogGroup(log_group_name="g"), CreateLogStream(log_group_name="g", log_stream_name="s"))
    logs.given(
        PutMetricFilter(
            log_group_name="g", filter_name="f", filter_pattern=pattern, metric_transformations=[how]
        )
    )
    events = [InputLogEvent(timestamp=NOW_MS, message=message) for message in messages]
    logs.given(PutLogEvents(log_group_name="g", log_stream_name="s", log_events=events))
    assert [command.action for command in logs.commands] == ["PutMetricData"] * len(logs.commands)
    logs.replays()
    data: list[Any] = [one for command in logs.commands for one in getattr(command.params, "metric_data", [])]
    return [
        (one.value, {each.name: each.value for each in one.dimensions} if one.dimensions else {}) for one in data
    ]  # fmt: skip


def test_each_event_that_matches_is_a_value() -> None:
    """Words count by one; others are not counted."""
    assert counted("ERROR", "ERROR a", "fine", "ERROR b") == [(1.0, {}), (1.0, {})]
    assert counted("ERROR", "fine") == []


def test_values_and_dimensions_come_from_the_message() -> None:
    """From JSON wherever they stand in it, from fields by their names; an event that lacks them is not counted."""
    where = {"Code": "$.code"}
    found = counted(
        "{ $.ms > 5 }", '{"ms":7,"code":"a"}', '{"ms":1}', '{"ms":9}', value="$.ms", dimensions=where
    )
    assert found == [(7.0, {"Code": "a"})]
    assert counted("[ip, size]", "10.0.0.1 512", value="$size", dimensions={"Ip": "$ip"}) == [
        (512.0, {"Ip": "10.0.0.1"})
    ]
    assert counted("{ $.ms = * }", '{"ms":"soon"}', '{"ms":"NaN"}', value="$.ms") == []


def test_a_default_stands_for_no_match() -> None:
    """It is put once for events of which none matches."""
    assert counted("ERROR", "fine", "fine", default_value=0.0) == [(0.0, {})]
    assert counted("ERROR", "fine", "ERROR", default_value=0.0) == [(1.0, {})]
