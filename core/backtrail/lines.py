"""Log lines, through structlog, which is imported at the first line: a start has nothing to say and need not wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_setups: list[Callable[[], None]] = []


def at_first_line(setup: Callable[[], None]) -> None:
    """Have structlog configured just before the first line is written."""
    _setups[:] = [setup]


class Lines:
    """`debug`, `info`, `warning`, `error`, `exception`, as structlog has them."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, method: str) -> Any:
        import structlog

        while _setups:
            _setups.pop()()
        found = getattr(structlog.get_logger(self._name), method)
        setattr(self, method, found)
        return found
