"""A log without its key: what its records sealed is unknown, not empty."""

from __future__ import annotations

from typing import Any

from backtrail import UNSET
from backtrail.machine import Machine
from backtrail.plugins import Registry
from backtrail.reading import LOCKED

from .bucket_scenario import BUCKET, Buckets


def test_a_body_that_cannot_be_read_is_unknown() -> None:
    """Without the key an object has no body that anybody knows: it is not taken for an empty one."""
    s3 = Buckets()
    s3.put("k", b"secret words")
    for locked in (True, False):
        machine = Machine(Registry(s3.plugins))
        for entry in s3.log:
            sealed = LOCKED if locked and entry.sealed is not None else entry.sealed
            machine.apply(entry.record, entry.note, sealed, cause=entry.cause)
        state: Any = machine.state(("s3", "", ""))
        version = state.buckets[BUCKET].objects["k"].current
        assert (version.body is UNSET) is locked
