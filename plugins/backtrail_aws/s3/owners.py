"""Canonical user ids: how S3 names accounts in owners and grants.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/finding-canonical-user-id.html. AWS's are obfuscated account ids;
ours derive from the account, so that both directions are known wherever an account was seen.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from backtrail_aws.s3 import api


@lru_cache(maxsize=4096)
def canonical_id(account: str) -> str:
    """The canonical user id (64 hex digits) of an account."""
    return hashlib.sha256(f"canonical user of {account}".encode()).hexdigest()


def owner_of(account: str) -> api.Owner:
    """An account as an owner. S3 no longer tells display names (November 2025)."""
    return api.Owner(id=canonical_id(account))
