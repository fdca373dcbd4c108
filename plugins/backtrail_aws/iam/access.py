"""Which action on which of IAM's resources a call needs, and who may assume a role.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
How a message names a resource is measured: `user alice`, `role app`, `policy arn:...`; what is to be made and what is
listed by its ARN.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from backtrail import Access, Call, ResourcePolicy, UnsetType
from backtrail.policy import Value
from backtrail.record import partition_of
from backtrail_aws.iam import errors
from backtrail_aws.iam.names import arn_of, entity_key
from backtrail_aws.iam.service_linked_roles import role_name_of
from backtrail_aws.iam.state import Entity, Iam, Role, Thing, key_of, service

_NO_RESOURCE: Final = frozenset(
    {
        "CreateAccountAlias", "DeleteAccountAlias", "DeleteAccountPasswordPolicy", "GenerateCredentialReport",
        "GetAccountAuthorizationDetails", "GetAccountPasswordPolicy",
        "GetAccountSummary", "GetContextKeysForCustomPolicy", "GetCredentialReport", "ListAccountAliases",
        "SetSecurityTokenServicePreferences", "SimulateCustomPolicy", "UpdateAccountPasswordPolicy",
    }
)  # fmt: skip
_LISTS: Final = {
    "ListUsers": "user", "ListGroups": "group", "ListRoles": "role", "ListPolicies": "policy",
    "ListInstanceProfiles": "instance-profile", "ListServerCertificates": "server-certificate",
    "ListSAMLProviders": "saml-provider", "ListOpenIDConnectProviders": "oidc-provider",
    "ListVirtualMFADevices": "mfa",
}  # fmt: skip
_MADE: Final = {
    "CreateUser": ("user", "user_name"), "CreateGroup": ("group", "group_name"), "CreateRole": ("role", "role_name"),
    "CreatePolicy": ("policy", "policy_name"), "CreateSAMLProvider": ("saml-provider", "name"),
    "CreateInstanceProfile": ("instance-profile", "instance_profile_name"),
    "UploadServerCertificate": ("server-certificate", "server_certificate_name"),
    "CreateVirtualMFADevice": ("mfa", "virtual_mfa_device_name"),
}  # fmt: skip
_BY_ARN: Final = (
    "policy_source_arn",
    "arn",
    "policy_arn",
    "open_id_connect_provider_arn",
    "saml_provider_arn",
)
_OF_USERS: Final = ("GetAccessKeyLastUsed", "ChangePassword", "GetMFADevice")
_SHOWN: Final = {"instance-profile": "instance profile", "server-certificate": "server certificate"}


class _Target(msgspec.Struct, frozen=True):
    """A resource, the thing itself where it is here, and how messages name it."""

    arn: str
    shown: str | None
    thing: Thing | None = None


@service.authorization
def needs(state: Iam, call: Call[Any]) -> Iterator[Access]:
    """The action of the same name on what the call is about; giving a role away needs more."""
    _check_session(call)
    target = _target(state, call)
    context = dict(_keys(state, call, target))
    yield Access(action=f"iam:{call.action}", resources=[target.arn], context=context, shown=target.shown)
    if call.action == "AddRoleToInstanceProfile":
        role = _named(state, call, "role", call.params.role_name)
        yield Access(
            action="iam:PassRole", resources=[role.arn], context={"iam:PassedToService": "ec2.amazonaws.com"}
        )


@service.policies
def policies_of(state: Iam, call: Call[Any], arn: str, action: str) -> ResourcePolicy | None:
    """Who may assume a role: its trust policy. The tags of users, roles and what else has some."""
    parts = arn.split(":", 5)
    account, (kind, _, path) = parts[4], parts[5].partition("/")
    if account == "aws":
        return ResourcePolicy(account=call.account, bare=True)
    if kind == "root" and action == "sts:AssumeRoot":
        # Whether an account's root is the caller's to assume is the organization's to say, not the member's.
        return ResourcePolicy(account=call.caller.account, bare=True)
    name = key_of(path.rpartition("/")[2])
    found: Thing | None = None
    if kind == "role":
        role = found = state.roles.get(name)
        if role is not None and action.startswith("sts:"):
            return ResourcePolicy(account=account, document=role.trust, must_allow=True, tags=role.tags)
    elif kind == "user":
        found = state.users.get(name)
    elif kind == "policy":
        found = state.policies.get(name)
    elif kind == "instance-profile":
        found = state.instance_profiles.get(name)
    return ResourcePolicy(account=account, bare=True, tags=found.tags if found is not None else {})


def _check_session(call: Call[Any]) -> None:
    """No session of a user without a second factor, and no federated user, may call IAM.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
    """
    identity = call.caller.identity
    context = identity.session_context
    if isinstance(context, UnsetType) or identity.type not in ("IAMUser", "FederatedUser"):
        return
    attributes = context.attributes
    proved = not isinstance(attributes, UnsetType) and attributes.mfa_authenticated == "true"
    if identity.type == "FederatedUser" or not proved:
        raise errors.session_without_mfa()


# resources


def _target(state: Iam, call: Call[Any]) -> _Target:
    action, params = call.action, call.params
    if action in _NO_RESOURCE:
        return _Target("*", None)
    if action in _LISTS:
        kind = _LISTS[action]
        prefix = getattr(params, "path_prefix", None)
        every = "/*" if kind.endswith("provider") else "/"
        return _Target(arn_of(call, kind, prefix if isinstance(prefix, str) else every, ""), None)
    if action in _MADE:
        kind, member = _MADE[action]
        path = getattr(params, "path", None)
        return _Target(
            arn_of(call, kind, path if isinstance(path, str) else "/", getattr(params, member)), None
        )
    if action == "CreateOpenIDConnectProvider":
        return _Target(arn_of(call, "oidc-provider", "/", params.url.partition("://")[2].rstrip("/")), None)
    if action == "CreateServiceLinkedRole":
        name = role_name_of(params)
        return _Target(arn_of(call, "role", f"/aws-service-role/{params.aws_service_name}/", name), None)
    if action == "GetServiceLinkedRoleDeletionStatus":
        role = params.deletion_task_id.partition("/")[2].rpartition("/")[0]
        return _Target(arn_of(call, "role", "/", role), None)
    return _about(state, call)


def _about(state: Iam, call: Call[Any]) -> _Target:
    """What is there already: the first that the parameters name, groups and roles before users and policies."""
    params = call.params
    for kind, member in (
        ("group", "group_name"), ("instance-profile", "instance_profile_name"), ("role", "role_name"),
        ("server-certificate", "server_certificate_name"), ("user", "user_name"),
    ):  # fmt: skip
        name = getattr(params, member, None)
        if isinstance(name, str):
            return _named(state, call, kind, name)
    if hasattr(params, "user_name") or call.action in _OF_USERS:
        return _oneself(state, call)
    for member in _BY_ARN:
        arn = getattr(params, member, None)
        if isinstance(arn, str):
            version = f" version {params.version_id}" if call.action == "SetDefaultPolicyVersion" else ""
            return _Target(arn, f"policy {arn}{version}" if member == "policy_arn" else None)
    serial = getattr(params, "serial_number", None)
    return _Target(serial if isinstance(serial, str) and serial.startswith("arn:") else "*", None)


def _named(state: Iam, call: Call[Any], kind: str, name: str) -> _Target:
    """A thing by its name, with the path that it has."""
    tables: Mapping[str, Mapping[str, Thing]] = {
        "user": state.users, "group": state.groups, "role": state.roles, "instance-profile": state.instance_profiles,
        "server-certificate": state.server_certificates,
    }  # fmt: skip
    found = tables[kind].get(key_of(name))
    arn = found.arn if found is not None and found.arn else arn_of(call, kind, "/", name)
    return _Target(arn, f"{_SHOWN.get(kind, kind)} {name}", found)


def _oneself(state: Iam, call: Call[Any]) -> _Target:
    """The calling user, or the user whose key it is."""
    key = state.keys.get(getattr(call.params, "access_key_id", ""))
    name = key.user if key is not None else call.caller.identity.user_name
    if isinstance(name, str) and name:
        return _named(state, call, "user", name)
    return _Target(f"arn:{partition_of(call.region)}:iam::{call.account}:user/*", None)


# condition keys


def _keys(state: Iam, call: Call[Any], target: _Target) -> Iterator[tuple[str, Value]]:
    params = call.params
    tags = getattr(params, "tags", None)
    if isinstance(tags, list):
        given: list[Any] = tags  # pyright: ignore[reportUnknownVariableType]
        yield "aws:TagKeys", [tag.key for tag in given]
        yield from ((f"aws:RequestTag/{tag.key}", tag.value) for tag in given)
    tag_keys = getattr(params, "tag_keys", None)
    if isinstance(tag_keys, list):
        yield "aws:TagKeys", list[str](tag_keys)  # pyright: ignore[reportUnknownArgumentType]
    for key, member in (
        ("iam:AWSServiceName", "aws_service_name"), ("iam:ServiceSpecificCredentialServiceName", "service_name"),
        ("iam:ServiceSpecificCredentialAgeDays", "credential_age_days"),
    ):  # fmt: skip
        value = getattr(params, member, None)
        if isinstance(value, str | int):
            yield key, value
    if call.action.startswith(("Attach", "Detach")):
        yield "iam:PolicyARN", params.policy_arn
    yield from _boundary(state, call, target)


def _boundary(state: Iam, call: Call[Any], target: _Target) -> Iterator[tuple[str, Value]]:
    """The boundary that is given, or else the one that the user or role has."""
    given = getattr(call.params, "permissions_boundary", None)
    if isinstance(given, str):
        yield "iam:PermissionsBoundary", given
        return
    if isinstance(target.thing, Entity) and not (call.action.startswith("Create")):
        kind = "role" if isinstance(target.thing, Role) else "user"
        for arn in state.boundaries.of(entity_key(kind, target.thing.name)):
            yield "iam:PermissionsBoundary", arn
