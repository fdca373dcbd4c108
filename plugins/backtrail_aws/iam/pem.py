"""PEM certificates, private keys and SSH public keys, read with `cryptography` on first use."""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from backtrail_aws.iam import credential_errors as errors

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.x509 import Certificate

_SSH_PREFIX = "ssh-rsa"
_MIN_RSA_BITS = 1024
"""https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSSHPublicKey.html asks for RSA of 2048 bits at least;
smaller ones were taken before that."""


def certificate(text: str) -> Certificate:
    """The one certificate in a PEM text. Raises `Refusal`."""
    from cryptography import x509

    try:
        found = x509.load_pem_x509_certificates(text.encode())
    except ValueError as error:
        raise errors.bad_certificate() from error
    if len(found) != 1:
        raise errors.bad_certificate()
    return found[0]


def fingerprint(text: str) -> str:
    """What two uploads of one certificate have in common: SHA-256 of its DER form."""
    from cryptography.hazmat.primitives.serialization import Encoding

    return hashlib.sha256(certificate(text).public_bytes(Encoding.DER)).hexdigest()


def expiry(text: str) -> datetime:
    """When a certificate expires. Raises `Refusal`."""
    return certificate(text).not_valid_after_utc


def check_chain(body: str, chain: str) -> None:
    """Whether each certificate of a chain signed the one before it. Raises `Refusal`."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    try:
        issuers = x509.load_pem_x509_certificates(chain.encode())
    except ValueError as error:
        raise errors.bad_certificate() from error
    subject = certificate(body)
    for index, issuer in enumerate(issuers):
        try:
            subject.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise errors.bad_chain(index - 1) from error
        subject = issuer


def check_pair(body: str, key_text: str) -> None:
    """Whether a private key, unencrypted, is the certificate's. Raises `Refusal`."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = private_key(key_text)
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if certificate(body).public_key().public_bytes(*form) != key.public_key().public_bytes(*form):
        raise errors.key_mismatch()


def private_key(text: str) -> PrivateKeyTypes:
    """The unencrypted private key in a PEM text. Raises `Refusal`."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise errors.bad_private_key() from error


def ssh_key(text: str) -> str:
    """An RSA public key, given in SSH or in PEM form, in SSH's form without its comment. Raises `Refusal`."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_pem_public_key,
        load_ssh_public_key,
    )

    stripped = text.strip()
    if not stripped.startswith((_SSH_PREFIX, "ssh-", "ecdsa-", "-----BEGIN")):
        raise errors.ssh_encoding()
    try:
        load = load_pem_public_key if stripped.startswith("-----") else load_ssh_public_key
        key = load(stripped.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise errors.bad_ssh_key() from error
    if not isinstance(key, RSAPublicKey) or key.key_size < _MIN_RSA_BITS:
        raise errors.bad_ssh_key()
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def ssh_fingerprint(key: str) -> str:
    """The MD5 fingerprint of an SSH public key, in pairs, as OpenSSH writes it. Any text has one."""
    try:
        data = base64.b64decode(key.split()[1], validate=True)
    except (IndexError, binascii.Error):
        data = key.encode()
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))


def ssh_as_pem(key: str) -> str:
    """An SSH public key in PEM form. Raises `Refusal`."""
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_ssh_public_key,
    )

    try:
        loaded = load_ssh_public_key(key.encode())
    except ValueError as error:
        raise errors.bad_ssh_key() from error
    return loaded.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
