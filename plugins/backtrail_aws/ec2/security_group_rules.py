"""Rules of security groups: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"""

from __future__ import annotations

from typing import Any, TypeAlias

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import (
    api,
    aws_prefix_lists,
    errors,
    filters,
    founding,
    kinds,
    limits,
    permissions,
    tags,
)
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.security_groups import SECURITY_GROUPS, found, named, no_group, no_group_named
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_network import Rule, SecurityGroup

RULES = Kind(
    "security-group-rule", "sgr", Rule, lambda state: state.network.rules,
    code="InvalidSecurityGroupRuleId.NotFound", noun="security group rule ID",
    malformed="InvalidSecurityGroupRuleId.Malformed",
    cloudformation="AWS::EC2::SecurityGroupRule",
    created_by=("AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress"), parent=lambda rule: rule.group,
)  # fmt: skip

Authorize: TypeAlias = "api.AuthorizeSecurityGroupIngress | api.AuthorizeSecurityGroupEgress"
Revoke: TypeAlias = "api.RevokeSecurityGroupIngress | api.RevokeSecurityGroupEgress"


# authorize


@service.handle
def authorize_security_group_ingress(
    state: Ec2, call: Call[api.AuthorizeSecurityGroupIngress]
) -> api.AuthorizeSecurityGroupIngressResult:
    """The rules that are new; all or none."""
    return api.AuthorizeSecurityGroupIngressResult(
        return_=True, security_group_rules=_authorized(state, call, egress=False)
    )


@service.handle
def authorize_security_group_egress(
    state: Ec2, call: Call[api.AuthorizeSecurityGroupEgress]
) -> api.AuthorizeSecurityGroupEgressResult:
    """The rules that are new; all or none."""
    return api.AuthorizeSecurityGroupEgressResult(
        return_=True, security_group_rules=_authorized(state, call, egress=True)
    )


def _authorized(state: Ec2, call: Call[Any], *, egress: bool) -> list[api.SecurityGroupRule]:
    tags.check_new(call.params.tag_specifications, "security-group-rule")
    group = named(state, call.params)
    listed = permissions.flat(call.params)
    if not listed:
        # evidence: https://github.com/boto/boto3/issues/1078
        raise Refusal(
            "MissingParameter",
            "Missing source specification: include source security group or CIDR information",
        )
    held = group.egress if egress else group.ingress
    made: dict[str, Rule] = {}
    for rule in permissions.rules(group.id, egress, listed):
        permissions.check(rule)
        _resolve(state, call.account, group, rule)
        key = founding.rule_key(rule)
        if key in made:
            # evidence: https://github.com/input-output-hk/bitte/pull/24
            raise errors.invalid("The same permission must not appear multiple times")
        if key in held:
            raise permissions.duplicate(rule)
        rule.id = call.new_id("sgr", _label(group.id, egress, key))
        rule.tags = tags.given(call.params.tag_specifications, "security-group-rule")
        rule.arn = RULES.arn(call, rule.id)
        made[key] = rule
    _check_room(state, call, held, made)
    return [shown(group, rule) for rule in made.values()]


def _label(group: str, egress: bool, key: str) -> str:
    return f"{group}/{'egress' if egress else 'ingress'}/{key}"


def _resolve(state: Ec2, account: str, group: SecurityGroup, rule: Rule) -> None:
    """Refuse a peer that is not there; name a peer group by its id, and whose it is."""
    lists = kinds.KINDS.get("prefix-list")
    if (
        isinstance(rule.prefix_list, str)
        and rule.prefix_list not in aws_prefix_lists.LISTS
        and lists is not None
    ):
        lists.find(state, rule.prefix_list)
    if isinstance(rule.peer_group, UnsetType):
        return
    owner = told(rule.peer_owner, account)
    peer = peer_of(state, group, rule.peer_group)
    if peer is not None:
        rule.peer_group = peer.id
    elif owner == account:
        by_id = rule.peer_group.startswith("sg-")
        raise no_group(rule.peer_group) if by_id else no_group_named(rule.peer_group, f"VPC '{group.vpc}'")
    rule.peer_owner = owner


def peer_of(state: Ec2, group: SecurityGroup, name: str) -> SecurityGroup | None:
    """The group that a rule's peer means, by id or by the name that it has in the group's VPC."""
    network = state.network
    held = network.security_groups.get(name)
    if held is not None:
        return held
    return network.security_groups.get(network.group_names.get(founding.group_key(str(group.vpc), name), ""))


def _check_room(state: Ec2, call: Call[Any], held: dict[str, str], made: dict[str, Rule]) -> None:
    """A quota each for rules that let IPv4 pass and for those that let IPv6."""
    most = call.quota("rules_per_group", limits.RULES_PER_GROUP_MAX)
    there = [*(state.network.rules[one] for one in held.values()), *made.values()]
    v6 = sum(isinstance(one.ipv6_cidr, str) for one in there)
    v4 = sum(isinstance(one.cidr, str) for one in there)
    if len(there) - min(v4, v6) > most:
        # evidence: page amazon-vpc-limits.html (the rule)
        raise errors.limit("RulesPerSecurityGroupLimitExceeded", "rules per security group")


@service.project
def security_group_ingress_authorized(
    state: Ec2, event: Event[api.AuthorizeSecurityGroupIngress, api.AuthorizeSecurityGroupIngressResult]
) -> None:
    """The group lets in what its new rules allow."""
    group = _group(state, event)
    if group is not None:
        _put(state, event, group, told(event.result.security_group_rules, []), egress=False)


@service.project
def security_group_egress_authorized(
    state: Ec2, event: Event[api.AuthorizeSecurityGroupEgress, api.AuthorizeSecurityGroupEgressResult]
) -> None:
    """The group lets out what its new rules allow."""
    group = _group(state, event)
    if group is not None:
        _put(state, event, group, told(event.result.security_group_rules, []), egress=True)


def _group(state: Ec2, event: Event[Any, Any]) -> SecurityGroup | None:
    """The group that an event is about, inferred by its id. Of a name that nobody knows, nobody knows the group."""
    params = event.params
    if not isinstance(params.group_id, str):
        return found(state, UNSET, params.group_name)
    there = params.group_id in state.network.security_groups
    group = SECURITY_GROUPS.known(state, event, params.group_id)
    if not there:
        group.rules_known = False
    return group


def _put(
    state: Ec2,
    event: Event[Any, Any],
    group: SecurityGroup,
    told_rules: list[api.SecurityGroupRule],
    *,
    egress: bool,
) -> None:
    ids = {_key_shown(one): one.security_group_rule_id for one in told_rules}
    given = tags.given(event.params.tag_specifications, "security-group-rule")
    for rule in permissions.rules(group.id, egress, permissions.flat(event.params)):
        if isinstance(rule.peer_group, str):
            peer = peer_of(state, group, rule.peer_group)
            rule.peer_group = peer.id if peer is not None else rule.peer_group
            rule.peer_owner = told(rule.peer_owner, event.account)
        key = founding.rule_key(rule)
        identifier = ids.get(key, UNSET)
        rule.id = told(identifier, event.new_id("sgr", _label(group.id, egress, key)))
        rule.tags = dict(given)
        founding.put_rule(state.network, event, rule)


def _key_shown(one: api.SecurityGroupRule) -> str:
    """The key of a rule that an answer shows; answers show ports of -1 where there are none."""
    name = permissions.protocol(told(one.ip_protocol, "-1"))
    ports = name in ("tcp", "udp", "icmp", "icmpv6")
    reference = told(one.referenced_group_info, api.ReferencedSecurityGroup())
    return founding.rule_key(
        Rule(
            id="", group="", egress=False, protocol=name, from_port=one.from_port if ports else UNSET,
            to_port=one.to_port if ports else UNSET, cidr=one.cidr_ipv4, ipv6_cidr=one.cidr_ipv6,
            prefix_list=one.prefix_list_id, peer_group=reference.group_id,
        )
    )  # fmt: skip


# revoke


@service.handle
def revoke_security_group_ingress(
    state: Ec2, call: Call[api.RevokeSecurityGroupIngress]
) -> api.RevokeSecurityGroupIngressResult:
    """The rules that go."""
    gone, unknown = _revoked(state, call, egress=False)
    return api.RevokeSecurityGroupIngressResult(
        return_=True, revoked_security_group_rules=gone, unknown_ip_permissions=unknown or UNSET
    )


@service.handle
def revoke_security_group_egress(
    state: Ec2, call: Call[api.RevokeSecurityGroupEgress]
) -> api.RevokeSecurityGroupEgressResult:
    """The rules that go."""
    gone, unknown = _revoked(state, call, egress=True)
    return api.RevokeSecurityGroupEgressResult(
        return_=True, revoked_security_group_rules=gone, unknown_ip_permissions=unknown or UNSET
    )


def _revoked(
    state: Ec2, call: Call[Any], *, egress: bool
) -> tuple[list[api.RevokedSecurityGroupRule], list[api.IpPermission]]:
    """What goes, and what is not there: an error, but for groups of the default VPC.

    API_RevokeSecurityGroupIngress.
    """
    group = named(state, call.params)
    held = group.egress if egress else group.ingress
    ids = told(call.params.security_group_rule_ids, [])
    if not ids and not permissions.flat(call.params):
        # evidence: guess
        raise errors.missing("ipPermissions")
    gone = [rule for rule in RULES.find_all(state, ids) if rule.id in held.values()]
    if len(gone) < len(set(ids)):
        raise no_rule()
    unknown: list[Rule] = []
    for rule in permissions.rules(group.id, egress, permissions.flat(call.params)):
        if isinstance(rule.peer_group, str):
            peer = peer_of(state, group, rule.peer_group)
            rule.peer_group = peer.id if peer is not None else rule.peer_group
        identifier = held.get(founding.rule_key(rule))
        if identifier is None:
            unknown.append(rule)
        else:
            gone.append(state.network.rules[identifier])
    vpc = state.network.vpcs.get(str(group.vpc))
    if unknown and group.rules_known and (vpc is None or vpc.is_default is not True):
        raise no_rule()
    return [_revoked_shown(rule) for rule in gone], permissions.grouped(unknown)


@service.project
def security_group_ingress_revoked(state: Ec2, event: Event[api.RevokeSecurityGroupIngress, None]) -> None:
    """The group lets in what its other rules allow."""
    group = _group(state, event)
    if group is not None:
        _drop(state, event, group, egress=False)


@service.project
def security_group_egress_revoked(state: Ec2, event: Event[api.RevokeSecurityGroupEgress, None]) -> None:
    """The group lets out what its other rules allow."""
    group = _group(state, event)
    if group is not None:
        _drop(state, event, group, egress=True)


def _drop(state: Ec2, event: Event[Any, Any], group: SecurityGroup, *, egress: bool) -> None:
    held = group.egress if egress else group.ingress
    keys = [key for key, one in held.items() if one in told(event.params.security_group_rule_ids, [])]
    for rule in permissions.rules(group.id, egress, permissions.flat(event.params)):
        if isinstance(rule.peer_group, str):
            peer = peer_of(state, group, rule.peer_group)
            rule.peer_group = peer.id if peer is not None else rule.peer_group
        keys.append(founding.rule_key(rule))
    for key in keys:
        state.network.rules.pop(held.pop(key, ""), None)


# describe


_FIELDS: filters.Fields[Rule] = {
    "group-id": lambda rule: rule.group,
    "security-group-rule-id": lambda rule: rule.id,
}
"""API_DescribeSecurityGroupRules: Filters."""


@service.read
def describe_security_group_rules(
    state: Ec2, call: Call[api.DescribeSecurityGroupRules]
) -> api.DescribeSecurityGroupRulesResult:
    """Rules, in the order of their ids."""
    page = filters.described(state, call, RULES, call.params.security_group_rule_ids, _FIELDS)
    groups = state.network.security_groups
    return api.DescribeSecurityGroupRulesResult(
        security_group_rules=[shown(groups[one.group], one) for one in page.items if one.group in groups],
        next_token=page.next or UNSET,
    )


def shown(group: SecurityGroup, rule: Rule) -> api.SecurityGroupRule:
    """A rule as answers show it: ports of -1 where it has none."""
    reference: api.ReferencedSecurityGroup | UnsetType = UNSET
    if isinstance(rule.peer_group, str):
        reference = api.ReferencedSecurityGroup(
            group_id=rule.peer_group, user_id=rule.peer_owner, vpc_id=rule.peer_vpc,
            vpc_peering_connection_id=rule.peering,
        )  # fmt: skip
    return api.SecurityGroupRule(
        security_group_rule_id=rule.id, group_id=group.id, group_owner_id=group.owner, is_egress=rule.egress,
        ip_protocol=rule.protocol, from_port=told(rule.from_port, -1), to_port=told(rule.to_port, -1),
        cidr_ipv4=rule.cidr, cidr_ipv6=rule.ipv6_cidr, prefix_list_id=rule.prefix_list,
        referenced_group_info=reference, description=rule.description, tags=tags.shown(rule.tags),
        security_group_rule_arn=rule.arn,
    )  # fmt: skip


def _revoked_shown(rule: Rule) -> api.RevokedSecurityGroupRule:
    return api.RevokedSecurityGroupRule(
        security_group_rule_id=rule.id, group_id=rule.group, is_egress=rule.egress, ip_protocol=rule.protocol,
        from_port=told(rule.from_port, -1), to_port=told(rule.to_port, -1), cidr_ipv4=rule.cidr,
        cidr_ipv6=rule.ipv6_cidr, prefix_list_id=rule.prefix_list, referenced_group_id=rule.peer_group,
        description=rule.description,
    )  # fmt: skip


def no_rule() -> Refusal:
    """The group has no such rule."""
    # evidence: https://github.com/piyushsonigra/aws_ipadd/issues/10
    return Refusal("InvalidPermission.NotFound", "The specified rule does not exist in this security group")
