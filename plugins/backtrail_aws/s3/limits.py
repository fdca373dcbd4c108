"""S3's numbers, each with the page it comes from."""

from __future__ import annotations

from typing import Any, Final

from backtrail import Service

# https://docs.aws.amazon.com/general/latest/gr/s3.html (L-DC2B2D3D): buckets of one account; 100 until November 2024
BUCKETS: Final = 10_000
BUCKETS_QUOTA: Final = "L-DC2B2D3D"

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
BUCKET_NAME_MIN: Final = 3
BUCKET_NAME_MAX: Final = 63

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
GIB: Final = 1024**3
PUT_MAX_BYTES: Final = 5 * GIB
COPY_MAX_BYTES: Final = 5 * GIB
PART_MIN_BYTES: Final = 5 * 1024**2
PART_MAX_BYTES: Final = 5 * GIB
PARTS_MAX: Final = 10_000
OBJECT_MAX_BYTES: Final = 50 * 1024 * GIB  # 5 TiB until December 2025

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
KEY_MAX_BYTES: Final = 1024

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
METADATA_MAX_BYTES: Final = 2 * 1024

# https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html, API_ListParts.html, API_ListBuckets.html
LIST_MAX: Final = 1000
BUCKETS_PAGE_MAX: Final = 10_000

# https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
DELETE_MAX: Final = 1000

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html, and
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/CostAllocTagging.html for buckets
OBJECT_TAGS_MAX: Final = 10
BUCKET_TAGS_MAX: Final = 50
TAG_KEY_MAX: Final = 128
TAG_VALUE_MAX: Final = 256

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
GRANTS_MAX: Final = 100

# https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html (x-amz-website-redirect-location)
REDIRECT_MAX_BYTES: Final = 2 * 1024

# Archive retrieval, the end of AWS's ranges, in hours:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects-retrieval-options.html
RESTORE_HOURS: Final = {
    ("GLACIER", "Expedited"): 5 / 60,
    ("GLACIER", "Standard"): 5.0,
    ("GLACIER", "Bulk"): 12.0,
    ("DEEP_ARCHIVE", "Standard"): 12.0,
    ("DEEP_ARCHIVE", "Bulk"): 48.0,
}

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/add-bucket-policy.html: 20 KB of the normalized document
POLICY_MAX_BYTES: Final = 20 * 1024

# https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html, API_CORSRule.html
CORS_RULES_MAX: Final = 100
RULE_ID_MAX: Final = 255

# https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
LIFECYCLE_RULES_MAX: Final = 1000
INFREQUENT_DAYS_MIN: Final = 30
SIZE_FILTER_MAX: Final = 1_099_511_627_776_000  # S3 says so in refusing

# https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html
ROUTING_RULES_MAX: Final = 50

# https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
REPLICATION_RULES_MAX: Final = 1000

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
FILTER_VALUE_MAX_BYTES: Final = 1024

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-configurations.html, configure-inventory.html,
# configure-analytics-storage-class.html, intelligent-tiering-overview.html: of each kind, in one bucket
CONFIGURATIONS_MAX: Final = 1000
CONFIGURATIONS_PAGE: Final = 100

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
RETENTION_DAYS_MAX: Final = 36_500
RETENTION_YEARS_MAX: Final = 100

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html: what rules
# leave where it is
TRANSITION_MIN_BYTES: Final = 128 * 1024

# How many versions and uploads one tick of the clock treats at once; the rest follow at the same time.
LIFECYCLE_CHUNK: Final = 1000


def declare(service: Service[Any]) -> None:
    """The quota that Service Quotas lists of S3."""
    service.quota(
        BUCKETS_QUOTA, BUCKETS_QUOTA, BUCKETS, "General purpose buckets", most=1_000_000, everywhere=True,
        what="The number of general purpose buckets that an account can have",
    )  # fmt: skip
