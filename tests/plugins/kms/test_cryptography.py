"""What keys do: encrypt, sign, authenticate, agree; and that no record holds what is secret."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from backtrail import UNSET
from backtrail.trail.times import CommaTime
from backtrail_aws.kms import api
from backtrail_aws.kms.state import Kms

from .kms_scenario import Keys

SECRET = b"attack at dawn"


def test_what_is_encrypted_can_be_decrypted_in_its_context_alone() -> None:
    """Given a ciphertext, then it opens under the same context, and no record shows what is in it."""
    aws = Keys()
    key, other = aws.key(), aws.key()
    context = {"app": "one", "stage": "test"}
    blob = aws.did(api.Encrypt(key_id=key, plaintext=SECRET, encryption_context=context)).ciphertext_blob
    record = aws.record
    assert record["requestParameters"] == {
        "keyId": key, "encryptionContext": context, "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
    }  # fmt: skip
    assert (record["responseElements"], record["readOnly"]) == (None, True)
    found = aws.did(api.Decrypt(ciphertext_blob=blob, encryption_context=dict(reversed(context.items()))))
    assert (found.plaintext, found.key_id) == (SECRET, key)
    assert aws.record["resources"][0]["ARN"] == key
    for entry in aws.log:
        for part in (entry.record, entry.note or b""):
            assert SECRET not in part and base64.b64encode(SECRET) not in part
    aws.when(api.Decrypt(ciphertext_blob=blob)).refused("InvalidCiphertextException")
    changed = blob[:-1] + bytes([blob[-1] ^ 1])
    aws.when(api.Decrypt(ciphertext_blob=changed, encryption_context=context)).refused(
        "InvalidCiphertextException"
    )
    aws.when(api.Decrypt(ciphertext_blob=b"nothing")).refused("InvalidCiphertextException")
    wrong = api.Decrypt(ciphertext_blob=blob, key_id=other, encryption_context=context)
    aws.when(wrong).refused("IncorrectKeyException")
    aws.when(api.Decrypt(ciphertext_blob=blob, encryption_context=context, dry_run=True)).refused(
        "DryRunOperationException"
    )
    moved = aws.did(
        api.ReEncrypt(ciphertext_blob=blob, source_encryption_context=context, destination_key_id=other)
    )
    assert (moved.source_key_id, moved.key_id) == (key, other)
    assert [one["ARN"] for one in aws.record["resources"]] == [key, other]
    assert aws.did(api.Decrypt(ciphertext_blob=moved.ciphertext_blob)).plaintext == SECRET
    aws.given(api.ScheduleKeyDeletion(key_id=key, pending_window_in_days=7))
    aws.later(days=8)
    aws.when(api.Decrypt(ciphertext_blob=blob, encryption_context=context)).refused("AccessDeniedException")
    aws.replays()


def test_data_keys() -> None:
    """Given a data key, then its ciphertext gives it back; so does a pair's, and chance gives what is asked."""
    aws = Keys()
    key = aws.key()
    made = aws.did(api.GenerateDataKey(key_id=key, key_spec="AES_256"))
    assert len(made.plaintext) == 32
    assert aws.did(api.Decrypt(ciphertext_blob=made.ciphertext_blob)).plaintext == made.plaintext
    hidden = aws.did(api.GenerateDataKeyWithoutPlaintext(key_id=key, number_of_bytes=64))
    assert len(aws.did(api.Decrypt(ciphertext_blob=hidden.ciphertext_blob)).plaintext) == 64
    both = api.GenerateDataKey(key_id=key, key_spec="AES_256", number_of_bytes=16)
    aws.when(both).refused("ValidationException", "number of bytes or key spec")
    pair = aws.did(api.GenerateDataKeyPair(key_id=key, key_pair_spec="ECC_NIST_P256"))
    private = aws.did(api.Decrypt(ciphertext_blob=pair.private_key_ciphertext_blob)).plaintext
    assert private == pair.private_key_plaintext
    assert serialization.load_der_private_key(
        private, None
    ).public_key() == serialization.load_der_public_key(pair.public_key)
    quiet = aws.did(
        api.GenerateDataKeyPairWithoutPlaintext(key_id=key, key_pair_spec="ECC_NIST_EDWARDS25519")
    )
    assert quiet.private_key_ciphertext_blob and quiet.public_key
    first, second = (aws.did(api.GenerateRandom(number_of_bytes=20)).plaintext for _ in range(2))
    assert len(first) == 20 and first != second
    aws.when(api.GenerateRandom()).refused("ValidationException")
    mac = aws.key(key_spec="HMAC_512", key_usage="GENERATE_VERIFY_MAC")
    aws.when(api.GenerateDataKey(key_id=mac, key_spec="AES_256")).refused(
        "InvalidKeyUsageException", "key usage is GENERATE_VERIFY_MAC which is not valid for GenerateDataKey"
    )
    aws.replays()


@pytest.mark.parametrize(
    ("spec", "algorithm"),
    [
        ("RSA_2048", "RSASSA_PSS_SHA_256"), ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_512"),
        ("ECC_NIST_P384", "ECDSA_SHA_384"), ("ECC_SECG_P256K1", "ECDSA_SHA_256"),
        ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512"), ("ML_DSA_44", "ML_DSA_SHAKE_256"),
    ],
)  # fmt: skip
def test_signatures(spec: str, algorithm: str) -> None:
    """Given a signing key, then what it signs is verified, by it and by its public key; anything else is not."""
    aws = Keys()
    key = aws.key(key_spec=spec, key_usage="SIGN_VERIFY")
    made = aws.did(api.Sign(key_id=key, message=SECRET, signing_algorithm=algorithm))
    check = api.Verify(key_id=key, message=SECRET, signing_algorithm=algorithm, signature=made.signature)
    assert aws.did(check).signature_valid
    wrong = api.Verify(key_id=key, message=b"else", signing_algorithm=algorithm, signature=made.signature)
    aws.when(wrong).refused("KMSInvalidSignatureException")
    held = aws.machine.state(("kms", aws.account, aws.region))
    assert isinstance(held, Kms)
    private = held.keys[key.rpartition("/")[2]].materials[0].secret
    assert isinstance(private, bytes)
    assert not any(
        base64.b64encode(private) in part for one in aws.log for part in (one.record, one.note or b"")
    )
    public = aws.did(api.GetPublicKey(key_id=key))
    assert algorithm in public.signing_algorithms
    assert serialization.load_der_public_key(public.public_key)
    aws.when(api.Encrypt(key_id=key, plaintext=b"x")).refused("InvalidKeyUsageException")
    aws.when(api.Sign(key_id=key, message=b"x", signing_algorithm="SM2DSA")).refused(
        "InvalidKeyUsageException"
    )
    aws.replays()


def test_digests_are_signed_as_their_messages() -> None:
    """Given the digest of a message, then its signature is the message's, and its length is that of the hash."""
    aws = Keys()
    key = aws.key(key_spec="ECC_NIST_P256", key_usage="SIGN_VERIFY")
    digest = hashlib.sha256(SECRET).digest()
    made = aws.did(
        api.Sign(key_id=key, message=digest, message_type="DIGEST", signing_algorithm="ECDSA_SHA_256")
    )
    whole = api.Verify(
        key_id=key, message=SECRET, signing_algorithm="ECDSA_SHA_256", signature=made.signature
    )
    assert aws.did(whole).signature_valid
    aws.when(
        api.Sign(key_id=key, message=SECRET, message_type="DIGEST", signing_algorithm="ECDSA_SHA_256")
    ).refused("ValidationException", "Digest is invalid length")
    aws.replays()


def test_rsa_encryption() -> None:
    """Given an RSA key, then what its public half encrypts anywhere it decrypts, and no more than fits."""
    aws = Keys()
    key = aws.key(key_spec="RSA_2048", key_usage="ENCRYPT_DECRYPT")
    how = "RSAES_OAEP_SHA_256"
    blob = aws.did(api.Encrypt(key_id=key, plaintext=SECRET, encryption_algorithm=how)).ciphertext_blob
    back = api.Decrypt(key_id=key, ciphertext_blob=blob, encryption_algorithm=how)
    assert aws.did(back).plaintext == SECRET
    aws.when(api.Decrypt(ciphertext_blob=blob, encryption_algorithm=how)).refused("ValidationException")
    aws.when(api.Encrypt(key_id=key, plaintext=b"x" * 191, encryption_algorithm=how)).refused(
        "ValidationException"
    )
    aws.when(api.Encrypt(key_id=key, plaintext=SECRET)).refused("InvalidKeyUsageException")
    aws.when(api.Decrypt(key_id=key, ciphertext_blob=b"x", encryption_algorithm=how)).refused(
        "InvalidCiphertextException"
    )
    aws.replays()


def test_macs_and_shared_secrets() -> None:
    """Given a key for MACs and one for agreements, then a MAC is checked, and both sides have one secret."""
    aws = Keys()
    key = aws.key(key_spec="HMAC_256", key_usage="GENERATE_VERIFY_MAC")
    made = aws.did(api.GenerateMac(key_id=key, message=SECRET, mac_algorithm="HMAC_SHA_256")).mac
    assert aws.did(
        api.VerifyMac(key_id=key, message=SECRET, mac_algorithm="HMAC_SHA_256", mac=made)
    ).mac_valid
    wrong = api.VerifyMac(key_id=key, message=b"else", mac_algorithm="HMAC_SHA_256", mac=made)
    aws.when(wrong).refused("KMSInvalidMacException")
    agreeing = aws.key(key_spec="ECC_NIST_P256", key_usage="KEY_AGREEMENT")
    mine = ec.generate_private_key(ec.SECP256R1())
    public = mine.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    theirs = serialization.load_der_public_key(aws.did(api.GetPublicKey(key_id=agreeing)).public_key)
    assert isinstance(theirs, ec.EllipticCurvePublicKey)
    derived = api.DeriveSharedSecret(key_id=agreeing, key_agreement_algorithm="ECDH", public_key=public)
    assert aws.did(derived).shared_secret == mine.exchange(ec.ECDH(), theirs)
    aws.when(
        api.DeriveSharedSecret(key_id=agreeing, key_agreement_algorithm="ECDH", public_key=b"x")
    ).refused("ValidationException")
    aws.replays()


@pytest.mark.parametrize("wrapping", ["RSAES_OAEP_SHA_256", "RSA_AES_KEY_WRAP_SHA_256"])
def test_material_is_imported_expires_and_comes_again(wrapping: str) -> None:
    """Given a key that waits for its material, then it works once that came, until it expires."""
    aws = Keys()
    key = aws.key(origin="EXTERNAL")
    aws.when(api.Encrypt(key_id=key, plaintext=b"x")).refused("KMSInvalidStateException", "pending import")
    material = bytes(range(32))

    def imported(data: bytes, days: int = 0) -> api.ImportKeyMaterial:
        asked = aws.did(
            api.GetParametersForImport(key_id=key, wrapping_algorithm=wrapping, wrapping_key_spec="RSA_2048")
        )
        until = CommaTime.of(aws.now + timedelta(days=days))
        model = "KEY_MATERIAL_EXPIRES" if days else "KEY_MATERIAL_DOES_NOT_EXPIRE"
        return api.ImportKeyMaterial(
            key_id=key, import_token=asked.import_token, encrypted_key_material=wrap(asked.public_key, data, wrapping),
            expiration_model=model, valid_to=until if days else UNSET,
        )  # fmt: skip

    aws.given(imported(material, days=10))
    assert aws.record["responseElements"] is None
    assert set(aws.record["requestParameters"]) == {"keyId", "validTo", "expirationModel"}
    assert not any(
        base64.b64encode(material) in part for one in aws.log for part in (one.record, one.note or b"")
    )
    blob = aws.did(api.Encrypt(key_id=key, plaintext=SECRET)).ciphertext_blob
    aws.later(days=11)
    assert aws.record["eventName"] == "DeleteExpiredKeyMaterial"
    aws.when(api.Decrypt(ciphertext_blob=blob)).refused("KMSInvalidStateException", "pending import")
    aws.when(imported(b"1" * 32)).refused("IncorrectKeyMaterialException")
    aws.when(imported(b"1" * 31)).refused("IncorrectKeyMaterialException")
    aws.given(imported(material))
    assert aws.did(api.Decrypt(ciphertext_blob=blob)).plaintext == SECRET
    aws.given(api.DeleteImportedKeyMaterial(key_id=key))
    assert aws.did(api.DescribeKey(key_id=key)).key_metadata.key_state == "PendingImport"
    late = imported(material)
    aws.later(days=2)
    aws.when(late).refused("ExpiredImportTokenException")
    forged = api.ImportKeyMaterial(
        key_id=key,
        import_token=b"x",
        encrypted_key_material=b"y",
        expiration_model="KEY_MATERIAL_DOES_NOT_EXPIRE",
    )
    aws.when(forged).refused("InvalidImportTokenException")
    aws.when(
        api.GetParametersForImport(
            key_id=aws.key(), wrapping_algorithm=wrapping, wrapping_key_spec="RSA_2048"
        )
    ).refused("UnsupportedOperationException")
    aws.replays()


def wrap(public: bytes, data: bytes, how: str) -> bytes:
    """Material as a customer wraps it."""
    key = serialization.load_der_public_key(public)
    assert isinstance(key, rsa.RSAPublicKey)
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
    if how.startswith("RSAES"):
        return key.encrypt(data, oaep)
    aes = b"k" * 32
    return key.encrypt(aes, oaep) + keywrap.aes_key_wrap_with_padding(aes, data)
