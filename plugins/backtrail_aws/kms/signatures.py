"""Signatures, MACs, shared secrets, public keys: https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html"""

from __future__ import annotations

import hmac

from backtrail import UNSET, Answer, Call, Effect, Refusal, UnsetType, told
from backtrail_aws.kms import api, crypt, encryption, errors, keys, names, signing, specs, using
from backtrail_aws.kms.state import Key, Kms, service

RAW, DIGEST, MU = "RAW", "DIGEST", "EXTERNAL_MU"
_MU_BYTES = 64  # API_Sign: MessageType


def _check_message(algorithm: str, kind: str, message: bytes) -> None:
    """Refuse a kind of message that does not go with an algorithm, and a digest of another length."""
    lattice = algorithm.startswith("ML_DSA")
    if (kind == MU and not lattice) or (kind == DIGEST and (lattice or algorithm.startswith("ED25519"))):
        # evidence: page API_Sign (MessageType); words: guess
        raise errors.validation(f"Message type {kind} is incompatible with signing algorithm {algorithm}.")
    if kind == RAW:
        return
    size = _MU_BYTES if kind == MU else signing.digest_bytes(algorithm)
    if len(message) != size:
        # evidence: guess
        raise errors.validation(f"Digest is invalid length for algorithm {algorithm}.")


@service.read(at=names.by_key)
def sign(state: Kms, call: Call[api.Sign]) -> Answer[api.SignResult] | Effect:
    """A signature of a message, or of its digest."""
    params = call.params
    key = using.usable(state, call, params.key_id, specs.SIGN)
    using.check_algorithm(key, params.signing_algorithm, specs.signing(told(key.spec, ""), specs.SIGN))
    kind, message = told(params.message_type, RAW), told(params.message, b"")
    _check_message(params.signing_algorithm, kind, message)
    using.dry(call)
    private = encryption.private_of(key)
    if not params.signing_algorithm.startswith(signing.CHANCY):
        made = signing.sign(private, params.signing_algorithm, message, digest=kind == DIGEST)
    elif call.outcome is None:
        wanted = crypt.Wanted(
            do=crypt.SIGN, spec=kind, algorithm=params.signing_algorithm, key=private, data=message,
            digest=kind == DIGEST,
        )  # fmt: skip
        return Effect(name=crypt.EFFECT, args=wanted, reads=True)
    else:
        made = told(crypt.outcome(call).data, b"")
    result = api.SignResult(key_id=key.arn, signature=made, signing_algorithm=params.signing_algorithm)
    return Answer(result, resources=keys.about(key))


@service.read(at=names.by_key)
def verify(state: Kms, call: Call[api.Verify]) -> Answer[api.VerifyResult]:
    """That a signature is the message's; that it is not is an error."""
    params = call.params
    key = using.usable(state, call, params.key_id, specs.SIGN)
    using.check_algorithm(key, params.signing_algorithm, specs.signing(told(key.spec, ""), specs.SIGN))
    kind, message = told(params.message_type, RAW), told(params.message, b"")
    _check_message(params.signing_algorithm, kind, message)
    using.dry(call)
    valid = signing.is_valid(
        encryption.public_of(key), params.signing_algorithm, message, told(params.signature, b""),
        digest=kind == DIGEST, external=kind == MU,
    )  # fmt: skip
    if not valid:
        # evidence: model (it says no more)
        raise Refusal("KMSInvalidSignatureException")
    result = api.VerifyResult(
        key_id=key.arn, signature_valid=True, signing_algorithm=params.signing_algorithm
    )
    return Answer(result, resources=keys.about(key))


@service.read(at=names.by_key)
def get_public_key(state: Kms, call: Call[api.GetPublicKey]) -> Answer[api.GetPublicKeyResult]:
    """The public half of a pair."""
    key = using.usable(state, call, call.params.key_id, "")
    spec, usage = told(key.spec, ""), told(key.usage, "")
    if spec and spec not in specs.PAIRS:
        # evidence: page API_GetPublicKey
        raise errors.unsupported()
    result = api.GetPublicKeyResult(
        key_id=key.arn, public_key=encryption.public_of(key), customer_master_key_spec=key.spec, key_spec=key.spec,
        key_usage=key.usage, encryption_algorithms=specs.encryption(spec, usage) or UNSET,
        signing_algorithms=specs.signing(spec, usage) or UNSET,
        key_agreement_algorithms=specs.agreement(spec, usage) or UNSET,
    )  # fmt: skip
    return Answer(result, resources=keys.about(key))


@service.read(at=names.by_key)
def derive_shared_secret(
    state: Kms, call: Call[api.DeriveSharedSecret]
) -> Answer[api.DeriveSharedSecretResult]:
    """What the key and somebody's public key have in common."""
    params = call.params
    if not isinstance(params.recipient, UnsetType):
        raise errors.no_enclave()
    key = using.usable(state, call, params.key_id, specs.AGREE)
    using.check_algorithm(
        key, params.key_agreement_algorithm, specs.agreement(told(key.spec, ""), specs.AGREE)
    )
    using.dry(call)
    try:
        shared = crypt.agree(encryption.private_of(key), told(params.public_key, b""))
    except crypt.Unfit as error:
        # evidence: guess
        raise errors.validation("The public key is not valid, or not on the curve of the KMS key.") from error
    result = api.DeriveSharedSecretResult(
        key_id=key.arn, shared_secret=shared, key_agreement_algorithm=params.key_agreement_algorithm,
        key_origin=key.origin,
    )  # fmt: skip
    return Answer(result, resources=keys.about(key))


# MACs


def _mac(state: Kms, call: Call[api.GenerateMac] | Call[api.VerifyMac]) -> tuple[Key, bytes]:
    key = using.usable(state, call, call.params.key_id, specs.MAC)
    using.check_algorithm(key, call.params.mac_algorithm, specs.macs(told(key.spec, ""), specs.MAC))
    using.dry(call)
    secret = using.secret(call, key, using.current(key))
    return key, crypt.mac(secret, call.params.mac_algorithm, told(call.params.message, b""))


@service.read(at=names.by_key)
def generate_mac(state: Kms, call: Call[api.GenerateMac]) -> Answer[api.GenerateMacResult]:
    """The HMAC of a message."""
    key, made = _mac(state, call)
    result = api.GenerateMacResult(mac=made, mac_algorithm=call.params.mac_algorithm, key_id=key.arn)
    return Answer(result, resources=keys.about(key))


@service.read(at=names.by_key)
def verify_mac(state: Kms, call: Call[api.VerifyMac]) -> Answer[api.VerifyMacResult]:
    """That a MAC is the message's; that it is not is an error."""
    key, made = _mac(state, call)
    if not hmac.compare_digest(made, told(call.params.mac, b"")):
        # evidence: model (it says no more)
        raise Refusal("KMSInvalidMacException")
    result = api.VerifyMacResult(key_id=key.arn, mac_valid=True, mac_algorithm=call.params.mac_algorithm)
    return Answer(result, resources=keys.about(key))
