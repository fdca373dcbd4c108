"""IAM: roles, instance profiles, and roles of services."""

from __future__ import annotations

import json

from ..driving import TIME, Kept, Story, call, refused

ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    ],
}
DOCUMENT, TRUSTED = json.dumps(ALLOW), json.dumps(TRUST)
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"

STORIES = [
    Story(
        "iam",
        "a role is made, changed and deleted",
        [
            call(
                "CreateRole",
                {
                    "RoleName": "r",
                    "AssumeRolePolicyDocument": TRUSTED,
                    "Path": "/app/",
                    "Description": "d",
                    "MaxSessionDuration": 7200,
                    "Tags": [{"Key": "team", "Value": "red"}],
                    "PermissionsBoundary": READ_ONLY,
                },
                {
                    "Role": {
                        "Path": "/app/",
                        "RoleName": "r",
                        "RoleId": str,
                        "Arn": "arn:aws:iam::123456789012:role/app/r",
                        "CreateDate": TIME,
                        "AssumeRolePolicyDocument": TRUST,
                        "PermissionsBoundary": {
                            "PermissionsBoundaryType": "Policy",
                            "PermissionsBoundaryArn": READ_ONLY,
                        },
                        "Tags": [{"Key": "team", "Value": "red"}],
                    }
                },
            ),
            call(
                "GetRole",
                {"RoleName": "r"},
                {
                    "Role": {
                        "Path": "/app/",
                        "RoleName": "r",
                        "RoleId": str,
                        "Arn": "arn:aws:iam::123456789012:role/app/r",
                        "CreateDate": TIME,
                        "AssumeRolePolicyDocument": TRUST,
                        "Description": "d",
                        "MaxSessionDuration": 7200,
                        "PermissionsBoundary": {
                            "PermissionsBoundaryType": "Policy",
                            "PermissionsBoundaryArn": READ_ONLY,
                        },
                        "Tags": [{"Key": "team", "Value": "red"}],
                        "RoleLastUsed": {},
                    }
                },
            ),
            call(
                "ListRoles",
                {"PathPrefix": "/app/"},
                {
                    "Roles": [
                        {
                            "Path": "/app/",
                            "RoleName": "r",
                            "RoleId": str,
                            "Arn": "arn:aws:iam::123456789012:role/app/r",
                            "CreateDate": TIME,
                            "AssumeRolePolicyDocument": TRUST,
                            "Description": "d",
                            "MaxSessionDuration": 7200,
                        }
                    ],
                    "IsTruncated": False,
                },
            ),
            call("UpdateRole", {"RoleName": "r", "Description": "e", "MaxSessionDuration": 3600}),
            call(
                "UpdateRoleDescription",
                {"RoleName": "r", "Description": "f"},
                {
                    "Role": {
                        "Path": "/app/",
                        "RoleName": "r",
                        "RoleId": str,
                        "Arn": "arn:aws:iam::123456789012:role/app/r",
                        "CreateDate": TIME,
                        "AssumeRolePolicyDocument": TRUST,
                        "Description": "f",
                        "MaxSessionDuration": 3600,
                    }
                },
            ),
            call("UpdateAssumeRolePolicy", {"RoleName": "r", "PolicyDocument": TRUSTED}),
            call("DeleteRolePermissionsBoundary", {"RoleName": "r"}),
            call("PutRolePermissionsBoundary", {"RoleName": "r", "PermissionsBoundary": READ_ONLY}),
            call("TagRole", {"RoleName": "r", "Tags": [{"Key": "cost", "Value": "1"}]}),
            call("UntagRole", {"RoleName": "r", "TagKeys": ["team"]}),
            call(
                "ListRoleTags",
                {"RoleName": "r"},
                {"Tags": [{"Key": "cost", "Value": "1"}], "IsTruncated": False},
            ),
            call("DeleteRole", {"RoleName": "r"}),
            refused("GetRole", {"RoleName": "r"}, "NoSuchEntity"),
        ],
    ),
    Story(
        "iam",
        "a role has policies",
        [
            call(
                "CreateRole",
                {"RoleName": "r", "AssumeRolePolicyDocument": TRUSTED},
                {
                    "Role": {
                        "Path": "/",
                        "RoleName": "r",
                        "RoleId": str,
                        "Arn": "arn:aws:iam::123456789012:role/r",
                        "CreateDate": TIME,
                        "AssumeRolePolicyDocument": TRUST,
                    }
                },
            ),
            call("PutRolePolicy", {"RoleName": "r", "PolicyName": "p", "PolicyDocument": DOCUMENT}),
            call(
                "GetRolePolicy",
                {"RoleName": "r", "PolicyName": "p"},
                {"RoleName": "r", "PolicyName": "p", "PolicyDocument": ALLOW},
            ),
            call("ListRolePolicies", {"RoleName": "r"}, {"PolicyNames": ["p"], "IsTruncated": False}),
            call("DeleteRolePolicy", {"RoleName": "r", "PolicyName": "p"}),
            call("AttachRolePolicy", {"RoleName": "r", "PolicyArn": READ_ONLY}),
            call(
                "ListAttachedRolePolicies",
                {"RoleName": "r"},
                {
                    "AttachedPolicies": [{"PolicyName": "ReadOnlyAccess", "PolicyArn": READ_ONLY}],
                    "IsTruncated": False,
                },
            ),
            call(
                "ListEntitiesForPolicy",
                {"PolicyArn": READ_ONLY},
                {
                    "PolicyGroups": [],
                    "PolicyUsers": [],
                    "PolicyRoles": [{"RoleName": "r", "RoleId": str}],
                    "IsTruncated": False,
                },
            ),
            refused("DeleteRole", {"RoleName": "r"}, "DeleteConflict"),
            call("DetachRolePolicy", {"RoleName": "r", "PolicyArn": READ_ONLY}),
        ],
    ),
    Story(
        "iam",
        "an instance profile holds a role",
        [
            call(
                "CreateRole",
                {"RoleName": "r", "AssumeRolePolicyDocument": TRUSTED},
                {
                    "Role": {
                        "Path": "/",
                        "RoleName": "r",
                        "RoleId": str,
                        "Arn": "arn:aws:iam::123456789012:role/r",
                        "CreateDate": TIME,
                        "AssumeRolePolicyDocument": TRUST,
                    }
                },
            ),
            call(
                "CreateInstanceProfile",
                {"InstanceProfileName": "p", "Path": "/app/", "Tags": [{"Key": "team", "Value": "red"}]},
                {
                    "InstanceProfile": {
                        "Path": "/app/",
                        "InstanceProfileName": "p",
                        "InstanceProfileId": str,
                        "Arn": "arn:aws:iam::123456789012:instance-profile/app/p",
                        "CreateDate": TIME,
                        "Roles": [],
                        "Tags": [{"Key": "team", "Value": "red"}],
                    }
                },
            ),
            call("AddRoleToInstanceProfile", {"InstanceProfileName": "p", "RoleName": "r"}),
            call(
                "GetInstanceProfile",
                {"InstanceProfileName": "p"},
                {
                    "InstanceProfile": {
                        "Path": "/app/",
                        "InstanceProfileName": "p",
                        "InstanceProfileId": str,
                        "Arn": "arn:aws:iam::123456789012:instance-profile/app/p",
                        "CreateDate": TIME,
                        "Roles": [
                            {
                                "Path": "/",
                                "RoleName": "r",
                                "RoleId": str,
                                "Arn": "arn:aws:iam::123456789012:role/r",
                                "CreateDate": TIME,
                                "AssumeRolePolicyDocument": TRUST,
                            }
                        ],
                        "Tags": [{"Key": "team", "Value": "red"}],
                    }
                },
            ),
            call(
                "ListInstanceProfiles",
                {},
                {
                    "InstanceProfiles": [
                        {
                            "Path": "/app/",
                            "InstanceProfileName": "p",
                            "InstanceProfileId": str,
                            "Arn": "arn:aws:iam::123456789012:instance-profile/app/p",
                            "CreateDate": TIME,
                            "Roles": [
                                {
                                    "Path": "/",
                                    "RoleName": "r",
                                    "RoleId": str,
                                    "Arn": "arn:aws:iam::123456789012:role/r",
                                    "CreateDate": TIME,
                                    "AssumeRolePolicyDocument": TRUST,
                                }
                            ],
                        }
                    ],
                    "IsTruncated": False,
                },
            ),
            call(
                "ListInstanceProfilesForRole",
                {"RoleName": "r"},
                {
                    "InstanceProfiles": [
                        {
                            "Path": "/app/",
                            "InstanceProfileName": "p",
                            "InstanceProfileId": str,
                            "Arn": "arn:aws:iam::123456789012:instance-profile/app/p",
                            "CreateDate": TIME,
                            "Roles": [
                                {
                                    "Path": "/",
                                    "RoleName": "r",
                                    "RoleId": str,
                                    "Arn": "arn:aws:iam::123456789012:role/r",
                                    "CreateDate": TIME,
                                    "AssumeRolePolicyDocument": TRUST,
                                }
                            ],
                        }
                    ],
                    "IsTruncated": False,
                },
            ),
            call("TagInstanceProfile", {"InstanceProfileName": "p", "Tags": [{"Key": "cost", "Value": "1"}]}),
            call("UntagInstanceProfile", {"InstanceProfileName": "p", "TagKeys": ["team"]}),
            call(
                "ListInstanceProfileTags",
                {"InstanceProfileName": "p"},
                {"Tags": [{"Key": "cost", "Value": "1"}], "IsTruncated": False},
            ),
            refused("DeleteInstanceProfile", {"InstanceProfileName": "p"}, "DeleteConflict"),
            call("RemoveRoleFromInstanceProfile", {"InstanceProfileName": "p", "RoleName": "r"}),
            call("DeleteInstanceProfile", {"InstanceProfileName": "p"}),
        ],
    ),
    Story(
        "iam",
        "a service has a role of its own",
        [
            call(
                "CreateServiceLinkedRole",
                {"AWSServiceName": "ecs.amazonaws.com", "Description": "d"},
                {
                    "Role": {
                        "Path": "/aws-service-role/ecs.amazonaws.com/",
                        "RoleName": "AWSServiceRoleForECS",
                        "RoleId": str,
                        "Arn": "arn:aws:iam::123456789012:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
                        "CreateDate": TIME,
                        "AssumeRolePolicyDocument": {
                            "Version": "2012-10-17",
                            "Statement": [
                                {
                                    "Action": ["sts:AssumeRole"],
                                    "Effect": "Allow",
                                    "Principal": {"Service": ["ecs.amazonaws.com"]},
                                }
                            ],
                        },
                    }
                },
            ),
            call(
                "DeleteServiceLinkedRole",
                {"RoleName": "AWSServiceRoleForECS"},
                {"DeletionTaskId": str},
                keeps={"task": "DeletionTaskId"},
            ),
            call(
                "GetServiceLinkedRoleDeletionStatus",
                {"DeletionTaskId": Kept("task")},
                {"Status": "SUCCEEDED"},
            ),
        ],
    ),
]
