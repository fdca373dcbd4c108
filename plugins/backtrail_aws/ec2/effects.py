"""What EC2 does outside the log: making keys, and telling instances about themselves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from backtrail_aws.ec2 import keys
from backtrail_aws.ec2.key_pairs import EFFECT, Making
from backtrail_aws.ec2.state import service

if TYPE_CHECKING:
    from backtrail.wire import HttpAnswer, HttpRequest
    from backtrail_aws.ec2.metadata_service import Metadata

PREFIX = "/_imds/"
"""Where the metadata services stand, each under its instance's id; no bucket can be called so."""
_SERVICES: WeakKeyDictionary[Any, Metadata] = WeakKeyDictionary()


@service.effect(EFFECT)
async def make_key(wanted: Making, host: object, request_id: str) -> keys.Made:
    """A key pair; chance is the machine's."""
    return await asyncio.to_thread(keys.make, wanted.type, wanted.form, wanted.name)


def serves(request: HttpRequest) -> bool:
    """Whether a request asks the metadata service of an instance."""
    return request.path.startswith(PREFIX)


async def tell(engine: Any, request: HttpRequest) -> HttpAnswer:
    """What the metadata service of the engine's instances answers."""
    from backtrail_aws.ec2.metadata_service import Metadata  # imported when an instance first asks

    found = _SERVICES.get(engine)
    if found is None:
        found = _SERVICES[engine] = Metadata(engine)
    return await found.answer(request, PREFIX)
