"""Encrypt, Decrypt, ReEncrypt: https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Effect, NotInTrail, UnsetType, told
from backtrail_aws.kms import api, ciphertexts, crypt, errors, keys, limits, names, specs, using
from backtrail_aws.kms.state import SYMMETRIC, Key, Kms, service


def sealed(
    call: Call[Any], key: Key, data: bytes, context: Mapping[str, str] | UnsetType, label: str = ""
) -> bytes:
    """A ciphertext of a symmetric key's current material."""
    material = using.current(key)
    nonce = call.secret(f"nonce {label}", crypt.NONCE_BYTES)
    return ciphertexts.write(
        f"{key.account}/{key.id}",
        material.id,
        using.secret(call, key, material),
        nonce,
        data,
        told(context, {}),
    )


def check_context(context: Mapping[str, str] | UnsetType, spec: str) -> None:
    """Refuse a context that is too long, or that goes with no symmetric key."""
    held = told(context, {})
    if held and spec != SYMMETRIC:
        # evidence: page API_Encrypt; words: guess
        raise errors.validation(f"EncryptionContext is not supported with key spec {spec}.")
    if sum(len(name) + len(value) for name, value in held.items()) > limits.CONTEXT_MAX_CHARACTERS:
        # evidence: page encrypt_context.html; words: guess
        raise errors.validation("EncryptionContext is too long.")


@service.read(at=names.by_key)
def encrypt(state: Kms, call: Call[api.Encrypt]) -> Answer[api.EncryptResult] | Effect:
    """Up to 4096 bytes; for RSA less."""
    params = call.params
    key = using.usable(state, call, params.key_id, specs.ENCRYPT)
    spec = told(key.spec, SYMMETRIC)
    algorithm = told(params.encryption_algorithm, SYMMETRIC)
    using.check_algorithm(key, algorithm, specs.encryption(spec, specs.ENCRYPT))
    check_context(params.encryption_context, spec)
    using.dry(call)
    data = told(params.plaintext, b"")
    if spec == SYMMETRIC:
        blob = sealed(call, key, data, params.encryption_context)
    else:
        done = _rsa(call, key, algorithm, data)
        if isinstance(done, Effect):
            return done
        blob = done
    shown = msgspec.structs.replace(params, encryption_algorithm=algorithm)
    result = api.EncryptResult(ciphertext_blob=blob, key_id=key.arn, encryption_algorithm=algorithm)
    return Answer(result, params=shown, resources=keys.about(key))


def _rsa(call: Call[Any], key: Key, algorithm: str, data: bytes) -> bytes | Effect:
    room = crypt.oaep_room(told(key.spec, ""), algorithm)
    if len(data) > room:
        # evidence: page API_Encrypt (the sizes); words: guess
        raise errors.validation(
            f"Algorithm {algorithm} and key spec {key.spec} cannot encrypt data larger than {room}."
        )
    if call.outcome is not None:
        return told(crypt.outcome(call).data, b"")
    wanted = crypt.Wanted(do=crypt.ENCRYPT, algorithm=algorithm, key=public_of(key), data=data)
    return Effect(name=crypt.EFFECT, args=wanted, reads=True)


def public_of(key: Key) -> bytes:
    """The public half of a key: of a pair that was imported, of what was imported."""
    if isinstance(key.public, bytes):
        return key.public
    return crypt.public_of(private_of(key))


def private_of(key: Key) -> bytes:
    """The private half of a key. Raises `NotInTrail` where no record told it."""
    material = using.current(key)
    if not isinstance(material.secret, bytes):
        raise NotInTrail(f"no record told the private key of {key.arn}")
    return material.secret


# decrypt


def by_ciphertext(call: Call[api.Decrypt]) -> tuple[str, str]:
    """Whose the key is that decrypts: as named, else as the ciphertext tells."""
    if isinstance(call.params.key_id, str):
        return names.by_key(call)
    found = ciphertexts.read(told(call.params.ciphertext_blob, b""))
    return (found.account, call.region) if found is not None else (call.account, call.region)


def key_of(state: Kms, call: Call[Any], blob: bytes, identifier: str | UnsetType) -> Key | None:
    """The key that is to decrypt: the one that is named, else the ciphertext's own. None where there is none."""
    if isinstance(identifier, str):
        return names.required(state, call, identifier)
    found = ciphertexts.read(blob)
    if found is None:
        return None
    return names.find(state, call, call.arn("kms", f"key/{found.key}", account=found.account))


def opened(
    state: Kms, call: Call[Any], blob: bytes, identifier: str | UnsetType, algorithm: str,
    context: Mapping[str, str] | UnsetType,
) -> tuple[Key, bytes, str | UnsetType]:  # fmt: skip
    """The key, what it decrypts, and the material's id. Raises `Refusal`."""
    found = ciphertexts.read(blob)
    if algorithm != SYMMETRIC and isinstance(identifier, UnsetType):
        # evidence: page API_Decrypt (KeyId is required for asymmetric keys); words: guess
        raise errors.validation(
            "KeyId is required when the ciphertext was encrypted under an asymmetric KMS key."
        )
    if found is None and isinstance(identifier, UnsetType):
        raise errors.bad_ciphertext()
    key = key_of(state, call, blob, identifier)
    if key is None:
        raise errors.unknown_ciphertext()
    using.check(state, call, key, specs.ENCRYPT)
    spec = told(key.spec, SYMMETRIC)
    using.check_algorithm(key, algorithm, specs.encryption(spec, specs.ENCRYPT))
    check_context(context, spec)
    if spec != SYMMETRIC:
        plain = crypt.rsa_decrypt(private_of(key), crypt.oaep(algorithm), blob)
        if plain is None:
            raise errors.bad_ciphertext()
        return key, plain, UNSET
    if found is None:
        raise errors.bad_ciphertext()
    if found.key != key.id:
        raise errors.incorrect_key()
    material = next((one for one in key.materials if one.id == found.material), None)
    if material is None:
        raise errors.bad_ciphertext()
    if not material.imported:
        raise errors.state(key.arn, "pending import")
    plain = ciphertexts.open_with(found, using.secret(call, key, material), told(context, {}))
    if plain is None:
        raise errors.bad_ciphertext()
    return key, plain, material.id


@service.read(at=by_ciphertext)
def decrypt(state: Kms, call: Call[api.Decrypt]) -> Answer[api.DecryptResult]:
    """What was encrypted, where the context is the same."""
    params = call.params
    if not isinstance(params.recipient, UnsetType):
        raise errors.no_enclave()
    algorithm = told(params.encryption_algorithm, SYMMETRIC)
    key, plain, material = opened(
        state, call, told(params.ciphertext_blob, b""), params.key_id, algorithm, params.encryption_context
    )
    using.dry(call)
    result = api.DecryptResult(
        key_id=key.arn, plaintext=plain, encryption_algorithm=algorithm, key_material_id=material
    )
    shown = msgspec.structs.replace(params, encryption_algorithm=algorithm)
    return Answer(result, params=shown, resources=keys.about(key))


def _target(call: Call[api.ReEncrypt]) -> tuple[str, str]:
    return names.owner(call, call.params.destination_key_id)


@service.read(at=_target)
def re_encrypt(state: Kms, call: Call[api.ReEncrypt]) -> Answer[api.ReEncryptResult] | Effect:
    """Under another key, and nobody sees what."""
    params = call.params
    source, target = (
        told(params.source_encryption_algorithm, SYMMETRIC), told(params.destination_encryption_algorithm, SYMMETRIC),
    )  # fmt: skip
    blob = told(params.ciphertext_blob, b"")
    key, plain, material = opened(
        _source_state(state, call), call, blob, params.source_key_id, source, params.source_encryption_context
    )
    other = using.usable(state, call, params.destination_key_id, specs.ENCRYPT)
    spec = told(other.spec, SYMMETRIC)
    using.check_algorithm(other, target, specs.encryption(spec, specs.ENCRYPT))
    check_context(params.destination_encryption_context, spec)
    using.dry(call)
    if spec == SYMMETRIC:
        made = sealed(call, other, plain, params.destination_encryption_context)
    else:
        done = _rsa(call, other, target, plain)
        if isinstance(done, Effect):
            return done
        made = done
    result = api.ReEncryptResult(
        ciphertext_blob=made, source_key_id=key.arn, key_id=other.arn, source_encryption_algorithm=source,
        destination_encryption_algorithm=target, source_key_material_id=material,
        destination_key_material_id=using.current(other).id if spec == SYMMETRIC else UNSET,
    )  # fmt: skip
    shown = msgspec.structs.replace(
        params, source_encryption_algorithm=source, destination_encryption_algorithm=target
    )
    return Answer(result, params=shown, resources=[*keys.about(key), *keys.about(other)])


def source_account(call: Call[api.ReEncrypt]) -> str:
    """Whose the source key is."""
    found = ciphertexts.read(told(call.params.ciphertext_blob, b""))
    if isinstance(call.params.source_key_id, str):
        return names.owner(call, call.params.source_key_id)[0]
    return found.account if found is not None else call.account


def _source_state(state: Kms, call: Call[api.ReEncrypt]) -> Kms:
    owner = source_account(call)
    return state if owner == _target(call)[0] else call.own(service, owner, call.region)
