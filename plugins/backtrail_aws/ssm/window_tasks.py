"""Tasks of maintenance windows: https://docs.aws.amazon.com/systems-manager/latest/userguide/mw-cli-register-tasks-examples.html"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.ssm import api, errors, limits, settings, windows
from backtrail_aws.ssm.document_reading import paged
from backtrail_aws.ssm.state import Ssm, Window, service
from backtrail_aws.ssm.window_targets import BY_TARGET

_FEW = "1"  # API_RegisterTaskWithMaintenanceWindow: MaxConcurrency and MaxErrors of a task without targets


def required(window: Window, identifier: str) -> api.GetMaintenanceWindowTaskResult:
    """The task of an id. Raises `Refusal`."""
    found = window.tasks.get(identifier)
    if found is None:
        # evidence: guess
        raise errors.missing(f"Window task {identifier} does not exist in maintenance window {window.id}")
    return found


def _check(window: Window, targets: list[api.Target] | UnsetType) -> None:
    for target in told(targets, []):
        for value in told(target.values, []):
            if target.key == BY_TARGET and value not in window.targets:
                # evidence: guess
                raise errors.missing(
                    f"Window target {value} does not exist in maintenance window {window.id}"
                )


@service.handle(token="client_token")
def register_task_with_maintenance_window(
    state: Ssm, call: Call[api.RegisterTaskWithMaintenanceWindow]
) -> api.RegisterTaskWithMaintenanceWindowResult:
    """A task of a window that is there."""
    window = windows.required(state, call.params.window_id)
    _check(window, call.params.targets)
    if len(window.tasks) >= limits.WINDOW_TASKS_MAX:
        # evidence: guess
        raise errors.limit("You have reached the maximum number of tasks of this maintenance window.")
    return api.RegisterTaskWithMaintenanceWindowResult(window_task_id=call.new_id("uuid", "task"))


@service.project
def task_registered(
    state: Ssm,
    event: Event[api.RegisterTaskWithMaintenanceWindow, api.RegisterTaskWithMaintenanceWindowResult],
) -> None:
    """The window has the task."""
    window = state.window(event, event.params.window_id)
    identifier = told(event.result.window_task_id, event.new_id("uuid", "task"))
    base = api.GetMaintenanceWindowTaskResult(
        window_task_id=identifier, targets=[], task_parameters={}, priority=1, max_concurrency=_FEW, max_errors=_FEW,
    )  # fmt: skip
    window.tasks[identifier] = settings.changed(base, event.params)


@service.handle
def update_maintenance_window_task(
    state: Ssm, call: Call[api.UpdateMaintenanceWindowTask]
) -> api.UpdateMaintenanceWindowTaskResult:
    """What is given changes."""
    params = call.params
    window = windows.required(state, params.window_id)
    held = required(window, params.window_task_id)
    _check(window, params.targets)
    made = settings.changed(held, params, whole=params.replace is True)
    return settings.changed(api.UpdateMaintenanceWindowTaskResult(), made)


@service.project
def task_updated(
    state: Ssm, event: Event[api.UpdateMaintenanceWindowTask, api.UpdateMaintenanceWindowTaskResult]
) -> None:
    """The task is otherwise."""
    params = event.params
    window = state.window(event, params.window_id)
    held = window.tasks.get(params.window_task_id) or api.GetMaintenanceWindowTaskResult()
    window.tasks[params.window_task_id] = settings.changed(held, params, whole=params.replace is True)


@service.handle
def deregister_task_from_maintenance_window(
    state: Ssm, call: Call[api.DeregisterTaskFromMaintenanceWindow]
) -> api.DeregisterTaskFromMaintenanceWindowResult:
    """The task goes."""
    params = call.params
    window = windows.required(state, params.window_id)
    required(window, params.window_task_id)
    return api.DeregisterTaskFromMaintenanceWindowResult(
        window_id=window.id, window_task_id=params.window_task_id
    )


@service.project
def task_deregistered(
    state: Ssm,
    event: Event[api.DeregisterTaskFromMaintenanceWindow, api.DeregisterTaskFromMaintenanceWindowResult],
) -> None:
    """The task is gone."""
    window = state.window(event, event.params.window_id)
    window.tasks.pop(event.params.window_task_id, None)


# read


@service.read
def get_maintenance_window_task(
    state: Ssm, call: Call[api.GetMaintenanceWindowTask]
) -> api.GetMaintenanceWindowTaskResult:
    """All of a task."""
    return required(windows.required(state, call.params.window_id), call.params.window_task_id)


@service.read
def describe_maintenance_window_tasks(
    state: Ssm, call: Call[api.DescribeMaintenanceWindowTasks]
) -> api.DescribeMaintenanceWindowTasksResult:
    """The tasks of a window, by id; what is handed to them when they run is not shown."""
    params = call.params
    window = windows.required(state, params.window_id)
    tests = [_test(told(one.key, ""), told(one.values, [])) for one in told(params.filters, [])]
    found = paged(
        window.tasks, params.next_token, params.max_results, limits.WINDOW_PAGE,
        lambda one: all(test(one) for test in tests),
    )  # fmt: skip
    return api.DescribeMaintenanceWindowTasksResult(
        tasks=[_listed(one) for one in found.items], next_token=found.next or UNSET
    )


def _listed(task: api.GetMaintenanceWindowTaskResult) -> api.MaintenanceWindowTask:
    return msgspec.structs.replace(settings.changed(api.MaintenanceWindowTask(), task), type=task.task_type)


def _test(key: str, values: Sequence[str]) -> Callable[[api.GetMaintenanceWindowTaskResult], bool]:
    reads: dict[str, Callable[[api.GetMaintenanceWindowTaskResult], Any]] = {
        "WindowTaskId": lambda one: one.window_task_id,
        "TaskArn": lambda one: one.task_arn,
        "TaskType": lambda one: one.task_type,
        "Priority": lambda one: UNSET if isinstance(one.priority, UnsetType) else str(one.priority),
    }
    if key not in reads:
        # evidence: guess
        raise errors.validation(f"The filter key {key} is not valid.")
    return lambda one: reads[key](one) in values
