"""Ending a server so that nothing is lost: waits end, answers leave, and the log is closed after them."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

import uvicorn

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Server(uvicorn.Server):
    """uvicorn's server. `hurry` is called when it ends, before it waits for the answers that are still due."""

    def __init__(self, config: uvicorn.Config, hurry: Callable[[], None]) -> None:
        super().__init__(config)
        self._hurry = hurry
        logging.getLogger("uvicorn.error").addFilter(_worth_telling)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._hurry()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """End at a signal. uvicorn's own raises it again afterwards, before anybody could close the log."""
        loop = asyncio.get_running_loop()
        mine = SIGNALS if threading.current_thread() is threading.main_thread() else ()
        for number in mine:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in mine:
                loop.remove_signal_handler(number)


def _worth_telling(record: logging.LogRecord) -> bool:
    """What the application did not tell already: neither cancelled answers, nor those that it broke off."""
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    if isinstance(error, asyncio.CancelledError):
        return False
    return not record.getMessage().startswith("ASGI callable returned without completing response")
