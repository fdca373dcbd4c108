"""IAM's numbers.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html unless a line names another page. The
names are those of AWS's own messages ("Cannot exceed quota for UsersPerAccount: 5000") and the keys by which a quota
can be changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from backtrail import Service

QUOTAS: Mapping[str, int] = MappingProxyType(
    {
        "ACLSizePerRole": 2048,
        "AccessKeysPerUser": 2,
        "ClientIdsPerOpenIdConnectProvider": 100,
        "GroupsPerAccount": 300,
        "GroupsPerUser": 10,
        "InstanceProfilesPerAccount": 1000,
        "InstanceSessionsPerInstanceProfile": 1,
        "MFADevicesPerUser": 8,
        "OpenIdConnectProvidersPerAccount": 100,
        "PoliciesPerAccount": 1500,
        "PoliciesPerGroup": 10,
        "PoliciesPerRole": 10,
        "PoliciesPerUser": 10,
        "PolicySize": 6144,
        "PolicyVersionsInUse": 10000,
        "PrivateKeysPerSAMLProvider": 2,
        "RolesPerAccount": 1000,
        "SAMLProvidersPerAccount": 100,
        "SSHPublicKeysPerUser": 5,
        "ServerCertificatesPerAccount": 20,
        "ServiceSpecificCredentialsPerUser": 2,
        "SigningCertificatesPerUser": 2,
        "TagsPerResource": 50,
        "UsersPerAccount": 5000,
        "VersionsPerPolicy": 5,
    }
)

INLINE_POLICY_CHARACTERS: Mapping[str, int] = MappingProxyType({"user": 2048, "group": 5120, "role": 10240})
"""Of all inline policies of one entity together, white space not counted."""

THUMBPRINTS = 5
"""https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html"""

PAGE = 100
"""MaxItems where a caller names none: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html"""

REPORT_HOURS = 4
"""How long a credential report is given again:
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html"""

DEFAULT_PASSWORD_LENGTH = 8
DEFAULT_PASSWORD_KINDS = 3
"""The default password policy, where an account has none of its own:
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html#default-policy-details"""

MINIMUM_PASSWORD_LENGTH = 6
"""UpdateAccountPasswordPolicy's own default:
https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html"""

SYMBOLS = "!@#$%^&*()_+-=[]{}|'"
"""https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html"""

MAX_SESSION_S = 3600
"""A role's MaxSessionDuration where a caller names none:
https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html"""


_LISTED: tuple[tuple[str, str, str, bool, int | None], ...] = (
    ("L-F55AF5E4", "UsersPerAccount", "Users per account", False, None),
    ("L-FE177D64", "RolesPerAccount", "Roles per account", True, 5000),
    ("L-F4A5425F", "GroupsPerAccount", "Groups per account", True, 500),
    ("L-E95E4862", "PoliciesPerAccount", "Customer managed policies per account", True, 5000),
    ("L-6E65F664", "InstanceProfilesPerAccount", "Instance profiles per account", True, 5000),
    ("L-BF35879D", "ServerCertificatesPerAccount", "Server certificates per account", True, 1000),
    ("L-0DA4ABF3", "PoliciesPerRole", "Managed policies per role", True, 25),
    ("L-4019AD8B", "PoliciesPerUser", "Managed policies per user", True, 20),
    ("L-384571C4", "PoliciesPerGroup", "Managed policies per group", False, None),
    ("L-C07B4B0D", "ACLSizePerRole", "Role trust policy length", True, 8192),
    ("L-DB618D39", "SAMLProvidersPerAccount", "SAML providers per account", False, None),
    ("L-858F3967", "OpenIdConnectProvidersPerAccount", "OpenId connect providers per account", True, 700),
    ("IAM-access-keys", "AccessKeysPerUser", "Access keys per user", False, None),
    ("IAM-mfa-devices", "MFADevicesPerUser", "MFA devices per user", False, None),
    ("IAM-groups-per-user", "GroupsPerUser", "IAM groups per user", False, None),
    ("IAM-policy-versions", "VersionsPerPolicy", "Versions per managed policy", False, None),
    ("IAM-tags", "TagsPerResource", "Tags per resource", False, None),
)
"""What Service Quotas lists: code, name here, title, whether it can be raised, and how far."""


def declare(service: Service[Any]) -> None:
    """The quotas that Service Quotas lists of IAM, the same in all regions."""
    for code, name, title, adjustable, most in _LISTED:
        service.quota(code, name, QUOTAS[name], title, adjustable=adjustable, most=most, everywhere=True)


TRACKED_DAYS = 400
"""How far back the use of permissions is told:
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html#access-advisor_tracking-period"""
