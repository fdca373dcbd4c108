"""Instance refreshes: a group's instances are replaced, some at a time.

A refresh goes on as soon as the instances before are in service: there is no warmup to wait for, and nothing that
alarms could tell. Checkpoints hold it by the clock.
https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-instance-refresh.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Command, Event, UnsetType, members, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.autoscaling import (
    actions,
    api,
    capacity,
    due,
    errors,
    group_rules,
    limits,
    names,
    pages,
    placing,
    reasons,
)
from backtrail_aws.autoscaling.health import REFRESHING
from backtrail_aws.autoscaling.state import Group, Refresh, Scaling, service

_STRATEGIES = ("Rolling", "ReplaceRootVolume")


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """Beside the record: the instances to replace."""

    pending: list[str]


def active(group: Group) -> Refresh | None:
    """The refresh that is under way."""
    return next((one for one in group.refreshes.values() if one.shown.status in REFRESHING), None)


@service.handle
def start_instance_refresh(
    state: Scaling, call: Call[api.StartInstanceRefresh]
) -> Answer[api.StartInstanceRefreshResult]:
    """One at a time; what it shall launch must be there."""
    params = call.params
    group = names.found(state, params.auto_scaling_group_name)
    if active(group) is not None:
        raise errors.refreshing()
    if told(params.strategy, "Rolling") not in _STRATEGIES:
        # evidence: model; words: guess
        raise errors.invalid(f"Invalid strategy: {params.strategy}")
    wanted = told(params.desired_configuration, api.DesiredConfiguration())
    if not isinstance(wanted.launch_template, UnsetType):
        group_rules.check_template(call, wanted.launch_template)
    wish = told(params.preferences, api.RefreshPreferences())
    if wish.auto_rollback is True and isinstance(params.desired_configuration, UnsetType):
        # evidence: page instance-refresh-rollback.html; words: guess
        raise errors.invalid("AutoRollback requires a desired configuration.")
    pending = _pending(group, params)
    return Answer(
        api.StartInstanceRefreshResult(instance_refresh_id=call.new_id("uuid", "refresh")),
        note=Begun(pending=pending),
    )


def _pending(group: Group, params: api.StartInstanceRefresh) -> list[str]:
    """All instances that count; those that match already only where they are not skipped."""
    wish = told(params.preferences, api.RefreshPreferences())
    wanted = told(params.desired_configuration, None)
    found: list[str] = []
    for one in group.members.values():
        if not capacity.counts(one) or (one.protected and wish.scale_in_protected_instances != "Refresh"):
            continue
        given = wanted.launch_template if wanted is not None else UNSET
        same = one.template == given if not isinstance(given, UnsetType) else placing.is_current(group, one)
        if not (wish.skip_matching is True and same):
            found.append(one.id)
    return found


@service.project
def instance_refresh_started(
    state: Scaling, event: Event[api.StartInstanceRefresh, api.StartInstanceRefreshResult]
) -> None:
    """It is under way."""
    params, note = event.params, event.note(Begun)
    group = names.inferred(state, event, params.auto_scaling_group_name)
    identifier = told(event.result.instance_refresh_id, event.new_id("uuid", "refresh"))
    pending = note.pending if note is not None else []
    wish = told(params.preferences, api.RefreshPreferences())
    shown = api.InstanceRefresh(
        instance_refresh_id=identifier, auto_scaling_group_name=group.name, start_time=SpacedTime.of(event.time),
        status="InProgress" if note is not None else "Pending", percentage_complete=0,
        instances_to_update=len(pending), desired_configuration=params.desired_configuration,
        strategy=told(params.strategy, "Rolling"), preferences=_defaults(wish),
    )  # fmt: skip
    group.refreshes[_key(event, identifier)] = Refresh(
        shown=shown, pending=list(pending), total=len(pending),
        before=api.DesiredConfiguration(
            launch_template=group.shown.launch_template, mixed_instances_policy=group.shown.mixed_instances_policy
        ),
        before_configuration=group.shown.launch_configuration_name,
    )  # fmt: skip


def _defaults(wish: api.RefreshPreferences) -> api.RefreshPreferences:
    """API_RefreshPreferences."""
    return members.changed(
        wish, min_healthy_percentage=told(wish.min_healthy_percentage, limits.PREFERRED_HEALTHY),
        max_healthy_percentage=told(wish.max_healthy_percentage, 100), skip_matching=told(wish.skip_matching, False),
        auto_rollback=told(wish.auto_rollback, False),
        scale_in_protected_instances=told(wish.scale_in_protected_instances, "Ignore"),
        standby_instances=told(wish.standby_instances, "Ignore"),
    )  # fmt: skip


def _key(event: Event[Any, Any], identifier: str) -> str:
    """The newest first."""
    return f"{10**17 - int(event.time.timestamp() * 1_000_000):018d}/{identifier}"


@service.react
def refresh_begins(
    state: Scaling, event: Event[api.StartInstanceRefresh, api.StartInstanceRefreshResult]
) -> Iterator[Command]:
    """Its first instances are replaced."""
    group = names.short(event.params.auto_scaling_group_name)
    yield actions.own(actions.AdvanceInstanceRefresh(auto_scaling_group_name=group))


# it goes on


@service.handle(internal=True)
def advance_instance_refresh(state: Scaling, call: Call[actions.AdvanceInstanceRefresh]) -> Answer[None]:
    """As many instances as the healthy percentage lets go, once those before are replaced."""
    group = state.groups.get(call.params.auto_scaling_group_name)
    refresh = active(group) if group is not None else None
    if group is None or refresh is None:
        return _advancing(call, [])
    busy = bool(group.running) or any(
        capacity.wants_replacement(group, one) for one in group.members.values()
    )
    held = not isinstance(refresh.held, UnsetType) and call.time < refresh.held
    if (
        busy
        or held
        or "InstanceRefresh" in group.suspended
        or "Launch" in group.suspended
        or "Terminate" in group.suspended
    ):
        return _advancing(call, [])
    left = [one for one in refresh.pending if one in group.members]
    if not left:
        return _advancing(call, [], over=True)
    wish = told(refresh.shown.preferences, api.RefreshPreferences())
    total = max(1, told(group.shown.desired_capacity, 1))
    healthy = told(wish.min_healthy_percentage, limits.PREFERRED_HEALTHY)
    batch = max(1, total * (100 - healthy) // 100)
    return _advancing(call, left[:batch])


def _advancing(
    call: Call[actions.AdvanceInstanceRefresh], instances: list[str], *, over: bool = False
) -> Answer[None]:
    return Answer(None, params=members.changed(call.params, instance_ids=instances, over=over))


@service.project
def instance_refresh_advanced(state: Scaling, event: Event[actions.AdvanceInstanceRefresh, None]) -> None:
    """The next are to be replaced; or it waits at a checkpoint, or is over."""
    group, following = (
        state.groups.get(event.params.auto_scaling_group_name),
        told(event.params.instance_ids, []),
    )
    refresh = active(group) if group is not None else None
    if group is None or refresh is None:
        return
    if not isinstance(refresh.held, UnsetType) and refresh.held <= event.time:
        due.forget(state, refresh.held, due.REFRESH, group.name)
        refresh.held = UNSET
    done = refresh.total - len([one for one in refresh.pending if one in group.members])
    _progress(refresh, done)
    if event.params.over is True:
        _over(group, refresh, event)
        return
    if following and _checkpoint(state, event, group, refresh):
        return
    for one in following:
        member = group.members.get(one)
        if member is not None:
            member.why = reasons.REFRESH
    if refresh.shown.status == "Pending":
        refresh.shown = members.changed(refresh.shown, status="InProgress")


def _progress(refresh: Refresh, done: int) -> None:
    percent = 100 * done // refresh.total if refresh.total else 100
    refresh.shown = members.changed(
        refresh.shown, percentage_complete=percent, instances_to_update=refresh.total - done
    )


def _checkpoint(state: Scaling, event: Event[Any, Any], group: Group, refresh: Refresh) -> bool:
    """Whether a checkpoint holds the refresh now: API_RefreshPreferences, CheckpointPercentages."""
    wish = told(refresh.shown.preferences, api.RefreshPreferences())
    percent = told(refresh.shown.percentage_complete, 0)
    reached = [one for one in told(wish.checkpoint_percentages, []) if one <= percent < 100]
    new = [one for one in reached if one not in refresh.passed]
    if not new:
        return False
    refresh.passed += new
    refresh.held = event.time + timedelta(seconds=told(wish.checkpoint_delay, limits.CHECKPOINT_DELAY_S))
    due.expect(state, refresh.held, due.REFRESH, group.name)
    return True


def _over(group: Group, refresh: Refresh, event: Event[Any, Any]) -> None:
    """All are replaced: the group launches what the refresh was given from here on."""
    rolled = refresh.shown.status == "RollbackInProgress"
    refresh.shown = members.changed(
        refresh.shown, status="RollbackSuccessful" if rolled else "Successful", percentage_complete=100,
        instances_to_update=0, end_time=SpacedTime.of(event.time),
    )  # fmt: skip
    given = refresh.shown.desired_configuration
    if rolled or isinstance(given, UnsetType):
        return
    group.shown = msgspec.structs.replace(
        group.shown, launch_configuration_name=UNSET, launch_template=given.launch_template,
        mixed_instances_policy=given.mixed_instances_policy,
    )  # fmt: skip


@service.react
def refresh_replaces(state: Scaling, event: Event[actions.AdvanceInstanceRefresh, None]) -> Iterator[Command]:
    """They are terminated, and others launched."""
    if told(event.params.instance_ids, []):
        yield from capacity.adjusted(state, event.params.auto_scaling_group_name)


# it ends early


@service.handle
def cancel_instance_refresh(
    state: Scaling, call: Call[api.CancelInstanceRefresh]
) -> api.CancelInstanceRefreshResult:
    """One that is under way; what is replaced already stays so."""
    refresh = active(names.found(state, call.params.auto_scaling_group_name))
    if refresh is None:
        raise errors.not_refreshing()
    return api.CancelInstanceRefreshResult(instance_refresh_id=refresh.shown.instance_refresh_id)


def _ended(state: Scaling, group: Group | None) -> Refresh | None:
    """In a fold: the refresh under way replaces nothing more."""
    refresh = active(group) if group is not None else None
    if group is None or refresh is None:
        return None
    due.forget(state, refresh.held, due.REFRESH, group.name)
    refresh.held = UNSET
    for member in group.members.values():
        if member.why == reasons.REFRESH and member.health == "Healthy":
            member.why = ""
    return refresh


@service.project
def instance_refresh_cancelled(
    state: Scaling, event: Event[api.CancelInstanceRefresh, api.CancelInstanceRefreshResult]
) -> None:
    """It is over."""
    refresh = _ended(state, state.groups.get(names.short(event.params.auto_scaling_group_name)))
    if refresh is not None:
        refresh.shown = members.changed(
            refresh.shown,
            status="Cancelled",
            status_reason="Cancelled by user.",
            end_time=SpacedTime.of(event.time),
        )


@service.handle
def rollback_instance_refresh(
    state: Scaling, call: Call[api.RollbackInstanceRefresh]
) -> Answer[api.RollbackInstanceRefreshResult]:
    """One under way that was given a configuration; what was replaced is replaced once more."""
    group = names.found(state, call.params.auto_scaling_group_name)
    refresh = active(group)
    if refresh is None:
        raise errors.not_refreshing()
    if isinstance(refresh.shown.desired_configuration, UnsetType):
        # evidence: page instance-refresh-rollback.html; words: guess
        raise errors.irreversible("The Instance Refresh has no desired configuration to roll back from.")
    since = told(refresh.shown.start_time, call.time)
    fresh = [
        one.id for one in group.members.values() if told(one.joined, since) > since and capacity.counts(one)
    ]
    return Answer(
        api.RollbackInstanceRefreshResult(instance_refresh_id=refresh.shown.instance_refresh_id),
        note=Begun(pending=fresh),
    )


@service.project
def instance_refresh_rolled_back(
    state: Scaling, event: Event[api.RollbackInstanceRefresh, api.RollbackInstanceRefreshResult]
) -> None:
    """It goes backwards."""
    refresh, note = (
        _ended(state, state.groups.get(names.short(event.params.auto_scaling_group_name))),
        event.note(Begun),
    )
    if refresh is None:
        return
    refresh.pending = list(note.pending) if note is not None else []
    refresh.total = len(refresh.pending)
    refresh.shown = members.changed(
        refresh.shown, status="RollbackInProgress", percentage_complete=0, instances_to_update=refresh.total,
        rollback_details=api.RollbackDetails(
            rollback_reason="Rolled back by user.", rollback_start_time=SpacedTime.of(event.time),
            percentage_complete_on_rollback=told(refresh.shown.percentage_complete, 0),
            instances_to_update_on_rollback=told(refresh.shown.instances_to_update, 0),
        ),
    )  # fmt: skip


@service.react
def rollback_begins(
    state: Scaling, event: Event[api.RollbackInstanceRefresh, api.RollbackInstanceRefreshResult]
) -> Iterator[Command]:
    """What was replaced is replaced once more."""
    group = names.short(event.params.auto_scaling_group_name)
    yield actions.own(actions.AdvanceInstanceRefresh(auto_scaling_group_name=group))


@service.read
def describe_instance_refreshes(
    state: Scaling, call: Call[api.DescribeInstanceRefreshes]
) -> api.DescribeInstanceRefreshesResult:
    """The newest first."""
    group = names.found(state, call.params.auto_scaling_group_name)
    wanted = told(call.params.instance_refresh_ids, [])
    found, token = pages.paged(
        call.params, group.refreshes, lambda one: not wanted or one.shown.instance_refresh_id in wanted
    )
    return api.DescribeInstanceRefreshesResult(
        instance_refreshes=[one.shown for one in found], next_token=token
    )
