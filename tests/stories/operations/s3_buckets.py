"""S3: buckets, who may use them, and how."""

# ruff: noqa: E501

from __future__ import annotations

import json

from ..driving import TIME, Kept, Story, call, refused

OWNER = "53b96f1b979daafb25d11b317cc19b6f9382781459fa0321d793298561d7b6b6"

DENY = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": "arn:aws:s3:::box"}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [DENY]})

STORIES = [
    Story(
        "s3",
        "buckets are made, listed and deleted",
        [
            call("CreateBucket", {"Bucket": "box"}, {"Location": "/box"}),
            call("CreateBucket", {"Bucket": "box"}, {"Location": "/box"}),
            call(
                "CreateBucket",
                {"Bucket": "far", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}},
                {"Location": "http://far.s3.amazonaws.com/"},
            ),
            call("HeadBucket", {"Bucket": "box"}, {"BucketRegion": "us-east-1", "AccessPointAlias": False}),
            call("HeadBucket", {"Bucket": "far"}, {"BucketRegion": "eu-west-1", "AccessPointAlias": False}),
            refused("HeadBucket", {"Bucket": "none"}, "404"),
            call("GetBucketLocation", {"Bucket": "box"}, {"LocationConstraint": None}),
            call("GetBucketLocation", {"Bucket": "far"}, {"LocationConstraint": "eu-west-1"}),
            call(
                "ListBuckets",
                {},
                {
                    "Buckets": [{"Name": "box", "CreationDate": TIME}, {"Name": "far", "CreationDate": TIME}],
                    "Owner": {"ID": OWNER},
                },
            ),
            call(
                "ListBuckets",
                {"MaxBuckets": 1},
                {
                    "Buckets": [{"Name": "box", "CreationDate": TIME, "BucketRegion": "us-east-1"}],
                    "Owner": {"ID": OWNER},
                    "ContinuationToken": "Ym94",
                },
                keeps={"token": "ContinuationToken"},
            ),
            call(
                "ListBuckets",
                {"MaxBuckets": 1, "ContinuationToken": Kept("token")},
                {
                    "Buckets": [{"Name": "far", "CreationDate": TIME, "BucketRegion": "eu-west-1"}],
                    "Owner": {"ID": OWNER},
                },
            ),
            call(
                "ListBuckets",
                {"Prefix": "b"},
                {
                    "Buckets": [{"Name": "box", "CreationDate": TIME, "BucketRegion": "us-east-1"}],
                    "Owner": {"ID": OWNER},
                    "Prefix": "b",
                },
            ),
            call(
                "PutObject",
                {"Bucket": "box", "Key": "k", "Body": b""},
                {
                    "ETag": '"d41d8cd98f00b204e9800998ecf8427e"',
                    "ChecksumCRC32": "AAAAAA==",
                    "ChecksumType": "FULL_OBJECT",
                    "ServerSideEncryption": "AES256",
                },
            ),
            refused("DeleteBucket", {"Bucket": "box"}, "BucketNotEmpty"),
            call("DeleteBucket", {"Bucket": "far"}),
            refused("GetBucketLocation", {"Bucket": "far"}, "NoSuchBucket"),
        ],
    ),
    Story(
        "s3",
        "who may use a bucket",
        [
            call("CreateBucket", {"Bucket": "box"}, {"Location": "/box"}),
            call(
                "GetBucketAcl",
                {"Bucket": "box"},
                {
                    "Owner": {"ID": OWNER},
                    "Grants": [
                        {"Grantee": {"ID": OWNER, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
                    ],
                },
            ),
            call(
                "GetPublicAccessBlock",
                {"Bucket": "box"},
                {
                    "PublicAccessBlockConfiguration": {
                        "BlockPublicAcls": True,
                        "IgnorePublicAcls": True,
                        "BlockPublicPolicy": True,
                        "RestrictPublicBuckets": True,
                    }
                },
            ),
            call(
                "PutPublicAccessBlock",
                {
                    "Bucket": "box",
                    "PublicAccessBlockConfiguration": {
                        "BlockPublicAcls": True,
                        "IgnorePublicAcls": True,
                        "BlockPublicPolicy": True,
                        "RestrictPublicBuckets": False,
                    },
                },
            ),
            call(
                "GetPublicAccessBlock",
                {"Bucket": "box"},
                {
                    "PublicAccessBlockConfiguration": {
                        "BlockPublicAcls": True,
                        "IgnorePublicAcls": True,
                        "BlockPublicPolicy": True,
                        "RestrictPublicBuckets": False,
                    }
                },
            ),
            call("DeletePublicAccessBlock", {"Bucket": "box"}),
            refused("GetPublicAccessBlock", {"Bucket": "box"}, "NoSuchPublicAccessBlockConfiguration"),
            call(
                "GetBucketOwnershipControls",
                {"Bucket": "box"},
                {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}},
            ),
            refused("PutBucketAcl", {"Bucket": "box", "ACL": "public-read"}, "AccessControlListNotSupported"),
            call(
                "PutBucketOwnershipControls",
                {"Bucket": "box", "OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}},
            ),
            call("PutBucketAcl", {"Bucket": "box", "ACL": "public-read"}),
            call(
                "GetBucketAcl",
                {"Bucket": "box"},
                {
                    "Owner": {"ID": OWNER},
                    "Grants": [
                        {"Grantee": {"ID": OWNER, "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"},
                        {
                            "Grantee": {
                                "Type": "Group",
                                "URI": "http://acs.amazonaws.com/groups/global/AllUsers",
                            },
                            "Permission": "READ",
                        },
                    ],
                },
            ),
            call("DeleteBucketOwnershipControls", {"Bucket": "box"}),
            refused("GetBucketPolicy", {"Bucket": "box"}, "NoSuchBucketPolicy"),
            call("PutBucketPolicy", {"Bucket": "box", "Policy": POLICY}),
            call(
                "GetBucketPolicy",
                {"Bucket": "box"},
                {
                    "Policy": '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:DeleteBucket","Resource":"arn:aws:s3:::box"}]}'
                },
            ),
            call("GetBucketPolicyStatus", {"Bucket": "box"}, {"PolicyStatus": {"IsPublic": False}}),
            call("DeleteBucketPolicy", {"Bucket": "box"}),
            refused("GetBucketPolicyStatus", {"Bucket": "box"}, "NoSuchBucketPolicy"),
        ],
    ),
    Story(
        "s3",
        "what a bucket is like",
        [
            call("CreateBucket", {"Bucket": "box"}, {"Location": "/box"}),
            refused("GetBucketTagging", {"Bucket": "box"}, "NoSuchTagSet"),
            call(
                "PutBucketTagging",
                {"Bucket": "box", "Tagging": {"TagSet": [{"Key": "team", "Value": "red"}]}},
            ),
            call("GetBucketTagging", {"Bucket": "box"}, {"TagSet": [{"Key": "team", "Value": "red"}]}),
            call("DeleteBucketTagging", {"Bucket": "box"}),
            call("GetBucketVersioning", {"Bucket": "box"}),
            call(
                "PutBucketVersioning", {"Bucket": "box", "VersioningConfiguration": {"Status": "Suspended"}}
            ),
            call("GetBucketVersioning", {"Bucket": "box"}, {"Status": "Suspended"}),
            call(
                "GetBucketEncryption",
                {"Bucket": "box"},
                {
                    "ServerSideEncryptionConfiguration": {
                        "Rules": [
                            {
                                "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
                                "BucketKeyEnabled": False,
                                "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
                            }
                        ]
                    }
                },
            ),
            call(
                "PutBucketEncryption",
                {
                    "Bucket": "box",
                    "ServerSideEncryptionConfiguration": {
                        "Rules": [
                            {
                                "ApplyServerSideEncryptionByDefault": {
                                    "SSEAlgorithm": "aws:kms",
                                    "KMSMasterKeyID": "arn:aws:kms:us-east-1:123456789012:key/1",
                                },
                                "BucketKeyEnabled": True,
                            }
                        ]
                    },
                },
            ),
            call(
                "GetBucketEncryption",
                {"Bucket": "box"},
                {
                    "ServerSideEncryptionConfiguration": {
                        "Rules": [
                            {
                                "ApplyServerSideEncryptionByDefault": {
                                    "SSEAlgorithm": "aws:kms",
                                    "KMSMasterKeyID": "arn:aws:kms:us-east-1:123456789012:key/1",
                                },
                                "BucketKeyEnabled": True,
                                "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
                            }
                        ]
                    }
                },
            ),
            call("DeleteBucketEncryption", {"Bucket": "box"}),
            call(
                "GetBucketEncryption",
                {"Bucket": "box"},
                {
                    "ServerSideEncryptionConfiguration": {
                        "Rules": [
                            {
                                "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
                                "BucketKeyEnabled": False,
                                "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
                            }
                        ]
                    }
                },
            ),
            call("GetBucketRequestPayment", {"Bucket": "box"}, {"Payer": "BucketOwner"}),
            call(
                "PutBucketRequestPayment",
                {"Bucket": "box", "RequestPaymentConfiguration": {"Payer": "Requester"}},
            ),
            call("GetBucketRequestPayment", {"Bucket": "box"}, {"Payer": "Requester"}),
            call("GetBucketAccelerateConfiguration", {"Bucket": "box"}),
            call(
                "PutBucketAccelerateConfiguration",
                {"Bucket": "box", "AccelerateConfiguration": {"Status": "Enabled"}},
            ),
            call("GetBucketAccelerateConfiguration", {"Bucket": "box"}, {"Status": "Enabled"}),
            call("GetBucketAbac", {"Bucket": "box"}, {"AbacStatus": {"Status": "Disabled"}}),
            call("PutBucketAbac", {"Bucket": "box", "AbacStatus": {"Status": "Enabled"}}),
            call("GetBucketAbac", {"Bucket": "box"}, {"AbacStatus": {"Status": "Enabled"}}),
        ],
    ),
]
