"""What is wrong with a group, and which records made it so: it launches and terminates again and again, or not at all.

An internal question, which `backtrail diagnose` asks of a folded log. It is no API of AWS's.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from backtrail import Call, UnsetType, told
from backtrail.troubles import Blame, Finding, TellTrouble, TellTroubleResult
from backtrail_aws.autoscaling import api, capacity, limits, names, policies, reasons
from backtrail_aws.autoscaling.policies import MetricAlarm
from backtrail_aws.autoscaling.state import Group, Scaling, service

FLAPS, STUCK = "DIAG-11", "DIAG-12"
_COOLDOWNS, _SHORTEST = 12, timedelta(hours=1)
"""How many cooldowns are looked back for instances that come and go."""
_TURNS = 3
_SETTING = ["UpdateAutoScalingGroup", "RunScheduledAction", "CreateAutoScalingGroup"]


@service.read(internal=True)
def tell_trouble(state: Scaling, call: Call[TellTrouble]) -> TellTroubleResult:
    """All that the two rules find of a group, by name or ARN."""
    group = state.groups.get(names.short(call.params.resource))
    if group is None:
        return TellTroubleResult(known=call.params.resource in state.configurations)
    found = [*_flaps(state, call, group), *_stuck(call, group)]
    return TellTroubleResult(known=True, findings=found)


# it comes and goes


def _flaps(state: Scaling, call: Call[Any], group: Group) -> Iterator[Finding]:
    cooldown = timedelta(seconds=told(group.shown.default_cooldown, limits.COOLDOWN_S))
    since = call.time - max(_SHORTEST, cooldown * _COOLDOWNS)
    recent = [
        one for one in reversed(list(state.activities.values()))
        if one.auto_scaling_group_name == group.name and told(one.start_time, call.time) >= since
    ]  # fmt: skip
    yield from _of_health(group, recent, call.time - since)
    by_policy = [one for one in recent if " policy " in told(one.cause, "")]
    if _turns(by_policy) >= _TURNS:
        yield _of_thresholds(call, group, len(by_policy), call.time - since)


def _turns(found: list[api.Activity]) -> int:
    """How often launches and terminations took turns."""
    kinds = [told(one.description, "").startswith("Launching") for one in found]
    return 1 + sum(one != other for one, other in itertools.pairwise(kinds)) if kinds else 0


def _of_health(group: Group, recent: list[api.Activity], span: timedelta) -> Iterator[Finding]:
    """Instances that fail their checks as soon as they are there."""
    checks = (reasons.ELB, reasons.IMPAIRED)
    bad = [one for one in recent if any(f"response to {why}" in told(one.cause, "") for why in checks)]
    if len(bad) < _TURNS:
        return
    which = "ELB" if any(reasons.ELB in told(one.cause, "") for one in bad) else "EC2 status"
    grace = told(group.shown.health_check_grace_period, limits.GRACE_S)
    yield Finding(
        rule=FLAPS, symptom=f"{group.name} launches and terminates instances at short intervals",
        cause=f"{len(bad)} instances failed the {which} health check within {_words(span)}; the grace period is "
        f"{grace} s",
        fix="make the check succeed, or give instances a longer HealthCheckGracePeriod to start in",
        blame=[Blame(resource=group.name, actions=_SETTING)],
    )  # fmt: skip


def _words(span: timedelta) -> str:
    return f"{int(span.total_seconds()) // 60} minutes"


def _of_thresholds(call: Call[Any], group: Group, number: int, span: timedelta) -> Finding:
    """Two policies that undo each other."""
    pair = _closest(call, group)
    symptom = (
        f"{group.name} launches and terminates instances at short intervals ({number} in {_words(span)})"
    )
    if pair is None:
        return Finding(
            rule=FLAPS, symptom=symptom, cause="its policies undo each other again and again",
            fix="put the thresholds of the alarms further apart, or lengthen the cooldown",
            blame=[Blame(resource=group.name, actions=["PutScalingPolicy"])],
        )  # fmt: skip
    up, down = pair
    high, low = told(up.threshold, 0.0), told(down.threshold, 0.0)
    swing = high / max(1, told(group.shown.desired_capacity, 1))
    names_ = [told(up.alarm_name, ""), told(down.alarm_name, "")]
    return Finding(
        rule=FLAPS, symptom=symptom,
        cause=f"the thresholds of {names_[0]} ({high:g}) and {names_[1]} ({low:g}) on {told(up.metric_name, '')} are "
        f"too close: {high - low:g} apart, while one instance more or less moves it by about {swing:.3g}",
        fix="put the thresholds further apart than the swing of one instance, or lengthen the cooldown",
        blame=[Blame(resource=one, actions=["PutMetricAlarm"]) for one in reversed(names_)],
    )  # fmt: skip


def _closest(call: Call[Any], group: Group) -> tuple[MetricAlarm, MetricAlarm] | None:
    """The alarms that grow and shrink the group by the same metric, closer than the swing of one instance."""
    held = [
        (policy, alarm)
        for policy in group.policies.values()
        for alarm in policies.alarms_of(call, policy) or []
    ]
    rising = [
        one
        for policy, one in held
        if told(one.comparison_operator, "").startswith("Greater") and _grows(policy)
    ]
    falling = [
        one
        for policy, one in held
        if told(one.comparison_operator, "").startswith("Less") and not _grows(policy)
    ]
    for up in rising:
        for down in falling:
            same = (up.namespace, up.metric_name) == (down.namespace, down.metric_name)
            gap = told(up.threshold, 0.0) - told(down.threshold, 0.0)
            if same and gap < told(up.threshold, 0.0) / max(1, told(group.shown.desired_capacity, 1)):
                return up, down
    return None


def _grows(policy: api.ScalingPolicy) -> bool:
    steps = [one.scaling_adjustment for one in told(policy.step_adjustments, [])]
    return any(one > 0 for one in [*steps, told(policy.scaling_adjustment, 0)])


# it does not move


def _stuck(call: Call[TellTrouble], group: Group) -> Iterator[Finding]:
    symptom = f"{group.name} does not scale"
    alarms = [
        (policy, alarm) for policy in group.policies.values() for alarm in policies.alarms_of(call, policy) or []
    ]  # fmt: skip
    ringing = [(policy, alarm) for policy, alarm in alarms if alarm.state_value == "ALARM"]
    yield from _at_maximum(group, symptom, ringing)
    yield from _suspended(group, symptom, bool(ringing))
    yield from _cooling(call, group, symptom, bool(ringing))
    yield from _failing(group, symptom, call.time)
    for _, alarm in alarms:
        yield from _deaf(group, symptom, alarm)


Ringing = list[tuple[api.ScalingPolicy, MetricAlarm]]


def _at_maximum(group: Group, symptom: str, ringing: Ringing) -> Iterator[Finding]:
    most = group.shown.max_size
    if isinstance(most, UnsetType) or group.shown.desired_capacity != most:
        return
    growing = [(policy, alarm) for policy, alarm in ringing if _grows(policy)]
    if not growing and not group.capped:
        return
    why = (
        f"alarm {growing[0][1].alarm_name} is in ALARM" if growing else f"policy {group.capped} was executed"
    )
    yield Finding(
        rule=STUCK, symptom=symptom,
        cause=f"{why}, but the group's maximum is reached: desired capacity and MaxSize are {most}",
        fix=f"raise MaxSize of {group.name}",
        blame=[Blame(resource=group.name, actions=_SETTING)],
    )  # fmt: skip


def _suspended(group: Group, symptom: str, rings: bool) -> Iterator[Finding]:
    wanted = capacity.desired(group)
    lacks = wanted is not None and capacity.actual(group) < wanted
    too_many = wanted is not None and capacity.actual(group) > wanted
    held = [
        one for one, matters in (("Launch", lacks or rings), ("Terminate", too_many), ("AlarmNotification", rings))
        if matters and one in group.suspended
    ]  # fmt: skip
    if held:
        yield Finding(
            rule=STUCK, symptom=symptom, cause=f"processes of the group are suspended: {', '.join(held)}",
            fix=f"resume them (ResumeProcesses of {group.name})",
            blame=[Blame(resource=group.name, actions=["SuspendProcesses"])],
        )  # fmt: skip


def _cooling(call: Call[TellTrouble], group: Group, symptom: str, rings: bool) -> Iterator[Finding]:
    if isinstance(group.cooling, UnsetType):
        return
    until = group.cooling + timedelta(seconds=group.cooling_s)
    refused = next(
        (one for one in reversed(call.params.failures) if one.error == "ScalingActivityInProgress"), None
    )
    if call.time < until and (rings or refused is not None):
        yield Finding(
            rule=STUCK, symptom=symptom,
            cause=f"the group cools down until {until:%Y-%m-%dT%H:%M:%SZ}, {group.cooling_s} s after its last activity",
            fix="wait, shorten the cooldown, or scale in steps or by a target instead",
            blame=[Blame(resource=group.name, actions=["ExecutePolicy"])],
            event=refused.event if refused is not None else "",
        )  # fmt: skip


def _failing(group: Group, symptom: str, now: datetime) -> Iterator[Finding]:
    wanted = capacity.desired(group)
    if wanted is None or capacity.actual(group) >= wanted:
        return
    for zone, one in sorted(group.failing.items()):
        if one.until > now:
            yield Finding(
                rule=STUCK, symptom=symptom, cause=f"launches in {zone} fail: {one.error}: {one.message}",
                fix=_fix(one.error), event=one.event, blame=[Blame(resource=group.name, actions=["EndActivity"])],
            )  # fmt: skip


def _fix(error: str) -> str:
    if error == "InsufficientInstanceCapacity":
        return "use more zones or instance types, or wait for capacity"
    if error == "VcpuLimitExceeded":
        return "ask for a higher quota of vCPUs, or use smaller instances"
    return "correct what the group launches from"


def _deaf(group: Group, symptom: str, alarm: MetricAlarm) -> Iterator[Finding]:
    """Alarms that cannot tell the group anything."""
    name = told(alarm.alarm_name, "")

    def finding(cause: str, fix: str, actions: list[str]) -> Finding:
        blame = [Blame(resource=name, actions=actions)]
        return Finding(rule=STUCK, symptom=symptom, cause=cause, fix=fix, blame=blame)

    if alarm.actions_enabled is False:
        yield finding(
            f"the actions of alarm {name} are disabled", "enable them (EnableAlarmActions)",
            ["DisableAlarmActions", "PutMetricAlarm"],
        )  # fmt: skip
    own = [one.value for one in told(alarm.dimensions, []) if one.name == "AutoScalingGroupName"]
    if own and group.name not in own:
        yield finding(
            f"alarm {name} watches another group: its dimension AutoScalingGroupName is {own[0]}",
            f"let it watch {group.name}", ["PutMetricAlarm"],
        )  # fmt: skip
    elif alarm.state_value == "INSUFFICIENT_DATA":
        yield finding(
            f"alarm {name} is in INSUFFICIENT_DATA: no metric of its name and dimensions arrives",
            "correct its metric or dimensions, or publish the metric", ["PutMetricAlarm"],
        )  # fmt: skip
