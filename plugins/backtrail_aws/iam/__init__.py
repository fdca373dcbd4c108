"""AWS Identity and Access Management.

Covered: users, groups, roles (services' own, too), managed and inline policies, permissions boundaries, instance
profiles, access keys, passwords and their policy, SSH public keys, signing and server certificates, credentials for
single services, MFA devices, OpenID Connect and SAML providers, the account's alias, summary, authorization details
and credential report, with the limits, tags and pages of each; who may call what, in all services (`authorizer`), the
policy simulator over the same evaluation, and from the log itself the last use of keys, roles and services, reports on
an organization's accounts, and the management of members' roots.

Not covered, so answered 501: delegation requests, role templates, outbound web identity federation.

What deviates from AWS:

- Reports on the use of permissions are done at once, tell what the log knows when they are read, and track all actions.
- A change is there at once and everywhere; AWS takes seconds. `EntityTemporarilyUnmodifiable` never comes.
- Trust policies are checked by their grammar and given back as they came; that a principal exists is not checked, for
  other accounts cannot be seen, and account numbers are not turned into ARNs.
- AWS's managed policies are those of `aws_policies`; whether AWS has another, nobody here knows (`NotInTrail`).
- A service-linked role has no policy attached, and its sessions may do everything.
- Policies of VPC endpoints are not gathered: there are none here.
- MFA codes are checked at the engine's time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from backtrail import Service, hookimpl
from backtrail_aws.iam import (
    access,
    access_keys,
    access_reports,
    account,
    attachments,
    authorization_details,
    baseline,
    boundaries,
    credential_report,
    grants,
    groups,
    inline_policies,
    instance_profiles,
    last_accessed,
    login_profiles,
    mfa_devices,
    oidc_providers,
    passwords,
    policies,
    roles,
    saml_providers,
    server_certificates,
    service_credentials,
    service_linked_roles,
    sightings,
    signing_certificates,
    simulator,
    ssh_public_keys,
    users,
)
from backtrail_aws.iam import baseline_lists as baseline_lists
from backtrail_aws.iam import exposure as exposure
from backtrail_aws.iam.authorizer import evaluate_access, explain_access
from backtrail_aws.iam.state import Iam, Thing, service

__all__ = [
    "access",
    "access_keys",
    "access_reports",
    "account",
    "attachments",
    "authorization_details",
    "baseline",
    "boundaries",
    "credential_report",
    "evaluate_access",
    "explain_access",
    "grants",
    "groups",
    "inline_policies",
    "instance_profiles",
    "last_accessed",
    "login_profiles",
    "mfa_devices",
    "oidc_providers",
    "passwords",
    "policies",
    "register_services",
    "roles",
    "saml_providers",
    "server_certificates",
    "service",
    "service_credentials",
    "service_linked_roles",
    "sightings",
    "signing_certificates",
    "simulator",
    "ssh_public_keys",
    "users",
]


T = TypeVar("T", bound=Thing)


def _named(things: Mapping[str, T]) -> dict[str, T]:
    """By the names as they were given: states keep them in small letters."""
    return {thing.name: thing for thing in things.values()}


def _arn(thing: Thing) -> str:
    return thing.arn


def _tags(thing: Thing) -> dict[str, str]:
    return thing.tags


service.resource("AWS::IAM::User", lambda iam: _named(iam.users), arn=_arn, tags=_tags)
service.resource("AWS::IAM::Group", lambda iam: _named(iam.groups), arn=_arn)
service.resource("AWS::IAM::Role", lambda iam: _named(iam.roles), arn=_arn, tags=_tags)
service.resource("AWS::IAM::ManagedPolicy", lambda iam: _named(iam.policies), arn=_arn, tags=_tags)
service.resource("AWS::IAM::InstanceProfile", lambda iam: _named(iam.instance_profiles), arn=_arn, tags=_tags)
service.resource(
    "AWS::IAM::ServerCertificate", lambda iam: _named(iam.server_certificates), arn=_arn, tags=_tags
)
service.resource("AWS::IAM::VirtualMFADevice", lambda iam: iam.mfa_devices, arn=_arn, tags=_tags)
service.resource("AWS::IAM::OIDCProvider", lambda iam: iam.oidc_providers, arn=_arn, tags=_tags)
service.resource("AWS::IAM::SAMLProvider", lambda iam: iam.saml_providers, arn=_arn, tags=_tags)


@hookimpl
def register_services() -> list[Service[Iam]]:
    """IAM."""
    return [service]
