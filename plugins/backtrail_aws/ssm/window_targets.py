"""Targets of maintenance windows: https://docs.aws.amazon.com/systems-manager/latest/userguide/mw-cli-register-targets.html"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from backtrail import UNSET, Call, Event, Refusal, told
from backtrail_aws.ssm import api, errors, limits, settings, windows
from backtrail_aws.ssm.document_reading import paged
from backtrail_aws.ssm.state import Ssm, Window, service

BY_TARGET = "WindowTargetIds"


def required(window: Window, identifier: str) -> api.MaintenanceWindowTarget:
    """The target of an id. Raises `Refusal`."""
    found = window.targets.get(identifier)
    if found is None:
        # evidence: guess
        raise errors.missing(f"Window target {identifier} does not exist in maintenance window {window.id}")
    return found


@service.handle(token="client_token")
def register_target_with_maintenance_window(
    state: Ssm, call: Call[api.RegisterTargetWithMaintenanceWindow]
) -> api.RegisterTargetWithMaintenanceWindowResult:
    """A target of a window that is there."""
    window = windows.required(state, call.params.window_id)
    if len(window.targets) >= limits.WINDOW_TARGETS_MAX:
        # evidence: guess
        raise errors.limit("You have reached the maximum number of targets of this maintenance window.")
    return api.RegisterTargetWithMaintenanceWindowResult(window_target_id=call.new_id("uuid", "target"))


@service.project
def target_registered(
    state: Ssm,
    event: Event[api.RegisterTargetWithMaintenanceWindow, api.RegisterTargetWithMaintenanceWindowResult],
) -> None:
    """The window has the target."""
    window = state.window(event, event.params.window_id)
    identifier = told(event.result.window_target_id, event.new_id("uuid", "target"))
    base = api.MaintenanceWindowTarget(window_target_id=identifier)
    window.targets[identifier] = settings.changed(base, event.params)


@service.handle
def update_maintenance_window_target(
    state: Ssm, call: Call[api.UpdateMaintenanceWindowTarget]
) -> api.UpdateMaintenanceWindowTargetResult:
    """What is given changes."""
    params = call.params
    held = required(windows.required(state, params.window_id), params.window_target_id)
    made = settings.changed(held, params, whole=params.replace is True)
    return settings.changed(api.UpdateMaintenanceWindowTargetResult(), made)


@service.project
def target_updated(
    state: Ssm, event: Event[api.UpdateMaintenanceWindowTarget, api.UpdateMaintenanceWindowTargetResult]
) -> None:
    """The target is otherwise."""
    params = event.params
    window = state.window(event, params.window_id)
    held = window.targets.get(params.window_target_id) or api.MaintenanceWindowTarget()
    window.targets[params.window_target_id] = settings.changed(held, params, whole=params.replace is True)


@service.handle
def deregister_target_from_maintenance_window(
    state: Ssm, call: Call[api.DeregisterTargetFromMaintenanceWindow]
) -> api.DeregisterTargetFromMaintenanceWindowResult:
    """The target goes; with Safe, not while a task means it."""
    params = call.params
    window = windows.required(state, params.window_id)
    required(window, params.window_target_id)
    used = any(
        target.key == BY_TARGET and params.window_target_id in told(target.values, [])
        for task in window.tasks.values()
        for target in told(task.targets, [])
    )
    if params.safe is True and used:
        # evidence: model; words: page API_DeregisterTargetFromMaintenanceWindow
        raise Refusal(
            "TargetInUseException",
            "You specified the Safe option for the DeregisterTargetFromMaintenanceWindow operation, but the target is "
            "still referenced in a task.",
        )
    return api.DeregisterTargetFromMaintenanceWindowResult(
        window_id=window.id, window_target_id=params.window_target_id
    )


@service.project
def target_deregistered(
    state: Ssm,
    event: Event[api.DeregisterTargetFromMaintenanceWindow, api.DeregisterTargetFromMaintenanceWindowResult],
) -> None:
    """The target is gone."""
    window = state.window(event, event.params.window_id)
    window.targets.pop(event.params.window_target_id, None)


@service.read
def describe_maintenance_window_targets(
    state: Ssm, call: Call[api.DescribeMaintenanceWindowTargets]
) -> api.DescribeMaintenanceWindowTargetsResult:
    """The targets of a window, by id."""
    params = call.params
    window = windows.required(state, params.window_id)
    tests = [_test(told(one.key, ""), told(one.values, [])) for one in told(params.filters, [])]
    found = paged(
        window.targets, params.next_token, params.max_results, limits.WINDOW_PAGE,
        lambda one: all(test(one) for test in tests),
    )  # fmt: skip
    return api.DescribeMaintenanceWindowTargetsResult(targets=found.items, next_token=found.next or UNSET)


def _test(key: str, values: Sequence[str]) -> Callable[[api.MaintenanceWindowTarget], bool]:
    reads: dict[str, Callable[[api.MaintenanceWindowTarget], str]] = {
        "Type": lambda one: told(one.resource_type, ""),
        "WindowTargetId": lambda one: told(one.window_target_id, ""),
        "OwnerInformation": lambda one: told(one.owner_information, ""),
    }
    if key not in reads:
        # evidence: guess
        raise errors.validation(f"The filter key {key} is not valid.")
    return lambda one: reads[key](one) in values
