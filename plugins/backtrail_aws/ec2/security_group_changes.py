"""Changing rules in place, their descriptions, and rules that lead nowhere any more.

https://docs.aws.amazon.com/vpc/latest/userguide/working-with-security-group-rules.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.ec2 import api, errors, filters, founding, permissions
from backtrail_aws.ec2.security_group_rules import RULES, no_rule, peer_of
from backtrail_aws.ec2.security_groups import SECURITY_GROUPS, found, named, no_group
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_network import Rule, SecurityGroup
from backtrail_aws.ec2.vpcs import VPCS

_KINDS: Final = {
    "cidr": ("cidr_ipv4", "IPv4 CIDR"),
    "ipv6_cidr": ("cidr_ipv6", "IPv6 CIDR"),
    "prefix_list": ("prefix_list_id", "prefix list"),
    "peer_group": ("referenced_group_id", "referenced group id"),
}
"""A rule's peer: its member, that of a request, and what messages call such rules."""


# modify


@service.handle
def modify_security_group_rules(
    state: Ec2, call: Call[api.ModifySecurityGroupRules]
) -> api.ModifySecurityGroupRulesResult:
    """Rules of the group, in other words; of the kind that each is of."""
    group = SECURITY_GROUPS.find(state, call.params.group_id)
    for update in call.params.security_group_rules:
        rule = RULES.find(state, update.security_group_rule_id)
        if rule.group != group.id:
            raise no_rule()
        request = told(update.security_group_rule, api.SecurityGroupRuleRequest())
        _check_kind(rule, request)
        changed = _changed(rule, request)
        permissions.check(changed)
        if (
            isinstance(request.referenced_group_id, str)
            and peer_of(state, group, request.referenced_group_id) is None
        ):
            raise no_group(request.referenced_group_id)
        held = group.egress if rule.egress else group.ingress
        if held.get(founding.rule_key(changed), rule.id) != rule.id:
            raise permissions.duplicate(changed)
    return api.ModifySecurityGroupRulesResult(return_=True)


def _check_kind(rule: Rule, request: api.SecurityGroupRuleRequest) -> None:
    mine = next(
        (words for member, (_, words) in _KINDS.items() if isinstance(getattr(rule, member), str)), ""
    )
    for member, (given, words) in _KINDS.items():
        if isinstance(getattr(request, given), str) and not isinstance(getattr(rule, member), str):
            article = "an" if words[0] == "I" else "a"
            # evidence: https://github.com/mukulmantosh/SampleDemo/issues/1 (a group for an IPv4 CIDR rule)
            raise errors.invalid(f"You may not specify {article} {words} for an existing {mine} rule.")


def _changed(rule: Rule, request: api.SecurityGroupRuleRequest) -> Rule:
    """A rule as a request has it: all of it is told anew, but for its id, its group and its tags."""
    name = permissions.protocol(told(request.ip_protocol, rule.protocol))
    ports = name in ("tcp", "udp", "icmp", "icmpv6")
    changed = msgspec.structs.replace(
        rule, protocol=name, description=request.description or UNSET,
        from_port=request.from_port if ports else UNSET, to_port=request.to_port if ports else UNSET,
    )  # fmt: skip
    for member, (given, _) in _KINDS.items():
        value: str | UnsetType = getattr(request, given)
        if isinstance(value, str):
            setattr(changed, member, value)
    return changed


@service.project
def security_group_rules_modified(state: Ec2, event: Event[api.ModifySecurityGroupRules, None]) -> None:
    """The rules are as the request has them. What nobody knew is known as far as it goes."""
    group = SECURITY_GROUPS.known(state, event, event.params.group_id)
    for update in event.params.security_group_rules:
        old = RULES.get(state, update.security_group_rule_id)
        if old is None:
            continue
        held = group.egress if old.egress else group.ingress
        held.pop(founding.rule_key(old), None)
        new = _changed(old, told(update.security_group_rule, api.SecurityGroupRuleRequest()))
        founding.put_rule(state.network, event, new)


# descriptions


@service.handle
def update_security_group_rule_descriptions_ingress(
    state: Ec2, call: Call[api.UpdateSecurityGroupRuleDescriptionsIngress]
) -> api.UpdateSecurityGroupRuleDescriptionsIngressResult:
    """The rules must be there."""
    _check_described(state, call, egress=False)
    return api.UpdateSecurityGroupRuleDescriptionsIngressResult(return_=True)


@service.handle
def update_security_group_rule_descriptions_egress(
    state: Ec2, call: Call[api.UpdateSecurityGroupRuleDescriptionsEgress]
) -> api.UpdateSecurityGroupRuleDescriptionsEgressResult:
    """The rules must be there."""
    _check_described(state, call, egress=True)
    return api.UpdateSecurityGroupRuleDescriptionsEgressResult(return_=True)


def _check_described(state: Ec2, call: Call[Any], *, egress: bool) -> None:
    group = named(state, call.params)
    if isinstance(call.params.ip_permissions, UnsetType) and isinstance(
        call.params.security_group_rule_descriptions, UnsetType
    ):
        # evidence: guess
        raise errors.missing("ipPermissions")
    for one in told(call.params.security_group_rule_descriptions, []):
        if RULES.find(state, told(one.security_group_rule_id, "")).group != group.id:
            raise no_rule()
    for rule in _meant(state, group, call.params, egress=egress):
        permissions.check(rule)
        if founding.rule_key(rule) not in (group.egress if egress else group.ingress):
            raise no_rule()


def _meant(state: Ec2, group: SecurityGroup, params: Any, *, egress: bool) -> Iterable[Rule]:
    listed: list[api.IpPermission] | UnsetType = params.ip_permissions
    for rule in permissions.rules(group.id, egress, told(listed, [])):
        if isinstance(rule.peer_group, str):
            peer = peer_of(state, group, rule.peer_group)
            rule.peer_group = peer.id if peer is not None else rule.peer_group
        yield rule


@service.project
def security_group_rule_descriptions_ingress_updated(
    state: Ec2, event: Event[api.UpdateSecurityGroupRuleDescriptionsIngress, None]
) -> None:
    """The rules have the descriptions."""
    _describe(state, event, egress=False)


@service.project
def security_group_rule_descriptions_egress_updated(
    state: Ec2, event: Event[api.UpdateSecurityGroupRuleDescriptionsEgress, None]
) -> None:
    """The rules have the descriptions."""
    _describe(state, event, egress=True)


def _describe(state: Ec2, event: Event[Any, Any], *, egress: bool) -> None:
    group = found(state, event.params.group_id, event.params.group_name)
    if group is None:
        return
    for one in told(event.params.security_group_rule_descriptions, []):
        rule = RULES.get(state, told(one.security_group_rule_id, ""))
        if rule is not None:
            rule.description = one.description or UNSET
    held = group.egress if egress else group.ingress
    for meant in _meant(state, group, event.params, egress=egress):
        rule = RULES.get(state, held.get(founding.rule_key(meant), ""))
        if rule is not None:
            rule.description = meant.description


# references


@service.read
def describe_security_group_references(
    state: Ec2, call: Call[api.DescribeSecurityGroupReferences]
) -> api.DescribeSecurityGroupReferencesResult:
    """Which VPCs on the other side of a peering have rules that name one of the groups."""
    groups = SECURITY_GROUPS.find_all(state, call.params.group_id)
    seen: dict[tuple[str, str], api.SecurityGroupReference] = {}
    for group in groups:
        for rule in state.network.rules.values():
            holder = state.network.security_groups.get(rule.group)
            if rule.peer_group == group.id and holder is not None and holder.vpc != group.vpc:
                seen[group.id, str(holder.vpc)] = api.SecurityGroupReference(
                    group_id=group.id, referencing_vpc_id=holder.vpc, vpc_peering_connection_id=rule.peering
                )
    return api.DescribeSecurityGroupReferencesResult(security_group_reference_set=list(seen.values()))


@service.read
def describe_stale_security_groups(
    state: Ec2, call: Call[api.DescribeStaleSecurityGroups]
) -> api.DescribeStaleSecurityGroupsResult:
    """Groups of a VPC with rules that name a group that is no more (vpc-peering-security-groups.html)."""
    vpc = VPCS.find(state, call.params.vpc_id)
    stale = {
        group.id: group
        for group in state.network.security_groups.values()
        if group.vpc == vpc.id and any(_stale(state, group, one) for one in _rules(group))
    }
    page = filters.paged(call, stale, bounds=(5, 255))
    return api.DescribeStaleSecurityGroupsResult(
        stale_security_group_set=[_stale_shown(state, group) for group in page.items],
        next_token=page.next or UNSET,
    )


def _rules(group: SecurityGroup) -> tuple[str, ...]:
    return (*group.ingress.values(), *group.egress.values())


def _stale(state: Ec2, group: SecurityGroup, identifier: str) -> bool:
    rule = state.network.rules[identifier]
    return (
        isinstance(rule.peer_group, str)
        and rule.peer_owner in (group.owner, UNSET)
        and rule.peer_group not in state.network.security_groups
    )


def _stale_shown(state: Ec2, group: SecurityGroup) -> api.StaleSecurityGroup:
    def listed(held: dict[str, str]) -> list[api.StaleIpPermission]:
        several = permissions.grouped(
            state.network.rules[one] for one in held.values() if _stale(state, group, one)
        )
        return [
            api.StaleIpPermission(
                from_port=one.from_port, to_port=one.to_port, ip_protocol=one.ip_protocol,
                user_id_group_pairs=one.user_id_group_pairs, ip_ranges=[], prefix_list_ids=[],
            )
            for one in several
        ]  # fmt: skip

    return api.StaleSecurityGroup(
        description=group.description, group_id=group.id, group_name=group.name, vpc_id=group.vpc,
        stale_ip_permissions=listed(group.ingress), stale_ip_permissions_egress=listed(group.egress),
    )  # fmt: skip
