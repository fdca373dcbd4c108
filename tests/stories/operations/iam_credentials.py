"""IAM: access keys, passwords and MFA devices."""

from __future__ import annotations

from ..driving import TIME, Kept, Made, Story, call, refused
from .made_keys import code_of

NOW = Made(lambda kept: code_of(kept["seed"], 0))
NEXT = Made(lambda kept: code_of(kept["seed"], 1))

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
                "AttachUserPolicy",
                {"UserName": "u", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
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
                {
                    "UserName": "u",
                    "AccessKeyLastUsed": {"LastUsedDate": TIME, "ServiceName": "iam", "Region": "us-east-1"},
                },
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
                        "Base32StringSeed": ...,
                        "QRCodePNG": ...,
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
]
