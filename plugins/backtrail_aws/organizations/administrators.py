"""Services that work in all accounts, accounts that administer them, and the organization's own policy."""

from __future__ import annotations

import json

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.organizations import api, errors, limits, tags, tree
from backtrail_aws.organizations.listing import end, listed
from backtrail_aws.organizations.state import (
    Organization,
    Organizations,
    ResourcePolicy,
    oid,
    service,
)

# services


@service.handle
def enable_aws_service_access(state: Organizations, call: Call[api.EnableAWSServiceAccess]) -> None:
    """Let a service work in all accounts; again is no fault."""
    _check_service(call.params.service_principal)
    organization = tree.managed(state, call)
    if organization.features == "CONSOLIDATED_BILLING":
        # evidence: model; words: guess
        raise errors.constraint(
            "ORGANIZATION_NOT_IN_ALL_FEATURES_MODE", "The organization must have all features enabled."
        )


@service.project
def service_access_enabled(state: Organizations, event: Event[api.EnableAWSServiceAccess, None]) -> None:
    """The service may work in all accounts."""
    services = state.told_by(event).services
    if event.params.service_principal not in services:
        services[event.params.service_principal] = SpacedTime.of(event.time)


@service.handle
def disable_aws_service_access(state: Organizations, call: Call[api.DisableAWSServiceAccess]) -> None:
    """Let a service work in all accounts no more."""
    _check_service(call.params.service_principal)
    tree.managed(state, call)


@service.project
def service_access_disabled(state: Organizations, event: Event[api.DisableAWSServiceAccess, None]) -> None:
    """The service may not work in all accounts any more."""
    state.told_by(event).services.pop(event.params.service_principal, None)


def _check_service(principal: str) -> None:
    if not principal.endswith(".amazonaws.com"):
        # evidence: model; words: guess
        raise errors.invalid(
            "UNRECOGNIZED_SERVICE_PRINCIPAL", "You specified an unrecognized service principal."
        )


@service.read
def list_aws_service_access_for_organization(
    state: Organizations, call: Call[api.ListAWSServiceAccessForOrganization]
) -> api.ListAWSServiceAccessForOrganizationResult:
    """The services that may work in all accounts."""
    services = {
        name: api.EnabledServicePrincipal(service_principal=name, date_enabled=since)
        for name, since in tree.seen(state, call).services.items()
    }
    page = listed(services, call.params)
    return api.ListAWSServiceAccessForOrganizationResult(
        enabled_service_principals=page.items, next_token=end(page)
    )


# delegated administrators


@service.handle
def register_delegated_administrator(
    state: Organizations, call: Call[api.RegisterDelegatedAdministrator]
) -> None:
    """Let a member account administer a service."""
    organization, params = tree.managed(state, call), call.params
    account = tree.account(organization, params.account_id)
    _check_service(params.service_principal)
    if account.id == organization.manager:
        # evidence: model; words: guess
        raise errors.constraint(
            "CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR",
            "You cannot register the management account as a delegated administrator.",
        )
    if account.status == "SUSPENDED":
        # evidence: model; words: guess
        raise errors.constraint(
            "CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR",
            "You cannot register a suspended account as a delegated administrator.",
        )
    if params.service_principal in organization.administrators.get(account.id, {}):
        raise errors.administrator_exists()


@service.project
def administrator_registered(
    state: Organizations, event: Event[api.RegisterDelegatedAdministrator, None]
) -> None:
    """The account administers the service."""
    organization, params = state.told_by(event), event.params
    tree.known_account(state, organization, params.account_id, event)
    held = organization.administrators.setdefault(params.account_id, {})
    held.setdefault(params.service_principal, SpacedTime.of(event.time))


@service.handle
def deregister_delegated_administrator(
    state: Organizations, call: Call[api.DeregisterDelegatedAdministrator]
) -> None:
    """Let a member account administer a service no more."""
    organization, params = tree.managed(state, call), call.params
    tree.account(organization, params.account_id)
    if params.service_principal not in organization.administrators.get(params.account_id, {}):
        raise errors.no_administrator()


@service.project
def administrator_deregistered(
    state: Organizations, event: Event[api.DeregisterDelegatedAdministrator, None]
) -> None:
    """The account administers the service no more."""
    administrators = state.told_by(event).administrators
    held = administrators.get(event.params.account_id, {})
    held.pop(event.params.service_principal, None)
    if not held:
        administrators.pop(event.params.account_id, None)


@service.read
def list_delegated_administrators(
    state: Organizations, call: Call[api.ListDelegatedAdministrators]
) -> api.ListDelegatedAdministratorsResult:
    """The accounts that administer a service, or any."""
    organization, wanted = tree.seen(state, call), told(call.params.service_principal, "")
    found = {
        account: _view(organization, account, services)
        for account, services in organization.administrators.items()
        if not wanted or wanted in services
    }
    page = listed(found, call.params)
    return api.ListDelegatedAdministratorsResult(delegated_administrators=page.items, next_token=end(page))


def _view(
    organization: Organization, account_id: str, services: dict[str, SpacedTime]
) -> api.DelegatedAdministrator:
    account = tree.account(organization, account_id)
    return api.DelegatedAdministrator(
        id=account.id,
        arn=tree.arn(organization, account.id),
        email=account.email,
        name=account.name,
        status=account.status,
        state=account.status,
        joined_method=account.joined_method,
        joined_timestamp=account.joined,
        delegation_enabled_date=min(services.values()),
    )


@service.read
def list_delegated_services_for_account(
    state: Organizations, call: Call[api.ListDelegatedServicesForAccount]
) -> api.ListDelegatedServicesForAccountResult:
    """The services that an account administers."""
    organization = tree.seen(state, call)
    tree.account(organization, call.params.account_id)
    held = organization.administrators.get(call.params.account_id, {})
    if not held:
        raise errors.no_administrator()
    found = {
        name: api.DelegatedService(service_principal=name, delegation_enabled_date=since)
        for name, since in held.items()
    }
    page = listed(found, call.params)
    return api.ListDelegatedServicesForAccountResult(delegated_services=page.items, next_token=end(page))


# the organization's own policy


def _policy_view(organization: Organization, policy: ResourcePolicy) -> api.ResourcePolicy:
    arn = f"arn:aws:organizations::{organization.manager}:resourcepolicy/{oid(organization)}/{policy.id}"
    return api.ResourcePolicy(
        resource_policy_summary=api.ResourcePolicySummary(id=policy.id, arn=arn), content=policy.content
    )


@service.handle
def put_resource_policy(
    state: Organizations, call: Call[api.PutResourcePolicy]
) -> api.PutResourcePolicyResult:
    """Delegate administration by a policy of the organization's own."""
    organization = tree.managed(state, call)
    tags.check(call, call.params.tags)
    if len(call.params.content) > limits.RESOURCE_POLICY_SIZE:
        # evidence: model; words: guess
        raise errors.constraint("POLICY_CONTENT_LIMIT_EXCEEDED", "The policy is too large.")
    try:
        if not isinstance(json.loads(call.params.content), dict):
            raise errors.invalid("INVALID_RESOURCE_POLICY_JSON")
    except ValueError as error:
        raise errors.invalid("INVALID_RESOURCE_POLICY_JSON") from error
    return api.PutResourcePolicyResult(resource_policy=_policy_view(organization, _made(organization, call)))


@service.project
def resource_policy_put(
    state: Organizations, event: Event[api.PutResourcePolicy, api.PutResourcePolicyResult]
) -> None:
    """The organization has this policy."""
    organization, result = state.told_by(event), event.result.resource_policy
    made = _made(organization, event)
    shown = UNSET if isinstance(result, UnsetType) else result.resource_policy_summary
    if not isinstance(shown, UnsetType):
        made.id = told(shown.id, made.id)
    organization.resource_policy = made
    tags.put(organization, made.id, event.params.tags)


def _made(
    organization: Organization,
    call: Call[api.PutResourcePolicy] | Event[api.PutResourcePolicy, api.PutResourcePolicyResult],
) -> ResourcePolicy:
    """One keeps its id when it changes."""
    held = organization.resource_policy
    id = held.id if held is not None else f"rp-{call.new_id('hex8', 'resource policy')}"
    return ResourcePolicy(id=id, content=call.params.content)


@service.read
def describe_resource_policy(
    state: Organizations, call: Call[api.DescribeResourcePolicy]
) -> api.DescribeResourcePolicyResult:
    """The organization's own policy."""
    organization = tree.seen(state, call)
    if organization.resource_policy is None:
        raise errors.no_resource_policy()
    return api.DescribeResourcePolicyResult(
        resource_policy=_policy_view(organization, organization.resource_policy)
    )


@service.handle
def delete_resource_policy(state: Organizations, call: Call[api.DeleteResourcePolicy]) -> None:
    """Delegate nothing any more."""
    if tree.managed(state, call).resource_policy is None:
        raise errors.no_resource_policy()


@service.project
def resource_policy_deleted(state: Organizations, event: Event[api.DeleteResourcePolicy, None]) -> None:
    """The organization has no policy of its own."""
    organization = state.told_by(event)
    if organization.resource_policy is not None:
        organization.tags.pop(organization.resource_policy.id, None)
    organization.resource_policy = None
