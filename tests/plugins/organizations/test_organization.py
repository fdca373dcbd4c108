"""An organization, its root, its tree of units and accounts."""

from __future__ import annotations

import pytest

from backtrail.testing import ACCOUNT
from backtrail_aws.iam import api as iam
from backtrail_aws.organizations import api
from backtrail_aws.sts import api as sts

from .org_scenario import OTHER, SCP, Org


def test_an_organization_is_made_once() -> None:
    """Id, ARN, management account and features are AWS's; a second one is refused."""
    org = Org().created()
    made = org.answer.organization
    assert made.id.startswith("o-")
    assert made.arn == f"arn:aws:organizations::{ACCOUNT}:organization/{made.id}"
    assert (made.feature_set, made.master_account_id) == ("ALL", ACCOUNT)
    assert made.available_policy_types == [api.PolicyTypeSummary(type=SCP, status="ENABLED")]
    assert org.record["responseElements"]["organization"]["masterAccountEmail"] == "****"
    org(ACCOUNT, api.CreateOrganization()).refused("AlreadyInOrganizationException")
    org.root(api.DescribeOrganization())
    assert org.answer.organization == made
    org.replays()


def test_who_is_in_none_is_told_so() -> None:
    """Every call but the making and the invitations wants an organization, and most want its manager."""
    org = Org()
    org(ACCOUNT, api.DescribeOrganization()).refused("AWSOrganizationsNotInUseException")
    org(ACCOUNT, api.ListAccounts()).refused("AWSOrganizationsNotInUseException")
    org.created()
    member = org.account_made()
    org(member, api.DescribeOrganization()).works()
    for call in (api.ListAccounts(), api.ListRoots(), api.DeleteOrganization()):
        org(member, call).refused(
            "AccessDeniedException", "You don't have permissions to access this resource."
        )
    org.replays()


def test_an_organization_goes_when_it_is_empty() -> None:
    """It must have no other account; then its manager may make another."""
    org = Org().created()
    member = org.account_made()
    org(ACCOUNT, api.DeleteOrganization()).refused("OrganizationNotEmptyException")
    org.root(api.RemoveAccountFromOrganization(account_id=member), api.DeleteOrganization())
    org(ACCOUNT, api.DescribeOrganization()).refused("AWSOrganizationsNotInUseException")
    org.created().replays()


def test_the_tree() -> None:
    """Units lie five deep at most, have names of their own, and go when nothing lies in them."""
    org = Org().created()
    parent = org.root_id
    for depth in range(5):
        parent = org.unit_made(f"level {depth}", parent)
    assert org.answer.organizational_unit.path.count("/") == 7
    org(ACCOUNT, api.CreateOrganizationalUnit(parent_id=parent, name="too deep"))
    org.refused("ConstraintViolationException")
    assert org.error is not None
    assert org.error.members == {"Reason": "OU_DEPTH_LIMIT_EXCEEDED"}
    org(ACCOUNT, api.CreateOrganizationalUnit(parent_id=org.root_id, name="level 0"))
    org.refused("DuplicateOrganizationalUnitException")
    org.root(api.ListOrganizationalUnitsForParent(parent_id=org.root_id))
    (top,) = org.answer.organizational_units
    org(ACCOUNT, api.DeleteOrganizationalUnit(organizational_unit_id=top.id))
    org.refused("OrganizationalUnitNotEmptyException")
    org.root(api.UpdateOrganizationalUnit(organizational_unit_id=top.id, name="top"))
    org.root(api.DescribeOrganizationalUnit(organizational_unit_id=top.id))
    assert org.answer.organizational_unit.name == "top"
    org.root(api.DeleteOrganizationalUnit(organizational_unit_id=parent))
    org(ACCOUNT, api.DescribeOrganizationalUnit(organizational_unit_id=parent))
    org.refused("OrganizationalUnitNotFoundException")
    org.replays()


def test_an_account_is_made_with_a_way_in() -> None:
    """CreateAccount answers IN_PROGRESS; an event of the service's own ends it, and a role is in the account."""
    org = Org().created()
    org.root(api.CreateAccount(email="dev@example.com", account_name="dev"))
    assert org.answer.create_account_status.state == "IN_PROGRESS"
    names = list(map(_name, org.log))[-4:]
    assert names == ["CreateAccount", "CreateAccountResult", "CreateRole", "AttachRolePolicy"]
    request = org.answer.create_account_status.id
    org.root(api.DescribeCreateAccountStatus(create_account_request_id=request))
    account = org.answer.create_account_status.account_id
    assert org.answer.create_account_status.state == "SUCCEEDED"
    org(org.inside(account), iam.ListUsers()).works()
    org(org.inside(account), sts.GetCallerIdentity())
    assert org.answer.account == account
    org.root(api.DescribeAccount(account_id=account))
    assert (org.answer.account.name, org.answer.account.email) == ("dev", "dev@example.com")
    assert b"dev@example.com" not in b"".join(entry.record for entry in org.log)
    org.replays()


def test_an_address_is_one_accounts() -> None:
    """A second account of one address fails, and says why."""
    org = Org().created()
    org.account_made()
    org.root(api.CreateAccount(email="dev@example.com", account_name="again"))
    org.root(api.ListCreateAccountStatus(states=["FAILED"]))
    (failed,) = org.answer.create_account_statuses
    assert failed.failure_reason == "EMAIL_ALREADY_EXISTS"
    org.root(api.ListAccounts())
    assert len(org.answer.accounts) == 2
    org(ACCOUNT, api.DescribeCreateAccountStatus(create_account_request_id="car-00000000"))
    org.refused("CreateAccountStatusNotFoundException")
    org.replays()


def test_accounts_move_and_close() -> None:
    """An account lies in one root or unit; a closed one is suspended."""
    org = Org().created()
    member, unit = org.account_made(), org.unit_made("dev")
    move = api.MoveAccount(account_id=member, source_parent_id=org.root_id, destination_parent_id=unit)
    org.root(move, api.ListAccountsForParent(parent_id=unit))
    assert [one.id for one in org.answer.accounts] == [member]
    org.root(api.ListChildren(parent_id=unit, child_type="ACCOUNT"))
    assert org.answer.children == [api.Child(id=member, type="ACCOUNT")]
    org.root(api.ListParents(child_id=member))
    assert org.answer.parents == [api.Parent(id=unit, type="ORGANIZATIONAL_UNIT")]
    org(ACCOUNT, move).refused("DuplicateAccountException")
    org(ACCOUNT, api.ListParents(child_id=OTHER)).refused("ChildNotFoundException")
    org.root(api.CloseAccount(account_id=member), api.DescribeAccount(account_id=member))
    assert org.answer.account.status == "SUSPENDED"
    assert "CloseAccountResult" in map(_name, org.log)
    org(ACCOUNT, api.CloseAccount(account_id=member)).refused("AccountAlreadyClosedException")
    org(ACCOUNT, api.CloseAccount(account_id=ACCOUNT)).refused("ConstraintViolationException")
    org.replays()


def test_pages() -> None:
    """NextToken leads through all accounts once; a made-up token is refused."""
    org = Org().created()
    made = {ACCOUNT, *(org.account_made(f"a{number}") for number in range(4))}
    seen: list[str] = []
    token = api.ListAccounts(max_results=2)
    while True:
        org.root(token)
        seen += [one.id for one in org.answer.accounts]
        if not isinstance(org.answer.next_token, str):
            break
        token = api.ListAccounts(max_results=2, next_token=org.answer.next_token)
    assert sorted(seen) == sorted(made)
    org(ACCOUNT, api.ListAccounts(next_token="é")).refused("InvalidInputException")
    org(ACCOUNT, api.ListAccounts(max_results=21)).refused("InvalidInputException")


def test_tags_of_all_that_has_some() -> None:
    """Roots, units, accounts and policies are tagged by their ids."""
    org = Org().created()
    unit = org.unit_made("dev")
    tag = [api.Tag(key="team", value="a")]
    for target in (org.root_id, unit, ACCOUNT):
        org.root(api.TagResource(resource_id=target, tags=tag), api.ListTagsForResource(resource_id=target))
        assert org.answer.tags == tag
        org.root(api.UntagResource(resource_id=target, tag_keys=["team", "none"]))
        org.root(api.ListTagsForResource(resource_id=target))
        assert org.answer.tags == []
    org(ACCOUNT, api.TagResource(resource_id="ou-none-12345678", tags=tag)).refused("TargetNotFoundException")
    twice = [*tag, *tag]
    org(ACCOUNT, api.TagResource(resource_id=unit, tags=twice)).refused("InvalidInputException")
    org.replays()


@pytest.mark.parametrize("by_mail", [False, True])
def test_an_invitation_is_accepted(by_mail: bool) -> None:
    """The invited account sees the handshake, accepts it, and is a member from then on."""
    org = Org().created()
    target = api.HandshakeParty(
        id="x@example.com" if by_mail else OTHER, type="EMAIL" if by_mail else "ACCOUNT"
    )
    org.root(api.InviteAccountToOrganization(target=target, notes="come"))
    handshake = org.answer.handshake.id
    org(ACCOUNT, api.InviteAccountToOrganization(target=target)).refused("DuplicateHandshakeException")
    if not by_mail:
        org(OTHER, api.ListHandshakesForAccount())
        assert [one.id for one in org.answer.handshakes] == [handshake]
        org("777788889999", api.AcceptHandshake(handshake_id=handshake)).refused("AccessDeniedException")
    org(OTHER, api.AcceptHandshake(handshake_id=handshake)).works()
    assert org.answer.handshake.state == "ACCEPTED"
    org.root(api.DescribeAccount(account_id=OTHER))
    assert org.answer.account.joined_method == "INVITED"
    org(OTHER, api.AcceptHandshake(handshake_id=handshake)).refused("HandshakeAlreadyInStateException")
    org(OTHER, api.LeaveOrganization()).works()
    org(OTHER, api.DescribeOrganization()).refused("AWSOrganizationsNotInUseException")
    org.replays()


def test_invitations_end_otherwise() -> None:
    """Declined, taken back, run out."""
    org = Org().created()
    target = api.HandshakeParty(id=OTHER, type="ACCOUNT")
    ends = {
        "DECLINED": (OTHER, api.DeclineHandshake), "CANCELED": (ACCOUNT, api.CancelHandshake), "EXPIRED": None,
    }  # fmt: skip
    for state, end in ends.items():
        org.root(api.InviteAccountToOrganization(target=target))
        handshake = org.answer.handshake.id
        if end is None:
            org.later(days=16)
        else:
            org(end[0], end[1](handshake_id=handshake)).works()
        org.root(api.DescribeHandshake(handshake_id=handshake))
        assert org.answer.handshake.state == state
    org.root(api.ListHandshakesForOrganization())
    assert sorted(one.state for one in org.answer.handshakes) == sorted(ends)
    org(OTHER, api.AcceptHandshake(handshake_id=handshake)).refused("InvalidHandshakeTransitionException")
    org(OTHER, api.DescribeHandshake(handshake_id="h-none")).refused("HandshakeNotFoundException")
    org.replays()


def test_all_features_are_enabled_later() -> None:
    """An organization for billing alone has no policies until its manager enables all features."""
    org = Org().created("CONSOLIDATED_BILLING")
    enable = api.EnablePolicyType(root_id=org.root_id, policy_type=SCP)
    org(ACCOUNT, enable).refused("PolicyTypeNotAvailableForOrganizationException")
    org.root(api.EnableAllFeatures())
    org.root(api.AcceptHandshake(handshake_id=org.answer.handshake.id), enable)
    org(ACCOUNT, api.EnableAllFeatures()).refused("HandshakeConstraintViolationException")
    org.replays()


def test_delegated_administrators_look_on() -> None:
    """A member account that administers a service may read the organization, and not leave."""
    org = Org().created()
    member = org.account_made()
    service = "config.amazonaws.com"
    register = api.RegisterDelegatedAdministrator(account_id=member, service_principal=service)
    org.root(api.EnableAWSServiceAccess(service_principal=service), register)
    org(ACCOUNT, register).refused("AccountAlreadyRegisteredException")
    org.root(api.ListAWSServiceAccessForOrganization())
    assert [one.service_principal for one in org.answer.enabled_service_principals] == [service]
    org.root(api.ListDelegatedAdministrators(), api.ListDelegatedServicesForAccount(account_id=member))
    assert org.answer.delegated_services[0].service_principal == service
    key = org.inside(member)
    org(key, api.ListAccounts()).works()
    org(key, api.DescribeAccount(account_id=member)).works()
    org(key, api.CreateOrganizationalUnit(parent_id=org.root_id, name="x")).refused("AccessDeniedException")
    org(ACCOUNT, api.RemoveAccountFromOrganization(account_id=member)).refused("ConstraintViolationException")
    org.root(
        api.DeregisterDelegatedAdministrator(account_id=member, service_principal=service),
        api.DisableAWSServiceAccess(service_principal=service),
    )
    org(member, api.ListAccounts()).refused("AccessDeniedException")
    org.replays()


def test_the_organizations_own_policy() -> None:
    """It is put, keeps its id when it changes, and goes."""
    org = Org().created()
    org(ACCOUNT, api.DescribeResourcePolicy()).refused("ResourcePolicyNotFoundException")
    org.root(api.PutResourcePolicy(content="{}"), api.PutResourcePolicy(content='{"Version": "2012-10-17"}'))
    identifier = org.answer.resource_policy.resource_policy_summary.id
    org.root(api.DescribeResourcePolicy())
    assert org.answer.resource_policy.resource_policy_summary.id == identifier
    org(ACCOUNT, api.PutResourcePolicy(content="nonsense")).refused("InvalidInputException")
    org.root(api.DeleteResourcePolicy())
    org(ACCOUNT, api.DeleteResourcePolicy()).refused("ResourcePolicyNotFoundException")
    org.replays()


def _name(entry: object) -> str:
    import msgspec

    record: bytes = entry.record  # type: ignore[attr-defined]
    name: str = msgspec.json.decode(record)["eventName"]
    return name
