"""What a principal may do by itself: its identity policies, its boundary, the policies of its session, its tags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from backtrail import Caller
from backtrail.policy import BadPolicy, Document, Policy, Principal, Who, document
from backtrail_aws.iam import aws_policies
from backtrail_aws.iam.names import entity_key, is_linked
from backtrail_aws.iam.state import Entity, Iam, Role, User, key_of
from backtrail_aws.iam.state import Policy as PolicyThing

_EVERYTHING: Final = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
"""What the root may do, and a service-linked role: what its service needs, which nobody here writes down."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A principal's own side of an evaluation. `tags` are in small letters."""

    identity: tuple[Policy, ...] = ()
    boundary: tuple[Policy, ...] = ()
    session: tuple[tuple[Policy, ...], ...] = ()
    tags: Mapping[str, str] = {}


def of(state: Iam, principal: Principal, caller: Caller) -> Standing:
    """What is known of a principal of this account. Raises `BadPolicy`."""
    narrowing = caller.narrowing
    entity = _entity(state, principal)
    tags = {key.lower(): value for key, value in entity.tags.items()} if entity is not None else {}
    if narrowing is not None:
        tags |= {key.lower(): value for key, value in narrowing.tags.items()}
    session = () if narrowing is None else tuple(
        tuple(_given(state, given, index) for index, given in enumerate(group)) for group in narrowing.groups
    )  # fmt: skip
    if entity is None:
        rooted = principal.who is Who.FEDERATED and principal.issuer.endswith(":root")
        identity = (Policy(id=principal.issuer, document=document(_EVERYTHING)),) if rooted else ()
        return Standing(identity=identity, session=session, tags=tags)
    kind = "role" if isinstance(entity, Role) else "user"
    key = entity_key(kind, entity.name)
    return Standing(
        identity=tuple(_identity(state, entity, kind, key)),
        boundary=tuple(managed(state, arn, entity.arn) for arn in state.boundaries.of(key)),
        session=session,
        tags=tags,
    )


def is_unheard_of(state: Iam, principal: Principal) -> bool:
    """Whether no record tells of a user or a role: neither that it is there nor that it is gone."""
    if principal.who not in (Who.USER, Who.ROLE) or _entity(state, principal) is not None:
        return False
    name = key_of((principal.issuer or principal.arn).rpartition("/")[2])
    return not any(mark.endswith(f" {name}") for mark in state.gone)


def managed(state: Iam, arn: str, through: str = "") -> Policy:
    """A managed policy in its default version. Raises `BadPolicy`."""
    text = text_of(state, arn)
    document = compiled(arn, text) if text is not None else None
    return Policy(id=arn, arn=arn, document=document, through=through)


def text_of(state: Iam, arn: str) -> str | None:
    """The text of a managed policy's default version; None where nobody knows it."""
    found = _found(state, arn)
    version = (
        found.versions.get(found.default) if found is not None and isinstance(found.default, str) else None
    )
    return version.document if version is not None and isinstance(version.document, str) else None


def _found(state: Iam, arn: str) -> PolicyThing | None:
    """What `policy_lookup.find` finds, without taking the ARN apart: it is asked at each call."""
    if ":aws:policy/" in arn:
        return aws_policies.policies(arn.split(":", 2)[1]).get(arn) or state.aws_policies.get(arn)
    found = state.policies.get(key_of(arn.rpartition("/")[2]))
    return found if found is not None and found.arn == arn else None


def compiled(id: str, text: str) -> Document:
    """A policy's text, compiled. Raises `BadPolicy`, which names it."""
    try:
        return document(text)
    except BadPolicy as error:
        raise BadPolicy(f"{id}: {error}") from error


def _entity(state: Iam, principal: Principal) -> User | Role | None:
    if principal.who is Who.USER:
        return state.users.get(key_of(principal.arn.rpartition("/")[2]))
    if principal.who is Who.ROLE:
        return state.roles.get(key_of(principal.issuer.rpartition("/")[2]))
    if principal.who is Who.FEDERATED and ":user/" in principal.issuer:
        return state.users.get(key_of(principal.issuer.rpartition("/")[2]))
    return None


def _identity(state: Iam, entity: Entity, kind: str, key: str) -> Iterator[Policy]:
    yield from _own(state, entity, key)
    if kind == "user":
        for name in state.members.of(key_of(entity.name)):
            group = state.groups.get(name)
            if group is not None:
                yield from _own(state, group, entity_key("group", name))
    if isinstance(entity, Role) and is_linked(entity):
        yield Policy(id=f"{entity.arn} (service-linked)", document=document(_EVERYTHING))


def _own(state: Iam, entity: Entity, key: str) -> Iterator[Policy]:
    for name, text in entity.inline.items():
        id = f"{entity.arn or key}/{name}"
        yield Policy(id=id, document=compiled(id, text), through=entity.arn)
    for arn in state.attachments.of(key):
        yield managed(state, arn, entity.arn)
    if entity.implied_by:
        yield Policy(id=f"the policies that {entity.arn} had before the first record of it", document=None)


def _given(state: Iam, given: str, index: int) -> Policy:
    if given.startswith("arn:"):
        return managed(state, given)
    id = f"session policy {index}"
    return Policy(id=id, document=compiled(id, given))
