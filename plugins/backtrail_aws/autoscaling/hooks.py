"""Lifecycle hooks: instances wait until somebody says that they may go on, or time does.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from backtrail import Call, Command, Event, UnsetType, members, told
from backtrail_aws.autoscaling import actions, api, due, errors, hook_messages, limits, names
from backtrail_aws.autoscaling.hook_messages import Place
from backtrail_aws.autoscaling.state import Group, Member, Scaling, Waiting, service

LAUNCHING, TERMINATING = "autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"
TYPES = (LAUNCHING, TERMINATING)
_RESULTS = ("CONTINUE", "ABANDON")


def check(heartbeat: int | UnsetType, result: str | UnsetType, transition: str | UnsetType) -> None:
    """Refuse a hook that there cannot be."""
    least, most = limits.HEARTBEAT_RANGE_S
    if not least <= told(heartbeat, limits.HEARTBEAT_S) <= most:
        # evidence: page API_PutLifecycleHook (HeartbeatTimeout); words: guess
        raise errors.invalid(f"Heartbeat Timeout must be between {least} and {most} seconds.")
    if told(result, "ABANDON") not in _RESULTS:
        # evidence: page API_PutLifecycleHook (DefaultResult); words: guess
        raise errors.invalid("Default Result must be either CONTINUE or ABANDON.")
    if not isinstance(transition, UnsetType) and transition not in TYPES:
        # evidence: page API_PutLifecycleHook (LifecycleTransition); words: guess
        raise errors.invalid(f"Invalid lifecycle transition: {transition}")


def put(group: Group, hook: api.LifecycleHook) -> None:
    """In a fold: a hook is there, with what it was not told of."""
    heartbeat = told(hook.heartbeat_timeout, limits.HEARTBEAT_S)
    group.hooks[told(hook.lifecycle_hook_name, "")] = members.changed(
        hook, auto_scaling_group_name=group.name, heartbeat_timeout=heartbeat,
        global_timeout=min(heartbeat * 100, limits.GLOBAL_TIMEOUT_MAX_S),
        default_result=told(hook.default_result, "ABANDON"),
    )  # fmt: skip


# the hooks


@service.handle
def put_lifecycle_hook(state: Scaling, call: Call[api.PutLifecycleHook]) -> None:
    """A new hook says when it is for; one that is there is changed."""
    params = call.params
    group = names.found(state, params.auto_scaling_group_name)
    check(params.heartbeat_timeout, params.default_result, params.lifecycle_transition)
    held = group.hooks.get(params.lifecycle_hook_name)
    if held is not None:
        return
    if isinstance(params.lifecycle_transition, UnsetType):
        # evidence: page API_PutLifecycleHook (LifecycleTransition: required for new hooks); words: guess
        raise errors.invalid("Lifecycle Transition must be specified for new lifecycle hooks.")
    if len(group.hooks) >= limits.HOOKS_MAX:
        raise errors.too_many("lifecycle hooks")


@service.project
def lifecycle_hook_put(state: Scaling, event: Event[api.PutLifecycleHook, None]) -> None:
    """The hook is there: what is not said stays."""
    group = names.inferred(state, event, event.params.auto_scaling_group_name)
    held = group.hooks.get(event.params.lifecycle_hook_name, api.LifecycleHook())
    put(group, members.over(held, event.params))


@service.react
def hook_is_tried(state: Scaling, event: Event[api.PutLifecycleHook, None]) -> Iterator[Command]:
    """Where it notifies somebody, a message tries that out."""
    group = state.groups.get(names.short(event.params.auto_scaling_group_name))
    hook = group.hooks.get(event.params.lifecycle_hook_name) if group is not None else None
    if group is not None and hook is not None and event.params.notification_target_arn:
        yield from hook_messages.test(event, group, hook)


@service.handle
def delete_lifecycle_hook(state: Scaling, call: Call[api.DeleteLifecycleHook]) -> None:
    """Waiting instances go on."""
    group = names.found(state, call.params.auto_scaling_group_name)
    if call.params.lifecycle_hook_name not in group.hooks:
        # evidence: guess
        raise errors.invalid("No Lifecycle Hook found")


@service.project
def lifecycle_hook_deleted(state: Scaling, event: Event[api.DeleteLifecycleHook, None]) -> None:
    """The hook is gone; who waits for it waits no more."""
    group = state.groups.get(names.short(event.params.auto_scaling_group_name))
    if group is None:
        return
    group.hooks.pop(event.params.lifecycle_hook_name, None)
    for member in group.members.values():
        if event.params.lifecycle_hook_name in member.waits:
            settle(state, event, group, member, event.params.lifecycle_hook_name, "CONTINUE")


@service.react
def hook_waits_no_more(state: Scaling, event: Event[api.DeleteLifecycleHook, None]) -> Iterator[Command]:
    """Instances that had waited for it go on."""
    group = state.groups.get(names.short(event.params.auto_scaling_group_name))
    for member in list(group.members.values()) if group is not None else []:
        if group is not None and member.since == event.time:
            yield from proceed(event, group, member)


@service.read
def describe_lifecycle_hooks(
    state: Scaling, call: Call[api.DescribeLifecycleHooks]
) -> api.DescribeLifecycleHooksResult:
    """All of a group, or those that are named."""
    group = names.found(state, call.params.auto_scaling_group_name)
    wanted = told(call.params.lifecycle_hook_names, [])
    found = [one for name, one in group.hooks.items() if not wanted or name in wanted]
    return api.DescribeLifecycleHooksResult(lifecycle_hooks=found)


# instances that wait


def start(
    state: Scaling, event: Event[Any, Any], group: Group, member: Member, activity: str, *, warm: bool = False
) -> None:  # fmt: skip
    """In a fold: an instance is launched, for service or for the warm pool; with a hook, it waits."""
    member.activity = activity
    prefix = "Warmed:" if warm else ""
    _wait(state, event, group, member, LAUNCHING, f"{prefix}Pending")


def end(state: Scaling, event: Event[Any, Any], group: Group, member: Member) -> None:
    """In a fold: an instance is terminated; with a hook, it waits."""
    forget(state, group, member.id)
    member.waits = {}
    _wait(state, event, group, member, TERMINATING, "Terminating")


def _wait(
    state: Scaling, event: Event[Any, Any], group: Group, member: Member, transition: str, entered: str
) -> None:
    found = [one for one in group.hooks.values() if one.lifecycle_transition == transition]
    for hook in found:
        name = told(hook.lifecycle_hook_name, "")
        held = Waiting(
            token=event.new_id("uuid", f"{member.id}/{name}"),
            deadline=event.time + timedelta(seconds=told(hook.heartbeat_timeout, limits.HEARTBEAT_S)),
            last=event.time + timedelta(seconds=told(hook.global_timeout, limits.GLOBAL_TIMEOUT_MAX_S)),
        )
        member.waits[name] = held
        due.expect(state, held.deadline, due.HOOK, group.name, member.id, name)
    member.state, member.since = (f"{entered}:Wait" if found else entered), event.time


def forget(state: Scaling, group: Group, instance: str) -> None:
    """In a fold: nothing is due any more that an instance waited for."""
    member = group.members.get(instance)
    for name, held in member.waits.items() if member is not None else ():
        due.forget(state, held.deadline, due.HOOK, group.name, instance, name)


def settle(
    state: Scaling, event: Event[Any, Any], group: Group, member: Member, hook: str, result: str
) -> None:
    """In a fold: a lifecycle action is complete. One that is abandoned ends the others, too."""
    held = member.waits.pop(hook, None)
    if held is None:
        return
    due.forget(state, held.deadline, due.HOOK, group.name, member.id, hook)
    if result == "ABANDON":
        forget(state, group, member.id)
        member.waits = {}
        member.abandoned = not member.state.startswith("Terminating")
    if not member.waits:
        member.state, member.since = member.state.removesuffix(":Wait") + ":Proceed", event.time


def announced(place: Place, group: Group, member: Member) -> Iterator[Command]:
    """Who is to be told that an instance waits is told."""
    for name, held in member.waits.items():
        hook = group.hooks.get(name)
        if hook is not None:
            yield from hook_messages.waiting(place, group, hook, member, held)


def announced_or_done(place: Place, group: Group, instance: str, activity: str) -> Iterator[Command]:
    """An instance waits for its hooks, or the activity that launched it is over."""
    member = group.members.get(instance)
    if member is not None and member.waits:
        yield from announced(place, group, member)
    else:
        yield actions.own(
            actions.EndActivity(
                auto_scaling_group_name=group.name, activity_id=activity, instance_id=instance
            )
        )


def proceed(event: Event[Any, Any], group: Group, member: Member) -> Iterator[Command]:
    """An instance that waits for nothing any more goes on: into service, or out of it."""
    from backtrail_aws.autoscaling import terminating

    if member.waits or not member.state.endswith(":Proceed"):
        return
    if member.state.startswith("Terminating"):
        yield terminating.terminate(event, group, member)
        return
    over = actions.EndActivity(
        auto_scaling_group_name=group.name, activity_id=member.activity, instance_id=member.id
    )
    if member.abandoned:
        text = "Instance failed to complete user's Lifecycle Action: Lifecycle Action was abandoned"
        over = members.changed(over, error_code="Abandoned", error_message=text)
    yield actions.own(over)


def _waiting(
    state: Scaling, group: str, hook: str, instance: str | UnsetType, token: str | UnsetType
) -> tuple[Group, Member]:
    """Who waits for a hook, by the instance's id or by the token. Raises `Refusal`."""
    found = names.found(state, group)
    for member in found.members.values():
        held = member.waits.get(hook)
        if held is not None and (member.id == instance or held.token == token):
            return found, member
    named = f"instance ID {instance}" if isinstance(instance, str) else f"token {told(token, '')}"
    # evidence: guess
    raise errors.invalid(f"No active Lifecycle Action found with {named}")


@service.handle
def complete_lifecycle_action(state: Scaling, call: Call[api.CompleteLifecycleAction]) -> None:
    """An instance that waits may go on, or is given up."""
    params = call.params
    if params.lifecycle_action_result not in _RESULTS:
        # evidence: page API_CompleteLifecycleAction; words: guess
        raise errors.invalid(f"Invalid lifecycle action result: {params.lifecycle_action_result}")
    _waiting(
        state, params.auto_scaling_group_name, params.lifecycle_hook_name, params.instance_id,
        params.lifecycle_action_token,
    )  # fmt: skip


def _member(
    group: Group | None, hook: str, instance: str | UnsetType, token: str | UnsetType
) -> Member | None:
    for member in group.members.values() if group is not None else ():
        held = member.waits.get(hook)
        if held is not None and (member.id == instance or held.token == token):
            return member
    return None


@service.project
def lifecycle_action_completed(state: Scaling, event: Event[api.CompleteLifecycleAction, None]) -> None:
    """It goes on, or is given up."""
    params = event.params
    group = state.groups.get(names.short(params.auto_scaling_group_name))
    member = _member(group, params.lifecycle_hook_name, params.instance_id, params.lifecycle_action_token)
    if group is not None and member is not None:
        settle(state, event, group, member, params.lifecycle_hook_name, params.lifecycle_action_result)


@service.react
def completed_goes_on(state: Scaling, event: Event[api.CompleteLifecycleAction, None]) -> Iterator[Command]:
    """It goes on."""
    yield from _settled(state, event, event.params.auto_scaling_group_name)


def _settled(state: Scaling, event: Event[Any, Any], name: str) -> Iterator[Command]:
    group = state.groups.get(names.short(name))
    for member in list(group.members.values()) if group is not None else []:
        if group is not None and member.since == event.time:
            yield from proceed(event, group, member)


@service.handle(internal=True)
def time_out_lifecycle_action(state: Scaling, call: Call[actions.TimeOutLifecycleAction]) -> None:
    """Nothing to decide: it happened."""


@service.project
def lifecycle_action_timed_out(state: Scaling, event: Event[actions.TimeOutLifecycleAction, None]) -> None:
    """The hook's default result holds."""
    params = event.params
    group = state.groups.get(params.auto_scaling_group_name)
    member = group.members.get(params.instance_id) if group is not None else None
    if group is not None and member is not None and params.lifecycle_hook_name in member.waits:
        hook = group.hooks.get(params.lifecycle_hook_name)
        result = told(hook.default_result, "ABANDON") if hook is not None else "ABANDON"
        settle(state, event, group, member, params.lifecycle_hook_name, result)


@service.react
def timed_out_goes_on(
    state: Scaling, event: Event[actions.TimeOutLifecycleAction, None]
) -> Iterator[Command]:
    """It goes on, or is replaced."""
    yield from _settled(state, event, event.params.auto_scaling_group_name)


@service.handle
def record_lifecycle_action_heartbeat(state: Scaling, call: Call[api.RecordLifecycleActionHeartbeat]) -> None:
    """An instance that waits may wait longer."""
    params = call.params
    _waiting(
        state, params.auto_scaling_group_name, params.lifecycle_hook_name, params.instance_id,
        params.lifecycle_action_token,
    )  # fmt: skip


@service.project
def lifecycle_action_lives(state: Scaling, event: Event[api.RecordLifecycleActionHeartbeat, None]) -> None:
    """The hook's timeout begins again; the global one does not."""
    params = event.params
    group = state.groups.get(names.short(params.auto_scaling_group_name))
    member = _member(group, params.lifecycle_hook_name, params.instance_id, params.lifecycle_action_token)
    if group is None or member is None:
        return
    name = params.lifecycle_hook_name
    held, hook = member.waits[name], group.hooks.get(name)
    beat = told(hook.heartbeat_timeout, limits.HEARTBEAT_S) if hook is not None else limits.HEARTBEAT_S
    due.forget(state, held.deadline, due.HOOK, group.name, member.id, name)
    held.deadline = min(event.time + timedelta(seconds=beat), held.last)
    due.expect(state, held.deadline, due.HOOK, group.name, member.id, name)


@service.read
def describe_lifecycle_hook_types(
    state: Scaling, call: Call[api.DescribeLifecycleHookTypes]
) -> api.DescribeLifecycleHookTypesResult:
    """Two."""
    return api.DescribeLifecycleHookTypesResult(lifecycle_hook_types=list(TYPES))
