"""What a plugin declares, remembered: so that starting needs no plugin, and a call only its own.

A manifest is found by importing the plugin once. It is kept in the cache under the sizes and times of the plugin's
files, so a changed plugin is imported again.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from backtrail import hookspecs
from backtrail.errors import PluginError
from backtrail.model import cache_folder, keep
from backtrail.service import CALLERS, Service

_FORMAT = 2  # of the cache

HOOKS = [name for name in vars(hookspecs) if hasattr(getattr(hookspecs, name), f"{hookspecs.NAME}_spec")]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """One plugin: its services, the actions (`sqs:SendMessage`) that it projects or reacts to, and its hooks."""

    name: str
    module: str
    services: list[str]
    concerns: list[str]
    hooks: list[str]


def of(name: str, module: str) -> Manifest:
    """A plugin's manifest, from the cache or by importing it. Raises `PluginError` for one that cannot be imported."""
    kept = cache_folder("plugins") / f"{name}.{_stamp(module)}.{_FORMAT}.json"
    try:
        return msgspec.json.decode(kept.read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError):
        manifest = _read(name, module)
        keep(kept, msgspec.json.encode(manifest))
        return manifest


def _read(name: str, module: str) -> Manifest:
    try:
        plugin = importlib.import_module(module)
    except ImportError as error:
        raise PluginError(f"the plugin {name!r} ({module}) cannot be imported: {error}") from error
    register = getattr(plugin, "register_services", None)
    services: list[Service[Any]] = list(register()) if register is not None else []
    concerns: set[str] = set()
    for service in services:
        for table in (service.projectors, service.evidences, service.reactions):
            concerns |= {f"{source}:{action}" for source, action in table}
        concerns |= {CALLERS} if service.seeing is not None else set()
    return Manifest(
        name=name, module=module, services=[service.name for service in services], concerns=sorted(concerns),
        hooks=[hook for hook in HOOKS if hasattr(plugin, hook)],
    )  # fmt: skip


def _stamp(module: str) -> str:
    """The sizes and times of a plugin's files."""
    try:
        spec = importlib.util.find_spec(module)
    except ImportError as error:
        raise PluginError(f"the plugin module {module} is not there: {error}") from error
    if spec is None or spec.origin is None:
        raise PluginError(f"the plugin module {module} is not there")
    origin = Path(spec.origin)
    files = sorted(_sources(origin.parent)) if origin.name == "__init__.py" else [_sized(origin)]
    return hashlib.sha256("\n".join([module, *files]).encode()).hexdigest()[:24]


def _sources(folder: str | Path) -> Iterator[str]:
    """A folder's Python files, with their sizes and times. Every start looks at all plugins': it must be quick."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _sources(entry.path)
            elif entry.name.endswith(".py"):
                yield _sized(entry)


def _sized(file: os.DirEntry[str] | Path) -> str:
    stat = file.stat()
    return f"{os.fspath(file)}\0{stat.st_size}\0{stat.st_mtime_ns}"
