"""Which resources a record creates, deletes and touches: generic rules that name no service.

The verb and the noun of an action's name, the noun's identifiers in parameters and answer
(`CreateNatGateway` and `natGatewayId`), the forms of ARNs and minted ids, and what a record says of
failure. A plugin may declare what these rules cannot know (`Declared`). An identifier is indexed under
every spelling that the record proves; `aliases` gives the spellings to ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from backtrail.lazily import names_of
from backtrail.mentions.identifiers import parse, url_name

if TYPE_CHECKING:
    from backtrail.mentions.decide import mentions
    from backtrail.mentions.mention import Declarations, Declared, Mention, Verb
    from backtrail.mentions.operations import action_of
    from backtrail.mentions.vocabulary import Act

__getattr__ = names_of(
    __name__,
    {
        "decide": "mentions",
        "mention": "Declarations Declared Mention Verb",
        "operations": "action_of",
        "vocabulary": "Act",
    },
)

__all__ = [
    "Act",
    "Declarations",
    "Declared",
    "Mention",
    "Verb",
    "act_of",
    "action_of",
    "aliases",
    "mentions",
    "type_of",
]


def aliases(identifier: str) -> tuple[str, ...]:
    """The identifier and every other spelling that a record may have in its place, itself first."""
    found = [identifier]
    arn = parse(identifier)
    if arn is not None:
        found.extend(name for name, _ in arn.names)
        found.extend(f"/{name}" for name, _ in arn.names[:1] if "/" in name)
    elif identifier.startswith("https://") and (name := url_name(identifier)):
        found.append(name)
    return tuple(dict.fromkeys(found))


def type_of(identifier: str) -> str | None:
    """The type that an ARN states (`iam:role`), as in `Mention.type`; None for any other identifier."""
    arn = parse(identifier)
    return arn.type if arn else None


def act_of(record: Mapping[str, object]) -> Act:
    """What the record's action does, by its name alone."""
    from backtrail.mentions.operations import operation

    return operation(str(record.get("eventSource") or ""), str(record.get("eventName") or "")).act
