"""Ciphertexts as this KMS makes them: opaque to everybody else, and authenticated.

    01 02 02 00 | length of the owner | owner: account/key id | id of the material | nonce | AES-256-GCM

The head and the encryption context are what the ciphertext is about: neither can be changed. A replica of a
multi-region key has the same id and materials, and so reads what its primary key wrote.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from backtrail_aws.kms import crypt

MAGIC = b"\x01\x02\x02\x00"
_MATERIAL_BYTES = 32


class Ciphertext(msgspec.Struct, frozen=True, kw_only=True):
    """One, taken apart."""

    account: str
    key: str
    material: str
    head: bytes
    nonce: bytes
    body: bytes


def read(blob: bytes) -> Ciphertext | None:
    """A ciphertext taken apart; None for what is none."""
    if not blob.startswith(MAGIC) or len(blob) <= len(MAGIC):
        return None
    start = len(MAGIC) + 1
    end = start + blob[len(MAGIC)]
    last = end + _MATERIAL_BYTES
    try:
        account, _, key = blob[start:end].decode("ascii").partition("/")
    except UnicodeDecodeError:
        return None
    nonce = blob[last : last + crypt.NONCE_BYTES]
    if not key or len(nonce) < crypt.NONCE_BYTES:
        return None
    return Ciphertext(
        account=account, key=key, material=blob[end:last].hex(), head=blob[:last], nonce=nonce,
        body=blob[last + crypt.NONCE_BYTES :],
    )  # fmt: skip


def write(
    owner: str, material: str, secret: bytes, nonce: bytes, data: bytes, context: Mapping[str, str]
) -> bytes:
    """What `secret` encrypts; `owner` is `account/key id`."""
    name = owner.encode("ascii")
    head = MAGIC + bytes([len(name)]) + name + bytes.fromhex(material)
    return head + nonce + crypt.seal(secret, nonce, data, head + _bound(context))


def open_with(found: Ciphertext, secret: bytes, context: Mapping[str, str]) -> bytes | None:
    """What was encrypted; None where the context or anything else is another."""
    return crypt.unseal(secret, found.nonce, found.body, found.head + _bound(context))


def _bound(context: Mapping[str, str]) -> bytes:
    """A context as bytes: the order of its pairs does not matter."""
    return msgspec.json.encode(sorted(context.items()))
