"""The CloudTrail record, typed: the only shape a plugin ever sees.

`Record` is what is written, member for member in CloudTrail's order; `Head` is as much as it takes to route a
record; `Event[P, R]` is what a projector or a reaction gets.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Generic, TypeVar, cast

import msgspec

from backtrail import ids
from backtrail.payload import UNSET, Params, UnsetType, field
from backtrail.trail import codec

P = TypeVar("P")
R = TypeVar("R")
N = TypeVar("N")

EVENT_VERSION = "1.11"
"""https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html"""


class Resource(Params):
    """One entry of a record's `resources`."""

    account_id: str | UnsetType = field(name="accountId", default=UNSET)
    type: str | UnsetType = field(name="type", default=UNSET)
    arn: str | UnsetType = field(name="ARN", default=UNSET)
    arn_prefix: str | UnsetType = field(name="ARNPrefix", default=UNSET)


class TlsDetails(Params):
    tls_version: str | UnsetType = field(name="tlsVersion", default=UNSET)
    cipher_suite: str | UnsetType = field(name="cipherSuite", default=UNSET)
    client_provided_host_header: str | UnsetType = field(name="clientProvidedHostHeader", default=UNSET)


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A record as we write it. The order of the members is CloudTrail's own (measured)."""

    eventVersion: str = EVENT_VERSION
    userIdentity: msgspec.Raw
    eventTime: str
    eventSource: str
    eventName: str
    awsRegion: str
    sourceIPAddress: str
    userAgent: str
    errorCode: str | UnsetType = UNSET
    errorMessage: str | UnsetType = UNSET
    requestParameters: msgspec.Raw
    responseElements: msgspec.Raw
    additionalEventData: msgspec.Raw | UnsetType = UNSET
    requestID: str
    eventID: str
    readOnly: bool
    resources: list[Resource] | UnsetType = UNSET
    eventType: str
    apiVersion: str | UnsetType = UNSET
    managementEvent: bool
    recipientAccountId: str
    sharedEventID: str | UnsetType = UNSET
    serviceEventDetails: msgspec.Raw | UnsetType = UNSET
    eventCategory: str
    tlsDetails: TlsDetails | UnsetType = UNSET
    sessionCredentialFromConsole: str | UnsetType = UNSET


class _Owner(msgspec.Struct, frozen=True):
    accountId: str | None = None


_object = msgspec.json.Decoder(dict[str, object] | None)
_resources = msgspec.json.Decoder(list[Resource] | None)
_owner = msgspec.json.Decoder(_Owner | None, strict=False)
_NULL = msgspec.Raw(b"null")


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A record as far as it takes to route it, its payloads not decoded. Foreign records may lack nearly everything."""

    source: str = field(name="eventSource", default="")
    name: str = field(name="eventName", default="")
    time: str = field(name="eventTime")
    region: str = field(name="awsRegion", default="us-east-1")
    recipient: str | None = field(name="recipientAccountId", default=None)
    id: str | None = field(name="eventID", default=None)
    read_only: bool | None = field(name="readOnly", default=None)
    error: str | None = field(name="errorCode", default=None)
    type: str | None = field(name="eventType", default=None)
    api_version: str | None = field(name="apiVersion", default=None)
    category: str | None = field(name="eventCategory", default=None)
    identity: msgspec.Raw = field(name="userIdentity", default=_NULL)
    params: msgspec.Raw = field(name="requestParameters", default=_NULL)
    result: msgspec.Raw = field(name="responseElements", default=_NULL)
    details: msgspec.Raw = field(name="serviceEventDetails", default=_NULL)
    additional: msgspec.Raw = field(name="additionalEventData", default=_NULL)
    resources: msgspec.Raw = field(name="resources", default=_NULL)
    shared: str | None = field(name="sharedEventID", default=None)
    addendum: object = None
    source_ip: object = field(name="sourceIPAddress", default=None)
    request_id: object = field(name="requestID", default=None)

    @property
    def corrects(self) -> bool:
        """Whether it brings what another record lacked: that one has it in a fold, and this one does nothing."""
        found = self.addendum
        return isinstance(found, dict) and cast("dict[str, object]", found).get("reason") == "UPDATED_DATA"

    @property
    def account(self) -> str:
        """The account whose record it is: the recipient, else the identity's."""
        if self.recipient:
            return self.recipient
        try:
            owner = _owner.decode(self.identity)
        except msgspec.ValidationError:
            return ""
        return (owner and owner.accountId) or ""


class Issuer(Params):
    """Who issued a session: a role, a user, the root. A user's own session has an empty one (`{}`)."""

    type: str | UnsetType | None = field(name="type", default=UNSET)
    principal_id: str | UnsetType | None = field(name="principalId", default=UNSET)
    arn: str | UnsetType | None = field(name="arn", default=UNSET)
    account_id: str | UnsetType | None = field(name="accountId", default=UNSET)
    user_name: str | UnsetType | None = field(name="userName", default=UNSET)


class SessionAttributes(Params):
    creation_date: str | UnsetType = field(name="creationDate", default=UNSET)
    mfa_authenticated: str | UnsetType = field(name="mfaAuthenticated", default=UNSET)


class WebIdFederation(Params):
    federated_provider: str | UnsetType = field(name="federatedProvider", default=UNSET)
    attributes: dict[str, str] | UnsetType = field(name="attributes", default=UNSET)


class SessionContext(Params):
    session_issuer: Issuer | UnsetType = field(name="sessionIssuer", default=UNSET)
    web_id_federation_data: WebIdFederation | UnsetType = field(name="webIdFederationData", default=UNSET)
    attributes: SessionAttributes | UnsetType = field(name="attributes", default=UNSET)
    source_identity: str | UnsetType = field(name="sourceIdentity", default=UNSET)
    ec2_role_delivery: str | UnsetType = field(name="ec2RoleDelivery", default=UNSET)
    assumed_root: str | UnsetType = field(name="assumedRoot", default=UNSET)


class Identity(Params):
    """`userIdentity`, of every type.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    """

    type: str | UnsetType = field(name="type", default=UNSET)
    principal_id: str | UnsetType = field(name="principalId", default=UNSET)
    arn: str | UnsetType = field(name="arn", default=UNSET)
    account_id: str | UnsetType = field(name="accountId", default=UNSET)
    access_key_id: str | UnsetType = field(name="accessKeyId", default=UNSET)
    user_name: str | UnsetType = field(name="userName", default=UNSET)
    session_context: SessionContext | UnsetType = field(name="sessionContext", default=UNSET)
    invoked_by: str | UnsetType = field(name="invokedBy", default=UNSET)
    identity_provider: str | UnsetType = field(name="identityProvider", default=UNSET)
    credential_id: str | UnsetType = field(name="credentialId", default=UNSET)
    on_behalf_of: dict[str, str] | UnsetType = field(name="onBehalfOf", default=UNSET)
    in_scope_of: dict[str, str] | UnsetType = field(name="inScopeOf", default=UNSET)


NOBODY = Identity()


class Event(Generic[P, R]):
    """One record of the log with its payloads decoded, as projectors and reactions see it.

    `params` and `result` are complete again: what was sealed or noted has been joined back where it is known.
    A member that no record told is UNSET. `time` is exact for our own records, to the second for others.
    `source_ip` and `request_id` are the record's, "" where it has none. `locked` says that there is a sealed part
    which is not read: what it holds is UNSET too. `shared` is what it has in common with another account's record of
    the same call, "" where it is alone.
    """

    __slots__ = (
        "_additional", "_identity", "_note", "_resources", "account", "cause", "error", "id", "implied",
        "locked", "name", "params", "region", "request_id", "result", "shared", "source", "source_ip", "time",
    )  # fmt: skip

    params: P
    result: R
    _resources: bytes | msgspec.Raw | list[Resource]

    def __init__(
        self,
        *,
        id: str,
        time: datetime,
        source: str,
        name: str,
        account: str,
        region: str,
        params: P,
        result: R,
        identity: bytes | msgspec.Raw | Identity = b"null",
        note: object = None,
        error: str | None = None,
        cause: str | None = None,
        source_ip: str = "",
        request_id: str = "",
        additional: bytes | msgspec.Raw = b"null",
        resources: bytes | msgspec.Raw | list[Resource] = b"null",
        locked: bool = False,
        shared: str = "",
    ) -> None:
        self.id, self.time, self.source, self.name = id, time, source, name
        self.account, self.region = account, region
        self.params, self.result, self.error, self.cause = params, result, error, cause
        self.source_ip, self.request_id = source_ip, request_id
        self.locked, self.shared = locked, shared
        self._identity, self._note, self._additional = identity, note, additional
        self._resources = resources
        self.implied: list[str] = []

    @property
    def identity(self) -> Identity:
        """Who called. Decoded on demand; an identity that cannot be read is nobody's."""
        if not isinstance(self._identity, Identity):
            self._identity = decode_identity(self._identity)
        return self._identity

    @property
    def additional(self) -> dict[str, object]:
        """The record's `additionalEventData`, decoded on demand; empty where it has none."""
        if len(self._additional) <= len(_NULL):  # null, or an object without a member
            return {}
        try:
            found = _object.decode(self._additional)
        except msgspec.ValidationError:
            return {}
        return found or {}

    @property
    def resources(self) -> list[Resource]:
        """The record's `resources`, decoded on demand; none where it has none, or none that can be read."""
        if isinstance(self._resources, bytes | msgspec.Raw):
            self._resources = _decode_resources(self._resources)
        return self._resources

    def owner_of(self, arn: str) -> str:
        """The account that the record says a resource belongs to; else the record's own."""
        named = (one.account_id for one in self.resources if one.arn == arn)
        return next((one for one in named if isinstance(one, str)), self.account)

    def note(self, kind: type[N]) -> N | None:
        """What the handler put beside the record (`Answer(note=...)`); None on records that have none."""
        if self._note is None or isinstance(self._note, kind):
            return self._note
        return codec.convert(self._note, kind)

    def new_id(self, kind: str, label: str = "") -> str:
        """The identifier that `call.new_id` derived in deciding: the same, whoever asks."""
        return ids.new_id(self.id, kind, label)

    def arn(
        self, service: str, resource: str, *, region: str | None = None, account: str | None = None
    ) -> str:
        return arn(service, self.region if region is None else region, account or self.account, resource)


_identity = msgspec.json.Decoder(Identity | None)


def _decode_resources(raw: bytes | msgspec.Raw) -> list[Resource]:
    try:
        return _resources.decode(raw) or []
    except msgspec.ValidationError:
        return []


def decode_identity(raw: bytes | msgspec.Raw) -> Identity:
    """Who a `userIdentity` is; nobody where it cannot be read."""
    try:
        return _identity.decode(raw) or NOBODY
    except msgspec.ValidationError:
        return NOBODY


def arn(service: str, region: str, account: str, resource: str) -> str:
    """An ARN of a region's partition (`aws`, `aws-cn`, `aws-us-gov`)."""
    return f"arn:{partition_of(region)}:{service}:{region}:{account}:{resource}"


def partition_of(region: str) -> str:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def parse_time(text: str) -> datetime:
    """CloudTrail's `eventTime` (UTC). Raises `ValueError`."""
    time = datetime.fromisoformat(text)
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def exact_time(event_id: str, event_time: str) -> datetime:
    """The time within the second, where the id is one of ours (version 7, same second); else the second."""
    time = parse_time(event_time)
    exact = ids.time_of(event_id)
    return exact if exact is not None and exact.replace(microsecond=0) == time else time
