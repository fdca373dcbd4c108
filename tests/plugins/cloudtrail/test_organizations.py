"""Trails of an organization: made by its management account, seen and not changed by its members."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from tests.plugins.cloudtrail.trail_scenario import Trails, arn, policy

from backtrail import Params, Scope, Service, State, UnsetType, field, hookimpl
from backtrail.call import Call
from backtrail.payload import UNSET
from backtrail.testing import ACCOUNT
from backtrail_aws.cloudtrail import api

MEMBER, ORGANIZATION = "210987654321", "o-exampleorgid"


class Company(State):
    """Nothing to know: the organization is always the same."""


class DescribeOrganization(Params):
    """What is asked."""


class Organization(Params):
    """The answer, as far as it matters here."""

    id: str
    master_account_id: str = field(name="masterAccountId")


class DescribeOrganizationResult(Params):
    """The answer."""

    organization: Organization


class ListAccounts(Params):
    """What is asked."""

    next_token: str | UnsetType = field(name="nextToken", default=UNSET)


class Account(Params):
    """A member."""

    id: str


class ListAccountsResult(Params):
    """The answer: a member a page."""

    accounts: list[Account]
    next_token: str | UnsetType = field(name="nextToken", default=UNSET)


company = Service("organizations", Company, scope=Scope.ACCOUNT)


@company.read
def describe_organization(state: Company, call: Call[DescribeOrganization]) -> DescribeOrganizationResult:
    """The organization."""
    return DescribeOrganizationResult(organization=Organization(id=ORGANIZATION, master_account_id=ACCOUNT))


@company.read
def list_accounts(state: Company, call: Call[ListAccounts]) -> ListAccountsResult:
    """Its accounts."""
    if isinstance(call.params.next_token, UnsetType):
        return ListAccountsResult(accounts=[Account(id=ACCOUNT)], next_token="more")
    return ListAccountsResult(accounts=[Account(id=MEMBER)])


@hookimpl
def register_services() -> Iterable[Service[Any]]:
    """The organization's service."""
    return [company]


ORGANIZATIONS = SimpleNamespace(register_services=register_services)


def test_an_organizations_trail_delivers_every_members_records() -> None:
    """Its files lie under the organization's id; the members' records are among them."""
    scenario = Trails(ORGANIZATIONS).logging(is_organization_trail=True, is_multi_region_trail=True)
    scenario.later(minutes=5)

    wanted = scenario.effects[-1].args
    assert wanted.scope.accounts == (ACCOUNT, MEMBER) and wanted.scope.region == ""
    assert wanted.place.folder(MEMBER) == f"AWSLogs/{ORGANIZATION}/{MEMBER}"
    scenario.replays()


def test_members_see_the_trail_and_cannot_touch_it() -> None:
    """It is listed in their account, by the management account's ARN; stopping it is refused in AWS's words."""
    scenario = Trails(ORGANIZATIONS).logging(is_organization_trail=True)
    member = {"account": MEMBER}

    scenario.when(api.DescribeTrails(), **member)
    assert [one.trail_arn for one in scenario.answer.trail_list] == [arn()]
    scenario.when(api.GetTrailStatus(name=arn()), **member)
    assert scenario.answer.is_logging is True
    scenario.when(api.StopLogging(name=arn()), **member)
    scenario.refused("NotOrganizationMasterAccountException", "Cannot stop trail, not master trail.")
    scenario.when(api.CreateTrail(name="own", s3_bucket_name="logs", is_organization_trail=True), **member)
    scenario.refused("NotOrganizationMasterAccountException").replays()


def test_the_bucket_lets_the_organization_in() -> None:
    """A policy that opens the account's own folder alone is not enough."""
    scenario = Trails(ORGANIZATIONS)
    scenario.bucket("own", policy("own", resource=f"/AWSLogs/{ACCOUNT}/*"))
    scenario.given(api.CreateTrail(name="one", s3_bucket_name="own"))
    scenario.when(api.CreateTrail(name="all", s3_bucket_name="own", is_organization_trail=True))
    scenario.refused("InsufficientS3BucketPolicyException").replays()
