"""Short words for the tests of S3."""

from __future__ import annotations

import hashlib
from typing import Any

import backtrail_aws.s3
from backtrail import Blob, Params
from backtrail.testing import Scenario
from backtrail_aws.s3 import api
from backtrail_aws.s3.state import S3, Bucket

BUCKET = "a-bucket"
OTHER = "999988887777"
MIB = 1024 * 1024


def blob(data: bytes) -> Blob:
    """The handle of a small body."""
    return Blob(size=len(data), md5=hashlib.md5(data).hexdigest(), data=data)


def large(size: int, seed: str = "a", **checksums: str) -> Blob:
    """The handle of a body in the store, which nobody opens."""
    md5 = hashlib.md5(f"{seed}{size}".encode()).hexdigest()
    return Blob(size=size, md5=md5, name=md5 * 2, checksums=checksums or {"CRC64NVME": "AAAAAAAAAAA="})


class Buckets(Scenario):
    """A scenario with S3 alone and one bucket."""

    def __init__(self, *, versioned: bool = False, **bucket: Any) -> None:
        super().__init__(backtrail_aws.s3)
        self.given(api.CreateBucket(bucket=BUCKET, **bucket))
        if versioned:
            self.versioning("Enabled")

    def versioning(self, status: str) -> Buckets:
        """Switch versioning."""
        wanted = api.VersioningConfiguration(status=status)
        self.given(api.PutBucketVersioning(bucket=BUCKET, versioning_configuration=wanted))
        return self

    def put(self, key: str, data: bytes = b"hello", **more: Any) -> api.PutObjectResult:
        """Put an object; its answer."""
        result: api.PutObjectResult = self.ask(api.PutObject(bucket=BUCKET, key=key, body=blob(data), **more))
        return result

    def get(self, key: str, **more: Any) -> api.GetObjectResult:
        """Get an object."""
        result: api.GetObjectResult = self.ask(api.GetObject(bucket=BUCKET, key=key, **more))
        return result

    def content(self, key: str, **more: Any) -> Any:
        """The whole bytes of a small object."""
        body = self.get(key, **more).body
        return body.data if isinstance(body, Blob) else None

    def keys(self, **more: Any) -> list[Any]:
        """The keys that a list gives."""
        result: api.ListObjectsV2Result = self.ask(api.ListObjectsV2(bucket=BUCKET, **more))
        return [one.key for one in result.contents or []]

    def ask(self, params: Params) -> Any:
        """A call that succeeds; its answer."""
        self.given(params)
        return self.answer

    @property
    def bucket(self) -> Bucket:
        """The bucket as it is kept."""
        state = self.machine.state(("s3", "", ""))
        assert isinstance(state, S3)
        return state.buckets[BUCKET]
