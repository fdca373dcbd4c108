"""Signatures over bytes: https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html"""

from __future__ import annotations

import hashlib
from typing import Any

from backtrail_aws.kms import crypt

CHANCY = ("RSASSA_PSS", "ML_DSA")
"""Algorithms that have chance in them."""


def sign(der: bytes, algorithm: str, message: bytes, *, digest: bool, external: bool = False) -> bytes:
    """A signature. `digest`: the message is its own hash; `external`: it is ML-DSA's mu. Raises `Unfit`."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa

    key = crypt.private(der)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, _padding(algorithm), _hash(algorithm, digest))
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(message, ec.ECDSA(_hash(algorithm, digest), deterministic_signing=True))
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    if isinstance(key, mldsa.MLDSA44PrivateKey | mldsa.MLDSA65PrivateKey | mldsa.MLDSA87PrivateKey):
        return key.sign_mu(message) if external else key.sign(message)
    raise crypt.Unfit("no signing key")


def is_valid(
    der: bytes, algorithm: str, message: bytes, signature: bytes, *, digest: bool, external: bool = False
) -> bool:
    """Whether a signature is the one of a message. Raises `Unfit`."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa

    key = crypt.public(der)
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, _padding(algorithm), _hash(algorithm, digest))
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(_hash(algorithm, digest)))
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
        elif isinstance(key, mldsa.MLDSA44PublicKey | mldsa.MLDSA65PublicKey | mldsa.MLDSA87PublicKey):
            (key.verify_mu if external else key.verify)(signature, message)
        else:
            raise crypt.Unfit("no signing key")
    except InvalidSignature:
        return False
    return True


def digest_bytes(algorithm: str) -> int:
    """How long the hash is that an algorithm signs."""
    return hashlib.new(crypt.hash_name(algorithm)).digest_size


def _hash(algorithm: str, digest: bool) -> Any:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import utils

    made = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}[
        algorithm.rpartition("_")[2]
    ]
    return utils.Prehashed(made) if digest else made


def _padding(algorithm: str) -> Any:
    """PSS's salt is as long as the hash: https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html"""
    from cryptography.hazmat.primitives.asymmetric import padding

    if "PKCS1" in algorithm:
        return padding.PKCS1v15()
    return padding.PSS(mgf=padding.MGF1(_hash(algorithm, digest=False)), salt_length=digest_bytes(algorithm))
