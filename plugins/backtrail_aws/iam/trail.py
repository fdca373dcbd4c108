"""How CloudTrail writes IAM.

Measured on real records: responses of Create* and Upload* calls stand there without their secrets, those of most
other writes are null because the API answers nothing; policy documents are text in parameters and URL-encoded text in
responses; times are `Jul 10, 2023 11:54:39 AM`.
"""

from __future__ import annotations

from backtrail.trail.declare import Trail

_RESULTS = (
    "CreateAccessKey",
    "CreateGroup",
    "CreateInstanceProfile",
    "CreateLoginProfile",
    "CreateOpenIDConnectProvider",
    "CreatePolicy",
    "CreatePolicyVersion",
    "CreateRole",
    "CreateSAMLProvider",
    "CreateServiceLinkedRole",
    "CreateServiceSpecificCredential",
    "CreateUser",
    "CreateVirtualMFADevice",
    "DeleteServiceLinkedRole",
    "ResetServiceSpecificCredential",
    "UploadServerCertificate",
    "UploadSSHPublicKey",
    "UpdateSAMLProvider",
    "UploadSigningCertificate",
)

_SHAPES = (
    "AccessKey",
    "Group",
    "InstanceProfile",
    "LoginProfile",
    "MFADevice",
    "Policy",
    "PolicyVersion",
    "Role",
    "SSHPublicKey",
    "SSHPublicKeyMetadata",
    "ServerCertificate",
    "ServerCertificateMetadata",
    "ServiceSpecificCredential",
    "ServiceSpecificCredentialMetadata",
    "SigningCertificate",
    "User",
    "VirtualMFADevice",
)

TRAIL = Trail(
    sealed=frozenset(
        {
            "AccessKey.SecretAccessKey",
            "ChangePassword.NewPassword",
            "ChangePassword.OldPassword",
            "CreateLoginProfile.Password",
            "CreateSAMLProvider.AddPrivateKey",
            "EnableMFADevice.AuthenticationCode1",
            "EnableMFADevice.AuthenticationCode2",
            "ResyncMFADevice.AuthenticationCode1",
            "ResyncMFADevice.AuthenticationCode2",
            "ServiceSpecificCredential.ServiceCredentialSecret",
            "ServiceSpecificCredential.ServicePassword",
            "UpdateLoginProfile.Password",
            "UpdateSAMLProvider.AddPrivateKey",
            "UploadServerCertificate.PrivateKey",
            "VirtualMFADevice.Base32StringSeed",
            "VirtualMFADevice.QRCodePNG",
        }
    ),
    optional=frozenset({f"{name}Result.*" for name in _RESULTS} | {f"{name}.*" for name in _SHAPES}),
)
