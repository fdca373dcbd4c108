"""Lifecycle rules as days go by, and restores that end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from backtrail import UNSET
from backtrail.testing import REGION
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.s3 import api
from backtrail_aws.s3.state import S3

from .bucket_scenario import BUCKET, Buckets, blob, large

LARGE = 128 * 1024
Expires = api.LifecycleExpiration
Past = api.NoncurrentVersionExpiration


def rules(s3: Buckets, *wanted: api.LifecycleRule, size: Any = UNSET) -> Buckets:
    """Put rules."""
    configuration = api.BucketLifecycleConfiguration(rules=list(wanted))
    s3.given(
        api.PutBucketLifecycleConfiguration(
            bucket=BUCKET, lifecycle_configuration=configuration, transition_default_minimum_object_size=size
        )
    )
    return s3


def rule(name: str = "r", prefix: str = "", **actions: Any) -> api.LifecycleRule:
    """A rule for a prefix, or with a filter of its own."""
    wanted = actions.pop("filter", api.LifecycleRuleFilter(prefix=prefix))
    return api.LifecycleRule(id=name, status=actions.pop("status", "Enabled"), filter=wanted, **actions)


def move(days: int, storage_class: str) -> api.Transition:
    return api.Transition(days=days, storage_class=storage_class)


def class_of(s3: Buckets, key: str, **more: Any) -> str:
    """A version's storage class, as HeadObject tells it."""
    found = s3.ask(api.HeadObject(bucket=BUCKET, key=key, **more)).storage_class
    return "STANDARD" if found is UNSET else str(found)


def put_large(s3: Buckets, key: str, size: int = LARGE, **more: Any) -> Any:
    return s3.ask(api.PutObject(bucket=BUCKET, key=key, body=large(size), **more))


def names(s3: Buckets) -> list[str]:
    """The events of the log that S3 itself made, in order."""
    import msgspec

    records = [msgspec.json.decode(entry.record) for entry in s3.log]
    return [record["eventName"] for record in records if record["eventType"] == "AwsServiceEvent"]


def test_objects_fall_through_the_classes_and_expire() -> None:
    """Each step comes at the midnight after its days; keys outside the prefix stay; it is all in the log."""
    s3 = Buckets()
    rules(
        s3,
        rule(
            "archive", "archive/",
            transitions=[move(30, "STANDARD_IA"), move(60, "GLACIER")], expiration=Expires(days=365),
        ),
    )  # fmt: skip
    put_large(s3, "archive/a")
    put_large(s3, "other")
    s3.later(days=29)
    assert class_of(s3, "archive/a") == "STANDARD"
    s3.later(days=2)
    assert class_of(s3, "archive/a") == "STANDARD_IA"
    s3.later(days=30)
    assert (class_of(s3, "archive/a"), class_of(s3, "other")) == ("GLACIER", "STANDARD")
    s3.later(days=305)
    assert s3.keys() == ["other"]
    assert names(s3) == ["TransitionObject", "TransitionObject", "ExpireObject"]
    s3.replays()


def test_archiving_may_come_late() -> None:
    """S3-33: with a lag of two days an object is archived two midnights later; other classes come when they come."""
    s3 = Buckets()
    s3.turn("s3.archive_lag_days", 2)
    rules(s3, rule("archive", "archive/", transitions=[move(30, "STANDARD_IA"), move(60, "GLACIER")]))
    put_large(s3, "archive/a")
    s3.later(days=31)
    assert class_of(s3, "archive/a") == "STANDARD_IA"
    s3.later(days=31)
    assert class_of(s3, "archive/a") == "STANDARD_IA"
    s3.later(days=1)
    assert class_of(s3, "archive/a") == "GLACIER"
    s3.replays()


def test_days_are_rounded_up_to_the_next_midnight() -> None:
    """An object of 10:30 with one day goes at the second midnight after; its header said so."""
    s3 = rules(Buckets(), rule("day", expiration=Expires(days=1)))
    s3.now = datetime(2024, 1, 15, 10, 29, 59, tzinfo=UTC)
    put = s3.put("k")
    wanted = 'expiry-date="Wed, 17 Jan 2024 00:00:00 GMT", rule-id="day"'
    assert (put.expiration, s3.get("k").expiration) == (wanted, wanted)
    s3.now = datetime(2024, 1, 16, 23, 59, 58, tzinfo=UTC)
    assert s3.keys() == ["k"]
    s3.now = datetime(2024, 1, 17, 0, 0, 0, tzinfo=UTC)
    assert s3.keys() == []
    s3.replays()


def test_a_record_names_the_rule_and_who_set_it() -> None:
    """The expiration is S3's own, of the bucket's account, with rule, author and the author's event."""
    s3 = Buckets()
    rules(s3, rule("old logs", "logs/", expiration=Expires(days=1)))
    set_by = s3.record
    s3.put("logs/a b")
    s3.later(days=3)
    record = s3.record
    assert (record["eventType"], record["eventName"]) == ("AwsServiceEvent", "ExpireObject")
    assert record["userIdentity"] == {"type": "AWSService", "invokedBy": "s3.amazonaws.com"}
    assert (record["awsRegion"], record["recipientAccountId"]) == (REGION, s3.account)
    assert record["serviceEventDetails"] == {
        "bucketName": BUCKET, "key": "logs/a b", "run": "2024-01-03T00:00:00.000Z", "ruleId": "old logs",
        "setBy": set_by["userIdentity"]["arn"], "setByEventId": set_by["eventID"],
    }  # fmt: skip
    assert record["resources"][0] == {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{BUCKET}/logs/a b"}
    s3.replays()


def test_a_versioned_object_goes_under_a_marker() -> None:
    """Expiration hides the current version; its past and then the marker are removed, each when its time comes."""
    s3 = Buckets(versioned=True)
    first = s3.put("k").version_id
    rules(
        s3,
        rule("current", expiration=Expires(days=1)),
        rule("past", noncurrent_version_expiration=Past(noncurrent_days=2)),
    )
    s3.later(days=2)
    s3.when(api.GetObject(bucket=BUCKET, key="k")).refused("NoSuchKey")
    assert s3.content("k", version_id=first) == b"hello"
    s3.later(days=3)
    assert names(s3) == ["ExpireObject"] * 3
    assert s3.bucket.is_empty and not s3.bucket.due and not s3.bucket.planned
    s3.replays()


def test_a_marker_over_nothing_is_removed() -> None:
    """ExpiredObjectDeleteMarker removes it at the midnight after it was left alone."""
    s3 = rules(Buckets(versioned=True), rule(expiration=Expires(expired_object_delete_marker=True)))
    only = s3.put("k").version_id
    s3.given(api.DeleteObject(bucket=BUCKET, key="k"))
    s3.later(days=5)
    assert len(s3.ask(api.ListObjectVersions(bucket=BUCKET)).delete_markers) == 1
    s3.given(api.DeleteObject(bucket=BUCKET, key="k", version_id=only))
    assert "k" in s3.bucket.buried
    s3.later(days=1)
    assert s3.bucket.is_empty and names(s3) == ["ExpireObject"]
    s3.replays()


def test_newer_noncurrent_versions_are_kept() -> None:
    """With NewerNoncurrentVersions 2, two past versions stay however old they are; a removal brings one back in."""
    s3 = Buckets(versioned=True)
    rules(
        s3,
        rule("few", noncurrent_version_expiration=Past(noncurrent_days=1, newer_noncurrent_versions=2)),
    )
    made = [s3.put("k", bytes([number])).version_id for number in range(5)]
    s3.later(days=10)
    left = [one.version_id for one in s3.ask(api.ListObjectVersions(bucket=BUCKET)).versions]
    assert left == made[:1:-1]
    s3.put("k", b"5")
    s3.given(api.DeleteObject(bucket=BUCKET, key="k", version_id=made[3]))
    s3.later(days=10)
    assert len(s3.ask(api.ListObjectVersions(bucket=BUCKET)).versions) == 3
    s3.replays()


def test_past_versions_move_when_enough_newer_ones_lie_above() -> None:
    """NoncurrentVersionTransition counts from when a version was overtaken."""
    s3 = Buckets(versioned=True)
    moves = [
        api.NoncurrentVersionTransition(
            noncurrent_days=3, storage_class="GLACIER", newer_noncurrent_versions=1
        )
    ]
    rules(s3, rule("cold", noncurrent_version_transitions=moves))
    made = [put_large(s3, "k", LARGE + number).version_id for number in range(3)]
    s3.later(days=3)
    assert class_of(s3, "k", version_id=made[0]) == "STANDARD"
    s3.later(days=1)
    assert [class_of(s3, "k", version_id=one) for one in made] == ["GLACIER", "STANDARD", "STANDARD"]
    s3.replays()


def test_suspended_buckets_get_a_null_marker() -> None:
    """The marker takes the place of the version `null`."""
    s3 = Buckets(versioned=True).versioning("Suspended")
    rules(s3, rule(expiration=Expires(days=1)))
    s3.put("k")
    s3.later(days=2)
    found = s3.ask(api.ListObjectVersions(bucket=BUCKET))
    assert [one.version_id for one in found.delete_markers] == ["null"] and found.versions is UNSET
    s3.replays()


@pytest.mark.parametrize(
    ("size", "minimum", "filtered", "ia", "glacier"),
    [
        (LARGE, UNSET, False, "STANDARD_IA", "GLACIER"),
        (LARGE - 1, UNSET, False, "STANDARD", "STANDARD"),
        (LARGE - 1, "varies_by_storage_class", False, "STANDARD", "GLACIER"),
        (LARGE - 1, UNSET, True, "STANDARD_IA", "GLACIER"),
    ],
)
def test_small_objects_stay(size: int, minimum: Any, filtered: bool, ia: str, glacier: str) -> None:
    """Below 128 KB nothing moves by default; archives take it where sizes vary; a filter by size takes it anyway."""
    s3 = Buckets()
    wanted: dict[str, Any] = (
        {"filter": api.LifecycleRuleFilter(object_size_greater_than=1)} if filtered else {"prefix": ""}
    )
    transitions = [move(30, "STANDARD_IA"), move(60, "GLACIER")]
    rules(s3, rule(transitions=transitions, **wanted), size=minimum)
    put_large(s3, "k", size)
    s3.later(days=32)
    assert class_of(s3, "k") == ia
    s3.later(days=30)
    assert class_of(s3, "k") == glacier
    s3.replays()


def test_filters_by_tag_and_size() -> None:
    """All predicates of an And must hold; tags that come later count from the object's own age."""
    s3 = Buckets()
    tags = [api.Tag(key="a", value="1"), api.Tag(key="b", value="2")]
    both = api.LifecycleRuleAndOperator(prefix="x/", tags=tags, object_size_less_than=100)
    rules(s3, rule(filter=api.LifecycleRuleFilter(and_=both), expiration=Expires(days=2)))
    s3.put("x/tagged", tagging="a=1&b=2")
    s3.put("x/half", tagging="a=1")
    s3.put("y/tagged", tagging="a=1&b=2")
    s3.put("x/large", b"x" * 100, tagging="a=1&b=2")
    s3.later(days=4)
    assert s3.keys() == ["x/half", "x/large", "y/tagged"]
    s3.given(api.PutObjectTagging(bucket=BUCKET, key="x/half", tagging=api.Tagging(tag_set=tags)))
    assert s3.keys()[0] == "x/half"
    s3.later(days=1)
    assert s3.keys() == ["x/large", "y/tagged"]
    s3.replays()


def test_dates_hold_for_what_is_there_and_what_comes() -> None:
    """From its date on a rule expires everything, at the next midnight of each object."""
    s3 = Buckets()
    rules(s3, rule(expiration=Expires(date=IsoMillisZ(2024, 1, 10, tzinfo=UTC))))
    s3.put("before")
    s3.now = datetime(2024, 1, 9, 23, tzinfo=UTC)
    assert s3.keys() == ["before"]
    s3.later(hours=2)
    assert s3.keys() == []
    s3.put("after")
    s3.later(hours=24)
    assert s3.keys() == []
    s3.replays()


def test_rules_act_on_what_is_there_at_the_next_midnight() -> None:
    """A rule put over old objects does not act at once; what is most overdue is done in one step."""
    s3 = Buckets()
    put_large(s3, "k")
    s3.later(days=100)
    rules(s3, rule(transitions=[move(30, "STANDARD_IA"), move(60, "DEEP_ARCHIVE")]))
    assert class_of(s3, "k") == "STANDARD"
    s3.later(days=1)
    assert class_of(s3, "k") == "DEEP_ARCHIVE"
    assert names(s3) == ["TransitionObject"]
    s3.replays()


def test_disabled_and_deleted_rules_do_nothing() -> None:
    """Nothing is planned for them."""
    s3 = rules(Buckets(), rule(status="Disabled", expiration=Expires(days=1)))
    s3.put("k")
    s3.later(days=5)
    rules(s3, rule(expiration=Expires(days=10)))
    s3.given(api.DeleteBucketLifecycle(bucket=BUCKET))
    s3.later(days=50)
    assert s3.keys() == ["k"] and not s3.bucket.due
    s3.replays()


def test_unfinished_uploads_are_given_up() -> None:
    """AbortIncompleteMultipartUpload ends them, and the answers said when; those that were completed stay."""
    s3 = Buckets()
    aborts = api.AbortIncompleteMultipartUpload(days_after_initiation=3)
    rules(s3, rule("tidy", "u/", abort_incomplete_multipart_upload=aborts))
    made = s3.ask(api.CreateMultipartUpload(bucket=BUCKET, key="u/1"))
    assert (made.abort_date, made.abort_rule_id) == (datetime(2024, 1, 5, tzinfo=UTC), "tidy")
    done = s3.ask(api.CreateMultipartUpload(bucket=BUCKET, key="u/2"))
    part = s3.ask(
        api.UploadPart(bucket=BUCKET, key="u/2", upload_id=done.upload_id, part_number=1, body=blob(b"x"))
    )
    parts = [api.CompletedPart(part_number=1, e_tag=part.e_tag)]
    s3.given(
        api.CompleteMultipartUpload(
            bucket=BUCKET, key="u/2", upload_id=done.upload_id,
            multipart_upload=api.CompletedMultipartUpload(parts=parts),
        )
    )  # fmt: skip
    other = s3.ask(api.CreateMultipartUpload(bucket=BUCKET, key="v"))
    assert other.abort_date is UNSET
    s3.later(days=5)
    assert names(s3) == ["DeleteUpload"]
    left = s3.ask(api.ListMultipartUploads(bucket=BUCKET)).uploads
    assert [one.key for one in left] == ["v"] and s3.keys() == ["u/2"]
    s3.replays()


def test_locked_versions_outlive_their_rule() -> None:
    """A retained version is removed after its retention; a held one when nobody holds it any more."""
    s3 = Buckets(object_lock_enabled_for_bucket=True)
    until = IsoMillisZ(2024, 1, 20, 12, tzinfo=UTC)
    kept = s3.put(
        "k", object_lock_mode="GOVERNANCE", object_lock_retain_until_date=until, content_md5="x"
    ).version_id
    held = s3.put("k", object_lock_legal_hold_status="ON").version_id
    s3.put("k")
    rules(s3, rule(noncurrent_version_expiration=Past(noncurrent_days=1)))
    s3.later(days=10)
    s3.given(api.HeadObject(bucket=BUCKET, key="k", version_id=kept))
    s3.later(days=10)
    s3.when(api.HeadObject(bucket=BUCKET, key="k", version_id=kept)).refused("NoSuchVersion")
    released = api.ObjectLockLegalHold(status="OFF")
    s3.given(
        api.PutObjectLegalHold(bucket=BUCKET, key="k", version_id=held, legal_hold=released),
    )
    s3.later(days=1)
    s3.when(api.HeadObject(bucket=BUCKET, key="k", version_id=held)).refused("NoSuchVersion")
    s3.replays()


def test_restored_copies_come_and_go() -> None:
    """That a copy is there, and that it is gone, are records; the archived object is left."""
    s3 = Buckets()
    put_large(s3, "k", storage_class="GLACIER")
    wanted = api.RestoreRequest(days=2)
    s3.given(api.RestoreObject(bucket=BUCKET, key="k", restore_request=wanted))
    s3.later(hours=6)
    assert names(s3) == ["CompleteRestore"]
    assert 'ongoing-request="false"' in s3.ask(api.HeadObject(bucket=BUCKET, key="k")).restore
    s3.given(api.RestoreObject(bucket=BUCKET, key="k", restore_request=api.RestoreRequest(days=4)))
    s3.later(days=3)
    assert names(s3) == ["CompleteRestore"]
    s3.later(days=3)
    assert names(s3) == ["CompleteRestore", "ExpireRestore"]
    assert s3.bucket.objects["k"].current.restore is UNSET and not s3.bucket.due
    s3.when(api.GetObject(bucket=BUCKET, key="k")).refused("InvalidObjectState")
    s3.replays()


def test_a_gone_bucket_is_expected_no_more() -> None:
    """Deleting a bucket with an upload under way leaves nothing to fire."""
    s3 = Buckets()
    aborts = api.AbortIncompleteMultipartUpload(days_after_initiation=3)
    rules(s3, rule(abort_incomplete_multipart_upload=aborts))
    s3.given(api.CreateMultipartUpload(bucket=BUCKET, key="k"), api.DeleteBucket(bucket=BUCKET))
    state = s3.machine.state(("s3", "", ""))
    assert isinstance(state, S3) and not state.due
    s3.later(days=10)
    assert names(s3) == []
    s3.replays()


def test_more_than_a_chunk_goes_at_one_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit into one firing follows at the same midnight."""
    from backtrail_aws.s3 import limits

    monkeypatch.setattr(limits, "LIFECYCLE_CHUNK", 4)
    s3 = rules(Buckets(), rule(expiration=Expires(days=1)))
    for number in range(10):
        s3.put(f"k{number}")
    s3.later(days=5)
    assert s3.keys() == [] and names(s3) == ["ExpireObject"] * 10
    assert s3.bucket.objects_unknown is None
    s3.replays()


def test_rules_do_not_move_what_lies_deeper_already() -> None:
    """A class is never left for one above it."""
    s3 = rules(Buckets(), rule(transitions=[move(30, "STANDARD_IA")]))
    put_large(s3, "k", storage_class="GLACIER")
    s3.later(days=50)
    assert class_of(s3, "k") == "GLACIER" and names(s3) == []
    s3.replays()
