"""Lists of keys and of uploads: prefixes, delimiters, markers and pages."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtrail import UNSET, SortedMap
from backtrail_aws.s3 import api
from backtrail_aws.s3.listing_walk import after, walk

from .bucket_scenario import BUCKET, Buckets

_KEYS = st.lists(st.text("ab/\U0010ffff", min_size=1, max_size=5), max_size=20, unique=True)


@settings(max_examples=300, deadline=None)
@given(_KEYS, st.text("ab/", max_size=2), st.sampled_from(["", "/", "b/", "\U0010ffff"]), st.integers(1, 4))
def test_pages_roll_up_like_a_plain_scan(keys: list[str], prefix: str, delimiter: str, size: int) -> None:
    """Seeking past common prefixes gives what reading every key gives, whatever the page."""
    index = SortedMap(dict.fromkeys(keys))
    expected: list[str] = []
    for key in sorted(keys):
        if not key.startswith(prefix):
            continue
        at = key.find(delimiter, len(prefix)) if delimiter else -1
        entry = key if at < 0 else key[: at + len(delimiter)]
        if entry not in expected:
            expected.append(entry)
    found: list[str] = []
    marker = ""
    while True:
        page = walk(lambda key, skip: index.items_from(key, after=skip), prefix, delimiter, marker, size)
        found += sorted([key for key, _ in page.items] + page.prefixes)
        if not page.truncated:
            break
        marker = page.last
    assert found == expected


def test_the_text_after_a_prefix() -> None:
    """Greater than all that begins with it, and nothing between; none after the greatest."""
    assert after("a/") == "a0"
    assert after("a\U0010ffff") == "b"
    assert after("\U0010ffff") is None


def test_folders_are_prefixes() -> None:
    """A delimiter rolls keys up; the rest is listed; sizes, classes and tags of content are told."""
    s3 = Buckets()
    for key in ("Christmas Photos/a.jpg", "Christmas Photos/b.jpg", "top", "Xmas/c"):
        s3.put(key)
    page = s3.ask(api.ListObjectsV2(bucket=BUCKET, delimiter="/"))
    assert [p.prefix for p in page.common_prefixes] == ["Christmas Photos/", "Xmas/"]
    assert [(one.key, one.size, one.storage_class) for one in page.contents] == [("top", 5, "STANDARD")]
    assert (page.key_count, page.is_truncated, page.contents[0].owner) == (3, False, UNSET)
    assert s3.keys(prefix="Christmas Photos/", delimiter="/") == [
        "Christmas Photos/a.jpg",
        "Christmas Photos/b.jpg",
    ]
    assert s3.keys(start_after="Christmas Photos/b.jpg") == ["Xmas/c", "top"]
    s3.replays()


def test_tokens_lead_through_all_pages() -> None:
    """Each page names the next; a token that S3 did not make is refused."""
    s3 = Buckets()
    for number in range(7):
        s3.put(f"k{number}")
    found: list[Any] = []
    token: Any = UNSET
    while True:
        page = s3.ask(api.ListObjectsV2(bucket=BUCKET, max_keys=3, continuation_token=token))
        found += [one.key for one in page.contents]
        token = page.next_continuation_token
        if not page.is_truncated:
            break
    assert found == [f"k{number}" for number in range(7)]
    s3.when(api.ListObjectsV2(bucket=BUCKET, continuation_token="nonsense")).refused("InvalidArgument")


def test_the_older_list_has_markers_and_owners() -> None:
    """NextMarker is told with a delimiter alone; a common prefix as marker stands for all it rolls up."""
    s3 = Buckets()
    for key in ("a/1", "a/2", "b", "c/1"):
        s3.put(key)
    page = s3.ask(api.ListObjects(bucket=BUCKET, delimiter="/", max_keys=1))
    assert (page.next_marker, page.is_truncated) == ("a/", True)
    page = s3.ask(api.ListObjects(bucket=BUCKET, delimiter="/", max_keys=1, marker="a/"))
    assert page.contents[0].key == "b" and page.contents[0].owner.id is not UNSET
    assert s3.ask(api.ListObjects(bucket=BUCKET, max_keys=1)).next_marker is UNSET
    empty = s3.ask(api.ListObjects(bucket=BUCKET, max_keys=0))
    assert (empty.contents, empty.is_truncated) == (UNSET, False)


@pytest.mark.parametrize("given", [{"max_keys": -1}, {"encoding_type": "base64"}])
def test_lists_that_are_refused(given: dict[str, Any]) -> None:
    """Negative pages and other encodings are invalid arguments, in every list."""
    s3 = Buckets()
    for kind in (api.ListObjects, api.ListObjectsV2, api.ListObjectVersions):
        s3.when(kind(bucket=BUCKET, **given)).refused("InvalidArgument")


def test_uploads_are_listed_by_key_and_beginning() -> None:
    """Pages of every size give the same uploads; keys are rolled up; a marker skips a key or one upload of it."""
    s3 = Buckets()
    ids: dict[str, list[str]] = {}
    for key in ("a", "a", "b/1", "b/2", "c"):
        made = s3.ask(api.CreateMultipartUpload(bucket=BUCKET, key=key))
        ids.setdefault(key, []).append(made.upload_id)
    page = s3.ask(api.ListMultipartUploads(bucket=BUCKET))
    assert [(u.key, u.upload_id) for u in page.uploads] == [
        ("a", ids["a"][0]), ("a", ids["a"][1]), ("b/1", ids["b/1"][0]), ("b/2", ids["b/2"][0]), ("c", ids["c"][0]),
    ]  # fmt: skip
    rolled = s3.ask(api.ListMultipartUploads(bucket=BUCKET, delimiter="/"))
    assert [p.prefix for p in rolled.common_prefixes] == ["b/"] and len(rolled.uploads) == 3
    assert s3.ask(api.ListMultipartUploads(bucket=BUCKET, key_marker="a")).uploads[0].key == "b/1"
    for size in (1, 2, 3):
        for delimiter in (UNSET, "/"):
            assert _uploads(s3, size, delimiter) == _uploads(s3, 1000, delimiter)


def _uploads(s3: Buckets, size: int, delimiter: Any) -> list[str]:
    found: list[str] = []
    key: Any = UNSET
    upload: Any = UNSET
    while True:
        page = s3.ask(
            api.ListMultipartUploads(
                bucket=BUCKET, max_uploads=size, key_marker=key, upload_id_marker=upload, delimiter=delimiter
            )
        )
        found += [u.upload_id for u in page.uploads or []] + [p.prefix for p in page.common_prefixes or []]
        if not page.is_truncated:
            return sorted(found)
        key, upload = page.next_key_marker, page.next_upload_id_marker
