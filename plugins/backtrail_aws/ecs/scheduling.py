"""What a service's scheduler does: it keeps as many tasks on Fargate as are desired.

Each time that it starts or stops tasks is a record of its own, made by the service after whatever changed what is
desired. Where a trail of AWS's tells of a service, nobody told of its tasks: AWS records none that a service starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import UNSET, Call, Command, Event, Params, UnsetType, field, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.ecs import api, definitions, task_states, tasks
from backtrail_aws.ecs.state import Containers, Running, Task, cluster_arn, cluster_name, last, service


class ScheduleTasks(Params):
    """The scheduler stops tasks of a service and starts others."""

    cluster: str
    service: str
    start: int
    stop: list[str] = []
    task_definition: str | UnsetType = field(name="taskDefinition", default=UNSET)
    reason: str | UnsetType = UNSET


@service.handle(internal=True)
def schedule_tasks(state: Containers, call: Call[ScheduleTasks]) -> None:
    """It is as it says."""


@service.project
def tasks_scheduled(state: Containers, event: Event[ScheduleTasks, None]) -> None:
    """Tasks end, and others begin."""
    params = event.params
    for identifier in params.stop:
        held = state.tasks.get(f"{params.cluster}/{identifier}")
        if held is not None:
            tasks.end(held, event.time, "ServiceSchedulerInitiated", told(params.reason, ""))
    definition = told(params.task_definition, "")
    for number in range(params.start):
        identifier = event.new_id("hex32", f"task-{number}")
        begun = api.Task(
            group=f"service:{params.service}", started_by=f"ecs-svc/{event.new_id('hex19', 'deployment')}",
            launch_type="FARGATE", cluster_arn=cluster_arn(event, params.cluster), connectivity="CONNECTED",
            task_definition_arn=definition, created_at=SpacedTime.of(event.time), health_status="UNKNOWN", version=1,
            platform_version="1.4.0", platform_family="Linux", attachments=[],
        )  # fmt: skip
        arn = tasks.arn_of(event, params.cluster, identifier)
        made = tasks.launched(
            begun, definitions.find(state, definition), identifier, params.cluster, event.time, arn
        )
        made.service = f"{params.cluster}/{params.service}"
        state.tasks[f"{params.cluster}/{identifier}"] = made


def running(state: Containers, key: str) -> list[Task]:
    """A service's tasks that do not end."""
    cluster = f"{key.partition('/')[0]}/"
    return [
        one
        for id_, one in state.tasks.items()
        if id_.startswith(cluster) and one.service == key and isinstance(one.ending, UnsetType)
    ]


def _on_fargate(held: Running) -> bool:
    providers = [one.capacity_provider for one in told(held.shown.capacity_provider_strategy, [])]
    return held.shown.launch_type == "FARGATE" or any(one in tasks.FARGATE for one in providers)


def _scheduled(
    state: Containers,
    key: str,
    *,
    anew: bool = False,
    reason: str = "Scaling activity initiated by deployment",
) -> Iterator[Command]:
    """What is to be done for a service to have the tasks that are desired: `anew` replaces all of them."""
    held, now = state.services.get(key), running(state, key)
    desired = 0 if held is None or not _on_fargate(held) else told(held.shown.desired_count, 0)
    ending = now if anew else now[desired:]
    start = desired - (len(now) - len(ending))
    if ending or start:
        cluster, _, name = key.partition("/")
        definition = held.shown.task_definition if held is not None else UNSET
        yield Command(
            "ecs",
            ScheduleTasks(
                cluster=cluster, service=name, start=start, stop=[one.id for one in ending], task_definition=definition,
                reason=reason if ending else UNSET,
            ),
        )  # fmt: skip


def _key(cluster: str | UnsetType, name: str) -> str:
    return f"{cluster_name(cluster)}/{last(name)}"


@service.react
def after_create(state: Containers, event: Event[api.CreateService, Any]) -> Iterator[Command]:
    """A service gets its tasks."""
    yield from _scheduled(state, _key(event.params.cluster, event.params.service_name))


@service.react
def after_update(state: Containers, event: Event[api.UpdateService, Any]) -> Iterator[Command]:
    """A new definition, or a deployment that is forced, replaces all tasks; a number adds or takes away."""
    params = event.params
    anew = isinstance(params.task_definition, str) or params.force_new_deployment is True
    yield from _scheduled(state, _key(params.cluster, params.service), anew=anew)


@service.react
def after_delete(state: Containers, event: Event[api.DeleteService, Any]) -> Iterator[Command]:
    """The tasks of a service that is gone end."""
    yield from _scheduled(
        state, _key(event.params.cluster, event.params.service), reason="Service was deleted"
    )


@service.react
def after_stop(state: Containers, event: Event[api.StopTask, Any]) -> Iterator[Command]:
    """A service replaces a task that somebody stopped."""
    held = state.tasks.get(_key(event.params.cluster, event.params.task))
    if held is not None and isinstance(held.service, str):
        yield from _scheduled(state, held.service)


def counts(state: Containers, call: Call[Any], key: str) -> tuple[int, int]:
    """How many of a service's tasks run, and how many are about to."""
    states = [task_states.status_of(call, one) for one in running(state, key)]
    return states.count("RUNNING"), len(states) - states.count("RUNNING")
