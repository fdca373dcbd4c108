"""What users may turn of a service: its options, and the limits that Service Quotas lists; and whose its things are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from backtrail.exposing import Exposing
from backtrail.limits import Quota
from backtrail.options import Option, V

F = TypeVar("F", bound=Callable[..., Any])


class Adjustable(Exposing):
    """The options and quotas that a service declares, and whose its resources are."""

    owning: Callable[[Any, Any], str | None] | None = None

    name: str
    quotas: dict[str, int]
    options: dict[str, Option[Any]]
    quota_table: dict[str, Quota]

    def owners(self, fn: F) -> F:
        """Declare whose the resource of a call is, where its name does not tell (S3's buckets): fn(state, params), the
        account, or None. The record says so in `resources`, and that account gets a copy of it."""
        self.owning = fn
        return fn

    def option(
        self, name: str, default: V, what: str, *, least: float | None = None, most: float | None = None,
        choices: tuple[str, ...] = (),
    ) -> Option[V]:  # fmt: skip
        """Declare what whoever runs the log may turn: `call.option(...)` gives its value to a handler."""
        made = Option(self.name, name, default, what, least=least, most=most, choices=choices)
        self.options[name] = made
        return made

    def quota(
        self, code: str, name: str, default: float, title: str, *, adjustable: bool = True, unit: str = "None",
        most: float | None = None, owner: str | None = None, everywhere: bool = False, period: str = "",
        what: str = "",
    ) -> None:  # fmt: skip
        """Declare a limit as Service Quotas lists it: `call.quota(name, ...)` gives an account's own value of it.

        `owner` is the service code, where that is not the service's name; `everywhere` says that the quota is one
        for all regions. `most` is what AWS never goes beyond.
        """
        self.quotas[name] = int(default)
        self.quota_table[name] = Quota(
            code=code, name=name, default=default, title=title, adjustable=adjustable, unit=unit, what=what,
            most=most if adjustable else default, owner=owner or self.name,
            everywhere=everywhere, period=period,
        )  # fmt: skip
