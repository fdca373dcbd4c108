"""Whether a request is allowed, and which statements decided.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html and,
across accounts, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum, StrEnum
from typing import NamedTuple

import msgspec

from backtrail.policy.documents import Document, Statement
from backtrail.policy.patterns import Context
from backtrail.policy.principals import Grant, Principal, Who


class Kind(StrEnum):
    """The kinds of policies, in the words of AWS's messages."""

    SCP = "service control policy"
    RCP = "resource control policy"
    ENDPOINT = "VPC endpoint policy"
    IDENTITY = "identity-based policy"
    RESOURCE = "resource-based policy"
    TRUST = "role trust policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"


class Outcome(Enum):
    """What an evaluation comes to. UNKNOWN: it rests on a policy whose text nobody knows."""

    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"
    UNKNOWN = "unknown"


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A policy where it stands. `id` names it, `arn` is its ARN where it has one; a text that nobody knows is None.

    `through` is whose policy it is, where that is told: the ARN of the user, role or group that has it.
    """

    id: str
    document: Document | None
    arn: str = ""
    through: str = ""


class Policies(msgspec.Struct, frozen=True, kw_only=True):
    """All that bears on a request.

    Of `boundary` and of each group of `session` one policy must allow; of `scps` and `rcps` one at each level, from
    the organization's root down. `resource` is the policy of the resource itself, of the kind `resource_kind`;
    `takes_policies` says whether such a resource can have one, `must_allow` that nothing is allowed which that does
    not allow (a role's trust, a KMS key), `granted` that it is open to the caller by other means (an ACL).
    """

    identity: tuple[Policy, ...] = ()
    boundary: tuple[Policy, ...] = ()
    session: tuple[tuple[Policy, ...], ...] = ()
    resource: Policy | None = None
    resource_kind: Kind = Kind.RESOURCE
    scps: tuple[tuple[Policy, ...], ...] = ()
    rcps: tuple[tuple[Policy, ...], ...] = ()
    endpoint: Policy | None = None
    takes_policies: bool = True
    must_allow: bool = False
    granted: bool = False


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One action on one resource; `account` is the resource's owner ("" for the caller's own account)."""

    principal: Principal
    action: str
    resource: str
    context: Context
    account: str = ""


class Match(msgspec.Struct, frozen=True):
    """A statement that bore on the decision."""

    policy: str
    kind: Kind
    index: int
    sid: str
    allows: bool
    arn: str = ""


class Explained(NamedTuple):
    """How an action on one resource is decided; `absent` are the keys that policies asked for in vain."""

    resource: str
    decision: Decision
    denial: str
    absent: tuple[str, ...]


class Found(NamedTuple):
    """A statement that bore on the decision, where it stands."""

    policy: Policy
    kind: Kind
    statement: Statement


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What came out. `kind` is the kind of policies that denied; `missing` the policies that nobody knows."""

    outcome: Outcome
    kind: Kind | None = None
    found: tuple[Found, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the request is allowed."""
        return self.outcome is Outcome.ALLOWED

    @property
    def matches(self) -> tuple[Match, ...]:
        """The statements that decided: those that deny, or else those that allow."""
        return tuple(
            Match(policy.id, kind, statement.index, statement.sid, statement.allows, policy.arn)
            for policy, kind, statement in self.found
        )


def evaluate(request: Request, policies: Policies) -> Decision:
    """The decision on a request. Raises nothing: what cannot be evaluated has failed when it was compiled."""
    decision = _Evaluation(request, policies, doubt=False).decide()
    if not decision.missing or decision.outcome is not Outcome.IMPLICIT_DENY:
        return decision
    hopeful = _Evaluation(request, policies, doubt=True).decide()
    if not hopeful.allowed:
        return decision
    return Decision(
        outcome=Outcome.UNKNOWN, kind=decision.kind, found=decision.found, missing=decision.missing
    )


class _Denied(Exception):
    def __init__(self, kind: Kind, found: tuple[Found, ...] | None = None) -> None:
        self.kind, self.found = kind, found


class _Evaluation:
    """One walk through all policies. With `doubt`, a policy that nobody knows allows everything, else nothing."""

    __slots__ = ("_allows", "_doubt", "_missing", "_policies", "_request")

    def __init__(self, request: Request, policies: Policies, *, doubt: bool) -> None:
        self._request, self._policies, self._doubt = request, policies, doubt
        self._allows: list[Found] = []
        self._missing: list[str] = []

    def decide(self) -> Decision:
        outcome, kind, denying = Outcome.ALLOWED, None, None
        try:
            self._walk()
        except _Denied as denied:
            kind, denying = denied.kind, denied.found
            outcome = Outcome.IMPLICIT_DENY if denying is None else Outcome.EXPLICIT_DENY
        found = tuple(self._allows) if denying is None else denying
        return Decision(outcome=outcome, kind=kind, found=found, missing=tuple(self._missing))

    def _walk(self) -> None:
        """Every policy is looked at before anything is allowed: an explicit deny in any of them overrides."""
        policies = self._policies
        controlled = [self._any(level, Kind.SCP) for level in policies.scps]
        guarded = [self._level(level, Kind.RCP) for level in policies.rcps]
        entered = policies.endpoint is None or self._resource(policies.endpoint, Kind.ENDPOINT) > Grant.NONE
        given = self._any(policies.identity, Kind.IDENTITY)
        grant = self._granted(policies)
        bound = not policies.boundary or self._any(policies.boundary, Kind.BOUNDARY)
        narrowed = [self._any(group, Kind.SESSION) for group in policies.session]
        for allowed, kind in (
            (all(controlled), Kind.SCP), (all(guarded), Kind.RCP), (entered, Kind.ENDPOINT),
        ):  # fmt: skip
            if not allowed:
                raise _Denied(kind)
        self._combine(grant, given, bound, all(narrowed))

    def _granted(self, policies: Policies) -> Grant:
        found = Grant.NONE
        if policies.resource is not None:
            found = self._resource(policies.resource, policies.resource_kind)
        return max(found, Grant.ACCOUNT) if policies.granted else found

    def _combine(self, grant: Grant, given: bool, bound: bool, narrowed: bool) -> None:
        """What the resource grants, together with what the caller's own account allows."""
        policies, principal = self._policies, self._request.principal
        resource = policies.resource_kind
        if principal.who in (Who.SERVICE, Who.ANONYMOUS, Who.OUTSIDER):
            open_to_all = principal.who is Who.SERVICE and not policies.takes_policies
            if grant is Grant.NONE and not open_to_all:
                raise _Denied(resource)
            return
        owner = self._request.account or principal.account
        if owner == principal.account:
            if policies.must_allow and grant is Grant.NONE:
                raise _Denied(resource)
            if grant is Grant.DIRECT:
                return
            self._own(given or grant is Grant.ISSUER, bound, narrowed)
            return
        self._own(given, bound, narrowed)
        if grant is Grant.NONE:
            raise _Denied(resource)

    def _own(self, given: bool, bound: bool, narrowed: bool) -> None:
        """The caller's account: identity policies, limited by the boundary and by session policies."""
        who = self._request.principal.who
        if not given and who is not Who.ROOT:
            raise _Denied(Kind.IDENTITY)
        if not bound:
            raise _Denied(Kind.BOUNDARY)
        if not narrowed or (who is Who.FEDERATED and not self._policies.session):
            raise _Denied(Kind.SESSION)

    # one policy, some policies

    def _any(self, policies: Iterable[Policy], kind: Kind) -> bool:
        """Whether one of some policies allows; raises where one denies."""
        allowed = False
        context, resource = self._request.context, self._request.resource
        for policy in policies:
            if policy.document is None:
                self._missing.append(policy.id)
                allowed = allowed or self._doubt
                continue
            for statement in policy.document.about(self._request.action):
                if (
                    statement.named
                    or not statement.covers(resource, context)
                    or not statement.applies(context)
                ):
                    continue
                if not statement.allows:
                    raise _Denied(kind, tuple(self._denying(policies, kind)))
                allowed = True
                self._allows.append(Found(policy, kind, statement))
        return allowed

    def _denying(self, policies: Iterable[Policy], kind: Kind) -> Iterator[Found]:
        """All statements of one kind of policies that deny."""
        context, resource = self._request.context, self._request.resource
        for policy in policies:
            for statement in (
                policy.document.about(self._request.action) if policy.document is not None else ()
            ):
                if statement.allows or statement.named:
                    continue
                if statement.covers(resource, context) and statement.applies(context):
                    yield Found(policy, kind, statement)

    def _level(self, policies: Iterable[Policy], kind: Kind) -> bool:
        """Whether one of some policies with principals allows."""
        grants = [self._resource(policy, kind) for policy in policies]  # all of them, for one may deny
        return any(grants)

    def _resource(self, policy: Policy, kind: Kind) -> Grant:
        """What a policy with principals grants to the caller; raises where it denies."""
        if policy.document is None:
            self._missing.append(policy.id)
            return Grant.DIRECT if self._doubt else Grant.NONE
        context, resource = self._request.context, self._request.resource
        bounded = bool(self._policies.boundary)
        best, denies = Grant.NONE, list[Found]()
        for statement in policy.document.about(self._request.action):
            grant = statement.reaches(self._request.principal, bounded=bounded)
            if (
                grant is Grant.NONE
                or not statement.covers(resource, context)
                or not statement.applies(context)
            ):
                continue
            if statement.allows:
                best = max(best, grant)
                self._allows.append(Found(policy, kind, statement))
            else:
                denies.append(Found(policy, kind, statement))
        if denies:
            raise _Denied(kind, tuple(denies))
        return best
