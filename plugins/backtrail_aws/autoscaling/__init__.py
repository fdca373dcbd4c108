"""Auto Scaling: groups that keep their number, launch configurations and templates, mixed instances, policies,
scheduled actions, lifecycle hooks, health checks, standby, load balancers, notifications, refreshes, warm pools.

A group tells EC2, load balancers, SNS and CloudWatch what to do, as its service-linked role, and hears what came of it.
What it does by itself is recorded as its own actions: AdjustGroup, EndActivity, CheckHealth, RunScheduledAction,
TimeOutLifecycleAction, AdvanceInstanceRefresh.

Deviations: launches that failed are tried again after a minute, then ever more seldom. Load balancers are asked for
health by the clock, EC2 when something happened. No warmup is waited for. Of the overrides of a mixed instances policy
the first is launched. Instances never go back to a warm pool. Nothing is forecast.
"""

from __future__ import annotations

from backtrail import Service, hookimpl
from backtrail_aws.autoscaling import (
    access,
    activities,
    adjusting,
    capacity,
    configurations,
    diagnosis,
    direct_launches,
    due,
    ending,
    execution,
    group_listing,
    groups,
    health,
    hooks,
    instances,
    launching,
    notifications,
    policies,
    processes,
    refreshes,
    schedules,
    standby,
    tags,
    terminating,
    traffic,
    warm_pools,
)
from backtrail_aws.autoscaling.state import Scaling, service

__all__ = [
    "access", "activities", "adjusting", "capacity", "configurations", "diagnosis", "direct_launches", "due", "ending",
    "execution", "group_listing", "groups", "health", "hooks", "instances", "launching", "notifications", "policies",
    "processes", "refreshes", "register_services", "schedules", "service", "standby", "tags", "terminating", "traffic",
    "warm_pools",
]  # fmt: skip


@hookimpl
def register_services() -> list[Service[Scaling]]:
    """Auto Scaling."""
    return [service]
