"""Finding plugins, and the tables that dispatch to what they declare.

Built-in services come through the same door as everybody's: the entry point group `backtrail`, a module name, a
file, a folder. Hooks register; look-ups dispatch.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy
import structlog

from backtrail import hookspecs
from backtrail.errors import PluginError
from backtrail.service import Declared, Service
from backtrail.store import Entry

GROUP = "backtrail"

log = structlog.get_logger("backtrail.plugins")


class Registry:
    """What all plugins declared, by what it takes to find it at once."""

    def __init__(self, plugins: Iterable[object] = ()) -> None:
        self.manager = pluggy.PluginManager(hookspecs.NAME)
        self.manager.add_hookspecs(hookspecs)
        self.services: dict[str, Service[Any]] = {}
        self.projectors: dict[tuple[str, str], list[Declared]] = {}
        self.evidences: dict[tuple[str, str], list[Declared]] = {}
        self.reactions: dict[tuple[str, str], list[Declared]] = {}
        for plugin in plugins:
            self.add(plugin)
        self.manager.check_pending()

    def add(self, plugin: object, name: str | None = None) -> None:
        """Register one plugin: a module, or any object with hook implementations."""
        self.manager.register(plugin, name)
        register = getattr(plugin, "register_services", None)
        for service in register() if register is not None else ():
            self._add_service(service)

    def handler(self, service: str, action: str) -> Declared | None:
        """The function that decides an action, or None."""
        owner = self.services.get(service)
        return owner.handlers.get(action) if owner is not None else None

    def _add_service(self, service: Service[Any]) -> None:
        owner = self.services.get(service.name)
        if service.extends:
            if owner is None:
                raise PluginError(f"{service.name!r} is extended before any plugin owns it")
            owner = self.services[service.name] = owner.copy()
            _extend(owner, service)
        elif owner is None or service.replaces:
            self.services[service.name] = service
        else:
            raise PluginError(
                f"two plugins own {service.name!r}; the second must say replaces=True or use extend()"
            )
        for mine, theirs in (
            (self.projectors, service.projectors),
            (self.evidences, service.evidences),
            (self.reactions, service.reactions),
        ):
            for key, declared in theirs.items():
                mine.setdefault(key, []).extend(declared)


def _extend(owner: Service[Any], more: Service[Any]) -> None:
    """Add the declarations of `backtrail.extend(name)` to the service that another plugin owns."""
    for declared in more.handlers.values():
        if declared.action in owner.handlers:
            raise PluginError(
                f"{owner.name}: {declared.action} already has a handler; {declared} cannot add one"
            )
    owner.handlers.update(more.handlers)
    owner.outcomes.update(more.outcomes)
    owner.firsts.update(more.firsts)
    owner.accesses.update(more.accesses)
    owner.wakers.update(more.wakers)
    owner.effects.update(more.effects)
    owner.tokens.update(more.tokens)
    owner.resources.extend(more.resources)


def installed() -> list[tuple[str, object]]:
    """Every plugin that an installed distribution names in the entry point group `backtrail`, with its name."""
    points = importlib.metadata.entry_points(group=GROUP)
    return [(point.name, point.load()) for point in sorted(points, key=lambda point: point.name)]


def load(spec: str) -> ModuleType:
    """A plugin by file path or module name. Raises `PluginError` that says what is wrong with it."""
    path = Path(spec)
    try:
        if path.suffix != ".py":
            return importlib.import_module(spec)
        found = importlib.util.spec_from_file_location(path.stem, path)
        if found is None or found.loader is None or not path.is_file():
            raise PluginError(f"{spec}: no such file")
        module = importlib.util.module_from_spec(found)
        sys.modules[path.stem] = module
        found.loader.exec_module(module)
        return module
    except ImportError as error:
        raise PluginError(f"{spec}: {error}") from error


def folder(path: Path) -> list[ModuleType]:
    """Every `*.py` file of a folder as a plugin, in name order."""
    if not path.is_dir():
        raise PluginError(f"{path}: no such folder")
    return [load(str(file)) for file in sorted(path.glob("*.py"))]


def announce(registry: Registry, entries: Iterable[Entry]) -> None:
    """Tell the plugins that listen of records that were committed. What one raises is logged, and changes nothing."""
    hook = registry.manager.hook.record_appended
    if not hook.get_hookimpls():
        return
    for entry in entries:
        try:
            hook(entry=entry)
        except Exception:
            log.exception("a plugin failed", hook="record_appended")
