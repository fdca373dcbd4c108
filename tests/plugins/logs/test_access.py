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


def test_a_policy_on_a_group_decides_with_iam() -> None:
    """`…:log-group:NAME:*` allows what is done to a group and in it; another group is denied in AWS's words."""
    import json

    import backtrail_aws.iam
    from backtrail.authorization import Iam
    from backtrail.call import Caller
    from backtrail_aws.iam import api as iam

    logs = CloudWatchLogs(backtrail_aws.iam).group("g", "s").group("h")
    statement = {"Effect": "Allow", "Action": "logs:*", "Resource": f"{group_arn('g')}:*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    logs.given(
        iam.CreateUser(user_name="u"),
        iam.PutUserPolicy(user_name="u", policy_name="p", policy_document=document),
        iam.CreateAccessKey(user_name="u"),
        service="iam",
    )
    credential = logs.machine.credential(str(logs.answer.access_key.access_key_id))
    assert credential is not None
    logs.machine.iam = Iam.ENFORCE
    logs.caller = Caller(identity=credential.identity, account=ACCOUNT)
    logs.put("x")
    logs.given(api.PutRetentionPolicy(log_group_name="g", retention_in_days=1))
    logs.when(api.CreateLogStream(log_group_name="h", log_stream_name="s")).refused(
        "AccessDeniedException",
        f"User: arn:aws:iam::{ACCOUNT}:user/u is not authorized to perform: logs:CreateLogStream on resource: "
        f"{group_arn('h')}:log-stream:s because no identity-based policy allows the logs:CreateLogStream action",
    )
    logs.when(api.TagResource(resource_arn=group_arn("g"), tags={"a": "b"})).refused("AccessDeniedException")
    logs.when(api.DescribeLogGroups()).refused("AccessDeniedException")
