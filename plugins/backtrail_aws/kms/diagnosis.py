"""What is wrong with a key, and which records made it so.

The book's row DIAG-34, asked of the state by `backtrail diagnose`. It is no API of AWS's.
https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import Call, UnsetType
from backtrail.troubles import Blame, Finding, TellTrouble, TellTroubleResult
from backtrail_aws.kms import names
from backtrail_aws.kms.state import Key, Kms, service


@service.read(internal=True)
def tell_trouble(state: Kms, call: Call[TellTrouble]) -> TellTroubleResult:
    """What the rules find about a key, by its id, ARN or alias."""
    key = state.keys.get(call.params.resource) or names.find(state, call, call.params.resource)
    if key is None:
        return TellTroubleResult(known=False)
    return TellTroubleResult(known=True, findings=list(_unusable(call, key)))


_SCHEDULED = ["ScheduleKeyDeletion"]


def _unusable(call: Call[Any], key: Key) -> Iterator[Finding]:
    """DIAG-34: nothing is encrypted or decrypted with a key that is disabled, or about to be deleted."""
    if key.state == "Enabled":
        return
    users = call.held(key.arn)
    used = f"; it is used by {', '.join(users)}" if users else ""
    cause, fix, actions = f"the key is {key.state}", "EnableKey", ["DisableKey"]
    if key.state == "PendingDeletion":
        when = (
            ""
            if isinstance(key.gone_at, UnsetType)
            else f", and will be gone at {key.gone_at:%Y-%m-%d %H:%M:%SZ}"
        )
        cause, fix, actions = (
            f"the key is pending deletion{when}",
            "CancelKeyDeletion, EnableKey",
            ["ScheduleKeyDeletion"],
        )
    elif key.state == "PendingReplicaDeletion":
        cause, fix, actions = (
            "the key waits for its replicas to be deleted",
            "CancelKeyDeletion",
            ["ScheduleKeyDeletion"],
        )
    elif key.state == "PendingImport":
        cause, fix = "its key material was not imported, or has expired", "ImportKeyMaterial"
        actions = ["DeleteImportedKeyMaterial", "CreateKey"]
    yield Finding(
        rule="DIAG-34", symptom=f"Decrypt and whatever needs {key.id} fail", cause=f"{cause}{used}", fix=fix,
        blame=[Blame(resource=key.id, actions=actions)],
    )  # fmt: skip
