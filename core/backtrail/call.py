"""A call that is being decided, and everything a handler may answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

import msgspec

from backtrail import ids, record
from backtrail.errors import Refusal
from backtrail.limits import Quota
from backtrail.lineage import BEGINNING, Lineage
from backtrail.options import Option, V
from backtrail.payload import UNSET, State, UnsetType
from backtrail.policy.context import Value
from backtrail.record import Identity

if TYPE_CHECKING:
    from backtrail.controls import Controls
    from backtrail.payload import Params
    from backtrail.service import Service

P = TypeVar("P")
R = TypeVar("R")
A = TypeVar("A")
I = TypeVar("I")  # noqa: E741
T = TypeVar("T")
S = TypeVar("S", bound=State)

CALLER = "caller"
"""`Command(as_=CALLER)`: a forward access session of whoever made the cause."""


class Narrowing(msgspec.Struct, frozen=True, kw_only=True):
    """What a session was given when it began: policies that narrow it, and tags that mark it.

    One of the first group must allow what the session does, and one of each group after it. A policy is its text, or
    a managed policy's ARN.
    """

    groups: tuple[tuple[str, ...], ...] = ()
    tags: dict[str, str] = {}


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls, resolved: the identity that the record will show, and how far it is proved.

    `verified` is False for a key that a foreign record named and whose secret nobody knows here. `service` is set
    when a service principal acts (`s3.amazonaws.com`). `anonymous` callers have no identity at all. `narrowing` is
    what a session was given.
    """

    identity: Identity
    account: str
    verified: bool = True
    service: str | None = None
    anonymous: bool = False
    source_arn: str | None = None
    narrowing: Narrowing | None = None

    @property
    def arn(self) -> str:
        return self.identity.arn if isinstance(self.identity.arn, str) else ""

    @property
    def is_root(self) -> bool:
        return self.identity.type == "Root"


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """What a plugin that issues keys says of one of them (`@svc.credentials`).

    `secret` is None where no record told it. `status`: Active, Inactive, Deleted.
    """

    identity: Identity
    account: str
    secret: str | None = None
    token: str | None = None
    status: str = "Active"
    expires: datetime | None = None
    narrowing: Narrowing | None = None


class Answer(msgspec.Struct, Generic[R], frozen=True):
    """A result, with what CloudTrail's record has no place for (`note`: a Struct of the plugin's own).

    `identity` and `account` say who called, and whose record it is, where only the call itself tells (a SAML
    assertion); `params` are the parameters as they are recorded, where the service adds to what was asked.
    """

    result: R
    note: Any = None
    resources: list[record.Resource] | UnsetType = UNSET
    additional: dict[str, Any] | UnsetType = UNSET
    identity: Identity | UnsetType = UNSET
    account: str | UnsetType = UNSET
    params: Any = None


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """Decide again when a record touches `key` (`@svc.wakes`), at engine time `again`, or after `seconds` of wall time.

    Nothing is recorded until the last decision; that one sees `call.waited`.
    """

    key: str
    seconds: float
    again: datetime | None = None


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """Something outside the log that must happen before the decision: `@svc.effect(name)` runs it with `args`.

    The intent is committed first; the call is decided again with `call.outcome` set to what the effect returned.
    One that only `reads` the log leaves no intent, and may be asked for in a past moment, too. `through` is the ARN of
    what minds its own circles (`backtrail.lineage`).
    """

    name: str
    args: Any
    reads: bool = False
    through: str = ""


class Command(msgspec.Struct, frozen=True):
    """What a reaction asks a service to do, in that service's own words.

    `params` is a Struct of the sender's own, named after the action, with the record's member names; the receiver
    decodes it into its own type. `as_`: a service principal (default: the sender's), a role ARN, or `CALLER`.
    `lineage`: the chain that it goes on with, where that is not its cause's.
    """

    service: str
    params: Params
    as_: str | None = None
    account: str | None = None
    region: str | None = None
    source_arn: str | None = None
    lineage: Lineage | None = None

    @property
    def action(self) -> str:
        return type(self.params).__name__


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a command, or an effect, ended: a result (JSON of the record's names) or an error code."""

    result: Any = None
    error: str | None = None
    message: str = ""
    event_id: str = ""


class Heard(Generic[P]):
    """How a command that this service sent to another ended (`@svc.outcome`): what was asked, what came of it."""

    __slots__ = ("account", "error", "event_id", "message", "params", "region", "result", "time")

    params: P

    def __init__(self, *, params: P, outcome: Outcome, account: str, region: str, time: datetime) -> None:
        self.params, self.account, self.region, self.time = params, account, region, time
        self.result, self.error = outcome.result, outcome.error
        self.message, self.event_id = outcome.message, outcome.event_id


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """What one call needs: an IAM action on resource ARNs, with the condition keys that hold (`@svc.access`).

    `lazy` makes further keys (asked for in small letters) when a policy looks at them. `shown` is how a message of
    denial names the resource, where not by its ARN ("" where it names none).
    """

    action: str
    resources: list[str]
    context: Mapping[str, Value] = {}
    lazy: Callable[[str], Value] | None = None
    shown: str | None = None


class ResourcePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """What a service tells of one of its resources (`@svc.policies`): whose it is, and what its own policy is.

    `document` is None where it has none, UNSET where no record told it. `must_allow`: nothing is allowed that this
    policy does not allow (a role's trust policy, a KMS key's policy). `granted`: the caller may by other means (an
    ACL). `bare`: such a resource never has a policy, so services act on it without being named. `tags` are the
    resource's.
    """

    account: str
    document: str | UnsetType | None = None
    must_allow: bool = False
    granted: bool = False
    bare: bool = False
    tags: Mapping[str, str] = {}


class LastUse(msgspec.Struct, frozen=True):
    """When, for which service and in which region a long-term key was used last."""

    time: datetime
    service: str
    region: str


class World(Protocol):
    """What a call may ask of the machine that decides it."""

    def ask(self, call: Call[Any], service: str, params: Params, kind: type[T]) -> T | None: ...
    def allowed(self, call: Call[Any], access: Access) -> bool: ...
    def require(self, call: Call[Any], access: Access) -> bool: ...
    def resource_policy(self, call: Call[Any], arn: str, action: str) -> ResourcePolicy | None: ...
    def own(self, service: Service[S], account: str, region: str) -> S: ...
    def held(self, arn: str) -> list[str]: ...
    def secret(self, seed: str, label: str, length: int) -> bytes: ...
    def quota(self, call: Call[Any], name: str, default: int) -> int: ...
    def option(self, option: Option[V]) -> V: ...
    def quota_tables(self) -> Mapping[str, Mapping[str, Quota]]: ...
    def options_of(self, service: str) -> Mapping[str, Option[Any]]: ...
    def pace(self, since: datetime) -> float: ...
    def last_use(self, access_key_id: str) -> LastUse | None: ...
    def accessed(self, arn: str) -> Mapping[str, LastUse]: ...
    def remembered(self, key: object, make: Callable[[], T]) -> T: ...
    def controls(self, account: str) -> Controls | None: ...


class Call(Generic[P]):
    """A request which has not been decided yet. Time is the record's; nothing here knows the clock.

    `lineage` is that of the chain which made the call.
    """

    __slots__ = (
        "_world", "account", "caller", "event_id", "firsts", "headers", "host", "lineage", "outcome", "params",
        "region", "request_id", "secure", "service", "source_ip", "time", "waited",
    )  # fmt: skip

    params: P

    def __init__(
        self, world: World, *, service: str, params: P, account: str, region: str, time: datetime, event_id: str,
        request_id: str, caller: Caller, host: str = "", headers: Mapping[str, str] | None = None, waited: bool = False,
        outcome: Outcome | None = None, firsts: list[Outcome] | None = None, source_ip: str = "", secure: bool = False,
        lineage: Lineage = BEGINNING,
    ) -> None:  # fmt: skip
        self._world = world
        self.service, self.params, self.account, self.region = service, params, account, region
        self.time, self.event_id, self.request_id, self.caller = time, event_id, request_id, caller
        self.host = host
        self.headers: Mapping[str, str] = headers if headers is not None else {}
        self.waited, self.outcome = waited, outcome
        self.firsts = firsts if firsts is not None else []
        self.source_ip, self.secure, self.lineage = source_ip, secure, lineage

    @property
    def action(self) -> str:
        """The action's name."""
        return type(self.params).__name__

    def new_id(self, kind: str, label: str = "") -> str:
        """An identifier of a kind (see `ids.new_id`), derived from the record's id: never from the order of calls."""
        return ids.new_id(self.event_id, kind, label)

    def secret(self, label: str, length: int, *, of: str | None = None) -> bytes:
        """Secret bytes that derive from the log's key, not from a record: the call's own, or `of` a lasting thing."""
        return self._world.secret(self.event_id if of is None else of, label, length)

    def encoded(self, text: str) -> str:
        """A text that nobody but this log can read (`decoded`): in the messages of denials."""
        from backtrail.policy import messages

        return messages.encode(self._world.secret, self.event_id, text)

    def decoded(self, encoded: str) -> str | None:
        """What was encoded in a call of this log; None for anything else."""
        from backtrail.policy import messages

        return messages.decode(self._world.secret, encoded)

    def secret_text(self, label: str, length: int, alphabet: str = ids.ALPHANUMERIC) -> str:
        return ids.letters(self.secret(label, length), alphabet, length)

    def arn(
        self, service: str, resource: str, *, region: str | None = None, account: str | None = None
    ) -> str:
        return record.arn(
            service, self.region if region is None else region, account or self.account, resource
        )

    def ask(self, service: str, params: Params, kind: type[A], *, account: str | None = None) -> A | None:
        """Another service's read, decoded into the asker's own type: no record, no authorization.

        None where no plugin serves it, or where it refuses. `account` asks about another account.
        """
        asking: Call[Any] = self if account is None else self.with_params(params, account=account)
        return self._world.ask(asking, service, params, kind)

    def allowed(self, action: str, *resources: str, **context: Value) -> bool:
        """Whether the caller may do a further action inside this decision."""
        return self._world.allowed(self, Access(action=action, resources=list(resources), context=context))

    def require(self, access: Access) -> bool:
        """Refuse unless the caller may do a further action. False where nobody decides that (IAM is off, or leaves
        this caller alone): then the service's own rules are all there are."""
        return self._world.require(self, access)

    def resource_policy(self, arn: str, action: str) -> ResourcePolicy | None:
        """What the service of a resource tells of it, for an action; None where no plugin knows of any."""
        return self._world.resource_policy(self, arn, action)

    def own(self, service: Service[S], account: str, region: str = "") -> S:
        """The State of a service of the plugin's own, of another place than the call's. To be read only."""
        return self._world.own(service, account, region)

    def held(self, arn: str) -> list[str]:
        """The ARNs of what keeps a resource in use, over all services (`@svc.holds`)."""
        return self._world.held(arn)

    def last_use(self, access_key_id: str) -> LastUse | None:
        """When, for which service and where a long-term key was used last, as far as the log goes; None for never."""
        return self._world.last_use(access_key_id)

    def accessed(self, arn: str) -> Mapping[str, LastUse]:
        """When a user, role or root (all of an account, by its number) called what last, as far as the log goes:
        `service:Action` -> the last call."""
        return self._world.accessed(arn)

    def remembered(self, key: object, make: Callable[[], T]) -> T:
        """What follows from the States of the services that keep principals: made anew after each of their records."""
        return self._world.remembered(key, make)

    def controls(self, account: str) -> Controls | None:
        """What the organization of an account says of it; None where no organization is known."""
        return self._world.controls(account)

    def quota(self, name: str, default: int) -> int:
        """The account's own value of a limit (`service.quota`)."""
        return self._world.quota(self, name, default)

    def quota_tables(self) -> Mapping[str, Mapping[str, Quota]]:
        """The quotas that all services declare: by the service code of Service Quotas, then by their own."""
        return self._world.quota_tables()

    def option(self, option: Option[V]) -> V:
        """The value of an option (`service.option`) at the time of this call."""
        return self._world.option(option)

    def options_of(self, service: str) -> Mapping[str, Option[Any]]:
        """The options that a service declares, by name."""
        return self._world.options_of(service)

    def pace(self, since: datetime) -> float:
        """How fast life cycles go that began `since`: what `state_at` scales AWS's documented seconds by."""
        return self._world.pace(since)

    def chance(self, label: str = "") -> float:
        """A number from 0 up to 1, derived from the record's id: as good as chance, and the same whoever asks."""
        return int.from_bytes(ids.digest(self.event_id, "chance", label)[:6]) / 2**48

    def each(self, items: Iterable[I], decide: Callable[[I], T]) -> list[T | Refusal]:
        """Decide the entries of a batch one by one: a Refusal fails its own entry only."""
        return [_attempt(item, decide) for item in items]

    def through(self, world: World) -> Call[P]:
        """The same call to another world."""
        made = self.with_params(self.params)
        made._world = world
        return made

    def with_params(self, params: A, *, account: str | None = None) -> Call[A]:
        """The same call about something else: an entry of a batch, the target of a copy, another account."""
        return Call(
            self._world, service=self.service, params=params, account=account or self.account, region=self.region,
            time=self.time, event_id=self.event_id, request_id=self.request_id, caller=self.caller,
            host=self.host, headers=self.headers, waited=self.waited, outcome=self.outcome, firsts=self.firsts,
            source_ip=self.source_ip, secure=self.secure, lineage=self.lineage,
        )  # fmt: skip


def as_answer(outcome: Any) -> Answer[Any]:
    """What a handler returned, as an `Answer`."""
    return cast("Answer[Any]", outcome) if isinstance(outcome, Answer) else Answer(outcome)


def _attempt(item: I, decide: Callable[[I], T]) -> T | Refusal:
    try:
        return decide(item)
    except Refusal as refusal:
        return refusal
