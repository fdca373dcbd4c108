"""Bucket policies: what S3 takes, what it gives back, what is public, and whom a policy lets in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backtrail.call import Caller
from backtrail.record import Identity
from backtrail_aws.s3 import api, policy_public
from backtrail_aws.s3.policy_document import written

from .bucket_scenario import BUCKET, OTHER, Buckets
from .test_buckets import NOBODY, STRANGER

ARN = f"arn:aws:s3:::{BUCKET}"


def statement(**more: Any) -> dict[str, Any]:
    """Everybody may get objects, unless told otherwise."""
    return {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{ARN}/*"} | {
        name.capitalize() if name.islower() else name: value for name, value in more.items()
    }


def policy(*statements: Any) -> str:
    """A policy's text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def put(text: str, **more: Any) -> api.PutBucketPolicy:
    """A policy on the bucket."""
    return api.PutBucketPolicy(bucket=BUCKET, policy=text, **more)


def unblocked(**bucket: Any) -> Buckets:
    """A bucket that blocks nothing."""
    s3 = Buckets(**bucket)
    s3.given(api.DeletePublicAccessBlock(bucket=BUCKET))
    return s3


def test_a_policy_is_kept_and_given_back() -> None:
    """S3 gives its own writing: no spaces, its own order; the record has it parsed, the note word for word."""
    s3 = unblocked()
    s3.given(put(policy(statement(Sid="a b"))))
    assert s3.record["requestParameters"]["bucketPolicy"]["Statement"][0]["Sid"] == "a b"
    s3.given(api.GetBucketPolicy(bucket=BUCKET))
    assert s3.answer.policy == (
        '{"Version":"2012-10-17","Statement":[{"Sid":"a b","Effect":"Allow","Principal":"*","Action":"s3:GetObject",'
        f'"Resource":"{ARN}/*"}}]}}'
    )
    s3.given(api.GetBucketPolicyStatus(bucket=BUCKET))
    assert s3.answer.policy_status.is_public is True
    s3.given(api.DeleteBucketPolicy(bucket=BUCKET), api.DeleteBucketPolicy(bucket=BUCKET))
    s3.when(api.GetBucketPolicy(bucket=BUCKET)).refused("NoSuchBucketPolicy")
    s3.replays()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "first byte must be '{'"),
        ("invalid json", "first byte must be '{'"),
        ('{"Version":', "invalid Json"),
        ("{}", "Missing required field Statement"),
        (json.dumps({"Statement": []}), "Statement is empty!"),
        (json.dumps({"Version": "2012", "Statement": [statement()]}), "valid version string"),
        (json.dumps({"Statement": [statement()], "Foo": 1}), "Unknown field Foo"),
        (policy(statement(Effect="allow")), "Invalid effect: allow"),
        (policy({"Effect": "Allow", "Action": "s3:*", "Resource": ARN}), "Missing required field Principal"),
        (policy({"Effect": "Allow", "Principal": "*", "Action": "s3:*"}), "missing required element"),
        (policy(statement(Action=None)), "Invalid policy syntax."),
        (policy(statement(NotAction="s3:*")), "Invalid policy syntax."),
        (policy(statement(Principal="everybody")), "Invalid principal in policy"),
        (policy(statement(Principal={"AWS": "AIDAQ3EGSS3"})), "Invalid principal in policy"),
        (policy(statement(Principal={"Service": "*"})), "Invalid principal in policy"),
        (policy(statement(Principal={"aws": "*"})), "Invalid principal in policy"),
        (policy(statement(Action="s3:PutObjectLockConfiguration")), "Policy has invalid action"),
        (policy(statement(Action="sqs:SendMessage")), "Policy has invalid action"),
        (policy(statement(Resource="*")), "Policy has invalid resource"),
        (policy(statement(Resource="arn:aws:s3:::another/*")), "Policy has invalid resource"),
        (policy(statement(Action="s3:PutObject", Resource=ARN)), "Action does not apply to any resource"),
        (policy(statement(Action=["s3:GetObject", "s3:ListBucket"])), "Action does not apply to any resource"),
        (policy(statement(Condition={"Equals": {"aws:SourceIp": "1.2.3.4"}})), "Invalid Condition type : Equals"),
        (policy(statement(Condition={"StringEquals": {"Nonsense": "a"}})), "invalid condition key"),
        (policy(statement(Condition={"StringEquals": {"s3:prefix": "a"}})), "Conditions do not apply"),
        (policy(statement(Sid="x" * 20_480)), "maximum allowed size of 20480 bytes"),
    ],
)  # fmt: skip
def test_what_is_no_policy_for_the_bucket_is_malformed(text: str, message: str) -> None:
    """MalformedPolicy, in S3's words, and the policy before stays."""
    s3 = unblocked()
    s3.given(put(policy(statement())))
    s3.when(put(text)).refused("MalformedPolicy", message)
    assert s3.bucket.policy == written(policy(statement()))
    s3.replays()


@pytest.mark.parametrize(
    "found",
    [
        statement(Action="*"),
        statement(Action="S3:getobject"),
        statement(Action="s3:*", Resource=ARN),
        statement(Action=["s3:GetObject", "s3:ListBucket"], Resource=[ARN, f"{ARN}/*"]),
        statement(Resource="arn:aws:s3:::*"),
        statement(Resource="arn:aws:s3:::*/*"),
        statement(Principal={"AWS": [OTHER, f"arn:aws:iam::{OTHER}:user/a/b"]}),
        statement(Principal={"Service": "cloudtrail.amazonaws.com"}),
        statement(Principal={"CanonicalUser": "a" * 64}),
        {"Effect": "Deny", "NotPrincipal": {"AWS": OTHER}, "NotAction": "s3:Get*", "NotResource": f"{ARN}/a"},
        statement(Condition={"ForAnyValue:StringLikeIfExists": {"aws:PrincipalArn": "*"}}),
        statement(Action="s3:ListBucket", Resource=ARN, Condition={"StringEquals": {"s3:prefix": "a"}}),
    ],
)
def test_what_is_a_policy_is_taken(found: Any) -> None:
    """Wildcards, lists, every kind of principal and the negated elements."""
    unblocked().given(put(policy(found))).replays()


@pytest.mark.parametrize(
    ("found", "public"),
    [
        (statement(), True),
        (statement(Principal={"AWS": "*"}), True),
        (statement(Principal={"AWS": OTHER}), False),
        (statement(Principal={"Service": "sns.amazonaws.com"}), False),
        (statement(Effect="Deny"), False),
        (statement(Condition={"IpAddress": {"aws:SourceIp": "1.2.3.4"}}), False),
        (statement(Condition={"IpAddress": {"aws:SourceIp": ["1.2.3.4", "0.0.0.0/1"]}}), True),
        (statement(Condition={"NotIpAddress": {"aws:SourceIp": "1.2.3.4"}}), True),
        (statement(Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}}), False),
        (statement(Condition={"StringLike": {"aws:SourceVpc": "vpc-*"}}), True),
        (statement(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), False),
        (statement(Condition={"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}), True),
        (statement(Condition={"StringEquals": {"aws:UserAgent": "secret"}}), True),
    ],
)
def test_what_is_public(found: Any, public: bool) -> None:
    """A policy is public unless its principals or certain conditions are fixed values."""
    assert policy_public.is_public(policy(found)) is public


def test_a_new_bucket_takes_no_public_policy() -> None:
    """BlockPublicPolicy: AccessDenied that says why; a policy for somebody is taken."""
    s3 = Buckets()
    s3.when(put(policy(statement()))).refused("AccessDenied", "because public policies are prevented by the")
    assert s3.error is not None and s3.error.status == 403
    s3.given(put(policy(statement(Principal={"AWS": OTHER})))).replays()


def test_a_public_policy_lets_everybody_in() -> None:
    """Anonymous callers may do what it says, and nothing else; a deny of everybody comes first."""
    s3 = unblocked()
    s3.put("open/a")
    s3.put("closed/a")
    s3.given(
        put(
            policy(
                statement(Resource=f"{ARN}/*"),
                statement(Effect="Deny", Resource=f"{ARN}/closed/*", Action="s3:*"),
            )
        )
    )
    s3.when(api.GetObject(bucket=BUCKET, key="open/a"), caller=NOBODY)
    assert s3.error is None
    s3.when(api.GetObject(bucket=BUCKET, key="closed/a"), caller=NOBODY).refused("AccessDenied")
    s3.when(api.GetObject(bucket=BUCKET, key="closed/a")).refused("AccessDenied")
    s3.when(api.GetObject(bucket=BUCKET, key="open/none"), caller=NOBODY).refused("AccessDenied")
    s3.when(api.ListObjectsV2(bucket=BUCKET), caller=NOBODY).refused("AccessDenied")
    s3.when(api.HeadBucket(bucket=BUCKET), caller=STRANGER).refused("AccessDenied")
    s3.replays()


def test_a_restricted_bucket_lets_nobody_in_by_a_public_policy() -> None:
    """RestrictPublicBuckets leaves the policy and takes its effect on strangers."""
    s3 = unblocked()
    s3.put("a")
    s3.given(put(policy(statement())))
    block = api.PublicAccessBlockConfiguration(restrict_public_buckets=True)
    s3.given(api.PutPublicAccessBlock(bucket=BUCKET, public_access_block_configuration=block))
    s3.when(api.GetObject(bucket=BUCKET, key="a"), caller=NOBODY).refused("AccessDenied")
    s3.given(api.GetObject(bucket=BUCKET, key="a")).replays()


def test_another_account_that_a_policy_names() -> None:
    """By account, by root's ARN or by its own ARN a stranger may, but not touch the policy itself: 405."""
    s3 = Buckets()
    s3.put("a")
    for principal in (OTHER, f"arn:aws:iam::{OTHER}:root"):
        s3.given(
            put(policy(statement(Action="s3:*", Resource=[ARN, f"{ARN}/*"], Principal={"AWS": principal})))
        )
        s3.when(api.GetObject(bucket=BUCKET, key="a"), caller=STRANGER)
        assert s3.error is None
        s3.when(api.GetBucketPolicy(bucket=BUCKET), caller=STRANGER).refused("MethodNotAllowed")
        assert s3.error is not None and s3.error.status == 405
    user = f"arn:aws:iam::{OTHER}:user/joe"
    joe = Caller(identity=Identity(type="IAMUser", arn=user, account_id=OTHER), account=OTHER)
    s3.given(put(policy(statement(Principal={"AWS": user}))))
    s3.when(api.GetObject(bucket=BUCKET, key="a"), caller=joe)
    assert s3.error is None
    s3.when(api.GetObject(bucket=BUCKET, key="a"), caller=STRANGER).refused("AccessDenied")
    s3.replays()


def test_the_owner_cannot_be_locked_out() -> None:
    """Whatever a policy denies, the owner's root may read, replace and delete it."""
    s3 = Buckets()
    s3.given(put(policy(statement(Effect="Deny", Action="s3:*", Resource=[ARN, f"{ARN}/*"]))))
    s3.when(api.HeadBucket(bucket=BUCKET)).refused("AccessDenied")
    s3.given(api.GetBucketPolicy(bucket=BUCKET), api.DeleteBucketPolicy(bucket=BUCKET))
    s3.given(api.HeadBucket(bucket=BUCKET)).replays()
