"""Policies of queues and buckets: with identity policies, across accounts, for services and for everybody."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backtrail.call import Caller
from backtrail.facts import Facts
from backtrail.record import Identity, TlsDetails
from backtrail.trail.forms import HttpFacts

from .accounts import (
    ACCOUNT,
    OTHER,
    Company,
    allow,
    iam,
    managed,
    policy,
    queue_arn,
    s3,
    sqs,
    statement,
    url,
)

BUCKET = "acme-files"
ARN = f"arn:aws:s3:::{BUCKET}"


@pytest.fixture
def company() -> Company:
    """An account with a queue and a bucket that takes bucket policies."""
    company = Company().root(sqs.CreateQueue(queue_name="work"), s3.CreateBucket(bucket=BUCKET))
    return company.root(s3.DeletePublicAccessBlock(bucket=BUCKET))


def queue_policy(*statements: dict[str, Any]) -> sqs.SetQueueAttributes:
    return sqs.SetQueueAttributes(
        queue_url=url("work"), attributes={"Policy": json.dumps(policy(*statements))}
    )


def bucket_policy(*statements: dict[str, Any]) -> s3.PutBucketPolicy:
    return s3.PutBucketPolicy(bucket=BUCKET, policy=json.dumps(policy(*statements)))


SEND = sqs.SendMessage(queue_url=url("work"), message_body="x")
LIST = s3.ListObjectsV2(bucket=BUCKET)


# queues


def test_either_policy_is_enough_within_an_account(company: Company) -> None:
    """A user whom the queue's policy names needs no policy of their own."""
    key = company.user("eve")
    company(key, SEND).is_denied("because no identity-based policy allows the sqs:sendmessage action")
    eve = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/eve"}
    company.root(queue_policy(statement("Allow", "SQS:SendMessage", queue_arn("work"), principal=eve)))
    company(key, SEND).works()
    company(key, sqs.PurgeQueue(queue_url=url("work"))).is_denied()
    company.replays()


def test_a_deny_in_the_queues_policy_wins(company: Company) -> None:
    """An explicit deny of the resource overrides an administrator's allow, and the root's."""
    key = company.user("eve", managed("AdministratorAccess"))
    company.root(queue_policy(statement("Deny", "sqs:SendMessage", queue_arn("work"), principal="*")))
    for one in (key, "test"):
        company(one, SEND).is_denied(
            f"sqs:sendmessage on resource: {queue_arn('work')} with an explicit deny in a resource-based policy"
        )
    company.replays()


def test_across_accounts_both_sides_must_allow(company: Company) -> None:
    """Another account's root needs the queue's policy; its users need that and a policy of their own."""
    company(OTHER, SEND).is_denied("because no resource-based policy allows the sqs:sendmessage action")
    company.root(queue_policy(statement("Allow", "sqs:*", queue_arn("work"), principal={"AWS": OTHER})))
    company(OTHER, SEND).works()
    company(OTHER, sqs.DeleteQueue(queue_url=url("work"))).is_denied("no resource-based policy allows")

    company(OTHER, iam.CreateUser(user_name="dan")).works()
    company(OTHER, iam.CreateAccessKey(user_name="dan")).works()
    dan = company.answer.access_key.access_key_id
    company(dan, SEND).is_denied(
        f"arn:aws:iam::{OTHER}:user/dan is not authorized to perform: sqs:sendmessage"
    )
    own = json.dumps(allow("sqs:SendMessage", "*"))
    company(OTHER, iam.PutUserPolicy(user_name="dan", policy_name="own", policy_document=own)).works()
    company(dan, SEND).works()
    company.replays()


def test_a_service_needs_the_queues_policy_with_its_conditions(company: Company) -> None:
    """S3 may send for the bucket that aws:SourceArn and aws:SourceAccount name, and for no other."""
    sender = {"Service": "s3.amazonaws.com"}
    only = {"ArnEquals": {"aws:SourceArn": ARN}, "StringEquals": {"aws:SourceAccount": ACCOUNT}}
    company.root(
        queue_policy(statement("Allow", "sqs:SendMessage", queue_arn("work"), principal=sender, **only))
    )
    identity = Identity(type="AWSService", invoked_by="s3.amazonaws.com")

    def sent(source: str) -> Company:
        caller = Caller(identity=identity, account=ACCOUNT, service="s3.amazonaws.com", source_arn=source)
        company.when(SEND, service="sqs", caller=caller)
        return company

    sent(ARN).works()
    sent("arn:aws:s3:::another").is_denied(
        "User: s3.amazonaws.com is not authorized to perform: sqs:sendmessage on resource: "
        f"{queue_arn('work')} because no resource-based policy allows the sqs:sendmessage action"
    )
    company.replays()


def test_tags_of_queues_and_requests_are_keys(company: Company) -> None:
    """aws:ResourceTag, aws:RequestTag and aws:TagKeys decide."""
    own = policy(
        statement("Allow", "sqs:SendMessage", "*", StringEquals={"aws:ResourceTag/team": "red"}),
        statement(
            "Allow", ["sqs:CreateQueue", "sqs:TagQueue"], "*", StringEquals={"aws:RequestTag/team": "red"}
        ),
    )
    key = company.user("eve", own=own)
    company(key, SEND).is_denied()
    company.root(sqs.TagQueue(queue_url=url("work"), tags={"Team": "red"}))
    company(key, SEND).works()
    company(key, sqs.CreateQueue(queue_name="mine")).is_denied("sqs:createqueue")
    company(key, sqs.CreateQueue(queue_name="mine", tags={"team": "red"})).works()
    company.replays()


def test_batches_and_moves_need_the_actions_that_they_are_made_of(company: Company) -> None:
    """A batch needs the single action; moving messages needs to receive, delete and send."""
    key = company.user("eve", own=allow("sqs:SendMessage", "*"))
    entries = [sqs.SendMessageBatchRequestEntry(id="a", message_body="x")]
    company(key, sqs.SendMessageBatch(queue_url=url("work"), entries=entries)).works()
    company(key, sqs.ReceiveMessage(queue_url=url("work"))).is_denied("sqs:receivemessage")
    company.root(
        iam.PutUserPolicy(
            user_name="eve",
            policy_name="move",
            policy_document=json.dumps(allow("sqs:StartMessageMoveTask", "*")),
        )
    )
    company(key, sqs.StartMessageMoveTask(source_arn=queue_arn("work"))).is_denied("sqs:receivemessage")
    company.replays()


# buckets


def test_prefixes_and_home_folders(company: Company) -> None:
    """The home folders of AWS's example: s3:prefix and ${aws:username}."""
    own = policy(
        statement(
            "Allow", "s3:ListBucket", ARN, StringLike={"s3:prefix": ["", "home/", "home/${aws:username}/*"]}
        ),
        statement("Allow", "s3:*Object", ARN + "/home/${aws:username}/*"),
    )
    key = company.user("eve", own=own)
    for prefix, works in (
        ("", True),
        ("home/", True),
        ("home/eve/", True),
        ("home/adam/", False),
        ("x", False),
    ):
        company(key, s3.ListObjectsV2(bucket=BUCKET, prefix=prefix))
        company.works() if works else company.is_denied(
            'on resource: "arn:aws:s3:::acme-files" because no identity'
        )
    company(key, s3.PutObject(bucket=BUCKET, key="home/eve/a")).works()
    company(key, s3.PutObject(bucket=BUCKET, key="home/adam/a")).is_denied(
        f'not authorized to perform: s3:PutObject on resource: "{ARN}/home/adam/a" because no identity-based policy'
    )
    company.replays()


def test_who_may_not_list_is_not_told_what_is_missing(company: Company) -> None:
    """A missing key is 403 without s3:ListBucket, 404 with it; a missing bucket is 404 for all."""
    key = company.user("eve", own=allow("s3:GetObject", "*"))
    get = s3.GetObject(bucket=BUCKET, key="none")
    company(key, get).is_denied()
    company.root(
        iam.PutUserPolicy(
            user_name="eve", policy_name="l", policy_document=json.dumps(allow("s3:ListBucket", ARN))
        )
    )
    company(key, get).refused("NoSuchKey")
    company(key, s3.GetObject(bucket="acme-none", key="none")).refused("NoSuchBucket")
    company.replays()


def test_a_bucket_for_one_organization_or_address(company: Company) -> None:
    """Everybody's principal is narrowed by conditions; others are told nothing but Access Denied."""
    here = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    company.root(bucket_policy(statement("Allow", "s3:ListBucket", ARN, principal="*", **here)))
    for key in (OTHER, None):
        company(key, LIST, facts=Facts(source_ip="203.0.113.9")).works()
        company(key, LIST, facts=Facts(source_ip="198.51.100.9")).refused("AccessDenied", "Access Denied")
    company.replays()


def test_only_over_tls(company: Company) -> None:
    """The usual deny of requests without TLS, for the root as well."""
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    company.root(bucket_policy(statement("Deny", "s3:*", [ARN, ARN + "/*"], principal="*", **insecure)))
    company("test", LIST).is_denied(
        'on resource: "arn:aws:s3:::acme-files" with an explicit deny in a resource-based'
    )
    company("test", LIST, facts=Facts(tls=TlsDetails(tls_version="TLSv1.3"))).works()
    company("test", s3.DeleteBucketPolicy(bucket=BUCKET)).works()
    company("test", LIST).works()
    company.replays()


def test_a_copy_needs_both_sides(company: Company) -> None:
    """CopyObject reads the source and writes the target."""
    company.root(s3.PutObject(bucket=BUCKET, key="a"))
    copy = s3.CopyObject(bucket=BUCKET, key="b", copy_source=f"{BUCKET}/a")
    reader, writer = (
        company.user("r", own=allow("s3:GetObject", "*")),
        company.user("w", own=allow("s3:PutObject", "*")),
    )
    company(reader, copy).is_denied("s3:PutObject")
    company(writer, copy).is_denied("s3:GetObject")
    both = company.user("both", own=allow(["s3:GetObject", "s3:PutObject"], "*"))
    company(both, copy).works()
    company.replays()


def test_an_object_that_is_opened_needs_more(company: Company) -> None:
    """x-amz-acl needs s3:PutObjectAcl, and is a key by which it can be forbidden."""
    company.root(
        s3.PutBucketOwnershipControls(
            bucket=BUCKET,
            ownership_controls=s3.OwnershipControls(
                rules=[s3.OwnershipControlsRule(object_ownership="ObjectWriter")]
            ),
        )
    )
    key = company.user("w", own=allow("s3:PutObject", "*"))
    put = s3.PutObject(bucket=BUCKET, key="a", acl="public-read")
    company(key, put).is_denied("s3:PutObjectAcl")
    admin = company.user("admin", managed("AmazonS3FullAccess"))
    company(admin, put).works()
    company(None, s3.GetObject(bucket=BUCKET, key="a")).works()
    company.root(
        bucket_policy(
            statement(
                "Deny", "s3:PutObject", ARN + "/*", principal="*", StringLike={"s3:x-amz-acl": "public*"}
            )
        )
    )
    company(admin, put).is_denied("with an explicit deny in a resource-based policy")
    company.replays()


def test_tags_of_objects_are_keys(company: Company) -> None:
    """s3:ExistingObjectTag and s3:RequestObjectTag decide."""
    own = policy(
        statement("Allow", "s3:GetObject", "*", StringEquals={"s3:ExistingObjectTag/class": "open"}),
        statement(
            "Allow",
            ["s3:PutObject", "s3:PutObjectTagging"],
            "*",
            StringEquals={"s3:RequestObjectTag/class": "open"},
        ),
    )
    key = company.user("eve", own=own)
    company.root(s3.PutObject(bucket=BUCKET, key="a", tagging="class=secret"))
    company(key, s3.GetObject(bucket=BUCKET, key="a")).is_denied()
    company(key, s3.PutObject(bucket=BUCKET, key="b", tagging="class=secret")).is_denied()
    company(key, s3.PutObject(bucket=BUCKET, key="b", tagging="class=open")).works()
    company(key, s3.GetObject(bucket=BUCKET, key="b")).works()
    company.replays()


def test_lists_and_new_buckets(company: Company) -> None:
    """ListBuckets is s3:ListAllMyBuckets on all; a new bucket's settings need their own actions."""
    key = company.user("eve", own=allow(["s3:ListAllMyBuckets", "s3:CreateBucket"], "arn:aws:s3:::*"))
    company(key, s3.ListBuckets()).works()
    company(key, s3.CreateBucket(bucket="acme-more")).works()
    company(key, s3.CreateBucket(bucket="acme-lock", object_lock_enabled_for_bucket=True)).is_denied(
        "s3:PutBucketObjectLockConfiguration"
    )
    company(OTHER, s3.CreateBucket(bucket=BUCKET)).refused("BucketAlreadyExists")
    company.replays()


def test_a_public_policy_of_a_restricted_bucket_is_for_its_account_alone(company: Company) -> None:
    """RestrictPublicBuckets shuts strangers out of what a public policy opens."""
    company.root(bucket_policy(statement("Allow", "s3:ListBucket", ARN, principal="*")))
    company(None, LIST).works()
    block = s3.PublicAccessBlockConfiguration(restrict_public_buckets=True)
    company.root(s3.PutPublicAccessBlock(bucket=BUCKET, public_access_block_configuration=block))
    company(None, LIST).refused("AccessDenied", "Access Denied")
    company(company.user("eve"), LIST).works()
    company.replays()


def test_deletes_of_many_fail_one_by_one(company: Company) -> None:
    """DeleteObjects asks for each key."""
    company.root(*(s3.PutObject(bucket=BUCKET, key=key) for key in ("a/1", "b/1")))
    key = company.user("eve", own=allow("s3:DeleteObject", ARN + "/a/*"))
    objects = [s3.ObjectIdentifier(key=one) for one in ("a/1", "b/1")]
    company(key, s3.DeleteObjects(bucket=BUCKET, delete=s3.Delete(objects=objects))).works()
    assert [one.key for one in company.answer.deleted] == ["a/1"]
    assert [(one.key, one.code) for one in company.answer.errors] == [("b/1", "AccessDenied")]
    company.replays()


def test_headers_are_keys(company: Company) -> None:
    """aws:UserAgent and aws:Referer are what the client says."""
    own = allow("s3:ListBucket", "*", StringLike={"aws:UserAgent": "Boto3/*"})
    key = company.user("eve", own=own)
    facts = Facts(http=HttpFacts(headers={"user-agent": "Boto3/1.44"}))
    company(key, LIST, facts=facts).works()
    company(key, LIST).is_denied()
    company.replays()
