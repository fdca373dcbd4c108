"""The organization that a trail may be for: whose it is, and which accounts are in it."""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Params, UnsetType, field, told
from backtrail_aws.cloudtrail import errors
from backtrail_aws.cloudtrail.policies import PRINCIPAL


class DescribeOrganization(Params):
    """What Organizations is asked."""


class ListAccounts(Params):
    """Who is in it."""

    next_token: str | UnsetType = field(name="nextToken", default=UNSET)


class Organization(Params):
    """An organization, as far as it matters here."""

    id: str | UnsetType = UNSET
    master_account_id: str | UnsetType = field(name="masterAccountId", default=UNSET)
    feature_set: str | UnsetType = field(name="featureSet", default=UNSET)


class ListAWSServiceAccessForOrganization(Params):
    """Which services may act in it."""

    max_results: int = field(name="maxResults", default=20)


class _Enabled(Params):
    service_principal: str | UnsetType = field(name="servicePrincipal", default=UNSET)


class _Access(Params):
    enabled_service_principals: list[_Enabled] | UnsetType = field(
        name="enabledServicePrincipals", default=UNSET
    )


class _Described(Params):
    organization: Organization | UnsetType = UNSET


class _Account(Params):
    id: str | UnsetType = UNSET


class _Accounts(Params):
    accounts: list[_Account] | UnsetType = UNSET
    next_token: str | UnsetType = field(name="nextToken", default=UNSET)


def of(call: Call[Any], account: str | None = None) -> Organization | None:
    """The organization of an account; None where it is in none, or where nobody knows."""
    found = call.ask("organizations", DescribeOrganization(), _Described, account=account)
    if found is None or isinstance(found.organization, UnsetType):
        return None
    return found.organization


def managed(call: Call[Any]) -> str:
    """The id of the organization that the caller's account manages. Refuses where it manages none."""
    found = of(call)
    if found is None:
        raise errors.no_organization()
    if told(found.master_account_id, call.account) != call.account:
        # evidence: model; words: guess
        raise errors.not_master(
            "The caller's account is not the management account of an organization, and only that can make such trails."
        )
    if told(found.feature_set, "ALL") != "ALL":
        raise errors.not_all_features()
    access = call.ask("organizations", ListAWSServiceAccessForOrganization(), _Access)
    if access is not None:
        enabled = [one.service_principal for one in told(access.enabled_service_principals, [])]
        if PRINCIPAL not in enabled:
            raise errors.no_trusted_access()
    return told(found.id, "")


def members(call: Call[Any], account: str) -> list[str]:
    """The accounts of an organization, its management account first."""
    found, token = [account], ""
    while True:
        page = call.ask("organizations", ListAccounts(next_token=token or UNSET), _Accounts, account=account)
        if page is None:
            return found
        found += [one.id for one in told(page.accounts, []) if isinstance(one.id, str) and one.id != account]
        token = told(page.next_token, "")
        if not token:
            return found
