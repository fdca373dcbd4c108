"""What KMS does outside the log: whatever needs chance, or its time."""

from __future__ import annotations

import asyncio

from backtrail_aws.kms import crypt, signing
from backtrail_aws.kms.crypt import Done, Wanted
from backtrail_aws.kms.state import service


@service.effect(crypt.EFFECT)
async def compute(wanted: Wanted, host: object, request_id: str) -> Done:
    """A pair, a signature, or something encrypted."""
    return await asyncio.to_thread(computed, wanted)


def computed(wanted: Wanted) -> Done:
    """The same, at once."""
    key = wanted.key if isinstance(wanted.key, bytes) else b""
    data = wanted.data if isinstance(wanted.data, bytes) else b""
    if wanted.do == crypt.PAIR:
        return crypt.pair(wanted.spec)
    if wanted.do == crypt.SIGN:
        external = wanted.spec == "EXTERNAL_MU"
        return Done(data=signing.sign(key, wanted.algorithm, data, digest=wanted.digest, external=external))
    return Done(data=crypt.rsa_encrypt(key, wanted.algorithm, data))
