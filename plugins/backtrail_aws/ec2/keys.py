"""The forms of keys: OpenSSH, PEM, DER and PuTTY's; their fingerprints as EC2 tells them.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-keys.html: of an RSA key that EC2 made, SHA-1 of the private
key (PKCS#8, DER); of one that was imported, MD5 of the public key (DER); of an ED25519 key, SHA-256 of what OpenSSH
writes. `cryptography` is imported when a key is first looked at.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

    Private = RSAPrivateKey | Ed25519PrivateKey
    Public = RSAPublicKey | Ed25519PublicKey

RSA_BITS = 2048  # AWSEC2/latest/UserGuide/create-key-pairs.html
RSA_IMPORTED_BITS = (1024, 2048, 4096)  # the same, of keys that are imported


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A key pair that was made: the private key in the form that was asked for, fingerprint and public key."""

    material: str
    fingerprint: str
    public: str


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """A public key that was read: `rsa` or `ed25519`, and how OpenSSH writes it."""

    type: str
    fingerprint: str
    public: str


class BadKey(ValueError):
    """What is no key that EC2 takes."""


def make(type: str, form: str, comment: str) -> Made:
    """A new key pair. Takes its time, and chance: for an effect alone."""
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    key: Private
    if type == "ed25519":
        key = ed25519.Ed25519PrivateKey.generate()
        fingerprint = _sha256(_openssh(key.public_key()))
    else:
        key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
        fingerprint = _colons(hashlib.sha1(_pkcs8(key), usedforsecurity=False).hexdigest())
    public = _openssh(key.public_key())
    material = _putty(key, public, comment) if form == "ppk" else _pem(key)
    return Made(material=material, fingerprint=fingerprint, public=f"{public} {comment}")


def read(material: bytes) -> Imported:
    """A public key that somebody brings, in any of the forms that EC2 reads. Raises `BadKey`."""
    key, comment = _public(material.strip())
    text = _openssh(key)
    public = f"{text} {comment}".strip()
    if text.startswith("ssh-ed25519"):
        return Imported(type="ed25519", fingerprint=_sha256(text), public=public)
    from cryptography.hazmat.primitives import serialization

    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    fingerprint = _colons(hashlib.md5(der, usedforsecurity=False).hexdigest())
    return Imported(type="rsa", fingerprint=fingerprint, public=public)


def _public(data: bytes) -> tuple[Public, str]:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    comment = ""
    found: object
    try:
        if data.startswith(b"---- BEGIN SSH2 PUBLIC KEY ----"):
            data = _from_rfc4716(data)
        if data.startswith(b"ssh-"):
            comment = b" ".join(data.split(None, 2)[2:]).decode("utf-8", "replace")
            found = serialization.load_ssh_public_key(data)
        elif data.startswith(b"-----BEGIN"):
            found = serialization.load_pem_public_key(data)
        else:
            found = serialization.load_der_public_key(_unwrapped(data))
    except (ValueError, UnsupportedAlgorithm, IndexError) as error:
        raise BadKey(str(error)) from error
    if isinstance(found, rsa.RSAPublicKey) and found.key_size in RSA_IMPORTED_BITS:
        return found, comment
    if isinstance(found, ed25519.Ed25519PublicKey):
        return found, comment
    raise BadKey("neither RSA of 1024, 2048 or 4096 bits nor ED25519")


def _unwrapped(data: bytes) -> bytes:
    """DER, which may come in base64."""
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        return data


def _from_rfc4716(data: bytes) -> bytes:
    """RFC 4716: headers (which may go on after a backslash), then the key in base64."""
    body, goes_on = b"", False
    for line in data.splitlines()[1:-1]:
        if goes_on or b":" in line:
            goes_on = line.endswith(b"\\")
        else:
            body += line.strip()
    raw = base64.b64decode(body)
    (length,) = struct.unpack(">I", raw[:4])
    return raw[4 : 4 + length] + b" " + base64.b64encode(raw)


def _openssh(key: Public) -> str:
    from cryptography.hazmat.primitives import serialization

    return key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()


def _pkcs8(key: Private) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _pem(key: Private) -> str:
    """RSA in PKCS#1, ED25519 in OpenSSH's own form."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    rsa_key = isinstance(key, rsa.RSAPrivateKey)
    form = serialization.PrivateFormat.TraditionalOpenSSL if rsa_key else serialization.PrivateFormat.OpenSSH
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode().strip()


def _putty(key: Private, public: str, comment: str) -> str:
    """PuTTY's own form, version 2: https://the.earth.li/~sgtatham/putty/0.76/htmldoc/AppendixC.html"""
    kind, body = public.split()[:2]
    public_blob, private_blob = base64.b64decode(body), _putty_private(key)
    parts = [kind.encode(), b"none", comment.encode(), public_blob, private_blob]
    mac_key = hashlib.sha1(b"putty-private-key-file-mac-key", usedforsecurity=False).digest()
    mac = hmac.new(mac_key, b"".join(_string(part) for part in parts), "sha1").hexdigest()
    public_lines, private_lines = _lines(public_blob), _lines(private_blob)
    return "\r\n".join(
        [
            f"PuTTY-User-Key-File-2: {kind}", "Encryption: none", f"Comment: {comment}",
            f"Public-Lines: {len(public_lines)}", *public_lines,
            f"Private-Lines: {len(private_lines)}", *private_lines,
            f"Private-MAC: {mac}", "",
        ]
    )  # fmt: skip


def _putty_private(key: Private) -> bytes:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.private_numbers()
        return b"".join(_number(one) for one in (numbers.d, numbers.p, numbers.q, numbers.iqmp))
    raw = serialization.Encoding.Raw
    return _string(key.private_bytes(raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()))


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _number(value: int) -> bytes:
    return _string(value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _lines(data: bytes) -> list[str]:
    text = base64.b64encode(data).decode()
    return [text[start : start + 64] for start in range(0, len(text), 64)]


def _sha256(public: str) -> str:
    return base64.b64encode(hashlib.sha256(base64.b64decode(public.split()[1])).digest()).decode()


def _colons(digits: str) -> str:
    return ":".join(digits[start : start + 2] for start in range(0, len(digits), 2))
