"""DB security groups, of the time before VPCs; AWS keeps the calls.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSecurityGroup.html
"""

from __future__ import annotations

import ipaddress
from typing import Any

from backtrail import UNSET, Call, Event, UnsetType, members, told
from backtrail_aws.rds import api, errors, limits, names, pages, tags
from backtrail_aws.rds.state import Databases, SecurityGroup, service

Rule = api.AuthorizeDBSecurityGroupIngress | api.RevokeDBSecurityGroupIngress


@service.handle
def create_db_security_group(
    state: Databases, call: Call[api.CreateDBSecurityGroup]
) -> api.CreateDBSecurityGroupResult:
    """A group without rules."""
    params = call.params
    name = names.check("DBSecurityGroupName", params.db_security_group_name, 255)
    if name in state.security_groups or name == "default":
        raise errors.security_group_exists(name)
    if len(state.security_groups) >= limits.SECURITY_GROUPS_MAX:
        raise errors.too_many("QuotaExceeded.DBSecurityGroup", "DB security groups")
    tags.check(params.tags)
    return api.CreateDBSecurityGroupResult(
        db_security_group=api.DBSecurityGroup(
            owner_id=call.account, db_security_group_name=name, ec2_security_groups=[], ip_ranges=[],
            db_security_group_description=params.db_security_group_description,
            db_security_group_arn=call.arn("rds", f"secgrp:{name}"),
        )
    )  # fmt: skip


@service.project
def db_security_group_created(
    state: Databases, event: Event[api.CreateDBSecurityGroup, api.CreateDBSecurityGroupResult]
) -> None:
    """The group is there."""
    name = names.plain(event.params.db_security_group_name)
    state.security_groups[name] = SecurityGroup(
        id=name, arn=names.arn(event, "secgrp", name), tags=tags.plain(event.params.tags),
        shown=members.over(api.DBSecurityGroup(), event.params, event.result.db_security_group),
    )  # fmt: skip


def _required(state: Databases, name: str) -> SecurityGroup:
    found = names.find(state.security_groups, name)
    if found is None:
        raise errors.no_security_group(name)
    return found


def _is_same(one: api.EC2SecurityGroup, params: Rule) -> bool:
    if isinstance(params.ec2_security_group_id, str):
        return one.ec2_security_group_id == params.ec2_security_group_id
    return one.ec2_security_group_name == params.ec2_security_group_name


def _is_there(shown: api.DBSecurityGroup, params: Rule) -> bool:
    if isinstance(params.cidrip, str):
        return any(one.cidrip == params.cidrip for one in told(shown.ip_ranges, []))
    return any(_is_same(one, params) for one in told(shown.ec2_security_groups, []))


def _with(shown: api.DBSecurityGroup, params: Rule, status: str) -> api.DBSecurityGroup:
    bare = _without(shown, params)
    if isinstance(params.cidrip, str):
        made = api.IPRange(cidrip=params.cidrip, status=status)
        return members.changed(bare, ip_ranges=[*told(bare.ip_ranges, []), made])
    group = api.EC2SecurityGroup(
        status=status, ec2_security_group_name=params.ec2_security_group_name,
        ec2_security_group_id=params.ec2_security_group_id,
        ec2_security_group_owner_id=params.ec2_security_group_owner_id,
    )  # fmt: skip
    return members.changed(bare, ec2_security_groups=[*told(bare.ec2_security_groups, []), group])


def _without(shown: api.DBSecurityGroup, params: Rule) -> api.DBSecurityGroup:
    if isinstance(params.cidrip, str):
        ranges = [one for one in told(shown.ip_ranges, []) if one.cidrip != params.cidrip]
        return members.changed(shown, ip_ranges=ranges)
    groups = [one for one in told(shown.ec2_security_groups, []) if not _is_same(one, params)]
    return members.changed(shown, ec2_security_groups=groups)


def _check(call: Call[Any], params: Rule) -> None:
    named = isinstance(params.ec2_security_group_id, str) or isinstance(params.ec2_security_group_name, str)
    if isinstance(params.cidrip, str) == named:
        # evidence: page API_AuthorizeDBSecurityGroupIngress; words: guess
        raise errors.combination("Either CIDRIP or an EC2 security group must be specified.")
    if isinstance(params.cidrip, str):
        try:
            ipaddress.IPv4Network(params.cidrip, strict=False)
        except ValueError:
            # evidence: guess
            raise errors.value(f"Invalid CIDR: {params.cidrip}") from None


@service.handle
def authorize_db_security_group_ingress(
    state: Databases, call: Call[api.AuthorizeDBSecurityGroupIngress]
) -> api.AuthorizeDBSecurityGroupIngressResult:
    """A range, or a group of EC2, comes in."""
    held = _required(state, call.params.db_security_group_name)
    _check(call, call.params)
    if _is_there(held.shown, call.params):
        raise errors.authorized()
    return api.AuthorizeDBSecurityGroupIngressResult(
        db_security_group=_with(held.shown, call.params, "authorizing")
    )


@service.project
def db_security_group_ingress_authorized(
    state: Databases,
    event: Event[api.AuthorizeDBSecurityGroupIngress, api.AuthorizeDBSecurityGroupIngressResult],
) -> None:
    """The rule is there."""
    name = event.params.db_security_group_name
    held = names.inferred(state.security_groups, event, name, "secgrp", SecurityGroup)
    held.shown = _with(held.shown, event.params, "authorized")


@service.handle
def revoke_db_security_group_ingress(
    state: Databases, call: Call[api.RevokeDBSecurityGroupIngress]
) -> api.RevokeDBSecurityGroupIngressResult:
    """A rule that is there goes."""
    held = _required(state, call.params.db_security_group_name)
    _check(call, call.params)
    if not _is_there(held.shown, call.params):
        raise errors.not_authorized()
    return api.RevokeDBSecurityGroupIngressResult(
        db_security_group=_with(held.shown, call.params, "revoking")
    )


@service.project
def db_security_group_ingress_revoked(
    state: Databases, event: Event[api.RevokeDBSecurityGroupIngress, api.RevokeDBSecurityGroupIngressResult]
) -> None:
    """The rule is gone."""
    name = event.params.db_security_group_name
    held = names.inferred(state.security_groups, event, name, "secgrp", SecurityGroup)
    held.shown = _without(held.shown, event.params)


@service.handle
def delete_db_security_group(state: Databases, call: Call[api.DeleteDBSecurityGroup]) -> None:
    """One that no instance has."""
    held = _required(state, call.params.db_security_group_name)
    for one in state.instances.values():
        if any(group.db_security_group_name == held.id for group in told(one.shown.db_security_groups, [])):
            # evidence: guess
            raise errors.security_group_state(f"DBSecurityGroup {held.id} is in use.")


@service.project
def db_security_group_deleted(state: Databases, event: Event[api.DeleteDBSecurityGroup, None]) -> None:
    """It is gone."""
    state.security_groups.pop(names.plain(event.params.db_security_group_name), None)


@service.read
def describe_db_security_groups(
    state: Databases, call: Call[api.DescribeDBSecurityGroups]
) -> api.DescribeDBSecurityGroupsResult:
    """One, or all."""
    params = call.params
    pages.filtered(params.filters, {})
    if isinstance(params.db_security_group_name, str):
        one = _required(state, params.db_security_group_name)
        return api.DescribeDBSecurityGroupsResult(db_security_groups=[_shown(one)])
    held, marker = pages.paged(params, state.security_groups)
    return api.DescribeDBSecurityGroupsResult(db_security_groups=[_shown(one) for one in held], marker=marker)


def _shown(held: SecurityGroup) -> api.DBSecurityGroup:
    arn: str | UnsetType = held.arn or UNSET
    return members.changed(held.shown, db_security_group_name=held.id, db_security_group_arn=arn)
