"""Classic Load Balancers' numbers: https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-limits.html"""

from __future__ import annotations

BALANCERS_MAX = 20
LISTENERS_MAX = 100
REGISTERED_MAX = 1000
GROUPS_MAX = 5
POLICIES_MAX = 100
TAGS_MAX = 50
"""https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/API_AddTags.html"""

PAGE = (1, 400)
"""https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/API_DescribeLoadBalancers.html"""

PORTS = (1, 65_535)
INTERVAL_S = (5, 300)
TIMEOUT_S = (2, 60)
THRESHOLD = (2, 10)
"""https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/API_HealthCheck.html"""

HEALTH_CHECK = (30, 5, 2, 10)
"""Interval, timeout, unhealthy and healthy threshold of one that nobody configured (elb-healthchecks.html)."""

IDLE_S = (1, 4000)
DRAINING_S = (1, 3600)
DRAINING_DEFAULT_S = 300
"""https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/config-conn-drain.html"""

QUOTAS = (
    ("L-E9E9831D", "classic-load-balancers", BALANCERS_MAX, "Classic Load Balancers per Region"),
    ("ELB-classic-listeners", "classic-listeners", LISTENERS_MAX, "Listeners per Classic Load Balancer"),
    (
        "ELB-classic-registered-instances", "classic-registered-instances", REGISTERED_MAX,
        "Registered Instances per Classic Load Balancer",
    ),
)  # fmt: skip
"""Code, name (as DescribeAccountLimits has it), default, title; the last two codes no document tells."""
