"""Parameter groups of instances: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithParamGroups.html

What was set is kept; the engine's own defaults are not known here, so lists show what was set.
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.rds import api, errors, limits, names, pages, parameter_families, tags
from backtrail_aws.rds.state import Databases, ParameterGroup, service


def required(state: Databases, identifier: str) -> ParameterGroup:
    """The group of a name or ARN. Raises `Refusal`."""
    return parameter_families.required(state.parameter_groups, identifier)


def _shown(call: Call[Any], held: ParameterGroup) -> api.DBParameterGroup:
    return api.DBParameterGroup(
        db_parameter_group_name=held.id, db_parameter_group_family=held.family, description=held.description,
        db_parameter_group_arn=held.arn or call.arn("rds", f"pg:{held.id}"),
    )  # fmt: skip


@service.handle
def create_db_parameter_group(
    state: Databases, call: Call[api.CreateDBParameterGroup]
) -> api.CreateDBParameterGroupResult:
    """An empty group of a family."""
    params = call.params
    name = names.check_group("DBParameterGroupName", params.db_parameter_group_name)
    if name in state.parameter_groups or parameter_families.own(name) is not None:
        raise errors.parameter_group_exists(name)
    if len(state.parameter_groups) >= call.quota("parameter_groups", limits.PARAMETER_GROUPS_MAX):
        raise errors.too_many("DBParameterGroupQuotaExceeded", "parameter groups")
    tags.check(params.tags)
    if parameter_families.own(f"default.{params.db_parameter_group_family}") is None:
        # evidence: guess
        raise errors.value(
            f"ParameterGroupFamily {params.db_parameter_group_family} is not a valid parameter group family"
        )
    made = ParameterGroup(id=name, family=params.db_parameter_group_family, description=params.description)
    return api.CreateDBParameterGroupResult(db_parameter_group=_shown(call, made))


@service.project
def db_parameter_group_created(
    state: Databases, event: Event[api.CreateDBParameterGroup, api.CreateDBParameterGroupResult]
) -> None:
    """The group is there."""
    params = event.params
    name = names.plain(params.db_parameter_group_name)
    state.parameter_groups[name] = ParameterGroup(
        id=name, arn=names.arn(event, "pg", name), family=params.db_parameter_group_family,
        description=params.description, tags=tags.plain(params.tags),
    )  # fmt: skip


@service.handle
def copy_db_parameter_group(
    state: Databases, call: Call[api.CopyDBParameterGroup]
) -> api.CopyDBParameterGroupResult:
    """A group with another's values."""
    params = call.params
    source = required(state, params.source_db_parameter_group_identifier)
    name = names.check_group("TargetDBParameterGroupIdentifier", params.target_db_parameter_group_identifier)
    if name in state.parameter_groups or parameter_families.own(name) is not None:
        raise errors.parameter_group_exists(name)
    if len(state.parameter_groups) >= call.quota("parameter_groups", limits.PARAMETER_GROUPS_MAX):
        raise errors.too_many("DBParameterGroupQuotaExceeded", "parameter groups")
    tags.check(params.tags)
    made = ParameterGroup(
        id=name, family=source.family, description=params.target_db_parameter_group_description
    )
    return api.CopyDBParameterGroupResult(db_parameter_group=_shown(call, made))


@service.project
def db_parameter_group_copied(
    state: Databases, event: Event[api.CopyDBParameterGroup, api.CopyDBParameterGroupResult]
) -> None:
    """The copy is there."""
    params = event.params
    name = names.plain(params.target_db_parameter_group_identifier)
    source = names.find(state.parameter_groups, params.source_db_parameter_group_identifier)
    shown = told(event.result.db_parameter_group, api.DBParameterGroup())
    state.parameter_groups[name] = ParameterGroup(
        id=name, arn=names.arn(event, "pg", name), description=params.target_db_parameter_group_description,
        family=told(shown.db_parameter_group_family, source.family if source is not None else UNSET),
        values=dict(source.values) if source is not None else {}, tags=tags.plain(params.tags),
    )  # fmt: skip


def _changeable(state: Databases, name: str) -> ParameterGroup:
    if name.lower().startswith("default."):
        # evidence: guess
        raise errors.value(
            "The parameter DBParameterGroupName is not a valid identifier: default parameter groups can't be modified."
        )
    return required(state, name)


@service.handle
def modify_db_parameter_group(
    state: Databases, call: Call[api.ModifyDBParameterGroup]
) -> api.ModifyDBParameterGroupResult:
    """Up to twenty parameters at once."""
    params = call.params
    held = _changeable(state, params.db_parameter_group_name)
    if not 1 <= len(params.parameters) <= 20:
        # evidence: page API_ModifyDBParameterGroup (a maximum of 20 parameters); words: guess
        raise errors.value("A maximum of 20 parameters can be modified in a single request.")
    for one in params.parameters:
        if isinstance(one.parameter_name, UnsetType) or isinstance(one.parameter_value, UnsetType):
            # evidence: guess
            raise errors.combination("ParameterName, ParameterValue and ApplyMethod are required.")
    return api.ModifyDBParameterGroupResult(db_parameter_group_name=held.id)


@service.project
def db_parameter_group_modified(
    state: Databases, event: Event[api.ModifyDBParameterGroup, api.ModifyDBParameterGroupResult]
) -> None:
    """The values are set."""
    params = event.params
    held = names.inferred(state.parameter_groups, event, params.db_parameter_group_name, "pg", ParameterGroup)
    for one in params.parameters:
        if isinstance(one.parameter_name, str):
            held.values[one.parameter_name] = one


@service.handle
def reset_db_parameter_group(
    state: Databases, call: Call[api.ResetDBParameterGroup]
) -> api.ResetDBParameterGroupResult:
    """All of it, or some parameters."""
    params = call.params
    held = _changeable(state, params.db_parameter_group_name)
    if params.reset_all_parameters is not True and not told(params.parameters, []):
        # evidence: page API_ResetDBParameterGroup; words: guess
        raise errors.combination("Either ResetAllParameters or Parameters must be specified.")
    return api.ResetDBParameterGroupResult(db_parameter_group_name=held.id)


@service.project
def db_parameter_group_reset(
    state: Databases, event: Event[api.ResetDBParameterGroup, api.ResetDBParameterGroupResult]
) -> None:
    """The engine's own values are in force again."""
    params = event.params
    held = names.inferred(state.parameter_groups, event, params.db_parameter_group_name, "pg", ParameterGroup)
    if params.reset_all_parameters is True:
        held.values.clear()
    for one in told(params.parameters, []):
        held.values.pop(told(one.parameter_name, ""), None)


@service.handle
def delete_db_parameter_group(state: Databases, call: Call[api.DeleteDBParameterGroup]) -> None:
    """One that is in no use, and not AWS's own."""
    name = names.plain(call.params.db_parameter_group_name)
    if name.startswith("default."):
        # evidence: guess
        raise errors.parameter_group_state("Default DBParameterGroups cannot be deleted.")
    held = state.parameter_groups.get(name)
    if held is None:
        raise errors.no_parameter_group(call.params.db_parameter_group_name)
    for one in state.instances.values():
        if any(group.db_parameter_group_name == name for group in told(one.shown.db_parameter_groups, [])):
            # evidence: guess
            raise errors.parameter_group_state(
                "One or more database instances are still members of this parameter group "
                f"{name}, so the group cannot be deleted"
            )


@service.project
def db_parameter_group_deleted(state: Databases, event: Event[api.DeleteDBParameterGroup, None]) -> None:
    """It is gone."""
    state.parameter_groups.pop(names.plain(event.params.db_parameter_group_name), None)


@service.evidence
def db_parameter_group_was_gone(state: Databases, event: Event[api.DeleteDBParameterGroup, None]) -> None:
    """A group that could not be deleted because it is not there is not there."""
    if event.error in ("DBParameterGroupNotFound", "DBParameterGroupNotFoundFault"):
        state.parameter_groups.pop(names.plain(event.params.db_parameter_group_name), None)


@service.read
def describe_db_parameter_groups(
    state: Databases, call: Call[api.DescribeDBParameterGroups]
) -> api.DescribeDBParameterGroupsResult:
    """One, or all that were made, and AWS's own where it is named."""
    params = call.params
    pages.filtered(params.filters, {})
    if isinstance(params.db_parameter_group_name, str):
        held = required(state, names.plain(params.db_parameter_group_name))
        return api.DescribeDBParameterGroupsResult(db_parameter_groups=[_shown(call, held)])
    found, marker = pages.paged(params, state.parameter_groups)
    return api.DescribeDBParameterGroupsResult(
        db_parameter_groups=[_shown(call, one) for one in found], marker=marker
    )


@service.read
def describe_db_parameters(
    state: Databases, call: Call[api.DescribeDBParameters]
) -> api.DescribeDBParametersResult:
    """What was set in a group: the defaults of engines are not known here."""
    params = call.params
    held = required(state, names.plain(params.db_parameter_group_name))
    source = told(params.source, "user")
    shown = {
        name: api.Parameter(
            parameter_name=name, parameter_value=one.parameter_value, source="user", is_modifiable=True,
            apply_method=told(one.apply_method, "pending-reboot"), apply_type="dynamic", data_type="string",
        )
        for name, one in held.values.items()
    }  # fmt: skip
    found, marker = pages.paged(params, shown if source == "user" else {})
    return api.DescribeDBParametersResult(parameters=found, marker=marker)
