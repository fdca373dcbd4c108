"""Sharing snapshots with accounts: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html"""

from __future__ import annotations

import re

from backtrail import Refusal, told
from backtrail_aws.rds import api, errors, limits

RESTORE = "restore"
Change = api.ModifyDBSnapshotAttribute | api.ModifyDBClusterSnapshotAttribute


def changed(params: Change, shared: list[str]) -> list[str]:
    """Whom a snapshot is shared with after a change."""
    if params.attribute_name != RESTORE:
        return shared
    kept = [*shared, *(one for one in told(params.values_to_add, []) if one not in shared)]
    gone = told(params.values_to_remove, [])
    return [one for one in dict.fromkeys(kept) if one not in gone]


def after(params: Change, shared: list[str], encrypted: bool) -> list[str]:
    """The same, for a call. Raises `Refusal`."""
    if params.attribute_name != RESTORE:
        # evidence: page API_ModifyDBSnapshotAttribute (AttributeName); words: guess
        raise errors.value(f"Invalid attribute name: {params.attribute_name}")
    for one in told(params.values_to_add, []):
        if one != "all" and re.fullmatch(r"\d{12}", one) is None:
            # evidence: guess
            raise errors.value(f"Invalid account ID: {one}")
        if one == "all" and encrypted:
            # evidence: page USER_ShareSnapshot (encrypted snapshots can't be public); words: guess
            raise errors.combination("You can't share an encrypted snapshot as public.")
    found = changed(params, shared)
    if len(found) > limits.SHARED_ACCOUNTS_MAX:
        # evidence: model; words: guess
        raise Refusal(
            "SharedSnapshotQuotaExceeded",
            "You have exceeded the maximum number of accounts that you can share a manual DB snapshot with.",
        )
    return found


def is_shared(shared: list[str], account: str) -> bool:
    """Whether an account may use a snapshot of another's."""
    return account in shared or "all" in shared
