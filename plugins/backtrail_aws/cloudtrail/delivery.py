"""Log files: written about every five minutes of the clock, put into the bucket, and announced.

A delivery is one job of a trail at a time: it begins (timer), an effect reads the log on from where the last one ended
and writes the files, they are put, and each is noted. Where the clock jumps, one delivery covers the jump. A file that
cannot be put is tried again at each delivery, for 30 days.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

import msgspec

from backtrail import UNSET, Call, Command, Effect, Event, Heard, UnsetType, told
from backtrail.trail.times import IsoNanos
from backtrail_aws.cloudtrail import destinations, limits, organizations, spans
from backtrail_aws.cloudtrail.commands import (
    Batch,
    BeginDelivery,
    CreateLogStream,
    EndDelivery,
    Publish,
    PutLogEvents,
    PutObject,
    WriteDigests,
    WriteLogFiles,
    WriteLogFilesResult,
    Written,
)
from backtrail_aws.cloudtrail.files import Place
from backtrail_aws.cloudtrail.moments import micros, moment
from backtrail_aws.cloudtrail.selecting import Scope
from backtrail_aws.cloudtrail.state import (
    DIGEST,
    LOGS,
    CloudTrail,
    Entry,
    LogFile,
    Span,
    Status,
    Trail,
    service,
    working,
)

EFFECT = "write-log-files"
NOTICE, STREAM = "notice", "stream"
_ACL = "bucket-owner-full-control"  # what the bucket's policy asks for
_RETRY_US = limits.RETRY // (limits.DELIVERY.resolution)


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """What the effect needs: where to read on, what to select, where files lie. `seed` makes their names."""

    spans: list[Span]
    scope: Scope
    place: Place
    due: datetime
    seed: str
    to_logs: bool


def next_due(state: CloudTrail) -> datetime | None:
    """When a trail next has something to do."""
    times = [trail.wanted for trail in (*state.trails.values(), *state.leaving.values())]
    earliest = min((one for one in times if one), default=0)
    return moment(earliest) if earliest else None


@service.timer(next_due)
def time_came(state: CloudTrail, now: datetime) -> Iterator[Command]:
    """Jobs of the trails that are due: logs before digests."""
    us = micros(now)
    for key, trail in [*state.trails.items(), *state.leaving.items()]:
        if 0 < trail.wanted <= us:
            job = LOGS if 0 < trail.due_us <= us else DIGEST
            due = trail.due_us if job == LOGS else trail.digest_us
            begin = BeginDelivery(trail=key, job=job, due=IsoNanos.of(moment(due)))
            yield Command("cloudtrail", begin, account=trail.account, region=trail.home)


@service.handle(internal=True)
def begin_delivery(state: CloudTrail, call: Call[BeginDelivery]) -> None:
    """Nothing to decide: it is time."""


@service.project
def delivery_begun(state: CloudTrail, event: Event[BeginDelivery, None]) -> None:
    """The trail is at it."""
    trail = working(state, event.params.trail)
    if trail is not None:
        trail.job, trail.job_id, trail.awaited = event.params.job, event.id, []


@service.react
def write(state: CloudTrail, event: Event[BeginDelivery, None]) -> Iterator[Command]:
    """The files are to be written."""
    params = event.params
    kind = WriteLogFiles if params.job == LOGS else WriteDigests
    yield Command("cloudtrail", kind(trail=params.trail, due=params.due, job=event.id), region=event.region)


@service.handle(internal=True)
def write_log_files(state: CloudTrail, call: Call[WriteLogFiles]) -> WriteLogFilesResult | Effect:
    """What an effect wrote. One that fails has written nothing: the next delivery goes on where this one did."""
    trail = at_work(state, call.params)
    if trail is None or isinstance(trail.bucket, UnsetType):
        return WriteLogFilesResult()
    if call.outcome is None:
        return Effect(name=EFFECT, args=_writing(trail, trail.bucket, call))
    if call.outcome.error is not None:
        return WriteLogFilesResult(failure=f"{call.outcome.error}: {call.outcome.message}")
    written: WriteLogFilesResult = call.outcome.result
    return written


def _writing(trail: Trail, bucket: str, call: Call[WriteLogFiles]) -> Writing:
    accounts = [trail.account]
    organization = ""
    if trail.organization is True:
        accounts = organizations.members(call, trail.account)
        found = organizations.of(call, trail.account)
        organization = told(found.id, "") if found is not None else ""
    scope = Scope(
        accounts=tuple(accounts),
        region="" if trail.everywhere else trail.home,
        global_events=trail.global_events is not False,
        recursive=trail.recursive is not False,
    )
    place = Place(bucket=bucket, prefix=told(trail.prefix, ""), organization=organization)
    to_logs = isinstance(trail.log_group, str) and isinstance(trail.role, str)
    return Writing(
        spans=list(trail.spans),
        scope=scope,
        place=place,
        due=call.params.due,
        seed=call.event_id,
        to_logs=to_logs,
    )


@service.project
def log_files_written(state: CloudTrail, event: Event[WriteLogFiles, WriteLogFilesResult]) -> None:
    """They are to be put; what they hold is not written again."""
    trail = at_work(state, event.params)
    if trail is None:
        return
    result = event.result
    keep(trail, told(result.files, []), event.time)
    spans.advance(trail, told(result.cursor, ""), event.time, more=told(result.more, False))
    settle(state, event.params.trail, trail)


@service.evidence
def log_files_failed(state: CloudTrail, event: Event[WriteLogFiles, None]) -> None:
    """The job is over, and begins anew."""
    given_up(at_work(state, event.params), event.time)


def at_work(state: CloudTrail, params: WriteLogFiles | WriteDigests) -> Trail | None:
    """The trail that still is at a job; None where it was deleted meanwhile, or has begun another."""
    trail = working(state, params.trail)
    return trail if trail is not None and trail.job_id == params.job else None


def given_up(trail: Trail | None, time: datetime) -> None:
    """Fold that a job came to nothing."""
    if trail is not None:
        trail.job, trail.awaited = "", []
        spans.advance(trail, "", time, more=False)


def keep(trail: Trail, files: list[Written], time: datetime) -> None:
    """Fold that files were written: they are awaited in the bucket. Those that failed for too long are given up."""
    us = micros(time)
    for key in [one.key for one in trail.files.values() if us - one.written_us > _RETRY_US]:
        trail.files.pop(key, None)
    again = oldest_failed(trail)
    for one in files:
        if isinstance(one.body, UnsetType):
            continue  # a trail that came from elsewhere shows no content
        trail.files[one.key] = LogFile(
            key=one.key, bucket=one.bucket, account=one.account, region=one.region, body=one.body, sha256=one.sha256,
            oldest=told(one.oldest, ""), newest=told(one.newest, ""), signature=told(one.signature, ""), written_us=us,
        )  # fmt: skip
        trail.awaited.append(one.key)
    if again is not None:
        trail.awaited.append(again.key)


def oldest_failed(trail: Trail) -> LogFile | None:
    """The file that is next to be tried again."""
    failed = [one for one in trail.files.values() if one.failed]
    return min(failed, key=lambda one: (one.written_us, one.key), default=None)


def settle(state: CloudTrail, key: str, trail: Trail) -> None:
    """Fold the end of a job, where nothing is awaited any more; a trail that was leaving is gone then."""
    if not trail.awaited:
        trail.job = ""
    if not trail.job and not trail.spans and not trail.digest_us and not len(trail.files):
        state.leaving.pop(key, None)


@service.react
def put_log_files(state: CloudTrail, event: Event[WriteLogFiles, WriteLogFilesResult]) -> Iterator[Command]:
    """The files go into the bucket, and their records to the log group."""
    trail = at_work(state, event.params)
    if trail is not None:
        yield from put_awaited(trail, event.params.trail)
        for batch in told(event.result.batches, []):
            yield from _to_logs(trail, event.params.trail, batch)


def put_awaited(trail: Trail, key: str) -> Iterator[Command]:
    """The commands that put what is awaited."""
    for awaited in trail.awaited:
        file = trail.files.get(awaited)
        if file is not None:
            yield put(trail, key, file)


def put(trail: Trail, key: str, file: LogFile) -> Command:
    """The command that puts a file, as CloudTrail does it: with the bucket's owner in full control."""
    encrypted = isinstance(trail.kms_key, str)
    signed = (
        {"signature": file.signature, "signature-algorithm": "SHA256withRSA"} if file.signature else UNSET
    )
    wanted = PutObject(
        bucket=file.bucket, key=file.key, acl=_ACL, body=file.body, content_type="application/json",
        content_encoding="gzip", server_side_encryption="aws:kms" if encrypted else "AES256",
        ssekms_key_id=trail.kms_key, metadata=signed, trail=key, what=DIGEST if file.signature else LOGS,
    )  # fmt: skip
    return Command(
        "s3", wanted, account=trail.bucket_account or trail.account, region=trail.bucket_region or trail.home,
        source_arn=trail.arn,
    )  # fmt: skip


@service.outcome("s3")
def file_was_put(state: CloudTrail, heard: Heard[PutObject]) -> Iterator[Command]:
    """How it went is noted."""
    if heard.params.trail:
        yield _ended(heard.params.trail, heard.params.what, heard.params.key, _code(heard.error))


@service.outcome("sns")
def notice_was_sent(state: CloudTrail, heard: Heard[Publish]) -> Iterator[Command]:
    """How it went is noted."""
    if heard.params.trail:
        yield _ended(heard.params.trail, NOTICE, heard.params.key, _code(heard.error))


@service.outcome("logs")
def events_were_put(state: CloudTrail, heard: Heard[PutLogEvents]) -> Iterator[Command]:
    """How it went is noted."""
    if heard.params.trail:
        yield _ended(heard.params.trail, STREAM, heard.params.log_stream_name, _code(heard.error))


def _code(error: str | None) -> str | UnsetType:
    """An error as a trail's status has it: its code."""
    return error or UNSET


def _ended(trail: str, what: str, key: str, error: str | UnsetType) -> Command:
    arn = trail.partition("@")[0].split(":")
    return Command(
        "cloudtrail", EndDelivery(trail=trail, what=what, key=key, error=error), account=arn[4], region=arn[3]
    )


@service.handle(internal=True)
def end_delivery(state: CloudTrail, call: Call[EndDelivery]) -> None:
    """Nothing to decide: it happened."""


@service.project
def delivery_ended(state: CloudTrail, event: Event[EndDelivery, None]) -> None:
    """A file is in the bucket, or waits to be tried again; the trail's status says how it went."""
    params = event.params
    trail = working(state, params.trail)
    if trail is None:
        return
    error = told(params.error, "")
    if params.what in (LOGS, DIGEST) and params.key not in trail.files:
        return  # of a trail of the same name that was deleted
    status = {LOGS: trail.delivery, DIGEST: trail.digests, NOTICE: trail.notices, STREAM: trail.to_logs}.get(
        params.what
    )
    if status is not None:
        _note(status, error, event.time)
    if params.what == STREAM:
        trail.streams = sorted({*trail.streams} - {params.key} if error else {*trail.streams, params.key})
    elif params.what != NOTICE:
        _file_ended(trail, params.key, error, event.time)
        settle(state, params.trail, trail)


def _note(status: Status, error: str, time: datetime) -> None:
    status.error = error
    if not error:
        status.at_us = micros(time)


def _file_ended(trail: Trail, key: str, error: str, time: datetime) -> None:
    if key in trail.awaited:
        trail.awaited.remove(key)
    file = trail.files.get(key)
    if file is None:
        return
    if error:
        file.failed = error
        return
    del trail.files[key]
    if not file.signature and trail.digest_us:
        entry = Entry(bucket=file.bucket, key=key, sha256=file.sha256, oldest=file.oldest, newest=file.newest)
        trail.listed.setdefault(f"{file.account}/{file.region}", []).append(entry)


@service.react
def announce(state: CloudTrail, event: Event[EndDelivery, None]) -> Iterator[Command]:
    """The topic is told of a log file that was put; the next of those that failed is tried again."""
    params = event.params
    trail = working(state, params.trail)
    if trail is None or isinstance(params.error, str) or params.what not in (LOGS, DIGEST):
        return
    again = oldest_failed(trail)
    if again is not None and again.key not in trail.awaited:
        yield put(trail, params.trail, again)
    if params.what == LOGS and isinstance(trail.topic_arn, str):
        topic = trail.topic_arn.split(":")
        message = json.dumps({"s3Bucket": trail.bucket, "s3ObjectKey": [params.key]}, separators=(",", ":"))
        notice = Publish(topic_arn=trail.topic_arn, message=message, trail=params.trail, key=params.key)
        yield Command("sns", notice, account=topic[4], region=topic[3], source_arn=trail.arn)


def _to_logs(trail: Trail, key: str, batch: Batch) -> Iterator[Command]:
    """A batch of records goes to its stream, which is made first where it is not known to be there."""
    if isinstance(trail.log_group, UnsetType) or isinstance(trail.role, UnsetType):
        return
    region, account, group = destinations.group_of(trail.log_group)
    if not group or isinstance(batch.events, UnsetType):
        return
    if batch.stream not in trail.streams:
        stream = CreateLogStream(log_group_name=group, log_stream_name=batch.stream)
        yield Command("logs", stream, as_=trail.role, account=account, region=region, source_arn=trail.arn)
    events = PutLogEvents(
        log_group_name=group, log_stream_name=batch.stream, log_events=batch.events, trail=key
    )
    yield Command("logs", events, as_=trail.role, account=account, region=region, source_arn=trail.arn)
