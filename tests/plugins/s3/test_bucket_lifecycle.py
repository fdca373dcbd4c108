"""Lifecycle configurations: what S3 takes, and its words for what it does not."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from backtrail import UNSET
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.s3 import api

from .bucket_scenario import BUCKET, Buckets

EXPIRES = api.LifecycleExpiration(days=365)
ALL = api.LifecycleRuleFilter(prefix="")
MIDNIGHT = IsoMillisZ.of(datetime(2030, 1, 1, tzinfo=UTC))


def rule(**more: Any) -> api.LifecycleRule:
    """All objects, enabled; no action unless one is given."""
    given: dict[str, Any] = {"status": "Enabled", "filter": ALL}
    return api.LifecycleRule(**(given | more))


def to(storage_class: str, days: int | None = None, **more: Any) -> api.Transition:
    """A transition."""
    return api.Transition(storage_class=storage_class, days=UNSET if days is None else days, **more)


def away(storage_class: str, days: int) -> api.NoncurrentVersionTransition:
    """A transition of versions that are no longer current."""
    return api.NoncurrentVersionTransition(storage_class=storage_class, noncurrent_days=days)


def put(*rules: api.LifecycleRule, **more: Any) -> api.PutBucketLifecycleConfiguration:
    """A configuration for the bucket."""
    wanted = api.BucketLifecycleConfiguration(rules=list(rules))
    return api.PutBucketLifecycleConfiguration(bucket=BUCKET, lifecycle_configuration=wanted, **more)


def test_the_walkthrough_is_taken_as_it_is() -> None:
    """IA after 30 days, Glacier after 60, expiry after a year: exactly on the edge, and given back."""
    s3 = Buckets()
    walk = rule(id="walk", transitions=[to("STANDARD_IA", 30), to("GLACIER", 60)], expiration=EXPIRES)
    s3.given(put(walk))
    assert s3.answer.transition_default_minimum_object_size == "all_storage_classes_128K"
    assert s3.record["eventName"] == "PutBucketLifecycle"
    s3.given(api.GetBucketLifecycleConfiguration(bucket=BUCKET))
    assert s3.answer.rules == [walk]
    assert s3.answer.transition_default_minimum_object_size == "all_storage_classes_128K"
    s3.given(api.DeleteBucketLifecycle(bucket=BUCKET), api.DeleteBucketLifecycle(bucket=BUCKET))
    s3.when(api.GetBucketLifecycleConfiguration(bucket=BUCKET)).refused("NoSuchLifecycleConfiguration")
    s3.replays()


def test_a_rule_without_an_id_gets_one() -> None:
    """48 characters: a UUID in base64, the same after a replay."""
    s3 = Buckets()
    s3.given(
        put(rule(expiration=EXPIRES), rule(expiration=EXPIRES)),
        api.GetBucketLifecycleConfiguration(bucket=BUCKET),
    )
    ids = {one.id for one in s3.answer.rules}
    assert len(ids) == 2 and all(len(base64.b64decode(one)) == 36 and len(one) == 48 for one in ids)
    s3.replays()


def test_the_least_size_of_transitions() -> None:
    """128 KB for all classes unless told otherwise."""
    s3 = Buckets()
    s3.given(put(rule(expiration=EXPIRES), transition_default_minimum_object_size="varies_by_storage_class"))
    s3.given(api.GetBucketLifecycleConfiguration(bucket=BUCKET))
    assert s3.answer.transition_default_minimum_object_size == "varies_by_storage_class"
    s3.when(put(rule(expiration=EXPIRES), transition_default_minimum_object_size="nonsense")).refused(
        "InvalidRequest", "Invalid TransitionDefaultMinimumObjectSize found: nonsense"
    )
    s3.replays()


TAG = api.Tag(key="a", value="b")
BOTH = api.LifecycleRuleAndOperator(prefix="a", tags=[TAG])


@pytest.mark.parametrize(
    ("wrong", "code", "message"),
    [
        (rule(), "InvalidRequest", "At least one action needs to be specified in a rule"),
        (rule(expiration=EXPIRES, status="enabled"), "MalformedXML", None),
        (
            rule(expiration=EXPIRES, id="x" * 256),
            "InvalidArgument",
            "ID length should not exceed allowed limit of 255",
        ),
        (rule(expiration=EXPIRES, filter=UNSET), "MalformedXML", None),
        (rule(expiration=EXPIRES, prefix="a"), "MalformedXML", None),
        (rule(expiration=EXPIRES, filter=api.LifecycleRuleFilter(prefix="a", tag=TAG)), "MalformedXML", None),
        (
            rule(
                expiration=EXPIRES,
                filter=api.LifecycleRuleFilter(and_=api.LifecycleRuleAndOperator(prefix="a")),
            ),
            "MalformedXML",
            None,
        ),
        (
            rule(
                expiration=EXPIRES,
                filter=api.LifecycleRuleFilter(and_=api.LifecycleRuleAndOperator(tags=[TAG, TAG])),
            ),
            "InvalidRequest",
            "Duplicate Tag Keys are not allowed.",
        ),
        (
            rule(expiration=EXPIRES, filter=api.LifecycleRuleFilter(object_size_less_than=0)),
            "InvalidRequest",
            "'ObjectSizeLessThan' should be between 1 and 1099511627776000.",
        ),
        (
            rule(
                expiration=EXPIRES,
                filter=api.LifecycleRuleFilter(
                    and_=api.LifecycleRuleAndOperator(object_size_greater_than=5, object_size_less_than=5)
                ),
            ),
            "InvalidRequest",
            "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.",
        ),
        (rule(expiration=api.LifecycleExpiration()), "MalformedXML", None),
        (rule(expiration=api.LifecycleExpiration(days=1, date=MIDNIGHT)), "MalformedXML", None),
        (
            rule(expiration=api.LifecycleExpiration(days=1, expired_object_delete_marker=True)),
            "MalformedXML",
            None,
        ),
        (
            rule(expiration=api.LifecycleExpiration(days=0)),
            "InvalidArgument",
            "'Days' for Expiration action must be a positive integer",
        ),
        (
            rule(expiration=api.LifecycleExpiration(date=IsoMillisZ.of(MIDNIGHT.replace(hour=1)))),
            "InvalidArgument",
            "'Date' must be at midnight GMT",
        ),
        (
            rule(
                filter=api.LifecycleRuleFilter(tag=TAG),
                abort_incomplete_multipart_upload=api.AbortIncompleteMultipartUpload(days_after_initiation=1),
            ),
            "InvalidRequest",
            "AbortIncompleteMultipartUpload cannot be specified with Tags.",
        ),
        (
            rule(
                filter=api.LifecycleRuleFilter(object_size_greater_than=1),
                expiration=api.LifecycleExpiration(expired_object_delete_marker=False),
            ),
            "InvalidRequest",
            "ExpiredObjectDeleteMarker cannot be specified with Object Size.",
        ),
        (
            rule(noncurrent_version_expiration=api.NoncurrentVersionExpiration(noncurrent_days=0)),
            "InvalidArgument",
            "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer",
        ),
        (
            rule(noncurrent_version_expiration=api.NoncurrentVersionExpiration(newer_noncurrent_versions=1)),
            "MalformedXML",
            None,
        ),
        (
            rule(transitions=[to("STANDARD_IA", 29)]),
            "InvalidArgument",
            "'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'",
        ),
        (
            rule(transitions=[to("STANDARD_IA", 30), to("GLACIER", 59)]),
            "InvalidArgument",
            "'Days' in the 'Transition' action for StorageClass 'GLACIER' for filter '(prefix=)' must be 30 days more "
            "than 'filter '(prefix=)'' in the 'Transition' action for StorageClass 'STANDARD_IA'",
        ),
        (
            rule(transitions=[to("GLACIER", 30), to("DEEP_ARCHIVE", 119)]),
            "InvalidArgument",
            "must be 90 days more",
        ),
        (
            rule(transitions=[to("GLACIER", 30), to("STANDARD_IA", 60)]),
            "InvalidArgument",
            "StorageClass 'GLACIER'",
        ),
        (rule(transitions=[to("STANDARD", 30)]), "MalformedXML", None),
        (rule(transitions=[to("GLACIER")]), "MalformedXML", None),
        (rule(transitions=[to("GLACIER", -1)]), "InvalidArgument", "nonnegative"),
        (
            rule(transitions=[to("GLACIER", 30), to("GLACIER", 60)]),
            "InvalidRequest",
            "'StorageClass' must be different for 'Transition' actions in same 'Rule' with filter '(prefix=)'",
        ),
        (
            rule(transitions=[to("GLACIER", 30), to("DEEP_ARCHIVE", date=MIDNIGHT)]),
            "InvalidRequest",
            "Found mixed 'Date' and 'Days' based Transition actions in lifecycle rule for filter '(prefix=)'",
        ),
        (
            rule(transitions=[to("GLACIER", 30)], expiration=api.LifecycleExpiration(days=30)),
            "InvalidArgument",
            "'Days' in the Expiration action for filter '(prefix=)' must be greater than 'Days' in the Transition",
        ),
        (
            rule(transitions=[to("GLACIER", 30)], expiration=api.LifecycleExpiration(date=MIDNIGHT)),
            "InvalidRequest",
            "Found mixed 'Date' and 'Days' based Expiration and Transition actions",
        ),
        (
            rule(noncurrent_version_transitions=[away("ONEZONE_IA", 29)]),
            "InvalidArgument",
            "'NoncurrentDays' in NoncurrentVersionTransition action must be greater than or equal to 30",
        ),
        (
            rule(
                noncurrent_version_transitions=[away("GLACIER", 30)],
                noncurrent_version_expiration=api.NoncurrentVersionExpiration(noncurrent_days=30),
            ),
            "InvalidArgument",
            "must be greater than 'NoncurrentDays' in the NoncurrentVersionTransition action",
        ),
    ],
)
def test_what_is_no_rule_is_refused(wrong: api.LifecycleRule, code: str, message: str | None) -> None:
    """InvalidArgument, InvalidRequest or MalformedXML in S3's words, and nothing is kept."""
    s3 = Buckets()
    s3.when(put(wrong)).refused(code, message)
    assert s3.bucket.lifecycle is UNSET
    s3.replays()


def test_rules_that_do_not_go_together() -> None:
    """IDs are unique, forms are not mixed, old prefixes do not overlap for one action."""
    s3 = Buckets()
    s3.when(put()).refused("MalformedXML")
    twice = rule(id="a", expiration=EXPIRES)
    s3.when(put(twice, twice)).refused("InvalidArgument", "Rule ID must be unique.")
    old = rule(filter=UNSET, prefix="", expiration=EXPIRES)
    s3.when(put(old, rule(expiration=EXPIRES))).refused("InvalidRequest", "Filter element can only be used")
    s3.when(put(rule(expiration=EXPIRES), old)).refused("InvalidRequest", "Base level prefix cannot be used")
    s3.when(put(old, rule(filter=UNSET, prefix="a", expiration=EXPIRES))).refused(
        "InvalidRequest", "Found overlapping prefixes '' and 'a' for same action type 'Expiration'"
    )
    s3.given(
        put(
            rule(filter=UNSET, prefix="a/", expiration=EXPIRES),
            rule(filter=UNSET, prefix="b/", expiration=EXPIRES),
        )
    )
    s3.replays()


def test_every_kind_of_action_is_taken() -> None:
    """Tags, sizes, versions to keep, delete markers, uploads, dates."""
    s3 = Buckets()
    s3.given(
        put(
            rule(
                filter=api.LifecycleRuleFilter(and_=BOTH),
                transitions=[to("STANDARD_IA", date=MIDNIGHT)],
                noncurrent_version_transitions=[away("STANDARD_IA", 30), away("GLACIER", 60)],
                noncurrent_version_expiration=api.NoncurrentVersionExpiration(
                    noncurrent_days=90, newer_noncurrent_versions=3
                ),
            ),
            rule(
                status="Disabled",
                expiration=api.LifecycleExpiration(expired_object_delete_marker=True),
                abort_incomplete_multipart_upload=api.AbortIncompleteMultipartUpload(days_after_initiation=7),
            ),
            rule(
                filter=api.LifecycleRuleFilter(object_size_greater_than=0), transitions=[to("GLACIER_IR", 0)]
            ),
            rule(filter=api.LifecycleRuleFilter(), expiration=EXPIRES),
        )
    )
    s3.given(api.GetBucketLifecycleConfiguration(bucket=BUCKET))
    assert len(s3.answer.rules) == 4
    s3.replays()
