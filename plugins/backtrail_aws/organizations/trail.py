"""How CloudTrail writes Organizations: names and mail addresses of accounts are stars.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_cloudtrail-integration.html (CreateAccount,
CreateAccountResult, InviteAccountToOrganization); that other answers hide an address alike is a guess on the safe side.
"""

from __future__ import annotations

from backtrail.trail.declare import Trail

TRAIL = Trail(
    starred=frozenset(
        {
            "Account.Email",
            "Account.Name",
            "CreateAccount.AccountName",
            "CreateAccount.Email",
            "CreateAccountStatus.AccountName",
            "DelegatedAdministrator.Email",
            "DelegatedAdministrator.Name",
            "Organization.MasterAccountEmail",
        }
    ),
)
"""Organizations' declaration."""
