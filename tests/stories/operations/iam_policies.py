"""IAM: managed policies and their versions, and what the account is as a whole."""

from __future__ import annotations

import json

from ..driving import TIME, Story, call, refused

ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
DOCUMENT = json.dumps(ALLOW)
ARN = "arn:aws:iam::123456789012:policy/app/p"

STORIES = [
    Story(
        "iam",
        "a managed policy has versions",
        [
            call(
                "CreatePolicy",
                {
                    "PolicyName": "p",
                    "Path": "/app/",
                    "PolicyDocument": DOCUMENT,
                    "Description": "d",
                    "Tags": [{"Key": "team", "Value": "red"}],
                },
                {
                    "Policy": {
                        "PolicyName": "p",
                        "PolicyId": str,
                        "Arn": ARN,
                        "Path": "/app/",
                        "DefaultVersionId": "v1",
                        "AttachmentCount": 0,
                        "PermissionsBoundaryUsageCount": 0,
                        "IsAttachable": True,
                        "CreateDate": TIME,
                        "UpdateDate": TIME,
                        "Tags": [{"Key": "team", "Value": "red"}],
                    }
                },
            ),
            call(
                "GetPolicy",
                {"PolicyArn": ARN},
                {
                    "Policy": {
                        "PolicyName": "p",
                        "PolicyId": str,
                        "Arn": ARN,
                        "Path": "/app/",
                        "DefaultVersionId": "v1",
                        "AttachmentCount": 0,
                        "PermissionsBoundaryUsageCount": 0,
                        "IsAttachable": True,
                        "Description": "d",
                        "CreateDate": TIME,
                        "UpdateDate": TIME,
                        "Tags": [{"Key": "team", "Value": "red"}],
                    }
                },
            ),
            call(
                "ListPolicies",
                {"Scope": "Local"},
                {
                    "Policies": [
                        {
                            "PolicyName": "p",
                            "PolicyId": str,
                            "Arn": ARN,
                            "Path": "/app/",
                            "DefaultVersionId": "v1",
                            "AttachmentCount": 0,
                            "PermissionsBoundaryUsageCount": 0,
                            "IsAttachable": True,
                            "CreateDate": TIME,
                            "UpdateDate": TIME,
                        }
                    ],
                    "IsTruncated": False,
                },
            ),
            call(
                "CreatePolicyVersion",
                {"PolicyArn": ARN, "PolicyDocument": DOCUMENT},
                {"PolicyVersion": {"VersionId": "v2", "IsDefaultVersion": False, "CreateDate": TIME}},
            ),
            call(
                "CreatePolicyVersion",
                {"PolicyArn": ARN, "PolicyDocument": DOCUMENT, "SetAsDefault": True},
                {"PolicyVersion": {"VersionId": "v3", "IsDefaultVersion": True, "CreateDate": TIME}},
            ),
            call("SetDefaultPolicyVersion", {"PolicyArn": ARN, "VersionId": "v2"}),
            call(
                "GetPolicyVersion",
                {"PolicyArn": ARN, "VersionId": "v2"},
                {
                    "PolicyVersion": {
                        "Document": ALLOW,
                        "VersionId": "v2",
                        "IsDefaultVersion": True,
                        "CreateDate": TIME,
                    }
                },
            ),
            call(
                "ListPolicyVersions",
                {"PolicyArn": ARN},
                {
                    "Versions": [
                        {"VersionId": "v3", "IsDefaultVersion": False, "CreateDate": TIME},
                        {"VersionId": "v2", "IsDefaultVersion": True, "CreateDate": TIME},
                        {"VersionId": "v1", "IsDefaultVersion": False, "CreateDate": TIME},
                    ],
                    "IsTruncated": False,
                },
            ),
            call("DeletePolicyVersion", {"PolicyArn": ARN, "VersionId": "v1"}),
            call("DeletePolicyVersion", {"PolicyArn": ARN, "VersionId": "v3"}),
            call("TagPolicy", {"PolicyArn": ARN, "Tags": [{"Key": "cost", "Value": "1"}]}),
            call("UntagPolicy", {"PolicyArn": ARN, "TagKeys": ["team"]}),
            call(
                "ListPolicyTags",
                {"PolicyArn": ARN},
                {"Tags": [{"Key": "cost", "Value": "1"}], "IsTruncated": False},
            ),
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
            call("AttachUserPolicy", {"UserName": "u", "PolicyArn": ARN}),
            call(
                "ListEntitiesForPolicy",
                {"PolicyArn": ARN},
                {
                    "PolicyGroups": [],
                    "PolicyUsers": [{"UserName": "u", "UserId": str}],
                    "PolicyRoles": [],
                    "IsTruncated": False,
                },
            ),
            refused("DeletePolicy", {"PolicyArn": ARN}, "DeleteConflict"),
            call("DetachUserPolicy", {"UserName": "u", "PolicyArn": ARN}),
            call("DeletePolicy", {"PolicyArn": ARN}),
        ],
    ),
    Story(
        "iam",
        "the account as a whole",
        [
            call("CreateAccountAlias", {"AccountAlias": "example"}),
            call("ListAccountAliases", {}, {"AccountAliases": ["example"], "IsTruncated": False}),
            call("DeleteAccountAlias", {"AccountAlias": "example"}),
            refused("GetAccountPasswordPolicy", {}, "NoSuchEntity"),
            call(
                "UpdateAccountPasswordPolicy",
                {"MinimumPasswordLength": 12, "RequireSymbols": True, "MaxPasswordAge": 90},
            ),
            call(
                "GetAccountPasswordPolicy",
                {},
                {
                    "PasswordPolicy": {
                        "MinimumPasswordLength": 12,
                        "RequireSymbols": True,
                        "RequireNumbers": False,
                        "RequireUppercaseCharacters": False,
                        "RequireLowercaseCharacters": False,
                        "AllowUsersToChangePassword": False,
                        "ExpirePasswords": True,
                        "MaxPasswordAge": 90,
                    }
                },
            ),
            call("DeleteAccountPasswordPolicy", {}),
            call("SetSecurityTokenServicePreferences", {"GlobalEndpointTokenVersion": "v2Token"}),
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
                "CreatePolicy",
                {"PolicyName": "p", "PolicyDocument": DOCUMENT},
                {
                    "Policy": {
                        "PolicyName": "p",
                        "PolicyId": str,
                        "Arn": "arn:aws:iam::123456789012:policy/p",
                        "Path": "/",
                        "DefaultVersionId": "v1",
                        "AttachmentCount": 0,
                        "PermissionsBoundaryUsageCount": 0,
                        "IsAttachable": True,
                        "CreateDate": TIME,
                        "UpdateDate": TIME,
                    }
                },
            ),
            call("AttachUserPolicy", {"UserName": "u", "PolicyArn": "arn:aws:iam::123456789012:policy/p"}),
            call(
                "GetAccountSummary",
                {},
                {
                    "SummaryMap": {
                        "Users": 1,
                        "Groups": 0,
                        "Roles": 0,
                        "Policies": 1,
                        "PolicyVersionsInUse": 1,
                        "InstanceProfiles": 0,
                        "ServerCertificates": 0,
                        "Providers": 0,
                        "MFADevices": 0,
                        "MFADevicesInUse": 0,
                        "GlobalEndpointTokenVersion": 2,
                        "AccountMFAEnabled": 0,
                        "AccountAccessKeysPresent": 0,
                        "AccountSigningCertificatesPresent": 0,
                        "AccountPasswordPresent": 0,
                        "UsersQuota": 5000,
                        "GroupsQuota": 300,
                        "RolesQuota": 1000,
                        "PoliciesQuota": 1500,
                        "InstanceProfilesQuota": 1000,
                        "ServerCertificatesQuota": 20,
                        "GroupsPerUserQuota": 10,
                        "AccessKeysPerUserQuota": 2,
                        "SigningCertificatesPerUserQuota": 2,
                        "AttachedPoliciesPerUserQuota": 10,
                        "AttachedPoliciesPerGroupQuota": 10,
                        "AttachedPoliciesPerRoleQuota": 10,
                        "VersionsPerPolicyQuota": 5,
                        "PolicySizeQuota": 6144,
                        "PolicyVersionsInUseQuota": 10000,
                        "AssumeRolePolicySizeQuota": 2048,
                        "UserPolicySizeQuota": 2048,
                        "GroupPolicySizeQuota": 5120,
                        "RolePolicySizeQuota": 10240,
                    }
                },
            ),
            call(
                "GetAccountAuthorizationDetails",
                {},
                {
                    "UserDetailList": [
                        {
                            "Path": "/",
                            "UserName": "u",
                            "UserId": str,
                            "Arn": "arn:aws:iam::123456789012:user/u",
                            "CreateDate": TIME,
                            "GroupList": [],
                            "AttachedManagedPolicies": [
                                {"PolicyName": "p", "PolicyArn": "arn:aws:iam::123456789012:policy/p"}
                            ],
                            "Tags": [],
                        }
                    ],
                    "GroupDetailList": [],
                    "RoleDetailList": [],
                    "Policies": [
                        {
                            "PolicyName": "p",
                            "PolicyId": str,
                            "Arn": "arn:aws:iam::123456789012:policy/p",
                            "Path": "/",
                            "DefaultVersionId": "v1",
                            "AttachmentCount": 1,
                            "PermissionsBoundaryUsageCount": 0,
                            "IsAttachable": True,
                            "CreateDate": TIME,
                            "UpdateDate": TIME,
                            "PolicyVersionList": [
                                {
                                    "Document": ALLOW,
                                    "VersionId": "v1",
                                    "IsDefaultVersion": True,
                                    "CreateDate": TIME,
                                }
                            ],
                        }
                    ],
                    "IsTruncated": False,
                },
            ),
            call(
                "GenerateCredentialReport",
                {},
                {
                    "State": "STARTED",
                    "Description": "No report exists. Starting a new report generation task",
                },
            ),
            call("GenerateCredentialReport", {}, {"State": "COMPLETE"}),
            call(
                "GetCredentialReport", {}, {"Content": ..., "ReportFormat": "text/csv", "GeneratedTime": TIME}
            ),
        ],
    ),
]
