"""Who acts, and who stands behind: a record's actor, and the callers back to the one who began."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backtrail.lazily import names_of

if TYPE_CHECKING:
    from backtrail.actors.denials import is_denial
    from backtrail.actors.identity import Actor, actor, named, recipient
    from backtrail.actors.lineage import Lineage
    from backtrail.actors.session import Made, Origin, Rule, Session
    from backtrail.actors.sessions import Confidence, Link, Sessions

__getattr__ = names_of(
    __name__,
    {
        "denials": "is_denial",
        "identity": "Actor actor named recipient",
        "lineage": "Lineage",
        "session": "Made Origin Rule Session",
        "sessions": "Confidence Link Sessions",
    },
)

__all__ = [
    "Actor", "Confidence", "Lineage", "Link", "Made", "Origin", "Rule", "Session", "Sessions", "actor", "is_denial",
    "named", "recipient",
]  # fmt: skip
