"""Deletion: after a waiting period, which ends by time: https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from backtrail import UNSET, Answer, Call, Command, Event, Noted, Params, Resource, UnsetType, field, told
from backtrail.trail.times import CommaTime
from backtrail_aws.kms import api, errors, importing, keys, limits, names, replicas, rotation
from backtrail_aws.kms.state import Key, Kms, service


@service.handle(at=names.by_key)
def schedule_key_deletion(
    state: Kms, call: Call[api.ScheduleKeyDeletion]
) -> Answer[api.ScheduleKeyDeletionResult]:
    """After 7 to 30 days; a primary key waits for its replicas first."""
    key = names.living(names.customers(state, call, call.params.key_id))
    days = told(call.params.pending_window_in_days, limits.WINDOW_DEFAULT)
    least, most = limits.WINDOW_DAYS
    if not least <= days <= most:
        # evidence: page API_ScheduleKeyDeletion (7 to 30); words: guess
        raise errors.validation(
            f"The PendingWindowInDays value {days} is not valid. It must be between {least} and {most} days."
        )
    waits = bool(key.replicas) and key.region == key.primary
    gone = UNSET if waits else CommaTime.of(call.time + timedelta(days=days))
    result = api.ScheduleKeyDeletionResult(
        key_id=key.arn, deletion_date=gone, pending_window_in_days=days,
        key_state="PendingReplicaDeletion" if waits else "PendingDeletion",
    )  # fmt: skip
    return Answer(result, resources=keys.about(key))


@service.project(at=names.by_key)
def key_deletion_scheduled(
    state: Kms, event: Event[api.ScheduleKeyDeletion, api.ScheduleKeyDeletionResult]
) -> None:
    """The key cannot be used, and will be gone."""
    key = state.known(event, event.params.key_id, told(event.result.key_id, ""))
    state.forget(key.gone_at, "delete", key.id)
    key.window = told(event.params.pending_window_in_days, limits.WINDOW_DEFAULT)
    keys.suspend(state, key)
    key.enabled = False  # https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html
    if event.result.key_state == "PendingReplicaDeletion":
        key.waits_for_replicas = True
        return
    keys.wait(state, key, event.time)


@service.handle(at=names.by_key)
def cancel_key_deletion(state: Kms, call: Call[api.CancelKeyDeletion]) -> Answer[api.CancelKeyDeletionResult]:
    """A key that is to be deleted stays, disabled."""
    key = names.customers(state, call, call.params.key_id)
    if isinstance(key.gone_at, UnsetType) and not key.waits_for_replicas:
        raise errors.state(key.arn, "not pending deletion")
    return Answer(api.CancelKeyDeletionResult(key_id=key.arn), resources=keys.about(key))


@service.project(at=names.by_key)
def key_deletion_canceled(
    state: Kms, event: Event[api.CancelKeyDeletion, api.CancelKeyDeletionResult]
) -> None:
    """The key is disabled, and stays."""
    key = state.known(event, event.params.key_id, told(event.result.key_id, ""))
    state.forget(key.gone_at, "delete", key.id)
    key.gone_at, key.waits_for_replicas, key.enabled, key.window = UNSET, False, False, UNSET


@service.evidence(at=names.by_key)
def key_was_not_there(state: Kms, event: Event[api.ScheduleKeyDeletion, None]) -> None:
    """A key that could not be deleted because it is not there is not there."""
    keys.missing(state, event, event.params.key_id)


# what time does


class DeleteKey(Params):
    """The service's own action: a key's waiting period has ended."""

    key_arn: Noted[str] | UnsetType = field(name="keyArn", default=UNSET)


@service.handle(internal=True)
def delete_key(state: Kms, call: Call[DeleteKey]) -> Answer[None]:
    """Nothing stands in the way. A real record names the key in `resources` alone."""
    arn = told(call.params.key_arn, "")
    key = state.keys.get(arn.rpartition("/")[2])
    regions = [one for one in (key.primary, *key.replicas) if one not in ("", key.region)] if key else []
    about = [Resource(account_id=call.account, type="AWS::KMS::Key", arn=arn)]
    return Answer(None, note=replicas.Others(regions=regions) if regions else None, resources=about)


@service.project
def key_deleted(state: Kms, event: Event[DeleteKey, None]) -> None:
    """The key is gone for ever. AWS's own records do not tell which in their parameters: those whose time has come."""
    if isinstance(event.params.key_arn, str):
        keys.forget(state, event.params.key_arn.rpartition("/")[2])
        return
    for key in [one for one in state.keys.values() if _over(one, event.time)]:
        keys.forget(state, key.id)


def _over(key: Key, now: datetime) -> bool:
    return not isinstance(key.gone_at, UnsetType) and key.gone_at <= now


@service.react
def primary_hears(state: Kms, event: Event[DeleteKey, None]) -> Iterator[Command]:
    """A primary key that waited for its replicas learns that one of them is gone."""
    if isinstance(event.params.key_arn, str) and ":key/mrk-" in event.params.key_arn:
        yield from replicas.gone(event, event.params.key_arn)


def next_due(state: Kms) -> datetime | None:
    """When the next key is to go, to be rotated, or to lose its material."""
    first = state.due.first()
    if first is None:
        return None
    return datetime.strptime(f"{first.partition('/')[0]}+0000", "%Y%m%d%H%M%S%f%z")


@service.timer(next_due)
def due(state: Kms, now: datetime) -> Iterator[Command]:
    """All that time does to keys by now."""
    for name, identifier in state.due.items():
        at, kind, _ = name.split("/", 2)
        key = state.keys.get(identifier)
        if at > f"{now:%Y%m%d%H%M%S%f}":
            return
        if key is not None:
            yield Command("kms", _ends(kind, key))


def _ends(kind: str, key: Key) -> Params:
    if kind == "rotate":
        return rotation.RotateKey(key_id=key.id)
    if kind == "expire":
        return importing.DeleteExpiredKeyMaterial(key_id=key.id)
    return DeleteKey(key_arn=key.arn)
