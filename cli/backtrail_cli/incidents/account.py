"""An account in memory, in which an incident is acted out: the plugins decide, the machine folds, records remain."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import msgspec

from backtrail import identity
from backtrail.call import Caller
from backtrail.facts import Facts
from backtrail.plugins import installed
from backtrail.testing import Scenario
from backtrail.trail import codec
from backtrail.trail.forms import HttpFacts


class Account:
    """One account. Every call takes a second; nothing is left to chance, so the records are the same each time."""

    def __init__(self, account: str, region: str, begin: datetime) -> None:
        self.region = region
        self._world = Scenario(
            *(import_module(module) for _, module in installed()), account=account, region=region
        )
        self._world.now = begin

    @property
    def records(self) -> list[bytes]:
        """All records so far, in order."""
        return [entry.record for entry in self._world.log]

    @property
    def root(self) -> Caller:
        """The account's owner."""
        return identity.resolve(self._world.machine, self._world.account, self.region, self._world.now).caller

    def holder(self, access_key: str) -> Caller:
        """Who a key is."""
        return identity.resolve(self._world.machine, access_key, self.region, self._world.now).caller

    def at(self, time: datetime) -> None:
        """Let time go by."""
        assert time > self._world.now, f"{time} is past"
        self._world.later(seconds=(time - self._world.now - timedelta(seconds=1)).total_seconds())

    def call(self, who: Hand, service: str, action: str, *, refused: str | None = None, **params: Any) -> Any:
        """One call, with parameters by the record's names. It succeeds, or is refused with this code."""
        handler = self._world.machine.registry.handler(service, action)
        assert handler is not None, f"no plugin decides {service}:{action}"
        given = codec.convert(params, handler.params)
        facts = Facts(
            source_ip=who.ip, user_agent=who.agent, http=_http(service, action, params, self.region)
        )
        self._world.when(given, service=service, caller=who.caller, facts=facts)
        error = self._world.error
        assert (error.code if error is not None else None) == refused, f"{service}:{action}: {error}"
        return self._world.answer

    def check(self) -> None:
        """The records fold to the very state that acting left."""
        self._world.replays()


class Hand(msgspec.Struct, frozen=True):
    """Who calls, from where, with what."""

    caller: Caller
    ip: str
    agent: str


def body(text: str) -> dict[str, Any]:
    """An object's body as a payload holds it."""
    data = text.encode()
    return {"size": len(data), "md5": hashlib.md5(data, usedforsecurity=False).hexdigest(), "data": data}


_FLAGS = {
    "PutBucketPolicy": "policy",
    "DeleteBucketPolicy": "policy",
    "GetBucketPolicy": "policy",
    "GetBucketAcl": "acl",
    "PutPublicAccessBlock": "publicAccessBlock",
}


def _http(service: str, action: str, params: dict[str, Any], region: str) -> HttpFacts:
    """What S3's records tell of the request itself."""
    if service != "s3":
        return HttpFacts(host=f"{service}.{region}.amazonaws.com")
    bucket = params.get("bucketName")
    host = f"{bucket}.s3.{region}.amazonaws.com" if bucket else f"s3.{region}.amazonaws.com"
    query = (
        {_FLAGS[action]: ""} if action in _FLAGS else {"list-type": "2"} if action == "ListObjectsV2" else {}
    )
    return HttpFacts(host=host, query=query)
