"""What a record names and no record made: users, groups, roles, policies and instance profiles known by inference.

Their ARNs are those of the path `/`, which stays unknown.
"""

from __future__ import annotations

from backtrail import UnsetType, known
from backtrail_aws.iam.names import AnyEvent, arn_of, policy_arn, user_of
from backtrail_aws.iam.state import Group, Iam, InstanceProfile, Policy, Role, User, key_of


def user(state: Iam, event: AnyEvent, name: str) -> User:
    """The user of that name, inferred where no record made it; the root for ""."""
    if not name:
        return state.root
    return known(
        state.users,
        key_of(name),
        event,
        lambda: User(name=name, arn=arn_of(event, "user", "/", name), implied_by=event.id),
    )


def owner(state: Iam, event: AnyEvent, name: str | UnsetType) -> User | None:
    """The user that a record means by its parameter or its caller; None where neither tells."""
    meant = user_of(event.identity, name)
    return None if meant is None else user(state, event, meant)


def group(state: Iam, event: AnyEvent, name: str) -> Group:
    """The group of that name, inferred where no record made it."""
    return known(
        state.groups,
        key_of(name),
        event,
        lambda: Group(name=name, arn=arn_of(event, "group", "/", name), implied_by=event.id),
    )


def role(state: Iam, event: AnyEvent, name: str) -> Role:
    """The role of that name, inferred where no record made it."""
    return known(
        state.roles,
        key_of(name),
        event,
        lambda: Role(name=name, arn=arn_of(event, "role", "/", name), implied_by=event.id),
    )


def entity(state: Iam, event: AnyEvent, kind: str, name: str) -> User | Group | Role:
    """The user, group or role of that name, inferred where no record made it."""
    if kind == "user":
        return user(state, event, name)
    return group(state, event, name) if kind == "group" else role(state, event, name)


def profile(state: Iam, event: AnyEvent, name: str) -> InstanceProfile:
    """The instance profile of that name, inferred where no record made it."""
    return known(
        state.instance_profiles,
        key_of(name),
        event,
        lambda: InstanceProfile(
            name=name, arn=arn_of(event, "instance-profile", "/", name), implied_by=event.id
        ),
    )


def policy(state: Iam, event: AnyEvent, arn: str) -> Policy | None:
    """The managed policy of that ARN, inferred where no record made it; None where it is no policy's ARN.

    That AWS has a policy is no inference: nobody's record makes one.
    """
    parts = policy_arn(arn)
    if parts is None:
        return None

    def make() -> Policy:
        return Policy(name=parts.name, arn=arn, path=parts.path, implied_by=event.id)

    if parts.account == "aws":
        return state.aws_policies.setdefault(arn, make())
    return known(state.policies, key_of(parts.name), event, make)
