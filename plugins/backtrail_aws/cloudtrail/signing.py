"""The key pairs that sign digests: RSA of 2,048 bits, PKCS #1 v1.5 over SHA-256.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-custom-validation.html
"""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from backtrail_aws.cloudtrail import limits


def key_pair() -> tuple[bytes, bytes]:
    """A new pair: the private key (PKCS #8) and the public one (PKCS #1), both DER. Only an effect may ask for one."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=limits.KEY_BITS)
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    return private, public


def fingerprint(public: bytes) -> str:
    """What a digest names a key by: 32 hexadecimal digits."""
    return hashlib.md5(public, usedforsecurity=False).hexdigest()


def sign(private: bytes, data: bytes) -> str:
    """The signature, in lower hex."""
    key = serialization.load_der_private_key(private, None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the private key is not RSA")
    return key.sign(data, padding.PKCS1v15(), hashes.SHA256()).hex()
