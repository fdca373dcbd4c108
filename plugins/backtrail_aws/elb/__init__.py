"""Elastic Load Balancing's first API: Classic Load Balancers in a VPC.

How instances are is worked out when somebody asks, from what the account is: instances, zones, security groups, network
ACLs, routes, as EC2 tells them. Nothing runs in instances, so one that the load balancer's interfaces can reach on the
port of its checks is taken to pass them; `backtrail inject elb FailInstance` makes it fail. There is no traffic, hence
no logs in buckets either, though a bucket that does not take them is refused.

Not covered: EC2-Classic; public addresses of the nodes.
"""

from __future__ import annotations

from backtrail import Service, hookimpl
from backtrail_aws.elb import (
    access,
    account_limits,
    attributes,
    balancers,
    diagnosis,
    faults,
    health,
    instances,
    interfaces,
    listeners,
    placement,
    policies,
    policy_types,
    tags,
)
from backtrail_aws.elb.state import ClassicLoadBalancers, service

__all__ = [
    "access", "account_limits", "attributes", "balancers", "diagnosis", "faults", "health", "instances", "interfaces",
    "listeners", "placement", "policies", "policy_types", "register_services", "service", "tags",
]  # fmt: skip


@hookimpl
def register_services() -> list[Service[ClassicLoadBalancers]]:
    """Elastic Load Balancing's first API."""
    return [service]
