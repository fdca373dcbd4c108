"""The smaller settings of buckets: versioning, tags, encryption, logs, locks, replication, notifications and more."""

from __future__ import annotations

from typing import Any

import pytest

from backtrail import UNSET
from backtrail_aws.s3 import api

from .bucket_scenario import BUCKET, OTHER, Buckets


def configured(kind: Any, name: str, value: Any) -> Any:
    """A Put with one configuration."""
    return kind(bucket=BUCKET, **{name: value})


# versioning


def versioning(status: Any = UNSET, **more: Any) -> api.PutBucketVersioning:
    """A versioning configuration."""
    return api.PutBucketVersioning(
        bucket=BUCKET, versioning_configuration=api.VersioningConfiguration(status=status, **more)
    )


def test_versioning_is_never_off_again() -> None:
    """Never set it is empty; then Enabled or Suspended."""
    s3 = Buckets()
    for status in ("Enabled", "Suspended"):
        s3.given(versioning(status), api.GetBucketVersioning(bucket=BUCKET))
        assert s3.answer.status == status
    s3.when(versioning("Off")).refused("MalformedXML")
    s3.when(versioning()).refused("IllegalVersioningConfigurationException")
    s3.replays()


def test_mfa_delete_takes_a_device() -> None:
    """Setting it, and changing anything after, needs the code; without, AccessDenied."""
    s3 = Buckets()
    s3.when(versioning("Enabled", mfa_delete="Enabled")).refused(
        "AccessDenied", "Mfa Authentication must be used"
    )
    guarded = api.VersioningConfiguration(status="Enabled", mfa_delete="Enabled")
    s3.given(api.PutBucketVersioning(bucket=BUCKET, versioning_configuration=guarded, mfa="arn 654321"))
    assert "654321" not in str(s3.record)
    s3.given(api.GetBucketVersioning(bucket=BUCKET))
    assert s3.answer.mfa_delete == "Enabled"
    s3.when(versioning("Suspended")).refused("AccessDenied")
    s3.replays()


def test_locks_and_replication_keep_versioning_on() -> None:
    """Suspending is InvalidBucketState where object lock or a replication is configured."""
    s3 = Buckets(object_lock_enabled_for_bucket=True)
    s3.when(versioning("Suspended")).refused("InvalidBucketState", "An Object Lock configuration is present")
    assert s3.error is not None and s3.error.status == 409
    s3.given(versioning("Enabled")).replays()


# object lock


def lock(**more: Any) -> api.PutObjectLockConfiguration:
    """An object lock configuration with a default retention."""
    rule = api.ObjectLockRule(default_retention=api.DefaultRetention(**more)) if more else UNSET
    wanted = api.ObjectLockConfiguration(object_lock_enabled="Enabled", rule=rule)
    return api.PutObjectLockConfiguration(bucket=BUCKET, object_lock_configuration=wanted)


def test_object_lock_on_a_bucket() -> None:
    """It takes versioning; a default retention has a mode, and days or years."""
    s3 = Buckets()
    s3.when(lock()).refused("InvalidBucketState", "Versioning must be 'Enabled'")
    s3.given(
        versioning("Enabled"), lock(mode="GOVERNANCE", days=1), api.GetObjectLockConfiguration(bucket=BUCKET)
    )
    assert s3.answer.object_lock_configuration.rule.default_retention.days == 1
    s3.when(lock(mode="GOVERNANCE")).refused("MalformedXML")
    s3.when(lock(mode="GOVERNANCE", days=1, years=1)).refused("MalformedXML")
    s3.when(lock(mode="NONSENSE", days=1)).refused("MalformedXML")
    s3.when(lock(mode="COMPLIANCE", days=0)).refused("InvalidArgument", "must be a positive integer value")
    s3.when(lock(mode="COMPLIANCE", years=101)).refused("InvalidArgument", "too large")
    s3.when(api.PutObjectLockConfiguration(bucket=BUCKET)).refused("MalformedXML")
    assert s3.put("k").e_tag
    s3.given(api.HeadObject(bucket=BUCKET, key="k"))
    assert s3.answer.object_lock_mode == "GOVERNANCE"
    s3.replays()


# tags


def test_tags_replace_each_other() -> None:
    """Fifty at most, unique keys, none of AWS's; an empty set is none."""
    s3 = Buckets()

    def put(*tags: api.Tag) -> api.PutBucketTagging:
        return api.PutBucketTagging(bucket=BUCKET, tagging=api.Tagging(tag_set=list(tags)))

    s3.given(
        put(api.Tag(key="a", value="true"), api.Tag(key="b", value="7")), api.GetBucketTagging(bucket=BUCKET)
    )
    assert {tag.key: tag.value for tag in s3.answer.tag_set} == {"a": "true", "b": "7"}
    s3.when(put(*[api.Tag(key=f"k{i}", value="") for i in range(51)])).refused("BadRequest")
    s3.when(put(api.Tag(key="a", value=""), api.Tag(key="a", value=""))).refused("InvalidTag")
    s3.when(put(api.Tag(key="aws:a", value=""))).refused("InvalidTag")
    s3.given(put())
    s3.when(api.GetBucketTagging(bucket=BUCKET)).refused("NoSuchTagSet")
    s3.given(put(api.Tag(key="a", value="b")), api.DeleteBucketTagging(bucket=BUCKET))
    s3.when(api.GetBucketTagging(bucket=BUCKET)).refused("NoSuchTagSet")
    s3.replays()


# encryption


def encrypted(*rules: api.ServerSideEncryptionRule) -> api.PutBucketEncryption:
    """Encryption rules."""
    wanted = api.ServerSideEncryptionConfiguration(rules=list(rules))
    return api.PutBucketEncryption(bucket=BUCKET, server_side_encryption_configuration=wanted)


def by(algorithm: str, key: Any = UNSET, **more: Any) -> api.ServerSideEncryptionRule:
    """A rule with a default."""
    default = api.ServerSideEncryptionByDefault(sse_algorithm=algorithm, kms_master_key_id=key)
    return api.ServerSideEncryptionRule(apply_server_side_encryption_by_default=default, **more)


def blocking(*kinds: str) -> api.ServerSideEncryptionRule:
    """A rule that blocks."""
    return api.ServerSideEncryptionRule(
        blocked_encryption_types=api.BlockedEncryptionTypes(encryption_type=list(kinds))
    )


def test_default_encryption() -> None:
    """KMS with a bucket key for new objects; deleted, S3's own keys again."""
    s3 = Buckets()
    s3.given(
        encrypted(by("aws:kms", "key-1", bucket_key_enabled=True)), api.GetBucketEncryption(bucket=BUCKET)
    )
    assert s3.answer.server_side_encryption_configuration.rules == [
        by("aws:kms", "key-1", bucket_key_enabled=True)
    ]
    assert s3.put("k").server_side_encryption == "aws:kms"
    s3.given(api.DeleteBucketEncryption(bucket=BUCKET), api.GetBucketEncryption(bucket=BUCKET))
    assert s3.answer.server_side_encryption_configuration.rules == [by("AES256", bucket_key_enabled=False)]
    s3.replays()


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ([], "MalformedXML"),
        ([by("AES256"), by("AES256")], "MalformedXML"),
        ([by("AES512")], "MalformedXML"),
        ([api.ServerSideEncryptionRule()], "MalformedXML"),
        ([blocking("SSE-S3")], "MalformedXML"),
        ([by("AES256", "key-1")], "InvalidArgument"),
    ],
)
def test_what_is_no_encryption_is_refused(rules: Any, code: str) -> None:
    """One rule, known algorithms, a key for KMS alone."""
    Buckets().when(encrypted(*rules)).refused(code).replays()


def test_blocking_customers_keys() -> None:
    """A block stays through other defaults and their deletion until NONE lifts it."""
    s3 = Buckets()
    s3.given(
        encrypted(blocking("SSE-C")), encrypted(by("aws:kms")), api.DeleteBucketEncryption(bucket=BUCKET)
    )
    s3.given(api.GetBucketEncryption(bucket=BUCKET))
    rule = s3.answer.server_side_encryption_configuration.rules[0]
    assert rule.blocked_encryption_types.encryption_type == ["SSE-C"]
    assert rule.apply_server_side_encryption_by_default.sse_algorithm == "AES256"
    s3.given(encrypted(blocking("NONE")), api.GetBucketEncryption(bucket=BUCKET))
    rule = s3.answer.server_side_encryption_configuration.rules[0]
    assert rule.blocked_encryption_types.encryption_type == ["NONE"]
    s3.replays()


# one word


def test_requester_pays_and_acceleration_and_abac() -> None:
    """Each has its default, its two values, and MalformedXML for others."""
    s3 = Buckets()
    s3.given(api.GetBucketRequestPayment(bucket=BUCKET))
    assert s3.answer.payer == "BucketOwner"
    payer = api.RequestPaymentConfiguration
    s3.given(
        configured(api.PutBucketRequestPayment, "request_payment_configuration", payer(payer="Requester"))
    )
    s3.given(api.GetBucketRequestPayment(bucket=BUCKET))
    assert s3.answer.payer == "Requester"
    s3.when(
        configured(api.PutBucketRequestPayment, "request_payment_configuration", payer(payer="x"))
    ).refused("MalformedXML")
    assert s3.ask(api.GetBucketAccelerateConfiguration(bucket=BUCKET)).status is UNSET
    fast = api.AccelerateConfiguration
    s3.given(
        configured(api.PutBucketAccelerateConfiguration, "accelerate_configuration", fast(status="Enabled"))
    )
    s3.given(api.GetBucketAccelerateConfiguration(bucket=BUCKET))
    assert s3.answer.status == "Enabled"
    s3.when(configured(api.PutBucketAccelerateConfiguration, "accelerate_configuration", fast())).refused(
        "MalformedXML"
    )
    s3.given(
        configured(api.PutBucketAbac, "abac_status", api.AbacStatus(status="Enabled")),
        api.GetBucketAbac(bucket=BUCKET),
    )
    assert s3.answer.abac_status.status == "Enabled"
    s3.when(configured(api.PutBucketAbac, "abac_status", api.AbacStatus(status="x"))).refused("MalformedXML")
    s3.replays()


def test_a_name_with_dots_is_not_accelerated() -> None:
    """Its endpoint has one label for the bucket."""
    s3 = Buckets()
    s3.given(api.CreateBucket(bucket="a.b.c"))
    wanted = api.AccelerateConfiguration(status="Enabled")
    s3.when(api.PutBucketAccelerateConfiguration(bucket="a.b.c", accelerate_configuration=wanted)).refused(
        "InvalidRequest", "buckets with periods"
    )
    s3.replays()


# logs


def logs(target: str | None, **more: Any) -> api.PutBucketLogging:
    """Logging to a bucket, or none."""
    enabled = (
        UNSET if target is None else api.LoggingEnabled(target_bucket=target, target_prefix="logs/", **more)
    )
    return api.PutBucketLogging(
        bucket=BUCKET, bucket_logging_status=api.BucketLoggingStatus(logging_enabled=enabled)
    )


def test_logging_goes_to_a_bucket_that_takes_it() -> None:
    """Of the same owner and region, with ACLs disabled or granted to the log delivery; an empty status ends it."""
    s3 = Buckets()
    assert s3.ask(api.GetBucketLogging(bucket=BUCKET)).logging_enabled is UNSET
    s3.when(logs("none-such")).refused("InvalidTargetBucketForLogging", "does not exist")
    s3.given(api.CreateBucket(bucket="logs"), logs("logs"), api.GetBucketLogging(bucket=BUCKET))
    assert s3.answer.logging_enabled.target_prefix == "logs/"
    s3.given(logs(None), api.GetBucketLogging(bucket=BUCKET))
    assert s3.answer.logging_enabled is UNSET
    s3.given(api.CreateBucket(bucket="acls", object_ownership="ObjectWriter"))
    s3.when(logs("acls")).refused("InvalidTargetBucketForLogging", "log-delivery group")
    s3.given(api.PutBucketAcl(bucket="acls", acl="log-delivery-write"), logs("acls"))
    west = api.CreateBucketConfiguration(location_constraint="us-west-2")
    s3.given(api.CreateBucket(bucket="west", create_bucket_configuration=west))
    s3.when(logs("west")).refused("CrossLocationLoggingProhibitted")
    s3.when(logs("logs", target_object_key_format=api.TargetObjectKeyFormat())).refused("MalformedXML")
    dated = api.TargetObjectKeyFormat(
        partitioned_prefix=api.PartitionedPrefix(partition_date_source="EventTime")
    )
    s3.given(logs("logs", target_object_key_format=dated)).replays()


# replication


def replicated(
    *rules: api.ReplicationRule, role: str = "arn:aws:iam::123456789012:role/r"
) -> api.PutBucketReplication:
    """A replication."""
    wanted = api.ReplicationConfiguration(role=role, rules=list(rules))
    return api.PutBucketReplication(bucket=BUCKET, replication_configuration=wanted)


def copy(**more: Any) -> api.ReplicationRule:
    """A rule of the second version."""
    rule: dict[str, Any] = {
        "status": "Enabled", "priority": 1, "filter": api.ReplicationRuleFilter(prefix=""),
        "delete_marker_replication": api.DeleteMarkerReplication(status="Disabled"),
        "destination": api.Destination(bucket="arn:aws:s3:::target"),
    }  # fmt: skip
    return api.ReplicationRule(**{name: value for name, value in (rule | more).items() if value is not None})


def test_replication() -> None:
    """Between versioned buckets; given back with IDs; it keeps versioning on; deleted it is gone."""
    s3 = Buckets()
    s3.when(replicated(copy())).refused("InvalidRequest", "Versioning must be 'Enabled'")
    s3.versioning("Enabled")
    s3.when(replicated(copy())).refused("InvalidRequest", "Destination bucket must exist.")
    s3.given(api.CreateBucket(bucket="target"))
    s3.when(replicated(copy())).refused("InvalidRequest", "Destination bucket must have versioning enabled.")
    on = api.VersioningConfiguration(status="Enabled")
    s3.given(api.PutBucketVersioning(bucket="target", versioning_configuration=on))
    s3.given(replicated(copy(), copy(priority=2, id="two")), api.GetBucketReplication(bucket=BUCKET))
    rules = s3.answer.replication_configuration.rules
    assert rules[1].id == "two" and len(rules[0].id) == 48
    s3.when(versioning("Suspended")).refused("InvalidBucketState", "A replication configuration is present")
    s3.given(api.DeleteBucketReplication(bucket=BUCKET))
    s3.when(api.GetBucketReplication(bucket=BUCKET)).refused("ReplicationConfigurationNotFoundError")
    s3.replays()


@pytest.mark.parametrize(
    ("rule", "code", "message"),
    [
        (copy(status="on"), "MalformedXML", None),
        (copy(priority=None), "InvalidRequest", "Priority must be specified for this version"),
        (copy(delete_marker_replication=None), "InvalidRequest", "DeleteMarkerReplication must be specified"),
        (copy(filter=None), "InvalidRequest", "Priority cannot be used for this version"),
        (copy(filter=None, priority=None, delete_marker_replication=None), "MalformedXML", None),
        (copy(prefix="a"), "MalformedXML", None),
        (copy(destination=api.Destination(bucket="target")), "InvalidArgument", "Invalid bucket ARN"),
        (
            copy(destination=api.Destination(
                bucket="arn:aws:s3:::target",
                replication_time=api.ReplicationTime(status="Enabled", time=api.ReplicationTimeValue(minutes=15)),
            )),
            "InvalidRequest",
            "metrics enabled",
        ),
    ],
)  # fmt: skip
def test_what_is_no_replication_is_refused(rule: api.ReplicationRule, code: str, message: str | None) -> None:
    """Both versions of the schema have their own members."""
    s3 = Buckets(versioned=True)
    s3.when(replicated(rule)).refused(code, message)
    s3.when(replicated()).refused("MalformedXML")
    s3.when(replicated(copy(), role="r")).refused("InvalidArgument")
    s3.when(replicated(copy(), copy())).refused("InvalidRequest", "duplicate priority")
    s3.replays()


# notifications

QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
TOPIC = "arn:aws:sns:us-east-1:123456789012:t"


def queue(*events: str, arn: str = QUEUE, **filters: str) -> api.QueueConfiguration:
    """A queue that is told."""
    rules = [api.FilterRule(name=name, value=value) for name, value in filters.items()]
    wanted = api.NotificationConfigurationFilter(key=api.S3KeyFilter(filter_rules=rules)) if rules else UNSET
    return api.QueueConfiguration(queue_arn=arn, events=list(events), filter=wanted)


def told(*queues: api.QueueConfiguration, **more: Any) -> api.PutBucketNotificationConfiguration:
    """A notification configuration."""
    wanted = api.NotificationConfiguration(queue_configurations=list(queues) or UNSET, **more)
    return api.PutBucketNotificationConfiguration(bucket=BUCKET, notification_configuration=wanted)


def test_notifications() -> None:
    """Queues, topics, functions and EventBridge; Ids are made; an empty configuration ends all."""
    s3 = Buckets()
    s3.given(api.GetBucketNotificationConfiguration(bucket=BUCKET))
    assert s3.answer == api.GetBucketNotificationConfigurationResult()
    topic = api.TopicConfiguration(topic_arn=TOPIC, events=["s3:ObjectRemoved:*"], id="mine")
    function = api.LambdaFunctionConfiguration(
        lambda_function_arn="arn:aws:lambda:us-east-1:123456789012:function:f",
        events=["s3:ObjectRestore:Post"],
    )
    s3.given(
        told(
            queue("s3:ObjectCreated:*", Prefix="in/", Suffix=".jpg"), topic_configurations=[topic],
            lambda_function_configurations=[function], event_bridge_configuration=api.EventBridgeConfiguration(),
        )
    )  # fmt: skip
    s3.given(api.GetBucketNotificationConfiguration(bucket=BUCKET))
    assert s3.answer.topic_configurations == [topic]
    assert len(s3.answer.queue_configurations[0].id) == 36
    assert s3.answer.event_bridge_configuration == api.EventBridgeConfiguration()
    s3.given(told(), api.GetBucketNotificationConfiguration(bucket=BUCKET))
    assert s3.answer == api.GetBucketNotificationConfigurationResult()
    s3.replays()


@pytest.mark.parametrize(
    ("queues", "code", "message"),
    [
        ([queue()], "MalformedXML", None),
        ([queue("s3:Nonsense")], "MalformedXML", None),
        ([queue("s3:ObjectCreated:*", arn="q")], "InvalidArgument", "The ARN is not well formed"),
        ([queue("s3:ObjectCreated:*", arn=TOPIC)], "InvalidArgument", "The ARN is not well formed"),
        (
            [queue("s3:ObjectCreated:*", arn=QUEUE.replace("east", "west"))],
            "InvalidArgument",
            "region is not valid",
        ),
        ([queue("s3:ObjectCreated:*", arn=QUEUE + ".fifo")], "InvalidArgument", "Unable to validate"),
        ([queue("s3:ObjectCreated:*", infix="a")], "InvalidArgument", "either prefix or suffix"),
        (
            [queue("s3:ObjectCreated:*", prefix="a", Prefix="b")],
            "InvalidArgument",
            "more than one prefix rule",
        ),
        ([queue("s3:ObjectCreated:*", prefix="a" * 1025)], "InvalidArgument", "1024 bytes"),
        (
            [queue("s3:ObjectCreated:*"), queue("s3:ObjectCreated:Put")],
            "InvalidArgument",
            "ambiguously defined",
        ),
        (
            [
                queue("s3:ObjectCreated:Put", prefix="a/"),
                queue("s3:ObjectCreated:Put", prefix="a/b", suffix="c"),
            ],
            "InvalidArgument",
            "ambiguously defined",
        ),
    ],
)
def test_what_is_no_notification_is_refused(queues: Any, code: str, message: str | None) -> None:
    """Events, ARNs and filters are held against S3's rules; two rules may not be told of one event."""
    Buckets().when(told(*queues)).refused(code, message).replays()


def test_rules_that_do_not_overlap_are_fine() -> None:
    """By event, by prefix or by suffix."""
    s3 = Buckets()
    s3.given(
        told(
            queue("s3:ObjectCreated:Put", prefix="a/"),
            queue("s3:ObjectCreated:Put", prefix="b/", suffix=".jpg"),
            queue("s3:ObjectCreated:Put", prefix="b/", suffix=".png"),
            queue("s3:ObjectCreated:Copy", prefix="a/"),
        )
    )
    s3.replays()


# under ids

DESTINATION = api.InventoryDestination(
    s3_bucket_destination=api.InventoryS3BucketDestination(bucket="arn:aws:s3:::target", format="CSV")
)


def inventory(name: str, **more: Any) -> api.InventoryConfiguration:
    """An inventory."""
    given: dict[str, Any] = {
        "id": name, "destination": DESTINATION, "is_enabled": True, "included_object_versions": "All",
        "schedule": api.InventorySchedule(frequency="Daily"), "optional_fields": ["Size"],
    }  # fmt: skip
    return api.InventoryConfiguration(**(given | more))


KINDS: dict[str, tuple[str, Any]] = {
    "metrics": ("Metrics", lambda name: api.MetricsConfiguration(id=name)),
    "analytics": (
        "Analytics",
        lambda name: api.AnalyticsConfiguration(id=name, storage_class_analysis=api.StorageClassAnalysis()),
    ),
    "inventory": ("Inventory", inventory),
    "intelligent_tiering": (
        "IntelligentTiering",
        lambda name: api.IntelligentTieringConfiguration(
            id=name, status="Enabled", tierings=[api.Tiering(days=90, access_tier="ARCHIVE_ACCESS")]
        ),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_configurations_under_ids(kind: str) -> None:
    """Put, get, list in pages of a hundred, delete; what is not there is NoSuchConfiguration."""
    action, make = KINDS[kind]
    s3 = Buckets()

    def put(name: str, inner: str | None = None) -> Any:
        configuration = make(inner or name)
        return getattr(api, f"PutBucket{action}Configuration")(
            bucket=BUCKET, id=name, **{f"{kind}_configuration": configuration}
        )

    get = getattr(api, f"GetBucket{action}Configuration")
    delete = getattr(api, f"DeleteBucket{action}Configuration")
    listed = getattr(api, f"ListBucket{action}Configurations")
    s3.given(*[put(f"c{number:03}") for number in range(101)], get(bucket=BUCKET, id="c000"))
    assert getattr(s3.answer, f"{kind}_configuration") == make("c000")
    s3.given(listed(bucket=BUCKET))
    assert (len(getattr(s3.answer, f"{kind}_configuration_list")), s3.answer.is_truncated) == (100, True)
    s3.given(listed(bucket=BUCKET, continuation_token=s3.answer.next_continuation_token))
    assert [one.id for one in getattr(s3.answer, f"{kind}_configuration_list")] == ["c100"]
    assert s3.answer.is_truncated is False
    s3.given(delete(bucket=BUCKET, id="c000"))
    s3.when(get(bucket=BUCKET, id="c000")).refused("NoSuchConfiguration")
    assert s3.error is not None and s3.error.status == 404
    s3.when(delete(bucket=BUCKET, id="c000")).refused("NoSuchConfiguration")
    s3.when(put("a", "b")).refused("InvalidArgument")
    s3.when(listed(bucket=BUCKET, continuation_token="abcde")).refused("InvalidArgument")
    s3.replays()


def test_what_is_no_inventory_tiering_analysis_or_metric() -> None:
    """Formats, days, schemas and filters are held against S3's."""
    s3 = Buckets()
    odd = inventory("a", schedule=api.InventorySchedule(frequency="Hourly"))
    s3.when(api.PutBucketInventoryConfiguration(bucket=BUCKET, id="a", inventory_configuration=odd)).refused(
        "MalformedXML"
    )
    for days, tier, code in ((89, "ARCHIVE_ACCESS", "InvalidArgument"), (90, "STANDARD", "MalformedXML")):
        tiers = api.IntelligentTieringConfiguration(
            id="a", status="Enabled", tierings=[api.Tiering(days=days, access_tier=tier)]
        )
        s3.when(
            api.PutBucketIntelligentTieringConfiguration(
                bucket=BUCKET, id="a", intelligent_tiering_configuration=tiers
            )
        ).refused(code)
    tag = api.Tag(key="a", value="b")
    two = api.MetricsConfiguration(id="a", filter=api.MetricsFilter(prefix="a", tag=tag))
    s3.when(api.PutBucketMetricsConfiguration(bucket=BUCKET, id="a", metrics_configuration=two)).refused(
        "MalformedXML"
    )
    one = api.MetricsConfiguration(id="a", filter=api.MetricsFilter(and_=api.MetricsAndOperator(prefix="a")))
    s3.when(api.PutBucketMetricsConfiguration(bucket=BUCKET, id="a", metrics_configuration=one)).refused(
        "MalformedXML"
    )
    both = api.MetricsConfiguration(
        id="a", filter=api.MetricsFilter(and_=api.MetricsAndOperator(prefix="a", tags=[tag]))
    )
    s3.given(api.PutBucketMetricsConfiguration(bucket=BUCKET, id="a", metrics_configuration=both))
    s3.when(
        api.PutBucketTagging(bucket=BUCKET, tagging=api.Tagging(tag_set=[]), expected_bucket_owner=OTHER)
    ).refused("AccessDenied")
    s3.replays()
