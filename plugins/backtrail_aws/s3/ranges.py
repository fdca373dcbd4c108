"""Which bytes of an object a read asks for: `Range`, `partNumber`, and the range of a part's copy.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html; RFC 9110 14.1.2: what is no single byte range is
no range at all.
"""

from __future__ import annotations

import re

import msgspec

from backtrail import UNSET, UnsetType
from backtrail_aws.s3 import errors, limits
from backtrail_aws.s3.state import ObjectVersion

_RANGE = re.compile(r"bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*")
_COPY = re.compile(r"bytes=(\d+)-(\d+)")


class Span(msgspec.Struct, frozen=True):
    """The bytes [start, end) of `size`."""

    start: int
    end: int
    size: int

    @property
    def length(self) -> int:
        return self.end - self.start

    @property
    def content_range(self) -> str:
        """As the answer's `Content-Range` has it."""
        return f"bytes {self.start}-{self.end - 1}/{self.size}"


def span_of(wanted: str | UnsetType, part: int | UnsetType, version: ObjectVersion, size: int) -> Span | None:
    """The span that a read asks for, None for all of it. Refuses with 416 where nothing of it exists."""
    if part is not UNSET:
        if wanted is not UNSET:
            # evidence: page ErrorResponses; words: guess
            raise errors.invalid_request("Cannot specify both Range header and partNumber query parameter")
        return _of_part(part, version, size)
    return None if wanted is UNSET else _of_range(wanted, size)


def copied(wanted: str, size: int) -> Span:
    """The span of a source that UploadPartCopy names; it must lie within the source."""
    found = _COPY.fullmatch(wanted)
    if found is None or int(found[1]) > int(found[2]):
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html
        raise errors.invalid_argument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
            "zero-based offsets of the first and last bytes to copy",
            "x-amz-copy-source-range",
            wanted,
        )
    start, end = int(found[1]), int(found[2]) + 1
    if end > size:
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument(
            f"Range specified is not valid for source object of size: {size}",
            "x-amz-copy-source-range",
            wanted,
        )
    return Span(start, end, size)


def _of_range(wanted: str, size: int) -> Span | None:
    found = _RANGE.fullmatch(wanted.strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        length = int(last)
        if length == 0 or size == 0:
            raise errors.invalid_range(wanted, size)
        return Span(max(size - length, 0), size, size)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise errors.invalid_range(wanted, size)
    return Span(start, min(int(last) + 1, size) if last else size, size)


def _of_part(number: int, version: ObjectVersion, size: int) -> Span | None:
    if not 1 <= number <= limits.PARTS_MAX:
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument(
            f"Part number must be an integer between 1 and {limits.PARTS_MAX}, inclusive",
            "partNumber",
            str(number),
        )
    if version.parts is UNSET:
        if number > 1:
            raise errors.invalid_part_number(number, 1)
        return Span(0, size, size) if size else None
    start = 0
    # Parts are numbered anew, in their order, once the object is complete.
    if number > len(version.parts):
        raise errors.invalid_part_number(number, len(version.parts))
    for part in version.parts[: number - 1]:
        start += part.size
    return Span(start, start + version.parts[number - 1].size, size)
