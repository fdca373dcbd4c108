"""KMS by boto3, over a real socket: every operation, and what a user of keys expects."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from backtrail import model
from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import registry

from .acting import Boto3, Cli, act
from .driving import Story
from .operations import kms as stories
from .records import records

Client = Callable[..., Any]
SECRET = b"attack at dawn"
BELOW = {
    "DeriveSharedSecret", "GetParametersForImport", "ImportKeyMaterial", "DeleteImportedKeyMaterial", "ReplicateKey",
    "UpdatePrimaryRegion", "RetireGrant", "CreateCustomKeyStore", "ConnectCustomKeyStore", "DisconnectCustomKeyStore",
    "UpdateCustomKeyStore", "DeleteCustomKeyStore",
}  # fmt: skip
"""Operations that the stories of this file call, for they need what a table of calls cannot compute."""


@pytest.mark.parametrize("story", stories.STORIES, ids=[story.name for story in stories.STORIES])
def test_boto3_acts_out(endpoint: str, server: BackgroundServer, story: Story) -> None:
    """Each call is answered with the members that AWS gives, no more and no fewer, and is one record."""
    act(story, Boto3(endpoint))

    written = [one for one in records(server) if one["eventType"] == "AwsApiCall"]
    assert [(one["eventName"], one.get("errorCode")) for one in written] == [
        (step.action, step.code) for step in story.steps
    ]


@pytest.mark.parametrize("story", stories.STORIES[1:3], ids=[story.name for story in stories.STORIES[1:3]])
@pytest.mark.filterwarnings(
    "ignore:unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_the_cli_acts_out(endpoint: str, tmp_path: Path, story: Story) -> None:
    """Each command prints the members that AWS gives, or names the refusal's code."""
    act(story, Cli(endpoint, tmp_path))


def test_every_operation_is_called() -> None:
    """Whatever KMS serves, a story calls."""
    served = {one for one in registry().services["kms"].handlers if one in model.load("kms").operations}
    called = {step.action for story in stories.STORIES for step in story.steps}
    assert served - called == BELOW


def test_no_record_holds_what_is_secret(client: Client, server: BackgroundServer) -> None:
    """KMS-04, KMS-09: each use is a record that names key and caller; none has the plaintext, nor a key's material."""
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=key, Plaintext=SECRET)["CiphertextBlob"]
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    assert len(made["Plaintext"]) == 32
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == SECRET
    told = [one for one in records(server) if one["eventSource"] == "kms.amazonaws.com"]
    assert [one["eventName"] for one in told] == ["CreateKey", "Encrypt", "GenerateDataKey", "Decrypt"]
    for one in told:
        assert one["resources"][0]["ARN"] == key
        assert one["userIdentity"]["type"] == "Root" and one["managementEvent"] is True
        text = json.dumps(one)
        assert "plaintext" not in text and SECRET.decode() not in text


def test_keys_sign_and_agree_with_the_world(client: Client) -> None:
    """What KMS signs others verify by its public key, and what they agree on is one secret."""
    kms = client("kms")
    key = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    how = "RSASSA_PSS_SHA_256"
    made = kms.sign(KeyId=key, Message=SECRET, SigningAlgorithm=how)["Signature"]
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(made, SECRET, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    digest = hashlib.sha256(SECRET).digest()
    assert kms.verify(KeyId=key, Message=digest, MessageType="DIGEST", SigningAlgorithm=how, Signature=made)[
        "SignatureValid"
    ]
    with pytest.raises(kms.exceptions.KMSInvalidSignatureException):
        kms.verify(KeyId=key, Message=b"else", SigningAlgorithm=how, Signature=made)

    agreeing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")["KeyMetadata"]["KeyId"]
    mine = ec.generate_private_key(ec.SECP256R1())
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    given = mine.public_key().public_bytes(serialization.Encoding.DER, form)
    derived = kms.derive_shared_secret(KeyId=agreeing, KeyAgreementAlgorithm="ECDH", PublicKey=given)
    theirs = serialization.load_der_public_key(kms.get_public_key(KeyId=agreeing)["PublicKey"])
    assert isinstance(theirs, ec.EllipticCurvePublicKey)
    assert derived["SharedSecret"] == mine.exchange(ec.ECDH(), theirs)


def test_material_is_imported(client: Client) -> None:
    """KMS-05: a key that waits for its material works with the customer's own, until that is taken away."""
    kms = client("kms")
    key = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]
    assert (key["KeyState"], key["Enabled"]) == ("PendingImport", False)
    with pytest.raises(kms.exceptions.KMSInvalidStateException):
        kms.encrypt(KeyId=key["KeyId"], Plaintext=SECRET)
    how = "RSAES_OAEP_SHA_256"
    asked = kms.get_parameters_for_import(
        KeyId=key["KeyId"], WrappingAlgorithm=how, WrappingKeySpec="RSA_2048"
    )
    public = serialization.load_der_public_key(asked["PublicKey"])
    assert isinstance(public, rsa.RSAPublicKey)
    wrapped = public.encrypt(bytes(32), padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    kms.import_key_material(
        KeyId=key["KeyId"], ImportToken=asked["ImportToken"], EncryptedKeyMaterial=wrapped,
        ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
    )  # fmt: skip
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Enabled"
    kms.encrypt(KeyId=key["KeyId"], Plaintext=SECRET)
    kms.delete_imported_key_material(KeyId=key["KeyId"])
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "PendingImport"


def test_a_multi_region_key(client: Client) -> None:
    """What the primary key encrypts its replica decrypts, also once it is the primary key itself."""
    here, there = client("kms"), client("kms", region="eu-west-1")
    key = here.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    made = here.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")["ReplicaKeyMetadata"]
    assert made["KeyId"] == key and ":eu-west-1:" in made["Arn"]
    blob = here.encrypt(KeyId=key, Plaintext=SECRET)["CiphertextBlob"]
    assert there.decrypt(CiphertextBlob=blob)["Plaintext"] == SECRET
    here.update_primary_region(KeyId=key, PrimaryRegion="eu-west-1")
    for one in (here, there):
        regions = one.describe_key(KeyId=key)["KeyMetadata"]["MultiRegionConfiguration"]
        assert regions["PrimaryKey"]["Region"] == "eu-west-1"
        assert [replica["Region"] for replica in regions["ReplicaKeys"]] == ["us-east-1"]


def test_grants_are_retired(client: Client) -> None:
    """By the token that the grant came with."""
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    made = kms.create_grant(
        KeyId=key, GranteePrincipal="arn:aws:iam::123456789012:user/a", Operations=["Decrypt"]
    )
    assert [one["GrantId"] for one in kms.list_grants(KeyId=key)["Grants"]] == [made["GrantId"]]
    kms.retire_grant(GrantToken=made["GrantToken"])
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_custom_key_stores_cannot_be_made_here(client: Client) -> None:
    """There is no CloudHSM; what would be done to a store is refused."""
    kms = client("kms")
    with pytest.raises(kms.exceptions.CloudHsmClusterNotFoundException):
        kms.create_custom_key_store(CustomKeyStoreName="s", CloudHsmClusterId="cluster-2a23b4cdefg")
    for operation in ("Connect", "Disconnect", "Update", "Delete"):
        with pytest.raises(kms.exceptions.CustomKeyStoreNotFoundException):
            getattr(kms, xform_name(f"{operation}CustomKeyStore"))(CustomKeyStoreId="cks-1")


def test_what_is_not_here_is_a_501(client: Client) -> None:
    """ML-KEM and the last use of a key say that they are not here."""
    kms = client("kms", config=Config(retries={"max_attempts": 0}))
    with pytest.raises(ClientError) as refused:
        kms.get_key_last_usage(KeyId="a")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
