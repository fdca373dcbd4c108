"""Who asks, and whom a statement's Principal or NotPrincipal means.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re
from enum import Enum, IntEnum
from typing import Final, cast

import msgspec

from backtrail.policy.errors import BadPolicy

_ROOT = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):root")
_ACCOUNT = re.compile(r"\d{12}")
_KINDS: Final = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})


class Who(Enum):
    """The kinds of principals that are told apart in evaluation."""

    ROOT = "root"
    USER = "user"
    ROLE = "role"
    FEDERATED = "federated"
    SERVICE = "service"
    OUTSIDER = "outsider"
    ANONYMOUS = "anonymous"


class Grant(IntEnum):
    """How near a statement's principal comes to the caller.

    What is given to an account must be given on by an identity policy; what is given to a role (or to the user who
    federated) is limited by boundaries and session policies; what is given to the caller itself is not.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
    """

    NONE = 0
    ACCOUNT = 1
    ISSUER = 2
    DIRECT = 3


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """A caller as policies see it.

    `issuer` is the role of a session (its ARN), or the user who federated; `issuer_id` the unique id of it. `service`
    is a service principal's name, `provider` the identity provider that vouches for an outsider.
    """

    who: Who
    arn: str = ""
    account: str = ""
    id: str = ""
    issuer: str = ""
    issuer_id: str = ""
    service: str = ""
    provider: str = ""
    canonical: str = ""


class Principals(msgspec.Struct, frozen=True, kw_only=True):
    """A Principal element, its names by kind. `everybody` is `*`."""

    everybody: bool = False
    accounts: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    providers: frozenset[str] = frozenset()
    canonical: frozenset[str] = frozenset()

    def grant(self, principal: Principal) -> Grant:
        """How near this element comes to a caller."""
        if self.everybody or principal.service in self.services or principal.provider in self.providers:
            return Grant.DIRECT
        if principal.arn in self.names or principal.id in self.names:
            return Grant.DIRECT
        if principal.issuer in self.names or principal.issuer_id in self.names:
            return Grant.ISSUER
        if principal.account in self.accounts or principal.canonical in self.canonical:
            return Grant.ACCOUNT
        return Grant.NONE

    def excepts(self, principal: Principal) -> bool:
        """Whether a NotPrincipal of these names leaves a caller out: its account alone does so for the root only.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
        """
        grant = self.grant(principal)
        least = Grant.ACCOUNT if principal.who is Who.ROOT else Grant.ISSUER
        return grant >= least


def parsed(element: object) -> Principals:
    """A Principal or NotPrincipal element. Raises `BadPolicy`."""
    if element == "*":
        return Principals(everybody=True)
    if not isinstance(element, dict):
        raise BadPolicy("a principal must be * or an object")
    kinds = cast("dict[str, object]", element)
    if not _KINDS.issuperset(kinds):
        raise BadPolicy("a principal has kinds that do not exist")
    aws = _names(kinds.get("AWS", []))
    roots = [(name, _ROOT.fullmatch(name)) for name in aws]
    accounts = {found.group(1) for _, found in roots if found} | set(filter(_ACCOUNT.fullmatch, aws))
    return Principals(
        everybody="*" in aws,
        accounts=frozenset(accounts),
        names=frozenset(name for name, found in roots if not found and name not in accounts and name),
        services=frozenset(filter(None, _names(kinds.get("Service", [])))),
        providers=frozenset(filter(None, _names(kinds.get("Federated", [])))),
        canonical=frozenset(filter(None, _names(kinds.get("CanonicalUser", [])))),
    )


def _names(value: object) -> list[str]:
    names = cast("list[object]", value) if isinstance(value, list) else [value]
    if not all(isinstance(name, str) for name in names):
        raise BadPolicy("a principal is no text")
    return cast("list[str]", names)
