"""Which file a payload type stands in where a service has more of them than one file should hold.

Types are grouped by the noun that their actions begin with, after the verb: `CreateVpc`, `DescribeVpcs` and
`ModifyVpcAttribute`, and what only these reach, are of `vpc`. What several groups reach is `shared`. So a group
needs itself and `shared`, and `shared` needs no other.
"""

from __future__ import annotations

import keyword
from collections import defaultdict
from collections.abc import Iterable, Mapping

from backtrail.trail.casing import snake

SHARED = "shared"


def grouped(
    roots: Mapping[str, Iterable[str]], references: Mapping[str, Iterable[str]]
) -> dict[str, list[str]]:
    """The types by the module that holds them; both in an order that depends on the input alone.

    `roots` are the types of each action, `references` the types that a type's members name.
    """
    reached: dict[str, set[str]] = defaultdict(set)
    for action, types in roots.items():
        for one in _reached(types, references):
            reached[one].add(noun(action))
    groups: dict[str, list[str]] = defaultdict(list)
    for one in references:
        owners = reached[one]
        groups[SHARED if len(owners) > 1 else min(owners)].append(one)
    return dict(sorted(groups.items()))


def noun(action: str) -> str:
    """The first word after an action's verb, in the singular; the verb where nothing follows."""
    words = snake(action).strip("_").split("_")
    name = singular(words[min(1, len(words) - 1)])
    return f"{name}_" if keyword.iskeyword(name) or name == SHARED else name


def singular(word: str) -> str:
    """`addresses` -> `address`, `policies` -> `policy`, `vpcs` -> `vpc`; what is no plural (`ebs`) stays."""
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith("sses"):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us")) else word


def _reached(types: Iterable[str], references: Mapping[str, Iterable[str]]) -> set[str]:
    seen = set(types)
    left = list(seen)
    while left:
        fresh = set(references[left.pop()]) - seen
        seen |= fresh
        left += fresh
    return seen
