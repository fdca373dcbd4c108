"""The kinds of keys, and which algorithms go with each.

https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
"""

from __future__ import annotations

from backtrail_aws.kms.state import SYMMETRIC

ENCRYPT, SIGN, MAC, AGREE = "ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"

RSA = ("RSA_2048", "RSA_3072", "RSA_4096")
NIST = {"ECC_NIST_P256": "256", "ECC_NIST_P384": "384", "ECC_NIST_P521": "512"}
HMAC_BYTES = {"HMAC_224": 28, "HMAC_256": 32, "HMAC_384": 48, "HMAC_512": 64}
ML_DSA = ("ML_DSA_44", "ML_DSA_65", "ML_DSA_87")
PAIRS = (*RSA, *NIST, "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519", *ML_DSA)
"""The kinds that have two halves, and are made here: SM2 is for regions in China alone, ML-KEM is not covered."""

_RSA_SIGNING = [
    "RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PKCS1_V1_5_SHA_384", "RSASSA_PKCS1_V1_5_SHA_512",
    "RSASSA_PSS_SHA_256", "RSASSA_PSS_SHA_384", "RSASSA_PSS_SHA_512",
]  # fmt: skip


def usages(spec: str) -> tuple[str, ...]:
    """What a key of a kind may be for; empty for a kind that is not made here."""
    if spec == SYMMETRIC:
        return (ENCRYPT,)
    if spec in RSA:
        return (ENCRYPT, SIGN)
    if spec in NIST:
        return (SIGN, AGREE)
    if spec in HMAC_BYTES:
        return (MAC,)
    return (SIGN,) if spec in PAIRS else ()


def encryption(spec: str, usage: str) -> list[str]:
    """The encryption algorithms of a key."""
    if usage != ENCRYPT:
        return []
    return [SYMMETRIC] if spec == SYMMETRIC else ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]


def signing(spec: str, usage: str) -> list[str]:
    """The signing algorithms of a key."""
    if usage != SIGN:
        return []
    if spec in RSA:
        return list(_RSA_SIGNING)
    if spec in NIST:
        return [f"ECDSA_SHA_{NIST[spec]}"]
    if spec in ML_DSA:
        return ["ML_DSA_SHAKE_256"]
    return ["ECDSA_SHA_256"] if spec == "ECC_SECG_P256K1" else ["ED25519_SHA_512"]


def macs(spec: str, usage: str) -> list[str]:
    """The MAC algorithms of a key."""
    return [spec.replace("HMAC_", "HMAC_SHA_")] if usage == MAC else []


def agreement(spec: str, usage: str) -> list[str]:
    """The key agreement algorithms of a key."""
    return ["ECDH"] if usage == AGREE else []
