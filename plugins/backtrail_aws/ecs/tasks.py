"""Tasks: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html and its neighbours

A task on Fargate is told to run, and is said to; no container does. Tasks on instances need container instances, of
which there are none: they are refused, as AWS refuses them in a cluster without any.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from backtrail import UNSET, Call, Event, UnsetType, members, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.ecs import api, clusters, definitions, errors, pages, tags, task_states
from backtrail_aws.ecs.state import Containers, Definition, Task, cluster_name, last, service

_MOST = 10  # tasks of one call: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
_REMEMBERED = timedelta(hours=1)
"""How long a task that stopped is shown:
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html"""

FARGATE = ("FARGATE", "FARGATE_SPOT")


def launched(
    held: api.Task, definition: Definition | None, identifier: str, cluster: str, made: datetime, arn: str
) -> Task:
    """A task of a definition, with one container for each of its container definitions."""
    asked = definition.shown if definition is not None else api.TaskDefinition()
    containers = [
        api.Container(
            container_arn=f"{arn.replace(':task/', ':container/')}/{identifier[:8]}-{number}", task_arn=arn,
            name=one.name, image=one.image, network_interfaces=[], cpu=str(told(one.cpu, 0)),
            memory=str(one.memory) if isinstance(one.memory, int) else UNSET,
        )
        for number, one in enumerate(told(asked.container_definitions, []))
    ]  # fmt: skip
    shown = members.changed(
        held, task_arn=arn, containers=told(held.containers, containers), cpu=told(held.cpu, asked.cpu),
        memory=told(held.memory, asked.memory),
    )  # fmt: skip
    return Task(id=identifier, cluster=cluster, arn=arn, shown=shown, made=made)


def arn_of(here: Call[Any] | Event[Any, Any], cluster: str, identifier: str) -> str:
    """A task's ARN."""
    return here.arn("ecs", f"task/{cluster}/{identifier}")


@service.handle(token="client_token")
def run_task(state: Containers, call: Call[api.RunTask]) -> api.RunTaskResult:
    """As many tasks as are asked for, up to ten, on Fargate."""
    params = call.params
    cluster = clusters.required(state, params.cluster)
    definition = definitions.find(state, params.task_definition)
    if definition is None:
        raise errors.no_definition()
    if not definition.is_active:
        # evidence: guess
        raise errors.client("TaskDefinition is inactive")
    if not 1 <= told(params.count, 1) <= _MOST:
        # evidence: page API_RunTask (up to 10); words: guess
        raise errors.invalid("Count should be between 1 and 10.")
    tags.check(params.tags)
    launch, provider = _launch(cluster.shown, params)
    if launch not in FARGATE:
        raise errors.no_instances()
    check_fargate(definition.shown, params.network_configuration)
    running = members.changed(
        members.over(api.Task(), params), launch_type="FARGATE", capacity_provider_name=provider,
        group=told(params.group, f"family:{definition.family}"), cluster_arn=cluster.arn,
        task_definition_arn=definition.arn, created_at=SpacedTime.of(call.time), desired_status="RUNNING",
        last_status="PROVISIONING", connectivity="CONNECTED", health_status="UNKNOWN", version=1,
        platform_version=told(params.platform_version, "1.4.0"), platform_family="Linux",
        overrides=told(params.overrides, api.TaskOverride(container_overrides=[])), tags=told(params.tags, []),
        enable_execute_command=told(params.enable_execute_command, False), attachments=_attachments(call, params),
    )  # fmt: skip
    made: list[api.Task] = []
    for number in range(told(params.count, 1)):
        identifier = call.new_id("hex32", f"task-{number}")
        arn = arn_of(call, cluster.name, identifier)
        made.append(launched(running, definition, identifier, cluster.name, call.time, arn).shown)
    return api.RunTaskResult(tasks=made, failures=[])


def _launch(cluster: api.Cluster, params: api.RunTask) -> tuple[str, str | UnsetType]:
    """The launch type, and the capacity provider where one says it."""
    if isinstance(params.launch_type, str):
        return params.launch_type, UNSET
    strategy = told(params.capacity_provider_strategy, []) or told(
        cluster.default_capacity_provider_strategy, []
    )
    provider = strategy[0].capacity_provider if strategy else UNSET
    return (provider, provider) if isinstance(provider, str) else ("EC2", UNSET)


def check_fargate(definition: api.TaskDefinition, network: api.NetworkConfiguration | UnsetType) -> None:
    """Refuse what does not run on Fargate."""
    if "FARGATE" not in told(definition.compatibilities, ["FARGATE"]):
        # evidence: guess
        raise errors.invalid("Task definition does not support launch_type FARGATE.")
    if isinstance(network, UnsetType) or isinstance(network.awsvpc_configuration, UnsetType):
        # evidence: guess
        raise errors.invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")


def _attachments(call: Call[Any], params: api.RunTask) -> list[api.Attachment]:
    """Where a task is attached. Its network interface is not made: EC2 does not know of it."""
    held = told(params.network_configuration, api.NetworkConfiguration()).awsvpc_configuration
    if isinstance(held, UnsetType):
        return []
    details = [api.KeyValuePair(name="subnetId", value=held.subnets[0])] if held.subnets else []
    return [
        api.Attachment(
            id=call.new_id("uuid", "attachment"), type="ElasticNetworkInterface", status="PRECREATED", details=details
        )
    ]  # fmt: skip


@service.project
def tasks_ran(state: Containers, event: Event[api.RunTask, api.RunTaskResult]) -> None:
    """The tasks are there."""
    for one in told(told(event.result, api.RunTaskResult()).tasks, []):
        if isinstance(one.task_arn, str):
            identifier, cluster = last(one.task_arn), cluster_name(one.cluster_arn)
            state.tasks[f"{cluster}/{identifier}"] = Task(
                id=identifier, cluster=cluster, arn=one.task_arn, shown=one, made=event.time,
                tags=tags.plain(one.tags),
            )  # fmt: skip


def shown(call: Call[Any], held: Task, *, tagged: bool = False) -> api.Task:
    """A task as answers show it at the call's time."""
    status = task_states.status_of(call, held)
    ending = held.ending if isinstance(held.ending, datetime) else None
    over = {} if ending is None else _ended(ending, status)
    containers = [members.changed(one, last_status=status) for one in told(held.shown.containers, [])]
    return members.changed(
        held.shown, last_status=status, containers=containers, desired_status="STOPPED" if ending else "RUNNING",
        started_at=SpacedTime.of(held.made) if status == "RUNNING" or ending else UNSET,
        tags=tags.shown(held.tags) if tagged else [], **over,
    )  # fmt: skip


def _ended(ending: datetime, status: str) -> dict[str, Any]:
    at = SpacedTime.of(ending)
    held = {"stopping_at": at, "execution_stopped_at": at}
    return held | {"stopped_at": at} if status == "STOPPED" else held


def _found(state: Containers, cluster: str, asked: str) -> Task | None:
    return state.tasks.get(f"{cluster}/{last(asked)}")


def _forgotten(call: Call[Any], held: Task) -> bool:
    return isinstance(held.ending, datetime) and call.time - held.ending > _REMEMBERED


@service.read
def describe_tasks(state: Containers, call: Call[api.DescribeTasks]) -> api.DescribeTasksResult:
    """Those that are named, up to a hundred; what is not there is a failure."""
    params = call.params
    cluster = clusters.required(state, params.cluster)
    if not 1 <= len(params.tasks) <= 100:
        # evidence: page API_DescribeTasks (up to 100); words: guess
        raise errors.invalid("Tasks must be between 1 and 100.")
    found: list[api.Task] = []
    failures: list[api.Failure] = []
    for asked in params.tasks:
        held = _found(state, cluster.name, asked)
        if held is None or _forgotten(call, held):
            failures.append(api.Failure(arn=arn_of(call, cluster.name, last(asked)), reason="MISSING"))
        else:
            found.append(shown(call, held, tagged="TAGS" in told(params.include, [])))
    return api.DescribeTasksResult(tasks=found, failures=failures)


@service.read
def list_tasks(state: Containers, call: Call[api.ListTasks]) -> api.ListTasksResult:
    """The ARNs of a cluster's tasks that are to run, or that are to stop."""
    params = call.params
    cluster = clusters.required(state, params.cluster)
    owner = f"{cluster.name}/{last(params.service_name)}" if isinstance(params.service_name, str) else None
    if owner is not None and owner not in state.services and owner not in state.gone_services:
        raise errors.no_service()
    stopped = told(params.desired_status, "RUNNING") == "STOPPED"

    def keep(one: Task) -> bool:
        family = last(told(one.shown.task_definition_arn, "")).partition(":")[0]
        return (
            one.cluster == cluster.name
            and isinstance(one.ending, datetime) == stopped
            and not _forgotten(call, one)
            and (owner is None or one.service == owner)
            and told(params.family, family) == family
            and told(params.started_by, one.shown.started_by) == one.shown.started_by
            and told(params.launch_type, one.shown.launch_type) == one.shown.launch_type
            and isinstance(params.container_instance, UnsetType)
        )

    found, token = pages.paged(params, state.tasks, keep)
    return api.ListTasksResult(task_arns=[one.arn for one in found], next_token=token)


@service.handle
def stop_task(state: Containers, call: Call[api.StopTask]) -> api.StopTaskResult:
    """A task that is there; one that stopped already is answered as it is."""
    cluster = clusters.required(state, call.params.cluster)
    held = _found(state, cluster.name, call.params.task)
    if held is None or _forgotten(call, held):
        raise errors.no_task()
    if isinstance(held.ending, datetime):
        return api.StopTaskResult(task=shown(call, held))
    reason = told(call.params.reason, "Task stopped by user")
    ended = Task(
        id=held.id, cluster=held.cluster, arn=held.arn, made=held.made, ending=call.time, tags=held.tags,
        shown=members.changed(held.shown, stop_code="UserInitiated", stopped_reason=reason),
    )  # fmt: skip
    return api.StopTaskResult(task=shown(call, ended))


@service.project
def task_stopped(state: Containers, event: Event[api.StopTask, api.StopTaskResult]) -> None:
    """It ends."""
    held = _found(state, cluster_name(event.params.cluster), event.params.task)
    if held is not None:
        end(held, event.time, "UserInitiated", told(event.params.reason, "Task stopped by user"))


def end(held: Task, at: datetime, code: str, reason: str) -> None:
    """A task ends, unless it did before."""
    if isinstance(held.ending, UnsetType):
        held.ending = at
        held.shown = members.changed(held.shown, stop_code=code, stopped_reason=reason)
