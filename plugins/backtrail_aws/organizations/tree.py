"""The tree of an organization: its root, units and accounts, whose child is whose, and their ARNs.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_arn-formats.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, Protocol

from backtrail import Call, Event, Refusal, UnsetType
from backtrail_aws.organizations import errors
from backtrail_aws.organizations.state import (
    Account,
    Organization,
    Organizations,
    Unit,
    attach,
    give_full,
    oid,
)

ROOT, UNIT, ACCOUNT = "ROOT", "ORGANIZATIONAL_UNIT", "ACCOUNT"
_ACCOUNT: Final = re.compile(r"\d{12}")
_ROOT: Final = re.compile(r"r-[0-9a-z]{4,32}")
_UNIT: Final = re.compile(r"ou-[0-9a-z]{4,32}-[a-z0-9]{8,32}")


class Caller(Protocol):
    """As much of a call as it takes to tell whose it is."""

    @property
    def account(self) -> str: ...


def organization(state: Organizations, call: Caller) -> Organization:
    """The organization that the caller is in. Raises `Refusal`."""
    found = state.of(call.account)
    if found is None:
        raise errors.not_in_use()
    return found


def managed(state: Organizations, call: Caller) -> Organization:
    """The organization that the caller manages. Raises `Refusal`."""
    found = organization(state, call)
    if found.manager != call.account:
        raise errors.not_allowed()
    return found


def seen(state: Organizations, call: Caller) -> Organization:
    """The organization that the caller manages, or sees all of as a delegated administrator. Raises `Refusal`."""
    found = organization(state, call)
    if call.account not in (found.manager, *found.administrators):
        raise errors.not_allowed()
    return found


def kind_of(target: str) -> str | None:
    """What an id is of, by its looks."""
    if _ACCOUNT.fullmatch(target):
        return ACCOUNT
    return ROOT if _ROOT.fullmatch(target) else UNIT if _UNIT.fullmatch(target) else None


def is_there(organization: Organization, target: str) -> bool:
    """Whether a root, unit or account is in the organization."""
    return target == organization.root or target in organization.units or target in organization.accounts


def check_parent(organization: Organization, parent: str, code: str = "ParentNotFoundException") -> None:
    """Refuse what is no root or unit here."""
    if kind_of(parent) not in (ROOT, UNIT):
        raise errors.invalid("INVALID_PATTERN_TARGET_ID")
    if parent != organization.root and parent not in organization.units:
        raise errors.no_parent(code)


def check_target(organization: Organization, target: str, missing: Refusal | None = None) -> None:
    """Refuse what is no root, unit or account here."""
    if kind_of(target) is None:
        raise errors.invalid("INVALID_PATTERN_TARGET_ID")
    if not is_there(organization, target):
        raise missing or errors.no_target()


def account(organization: Organization, account_id: str) -> Account:
    """An account of the organization. Raises `Refusal`."""
    if kind_of(account_id) != ACCOUNT:
        raise errors.invalid("INVALID_PATTERN")
    found = organization.accounts.get(account_id)
    if found is None:
        raise errors.no_account()
    return found


def unit(organization: Organization, unit_id: str) -> Unit:
    """A unit of the organization. Raises `Refusal`."""
    if kind_of(unit_id) != UNIT:
        raise errors.invalid("INVALID_PATTERN")
    found = organization.units.get(unit_id)
    if found is None:
        raise errors.no_unit()
    return found


# up and down


def parent_of(organization: Organization, target: str) -> str | None:
    """The id of what a unit or an account lies in; None of the root, and where no record told."""
    held = organization.units.get(target) or organization.accounts.get(target)
    return held.parent if held is not None and not isinstance(held.parent, UnsetType) else None


def way_to(organization: Organization, target: str) -> list[str]:
    """From the root down to a target, both among them; as much of it as is known."""
    way = [target]
    while (parent := parent_of(organization, way[-1])) is not None and parent not in way:
        way.append(parent)
    return way[::-1]


def path_of(organization: Organization, target: str) -> str:
    """`o-…/r-…/ou-…/`: where a target lies, as `aws:PrincipalOrgPaths` has it (accounts are not in it)."""
    way = [one for one in way_to(organization, target) if kind_of(one) != ACCOUNT]
    return "/".join([oid(organization), *way, ""])


def accounts_in(organization: Organization, parent: str) -> dict[str, Account]:
    """The accounts that lie in a root or unit itself."""
    return {one.id: one for one in organization.accounts.values() if one.parent == parent}


def units_in(organization: Organization, parent: str) -> dict[str, Unit]:
    """The units that lie in a root or unit itself."""
    return {one.id: one for one in organization.units.values() if one.parent == parent}


def targets(organization: Organization) -> Iterator[str]:
    """All that policies can be attached to."""
    if not isinstance(organization.root, UnsetType):
        yield organization.root
    yield from organization.units
    yield from organization.accounts


# names


def arn(organization: Organization, target: str) -> str:
    """The ARN of a root, unit or account."""
    kind = {ROOT: "root", UNIT: "ou", ACCOUNT: "account"}.get(kind_of(target) or "", "target")
    return f"arn:aws:organizations::{organization.manager}:{kind}/{oid(organization)}/{target}"


def name(organization: Organization, target: str) -> str | UnsetType:
    """The name of a root, unit or account."""
    if target == organization.root:
        return "Root"
    held = organization.units.get(target) or organization.accounts.get(target)
    return held.name if held is not None else "Root"


# what records imply


def known_unit(organization: Organization, unit_id: str, event: Event[Any, Any]) -> Unit:
    """A unit that a record names."""
    found = organization.units.get(unit_id)
    if found is None:
        found = organization.units[unit_id] = Unit(id=unit_id, implied_by=event.id)
        event.implied.append(unit_id)
        give_full(organization, unit_id)
    return found


def known_account(
    state: Organizations, organization: Organization, account_id: str, event: Event[Any, Any]
) -> Account:
    """An account that a record names."""
    found = organization.accounts.get(account_id)
    if found is None:
        found = Account(id=account_id, implied_by=event.id)
        state.join(organization, found)
        event.implied.append(account_id)
    return found


def known_target(
    state: Organizations, organization: Organization, target: str, event: Event[Any, Any]
) -> None:
    """A root, unit or account that a record names is there."""
    kind = kind_of(target)
    if kind == ROOT:
        if isinstance(organization.root, UnsetType):
            organization.root = target
            give_full(organization, target)
    elif kind == UNIT:
        known_unit(organization, target, event)
    elif kind == ACCOUNT:
        known_account(state, organization, target, event)


def new_root(call: Call[Any] | Event[Any, Any]) -> str:
    """The root's id."""
    return f"r-{call.new_id('hex4', 'root')}"


__all__ = [
    "ACCOUNT", "ROOT", "UNIT", "account", "accounts_in", "arn", "attach", "check_parent", "check_target", "is_there",
    "kind_of", "known_account", "known_target", "known_unit", "managed", "name", "new_root", "organization",
    "parent_of", "path_of", "seen", "targets", "unit", "units_in", "way_to",
]  # fmt: skip
