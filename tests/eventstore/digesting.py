"""A bucket of CloudTrail's making: log files, and the digest files that vouch for them."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .making import ACCOUNT, START, foreign

BUCKET, REGION = "trail-bucket", "eu-west-1"
FINGERPRINT = "31e8b5433410dfb61a9dc45cc65b22ff"


class Delivered:
    """`hours` hours of a trail with two log files each, under `root`; an hour's digest names that hour's files."""

    def __init__(self, root: Path, hours: int = 3) -> None:
        self.root = root
        self.key = generate_private_key(public_exponent=65537, key_size=2048)
        self.logs: list[Path] = []
        self.digests: list[Path] = []
        self.signatures: dict[str, str] = {}
        self._previous: dict[str, Any] = dict.fromkeys(
            ("previousDigestS3Bucket", "previousDigestS3Object", "previousDigestHashValue",
             "previousDigestHashAlgorithm", "previousDigestSignature")
        )  # fmt: skip
        for hour in range(hours):
            self._hour(hour)

    def _hour(self, hour: int) -> None:
        files = [self._log(hour, part) for part in range(2)]
        end = START + timedelta(hours=hour + 1)
        name = f"{ACCOUNT}_CloudTrail-Digest_{REGION}_main_{REGION}_{end:%Y%m%dT%H%M%SZ}.json.gz"
        key = f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/{REGION}/{end:%Y/%m/%d}/{name}"
        content = json.dumps(
            {
                "awsAccountId": ACCOUNT,
                "digestStartTime": f"{end - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
                "digestEndTime": f"{end:%Y-%m-%dT%H:%M:%SZ}",
                "digestS3Bucket": BUCKET,
                "digestS3Object": key,
                "digestPublicKeyFingerprint": FINGERPRINT,
                "digestSignatureAlgorithm": "SHA256withRSA",
                "newestEventTime": f"{end:%Y-%m-%dT%H:%M:%SZ}",
                "oldestEventTime": f"{end:%Y-%m-%dT%H:%M:%SZ}",
                **self._previous,
                "logFiles": files,
            }
        ).encode()
        self.digests.append(self._put(key, content))
        hash_ = sha256(content).hexdigest()
        before = self._previous["previousDigestSignature"] or "null"
        signed = f"{end:%Y-%m-%dT%H:%M:%SZ}\n{BUCKET}/{key}\n{hash_}\n{before}".encode()
        signature = self.signatures[self.digests[-1].name] = self.key.sign(signed, PKCS1v15(), SHA256()).hex()
        self._previous = {
            "previousDigestS3Bucket": BUCKET, "previousDigestS3Object": key, "previousDigestHashValue": hash_,
            "previousDigestHashAlgorithm": "SHA-256",
            "previousDigestSignature": signature,
        }  # fmt: skip

    def _log(self, hour: int, part: int) -> dict[str, str]:
        time = START + timedelta(hours=hour, minutes=5 * part)
        first = hour * 10 + part * 5
        name = f"{ACCOUNT}_CloudTrail_{REGION}_{time:%Y%m%dT%H%MZ}_{sha256(b'%d' % first).hexdigest()[:16]}.json.gz"
        key = f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/{time:%Y/%m/%d}/{name}"
        content = b'{"Records":[' + b",".join(foreign(number) for number in range(first, first + 5)) + b"]}"
        self.logs.append(self._put(key, content))
        return {
            "s3Bucket": BUCKET, "s3Object": key, "hashValue": sha256(content).hexdigest(), "hashAlgorithm": "SHA-256",
        }  # fmt: skip

    def _put(self, key: str, content: bytes) -> Path:
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(content, mtime=0))
        return path

    def public_keys(self) -> bytes:
        """What `aws cloudtrail list-public-keys` prints."""
        der = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
        key = {
            "Value": base64.b64encode(der).decode(), "ValidityStartTime": "2024-01-01T00:00:00Z",
            "ValidityEndTime": "2025-01-01T00:00:00Z", "Fingerprint": FINGERPRINT,
        }  # fmt: skip
        return json.dumps({"PublicKeyList": [key]}).encode()


def change(path: Path, old: bytes, new: bytes) -> None:
    """Change a packed file."""
    content = gzip.decompress(path.read_bytes())
    assert old in content
    path.write_bytes(gzip.compress(content.replace(old, new), mtime=0))


def names(paths: Sequence[Path]) -> list[str]:
    """The last parts."""
    return [path.name for path in paths]
