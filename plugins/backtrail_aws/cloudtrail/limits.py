"""CloudTrail's numbers, each with the page that it comes from.

QUOTAS: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/WhatIsCloudTrail-Limits.html
FILES: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
LOGS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
"""

from __future__ import annotations

from datetime import timedelta

TRAILS_MAX = 5  # QUOTAS: trails per region
SELECTORS_MAX = 5  # QUOTAS: event selectors per trail
DATA_RESOURCES_MAX = 250  # QUOTAS: over all event selectors of a trail
CONDITIONS_MAX = 500  # QUOTAS: values in advanced event selectors
NAME_MIN, NAME_MAX = 3, 128  # API_CreateTrail
PREFIX_MAX = 200  # API_CreateTrail
TOPIC_MAX = 256  # API_CreateTrail
TAGS_MAX = 50  # API_AddTags
TAG_KEY_MAX, TAG_VALUE_MAX = 128, 256  # API_Tag
DESCRIBED_MAX = 20  # API_ListTags: ResourceIdList
PAGE = 50  # API_LookupEvents: the most, and the default
HISTORY = timedelta(days=90)  # API_LookupEvents

DELIVERY = timedelta(minutes=5)  # FILES: "about every 5 minutes"
DIGEST = timedelta(hours=1)  # cloudtrail-log-file-validation-intro.html
RETRY = timedelta(days=30)  # API_GetTrailStatus's guide: redelivery is tried for 30 days
FILE_BYTES = 64 * 1024 * 1024
"""Of a file's records, uncompressed. AWS's files are at most 50 MB compressed; this bounds the memory it takes."""
CYCLE_RECORDS = 100_000
"""Records of the log that one delivery looks at; where there are more, another follows at once."""

LOG_BATCH_BYTES, LOG_BATCH_EVENTS, LOG_EVENT_OVERHEAD = 1_048_576, 10_000, 26  # LOGS
LOG_EVENT_BYTES = 256 * 1024  # LOGS: an event of a batch; CloudTrail sends no larger one

KEY_BITS = 2_048  # cloudtrail-log-file-validation-custom-validation.html: SHA256withRSA
KEY_VALID = timedelta(days=365)
"""How long a key pair signs. How often AWS changes its own, no page says."""
