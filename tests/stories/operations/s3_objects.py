"""S3: objects: written, read, copied, listed, deleted."""


from __future__ import annotations

from ..driving import TIME, Kept, Story, call, refused

LINES = b"name,n\none,1\ntwo,2\n"

STORIES = [
    Story(
        "s3",
        "an object is written, read and deleted",
        [
            call("CreateBucket", {"Bucket": "box"}, {"Location": "/box"}),
            call(
                "PutObject",
                {
                    "Bucket": "box",
                    "Key": "a/k.txt",
                    "Body": b"hello world",
                    "ContentType": "text/plain",
                    "Metadata": {"colour": "blue"},
                    "Tagging": "a=b",
                    "CacheControl": "no-cache",
                    "StorageClass": "STANDARD_IA",
                },
                {
                    "ETag": '"5eb63bbbe01eeed093cb22bb8f5acdc3"',
                    "ChecksumCRC32": "DUoRhQ==",
                    "ChecksumType": "FULL_OBJECT",
                    "ServerSideEncryption": "AES256",
                },
            ),
            call(
                "GetObject",
                {"Bucket": "box", "Key": "a/k.txt"},
                {
                    "AcceptRanges": "bytes",
                    "LastModified": TIME,
                    "ContentLength": 11,
                    "ETag": '"5eb63bbbe01eeed093cb22bb8f5acdc3"',
                    "ChecksumCRC32": "DUoRhQ==",
                    "ChecksumType": "FULL_OBJECT",
                    "CacheControl": "no-cache",
                    "ContentType": "text/plain",
                    "ServerSideEncryption": "AES256",
                    "Metadata": {"colour": "blue"},
                    "StorageClass": "STANDARD_IA",
                    "TagCount": 1,
                    "Body": b"hello world",
                },
            ),
            call(
                "GetObject",
                {"Bucket": "box", "Key": "a/k.txt", "Range": "bytes=0-4", "ResponseContentType": "text/x"},
                {
                    "AcceptRanges": "bytes",
                    "LastModified": TIME,
                    "ContentLength": 5,
                    "ETag": '"5eb63bbbe01eeed093cb22bb8f5acdc3"',
                    "CacheControl": "no-cache",
                    "ContentRange": "bytes 0-4/11",
                    "ContentType": "text/x",
                    "ServerSideEncryption": "AES256",
                    "Metadata": {"colour": "blue"},
                    "StorageClass": "STANDARD_IA",
                    "TagCount": 1,
                    "Body": b"hello",
                },
            ),
            call(
                "HeadObject",
                {"Bucket": "box", "Key": "a/k.txt"},
                {
                    "AcceptRanges": "bytes",
                    "LastModified": TIME,
                    "ContentLength": 11,
                    "ETag": '"5eb63bbbe01eeed093cb22bb8f5acdc3"',
                    "CacheControl": "no-cache",
                    "ContentType": "text/plain",
                    "ServerSideEncryption": "AES256",
                    "Metadata": {"colour": "blue"},
                    "StorageClass": "STANDARD_IA",
                    "TagCount": 1,
                },
            ),
            call(
                "GetObjectAttributes",
                {
                    "Bucket": "box",
                    "Key": "a/k.txt",
                    "ObjectAttributes": ["ETag", "Checksum", "StorageClass", "ObjectSize"],
                },
                {
                    "LastModified": TIME,
                    "ETag": "5eb63bbbe01eeed093cb22bb8f5acdc3",
                    "Checksum": {"ChecksumCRC32": "DUoRhQ==", "ChecksumType": "FULL_OBJECT"},
                    "StorageClass": "STANDARD_IA",
                    "ObjectSize": 11,
                },
            ),
            call(
                "PutObjectTagging",
                {"Bucket": "box", "Key": "a/k.txt", "Tagging": {"TagSet": [{"Key": "c", "Value": "d"}]}},
            ),
            call(
                "GetObjectTagging",
                {"Bucket": "box", "Key": "a/k.txt"},
                {"TagSet": [{"Key": "c", "Value": "d"}]},
            ),
            call("DeleteObjectTagging", {"Bucket": "box", "Key": "a/k.txt"}),
            call("GetObjectTagging", {"Bucket": "box", "Key": "a/k.txt"}, {"TagSet": []}),
            call(
                "GetObjectAcl",
                {"Bucket": "box", "Key": "a/k.txt"},
                {
                    "Owner": {"ID": "53b96f1b979daafb25d11b317cc19b6f9382781459fa0321d793298561d7b6b6"},
                    "Grants": [
                        {
                            "Grantee": {
                                "ID": "53b96f1b979daafb25d11b317cc19b6f9382781459fa0321d793298561d7b6b6",
                                "Type": "CanonicalUser",
                            },
                            "Permission": "FULL_CONTROL",
                        }
                    ],
                },
            ),
            call("PutObjectAcl", {"Bucket": "box", "Key": "a/k.txt", "ACL": "bucket-owner-full-control"}),
            call(
                "UpdateObjectEncryption",
                {
                    "Bucket": "box",
                    "Key": "a/k.txt",
                    "ObjectEncryption": {"SSEKMS": {"KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1"}},
                },
            ),
            call(
                "HeadObject",
                {"Bucket": "box", "Key": "a/k.txt"},
                {
                    "AcceptRanges": "bytes",
                    "LastModified": TIME,
                    "ContentLength": 11,
                    "ETag": '"5eb63bbbe01eeed093cb22bb8f5acdc3"',
                    "CacheControl": "no-cache",
                    "ContentType": "text/plain",
                    "ServerSideEncryption": "aws:kms",
                    "Metadata": {"colour": "blue"},
                    "SSEKMSKeyId": "arn:aws:kms:us-east-1:123456789012:key/1",
                    "StorageClass": "STANDARD_IA",
                },
            ),
            call("DeleteObject", {"Bucket": "box", "Key": "a/k.txt"}),
            refused("GetObject", {"Bucket": "box", "Key": "a/k.txt"}, "NoSuchKey"),
            refused("HeadObject", {"Bucket": "box", "Key": "a/k.txt"}, "404"),
        ],
    ),
    Story(
        "s3",
        "objects are copied and listed",
        [
            call("CreateBucket", {"Bucket": "box"}, {"Location": "/box"}),
            call(
                "PutObject",
                {"Bucket": "box", "Key": "a/1", "Body": b"x"},
                {
                    "ETag": '"9dd4e461268c8034f5c8564e155c67a6"',
                    "ChecksumCRC32": "jNwWgw==",
                    "ChecksumType": "FULL_OBJECT",
                    "ServerSideEncryption": "AES256",
                },
            ),
            call(
                "CopyObject",
                {"Bucket": "box", "Key": "a/2", "CopySource": "box/a/1"},
                {
                    "ServerSideEncryption": "AES256",
                    "CopyObjectResult": {
                        "ETag": '"9dd4e461268c8034f5c8564e155c67a6"',
                        "LastModified": TIME,
                        "ChecksumType": "FULL_OBJECT",
                        "ChecksumCRC32": "jNwWgw==",
                    },
                },
            ),
            call(
                "CopyObject",
                {
                    "Bucket": "box",
                    "Key": "b",
                    "CopySource": "box/a/1",
                    "MetadataDirective": "REPLACE",
                    "Metadata": {"x": "y"},
                    "ChecksumAlgorithm": "SHA256",
                },
                {
                    "ServerSideEncryption": "AES256",
                    "CopyObjectResult": {
                        "ETag": '"9dd4e461268c8034f5c8564e155c67a6"',
                        "LastModified": TIME,
                        "ChecksumType": "FULL_OBJECT",
                        "ChecksumSHA256": "LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=",
                    },
                },
            ),
            call(
                "ListObjects",
                {"Bucket": "box"},
                {
                    "IsTruncated": False,
                    "Marker": "",
                    "Contents": [
                        {
                            "Key": "a/1",
                            "LastModified": TIME,
                            "ETag": '"9dd4e461268c8034f5c8564e155c67a6"',
                            "ChecksumAlgorithm": ["CRC32"],
                            "ChecksumType": "FULL_OBJECT",
                            "Size": 1,
                            "StorageClass": "STANDARD",
                            "Owner": {
                                "ID": "53b96f1b979daafb25d11b317cc19b6f9382781459fa0321d793298561d7b6b6"
                            },
                        },
                        {
                            "Key": "a/2",
                            "LastModified": TIME,
                            "ETag": '"9dd4e461268c8034f5c8564e155c67a6"',
                            "ChecksumAlgorithm": ["CRC32"],
                            "ChecksumType": "FULL_OBJECT",
                            "Size": 1,
                            "StorageClass": "STANDARD",
                            "Owner": {
                                "ID": "53b96f1b979daafb25d11b317cc19b6f9382781459fa0321d793298561d7b6b6"
                            },
                        },
                        {
                            "Key": "b",
                            "LastModified": TIME,
                            "ETag": '"9dd4e461268c8034f5c8564e155c67a6"',
                            "ChecksumAlgorithm": ["SHA256"],
                            "ChecksumType": "FULL_OBJECT",
                            "Size": 1,
                            "StorageClass": "STANDARD",
                            "Owner": {
                                "ID": "53b96f1b979daafb25d11b317cc19b6f9382781459fa0321d793298561d7b6b6"
                            },
                        },
                    ],
                    "Name": "box",
                    "Prefix": "",
                    "MaxKeys": 1000,
                    "EncodingType": "url",
                },
            ),
            call(
                "ListObjects",
                {"Bucket": "box", "MaxKeys": 1, "Delimiter": "/"},
                {
                    "IsTruncated": True,
                    "Marker": "",
                    "NextMarker": "a/",
                    "Name": "box",
                    "Prefix": "",
                    "Delimiter": "/",
                    "MaxKeys": 1,
                    "CommonPrefixes": [{"Prefix": "a/"}],
                    "EncodingType": "url",
                },
            ),
            call(
                "ListObjectsV2",
                {"Bucket": "box", "MaxKeys": 1},
                {
                    "IsTruncated": True,
                    "Contents": [
                        {
                            "Key": "a/1",
                            "LastModified": TIME,
                            "ETag": '"9dd4e461268c8034f5c8564e155c67a6"',
                            "ChecksumAlgorithm": ["CRC32"],
                            "ChecksumType": "FULL_OBJECT",
                            "Size": 1,
                            "StorageClass": "STANDARD",
                        }
                    ],
                    "Name": "box",
                    "Prefix": "",
                    "MaxKeys": 1,
                    "EncodingType": "url",
                    "KeyCount": 1,
                    "NextContinuationToken": "MWEvMQ==",
                },
                keeps={"token": "NextContinuationToken"},
            ),
            call(
                "ListObjectsV2",
                {"Bucket": "box", "MaxKeys": 2, "ContinuationToken": Kept("token"), "FetchOwner": True},
                {
                    "IsTruncated": False,
                    "Contents": [
                        {
                            "Key": "a/2",
                            "LastModified": TIME,
                            "ETag": '"9dd4e461268c8034f5c8564e155c67a6"',
                            "ChecksumAlgorithm": ["CRC32"],
                            "ChecksumType": "FULL_OBJECT",
                            "Size": 1,
                            "StorageClass": "STANDARD",
                            "Owner": {
                                "ID": "53b96f1b979daafb25d11b317cc19b6f9382781459fa0321d793298561d7b6b6"
                            },
                        },
                        {
                            "Key": "b",
                            "LastModified": TIME,
                            "ETag": '"9dd4e461268c8034f5c8564e155c67a6"',
                            "ChecksumAlgorithm": ["SHA256"],
                            "ChecksumType": "FULL_OBJECT",
                            "Size": 1,
                            "StorageClass": "STANDARD",
                            "Owner": {
                                "ID": "53b96f1b979daafb25d11b317cc19b6f9382781459fa0321d793298561d7b6b6"
                            },
                        },
                    ],
                    "Name": "box",
                    "Prefix": "",
                    "MaxKeys": 2,
                    "EncodingType": "url",
                    "KeyCount": 2,
                    "ContinuationToken": "MWEvMQ==",
                },
            ),
            call(
                "ListObjectsV2",
                {"Bucket": "box", "Prefix": "a/", "Delimiter": "/", "StartAfter": "a/1"},
                {
                    "IsTruncated": False,
                    "Contents": [
                        {
                            "Key": "a/2",
                            "LastModified": TIME,
                            "ETag": '"9dd4e461268c8034f5c8564e155c67a6"',
                            "ChecksumAlgorithm": ["CRC32"],
                            "ChecksumType": "FULL_OBJECT",
                            "Size": 1,
                            "StorageClass": "STANDARD",
                        }
                    ],
                    "Name": "box",
                    "Prefix": "a/",
                    "Delimiter": "/",
                    "MaxKeys": 1000,
                    "EncodingType": "url",
                    "KeyCount": 1,
                    "StartAfter": "a/1",
                },
            ),
            call(
                "ListObjectsV2",
                {"Bucket": "box", "Prefix": "none"},
                {
                    "IsTruncated": False,
                    "Name": "box",
                    "Prefix": "none",
                    "MaxKeys": 1000,
                    "EncodingType": "url",
                    "KeyCount": 0,
                },
            ),
            call(
                "DeleteObjects",
                {"Bucket": "box", "Delete": {"Objects": [{"Key": "a/1"}, {"Key": "none"}]}},
                {"Deleted": [{"Key": "a/1"}, {"Key": "none"}]},
            ),
            call("DeleteObjects", {"Bucket": "box", "Delete": {"Objects": [{"Key": "a/2"}], "Quiet": True}}),
        ],
    ),
    Story(
        "s3",
        "versions of an object",
        [
            call("CreateBucket", {"Bucket": "box"}, {"Location": "/box"}),
            call("PutBucketVersioning", {"Bucket": "box", "VersioningConfiguration": {"Status": "Enabled"}}),
            call("GetBucketVersioning", {"Bucket": "box"}, {"Status": "Enabled"}),
            call(
                "PutObject",
                {"Bucket": "box", "Key": "a/k.txt", "Body": b"1"},
                {
                    "ETag": '"c4ca4238a0b923820dcc509a6f75849b"',
                    "ChecksumCRC32": "g9zvtw==",
                    "ChecksumType": "FULL_OBJECT",
                    "ServerSideEncryption": "AES256",
                    "VersionId": str,
                },
                keeps={"one": "VersionId"},
            ),
            call(
                "PutObject",
                {"Bucket": "box", "Key": "a/k.txt", "Body": b"22"},
                {
                    "ETag": '"b6d767d2f8ed5d21a44b0e5886680cb9"',
                    "ChecksumCRC32": "ZH4XDg==",
                    "ChecksumType": "FULL_OBJECT",
                    "ServerSideEncryption": "AES256",
                    "VersionId": str,
                },
            ),
            call(
                "DeleteObject",
                {"Bucket": "box", "Key": "a/k.txt"},
                {"DeleteMarker": True, "VersionId": str},
                keeps={"marker": "VersionId"},
            ),
            refused("GetObject", {"Bucket": "box", "Key": "a/k.txt"}, "NoSuchKey"),
            call(
                "GetObject",
                {"Bucket": "box", "Key": "a/k.txt", "VersionId": Kept("one")},
                {
                    "AcceptRanges": "bytes",
                    "LastModified": TIME,
                    "ContentLength": 1,
                    "ETag": '"c4ca4238a0b923820dcc509a6f75849b"',
                    "ChecksumCRC32": "g9zvtw==",
                    "ChecksumType": "FULL_OBJECT",
                    "VersionId": Kept("one"),
                    "ContentType": "binary/octet-stream",
                    "ServerSideEncryption": "AES256",
                    "Metadata": {},
                    "Body": b"1",
                },
            ),
            call(
                "ListObjectVersions",
                {"Bucket": "box"},
                {
                    "IsTruncated": False,
                    "KeyMarker": "",
                    "VersionIdMarker": "",
                    "Versions": [
                        {
                            "ETag": '"b6d767d2f8ed5d21a44b0e5886680cb9"',
                            "ChecksumAlgorithm": ["CRC32"],
                            "ChecksumType": "FULL_OBJECT",
                            "Size": 2,
                            "StorageClass": "STANDARD",
                            "Key": "a/k.txt",
                            "VersionId": str,
                            "IsLatest": False,
                            "LastModified": TIME,
                            "Owner": {
                                "ID": "53b96f1b979daafb25d11b317cc19b6f9382781459fa0321d793298561d7b6b6"
                            },
                        },
                        {
                            "ETag": '"c4ca4238a0b923820dcc509a6f75849b"',
                            "ChecksumAlgorithm": ["CRC32"],
                            "ChecksumType": "FULL_OBJECT",
                            "Size": 1,
                            "StorageClass": "STANDARD",
                            "Key": "a/k.txt",
                            "VersionId": Kept("one"),
                            "IsLatest": False,
                            "LastModified": TIME,
                            "Owner": {
                                "ID": "53b96f1b979daafb25d11b317cc19b6f9382781459fa0321d793298561d7b6b6"
                            },
                        },
                    ],
                    "DeleteMarkers": [
                        {
                            "Owner": {
                                "ID": "53b96f1b979daafb25d11b317cc19b6f9382781459fa0321d793298561d7b6b6"
                            },
                            "Key": "a/k.txt",
                            "VersionId": Kept("marker"),
                            "IsLatest": True,
                            "LastModified": TIME,
                        }
                    ],
                    "Name": "box",
                    "Prefix": "",
                    "MaxKeys": 1000,
                    "EncodingType": "url",
                },
            ),
            call(
                "DeleteObject",
                {"Bucket": "box", "Key": "a/k.txt", "VersionId": Kept("marker")},
                {"DeleteMarker": True, "VersionId": Kept("marker")},
            ),
            call(
                "DeleteObjects",
                {
                    "Bucket": "box",
                    "Delete": {"Objects": [{"Key": "a/k.txt"}, {"Key": "a/k.txt", "VersionId": Kept("one")}]},
                },
                {
                    "Deleted": [
                        {"Key": "a/k.txt", "DeleteMarker": True, "DeleteMarkerVersionId": str},
                        {"Key": "a/k.txt", "VersionId": Kept("one")},
                    ]
                },
            ),
        ],
    ),
    Story(
        "s3",
        "locked and archived objects",
        [
            call(
                "CreateBucket",
                {"Bucket": "locked", "ObjectLockEnabledForBucket": True},
                {"Location": "/locked"},
            ),
            call(
                "PutObjectLockConfiguration",
                {
                    "Bucket": "locked",
                    "ObjectLockConfiguration": {
                        "ObjectLockEnabled": "Enabled",
                        "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}},
                    },
                },
            ),
            call(
                "GetObjectLockConfiguration",
                {"Bucket": "locked"},
                {
                    "ObjectLockConfiguration": {
                        "ObjectLockEnabled": "Enabled",
                        "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}},
                    }
                },
            ),
            call(
                "PutObject",
                {"Bucket": "locked", "Key": "k", "Body": b"x"},
                {
                    "ETag": '"9dd4e461268c8034f5c8564e155c67a6"',
                    "ChecksumCRC32": "jNwWgw==",
                    "ChecksumType": "FULL_OBJECT",
                    "ServerSideEncryption": "AES256",
                    "VersionId": str,
                },
                keeps={"version": "VersionId"},
            ),
            call(
                "PutObjectRetention",
                {
                    "Bucket": "locked",
                    "Key": "k",
                    "Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": "2100-01-01T00:00:00Z"},
                },
            ),
            call(
                "GetObjectRetention",
                {"Bucket": "locked", "Key": "k"},
                {"Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": TIME}},
            ),
            call("PutObjectLegalHold", {"Bucket": "locked", "Key": "k", "LegalHold": {"Status": "ON"}}),
            call("GetObjectLegalHold", {"Bucket": "locked", "Key": "k"}, {"LegalHold": {"Status": "ON"}}),
            call(
                "GetObject",
                {"Bucket": "locked", "Key": "k"},
                {
                    "AcceptRanges": "bytes",
                    "LastModified": TIME,
                    "ContentLength": 1,
                    "ETag": '"9dd4e461268c8034f5c8564e155c67a6"',
                    "ChecksumCRC32": "jNwWgw==",
                    "ChecksumType": "FULL_OBJECT",
                    "VersionId": Kept("version"),
                    "ContentType": "binary/octet-stream",
                    "ServerSideEncryption": "AES256",
                    "Metadata": {},
                    "ObjectLockMode": "GOVERNANCE",
                    "ObjectLockRetainUntilDate": TIME,
                    "ObjectLockLegalHoldStatus": "ON",
                    "Body": b"x",
                },
            ),
            refused(
                "DeleteObject",
                {
                    "Bucket": "locked",
                    "Key": "k",
                    "VersionId": Kept("version"),
                    "BypassGovernanceRetention": True,
                },
                "AccessDenied",
            ),
            call("CreateBucket", {"Bucket": "box"}, {"Location": "/box"}),
            call(
                "PutObject",
                {"Bucket": "box", "Key": "cold", "Body": b"x", "StorageClass": "GLACIER"},
                {
                    "ETag": '"9dd4e461268c8034f5c8564e155c67a6"',
                    "ChecksumCRC32": "jNwWgw==",
                    "ChecksumType": "FULL_OBJECT",
                    "ServerSideEncryption": "AES256",
                },
            ),
            refused("GetObject", {"Bucket": "box", "Key": "cold"}, "InvalidObjectState"),
            call(
                "RestoreObject",
                {
                    "Bucket": "box",
                    "Key": "cold",
                    "RestoreRequest": {"Days": 1, "GlacierJobParameters": {"Tier": "Bulk"}},
                },
            ),
            call(
                "HeadObject",
                {"Bucket": "box", "Key": "cold"},
                {
                    "AcceptRanges": "bytes",
                    "Restore": 'ongoing-request="true"',
                    "LastModified": TIME,
                    "ContentLength": 1,
                    "ETag": '"9dd4e461268c8034f5c8564e155c67a6"',
                    "ContentType": "binary/octet-stream",
                    "ServerSideEncryption": "AES256",
                    "Metadata": {},
                    "StorageClass": "GLACIER",
                },
            ),
        ],
    ),
    Story(
        "s3",
        "an object is asked in SQL",
        [
            call("CreateBucket", {"Bucket": "box"}, {"Location": "/box"}),
            call(
                "PutObject",
                {"Bucket": "box", "Key": "k", "Body": b"name,n\none,1\ntwo,2\n"},
                {
                    "ETag": '"9de2ef50791656926293eb0c7dab2808"',
                    "ChecksumCRC32": "3YTe0w==",
                    "ChecksumType": "FULL_OBJECT",
                    "ServerSideEncryption": "AES256",
                },
            ),
            call(
                "SelectObjectContent",
                {
                    "Bucket": "box",
                    "Key": "k",
                    "ExpressionType": "SQL",
                    "Expression": "SELECT s.n FROM S3Object s WHERE s.name = 'two'",
                    "InputSerialization": {"CSV": {"FileHeaderInfo": "USE"}},
                    "OutputSerialization": {"CSV": {}},
                },
                {"Payload": b"2\n"},
            ),
        ],
    ),
]
