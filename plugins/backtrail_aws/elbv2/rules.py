"""Rules of listeners: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from backtrail import UNSET, Call, Event, UnsetType, members, told
from backtrail_aws.elbv2 import actions, api, conditions, errors, limits, names, pages, tags
from backtrail_aws.elbv2.state import LoadBalancers, Rule, service


@service.handle
def create_rule(state: LoadBalancers, call: Call[api.CreateRule]) -> api.CreateRuleResult:
    """A rule of an Application Load Balancer's listener, at a priority that is free."""
    params = call.params
    listener = names.listener(state, params.listener_arn)
    owner = names.balancer(state, listener.balancer)
    if owner.kind != "application":
        # evidence: model; words: guess
        raise errors.not_permitted(f"Rules are not supported for load balancers with type '{owner.kind}'")
    given = tags.check(params.tags)
    _check_priority(params.priority)
    conditions.check(params.conditions)
    actions.check(state, call, owner, told(listener.shown.protocol, "HTTP"), params.actions)
    made = _made(params, names.of_rule(call, listener.arn))
    others = [one for one in _of(state, listener.arn).values() if not one.is_default]
    for one in others:
        if one.shown.priority == str(params.priority):
            if members.changed(one.shown, rule_arn=made.rule_arn) != made or one.tags != given:
                raise errors.priority_used(params.priority)
            return api.CreateRuleResult(rules=[one.shown])
    if _count(state, owner.arn) >= call.quota("rules-per-application-load-balancer", limits.RULES_MAX):
        raise errors.too_many("TooManyRules", "rules")
    return api.CreateRuleResult(rules=[made])


def _made(params: api.CreateRule, arn: str) -> api.Rule:
    return api.Rule(
        rule_arn=arn, priority=str(params.priority), conditions=conditions.whole(params.conditions),
        actions=actions.whole(params.actions), is_default=False, transforms=told(params.transforms, []) or UNSET,
    )  # fmt: skip


def _of(state: LoadBalancers, listener: str) -> dict[str, Rule]:
    return {one.arn: one for one in state.rules.values() if one.listener == listener}


def _count(state: LoadBalancers, balancer: str) -> int:
    """How many rules a load balancer has, the default ones not counted."""
    listeners = {one.arn for one in state.listeners.values() if one.balancer == balancer}
    return sum(not one.is_default and one.listener in listeners for one in state.rules.values())


def _check_priority(priority: int) -> None:
    least, most = limits.PRIORITIES
    if not least <= priority <= most:
        # evidence: model; words: guess
        raise errors.invalid(f"Priority '{priority}' must be between {least} and {most}")


@service.project
def rule_created(state: LoadBalancers, event: Event[api.CreateRule, api.CreateRuleResult]) -> None:
    """The rule is there; one that was there already is as it was."""
    params = event.params
    shown = (told(event.result.rules, []) or [api.Rule()])[0]
    arn = told(shown.rule_arn, names.of_rule(event, params.listener_arn))
    held = state.rules.get(arn)
    if held is not None and isinstance(held.shown.rule_arn, str):
        return
    names.known_listener(state, event, params.listener_arn)
    made = members.over(_made(params, arn), shown)
    state.rules[arn] = Rule(arn=arn, listener=params.listener_arn, shown=made, tags=tags.plain(params.tags))


@service.handle
def modify_rule(state: LoadBalancers, call: Call[api.ModifyRule]) -> api.ModifyRuleResult:
    """Other conditions or actions; the default rule is its listener's to change."""
    params = call.params
    held = names.rule(state, params.rule_arn)
    if held.is_default:
        # evidence: page API_ModifyRule ("To modify the actions for the default rule, use ModifyListener"); words: guess
        raise errors.not_permitted(f"Default rule '{held.arn}' cannot be modified")
    if isinstance(params.conditions, list):
        conditions.check(params.conditions)
    if isinstance(params.actions, list):
        listener = names.listener(state, held.listener)
        owner = names.balancer(state, listener.balancer)
        actions.check(state, call, owner, told(listener.shown.protocol, "HTTP"), params.actions)
    return api.ModifyRuleResult(rules=[_changed(held, params)])


def _changed(held: Rule, params: api.ModifyRule) -> api.Rule:
    made = members.changed(
        held.shown, conditions=conditions.whole(told(params.conditions, [])) or UNSET,
        actions=actions.whole(told(params.actions, [])) or UNSET, transforms=params.transforms,
    )  # fmt: skip
    return msgspec.structs.replace(made, transforms=UNSET) if params.reset_transforms is True else made


@service.project
def rule_modified(state: LoadBalancers, event: Event[api.ModifyRule, api.ModifyRuleResult]) -> None:
    """The rule is changed."""
    held = names.known_rule(state, event, event.params.rule_arn)
    held.shown = members.over(_changed(held, event.params), _answered(event.result))


def _answered(result: api.ModifyRuleResult) -> api.Rule | UnsetType:
    rules = told(result.rules, [])
    return rules[0] if rules else UNSET


@service.handle
def delete_rule(state: LoadBalancers, call: Call[api.DeleteRule]) -> None:
    """Any but the default one."""
    held = names.rule(state, call.params.rule_arn)
    if held.is_default:
        # evidence: guess
        raise errors.not_permitted(f"Default rule '{held.arn}' cannot be deleted")


@service.project
def rule_deleted(state: LoadBalancers, event: Event[api.DeleteRule, None]) -> None:
    """It is gone."""
    state.rules.pop(event.params.rule_arn, None)


@service.evidence
def rule_was_gone(state: LoadBalancers, event: Event[api.DeleteRule, None]) -> None:
    """A rule that could not be deleted because it is not there is not there."""
    if event.error in ("RuleNotFound", "RuleNotFoundException"):
        state.rules.pop(event.params.rule_arn, None)


@service.handle
def set_rule_priorities(
    state: LoadBalancers, call: Call[api.SetRulePriorities]
) -> api.SetRulePrioritiesResult:
    """Other priorities for some rules, each free after all of them have moved."""
    given = {told(one.rule_arn, ""): told(one.priority, 0) for one in call.params.rule_priorities}
    found: list[Rule] = []
    for arn, priority in given.items():
        held = names.rule(state, arn)
        if held.is_default:
            # evidence: guess
            raise errors.not_permitted(f"The priority of the default rule '{arn}' cannot be set")
        _check_priority(priority)
        found.append(held)
    for held in found:
        staying = [one for one in _of(state, held.listener).values() if one.arn not in given]
        if any(one.shown.priority == str(given[held.arn]) for one in staying):
            raise errors.priority_used(given[held.arn])
    taken = [(names.listener_of_rule(arn), priority) for arn, priority in given.items()]
    if len(set(taken)) < len(taken):
        raise errors.priority_used(next(two for one, two in taken if taken.count((one, two)) > 1))
    return api.SetRulePrioritiesResult(
        rules=[msgspec.structs.replace(one.shown, priority=str(given[one.arn])) for one in found]
    )


@service.project
def rule_priorities_set(
    state: LoadBalancers, event: Event[api.SetRulePriorities, api.SetRulePrioritiesResult]
) -> None:
    """The rules have moved."""
    for one in event.params.rule_priorities:
        held = names.known_rule(state, event, told(one.rule_arn, ""))
        held.shown = members.changed(held.shown, priority=str(told(one.priority, 0)))


@service.read
def describe_rules(state: LoadBalancers, call: Call[api.DescribeRules]) -> api.DescribeRulesResult:
    """Those of a listener in the order in which they are tried, or of some ARNs."""
    params = call.params
    arns = told(params.rule_arns, [])
    if isinstance(params.listener_arn, UnsetType) == (not arns):
        # evidence: guess
        raise errors.invalid("You must specify either rule ARNs or a listener ARN")
    if arns:
        found: Sequence[Rule] = [names.rule(state, arn) for arn in dict.fromkeys(arns)]
        return api.DescribeRulesResult(rules=[_shown(state, one) for one in found])
    listener = names.listener(state, told(params.listener_arn, ""))
    ordered = {f"{_rank(one):06}/{one.arn}": one for one in _of(state, listener.arn).values()}
    listed, marker = pages.paged(params, dict(sorted(ordered.items())))
    return api.DescribeRulesResult(rules=[_shown(state, one) for one in listed], next_marker=marker)


def _rank(held: Rule) -> int:
    priority: Any = told(held.shown.priority, "")
    return int(priority) if priority.isdigit() else 999_999


def _shown(state: LoadBalancers, held: Rule) -> api.Rule:
    made = members.changed(held.shown, rule_arn=held.arn)
    if not held.is_default or held.listener not in state.listeners:
        return made
    default = state.listeners[held.listener].shown.default_actions
    return members.changed(made, actions=told(default, []))
