"""Elastic Load Balancing, version 2: Application, Network and Gateway Load Balancers, listeners, rules, target groups.

How targets are is worked out when somebody asks, from what the account is: instances, zones, security groups, network
ACLs, routes, as EC2 tells them. Nothing runs in instances, so a target that the load balancer's interfaces can reach on
the port of its checks is taken to answer with 200; `backtrail inject elbv2 FailTarget` makes it answer otherwise. There
is no traffic, hence no logs in buckets either, though a bucket that does not take them is refused.

Not covered: trust stores, IPAM pools, Outposts, resource policies; public addresses of the nodes.
"""

from __future__ import annotations

from backtrail import Service, hookimpl
from backtrail_aws.elbv2 import (
    access,
    account_limits,
    attributes,
    balancer_changes,
    balancers,
    certificates,
    diagnosis,
    faults,
    health,
    interfaces,
    listeners,
    rules,
    ssl_policies,
    tags,
    target_groups,
    targets,
)
from backtrail_aws.elbv2.state import LoadBalancers, service

__all__ = [
    "access", "account_limits", "attributes", "balancer_changes", "balancers", "certificates", "diagnosis", "faults",
    "health", "interfaces", "listeners", "register_services", "rules", "service", "ssl_policies", "tags",
    "target_groups", "targets",
]  # fmt: skip


@hookimpl
def register_services() -> list[Service[LoadBalancers]]:
    """Elastic Load Balancing's second API."""
    return [service]
