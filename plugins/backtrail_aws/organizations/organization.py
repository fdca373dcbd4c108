"""The organization itself, its root, and the policy types that count in it."""

from __future__ import annotations

from datetime import timedelta

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.organizations import api, errors, handshakes, limits, policies, tree
from backtrail_aws.organizations.listing import end, listed
from backtrail_aws.organizations.state import (
    FULL,
    SCP,
    Account,
    Handshake,
    Organization,
    Organizations,
    Policy,
    attach,
    detach,
    oid,
    service,
)

ALL, BILLING = "ALL", "CONSOLIDATED_BILLING"


def email_of(account: str) -> str:
    """The address of an account that nobody made here: a management account's owner tells it to AWS, not to the API."""
    return f"root@{account}.example.com"


def view(organization: Organization) -> api.Organization:
    """An organization as answers show it. `AvailablePolicyTypes` is no more than SCPs, as AWS warns."""
    types = [api.PolicyTypeSummary(type=SCP, status="ENABLED")] if organization.features == ALL else []
    manager = organization.accounts.get(organization.manager)
    return api.Organization(
        id=organization.id,
        arn=f"arn:aws:organizations::{organization.manager}:organization/{oid(organization)}",
        feature_set=organization.features,
        master_account_arn=tree.arn(organization, organization.manager),
        master_account_id=organization.manager,
        master_account_email=manager.email if manager is not None else UNSET,
        available_policy_types=types,
    )


def root_view(organization: Organization) -> api.Root:
    """The root as answers show it."""
    return api.Root(
        id=organization.root,
        arn=tree.arn(organization, told(organization.root, "r-unknown")),
        name="Root",
        policy_types=[
            api.PolicyTypeSummary(type=type, status="ENABLED") for type in sorted(organization.types)
        ],
    )


def _made(
    call: Call[api.CreateOrganization] | Event[api.CreateOrganization, api.CreateOrganizationResult],
) -> Organization:
    """A new organization of the calling account."""
    account = call.account
    root, when = tree.new_root(call), SpacedTime.of(call.time)
    made = Organization(
        manager=account,
        id=f"o-{call.new_id('hex10', 'organization')}",
        root=root,
        features=told(call.params.feature_set, ALL),
    )
    made.accounts[account] = Account(
        id=account, parent=root, name=account, email=email_of(account), joined_method="INVITED", joined=when
    )
    return made


@service.handle
def create_organization(
    state: Organizations, call: Call[api.CreateOrganization]
) -> api.CreateOrganizationResult:
    """Make an organization that the caller manages."""
    if state.of(call.account) is not None:
        raise errors.already_member()
    if told(call.params.feature_set, ALL) not in (ALL, BILLING):
        raise errors.invalid("INVALID_ENUM")
    return api.CreateOrganizationResult(organization=view(_made(call)))


@service.project
def organization_created(
    state: Organizations, event: Event[api.CreateOrganization, api.CreateOrganizationResult]
) -> None:
    """There is this organization, with one account."""
    made, result = _made(event), event.result.organization
    if not isinstance(result, UnsetType):
        made.id = told(result.id, made.id)
    state.organizations[made.manager] = made
    state.members[made.manager] = made.manager


@service.read
def describe_organization(
    state: Organizations, call: Call[api.DescribeOrganization]
) -> api.DescribeOrganizationResult:
    """The organization of the caller's account, whichever it is of its accounts."""
    return api.DescribeOrganizationResult(organization=view(tree.organization(state, call)))


@service.evidence
def there_was_none(state: Organizations, event: Event[api.DescribeOrganization, None]) -> None:
    """An account that is told to be in no organization has left the one that we knew."""
    organization = state.of(event.account)
    if event.error == "AWSOrganizationsNotInUseException" and organization is not None:
        _gone(state, organization, event.account)


@service.handle
def delete_organization(state: Organizations, call: Call[api.DeleteOrganization]) -> None:
    """Delete an organization that has no account but the management account."""
    organization = tree.managed(state, call)
    if len(organization.accounts) > 1:
        raise errors.not_empty()


@service.project
def organization_deleted(state: Organizations, event: Event[api.DeleteOrganization, None]) -> None:
    """The organization is gone."""
    organization = state.of(event.account)
    if organization is not None:
        _gone(state, organization, organization.manager)


def _gone(state: Organizations, organization: Organization, account: str) -> None:
    if account != organization.manager:
        state.leave(organization, account)
        return
    for member in list(organization.accounts):
        state.members.pop(member, None)
    state.organizations.pop(organization.manager, None)


@service.handle
def enable_all_features(
    state: Organizations, call: Call[api.EnableAllFeatures]
) -> api.EnableAllFeaturesResult:
    """Ask the invited accounts to let all features be enabled; where there are none, it is done at once."""
    organization = tree.managed(state, call)
    if organization.features == ALL:
        raise errors.handshake_refused(
            # evidence: model; words: guess
            "ORGANIZATION_ALREADY_HAS_ALL_FEATURES",
            "The organization already has all features enabled.",
        )
    return api.EnableAllFeaturesResult(handshake=handshakes.view(state, _consent(organization, call)))


@service.project
def all_features_enabled(
    state: Organizations, event: Event[api.EnableAllFeatures, api.EnableAllFeaturesResult]
) -> None:
    """The request is open; every account that was made here consents by its making."""
    organization = state.told_by(event)
    consent = _consent(organization, event)
    if not isinstance(event.result.handshake, UnsetType):
        consent.id = told(event.result.handshake.id, consent.id)
    state.handshakes[consent.id] = consent


def _consent(
    organization: Organization,
    call: Call[api.EnableAllFeatures] | Event[api.EnableAllFeatures, api.EnableAllFeaturesResult],
) -> Handshake:
    return Handshake(
        id=f"h-{call.new_id('hex32', 'handshake')}",
        manager=organization.manager,
        action="ENABLE_ALL_FEATURES",
        account=organization.manager,
        state="REQUESTED",
        requested=SpacedTime.of(call.time),
        expires=SpacedTime.of(call.time + timedelta(days=limits.CONSENT_DAYS)),
    )


# the root


@service.read
def list_roots(state: Organizations, call: Call[api.ListRoots]) -> api.ListRootsResult:
    """The one root."""
    organization = tree.seen(state, call)
    roots = {} if isinstance(organization.root, UnsetType) else {organization.root: root_view(organization)}
    page = listed(roots, call.params)
    return api.ListRootsResult(roots=page.items, next_token=end(page))


@service.handle
def enable_policy_type(state: Organizations, call: Call[api.EnablePolicyType]) -> api.EnablePolicyTypeResult:
    """Let policies of a type count; AWS's own of that type is attached to everything."""
    organization = _root(state, call, call.params.root_id)
    policies.check_type(call.params.policy_type)
    if organization.features == BILLING:
        raise errors.type_not_available()
    if call.params.policy_type in organization.types:
        raise errors.type_enabled()
    return api.EnablePolicyTypeResult(
        root=_with(organization, [*organization.types, call.params.policy_type])
    )


@service.project
def policy_type_enabled(
    state: Organizations, event: Event[api.EnablePolicyType, api.EnablePolicyTypeResult]
) -> None:
    """Policies of this type count."""
    organization, type = state.told_by(event), event.params.policy_type
    tree.known_target(state, organization, event.params.root_id, event)
    if type not in organization.types:
        organization.types.append(type)
    if type in FULL:
        for target in list(tree.targets(organization)):
            attach(organization, FULL[type], target)


@service.handle
def disable_policy_type(
    state: Organizations, call: Call[api.DisablePolicyType]
) -> api.DisablePolicyTypeResult:
    """Let policies of a type count no more: they are detached from everything."""
    organization = _root(state, call, call.params.root_id)
    policies.check_type(call.params.policy_type)
    if call.params.policy_type not in organization.types:
        raise errors.type_not_enabled(call.params.policy_type)
    left = [type for type in organization.types if type != call.params.policy_type]
    return api.DisablePolicyTypeResult(root=_with(organization, left))


@service.project
def policy_type_disabled(
    state: Organizations, event: Event[api.DisablePolicyType, api.DisablePolicyTypeResult]
) -> None:
    """Policies of this type count no more, and are attached nowhere."""
    organization, type = state.told_by(event), event.params.policy_type
    tree.known_target(state, organization, event.params.root_id, event)
    if type in organization.types:
        organization.types.remove(type)
    for target, held in list(organization.attached.items()):
        for policy_id in list(held):
            found: Policy | None = policies.find(organization, policy_id)
            if found is not None and found.type == type:
                detach(organization, policy_id, target)


def _root(
    state: Organizations, call: Call[api.EnablePolicyType] | Call[api.DisablePolicyType], root: str
) -> Organization:
    organization = tree.managed(state, call)
    if root != organization.root:
        raise errors.no_root()
    return organization


def _with(organization: Organization, types: list[str]) -> api.Root:
    """The root as it is to be."""
    return api.Root(
        id=organization.root,
        arn=tree.arn(organization, told(organization.root, "")),
        name="Root",
        policy_types=[api.PolicyTypeSummary(type=type, status="ENABLED") for type in sorted(types)],
    )
