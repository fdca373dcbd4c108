"""Services: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html and its neighbours

Tasks on Fargate are told to run (`scheduling`), no container does; for tasks on instances there are no instances.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from backtrail import UNSET, Call, Cycle, Event, Phase, UnsetType, known, members, state_at, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.ecs import api, clusters, definitions, errors, pages, scheduling, tags, tasks
from backtrail_aws.ecs.state import Containers, Running, cluster_name, last, service

_DRAINING: Cycle = {"DRAINING": Phase(60, "INACTIVE")}  # seconds: guess


def _key(cluster: str | UnsetType, name: str) -> str:
    parts = name.split("/")
    return f"{cluster_name(cluster) if len(parts) < 3 else parts[-2]}/{parts[-1]}"


def _arn(here: Call[Any] | Event[Any, Any], key: str) -> str:
    return here.arn("ecs", f"service/{key}")


def _definition(state: Containers, params: api.CreateService | api.UpdateService) -> str | UnsetType:
    asked = params.task_definition
    if isinstance(asked, UnsetType):
        return UNSET
    found = definitions.find(state, asked)
    if found is None or not found.is_active:
        raise errors.no_definition()
    if isinstance(params, api.CreateService) and params.launch_type == "FARGATE":
        tasks.check_fargate(found.shown, params.network_configuration)
    return found.arn


@service.handle
def create_service(state: Containers, call: Call[api.CreateService]) -> api.CreateServiceResult:
    """Of a cluster that is there; tasks as many as are desired."""
    params = call.params
    if re.fullmatch(r"[A-Za-z0-9_-]{1,255}", params.service_name) is None:
        # evidence: guess
        raise errors.invalid("Invalid service name.")
    cluster = clusters.required(state, params.cluster)
    tags.check(params.tags)
    key = f"{cluster.name}/{params.service_name}"
    if key in state.services:
        # evidence: guess
        raise errors.invalid("Creation of service was not idempotent.")
    daemon = params.scheduling_strategy == "DAEMON"
    external = isinstance(params.deployment_controller, api.DeploymentController) and (
        params.deployment_controller.type != "ECS"
    )
    if isinstance(params.task_definition, UnsetType) and not external:
        # evidence: guess
        raise errors.invalid("TaskDefinition can not be blank.")
    if isinstance(params.desired_count, UnsetType) and not daemon:
        # evidence: guess
        raise errors.invalid("DesiredCount can not be blank.")
    made = members.changed(
        members.over(api.Service(), params), task_definition=_definition(state, params),
        launch_type=told(params.launch_type, UNSET if told(params.capacity_provider_strategy, []) else "EC2"),
        scheduling_strategy=told(params.scheduling_strategy, "REPLICA"), desired_count=told(params.desired_count, 0),
        role_arn=params.role, load_balancers=told(params.load_balancers, []), events=[],
        service_registries=told(params.service_registries, []), created_by=call.caller.arn,
        placement_constraints=told(params.placement_constraints, []),
        placement_strategy=told(params.placement_strategy, []),
        enable_ecs_managed_tags=told(params.enable_ecs_managed_tags, False),
        enable_execute_command=told(params.enable_execute_command, False),
        propagate_tags=told(params.propagate_tags, "NONE"),
    )  # fmt: skip
    held = Running(
        name=params.service_name, cluster=cluster.name, arn=_arn(call, key), shown=made,
        made=call.time, changed=call.time, tags=tags.plain(params.tags),
    )  # fmt: skip
    return api.CreateServiceResult(
        service=shown(state, call, held, cluster.arn, call.new_id("hex19", "deployment"))
    )


@service.project
def service_created(state: Containers, event: Event[api.CreateService, api.CreateServiceResult]) -> None:
    """The service is there."""
    params = event.params
    cluster = clusters.inferred(state, event, params.cluster)
    key = f"{cluster.name}/{params.service_name}"
    state.gone_services.pop(key, None)
    state.services[key] = Running(
        name=params.service_name, cluster=cluster.name, arn=_arn(event, key),
        shown=members.over(api.Service(), params, event.result.service), made=event.time, changed=event.time,
        tags=tags.plain(params.tags),
    )  # fmt: skip


def shown(
    state: Containers, call: Call[Any], held: Running, cluster: str, deployment: str | UnsetType = UNSET
) -> api.Service:
    """A service as answers show it."""
    desired = told(held.shown.desired_count, 0)
    running, pending = scheduling.counts(state, call, f"{held.cluster}/{held.name}")
    status = "ACTIVE"
    if not isinstance(held.ended, UnsetType):
        status = state_at(_DRAINING, "DRAINING", held.ended, call.time, pace=call.pace(held.ended))
        desired = 0
    return members.changed(
        held.shown, service_arn=held.arn, service_name=held.name, cluster_arn=cluster, status=status,
        desired_count=desired, running_count=running, pending_count=pending,
        created_at=_time(held.made), tags=tags.shown(held.tags),
        deployments=[_deployment(held, (desired, running, pending), deployment)] if status == "ACTIVE" else [],
    )  # fmt: skip


def _deployment(held: Running, counts: tuple[int, int, int], made: str | UnsetType) -> api.Deployment:
    desired, running, pending = counts
    before = told(held.shown.deployments, [])
    identifier = f"ecs-svc/{made}" if isinstance(made, str) else (before[0].id if before else UNSET)
    return api.Deployment(
        id=identifier, status="PRIMARY", task_definition=held.shown.task_definition, desired_count=desired,
        running_count=running, pending_count=pending, failed_tasks=0, created_at=_time(held.changed),
        updated_at=_time(held.changed), launch_type=held.shown.launch_type,
        rollout_state="COMPLETED" if running == desired else "IN_PROGRESS",
    )  # fmt: skip


def _time(at: datetime | UnsetType) -> SpacedTime | UnsetType:
    return UNSET if isinstance(at, UnsetType) else SpacedTime.of(at)


@service.read
def describe_services(state: Containers, call: Call[api.DescribeServices]) -> api.DescribeServicesResult:
    """Those that are named, up to ten; deleted ones are inactive, what is not there is a failure."""
    params = call.params
    if not 1 <= len(params.services) <= 10:
        # evidence: page API_DescribeServices (up to 10); words: guess
        raise errors.invalid("Services must be between 1 and 10.")
    cluster = clusters.required(state, params.cluster)
    found: list[api.Service] = []
    failures: list[api.Failure] = []
    for asked in params.services:
        key = f"{cluster.name}/{last(asked)}"
        held = state.services.get(key) or state.gone_services.get(key)
        if held is None:
            failures.append(api.Failure(arn=_arn(call, key), reason="MISSING"))
            continue
        one = shown(state, call, held, cluster.arn)
        found.append(one if "TAGS" in told(params.include, []) else members.changed(one, tags=[]))
    return api.DescribeServicesResult(services=found, failures=failures)


@service.read
def list_services(state: Containers, call: Call[api.ListServices]) -> api.ListServicesResult:
    """The ARNs of a cluster's services."""
    params = call.params
    cluster = clusters.required(state, params.cluster)

    def keep(one: Running) -> bool:
        return (
            one.cluster == cluster.name
            and told(params.launch_type, one.shown.launch_type) == one.shown.launch_type
            and told(params.scheduling_strategy, one.shown.scheduling_strategy)
            == one.shown.scheduling_strategy
        )

    found, token = pages.paged(params, state.services, keep, 10)
    return api.ListServicesResult(service_arns=[one.arn for one in found], next_token=token)


def _required(state: Containers, cluster: str | UnsetType, name: str) -> Running:
    clusters.required(state, cluster)
    key = _key(cluster, name)
    found = state.services.get(key)
    if found is None:
        raise errors.not_active() if key in state.gone_services else errors.no_service()
    return found


def _inferred(state: Containers, event: Event[Any, Any], cluster: str | UnsetType, name: str) -> Running:
    key = _key(cluster, name)
    there = clusters.inferred(state, event, key.partition("/")[0])
    return known(
        state.services, key, event, lambda: Running(name=last(name), cluster=there.name, arn=_arn(event, key))
    )


@service.handle
def update_service(state: Containers, call: Call[api.UpdateService]) -> api.UpdateServiceResult:
    """A new deployment of what is asked for."""
    params = call.params
    held = _required(state, params.cluster, params.service)
    definition = _definition(state, params)
    after = Running(
        name=held.name, cluster=held.cluster, arn=held.arn, made=held.made, changed=call.time, tags=held.tags,
        shown=members.changed(members.over(held.shown, params), task_definition=definition),
    )  # fmt: skip
    cluster = clusters.required(state, held.cluster).arn
    return api.UpdateServiceResult(
        service=shown(state, call, after, cluster, call.new_id("hex19", "deployment"))
    )


@service.project
def service_updated(state: Containers, event: Event[api.UpdateService, api.UpdateServiceResult]) -> None:
    """It is changed."""
    held = _inferred(state, event, event.params.cluster, event.params.service)
    held.shown = members.over(held.shown, event.params, event.result.service)
    held.changed = event.time


@service.handle
def delete_service(state: Containers, call: Call[api.DeleteService]) -> api.DeleteServiceResult:
    """One that is scaled to nothing, unless by force."""
    params = call.params
    held = _required(state, params.cluster, params.service)
    daemon = held.shown.scheduling_strategy == "DAEMON"
    if told(held.shown.desired_count, 0) and params.force is not True and not daemon:
        # evidence: guess
        raise errors.invalid("The service cannot be stopped while it is scaled above 0.")
    ended = Running(
        name=held.name, cluster=held.cluster, arn=held.arn, made=held.made, shown=held.shown, ended=call.time,
        tags=held.tags,
    )  # fmt: skip
    return api.DeleteServiceResult(
        service=shown(state, call, ended, clusters.required(state, held.cluster).arn)
    )


@service.project
def service_deleted(state: Containers, event: Event[api.DeleteService, api.DeleteServiceResult]) -> None:
    """It drains."""
    key = _key(event.params.cluster, event.params.service)
    held = state.services.pop(key, None)
    if held is not None:
        held.ended = event.time
        state.gone_services[key] = held


@service.evidence
def service_was_gone(state: Containers, event: Event[api.DeleteService, None]) -> None:
    """A service that could not be deleted because it is not there is not there."""
    if event.error in ("ServiceNotFoundException", "ServiceNotActiveException"):
        state.services.pop(_key(event.params.cluster, event.params.service), None)
