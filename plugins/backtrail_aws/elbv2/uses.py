"""Who forwards to a target group: worked out from listeners and rules whenever somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from backtrail import UnsetType, told
from backtrail_aws.elbv2 import api
from backtrail_aws.elbv2.state import Balancer, LoadBalancers


def forwarded(actions: Sequence[api.Action] | UnsetType) -> Iterator[str]:
    """The target groups that actions forward to."""
    for one in told(actions, []):
        if isinstance(one.target_group_arn, str):
            yield one.target_group_arn
        config = told(one.forward_config, api.ForwardActionConfig())
        for entry in told(config.target_groups, []):
            if isinstance(entry.target_group_arn, str):
                yield entry.target_group_arn


def of_listener(state: LoadBalancers, arn: str) -> set[str]:
    """The target groups that a listener and its rules forward to."""
    held = state.listeners.get(arn)
    found = set(forwarded(held.shown.default_actions)) if held is not None else set[str]()
    for rule in state.rules.values():
        if rule.listener == arn and not rule.is_default:
            found |= set(forwarded(rule.shown.actions))
    return found


def of_balancer(state: LoadBalancers, arn: str) -> set[str]:
    """The target groups that a load balancer forwards to."""
    found: set[str] = set()
    for one in state.listeners.values():
        if one.balancer == arn:
            found |= of_listener(state, one.arn)
    return found


def balancers_of(state: LoadBalancers, group: str) -> list[Balancer]:
    """The load balancers that forward to a target group, in order."""
    found = {one.balancer for one in state.listeners.values() if group in of_listener(state, one.arn)}
    return [state.balancers[arn] for arn in sorted(found) if arn in state.balancers]


def is_used(state: LoadBalancers, group: str) -> bool:
    """Whether a listener or a rule forwards to a target group."""
    return any(group in of_listener(state, one.arn) for one in state.listeners.values())
