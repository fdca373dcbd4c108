"""Task definitions: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html"""

from __future__ import annotations

import re
from typing import Any

from backtrail import Call, Event, UnsetType, members, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.ecs import api, errors, pages, tags
from backtrail_aws.ecs.state import Containers, Definition, last, service


def find(state: Containers, asked: str) -> Definition | None:
    """A revision by ARN or `family:revision`; of a family alone the newest active one."""
    family, _, revision = last(asked).partition(":")
    if revision.isdigit():
        return state.definitions.get(f"{family}:{int(revision):08}")
    several = [one for one in state.definitions.values() if one.family == family and one.is_active]
    return several[-1] if several else None


def _arn(here: Call[Any] | Event[Any, Any], family: str, revision: int) -> str:
    return here.arn("ecs", f"task-definition/{family}:{revision}")


@service.handle
def register_task_definition(
    state: Containers, call: Call[api.RegisterTaskDefinition]
) -> api.RegisterTaskDefinitionResult:
    """The next revision of a family."""
    params = call.params
    if re.fullmatch(r"[A-Za-z0-9_-]{1,255}", params.family) is None:
        # evidence: guess
        raise errors.client("Family contains invalid characters.")
    if not params.container_definitions:
        # evidence: guess
        raise errors.client("TaskDefinition must have at least one container definition.")
    tags.check(params.tags)
    if "FARGATE" in told(params.requires_compatibilities, []):
        if isinstance(params.cpu, UnsetType) or isinstance(params.memory, UnsetType):
            # evidence: guess
            raise errors.client("Fargate requires that 'cpu' be defined at the task level.")
        if told(params.network_mode, "bridge") != "awsvpc":
            # evidence: guess
            raise errors.client("Fargate only supports network mode 'awsvpc'.")
    revision = state.latest.get(params.family, 0) + 1
    made = members.changed(
        members.over(api.TaskDefinition(), params), task_definition_arn=_arn(call, params.family, revision),
        revision=revision, status="ACTIVE", volumes=told(params.volumes, []),
        placement_constraints=told(params.placement_constraints, []),
        compatibilities=["EC2", "FARGATE"] if params.network_mode == "awsvpc" else ["EC2"], requires_attributes=[],
        registered_at=SpacedTime.of(call.time), registered_by=call.caller.arn,
    )  # fmt: skip
    return api.RegisterTaskDefinitionResult(task_definition=made, tags=params.tags)


@service.project
def task_definition_registered(
    state: Containers, event: Event[api.RegisterTaskDefinition, api.RegisterTaskDefinitionResult]
) -> None:
    """The revision is there."""
    family = event.params.family
    made = members.over(api.TaskDefinition(status="ACTIVE"), event.params, event.result.task_definition)
    revision = told(made.revision, state.latest.get(family, 0) + 1)
    state.latest[family] = max(revision, state.latest.get(family, 0))
    state.definitions[f"{family}:{revision:08}"] = Definition(
        family=family, revision=revision, arn=_arn(event, family, revision), shown=made,
        tags=tags.plain(event.params.tags),
    )  # fmt: skip


@service.read
def describe_task_definition(
    state: Containers, call: Call[api.DescribeTaskDefinition]
) -> api.DescribeTaskDefinitionResult:
    """One revision, or the newest active one."""
    found = find(state, call.params.task_definition)
    if found is None:
        # evidence: guess
        raise errors.client("Unable to describe task definition.")
    held = tags.shown(found.tags) if "TAGS" in told(call.params.include, []) else []
    return api.DescribeTaskDefinitionResult(task_definition=found.shown, tags=held)


@service.read
def list_task_definitions(
    state: Containers, call: Call[api.ListTaskDefinitions]
) -> api.ListTaskDefinitionsResult:
    """The ARNs of a family's revisions, or of all."""
    params = call.params
    status, family = told(params.status, "ACTIVE"), params.family_prefix

    def keep(one: Definition) -> bool:
        return ("ACTIVE" if one.is_active else "INACTIVE") == status and (
            isinstance(family, UnsetType) or one.family == family
        )

    found, token = pages.paged(params, state.definitions, keep)
    arns = [one.arn for one in found]
    return api.ListTaskDefinitionsResult(
        task_definition_arns=arns[::-1] if params.sort == "DESC" else arns, next_token=token
    )


@service.read
def list_task_definition_families(
    state: Containers, call: Call[api.ListTaskDefinitionFamilies]
) -> api.ListTaskDefinitionFamiliesResult:
    """Families that have an active revision, or have none."""
    params = call.params
    active = {one.family for one in state.definitions.values() if one.is_active}
    families = {one.family for one in state.definitions.values()}
    status = told(params.status, "ALL")
    chosen = active if status == "ACTIVE" else families - active if status == "INACTIVE" else families
    prefix = told(params.family_prefix, "")
    items = {one: one for one in sorted(chosen) if one.startswith(prefix)}
    found, token = pages.paged(params, items)
    return api.ListTaskDefinitionFamiliesResult(families=found, next_token=token)


@service.handle
def deregister_task_definition(
    state: Containers, call: Call[api.DeregisterTaskDefinition]
) -> api.DeregisterTaskDefinitionResult:
    """A revision must be named."""
    if not last(call.params.task_definition).partition(":")[2].isdigit():
        # evidence: guess
        raise errors.client("Invalid revision number. Number: ")
    found = find(state, call.params.task_definition)
    if found is None:
        # evidence: guess
        raise errors.client("The specified task definition does not exist.")
    return api.DeregisterTaskDefinitionResult(
        task_definition=members.changed(
            found.shown, status="INACTIVE", deregistered_at=SpacedTime.of(call.time)
        )
    )


@service.project
def task_definition_deregistered(
    state: Containers, event: Event[api.DeregisterTaskDefinition, api.DeregisterTaskDefinitionResult]
) -> None:
    """It is inactive."""
    family, _, number = last(event.params.task_definition).partition(":")
    revision = int(number) if number.isdigit() else 0
    key = f"{family}:{revision:08}"
    found = state.definitions.get(key)
    if found is None:
        found = Definition(family=family, revision=revision, arn=_arn(event, family, revision))
        state.definitions[key] = found
        event.implied.append(key)
        state.latest[family] = max(revision, state.latest.get(family, 0))
    found.shown = members.changed(
        members.over(found.shown, event.result.task_definition), status="INACTIVE", family=family,
        deregistered_at=SpacedTime.of(event.time),
    )  # fmt: skip
