"""KMS: keys, aliases, policies, tags, grants, rotation, deletion, and what keys do."""

from __future__ import annotations

import re

from ..driving import TIME, Kept, Story, call, refused

ACCOUNT = "123456789012"
ARN = re.compile(rf"arn:aws:kms:us-east-1:{ACCOUNT}:key/[0-9a-f-]{{36}}")
UNKNOWN = "11111111-2222-3333-4444-555555555555"
SECRET = b"attack at dawn"
SYMMETRIC = {
    "AWSAccountId": ACCOUNT, "KeyId": str, "Arn": ARN, "CreationDate": TIME, "Enabled": True, "Description": "",
    "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": "Enabled", "Origin": "AWS_KMS", "KeyManager": "CUSTOMER",
    "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "KeySpec": "SYMMETRIC_DEFAULT",
    "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "MultiRegion": False, "CurrentKeyMaterialId": str,
}  # fmt: skip
PAIR = {
    name: held
    for name, held in SYMMETRIC.items()
    if name not in ("CurrentKeyMaterialId", "EncryptionAlgorithms")
}
POLICY = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},'
    '"Action":"kms:*","Resource":"*"}]}'
)
MADE = {"key": "KeyMetadata.KeyId", "arn": "KeyMetadata.Arn"}


KEY = call("CreateKey", {}, {"KeyMetadata": SYMMETRIC}, keeps=MADE)

STORIES = [
    Story(
        "kms",
        "keys are made, described, listed, changed and deleted",
        [
            KEY,
            call("DescribeKey", {"KeyId": Kept("key")}, {"KeyMetadata": SYMMETRIC}),
            refused("DescribeKey", {"KeyId": UNKNOWN}, "NotFoundException"),
            call(
                "ListKeys", {}, {"Keys": [{"KeyId": Kept("key"), "KeyArn": Kept("arn")}], "Truncated": False}
            ),
            call("UpdateKeyDescription", {"KeyId": Kept("key"), "Description": "mine"}),
            call(
                "DescribeKey", {"KeyId": Kept("arn")}, {"KeyMetadata": {**SYMMETRIC, "Description": "mine"}}
            ),
            call("DisableKey", {"KeyId": Kept("key")}),
            refused("Encrypt", {"KeyId": Kept("key"), "Plaintext": SECRET}, "DisabledException"),
            call("EnableKey", {"KeyId": Kept("key")}),
            call("TagResource", {"KeyId": Kept("key"), "Tags": [{"TagKey": "a", "TagValue": "b"}]}),
            call(
                "ListResourceTags",
                {"KeyId": Kept("key")},
                {"Tags": [{"TagKey": "a", "TagValue": "b"}], "Truncated": False},
            ),
            call("UntagResource", {"KeyId": Kept("key"), "TagKeys": ["a"]}),
            call("PutKeyPolicy", {"KeyId": Kept("key"), "PolicyName": "default", "Policy": POLICY}),
            call(
                "GetKeyPolicy",
                {"KeyId": Kept("key"), "PolicyName": "default"},
                {"Policy": POLICY, "PolicyName": "default"},
            ),
            call("ListKeyPolicies", {"KeyId": Kept("key")}, {"PolicyNames": ["default"], "Truncated": False}),
            call(
                "ScheduleKeyDeletion",
                {"KeyId": Kept("key"), "PendingWindowInDays": 7},
                {
                    "KeyId": Kept("arn"),
                    "DeletionDate": TIME,
                    "KeyState": "PendingDeletion",
                    "PendingWindowInDays": 7,
                },
            ),
            refused("Encrypt", {"KeyId": Kept("key"), "Plaintext": SECRET}, "KMSInvalidStateException"),
            call("CancelKeyDeletion", {"KeyId": Kept("key")}, {"KeyId": Kept("arn")}),
            call("DescribeCustomKeyStores", {}, {"CustomKeyStores": [], "Truncated": False}),
        ],
    ),
    Story(
        "kms",
        "aliases name keys",
        [
            KEY,
            call("CreateAlias", {"AliasName": "alias/app", "TargetKeyId": Kept("key")}),
            refused(
                "CreateAlias",
                {"AliasName": "alias/app", "TargetKeyId": Kept("key")},
                "AlreadyExistsException",
            ),
            call(
                "ListAliases",
                {},
                {
                    "Aliases": [
                        {
                            "AliasName": "alias/app",
                            "AliasArn": f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/app",
                            "TargetKeyId": Kept("key"),
                            "CreationDate": TIME,
                            "LastUpdatedDate": TIME,
                        }
                    ],
                    "Truncated": False,
                },
            ),
            call("CreateKey", {}, {"KeyMetadata": SYMMETRIC}, keeps={"other": "KeyMetadata.KeyId"}),
            call("UpdateAlias", {"AliasName": "alias/app", "TargetKeyId": Kept("other")}),
            call("DeleteAlias", {"AliasName": "alias/app"}),
            refused("DeleteAlias", {"AliasName": "alias/app"}, "NotFoundException"),
        ],
    ),
    Story(
        "kms",
        "grants and rotation",
        [
            KEY,
            call(
                "CreateGrant",
                {
                    "KeyId": Kept("key"),
                    "GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:user/a",
                    "RetiringPrincipal": f"arn:aws:iam::{ACCOUNT}:user/b",
                    "Operations": ["Decrypt"],
                },
                {"GrantToken": str, "GrantId": re.compile("[0-9a-f]{64}")},
                keeps={"grant": "GrantId"},
            ),
            *(
                call(
                    operation,
                    given,
                    {
                        "Grants": [
                            {
                                "KeyId": Kept("arn"),
                                "GrantId": Kept("grant"),
                                "Name": "",
                                "CreationDate": TIME,
                                "GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:user/a",
                                "RetiringPrincipal": f"arn:aws:iam::{ACCOUNT}:user/b",
                                "IssuingAccount": f"arn:aws:iam::{ACCOUNT}:root",
                                "Operations": ["Decrypt"],
                            }
                        ],
                        "Truncated": False,
                    },
                )
                for operation, given in (
                    ("ListGrants", {"KeyId": Kept("key")}),
                    ("ListRetirableGrants", {"RetiringPrincipal": f"arn:aws:iam::{ACCOUNT}:user/b"}),
                )
            ),
            call("RevokeGrant", {"KeyId": Kept("key"), "GrantId": Kept("grant")}),
            call("EnableKeyRotation", {"KeyId": Kept("key"), "RotationPeriodInDays": 90}),
            call(
                "GetKeyRotationStatus",
                {"KeyId": Kept("key")},
                {
                    "KeyRotationEnabled": True,
                    "KeyId": Kept("arn"),
                    "RotationPeriodInDays": 90,
                    "NextRotationDate": TIME,
                },
            ),
            call("DisableKeyRotation", {"KeyId": Kept("key")}),
            call("RotateKeyOnDemand", {"KeyId": Kept("key")}, {"KeyId": Kept("arn")}),
            call(
                "ListKeyRotations",
                {"KeyId": Kept("key")},
                {
                    "Rotations": [
                        {
                            "KeyId": Kept("arn"),
                            "KeyMaterialId": str,
                            "KeyMaterialState": "CURRENT",
                            "RotationDate": TIME,
                            "RotationType": "ON_DEMAND",
                        }
                    ],
                    "Truncated": False,
                },
            ),
        ],
    ),
    Story(
        "kms",
        "data is encrypted, and data keys are made",
        [
            KEY,
            call(
                "Encrypt",
                {"KeyId": Kept("key"), "Plaintext": SECRET, "EncryptionContext": {"a": "b"}},
                {"CiphertextBlob": ..., "KeyId": Kept("arn"), "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"},
                keeps={"blob": "CiphertextBlob"},
            ),
            call(
                "Decrypt",
                {"CiphertextBlob": Kept("blob"), "EncryptionContext": {"a": "b"}},
                {
                    "KeyId": Kept("arn"),
                    "Plaintext": SECRET,
                    "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
                    "KeyMaterialId": str,
                },
            ),
            refused("Decrypt", {"CiphertextBlob": Kept("blob")}, "InvalidCiphertextException"),
            call(
                "ReEncrypt",
                {
                    "CiphertextBlob": Kept("blob"),
                    "SourceEncryptionContext": {"a": "b"},
                    "DestinationKeyId": Kept("key"),
                },
                {
                    "CiphertextBlob": ...,
                    "SourceKeyId": Kept("arn"),
                    "KeyId": Kept("arn"),
                    "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
                    "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
                    "SourceKeyMaterialId": str,
                    "DestinationKeyMaterialId": str,
                },
            ),
            call(
                "GenerateDataKey",
                {"KeyId": Kept("key"), "KeySpec": "AES_256"},
                {"CiphertextBlob": ..., "Plaintext": ..., "KeyId": Kept("arn"), "KeyMaterialId": str},
            ),
            call(
                "GenerateDataKeyWithoutPlaintext",
                {"KeyId": Kept("key"), "NumberOfBytes": 16},
                {"CiphertextBlob": ..., "KeyId": Kept("arn"), "KeyMaterialId": str},
            ),
            call(
                "GenerateDataKeyPair",
                {"KeyId": Kept("key"), "KeyPairSpec": "ECC_NIST_P256"},
                {
                    "PrivateKeyCiphertextBlob": ...,
                    "PrivateKeyPlaintext": ...,
                    "PublicKey": ...,
                    "KeyId": Kept("arn"),
                    "KeyPairSpec": "ECC_NIST_P256",
                    "KeyMaterialId": str,
                },
            ),
            call(
                "GenerateDataKeyPairWithoutPlaintext",
                {"KeyId": Kept("key"), "KeyPairSpec": "ECC_NIST_P256"},
                {
                    "PrivateKeyCiphertextBlob": ...,
                    "PublicKey": ...,
                    "KeyId": Kept("arn"),
                    "KeyPairSpec": "ECC_NIST_P256",
                    "KeyMaterialId": str,
                },
            ),
            call("GenerateRandom", {"NumberOfBytes": 8}, {"Plaintext": ...}),
        ],
    ),
    Story(
        "kms",
        "messages are signed and authenticated",
        [
            call(
                "CreateKey",
                {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"},
                {
                    "KeyMetadata": {
                        **PAIR,
                        "KeyUsage": "SIGN_VERIFY",
                        "CustomerMasterKeySpec": "ECC_NIST_P256",
                        "KeySpec": "ECC_NIST_P256",
                        "SigningAlgorithms": ["ECDSA_SHA_256"],
                    }
                },
                keeps=MADE,
            ),
            call(
                "Sign",
                {"KeyId": Kept("key"), "Message": SECRET, "SigningAlgorithm": "ECDSA_SHA_256"},
                {"KeyId": Kept("arn"), "Signature": ..., "SigningAlgorithm": "ECDSA_SHA_256"},
                keeps={"signature": "Signature"},
            ),
            call(
                "Verify",
                {
                    "KeyId": Kept("key"),
                    "Message": SECRET,
                    "SigningAlgorithm": "ECDSA_SHA_256",
                    "Signature": Kept("signature"),
                },
                {"KeyId": Kept("arn"), "SignatureValid": True, "SigningAlgorithm": "ECDSA_SHA_256"},
            ),
            call(
                "GetPublicKey",
                {"KeyId": Kept("key")},
                {
                    "KeyId": Kept("arn"),
                    "PublicKey": ...,
                    "CustomerMasterKeySpec": "ECC_NIST_P256",
                    "KeySpec": "ECC_NIST_P256",
                    "KeyUsage": "SIGN_VERIFY",
                    "SigningAlgorithms": ["ECDSA_SHA_256"],
                },
            ),
            call(
                "CreateKey",
                {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"},
                {
                    "KeyMetadata": {
                        **PAIR,
                        "KeyUsage": "GENERATE_VERIFY_MAC",
                        "CustomerMasterKeySpec": "HMAC_256",
                        "KeySpec": "HMAC_256",
                        "MacAlgorithms": ["HMAC_SHA_256"],
                    }
                },
                keeps=MADE,
            ),
            call(
                "GenerateMac",
                {"KeyId": Kept("key"), "Message": SECRET, "MacAlgorithm": "HMAC_SHA_256"},
                {"KeyId": Kept("arn"), "Mac": ..., "MacAlgorithm": "HMAC_SHA_256"},
                keeps={"mac": "Mac"},
            ),
            call(
                "VerifyMac",
                {"KeyId": Kept("key"), "Message": SECRET, "MacAlgorithm": "HMAC_SHA_256", "Mac": Kept("mac")},
                {"KeyId": Kept("arn"), "MacValid": True, "MacAlgorithm": "HMAC_SHA_256"},
            ),
            refused(
                "VerifyMac",
                {
                    "KeyId": Kept("key"),
                    "Message": b"else",
                    "MacAlgorithm": "HMAC_SHA_256",
                    "Mac": Kept("mac"),
                },
                "KMSInvalidMacException",
            ),
        ],
    ),
]
