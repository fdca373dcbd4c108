"""What a trail still has to deliver, and when: logging begins, changes and ends.

Records are delivered by spans of the log, so that what was selected when a call was made decides, however late the
delivery is. AWS's delivery is within minutes; ours is at the next five minutes of the clock.
"""

from __future__ import annotations

from datetime import datetime

from backtrail import told
from backtrail.ids import time_of
from backtrail_aws.cloudtrail import limits
from backtrail_aws.cloudtrail.moments import after, micros
from backtrail_aws.cloudtrail.state import Span, Trail


def start(trail: Trail, event_id: str, time: datetime) -> None:
    """Logging begins after an event. A trail that logs already goes on."""
    if trail.logging:
        return
    trail.logging, trail.started_us = True, micros(time)
    _open(trail, event_id, including=True)
    trail.due_us = after(micros(time), limits.DELIVERY)
    if trail.validation is True and not trail.digest_from_us:
        _first_digest(trail, time)


def stop(trail: Trail, event_id: str, time: datetime) -> None:
    """Logging ends with an event: it and all before it are still delivered, and a last digest."""
    if not trail.logging:
        return
    trail.logging, trail.stopped_us = False, micros(time)
    _close(trail, event_id)
    if trail.digest_us:
        trail.digest_us = max(trail.due_us, after(micros(time), limits.DELIVERY)) + 1  # after the last files


def leave(trail: Trail, event_id: str, time: datetime) -> None:
    """The trail is deleted: what it was at it begins anew, under the name that it leaves with."""
    stop(trail, event_id, time)
    for key in trail.awaited:
        file = trail.files.get(key)
        if file is not None:
            file.failed = "the trail was deleted"
    trail.job, trail.job_id, trail.awaited = "", "", []
    if trail.spans or len(trail.files):
        trail.due_us = after(micros(time), limits.DELIVERY)


def selected(trail: Trail, event_id: str) -> None:
    """Other selectors hold from an event on."""
    if trail.logging:
        _close(trail, event_id)
        _open(trail, event_id)


def validate(trail: Trail, time: datetime) -> None:
    """Validation was turned on or off: a chain of digests begins, or breaks off."""
    trail.links, trail.listed = {}, {}
    trail.digest_us = trail.digest_from_us = 0
    if trail.validation is True and trail.logging:
        _first_digest(trail, time)


def advance(trail: Trail, cursor: str, time: datetime, *, more: bool) -> None:
    """What lies before `cursor` is written down; `more` says that the log goes on."""
    kept: list[Span] = []
    for span in trail.spans:
        if span.until and cursor and span.until <= cursor:
            continue
        if cursor and (cursor > span.since or time_of(span.since) is None):
            span.since, span.including = cursor, False
        kept.append(span)
    trail.spans = kept
    if more:
        trail.due_us = micros(time)
    else:
        trail.due_us = after(micros(time), limits.DELIVERY) if trail.spans or len(trail.files) else 0


def _first_digest(trail: Trail, time: datetime) -> None:
    """A starting digest covers the hour from now on, by the second."""
    trail.digest_from_us = micros(time.replace(microsecond=0))
    trail.digest_us = after(micros(time), limits.DIGEST, trail.digest_from_us)


def _open(trail: Trail, event_id: str, *, including: bool = False) -> None:
    basic, advanced = told(trail.basic, []), told(trail.advanced, [])
    trail.spans.append(Span(since=event_id, including=including, basic=basic, advanced=advanced))


def _close(trail: Trail, event_id: str) -> None:
    if trail.spans and not trail.spans[-1].until:
        trail.spans[-1].until = event_id
