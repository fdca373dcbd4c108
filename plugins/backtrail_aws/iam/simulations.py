"""The policies of a simulation: those of a user, group or role, and those that were given as texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from backtrail import UNSET, NotInTrail, UnsetType, told
from backtrail.policy import BadPolicy, Policy, Principal, Who, document
from backtrail_aws.iam import api, errors, standing
from backtrail_aws.iam.names import entity_key, group_named, role_named, user_named
from backtrail_aws.iam.state import Entity, Iam, key_of

_ARN: Final = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):(user|group|role)/(?:.*/)?([\w+=,.@-]+)")


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One policy of a simulation. `id` is how results name it; `arn`, or owner and name, is what excludes it."""

    id: str
    text: str
    arn: str = ""
    kind: str = ""
    owner: str = ""
    name: str = ""

    def compiled(self) -> Policy:
        """The policy, ready to be evaluated. Raises `Refusal`."""
        try:
            return Policy(id=self.id, arn=self.arn, document=document(self.text))
        except BadPolicy as error:
            # evidence: model (PolicyEvaluation is for what cannot be evaluated); words: guess
            raise errors.invalid_input(f"Invalid policy: {self.id}. {error}") from error


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Whose policies are simulated."""

    entity: Entity
    kind: str
    account: str

    @property
    def key(self) -> str:
        """How attachments name it."""
        return entity_key(self.kind, self.entity.name)


def subject(state: Iam, arn: str) -> Subject:
    """The user, group or role of an ARN. Raises `Refusal`."""
    parts = _ARN.fullmatch(arn)
    if parts is None:
        # evidence: model; words: guess
        raise errors.invalid_input(f"Invalid Entity Arn: {arn}")
    account, kind, name = parts.groups()
    found = {"user": user_named, "group": group_named, "role": role_named}[kind](state, name)
    return Subject(entity=found, kind=kind, account=account)


def sources(state: Iam, about: Subject) -> Iterator[Source]:
    """All identity policies that count for a subject. Raises `NotInTrail` for a text that no record told."""
    yield from _own(state, about.kind, about.entity, about.key)
    if about.kind == "user":
        for name in state.members.of(key_of(about.entity.name)):
            group = state.groups.get(name)
            if group is not None:
                yield from _own(state, "group", group, entity_key("group", name))


def boundaries(state: Iam, about: Subject) -> Iterator[Source]:
    """A subject's permissions boundary."""
    for arn in state.boundaries.of(about.key):
        yield managed(state, arn)


def managed(state: Iam, arn: str) -> Source:
    """A managed policy in its default version. Raises `NotInTrail`."""
    text = standing.text_of(state, arn)
    if text is None:
        raise NotInTrail(f"the text of {arn}")
    return Source(id=arn.rpartition("/")[2], text=text, arn=arn)


def _own(state: Iam, kind: str, entity: Entity, key: str) -> Iterator[Source]:
    for name, text in entity.inline.items():
        yield Source(id=f"{kind}_{entity.name}_{name}", text=text, kind=kind, owner=entity.name, name=name)
    for arn in state.attachments.of(key):
        yield managed(state, arn)
    if entity.implied_by:
        raise NotInTrail(f"the policies that {entity.arn} had before the first record of it")


def given(texts: Iterable[str] | UnsetType, label: str) -> list[Source]:
    """Policies that were given as texts."""
    if isinstance(texts, UnsetType):
        return []
    return [Source(id=f"{label}.{number}", text=text) for number, text in enumerate(texts, 1)]


def without(held: Iterable[Source], excluded: list[api.PolicyIdentifier] | UnsetType) -> list[Source]:
    """The policies that are not excluded."""
    names = told(excluded, [])
    arns = {one.policy_arn for one in names if one.policy_arn is not UNSET}
    inline = {
        (one.attachment_type.lower(), key_of(one.attachment_name), one.policy_name)
        for one in (name.inline_policy_identifier for name in names)
        if not isinstance(one, UnsetType)
    }
    return [
        one for one in held if one.arn not in arns and (one.kind, key_of(one.owner), one.name) not in inline
    ]


def principal(about: Subject) -> Principal:
    """A subject as a caller. A group's policies are simulated as those of a user without a name."""
    entity = about.entity
    id = told(entity.id, "")
    if about.kind == "role":
        return Principal(
            who=Who.ROLE, arn=entity.arn, account=about.account, id=id, issuer=entity.arn, issuer_id=id
        )
    arn = entity.arn if about.kind == "user" else ""
    return Principal(who=Who.USER, arn=arn, account=about.account, id=id)


def caller(arn: str) -> Principal:
    """The user that `CallerArn` names. Raises `Refusal`."""
    parts = _ARN.fullmatch(arn)
    if parts is None or parts.group(2) != "user":
        # evidence: page https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html (only
        # users' ARNs); words: guess
        raise errors.invalid_input(f"Invalid Caller Arn: {arn}")
    return Principal(who=Who.USER, arn=arn, account=parts.group(1))
