"""One writer: it decides, folds and tells without awaiting, commits in batches, and answers after the commit.

    call -> firsts -> decide -> Wait    -> parked, decided again
                        |    -> Effect  -> run outside, decided again with its outcome
                        v
       record -> fold -> tell -> open batch -> commit -> answers leave, commands become calls

So each call sees every earlier one, and nobody is told of a state that could still be lost. If a commit fails,
every call decided since the last good one is answered 500 and memory is folded again from the log.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import msgspec

from backtrail import ids, outbox, past, refolding, snapshots, stopping, timekeeping
from backtrail.call import CALLER, Caller, Command, Effect, Outcome, Wait
from backtrail.clock import Clock
from backtrail.committing import Batch, Committer, refuse
from backtrail.effects import Effects
from backtrail.errors import NotImplementedAction, NotInTrail, Refusal
from backtrail.facts import Answered, Incoming, Origin
from backtrail.following import Following
from backtrail.identity import default_account
from backtrail.lines import Lines
from backtrail.machine import Machine, Request
from backtrail.plugins import announce
from backtrail.record import NOBODY
from backtrail.service import Place
from backtrail.store import Store
from backtrail.waiting import Pending, Waiting
from backtrail.writing import Writer, Written

_NOBODY = Caller(identity=NOBODY, account="")

log = Lines("backtrail.engine")

Chance = Callable[[], int]
"""62 bits of chance for an event id."""


class Engine:
    """The account, live: takes calls, keeps the log, answers. With `as_of`: answers reads as of then, records none."""

    def __init__(
        self, machine: Machine, store: Store, clock: Clock, chance: Chance, *, as_of: datetime | None = None
    ) -> None:
        self.machine, self.store, self.clock, self.past = machine, store, clock, as_of
        self._chance = chance
        self.endpoint = ""  # where clients reach this engine, once they can
        self._writer = Writer(machine)
        self._log = Committer(store, self.refold, self._follow, self._lost)
        self._waiting = Waiting(clock, self._attempt)
        self._folded = 0
        self.snapshots = True
        self.effects = Effects(self, self._attempt, self._log.opened)
        self.following = Following(self._carry)
        self._committer: asyncio.Task[None] | None = None

    # life

    async def start(self) -> None:
        """Fold the log, carry out what was committed and not done, and take calls."""
        await self.refold()
        self._log.opened.set()
        self._committer = asyncio.create_task(self._log.forever())
        if self.past is None:
            await self._resume()
        self.machine.registry.hook("startup")(engine=self)

    async def close(self) -> None:
        """Commit what is decided, answer it, and stop."""
        self.hurry()
        await self.effects.close()
        await self._log.flush()
        self._log.opened.clear()
        if self._committer is not None:
            self._committer.cancel()
            await asyncio.gather(self._committer, return_exceptions=True)
        await self._keep_snapshot()

    def hurry(self) -> None:
        """Let no call wait any more: those that do are decided for the last time, and so is every later one."""
        self._log.closing = True
        self._waiting.release()

    async def _keep_snapshot(self) -> None:
        """Keep the states, where folding them again would take long."""
        if not self.snapshots or self.past is not None or self._folded < snapshots.WORTH_RECORDS:
            return
        if not self._log.stale:  # else memory is not what the log says
            await self._keep(self.store.head[0])

    async def _keep(self, position: int) -> int:
        try:
            return await snapshots.save(self.machine, self.store, position=position)
        except Exception as error:  # whatever a backend raises: the next start folds a little longer
            log.warning("no snapshot could be kept", error=str(error))
            return 0

    async def refold(self) -> None:
        """Drop all state and fold the log again."""
        self.machine.forget()
        self._folded = 0
        if self.store.head[0] or self.past is not None:
            keep = self._keep if self.snapshots else None
            self._folded = await refolding.refold(self.machine, self.store, self.past, keep)
        state = self.machine.state((timekeeping.NAME, "", ""))
        if isinstance(state, timekeeping.Timekeeping):
            timekeeping.restore(self.clock, state, self.machine.folder.last_time)

    @asynccontextmanager
    async def held(self) -> AsyncGenerator[None]:
        """While others write the log: what is decided is committed, calls wait, and memory is the log again after."""
        self._log.opened.clear()
        self._waiting.release()
        await self._log.flush()
        try:
            yield
        finally:
            await self.refold()
            self._log.opened.set()

    async def replace_store(self, store: Store) -> Store:
        """Go on with another, fresh log, at once; the old one is handed back."""
        async with self.held():
            await self.effects.drop()
            old, self.store = self.store, store
            self._log.store = store
            self.clock.restart()
        return old

    # calls

    async def call(self, incoming: Incoming) -> Answered:
        """Decide a call, commit its record, answer it."""
        return await (await self.begin(incoming)).future

    async def begin(self, incoming: Incoming) -> Pending:
        """Decide a call, or park it (`deadline` says until when). Its future is the answer, after the commit."""
        pending = self._pending(incoming)
        if incoming.trace:
            pending.incoming = self.effects.placed(incoming, pending.request_id)
        while not self._log.opened.is_set() or (self.following.crowded and self._may_wait(pending)):
            await self._log.opened.wait()
            await self.following.room()
        self._attempt(pending)
        return pending

    def _may_wait(self, pending: Pending) -> bool:
        """Whether a call may wait for room: what was done before may itself wait for a function's own calls."""
        return pending.incoming.origin is None and self._log.down is None

    def _pending(self, incoming: Incoming) -> Pending:
        request_id = incoming.request_id or ids.random_uuid(self._chance() << 62 | self._chance())
        return Pending(incoming, request_id, asyncio.get_running_loop().create_future())

    def _attempt(self, pending: Pending) -> None:
        """Decide a call as of now; leave it parked, or put its record into the open batch."""
        if self._log.down is not None:
            refuse(pending, self._log.down)
            self.following.again(outbox.commands([pending]))
            return
        if self.past is not None:
            request = self._request(pending, self.past, [])
            pending.waited = True
            reading = past.answer(pending, self.machine, self.past, lambda: self._decide(pending, request))
            if reading is not None:
                self.effects.start(pending, reading)
            return
        self._fire_timers()
        firsts = self._carry_firsts(pending)
        request = self._request(pending, self.clock.now(), firsts)
        outcome = self._decide(pending, request)
        if isinstance(outcome, Wait):
            self._waiting.park(pending, outcome)
            if self._log.closing:
                self._waiting.release()
        elif isinstance(outcome, Effect):
            self.effects.start(pending, outcome)
        else:
            self._record(pending, request, outcome)

    def _request(self, pending: Pending, now: datetime, firsts: list[Outcome]) -> Request:
        incoming, facts = pending.incoming, pending.incoming.facts
        return Request(
            service=incoming.service, action=incoming.action, params=incoming.params, account=incoming.account,
            region=incoming.region, time=now, event_id=ids.event_id(now, self._chance()),
            request_id=pending.request_id, caller=incoming.caller, host=facts.http.host, headers=facts.http.headers,
            waited=pending.waited, outcome=pending.outcome, firsts=firsts, source_ip=facts.source_ip,
            secure=facts.secure, lineage=outbox.lineage(incoming.origin),
        )  # fmt: skip

    def _decide(self, pending: Pending, request: Request) -> Any:
        """The decision, or the refusal it ended in. Here a plugin's bug is isolated."""
        if pending.incoming.refused is not None:
            return pending.incoming.refused
        try:
            outcome = self.machine.decide(request)
            if isinstance(outcome, Wait) and pending.waited:
                raise TypeError(f"{request.action} waits after its last wait")
            return outcome
        except Refusal as refusal:
            return refusal
        except NotImplementedAction as gap:
            return Refusal("NotImplemented", f"Backtrail has no {gap}", status=501)
        except NotInTrail as gap:
            return Refusal("NotInTrail", str(gap), status=501)
        except Exception as error:
            log.exception("a plugin failed", service=request.service, action=request.action)
            return _internal_failure(error)

    def _record(self, pending: Pending, request: Request, outcome: Any) -> Answered:
        """Write the record, fold it, ask what follows, and leave all of it in the open batch."""
        written = self._fold(pending.incoming, request, outcome)
        answered = Answered(
            result=written.result,
            error=written.error,
            request_id=request.request_id,
            event_id=request.event_id,
        )
        self._folded += 1
        batch = self._log.batch
        batch.entries.append(written.entry)
        batch.answers.append((pending, answered))
        self._tell(pending.incoming.origin, request, written, answered)
        if isinstance(request.params, timekeeping.MoveClock) and written.error is None:
            self.clock.set(max(request.params.to, request.time), frozen=request.params.frozen)
        self._wake(request, written)
        self._log.work.set()
        return answered

    def _fold(self, incoming: Incoming, request: Request, outcome: Any) -> Written:
        """The record, folded. Where the fold fails, the call is a recorded 500 and all state is folded again."""
        try:
            written = self._writer.write(incoming, request, outcome)
            entry = written.entry
            self.machine.folder.fold_live(
                request.service, request.action, written.event, entry.record, entry.note, entry.sealed
            )
            return written
        except Exception as error:
            log.exception("a fold failed", service=request.service, action=request.action)
            self._log.broken = True
            return self._writer.write(incoming, request, _internal_failure(error))

    async def move_clock(self, to: datetime, *, frozen: bool, caller: Caller) -> Answered:
        """Move the clock, as a record; what became due by then fires at once."""
        params = timekeeping.moved(self.clock, to, frozen=frozen)
        incoming = Incoming(
            service=timekeeping.NAME, action=type(params).__name__, params=params, caller=caller,
            account=caller.account, region="us-east-1", internal=True,
        )  # fmt: skip
        answered = await self.call(incoming)
        self._fire_timers()
        return answered

    # what follows

    def _tell(self, origin: Origin | None, request: Request, written: Written, answered: Answered) -> None:
        root = origin.root if origin is not None else request.event_id
        chain = outbox.passed(origin) if origin is not None else {}
        told: list[tuple[str, Command]] = []
        entry = written.entry
        try:
            if written.error is None:
                told += self.machine.tell(
                    request.service, request.action, written.event, entry.record, entry.note, entry.sealed
                )
            if origin is not None:
                told += outbox.heard(origin, outbox.outcome_of(answered), request, self.machine)
        except Exception:  # the call itself is decided and stays so
            log.exception("a reaction failed", service=request.service, action=request.action)
        for following in outbox.follow(told, request, root, chain) if told else ():
            self._log.batch.commands.append(outbox.row(following))
            self._log.batch.follow.append(following)

    def _follow(self, batch: Batch) -> bool:
        """Commands that are committed become calls, some of them now; who listens hears of the records."""
        if batch.follow:
            self.following.add(batch.follow, batch.commands)
        announce(self.machine.registry, batch.entries)
        return self._log.mending or self.following.some() or bool(self._log.batch.entries)

    def _lost(self, batch: Batch) -> None:
        """What was decided and not committed: commands among it stand in the outbox, and are carried out again."""
        self.following.again(outbox.commands(pending for pending, _ in batch.answers))

    def _carry(self, origin: Origin) -> None:
        """Carry out a command: it becomes a call like any other. One that cannot is recorded as abandoned."""
        try:
            self._attempt(self._pending(outbox.incoming(origin, self.machine)))
        except Exception as error:
            log.exception("a command could not be carried out", key=origin.key)
            reason = f"{type(error).__name__}: {error}"
            instead = stopping.abandoned(origin.key, reason, origin, origin.sent.account, origin.sent.region)
            self._attempt(self._pending(outbox.incoming(instead, self.machine)))

    async def _resume(self) -> None:
        """Take up what an earlier run committed and did not do."""
        account = default_account(self.machine)
        for command in await self.store.pending():
            left = outbox.resumed(command, self.machine, account)
            if isinstance(left, Incoming):
                self._attempt(self._pending(left))
            else:
                self.following.add([left], [command])
        self._log.wake()

    def _carry_firsts(self, pending: Pending) -> list[Outcome]:
        """Carry out and record, as the caller, what must happen before a call is decided."""
        incoming = pending.incoming
        service = self.machine.registry.services.get(incoming.service)
        if service is None or incoming.refused is not None or incoming.action not in service.handlers:
            return []
        if incoming.action not in service.firsts and (service.founding is None or incoming.internal):
            return []
        if pending.waited or pending.outcome is not None:
            return []
        request = self._request(pending, self.clock.now(), [])
        outcomes: list[Outcome] = []
        try:
            commands = self.machine.firsts(request)
        except Refusal as refusal:
            pending.incoming = msgspec.structs.replace(incoming, refused=refusal)
            return []
        except Exception as error:
            log.exception("a plugin failed", service=request.service, action=request.action)
            pending.incoming = msgspec.structs.replace(incoming, refused=_internal_failure(error))
            return []
        for ordinal, command in enumerate(commands):
            sent = outbox.sent(command, incoming.account, incoming.region)
            sent = msgspec.structs.replace(sent, as_=sent.as_ or CALLER)
            key = f"{pending.request_id}/first/{ordinal}/0"
            origin = Origin(
                key=key, root=pending.request_id, sender=service.name, sent=sent, caller=incoming.caller
            )
            outcomes.append(self._decide_now(origin, self.clock.now()))
        return outcomes

    def _decide_now(self, origin: Origin, time: datetime) -> Outcome:
        """Decide and record a command without parking it or running effects for it."""
        pending = self._pending(outbox.incoming(origin, self.machine))
        pending.waited = True
        request = self._request(pending, time, [])
        return outbox.outcome_of(self._record(pending, request, self._decide(pending, request)))

    def _wake(self, request: Request, written: Written) -> None:
        if not len(self._waiting) or written.error is not None:
            return
        service = self.machine.registry.services.get(request.service)
        declared = service.wakers.get(request.action) if service is not None else None
        if declared is not None:
            try:
                keys = declared.fn(written.event)
            except Exception:  # those that wait are decided when their time comes
                log.exception("a waker failed", service=request.service, action=request.action)
                return
            for key in [keys] if isinstance(keys, str) else keys:
                self._waiting.wake(request.service, key)

    # time

    def tick(self) -> None:
        """Fire what is due, though nobody calls."""
        if self._log.opened.is_set() and self._log.down is None and self.past is None:
            self._fire_timers()

    def _fire_timers(self) -> None:
        """Fire every timer that is due, in time order, each stamped with its due time."""
        now = self.clock.peek()
        while (due := self._next_due(now)) is not None:
            when, place, commands = due
            for command in commands:
                self._fire(place, self.clock.at(when), command)

    def _next_due(self, now: datetime) -> tuple[datetime, Place, list[Command]] | None:
        while True:
            try:
                return self.machine.next_due(now)
            except Exception:  # that timer is taken off; the others are still to fire
                log.exception("a timer failed")

    def _fire(self, place: Place, time: datetime, command: Command) -> None:
        service, account, region = place
        event_id, sent = ids.event_id(time, self._chance()), outbox.sent(command, account, region)
        caller = outbox.acting(sent, self.machine.service(service).principal, _NOBODY)
        key, root = f"{event_id}/timer/0/0", command.lineage.root if command.lineage is not None else event_id
        self._decide_now(Origin(key=key, root=root, sender=service, sent=sent, caller=caller), time)


def _internal_failure(error: Exception) -> Refusal:
    return Refusal("InternalFailure", f"{type(error).__name__}: {error}", status=500)
