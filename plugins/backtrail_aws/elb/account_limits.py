"""What an account may have: https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/API_Limit.html"""

from __future__ import annotations

from backtrail import Call
from backtrail_aws.elb import api, limits, pages
from backtrail_aws.elb.state import ClassicLoadBalancers, service


@service.read
def describe_account_limits(
    state: ClassicLoadBalancers, call: Call[api.DescribeAccountLimits]
) -> api.DescribeAccountLimitsResult:
    """All limits, as the account has them."""
    held = {name: call.quota(name, default) for _, name, default, _ in limits.QUOTAS}
    items = {name: api.Limit(name=name, max=str(value)) for name, value in held.items()}
    found, marker = pages.paged(call.params, items)
    return api.DescribeAccountLimitsResult(limits=found, next_marker=marker)
