"""The numbers of the second API, as these pages have them.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-limits.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/gateway/quotas-limits.html
"""

from __future__ import annotations

LOAD_BALANCERS = {"application": 50, "network": 50, "gateway": 100}
TARGET_GROUPS_MAX = 3000
TARGETS_PER_GROUP_MAX = 1000
TARGETS_PER_BALANCER = {"application": 1000, "network": 3000, "gateway": 300}
GROUPS_PER_BALANCER_MAX = 100
LISTENERS_MAX = 50
RULES_MAX = 100
CERTIFICATES_MAX = 25
GROUPS_PER_ACTION_MAX = 5
CONDITION_VALUES_MAX = 5
WILDCARDS_MAX = 6
TAGS_MAX = 50
DESCRIBE_TAGS_MAX = 20

PAGE = (1, 400)
"""PageSize: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html"""

NAMES_MAX = 20
"""How many ARNs or names a Describe takes: the same page."""

PRIORITIES = (1, 50_000)
PORTS = (1, 65_535)
WEIGHTS = (0, 999)
INTERVAL_S = (5, 300)
TIMEOUT_S = (2, 120)
THRESHOLD = (2, 10)
"""https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html"""

PROVISIONING_S = 120.0
"""How long a load balancer is provisioning: some minutes, says the guide."""

QUOTAS = (
    ("L-53DA6B97", "application-load-balancers", 50, "Application Load Balancers per Region"),
    ("L-69A177A2", "network-load-balancers", 50, "Network Load Balancers per Region"),
    ("ELB-gateway-load-balancers", "gateway-load-balancers", 100, "Gateway Load Balancers per Region"),
    ("L-B22855CB", "target-groups", TARGET_GROUPS_MAX, "Target Groups per Region"),
    ("L-B6DF7632", "listeners-per-application-load-balancer", 50, "Listeners per Application Load Balancer"),
    ("L-57A373D6", "listeners-per-network-load-balancer", 50, "Listeners per Network Load Balancer"),
    (
        "ELB-rules-per-application-load-balancer", "rules-per-application-load-balancer", 100,
        "Rules per Application Load Balancer",
    ),
    ("L-7E6692B2", "targets-per-application-load-balancer", 1000, "Targets per Application Load Balancer"),
    ("L-EEF1AD04", "targets-per-network-load-balancer", 3000, "Targets per Network Load Balancer"),
    ("L-A0D0B863", "targets-per-target-group-per-region", 1000, "Targets per Target Group per Region"),
    (
        "ELB-certificates-per-application-load-balancer", "certificates-per-application-load-balancer", 25,
        "Certificates per Application Load Balancer",
    ),
)  # fmt: skip
"""Code, name as DescribeAccountLimits has it, default, title as Service Quotas lists it. Codes that no document tells
begin otherwise than AWS's."""

FIXED = (
    ("target-groups-per-action-on-application-load-balancer", 5),
    ("target-groups-per-action-on-network-load-balancer", 1),
    ("target-groups-per-application-load-balancer", 100),
    ("condition-values-per-alb-rule", 5),
    ("condition-wildcards-per-alb-rule", 6),
    ("targets-per-availability-zone-per-network-load-balancer", 500),
    ("certificates-per-network-load-balancer", 25),
    ("gateway-load-balancers-per-vpc", 100),
    ("geneve-target-groups", 100),
    ("targets-per-availability-zone-per-gateway-load-balancer", 300),
)
"""What DescribeAccountLimits lists beside those (API_Limit)."""
