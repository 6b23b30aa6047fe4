"""Folders in which each module is one of many of a kind: a channel, a source, a ticket system."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Hashable, Iterable, Sequence
from types import ModuleType
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

NOT_ONE = ("contract",)
"""Modules that say what one of the kind has; a package inside is none either."""


def plug_ins(package: str, path: Iterable[str], *markers: str) -> Sequence[ModuleType]:
    """Every module of a package, by name; `package` and `path` are its `__name__` and `__path__`.

    Raises `RuntimeError` for a module that lacks one of the `markers`: one that is left out would be missed by nobody.
    """
    found = [
        importlib.import_module(f"{package}.{info.name}")
        for info in sorted(pkgutil.iter_modules(path), key=lambda info: info.name)
        if info.name not in NOT_ONE and not info.ispkg
    ]
    for module in found:
        for marker in markers:
            if not hasattr(module, marker):
                raise RuntimeError(f"{module.__name__} has no {marker}")
    return found


def by_key(found: Iterable[T], key: Callable[[T], K], what: str) -> dict[K, T]:
    """These by what identifies them, in their order. Raises `RuntimeError` when two have the same; `what` they are."""
    known: dict[K, T] = {}
    for one in found:
        if key(one) in known:
            raise RuntimeError(f"two {what} are called {key(one)!r}")
        known[key(one)] = one
    return known
