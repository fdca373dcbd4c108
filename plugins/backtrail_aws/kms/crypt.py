"""Cryptography: what KMS does with keys, over bytes. `cryptography` is imported when something is first computed.

What needs chance (pairs, RSA-OAEP, RSA-PSS, ML-DSA) is asked of the plugin's one effect; all else is computed in
deciding, for it is the same whoever computes it: ECDSA by RFC 6979, AES-GCM with a nonce that derives from the call.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from backtrail import UNSET, Call, Sealed, UnsetType
from backtrail_aws.kms import errors, specs

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.mldsa import (
        MLDSA44PrivateKey,
        MLDSA65PrivateKey,
        MLDSA87PrivateKey,
    )
    from cryptography.hazmat.primitives.asymmetric.padding import OAEP
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes

    Curves = EllipticCurvePrivateKey | Ed25519PrivateKey
    Pair = RSAPrivateKey | Curves | MLDSA44PrivateKey | MLDSA65PrivateKey | MLDSA87PrivateKey

EFFECT = "cryptography"
PAIR, SIGN, ENCRYPT, WRAPPING = "pair", "sign", "encrypt", "wrapping"
NONCE_BYTES = 12


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the effect is to do: make a pair of a kind, sign with a private key, encrypt for a public one."""

    do: str
    spec: str = ""
    algorithm: str = ""
    key: Sealed[bytes] | UnsetType = UNSET
    data: Sealed[bytes] | UnsetType = UNSET
    digest: bool = False


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: the halves of a pair (PKCS #8, SubjectPublicKeyInfo), or what was computed."""

    private: bytes | UnsetType = UNSET
    public: bytes | UnsetType = UNSET
    data: bytes | UnsetType = UNSET


class Unfit(ValueError):
    """What was given cannot be computed with."""


def outcome(call: Call[Any]) -> Done:
    """What the effect did. Raises `Refusal` where it failed."""
    told = call.outcome
    if told is None or told.error:
        raise errors.internal("The request could not be computed.")
    return msgspec.convert(told.result, Done)


# symmetric


def seal(key: bytes, nonce: bytes, data: bytes, about: bytes) -> bytes:
    """AES-256-GCM."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key).encrypt(nonce, data, about)


def unseal(key: bytes, nonce: bytes, data: bytes, about: bytes) -> bytes | None:
    """What was sealed; None where it is not that, or about something else."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(nonce, data, about)
    except InvalidTag:
        return None


def mac(key: bytes, algorithm: str, data: bytes) -> bytes:
    """HMAC_SHA_224 and its likes."""
    return hmac.new(key, data, hash_name(algorithm)).digest()


def hash_name(algorithm: str) -> str:
    """Which SHA an algorithm has: `RSASSA_PSS_SHA_256` -> sha256."""
    return "sha" + algorithm.rpartition("_")[2]


# pairs


def pair(spec: str) -> Done:
    """A new pair. Takes its time, and chance: for an effect alone."""
    from cryptography.hazmat.primitives import serialization as form

    key = _generated(spec)
    private = key.private_bytes(form.Encoding.DER, form.PrivateFormat.PKCS8, form.NoEncryption())
    public = key.public_key().public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)
    return Done(private=private, public=public)


def _generated(spec: str) -> Pair:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa

    if spec in specs.RSA:
        return rsa.generate_private_key(public_exponent=65537, key_size=int(spec.rpartition("_")[2]))
    if spec == "ECC_NIST_EDWARDS25519":
        return ed25519.Ed25519PrivateKey.generate()
    if spec == "ML_DSA_44":
        return mldsa.MLDSA44PrivateKey.generate()
    if spec == "ML_DSA_65":
        return mldsa.MLDSA65PrivateKey.generate()
    if spec == "ML_DSA_87":
        return mldsa.MLDSA87PrivateKey.generate()
    curves: dict[str, ec.EllipticCurve] = {
        "ECC_NIST_P256": ec.SECP256R1(), "ECC_NIST_P384": ec.SECP384R1(), "ECC_NIST_P521": ec.SECP521R1(),
        "ECC_SECG_P256K1": ec.SECP256K1(),
    }  # fmt: skip
    return ec.generate_private_key(curves[spec])


@lru_cache(maxsize=64)
def private(der: bytes) -> PrivateKeyTypes:
    """A private key from PKCS #8, which was checked when it was made or imported. Raises `Unfit`."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    try:
        return serialization.load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Unfit(str(error)) from error


def public(der: bytes) -> PublicKeyTypes:
    """A public key from SubjectPublicKeyInfo. Raises `Unfit`."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    try:
        return serialization.load_der_public_key(der)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Unfit(str(error)) from error


def public_of(der: bytes) -> bytes:
    """The public half of a private key."""
    from cryptography.hazmat.primitives import serialization as form

    return private(der).public_key().public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)


def spec_of(der: bytes) -> str:
    """Which kind of key a private key is; "" for one that KMS has not."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    key = private(der)
    if isinstance(key, rsa.RSAPrivateKey):
        return f"RSA_{key.key_size}"
    if isinstance(key, ec.EllipticCurvePrivateKey):
        named = {"secp256r1": "NIST_P256", "secp384r1": "NIST_P384", "secp521r1": "NIST_P521"}
        return f"ECC_{named.get(key.curve.name, 'SECG_P256K1')}"
    return "ECC_NIST_EDWARDS25519" if isinstance(key, ed25519.Ed25519PrivateKey) else ""


def agree(der: bytes, other: bytes) -> bytes:
    """The secret that a private and somebody's public key share (ECDH). Raises `Unfit`."""
    from cryptography.hazmat.primitives.asymmetric import ec

    mine, theirs = private(der), public(other)
    if not isinstance(mine, ec.EllipticCurvePrivateKey) or not isinstance(theirs, ec.EllipticCurvePublicKey):
        raise Unfit("no elliptic curve")
    try:
        return mine.exchange(ec.ECDH(), theirs)
    except ValueError as error:
        raise Unfit(str(error)) from error


# RSA encryption


def oaep(algorithm: str) -> OAEP:
    """The padding of RSAES_OAEP_SHA_1 and RSAES_OAEP_SHA_256."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    made = hashes.SHA1() if algorithm.endswith("_1") else hashes.SHA256()
    return padding.OAEP(mgf=padding.MGF1(algorithm=made), algorithm=made, label=None)


def oaep_room(spec: str, algorithm: str) -> int:
    """How many bytes RSA-OAEP encrypts: RFC 8017, 7.1.1."""
    size = hashlib.new("sha1" if algorithm.endswith("_1") else "sha256").digest_size
    return int(spec.rpartition("_")[2]) // 8 - 2 * size - 2


def rsa_encrypt(der: bytes, algorithm: str, data: bytes) -> bytes:
    """By a public key. Chance is in it: for an effect alone."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = public(der)
    if not isinstance(key, rsa.RSAPublicKey):
        raise Unfit("no RSA")
    return key.encrypt(data, oaep(algorithm))


def rsa_decrypt(der: bytes, padding: OAEP, data: bytes) -> bytes | None:
    """By a private key; None where it was not encrypted for it."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = private(der)
    if not isinstance(key, rsa.RSAPrivateKey):
        return None
    try:
        return key.decrypt(data, padding)
    except ValueError:
        return None
