"""S3's objects under a KMS key: S3-20."""

from __future__ import annotations

import hashlib

import backtrail_aws.iam
import backtrail_aws.kms
import backtrail_aws.s3
from backtrail.blob import Blob
from backtrail.testing import Scenario
from backtrail_aws.kms import api as kms
from backtrail_aws.s3 import api as s3

from .test_access import Company, policy, statement

BODY = Blob(size=1, md5=hashlib.md5(b"x").hexdigest(), data=b"x")


def put(key: str, name: str = "a") -> s3.PutObject:
    """An object under a key."""
    return s3.PutObject(
        bucket="vault", key=name, body=BODY, server_side_encryption="aws:kms", ssekms_key_id=key
    )


class Vault(Company):
    """A bucket, KMS and IAM, which decides."""

    def __init__(self) -> None:
        Scenario.__init__(self, backtrail_aws.s3, backtrail_aws.kms, backtrail_aws.iam, service="s3")
        self.root = self.caller
        self.given(s3.CreateBucket(bucket="vault"))


def test_a_disabled_key_keeps_objects_closed() -> None:
    """Given an object under a key, when that is disabled, then it is neither read nor copied, and none is written."""
    aws = Vault()
    key = str(aws.given(kms.CreateKey(), service="kms").answer.key_metadata.arn)
    aws.given(put(key))
    aws.given(s3.GetObject(bucket="vault", key="a"))
    aws.given(kms.DisableKey(key_id=key), service="kms")
    aws.when(s3.GetObject(bucket="vault", key="a")).refused("KMS.DisabledException", f"{key} is disabled.")
    aws.when(put(key, "b")).refused("KMS.DisabledException")
    aws.when(s3.CopyObject(bucket="vault", key="c", copy_source="vault/a")).refused("KMS.DisabledException")
    assert aws.given(s3.HeadObject(bucket="vault", key="a")).answer.ssekms_key_id == key
    aws.given(kms.EnableKey(key_id=key), service="kms")
    aws.given(s3.GetObject(bucket="vault", key="a"))
    aws.given(kms.ScheduleKeyDeletion(key_id=key), service="kms")
    aws.when(s3.GetObject(bucket="vault", key="a")).refused("KMS.KMSInvalidStateException")
    aws.replays()


def test_an_alias_is_the_key_that_it_names() -> None:
    """Given an alias, when an object is put under it, then the answer names the key."""
    aws = Vault()
    key = str(aws.given(kms.CreateKey(), service="kms").answer.key_metadata.arn)
    aws.given(kms.CreateAlias(alias_name="alias/v", target_key_id=key), service="kms")
    assert aws.given(put("alias/v")).answer.ssekms_key_id == key
    own = aws.given(kms.DescribeKey(key_id="alias/aws/s3"), service="kms").answer.key_metadata.arn
    made = s3.PutObject(bucket="vault", key="b", body=BODY, server_side_encryption="aws:kms")
    assert aws.given(made).answer.ssekms_key_id == own
    aws.replays()


def test_whoever_reads_needs_the_key() -> None:
    """S3-20: given a user who may get objects, when the key's policy leaves him out, then he gets none."""
    aws = Vault()
    reader, other = aws.user("reader", "s3:GetObject"), aws.user("other", "s3:GetObject")
    root = statement("arn:aws:iam::123456789012:root", "kms:*")
    deny = {**root, "Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt"}
    deny["Condition"] = {"ArnLike": {"aws:PrincipalArn": "*user/other"}}
    text = policy(
        root, deny, statement("reader", "kms:Decrypt", Condition={"Null": {"kms:ViaService": "false"}})
    )
    aws.by_root()
    key = str(aws.given(kms.CreateKey(policy=text), service="kms").answer.key_metadata.arn)
    aws.given(put(key))
    aws.with_key(reader).given(s3.GetObject(bucket="vault", key="a"))
    aws.with_key(other).when(s3.GetObject(bucket="vault", key="a")).refused("AccessDenied", "kms:Decrypt")
    aws.replays()
