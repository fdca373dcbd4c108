"""AWS Organizations: one organization of many accounts, its tree, and the policies that bind the accounts.

Covered: organizations and their root, units, accounts (made here with the role that their manager assumes, invited,
moved, closed, removed), policies of all types with their attachments and effective policies, handshakes, services with
access, delegated administrators, the organization's own policy, tags. Service control policies bind every principal of
a member account and its root, resource control policies every access to a member account's resources (`controls`).

Not covered, so answered 501: GovCloud accounts, the transfer of billing responsibility, lists of accounts with invalid
effective policies.

What deviates from AWS: an account is there as soon as CreateAccount is answered, its numbers are ours, and a closed one
stays suspended for ever. The address of an account that was not made here is `root@NUMBER.example.com`. Contents of
policies other than control policies are checked to be JSON objects, no more.
"""

from __future__ import annotations

from backtrail import Service, hookimpl
from backtrail_aws.organizations import (
    access,
    accounts,
    administrators,
    controls,
    effective,
    handshakes,
    organization,
    policies,
    tags,
    tree,
    units,
)
from backtrail_aws.organizations.state import Organizations, service

__all__ = [
    "access", "accounts", "administrators", "controls", "effective", "handshakes", "organization", "policies",
    "register_services", "service", "tags", "units",
]  # fmt: skip


def _arns(state: Organizations, kind: str) -> dict[str, str]:
    """ARN by ARN, of the accounts, units or policies of all organizations."""
    found: dict[str, str] = {}
    for held in state.organizations.values():
        if kind == "policies":
            found |= {policies.arn(held, one): policies.arn(held, one) for one in held.policies.values()}
        else:
            found |= {tree.arn(held, id): tree.arn(held, id) for id in getattr(held, kind)}
    return found


def _same(arn: str) -> str:
    return arn


service.resource("AWS::Organizations::Account", lambda state: _arns(state, "accounts"), arn=_same)
service.resource("AWS::Organizations::OrganizationalUnit", lambda state: _arns(state, "units"), arn=_same)
service.resource("AWS::Organizations::Policy", lambda state: _arns(state, "policies"), arn=_same)


@hookimpl
def register_services() -> list[Service[Organizations]]:
    """Organizations."""
    return [service]
