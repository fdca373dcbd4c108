"""Who may do what with a key: its policy, the caller's, and grants."""

from __future__ import annotations

import json
from typing import Any

import backtrail_aws.iam
import backtrail_aws.kms
from backtrail.authorization import Iam
from backtrail.call import Caller
from backtrail.testing import ACCOUNT, Scenario
from backtrail_aws.iam import api as iam
from backtrail_aws.kms import api

from .kms_scenario import Keys

ROOT = f"arn:aws:iam::{ACCOUNT}:root"


class Company(Keys):
    """KMS with IAM, which decides."""

    def __init__(self) -> None:
        Scenario.__init__(self, backtrail_aws.kms, backtrail_aws.iam, service="kms")
        self.machine.iam = Iam.ENFORCE
        self.root: Caller = self.caller

    def user(self, name: str, *actions: str) -> str:
        """A user who may do these actions anywhere; his access key."""
        self.caller = self.root
        self.given(iam.CreateUser(user_name=name), iam.CreateAccessKey(user_name=name), service="iam")
        key = str(self.answer.access_key.access_key_id)
        if actions:
            statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
            document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            self.given(
                iam.PutUserPolicy(user_name=name, policy_name="p", policy_document=document), service="iam"
            )
        return key

    def by_root(self) -> Company:
        """Call as the root again."""
        self.caller = self.root
        return self


def statement(user: str, *actions: str, **more: Any) -> dict[str, Any]:
    """A statement of a key's policy for a user."""
    principal = {"AWS": user if user.startswith("arn:") else f"arn:aws:iam::{ACCOUNT}:user/{user}"}
    return {"Effect": "Allow", "Principal": principal, "Action": list(actions), "Resource": "*", **more}


def policy(*statements: dict[str, Any]) -> str:
    """A key's policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_who_manages_a_key_need_not_be_who_uses_it() -> None:
    """KMS-06: a policy that lets one manage and another use keeps each from the other's; IAM alone gives nothing."""
    aws = Company()
    admin, worker, other = aws.user("admin"), aws.user("worker"), aws.user("other", "kms:*")
    text = policy(
        statement("admin", "kms:PutKeyPolicy", "kms:Describe*", "kms:Disable*"),
        statement("worker", "kms:Encrypt", "kms:Decrypt"),
    )
    key = aws.by_root().key(policy=text, bypass_policy_lockout_safety_check=True)
    aws.with_key(worker)
    blob = aws.did(api.Encrypt(key_id=key, plaintext=b"x")).ciphertext_blob
    assert aws.did(api.Decrypt(ciphertext_blob=blob)).plaintext == b"x"
    aws.when(api.DisableKey(key_id=key)).refused("AccessDeniedException")
    aws.with_key(admin)
    aws.given(api.DescribeKey(key_id=key))
    aws.when(api.Decrypt(ciphertext_blob=blob)).refused(
        "AccessDeniedException", "kms:Decrypt on resource: " + key
    )
    aws.with_key(other)
    aws.when(api.Decrypt(ciphertext_blob=blob)).refused("AccessDeniedException")
    aws.replays()


def test_the_default_policy_leaves_it_to_iam() -> None:
    """Given a key with the default policy, then who may by IAM may, and nobody else."""
    aws = Company()
    may, may_not = aws.user("may", "kms:Encrypt"), aws.user("may-not")
    key = aws.by_root().key()
    aws.with_key(may).given(api.Encrypt(key_id=key, plaintext=b"x"))
    aws.with_key(may_not).when(api.Encrypt(key_id=key, plaintext=b"x")).refused("AccessDeniedException")
    aws.replays()


def test_a_grant_lets_its_grantee_within_its_constraints() -> None:
    """Given a grant for a context, then its grantee encrypts under that alone, until it is retired or revoked."""
    aws = Company()
    worker = aws.user("worker")
    who = f"arn:aws:iam::{ACCOUNT}:user/worker"
    key = aws.by_root().key()
    bound = api.GrantConstraints(encryption_context_subset={"app": "one"})
    ask = api.CreateGrant(
        key_id=key, grantee_principal=who, operations=["Encrypt", "Decrypt", "RetireGrant"], constraints=bound,
        name="for-worker",
    )  # fmt: skip
    made = aws.did(ask)
    assert aws.record["responseElements"] == {"grantId": made.grant_id}
    assert aws.did(ask).grant_id == made.grant_id
    right = api.Encrypt(key_id=key, plaintext=b"x", encryption_context={"app": "one", "more": "y"})
    aws.with_key(worker).given(right)
    aws.when(api.Encrypt(key_id=key, plaintext=b"x")).refused("AccessDeniedException")
    aws.when(api.ListGrants(key_id=key)).refused("AccessDeniedException")
    listed = aws.by_root().did(api.ListGrants(key_id=key)).grants
    assert [(one.grantee_principal, one.name) for one in listed] == [(who, "for-worker")]
    aws.with_key(worker).given(api.RetireGrant(grant_token=made.grant_token))
    assert aws.record["additionalEventData"] == {"grantId": made.grant_id}
    aws.when(right).refused("AccessDeniedException")
    aws.by_root()
    again = aws.did(
        api.CreateGrant(key_id=key, grantee_principal=who, retiring_principal=ROOT, operations=["Encrypt"])
    )
    assert [one.grant_id for one in aws.did(api.ListRetirableGrants(retiring_principal=ROOT)).grants] == [
        again.grant_id
    ]
    aws.given(api.RevokeGrant(key_id=key, grant_id=again.grant_id))
    aws.when(api.RevokeGrant(key_id=key, grant_id=again.grant_id)).refused("NotFoundException")
    aws.when(api.RetireGrant(grant_token="none")).refused("InvalidGrantTokenException")
    aws.when(api.CreateGrant(key_id=key, grantee_principal=who, operations=["Sign"])).refused(
        "ValidationException"
    )
    aws.when(api.Encrypt(key_id=key, plaintext=b"x", grant_tokens=["none"])).refused(
        "InvalidGrantTokenException"
    )
    aws.replays()


def test_conditions_on_context_alias_and_kind() -> None:
    """Given policies with KMS's own condition keys, then they hold."""
    aws = Company()
    worker = aws.user("worker")
    text = policy(
        statement(ROOT, "kms:*"),
        statement("worker", "kms:Encrypt", Condition={"StringEquals": {"kms:EncryptionContext:app": "one"}}),
        statement("worker", "kms:GenerateMac", Condition={"StringEquals": {"kms:RequestAlias": "alias/m"}}),
    )
    key = aws.by_root().key(policy=text)
    mac = aws.key(policy=text, key_spec="HMAC_256", key_usage="GENERATE_VERIFY_MAC")
    aws.given(api.CreateAlias(alias_name="alias/m", target_key_id=mac))
    aws.with_key(worker)
    aws.given(api.Encrypt(key_id=key, plaintext=b"x", encryption_context={"app": "one"}))
    aws.when(api.Encrypt(key_id=key, plaintext=b"x", encryption_context={"app": "two"})).refused(
        "AccessDeniedException"
    )
    aws.given(api.GenerateMac(key_id="alias/m", message=b"x", mac_algorithm="HMAC_SHA_256"))
    aws.when(api.GenerateMac(key_id=mac, message=b"x", mac_algorithm="HMAC_SHA_256")).refused(
        "AccessDeniedException"
    )
    aws.when(api.ReEncrypt(ciphertext_blob=b"x", destination_key_id=key)).refused("AccessDeniedException")
    aws.replays()


def test_another_account_uses_a_key_by_its_arn() -> None:
    """Given a key of one account, when another uses it by its ARN, then it is that key, and the record is shared."""
    aws = Keys()
    key = aws.key()
    blob = aws.did(api.Encrypt(key_id=key, plaintext=b"x")).ciphertext_blob
    aws.account = "111122223333"
    found = aws.did(api.Decrypt(ciphertext_blob=blob))
    assert (found.plaintext, found.key_id) == (b"x", key)
    assert (aws.record["recipientAccountId"], aws.record["resources"][0]["accountId"]) == (
        "111122223333",
        ACCOUNT,
    )
    assert aws.record["sharedEventID"]
    mine = aws.key()
    moved = aws.did(api.ReEncrypt(ciphertext_blob=blob, destination_key_id=mine))
    assert (moved.source_key_id, moved.key_id) == (key, mine)
    assert aws.did(api.Decrypt(ciphertext_blob=moved.ciphertext_blob)).key_id == mine
    aws.when(api.DescribeKey(key_id=key.rpartition("/")[2])).refused("NotFoundException")
    aws.replays()
