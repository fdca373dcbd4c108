"""Denied calls, read back from their records, and evaluated again as of the moment before."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

import msgspec

from backtrail.call import Access, Call, Caller
from backtrail.errors import BacktrailError, Refusal, Unprojectable
from backtrail.fold import route
from backtrail.machine import Machine
from backtrail.payload import UnsetType
from backtrail.record import Identity, decode_identity, exact_time
from backtrail.store import Stored
from backtrail_cli import permissions
from backtrail_cli.permissions import Answer

_DENIED: Final = re.compile(
    r"(Client\.)?(AccessDenied\w*|UnauthorizedOperation|AuthorizationError\w*|Forbidden\w*)"
)
# S3 quotes the resource: `on resource: "arn:aws:s3:::reports/a b.csv" because …`.
_PERFORM: Final = re.compile(
    r"not authorized to perform: ([\w-]+:[\w*]+)"
    r"(?: on resource: (?:\w[\w ]* )?(?:\"(?P<quoted>[^\"]+)\"|(?P<bare>arn:\S+|\*|\S+)))?"
)


class Denial(msgspec.Struct, frozen=True, kw_only=True):
    """A denied call, as its record tells it."""

    service: str
    action: str
    time: datetime
    account: str
    region: str
    identity: Identity
    error: str
    message: str
    source_ip: str = ""

    @property
    def denied(self) -> bool:
        """Whether it was policies that refused it."""
        return bool(_DENIED.fullmatch(self.error))

    @property
    def user(self) -> str:
        """The caller's name, if it is a user."""
        return self.identity.user_name if isinstance(self.identity.user_name, str) else ""


class _Told(msgspec.Struct, frozen=True):
    eventSource: str = ""
    eventName: str = ""
    eventTime: str = ""
    apiVersion: str | None = None
    awsRegion: str = "us-east-1"
    recipientAccountId: str | None = None
    errorCode: str | None = None
    errorMessage: str | None = None
    sourceIPAddress: Any = ""
    userIdentity: msgspec.Raw = msgspec.Raw(b"null")


def read(entry: Stored) -> Denial:
    """A record as far as it tells of a denial."""
    told = msgspec.json.decode(entry.record, type=_Told, strict=False)
    identity = decode_identity(bytes(told.userIdentity))
    service, action = route(told.eventSource, told.eventName, told.apiVersion)
    account = told.recipientAccountId or (identity.account_id if isinstance(identity.account_id, str) else "")
    return Denial(
        service=service, action=action, time=exact_time(entry.event_id, told.eventTime), account=account,
        region=told.awsRegion, identity=identity, error=told.errorCode or "", message=told.errorMessage or "",
        source_ip=told.sourceIPAddress if isinstance(told.sourceIPAddress, str) else "",
    )  # fmt: skip


def explained(machine: Machine, entry: Stored, denial: Denial) -> list[Answer]:
    """How policies decide the call, each action that it needs on each resource, up to the first that is denied."""
    who = _caller(machine, denial)
    found: list[Answer] = []
    for access in _accesses(machine, entry, denial, who):
        answers = permissions.ask(
            machine, who, access, denial.time, denial.region, source_ip=denial.source_ip
        )
        found += answers
        if any(answer.text == "denied" for answer in answers):
            break
    return [one for one in found if one.text == "denied"] or found


def _caller(machine: Machine, denial: Denial) -> Caller:
    """Who called, with what a session was given, as far as the log knows."""
    identity = denial.identity
    account = identity.account_id if isinstance(identity.account_id, str) else denial.account
    key = identity.access_key_id
    credential = machine.credential(key) if isinstance(key, str) else None
    narrowing = credential.narrowing if credential is not None else None
    service = identity.invoked_by if identity.type == "AWSService" else None
    return Caller(
        identity=identity, account=account, narrowing=narrowing,
        service=service if not isinstance(service, UnsetType) else None,
    )  # fmt: skip


def _accesses(machine: Machine, entry: Stored, denial: Denial, who: Caller) -> list[Access]:
    """What the call needed: from the call itself where it was kept, else from the message."""
    declared = machine.registry.handler(denial.service, denial.action)
    if declared is not None and entry.note is not None:
        try:
            head = machine.folder.reader.head(entry.record)
            event = machine.folder.reader.event(
                declared, head, denial.action, entry.note, entry.to_fold, entry.cause
            )
            call = _call(machine, denial, who, event.params)
            return list(machine.authorization.needs(declared, call))
        except (Unprojectable, Refusal, BacktrailError, AttributeError, TypeError):
            pass  # parameters that stand nowhere whole: the message has to do
    said = _PERFORM.search(denial.message)
    if said is None:
        from backtrail import names

        return [Access(action=f"{names.iam_prefix(denial.service)}:{denial.action}", resources=["*"])]
    return [Access(action=said.group(1), resources=[_resource(denial, said["quoted"] or said["bare"])])]


def _resource(denial: Denial, text: str | None) -> str:
    """`arn:…` as it stands; IAM's `user eve` by its ARN; * where the message names nothing."""
    if text is None or text == "*" or text.startswith("arn:"):
        return text or "*"
    kind = re.search(rf"on resource: (\w+) {re.escape(text)}", denial.message)
    return f"arn:aws:iam::{denial.account}:{kind.group(1)}/{text}" if kind is not None else "*"


def _call(machine: Machine, denial: Denial, who: Caller, params: Any) -> Call[Any]:
    return Call(
        machine, service=denial.service, params=params, account=denial.account, region=denial.region,
        time=denial.time, event_id="", request_id="", caller=who, source_ip=denial.source_ip,
    )  # fmt: skip
