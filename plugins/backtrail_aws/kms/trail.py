"""How CloudTrail writes KMS: what is encrypted, signed or authenticated is nowhere in a record, nor is any key.

https://docs.aws.amazon.com/kms/latest/developerguide/understanding-kms-entries.html; real records of CreateGrant show
`grantId` alone, those of ImportKeyMaterial no answer.
"""

from __future__ import annotations

from backtrail.trail.declare import Trail
from backtrail.trail.times import CommaTime

_TOKENS = (
    "CreateGrant", "Decrypt", "DeriveSharedSecret", "DescribeKey", "Encrypt", "GenerateDataKey",
    "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "GenerateMac",
    "GetPublicKey", "ReEncrypt", "Sign", "Verify", "VerifyMac",
)  # fmt: skip

TRAIL = Trail(
    time=CommaTime,
    sealed=frozenset(
        {
            "CreateCustomKeyStore.KeyStorePassword",
            "CreateGrantResult.GrantToken",
            "Decrypt.CiphertextBlob",
            "Decrypt.Recipient",
            "DecryptResult.Plaintext",
            "DeriveSharedSecret.PublicKey",
            "DeriveSharedSecret.Recipient",
            "DeriveSharedSecretResult.SharedSecret",
            "Encrypt.Plaintext",
            "GenerateDataKey.Recipient",
            "GenerateDataKeyPair.Recipient",
            "GenerateDataKeyPairResult.PrivateKeyPlaintext",
            "GenerateDataKeyResult.Plaintext",
            "GenerateMac.Message",
            "GenerateRandom.Recipient",
            "GenerateRandomResult.Plaintext",
            "GetParametersForImportResult.PublicKey",
            "ImportKeyMaterial.EncryptedKeyMaterial",
            "ImportKeyMaterial.ImportToken",
            "ReEncrypt.CiphertextBlob",
            "RetireGrant.GrantToken",
            "Sign.Message",
            "UpdateCustomKeyStore.KeyStorePassword",
            "Verify.Message",
            "Verify.Signature",
            "VerifyMac.Mac",
            "VerifyMac.Message",
            "XksProxyAuthenticationCredentialType.AccessKeyId",
            "XksProxyAuthenticationCredentialType.RawSecretAccessKey",
            "XksProxyConfigurationType.AccessKeyId",
            *(f"{action}.GrantTokens" for action in _TOKENS),
        }
    ),
    added={"CreateKey.PrivateKey": "Sealed[bytes]", "ImportKeyMaterial.KeyMaterial": "Sealed[bytes]"},
    optional=frozenset({"CreateGrant.Operations", "KeyMetadata.KeyId"}),
    renamed={
        "CreateCustomKeyStore.CloudHsmClusterId": "clusterId",
        "UpdateCustomKeyStore.CloudHsmClusterId": "clusterId",
    },
    hidden=frozenset({"ImportKeyMaterial"}),
)  # fmt: skip
"""KMS's declaration."""
