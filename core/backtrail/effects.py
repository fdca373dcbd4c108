"""Effects: what happens outside the log before a call is decided, and which calls are made within it.

The intent is committed, the effect runs outside the writer, then its call is decided again with the outcome. A call
that comes back from an effect names it by its trace (`X-Amzn-Trace-Id`, which AWS's clients pass on inside of
Lambda): it is caused by it, and goes on with its chain.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from backtrail import outbox
from backtrail.call import Effect, Outcome
from backtrail.committing import not_recorded, refuse
from backtrail.errors import BacktrailError, LogWriteFailed, Refusal
from backtrail.facts import Incoming, Origin
from backtrail.lines import Lines
from backtrail.waiting import Pending

if TYPE_CHECKING:
    from backtrail.engine import Engine

AT_ONCE = 1024
"""Effects that run at once; others wait their turn."""
TRACES = 4096
"""Effects that have ended and whose traces are known all the same, for a call may arrive a little late: when one more
ends, the one that ended first is forgotten, and a call that names it then begins a chain of its own. Those that run are
known however many they are."""

_TRACE = re.compile(r"Root=(1-[0-9a-f]{8}-[0-9a-f]{24})")
# https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader

log = Lines("backtrail.effects")


class Effects:
    """The effects of an engine. `again` decides a call again, with its outcome; `opened` is set while calls may be."""

    def __init__(self, engine: Engine, again: Callable[[Pending], None], opened: asyncio.Event) -> None:
        self._engine, self._again, self._opened = engine, again, opened
        self._tasks: set[asyncio.Task[None]] = set()
        self._queue: deque[tuple[Pending, Effect]] = deque()
        self._running: dict[str, Origin] = {}
        self._traces: dict[str, Origin] = {}
        self._roots: dict[str, str] = {}
        self._ended_traces: OrderedDict[str, Origin] = OrderedDict()
        self._closed = False

    def __len__(self) -> int:
        """How many wait their turn."""
        return len(self._queue)

    def start(self, pending: Pending, effect: Effect) -> None:
        """Run an effect, now or when its turn comes. After `close` only a direct caller is answered."""
        if self._closed:
            refuse(pending, _cut_off())
        elif len(self._tasks) < AT_ONCE:
            task = asyncio.create_task(self._run(pending, effect))
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        else:
            self._queue.append((pending, effect))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._queue and not self._closed:
            self.start(*self._queue.popleft())

    async def close(self) -> None:
        """Cut off what runs: the next start finds the intents and the commands."""
        self._closed = True
        await self.drop()

    async def drop(self) -> None:
        """Cut off what runs and what waits, and answer its callers."""
        waiting, self._queue = self._queue, deque()
        for pending, _ in waiting:
            refuse(pending, _cut_off())
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._ended_traces.clear()

    async def _run(self, pending: Pending, effect: Effect) -> None:
        """Commit the intent, run the effect outside the writer, then decide again with its outcome."""
        store = self._engine.store
        try:
            if not await self._ran(pending, effect):
                return
            await self._opened.wait()
        except asyncio.CancelledError:
            refuse(pending, _cut_off())
            raise
        if self._engine.store is store:  # else its log is gone, and with it whatever asked for this
            self._again(pending)
        else:
            refuse(pending, _cut_off())

    async def _ran(self, pending: Pending, effect: Effect) -> bool:
        """Run an effect, its intent first; False where that could not be committed, and the caller was told so."""
        service = self._engine.machine.service(pending.incoming.service)
        try:
            if not effect.reads:
                await self._intend(pending, effect)
            result = await service.effects[effect.name](effect.args, self._engine, pending.request_id)
            pending.outcome = result if isinstance(result, Outcome) else Outcome(result=result)
        except LogWriteFailed as error:
            refuse(pending, not_recorded(error))
            return False
        except BacktrailError as error:
            pending.outcome = Outcome(error=type(error).__name__, message=str(error))
        except Exception as error:
            log.exception("an effect failed", service=service.name, effect=effect.name)
            pending.outcome = Outcome(error="InternalFailure", message=repr(error))
        finally:
            self._over(pending.request_id)
        return True

    async def _intend(self, pending: Pending, effect: Effect) -> None:
        """Commit that an effect is about to run, unless its call is a command, which stands in the outbox."""
        incoming = pending.incoming
        if incoming.origin is None or not outbox.committed(incoming.origin):
            await self._engine.store.append([], [outbox.intent(incoming, pending.request_id)])
        origin = incoming.origin or outbox.of_effect(incoming.service, pending.request_id, incoming.caller)
        origin = msgspec.structs.replace(origin, through=effect.through)
        pending.incoming = msgspec.structs.replace(incoming, origin=origin)
        self._running[pending.request_id] = origin

    # traces

    def trace(self, request_id: str) -> str:
        """The trace header for a running effect, by its call's request id: not to be guessed, and only it knows it."""
        drawn = self._engine.machine.secret(request_id, "trace", 20).hex()
        made = f"1-{int(self._engine.clock.peek().timestamp()):08x}-{drawn[:24]}"
        root = self._roots.get(request_id, made)
        origin = self._running.get(request_id)
        if origin is not None:
            self._traces[root], self._roots[request_id] = origin, root
        return f"Root={root};Parent={drawn[24:40]};Sampled=0"

    def _over(self, request_id: str) -> None:
        """An effect has ended: its trace is among those that may be forgotten."""
        self._running.pop(request_id, None)
        root = self._roots.pop(request_id, "")
        origin = self._traces.pop(root, None)
        if origin is not None:
            self._ended_traces[root] = origin
        while len(self._ended_traces) > TRACES:
            self._ended_traces.popitem(last=False)

    def placed(self, incoming: Incoming, request_id: str) -> Incoming:
        """A call as it is to be recorded: one that was made within an effect names it as its cause."""
        named = _TRACE.search(incoming.trace) if incoming.trace and incoming.origin is None else None
        root = named.group(1) if named is not None else ""
        effect = self._traces.get(root) or self._ended_traces.get(root)
        if effect is None:
            return incoming
        return msgspec.structs.replace(incoming, origin=outbox.within(effect, incoming, request_id))


def _cut_off() -> Refusal:
    return Refusal("InternalFailure", "The server stopped before this was done.", status=500)
