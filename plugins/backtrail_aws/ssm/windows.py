"""Maintenance windows: made, changed, read and deleted. They are kept, and nothing is carried out in them.

https://docs.aws.amazon.com/systems-manager/latest/userguide/maintenance-windows.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.ssm import api, errors, limits, settings, tags
from backtrail_aws.ssm.document_reading import paged
from backtrail_aws.ssm.parameters import time
from backtrail_aws.ssm.state import Ssm, Window, service

_SCHEDULE = re.compile(r"cron\(\S+( \S+){5,6}\)|rate\((\d+) (minute|hour|day)s?\)|at\((.+)\)")


def required(state: Ssm, identifier: str) -> Window:
    """The window of an id. Raises `Refusal`."""
    found = state.windows.get(identifier)
    if found is None:
        # evidence: guess
        raise errors.missing(f"Maintenance window {identifier} does not exist")
    return found


def _check(schedule: str | UnsetType, duration: int | UnsetType, cutoff: int | UnsetType) -> None:
    if isinstance(schedule, str) and _SCHEDULE.fullmatch(schedule) is None:
        # evidence: reference-cron-and-rate-expressions.html (the forms); words: guess
        raise errors.validation(f"Schedule expression is not valid: {schedule}")
    if isinstance(duration, int) and isinstance(cutoff, int) and cutoff >= duration:
        # evidence: guess
        raise errors.validation("Cutoff must be less than duration.")


@service.handle(token="client_token")
def create_maintenance_window(
    state: Ssm, call: Call[api.CreateMaintenanceWindow]
) -> api.CreateMaintenanceWindowResult:
    """A window, which is enabled."""
    params = call.params
    _check(params.schedule, params.duration, params.cutoff)
    tags.check(told(params.tags, []), {})
    if len(state.windows) >= call.quota("maintenance-windows", limits.WINDOWS_MAX):
        # evidence: guess
        raise errors.limit("You have reached the maximum number of maintenance windows.")
    return api.CreateMaintenanceWindowResult(window_id=call.new_id("mw"))


@service.project
def maintenance_window_created(
    state: Ssm, event: Event[api.CreateMaintenanceWindow, api.CreateMaintenanceWindowResult]
) -> None:
    """The window is there."""
    params = event.params
    identifier = told(event.result.window_id, event.new_id("mw"))
    base = api.UpdateMaintenanceWindow(window_id=identifier, enabled=True)
    state.windows[identifier] = Window(
        id=identifier, arn=event.arn("ssm", f"maintenancewindow/{identifier}"),
        settings=settings.changed(base, params), made=event.time, changed=event.time,
        tags=tags.plain(told(params.tags, [])),
    )  # fmt: skip


# update


@service.handle
def update_maintenance_window(
    state: Ssm, call: Call[api.UpdateMaintenanceWindow]
) -> api.UpdateMaintenanceWindowResult:
    """What is given changes; with Replace, what is not given is gone."""
    params = call.params
    window = required(state, params.window_id)
    if params.replace is True and UNSET in (
        params.name, params.schedule, params.duration, params.cutoff, params.allow_unassociated_targets
    ):  # fmt: skip
        # evidence: page API_UpdateMaintenanceWindow (the rule); words: guess
        raise errors.validation(
            "When Replace is true, all fields that CreateMaintenanceWindow requires are required."
        )
    made = _changed(window, params)
    _check(made.schedule, made.duration, made.cutoff)
    return settings.changed(api.UpdateMaintenanceWindowResult(), made)


def _changed(window: Window, params: api.UpdateMaintenanceWindow) -> api.UpdateMaintenanceWindow:
    made = settings.changed(window.settings, params, whole=params.replace is True)
    if isinstance(made.enabled, UnsetType):
        made = settings.changed(made, api.UpdateMaintenanceWindow(window_id=window.id, enabled=True))
    return made


@service.project
def maintenance_window_updated(
    state: Ssm, event: Event[api.UpdateMaintenanceWindow, api.UpdateMaintenanceWindowResult]
) -> None:
    """The window is otherwise."""
    window = state.window(event, event.params.window_id)
    window.settings = _changed(window, event.params)
    window.changed = event.time


# delete


@service.handle
def delete_maintenance_window(
    state: Ssm, call: Call[api.DeleteMaintenanceWindow]
) -> api.DeleteMaintenanceWindowResult:
    """One that is not there is no error: the model has none for it."""
    return api.DeleteMaintenanceWindowResult(window_id=call.params.window_id)


@service.project
def maintenance_window_deleted(
    state: Ssm, event: Event[api.DeleteMaintenanceWindow, api.DeleteMaintenanceWindowResult]
) -> None:
    """The window is gone, with its targets and tasks."""
    state.windows.pop(event.params.window_id, None)


# read


@service.read
def get_maintenance_window(
    state: Ssm, call: Call[api.GetMaintenanceWindow]
) -> api.GetMaintenanceWindowResult:
    """All of a window."""
    window = required(state, call.params.window_id)
    base = api.GetMaintenanceWindowResult(
        created_date=time(window.made),
        modified_date=time(window.changed),
        next_execution_time=_next(window, call.time),
    )
    return settings.changed(base, window.settings)


def _next(window: Window, now: datetime) -> str | UnsetType:
    """When it opens next: told for rates and single times, cron is not followed."""
    schedule = _SCHEDULE.fullmatch(told(window.settings.schedule, ""))
    if schedule is None or window.settings.enabled is False:
        return UNSET
    if schedule[4]:
        return f"{schedule[4]}Z" if schedule[4] > f"{now:%Y-%m-%dT%H:%M:%S}" else UNSET
    if not schedule[2] or isinstance(window.made, UnsetType) or int(schedule[2]) == 0:
        return UNSET
    every = timedelta(**{f"{schedule[3]}s": int(schedule[2])})
    at = window.made + every * ((now - window.made) // every + 1)
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M}Z"


@service.read
def describe_maintenance_windows(
    state: Ssm, call: Call[api.DescribeMaintenanceWindows]
) -> api.DescribeMaintenanceWindowsResult:
    """Windows by id, that all filters keep."""
    params = call.params
    tests = [_test(told(one.key, ""), told(one.values, [])) for one in told(params.filters, [])]
    found = paged(
        state.windows, params.next_token, params.max_results, limits.WINDOW_PAGE,
        lambda one: all(test(one) for test in tests),
    )  # fmt: skip
    return api.DescribeMaintenanceWindowsResult(
        window_identities=[_identity(one, call) for one in found.items], next_token=found.next or UNSET
    )


def _identity(window: Window, call: Call[Any]) -> api.MaintenanceWindowIdentity:
    base = api.MaintenanceWindowIdentity(next_execution_time=_next(window, call.time))
    return settings.changed(base, window.settings)


def _test(key: str, values: Sequence[str]) -> Callable[[Window], bool]:
    if key == "Name":
        return lambda one: told(one.settings.name, "") in values
    if key == "Enabled":
        wanted = [value.lower() == "true" for value in values]
        return lambda one: told(one.settings.enabled, True) in wanted
    # evidence: guess
    raise errors.validation(f"The filter key {key} is not valid.")
