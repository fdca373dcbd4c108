"""What if: two timelines from one moment, and what differs between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backtrail.lazily import names_of

if TYPE_CHECKING:
    from backtrail.whatif.rules import BadRule, Rule, deny, of_policy, preset
    from backtrail.whatif.timelines import Outcome, Timelines, Verdict

__getattr__ = names_of(
    __name__, {"rules": "BadRule Rule deny of_policy preset", "timelines": "Outcome Timelines Verdict"}
)

__all__ = ["BadRule", "Outcome", "Rule", "Timelines", "Verdict", "deny", "of_policy", "preset"]
