"""Material that customers bring: https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html

The wrapping key is in the import token, which this log alone can read: nothing is kept of it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Effect, Event, Params, Refusal, UnsetType, field, told
from backtrail.ids import new_id
from backtrail.trail.times import CommaTime
from backtrail_aws.kms import api, crypt, errors, keys, limits, names, specs
from backtrail_aws.kms.state import EXTERNAL, SYMMETRIC, Key, Kms, Material, service


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What an import token holds."""

    key: str
    algorithm: str
    until: datetime
    private: bytes


def _external(state: Kms, call: Call[Any], identifier: str) -> Key:
    key = names.customers(state, call, identifier)
    if told(key.origin, EXTERNAL) != EXTERNAL:
        # evidence: page API_ImportKeyMaterial; words: guess
        raise errors.unsupported(f"{key.arn} origin is {key.origin} which is not valid for this operation.")
    return names.living(key)


@service.read(at=names.by_key)
def get_parameters_for_import(
    state: Kms, call: Call[api.GetParametersForImport]
) -> Answer[api.GetParametersForImportResult] | Effect:
    """A public key to wrap the material with, and a token; both are good for a day."""
    params = call.params
    key = _external(state, call, params.key_id)
    if params.wrapping_key_spec not in specs.RSA or params.wrapping_algorithm in (
        "RSAES_PKCS1_V1_5",
        "SM2PKE",
    ):
        # evidence: page API_GetParametersForImport (not any more, or in China alone); words: guess
        raise errors.unsupported(f"Wrapping algorithm {params.wrapping_algorithm} is not supported.")
    if call.outcome is None:
        wanted = crypt.Wanted(do=crypt.PAIR, spec=params.wrapping_key_spec)
        return Effect(name=crypt.EFFECT, args=wanted, reads=True)
    made = crypt.outcome(call)
    until = call.time + timedelta(hours=limits.IMPORT_HOURS)
    token = Token(
        key=key.arn, algorithm=params.wrapping_algorithm, until=until, private=told(made.private, b"")
    )
    result = api.GetParametersForImportResult(
        key_id=key.arn, import_token=call.encoded(msgspec.json.encode(token).decode()).encode(),
        public_key=made.public, parameters_valid_to=CommaTime.of(until),
    )  # fmt: skip
    return Answer(result, resources=keys.about(key))


@service.handle(at=names.by_key)
def import_key_material(state: Kms, call: Call[api.ImportKeyMaterial]) -> Answer[api.ImportKeyMaterialResult]:
    """A key's material; once it had one, the same again alone."""
    params = call.params
    key = _external(state, call, params.key_id)
    model = told(params.expiration_model, "KEY_MATERIAL_EXPIRES")
    if (model == "KEY_MATERIAL_EXPIRES") == isinstance(params.valid_to, UnsetType):
        # evidence: page API_ImportKeyMaterial; words: guess
        raise errors.validation("ValidTo must be specified if, and only if, the key material expires.")
    if isinstance(params.valid_to, datetime) and params.valid_to <= call.time:
        # evidence: page API_ImportKeyMaterial; words: guess
        raise errors.validation("ValidTo must be in the future.")
    secret = _unwrapped(call, key)
    digest = hashlib.sha256(secret).hexdigest()
    name = call.secret("id", 32, of=f"kms/imported/{digest}").hex()
    if key.materials and all(one.id != name for one in key.materials):
        if params.import_type == "NEW_KEY_MATERIAL":
            # evidence: guess
            raise errors.unsupported("Rotation of imported key material is not supported.")
        # evidence: model; words: guess
        raise Refusal(
            "IncorrectKeyMaterialException", "The key material does not match what was imported before."
        )
    result = api.ImportKeyMaterialResult(key_id=key.arn, key_material_id=name)
    kept = msgspec.structs.replace(params, key_material=secret)
    return Answer(result, params=kept, resources=keys.about(key))


def _unwrapped(call: Call[api.ImportKeyMaterial], key: Key) -> bytes:
    text = call.decoded(told(call.params.import_token, b"").decode("utf-8", "replace"))
    try:
        token = msgspec.json.decode(text or "", type=Token)
    except msgspec.MsgspecError as error:
        # evidence: model; words: guess
        raise Refusal("InvalidImportTokenException", "The import token is invalid.") from error
    if token.key != key.arn:
        # evidence: model; words: guess
        raise Refusal("InvalidImportTokenException", "The import token is of another key.")
    if token.until < call.time:
        # evidence: model; words: guess
        raise Refusal("ExpiredImportTokenException", "The import token has expired.")
    secret = _opened(token, told(call.params.encrypted_key_material, b""))
    if secret is None:
        raise errors.bad_ciphertext()
    if not _fits(key, secret):
        # evidence: model; words: guess
        raise Refusal("IncorrectKeyMaterialException", f"The key material is none of a {key.spec} key.")
    return secret


def _opened(token: Token, wrapped: bytes) -> bytes | None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-get-public-key-and-token.html"""
    padding = crypt.oaep(token.algorithm)
    if not token.algorithm.startswith("RSA_AES"):
        return crypt.rsa_decrypt(token.private, padding, wrapped)
    from cryptography.hazmat.primitives import keywrap

    size = getattr(crypt.private(token.private), "key_size", 0) // 8
    aes = crypt.rsa_decrypt(token.private, padding, wrapped[:size])
    if aes is None:
        return None
    try:
        return keywrap.aes_key_unwrap_with_padding(aes, wrapped[size:])
    except (keywrap.InvalidUnwrap, ValueError):
        return None


def _fits(key: Key, secret: bytes) -> bool:
    spec = told(key.spec, SYMMETRIC)
    if spec == SYMMETRIC:
        return len(secret) == 32  # importing-keys-conceptual.html: 256 bits
    if spec in specs.HMAC_BYTES:
        return len(secret) == specs.HMAC_BYTES[spec]
    try:
        return crypt.spec_of(secret) == spec
    except crypt.Unfit:
        return False


@service.project(at=names.by_key)
def key_material_imported(
    state: Kms, event: Event[api.ImportKeyMaterial, api.ImportKeyMaterialResult]
) -> None:
    """The key can be used, until its material expires."""
    params = event.params
    key = state.known(event, params.key_id, told(event.result.key_id, ""))
    key.origin = told(key.origin, EXTERNAL)
    name = told(event.result.key_material_id, new_id(event.id, "hex64", key.id))
    key.materials = [one for one in key.materials if one.id != name]
    key.materials.append(
        Material(
            id=name, made=event.time, secret=params.key_material,
            description=params.key_material_description, expires=_moment(params.valid_to),
        )
    )  # fmt: skip
    state.forget(key.expires, "expire", key.id)
    key.expires = _moment(params.valid_to)
    if not isinstance(key.expires, UnsetType):
        state.expect(key.expires, "expire", key.id)


def _moment(given: datetime | UnsetType) -> datetime | UnsetType:
    return given if isinstance(given, UnsetType) else datetime.fromtimestamp(given.timestamp(), given.tzinfo)


# away again


@service.handle(at=names.by_key)
def delete_imported_key_material(
    state: Kms, call: Call[api.DeleteImportedKeyMaterial]
) -> Answer[api.DeleteImportedKeyMaterialResult]:
    """The key waits for its material again; that it has none is no error."""
    key = _external(state, call, call.params.key_id)
    material = key.material
    name = told(call.params.key_material_id, material.id if material is not None else "")
    result = api.DeleteImportedKeyMaterialResult(key_id=key.arn, key_material_id=name or UNSET)
    return Answer(result, resources=keys.about(key))


@service.project(at=names.by_key)
def imported_key_material_deleted(
    state: Kms, event: Event[api.DeleteImportedKeyMaterial, api.DeleteImportedKeyMaterialResult]
) -> None:
    """The material is gone."""
    key = state.known(event, event.params.key_id, told(event.result.key_id, ""))
    key.origin = told(key.origin, EXTERNAL)
    _lose(state, key, told(event.params.key_material_id, ""))


def _lose(state: Kms, key: Key, name: str) -> None:
    for one in key.materials:
        if name in ("", one.id):
            one.imported, one.secret, one.expires = False, UNSET, UNSET
    state.forget(key.expires, "expire", key.id)
    key.expires = UNSET


class DeleteExpiredKeyMaterial(Params):
    """The service's own action: imported material has expired."""

    key_id: str | UnsetType = field(name="keyId", default=UNSET)


@service.handle(internal=True)
def delete_expired_key_material(state: Kms, call: Call[DeleteExpiredKeyMaterial]) -> Answer[None]:
    """Nothing stands in the way."""
    key = state.keys.get(told(call.params.key_id, ""))
    return Answer(None, resources=keys.about(key) if key is not None else UNSET)


@service.project
def expired_key_material_deleted(state: Kms, event: Event[DeleteExpiredKeyMaterial, None]) -> None:
    """The material is gone."""
    key = state.keys.get(told(event.params.key_id, ""))
    if key is not None:
        _lose(state, key, "")
