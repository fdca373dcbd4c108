"""Keys that others may use: by their policies, and by grants."""

from __future__ import annotations

from collections.abc import Iterator

from backtrail import told
from backtrail.exposing import Exposure, by_policy
from backtrail_aws.kms.state import Key, Kms, service

ACTIONS = ("CreateKey", "PutKeyPolicy", "ReplicateKey")


@service.exposes
def open_keys(state: Kms, account: str, region: str) -> Iterator[Exposure]:
    """Each key whose policy or grants let in somebody outside."""
    for key in state.keys.values():
        blocked = "" if key.state == "Enabled" else f"the key is {key.state}"
        yield from by_policy(
            key.policy, account, resource=key.arn, names=(key.id, key.arn), through="key policy", actions=ACTIONS,
            blocked=blocked,
        )  # fmt: skip
        yield from _by_grants(key, account, blocked)


def _by_grants(key: Key, account: str, blocked: str) -> Iterator[Exposure]:
    for identifier, grant in key.grants.items():
        grantee = told(grant.grantee, "")
        owner = grantee.split(":")[4:5]
        if owner and owner[0].isdecimal() and owner[0] != account:
            yield Exposure(
                resource=key.arn, names=(identifier,), through=f"grant {identifier[:12]}…", to=grantee,
                what=", ".join(told(grant.operations, [])), actions=("CreateGrant",), blocked=blocked,
            )  # fmt: skip
