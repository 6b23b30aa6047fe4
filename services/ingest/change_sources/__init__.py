"""The registry of change sources: every module in this folder is one. Two of the same id fail at start."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from services.ingest.change_source import ChangeSource, Headers


def register(found: list[ChangeSource]) -> dict[str, ChangeSource]:
    """The sources by id, narrow shapes first. Raises `RuntimeError` when an id is there twice."""
    registry: dict[str, ChangeSource] = {}
    for source in sorted(found, key=lambda one: (one.rank, one.id)):
        if source.id in registry:
            raise RuntimeError(f"two change sources have the id {source.id!r}")
        registry[source.id] = source
    return registry


CHANGE_SOURCES = register(
    [importlib.import_module(f"{__name__}.{module.name}").SOURCE for module in pkgutil.iter_modules(__path__)]
)


def choose(body: Any, headers: Headers, named: str | None, kind: str | None) -> ChangeSource:
    """The source that reads this request: the one named in it where the shape agrees, else the one whose shape it has.

    A body of ours may be sent under any name, so a name alone decides nothing; an integration's kind decides for a
    body of no known shape.
    """
    name = (named or "").lower()
    if name in CHANGE_SOURCES and CHANGE_SOURCES[name].recognises(body, headers):
        return CHANGE_SOURCES[name]
    for source in CHANGE_SOURCES.values():
        if source.recognises(body, headers):
            return source
    known = CHANGE_SOURCES.get(kind or "")
    return known if known is not None and not named else CHANGE_SOURCES["generic"]
