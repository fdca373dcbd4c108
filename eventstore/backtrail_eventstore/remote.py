"""The files of an import that lie in a bucket: found folder by folder, fetched ahead by several threads.

A folder of a day that is over is listed once: when all of it has been taken, the log notes so. In other folders an
object is known again by its name, size and ETag, without being fetched.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from backtrail_eventstore import buckets
from backtrail_eventstore.buckets import Bucket, BucketFailed, Got, Listed
from backtrail_eventstore.rejections import Code, Rejection, sentence
from backtrail_eventstore.unpacking import TrailFile
from backtrail_eventstore.walking import SUFFIXES

THREADS = 16
AHEAD_BYTES = 64 * 1024 * 1024
"""How much is fetched ahead of what is being read. CloudTrail's files have at most 50 MB."""
LATE = timedelta(days=2)
"""How long after a day's end CloudTrail may still deliver files of it: usually minutes, and a day where a trail could
not deliver. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html"""

_DAY = re.compile(r"/(\d{4})/(\d{2})/(\d{2})/$")


class Before:
    """What earlier imports took of buckets: files by URL (size, ETag, SHA-256), and the folders that are complete."""

    def __init__(self, files: Mapping[str, tuple[int, str, str]], folders: Collection[str]) -> None:
        self.files, self.folders = files, folders


class Known:
    """A file that was taken before, and was not fetched again."""

    def __init__(self, url: str, size: int, sha256: str) -> None:
        self.url, self.size, self.sha256 = url, size, sha256


class Complete:
    """All files of a folder that will not change have been given."""

    def __init__(self, url: str) -> None:
        self.url = url


Found = TrailFile | Known | Complete | Rejection | str
"""A file, or why not; a text is the URL of an object that is no trail file by its name."""


def walk(url: str, access: buckets.Access, before: Before) -> Iterator[Found]:
    """Every object under `s3://bucket/prefix`, by name. Raises `BucketFailed` where it cannot be listed."""
    name, prefix = buckets.parse(url)
    bucket = Bucket(name, access)
    pool = ThreadPoolExecutor(THREADS)
    try:
        yield from _Fetching(bucket, pool, before).walk(prefix)
    finally:
        pool.shutdown(cancel_futures=True)
        bucket.close()


class _Fetching:
    """Walks folders in order, and gives what it finds in that order."""

    def __init__(self, bucket: Bucket, pool: ThreadPoolExecutor, before: Before) -> None:
        self._bucket = bucket
        self._pool = pool
        self._before = before
        self._waiting: deque[tuple[Listed, Future[Got]] | Found] = deque()
        self._ahead = 0

    def walk(self, prefix: str) -> Iterator[Found]:
        yield from self._folder(prefix)
        yield from self._given(0)

    def _folder(self, prefix: str) -> Iterator[Found]:
        url = self._url(prefix)
        if url in self._before.folders:
            return
        inner: list[str] = []
        for folders, objects in self._bucket.pages(prefix):
            inner += folders
            for one in objects:
                self._waiting.append(self._found(one))
                yield from self._given(AHEAD_BYTES)
        for folder in inner:
            yield from self._folder(folder)
        if _is_over(prefix):
            self._waiting.append(Complete(url))

    def _found(self, one: Listed) -> tuple[Listed, Future[Got]] | Found:
        url = self._url(one.key)
        if not one.key.lower().endswith(SUFFIXES):
            return url
        known = self._before.files.get(url)
        if known is not None and known[:2] == (one.size, one.etag):
            return Known(url, one.size, known[2])
        self._ahead += one.size
        return one, self._pool.submit(self._bucket.get, one.key)

    def _given(self, ahead: int) -> Iterator[Found]:
        """What comes first, until no more than so much is being fetched ahead (0: all of it)."""
        while self._waiting and (not ahead or self._ahead > ahead or len(self._waiting) > 4 * THREADS):
            first = self._waiting.popleft()
            if not isinstance(first, tuple):
                yield first
                continue
            one, future = first
            self._ahead -= one.size
            url = self._url(one.key)
            try:
                got = future.result()
            except BucketFailed as error:
                yield Rejection(url, None, Code.UNREADABLE, sentence(Code.UNREADABLE, str(error)))
            else:
                yield TrailFile(url, got.data, etag=one.etag, signature=got.signature)

    def _url(self, key: str) -> str:
        return f"s3://{self._bucket.name}/{key}"


def _is_over(prefix: str) -> bool:
    found = _DAY.search(prefix)
    if found is None:
        return False
    try:
        day = datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC)
    except ValueError:
        return False
    return day + timedelta(days=1) + LATE < datetime.now(UTC)
