"""What a call needs, found by deciding it once more with everything allowed: deciding writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backtrail.call import Access, Call

if TYPE_CHECKING:
    from backtrail.machine import Machine


class Recorder:
    """A machine to whoever decides, but that it allows all that is asked for, and remembers it."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.asked: list[Access] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._machine, name)

    def require(self, call: Call[Any], access: Access) -> bool:
        """Allowed."""
        self.asked.append(access)
        return True

    def allowed(self, call: Call[Any], access: Access) -> bool:
        """Allowed, too; what is asked without need is no need."""
        return True
