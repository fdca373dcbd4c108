"""Which records can matter to the States of some services: what a fold of these alone may leave out."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache

from backtrail.names import sharing
from backtrail.plugins import Registry
from backtrail.trail.events import action_of


def alone(registry: Registry, services: Collection[str]) -> Callable[[str, str], bool] | None:
    """Says by a record's eventSource and eventName whether it can move a State of these services.

    None where every record can: a service that keeps principals hears of each caller.
    """
    wanted = frozenset(services)
    if any(one.name in wanted and one.seeing is not None for one in registry.callers()):
        return None

    @cache
    def worth(source: str, name: str) -> bool:
        writers = sharing(source) or [source.removesuffix(".amazonaws.com")]
        keys = [(service, action_of(service, name)) for service in writers]
        tables = (registry.projectors, registry.evidences, registry.observers)
        return any(one.service in wanted for table in tables for key in keys for one in table.get(key, ()))

    return worth
