"""Finding plugins, and the tables that dispatch to what they declare.

Built-in services come through the same door as everybody's: the entry point group `backtrail`, a module name, a
file, a folder. Hooks register; look-ups dispatch.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pluggy

from backtrail import hookspecs
from backtrail.choosing import service as own
from backtrail.declared import Declared
from backtrail.errors import PluginError
from backtrail.lines import Lines
from backtrail.service import CALLERS, Service
from backtrail.store import Entry

if TYPE_CHECKING:
    from backtrail.manifests import Manifest

K = TypeVar("K")
V = TypeVar("V")

GROUP = "backtrail"

log = Lines("backtrail.plugins")


Key = tuple[str, str]
"""A service and an action."""

_CALLERS: Key = ("*", CALLERS.partition(":")[2])


class Registry:
    """What all plugins declared, by what it takes to find it at once.

    Installed plugins are loaded when something that they declare is first looked up: the tables do so by
    themselves, from what `manifests` remembers of each plugin. `vetoing` says whether any implements `authorize`;
    `generation` counts the plugins that were added.
    """

    def __init__(self, plugins: Iterable[object] = ()) -> None:
        self.manager = pluggy.PluginManager(hookspecs.NAME)
        self.manager.add_hookspecs(hookspecs)
        self._waiting: dict[str, Manifest] = {}
        self._ready: set[str | Key] = set()
        self._owned: dict[str, Service[Any]] = {}
        self.vetoing, self.generation = False, 0
        self.granting: list[Service[Any]] = []
        self.watching: dict[str, Service[Any]] = {}
        self.services: Table[str, Service[Any]] = Table(self._need, self.load_all)
        self.projectors: Table[Key, list[Declared]] = Table(self._need_key, self.load_all)
        self.evidences: Table[Key, list[Declared]] = Table(self._need_key, self.load_all)
        self.reactions: Table[Key, list[Declared]] = Table(self._need_key, self.load_all)
        self.observers: Table[Key, list[Declared]] = Table(self._need_key, self.load_all)
        self._add_service(own)
        for plugin in plugins:
            self.add(plugin)
        self.manager.check_pending()

    def expect(self, manifest: Manifest) -> None:
        """Know a plugin that is loaded when it is needed."""
        self._waiting[manifest.name] = manifest
        self._ready.clear()
        self.vetoing = self.vetoing or "authorize" in manifest.hooks

    def hook(self, name: str) -> Any:
        """A hook, with every plugin loaded that implements it."""
        for manifest in [one for one in self._waiting.values() if name in one.hooks]:
            self._load(manifest)
        return getattr(self.manager.hook, name)

    def names(self) -> list[str]:
        """The services that there are, loaded or not."""
        waiting = [name for manifest in self._waiting.values() for name in manifest.services]
        return sorted({*self._owned, *waiting} - {own.name})

    def loaded(self) -> Iterable[Service[Any]]:
        """The services that were loaded so far: only they have states."""
        return self._owned.values()

    def load_all(self) -> None:
        """Load every plugin that is still waiting."""
        for manifest in list(self._waiting.values()):
            self._load(manifest)

    def _need_key(self, key: Key) -> None:
        if not self._waiting or key in self._ready:
            return
        self._ready.add(key)
        self._need(key[0])
        action = f"{key[0]}:{key[1]}"
        for manifest in [one for one in self._waiting.values() if action in one.concerns]:
            self._load(manifest)

    def _need(self, service: str) -> None:
        if self._waiting and service not in self._ready:
            self._ready.add(service)
            for manifest in [one for one in self._waiting.values() if service in one.services]:
                self._load(manifest)

    def _load(self, manifest: Manifest) -> None:
        if self._waiting.pop(manifest.name, None) is not None:
            self.add(importlib.import_module(manifest.module), manifest.name)

    def add(self, plugin: object, name: str | None = None) -> None:
        """Register one plugin: a module, or any object with hook implementations."""
        self.manager.register(plugin, name)
        if not self.manager.get_hookcallers(plugin):
            raise PluginError(_hookless(plugin))
        self.vetoing = self.vetoing or hasattr(plugin, "authorize")
        self.generation += 1
        register = getattr(plugin, "register_services", None)
        provided: object = register() if register is not None else ()
        if not isinstance(provided, Iterable):
            raise PluginError(f"{_name(plugin)}: register_services must return a list of services")
        for service in cast("Iterable[Service[Any]]", provided):
            self._add_service(service)

    def handler(self, service: str, action: str) -> Declared | None:
        """The function that decides an action, or None."""
        owner = self.services.get(service)
        return owner.handlers.get(action) if owner is not None else None

    def callers(self) -> Iterable[Service[Any]]:
        """The services that want to know who called."""
        self._need_key(_CALLERS)
        return self.watching.values()

    def _own(self, service: Service[Any]) -> None:
        self.services[service.name] = self._owned[service.name] = service
        if service.seeing is not None:
            self.watching[service.name] = service
        self.granting = [one for one in self._owned.values() if one.granting is not None]

    def _add_service(self, service: Service[Any]) -> None:
        owner = self._owned.get(service.name)
        if service.extends:
            if owner is None:
                raise PluginError(f"{service.name!r} is extended before any plugin owns it")
            self._own(owner.copy())
            _extend(self._owned[service.name], service)
        elif owner is None or service.replaces:
            self._own(service)
        else:
            raise PluginError(
                f"two plugins own {service.name!r}; the second must say replaces=True or use extend()"
            )
        for mine, theirs in (
            (self.projectors, service.projectors),
            (self.evidences, service.evidences),
            (self.reactions, service.reactions),
            (self.observers, service.observers),
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
    owner.options.update(more.options)
    owner.injections.extend(more.injections)
    owner.quota_table.update(more.quota_table)


class Table(dict[K, V]):
    """A dict that loads what a look-up needs, and everything when it is walked."""

    def __init__(self, need: Callable[[K], None], need_all: Callable[[], None]) -> None:
        super().__init__()
        self._need, self._need_all = need, need_all

    def __getitem__(self, key: K) -> V:
        self._need(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self._need(key)  # type: ignore[arg-type]
        return super().__contains__(key)

    def get(self, key: K, default: Any = None) -> Any:
        """As a dict's, after loading what declares the key."""
        self._need(key)
        return super().get(key, default)

    def __iter__(self) -> Iterator[K]:
        self._need_all()
        return super().__iter__()

    def keys(self) -> Any:
        """All keys, everything loaded."""
        self._need_all()
        return super().keys()

    def values(self) -> Any:
        """All values, everything loaded."""
        self._need_all()
        return super().values()

    def items(self) -> Any:
        """All items, everything loaded."""
        self._need_all()
        return super().items()


def installed() -> list[tuple[str, str]]:
    """Every plugin that an installed distribution names in the entry point group `backtrail`: its name, its module."""
    points = importlib.metadata.entry_points(group=GROUP)
    return sorted((point.name, point.module) for point in points)


def installed_registry() -> Registry:
    """A registry that expects every installed plugin. Raises `PluginError` for one that cannot be imported."""
    from backtrail import manifests

    found = Registry()
    for name, module in installed():
        found.expect(manifests.of(name, module))
    return found


def load(spec: str) -> ModuleType:
    """A plugin by file path or module name. Raises `PluginError` that says what is wrong with it."""
    path = Path(spec)
    if path.suffix == ".py" and not path.is_file():
        raise PluginError(f"{spec}: no such file")
    try:
        return importlib.import_module(spec) if path.suffix != ".py" else _run(path)
    except Exception as error:  # a plugin's own bug, of whatever kind, at import
        raise PluginError(f"{spec}{_line(error, path)}: {_words(error)}") from error


def _run(path: Path) -> ModuleType:
    found = importlib.util.spec_from_file_location(path.stem, path)
    if found is None or found.loader is None:
        raise PluginError("Python cannot read it")
    module = importlib.util.module_from_spec(found)
    sys.modules[path.stem] = module
    found.loader.exec_module(module)
    return module


def _line(error: BaseException, path: Path) -> str:
    """Where in the plugin's file an error came up: `, line 12`; empty where it was elsewhere."""
    if isinstance(error, SyntaxError):
        return f", line {error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename) == path.absolute()]
    return f", line {lines[-1]}" if lines else ""


def _words(error: Exception) -> str:
    if isinstance(error, SyntaxError):
        return error.msg
    return str(error) if isinstance(error, PluginError | ImportError) else f"{type(error).__name__}: {error}"


def _hookless(plugin: object) -> str:
    """What to say of a plugin that gives nothing, most often because its service was never registered."""
    services = [name for name, value in vars(plugin).items() if isinstance(value, Service)]
    if not services:
        return f"{_name(plugin)} implements none of Backtrail's hooks (`@backtrail.hookimpl`)"
    return (
        f"{_name(plugin)} registers nothing; give it `@backtrail.hookimpl def register_services(): "
        f"return [{', '.join(services)}]`"
    )


def _name(plugin: object) -> str:
    return getattr(plugin, "__name__", None) or type(plugin).__name__


def folder(path: Path) -> list[ModuleType]:
    """Every `*.py` file of a folder as a plugin, in name order."""
    if not path.is_dir():
        raise PluginError(f"{path}: no such folder")
    return [load(str(file)) for file in sorted(path.glob("*.py"))]


def announce(registry: Registry, entries: Iterable[Entry]) -> None:
    """Tell the plugins that listen of records that were committed. What one raises is logged, and changes nothing."""
    hook = registry.hook("record_appended")
    if not hook.get_hookimpls():
        return
    for entry in entries:
        try:
            hook(entry=entry)
        except Exception:
            log.exception("a plugin failed", hook="record_appended")
