"""Secrets Manager: secrets, versions and labels, policies, copies, rotation, tags."""

from __future__ import annotations

import json
import re

from ..driving import TIME, Kept, Story, call, refused

POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*",
                "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
            }
        ],
    }
)  # fmt: skip

STORIES = [
    Story(
        "secretsmanager",
        "a secret is made, read, changed and deleted",
        [
            call(
                "CreateSecret",
                {
                    "Name": "db/pass", "Description": "mine", "SecretString": "s3cr3t",
                    "ClientRequestToken": "11111111-2222-4333-8444-555555555501",
                    "Tags": [{"Key": "team", "Value": "x"}],
                },
                {
                    "ARN": re.compile(r"arn:aws:secretsmanager:us-east-1:123456789012:secret:db/pass-[A-Za-z0-9]{6}"),
                    "Name": "db/pass", "VersionId": "11111111-2222-4333-8444-555555555501",
                },
                keeps={"arn": "ARN"},
            ),
            refused("CreateSecret", {"Name": "db/pass", "SecretString": "other"}, "ResourceExistsException"),
            call(
                "GetSecretValue",
                {"SecretId": "db/pass"},
                {
                    "ARN": Kept("arn"), "Name": "db/pass",
                    "VersionId": "11111111-2222-4333-8444-555555555501", "SecretString": "s3cr3t",
                    "VersionStages": ["AWSCURRENT"], "CreatedDate": TIME,
                },
            ),
            call(
                "DescribeSecret",
                {"SecretId": Kept("arn")},
                {
                    "ARN": Kept("arn"), "Name": "db/pass", "Description": "mine", "LastChangedDate": TIME,
                    "LastAccessedDate": TIME, "Tags": [{"Key": "team", "Value": "x"}],
                    "VersionIdsToStages": {"11111111-2222-4333-8444-555555555501": ["AWSCURRENT"]},
                    "CreatedDate": TIME,
                },
            ),
            call(
                "PutSecretValue",
                {
                    "SecretId": "db/pass", "SecretBinary": b'\x00\x01',
                    "ClientRequestToken": "11111111-2222-4333-8444-555555555502",
                },
                {
                    "ARN": Kept("arn"), "Name": "db/pass",
                    "VersionId": "11111111-2222-4333-8444-555555555502", "VersionStages": ["AWSCURRENT"],
                },
            ),
            call(
                "GetSecretValue",
                {"SecretId": Kept("arn")},
                {
                    "ARN": Kept("arn"), "Name": "db/pass",
                    "VersionId": "11111111-2222-4333-8444-555555555502", "SecretBinary": b'\x00\x01',
                    "VersionStages": ["AWSCURRENT"], "CreatedDate": TIME,
                },
            ),
            call(
                "GetSecretValue",
                {"SecretId": "db/pass", "VersionStage": "AWSPREVIOUS"},
                {
                    "ARN": Kept("arn"), "Name": "db/pass",
                    "VersionId": "11111111-2222-4333-8444-555555555501", "SecretString": "s3cr3t",
                    "VersionStages": ["AWSPREVIOUS"], "CreatedDate": TIME,
                },
            ),
            call(
                "UpdateSecret",
                {"SecretId": "db/pass", "Description": "ours"},
                {"ARN": Kept("arn"), "Name": "db/pass"},
            ),
            call(
                "UpdateSecretVersionStage",
                {
                    "SecretId": "db/pass", "VersionStage": "AWSCURRENT",
                    "MoveToVersionId": "11111111-2222-4333-8444-555555555501",
                    "RemoveFromVersionId": "11111111-2222-4333-8444-555555555502",
                },
                {"ARN": Kept("arn"), "Name": "db/pass"},
            ),
            call(
                "ListSecretVersionIds",
                {"SecretId": "db/pass"},
                {
                    "Versions": [
                        {
                            "VersionId": "11111111-2222-4333-8444-555555555501",
                            "VersionStages": ["AWSCURRENT"], "LastAccessedDate": TIME, "CreatedDate": TIME,
                            "KmsKeyIds": ["DefaultEncryptionKey"],
                        },
                        {
                            "VersionId": "11111111-2222-4333-8444-555555555502",
                            "VersionStages": ["AWSPREVIOUS"], "LastAccessedDate": TIME, "CreatedDate": TIME,
                            "KmsKeyIds": ["DefaultEncryptionKey"],
                        },
                    ],
                    "ARN": Kept("arn"), "Name": "db/pass",
                },
            ),
            call("TagResource", {"SecretId": "db/pass", "Tags": [{"Key": "a", "Value": "b"}]}),
            call("UntagResource", {"SecretId": "db/pass", "TagKeys": ["team"]}),
            call(
                "ListSecrets",
                {"Filters": [{"Key": "name", "Values": ["db/"]}]},
                {
                    "SecretList": [
                        {
                            "ARN": Kept("arn"), "Name": "db/pass", "Description": "ours",
                            "LastChangedDate": TIME, "LastAccessedDate": TIME,
                            "Tags": [{"Key": "a", "Value": "b"}],
                            "SecretVersionsToStages": {
                                "11111111-2222-4333-8444-555555555501": ["AWSCURRENT"],
                                "11111111-2222-4333-8444-555555555502": ["AWSPREVIOUS"],
                            },
                            "CreatedDate": TIME,
                        },
                    ],
                },
            ),
            call(
                "BatchGetSecretValue",
                {"SecretIdList": ["db/pass", "none"]},
                {
                    "SecretValues": [
                        {
                            "ARN": Kept("arn"), "Name": "db/pass",
                            "VersionId": "11111111-2222-4333-8444-555555555501", "SecretString": "s3cr3t",
                            "VersionStages": ["AWSCURRENT"], "CreatedDate": TIME,
                        },
                    ],
                    "Errors": [
                        {
                            "SecretId": "none", "ErrorCode": "ResourceNotFoundException",
                            "Message": "Secrets Manager can't find the specified secret.",
                        },
                    ],
                },
            ),
            call(
                "DeleteSecret",
                {"SecretId": "db/pass", "RecoveryWindowInDays": 7},
                {"ARN": Kept("arn"), "Name": "db/pass", "DeletionDate": TIME},
            ),
            refused("GetSecretValue", {"SecretId": "db/pass"}, "InvalidRequestException"),
            call(
                "DescribeSecret",
                {"SecretId": "db/pass"},
                {
                    "ARN": Kept("arn"), "Name": "db/pass", "Description": "ours", "LastChangedDate": TIME,
                    "LastAccessedDate": TIME, "DeletedDate": TIME, "Tags": [{"Key": "a", "Value": "b"}],
                    "VersionIdsToStages": {
                        "11111111-2222-4333-8444-555555555501": ["AWSCURRENT"],
                        "11111111-2222-4333-8444-555555555502": ["AWSPREVIOUS"],
                    },
                    "CreatedDate": TIME,
                },
            ),
            call("RestoreSecret", {"SecretId": "db/pass"}, {"ARN": Kept("arn"), "Name": "db/pass"}),
            call(
                "DeleteSecret",
                {"SecretId": "db/pass", "ForceDeleteWithoutRecovery": True},
                {"ARN": Kept("arn"), "Name": "db/pass", "DeletionDate": TIME},
            ),
            refused("DescribeSecret", {"SecretId": "db/pass"}, "ResourceNotFoundException"),
        ],
    ),
    Story(
        "secretsmanager",
        "policies and copies",
        [
            call(
                "CreateSecret",
                {
                    "Name": "a", "SecretString": "1",
                    "ClientRequestToken": "11111111-2222-4333-8444-555555555501", "KmsKeyId": "alias/mine",
                    "AddReplicaRegions": [{"Region": "eu-west-1"}],
                },
                {
                    "ARN": re.compile(r"arn:aws:secretsmanager:us-east-1:123456789012:secret:a-[A-Za-z0-9]{6}"),
                    "Name": "a", "VersionId": "11111111-2222-4333-8444-555555555501",
                    "ReplicationStatus": [
                        {
                            "Region": "eu-west-1", "KmsKeyId": "alias/aws/secretsmanager",
                            "Status": "InProgress",
                        },
                    ],
                },
                keeps={"arn": "ARN"},
            ),
            call(
                "DescribeSecret",
                {"SecretId": "a"},
                {
                    "ARN": Kept("arn"), "Name": "a", "KmsKeyId": "alias/mine", "LastChangedDate": TIME,
                    "Tags": [],
                    "VersionIdsToStages": {"11111111-2222-4333-8444-555555555501": ["AWSCURRENT"]},
                    "CreatedDate": TIME, "PrimaryRegion": "us-east-1",
                    "ReplicationStatus": [
                        {
                            "Region": "eu-west-1", "KmsKeyId": "alias/aws/secretsmanager", "Status": "InSync",
                            "StatusMessage": "Replication succeeded",
                        },
                    ],
                },
            ),
            call(
                "ReplicateSecretToRegions",
                {"SecretId": "a", "AddReplicaRegions": [{"Region": "us-west-2"}]},
                {
                    "ARN": Kept("arn"),
                    "ReplicationStatus": [
                        {
                            "Region": "eu-west-1", "KmsKeyId": "alias/aws/secretsmanager", "Status": "InSync",
                            "StatusMessage": "Replication succeeded",
                        },
                        {
                            "Region": "us-west-2", "KmsKeyId": "alias/aws/secretsmanager",
                            "Status": "InProgress",
                        },
                    ],
                },
            ),
            refused("DeleteSecret", {"SecretId": "a"}, "InvalidParameterException"),
            call(
                "RemoveRegionsFromReplication",
                {"SecretId": "a", "RemoveReplicaRegions": ["eu-west-1", "us-west-2"]},
                {"ARN": Kept("arn"), "ReplicationStatus": []},
            ),
            call(
                "PutResourcePolicy", {"SecretId": "a", "ResourcePolicy": POLICY, "BlockPublicPolicy": True},
                {"ARN": Kept("arn"), "Name": "a"},
            ),
            call(
                "GetResourcePolicy", {"SecretId": "a"},
                {"ARN": Kept("arn"), "Name": "a", "ResourcePolicy": POLICY},
            ),
            call(
                "ValidateResourcePolicy", {"SecretId": "a", "ResourcePolicy": POLICY},
                {"PolicyValidationPassed": True, "ValidationErrors": []},
            ),
            refused(
                "PutResourcePolicy",
                {"SecretId": "a", "ResourcePolicy": "{}"},
                "MalformedPolicyDocumentException",
            ),
            call("DeleteResourcePolicy", {"SecretId": "a"}, {"ARN": Kept("arn"), "Name": "a"}),
        ],
    ),
    Story(
        "secretsmanager",
        "rotation and passwords",
        [
            call(
                "CreateSecret",
                {
                    "Name": "a", "SecretString": "1",
                    "ClientRequestToken": "11111111-2222-4333-8444-555555555501",
                },
                {"ARN": ..., "Name": ..., "VersionId": ...},
                keeps={"arn": "ARN"},
            ),
            refused("RotateSecret", {"SecretId": "a"}, "InvalidRequestException"),
            call(
                "RotateSecret",
                {
                    "SecretId": "a", "ClientRequestToken": "11111111-2222-4333-8444-555555555502",
                    "RotationLambdaARN": "arn:aws:lambda:us-east-1:123456789012:function:rotate",
                    "RotationRules": {"AutomaticallyAfterDays": 30}, "RotateImmediately": False,
                },
                {"ARN": Kept("arn"), "Name": "a", "VersionId": "11111111-2222-4333-8444-555555555502"},
            ),
            call(
                "DescribeSecret",
                {"SecretId": "a"},
                {
                    "ARN": Kept("arn"), "Name": "a", "RotationEnabled": True,
                    "RotationLambdaARN": "arn:aws:lambda:us-east-1:123456789012:function:rotate",
                    "RotationRules": {"AutomaticallyAfterDays": 30}, "LastChangedDate": TIME,
                    "NextRotationDate": TIME, "Tags": [],
                    "VersionIdsToStages": {"11111111-2222-4333-8444-555555555501": ["AWSCURRENT"]},
                    "CreatedDate": TIME,
                },
            ),
            call("CancelRotateSecret", {"SecretId": "a"}, {"ARN": Kept("arn"), "Name": "a"}),
            call(
                "DescribeSecret",
                {"SecretId": "a"},
                {
                    "ARN": Kept("arn"), "Name": "a", "RotationEnabled": False,
                    "RotationLambdaARN": "arn:aws:lambda:us-east-1:123456789012:function:rotate",
                    "RotationRules": {"AutomaticallyAfterDays": 30}, "LastChangedDate": TIME, "Tags": [],
                    "VersionIdsToStages": {"11111111-2222-4333-8444-555555555501": ["AWSCURRENT"]},
                    "CreatedDate": TIME,
                },
            ),
            call(
                "GetRandomPassword",
                {"PasswordLength": 20, "ExcludePunctuation": True},
                {"RandomPassword": str},
            ),
            refused("GetRandomPassword", {"PasswordLength": 2}, "InvalidParameterException"),
        ],
    ),
]  # fmt: skip
