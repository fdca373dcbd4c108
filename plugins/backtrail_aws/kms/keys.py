"""Keys: made, described, listed, enabled and disabled."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Effect, Event, Resource, UnsetType, told
from backtrail_aws.kms import api, crypt, errors, limits, metadata, names, paging, policies, specs, tags
from backtrail_aws.kms.state import EXTERNAL, SYMMETRIC, Key, Kms, Material, service

_SPECS = {"", SYMMETRIC, *specs.HMAC_BYTES, *specs.PAIRS}


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What no record shows of a pair that was made: its public half. The private one is sealed."""

    public: bytes


def about(key: Key) -> list[Resource]:
    """The `resources` of a record about a key."""
    return [Resource(account_id=key.account, type="AWS::KMS::Key", arn=key.arn)]


# create


@service.handle
def create_key(state: Kms, call: Call[api.CreateKey]) -> Answer[api.CreateKeyResult] | Effect:
    """A key. A pair is made by an effect; other material derives from the log's key, and stands nowhere."""
    params = _filled(call.params)
    spec, usage, origin = told(params.key_spec, ""), told(params.key_usage, ""), told(params.origin, "")
    _check_kind(params, spec, usage, origin)
    policy = told(params.policy, "")
    if policy:
        policies.check(call, policy, bypass=params.bypass_policy_lockout_safety_check is True)
    tags.check(told(params.tags, []), {})
    if len(state.keys) >= call.quota("keys", limits.KEYS_MAX):
        raise errors.too_many("You have reached the maximum number of keys.")
    note = None
    if spec in specs.PAIRS and origin != EXTERNAL:
        if call.outcome is None:
            return Effect(name=crypt.EFFECT, args=crypt.Wanted(do=crypt.PAIR, spec=spec), reads=True)
        pair = crypt.outcome(call)
        note = Made(public=told(pair.public, b""))
        params = msgspec.structs.replace(params, private_key=pair.private)
    key = _new(call, params)
    result = api.CreateKeyResult(key_metadata=metadata.of(key))
    return Answer(result, note=note, params=params, resources=about(key))


def _filled(params: api.CreateKey) -> api.CreateKey:
    """The parameters with AWS's defaults, as its records show them."""
    spec = told(params.key_spec, told(params.customer_master_key_spec, SYMMETRIC))
    asked = told(params.key_usage, "ENCRYPT_DECRYPT")
    return msgspec.structs.replace(
        params, description=told(params.description, ""), key_usage=asked, key_spec=spec,
        customer_master_key_spec=spec, origin=told(params.origin, "AWS_KMS"),
        bypass_policy_lockout_safety_check=told(params.bypass_policy_lockout_safety_check, False),
        tags=told(params.tags, []), multi_region=told(params.multi_region, False),
    )  # fmt: skip


def _check_kind(params: api.CreateKey, spec: str, usage: str, origin: str) -> None:
    if spec not in _SPECS:
        # evidence: https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html; words: guess
        raise errors.unsupported(f"The key spec {spec} is not supported in this Region.")
    fit = specs.usages(spec)
    if usage not in fit:
        if len(fit) == 1 and fit[0] != "ENCRYPT_DECRYPT" and isinstance(params.key_usage, UnsetType):
            # evidence: guess
            raise errors.validation("You must specify a KeyUsage value for all KMS keys except for symmetric")
        # evidence: issue aws/aws-sdk#125 (its form); words: guess
        raise errors.validation(
            f"The operation failed because the KeyUsage value {usage} is not compatible with the KeySpec value {spec}."
        )
    if origin in ("AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"):
        if isinstance(params.custom_key_store_id, UnsetType):
            # evidence: guess
            raise errors.validation(f"CustomKeyStoreId is required when Origin is {origin}.")
        raise errors.no_store(params.custom_key_store_id)  # none can be connected here
    if not isinstance(params.custom_key_store_id, UnsetType):
        # evidence: guess
        raise errors.validation("CustomKeyStoreId is not valid when Origin is AWS_KMS.")


def _new(call: Call[Any] | Event[Any, Any], params: api.CreateKey) -> Key:
    multi = params.multi_region is True
    name = "mrk-" + call.new_id("hex32", "key") if multi else call.new_id("uuid", "key")
    origin = told(params.origin, "AWS_KMS")
    first = Material(id=call.new_id("hex64", "material"), made=call.time)
    return Key(
        id=name, arn=call.arn("kms", f"key/{name}"), made=call.time, description=told(params.description, ""),
        usage=told(params.key_usage, "ENCRYPT_DECRYPT"),
        spec=told(params.key_spec, told(params.customer_master_key_spec, SYMMETRIC)), origin=origin,
        multi_region=multi, primary=call.region if multi else "", tags=tags.plain(told(params.tags, [])),
        policy=told(params.policy, policies.default(call.account, call.region)),
        materials=[first] if origin == "AWS_KMS" else [], store=params.custom_key_store_id,
        outer_id=params.xks_key_id,
    )  # fmt: skip


@service.project
def key_created(state: Kms, event: Event[api.CreateKey, api.CreateKeyResult]) -> None:
    """The key is there, with the id and the ARN that the answer tells."""
    key = _new(event, event.params)
    shown = event.result.key_metadata
    if isinstance(shown, api.KeyMetadata):
        key.arn = told(shown.arn, key.arn)
        key.id = told(shown.key_id, key.arn.rpartition("/")[2])
        key.usage, key.spec = told(shown.key_usage, key.usage), told(shown.key_spec, key.spec)
        key.multi_region = told(shown.multi_region, key.multi_region)
        key.primary = key.primary or (event.region if key.multi_region else "")
        key.cluster = shown.cloud_hsm_cluster_id
        if key.materials:
            key.materials[0].id = told(shown.current_key_material_id, key.materials[0].id)
    made = event.note(Made)
    key.public = made.public if made is not None else UNSET
    if key.materials:
        key.materials[0].secret = event.params.private_key
    state.keys[key.id] = key


# describe and list


@service.read(at=names.by_key)
def describe_key(state: Kms, call: Call[api.DescribeKey]) -> Answer[api.DescribeKeyResult]:
    """All but the material, also of a key that is to be deleted."""
    key = names.required(state, call, call.params.key_id)
    return Answer(api.DescribeKeyResult(key_metadata=metadata.of(key)), resources=about(key))


@service.read
def list_keys(state: Kms, call: Call[api.ListKeys]) -> api.ListKeysResult:
    """The keys of the account, of all states."""
    found = paging.cut(
        dict(state.keys.items()), call.params.marker, call.params.limit, limits.KEYS_PAGE_DEFAULT
    )
    keys = [api.KeyListEntry(key_id=one.id, key_arn=one.arn) for one in found.items]
    return api.ListKeysResult(keys=keys, next_marker=found.next or UNSET, truncated=found.next is not None)


# change


@service.handle(at=names.by_key)
def update_key_description(state: Kms, call: Call[api.UpdateKeyDescription]) -> Answer[None]:
    """Another description."""
    key = names.living(names.customers(state, call, call.params.key_id))
    return Answer(None, resources=about(key))


@service.project(at=names.by_key)
def key_description_updated(state: Kms, event: Event[api.UpdateKeyDescription, None]) -> None:
    """The key has the description."""
    state.known(event, event.params.key_id).description = event.params.description


@service.handle(at=names.by_key)
def enable_key(state: Kms, call: Call[api.EnableKey]) -> Answer[None]:
    """One that is enabled stays so."""
    return Answer(None, resources=about(_switchable(state, call, call.params.key_id)))


@service.project(at=names.by_key)
def key_enabled(state: Kms, event: Event[api.EnableKey, None]) -> None:
    """The key can be used."""
    key = state.known(event, event.params.key_id)
    key.enabled = True
    resume(state, key, event.time)


@service.handle(at=names.by_key)
def disable_key(state: Kms, call: Call[api.DisableKey]) -> Answer[None]:
    """One that is disabled stays so."""
    return Answer(None, resources=about(_switchable(state, call, call.params.key_id)))


@service.project(at=names.by_key)
def key_disabled(state: Kms, event: Event[api.DisableKey, None]) -> None:
    """The key cannot be used."""
    key = state.known(event, event.params.key_id)
    key.enabled = False
    suspend(state, key)


def _switchable(state: Kms, call: Call[Any], identifier: str) -> Key:
    key = names.living(names.customers(state, call, identifier))
    if key.state == "PendingImport":
        raise errors.state(key.arn, "pending import")
    return key


@service.evidence(at=names.by_key)
def key_was_gone(state: Kms, event: Event[api.DescribeKey, None]) -> None:
    """A key that is not found is not there."""
    missing(state, event, event.params.key_id)


def forget(state: Kms, name: str) -> None:
    """In a fold: a key is not there, nor are its aliases."""
    key = state.keys.pop(name, None)
    if key is None:
        return
    state.forget(key.gone_at, "delete", name)
    state.forget(key.rotates_at, "rotate", name)
    state.forget(key.expires, "expire", name)
    for alias in [one.name for one in state.aliases.values() if one.key == name]:
        del state.aliases[alias]


def wait(state: Kms, key: Key, since: datetime) -> None:
    """In a fold: a key's waiting period begins."""
    key.waits_for_replicas = False
    key.gone_at = since + timedelta(days=told(key.window, limits.WINDOW_DEFAULT))
    state.expect(key.gone_at, "delete", key.id)


def suspend(state: Kms, key: Key) -> None:
    """In a fold: a key is not rotated for the time being: https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html"""
    state.forget(key.rotates_at, "rotate", key.id)
    key.rotates_at = UNSET


def resume(state: Kms, key: Key, now: datetime) -> None:
    """In a fold: a key that is rotated by time is so again; at once where its material is older than that."""
    if isinstance(key.rotates_days, UnsetType) or not isinstance(key.rotates_at, UnsetType):
        return
    made = key.material.made if key.material is not None else now
    key.rotates_at = max(now, told(made, now) + timedelta(days=key.rotates_days))
    state.expect(key.rotates_at, "rotate", key.id)


def missing(state: Kms, event: Event[Any, None], identifier: str) -> None:
    """In a fold of a failure: what was not found is not there, unless it was looked for in another region."""
    elsewhere = identifier.startswith("arn:") and f":{event.region}:" not in identifier
    if event.error == "NotFoundException" and "alias/" not in identifier and not elsewhere:
        forget(state, identifier.rpartition("/")[2])
