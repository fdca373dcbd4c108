"""Logging: begun, ended, and how it goes.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StartLogging.html
"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, UnsetType
from backtrail.trail.times import CommaTime
from backtrail_aws.cloudtrail import names, spans, trails
from backtrail_aws.cloudtrail.api import GetTrailStatus, GetTrailStatusResult, StartLogging, StopLogging
from backtrail_aws.cloudtrail.moments import iso, moment
from backtrail_aws.cloudtrail.state import CloudTrail, service


@service.handle(at=names.owner)
def start_logging(state: CloudTrail, call: Call[StartLogging]) -> None:
    """The trail logs from here on."""
    names.own(state, call, call.params.name, "start")


@service.project(at=names.owner)
def logging_started(state: CloudTrail, event: Event[StartLogging, None]) -> None:
    """Records from here on are delivered."""
    trail = names.at(state, event, event.params.name)
    if trail is not None:
        spans.start(trail, event.id, event.time)


@service.evidence(at=names.owner)
def start_failed(state: CloudTrail, event: Event[StartLogging, None]) -> None:
    """There was none to start."""
    trails.gone(state, event)


@service.handle(at=names.owner)
def stop_logging(state: CloudTrail, call: Call[StopLogging]) -> None:
    """The trail logs no more. This call is the last that it logs."""
    names.own(state, call, call.params.name, "stop")


@service.project(at=names.owner)
def logging_stopped(state: CloudTrail, event: Event[StopLogging, None]) -> None:
    """Records up to here are still delivered."""
    trail = names.at(state, event, event.params.name)
    if trail is not None:
        spans.stop(trail, event.id, event.time)


@service.evidence(at=names.owner)
def stop_failed(state: CloudTrail, event: Event[StopLogging, None]) -> None:
    """There was none to stop."""
    trails.gone(state, event)


@service.read(at=names.owner)
def get_trail_status(state: CloudTrail, call: Call[GetTrailStatus]) -> GetTrailStatusResult:
    """Whether it logs, since when, and how each kind of delivery went last."""
    trail = names.find(state, call, call.params.name)
    return GetTrailStatusResult(
        is_logging=trail.logging,
        start_logging_time=_time(trail.started_us),
        stop_logging_time=_time(trail.stopped_us),
        latest_delivery_time=_time(trail.delivery.at_us),
        latest_delivery_error=trail.delivery.error or UNSET,
        latest_digest_delivery_time=_time(trail.digests.at_us),
        latest_digest_delivery_error=trail.digests.error or UNSET,
        latest_notification_time=_time(trail.notices.at_us),
        latest_notification_error=trail.notices.error or UNSET,
        latest_cloud_watch_logs_delivery_time=_time(trail.to_logs.at_us),
        latest_cloud_watch_logs_delivery_error=trail.to_logs.error or UNSET,
        # "No longer in use", says API_GetTrailStatus; real answers still have them.
        latest_delivery_attempt_time=_text(trail.delivery.at_us),
        latest_notification_attempt_time=_text(trail.notices.at_us),
        latest_notification_attempt_succeeded=_text(0 if trail.notices.error else trail.notices.at_us),
        latest_delivery_attempt_succeeded=_text(0 if trail.delivery.error else trail.delivery.at_us),
        time_logging_started=_text(trail.started_us),
        time_logging_stopped=_text(trail.stopped_us),
    )


@service.evidence(at=names.owner)
def status_failed(state: CloudTrail, event: Event[GetTrailStatus, None]) -> None:
    """There was none to ask about."""
    trails.gone(state, event)


def _time(us: int) -> CommaTime | UnsetType:
    return CommaTime.of(moment(us)) if us else UNSET


def _text(us: int) -> str:
    return iso(moment(us)) if us else ""
