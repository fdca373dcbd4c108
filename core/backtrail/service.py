"""How a plugin declares what it decides, what it folds and what it tells.

The action's name is the name of its payload class, so a declaration never repeats it as a string. Nothing is
resolved at import: a declaration keeps the function and the name found in its annotation; the types behind it are
looked up when the action is first needed.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

from backtrail.adjusting import Adjustable
from backtrail.declared import At, Declared, subject
from backtrail.errors import PluginError
from backtrail.limits import Quota
from backtrail.payload import State

if TYPE_CHECKING:
    from backtrail.call import Access, ResourcePolicy
    from backtrail.controls import Controls
    from backtrail.errors import Refusal
    from backtrail.policy.words import Denial
    from backtrail.trail.declare import Trail
    from backtrail.trail.forms import Form

S = TypeVar("S", bound=State)
F = TypeVar("F", bound=Callable[..., Any])

Place = tuple[str, str, str]
"""Where a State lives: (service, account, region); region is "" for an account's, account too for a partition's."""

CALLERS = "*:callers"
"""What a plugin is concerned with that wants to know of every caller."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


class Scope(Enum):
    """What a State is one of: per account and region, per account (IAM), per partition (S3's names)."""

    REGION = "region"
    ACCOUNT = "account"
    PARTITION = "partition"


class Timers(Generic[S]):
    """A plugin's timers: `next_due(state)` in O(1), `fire(state, now)` yields commands (usually to itself)."""

    def __init__(self, next_due: Callable[[S], Any], fire: Callable[[S, Any], Iterable[Any]]) -> None:
        self.next_due, self.fire = next_due, fire


class ResourceType:
    """One kind of resource: its CloudFormation type, where a State keeps it, its ARN, its tags and its parent."""

    def __init__(
        self,
        type: str,
        collection: Callable[[Any], Mapping[str, Any]],
        arn: Callable[[Any], str],
        tags: Callable[[Any], Mapping[str, str]] | None = None,
        parent: Callable[[Any], str | None] | None = None,
        mentions: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        self.type, self.collection, self.arn = type, collection, arn
        self.tags, self.parent, self.mentions = tags, parent, mentions or {}


class Service(Adjustable, Generic[S]):
    """One AWS service: its state, and the functions which decide, fold and tell.

    `name` is botocore's client name. `scope` says what one State is one of. `trail` is the plugin's declaration of
    how CloudTrail writes the service (`trail.py`). `errors` maps an error code to the page that documents it, for
    codes that the service's model lacks. `validate=True` checks parameters against the model's constraints first, in
    the words of the services that do so ("1 validation error detected: ...").
    """

    def __init__(
        self,
        name: str,
        state: type[S],
        *,
        scope: Scope = Scope.REGION,
        trail: Trail | None = None,
        errors: Mapping[str, str] | None = None,
        validate: bool = False,
        quotas: Mapping[str, int] | None = None,
        replaces: bool = False,
        principal: str | None = None,
        extends: bool = False,
        dry_run: bool = False,
    ) -> None:
        _check(name, state)
        self.name, self.state, self.scope, self.trail = name, state, scope, trail
        self.errors, self.quotas = dict(errors or {}), dict(quotas or {})
        self.validate, self.replaces = validate, replaces
        self.principal = principal or f"{name}.amazonaws.com"
        self.extends = extends
        self.dry_run = dry_run
        self.beginning: Callable[[str, str], S] | None = None
        self.founding: Callable[[S, Any], Iterable[Any]] | None = None  # commands that record the beginning
        self.denied: Callable[[Denial], Refusal] | None = None
        self.authorizer: Callable[[S, Any], Iterable[Any]] | None = None
        self.policing: Callable[[S, Any, str, str], Any] | None = None
        self.controlling: Callable[[S, str], Controls | None] | None = None
        self.handlers: dict[str, Declared] = {}
        self.projectors: dict[tuple[str, str], list[Declared]] = {}
        self.evidences: dict[tuple[str, str], list[Declared]] = {}
        self.reactions: dict[tuple[str, str], list[Declared]] = {}
        self.observers: dict[tuple[str, str], list[Declared]] = {}
        self.outcomes: dict[tuple[str, str], list[Declared]] = {}
        self.firsts: dict[str, Declared] = {}
        self.accesses: dict[str, Declared] = {}
        self.wakers: dict[str, Declared] = {}
        self.effects: dict[str, Callable[..., Any]] = {}
        self.tokens: dict[str, str] = {}
        self.timers: Timers[S] | None = None
        self.credential: Callable[[S, str], Any] | None = None
        self.seeing: Callable[[S, Any], None] | None = None
        self.holding: Callable[[S], Iterable[tuple[str, str]]] | None = None
        self.resources: list[ResourceType] = []
        self.options, self.quota_table = {}, {}
        self.injections: list[str] = []
        self.granting: Callable[[S, Any, Quota], float | None] | None = None

    def begins(self, fn: Callable[[str, str], S]) -> Callable[[str, str], S]:
        """Declare what a place holds before any record told of it: fn(account, region), a pure function."""
        self.beginning = fn
        return fn

    def fresh(self, place: Place) -> S:
        """The State of a place of which no record told."""
        return self.state() if self.beginning is None else self.beginning(place[1], place[2])

    # decide

    @overload
    def handle(self, fn: F) -> F: ...
    @overload
    def handle(
        self, *, at: At | None = None, internal: bool = False, token: str | None = None
    ) -> Callable[[F], F]: ...
    def handle(
        self,
        fn: Callable[..., Any] | None = None,
        *,
        at: At | None = None,
        internal: bool = False,
        token: str | None = None,
    ) -> Any:
        """Declare the function which decides an action that may change state.

        `token` names the parameter (attribute) that makes repeats idempotent. An `internal` action is no API: only
        this service's own commands reach it, and it is recorded as an `AwsServiceEvent`.
        """

        def declare(fn: F) -> F:
            self._handler(Declared(fn, at=at, service=self.name, internal=internal))
            if token is not None:
                self.tokens[subject(fn)] = token
            return fn

        return declare if fn is None else declare(fn)

    @overload
    def read(self, fn: F) -> F: ...
    @overload
    def read(self, *, at: At | None = None, internal: bool = False) -> Callable[[F], F]: ...
    def read(
        self, fn: Callable[..., Any] | None = None, *, at: At | None = None, internal: bool = False
    ) -> Any:
        """Declare the function which answers an action that CloudTrail calls read-only.

        An `internal` one is no API: only other services' `call.ask` reaches it, and it is never recorded.
        """

        def declare(fn: F) -> F:
            self._handler(Declared(fn, at=at, service=self.name, read_only=True, internal=internal))
            return fn

        return declare if fn is None else declare(fn)

    def inject(self, fn: F) -> F:
        """Declare an internal action that whoever runs the log may bring about: a fault, a loss."""
        self.injections.append(subject(fn))
        return self.handle(internal=True)(fn)

    def first(self, fn: F) -> F:
        """Declare commands that are carried out and recorded, as the caller, before an action is decided."""
        self.firsts[subject(fn)] = Declared(fn, service=self.name)
        return fn

    def access(self, fn: F) -> F:
        """Declare which IAM actions, resources and condition keys an action has: yields `Access`."""
        self.accesses[subject(fn)] = Declared(fn, service=self.name)
        return fn

    def authorization(self, fn: Callable[[S, Any], Iterable[Access]]) -> Callable[[S, Any], Iterable[Access]]:
        """Declare the same for all actions at once, those with an `access` of their own excepted: fn(state, call)."""
        self.authorizer = fn
        return fn

    def policies(
        self, fn: Callable[[S, Any, str, str], ResourcePolicy | None]
    ) -> Callable[[S, Any, str, str], ResourcePolicy | None]:
        """Declare what the service's resources have for policies: fn(state, call, arn, action), with the State of
        the place that the ARN names. None where there is no such resource."""
        self.policing = fn
        return fn

    def controls(self, fn: Callable[[S, str], Controls | None]) -> Callable[[S, str], Controls | None]:
        """Declare what an organization says of an account: fn(state, account), None where it is in none."""
        self.controlling = fn
        return fn

    def denial(self, fn: Callable[[Denial], Refusal]) -> Callable[[Denial], Refusal]:
        """Declare how the service words a denial, where it does so unlike others of its protocol."""
        self.denied = fn
        return fn

    def effect(self, name: str) -> Callable[[F], F]:
        """Declare the asynchronous function, in the plugin's `effects.py`, that an `Effect` of that name runs."""

        def declare(fn: F) -> F:
            self.effects[name] = fn
            return fn

        return declare

    def credentials(self, fn: Callable[[S, str], Any]) -> Callable[[S, str], Any]:
        """Declare the function that tells of an access key which this service issued: a `Credential` or None."""
        self.credential = fn
        return fn

    # fold

    @overload
    def project(self, fn: F) -> F: ...
    @overload
    def project(self, *, at: At | None = None) -> Callable[[F], F]: ...
    def project(self, fn: Callable[..., Any] | None = None, *, at: At | None = None) -> Any:
        """Declare the function which folds a recorded action into state."""
        return (
            self.project_from(self.name, at=at)(fn) if fn is not None else self.project_from(self.name, at=at)
        )

    def project_from(self, service: str, *, at: At | None = None) -> Callable[[F], F]:
        """The same, for an action of another service, which is never imported."""

        def declare(fn: F) -> F:
            key = (service, subject(fn))
            self.projectors.setdefault(key, []).append(Declared(fn, at=at, service=self.name))
            return fn

        return declare

    @overload
    def evidence(self, fn: F) -> F: ...
    @overload
    def evidence(self, *, at: At | None = None, source: str | None = None) -> Callable[[F], F]: ...
    def evidence(
        self, fn: Callable[..., Any] | None = None, *, at: At | None = None, source: str | None = None
    ) -> Any:
        """Declare the function which reads a failure and marks only what it proves (gone, existed)."""

        def declare(fn: F) -> F:
            key = (source or self.name, subject(fn))
            self.evidences.setdefault(key, []).append(Declared(fn, at=at, service=self.name))
            return fn

        return declare if fn is None else declare(fn)

    def observed(self, fn: F) -> F:
        """Declare what a State learns from a read's answer in a baseline (`backtrail.observing`): fn(state, event)."""
        self.observers.setdefault((self.name, subject(fn)), []).append(Declared(fn, service=self.name))
        return fn

    def callers(self, fn: Callable[[S, Any], None]) -> Callable[[S, Any], None]:
        """Declare the function which folds that somebody called, whatever he called: fn(state, event).

        The event has the `identity`, its account, and the record's id, time and region. The State is that of the
        caller's account. It is told of a caller at least once, and again after what may have ended him: twice must be
        as once.
        """
        self.seeing = fn
        return fn

    def wakes(self, fn: F) -> F:
        """Declare the key of waiting calls (`Wait(key=...)`) that a record of an action touches."""
        self.wakers[subject(fn, alone=True)] = Declared(fn, service=self.name, alone=True)
        return fn

    # tell

    @overload
    def react(self, fn: F) -> F: ...
    @overload
    def react(self, *, at: At | None = None) -> Callable[[F], F]: ...
    def react(self, fn: Callable[..., Any] | None = None, *, at: At | None = None) -> Any:
        """Declare what follows from one of the service's own events: yields `Command`s."""
        return self.react_to(self.name, at=at)(fn) if fn is not None else self.react_to(self.name, at=at)

    def react_to(self, service: str, *, at: At | None = None) -> Callable[[F], F]:
        """The same, after an event of another service, which is never imported."""

        def declare(fn: F) -> F:
            key = (service, subject(fn))
            self.reactions.setdefault(key, []).append(Declared(fn, at=at, service=self.name))
            return fn

        return declare

    def outcome(self, service: str) -> Callable[[F], F]:
        """Declare the function that hears how a command of this service to another ended; yields commands."""

        def declare(fn: F) -> F:
            declared = Declared(fn, service=self.name)
            self.outcomes.setdefault((service, declared.action), []).append(declared)
            return fn

        return declare

    def timer(self, next_due: Callable[[S], Any]) -> Callable[[F], F]:
        """Declare what fires when time comes: `next_due(state)` is the earliest due time (O(1)) or None;
        the function yields the commands of everything due by `now`, in order."""

        def declare(fn: F) -> F:
            self.timers = Timers(next_due, fn)
            return fn

        return declare

    # what there is

    def resource(
        self,
        type: str,
        collection: Callable[[S], Mapping[str, Any]],
        arn: Callable[[Any], str],
        tags: Callable[[Any], Mapping[str, str]] | None = None,
        parent: Callable[[Any], str | None] | None = None,
        mentions: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        """Declare a kind of resource once: audit index, tags, `state`, `diff` and reports follow.

        `mentions` refines the generic index: action -> (verb, path of the identifier in the record).
        """
        self.resources.append(ResourceType(type, collection, arn, tags, parent, mentions))

    def grants(self, fn: Callable[[S, Any, Quota], float | None]) -> Callable[[S, Any, Quota], float | None]:
        """Declare who knows the quotas that an account was granted: fn(state, call, quota), None for the default."""
        self.granting = fn
        return fn

    def holds(self, fn: Callable[[S], Iterable[tuple[str, str]]]) -> Callable[[S], Iterable[tuple[str, str]]]:
        """Declare the foreign ARNs that a State keeps in use: yields (foreign ARN, own ARN)."""
        self.holding = fn
        return fn

    def copy(self) -> Service[S]:
        """The same declarations, to be extended without touching these."""
        made = copy.copy(self)
        for name, value in vars(self).items():
            if isinstance(value, dict | list):
                setattr(made, name, copy.copy(cast("dict[Any, Any]", value)))
        return made

    def form(self) -> Form:
        """How CloudTrail writes this service's payloads."""
        from backtrail.trail.declare import Trail
        from backtrail.trail.forms import form_of

        return form_of(self.name, self.trail or Trail())

    def _handler(self, declared: Declared) -> None:
        if declared.action in self.handlers:
            raise PluginError(f"{self.name}: {declared.action} has two handlers; remove {declared}")
        self.handlers[declared.action] = declared

    def place(self, account: str, region: str) -> Place:
        """Where the State for an account and a region lives."""
        if self.scope is Scope.REGION:
            return (self.name, account, region)
        return (self.name, account if self.scope is Scope.ACCOUNT else "", "")


def extend(service: str) -> Service[Any]:
    """Declarations that add to a service which another plugin owns: return it from `register_services`."""
    return Service(service, State, extends=True)


def _check(name: str, state: object) -> None:
    if _NAME.fullmatch(name) is None:
        raise PluginError(f"{name!r} is no service's name: small letters, digits and hyphens make one")
    if not (isinstance(state, type) and issubclass(state, State)):
        raise PluginError(f"{name}: {state!r} is no State; derive it from backtrail.State")
