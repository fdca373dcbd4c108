"""A stand-in for Organizations: one organization, managed by the tests' account."""

from __future__ import annotations

from typing import Any

from backtrail import Call, Params, Service, State, field, hookimpl
from backtrail.testing import ACCOUNT


class DescribeOrganization(Params):
    """No parameters."""


class Organization(Params):
    """The part of the answer that counts."""

    master_account_id: str = field(name="masterAccountId")


class DescribeOrganizationResult(Params):
    """The answer."""

    organization: Organization


class Nothing(State):
    """The stand-in keeps nothing."""


organizations = Service("organizations", Nothing)


@organizations.read
def describe_organization(state: Nothing, call: Call[DescribeOrganization]) -> DescribeOrganizationResult:
    """The organization."""
    return DescribeOrganizationResult(organization=Organization(master_account_id=ACCOUNT))


class Organizations:
    """The plugin."""

    @hookimpl
    def register_services(self) -> list[Service[Any]]:
        """The service."""
        return [organizations]
