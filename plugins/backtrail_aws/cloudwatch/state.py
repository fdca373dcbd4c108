"""What is known of one account's CloudWatch in one region, and the service that keeps it.

UNSET is what no record told. Metrics are no records: their data come from PutMetricData's.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from backtrail import UNSET, Event, Service, SortedMap, State, UnsetType, field, known
from backtrail_aws.cloudwatch import api, limits
from backtrail_aws.cloudwatch.errors import CODES
from backtrail_aws.cloudwatch.series import Series
from backtrail_aws.cloudwatch.trail import TRAIL

OK, ALARM, INSUFFICIENT = "OK", "ALARM", "INSUFFICIENT_DATA"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Alarm(msgspec.Struct, kw_only=True):
    """An alarm: of a metric (or an expression), or composite; both are None where no record told which.

    `due`, `repeats` and `release` are when time changes its state, executes its scaling policies again, and no longer
    holds its actions back, as they stand in `CloudWatch.due`. `set_by` is the record that configured it last,
    `moved_by` the one that changed its state. `suppressed` is what holds its actions back.
    """

    name: str
    arn: str
    metric: api.PutMetricAlarm | None = None
    composite: api.PutCompositeAlarm | None = None
    enabled: bool = True
    configured: datetime | UnsetType = UNSET
    state: str = INSUFFICIENT
    reason: str | UnsetType = UNSET
    data: str | UnsetType = UNSET
    updated: datetime | UnsetType = UNSET
    transitioned: datetime | UnsetType = UNSET
    previous: str = ""
    previous_reason: str = ""
    moved_by: str = ""
    suppressed: str = ""
    suppressed_why: str = ""
    tags: dict[str, str] = {}
    due: str = ""
    repeats: str = ""
    release: str = ""
    set_by: str = ""

    @property
    def given(self) -> api.PutMetricAlarm | api.PutCompositeAlarm | None:
        """What it was made with."""
        return self.metric or self.composite


class History(msgspec.Struct, kw_only=True):
    """One thing that happened to an alarm."""

    alarm: str
    composite: bool
    time: datetime
    kind: str
    summary: str
    data: str


class Dashboard(msgspec.Struct, kw_only=True):
    """A dashboard, with its body as it was put."""

    name: str
    arn: str
    body: str | UnsetType = UNSET
    changed: datetime | UnsetType = UNSET
    tags: dict[str, str] = {}


class Rule(msgspec.Struct, kw_only=True):
    """A Contributor Insights rule."""

    name: str
    arn: str
    state: str = "ENABLED"
    definition: str | UnsetType = UNSET
    transformed: bool | UnsetType = UNSET
    tags: dict[str, str] = {}


class Stream(msgspec.Struct, kw_only=True):
    """A metric stream."""

    name: str
    arn: str
    state: str = "running"
    given: api.PutMetricStream | None = None
    made: datetime | UnsetType = UNSET
    changed: datetime | UnsetType = UNSET
    tags: dict[str, str] = {}


class CloudWatch(State):
    """Metrics by namespace, name and dimensions; all else by name.

    `watched` is metric -> alarms on it; `parents` alarm -> composite alarms whose rules name it, `holds` alarm ->
    composite alarms whose actions it holds back. `due` is `time/kind/alarm` of what time will do.
    """

    series: SortedMap[str, Series] = field(default_factory=SortedMap[str, Series])
    alarms: SortedMap[str, Alarm] = field(default_factory=SortedMap[str, Alarm])
    watched: dict[str, list[str]] = {}
    parents: dict[str, list[str]] = {}
    holds: dict[str, list[str]] = {}
    due: SortedMap[str, str] = field(default_factory=SortedMap[str, str])
    history: SortedMap[str, History] = field(default_factory=SortedMap[str, History])
    dashboards: SortedMap[str, Dashboard] = field(default_factory=SortedMap[str, Dashboard])
    rules: SortedMap[str, Rule] = field(default_factory=SortedMap[str, Rule])
    streams: SortedMap[str, Stream] = field(default_factory=SortedMap[str, Stream])
    detectors: SortedMap[str, api.AnomalyDetector] = field(
        default_factory=SortedMap[str, api.AnomalyDetector]
    )

    def known(self, event: Event[Any, Any], name: str) -> Alarm:
        """The alarm of a name, inferred where no record made it."""
        return known(
            self.alarms, name, event,
            lambda: Alarm(name=name, arn=event.arn("cloudwatch", f"alarm:{name}")),
        )  # fmt: skip


def seconds(moment: datetime) -> int:
    """Whole seconds since 1970."""
    return (moment - EPOCH) // timedelta(seconds=1)


def moment(at_s: int) -> datetime:
    """The time at so many seconds since 1970."""
    return EPOCH + timedelta(seconds=at_s)


def remember(
    state: CloudWatch, event: Event[Any, Any], alarm: Alarm, kind: str, summary: str, data: str
) -> None:
    """Something happened to an alarm; what is older than a month is forgotten."""
    oldest = f"{event.time - limits.HISTORY_KEPT:%Y%m%d%H%M%S%f}"
    while (first := state.history.first()) is not None and first < oldest:
        del state.history[first]
    key = f"{event.time:%Y%m%d%H%M%S%f}/{event.id}/{len(state.history):06}"
    state.history[key] = History(
        alarm=alarm.name, composite=alarm.composite is not None, time=event.time, kind=kind, summary=summary, data=data
    )  # fmt: skip


def _declare(service: Service[CloudWatch]) -> Service[CloudWatch]:
    service.quota(
        "monitoring-alarms", "alarms", limits.ALARMS_MAX, "Alarms per Region", owner="monitoring",
        what="The maximum number of alarms in each Region",
    )  # fmt: skip
    return service


service = _declare(
    Service(
        "cloudwatch", CloudWatch, trail=TRAIL, errors=CODES, validate=True, principal="cloudwatch.amazonaws.com"
    )
)  # fmt: skip
service.resource(
    "AWS::CloudWatch::Alarm",
    lambda state: state.alarms,
    lambda alarm: alarm.arn,
    lambda alarm: alarm.tags,
)
service.resource(
    "AWS::CloudWatch::Dashboard",
    lambda state: state.dashboards,
    lambda dashboard: dashboard.arn,
    lambda dashboard: dashboard.tags,
)
service.resource(
    "AWS::CloudWatch::InsightRule", lambda state: state.rules, lambda rule: rule.arn, lambda rule: rule.tags
)
service.resource(
    "AWS::CloudWatch::MetricStream",
    lambda state: state.streams,
    lambda stream: stream.arn,
    lambda stream: stream.tags,
)
