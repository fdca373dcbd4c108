"""Two timelines from one moment: what was recorded, and what would have been.

Each recorded call is decided in both. Where both agree the recorded record is folded into both, so only a difference
between the two decisions is an effect, never a gap of ours. A decision that rests on what no record told is unknown
and takes the recorded outcome; an explicit deny never is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any

import msgspec

from backtrail import states
from backtrail.actors import Actor, actor, is_denial
from backtrail.machine import Folded, Machine
from backtrail.mentions import Verb, mentions
from backtrail.store import Stored
from backtrail.whatif.absence import Absence, Because
from backtrail.whatif.asked import Asked, asked
from backtrail.whatif.deciding import Decided, Decider, Recorded, differing, same
from backtrail.whatif.rules import Rule

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class Outcome(StrEnum):
    """How a recorded call goes in the other timeline."""

    SAME = "same"
    BLOCKED = "blocked"  # it was allowed, and is denied
    FAILS = "fails"  # it succeeded, and what it needs is not there
    GONE = "gone"  # nobody makes it: its caller, or what caused it, does not come to be
    OPENS = "opens"  # it was denied, and is allowed
    SUCCEEDS = "succeeds"  # it failed for another reason, and succeeds
    OTHERWISE = "otherwise"  # it succeeds in both, with another answer


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """One recorded call in the other timeline. `because` is the event that made it so, where one did; `unknown` says
    why the recorded outcome was taken where nothing could be decided."""

    entry: Stored
    record: dict[str, Any]
    who: Actor
    service: str
    action: str
    outcome: Outcome
    recorded: str = ""  # the recorded error code
    code: str = ""  # the other timeline's
    why: str = ""
    because: str = ""
    unknown: str = ""

    @property
    def changed(self) -> bool:
        """Whether it goes otherwise."""
        return self.outcome is not Outcome.SAME


Judged = tuple[Verdict, "tuple[Decided, Decided] | None"]
"""A verdict, and both timelines' decisions where it rests on them."""


class Timelines:
    """Two accounts, `here` as recorded and `there` as it would be; fed with a log's entries in fold order.

    `rules` hold from the moment on; the events `without` do not happen. `change` is done to `there` at the moment.
    """

    def __init__(
        self, here: Machine, there: Machine, *, rules: Iterable[Rule] = (), without: Iterable[str] = (),
        change: Callable[[Machine], None] | None = None,
    ) -> None:  # fmt: skip
        self._rules = list(rules)
        self._without = frozenset(without)
        self._change = change
        self.here, self.there = Decider(here), Decider(there)
        self._absence = Absence()
        self._split = False
        self._vouched: set[str] = set()  # what a call proves to be there that only `here` folded
        self._apart = change is not None  # whether the two accounts may differ by now

    def before(self, entry: Stored) -> None:
        """Take in what lies before the moment."""
        self.here.machine.apply(entry.record, entry.note, entry.sealed, cause=entry.cause)

    def part(self) -> None:
        """The moment: from here on there are two."""
        if self._split:
            return
        self._split = True
        here, there = self.here.machine, self.there.machine
        there.forget()
        for place in here.places():
            here_state = here.state(place)
            there.put_state(place, states.unpack(states.keep(here_state), type(here_state)))
        there.folder.last_time = here.folder.last_time
        if self._change is not None:
            self._change(there)

    def change_now(self, change: Callable[[Machine], None]) -> None:
        """Change the other account between two calls."""
        self.part()
        change(self.there.machine)
        self._apart = True

    def step(self, entry: Stored) -> Verdict:
        """One call after the moment, in both timelines."""
        self.part()
        record = _decode(entry.record)
        recorded = self.here.read(entry, record)
        who = actor(record)
        judged = self._judge(recorded, who)
        self._fold(recorded, judged)
        return judged[0]

    # deciding

    def _judge(self, recorded: Recorded, who: Actor) -> Judged:
        event_id, record = recorded.entry.event_id, recorded.record
        if event_id in self._without:
            return self._verdict(recorded, who, Outcome.GONE, why="taken out"), None
        gone = self._absence.caused(recorded.entry.cause) or self._absence.caller(record, who)
        if gone is not None:
            return self._verdict(recorded, who, Outcome.GONE, why=gone.why, because=gone.event_id), None
        doubt = self._absence.ambiguous if who.invoked_by and self._absence else ""
        accesses = self.here.needs(recorded)
        question = asked(record, recorded.service, recorded.action, accesses, who, self._absence.mentions)
        ruled = self._by_rules(recorded, who, question)
        if ruled is not None and (ruled.changed or ruled.code):
            return ruled, None
        if doubt and ruled is None:
            ruled = self._verdict(recorded, who, Outcome.SAME, unknown=doubt)
        if not self._apart:
            return ruled or self._verdict(recorded, who, Outcome.SAME), None
        return self._by_state(recorded, who, question, ruled)

    def _by_rules(self, recorded: Recorded, who: Actor, question: Asked) -> Verdict | None:
        """What the added rules say: an explicit deny is certain."""
        unknown = ""
        allowed = ""
        for rule in self._rules:
            said = rule.says(question, recorded.record)
            if said.denies:
                if recorded.error:  # it did nothing anyway
                    return self._verdict(recorded, who, Outcome.SAME, why=said.why, code="AccessDenied")
                return self._verdict(recorded, who, Outcome.BLOCKED, code="AccessDenied", why=said.why)
            allowed = allowed or (said.why if said.allows and rule.principal else "")
            unknown = unknown or (said.why if said.unknown else "")
        if allowed and is_denial(recorded.error):
            return self._verdict(recorded, who, Outcome.OPENS, why=allowed, unknown="what it would answer")
        return self._verdict(recorded, who, Outcome.SAME, unknown=unknown) if unknown else None

    def _by_state(self, recorded: Recorded, who: Actor, question: Asked, ruled: Verdict | None) -> Judged:
        """What the two accounts say, which may differ by now."""
        unknown = ruled.unknown if ruled is not None else ""
        denied = self._by_policies(recorded, who, question)
        if denied is not None:
            return denied, None
        here, there = self.here.service(recorded), self.there.service(recorded)
        faithful = not here.unknown and bool(here.error) == bool(recorded.error)
        if faithful and not there.unknown:
            found = self._compared(recorded, who, here, there)
            if found.changed:
                return found, (here, there)
        needed = None if recorded.error else self._absence.needed(recorded.record)
        if needed is not None:
            name, because = needed
            why = f"{name} is not there: {because.why}"
            if who.kind == "AWSService":
                return self._verdict(recorded, who, Outcome.GONE, why=why, because=because.event_id), None
            return self._verdict(recorded, who, Outcome.FAILS, why=why, because=because.event_id), None
        if faithful and there.unknown:
            unknown = unknown or there.unknown
        return self._verdict(recorded, who, Outcome.SAME, unknown=unknown), None

    def _by_policies(self, recorded: Recorded, who: Actor, question: Asked) -> Verdict | None:
        if who.kind == "AWSService":
            return None
        there = self.there.policies(recorded, question.accesses)
        if there.error is None and not is_denial(recorded.error):
            return None  # whatever the other account says of it
        here = self.here.policies(recorded, question.accesses)
        if there.error is not None and here.error is None and not here.unknown:
            how = Outcome.SAME if recorded.error else Outcome.BLOCKED  # it did nothing anyway
            return self._verdict(recorded, who, how, code=there.error.code, why=there.error.message)
        opened = here.error is not None and there.error is None and not there.unknown
        if opened and is_denial(recorded.error):
            return self._verdict(
                recorded, who, Outcome.OPENS, why="the policies allow it", unknown="what it answers"
            )
        return None

    def _compared(self, recorded: Recorded, who: Actor, here: Decided, there: Decided) -> Verdict:
        """The two services' answers side by side."""
        if here.error is None and there.error is not None:
            needed = self._absence.needed(recorded.record)
            if needed is None and self._vouched and self._vouched & _named(recorded.record):
                unknown = f"the other account does not know what is older than the log: {there.error.message}"
                return self._verdict(recorded, who, Outcome.SAME, unknown=unknown)
            because = needed[1].event_id if needed is not None else self._absence.nearest(recorded.record)
            return self._verdict(
                recorded, who, Outcome.FAILS, code=there.error.code, why=there.error.message, because=because
            )  # fmt: skip
        if here.error is not None and there.error is None:
            why = f"no longer {here.error.code}"
            return self._verdict(recorded, who, Outcome.SUCCEEDS, why=why)
        if here.error is None and there.error is None and not same(here.result, there.result):
            members = ", ".join(differing(here.result, there.result))
            return self._verdict(
                recorded, who, Outcome.OTHERWISE, why=f"another answer ({members})" if members else ""
            )
        return self._verdict(recorded, who, Outcome.SAME)

    def _verdict(
        self, recorded: Recorded, who: Actor, outcome: Outcome, *, code: str = "", why: str = "", because: str = "",
        unknown: str = "",
    ) -> Verdict:  # fmt: skip
        return Verdict(
            entry=recorded.entry, record=dict(recorded.record), who=who, service=recorded.service,
            action=recorded.action, outcome=outcome, recorded=recorded.error, code=code, why=why, because=because,
            unknown=unknown,
        )  # fmt: skip

    # folding

    def _fold(self, recorded: Recorded, judged: Judged) -> None:
        """Each timeline folds what happened in it."""
        verdict, both = judged
        folded = self.here.fold(recorded)
        event_id = recorded.entry.event_id
        match verdict.outcome:
            case Outcome.SAME:
                self.there.fold(recorded)
                self._absence.happens(recorded.record, event_id, verdict.who)
                if self._vouched:
                    self._vouched -= _named(recorded.record)
            case Outcome.BLOCKED | Outcome.FAILS | Outcome.GONE:
                self._apart = True
                if folded is Folded.INFERRED:
                    self._vouched |= _named(recorded.record)
                what = f"{recorded.service}:{recorded.action}"
                how = "does not succeed" if verdict.outcome is not Outcome.GONE else "is not made"
                self._absence.ends(recorded.record, event_id, verdict.who, f"{what} {how}")
            case Outcome.OTHERWISE | Outcome.SUCCEEDS:
                self._apart = True
                if both is None or self.there.fold_own(recorded, both[1], both[0]) is None:
                    self.there.fold(recorded)
                self._absence.happens(recorded.record, event_id, verdict.who)
            case Outcome.OPENS:
                self._apart = True
                opened = self.there.service(recorded)
                if not opened.unknown and opened.error is None:
                    self.there.fold_own(recorded, opened)


def _named(record: Mapping[str, Any]) -> set[str]:
    """The identifiers of what a record is about, but of what it makes."""
    return {one.id for one in mentions(record) if one.certain and one.verb is not Verb.CREATED}


__all__ = ["Because", "Outcome", "Timelines", "Verdict"]
