"""CloudTrail's digest files: what they claim about log files and about each other, and whether it is so.

A digest names an hour's log files with their hashes, and the digest before it with its hash and its signature. So
without AWS's public keys the hashes and the chain can be checked; with them the signatures too, each of which stands
in the digest that follows (that of the last one only with its object in S3).
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec

from backtrail_eventstore.rejections import Code

PublicKeys = Mapping[str, bytes]
"""Fingerprint -> the key, DER of PKCS #1, as `aws cloudtrail list-public-keys` gives it."""

ALGORITHM = "SHA256withRSA"
_TIMED = re.compile(r"_\d{8}T\d{6}Z(_backfill)?\.json\.gz$")


class Verdict(StrEnum):
    """What the digests say of a file."""

    VERIFIED = "verified"  # its hash is right, and AWS signed it
    UNSIGNED = "unsigned"  # its hash is right, as far as could be checked
    CHANGED = "changed"
    MISSING = "missing"  # named by a digest, from a folder that was given, but not there
    NO_DIGEST = "no_digest"


class Named(msgspec.Struct, frozen=True):
    """A log file as a digest names it."""

    object: str = msgspec.field(name="s3Object")
    hash: str = msgspec.field(name="hashValue")


class Claims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one digest file says. `sha256` is of its own unpacked bytes; `signature` where its object told it."""

    bucket: str = msgspec.field(name="digestS3Bucket")
    object: str = msgspec.field(name="digestS3Object")
    end: str = msgspec.field(name="digestEndTime")
    fingerprint: str = msgspec.field(name="digestPublicKeyFingerprint")
    previous: str | None = msgspec.field(name="previousDigestS3Object", default=None)
    previous_hash: str | None = msgspec.field(name="previousDigestHashValue", default=None)
    previous_signature: str | None = msgspec.field(name="previousDigestSignature", default=None)
    files: list[Named] = msgspec.field(name="logFiles", default_factory=list[Named])
    sha256: str = ""
    signature: str | None = None

    @property
    def chain(self) -> tuple[str, str]:
        """What all digests of one trail and region have in common: two chains where some fill gaps of others."""
        name = self.object.rpartition("/")[2]
        return _TIMED.sub(r"\1", name), "/".join(self.object.split("/")[:-4])

    def signed(self) -> bytes:
        """What AWS signs of it."""
        previous = self.previous_signature if self.previous_signature is not None else "null"
        return f"{self.end}\n{self.bucket}/{self.object}\n{self.sha256}\n{previous}".encode()


class Input(msgspec.Struct, kw_only=True):
    """One file of an import: what identifies it, and what the digests say of it (`why`, where that needs a word).

    A file that is `missing` has no bytes, and the hash that its digest names for its content.
    """

    file: str
    bytes: int
    sha256: str
    verdict: Verdict = Verdict.NO_DIGEST
    why: str = ""
    content: str = ""  # the hash of its unpacked bytes
    digest: Claims | None = None

    @property
    def name(self) -> str:
        """The last part of its path, which CloudTrail makes unique."""
        return self.file.replace("\\", "/").rpartition("/")[2]

    @property
    def wrong(self) -> Code | None:
        """The rejection that it comes to."""
        digest = self.digest is not None
        if self.verdict is Verdict.CHANGED:
            return Code.CHANGED_DIGEST if digest else Code.CHANGED_FILE
        if self.verdict is Verdict.MISSING:
            return Code.MISSING_DIGEST if digest else Code.MISSING_FILE
        return None


def claims(text: bytes) -> Claims:
    """A digest file's claims, but for its own hash. Raises `msgspec.ValidationError` where it is none."""
    return msgspec.json.decode(text, type=Claims)


class NoKeys(ValueError):
    """What was given as AWS's public keys is something else."""


class _Key(msgspec.Struct):
    Value: str
    Fingerprint: str


class _Keys(msgspec.Struct):
    PublicKeyList: list[_Key]


def public_keys(text: bytes) -> dict[str, bytes]:
    """The keys in the output of `aws cloudtrail list-public-keys`. Raises `NoKeys`."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    found: dict[str, bytes] = {}
    try:
        for one in msgspec.json.decode(text, type=_Keys).PublicKeyList:
            der = base64.b64decode(one.Value, validate=True)
            if not isinstance(load_der_public_key(der), RSAPublicKey):
                raise NoKeys(f"the key {one.Fingerprint} is no RSA key")
            found[one.Fingerprint] = der
    except (msgspec.MsgspecError, binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise NoKeys(f"this is not the output of `aws cloudtrail list-public-keys`: {error}") from error
    return found


def judge(inputs: Sequence[Input], keys: PublicKeys) -> list[Input]:
    """Give each input its verdict; the files and digests that are missing, as inputs that are not there."""
    digests = [one for one in inputs if one.digest is not None]
    if not digests:
        return []
    followers: dict[str, list[Claims]] = defaultdict(list)
    for one in digests:
        if one.digest is not None and one.digest.previous is not None:
            followers[one.digest.previous].append(one.digest)
    for one in digests:
        if one.digest is not None:
            one.verdict, one.why = _of_digest(one.digest, followers[one.digest.object], keys)
    return [*_missing_digests(digests), *_log_files(inputs, digests)]


def _of_digest(digest: Claims, followers: Iterable[Claims], keys: PublicKeys) -> tuple[Verdict, str]:
    signature = digest.signature
    for follower in followers:
        signature = signature or follower.previous_signature
        if follower.previous_hash not in (None, digest.sha256):
            return Verdict.CHANGED, f"{_last(follower.object)} names another hash for it"
    key = keys.get(digest.fingerprint)
    if signature is None:
        return Verdict.UNSIGNED, "nothing that was given holds its signature"
    if key is None:
        return Verdict.UNSIGNED, f"the public key {digest.fingerprint} was not given"
    if not _is_signed(digest, signature, key):
        return Verdict.CHANGED, "its signature does not fit"
    return Verdict.VERIFIED, ""


def _is_signed(digest: Claims, signature: str, der: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    key = load_der_public_key(der)
    try:
        assert isinstance(key, RSAPublicKey)
        key.verify(bytes.fromhex(signature), digest.signed(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def _missing_digests(digests: Sequence[Input]) -> list[Input]:
    """Digests that another one names as the one before it, where that is not the first of its chain."""
    all_ = [one.digest for one in digests if one.digest is not None]
    here = {one.object for one in all_}
    begins: dict[tuple[str, str], str] = {}
    for one in all_:
        begins[one.chain] = min(begins.get(one.chain, one.end), one.end)
    missing: dict[str, Input] = {}
    for one in all_:
        if one.previous is not None and one.previous not in here and one.end > begins[one.chain]:
            why = f"{_last(one.object)} names it as the one before"
            missing[one.previous] = Input(
                file=one.previous, bytes=0, sha256="", verdict=Verdict.MISSING, why=why, digest=one,
                content=one.previous_hash or "",
            )  # fmt: skip
    return list(missing.values())


def _log_files(inputs: Sequence[Input], digests: Sequence[Input]) -> list[Input]:
    by_name: dict[str, list[Input]] = defaultdict(list)
    by_hash: dict[str, list[Input]] = defaultdict(list)  # a copy under another name is the same file
    for one in inputs:
        if one.digest is None:
            by_name[one.name].append(one)
            by_hash[one.content].append(one)
    first: dict[str, str] = {}
    for one in inputs:
        if one.digest is None:
            where, day = _folder(one.file)
            first[where] = min(first.get(where, day), day)
    missing: list[Input] = []
    for one in digests:
        if one.digest is None:
            continue
        for file in one.digest.files:
            found = by_name.get(_last(file.object)) or by_hash.get(file.hash, [])
            for other in found:
                _of_log_file(other, file, one)
            # A digest's first files were often delivered the day before: whoever gave one day has not lost those.
            where, day = _folder(file.object)
            if not found and day >= first.get(where, "x"):
                why = f"{_last(one.digest.object)} names it"
                missing.append(
                    Input(file=file.object, bytes=0, sha256="", content=file.hash, verdict=Verdict.MISSING, why=why)
                )  # fmt: skip
    return missing


def _of_log_file(file: Input, named: Named, by: Input) -> None:
    if not file.content:  # imported by a version that did not take it down
        return
    if file.content != named.hash:
        if file.verdict is Verdict.NO_DIGEST:
            file.verdict, file.why = Verdict.CHANGED, f"{by.name} names another hash for it"
    elif by.verdict is Verdict.VERIFIED:
        file.verdict, file.why = Verdict.VERIFIED, ""
    elif file.verdict is not Verdict.VERIFIED:
        file.verdict = Verdict.UNSIGNED
        file.why = (
            "its digest was changed"
            if by.verdict is Verdict.CHANGED
            else "its digest's signature was not checked"
        )


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _folder(path: str) -> tuple[str, str]:
    """Account, service and region of a log file's folder, and its day. What stands before is each place's own."""
    parts = path.replace("\\", "/").split("/")
    return "/".join(parts[-7:-4]), "/".join(parts[-4:-1])
