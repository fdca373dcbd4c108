"""What calls needed: the IAM actions and resources behind the records of each principal."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import datetime
from typing import Any

import msgspec

from backtrail import names
from backtrail.accesses import principal_of
from backtrail.call import Access, Call, Caller
from backtrail.errors import BacktrailError, NotInTrail, Refusal, Unprojectable
from backtrail.fold import route
from backtrail.machine import Machine
from backtrail.record import decode_identity, exact_time
from backtrail.store import Stored
from backtrail.trail.jsons import is_object

FREE = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})
"""What needs no permission: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""


class _Told(msgspec.Struct, frozen=True):
    eventSource: str = ""
    eventName: str = ""
    eventTime: str = ""
    eventType: str | None = None
    apiVersion: str | None = None
    awsRegion: str = "us-east-1"
    recipientAccountId: str | None = None
    errorCode: str | None = None
    resources: list[Any] | None = None
    userIdentity: msgspec.Raw = msgspec.Raw(b"null")


_told = msgspec.json.Decoder(_Told, strict=False)


class Needs:
    """Hears of each record that is folded, and remembers what its caller needed."""

    def __init__(self, machine: Machine, since: datetime | None, until: datetime | None) -> None:
        self._machine, self._since, self._until = machine, since, until
        self._calls: defaultdict[str, int] = defaultdict(int)
        self._needed: defaultdict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))

    def __call__(self, entry: Stored, outcome: object) -> None:
        """Hear of one record."""
        try:
            told = _told.decode(entry.record)
            time = exact_time(entry.event_id, told.eventTime)
        except (msgspec.ValidationError, msgspec.DecodeError, ValueError, Unprojectable):
            return
        if told.errorCode is not None or told.eventType not in (None, "AwsApiCall"):
            return
        if (self._since and time < self._since) or (self._until and time > self._until):
            return
        identity = decode_identity(bytes(told.userIdentity))
        who = principal_of(identity)
        if not who:
            return
        self._calls[who] += 1
        account = told.recipientAccountId or str(identity.account_id or "")
        caller = Caller(identity=identity, account=str(identity.account_id or account))
        for access in self._accesses(entry, told, account, caller, time):
            if access.action not in FREE:
                self._needed[who][_spelled(access.action)].update(access.resources or ["*"])

    def named(self, name: str) -> str | None:
        """The principal of a name that did something, also one that is gone by now; None for none or several."""
        found = [arn for arn in self._calls if name in (arn, arn.rpartition("/")[2])]
        return found[0] if len(found) == 1 else None

    def of(self, principal: str) -> tuple[int, dict[str, Any]]:
        """How many calls a principal made that were answered, and the policy that covers them."""
        by_resources: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
        for action, resources in self._needed[principal].items():
            whole = ("*",) if "*" in resources else tuple(sorted(resources))
            by_resources[whole].append(action)
        statements = [
            {"Effect": "Allow", "Action": sorted(actions), "Resource": list(resources)}
            for resources, actions in sorted(by_resources.items(), key=lambda one: sorted(one[1]))
        ]
        return self._calls[principal], {"Version": "2012-10-17", "Statement": statements}

    def _accesses(
        self, entry: Stored, told: _Told, account: str, caller: Caller, time: datetime
    ) -> list[Access]:
        service, action = route(told.eventSource, told.eventName, told.apiVersion)
        declared = self._machine.registry.handler(service, action)
        if declared is not None:
            reader = self._machine.folder.reader
            try:
                head = reader.head(entry.record)
                event = reader.event(declared, head, action, entry.note, entry.to_fold, entry.cause)
                call: Call[Any] = Call(
                    self._machine, service=service, params=event.params, account=account, region=told.awsRegion,
                    time=time, event_id="", request_id="", caller=caller,
                )  # fmt: skip
                return list(self._machine.authorization.needs(declared, call))
            except (
                Unprojectable,
                Refusal,
                NotInTrail,
                BacktrailError,
                AttributeError,
                TypeError,
                ValueError,
            ):
                pass  # a record that does not show its parameters whole: its resources have to do
        listed: list[object] = list(told.resources or [])
        arns = [str(one["ARN"]) for one in listed if is_object(one) and isinstance(one.get("ARN"), str)]
        name = re.sub(r"\d{8}(v\d)?$", "", told.eventName)
        return [Access(action=f"{names.iam_prefix(service)}:{name}", resources=arns or ["*"])]


def _spelled(action: str) -> str:
    """SQS names actions in small letters in its messages: policies have the API's spelling."""
    prefix, _, name = action.partition(":")
    if prefix != "sqs" or not name.islower():
        return action
    from backtrail import model

    known = {operation.lower(): operation for operation in model.load("sqs").operations}
    return f"{prefix}:{known.get(name, name)}"
