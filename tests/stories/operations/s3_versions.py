"""S3: versions of objects, locked and archived ones, and what is asked of one in SQL."""

from __future__ import annotations

from ..driving import TIME, Kept, Story, call, refused

OWNER = "53b96f1b979daafb25d11b317cc19b6f9382781459fa0321d793298561d7b6b6"
LINES = b"name,n\none,1\ntwo,2\n"

STORIES = [
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
                            "Owner": {"ID": OWNER},
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
                            "Owner": {"ID": OWNER},
                        },
                    ],
                    "DeleteMarkers": [
                        {
                            "Owner": {"ID": OWNER},
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
                {"Bucket": "box", "Key": "k", "Body": LINES},
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
