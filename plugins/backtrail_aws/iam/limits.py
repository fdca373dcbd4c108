"""IAM's numbers.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html unless a line names another page. The
names are those of AWS's own messages ("Cannot exceed quota for UsersPerAccount: 5000") and the keys by which a quota
can be changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

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
