"""What an account may have: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Limit.html"""

from __future__ import annotations

from backtrail import Call
from backtrail_aws.elbv2 import api, limits, pages
from backtrail_aws.elbv2.state import LoadBalancers, service


@service.read
def describe_account_limits(
    state: LoadBalancers, call: Call[api.DescribeAccountLimits]
) -> api.DescribeAccountLimitsResult:
    """All limits, the account's own values of those that can be raised."""
    held = {name: call.quota(name, default) for _, name, default, _ in limits.QUOTAS}
    held |= dict(limits.FIXED)
    items = {name: api.Limit(name=name, max=str(value)) for name, value in held.items()}
    found, marker = pages.paged(call.params, items)
    return api.DescribeAccountLimitsResult(limits=found, next_marker=marker)
