"""Digests: each hour, what was delivered and what it hashes to, signed, each going on from the one before.

The first begins when validation does, and covers an hour by the second from there; hours of nothing have digests, too.
The home region has them from the beginning, others from their first log file on.
Where the clock jumps, one digest covers the jump. A last one ends with `StopLogging`, and the chain with it.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from backtrail import Call, Command, Effect, Event, UnsetType, told
from backtrail_aws.cloudtrail import limits, organizations
from backtrail_aws.cloudtrail.commands import WriteDigests, WriteDigestsResult, Written
from backtrail_aws.cloudtrail.delivery import at_work, given_up, keep, put_awaited, settle
from backtrail_aws.cloudtrail.files import Digest, Place, digest_key
from backtrail_aws.cloudtrail.moments import after, micros, moment
from backtrail_aws.cloudtrail.state import CloudTrail, KeyPair, Link, Trail, service

EFFECT = "write-digests"


class Signing(msgspec.Struct, frozen=True, kw_only=True):
    """What the effect needs: the digests, and the regions' keys that there are already."""

    digests: list[Digest]
    keys: dict[str, KeyPair]
    now: datetime
    end: datetime


@service.handle(internal=True)
def write_digests(state: CloudTrail, call: Call[WriteDigests]) -> WriteDigestsResult | Effect:
    """What an effect wrote and signed. One that fails has written nothing."""
    trail = at_work(state, call.params)
    if trail is None or isinstance(trail.bucket, UnsetType) or not trail.digest_us:
        return WriteDigestsResult()
    if call.outcome is None:
        return Effect(name=EFFECT, args=_signing(state, trail, trail.bucket, call))
    if call.outcome.error is not None:
        return WriteDigestsResult(failure=f"{call.outcome.error}: {call.outcome.message}")
    written: WriteDigestsResult = call.outcome.result
    return written


def _signing(state: CloudTrail, trail: Trail, bucket: str, call: Call[WriteDigests]) -> Signing:
    organization = ""
    if trail.organization is True:
        found = organizations.of(call, trail.account)
        organization = told(found.id, "") if found is not None else ""
    place = Place(bucket=bucket, prefix=told(trail.prefix, ""), organization=organization)
    start, end = moment(trail.digest_from_us), _end(trail, call.time)
    digests: list[Digest] = []
    for where in sorted({f"{trail.account}/{trail.home}", *trail.listed, *trail.links}):
        account, _, region = where.partition("/")
        digests.append(
            Digest(
                account=account, region=region, bucket=bucket, start=start, end=end,
                key=digest_key(place, account, region, trail.name, trail.home, end),
                entries=list(trail.listed.get(where, [])), link=trail.links.get(where),
            )
        )  # fmt: skip
    us = micros(call.time)
    keys = {key.region: key for key in state.keys.values() if key.from_us <= us < key.to_us}
    return Signing(digests=digests, keys=keys, now=call.time, end=end)


def _end(trail: Trail, now: datetime) -> datetime:
    """Where the period ends: the last whole hour since it began, or when logging stopped."""
    if not trail.logging:
        return moment(max(trail.stopped_us, trail.digest_from_us) // 1_000_000 * 1_000_000 + 1_000_000)
    return moment(after(micros(now), limits.DIGEST, trail.digest_from_us)) - limits.DIGEST


@service.project
def digests_written(state: CloudTrail, event: Event[WriteDigests, WriteDigestsResult]) -> None:
    """They are to be put; the next ones go on from them."""
    trail = at_work(state, event.params)
    if trail is None:
        return
    result = event.result
    for key in told(result.keys, []):
        if isinstance(key.private, bytes):
            state.keys[f"{key.region}/{micros(key.begins):020}"] = KeyPair(
                region=key.region, fingerprint=key.fingerprint, private=key.private, public=key.public,
                from_us=micros(key.begins), to_us=micros(key.ends),
            )  # fmt: skip
    files = told(result.files, [])
    keep(trail, files, event.time)
    if isinstance(result.end, UnsetType):
        trail.digest_us = after(micros(event.time), limits.DELIVERY) if trail.digest_us else 0
    elif trail.logging:
        trail.digest_from_us = micros(result.end)
        trail.digest_us = after(micros(event.time), limits.DIGEST, trail.digest_from_us)
        _link(trail, files)
    else:
        trail.digest_us = trail.digest_from_us = 0
        trail.links, trail.listed = {}, {}
    settle(state, event.params.trail, trail)


def _link(trail: Trail, files: list[Written]) -> None:
    for one in files:
        where = f"{one.account}/{one.region}"
        trail.links[where] = Link(
            bucket=one.bucket, key=one.key, sha256=one.sha256, signature=told(one.signature, "")
        )
        left = trail.listed.get(where, [])[told(one.listed, 0) :]
        if left:
            trail.listed[where] = left
        else:
            trail.listed.pop(where, None)


@service.evidence
def digests_failed(state: CloudTrail, event: Event[WriteDigests, None]) -> None:
    """The job is over, and begins anew."""
    trail = at_work(state, event.params)
    given_up(trail, event.time)
    if trail is not None and trail.digest_us:
        trail.digest_us = after(micros(event.time), limits.DELIVERY)


@service.react
def put_digests(state: CloudTrail, event: Event[WriteDigests, WriteDigestsResult]) -> Iterator[Command]:
    """The digests go into the bucket."""
    trail = at_work(state, event.params)
    if trail is not None:
        yield from put_awaited(trail, event.params.trail)
