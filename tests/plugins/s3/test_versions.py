"""Versions: their order, delete markers, suspended buckets, and the lists of them."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from backtrail import UNSET
from backtrail_aws.s3 import api

from .bucket_scenario import BUCKET, Buckets, blob


def test_all_versions_are_kept_and_retrievable() -> None:
    """Two puts are two versions with ids of their own; what was there before is `null`."""
    s3 = Buckets()
    assert s3.put("k", b"0").version_id is UNSET
    s3.versioning("Enabled")
    one, two = s3.put("k", b"1"), s3.put("k", b"2")
    assert s3.content("k") == b"2"
    assert s3.content("k", version_id=one.version_id) == b"1"
    assert s3.content("k", version_id="null") == b"0"
    listed = s3.ask(api.ListObjectVersions(bucket=BUCKET)).versions
    assert [(v.version_id, v.is_latest) for v in listed] == [
        (two.version_id, True), (one.version_id, False), ("null", False),
    ]  # fmt: skip
    s3.replays()


def test_a_delete_leaves_a_marker_and_deleting_the_marker_restores() -> None:
    """The key is gone (404 with the marker's headers); a marker named is 405; without it the object is back."""
    s3 = Buckets(versioned=True)
    put = s3.put("k", b"1")
    gone = s3.ask(api.DeleteObject(bucket=BUCKET, key="k"))
    assert gone.delete_marker is True and gone.version_id not in (UNSET, put.version_id)
    s3.when(api.GetObject(bucket=BUCKET, key="k")).refused("NoSuchKey")
    assert s3.error is not None
    assert dict(s3.error.members["headers"]) == {
        "x-amz-delete-marker": "true",
        "x-amz-version-id": gone.version_id,
    }
    s3.when(api.GetObject(bucket=BUCKET, key="k", version_id=gone.version_id)).refused("MethodNotAllowed")
    assert s3.error.status == 405
    assert s3.keys() == []
    assert not s3.bucket.is_empty
    markers = s3.ask(api.ListObjectVersions(bucket=BUCKET)).delete_markers
    assert [(m.version_id, m.is_latest) for m in markers] == [(gone.version_id, True)]
    back = s3.ask(api.DeleteObject(bucket=BUCKET, key="k", version_id=gone.version_id))
    assert (back.delete_marker, back.version_id) == (True, gone.version_id)
    assert s3.content("k") == b"1"
    s3.replays()


def test_a_suspended_bucket_writes_null_and_keeps_the_rest() -> None:
    """New puts replace the version `null` alone; a delete puts a marker in its place."""
    s3 = Buckets(versioned=True)
    old = s3.put("k", b"old")
    s3.versioning("Suspended")
    assert s3.put("k", b"1").version_id == "null"
    s3.put("k", b"2")
    assert s3.content("k", version_id=old.version_id) == b"old"
    gone = s3.ask(api.DeleteObject(bucket=BUCKET, key="k"))
    assert (gone.delete_marker, gone.version_id) == (True, "null")
    listed = s3.ask(api.ListObjectVersions(bucket=BUCKET))
    assert [v.version_id for v in listed.versions] == [old.version_id]
    s3.replays()


def test_versions_that_are_not_there() -> None:
    """An id that S3 could not have made is an invalid argument; one that is gone is no version; deleting it is fine."""
    s3 = Buckets(versioned=True)
    s3.put("k")
    s3.when(api.GetObject(bucket=BUCKET, key="k", version_id="x")).refused("InvalidArgument")
    s3.when(api.GetObject(bucket=BUCKET, key="k", version_id="A" * 32)).refused("NoSuchVersion")
    s3.given(api.DeleteObject(bucket=BUCKET, key="k", version_id="A" * 32))
    s3.replays()


def test_a_batch_tells_markers_and_versions() -> None:
    """A key gets a marker; a version is removed; a marker that goes is told as one; equal keys get two markers."""
    s3 = Buckets(versioned=True)
    put = s3.put("k")
    keys = [api.ObjectIdentifier(key="k"), api.ObjectIdentifier(key="k")]
    first = s3.ask(api.DeleteObjects(bucket=BUCKET, delete=api.Delete(objects=keys))).deleted
    ids = [one.delete_marker_version_id for one in first]
    assert len(set(ids)) == 2 and all(one.delete_marker is True for one in first)
    wanted = [api.ObjectIdentifier(key="k", version_id=one) for one in (ids[0], put.version_id)]
    then = s3.ask(api.DeleteObjects(bucket=BUCKET, delete=api.Delete(objects=wanted))).deleted
    assert [(one.version_id, one.delete_marker) for one in then] == [(ids[0], True), (put.version_id, UNSET)]
    listed = s3.ask(api.ListObjectVersions(bucket=BUCKET))
    assert [m.version_id for m in listed.delete_markers] == [ids[1]] and listed.versions is UNSET
    s3.replays()


def test_an_older_version_is_brought_back_by_a_copy() -> None:
    """A copy of a version onto its own key needs no other change, and makes a new version."""
    s3 = Buckets(versioned=True)
    one = s3.put("k", b"1")
    s3.put("k", b"2")
    copied = s3.ask(
        api.CopyObject(bucket=BUCKET, key="k", copy_source=f"{BUCKET}/k?versionId={one.version_id}")
    )
    assert copied.copy_source_version_id == one.version_id
    assert s3.content("k") == b"1"
    s3.replays()


def test_pages_of_versions() -> None:
    """Every page size gives the same versions in the same order, with and without a delimiter."""
    s3 = Buckets(versioned=True)
    for key in ("a", "b/1", "b/2", "c"):
        s3.put(key, b"1")
        s3.put(key, b"2")
    s3.given(api.DeleteObject(bucket=BUCKET, key="c"))
    for delimiter in (UNSET, "/"):
        whole = _all(s3, 1000, delimiter)
        assert len(whole) == (9 if delimiter is UNSET else 6)
        for size in (1, 2, 3, 4):
            assert _all(s3, size, delimiter) == whole
    s3.when(api.ListObjectVersions(bucket=BUCKET, version_id_marker="x")).refused("InvalidArgument")


def _all(s3: Buckets, size: int, delimiter: Any) -> list[str]:
    found: list[str] = []
    key: Any = UNSET
    version: Any = UNSET
    while True:
        page = s3.ask(
            api.ListObjectVersions(
                bucket=BUCKET, max_keys=size, key_marker=key, version_id_marker=version, delimiter=delimiter
            )
        )
        entries = [(v.key, v.version_id) for v in [*(page.versions or []), *(page.delete_markers or [])]]
        found += [f"{k}@{v}" for k, v in entries] + [p.prefix for p in page.common_prefixes or []]
        if not page.is_truncated:
            return sorted(found)
        key, version = page.next_key_marker, page.next_version_id_marker


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "delete", "remove", "suspend", "enable"]),
        st.sampled_from("ab"),
        st.integers(0, 5),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(_STEPS)
def test_any_story_keeps_versions_in_order(steps: list[tuple[str, str, int]]) -> None:
    """Against a plain list of versions per key, whatever is put, deleted, removed and switched; and it replays."""
    s3 = Buckets(versioned=True)
    model: dict[str, list[tuple[str, bool]]] = {"a": [], "b": []}
    for step, key, pick in steps:
        versions = model[key]
        if step in ("suspend", "enable"):
            s3.versioning("Suspended" if step == "suspend" else "Enabled")
        elif step == "remove":
            if versions:
                gone = versions.pop(pick % len(versions))
                s3.given(api.DeleteObject(bucket=BUCKET, key=key, version_id=gone[0]))
        else:
            params = (
                api.PutObject(bucket=BUCKET, key=key, body=blob(b"x"))
                if step == "put"
                else api.DeleteObject(bucket=BUCKET, key=key)
            )
            made = str(s3.ask(params).version_id)
            versions[:] = [one for one in versions if one[0] != made] + [(made, step == "delete")]
    for key, versions in model.items():
        found = s3.bucket.find(key)
        kept = [] if found is None else [(v.version_id, v.delete_marker) for v in found.versions()]
        assert kept == versions[::-1]
        assert (key in s3.bucket.objects) == bool(versions and not versions[-1][1])
    s3.replays()
