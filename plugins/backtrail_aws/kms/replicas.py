"""Multi-region keys: https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html

What a primary key and its replicas share comes to the others by the service's own action, as real trails show it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Command, Event, Noted, Params, Resource, UnsetType, field, told
from backtrail_aws.kms import api, errors, keys, metadata, names, policies, tags
from backtrail_aws.kms.state import SYMMETRIC, Key, Kms, Material, service


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """What a replica has of its primary key: the ids of its materials, and when each was made."""

    materials: list[tuple[str, str]] = []
    region: str = ""
    public: bytes | UnsetType = UNSET


class SynchronizeMultiRegionKey(Params):
    """The service's own action: a multi-region key learns what it shares with the others."""

    key_arn: Noted[str] | UnsetType = field(name="keyArn", default=UNSET)
    primary: Noted[str] | UnsetType = UNSET
    replicas: Noted[list[str]] | UnsetType = UNSET
    materials: Noted[list[tuple[str, str]]] | UnsetType = UNSET
    without: Noted[str] | UnsetType = UNSET


# replicate


@service.handle(at=names.by_key)
def replicate_key(state: Kms, call: Call[api.ReplicateKey]) -> Answer[api.ReplicateKeyResult]:
    """A replica of a primary key in another region, with the same id."""
    params = call.params
    key = names.living(names.customers(state, call, params.key_id))
    if key.state == "Disabled":
        raise errors.disabled(key.arn)
    if not key.multi_region or key.primary != key.region or not isinstance(key.public, UnsetType):
        # evidence: page API_ReplicateKey
        raise errors.unsupported()
    _check_region(key, params.replica_region)
    if isinstance(params.policy, str):
        policies.check(call, params.policy, bypass=params.bypass_policy_lockout_safety_check is True)
    tags.check(told(params.tags, []), {})
    made = _replica(key, params, call.time)
    result = api.ReplicateKeyResult(
        replica_key_metadata=metadata.of(made), replica_policy=made.policy,
        replica_tags=[api.Tag(tag_key=name, tag_value=value) for name, value in made.tags.items()],
    )  # fmt: skip
    note = Shared(materials=_ids(key), region=key.region)
    return Answer(result, note=note, resources=[*keys.about(key), *keys.about(made)])


def _check_region(key: Key, region: str) -> None:
    if region == key.region or region in key.replicas:
        # evidence: page API_ReplicateKey; words: guess
        raise errors.exists(f"The key {metadata.arn_in(key, region)} already exists.")


def _replica(key: Key, params: api.ReplicateKey, made: Any) -> Key:
    return Key(
        id=key.id, arn=metadata.arn_in(key, params.replica_region), made=made,
        description=told(params.description, ""), usage=key.usage, spec=key.spec, origin=key.origin, multi_region=True,
        primary=key.region, replicas=[*key.replicas, params.replica_region],
        policy=told(params.policy, policies.default(key.account, key.region)), tags=tags.plain(told(params.tags, [])),
        materials=[Material(id=one.id, made=one.made, rotation=one.rotation) for one in key.materials],
    )  # fmt: skip


def _ids(key: Key) -> list[tuple[str, str]]:
    return [(one.id, one.rotation) for one in key.materials]


def _there(event: Event[api.ReplicateKey, Any]) -> tuple[str, str]:
    return names.by_key(event)[0], event.params.replica_region


@service.project(at=_there)
def replica_made(state: Kms, event: Event[api.ReplicateKey, api.ReplicateKeyResult]) -> None:
    """The replica is there."""
    params, shown = event.params, event.result.replica_key_metadata
    name = params.key_id.rpartition("/")[2]
    account, region = _there(event)
    told_of = shown if isinstance(shown, api.KeyMetadata) else api.KeyMetadata()
    shared = event.note(Shared) or Shared(region=event.region)
    known = told_of.multi_region_configuration
    others = told(known.replica_keys, []) if isinstance(known, api.MultiRegionConfiguration) else []
    state.keys[name] = Key(
        id=name, arn=told(told_of.arn, event.arn("kms", f"key/{name}", region=region, account=account)),
        made=event.time, description=told(params.description, ""), usage=told(told_of.key_usage, "ENCRYPT_DECRYPT"),
        spec=told(told_of.key_spec, SYMMETRIC), origin=told(told_of.origin, "AWS_KMS"), multi_region=True,
        primary=shared.region or event.region,
        replicas=[one.region for one in others if isinstance(one.region, str)] or [region],
        policy=told(event.result.replica_policy, told(params.policy, policies.default(account, region))),
        tags=tags.plain(told(params.tags, [])),
        materials=[Material(id=one, made=event.time, rotation=how) for one, how in shared.materials],
    )  # fmt: skip


@service.project(at=names.by_key)
def key_replicated(state: Kms, event: Event[api.ReplicateKey, api.ReplicateKeyResult]) -> None:
    """The primary key has a replica more."""
    key = state.known(event, event.params.key_id)
    key.multi_region, key.primary = True, event.region
    if event.params.replica_region not in key.replicas:
        key.replicas = [*key.replicas, event.params.replica_region]


@service.react(at=names.by_key)
def others_hear(state: Kms, event: Event[api.ReplicateKey, api.ReplicateKeyResult]) -> Iterator[Command]:
    """The other replicas learn of the new one."""
    key = state.keys.get(event.params.key_id.rpartition("/")[2])
    if key is not None:
        yield from synchronized(key, but=event.params.replica_region)


# primary


@service.handle(at=names.by_key)
def update_primary_region(state: Kms, call: Call[api.UpdatePrimaryRegion]) -> Answer[None]:
    """A replica becomes the primary key, the primary key a replica."""
    key = names.living(names.customers(state, call, call.params.key_id))
    if not key.multi_region or key.primary != key.region:
        # evidence: page API_UpdatePrimaryRegion
        raise errors.unsupported()
    if key.state == "Disabled":
        raise errors.disabled(key.arn)
    if call.params.primary_region not in key.replicas:
        raise errors.no_key(metadata.arn_in(key, call.params.primary_region))
    return Answer(None, resources=keys.about(key))


@service.project(at=names.by_key)
def primary_region_updated(state: Kms, event: Event[api.UpdatePrimaryRegion, None]) -> None:
    """The key is a replica now."""
    key = state.known(event, event.params.key_id)
    key.multi_region, key.primary = True, event.params.primary_region
    others = [one for one in key.replicas if one != event.params.primary_region]
    key.replicas = [*others, *([] if event.region in others else [event.region])]


@service.react(at=names.by_key)
def everybody_hears(state: Kms, event: Event[api.UpdatePrimaryRegion, None]) -> Iterator[Command]:
    """All others learn who is the primary key."""
    key = state.keys.get(event.params.key_id.rpartition("/")[2])
    if key is not None:
        yield from synchronized(key)


# what the others learn


def synchronized(key: Key, *, but: str = "") -> Iterator[Command]:
    """Tells all others of a multi-region key what they share with it."""
    if not key.multi_region:
        return
    for region in (key.primary, *key.replicas):
        if region not in ("", key.region, but):
            about = SynchronizeMultiRegionKey(
                key_arn=metadata.arn_in(key, region), primary=key.primary, replicas=list(key.replicas),
                materials=_ids(key),
            )  # fmt: skip
            yield Command("kms", about, region=region)


def gone(event: Event[Any, Any], arn: str) -> Iterator[Command]:
    """Nobody knows any more where the others of a key that is gone are: every region is asked that has one."""
    note = event.note(Others)
    for region in note.regions if note is not None else []:
        parts = arn.split(":")
        without, parts[3] = parts[3], region
        about = SynchronizeMultiRegionKey(key_arn=":".join(parts), without=without)
        yield Command("kms", about, region=region)


class Others(msgspec.Struct, frozen=True, kw_only=True):
    """Where the others of a multi-region key are that is deleted."""

    regions: list[str] = []


@service.handle(internal=True)
def synchronize_multi_region_key(state: Kms, call: Call[SynchronizeMultiRegionKey]) -> Answer[None]:
    """Nothing stands in the way."""
    arn = told(call.params.key_arn, "")
    return Answer(None, resources=[Resource(account_id=call.account, type="AWS::KMS::Key", arn=arn)])


@service.project
def multi_region_key_synchronized(state: Kms, event: Event[SynchronizeMultiRegionKey, None]) -> None:
    """The key has what it shares with the others. AWS's own records tell nothing of it."""
    params = event.params
    key = state.keys.get(told(params.key_arn, "").rpartition("/")[2])
    if key is None:
        return
    key.primary = told(params.primary, key.primary)
    key.replicas = told(params.replicas, key.replicas)
    held = {one.id for one in key.materials}
    key.materials += [
        Material(id=one, made=event.time, rotation=how)
        for one, how in told(params.materials, [])
        if one not in held
    ]
    if isinstance(params.without, str):
        key.replicas = [one for one in key.replicas if one != params.without]
        if key.waits_for_replicas and not key.replicas:
            keys.wait(state, key, event.time)
