"""DB subnet groups: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html"""

from __future__ import annotations

import re

from backtrail import UNSET, Call, Event, UnsetType, members, told
from backtrail_aws.rds import api, errors, limits, names, network, pages, tags
from backtrail_aws.rds.state import Databases, SubnetGroup, service


@service.handle
def create_db_subnet_group(
    state: Databases, call: Call[api.CreateDBSubnetGroup]
) -> api.CreateDBSubnetGroupResult:
    """Subnets of one VPC, in two zones or more."""
    params = call.params
    asked = params.db_subnet_group_name
    if re.fullmatch(r"[A-Za-z0-9 ._-]{1,255}", asked) is None or asked.lower() == "default":
        # evidence: page API_CreateDBSubnetGroup (DBSubnetGroupName); words: guess
        raise errors.value(
            f"The parameter DBSubnetGroupName must be provided and must not be blank or default: {asked}"
        )
    name = asked.lower()
    if name in state.subnet_groups:
        raise errors.subnet_group_exists(name)
    if len(state.subnet_groups) >= call.quota("subnet_groups", limits.SUBNET_GROUPS_MAX):
        raise errors.too_many("DBSubnetGroupQuotaExceeded", "DB subnet groups")
    tags.check(params.tags)
    made = network.group(call, name, params.db_subnet_group_description, params.subnet_ids)
    return api.CreateDBSubnetGroupResult(db_subnet_group=made)


def _bare(ids: list[str]) -> list[api.Subnet]:
    return [api.Subnet(subnet_identifier=one, subnet_status="Active") for one in ids]


@service.project
def db_subnet_group_created(
    state: Databases, event: Event[api.CreateDBSubnetGroup, api.CreateDBSubnetGroupResult]
) -> None:
    """The group is there."""
    params = event.params
    name = names.plain(params.db_subnet_group_name)
    base = api.DBSubnetGroup(
        db_subnet_group_name=name, db_subnet_group_description=params.db_subnet_group_description,
        subnets=_bare(params.subnet_ids), subnet_group_status="Complete",
    )  # fmt: skip
    shown = members.over(base, event.result.db_subnet_group)
    state.subnet_groups[name] = SubnetGroup(
        id=name, arn=told(shown.db_subnet_group_arn, names.arn(event, "subgrp", name)), shown=shown,
        tags=tags.plain(params.tags),
    )  # fmt: skip


def _required(state: Databases, name: str) -> SubnetGroup:
    found = names.find(state.subnet_groups, name)
    if found is None:
        raise errors.no_subnet_group(name)
    return found


@service.handle
def modify_db_subnet_group(
    state: Databases, call: Call[api.ModifyDBSubnetGroup]
) -> api.ModifyDBSubnetGroupResult:
    """Its description, its subnets."""
    params = call.params
    held = _required(state, params.db_subnet_group_name)
    text = told(params.db_subnet_group_description, told(held.shown.db_subnet_group_description, ""))
    made = network.group(call, held.id, text, params.subnet_ids)
    if (
        isinstance(made.vpc_id, str)
        and isinstance(held.shown.vpc_id, str)
        and made.vpc_id != held.shown.vpc_id
    ):
        # evidence: guess
        raise errors.bad_subnet("The new Subnets are not in the same Vpc as the existing subnet group")
    return api.ModifyDBSubnetGroupResult(db_subnet_group=made)


@service.project
def db_subnet_group_modified(
    state: Databases, event: Event[api.ModifyDBSubnetGroup, api.ModifyDBSubnetGroupResult]
) -> None:
    """It is changed."""
    params = event.params
    held = names.inferred(state.subnet_groups, event, params.db_subnet_group_name, "subgrp", SubnetGroup)
    held.shown = members.over(
        members.changed(
            held.shown, db_subnet_group_description=params.db_subnet_group_description,
            subnets=_bare(params.subnet_ids),
        ),
        event.result.db_subnet_group,
    )  # fmt: skip


@service.handle
def delete_db_subnet_group(state: Databases, call: Call[api.DeleteDBSubnetGroup]) -> None:
    """One that no database is in."""
    held = _required(state, call.params.db_subnet_group_name)
    for one in state.instances.values():
        group = one.shown.db_subnet_group
        if isinstance(group, api.DBSubnetGroup) and group.db_subnet_group_name == held.id:
            raise errors.subnet_group_used(held.id, one.id)
    for cluster in state.clusters.values():
        if cluster.shown.db_subnet_group == held.id:
            raise errors.subnet_group_used(held.id, cluster.id)


@service.project
def db_subnet_group_deleted(state: Databases, event: Event[api.DeleteDBSubnetGroup, None]) -> None:
    """It is gone."""
    state.subnet_groups.pop(names.plain(event.params.db_subnet_group_name), None)


@service.evidence
def db_subnet_group_was_gone(state: Databases, event: Event[api.DeleteDBSubnetGroup, None]) -> None:
    """A group that could not be deleted because it is not there is not there."""
    if event.error == "DBSubnetGroupNotFoundFault":
        state.subnet_groups.pop(names.plain(event.params.db_subnet_group_name), None)


@service.read
def describe_db_subnet_groups(
    state: Databases, call: Call[api.DescribeDBSubnetGroups]
) -> api.DescribeDBSubnetGroupsResult:
    """One, or all."""
    params = call.params
    pages.filtered(params.filters, {})
    if isinstance(params.db_subnet_group_name, str):
        return api.DescribeDBSubnetGroupsResult(
            db_subnet_groups=[_shown(_required(state, params.db_subnet_group_name))]
        )
    found, marker = pages.paged(params, state.subnet_groups)
    return api.DescribeDBSubnetGroupsResult(db_subnet_groups=[_shown(one) for one in found], marker=marker)


def _shown(held: SubnetGroup) -> api.DBSubnetGroup:
    vpc: str | UnsetType = held.shown.vpc_id or UNSET
    return members.changed(
        held.shown, db_subnet_group_name=held.id, db_subnet_group_arn=held.arn or UNSET, vpc_id=vpc
    )
