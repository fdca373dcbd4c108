"""What is known of one account's Auto Scaling groups in one region, and the service that keeps it.

What a group was told is kept as the answer's own type (`shown`). UNSET is what no record told.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from backtrail import UNSET, Service, SortedMap, State, UnsetType, field
from backtrail_aws.autoscaling import api, limits
from backtrail_aws.autoscaling.errors import CODES
from backtrail_aws.autoscaling.trail import TRAIL


class Waiting(msgspec.Struct, kw_only=True):
    """An instance waits for a lifecycle hook, until `deadline`, at most until `last`."""

    token: str
    deadline: datetime
    last: datetime


class Member(msgspec.Struct, kw_only=True):
    """An instance of a group. `state` was entered at `since`; `gone` says that EC2 has terminated it.

    `why` tells in the words of an activity's cause why it is to be replaced.
    """

    id: str
    zone: str | UnsetType = UNSET
    subnet: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    image: str | UnsetType = UNSET
    state: str = "Pending"
    since: datetime | UnsetType = UNSET
    joined: datetime | UnsetType = UNSET
    health: str = "Healthy"
    why: str = ""
    gone: bool = False
    protected: bool = False
    configuration: str | UnsetType = UNSET
    template: api.LaunchTemplateSpecification | UnsetType = UNSET
    market: str = "on-demand"
    weight: int = 1
    waits: dict[str, Waiting] = {}
    activity: str = ""
    abandoned: bool = False


class Running(msgspec.Struct, kw_only=True):
    """An activity under way: of which kind, where, for which instance, and its key in the history."""

    kind: str
    key: str
    zone: str = ""
    subnet: str = ""
    instance: str = ""
    weight: int = 1
    market: str = "on-demand"
    configuration: str | UnsetType = UNSET
    template: api.LaunchTemplateSpecification | UnsetType = UNSET


class Failing(msgspec.Struct, kw_only=True):
    """A zone in which launches failed: how often, until when none is tried, and the record of the last failure."""

    times: int
    until: datetime
    error: str = ""
    message: str = ""
    event: str = ""


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """A group's tag; instances get it where it is propagated."""

    value: str
    propagate: bool = False


class Schedule(msgspec.Struct, kw_only=True):
    """A scheduled action, and when it is due next: UNSET for never again."""

    shown: api.ScheduledUpdateGroupAction
    next: datetime | UnsetType = UNSET


class Refresh(msgspec.Struct, kw_only=True):
    """An instance refresh: which instances it has yet to replace, and what they are launched from.

    `before` is what the group was launched from, for a rollback; `held` is until when a checkpoint holds it.
    """

    shown: api.InstanceRefresh
    pending: list[str] = []
    total: int = 0
    before: api.DesiredConfiguration = field(default_factory=api.DesiredConfiguration)
    before_configuration: str | UnsetType = UNSET
    held: datetime | UnsetType = UNSET
    passed: list[int] = []


class Group(msgspec.Struct, kw_only=True):
    """An Auto Scaling group. `reason` is what changed its desired capacity last, as causes tell it; `capped` is the
    policy that wanted more than the maximum when it was executed last. It cools down since `cooling`; what a policy
    asked for warms up until `warming`, and `warming_from` was its capacity before.
    """

    name: str
    arn: str = ""
    shown: api.AutoScalingGroup = field(default_factory=api.AutoScalingGroup)
    created: datetime | UnsetType = UNSET
    tags: dict[str, Tag] = {}
    subnets: dict[str, str] = {}
    members: dict[str, Member] = {}
    leaving: dict[str, Member] = {}
    running: dict[str, Running] = {}
    failing: dict[str, Failing] = {}
    suspended: dict[str, str] = {}
    metrics: dict[str, str] = {}
    topics: dict[str, list[str]] = {}
    hooks: SortedMap[str, api.LifecycleHook] = field(default_factory=SortedMap[str, api.LifecycleHook])
    policies: SortedMap[str, api.ScalingPolicy] = field(default_factory=SortedMap[str, api.ScalingPolicy])
    schedules: SortedMap[str, Schedule] = field(default_factory=SortedMap[str, Schedule])
    refreshes: SortedMap[str, Refresh] = field(default_factory=SortedMap[str, Refresh])
    sources: list[api.TrafficSourceIdentifier] = []
    warm: api.WarmPoolConfiguration | None = None
    reason: str = ""
    retry: datetime | UnsetType = UNSET
    check: datetime | UnsetType = UNSET
    check_s: int = limits.CHECK_S[0]
    cooling: datetime | UnsetType = UNSET
    cooling_s: int = 0
    warming: datetime | UnsetType = UNSET
    warming_from: int = 0
    capped: str = ""
    deleting: bool = False


class Configuration(msgspec.Struct, kw_only=True):
    """A launch configuration."""

    name: str
    arn: str = ""
    shown: api.LaunchConfiguration


class Scaling(State):
    """All of it by name. `activities` stand newest first; `due` is what time brings, in order."""

    groups: SortedMap[str, Group] = field(default_factory=SortedMap[str, Group])
    configurations: SortedMap[str, Configuration] = field(default_factory=SortedMap[str, Configuration])
    activities: SortedMap[str, api.Activity] = field(default_factory=SortedMap[str, api.Activity])
    members: dict[str, str] = {}
    settings: dict[str, str] = {}
    due: SortedMap[str, str] = field(default_factory=SortedMap[str, str])


def _declare(service: Service[Scaling]) -> Service[Scaling]:
    service.resource(
        "AWS::AutoScaling::AutoScalingGroup",
        lambda state: state.groups,
        lambda group: group.arn,
        lambda group: {key: tag.value for key, tag in group.tags.items()},
    )
    service.resource(
        "AWS::AutoScaling::LaunchConfiguration", lambda state: state.configurations, lambda one: one.arn
    )
    # The others are per group and not adjustable: ec2-auto-scaling-quotas.html.
    for code, name, default, title in (
        ("L-CDE20ADC", "groups", limits.GROUPS_MAX, "Auto Scaling groups per region"),
        ("L-6B80B8FA", "configurations", limits.CONFIGURATIONS_MAX, "Launch configurations per region"),
    ):
        service.quota(code, name, default, title, what=f"The maximum number of {title}", adjustable=True)
    return service


service = _declare(Service("autoscaling", Scaling, trail=TRAIL, errors=CODES, validate=True))
