"""Where a simulated process dies, and how often it did so at each place.

    call -> decide | fold | tell | commit | committed -> command | intent | effect -> decide …

A death between two of them loses what was not committed: the process is unwound there, and its log writes no more.
"""

from __future__ import annotations

import asyncio
import gc
import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from backtrail.engine import Engine

PLACES = ("decide", "fold", "tell", "commit", "committed", "command", "intent", "effect")
"""After a decision, after its fold, after what follows was told, before a commit, after it and before anybody hears
of it, before a command becomes a call, after an intent and before its effect, after an effect and before its outcome
is decided upon."""
ANYWHERE = "anywhere"
"""Between two turns of the loop, wherever everybody was."""
LATEST = 30
"""How often a place is passed at most before its death."""


class Death(BaseException):
    """The process is gone: nobody catches this."""


class Reaper:
    """Chooses at which of some places one life ends, and ends it there. `kills` counts over all lives."""

    def __init__(self, chance: random.Random, kills: Counter[str], places: Sequence[str] = PLACES) -> None:
        self._chance, self._kills, self._places = chance, kills, places
        self._place, self._left = "", 0
        self.dead = False

    def life(self, *, mortal: bool) -> None:
        """A life begins."""
        self.dead = False
        self._place = self._chance.choice(self._places) if mortal else ""
        self._left = (
            self._chance.randrange(1, LATEST) if self._place != "effect" else self._chance.randrange(1, 8)
        )

    def end(self, place: str = ANYWHERE) -> None:
        """The life is over."""
        if not self.dead:
            self.dead = True
            self._kills[place] += 1

    def due(self, place: str) -> bool:
        """Whether the process is to die here, now. It is dead then."""
        if self.dead or place != self._place:
            return False
        self._left -= 1
        if self._left:
            return False
        self.end(place)
        return True

    async def passes(self, place: str) -> None:
        """The dead stop here; so does who dies here."""
        if self.due(place) or self.dead:
            await asyncio.Event().wait()

    def stands_by(self, engine: Engine) -> None:
        """Watch an engine at work."""
        made: Any = engine
        for name, place in (("_decide", "decide"), ("_fold", "fold"), ("_tell", "tell")):
            setattr(made, name, self._after(getattr(made, name), place))
        made.following._carry = self._before(made.following._carry, "command")

    def _after(self, step: Callable[..., Any], place: str) -> Callable[..., Any]:
        def taken(*args: Any, **named: Any) -> Any:
            done = step(*args, **named)
            if self.due(place):
                raise Death(place)
            return done

        return taken

    def _before(self, step: Callable[..., Any], place: str) -> Callable[..., Any]:
        def taken(*args: Any, **named: Any) -> Any:
            if self.due(place):
                raise Death(place)
            return step(*args, **named)

        return taken


def buried() -> None:
    """Let go of what the dead left behind: calls that never end. Were it collected while Python parses a module, as
    pytest's summary does, that would fail (SystemError: AST constructor recursion depth mismatch, in CPython 3.11)."""
    gc.collect()


def tally(kills: Counter[str], simulations: int) -> str:
    """The deaths of all stories in one line."""
    each = ", ".join(f"{place} {kills[place]}" for place in (*PLACES, ANYWHERE))
    return f"{simulations} stories, {kills.total()} deaths: {each}"
