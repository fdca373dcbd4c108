"""S3: uploads in parts."""

from __future__ import annotations

from ..driving import TIME, Kept, Story, call, refused

OWNER = "53b96f1b979daafb25d11b317cc19b6f9382781459fa0321d793298561d7b6b6"
PART = b"x" * (5 * 1024 * 1024)

STORIES = [
    Story(
        "s3",
        "an upload in parts is completed",
        [
            call("CreateBucket", {"Bucket": "box"}, {"Location": "/box"}),
            call(
                "PutObject",
                {"Bucket": "box", "Key": "source", "Body": b"a tail"},
                {
                    "ETag": '"c01bf6eef755c30dbbfdbffe031e0046"',
                    "ChecksumCRC32": "7tg5GQ==",
                    "ChecksumType": "FULL_OBJECT",
                    "ServerSideEncryption": "AES256",
                },
            ),
            call(
                "CreateMultipartUpload",
                {"Bucket": "box", "Key": "k", "ChecksumAlgorithm": "SHA256", "Metadata": {"x": "y"}},
                {
                    "ServerSideEncryption": "AES256",
                    "ChecksumAlgorithm": "SHA256",
                    "ChecksumType": "COMPOSITE",
                    "Bucket": "box",
                    "Key": "k",
                    "UploadId": str,
                },
                keeps={"upload": "UploadId"},
            ),
            call(
                "UploadPart",
                {
                    "Bucket": "box",
                    "Key": "k",
                    "UploadId": Kept("upload"),
                    "PartNumber": 1,
                    "Body": PART,
                    "ChecksumAlgorithm": "SHA256",
                },
                {
                    "ServerSideEncryption": "AES256",
                    "ETag": '"4f08eef4096726bff1125e1b1b734644"',
                    "ChecksumSHA256": "26Z6R2+niXOquwh/IUoQEPO+vKBTZ04K9Q3+WlghEr4=",
                },
                keeps={"one": "ETag", "sum": "ChecksumSHA256"},
            ),
            call(
                "UploadPartCopy",
                {
                    "Bucket": "box",
                    "Key": "k",
                    "UploadId": Kept("upload"),
                    "PartNumber": 2,
                    "CopySource": "box/source",
                    "CopySourceRange": "bytes=2-5",
                },
                {
                    "ServerSideEncryption": "AES256",
                    "CopyPartResult": {
                        "ETag": '"7aea2552dfe7eb84b9443b6fc9ba6e01"',
                        "LastModified": TIME,
                        "ChecksumSHA256": "DGL4du8d6oMN6fMsL0tG3W101Q0ViW4J71ovzUrH4dc=",
                    },
                },
                keeps={"two": "CopyPartResult.ETag", "sum2": "CopyPartResult.ChecksumSHA256"},
            ),
            call(
                "ListParts",
                {"Bucket": "box", "Key": "k", "UploadId": Kept("upload")},
                {
                    "Bucket": "box",
                    "Key": "k",
                    "UploadId": Kept("upload"),
                    "PartNumberMarker": 0,
                    "NextPartNumberMarker": 2,
                    "MaxParts": 1000,
                    "IsTruncated": False,
                    "Parts": [
                        {
                            "PartNumber": 1,
                            "LastModified": TIME,
                            "ETag": '"4f08eef4096726bff1125e1b1b734644"',
                            "Size": 5242880,
                            "ChecksumSHA256": "26Z6R2+niXOquwh/IUoQEPO+vKBTZ04K9Q3+WlghEr4=",
                        },
                        {
                            "PartNumber": 2,
                            "LastModified": TIME,
                            "ETag": '"7aea2552dfe7eb84b9443b6fc9ba6e01"',
                            "Size": 4,
                            "ChecksumSHA256": "DGL4du8d6oMN6fMsL0tG3W101Q0ViW4J71ovzUrH4dc=",
                        },
                    ],
                    "Initiator": {"ID": OWNER},
                    "Owner": {"ID": OWNER},
                    "StorageClass": "STANDARD",
                    "ChecksumAlgorithm": "SHA256",
                    "ChecksumType": "COMPOSITE",
                },
            ),
            call(
                "ListParts",
                {"Bucket": "box", "Key": "k", "UploadId": Kept("upload"), "MaxParts": 1},
                {
                    "Bucket": "box",
                    "Key": "k",
                    "UploadId": Kept("upload"),
                    "PartNumberMarker": 0,
                    "NextPartNumberMarker": 1,
                    "MaxParts": 1,
                    "IsTruncated": True,
                    "Parts": [
                        {
                            "PartNumber": 1,
                            "LastModified": TIME,
                            "ETag": '"4f08eef4096726bff1125e1b1b734644"',
                            "Size": 5242880,
                            "ChecksumSHA256": "26Z6R2+niXOquwh/IUoQEPO+vKBTZ04K9Q3+WlghEr4=",
                        }
                    ],
                    "Initiator": {"ID": OWNER},
                    "Owner": {"ID": OWNER},
                    "StorageClass": "STANDARD",
                    "ChecksumAlgorithm": "SHA256",
                    "ChecksumType": "COMPOSITE",
                },
            ),
            call(
                "ListMultipartUploads",
                {"Bucket": "box"},
                {
                    "Bucket": "box",
                    "KeyMarker": "",
                    "UploadIdMarker": "",
                    "Prefix": "",
                    "MaxUploads": 1000,
                    "IsTruncated": False,
                    "Uploads": [
                        {
                            "UploadId": Kept("upload"),
                            "Key": "k",
                            "Initiated": TIME,
                            "StorageClass": "STANDARD",
                            "Owner": {"ID": OWNER},
                            "Initiator": {"ID": OWNER},
                            "ChecksumAlgorithm": "SHA256",
                            "ChecksumType": "COMPOSITE",
                        }
                    ],
                },
            ),
            refused(
                "CompleteMultipartUpload",
                {
                    "Bucket": "box",
                    "Key": "k",
                    "UploadId": Kept("upload"),
                    "MultipartUpload": {
                        "Parts": [
                            {"PartNumber": 2, "ETag": Kept("two")},
                            {"PartNumber": 1, "ETag": Kept("one")},
                        ]
                    },
                },
                "InvalidPartOrder",
            ),
            call(
                "CompleteMultipartUpload",
                {
                    "Bucket": "box",
                    "Key": "k",
                    "UploadId": Kept("upload"),
                    "MultipartUpload": {
                        "Parts": [
                            {"PartNumber": 1, "ETag": Kept("one"), "ChecksumSHA256": Kept("sum")},
                            {"PartNumber": 2, "ETag": Kept("two"), "ChecksumSHA256": Kept("sum2")},
                        ]
                    },
                },
                {
                    "ServerSideEncryption": "AES256",
                    "Location": "https://box.s3.us-east-1.amazonaws.com/k",
                    "Bucket": "box",
                    "Key": "k",
                    "ETag": '"a45f1422f2dbe3d2890829dd76adba1b-2"',
                    "ChecksumSHA256": "wPp0ujEOiG6RMLvgLvy/MqrtcxnJ3bNMFFRUGsVvXiw=-2",
                    "ChecksumType": "COMPOSITE",
                },
            ),
            call(
                "HeadObject",
                {"Bucket": "box", "Key": "k"},
                {
                    "AcceptRanges": "bytes",
                    "LastModified": TIME,
                    "ContentLength": 5242884,
                    "ETag": '"a45f1422f2dbe3d2890829dd76adba1b-2"',
                    "ContentType": "binary/octet-stream",
                    "ServerSideEncryption": "AES256",
                    "Metadata": {"x": "y"},
                },
            ),
            call(
                "GetObject",
                {"Bucket": "box", "Key": "k", "PartNumber": 2},
                {
                    "AcceptRanges": "bytes",
                    "LastModified": TIME,
                    "ContentLength": 4,
                    "ETag": '"a45f1422f2dbe3d2890829dd76adba1b-2"',
                    "ChecksumSHA256": "DGL4du8d6oMN6fMsL0tG3W101Q0ViW4J71ovzUrH4dc=",
                    "ContentRange": "bytes 5242880-5242883/5242884",
                    "ContentType": "binary/octet-stream",
                    "ServerSideEncryption": "AES256",
                    "Metadata": {"x": "y"},
                    "PartsCount": 2,
                    "Body": b"tail",
                },
            ),
            call(
                "GetObjectAttributes",
                {
                    "Bucket": "box",
                    "Key": "k",
                    "ObjectAttributes": ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"],
                },
                {
                    "LastModified": TIME,
                    "ETag": "a45f1422f2dbe3d2890829dd76adba1b-2",
                    "Checksum": {
                        "ChecksumSHA256": "wPp0ujEOiG6RMLvgLvy/MqrtcxnJ3bNMFFRUGsVvXiw=-2",
                        "ChecksumType": "COMPOSITE",
                    },
                    "ObjectParts": {
                        "TotalPartsCount": 2,
                        "PartNumberMarker": 0,
                        "NextPartNumberMarker": 2,
                        "MaxParts": 1000,
                        "IsTruncated": False,
                        "Parts": [
                            {
                                "PartNumber": 1,
                                "Size": 5242880,
                                "ChecksumSHA256": "26Z6R2+niXOquwh/IUoQEPO+vKBTZ04K9Q3+WlghEr4=",
                            },
                            {
                                "PartNumber": 2,
                                "Size": 4,
                                "ChecksumSHA256": "DGL4du8d6oMN6fMsL0tG3W101Q0ViW4J71ovzUrH4dc=",
                            },
                        ],
                    },
                    "StorageClass": "STANDARD",
                    "ObjectSize": 5242884,
                },
            ),
        ],
    ),
    Story(
        "s3",
        "an upload with the checksum of today is given up",
        [
            call("CreateBucket", {"Bucket": "box"}, {"Location": "/box"}),
            call(
                "CreateMultipartUpload",
                {"Bucket": "box", "Key": "k"},
                {"ServerSideEncryption": "AES256", "Bucket": "box", "Key": "k", "UploadId": str},
                keeps={"upload": "UploadId"},
            ),
            call(
                "UploadPart",
                {"Bucket": "box", "Key": "k", "UploadId": Kept("upload"), "PartNumber": 1, "Body": b"x"},
                {
                    "ServerSideEncryption": "AES256",
                    "ETag": '"9dd4e461268c8034f5c8564e155c67a6"',
                    "ChecksumCRC32": "jNwWgw==",
                },
            ),
            call(
                "ListMultipartUploads",
                {"Bucket": "box", "Prefix": "k", "MaxUploads": 1},
                {
                    "Bucket": "box",
                    "KeyMarker": "",
                    "UploadIdMarker": "",
                    "Prefix": "k",
                    "MaxUploads": 1,
                    "IsTruncated": False,
                    "Uploads": [
                        {
                            "UploadId": Kept("upload"),
                            "Key": "k",
                            "Initiated": TIME,
                            "StorageClass": "STANDARD",
                            "Owner": {"ID": OWNER},
                            "Initiator": {"ID": OWNER},
                        }
                    ],
                },
            ),
            call("AbortMultipartUpload", {"Bucket": "box", "Key": "k", "UploadId": Kept("upload")}),
            refused("ListParts", {"Bucket": "box", "Key": "k", "UploadId": Kept("upload")}, "NoSuchUpload"),
            call(
                "ListMultipartUploads",
                {"Bucket": "box"},
                {
                    "Bucket": "box",
                    "KeyMarker": "",
                    "UploadIdMarker": "",
                    "Prefix": "",
                    "MaxUploads": 1000,
                    "IsTruncated": False,
                },
            ),
        ],
    ),
]
