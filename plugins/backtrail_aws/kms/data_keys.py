"""Data keys, pairs of them, and random bytes: https://docs.aws.amazon.com/kms/latest/developerguide/data-keys.html"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Answer, Call, Effect, Event, UnsetType, told
from backtrail_aws.kms import api, crypt, encryption, errors, keys, names, specs, using
from backtrail_aws.kms.state import SYMMETRIC, Key, Kms, service

_SIZES = {"AES_256": 32, "AES_128": 16}  # API_GenerateDataKey: KeySpec


def _symmetric(state: Kms, call: Call[Any]) -> Key:
    """The symmetric key that a data key is encrypted under. Raises `Refusal`."""
    key = using.usable(state, call, call.params.key_id, specs.ENCRYPT)
    if told(key.spec, SYMMETRIC) != SYMMETRIC:
        # evidence: page API_GenerateDataKey (symmetric keys alone); words: guess
        raise errors.wrong_key(key.arn, told(key.spec, ""), call.action)
    encryption.check_context(call.params.encryption_context, SYMMETRIC)
    if not isinstance(getattr(call.params, "recipient", UNSET), UnsetType):
        raise errors.no_enclave()
    return key


def _data_key(call: Call[Any]) -> bytes:
    """A new key of the size that is asked for."""
    spec, size = call.params.key_spec, call.params.number_of_bytes
    if isinstance(spec, UnsetType) == isinstance(size, UnsetType):
        raise errors.no_size()
    wanted = size if isinstance(size, int) else _SIZES.get(told(spec, ""), 0)
    return call.secret("data key", wanted)


@service.read(at=names.by_key)
def generate_data_key(state: Kms, call: Call[api.GenerateDataKey]) -> Answer[api.GenerateDataKeyResult]:
    """A key, plain and encrypted."""
    key = _symmetric(state, call)
    made = _data_key(call)
    using.dry(call)
    result = api.GenerateDataKeyResult(
        ciphertext_blob=encryption.sealed(call, key, made, call.params.encryption_context), plaintext=made,
        key_id=key.arn, key_material_id=using.current(key).id,
    )  # fmt: skip
    return Answer(result, resources=keys.about(key))


@service.project(at=names.by_key)
def key_was_used(state: Kms, event: Event[api.GenerateDataKey, None]) -> None:
    """Whatever made a data key is there: some trails call that a write."""
    if "alias/" not in event.params.key_id:
        state.known(event, event.params.key_id)


@service.read(at=names.by_key)
def generate_data_key_without_plaintext(
    state: Kms, call: Call[api.GenerateDataKeyWithoutPlaintext]
) -> Answer[api.GenerateDataKeyWithoutPlaintextResult]:
    """A key, encrypted alone."""
    key = _symmetric(state, call)
    made = _data_key(call)
    using.dry(call)
    result = api.GenerateDataKeyWithoutPlaintextResult(
        ciphertext_blob=encryption.sealed(call, key, made, call.params.encryption_context), key_id=key.arn,
        key_material_id=using.current(key).id,
    )  # fmt: skip
    return Answer(result, resources=keys.about(key))


def _pair(state: Kms, call: Call[Any]) -> tuple[Key, crypt.Done] | Effect:
    key = _symmetric(state, call)
    if call.params.key_pair_spec not in specs.PAIRS:
        # evidence: page API_GenerateDataKeyPair (SM2 in China alone); words: guess
        raise errors.unsupported(
            f"The key pair spec {call.params.key_pair_spec} is not supported in this Region."
        )
    using.dry(call)
    if call.outcome is None:
        wanted = crypt.Wanted(do=crypt.PAIR, spec=call.params.key_pair_spec)
        return Effect(name=crypt.EFFECT, args=wanted, reads=True)
    return key, crypt.outcome(call)


@service.read(at=names.by_key)
def generate_data_key_pair(
    state: Kms, call: Call[api.GenerateDataKeyPair]
) -> Answer[api.GenerateDataKeyPairResult] | Effect:
    """A pair, its private half plain and encrypted."""
    found = _pair(state, call)
    if isinstance(found, Effect):
        return found
    key, made = found
    private = told(made.private, b"")
    result = api.GenerateDataKeyPairResult(
        private_key_ciphertext_blob=encryption.sealed(call, key, private, call.params.encryption_context),
        private_key_plaintext=private, public_key=made.public, key_id=key.arn,
        key_pair_spec=call.params.key_pair_spec, key_material_id=using.current(key).id,
    )  # fmt: skip
    return Answer(result, resources=keys.about(key))


@service.read(at=names.by_key)
def generate_data_key_pair_without_plaintext(
    state: Kms, call: Call[api.GenerateDataKeyPairWithoutPlaintext]
) -> Answer[api.GenerateDataKeyPairWithoutPlaintextResult] | Effect:
    """A pair, its private half encrypted alone."""
    found = _pair(state, call)
    if isinstance(found, Effect):
        return found
    key, made = found
    blob = encryption.sealed(call, key, told(made.private, b""), call.params.encryption_context)
    result = api.GenerateDataKeyPairWithoutPlaintextResult(
        private_key_ciphertext_blob=blob, public_key=made.public, key_id=key.arn,
        key_pair_spec=call.params.key_pair_spec, key_material_id=using.current(key).id,
    )  # fmt: skip
    return Answer(result, resources=keys.about(key))


@service.read
def generate_random(state: Kms, call: Call[api.GenerateRandom]) -> api.GenerateRandomResult:
    """Up to 1024 bytes."""
    params = call.params
    if not isinstance(params.recipient, UnsetType):
        raise errors.no_enclave()
    if isinstance(params.custom_key_store_id, str):
        if params.custom_key_store_id not in state.stores:
            raise errors.no_store(params.custom_key_store_id)
        # evidence: page API_GenerateRandom (external key stores); words: guess
        raise errors.unsupported("The custom key store cannot be reached.")
    if isinstance(params.number_of_bytes, UnsetType):
        raise errors.no_size()
    return api.GenerateRandomResult(plaintext=call.secret("random", params.number_of_bytes))
