"""What EC2 does outside the log: making keys."""

from __future__ import annotations

import asyncio

from backtrail_aws.ec2 import keys
from backtrail_aws.ec2.key_pairs import EFFECT, Making
from backtrail_aws.ec2.state import service


@service.effect(EFFECT)
async def make_key(wanted: Making, host: object, request_id: str) -> keys.Made:
    """A key pair; chance is the machine's."""
    return await asyncio.to_thread(keys.make, wanted.type, wanted.form, wanted.name)
