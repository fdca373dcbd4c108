"""Accounts: made here, moved, closed, removed.

An account is made in the background: CreateAccount answers `IN_PROGRESS`, and what came of it is an event of the
service's own, with a role in the new account that the management account may assume.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from backtrail import UNSET, Call, Command, Event, Params, UnsetType, field, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.organizations import api, errors, tags, tree
from backtrail_aws.organizations.listing import end, listed
from backtrail_aws.organizations.state import (
    Account,
    Organization,
    Organizations,
    Request,
    service,
)

ROLE: Final = "OrganizationAccountAccessRole"
_EVERYTHING: Final = "arn:aws:iam::aws:policy/AdministratorAccess"
_STATES: Final = {"SUSPENDED": "SUSPENDED", "ACTIVE": "ACTIVE"}
"""`State` of an account by its older `Status`."""


class CreateRole(Params):
    """What IAM is asked for in a new account."""

    role_name: str = field(name="roleName")
    assume_role_policy_document: str = field(name="assumeRolePolicyDocument")


class AttachRolePolicy(Params):
    """What IAM is asked for the new role."""

    role_name: str = field(name="roleName")
    policy_arn: str = field(name="policyArn")


class CloseAccountStatus(Params):
    """How a closure ended."""

    account_id: str = field(name="accountId")
    state: str
    requested_timestamp: SpacedTime = field(name="requestedTimestamp")
    completed_timestamp: SpacedTime = field(name="completedTimestamp")


class CloseAccountResult(Params):
    """The event that tells of it."""

    close_account_status: CloseAccountStatus = field(name="closeAccountStatus")


def view(organization: Organization, account: Account) -> api.Account:
    """An account as answers show it."""
    return api.Account(
        id=account.id,
        arn=tree.arn(organization, account.id),
        email=account.email,
        name=account.name,
        status=account.status,
        state=_STATES.get(account.status, account.status),
        paths=[f"{tree.path_of(organization, account.id)}{account.id}/"],
        joined_method=account.joined_method,
        joined_timestamp=account.joined,
    )


# making


@service.handle
def create_account(state: Organizations, call: Call[api.CreateAccount]) -> api.CreateAccountResult:
    """Begin to make an account."""
    organization = tree.managed(state, call)
    tags.check(call, call.params.tags)
    if len(organization.accounts) >= call.quota("Accounts", 10):
        # evidence: model; words: guess
        raise errors.constraint(
            "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
            "You have exceeded the allowed number of AWS accounts that you can have in one organization.",
        )
    return api.CreateAccountResult(
        create_account_status=api.CreateAccountStatus(
            id=f"car-{call.new_id('hex32', 'request')}",
            account_name=call.params.account_name,
            state="IN_PROGRESS",
            requested_timestamp=SpacedTime.of(call.time),
        )
    )


@service.project
def account_requested(state: Organizations, event: Event[api.CreateAccount, api.CreateAccountResult]) -> None:
    """An account is being made."""
    params, status = event.params, event.result.create_account_status
    made = UNSET if isinstance(status, UnsetType) else status.id
    request = Request(
        id=told(made, f"car-{event.new_id('hex32', 'request')}"),
        name=params.account_name,
        email=params.email,
        requested=SpacedTime.of(event.time),
        tags={tag.key: tag.value for tag in told(params.tags, [])},
    )
    state.told_by(event).requests[request.id] = request


@service.react
def make_account(
    state: Organizations, event: Event[api.CreateAccount, api.CreateAccountResult]
) -> Iterator[Command]:
    """The account comes to be, with the role that its manager may assume; or its address is taken."""
    request = state.told_by(event).requests[f"car-{event.new_id('hex32', 'request')}"]
    taken = any(
        account.email == request.email
        for organization in state.organizations.values()
        for account in organization.accounts.values()
    )
    account = _number(event)
    yield Command(
        "organizations",
        api.CreateAccountResult(
            create_account_status=api.CreateAccountStatus(
                id=request.id,
                account_name=request.name,
                state="FAILED" if taken else "SUCCEEDED",
                requested_timestamp=request.requested,
                completed_timestamp=SpacedTime.of(event.time),
                account_id=UNSET if taken else account,
                failure_reason="EMAIL_ALREADY_EXISTS" if taken else UNSET,
            )
        ),
    )
    if not taken:
        role = told(event.params.role_name, ROLE)
        yield Command(
            "iam",
            CreateRole(role_name=role, assume_role_policy_document=_trust(event.account)),
            account=account,
        )
        yield Command("iam", AttachRolePolicy(role_name=role, policy_arn=_EVERYTHING), account=account)


def _number(event: Event[api.CreateAccount, api.CreateAccountResult]) -> str:
    """Twelve digits, the first of them no zero."""
    return str(10**11 + int(event.new_id("hex16", "account"), 16) % (9 * 10**11))


def _trust(manager: str) -> str:
    principal = {"AWS": f"arn:aws:iam::{manager}:root"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@service.handle(internal=True)
def create_account_result(state: Organizations, call: Call[api.CreateAccountResult]) -> None:
    """The making of an account has ended."""


@service.project
def account_made(state: Organizations, event: Event[api.CreateAccountResult, None]) -> None:
    """There is an account more, in the root; or there is none."""
    status = event.params.create_account_status
    if isinstance(status, UnsetType):
        return
    organization = state.told_by(event)
    id = told(status.id, "")
    request = organization.requests.get(id)
    if request is None:
        request = organization.requests[id] = Request(id=id, name=status.account_name)
    request.state, request.completed = told(status.state, request.state), status.completed_timestamp
    request.account, request.failure = status.account_id, status.failure_reason
    if isinstance(status.account_id, UnsetType) or request.state != "SUCCEEDED":
        return
    account = Account(
        id=status.account_id,
        parent=organization.root,
        name=request.name,
        email=request.email,
        joined_method="CREATED",
        joined=SpacedTime.of(event.time),
    )
    former = organization.accounts.get(account.id)
    if former is not None and not isinstance(former.parent, UnsetType):
        account.parent = former.parent
    state.join(organization, account)
    if request.tags:
        organization.tags[account.id] = dict(request.tags)


def status_view(request: Request) -> api.CreateAccountStatus:
    """The making of an account as answers show it."""
    return api.CreateAccountStatus(
        id=request.id,
        account_name=request.name,
        state=request.state,
        requested_timestamp=request.requested,
        completed_timestamp=request.completed,
        account_id=request.account,
        failure_reason=request.failure,
    )


@service.read
def describe_create_account_status(
    state: Organizations, call: Call[api.DescribeCreateAccountStatus]
) -> api.DescribeCreateAccountStatusResult:
    """How far the making of an account is."""
    found = tree.seen(state, call).requests.get(call.params.create_account_request_id)
    if found is None:
        raise errors.no_request()
    return api.DescribeCreateAccountStatusResult(create_account_status=status_view(found))


@service.read
def list_create_account_status(
    state: Organizations, call: Call[api.ListCreateAccountStatus]
) -> api.ListCreateAccountStatusResult:
    """The requests to make accounts, of all states or some."""
    states = told(call.params.states, [])
    page = listed(tree.seen(state, call).requests, call.params, lambda one: not states or one.state in states)
    shown = [status_view(one) for one in page.items]
    return api.ListCreateAccountStatusResult(create_account_statuses=shown, next_token=end(page))


# what is there


@service.read
def describe_account(state: Organizations, call: Call[api.DescribeAccount]) -> api.DescribeAccountResult:
    """One account."""
    organization = tree.seen(state, call)
    return api.DescribeAccountResult(
        account=view(organization, tree.account(organization, call.params.account_id))
    )


@service.read
def list_accounts(state: Organizations, call: Call[api.ListAccounts]) -> api.ListAccountsResult:
    """All accounts."""
    organization = tree.seen(state, call)
    page = listed(organization.accounts, call.params)
    return api.ListAccountsResult(
        accounts=[view(organization, one) for one in page.items], next_token=end(page)
    )


@service.read
def list_accounts_for_parent(
    state: Organizations, call: Call[api.ListAccountsForParent]
) -> api.ListAccountsForParentResult:
    """The accounts that lie in a root or unit itself."""
    organization = tree.seen(state, call)
    tree.check_parent(organization, call.params.parent_id)
    page = listed(tree.accounts_in(organization, call.params.parent_id), call.params)
    return api.ListAccountsForParentResult(
        accounts=[view(organization, one) for one in page.items], next_token=end(page)
    )


# moving, closing, leaving


@service.handle
def move_account(state: Organizations, call: Call[api.MoveAccount]) -> None:
    """Move an account from one root or unit to another."""
    organization, params = tree.managed(state, call), call.params
    account = tree.account(organization, params.account_id)
    tree.check_parent(organization, params.source_parent_id, "SourceParentNotFoundException")
    tree.check_parent(organization, params.destination_parent_id, "DestinationParentNotFoundException")
    if account.parent == params.destination_parent_id:
        raise errors.already_there()
    if account.parent != params.source_parent_id and not isinstance(account.parent, UnsetType):
        raise errors.no_account()


@service.project
def account_moved(state: Organizations, event: Event[api.MoveAccount, None]) -> None:
    """The account lies there."""
    organization, params = state.told_by(event), event.params
    for parent in (params.source_parent_id, params.destination_parent_id):
        tree.known_target(state, organization, parent, event)
    tree.known_account(state, organization, params.account_id, event).parent = params.destination_parent_id


@service.handle
def close_account(state: Organizations, call: Call[api.CloseAccount]) -> None:
    """Close a member account: it stays in the organization, suspended, for 90 days."""
    organization = tree.managed(state, call)
    account = tree.account(organization, call.params.account_id)
    if account.id == organization.manager:
        # evidence: model; words: guess
        raise errors.constraint(
            "CANNOT_CLOSE_MANAGEMENT_ACCOUNT", "You can't close the management account of an organization."
        )
    if account.status == "SUSPENDED":
        raise errors.account_closed()


@service.project
def account_closed(state: Organizations, event: Event[api.CloseAccount, None]) -> None:
    """The account is suspended."""
    account = tree.known_account(state, state.told_by(event), event.params.account_id, event)
    account.status = "SUSPENDED"


@service.react
def tell_of_closure(state: Organizations, event: Event[api.CloseAccount, None]) -> Iterator[Command]:
    """The service's own event says that the account is closed."""
    when = SpacedTime.of(event.time)
    status = CloseAccountStatus(
        account_id=event.params.account_id,
        state="SUCCEEDED",
        requested_timestamp=when,
        completed_timestamp=when,
    )
    yield Command("organizations", CloseAccountResult(close_account_status=status))


@service.handle(internal=True)
def close_account_result(state: Organizations, call: Call[CloseAccountResult]) -> None:
    """The closure has ended."""


@service.project
def closure_told(state: Organizations, event: Event[CloseAccountResult, None]) -> None:
    """The account is closed, whoever closed it."""
    status = event.params.close_account_status
    account = tree.known_account(state, state.told_by(event), status.account_id, event)
    if status.state == "SUCCEEDED":
        account.status = "SUSPENDED"


@service.handle
def remove_account_from_organization(
    state: Organizations, call: Call[api.RemoveAccountFromOrganization]
) -> None:
    """Send a member account away, to stand alone."""
    organization = tree.managed(state, call)
    account = tree.account(organization, call.params.account_id)
    if account.id == organization.manager:
        raise errors.manager_stays()
    _check_leaving(organization, account)


@service.project
def account_removed(state: Organizations, event: Event[api.RemoveAccountFromOrganization, None]) -> None:
    """The account is in the organization no more."""
    state.leave(state.told_by(event), event.params.account_id)


@service.handle
def leave_organization(state: Organizations, call: Call[api.LeaveOrganization]) -> None:
    """Leave the organization, as one of its member accounts."""
    organization = tree.organization(state, call)
    if organization.manager == call.account:
        raise errors.manager_stays()
    _check_leaving(organization, tree.account(organization, call.account))


@service.project
def organization_left(state: Organizations, event: Event[api.LeaveOrganization, None]) -> None:
    """The calling account is in the organization no more."""
    organization = state.of(event.account)
    if organization is not None:
        state.leave(organization, event.account)


def _check_leaving(organization: Organization, account: Account) -> None:
    if account.id in organization.administrators:
        # evidence: model; words: guess
        raise errors.constraint(
            "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
            "You can't remove an account that is a delegated administrator. Deregister it first.",
        )
