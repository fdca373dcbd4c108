"""The log's key and what is derived from it: one key for each purpose (HKDF-SHA256, RFC 5869)."""

from __future__ import annotations

import hmac
import os
import stat
import warnings
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from backtrail.errors import LogCorrupt
from backtrail_eventstore.errors import KeyMissing

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16


class Keyring:
    """Everything that the log's key is good for; without a key it answers `KeyMissing`."""

    def __init__(self, key: bytes | None, path: Path) -> None:
        self._key = key
        self._path = path
        self._derived: dict[str, bytes] = {}
        self._ciphers: dict[str, AESGCM] = {}

    @property
    def here(self) -> bool:
        """Whether there is a key."""
        return self._key is not None

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose, the same each time."""
        if self._key is None:
            raise KeyMissing(
                f"{self._path} is not there; the log's sealed parts cannot be read or written without it"
            )
        derived = self._derived.get(purpose)
        if derived is None:
            # HKDF with an empty salt and one block of output, written out: it is two HMACs.
            secret = hmac.digest(b"\0" * KEY_BYTES, self._key, "sha256")
            derived = hmac.digest(secret, b"backtrail 1 " + purpose.encode() + b"\1", "sha256")
            self._derived[purpose] = derived
        return derived

    def seal(self, purpose: str, plain: bytes, bound: bytes) -> bytes:
        """Encrypt (AES-256-GCM, random nonce in front) what can only be opened with the same `bound`."""
        # Random nonces: forks share the key and would use derived ones twice.
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self.cipher(purpose).encrypt(nonce, plain, bound)

    def unseal(self, purpose: str, sealed: bytes, bound: bytes) -> bytes:
        """Decrypt what `seal` made. Raises `LogCorrupt` when it, or what it is bound to, was changed."""
        from cryptography.exceptions import InvalidTag

        try:
            return self.cipher(purpose).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
        except (InvalidTag, ValueError) as error:
            raise LogCorrupt(f"an encrypted part ({purpose}) is not what was written") from error

    def cipher(self, purpose: str) -> AESGCM:
        """The AES-GCM cipher of one purpose."""
        cipher = self._ciphers.get(purpose)
        if cipher is None:
            # Imported at the first seal: it costs 20 ms and a log is often only read.
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            cipher = self._ciphers[purpose] = AESGCM(self.derive(purpose))
        return cipher

    @cached_property
    def check(self) -> bytes:
        """What a log keeps in the clear to know its key again."""
        return sha256(self.derive("check")).digest()


def load(path: Path) -> Keyring:
    """The key in this file, or a keyring without one when there is no file.

    Warns of a key that others can read.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            key = file.read(KEY_BYTES + 1)
    except (FileNotFoundError, PermissionError):
        return Keyring(None, path)
    if len(key) != KEY_BYTES:
        raise LogCorrupt(f"{path} is not a key: it should hold {KEY_BYTES} bytes")
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        warnings.warn(f"{path} can be read by others; chmod 600 it", stacklevel=2)
    return Keyring(key, path)


def create(path: Path) -> Keyring:
    """Make a new key, readable by its owner alone. Never overwrites one."""
    key = os.urandom(KEY_BYTES)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.write(file, key)
        os.fsync(file)
    finally:
        os.close(file)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return Keyring(key, path)
