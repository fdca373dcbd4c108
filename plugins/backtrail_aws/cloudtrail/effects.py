"""What CloudTrail does outside the log: it reads the log, writes files of it, makes keys, and signs."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from backtrail import UNSET, Blob, ids
from backtrail.blob import INLINE_BYTES
from backtrail.names import service_of_source
from backtrail.record import exact_time, parse_time
from backtrail.store import Sought, Stored
from backtrail.trail.events import DATA, action_of, category
from backtrail.trail.times import IsoNanos
from backtrail_aws.cloudtrail import (
    api,
    delivery,
    digests,
    files,
    history,
    limits,
    lookup,
    records,
    selecting,
)
from backtrail_aws.cloudtrail.commands import (
    Batch,
    InputLogEvent,
    NewKey,
    WriteDigestsResult,
    WriteLogFilesResult,
    Written,
)
from backtrail_aws.cloudtrail.delivery import Writing
from backtrail_aws.cloudtrail.digests import Signing
from backtrail_aws.cloudtrail.lookup import Looked, Looking
from backtrail_aws.cloudtrail.moments import micros
from backtrail_aws.cloudtrail.records import Shown
from backtrail_aws.cloudtrail.state import KeyPair, Span, service

LIVE = "live"
"""The origin of what was decided here: what was imported, AWS has delivered already."""


class Log(Protocol):
    """The log, as far as it is read here, and the store of bodies."""

    def replay(
        self, *, after: int = 0, at: datetime | None = None, batch: int = 1000
    ) -> AsyncIterator[list[Stored]]: ...
    def newest(
        self, sought: Sought, *, before: tuple[int, int] | None = None, batch: int = 256
    ) -> AsyncIterator[list[Stored]]: ...
    async def get(self, event_id: str) -> Stored | None: ...
    def blob_writer(self) -> Any: ...


class Host(Protocol):
    """The engine, as far as an effect needs it."""

    @property
    def store(self) -> Log: ...


# log files


class Bundle:
    """The records of one account in one region that are to be delivered."""

    def __init__(self) -> None:
        self.records: list[bytes] = []
        self.times: list[str] = []
        self.size = 0

    def add(self, data: bytes, time: str) -> None:
        """One record more."""
        self.records.append(data)
        self.times.append(time)
        self.size += len(data)


class Reading:
    """What one delivery found in the log."""

    def __init__(self, wanted: Writing) -> None:
        self.wanted = wanted
        self.bundles: dict[tuple[str, str], Bundle] = {}
        self.cursor = ""
        self.seen = 0
        self.size = 0

    @property
    def full(self) -> bool:
        """Whether the rest is for the next delivery."""
        return self.seen >= limits.CYCLE_RECORDS or self.size >= limits.FILE_BYTES

    def look(self, entry: Stored) -> None:
        """Take a record, where the trail selects it, once for each account that gets it."""
        self.seen += 1
        self.cursor = entry.event_id
        shown = records.shown(entry.record)
        span = _span(self.wanted.spans, entry.event_id)
        if shown is None or span is None or not selecting.within(self.wanted.scope, shown):
            return
        if not selecting.selected(shown, span.basic, span.advanced):
            return
        for account in self.wanted.scope.accounts:
            if records.concerns(shown, account):
                bundle = self.bundles.setdefault((account, shown.region), Bundle())
                data = records.as_seen(entry.record, shown, account)
                bundle.add(data, shown.time)
                self.size += len(data)


def _span(spans: Sequence[Span], event_id: str) -> Span | None:
    """The span that a live event lies in: ids of our own are in order."""
    for span in spans:
        begun = (
            not _is_ours(span.since) or event_id > span.since or (span.including and event_id == span.since)
        )
        if begun and (not span.until or not _is_ours(span.until) or event_id <= span.until):
            return span
    return None


def _is_ours(event_id: str) -> bool:
    return ids.time_of(event_id) is not None


@service.effect(delivery.EFFECT)
async def write_log_files(wanted: Writing, host: Host, request_id: str) -> WriteLogFilesResult:
    """The files of what the log holds since the last delivery, kept in the store of bodies."""
    found = await _read(wanted, host.store)
    written: list[Written] = []
    for (account, region), bundle in sorted(found.bundles.items()):
        content = files.log_content(bundle.records)
        data = await asyncio.to_thread(files.packed, content)
        written.append(
            Written(
                key=files.log_key(wanted.place, account, region, wanted.due, wanted.seed), bucket=wanted.place.bucket,
                account=account, region=region, body=await _kept(host.store, data), sha256=files.sha256(content),
                oldest=min(bundle.times), newest=max(bundle.times),
            )
        )  # fmt: skip
    return WriteLogFilesResult(
        cursor=found.cursor or UNSET, more=found.full, files=written,
        batches=list(_batches(found)) if wanted.to_logs else UNSET,
    )  # fmt: skip


async def _read(wanted: Writing, store: Log) -> Reading:
    """Read the log on from the earliest span."""
    found = Reading(wanted)
    if not wanted.spans:
        return found
    first = await store.get(wanted.spans[0].since)
    if first is not None and wanted.spans[0].including and _is_deliverable(first):
        found.look(first)
    async for entries in store.replay(after=first.seq if first is not None else 0):
        for entry in entries:
            if _is_deliverable(entry):
                found.look(entry)
            if found.full:
                return found
    return found


def _is_deliverable(entry: Stored) -> bool:
    return entry.origin == LIVE and _is_ours(entry.event_id)


async def _kept(store: Log, data: bytes) -> Blob:
    """A body as S3 takes it: small ones in themselves, others in the store."""
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    if len(data) <= INLINE_BYTES:
        return Blob(size=len(data), md5=md5, data=data)
    writer = store.blob_writer()
    await writer.write(data)
    return Blob(size=len(data), md5=md5, name=await writer.finish())


def _batches(found: Reading) -> Iterator[Batch]:
    """The records for CloudWatch Logs: a stream for each account and region, batches no larger than it takes."""
    for (account, region), bundle in sorted(found.bundles.items()):
        stream = f"{account}_CloudTrail_{region}"
        events = sorted(
            (
                InputLogEvent(timestamp=micros(parse_time(time)) // 1000, message=data.decode())
                for data, time in zip(bundle.records, bundle.times, strict=True)
                if len(data) <= limits.LOG_EVENT_BYTES
            ),
            key=lambda event: event.timestamp,
        )
        for batch in _cut(events):
            yield Batch(stream=stream, events=batch)


def _cut(events: Sequence[InputLogEvent]) -> Iterator[list[InputLogEvent]]:
    batch: list[InputLogEvent] = []
    size = 0
    for event in events:
        more = len(event.message.encode()) + limits.LOG_EVENT_OVERHEAD
        day_over = bool(batch) and event.timestamp - batch[0].timestamp >= 24 * 3600 * 1000
        if batch and (
            size + more > limits.LOG_BATCH_BYTES or len(batch) >= limits.LOG_BATCH_EVENTS or day_over
        ):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += more
    if batch:
        yield batch


# digests


@service.effect(digests.EFFECT)
async def write_digests(wanted: Signing, host: Host, request_id: str) -> WriteDigestsResult:
    """Digests, signed with their regions' keys, which are made where there are none."""
    from backtrail_aws.cloudtrail import signing  # cryptography is imported when something is first signed

    made: list[NewKey] = []
    written: list[Written] = []
    for digest in wanted.digests:
        held = wanted.keys.get(digest.region)
        if held is None:
            private, public = await asyncio.to_thread(signing.key_pair)
            begins = wanted.now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
            made.append(
                NewKey(
                    region=digest.region, fingerprint=signing.fingerprint(public), public=public, private=private,
                    begins=IsoNanos.of(begins), ends=IsoNanos.of(begins + limits.KEY_VALID),
                )
            )  # fmt: skip
            held = KeyPair(
                region=digest.region,
                fingerprint=made[-1].fingerprint,
                private=private,
                public=public,
                from_us=0,
                to_us=0,
            )
            wanted.keys[digest.region] = held
        content = files.digest_content(digest, held.fingerprint)
        signature = await asyncio.to_thread(signing.sign, held.private, files.string_to_sign(digest, content))
        written.append(
            Written(
                key=digest.key, bucket=digest.bucket, account=digest.account, region=digest.region,
                body=await _kept(host.store, files.packed(content)), sha256=files.sha256(content), signature=signature,
                listed=len(digest.entries),
            )
        )  # fmt: skip
    return WriteDigestsResult(end=IsoNanos.of(wanted.end), files=written, keys=made or UNSET)


# event history


@service.effect(lookup.EFFECT)
async def look_up_events(wanted: Looking, host: Host, request_id: str) -> Looked:
    """A page of event history."""
    found: list[api.Event] = []
    last: tuple[int, int] | None = None
    async for entries in _candidates(wanted, host.store):
        for entry in entries:
            event = _matching(entry, wanted)
            if event is None:
                continue
            if len(found) == wanted.limit:
                return Looked(events=found, next=last)
            found.append(event)
            last = _place(entry)
    return Looked(events=found)


async def _candidates(wanted: Looking, store: Log) -> AsyncIterator[list[Stored]]:
    """Records that may match, newest first."""
    if wanted.key == "EventId":
        entry = await store.get(wanted.value)
        if entry is not None and wanted.before is None:
            yield [entry]
        return
    given = {
        "EventName": {"action": wanted.value},
        "EventSource": {"source": wanted.value},
        "AccessKeyId": {"access_key": wanted.value},
        "ResourceName": {"resource": wanted.value},
    }.get(wanted.key, {})
    sought = Sought(
        since=wanted.since, until=wanted.until, region=wanted.region,
        read_only=wanted.value == "true" if wanted.key == "ReadOnly" else None, worth=_worth, **given,
    )  # fmt: skip
    async for entries in store.newest(sought, before=wanted.before):
        yield entries


def _worth(source: str, action: str) -> bool:
    """Whether records of an action are management events, as far as its name tells."""
    service_name = service_of_source(source, None, action)
    return service_name is None or category(service_name, action_of(service_name, action)) != DATA


def _place(entry: Stored) -> tuple[int, int]:
    shown = records.shown(entry.record)
    return (micros(exact_time(entry.event_id, shown.time)) if shown is not None else 0, entry.seq)


def _matching(entry: Stored, wanted: Looking) -> api.Event | None:
    """The event of a record, where event history has it and the attribute is as wanted."""
    shown = records.shown(entry.record)
    if shown is None or not _in_history(entry, shown, wanted):
        return None
    checks: dict[str, Callable[[], object]] = {
        "EventId": lambda: shown.id,
        "EventName": lambda: shown.name,
        "EventSource": lambda: shown.source,
        "AccessKeyId": lambda: shown.identity.access_key,
        "Username": lambda: history.username(shown),
        "ReadOnly": lambda: None if shown.read_only is None else str(shown.read_only).lower(),
    }
    if wanted.key in checks and checks[wanted.key]() != wanted.value:
        return None
    data = records.as_seen(entry.record, shown, wanted.account)
    about = history.resources(entry.record, shown)
    if wanted.key == "ResourceName" and wanted.value not in [one.resource_name for one in about]:
        return None
    if wanted.key == "ResourceType" and wanted.value not in [one.resource_type for one in about]:
        return None
    return history.event(data, records.shown(data) or shown, about)


def _in_history(entry: Stored, shown: Shown, wanted: Looking) -> bool:
    """Whether a record is a management event of the account and region, in the time that is looked at."""
    if shown.category == DATA or shown.region != wanted.region or not records.concerns(shown, wanted.account):
        return False
    if entry.origin == LIVE and not records.told_by_aws(shown):
        return False
    return wanted.since <= exact_time(shown.id, shown.time) <= wanted.until
