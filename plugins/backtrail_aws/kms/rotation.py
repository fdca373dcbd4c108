"""Rotation, by time and on demand: https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from backtrail import UNSET, Answer, Call, Command, Event, Params, Refusal, UnsetType, field, told
from backtrail.ids import new_id
from backtrail_aws.kms import api, errors, keys, limits, metadata, names, paging, replicas
from backtrail_aws.kms.state import AUTOMATIC, EXTERNAL, ON_DEMAND, SYMMETRIC, Key, Kms, Material, service


def _rotatable(state: Kms, call: Call[Any], identifier: str, *, imported: bool = False) -> Key:
    """A key whose rotation can be changed. Raises `Refusal`."""
    key = _symmetric(names.customers(state, call, identifier), imported=imported)
    names.living(key)
    if key.state == "Disabled":
        raise errors.disabled(key.arn)
    if key.multi_region and key.primary != key.region:
        # evidence: page rotate-keys.html (a shared property, set on the primary key)
        raise errors.unsupported()
    return key


def _symmetric(key: Key, *, imported: bool = False) -> Key:
    origins = ("AWS_KMS", EXTERNAL) if imported else ("AWS_KMS",)
    if told(key.spec, SYMMETRIC) != SYMMETRIC or told(key.origin, "AWS_KMS") not in origins:
        # evidence: page API_EnableKeyRotation
        raise errors.unsupported()
    return key


@service.handle(at=names.by_key)
def enable_key_rotation(state: Kms, call: Call[api.EnableKeyRotation]) -> Answer[None]:
    """Every 90 to 2560 days, 365 unless told otherwise."""
    return Answer(None, resources=keys.about(_rotatable(state, call, call.params.key_id)))


@service.project(at=names.by_key)
def key_rotation_enabled(state: Kms, event: Event[api.EnableKeyRotation, None]) -> None:
    """The key is rotated by time; anew from now where the period changes."""
    key = state.known(event, event.params.key_id)
    days = told(event.params.rotation_period_in_days, told(key.rotates_days, limits.ROTATION_DEFAULT_DAYS))
    if key.rotates_days != days:
        key.rotates_days = days
        _next(state, key, event.time)


def _next(state: Kms, key: Key, since: datetime) -> None:
    state.forget(key.rotates_at, "rotate", key.id)
    key.rotates_at = UNSET
    if not isinstance(key.rotates_days, UnsetType):
        key.rotates_at = since + timedelta(days=key.rotates_days)
        state.expect(key.rotates_at, "rotate", key.id)


@service.handle(at=names.by_key)
def disable_key_rotation(state: Kms, call: Call[api.DisableKeyRotation]) -> Answer[None]:
    """One that is not rotated is no error."""
    return Answer(None, resources=keys.about(_rotatable(state, call, call.params.key_id)))


@service.project(at=names.by_key)
def key_rotation_disabled(state: Kms, event: Event[api.DisableKeyRotation, None]) -> None:
    """The key is not rotated by time."""
    key = state.known(event, event.params.key_id)
    key.rotates_days = UNSET
    _next(state, key, event.time)


@service.handle(at=names.by_key)
def rotate_key_on_demand(
    state: Kms, call: Call[api.RotateKeyOnDemand]
) -> Answer[api.RotateKeyOnDemandResult]:
    """A new material at once; of a key whose material is imported, the one that was imported to be next."""
    key = _rotatable(state, call, call.params.key_id, imported=True)
    if key.origin == EXTERNAL:
        # evidence: https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html; words: guess
        raise errors.state(key.arn, "without new key material that is pending rotation")
    if sum(one.rotation == ON_DEMAND for one in key.materials) >= limits.ROTATIONS_ON_DEMAND_MAX:
        raise errors.too_many("The key has reached the maximum number of on-demand rotations.")
    return Answer(api.RotateKeyOnDemandResult(key_id=key.arn), resources=keys.about(key))


@service.project(at=names.by_key)
def key_rotated_on_demand(
    state: Kms, event: Event[api.RotateKeyOnDemand, api.RotateKeyOnDemandResult]
) -> None:
    """The key has another material, beside those that it had."""
    key = state.known(event, event.params.key_id, told(event.result.key_id, ""))
    key.materials.append(_material(event, key, ON_DEMAND))


def _material(event: Event[Any, Any], key: Key, how: str) -> Material:
    return Material(id=new_id(event.id, "hex64", key.id), made=event.time, rotation=how)


@service.react(at=names.by_key)
def replicas_hear(
    state: Kms, event: Event[api.RotateKeyOnDemand, api.RotateKeyOnDemandResult]
) -> Iterator[Command]:
    """The replicas of a primary key get the material, too."""
    key = state.keys.get(told(event.result.key_id, event.params.key_id).rpartition("/")[2])
    if key is not None:
        yield from replicas.synchronized(key)


# what time does


class RotateKey(Params):
    """The service's own action: a key is rotated by time."""

    key_id: str | UnsetType = field(name="keyId", default=UNSET)


@service.handle(internal=True)
def rotate_key(state: Kms, call: Call[RotateKey]) -> Answer[None]:
    """Nothing stands in the way: a key that is disabled, or is to be deleted, is not due."""
    key = state.keys.get(told(call.params.key_id, ""))
    if key is None:
        raise Refusal("NotFoundException", "There is no such key.")  # evidence: guess
    return Answer(None, resources=keys.about(key))


@service.project
def key_rotated(state: Kms, event: Event[RotateKey, None]) -> None:
    """The key has another material, and is due again."""
    name = told(event.params.key_id, "")
    key = state.keys.get(name)
    if key is None:
        if not name:
            return
        key = state.known(event, name)
    key.materials.append(_material(event, key, AUTOMATIC))
    _next(state, key, event.time)


@service.react
def replicas_hear_of_time(state: Kms, event: Event[RotateKey, None]) -> Iterator[Command]:
    """The same, of what time did."""
    key = state.keys.get(told(event.params.key_id, ""))
    if key is not None:
        yield from replicas.synchronized(key)


# what is known


@service.read(at=names.by_key)
def get_key_rotation_status(
    state: Kms, call: Call[api.GetKeyRotationStatus]
) -> api.GetKeyRotationStatusResult:
    """Whether, how often, and when next. A key that is to be deleted is not rotated."""
    key = _symmetric(names.by_id(state, call, call.params.key_id), imported=True)
    if (
        key.manager == "AWS"
    ):  # every year: https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
        return api.GetKeyRotationStatusResult(
            key_rotation_enabled=True, key_id=key.arn, rotation_period_in_days=limits.ROTATION_DEFAULT_DAYS
        )
    on = not isinstance(key.rotates_days, UnsetType) and key.state not in (
        "PendingDeletion", "PendingReplicaDeletion",
    )  # fmt: skip
    return api.GetKeyRotationStatusResult(
        key_rotation_enabled=on,
        key_id=key.arn,
        rotation_period_in_days=key.rotates_days if on else UNSET,
        next_rotation_date=metadata.at(key.rotates_at) if on else UNSET,
    )


@service.read(at=names.by_key)
def list_key_rotations(state: Kms, call: Call[api.ListKeyRotations]) -> api.ListKeyRotationsResult:
    """The rotations that are done; with the first material, where all material is asked for."""
    key = _symmetric(names.by_id(state, call, call.params.key_id), imported=True)
    everything = call.params.include_key_material == "ALL_KEY_MATERIAL"
    current = key.material
    listed = {
        f"{number:06d}": _entry(key, one, one is current)
        for number, one in enumerate(key.materials)
        if everything or one.rotation
    }
    found = paging.cut(listed, call.params.marker, call.params.limit, limits.ROTATIONS_PAGE_DEFAULT)
    return api.ListKeyRotationsResult(
        rotations=found.items, next_marker=found.next or UNSET, truncated=found.next is not None
    )


def _entry(key: Key, one: Material, current: bool) -> api.RotationsListEntry:
    foreign = key.origin == EXTERNAL
    never = isinstance(one.expires, UnsetType)
    return api.RotationsListEntry(
        key_id=key.arn, key_material_id=one.id, key_material_description=one.description,
        key_material_state="CURRENT" if current else "NON_CURRENT",
        import_state=UNSET if not foreign else "IMPORTED" if one.imported else "PENDING_IMPORT",
        expiration_model=UNSET if not foreign else
        "KEY_MATERIAL_DOES_NOT_EXPIRE" if never else "KEY_MATERIAL_EXPIRES",
        valid_to=metadata.at(one.expires), rotation_date=metadata.at(one.made) if one.rotation else UNSET,
        rotation_type=one.rotation or UNSET,
    )  # fmt: skip
