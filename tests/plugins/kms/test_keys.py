"""Keys: their life, aliases, policies, tags, rotation and deletion."""

from __future__ import annotations

import json

from backtrail_aws.kms import api

from .kms_scenario import Keys


def test_a_key_is_made_and_described() -> None:
    """Given a new key, when it is described, then it is enabled, and its record shows AWS's defaults."""
    aws = Keys()
    made = aws.did(api.CreateKey(description="d", tags=[api.Tag(tag_key="a", tag_value="b")])).key_metadata
    record = aws.record
    assert record["requestParameters"]["keySpec"] == "SYMMETRIC_DEFAULT"
    assert record["responseElements"]["keyMetadata"]["keyState"] == "Enabled"
    assert record["resources"] == [
        {"accountId": made.aws_account_id, "type": "AWS::KMS::Key", "ARN": made.arn}
    ]
    for name in (made.key_id, made.arn):
        assert aws.did(api.DescribeKey(key_id=name)).key_metadata == made
    assert [one.key_id for one in aws.did(api.ListKeys()).keys] == [made.key_id]
    assert aws.did(api.ListResourceTags(key_id=made.key_id)).tags[0].tag_value == "b"
    aws.given(api.UpdateKeyDescription(key_id=made.key_id, description="e"))
    assert aws.did(api.DescribeKey(key_id=made.key_id)).key_metadata.description == "e"
    aws.when(api.DescribeKey(key_id="nothing")).refused("NotFoundException", "Invalid keyId")
    unknown = "11111111-2222-3333-4444-555555555555"
    aws.when(api.DescribeKey(key_id=unknown)).refused("NotFoundException", f"key/{unknown}' does not exist")
    aws.when(api.DescribeKey(key_id=made.arn.replace("us-east-1", "eu-west-1"))).refused(
        "NotFoundException", "Invalid arn eu-west-1"
    )
    aws.given(api.DescribeKey(key_id=made.key_id))
    aws.when(api.DescribeKey(key_id="arn:aws:kms:nowhere")).refused("InvalidArnException")
    aws.when(api.CreateKey(key_spec="HMAC_256")).refused("ValidationException")
    aws.when(api.CreateKey(key_spec="SM2", key_usage="SIGN_VERIFY")).refused("UnsupportedOperationException")
    aws.when(api.CreateKey(origin="AWS_CLOUDHSM", custom_key_store_id="cks-1")).refused(
        "CustomKeyStoreNotFoundException"
    )
    aws.replays()


def test_a_disabled_key_cannot_be_used() -> None:
    """Given a key, when it is disabled, then nothing can be done with it until it is enabled."""
    aws = Keys()
    key = aws.key()
    aws.given(api.DisableKey(key_id=key))
    aws.when(api.Encrypt(key_id=key, plaintext=b"x")).refused("DisabledException", f"{key} is disabled.")
    aws.when(api.EnableKeyRotation(key_id=key)).refused("DisabledException")
    aws.given(api.EnableKey(key_id=key), api.Encrypt(key_id=key, plaintext=b"x"))
    aws.replays()


def test_a_key_is_deleted_by_time() -> None:
    """Given a key that is to be deleted, then it cannot be used, can be kept, and is gone when its time has come."""
    aws = Keys()
    key = aws.key()
    aws.given(api.CreateAlias(alias_name="alias/a", target_key_id=key))
    aws.when(api.ScheduleKeyDeletion(key_id=key, pending_window_in_days=3)).refused("ValidationException")
    planned = aws.did(api.ScheduleKeyDeletion(key_id=key, pending_window_in_days=7))
    assert (planned.key_state, planned.pending_window_in_days) == ("PendingDeletion", 7)
    aws.when(api.Encrypt(key_id=key, plaintext=b"x")).refused("KMSInvalidStateException", "pending deletion")
    aws.when(api.ScheduleKeyDeletion(key_id=key)).refused("KMSInvalidStateException")
    assert aws.did(api.CancelKeyDeletion(key_id=key)).key_id == key
    assert aws.did(api.DescribeKey(key_id=key)).key_metadata.key_state == "Disabled"
    aws.when(api.CancelKeyDeletion(key_id=key)).refused("KMSInvalidStateException")
    aws.given(api.ScheduleKeyDeletion(key_id=key, pending_window_in_days=7))
    aws.later(days=6)
    aws.given(api.DescribeKey(key_id=key))
    aws.later(days=2)
    assert aws.record["eventName"] == "DeleteKey"
    assert aws.record["resources"][0]["ARN"] == key and aws.record["requestParameters"] is None
    aws.when(api.DescribeKey(key_id=key)).refused("NotFoundException")
    assert not aws.did(api.ListAliases()).aliases
    aws.replays()


def test_aliases() -> None:
    """Given an alias, when it moves to another key, then it names that one; the names of AWS are its own."""
    aws = Keys()
    one, two = aws.key(), aws.key()
    aws.given(api.CreateAlias(alias_name="alias/app", target_key_id=one))
    assert aws.record["resources"][0]["ARN"] == one
    aws.when(api.CreateAlias(alias_name="alias/app", target_key_id=two)).refused("AlreadyExistsException")
    aws.when(api.CreateAlias(alias_name="app", target_key_id=two)).refused("ValidationException", "prefix")
    aws.when(api.CreateAlias(alias_name="alias/aws/app", target_key_id=two)).refused("NotAuthorizedException")
    assert aws.did(api.DescribeKey(key_id="alias/app")).key_metadata.arn == one
    assert aws.did(api.DescribeKey(key_id=one.split("key/")[0] + "alias/app")).key_metadata.arn == one
    aws.given(api.UpdateAlias(alias_name="alias/app", target_key_id=two))
    assert aws.did(api.Encrypt(key_id="alias/app", plaintext=b"x")).key_id == two
    mac = aws.key(key_spec="HMAC_256", key_usage="GENERATE_VERIFY_MAC")
    aws.when(api.UpdateAlias(alias_name="alias/app", target_key_id=mac)).refused("ValidationException")
    assert not aws.did(api.ListAliases(key_id=one)).aliases
    assert [alias.alias_name for alias in aws.did(api.ListAliases(key_id=two)).aliases] == ["alias/app"]
    aws.when(api.DisableKey(key_id="alias/app")).refused("NotFoundException")
    aws.given(api.DeleteAlias(alias_name="alias/app"))
    aws.when(api.DeleteAlias(alias_name="alias/app")).refused("NotFoundException", "is not found")
    aws.when(api.UpdateAlias(alias_name="alias/app", target_key_id=two)).refused("NotFoundException")
    aws.replays()


def test_aws_own_keys_are_there_when_they_are_asked_for() -> None:
    """Given AWS's key for a service, then it is described and used, and customers do not change it."""
    aws = Keys()
    found = aws.did(api.DescribeKey(key_id="alias/aws/s3")).key_metadata
    assert (found.key_manager, found.enabled) == ("AWS", True)
    assert aws.did(api.DescribeKey(key_id=found.key_id)).key_metadata.arn == found.arn
    blob = aws.did(api.Encrypt(key_id="alias/aws/s3", plaintext=b"x")).ciphertext_blob
    assert aws.did(api.Decrypt(ciphertext_blob=blob)).plaintext == b"x"
    aws.when(api.DisableKey(key_id=found.key_id)).refused("AccessDeniedException")
    aws.when(api.DescribeKey(key_id="alias/aws/none")).refused("NotFoundException")
    assert aws.did(api.GetKeyRotationStatus(key_id=found.key_id)).key_rotation_enabled
    aws.replays()


def test_policies() -> None:
    """Given a key, when its policy is put, then one that locks the caller out is refused unless he wants it."""
    aws = Keys()
    key = aws.key()
    text = aws.did(api.GetKeyPolicy(key_id=key)).policy
    assert json.loads(text)["Statement"][0]["Principal"]["AWS"].endswith(":root")
    assert aws.did(api.ListKeyPolicies(key_id=key)).policy_names == ["default"]
    aws.when(api.PutKeyPolicy(key_id=key, policy="nothing")).refused("MalformedPolicyDocumentException")
    other = text.replace("123456789012", "111122223333")
    aws.when(api.PutKeyPolicy(key_id=key, policy=other)).refused(
        "MalformedPolicyDocumentException", "update the key policy in the future"
    )
    aws.given(api.PutKeyPolicy(key_id=key, policy=other, bypass_policy_lockout_safety_check=True))
    assert aws.did(api.GetKeyPolicy(key_id=key, policy_name="default")).policy == other
    aws.when(api.GetKeyPolicy(key_id=key, policy_name="else")).refused("NotFoundException")
    aws.when(api.CreateKey(policy=other)).refused("MalformedPolicyDocumentException")
    aws.replays()


def test_tags() -> None:
    """Given tags, when some are taken away, then the others stay; AWS's own prefix is refused."""
    aws = Keys()
    key = aws.key()
    aws.given(api.TagResource(key_id=key, tags=[api.Tag(tag_key=name, tag_value="v") for name in "abc"]))
    aws.given(api.UntagResource(key_id=key, tag_keys=["b", "none"]))
    first = aws.did(api.ListResourceTags(key_id=key, limit=1))
    rest = aws.did(api.ListResourceTags(key_id=key, limit=1, marker=first.next_marker))
    assert [first.tags[0].tag_key, rest.tags[0].tag_key, rest.truncated] == ["a", "c", False]
    aws.when(api.TagResource(key_id=key, tags=[api.Tag(tag_key="aws:x", tag_value="")])).refused(
        "TagException"
    )
    aws.when(api.ListKeys(marker="nothing!")).refused("InvalidMarkerException")
    aws.replays()


def test_rotation() -> None:
    """Given a key that is rotated, then what the older materials encrypted can still be decrypted."""
    aws = Keys()
    key = aws.key()
    old = aws.did(api.Encrypt(key_id=key, plaintext=b"x")).ciphertext_blob
    assert not aws.did(api.GetKeyRotationStatus(key_id=key)).key_rotation_enabled
    aws.given(api.EnableKeyRotation(key_id=key, rotation_period_in_days=90))
    status = aws.did(api.GetKeyRotationStatus(key_id=key))
    assert (status.key_rotation_enabled, status.rotation_period_in_days) == (True, 90)
    aws.later(days=91)
    assert (aws.record["eventName"], aws.record["serviceEventDetails"]) == (
        "RotateKey",
        {"keyId": key.rpartition("/")[2]},
    )
    aws.given(api.RotateKeyOnDemand(key_id=key))
    rotations = aws.did(api.ListKeyRotations(key_id=key)).rotations
    assert [one.rotation_type for one in rotations] == ["AUTOMATIC", "ON_DEMAND"]
    everything = aws.did(api.ListKeyRotations(key_id=key, include_key_material="ALL_KEY_MATERIAL")).rotations
    assert [one.key_material_state for one in everything] == ["NON_CURRENT", "NON_CURRENT", "CURRENT"]
    new = aws.did(api.Encrypt(key_id=key, plaintext=b"y")).ciphertext_blob
    back = [aws.did(api.Decrypt(ciphertext_blob=blob)) for blob in (old, new)]
    assert [one.plaintext for one in back] == [b"x", b"y"]
    assert [one.key_material_id for one in back] == [
        everything[0].key_material_id,
        everything[2].key_material_id,
    ]
    aws.given(api.DisableKey(key_id=key))
    aws.later(days=400)
    assert len(aws.did(api.ListKeyRotations(key_id=key)).rotations) == 2
    aws.given(api.EnableKey(key_id=key), api.DescribeKey(key_id=key))
    assert len(aws.did(api.ListKeyRotations(key_id=key)).rotations) == 3
    aws.given(api.DisableKeyRotation(key_id=key))
    aws.later(days=400)
    assert len(aws.did(api.ListKeyRotations(key_id=key)).rotations) == 3
    mac = aws.key(key_spec="HMAC_256", key_usage="GENERATE_VERIFY_MAC")
    aws.when(api.EnableKeyRotation(key_id=mac)).refused("UnsupportedOperationException")
    aws.replays()


def test_replicas() -> None:
    """Given a multi-region key, when it has a replica, then that decrypts, rotates with it, and is deleted first."""
    aws = Keys()
    key = aws.key(multi_region=True)
    assert ":key/mrk-" in key
    there = key.replace("us-east-1", "eu-west-1")
    made = aws.did(api.ReplicateKey(key_id=key, replica_region="eu-west-1"))
    assert made.replica_key_metadata.arn == there
    aws.when(api.ReplicateKey(key_id=key, replica_region="eu-west-1")).refused("AlreadyExistsException")
    aws.given(api.RotateKeyOnDemand(key_id=key))
    blob = aws.did(api.Encrypt(key_id=key, plaintext=b"x")).ciphertext_blob
    aws.region = "eu-west-1"
    found = aws.did(api.Decrypt(ciphertext_blob=blob))
    assert (found.plaintext, found.key_id) == (b"x", there)
    regions = aws.did(api.DescribeKey(key_id=there)).key_metadata.multi_region_configuration
    assert (regions.multi_region_key_type, regions.primary_key.arn) == ("REPLICA", key)
    aws.region = "us-east-1"
    aws.given(api.UpdatePrimaryRegion(key_id=key, primary_region="eu-west-1"))
    aws.region = "eu-west-1"
    assert aws.did(api.ScheduleKeyDeletion(key_id=there)).key_state == "PendingReplicaDeletion"
    aws.region = "us-east-1"
    aws.given(api.ScheduleKeyDeletion(key_id=key, pending_window_in_days=7))
    aws.later(days=8)
    aws.region = "eu-west-1"
    assert aws.did(api.DescribeKey(key_id=there)).key_metadata.key_state == "PendingDeletion"
    aws.later(days=31)
    aws.when(api.DescribeKey(key_id=there)).refused("NotFoundException")
    aws.replays()
