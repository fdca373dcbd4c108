"""Records of real accounts fold, whatever they leave out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backtrail.machine import Folded
from backtrail.testing import ACCOUNT
from backtrail_aws.kms import api
from backtrail_aws.kms.state import Kms

from .kms_scenario import Keys

TRAILS = Path(__file__).parents[4] / "shared" / "trails"
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
ARN = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{KEY}"


def record(name: str, params: Any = None, result: Any = None, second: int = 0, **more: Any) -> bytes:
    """A foreign record."""
    made = {
        "eventVersion": "1.08", "userIdentity": {"type": "IAMUser", "accountId": ACCOUNT},
        "eventTime": f"2024-01-01T00:00:{second:02}Z", "eventSource": "kms.amazonaws.com", "eventName": name,
        "awsRegion": "us-east-1", "requestParameters": params, "responseElements": result,
        "eventID": f"00000000-0000-4000-8000-{second:012}", "eventType": "AwsApiCall", "recipientAccountId": ACCOUNT,
        **more,
    }  # fmt: skip
    return json.dumps(made).encode()


def test_a_life_that_began_before_the_trail() -> None:
    """Given records of a key that nobody saw made, then it is inferred, described, used, and deleted in its time."""
    aws = Keys()
    folded = [
        aws.machine.apply(record("DisableKey", {"keyId": KEY}, None, 1)),
        aws.machine.apply(record("CreateAlias", {"aliasName": "alias/a", "targetKeyId": KEY}, None, 2)),
        aws.machine.apply(
            record("CreateGrant", {"keyId": ARN, "granteePrincipal": "x"}, {"grantId": "g"}, 3)
        ),
        aws.machine.apply(record("RetireGrant", None, None, 4, additionalEventData={"grantId": "g"})),
        aws.machine.apply(record("ScheduleKeyDeletion", {"keyId": KEY, "pendingWindowInDays": 7}, None, 5)),
    ]
    assert folded == [Folded.INFERRED, *[Folded.PROJECTED] * 4]
    found = aws.did(api.DescribeKey(key_id="alias/a")).key_metadata
    assert (found.arn, found.key_state) == (ARN, "PendingDeletion")
    deleted = record(
        "DeleteKey", None, None, 6, eventType="AwsServiceEvent", eventTime="2024-01-09T00:00:06Z"
    )
    assert aws.machine.apply(deleted) is Folded.PROJECTED
    aws.when(api.DescribeKey(key_id=KEY)).refused("NotFoundException")


def test_a_key_that_aws_made_encrypts_here() -> None:
    """Given a foreign CreateKey, then the key has a material of this log, and what AWS encrypted stays closed."""
    aws = Keys()
    metadata = {"keyId": KEY, "arn": ARN, "keySpec": "SYMMETRIC_DEFAULT", "keyUsage": "ENCRYPT_DECRYPT"}
    aws.machine.apply(record("CreateKey", {"description": "d"}, {"keyMetadata": metadata}, 1))
    blob = aws.did(api.Encrypt(key_id=KEY, plaintext=b"x")).ciphertext_blob
    assert aws.did(api.Decrypt(ciphertext_blob=blob)).plaintext == b"x"
    aws.when(api.Decrypt(ciphertext_blob=b"\x01\x02\x02\x00" + b"\x78" * 60)).refused(
        "InvalidCiphertextException"
    )


def test_custom_key_stores_as_records_tell_of_them() -> None:
    """Given a foreign store, then it is described, connected and deleted; none can be made here."""
    aws = Keys()
    made = {"customKeyStoreName": "s", "clusterId": "cluster-1a23b4cdefg"}
    aws.machine.apply(record("CreateCustomKeyStore", made, {"customKeyStoreId": "cks-1234567890abcdef0"}, 1))
    name = "cks-1234567890abcdef0"
    aws.given(api.ConnectCustomKeyStore(custom_key_store_id=name))
    assert aws.record["additionalEventData"]["clusterId"] == "cluster-1a23b4cdefg"
    found = aws.did(api.DescribeCustomKeyStores()).custom_key_stores[0]
    assert (found.connection_state, found.custom_key_store_name) == ("CONNECTED", "s")
    aws.when(api.DeleteCustomKeyStore(custom_key_store_id=name)).refused(
        "CustomKeyStoreInvalidStateException"
    )
    aws.given(
        api.DisconnectCustomKeyStore(custom_key_store_id=name),
        api.UpdateCustomKeyStore(custom_key_store_id=name, new_custom_key_store_name="t"),
        api.DeleteCustomKeyStore(custom_key_store_id=name),
    )
    aws.when(api.DescribeCustomKeyStores(custom_key_store_id=name)).refused("CustomKeyStoreNotFoundException")
    aws.when(api.CreateCustomKeyStore(custom_key_store_name="u")).refused("CloudHsmClusterNotFoundException")


@pytest.mark.skipif(not TRAILS.is_dir(), reason="no real trails here")
def test_every_successful_write_of_real_trails_is_projected() -> None:
    """Given the real trails, then each successful write of KMS folds, and the State survives its bytes."""
    aws = Keys()
    for path in sorted(TRAILS.glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            if b"kms.amazonaws.com" not in line:
                continue
            told = json.loads(line)
            if told.get("eventSource") == "kms.amazonaws.com":
                folded = aws.machine.apply(line)
                write = told.get("readOnly") is False and "errorCode" not in told
                assert not write or folded in (Folded.PROJECTED, Folded.INFERRED), told
    assert not aws.machine.folder.broken
    before = aws.machine.digest()
    aws.machine.reload()
    assert aws.machine.digest() == before
    state = aws.machine.state(("kms", "111122223333", "us-west-2"))
    assert isinstance(state, Kms)
