"""STS: sessions of roles, users, federated users and roots, and who everybody is.

Covered: every operation but GetDelegatedAccessToken (nothing here gives out the tokens that it trades in). A
session's calls show who it is, what it is a session of, when it began and whether a second factor was proved; its
state keeps who asked for it, with which key, in which record.

What deviates from AWS: the root may assume roles, because keys that nobody knows are the root's; SAML signatures and
web identity tokens' are not verified; while IAM is off, trust policies are looked at for the names of principals alone;
PackedPolicySize is a guess; records show no session token. DecodeAuthorizationMessage and
GetWebIdentityToken are refused, as AWS would where no message was encoded and outbound federation is off.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from backtrail import Service, hookimpl
from backtrail_aws.sts import access, federation, identities, roles, users
from backtrail_aws.sts.state import service

__all__ = ["access", "federation", "identities", "register_services", "roles", "service", "users"]


@hookimpl
def register_services() -> Iterable[Service[Any]]:
    """The service."""
    return [service]
