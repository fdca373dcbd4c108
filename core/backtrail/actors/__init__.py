"""Who acts, and who stands behind: a record's actor, and the callers back to the one who began."""

from __future__ import annotations

from backtrail.actors.identity import Actor, actor, named, recipient
from backtrail.actors.sessions import Confidence, Link, Sessions

__all__ = ["Actor", "Confidence", "Link", "Sessions", "actor", "named", "recipient"]
