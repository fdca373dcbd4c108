"""Tags of objects and buckets: their rules, and their way through a header.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from backtrail import Refusal
from backtrail_aws.s3 import api, errors, limits

# Letters, spaces and numbers of any script, and + - = . _ : / @ (the page above)
_ALLOWED = re.compile(r"[\w\s+\-=.:/@]*", re.UNICODE)
_HEADER = (
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name "
    "duplicates."
)


def of_header(text: str) -> dict[str, str]:
    """The tags in an `x-amz-tagging` header."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict")
    except (ValueError, UnicodeDecodeError) as error:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
        raise errors.invalid_argument(_HEADER, "x-amz-tagging", text) from error
    tags = dict(pairs)
    if len(tags) != len(pairs):
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument(_HEADER, "x-amz-tagging", text)
    check(tags, limits.OBJECT_TAGS_MAX, "Object")
    return tags


def of_set(tag_set: list[api.Tag], most: int, what: str) -> dict[str, str]:
    """The tags of a body's TagSet, checked. `what`: Object or Bucket."""
    tags: dict[str, str] = {}
    for tag in tag_set:
        if tag.key in tags:
            # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html
            raise errors.refused(
                "InvalidTag", "Cannot provide multiple Tags with the same key", TagKey=tag.key
            )
        tags[tag.key] = tag.value
    check(tags, most, what)
    return tags


def known(tag_set: list[api.Tag]) -> dict[str, str]:
    """The tags of a recorded TagSet."""
    return {tag.key: tag.value for tag in tag_set}


def listed(tags: dict[str, str]) -> list[api.Tag]:
    """Tags as a TagSet has them."""
    return [api.Tag(key=key, value=value) for key, value in tags.items()]


def check(tags: dict[str, str], most: int, what: str) -> None:
    """Refuses tags that are too many, too long, or AWS's own."""
    if len(tags) > most:
        # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html
        raise errors.refused("BadRequest", f"{what} tags cannot be greater than {most}")
    for key, value in tags.items():
        if not 1 <= len(key) <= limits.TAG_KEY_MAX or not _ALLOWED.fullmatch(key):
            raise _invalid("The TagKey you have provided is invalid", key)
        if len(value) > limits.TAG_VALUE_MAX or not _ALLOWED.fullmatch(value):
            raise _invalid("The TagValue you have provided is invalid", key)
        if key.lower().startswith("aws:"):
            raise _invalid("System tags cannot be added/updated by requester", key)


def _invalid(message: str, key: str) -> Refusal:
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html
    return errors.refused("InvalidTag", message, TagKey=key)
