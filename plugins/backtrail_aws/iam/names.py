"""Names, ARNs and documents as IAM writes them, and who a call means when it names nobody."""

from __future__ import annotations

import re
from typing import Any, Protocol
from urllib.parse import quote

import msgspec

from backtrail import UNSET, Call, Caller, Event, UnsetType
from backtrail.record import Identity, partition_of
from backtrail_aws.iam import errors
from backtrail_aws.iam.state import Group, Iam, InstanceProfile, Role, User, key_of

AnyCall = Call[Any]
AnyEvent = Event[Any, Any]
"""Calls and events whose action does not matter: their types are invariant."""

_POLICY_ARN = re.compile(r"arn:(aws[a-z-]*):iam::(\d{12}|aws):policy((?:/[!-~]+)*/)([\w+=,.@-]+)", re.ASCII)


class Placed(Protocol):
    """A call or an event: what happens in an account, and a region."""

    @property
    def account(self) -> str: ...
    @property
    def region(self) -> str: ...


class Called(Placed, Protocol):
    """A call, as far as it tells who makes it."""

    @property
    def caller(self) -> Caller: ...


class PolicyArn(msgspec.Struct, frozen=True):
    """The parts of a managed policy's ARN; `account` is `aws` for AWS's own."""

    arn: str
    account: str
    path: str
    name: str


def arn_of(place: Placed, kind: str, path: str, name: str) -> str:
    """`arn:aws:iam::123456789012:user/path/name`: IAM's ARNs have no region, but a region's partition."""
    return f"arn:{partition_of(place.region)}:iam::{place.account}:{kind}{path}{name}"


def policy_arn(text: str) -> PolicyArn | None:
    """The parts of a managed policy's ARN, None for what is no such ARN."""
    found = _POLICY_ARN.fullmatch(text)
    return PolicyArn(text, found.group(2), found.group(3), found.group(4)) if found else None


def encoded(document: str) -> str:
    """A policy document as answers hold it: percent-encoded by RFC 3986."""
    return quote(document, safe="")


def path_of(given: str | UnsetType) -> str:
    """The path that a create means: `/` where it names none."""
    return "/" if given is UNSET else given


def user_named(state: Iam, name: str) -> User:
    """The user of that name. Raises `Refusal`."""
    found = state.users.get(key_of(name))
    if found is None:
        raise errors.no_entity("user", name)
    return found


def group_named(state: Iam, name: str) -> Group:
    """The group of that name. Raises `Refusal`."""
    found = state.groups.get(key_of(name))
    if found is None:
        raise errors.no_entity("group", name)
    return found


def role_named(state: Iam, name: str) -> Role:
    """The role of that name. Raises `Refusal`."""
    found = state.roles.get(key_of(name))
    if found is None:
        raise errors.no_entity("role", name)
    return found


def own_role_named(state: Iam, name: str) -> Role:
    """The role of that name, which is no service's. Raises `Refusal`."""
    found = role_named(state, name)
    if is_linked(found):
        raise errors.protected_role(found.name)
    return found


def profile_named(state: Iam, name: str) -> InstanceProfile:
    """The instance profile of that name. Raises `Refusal`."""
    found = state.instance_profiles.get(key_of(name))
    if found is None:
        raise errors.no_instance_profile(name)
    return found


def is_linked(role: Role) -> bool:
    """Whether a role is a service's: its path says so, and nobody else can make that path.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
    """
    return role.path is not UNSET and role.path.startswith(("/aws-service-role/", "/aws-reserved/"))


def entity_key(kind: str, name: str) -> str:
    """An entity's end of a link: `user/alice`."""
    return f"{kind}/{key_of(name)}"


def user_meant(state: Iam, call: Called, name: str | UnsetType) -> User:
    """The user of that name, or the caller where none is given: a user, or the root. Raises `Refusal`."""
    if name is not UNSET:
        return user_named(state, name)
    identity = call.caller.identity
    if identity.type == "Root":
        return state.root
    if identity.type != "IAMUser" or identity.user_name is UNSET:
        raise errors.not_a_user()
    return user_named(state, identity.user_name)


def user_of(identity: Identity, name: str | UnsetType) -> str | None:
    """The name of the user that a record means: "" is the root, None nobody that can be told."""
    if name is not UNSET:
        return name
    if identity.type == "Root":
        return ""
    if identity.type == "IAMUser" and identity.user_name is not UNSET:
        return identity.user_name
    return None
