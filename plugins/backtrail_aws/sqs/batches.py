"""What all batches have in common: ten entries at most, each with an id of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from backtrail import UNSET, Refusal, UnsetType
from backtrail_aws.sqs import errors, limits
from backtrail_aws.sqs.api import BatchResultErrorEntry
from backtrail_aws.sqs.errors import wire_code

R = TypeVar("R")

_ID = re.compile(rf"[A-Za-z0-9_-]{{1,{limits.BATCH_ID_MAX}}}")


def check(ids: list[str], entry: str) -> None:
    """Refuse a batch that is wrong as a whole; `entry` is the API's name of an entry."""
    if not ids:
        raise errors.empty_batch(entry)
    if len(ids) > limits.BATCH_MAX:
        raise errors.too_many_entries(len(ids), limits.BATCH_MAX)
    seen: set[str] = set()
    for entry_id in ids:
        if _ID.fullmatch(entry_id) is None:
            raise errors.bad_entry_id()
        if entry_id in seen:
            raise errors.repeated_entry(entry_id)
        seen.add(entry_id)


def successes(outcomes: Sequence[R | Refusal]) -> list[R] | UnsetType:
    """The entries that were not refused; an answer has no list of none.

    https://github.com/open-telemetry/opentelemetry-python-contrib/issues/4744 quotes AWS's answer.
    """
    return [outcome for outcome in outcomes if not isinstance(outcome, Refusal)] or UNSET


def failures(ids: list[str], outcomes: Sequence[object]) -> list[BatchResultErrorEntry] | UnsetType:
    """The entries that were refused, as the answer lists them; an answer has no list of none."""
    return [
        BatchResultErrorEntry(
            id=entry_id,
            sender_fault=outcome.status < 500,
            code=wire_code(outcome.code),
            message=outcome.message,
        )
        for entry_id, outcome in zip(ids, outcomes, strict=True)
        if isinstance(outcome, Refusal)
    ] or UNSET
