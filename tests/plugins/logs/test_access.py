"""What calls need of policies: actions on groups as AWS names them."""

from __future__ import annotations

from typing import Any

import pytest

from backtrail import Params
from backtrail.testing import ACCOUNT
from backtrail_aws.logs import api, service

from .log_scenario import CloudWatchLogs, group_arn

ARN = f"arn:aws:logs:us-east-1:{ACCOUNT}"


@pytest.mark.parametrize(
    ("params", "resources"),
    [
        (api.DeleteLogGroup(log_group_name="g"), [f"{group_arn('g')}:log-stream:"]),
        (api.CreateLogStream(log_group_name="g", log_stream_name="s"), [f"{group_arn('g')}:log-stream:s"]),
        (
            api.GetLogEvents(log_group_identifier=group_arn("g", "210987654321"), log_stream_name="s"),
            [f"{group_arn('g', '210987654321')}:log-stream:s"],
        ),
        (api.TagResource(resource_arn=group_arn("g"), tags={"a": "b"}), [group_arn("g")]),
        (api.DescribeLogGroups(), [f"{group_arn('')}:log-stream:"]),
        (api.TestMetricFilter(filter_pattern="a"), ["*"]),
        (api.DeleteDestination(destination_name="d"), [f"{ARN}:destination:d"]),
        (
            api.StartQuery(log_group_names=["g", "h"], start_time=0, end_time=1, query_string="fields a"),
            [f"{group_arn('g')}:log-stream:", f"{group_arn('h')}:log-stream:"],
        ),
    ],
)
def test_a_call_needs_its_action_on_what_it_names(params: Params, resources: list[str]) -> None:
    """Groups with what follows them, streams, destinations; everything where nothing is named."""
    logs = CloudWatchLogs()
    seen: list[Any] = []
    assert service.authorizer is not None
    call: Any = type("Asked", (), {"params": params, "action": type(params).__name__, "account": ACCOUNT})()
    call.region = "us-east-1"
    call.arn = lambda service, resource, account=None: (
        f"arn:aws:{service}:us-east-1:{account or ACCOUNT}:{resource}"
    )
    seen += service.authorizer(logs.state(), call)
    assert seen[0].action == f"logs:{type(params).__name__}"
    assert seen[0].resources == resources
