"""Lineage: which event began a chain, and how often it has come through what minds its own circles.

A command goes on with the chain of its cause. What waits in somebody's state (a message in a queue, an event that is
to be tried again) keeps the lineage of the call that put it there (`Call.lineage`, in the call's note); the command
that takes it up goes on with that one (`Command(lineage=…)`). So a chain outlives queues, timers and restarts.

A chain counts the reactions that it passed, each on its resource (`service.reaction@resource`). An effect may say that
it minds its circles itself (`Effect(through=ARN)`, a function): it is counted under its ARN, and what the chain had
passed before is forgotten, for no circle closes without coming through it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from backtrail.payload import Params

RECURSION_LIMIT = 16
"""How often one chain may pass through the same reaction on the same resource, or the same function. AWS stops such
loops at about this number: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html"""


class Lineage(Params):
    """`root` is the event (or the request) that began the chain, empty for a call that begins one; `passes` says how
    often it came through what minds its circles, by ARN."""

    root: str = ""
    passes: dict[str, int] = {}

    def looped(self, arn: str) -> bool:
        """Whether the chain has come through here as often as it may."""
        return self.passes.get(arn, 0) >= RECURSION_LIMIT


BEGINNING = Lineage()
"""That of a call that nothing here caused."""


def minded(chain: Mapping[str, int]) -> dict[str, int]:
    """What of a chain outlives the reactions that it passes now."""
    return {name: count for name, count in chain.items() if "@" not in name}


def through(chain: Mapping[str, int], arn: str) -> dict[str, int]:
    """The chain after it has come through what minds its own circles."""
    return {**minded(chain), arn: chain.get(arn, 0) + 1}


def merged(lineages: Iterable[Lineage], arn: str) -> Lineage:
    """That of several which go on as one: the root of whichever came here most often, the most of all passes."""
    held = list(lineages)
    root = max(held, key=lambda one: one.passes.get(arn, 0)).root if held else ""
    passes: dict[str, int] = {}
    for one in held:
        for name, count in one.passes.items():
            passes[name] = max(passes.get(name, 0), count)
    return Lineage(root=root, passes=passes)
