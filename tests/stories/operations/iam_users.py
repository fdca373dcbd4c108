"""IAM: users, groups, and what they may."""

from __future__ import annotations

import json

from ..driving import TIME, Kept, Story, call, refused

ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
DOCUMENT = json.dumps(ALLOW)
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"

STORIES = [
    Story(
        "iam",
        "a user is made, changed and deleted",
        [
            call(
                "CreateUser",
                {"UserName": "Bob", "Path": "/staff/", "Tags": [{"Key": "team", "Value": "red"}]},
                {
                    "User": {
                        "Path": "/staff/",
                        "UserName": "Bob",
                        "UserId": str,
                        "Arn": "arn:aws:iam::123456789012:user/staff/Bob",
                        "CreateDate": TIME,
                        "Tags": [{"Key": "team", "Value": "red"}],
                    }
                },
                keeps={"id": "User.UserId"},
            ),
            refused("CreateUser", {"UserName": "bob"}, "EntityAlreadyExists"),
            call(
                "GetUser",
                {"UserName": "Bob"},
                {
                    "User": {
                        "Path": "/staff/",
                        "UserName": "Bob",
                        "UserId": Kept("id"),
                        "Arn": "arn:aws:iam::123456789012:user/staff/Bob",
                        "CreateDate": TIME,
                        "Tags": [{"Key": "team", "Value": "red"}],
                    }
                },
            ),
            call(
                "GetUser", {}, {"User": {"UserId": "123456789012", "Arn": "arn:aws:iam::123456789012:root"}}
            ),
            call(
                "CreateUser",
                {"UserName": "Ann"},
                {
                    "User": {
                        "Path": "/",
                        "UserName": "Ann",
                        "UserId": str,
                        "Arn": "arn:aws:iam::123456789012:user/Ann",
                        "CreateDate": TIME,
                    }
                },
            ),
            call(
                "ListUsers",
                {},
                {
                    "Users": [
                        {
                            "Path": "/",
                            "UserName": "Ann",
                            "UserId": str,
                            "Arn": "arn:aws:iam::123456789012:user/Ann",
                            "CreateDate": TIME,
                        },
                        {
                            "Path": "/staff/",
                            "UserName": "Bob",
                            "UserId": Kept("id"),
                            "Arn": "arn:aws:iam::123456789012:user/staff/Bob",
                            "CreateDate": TIME,
                        },
                    ],
                    "IsTruncated": False,
                },
            ),
            call(
                "ListUsers",
                {"MaxItems": 1},
                {
                    "Users": [
                        {
                            "Path": "/",
                            "UserName": "Ann",
                            "UserId": str,
                            "Arn": "arn:aws:iam::123456789012:user/Ann",
                            "CreateDate": TIME,
                        }
                    ],
                    "IsTruncated": True,
                    "Marker": "YW5u",
                },
                keeps={"marker": "Marker"},
            ),
            call(
                "ListUsers",
                {"MaxItems": 1, "Marker": Kept("marker")},
                {
                    "Users": [
                        {
                            "Path": "/staff/",
                            "UserName": "Bob",
                            "UserId": Kept("id"),
                            "Arn": "arn:aws:iam::123456789012:user/staff/Bob",
                            "CreateDate": TIME,
                        }
                    ],
                    "IsTruncated": False,
                },
            ),
            call("TagUser", {"UserName": "Bob", "Tags": [{"Key": "cost", "Value": "1"}]}),
            call("UntagUser", {"UserName": "Bob", "TagKeys": ["team"]}),
            call(
                "ListUserTags",
                {"UserName": "Bob"},
                {"Tags": [{"Key": "cost", "Value": "1"}], "IsTruncated": False},
            ),
            call("PutUserPermissionsBoundary", {"UserName": "Bob", "PermissionsBoundary": READ_ONLY}),
            call(
                "GetUser",
                {"UserName": "Bob"},
                {
                    "User": {
                        "Path": "/staff/",
                        "UserName": "Bob",
                        "UserId": Kept("id"),
                        "Arn": "arn:aws:iam::123456789012:user/staff/Bob",
                        "CreateDate": TIME,
                        "PermissionsBoundary": {
                            "PermissionsBoundaryType": "Policy",
                            "PermissionsBoundaryArn": READ_ONLY,
                        },
                        "Tags": [{"Key": "cost", "Value": "1"}],
                    }
                },
            ),
            call("DeleteUserPermissionsBoundary", {"UserName": "Bob"}),
            call("UpdateUser", {"UserName": "Bob", "NewUserName": "Robert", "NewPath": "/"}),
            call("DeleteUser", {"UserName": "Robert"}),
            refused("GetUser", {"UserName": "Bob"}, "NoSuchEntity"),
        ],
    ),
    Story(
        "iam",
        "a user has policies of its own and of the account",
        [
            call(
                "CreateUser",
                {"UserName": "Bob"},
                {
                    "User": {
                        "Path": "/",
                        "UserName": "Bob",
                        "UserId": str,
                        "Arn": "arn:aws:iam::123456789012:user/Bob",
                        "CreateDate": TIME,
                    }
                },
            ),
            call("PutUserPolicy", {"UserName": "Bob", "PolicyName": "p", "PolicyDocument": DOCUMENT}),
            call(
                "GetUserPolicy",
                {"UserName": "Bob", "PolicyName": "p"},
                {"UserName": "Bob", "PolicyName": "p", "PolicyDocument": ALLOW},
            ),
            call("ListUserPolicies", {"UserName": "Bob"}, {"PolicyNames": ["p"], "IsTruncated": False}),
            call("DeleteUserPolicy", {"UserName": "Bob", "PolicyName": "p"}),
            call("AttachUserPolicy", {"UserName": "Bob", "PolicyArn": READ_ONLY}),
            call(
                "ListAttachedUserPolicies",
                {"UserName": "Bob"},
                {
                    "AttachedPolicies": [{"PolicyName": "ReadOnlyAccess", "PolicyArn": READ_ONLY}],
                    "IsTruncated": False,
                },
            ),
            refused("DeleteUser", {"UserName": "Bob"}, "DeleteConflict"),
            call("DetachUserPolicy", {"UserName": "Bob", "PolicyArn": READ_ONLY}),
        ],
    ),
    Story(
        "iam",
        "a group has users and policies",
        [
            call(
                "CreateGroup",
                {"GroupName": "g", "Path": "/p/"},
                {
                    "Group": {
                        "Path": "/p/",
                        "GroupName": "g",
                        "GroupId": str,
                        "Arn": "arn:aws:iam::123456789012:group/p/g",
                        "CreateDate": TIME,
                    }
                },
            ),
            call(
                "CreateUser",
                {"UserName": "Bob"},
                {
                    "User": {
                        "Path": "/",
                        "UserName": "Bob",
                        "UserId": str,
                        "Arn": "arn:aws:iam::123456789012:user/Bob",
                        "CreateDate": TIME,
                    }
                },
            ),
            call("AddUserToGroup", {"GroupName": "g", "UserName": "Bob"}),
            call(
                "GetGroup",
                {"GroupName": "g"},
                {
                    "Group": {
                        "Path": "/p/",
                        "GroupName": "g",
                        "GroupId": str,
                        "Arn": "arn:aws:iam::123456789012:group/p/g",
                        "CreateDate": TIME,
                    },
                    "Users": [
                        {
                            "Path": "/",
                            "UserName": "Bob",
                            "UserId": str,
                            "Arn": "arn:aws:iam::123456789012:user/Bob",
                            "CreateDate": TIME,
                        }
                    ],
                    "IsTruncated": False,
                },
            ),
            call(
                "ListGroups",
                {},
                {
                    "Groups": [
                        {
                            "Path": "/p/",
                            "GroupName": "g",
                            "GroupId": str,
                            "Arn": "arn:aws:iam::123456789012:group/p/g",
                            "CreateDate": TIME,
                        }
                    ],
                    "IsTruncated": False,
                },
            ),
            call(
                "ListGroupsForUser",
                {"UserName": "Bob"},
                {
                    "Groups": [
                        {
                            "Path": "/p/",
                            "GroupName": "g",
                            "GroupId": str,
                            "Arn": "arn:aws:iam::123456789012:group/p/g",
                            "CreateDate": TIME,
                        }
                    ],
                    "IsTruncated": False,
                },
            ),
            call("PutGroupPolicy", {"GroupName": "g", "PolicyName": "p", "PolicyDocument": DOCUMENT}),
            call(
                "GetGroupPolicy",
                {"GroupName": "g", "PolicyName": "p"},
                {"GroupName": "g", "PolicyName": "p", "PolicyDocument": ALLOW},
            ),
            call("ListGroupPolicies", {"GroupName": "g"}, {"PolicyNames": ["p"], "IsTruncated": False}),
            call("AttachGroupPolicy", {"GroupName": "g", "PolicyArn": READ_ONLY}),
            call(
                "ListAttachedGroupPolicies",
                {"GroupName": "g"},
                {
                    "AttachedPolicies": [{"PolicyName": "ReadOnlyAccess", "PolicyArn": READ_ONLY}],
                    "IsTruncated": False,
                },
            ),
            call("UpdateGroup", {"GroupName": "g", "NewGroupName": "h"}),
            refused("DeleteGroup", {"GroupName": "h"}, "DeleteConflict"),
            call("RemoveUserFromGroup", {"GroupName": "h", "UserName": "Bob"}),
            call("DeleteGroupPolicy", {"GroupName": "h", "PolicyName": "p"}),
            call("DetachGroupPolicy", {"GroupName": "h", "PolicyArn": READ_ONLY}),
            call("DeleteGroup", {"GroupName": "h"}),
        ],
    ),
]
