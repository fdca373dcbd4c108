"""Key pairs: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-key-pairs.html"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Effect, Event, Refusal, UnsetType, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, errors, filters, keys, limits, tags
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_compute import Compute, KeyPair

KEY_PAIRS = Kind(
    "key-pair", "key", KeyPair, lambda state: state.compute.key_pairs,
    code="InvalidKeyPair.NotFound", noun="key pair ID", cloudformation="AWS::EC2::KeyPair",
    parameters=("key_pair_id", "key_name"), created_by=("CreateKeyPair", "ImportKeyPair"),
)  # fmt: skip
EFFECT = "key pair"


class Making(msgspec.Struct, frozen=True, kw_only=True):
    """What key is to be made."""

    name: str
    type: str
    form: str


class Public(msgspec.Struct, frozen=True, kw_only=True):
    """What no record shows of a pair: its public half, in the note beside."""

    public: str


# create


@service.handle
def create_key_pair(state: Ec2, call: Call[api.CreateKeyPair]) -> Answer[api.CreateKeyPairResult] | Effect:
    """A pair that an effect makes; its private half is told once."""
    params = call.params
    tags.check_new(params.tag_specifications, "key-pair")
    kind = _choice(told(params.key_type, "rsa"), "keyType", ("rsa", "ed25519"))
    form = _choice(told(params.key_format, "pem"), "keyFormat", ("pem", "ppk"))
    _check_new(state, call, params.key_name)
    if call.outcome is None:
        return Effect(name=EFFECT, args=Making(name=params.key_name, type=kind, form=form))
    if call.outcome.error:
        # evidence: page errors-overview.html; words: guess
        raise Refusal("InternalError", "An internal error has occurred", status=500)
    made = msgspec.convert(call.outcome.result, keys.Made)
    result = api.CreateKeyPairResult(
        key_pair_id=call.new_id("key"), key_name=params.key_name, key_fingerprint=made.fingerprint,
        key_material=made.material, tags=_echoed(params.tag_specifications),
    )  # fmt: skip
    return Answer(result, note=Public(public=made.public))


@service.project
def key_pair_created(state: Ec2, event: Event[api.CreateKeyPair, api.CreateKeyPairResult]) -> None:
    """There is this pair."""
    pair = _added(state, event, event.params.key_name, event.result.key_pair_id)
    pair.fingerprint = event.result.key_fingerprint
    pair.type = told(event.params.key_type, "rsa")
    pair.tags = tags.given(event.params.tag_specifications, "key-pair")
    note = event.note(Public)
    pair.public = note.public if note is not None else UNSET


@service.handle
def import_key_pair(state: Ec2, call: Call[api.ImportKeyPair]) -> api.ImportKeyPairResult:
    """A pair of which EC2 gets the public half alone."""
    params = call.params
    tags.check_new(params.tag_specifications, "key-pair")
    _check_new(state, call, params.key_name)
    found = _read(params.public_key_material)
    return api.ImportKeyPairResult(
        key_pair_id=call.new_id("key"), key_name=params.key_name, key_fingerprint=found.fingerprint,
        tags=_echoed(params.tag_specifications),
    )  # fmt: skip


@service.project
def key_pair_imported(state: Ec2, event: Event[api.ImportKeyPair, api.ImportKeyPairResult]) -> None:
    """There is this pair."""
    pair = _added(state, event, event.params.key_name, event.result.key_pair_id)
    pair.fingerprint = event.result.key_fingerprint
    pair.tags = tags.given(event.params.tag_specifications, "key-pair")
    try:
        found = keys.read(event.params.public_key_material)
    except keys.BadKey:
        found = None
    pair.type = found.type if found is not None else UNSET
    pair.public = found.public if found is not None else UNSET


def _read(material: bytes) -> keys.Imported:
    try:
        return keys.read(material)
    except keys.BadKey as error:
        # evidence: page errors-overview.html; words: guess
        raise Refusal("InvalidKey.Format", "Key is not in valid OpenSSH public key format") from error


def _check_new(state: Ec2, call: Call[Any], name: str) -> None:
    if not 0 < len(name) <= limits.KEY_NAME_MAX or not name.isascii() or name != name.strip():
        # evidence: page API_CreateKeyPair; words: guess
        raise errors.invalid(
            f"Value ({name}) for parameter keyName is invalid. Length exceeds maximum of 255."
        )
    if name in state.compute.key_names:
        # evidence: https://github.com/iterative/terraform-provider-iterative/issues/14
        raise Refusal("InvalidKeyPair.Duplicate", f"The keypair '{name}' already exists.")
    if len(state.compute.key_pairs) >= call.quota("key_pairs", limits.KEY_PAIRS_MAX):
        raise errors.limit("KeyPairLimitExceeded", "key pairs")


def _choice(value: str, parameter: str, choices: Sequence[str]) -> str:
    if value not in choices:
        # evidence: guess
        raise errors.invalid(
            f"Invalid value '{value}' for {parameter}. Allowed values are {', '.join(choices)}"
        )
    return value


def _echoed(specifications: tags.Specifications) -> list[api.Tag] | UnsetType:
    return tags.shown(tags.given(specifications, "key-pair")) or UNSET


def _added(state: Ec2, event: Event[Any, Any], name: str, identifier: str | UnsetType) -> KeyPair:
    remove(state.compute, name)
    pair = KeyPair(id=told(identifier, event.new_id("key")), name=name, created=IsoMillisZ.of(event.time))
    pair.arn = KEY_PAIRS.arn(event, name)
    state.compute.key_pairs[pair.id] = pair
    state.compute.key_names[name] = pair.id
    return pair


def remove(compute: Compute, name: str) -> None:
    """Take the pair of a name away."""
    identifier = compute.key_names.pop(name, None)
    if identifier is not None:
        compute.key_pairs.pop(identifier, None)


# use


def named(state: Ec2, name: str) -> KeyPair:
    """The pair of a name. Raises `Refusal`."""
    identifier = state.compute.key_names.get(name)
    if identifier is None:
        raise unknown([name])
    return state.compute.key_pairs[identifier]


def noticed(state: Ec2, event: Event[Any, Any], name: str) -> None:
    """A record tells of a pair by its name: it was there."""
    if name and name not in state.compute.key_names:
        pair = _added(state, event, name, UNSET)
        pair.created = UNSET
        event.implied.append(pair.id)


def unknown(names: Sequence[str]) -> Refusal:
    """Pairs that are not there."""
    # evidence: https://github.com/test-kitchen/kitchen-ec2/issues/289 (the plural: guess)
    if len(names) == 1:
        return Refusal("InvalidKeyPair.NotFound", f"The key pair '{names[0]}' does not exist")
    return Refusal("InvalidKeyPair.NotFound", f"The key pairs '{', '.join(names)}' do not exist")


# delete


@service.handle
def delete_key_pair(state: Ec2, call: Call[api.DeleteKeyPair]) -> api.DeleteKeyPairResult:
    """One that is not there is no error."""
    params = call.params
    if isinstance(params.key_name, UnsetType) and isinstance(params.key_pair_id, UnsetType):
        raise errors.missing("KeyName")
    if isinstance(params.key_pair_id, str) and not KEY_PAIRS.fits(params.key_pair_id):
        # evidence: guess
        raise errors.invalid(f"Invalid value '{params.key_pair_id}' for keyPairId.")
    found = told(params.key_pair_id, state.compute.key_names.get(told(params.key_name, "")) or UNSET)
    return api.DeleteKeyPairResult(return_=True, key_pair_id=found)


@service.project
def key_pair_deleted(state: Ec2, event: Event[api.DeleteKeyPair, api.DeleteKeyPairResult]) -> None:
    """The pair is gone; instances that were made with it keep its name."""
    pair = state.compute.key_pairs.get(told(event.params.key_pair_id, ""))
    remove(state.compute, told(event.params.key_name, pair.name if pair is not None else ""))


# describe

_FIELDS: filters.Fields[KeyPair] = {
    "fingerprint": lambda pair: pair.fingerprint,
    "key-name": lambda pair: pair.name,
    "key-pair-id": lambda pair: pair.id,
}
"""API_DescribeKeyPairs: Filters."""


@service.read
def describe_key_pairs(state: Ec2, call: Call[api.DescribeKeyPairs]) -> api.DescribeKeyPairsResult:
    """Pairs in the order of their names; those that are named must be there."""
    params, compute = call.params, state.compute
    found = list(compute.key_pairs.values())
    if ids := told(params.key_pair_ids, []):
        found = KEY_PAIRS.find_all(state, ids)
    if names := told(params.key_names, []):
        if lost := [name for name in names if name not in compute.key_names]:
            raise unknown(lost)
        found = [one for one in found if one.name in names]
    keep = filters.tagged(params.filters, _FIELDS)
    return api.DescribeKeyPairsResult(
        key_pairs=[
            _shown(one, told(params.include_public_key, False))
            for one in sorted(found, key=lambda one: one.name)
            if keep is None or keep(one)
        ]
    )


def _shown(pair: KeyPair, public: bool) -> api.KeyPairInfo:
    return api.KeyPairInfo(
        key_pair_id=pair.id, key_name=pair.name, key_fingerprint=pair.fingerprint, key_type=pair.type,
        create_time=pair.created, public_key=pair.public if public else UNSET, tags=tags.shown(pair.tags),
    )  # fmt: skip
