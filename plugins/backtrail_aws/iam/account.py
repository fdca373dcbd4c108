"""The account: its alias, its summary, and the tokens of STS's global endpoint."""

from __future__ import annotations

from backtrail import Call, Event
from backtrail_aws.iam import api, errors, limits
from backtrail_aws.iam.listing import ends, named
from backtrail_aws.iam.state import Iam, service


@service.handle
def create_account_alias(state: Iam, call: Call[api.CreateAccountAlias]) -> None:
    """Give the account an alias in place of the one it has.

    That no other account of AWS has it cannot be known.
    """


@service.project
def account_alias_created(state: Iam, event: Event[api.CreateAccountAlias, None]) -> None:
    """The account has this alias."""
    state.alias = event.params.account_alias


@service.handle
def delete_account_alias(state: Iam, call: Call[api.DeleteAccountAlias]) -> None:
    """Take the account's alias away."""
    if state.alias != call.params.account_alias:
        raise errors.no_account_alias(call.params.account_alias)


@service.project
def account_alias_deleted(state: Iam, event: Event[api.DeleteAccountAlias, None]) -> None:
    """The account has no alias."""
    state.alias = None


@service.read
def list_account_aliases(state: Iam, call: Call[api.ListAccountAliases]) -> api.ListAccountAliasesResult:
    """The account's alias, if it has one."""
    page = named([] if state.alias is None else [state.alias], call.params)
    return api.ListAccountAliasesResult(account_aliases=page.items, **ends(page))


@service.handle
def set_security_token_service_preferences(
    state: Iam, call: Call[api.SetSecurityTokenServicePreferences]
) -> None:
    """Say which tokens STS's global endpoint gives: the model allows `v1Token` and `v2Token`."""


@service.project
def security_token_service_preferences_set(
    state: Iam, event: Event[api.SetSecurityTokenServicePreferences, None]
) -> None:
    """STS's global endpoint gives such tokens."""
    state.token_version = event.params.global_endpoint_token_version


@service.read
def get_account_summary(state: Iam, call: Call[api.GetAccountSummary]) -> api.GetAccountSummaryResult:
    """How many of everything there are, and may be.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
    """
    return api.GetAccountSummaryResult(summary_map={**_counts(state), **_presence(state), **_quotas(call)})


def _counts(state: Iam) -> dict[str, int]:
    virtual = [device for device in state.mfa_devices.values() if device.virtual]
    return {
        "Users": len(state.users),
        "Groups": len(state.groups),
        "Roles": len(state.roles),
        "Policies": len(state.policies),
        "PolicyVersionsInUse": sum(len(policy.versions) for policy in state.policies.values()),
        "InstanceProfiles": len(state.instance_profiles),
        "ServerCertificates": len(state.server_certificates),
        "Providers": len(state.oidc_providers) + len(state.saml_providers),
        "MFADevices": len(virtual),
        "MFADevicesInUse": sum(device.user is not None for device in state.mfa_devices.values()),
        "GlobalEndpointTokenVersion": 2 if state.token_version == "v2Token" else 1,
    }


def _presence(state: Iam) -> dict[str, int]:
    """What the root has. Its password is there, as every account's was when it was opened."""
    return {
        "AccountMFAEnabled": int(bool(state.devices.of(""))),
        "AccountAccessKeysPresent": int(bool(state.root.keys)),
        "AccountSigningCertificatesPresent": int(bool(state.root.certificates)),
        "AccountPasswordPresent": int(state.root.login is not None),
    }


_SUMMARY_QUOTAS = {
    "UsersQuota": "UsersPerAccount",
    "GroupsQuota": "GroupsPerAccount",
    "RolesQuota": "RolesPerAccount",
    "PoliciesQuota": "PoliciesPerAccount",
    "InstanceProfilesQuota": "InstanceProfilesPerAccount",
    "ServerCertificatesQuota": "ServerCertificatesPerAccount",
    "GroupsPerUserQuota": "GroupsPerUser",
    "AccessKeysPerUserQuota": "AccessKeysPerUser",
    "SigningCertificatesPerUserQuota": "SigningCertificatesPerUser",
    "AttachedPoliciesPerUserQuota": "PoliciesPerUser",
    "AttachedPoliciesPerGroupQuota": "PoliciesPerGroup",
    "AttachedPoliciesPerRoleQuota": "PoliciesPerRole",
    "VersionsPerPolicyQuota": "VersionsPerPolicy",
    "PolicySizeQuota": "PolicySize",
    "PolicyVersionsInUseQuota": "PolicyVersionsInUse",
    "AssumeRolePolicySizeQuota": "ACLSizePerRole",
}


def _quotas(call: Call[api.GetAccountSummary]) -> dict[str, int]:
    made = {shown: call.quota(name, limits.QUOTAS[name]) for shown, name in _SUMMARY_QUOTAS.items()}
    for kind, characters in limits.INLINE_POLICY_CHARACTERS.items():
        made[f"{kind.capitalize()}PolicySizeQuota"] = call.quota(f"{kind}PolicySize", characters)
    return made
