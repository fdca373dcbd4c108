"""Option groups: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithOptionGroups.html"""

from __future__ import annotations

from typing import Any

from backtrail import Call, Event, UnsetType, members, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.rds import api, engines, errors, limits, names, pages, tags
from backtrail_aws.rds.state import Databases, OptionGroup, service


def _new_name(state: Databases, call: Call[Any], member: str, asked: str) -> str:
    name = names.check(member, asked, 255)
    if name in state.option_groups:
        raise errors.option_group_exists(name)
    if len(state.option_groups) >= call.quota("option_groups", limits.OPTION_GROUPS_MAX):
        raise errors.too_many("OptionGroupQuotaExceededFault", "option groups")
    return name


@service.handle
def create_option_group(state: Databases, call: Call[api.CreateOptionGroup]) -> api.CreateOptionGroupResult:
    """An empty group for a major version of an engine."""
    params = call.params
    name = _new_name(state, call, "OptionGroupName", params.option_group_name)
    engine = engines.engine(params.engine_name)
    if params.major_engine_version not in engine.versions:
        # evidence: guess
        raise errors.combination(
            f"Cannot find major version {params.major_engine_version} for {params.engine_name}"
        )
    tags.check(params.tags)
    return api.CreateOptionGroupResult(
        option_group=api.OptionGroup(
            option_group_name=name, option_group_description=params.option_group_description,
            engine_name=params.engine_name, major_engine_version=params.major_engine_version, options=[],
            allows_vpc_and_non_vpc_instance_memberships=True, option_group_arn=call.arn("rds", f"og:{name}"),
        )
    )  # fmt: skip


@service.project
def option_group_created(
    state: Databases, event: Event[api.CreateOptionGroup, api.CreateOptionGroupResult]
) -> None:
    """The group is there."""
    name = names.plain(event.params.option_group_name)
    shown = members.over(api.OptionGroup(options=[]), event.params, event.result.option_group)
    state.option_groups[name] = OptionGroup(
        id=name, arn=names.arn(event, "og", name), shown=shown, tags=tags.plain(event.params.tags)
    )


def _required(state: Databases, name: str) -> OptionGroup:
    found = names.find(state.option_groups, name)
    if found is None:
        raise errors.no_option_group(name)
    return found


@service.handle
def copy_option_group(state: Databases, call: Call[api.CopyOptionGroup]) -> api.CopyOptionGroupResult:
    """A group with another's options."""
    params = call.params
    source = _required(state, params.source_option_group_identifier)
    name = _new_name(state, call, "TargetOptionGroupIdentifier", params.target_option_group_identifier)
    tags.check(params.tags)
    return api.CopyOptionGroupResult(
        option_group=members.changed(
            source.shown, option_group_name=name, option_group_arn=call.arn("rds", f"og:{name}"),
            option_group_description=params.target_option_group_description, source_option_group=source.arn,
            source_account_id=call.account, copy_timestamp=SpacedTime.of(call.time),
        )
    )  # fmt: skip


@service.project
def option_group_copied(
    state: Databases, event: Event[api.CopyOptionGroup, api.CopyOptionGroupResult]
) -> None:
    """The copy is there."""
    name = names.plain(event.params.target_option_group_identifier)
    source = names.find(state.option_groups, event.params.source_option_group_identifier)
    base = source.shown if source is not None else api.OptionGroup(options=[])
    state.option_groups[name] = OptionGroup(
        id=name, arn=names.arn(event, "og", name), shown=members.over(base, event.result.option_group),
        tags=tags.plain(event.params.tags),
    )  # fmt: skip


def _option(asked: api.OptionConfiguration) -> api.Option:
    return api.Option(
        option_name=asked.option_name, option_description=asked.option_name, persistent=False, permanent=False,
        port=asked.port, option_version=asked.option_version, option_settings=told(asked.option_settings, []),
        db_security_group_memberships=[
            api.DBSecurityGroupMembership(db_security_group_name=one, status="active")
            for one in told(asked.db_security_group_memberships, [])
        ],
        vpc_security_group_memberships=[
            api.VpcSecurityGroupMembership(vpc_security_group_id=one, status="active")
            for one in told(asked.vpc_security_group_memberships, [])
        ],
    )  # fmt: skip


def _changed(shown: api.OptionGroup, params: api.ModifyOptionGroup) -> api.OptionGroup:
    put = [_option(one) for one in told(params.options_to_include, [])]
    gone = {*told(params.options_to_remove, []), *(told(one.option_name, "") for one in put)}
    kept = [one for one in told(shown.options, []) if one.option_name not in gone]
    return members.changed(shown, options=[*kept, *put])


@service.handle
def modify_option_group(state: Databases, call: Call[api.ModifyOptionGroup]) -> api.ModifyOptionGroupResult:
    """Options come and go."""
    params = call.params
    held = _required(state, params.option_group_name)
    if not told(params.options_to_include, []) and not told(params.options_to_remove, []):
        # evidence: guess
        raise errors.combination("At least one option must be added, modified, or removed.")
    return api.ModifyOptionGroupResult(option_group=_changed(held.shown, params))


@service.project
def option_group_modified(
    state: Databases, event: Event[api.ModifyOptionGroup, api.ModifyOptionGroupResult]
) -> None:
    """The options are as was asked."""
    held = names.inferred(state.option_groups, event, event.params.option_group_name, "og", OptionGroup)
    held.shown = _changed(held.shown, event.params)


@service.handle
def delete_option_group(state: Databases, call: Call[api.DeleteOptionGroup]) -> None:
    """One that is in no use, and not AWS's own."""
    name = call.params.option_group_name
    if name.startswith("default:"):
        # evidence: guess
        raise errors.option_group_state("Default option groups cannot be deleted.")
    held = _required(state, name)
    for one in state.instances.values():
        if any(group.option_group_name == held.id for group in told(one.shown.option_group_memberships, [])):
            # evidence: guess
            raise errors.option_group_state(
                f"The option group '{held.id}' cannot be deleted because it is in use."
            )


@service.project
def option_group_deleted(state: Databases, event: Event[api.DeleteOptionGroup, None]) -> None:
    """It is gone."""
    state.option_groups.pop(names.plain(event.params.option_group_name), None)


@service.evidence
def option_group_was_gone(state: Databases, event: Event[api.DeleteOptionGroup, None]) -> None:
    """A group that could not be deleted because it is not there is not there."""
    if event.error == "OptionGroupNotFoundFault":
        state.option_groups.pop(names.plain(event.params.option_group_name), None)


@service.read
def describe_option_groups(
    state: Databases, call: Call[api.DescribeOptionGroups]
) -> api.DescribeOptionGroupsResult:
    """One, or all of an engine."""
    params = call.params
    pages.filtered(params.filters, {})
    if isinstance(params.option_group_name, str):
        found = [_shown(_required(state, params.option_group_name))]
        return api.DescribeOptionGroupsResult(option_groups_list=found)
    engine, major = params.engine_name, params.major_engine_version
    if isinstance(major, str) and isinstance(engine, UnsetType):
        # evidence: page API_DescribeOptionGroups (MajorEngineVersion); words: guess
        raise errors.combination("EngineName must be specified when MajorEngineVersion is.")

    def keep(one: OptionGroup) -> bool:
        return (isinstance(engine, UnsetType) or one.shown.engine_name == engine) and (
            isinstance(major, UnsetType) or one.shown.major_engine_version == major
        )

    held, marker = pages.paged(params, state.option_groups, keep)
    return api.DescribeOptionGroupsResult(option_groups_list=[_shown(one) for one in held], marker=marker)


def _shown(held: OptionGroup) -> api.OptionGroup:
    return members.changed(held.shown, option_group_name=held.id, option_group_arn=held.arn)
