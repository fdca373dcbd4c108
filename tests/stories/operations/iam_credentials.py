"""IAM: keys, passwords, MFA devices, certificates: all that proves who one is."""


from __future__ import annotations

from ..driving import TIME, Kept, Story, call, refused
from .made_keys import CERTIFICATE, PRIVATE_KEY, PUBLIC_KEY

STORIES = [
    Story(
        "iam",
        "access keys",
        [
            call(
                "CreateUser",
                {"UserName": "u"},
                {
                    "User": {
                        "Path": "/",
                        "UserName": "u",
                        "UserId": str,
                        "Arn": "arn:aws:iam::123456789012:user/u",
                        "CreateDate": TIME,
                    }
                },
            ),
            call(
                "CreateAccessKey",
                {"UserName": "u"},
                {
                    "AccessKey": {
                        "UserName": "u",
                        "AccessKeyId": str,
                        "Status": "Active",
                        "SecretAccessKey": str,
                        "CreateDate": TIME,
                    }
                },
                keeps={"key": "AccessKey.AccessKeyId", "secret": "AccessKey.SecretAccessKey"},
            ),
            call(
                "ListAccessKeys",
                {"UserName": "u"},
                {
                    "AccessKeyMetadata": [
                        {"UserName": "u", "AccessKeyId": Kept("key"), "Status": "Active", "CreateDate": TIME}
                    ],
                    "IsTruncated": False,
                },
            ),
            call(
                "ListAccessKeys",
                {},
                {
                    "AccessKeyMetadata": [
                        {"UserName": "u", "AccessKeyId": Kept("key"), "Status": "Active", "CreateDate": TIME}
                    ],
                    "IsTruncated": False,
                },
                who=("key", "secret"),
            ),
            call(
                "GetAccessKeyLastUsed",
                {"AccessKeyId": Kept("key")},
                {"UserName": "u", "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}},
            ),
            call("UpdateAccessKey", {"UserName": "u", "AccessKeyId": Kept("key"), "Status": "Inactive"}),
            call(
                "ListAccessKeys",
                {"UserName": "u"},
                {
                    "AccessKeyMetadata": [
                        {
                            "UserName": "u",
                            "AccessKeyId": Kept("key"),
                            "Status": "Inactive",
                            "CreateDate": TIME,
                        }
                    ],
                    "IsTruncated": False,
                },
            ),
            call("DeleteAccessKey", {"UserName": "u", "AccessKeyId": Kept("key")}),
            call("ListAccessKeys", {"UserName": "u"}, {"AccessKeyMetadata": [], "IsTruncated": False}),
        ],
    ),
    Story(
        "iam",
        "passwords",
        [
            call(
                "CreateUser",
                {"UserName": "u"},
                {
                    "User": {
                        "Path": "/",
                        "UserName": "u",
                        "UserId": str,
                        "Arn": "arn:aws:iam::123456789012:user/u",
                        "CreateDate": TIME,
                    }
                },
            ),
            call(
                "CreateLoginProfile",
                {"UserName": "u", "Password": "Tr0ub4dor&3-example", "PasswordResetRequired": True},
                {"LoginProfile": {"UserName": "u", "CreateDate": TIME, "PasswordResetRequired": True}},
            ),
            call(
                "GetLoginProfile",
                {"UserName": "u"},
                {"LoginProfile": {"UserName": "u", "CreateDate": TIME, "PasswordResetRequired": True}},
            ),
            call(
                "UpdateLoginProfile",
                {"UserName": "u", "Password": "Tr0ub4dor&4-example", "PasswordResetRequired": False},
            ),
            call(
                "CreateAccessKey",
                {"UserName": "u"},
                {
                    "AccessKey": {
                        "UserName": "u",
                        "AccessKeyId": str,
                        "Status": "Active",
                        "SecretAccessKey": str,
                        "CreateDate": TIME,
                    }
                },
                keeps={"key": "AccessKey.AccessKeyId", "secret": "AccessKey.SecretAccessKey"},
            ),
            call(
                "AttachUserPolicy",
                {"UserName": "u", "PolicyArn": "arn:aws:iam::aws:policy/IAMUserChangePassword"},
            ),
            call(
                "ChangePassword",
                {"OldPassword": "Tr0ub4dor&4-example", "NewPassword": "Tr0ub4dor&5-example"},
                who=("key", "secret"),
            ),
            call("DeleteLoginProfile", {"UserName": "u"}),
            refused("GetLoginProfile", {"UserName": "u"}, "NoSuchEntity"),
        ],
    ),
    Story(
        "iam",
        "MFA devices",
        [
            call(
                "CreateUser",
                {"UserName": "u"},
                {
                    "User": {
                        "Path": "/",
                        "UserName": "u",
                        "UserId": str,
                        "Arn": "arn:aws:iam::123456789012:user/u",
                        "CreateDate": TIME,
                    }
                },
            ),
            call(
                "CreateVirtualMFADevice",
                {"VirtualMFADeviceName": "d", "Tags": [{"Key": "team", "Value": "red"}]},
                {
                    "VirtualMFADevice": {
                        "SerialNumber": "arn:aws:iam::123456789012:mfa/d",
                        "Base32StringSeed": bytes,
                        "QRCodePNG": bytes,
                        "Tags": [{"Key": "team", "Value": "red"}],
                    }
                },
                keeps={
                    "serial": "VirtualMFADevice.SerialNumber",
                    "seed": "VirtualMFADevice.Base32StringSeed",
                },
            ),
            call(
                "EnableMFADevice",
                {
                    "UserName": "u",
                    "SerialNumber": Kept("serial"),
                    "AuthenticationCode1": NOW,
                    "AuthenticationCode2": NEXT,
                },
            ),
            call(
                "ResyncMFADevice",
                {
                    "UserName": "u",
                    "SerialNumber": Kept("serial"),
                    "AuthenticationCode1": NOW,
                    "AuthenticationCode2": NEXT,
                },
            ),
            call(
                "ListMFADevices",
                {"UserName": "u"},
                {
                    "MFADevices": [
                        {
                            "UserName": "u",
                            "SerialNumber": "arn:aws:iam::123456789012:mfa/d",
                            "EnableDate": TIME,
                        }
                    ],
                    "IsTruncated": False,
                },
            ),
            call(
                "ListVirtualMFADevices",
                {},
                {
                    "VirtualMFADevices": [
                        {
                            "SerialNumber": "arn:aws:iam::123456789012:mfa/d",
                            "User": {
                                "Path": "/",
                                "UserName": "u",
                                "UserId": str,
                                "Arn": "arn:aws:iam::123456789012:user/u",
                                "CreateDate": TIME,
                            },
                            "EnableDate": TIME,
                        }
                    ],
                    "IsTruncated": False,
                },
            ),
            call(
                "GetMFADevice",
                {"SerialNumber": Kept("serial")},
                {"UserName": "u", "SerialNumber": "arn:aws:iam::123456789012:mfa/d", "EnableDate": TIME},
            ),
            call("TagMFADevice", {"SerialNumber": Kept("serial"), "Tags": [{"Key": "cost", "Value": "1"}]}),
            call("UntagMFADevice", {"SerialNumber": Kept("serial"), "TagKeys": ["team"]}),
            call(
                "ListMFADeviceTags",
                {"SerialNumber": Kept("serial")},
                {"Tags": [{"Key": "cost", "Value": "1"}], "IsTruncated": False},
            ),
            call("DeactivateMFADevice", {"UserName": "u", "SerialNumber": Kept("serial")}),
            call("DeleteVirtualMFADevice", {"SerialNumber": Kept("serial")}),
        ],
    ),
    Story(
        "iam",
        "passwords for single services",
        [
            call(
                "CreateUser",
                {"UserName": "u"},
                {
                    "User": {
                        "Path": "/",
                        "UserName": "u",
                        "UserId": str,
                        "Arn": "arn:aws:iam::123456789012:user/u",
                        "CreateDate": TIME,
                    }
                },
            ),
            call(
                "CreateServiceSpecificCredential",
                {"UserName": "u", "ServiceName": "codecommit.amazonaws.com"},
                {
                    "ServiceSpecificCredential": {
                        "CreateDate": TIME,
                        "ServiceName": "codecommit.amazonaws.com",
                        "ServiceUserName": "u-at-123456789012",
                        "ServicePassword": str,
                        "ServiceSpecificCredentialId": str,
                        "UserName": "u",
                        "Status": "Active",
                    }
                },
                keeps={"id": "ServiceSpecificCredential.ServiceSpecificCredentialId"},
            ),
            call(
                "ResetServiceSpecificCredential",
                {"UserName": "u", "ServiceSpecificCredentialId": Kept("id")},
                {
                    "ServiceSpecificCredential": {
                        "CreateDate": TIME,
                        "ServiceName": "codecommit.amazonaws.com",
                        "ServiceUserName": "u-at-123456789012",
                        "ServicePassword": str,
                        "ServiceSpecificCredentialId": Kept("id"),
                        "UserName": "u",
                        "Status": "Active",
                    }
                },
            ),
            call(
                "UpdateServiceSpecificCredential",
                {"UserName": "u", "ServiceSpecificCredentialId": Kept("id"), "Status": "Inactive"},
            ),
            call(
                "ListServiceSpecificCredentials",
                {"UserName": "u"},
                {
                    "ServiceSpecificCredentials": [
                        {
                            "UserName": "u",
                            "Status": "Inactive",
                            "ServiceUserName": "u-at-123456789012",
                            "CreateDate": TIME,
                            "ServiceSpecificCredentialId": Kept("id"),
                            "ServiceName": "codecommit.amazonaws.com",
                        }
                    ],
                    "IsTruncated": False,
                },
            ),
            call(
                "DeleteServiceSpecificCredential",
                {"UserName": "u", "ServiceSpecificCredentialId": Kept("id")},
            ),
        ],
    ),
    Story(
        "iam",
        "SSH keys and certificates",
        [
            call(
                "CreateUser",
                {"UserName": "u"},
                {
                    "User": {
                        "Path": "/",
                        "UserName": "u",
                        "UserId": str,
                        "Arn": "arn:aws:iam::123456789012:user/u",
                        "CreateDate": TIME,
                    }
                },
            ),
            call(
                "UploadSSHPublicKey",
                {"UserName": "u", "SSHPublicKeyBody": PUBLIC_KEY},
                {
                    "SSHPublicKey": {
                        "UserName": "u",
                        "SSHPublicKeyId": str,
                        "Fingerprint": "14:25:5c:51:f9:52:28:47:2f:c3:13:01:ea:2c:f4:3a",
                        "SSHPublicKeyBody": PUBLIC_KEY,
                        "Status": "Active",
                        "UploadDate": TIME,
                    }
                },
                keeps={"id": "SSHPublicKey.SSHPublicKeyId"},
            ),
            call(
                "GetSSHPublicKey",
                {"UserName": "u", "SSHPublicKeyId": Kept("id"), "Encoding": "SSH"},
                {
                    "SSHPublicKey": {
                        "UserName": "u",
                        "SSHPublicKeyId": Kept("id"),
                        "Fingerprint": "14:25:5c:51:f9:52:28:47:2f:c3:13:01:ea:2c:f4:3a",
                        "SSHPublicKeyBody": PUBLIC_KEY,
                        "Status": "Active",
                        "UploadDate": TIME,
                    }
                },
            ),
            call("UpdateSSHPublicKey", {"UserName": "u", "SSHPublicKeyId": Kept("id"), "Status": "Inactive"}),
            call(
                "ListSSHPublicKeys",
                {"UserName": "u"},
                {
                    "SSHPublicKeys": [
                        {
                            "UserName": "u",
                            "SSHPublicKeyId": Kept("id"),
                            "Status": "Inactive",
                            "UploadDate": TIME,
                        }
                    ],
                    "IsTruncated": False,
                },
            ),
            call("DeleteSSHPublicKey", {"UserName": "u", "SSHPublicKeyId": Kept("id")}),
            call(
                "UploadSigningCertificate",
                {"UserName": "u", "CertificateBody": CERTIFICATE},
                {
                    "Certificate": {
                        "UserName": "u",
                        "CertificateId": str,
                        "CertificateBody": CERTIFICATE,
                        "Status": "Active",
                        "UploadDate": TIME,
                    }
                },
                keeps={"id": "Certificate.CertificateId"},
            ),
            call(
                "UpdateSigningCertificate",
                {"UserName": "u", "CertificateId": Kept("id"), "Status": "Inactive"},
            ),
            call(
                "ListSigningCertificates",
                {"UserName": "u"},
                {
                    "Certificates": [
                        {
                            "UserName": "u",
                            "CertificateId": Kept("id"),
                            "CertificateBody": CERTIFICATE,
                            "Status": "Inactive",
                            "UploadDate": TIME,
                        }
                    ],
                    "IsTruncated": False,
                },
            ),
            call("DeleteSigningCertificate", {"UserName": "u", "CertificateId": Kept("id")}),
            call(
                "UploadServerCertificate",
                {
                    "ServerCertificateName": "c",
                    "CertificateBody": CERTIFICATE,
                    "PrivateKey": PRIVATE_KEY,
                    "Tags": [{"Key": "team", "Value": "red"}],
                },
                {
                    "ServerCertificateMetadata": {
                        "Path": "/",
                        "ServerCertificateName": "c",
                        "ServerCertificateId": str,
                        "Arn": "arn:aws:iam::123456789012:server-certificate/c",
                        "UploadDate": TIME,
                        "Expiration": TIME,
                    },
                    "Tags": [{"Key": "team", "Value": "red"}],
                },
            ),
            call("UpdateServerCertificate", {"ServerCertificateName": "c", "NewServerCertificateName": "d"}),
            call(
                "GetServerCertificate",
                {"ServerCertificateName": "d"},
                {
                    "ServerCertificate": {
                        "ServerCertificateMetadata": {
                            "Path": "/",
                            "ServerCertificateName": "d",
                            "ServerCertificateId": str,
                            "Arn": "arn:aws:iam::123456789012:server-certificate/d",
                            "UploadDate": TIME,
                            "Expiration": TIME,
                        },
                        "CertificateBody": CERTIFICATE,
                        "Tags": [{"Key": "team", "Value": "red"}],
                    }
                },
            ),
            call(
                "ListServerCertificates",
                {},
                {
                    "ServerCertificateMetadataList": [
                        {
                            "Path": "/",
                            "ServerCertificateName": "d",
                            "ServerCertificateId": str,
                            "Arn": "arn:aws:iam::123456789012:server-certificate/d",
                            "UploadDate": TIME,
                            "Expiration": TIME,
                        }
                    ],
                    "IsTruncated": False,
                },
            ),
            call(
                "TagServerCertificate",
                {"ServerCertificateName": "d", "Tags": [{"Key": "cost", "Value": "1"}]},
            ),
            call("UntagServerCertificate", {"ServerCertificateName": "d", "TagKeys": ["team"]}),
            call(
                "ListServerCertificateTags",
                {"ServerCertificateName": "d"},
                {"Tags": [{"Key": "cost", "Value": "1"}], "IsTruncated": False},
            ),
            call("DeleteServerCertificate", {"ServerCertificateName": "d"}),
        ],
    ),
]
