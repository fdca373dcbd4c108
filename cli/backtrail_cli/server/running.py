"""Opening an account, and serving it."""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
import socket
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from backtrail import timekeeping
from backtrail.authorization import Iam
from backtrail.clock import Clock
from backtrail.engine import Engine
from backtrail.errors import BacktrailError, PluginError
from backtrail.lines import at_first_line
from backtrail.machine import Machine
from backtrail.plugins import Registry, folder, installed_registry, load
from backtrail.wire.http import HttpAnswer, HttpRequest
from backtrail_cli.server import clock, importing, injecting, sweeping
from backtrail_cli.server import options as turning
from backtrail_cli.server.app import App, Control, json_answer
from backtrail_cli.server.bodies import Receive
from backtrail_cli.server.chance import Chance
from backtrail_cli.server.exchange import DEFAULT_REGION, Exchange
from backtrail_cli.server.home import Durability, Home

if TYPE_CHECKING:
    import uvicorn

PORT = 4566
"""The port that wrappers for local AWS endpoints (awslocal, cdklocal, tflocal) already use."""

BACKLOG = 2048
"""Connections that may wait to be accepted."""

FILES = 65_536
"""Files that may be open at once, where the system allows it."""

GRACE_SECONDS = 3
"""How long answers that are still due may take when the server ends. Calls that wait are decided at once."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How an account is served."""

    log: Path | None = None  # None: in a temporary place, for as long as the server runs
    host: str = "127.0.0.1"
    port: int = PORT
    region: str = DEFAULT_REGION
    durability: Durability = "normal"
    at: datetime | None = None
    frozen: bool = False
    held_at: datetime | None = None  # a fork's clock: the moment at which it was made
    iam: Iam = Iam.ENFORCE
    plugins: list[str] = []
    plugins_dir: Path | None = None
    turned: list[str] = []  # SERVICE.NAME=VALUE


class PortTaken(BacktrailError):
    """Somebody else listens there."""


chance = Chance()


def registry(plugins: list[str] | None = None, plugins_dir: Path | None = None) -> Registry:
    """The installed plugins, and those that the user named. Raises `PluginError`."""
    found = installed_registry()
    own = [load(spec) for spec in plugins or []]
    own += folder(plugins_dir) if plugins_dir is not None else []
    for plugin in own:
        found.add(plugin)
    if own:
        _adopt(found)
    found.manager.check_pending()
    return found


def _adopt(found: Registry) -> None:
    """Let the wire know the services that no AWS model describes: boto3 calls them by `backtrail plugins model`."""
    from backtrail import model, wire
    from backtrail_cli.own_models import NotDescribable, describe

    known = set(model.services())
    for service in found.loaded():
        if service.name not in known and service.name != timekeeping.NAME:
            try:
                wire.adopt(service.name, msgspec.convert(describe(service), model.Model))
            except NotDescribable as error:
                raise PluginError(f"{service.name}: {error}") from error


@asynccontextmanager
async def account(options: Options) -> AsyncGenerator[tuple[Engine, Home]]:
    """A started engine on the log that the options name."""
    plugins = registry(options.plugins, options.plugins_dir)
    home = Home(options.log, at=options.at, durability=options.durability)
    try:
        store = await home.open()
        # A past moment makes no secrets: it can be looked at without the key, but for what is encrypted.
        past = options.at is not None and not store.keys.here
        machine = Machine(plugins) if past else Machine(plugins, await store.key("secrets"))
        machine.iam = options.iam
        engine = Engine(machine, store, Clock(), chance, as_of=options.at)
        await engine.start()
        if options.frozen:
            engine.clock.freeze(options.held_at or machine.folder.last_time)
        try:
            await turning.turn_all(engine, options.turned, TURNED_BY)
            yield engine, home
        finally:
            await engine.close()
    finally:
        await home.close()


def controls(home: Home, turned: list[str]) -> dict[str, Control]:
    """Backtrail's own requests. `turned` are the options that a fresh log begins with."""

    async def health(engine: Engine, request: HttpRequest, receive: Receive) -> HttpAnswer:
        seq, head = engine.store.head
        services = engine.machine.registry.names()
        return json_answer({"status": "running", "records": seq, "head": head, "services": services})

    async def reset(engine: Engine, request: HttpRequest, receive: Receive) -> HttpAnswer:
        try:
            await home.reset(engine)
            await turning.turn_all(engine, turned, TURNED_BY)
        except BacktrailError as error:
            return json_answer({"error": str(error)}, 409)
        return json_answer({"status": "fresh"})

    return {
        "GET /_backtrail/health": health,
        "POST /_backtrail/reset": reset,
        **clock.controls(),
        **importing.controls(),
        **turning.controls(),
        **sweeping.controls(),
        **injecting.controls(),
    }


TURNED_BY = "backtrail serve"
"""The user agent of options that the command line set."""

TICK_SECONDS = 0.25
"""How late a timer may fire when nobody calls. Looking costs nothing."""


async def _ticking(engine: Engine) -> None:
    """Let time bring what it brings, also while nobody calls."""
    while True:
        await asyncio.sleep(TICK_SECONDS)
        engine.tick()


class Serving:
    """An account that is being served: `async with Serving.of(options) as serving: await serving.forever()`."""

    def __init__(
        self, engine: Engine, home: Home, server: uvicorn.Server, listening: socket.socket, turned: list[str]
    ) -> None:
        self.engine, self._home, self._server, self._listening = engine, home, server, listening
        self._turned = turned

    @classmethod
    @asynccontextmanager
    async def of(cls, options: Options) -> AsyncGenerator[Serving]:
        """Open the port and the account. Raises `PortTaken`, and whatever opening the log raises."""
        import uvicorn

        from backtrail_cli.server.ending import Server
        from backtrail_cli.server.limits import IDLE_SECONDS, bounded

        with _bound(options) as listening:  # first: a taken port is told before a long log is folded
            async with account(options) as (engine, home):
                app = App(Exchange(engine, chance, region=options.region), controls(home, options.turned))
                config = uvicorn.Config(
                    app, host=options.host, port=options.port, log_config=None, access_log=False, lifespan="off",
                    http=bounded(), ws="none", server_header=False, timeout_keep_alive=int(IDLE_SECONDS),
                    timeout_graceful_shutdown=GRACE_SECONDS, backlog=BACKLOG,
                    proxy_headers=False,  # else any client of this machine says where it calls from
                )  # fmt: skip
                _listen(listening, options)
                serving = cls(engine, home, Server(config, engine.hurry), listening, options.turned)
                engine.endpoint = serving.endpoint  # functions that run here call back
                ticking = asyncio.create_task(_ticking(engine))
                sweep = sweeping.begin(engine)
                try:
                    yield serving
                finally:
                    ticking.cancel()
                    if sweep is not None:
                        sweep.cancel()
                        await asyncio.gather(sweep, return_exceptions=True)

    @property
    def endpoint(self) -> str:
        host, port = self._listening.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def forever(self) -> None:
        """Serve until a signal comes, or `stop`."""
        await self._server.serve(sockets=[self._listening])

    def stop(self) -> None:
        """Finish what is being answered, and end."""
        self._server.should_exit = True

    async def reset(self) -> None:
        """A fresh, empty log in place of the one there is. Raises `BacktrailError` where the log is kept."""
        await self._home.reset(self.engine)
        await turning.turn_all(self.engine, self._turned, TURNED_BY)


async def serve(options: Options, started: Callable[[Serving], None]) -> None:
    """Serve an account until a signal comes. `started` is called once it listens."""
    at_first_line(_configure_lines)
    _allow_files()
    async with Serving.of(options) as serving:
        gc.freeze()  # without collecting: imports and folding leave next to no cycles, and clients wait
        gc.set_threshold(50_000, 20, 20)
        started(serving)
        await serving.forever()


def _allow_files() -> None:
    """Let as many files be open as the system lets us: each connection is one, and 1,024 are soon used up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _configure_lines() -> None:
    """Log lines to stderr, from `info` on: no line per call."""
    import structlog

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _bound(options: Options) -> socket.socket:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((options.host, options.port))
    except (OSError, OverflowError) as error:
        bound.close()
        raise _taken(options, error) from error
    return bound


def _listen(bound: socket.socket, options: Options) -> None:
    try:
        bound.listen(BACKLOG)  # from here on clients are let in, and wait until they are served
    except OSError as error:
        raise _taken(options, error) from error


def _taken(options: Options, error: Exception) -> PortTaken:
    why = error.strerror if isinstance(error, OSError) else error
    return PortTaken(f"cannot listen on {options.host}:{options.port}: {why}; choose another --port")


def run(options: Options, started: Callable[[Serving], None]) -> None:
    """Serve, on uvloop where it is installed."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(serve(options, started))
    else:
        uvloop.run(serve(options, started))
