"""What `aws logs describe-log-groups` printed."""

from __future__ import annotations

from backtrail import Event, listed, told
from backtrail_aws.logs import api
from backtrail_aws.logs.state import Logs, service


@service.observed
def groups_observed(state: Logs, event: Event[api.DescribeLogGroups, api.DescribeLogGroupsResult]) -> None:
    """There are these groups, kept for so long."""
    groups = told(event.result.log_groups, [])
    listed.fold(
        service,
        state,
        event,
        "CreateLogGroup",
        groups,
        state.groups,
        lambda one: one.log_group_name,
    )
    for one in groups:
        group = state.groups.get(told(one.log_group_name, ""))
        if group is not None and isinstance(one.retention_in_days, int):
            group.retention_days = one.retention_in_days
