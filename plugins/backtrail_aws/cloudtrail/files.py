"""The files that CloudTrail writes: their keys, and what is in them. Pure.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html (keys) and
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from backtrail.ids import new_id
from backtrail_aws.cloudtrail.moments import iso
from backtrail_aws.cloudtrail.state import Entry, Link


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a trail's files lie: bucket, key prefix, and the organization's id for one of an organization."""

    bucket: str
    prefix: str = ""
    organization: str = ""

    def folder(self, account: str) -> str:
        """What the keys of one account's files begin with."""
        parts = [self.prefix, "AWSLogs", self.organization, account]
        return "/".join(part for part in parts if part)


def log_key(place: Place, account: str, region: str, due: datetime, seed: str) -> str:
    """The key of a log file; `seed` makes its last part, which means nothing."""
    name = f"{account}_CloudTrail_{region}_{due:%Y%m%dT%H%MZ}_{new_id(seed, 'let16', f'{account}/{region}')}.json.gz"
    return f"{place.folder(account)}/CloudTrail/{region}/{due:%Y/%m/%d}/{name}"


def digest_key(place: Place, account: str, region: str, trail: str, home: str, end: datetime) -> str:
    """The key of a digest: with the trail's name, its home, and the end of its hour."""
    name = f"{account}_CloudTrail-Digest_{region}_{trail}_{home}_{end:%Y%m%dT%H%M%SZ}.json.gz"
    return f"{place.folder(account)}/CloudTrail-Digest/{region}/{end:%Y/%m/%d}/{name}"


def log_content(records: Sequence[bytes]) -> bytes:
    """A log file, uncompressed: the records as they are."""
    return b'{"Records":[' + b",".join(records) + b"]}"


def packed(content: bytes) -> bytes:
    """A file as it lies in the bucket. The same content gives the same bytes."""
    return gzip.compress(content, 6, mtime=0)


def sha256(content: bytes) -> str:
    """The hash that digests have: of the uncompressed content, lower hex."""
    return hashlib.sha256(content).hexdigest()


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """One digest that is to be written: of an account's files in a region, in a period, after another digest."""

    account: str
    region: str
    key: str
    bucket: str
    start: datetime
    end: datetime
    entries: list[Entry]
    link: Link | None = None


def digest_content(digest: Digest, fingerprint: str) -> bytes:
    """A digest, uncompressed. A starting one has no previous."""
    link = digest.link
    newest = [entry.newest for entry in digest.entries if entry.newest]
    oldest = [entry.oldest for entry in digest.entries if entry.oldest]
    whole: dict[str, Any] = {
        "awsAccountId": digest.account,
        "digestStartTime": iso(digest.start),
        "digestEndTime": iso(digest.end),
        "digestS3Bucket": digest.bucket,
        "digestS3Object": digest.key,
        "digestPublicKeyFingerprint": fingerprint,
        "digestSignatureAlgorithm": "SHA256withRSA",
        "newestEventTime": max(newest, default=None),
        "oldestEventTime": min(oldest, default=None),
        "previousDigestS3Bucket": link.bucket if link else None,
        "previousDigestS3Object": link.key if link else None,
        "previousDigestHashValue": link.sha256 if link else None,
        "previousDigestHashAlgorithm": "SHA-256" if link else None,
        "previousDigestSignature": link.signature if link else None,
        "logFiles": [
            {
                "s3Bucket": entry.bucket, "s3Object": entry.key, "hashValue": entry.sha256, "hashAlgorithm": "SHA-256",
                "newestEventTime": entry.newest or None, "oldestEventTime": entry.oldest or None,
            }
            for entry in digest.entries
        ],
    }  # fmt: skip
    return msgspec.json.encode(whole)


def string_to_sign(digest: Digest, content: bytes) -> bytes:
    """What is signed.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-custom-validation.html
    """
    previous = digest.link.signature if digest.link else "null"
    lines = (iso(digest.end), f"{digest.bucket}/{digest.key}", sha256(content), previous)
    return "\n".join(lines).encode()
