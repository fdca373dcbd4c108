"""What is known of organizations, and the service that keeps it.

One State holds those of the whole partition, for an organization is seen from many accounts. It is kept under the
number of its management account, whose trail tells most of it. UNSET is what no record told; `implied_by` is the id
of the record that implied a thing which no record made.
"""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail import UNSET, Event, Scope, Sealed, Service, SortedMap, State, UnsetType, field, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.organizations.limits import QUOTAS
from backtrail_aws.organizations.trail import TRAIL

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
FULL: dict[str, str] = {SCP: "p-FullAWSAccess", RCP: "p-RCPFullAWSAccess"}
"""AWS's own policies, which allow all: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html"""


class Account(msgspec.Struct, kw_only=True):
    """An account of an organization. `parent` is the root's or a unit's id."""

    id: str
    parent: str | UnsetType = UNSET
    name: Sealed[str] | UnsetType = UNSET
    email: Sealed[str] | UnsetType = UNSET
    status: str = "ACTIVE"
    joined_method: str | UnsetType = UNSET
    joined: SpacedTime | UnsetType = UNSET
    implied_by: str = ""


class Unit(msgspec.Struct, kw_only=True):
    """An organizational unit."""

    id: str
    parent: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    implied_by: str = ""


class Policy(msgspec.Struct, kw_only=True):
    """A policy of whatever type; AWS's own are in no State (`policies.OWN`)."""

    id: str
    name: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    content: str | UnsetType = UNSET
    aws_managed: bool = False
    updated: SpacedTime | UnsetType = UNSET
    implied_by: str = ""


class Request(msgspec.Struct, kw_only=True):
    """The making of an account, as `DescribeCreateAccountStatus` tells of it."""

    id: str
    state: str = "IN_PROGRESS"
    name: Sealed[str] | UnsetType = UNSET
    email: Sealed[str] | UnsetType = UNSET
    requested: SpacedTime | UnsetType = UNSET
    completed: SpacedTime | UnsetType = UNSET
    account: str | UnsetType = UNSET
    failure: str | UnsetType = UNSET
    tags: dict[str, str] = {}


class Handshake(msgspec.Struct, kw_only=True):
    """An invitation, or the request to enable all features; `account` is whose answer it waits for."""

    id: str
    manager: str
    action: str = "INVITE"
    account: str = ""
    email: Sealed[str] | UnsetType = UNSET
    state: str = "OPEN"
    requested: SpacedTime | UnsetType = UNSET
    expires: SpacedTime | UnsetType = UNSET
    notes: str | UnsetType = UNSET
    tags: dict[str, str] = {}


class ResourcePolicy(msgspec.Struct, kw_only=True):
    """The organization's own policy, which delegates administration."""

    id: str
    content: str | UnsetType = UNSET


class Organization(msgspec.Struct, kw_only=True):
    """An organization. `types` are the enabled policy types; `attached` is target -> policies, in order."""

    manager: str
    id: str | UnsetType = UNSET
    root: str | UnsetType = UNSET
    features: str | UnsetType = UNSET
    types: list[str] = []
    accounts: SortedMap[str, Account] = field(default_factory=SortedMap[str, Account])
    units: SortedMap[str, Unit] = field(default_factory=SortedMap[str, Unit])
    policies: SortedMap[str, Policy] = field(default_factory=SortedMap[str, Policy])
    attached: dict[str, list[str]] = {}
    requests: SortedMap[str, Request] = field(default_factory=SortedMap[str, Request])
    services: SortedMap[str, SpacedTime] = field(default_factory=SortedMap[str, SpacedTime])
    administrators: SortedMap[str, dict[str, SpacedTime]] = field(
        default_factory=SortedMap[str, dict[str, SpacedTime]]
    )
    tags: dict[str, dict[str, str]] = {}
    resource_policy: ResourcePolicy | None = None
    implied_by: str = ""


class Organizations(State):
    """All organizations of a partition. `members` is account -> management account."""

    organizations: SortedMap[str, Organization] = field(default_factory=SortedMap[str, Organization])
    members: dict[str, str] = {}
    handshakes: SortedMap[str, Handshake] = field(default_factory=SortedMap[str, Handshake])

    def of(self, account: str) -> Organization | None:
        """The organization that an account is in."""
        return self.organizations.get(self.members.get(account, ""))

    def told_by(self, event: Event[Any, Any]) -> Organization:
        """The organization whose records an account's trail has; implied where none was made."""
        found = self.of(event.account)
        if found is None:
            found = Organization(manager=event.account, implied_by=event.id)
            self.organizations[event.account] = found
            self.join(found, Account(id=event.account, implied_by=event.id))
            event.implied.append(event.account)
        return found

    def join(self, organization: Organization, account: Account) -> None:
        """An account is in an organization from here on, with AWS's own policies of the enabled types."""
        former = self.of(account.id)
        if former is not None and former is not organization:
            self.leave(former, account.id)
        organization.accounts[account.id] = account
        self.members[account.id] = organization.manager
        give_full(organization, account.id)

    def leave(self, organization: Organization, account: str) -> None:
        """An account is in its organization no more."""
        organization.accounts.pop(account, None)
        organization.administrators.pop(account, None)
        self.members.pop(account, None)
        forget(organization, account)


def give_full(organization: Organization, target: str) -> None:
    """Attach AWS's own policy of each enabled type that has one."""
    for type in organization.types:
        if type in FULL:
            attach(organization, FULL[type], target)


def attach(organization: Organization, policy: str, target: str) -> None:
    """A policy is attached to a target; again is once."""
    held = organization.attached.setdefault(target, [])
    if policy not in held:
        held.append(policy)


def detach(organization: Organization, policy: str, target: str) -> None:
    """A policy is attached to a target no more."""
    held = organization.attached.get(target, [])
    if policy in held:
        held.remove(policy)
    if not held:
        organization.attached.pop(target, None)


def forget(organization: Organization, target: str) -> None:
    """A root, unit or account is gone: so is what was attached to it, and its tags."""
    organization.attached.pop(target, None)
    organization.tags.pop(target, None)


def targets_of(organization: Organization, policy: str) -> list[str]:
    """What a policy is attached to, sorted."""
    return sorted(target for target, held in organization.attached.items() if policy in held)


def oid(organization: Organization) -> str:
    """The organization's id, as ARNs have it; `o-unknown` where no record told."""
    return told(organization.id, "o-unknown")


_COMMON = "https://docs.aws.amazon.com/organizations/latest/APIReference/CommonErrors.html"

service: Service[Organizations] = Service(
    "organizations",
    Organizations,
    scope=Scope.PARTITION,
    trail=TRAIL,
    quotas=QUOTAS,
    errors={"ValidationException": _COMMON},
)
