"""What a bucket may be called.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html. Names like `My_Bucket` or 255 letters,
which us-east-1 took before March 2018, live on in old trails; only new ones are held to the rules.
"""

from __future__ import annotations

import re

from backtrail import UNSET, UnsetType
from backtrail_aws.s3 import bucket_errors, errors, limits

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*[a-z0-9]")
_ADDRESS = re.compile(r"\d{1,3}(\.\d{1,3}){3}")
_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html (March 2026)
_REGIONAL = re.compile(r"(?P<prefix>.+)-(?P<account>\d{12})-(?P<region>[a-z]{2,4}(?:-[a-z]+)+-\d+)-an")
ACCOUNT_REGIONAL = "account-regional"


def check(name: str, namespace: str | UnsetType, account: str, region: str) -> None:
    """Refuses names that a new bucket cannot have in the global, or in the account's regional namespace."""
    if not is_valid(name):
        raise bucket_errors.invalid_name(name)
    if namespace not in (UNSET, "global", ACCOUNT_REGIONAL):
        # evidence: page ErrorResponses; words: guess
        raise errors.invalid_argument("Invalid bucket namespace", "x-amz-bucket-namespace", str(namespace))
    found = _REGIONAL.fullmatch(name)
    if namespace == ACCOUNT_REGIONAL:
        if found is None or found["account"] != account or found["region"] != region:
            raise bucket_errors.invalid_name(name)
    elif name.endswith("-an"):
        raise bucket_errors.invalid_name(name)  # the suffix is the regional namespace's


def is_valid(name: str) -> bool:
    """Whether a name keeps the rules for general purpose buckets."""
    return (
        limits.BUCKET_NAME_MIN <= len(name) <= limits.BUCKET_NAME_MAX
        and _NAME.fullmatch(name) is not None
        and ".." not in name
        and _ADDRESS.fullmatch(name) is None
        and not name.startswith(_PREFIXES)
        and not name.endswith(_SUFFIXES)
    )
