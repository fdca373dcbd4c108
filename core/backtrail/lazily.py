"""Packages whose names are imported when first asked for: a command that answers a question waits for little."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def names_of(package: str, where: Mapping[str, str]) -> Callable[[str], object]:
    """A `__getattr__` for the package, from module -> the names that it gives; each name is looked up once.

    No name may be a module's own: importing the module would hide it. Raises `AttributeError` for other names.
    """
    modules = {name: module for module, names in where.items() for name in names.split()}

    def look_up(name: str) -> object:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{modules[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return look_up
