"""How CloudTrail writes S3: bucketName, Host, query flags, headers verbatim, bodies under their XML roots.

Measured on real records; https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html
"""

from __future__ import annotations

from backtrail.trail.declare import Trail
from backtrail.trail.times import IsoMillisZ

TRAIL = Trail(
    form="s3",
    time=IsoMillisZ,
    # "CloudTrail does not log key names for the keys that are deleted using the Delete Multiple Objects operation"
    # (the page above); the list of parts is not known to stand in any record, and can be larger than a record's limit.
    noted=frozenset({"DeleteObjects.Delete", "CompleteMultipartUpload.MultipartUpload"}),
    # AWS's own sample of a CopyObject has no source.
    optional=frozenset({"CopyObject.CopySource", "UploadPartCopy.CopySource"}),
    # S3 keeps and answers Expires as it was written, be it a date or not:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (ExpiresString in the newer SDKs)
    typed={
        f"{owner}.Expires": "str"
        for owner in (
            "CopyObject",
            "CreateMultipartUpload",
            "GetObjectResult",
            "HeadObjectResult",
            "PutObject",
        )
    }
    | {"GetObject.ResponseExpires": "str", "HeadObject.ResponseExpires": "str"},
    data_events=frozenset({"PostObject"}),
)
