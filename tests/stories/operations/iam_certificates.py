"""IAM: SSH keys, certificates, and passwords for single services."""

from __future__ import annotations

from ..driving import TIME, Kept, Story, call
from .made_keys import CERTIFICATE, PRIVATE_KEY, PUBLIC_KEY

STORIES = [
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
                        "Fingerprint": str,
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
                        "Fingerprint": str,
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
